//! What honest nodes hear of each other: who signed two things, and which forged blocks were around.

use crate::{forger::Forgery, replica::Replica};
use borsh::BorshDeserialize as _;
use bytes::Bytes;
use commonware_codec::{DecodeExt as _, Encode as _, Error as CodecError, varint::UInt};
use commonware_consensus::{
    simplex::{scheme::ed25519::Scheme, types::Vote},
    types::Round,
};
use commonware_cryptography::{ed25519, sha256::Digest};
use commonware_p2p::utils::mux;
use commonware_runtime::IoBuf;
use epione_types::{Hash, Header, PublicKey};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The channel of votes, among those of [`epione_consensus::engine::CHANNELS`].
pub const VOTES: usize = 0;
/// The channel on which blocks are spread.
pub const BLOCKS: usize = 4;

/// Bytes before a block: its length.
const LENGTH: usize = 4;

type Key = ed25519::PublicKey;
/// What was signed by whom in which view.
type Said = BTreeMap<(Round, Key), BTreeSet<Digest>>;

/// A forged block, and whether honest nodes heard of it.
#[derive(Clone, Copy, Debug)]
struct Forged {
    kind: Forgery,
    /// The block itself was heard.
    block: bool,
    /// Its proposer's vote was heard.
    vote: bool,
}

#[derive(Debug, Default)]
struct Inner {
    notarized: Said,
    finalized: Said,
    nullified: BTreeSet<(Round, Key)>,
    /// Blocks by view and proposer.
    proposed: BTreeMap<(u64, PublicKey), BTreeSet<Hash>>,
    forged: BTreeMap<Hash, Forged>,
}

/// Hears what reaches honest nodes. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Witness(Arc<Mutex<Inner>>);

/// A vote and the epoch in whose subchannel it travels.
pub(crate) fn vote(message: &IoBuf) -> Result<(u64, Vote<Scheme, Digest>), CodecError> {
    let (epoch, vote) = mux::parse(message.clone())?;
    Ok((epoch, Vote::decode(vote)?))
}

/// A vote as it travels.
#[must_use]
pub fn envelope(epoch: u64, vote: &Vote<Scheme, Digest>) -> Bytes {
    [UInt(epoch).encode(), vote.encode()].concat().into()
}

/// Number of those who said more than one thing in a view.
fn twofold<K, T>(said: &BTreeMap<K, BTreeSet<T>>) -> usize {
    said.values().filter(|things| things.len() > 1).count()
}

/// What all but the `faulty` said.
fn honest<'a>(said: &'a Said, faulty: &'a [Key]) -> impl Iterator<Item = (&'a (Round, Key), &'a BTreeSet<Digest>)> {
    said.iter().filter(|((_, who), _)| !faulty.contains(who))
}

impl Witness {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An honest node hears a message of a peer on a channel.
    pub fn hear(&self, channel: usize, (peer, message): &(Key, IoBuf)) {
        match channel {
            VOTES => self.hear_vote(peer, message),
            BLOCKS => self.hear_block(message),
            _ => {}
        }
    }

    fn hear_vote(&self, peer: &Key, message: &IoBuf) {
        let mut inner = self.inner();
        match vote(message).map(|(_epoch, vote)| vote) {
            Ok(Vote::Notarize(vote)) => {
                let (round, payload) = (vote.proposal.round, vote.proposal.payload);
                inner.notarized.entry((round, peer.clone())).or_default().insert(payload);
                if let Some(forged) = inner.forged.get_mut(&Hash(payload.0)) {
                    forged.vote = true;
                }
            }
            Ok(Vote::Finalize(vote)) => {
                let key = (vote.proposal.round, peer.clone());
                inner.finalized.entry(key).or_default().insert(vote.proposal.payload);
            }
            Ok(Vote::Nullify(vote)) => {
                inner.nullified.insert((vote.round, peer.clone()));
            }
            Err(_) => {}
        }
    }

    fn hear_block(&self, message: &IoBuf) {
        // The transactions do not matter, and those of a forged block may not fit.
        let mut bytes = message.as_ref().get(LENGTH..).unwrap_or_default();
        let Ok(header) = Header::deserialize(&mut bytes) else { return };
        let (mut inner, hash) = (self.inner(), header.hash());
        inner.proposed.entry((header.view, header.proposer)).or_default().insert(hash);
        if let Some(forged) = inner.forged.get_mut(&hash) {
            forged.block = true;
        }
    }

    /// A block is about to be sent that is forged.
    pub fn forged(&self, hash: Hash, kind: Forgery) {
        self.inner().forged.entry(hash).or_insert(Forged { kind, block: false, vote: false });
    }

    /// Number of forged blocks of each kind that honest nodes heard, with their proposers' votes.
    #[must_use]
    pub fn forgeries(&self) -> BTreeMap<Forgery, u64> {
        let mut heard = BTreeMap::new();
        for forged in self.inner().forged.values().filter(|forged| forged.block && forged.vote) {
            *heard.entry(forged.kind).or_default() += 1;
        }
        heard
    }

    /// Number of turns in which a proposer sent two blocks.
    #[must_use]
    pub fn double_proposals(&self) -> usize {
        twofold(&self.inner().proposed)
    }

    /// Number of times a validator voted for two blocks in a view.
    #[must_use]
    pub fn double_votes(&self) -> usize {
        twofold(&self.inner().notarized)
    }

    /// Whether all validators but the `faulty` kept to what they had signed, also over crashes, and nobody honest took a
    /// forged block for good.
    ///
    /// # Errors
    /// Who did not.
    pub fn check(&self, faulty: &[Key], replica: &Replica) -> Result<(), String> {
        let inner = self.inner();
        for (said, what) in [(&inner.notarized, "to notarize"), (&inner.finalized, "to finalize")] {
            if let Some(((round, who), _)) = honest(said, faulty).find(|(_, blocks)| blocks.len() > 1) {
                return Err(format!("{who} voted {what} two blocks in {round:?}"));
            }
        }
        for (key, blocks) in honest(&inner.finalized, faulty) {
            let (round, who) = key;
            if inner.nullified.contains(key) {
                return Err(format!("{who} voted to finalize and to skip {round:?}"));
            }
            if inner.notarized.get(key).is_some_and(|notarized| notarized != blocks) {
                return Err(format!("{who} voted to finalize another block than it voted to notarize in {round:?}"));
            }
            if let Some(forged) = blocks.iter().find_map(|block| inner.forged.get(&Hash(block.0))) {
                return Err(format!("{who} voted to finalize a block with a forged {:?} in {round:?}", forged.kind));
            }
        }
        let chain = (1..=replica.height()).filter_map(|height| replica.header(height));
        match chain.map(Header::hash).find_map(|hash| inner.forged.get(&hash)) {
            Some(forged) => Err(format!("a block with a forged {:?} is in the chain", forged.kind)),
            None => Ok(()),
        }
    }
}
