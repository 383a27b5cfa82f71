//! The one table of problems (RFC 9457), and what leads to each.

use crate::ports::{QueryFailure, Refused, Unavailable};
use axum::{
    extract::rejection::{PathRejection, QueryRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use epione_kernel::{QueryError, RejectDoc};
use epione_types::TxFault;
use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use std::collections::BTreeMap;

/// What all problems of one name have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// The last part of `type`.
    pub(crate) name: &'static str,
    /// Status of the answer.
    pub(crate) status: u16,
    /// What it is, for people.
    pub(crate) title: &'static str,
}

const fn kind(name: &'static str, status: u16, title: &'static str) -> Kind {
    Kind { name, status, title }
}

pub(crate) const MALFORMED: Kind = kind("malformed", 400, "The body or a parameter does not parse");
pub(crate) const NOT_FOUND: Kind = kind("not-found", 404, "There is no such thing");
pub(crate) const TOO_LARGE: Kind = kind("too-large", 413, "The body is above the limit");
pub(crate) const UNSUPPORTED: Kind = kind("unsupported-media-type", 415, "The content type is not understood");
pub(crate) const REFUSED: Kind = kind("refused", 422, "A rule of the module refuses the query");
pub(crate) const ORGANIZATION_FULL: Kind =
    kind("organization-full", 429, "The organization has too many transactions waiting");
pub(crate) const TOO_MANY: Kind = kind("too-many-requests", 429, "The rate limit is reached");
pub(crate) const MEMPOOL_FULL: Kind = kind("mempool-full", 503, "The mempool is full");
pub(crate) const UNAVAILABLE: Kind = kind("unavailable", 503, "The node cannot answer now");

/// The problems that are not faults of a transaction.
pub(crate) const KINDS: [Kind; 9] =
    [MALFORMED, NOT_FOUND, TOO_LARGE, UNSUPPORTED, REFUSED, ORGANIZATION_FULL, TOO_MANY, MEMPOOL_FULL, UNAVAILABLE];

/// A fault of a transaction, whose name is the fault's own.
pub(crate) const FAULT_STATUS: u16 = 422;
pub(crate) const FAULT_TITLE: &str = "The transaction may not stand in a block";

/// Seconds after which a full mempool may have room again: several blocks.
const ROOM_AFTER_S: u64 = 1;

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) kind: Kind,
    /// What is wrong with this request, without personal data.
    pub(crate) detail: String,
    /// Code and, if it is known, name of the reject.
    reject: Option<(u32, Option<&'static str>)>,
    /// Position of the call that is wrong.
    call: Option<u16>,
    /// Seconds after which it is worth trying again.
    retry_after_s: Option<u64>,
}

impl Problem {
    /// A problem without further members.
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), reject: None, call: None, retry_after_s: None }
    }

    /// The body or a parameter does not parse: `detail` names the field.
    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(MALFORMED, detail)
    }

    /// There is no such route, module, call, query, transaction or block.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(NOT_FOUND, detail)
    }

    /// The rate limit is reached; try again after so many seconds.
    pub(crate) fn too_many(detail: impl Into<String>, retry_after_s: u64) -> Self {
        Self { retry_after_s: Some(retry_after_s), ..Self::new(TOO_MANY, detail) }
    }

    /// With the code of a reject.
    pub(crate) fn with_code(self, code: u32) -> Self {
        Self { reject: Some((code, None)), ..self }
    }

    /// Why a transaction was not accepted.
    pub(crate) fn refused(refused: &Refused, rejects: &Rejects) -> Self {
        let again = Some(ROOM_AFTER_S);
        match refused {
            Refused::Fault(fault) => Self::fault(fault, rejects),
            Refused::MempoolFull => {
                Self { retry_after_s: again, ..Self::new(MEMPOOL_FULL, "the mempool is full; try again") }
            }
            Refused::OrganizationFull => {
                let detail = "the organization and its identities have too many transactions waiting; try again when some are final";
                Self { retry_after_s: again, ..Self::new(ORGANIZATION_FULL, detail) }
            }
            Refused::Unavailable(why) => Self::new(UNAVAILABLE, why.as_str()),
        }
    }

    /// Why a transaction may not stand in a block.
    pub(crate) fn fault(fault: &TxFault, rejects: &Rejects) -> Self {
        let kind = Kind { name: fault.name(), status: FAULT_STATUS, title: FAULT_TITLE };
        let problem = Self::new(kind, fault.to_string());
        match fault {
            TxFault::Malformed(_) => Self { kind: MALFORMED, ..problem },
            TxFault::Check { index, code, .. } => {
                let name = rejects.get(*code).map(|reject| reject.name);
                Self { reject: Some((*code, name)), call: Some(*index), ..problem }
            }
            TxFault::UnknownModule { index, .. }
            | TxFault::UnknownCall { index, .. }
            | TxFault::MalformedCall { index, .. } => Self { call: Some(*index), ..problem },
            TxFault::Version(_)
            | TxFault::Chain { .. }
            | TxFault::NoCalls
            | TxFault::Signature(_)
            | TxFault::Lane(_)
            | TxFault::Expired(_)
            | TxFault::ValidTooLong(_)
            | TxFault::UnknownSigner(_)
            | TxFault::Key(_)
            | TxFault::NonceUsed(_)
            | TxFault::NonceAhead { .. } => problem,
        }
    }

    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<QueryFailure> for Problem {
    fn from(failure: QueryFailure) -> Self {
        match failure {
            QueryFailure::Fields(what) => Self::malformed(what),
            QueryFailure::Refused(reject) => {
                Self { reject: Some((reject.code, Some(reject.name))), ..Self::new(REFUSED, reject.text) }
            }
            QueryFailure::Unavailable(why) => Self::new(UNAVAILABLE, why),
        }
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        QueryFailure::from(error).into()
    }
}

impl From<Unavailable> for Problem {
    fn from(unavailable: Unavailable) -> Self {
        Self::new(UNAVAILABLE, unavailable.to_string())
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::malformed(rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        // What follows names the parameter.
        let text = rejection.body_text();
        Self::malformed(text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text))
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("Problem", 7)?;
        json.serialize_field("type", &format_args!("urn:epione:problem:{}", self.kind.name))?;
        json.serialize_field("title", self.kind.title)?;
        json.serialize_field("status", &self.kind.status)?;
        json.serialize_field("detail", &self.detail)?;
        if let Some((code, name)) = self.reject {
            json.serialize_field("code", &code)?;
            if let Some(name) = name {
                json.serialize_field("name", name)?;
            }
        }
        if let Some(call) = self.call {
            json.serialize_field("call", &call)?;
        }
        json.end()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status(), crate::show::json_bytes(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Every reject that can stand in a result, by its code.
#[derive(Debug, Default)]
pub(crate) struct Rejects(BTreeMap<u32, RejectDoc>);

impl Rejects {
    /// Those of the ledger itself and of all modules.
    pub(crate) fn new(system: &[RejectDoc], modules: crate::Modules) -> Self {
        let of_modules = modules.iter().flat_map(|module| &module.surface().rejects);
        Self(system.iter().chain(of_modules).map(|reject| (reject.code, reject.clone())).collect())
    }

    /// The reject with this code.
    pub(crate) fn get(&self, code: u32) -> Option<&RejectDoc> {
        self.0.get(&code)
    }
}
