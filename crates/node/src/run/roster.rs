//! Keeps the list of peers in step with the ledger: members come and go, and replace keys and addresses.

use anyhow::Result;
use epione_consensus::{Ledger, Peer, PeerBook};
use epione_modules::network;
use epione_types::PublicKey;
use std::time::Duration;
use tokio::{sync::watch, time::sleep};

/// Least time between two readings of the members.
const READ_EVERY: Duration = Duration::from_secs(1);

/// The peers of a node.
pub(super) struct Roster {
    book: PeerBook,
    me: PublicKey,
    /// Whom the node talks to.
    tracked: Vec<Peer>,
    configured: Vec<Peer>,
    known: watch::Sender<u64>,
}

impl Roster {
    /// A list that begins with `tracked`; the addresses of `configured` come before those on the ledger.
    pub(super) fn new(
        book: PeerBook,
        me: PublicKey,
        (tracked, configured): (Vec<Peer>, Vec<Peer>),
        known: watch::Sender<u64>,
    ) -> Self {
        let roster = Self { book, me, tracked, configured, known };
        roster.tell();
        roster
    }

    /// Follows the ledger.
    ///
    /// # Errors
    /// If the state cannot be read.
    pub(super) async fn keep(mut self, ledger: Ledger) -> Result<()> {
        let mut head = ledger.head();
        loop {
            let height = head.borrow_and_update().block.as_ref().map_or(0, |block| block.header().height);
            // Nobody is known before the first block.
            if height > 0 {
                let (published, _) = ledger.read(&|view| network::nodes(&view)).await?;
                self.follow(&self.resolved(published).await)?;
            }
            sleep(READ_EVERY).await;
            head.changed().await?;
        }
    }

    /// The published nodes with their addresses, and those that only the configuration names. One whose name cannot be
    /// resolved keeps the address it had.
    async fn resolved(&self, published: Vec<(PublicKey, network::HostPort)>) -> Vec<Peer> {
        let mut peers: Vec<Peer> = Vec::new();
        for (key, published) in published {
            let known = |peers: &[Peer]| peers.iter().find(|peer| peer.key == key).map(|peer| peer.address);
            let address = match known(&self.configured) {
                Some(configured) => Some(configured),
                None => match tokio::net::lookup_host(published.as_str()).await {
                    Ok(mut found) => found.next(),
                    Err(error) => {
                        tracing::warn!(%key, %published, %error, "a peer's address cannot be resolved");
                        known(&self.tracked)
                    }
                },
            };
            peers.extend(address.map(|address| Peer { key, address }));
        }
        let extra = self.configured.iter().filter(|one| !peers.iter().any(|peer| peer.key == one.key));
        let extra: Vec<Peer> = extra.cloned().collect();
        peers.extend(extra);
        peers
    }

    fn follow(&mut self, peers: &[Peer]) -> Result<()> {
        if peers == self.tracked {
            return Ok(());
        }
        let left_out = self.book.track(peers)?;
        if left_out > 0 {
            tracing::warn!(left_out, "there are more peers than this node made room for at its start: restart it");
        }
        tracing::info!(peers = peers.len(), "the members' nodes have changed");
        self.tracked = peers.to_vec();
        self.tell();
        Ok(())
    }

    fn tell(&self) {
        let others = self.tracked.iter().filter(|peer| peer.key != self.me).count();
        self.known.send_replace(u64::try_from(others).unwrap_or(u64::MAX));
    }
}
