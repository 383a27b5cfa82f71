//! The exchange of a node, `/v1/exchange/…`: contents and secrets of its own organization (docs/http.md).
//!
//! What stands in the parameters of such a request may be about a person: errors name the address without them.

use super::{Client, ClientError, json_of, send};
use reqwest::{Url, header};
use serde_json::Value;
use std::time::Duration;

/// Largest answer that is read, in bytes: sixteen of the largest records in base64, and what stands around them.
const BYTES_MAX: usize = 288 * 1024 * 1024;

impl Client {
    /// Asks by `GET`, with parameters; waits at most `wait`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn get_json(
        &self,
        path: &[&str],
        parameters: &[(&str, String)],
        wait: Duration,
    ) -> Result<Value, ClientError> {
        let shown = self.exchange(path);
        let request = self.http.get(with(&shown, parameters));
        json_of(&shown, send(request, &shown, wait).await?, BYTES_MAX).await
    }

    /// Asks by `POST` with a JSON value; waits at most `wait`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn post_json(&self, path: &[&str], body: &Value, wait: Duration) -> Result<Value, ClientError> {
        let shown = self.exchange(path);
        let request = self.http.post(shown.clone()).header(header::CONTENT_TYPE, "application/json");
        json_of(&shown, send(request.body(body.to_string()), &shown, wait).await?, BYTES_MAX).await
    }

    /// Asks by `POST` with these octets, and parameters that say what they are; waits at most `wait`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn post_bytes(
        &self,
        path: &[&str],
        parameters: &[(&str, String)],
        body: Vec<u8>,
        wait: Duration,
    ) -> Result<Value, ClientError> {
        let shown = self.exchange(path);
        let request = self.http.post(with(&shown, parameters)).header(header::CONTENT_TYPE, "application/octet-stream");
        json_of(&shown, send(request.body(body), &shown, wait).await?, BYTES_MAX).await
    }

    fn exchange(&self, path: &[&str]) -> Url {
        self.at(&[&["v1", "exchange"], path].concat())
    }
}

/// `url` with these parameters.
fn with(url: &Url, parameters: &[(&str, String)]) -> Url {
    let mut url = url.clone();
    if !parameters.is_empty() {
        url.query_pairs_mut().extend_pairs(parameters);
    }
    url
}
