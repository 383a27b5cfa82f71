//! Never vote twice: before a node votes it asks the others which votes of its key they have seen.
//!
//! A vote log that was restored from a backup, lost or cut off does not know what the node signed since. The others do: each
//! remembers the latest vote of every peer, and finds more in its certificates. A node that is shown a vote of its own that
//! its log does not contain does not vote any more; it follows, until its organization gives it another key. Only as many
//! answers are waited for as a quorum needs without the node, so that asking never holds up a chain that could go on.

mod memory;

mod log;

pub(super) use log::latest;
pub(super) use memory::{Memory, Tap};

use commonware_codec::{DecodeExt as _, Encode as _};
use commonware_consensus::{
    simplex::{scheme::ed25519::Scheme, types::Vote},
    types::{Epoch, Round},
};
use commonware_cryptography::{certificate::Attestation, ed25519, sha256::Digest};
use commonware_p2p::{Blocker, Receiver, Recipients, Sender};
use commonware_parallel::Sequential;
use commonware_utils::{Participant, ordered::Set};
use rand_core::CryptoRng;
use std::collections::BTreeSet;
use tokio::sync::mpsc;
use tracing::warn;

type Key = ed25519::PublicKey;
type Ballot = Vote<Scheme, Digest>;

const ASK: u8 = 0;
const NONE_SEEN: u8 = 1;
const SEEN: u8 = 2;

/// What a peer answered: the latest vote of this node that it saw, if any.
pub(crate) type Answer = (Key, Option<Ballot>);

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
            let bytes = message.as_ref();
            let answer = match bytes.split_first() {
                Some((&ASK, [])) => {
                    let answer = match self.memory.of(&peer) {
                        Some(vote) => [&[SEEN][..], &vote.encode()].concat(),
                        None => vec![NONE_SEEN],
                    };
                    self.sender.send(Recipients::One(peer), bytes::Bytes::from(answer), false);
                    continue;
                }
                Some((&NONE_SEEN, [])) => Ok(None),
                Some((&SEEN, vote)) => Ballot::decode(bytes::Bytes::copy_from_slice(vote)).map(Some).map_err(drop),
                _ => Err(()),
            };
            let Ok(vote) = answer else {
                commonware_p2p::block!(self.blocker, peer, "not a question or answer about votes");
                continue;
            };
            // Nobody listens once the node votes.
            drop(self.answers.send((peer, vote)));
        }
    }
}

/// The question, as it is sent.
pub(super) fn question() -> bytes::Bytes {
    bytes::Bytes::from_static(&[ASK])
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

/// A question under way.
pub(crate) struct Inquiry {
    me: Key,
    namespace: Vec<u8>,
    committee: Set<Key>,
    epoch: u64,
    remembered: Option<Round>,
    answered: BTreeSet<Key>,
}

impl Inquiry {
    /// Before the node with key `me` votes in `epoch` under `namespace`; `remembered` is the latest vote in its log of that
    /// epoch.
    pub(crate) fn new(
        (me, namespace): (Key, Vec<u8>),
        (epoch, committee): (u64, Set<Key>),
        remembered: Option<Round>,
    ) -> Self {
        Self { me, namespace, committee, epoch, remembered, answered: BTreeSet::new() }
    }

    /// Whether enough have answered already; a committee of one asks nobody.
    pub(crate) fn verdict(&self) -> Verdict {
        let seats = self.committee.len();
        let quorum = seats - seats.saturating_sub(1) / 3;
        if self.answered.len() + 1 >= quorum { Verdict::Clear } else { Verdict::Open }
    }

    /// Takes an answer of a peer, or what the node's own certificates say.
    pub(crate) fn hear(&mut self, rng: &mut impl CryptoRng, (peer, vote): Answer) -> Verdict {
        if let Some(vote) = vote {
            let round = round(&vote);
            if self.is_news(round) {
                if self.is_mine(rng, vote) {
                    return Verdict::Forgot(round);
                }
                warn!(%peer, "a peer answered with a vote that this node never signed");
                return self.verdict();
            }
        }
        if self.committee.position(&peer).is_some() && peer != self.me {
            self.answered.insert(peer);
        }
        self.verdict()
    }

    /// Whether a vote in this round is one that the log should contain. What was signed in epochs that are over does not
    /// matter any more.
    fn is_news(&self, round: Round) -> bool {
        let remembered = self.remembered.filter(|known| known.epoch() == Epoch::new(self.epoch));
        round.epoch().get() > self.epoch
            || (round.epoch().get() == self.epoch && remembered.is_none_or(|known| round.view() > known.view()))
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
pub(super) fn round(vote: &Ballot) -> Round {
    match vote {
        Vote::Notarize(vote) => vote.proposal.round,
        Vote::Nullify(vote) => vote.round,
        Vote::Finalize(vote) => vote.proposal.round,
    }
}
