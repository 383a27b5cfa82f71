//! What must hold at the end of every run.

use crate::{
    cluster::{Ledger, Node},
    record::{Fate, Record},
    skewed::Skewed,
    witness::Witness,
    world::{self, Founder},
};
use bytes::Bytes;
use commonware_codec::Decode as _;
use commonware_consensus::simplex::{scheme::ed25519::Scheme, types::Finalization};
use commonware_cryptography::{certificate::Verifier as _, ed25519, sha256::Digest};
use commonware_glue::simulate::{property::Property, tracker::ProgressTracker};
use commonware_parallel::Sequential;
use commonware_runtime::Clock as _;
use epione_consensus::Voting;
use epione_kernel::{MemoryState, RowKey, Standing, View};
use epione_types::{ChainId, Committee, Hash, TxFault, encode};
use rand::{SeedableRng as _, rngs::StdRng};
use std::{future::Future, pin::Pin, time::Duration};

/// How often the state is looked at until it is at the height of the replica, and how long after each look: where messages get
/// lost, a block of the last moment takes its time.
const ATTEMPTS: u32 = 1_000;
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// All properties.
#[derive(Clone, Debug)]
pub struct Everything {
    /// What was promised.
    pub record: Record,
    /// What honest nodes heard.
    pub witness: Witness,
    /// Founders whose nodes sign two things, or forge blocks.
    pub faulty: Vec<Founder>,
    /// Founders whose nodes lost their vote logs.
    pub forgetful: Vec<Founder>,
}

impl Property<ed25519::PublicKey, Node> for Everything {
    fn name(&self) -> &'static str {
        "everything"
    }

    fn check<'a>(
        &'a self,
        _tracker: &'a ProgressTracker<ed25519::PublicKey>,
        nodes: &'a [&'a Node],
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        Box::pin(self.hold(nodes))
    }
}

impl Everything {
    async fn hold(&self, nodes: &[&Node]) -> Result<(), String> {
        for node in nodes.iter().filter(|node| node.honest) {
            let ledger = &node.ledger().ok_or_else(|| format!("{:?} did not start", node.founder))?;
            let of = |failure: String| format!("{:?}: {failure}", node.founder);
            self.blocks_agree(ledger).await.map_err(of)?;
            self.events_agree(ledger).await.map_err(of)?;
            self.rows_agree(ledger, &node.clock).await.map_err(of)?;
            if !self.faulty.contains(&node.founder) {
                self.votes(node, ledger).await.map_err(of)?;
            }
        }
        self.promises_are_kept()?;
        self.refusals_are_right()?;
        self.record.replica(|replica| replica.check_laws())?;
        let faulty: Vec<ed25519::PublicKey> = self.faulty.iter().map(|founder| founder.peer()).collect();
        self.record.replica(|replica| self.witness.check(&faulty, replica))?;
        self.record.failure().map_or(Ok(()), Err)
    }

    /// Every block is the one that the replica has at its height, and every certificate is good.
    async fn blocks_agree(&self, ledger: &Ledger) -> Result<(), String> {
        let head = height(ledger);
        let tenures = self.record.replica(|replica| replica.tenures());
        for height in 1..=head {
            let certified = ledger.block(height).await.ok_or_else(|| format!("block {height} is not there"))?;
            self.record.take(certified.block.block());
            if let Some(bytes) = certified.finalization {
                let epoch = certified.block.header().epoch;
                let tenure = tenures.iter().rev().find(|tenure| tenure.since_epoch <= epoch);
                let committee = &tenure.ok_or_else(|| format!("epoch {epoch} has no committee"))?.committee;
                check_certificate(&scheme(committee, &ledger.chain()), &bytes, &certified.block.hash())
                    .map_err(|why| format!("{height}: {why}"))?;
            }
        }
        self.record.failure().map_or(Ok(()), Err)
    }

    /// Gives the replica every final block that the node has: events are logged before their block is announced.
    async fn catch_up(&self, ledger: &Ledger) {
        while let Some(next) = ledger.block(self.record.replica(|replica| replica.height() + 1)).await {
            self.record.take(next.block.block());
        }
    }

    /// The events are those of the replica, byte for byte, and their positions are those of the headers.
    async fn events_agree(&self, ledger: &Ledger) -> Result<(), String> {
        let size = *ledger.event_size().borrow();
        let logged = ledger.events(0, usize::MAX).await.map_err(|error| error.to_string())?;
        self.catch_up(ledger).await;
        if u64::try_from(logged.len()) != Ok(size) {
            return Err(format!("{} events are read, {size} are announced", logged.len()));
        }
        self.record.replica(|replica| {
            for (position, (logged, expected)) in logged.iter().zip(replica.events()).enumerate() {
                if encode(&logged.entry) != *expected {
                    return Err(format!("event {position} is not that of the chain"));
                }
                let header = replica.header(logged.height);
                let begins = replica.header(logged.height.saturating_sub(1)).map_or(0, |parent| parent.event_size);
                let position = u64::try_from(position).unwrap_or(u64::MAX);
                let holds = |header: &&epione_types::Header| {
                    header.time == logged.time && (begins..header.event_size).contains(&position)
                };
                if header.filter(holds).is_none() {
                    return Err(format!("event {position} is logged under the wrong block"));
                }
            }
            match logged.len().cmp(&replica.events().len()) {
                std::cmp::Ordering::Greater => Err("there are more events than in the chain".to_owned()),
                _ => Ok(()),
            }
        })
    }

    /// The state is that of the replica, row for row.
    async fn rows_agree(&self, ledger: &Ledger, clock: &Skewed) -> Result<(), String> {
        for _attempt in 0..ATTEMPTS {
            self.catch_up(ledger).await;
            let (at, state) = self.record.replica(|replica| (replica.height(), replica.state().clone()));
            let (difference, head) =
                ledger.read(&|view| first_difference(view, &state)).await.map_err(|error| error.to_string())?;
            if head.map(|head| head.height) == Some(at) {
                return difference.map_or(Ok(()), |row| Err(format!("row {row:?} is not that of the chain")));
            }
            // Another node gave the replica a block that this one lacks yet, or has not run.
            clock.sleep(LOOK_AGAIN).await;
        }
        Err("the state was never seen at the height of the replica".to_owned())
    }

    /// A node with a seat votes in the end, however it crashed; one that lost its vote logs does not.
    async fn votes(&self, node: &Node, ledger: &Ledger) -> Result<(), String> {
        let key = node.founder.vote_key();
        let tenures = self.record.replica(|replica| replica.tenures());
        if !tenures.last().is_some_and(|tenure| tenure.committee.keys.contains(&key)) {
            return Ok(());
        }
        let expected = if self.forgetful.contains(&node.founder) { Voting::Forgot } else { Voting::Votes };
        let mut found = *ledger.voting().borrow();
        for _attempt in 0..ATTEMPTS {
            if found == expected {
                return Ok(());
            }
            // It may have started just now.
            node.clock.sleep(LOOK_AGAIN).await;
            found = *ledger.voting().borrow();
        }
        Err(format!("it has a seat, and stands as `{}`, not as `{}`", found.name(), expected.name()))
    }

    /// Whether the key with which a founder signs is one of it in the end.
    fn signs(&self, founder: Founder) -> bool {
        let key = founder.operations().public();
        self.record.replica(|replica| {
            let standing = world::modules()
                .iter()
                .map(|module| module.standing(View::new(replica.state()), &founder.signer(), &key));
            standing.flatten().any(|standing| matches!(standing, Standing::Active(_)))
        })
    }

    /// What was told final is in the chain, once, with the codes that were told; nothing was let go but what expired or lost
    /// its signer.
    fn promises_are_kept(&self) -> Result<(), String> {
        for (id, submission) in self.record.submissions() {
            let place = self.record.replica(|replica| replica.place(&id).cloned());
            match submission.fate {
                Fate::Told(told) => match place {
                    None => return Err(format!("{id} was told final and is not in the chain")),
                    Some(place)
                        if (place.height, place.index, &place.codes) != (told.height, told.index, &told.codes) =>
                    {
                        return Err(format!("{id} was told {told:?}, the chain says {place:?}"));
                    }
                    Some(_) => {}
                },
                // What its signer's key cannot sign any more can never be final.
                Fate::Dropped(Some(TxFault::Key(_) | TxFault::UnknownSigner(_)))
                    if place.is_none() && !self.signs(Founder(submission.node)) => {}
                Fate::Dropped(why) if submission.settled_at <= submission.valid_until => {
                    return Err(format!(
                        "{id} was let go by node {} before it expired: {why:?}, {place:?}",
                        submission.node
                    ));
                }
                Fate::Dropped(_) | Fate::Orphaned => {}
                Fate::Waiting => return Err(format!("node {} still owes an answer on {id}", submission.node)),
            }
        }
        Ok(())
    }

    /// Only what an expelled founder still submitted was refused.
    fn refusals_are_right(&self) -> Result<(), String> {
        match self.record.refusals().keys().find(|reason| *reason != "wrong-key") {
            Some(reason) => Err(format!("a transaction was refused: {reason}")),
            None => Ok(()),
        }
    }
}

fn height(ledger: &Ledger) -> u64 {
    ledger.head().borrow().block.as_ref().map_or(0, |block| block.header().height)
}

/// The first row that is not as in `state`.
fn first_difference(
    view: epione_kernel::View<'_>,
    state: &MemoryState,
) -> Result<Option<RowKey>, epione_kernel::Missing> {
    for (key, row) in state.iter() {
        if view.row(key)? != Some(row) {
            return Ok(Some(key.clone()));
        }
    }
    Ok(None)
}

/// What checks the certificates of a chain.
fn scheme(committee: &Committee, chain: &ChainId) -> Scheme {
    Scheme::verifier(&world::namespace(chain), world::engine_keys(committee))
}

fn check_certificate(scheme: &Scheme, bytes: &[u8], block: &Hash) -> Result<(), String> {
    let finalization =
        Finalization::<Scheme, Digest>::decode_cfg(Bytes::copy_from_slice(bytes), &scheme.certificate_codec_config())
            .map_err(|error| format!("the certificate does not decode: {error}"))?;
    if finalization.proposal.payload.0 != block.0 {
        return Err("the certificate is for another block".to_owned());
    }
    let mut rng = StdRng::seed_from_u64(0);
    match finalization.verify(&mut rng, scheme, &Sequential) {
        true => Ok(()),
        false => Err("the certificate does not verify".to_owned()),
    }
}
