//! Keeps the list of peers in step with the ledger: members come and go, and replace keys and addresses.

use anyhow::Result;
use epione_consensus::{Ledger, Peer};
use epione_modules::network::{self, HostPort};
use epione_types::PublicKey;
use futures::future::join_all;
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout},
};

/// Least time between two readings of the members.
const READ_EVERY: Duration = Duration::from_secs(1);
/// How often the names of peers are looked up while the ledger says the same.
const LOOK_UP_EVERY: Duration = Duration::from_secs(60);
/// How long a name server may take.
const LOOK_UP_WITHIN: Duration = Duration::from_secs(2);
/// How long who fell out of the list stays connected: until all others have seen the block with which it did, and time to
/// start a node with its new key while it still follows with the one before.
const LET_GO_AFTER: Duration = Duration::from_secs(10 * 60);

/// What tells the network whom to talk to; it stays connected to those of the list before, too. How many found no room.
type Track = Box<dyn FnMut(&[Peer]) -> Result<usize> + Send>;

/// What the ledger says.
type Published = Vec<(PublicKey, HostPort)>;

/// The peers of a node.
pub(super) struct Roster {
    track: Track,
    me: PublicKey,
    /// Whom the node talks to.
    tracked: Vec<Peer>,
    configured: Vec<Peer>,
    known: watch::Sender<u64>,
    /// What the ledger said when names were looked up last, and when that was; none if one of them has never been found.
    looked_up: Option<(Published, Instant)>,
    /// When those that fell out of the list are let go.
    let_go_at: Option<Instant>,
}

impl Roster {
    /// A list that begins with `tracked`; the addresses of `configured` come before those on the ledger.
    pub(super) fn new(
        track: Track,
        me: PublicKey,
        (mut tracked, configured): (Vec<Peer>, Vec<Peer>),
        known: watch::Sender<u64>,
    ) -> Self {
        tracked.sort_unstable_by_key(|peer| peer.key);
        let roster = Self { track, me, tracked, configured, known, looked_up: None, let_go_at: None };
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
                let peers = self.resolved(published).await;
                self.follow(peers, Instant::now())?;
            }
            sleep(READ_EVERY).await;
            let let_go_at = self.let_go_at;
            tokio::select! {
                changed = head.changed() => changed?,
                () = async { sleep_until(let_go_at.unwrap_or_else(Instant::now)).await }, if let_go_at.is_some() => {}
            }
        }
    }

    /// The published nodes with their addresses, and those that only the configuration names.
    async fn resolved(&mut self, published: Published) -> Vec<Peer> {
        let now = Instant::now();
        if let Some((same, at)) = &self.looked_up
            && *same == published
            && now < *at + LOOK_UP_EVERY
        {
            return self.tracked.clone();
        }
        let address = |peers: &[Peer], key: &PublicKey| {
            let known = peers.iter().find(|peer| peer.key == *key);
            known.map(|peer| peer.address)
        };
        let found = published.iter().map(|(key, name)| {
            let (configured, before) = (address(&self.configured, key), address(&self.tracked, key));
            async move {
                let found = match configured {
                    Some(configured) => Some(configured),
                    None => looked_up(name, before, LOOK_UP_WITHIN, look_up(name)).await,
                };
                found.map(|address| Peer { key: *key, address })
            }
        });
        let mut peers: Vec<Peer> = join_all(found).await.into_iter().flatten().collect();
        let all_found = peers.len() == published.len();
        let extra = self.configured.iter().filter(|one| !peers.iter().any(|peer| peer.key == one.key));
        let extra: Vec<Peer> = extra.cloned().collect();
        peers.extend(extra);
        peers.sort_unstable_by_key(|peer| peer.key);
        self.looked_up = all_found.then_some((published, now));
        peers
    }

    /// Talks to these from now on. The network keeps the list before, too: when its time is over, the same list is given once
    /// more.
    fn follow(&mut self, peers: Vec<Peer>, now: Instant) -> Result<()> {
        let is_same = peers == self.tracked;
        if is_same && self.let_go_at.is_none_or(|at| now < at) {
            return Ok(());
        }
        let left_out = (self.track)(&peers)?;
        if is_same {
            self.let_go_at = None;
            return Ok(());
        }
        self.let_go_at = Some(now + LET_GO_AFTER);
        if left_out > 0 {
            tracing::warn!(left_out, "there are more peers than this node made room for at its start: restart it");
        }
        tracing::info!(peers = peers.len(), "the members' nodes have changed");
        self.tracked = peers;
        self.tell();
        Ok(())
    }

    fn tell(&self) {
        let others = self.tracked.iter().filter(|peer| peer.key != self.me).count();
        self.known.send_replace(u64::try_from(others).unwrap_or(u64::MAX));
    }
}

async fn look_up(name: &HostPort) -> io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host(name.as_str()).await?.collect())
}

/// The address behind a name: the one `before`, if it is still among the answers or there are none in time, because the
/// network ends the connection to a peer whose address changes.
async fn looked_up(
    name: &HostPort,
    before: Option<SocketAddr>,
    patience: Duration,
    answer: impl Future<Output = io::Result<Vec<SocketAddr>>>,
) -> Option<SocketAddr> {
    let failed = match timeout(patience, answer).await {
        Ok(Ok(found)) => match before.filter(|before| found.contains(before)).or_else(|| found.first().copied()) {
            Some(address) => return Some(address),
            None => "it has no address".to_owned(),
        },
        Ok(Err(error)) => error.to_string(),
        Err(_elapsed) => format!("no answer within {patience:?}"),
    };
    tracing::warn!(%name, failed, "the address of a peer cannot be looked up");
    before
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::{pending, ready},
        sync::{Arc, Mutex},
    };

    fn peer(number: u8) -> Peer {
        Peer { key: PublicKey::Ed25519([number; 32]), address: SocketAddr::from(([127, 0, 0, 1], u16::from(number))) }
    }

    #[tokio::test]
    async fn who_fell_out_of_the_list_is_let_go_after_a_while() {
        let given = Arc::new(Mutex::new(Vec::new()));
        let lists = Arc::clone(&given);
        let track = move |peers: &[Peer]| {
            lists.lock().unwrap().push(peers.len());
            Ok(0)
        };
        let (known, seen) = watch::channel(0);
        let mut roster =
            Roster::new(Box::new(track), peer(1).key, (vec![peer(1), peer(2), peer(3)], Vec::new()), known);
        let begin = Instant::now();
        let mut follow = |peers: &[u8], after: Duration| {
            roster.follow(peers.iter().copied().map(peer).collect(), begin + after).unwrap();
            given.lock().unwrap().clone()
        };
        let minute = Duration::from_secs(60);
        assert!(follow(&[1, 2, 3], minute).is_empty());
        assert_eq!(follow(&[1, 2], 2 * minute), [2]);
        assert_eq!(*seen.borrow(), 1);
        assert_eq!(follow(&[1, 2], minute + LET_GO_AFTER), [2]);
        // Once, and not again.
        assert_eq!(follow(&[1, 2], 2 * minute + LET_GO_AFTER), [2, 2]);
        assert_eq!(follow(&[1, 2], 9 * LET_GO_AFTER), [2, 2]);
        // Another change in between has the same effect.
        assert_eq!(follow(&[1], 10 * LET_GO_AFTER), [2, 2, 1]);
        assert_eq!(follow(&[1, 4], 10 * LET_GO_AFTER + minute), [2, 2, 1, 2]);
        assert_eq!(follow(&[1, 4], 11 * LET_GO_AFTER), [2, 2, 1, 2]);
        assert_eq!(follow(&[1, 4], 12 * LET_GO_AFTER), [2, 2, 1, 2, 2]);
    }

    #[tokio::test]
    async fn an_address_stays_while_it_is_among_the_answers() {
        let name: HostPort = serde_json::from_str("\"one.example:7\"").unwrap();
        let at = |numbers: &[u8]| numbers.iter().map(|number| peer(*number).address).collect::<Vec<_>>();
        let soon = Duration::from_millis(50);
        for (before, answer, expected) in [
            (None, &[1, 2][..], Some(1)),
            (Some(2), &[1, 2], Some(2)),
            (Some(3), &[1, 2], Some(1)),
            (Some(3), &[], Some(3)),
            (None, &[], None),
        ] {
            let before = before.map(|number| peer(number).address);
            let found = looked_up(&name, before, soon, ready(Ok(at(answer)))).await;
            assert_eq!(found, expected.map(|number| peer(number).address));
        }
        let before = Some(peer(3).address);
        assert_eq!(looked_up(&name, before, soon, ready(Err(io::Error::other("no such name")))).await, before);
        // A name server that does not answer holds nothing up.
        assert_eq!(looked_up(&name, before, soon, pending()).await, before);
    }
}
