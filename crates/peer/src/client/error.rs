//! Why another organization did not answer.

use crate::Refusal;
use epione_types::{ChainId, OrgId};
use rustls::{AlertDescription, CertificateError};
use std::{error::Error as StdError, io};

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The ledger names no TLS key of the organization.
    #[error("{0} has no TLS key on the ledger, or is no member any more")]
    NoKey(OrgId),
    /// There is no certificate to show.
    #[error("this node has no certificate for links to other organizations: make one with `epione key tls`")]
    NoIdentity,
    /// No connection.
    #[error("no connection to {address}")]
    Unreachable {
        /// Host and port.
        address: String,
        /// Why not.
        source: io::Error,
    },
    /// The certificate of the other side is not accepted.
    #[error("the certificate of {address} is not accepted: {refusal}")]
    NotAccepted {
        /// Host and port.
        address: String,
        /// Why not.
        refusal: Refusal,
    },
    /// The other side does not accept any certificate of ours.
    #[error("{address} does not accept the certificate of this node: {why}")]
    Refused {
        /// Host and port.
        address: String,
        /// What it said.
        why: String,
    },
    /// The handshake failed otherwise.
    #[error("no secure link to {address}: {what}")]
    Handshake {
        /// Host and port.
        address: String,
        /// What happened.
        what: String,
    },
    /// No answer in time.
    #[error("no answer from {address} in time")]
    Timeout {
        /// Host and port.
        address: String,
    },
    /// The connection broke; the request may have been acted upon.
    #[error("the connection to {address} broke, and what was asked may have been done")]
    Broken {
        /// Host and port.
        address: String,
        /// How.
        source: hyper::Error,
    },
    /// The connection was closed before the request was sent, again and again.
    #[error("{address} closes every connection")]
    Closed {
        /// Host and port.
        address: String,
    },
    /// An answer beyond the limit, or not one of a node.
    #[error("the answer of {address} is not one of an Epione node: {what}")]
    Answer {
        /// Host and port.
        address: String,
        /// What is wrong.
        what: String,
    },
    /// The other side follows another chain.
    #[error("{address} follows another chain, {found}")]
    OtherChain {
        /// Host and port.
        address: String,
        /// Its chain.
        found: ChainId,
    },
}

impl LinkError {
    /// Whether it may be that the other side only does not take the key that was shown.
    pub(super) fn is_about_own_key(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    /// The first error that says something.
    pub(super) fn or(self, other: Self) -> Self {
        if matches!(self, Self::NoIdentity) { other } else { self }
    }

    /// Why the handshake failed.
    pub(super) fn of_handshake(address: String, error: &io::Error) -> Self {
        use rustls::Error::InvalidCertificate;
        let refusal = match tls(error) {
            Some(InvalidCertificate(CertificateError::Expired)) => Some(Refusal::Expired),
            Some(InvalidCertificate(CertificateError::NotValidYet)) => Some(Refusal::NotYetValid),
            Some(InvalidCertificate(CertificateError::Other(other))) => other.0.downcast_ref().cloned(),
            _ => None,
        };
        match refusal {
            Some(refusal) => Self::NotAccepted { address, refusal },
            None => Self::Handshake { address, what: error.to_string() },
        }
    }

    /// Why the first request on a new connection failed: in TLS 1.3 only then a client learns that its certificate is refused.
    pub(super) fn of_greeting(address: String, error: &(dyn StdError + 'static)) -> Self {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(rustls::Error::AlertReceived(alert)) = error.downcast_ref::<io::Error>().and_then(tls) {
                let why = match alert {
                    AlertDescription::CertificateUnknown => "its key is not registered there".to_owned(),
                    AlertDescription::CertificateExpired => "it has expired, or is not valid yet".to_owned(),
                    AlertDescription::CertificateRequired => "there is none".to_owned(),
                    other => format!("it says {other:?}"),
                };
                return Self::Refused { address, why };
            }
            cause = error.source();
        }
        Self::Refused { address, why: format!("it ended the connection: {error}") }
    }
}

/// What TLS says in an error of the stream.
fn tls(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}
