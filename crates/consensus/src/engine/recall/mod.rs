//! Never vote twice: before a node votes it asks the others which votes of its key they have seen.
//!
//! A vote log that was restored from a backup, lost or cut off does not know what the node signed since. The others do: each
//! remembers what every peer signed in the latest view in which it voted, and finds more in its certificates. A node that is
//! shown a vote of its own that its log does not contain does not vote any more; it follows, until its organization gives it
//! another key. Only as many answers are waited for as a quorum needs without the node, so that asking never holds up a chain
//! that could go on.

mod memory;

mod log;

pub(crate) use log::Remembered;
pub(super) use log::read;
pub(crate) use memory::Memory;
pub(super) use memory::Tap;

use commonware_codec::{Encode as _, ReadExt as _};
use commonware_consensus::{
    simplex::{scheme::ed25519::Scheme, types::Vote},
    types::Round,
};
use commonware_cryptography::{certificate::Attestation, ed25519, sha256::Digest};
use commonware_p2p::{Blocker, Receiver, Recipients, Sender};
use commonware_parallel::Sequential;
use commonware_utils::{Participant, ordered::Set};
use rand_core::CryptoRng;
use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};
use tokio::sync::mpsc;
use tracing::warn;

type Key = ed25519::PublicKey;
type Ballot = Vote<Scheme, Digest>;

const ASK: u8 = 0;
const SEEN: u8 = 1;
/// Most votes of one node in one view: one of each kind.
const KINDS: usize = 3;

/// What a peer answered: the votes of this node that it saw, of the latest view in which it saw any.
pub(crate) type Answer = (Key, Vec<Ballot>);

/// What a vote says of its view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Said {
    /// For a block.
    Notarize(Digest),
    /// For no block.
    Nullify,
    /// That a block is final.
    Finalize(Digest),
}

impl Said {
    /// What this vote says.
    pub(crate) const fn of(vote: &Ballot) -> Self {
        match vote {
            Vote::Notarize(vote) => Self::Notarize(vote.proposal.payload),
            Vote::Nullify(_) => Self::Nullify,
            Vote::Finalize(vote) => Self::Finalize(vote.proposal.payload),
        }
    }

    /// Whether both are of the same kind.
    fn is_like(self, other: Self) -> bool {
        mem::discriminant(&self) == mem::discriminant(&other)
    }
}

/// Answers the others, and hands on what they answer.
pub(super) struct Recall<S, R, B> {
    pub(super) memory: Memory,
    pub(super) sender: S,
    pub(super) receiver: R,
    pub(super) blocker: B,
    pub(super) answers: mpsc::UnboundedSender<Answer>,
}

impl<S, R, B> Recall<S, R, B>
where
    S: Sender<PublicKey = Key>,
    R: Receiver<PublicKey = Key>,
    B: Blocker<PublicKey = Key>,
{
    /// Runs until the network ends.
    pub(super) async fn run(mut self) {
        while let Ok((peer, message)) = self.receiver.recv().await {
            let answer = match message.as_ref().split_first() {
                Some((&ASK, [])) => {
                    let answer = answer(&self.memory.of(&peer));
                    self.sender.send(Recipients::One(peer), answer, false);
                    continue;
                }
                Some((&SEEN, votes)) => seen(votes),
                _ => None,
            };
            let Some(votes) = answer else {
                commonware_p2p::block!(self.blocker, peer, "not a question or answer about votes");
                continue;
            };
            // Nobody listens once the node votes.
            drop(self.answers.send((peer, votes)));
        }
    }
}

/// The question, as it is sent.
pub(super) fn question() -> bytes::Bytes {
    bytes::Bytes::from_static(&[ASK])
}

/// An answer, as it is sent.
fn answer(votes: &[Ballot]) -> bytes::Bytes {
    let mut answer = vec![SEEN];
    votes.iter().for_each(|vote| answer.extend_from_slice(&vote.encode()));
    bytes::Bytes::from(answer)
}

/// The votes in an answer; none if it is not one.
fn seen(answer: &[u8]) -> Option<Vec<Ballot>> {
    let mut answer = bytes::Bytes::copy_from_slice(answer);
    let mut votes = Vec::with_capacity(KINDS);
    while !answer.is_empty() && votes.len() < KINDS {
        votes.push(Ballot::read(&mut answer).ok()?);
    }
    answer.is_empty().then_some(votes)
}

/// What the answers come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Too few have answered.
    Open,
    /// A quorum with this node has seen no vote that it does not remember.
    Clear,
    /// There is a vote of this node that it does not remember.
    Forgot(Round),
}

/// Whether `answered` are, with `me`, a quorum of a committee; a committee of one asks nobody.
pub(super) fn suffice(answered: &BTreeSet<Key>, committee: &Set<Key>, me: &Key) -> bool {
    let seats = committee.len();
    let quorum = seats - seats.saturating_sub(1) / 3;
    let seated = answered.iter().filter(|peer| *peer != me && committee.position(peer).is_some());
    seated.count() + 1 >= quorum
}

/// A question under way.
pub(crate) struct Inquiry {
    me: Key,
    namespace: Vec<u8>,
    committee: Set<Key>,
    epoch: u64,
    remembered: BTreeMap<u64, Remembered>,
    answered: BTreeSet<Key>,
}

impl Inquiry {
    /// Before the node with key `me` votes in `epoch` under `namespace`; `remembered` are its logs of that epoch and later
    /// ones, `answered` those that were asked before and had seen nothing that it did not know.
    pub(crate) fn new(
        (me, namespace): (Key, Vec<u8>),
        (epoch, committee): (u64, Set<Key>),
        remembered: BTreeMap<u64, Remembered>,
        answered: BTreeSet<Key>,
    ) -> Self {
        Self { me, namespace, committee, epoch, remembered, answered }
    }

    /// Whether enough have answered already.
    pub(crate) fn verdict(&self) -> Verdict {
        if suffice(&self.answered, &self.committee, &self.me) { Verdict::Clear } else { Verdict::Open }
    }

    /// Who has answered, and had seen nothing that the node does not know.
    pub(super) fn take_answered(&mut self) -> BTreeSet<Key> {
        mem::take(&mut self.answered)
    }

    /// Takes an answer of a peer, or what the node's own certificates say.
    pub(crate) fn hear(&mut self, rng: &mut impl CryptoRng, (peer, votes): Answer) -> Verdict {
        for vote in votes {
            if self.is_news(&vote) {
                let round = round(&vote);
                if self.is_mine(rng, vote) {
                    return Verdict::Forgot(round);
                }
                warn!(%peer, "a peer answered with a vote that this node never signed");
                return self.verdict();
            }
        }
        self.answered.insert(peer);
        self.verdict()
    }

    /// Whether a vote is one that a log should contain and does not. What was signed in epochs that are over does not matter
    /// any more. In a later one the node may have voted before the state was durable that leads there: then that log knows.
    fn is_news(&self, vote: &Ballot) -> bool {
        let round = round(vote);
        let epoch = round.epoch().get();
        let is_known = |log: &Remembered| log.knows(round.view(), Said::of(vote));
        epoch >= self.epoch && !self.remembered.get(&epoch).is_some_and(is_known)
    }

    /// Whether this node's key signed the vote, whatever its place in a committee was.
    fn is_mine(&self, rng: &mut impl CryptoRng, vote: Ballot) -> bool {
        let scheme = Scheme::verifier(&self.namespace, Set::from_iter_dedup([self.me.clone()]));
        let alone = |attestation: Attestation<Scheme>| Attestation { signer: Participant::new(0), ..attestation };
        match vote {
            Vote::Notarize(mut vote) => {
                vote.attestation = alone(vote.attestation);
                vote.verify(rng, &scheme, &Sequential)
            }
            Vote::Nullify(mut vote) => {
                vote.attestation = alone(vote.attestation);
                vote.verify::<_, Digest>(rng, &scheme, &Sequential)
            }
            Vote::Finalize(mut vote) => {
                vote.attestation = alone(vote.attestation);
                vote.verify(rng, &scheme, &Sequential)
            }
        }
    }
}

/// The round of a vote.
const fn round(vote: &Ballot) -> Round {
    match vote {
        Vote::Notarize(vote) => vote.proposal.round,
        Vote::Nullify(vote) => vote.round,
        Vote::Finalize(vote) => vote.proposal.round,
    }
}
