//! A proposer that forges blocks.
//!
//! Its node is like the others; what leaves it is not: its blocks are replaced by forged ones on the network, and so are
//! its votes for them, with good signatures. The others cannot tell it from a node that means to deceive them.

use crate::{
    record::Record,
    witness::{self, BLOCKS, VOTES, Witness},
    world::{self, Founder},
};
use bytes::Bytes;
use commonware_codec::Decode as _;
use commonware_consensus::simplex::{
    elector::{Config as _, Elector as _, RoundRobin, RoundRobinElector},
    scheme::ed25519::Scheme,
    types::{Notarize, Proposal, Vote},
};
use commonware_cryptography::{Sha256, ed25519, sha256::Digest};
use commonware_p2p::{Recipients, Sender as _, simulated::Sender};
use commonware_runtime::{IoBuf, deterministic};
use epione_consensus::EngineBlock;
use epione_types::{Block, Hash, List, Signature, SignedTx, encode};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

type Key = ed25519::PublicKey;
type Link = Sender<Key, deterministic::Context>;
type Ballot = Notarize<Scheme, Digest>;

/// What is wrong with a forged block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Forgery {
    /// The root of the state.
    StateRoot,
    /// The root of the events.
    EventRoot,
    /// The root of the transactions.
    TxRoot,
    /// The signature of a transaction.
    Signature,
    /// The nonce of a transaction: it was used before.
    Nonce,
}

impl Forgery {
    /// What a node logs when it refuses such a block.
    #[must_use]
    pub const fn refusal(self) -> &'static str {
        match self {
            Self::StateRoot => "field `state_root` of the header is wrong",
            Self::EventRoot => "field `event_root` of the header is wrong",
            Self::TxRoot => "TxRoot",
            Self::Signature => "the signature does not verify",
            Self::Nonce => "was already used",
        }
    }
}

/// What became of a block of its own node.
enum Sent {
    /// It was sent as it is.
    Truth,
    /// This was sent in its place.
    Forged(Bytes, Digest),
}

#[derive(Default)]
struct Desk {
    /// Number of blocks that were forged.
    count: usize,
    sent: BTreeMap<Digest, Sent>,
    /// Votes for own blocks that are not sent yet.
    held: BTreeMap<Digest, (Recipients<Key>, Ballot)>,
    /// Transactions that stood in own blocks.
    txs: Vec<SignedTx>,
}

/// Replaces what a founder's node sends.
#[derive(Clone)]
pub(crate) struct Forger {
    founder: Founder,
    scheme: Scheme,
    elector: RoundRobinElector<Scheme>,
    kinds: &'static [Forgery],
    record: Record,
    witness: Witness,
    votes: Link,
    blocks: Link,
    desk: Arc<Mutex<Desk>>,
}

impl Forger {
    /// A founder of a consortium of `nodes` that forges blocks of `kinds` in turn, and sends through these links.
    pub(crate) fn new(
        (founder, nodes): (Founder, u32),
        kinds: &'static [Forgery],
        (record, witness): (Record, Witness),
        (votes, blocks): (Link, Link),
    ) -> Option<Self> {
        let (voters, chain) = (world::voters(nodes), record.replica(|replica| replica.chain()));
        let elector = RoundRobin::<Sha256>::default().build(&voters);
        let scheme = Scheme::signer(&world::namespace(&chain), voters, founder.vote())?;
        Some(Self { founder, scheme, elector, kinds, record, witness, votes, blocks, desk: Arc::default() })
    }

    /// Whether it sent something in place of a message, or will.
    pub(crate) fn replaces(&self, channel: usize, recipients: &Recipients<Key>, message: &IoBuf) -> bool {
        match channel {
            VOTES => self.replaces_vote(recipients, message),
            BLOCKS => self.replaces_block(recipients, message),
            _ => false,
        }
    }

    fn replaces_block(&self, recipients: &Recipients<Key>, message: &IoBuf) -> bool {
        let Ok(block) = EngineBlock::decode_cfg(message.clone(), &world::eras()) else { return false };
        if block.header().proposer != self.founder.vote_key() {
            return false;
        }
        let digest = Digest::from(block.hash().0);
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        let Desk { count, sent, held, txs } = &mut *desk;
        let sent = sent.entry(digest).or_insert_with(|| match self.forge(*count, &block, txs) {
            Some((bytes, digest)) => {
                *count += 1;
                Sent::Forged(bytes, digest)
            }
            None => Sent::Truth,
        });
        txs.extend(block.block().txs.iter().cloned());
        let replaced = match sent {
            Sent::Truth => false,
            Sent::Forged(bytes, _) => {
                self.blocks.clone().send(recipients.clone(), bytes.clone(), true);
                true
            }
        };
        if let Some((recipients, ballot)) = held.remove(&digest) {
            self.vote(recipients, ballot, sent);
        }
        replaced
    }

    /// A vote for an own block goes out with it, because nothing is known of the block before.
    fn replaces_vote(&self, recipients: &Recipients<Key>, message: &IoBuf) -> bool {
        let Ok((_epoch, Vote::Notarize(ballot))) = witness::vote(message) else { return false };
        if self.elector.elect(ballot.proposal.round, ()) != ballot.attestation.signer {
            return false;
        }
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        match desk.sent.get(&ballot.proposal.payload) {
            Some(sent) => self.vote(recipients.clone(), ballot, sent),
            None => {
                desk.held.insert(ballot.proposal.payload, (recipients.clone(), ballot));
            }
        }
        true
    }

    fn vote(&self, recipients: Recipients<Key>, ballot: Ballot, sent: &Sent) {
        let ballot = match sent {
            Sent::Truth => Some(ballot),
            Sent::Forged(_, digest) => {
                let Proposal { round, parent, .. } = ballot.proposal;
                Notarize::sign(&self.scheme, Proposal::new(round, parent, *digest))
            }
        };
        if let Some(ballot) = ballot {
            let epoch = ballot.proposal.round.epoch().get();
            self.votes.clone().send(recipients, witness::envelope(epoch, &Vote::Notarize(ballot)), true);
        }
    }

    /// A block like `block` but for one thing, after `count` others; none if there is nothing to forge.
    fn forge(&self, count: usize, block: &EngineBlock, before: &[SignedTx]) -> Option<(Bytes, Digest)> {
        let kind = *self.kinds.get(count.checked_rem(self.kinds.len())?)?;
        let Block { mut header, txs } = Block::clone(block.block());
        let mut txs = txs.into_vec();
        match kind {
            Forgery::StateRoot => header.state_root = other(header.state_root),
            Forgery::EventRoot => header.event_root = other(header.event_root),
            Forgery::TxRoot => header.tx_root = other(header.tx_root),
            Forgery::Signature => {
                let Signature::Ed25519 { bytes, .. } = &mut txs.last_mut()?.signature else { return None };
                bytes[0] ^= 1;
                header.tx_root = Block::tx_root(&txs);
            }
            Forgery::Nonce => {
                let is_final = |tx: &&SignedTx| self.record.replica(|replica| replica.place(&tx.tx.id()).is_some());
                txs.push(before.iter().rev().find(is_final)?.clone());
                header.tx_root = Block::tx_root(&txs);
            }
        }
        let hash = header.hash();
        self.witness.forged(hash, kind);
        let bytes = encode(&Block { header, txs: List::new(txs).ok()? });
        // The engine precedes a block by its length.
        let framed = [&u32::try_from(bytes.len()).ok()?.to_be_bytes(), bytes.as_slice()].concat();
        Some((framed.into(), Digest::from(hash.0)))
    }
}

/// Another hash.
fn other(mut hash: Hash) -> Hash {
    hash.0[0] ^= 1;
    hash
}
