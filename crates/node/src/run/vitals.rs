//! What operators watch beside the status: committee, certificates, disk.

use super::links::InForce;
use crate::disk;
use epione_consensus::Ledger;
use epione_gateway::ports::Vitals;
use epione_modules::network;
use epione_peer::Replaceable;
use std::{path::PathBuf, sync::Arc};

/// What is looked at.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) ledger: Ledger,
    pub(super) data: PathBuf,
    /// The certificate for clients.
    pub(super) clients: Option<Arc<Replaceable>>,
    /// The certificate for links to other organizations.
    pub(super) links: Option<InForce>,
}

impl Watched {
    pub(super) async fn look(&self) -> Vitals {
        let data = self.data.clone();
        // The disk may be one behind a network.
        let disk_free = tokio::task::spawn_blocking(move || disk::free(&data)).await.ok().flatten();
        let clients = self.clients.as_ref().map(|certificate| ("clients", certificate.valid_until()));
        let links = self.links.as_ref().map(|links| ("links", links.until()));
        Vitals {
            committee: self.committee().await,
            halted: self.ledger.has_ended(),
            #[expect(clippy::cast_precision_loss, reason = "a gauge that people look at")]
            disk_free: disk_free.map(|bytes| bytes as f64),
            certificates: clients.into_iter().chain(links).collect(),
        }
    }

    /// Validators in the committee; 0 before the first block, and if the state cannot be read.
    async fn committee(&self) -> u64 {
        let has_block = self.ledger.head().borrow().block.as_ref().is_some_and(|block| block.header().height > 0);
        if !has_block {
            return 0;
        }
        let found = self.ledger.read(&|view| network::committee(&view)).await;
        found.map_or(0, |(committee, _)| u64::try_from(committee.keys.len()).unwrap_or(u64::MAX))
    }
}
