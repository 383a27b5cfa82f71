//! What other organizations may ask of this node about records: the messages of the exchange as routes of the links.

use super::peers::PATH;
use axum::{
    Extension,
    body::Bytes,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::post,
};
use epione_exchange::{
    Exchange,
    messages::{Message, NAMES, Refusal, Reply},
};
use epione_peer::{Access, Caller, Routes};
use std::sync::Arc;

/// The routes with those of the exchange.
pub(super) fn mount(routes: Routes, exchange: &Arc<Exchange>) -> Routes {
    NAMES.iter().copied().fold(routes, |routes, name| {
        let exchange = Arc::clone(exchange);
        let answer = move |Extension(Caller(caller)): Extension<Caller>, body: Bytes| async move {
            let reply = match Message::from_bytes(name, &body) {
                Ok(message) => exchange.serve(caller.org, message).await,
                Err(_malformed) => Reply::Refused(Refusal::Malformed),
            };
            octets(reply.to_bytes())
        };
        let access = if Message::while_suspended(name) { Access::Everyone } else { Access::ActiveOnly };
        routes.route(&format!("{PATH}{name}"), access, post(answer))
    })
}

fn octets(bytes: Vec<u8>) -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response()
}
