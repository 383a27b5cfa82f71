//! Why a use case of the exchange did not succeed, as a problem.

use crate::problem::{Kind, MALFORMED, NOT_FOUND, Problem, TOO_LARGE, UNAVAILABLE};
use epione_exchange::Error;
use std::str::FromStr;

/// The ledger refuses it: `code` names the rule.
const NOT_PERMITTED: Kind = Kind { name: "not-permitted", status: 403, title: "The ledger does not permit it" };
/// Another organization does not do its part.
const ELSEWHERE: Kind =
    Kind { name: "elsewhere", status: 502, title: "Another organization refuses or does not answer" };

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::Rejected(_) | Error::NotGranted(_) => NOT_PERMITTED,
            Error::UnknownSubject(_) | Error::UnknownUnit(_) | Error::UnknownEncounter | Error::NoSession(_) => {
                NOT_FOUND
            }
            Error::Peer(_) | Error::Refused(..) | Error::Open(_) => ELSEWHERE,
            Error::Contents(epione_vault::ContentsError::TooLong) => TOO_LARGE,
            Error::Contents(_) | Error::Invalid(_) | Error::Reader(_) => MALFORMED,
            Error::Ledger(_)
            | Error::Store(_)
            | Error::Blob(_)
            | Error::Keys(_)
            | Error::NoRandom(_)
            | Error::Unreadable
            | Error::Deal(_)
            | Error::Stream(_)
            | Error::Envelope(_)
            | Error::Release(_)
            | Error::Complaint(_)
            | Error::TooFewHolders { .. }
            | Error::TooFewVaults { .. } => UNAVAILABLE,
        };
        let problem = Self::new(kind, error.to_string());
        match error {
            Error::Rejected(code) => problem.with_code(code),
            _ => problem,
        }
    }
}

/// The identifier in a path or field.
///
/// # Errors
/// `malformed`, naming what it should be.
pub(super) fn id<T: FromStr<Err: std::fmt::Display>>(field: &str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error| Problem::malformed(format!("{field}: {error}")))
}
