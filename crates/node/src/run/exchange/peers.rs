//! The nodes of other organizations, over secure links.

use bytes::Bytes;
use epione_consensus::Ledger;
use epione_exchange::{
    messages::{Message, Reply},
    ports::{PeerError, Peers},
};
use epione_modules::network;
use epione_peer::{Client, Target};
use epione_types::OrgId;
use futures::future::{BoxFuture, FutureExt as _};
use hyper::{Method, Request, StatusCode};

/// The path below which the messages lie.
pub(super) const PATH: &str = "/peer/v1/exchange/";

/// Asks the nodes of other organizations, where the ledger says that they are.
#[derive(Debug)]
pub(super) struct LinkedPeers {
    ledger: Ledger,
    client: Client,
}

impl LinkedPeers {
    pub(super) const fn new(ledger: Ledger, client: Client) -> Self {
        Self { ledger, client }
    }

    async fn target(&self, org: OrgId) -> Option<Target> {
        let found = self.ledger.read(&move |view| network::organization(&view, &org)).await;
        let address = found.ok()?.0?.addresses.peer?;
        Some(Target { org, address: address.to_string() })
    }
}

impl Peers for LinkedPeers {
    fn ask(&self, org: OrgId, message: Message) -> BoxFuture<'_, Result<Reply, PeerError>> {
        async move {
            let target = self.target(org).await.ok_or(PeerError::Unreachable(org))?;
            let request = Request::builder()
                .method(Method::POST)
                .uri(format!("{PATH}{}", message.name()))
                .body(Bytes::from(message.to_bytes()))
                .map_err(|_request| PeerError::Malformed(org))?;
            let answer = self.client.request(&target, request).await.map_err(|error| {
                tracing::debug!(%org, %error, message = message.name(), "another organization gives no answer");
                PeerError::Unreachable(org)
            })?;
            match answer.status() {
                StatusCode::OK => Reply::from_bytes(answer.body()).map_err(|_bytes| PeerError::Malformed(org)),
                // It was refused before it was read: by who we are, or because the node is busy.
                _ => Err(PeerError::Unreachable(org)),
            }
        }
        .boxed()
    }
}
