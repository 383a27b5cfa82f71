//! What is answered instead of a result (RFC 9457).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

/// A refusal as the other side reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Problem {
    /// `urn:epione:problem:<kind>`.
    #[serde(rename = "type")]
    pub(crate) urn: String,
    pub(crate) status: u16,
    pub(crate) title: String,
    pub(crate) detail: String,
}

/// The kinds of problems of this crate: name, status, title.
pub(crate) type Kind = (&'static str, StatusCode, &'static str);

/// The certificate shown on this connection is not, or no more, one of an organization. The request was not acted upon, and
/// the connection ends.
pub(crate) const NOT_REGISTERED: Kind = ("key-not-registered", StatusCode::FORBIDDEN, "Key not registered");
/// The organization is suspended, and this is not open to suspended ones.
pub(crate) const SUSPENDED: Kind = ("suspended", StatusCode::FORBIDDEN, "Organization suspended");
/// The organization has too many requests under way.
pub(crate) const TOO_MANY: Kind = ("too-many-requests", StatusCode::TOO_MANY_REQUESTS, "Too many requests");
/// There is nothing here.
pub(crate) const NOT_FOUND: Kind = ("not-found", StatusCode::NOT_FOUND, "Not found");
/// No answer in time.
pub(crate) const UNAVAILABLE: Kind = ("unavailable", StatusCode::SERVICE_UNAVAILABLE, "Unavailable");

impl Problem {
    pub(crate) fn new((name, status, title): Kind, detail: impl Into<String>) -> Self {
        Self { urn: urn(name), status: status.as_u16(), title: title.to_owned(), detail: detail.into() }
    }

    /// Whether `body` is a problem of this kind.
    pub(crate) fn is(body: &[u8], (name, _, _): Kind) -> bool {
        serde_json::from_slice::<Self>(body).is_ok_and(|problem| problem.urn.rsplit(':').next() == Some(name))
    }
}

fn urn(name: &str) -> String {
    format!("urn:epione:problem:{name}")
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let is_last = self.urn == urn(NOT_REGISTERED.0);
        let mut response = (status, axum::Json(self)).into_response();
        if is_last {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}
