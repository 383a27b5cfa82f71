//! Reading what a client sends: content types, parameters and JSON, with errors that name the field.

use crate::problem::{Problem, UNSUPPORTED};
use axum::{
    extract::Query,
    http::{HeaderMap, Uri, header},
};
use serde::de::DeserializeOwned;

/// The content type of a request in lower case, without parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(text.split(';').next().unwrap_or(text).trim().to_ascii_lowercase())
}

/// Whether the first content type that the client accepts is this one.
pub(crate) fn prefers(headers: &HeaderMap, content_type: &str) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let first = accepted.split([',', ';']).next().unwrap_or_default();
    first.trim().eq_ignore_ascii_case(content_type)
}

/// `unsupported-media-type`, naming what is understood.
pub(crate) fn unsupported(found: Option<&str>, understood: &str) -> Problem {
    let found = found.map_or_else(|| "without a content type".to_owned(), |found| format!("of type `{found}`"));
    Problem::new(UNSUPPORTED, format!("a body {found} is not understood; send {understood}"))
}

/// The parameters of a request.
///
/// # Errors
/// `malformed`, naming the parameter that is unknown or wrong.
pub(crate) fn parameters<T: DeserializeOwned>(uri: &Uri) -> Result<T, Problem> {
    Ok(Query::<T>::try_from_uri(uri)?.0)
}

/// The value in `bytes`.
///
/// # Errors
/// `malformed`, naming the field that is missing, unknown or wrong by its path.
pub(crate) fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        // The path of the whole document is a dot.
        if path == "." { Problem::malformed(error.to_string()) } else { Problem::malformed(format!("{path}: {error}")) }
    })?;
    json.end().map_err(|error| Problem::malformed(error.to_string()))?;
    Ok(value)
}

/// The parameters of a route that takes none.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}
