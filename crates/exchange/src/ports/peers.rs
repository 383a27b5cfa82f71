//! The nodes of other organizations.

use crate::messages::{Message, Reply};
use epione_types::OrgId;
use futures::future::BoxFuture;
use std::fmt;

/// Why another organization gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeerError {
    /// It has no address, is down, or did not answer in time.
    #[error("{0} cannot be reached")]
    Unreachable(OrgId),
    /// It answered with something else than a reply to this message.
    #[error("{0} answers with something that is no reply")]
    Malformed(OrgId),
}

/// Links to the nodes of other organizations. Each side knows who the other is.
pub trait Peers: fmt::Debug + Send + Sync {
    /// Sends `message` to the node of `org` and waits for its reply.
    ///
    /// # Errors
    /// [`PeerError`].
    fn ask(&self, org: OrgId, message: Message) -> BoxFuture<'_, Result<Reply, PeerError>>;
}
