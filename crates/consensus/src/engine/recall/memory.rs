//! The latest votes of each peer that this node has seen.

use super::{Ballot, Key, Said, round};
use commonware_codec::DecodeExt as _;
use commonware_consensus::simplex::{
    scheme::ed25519::Scheme,
    types::{Finalization, Finalize, Vote},
};
use commonware_cryptography::{
    certificate::{Attestation, Scheme as _},
    sha256::Digest,
};
use commonware_p2p::{Message, Receiver, utils::mux};
use commonware_utils::ordered::Quorum as _;
use std::{
    cmp::Ordering,
    collections::HashMap,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

/// The memory: of each peer the votes of the latest view in which it voted, at most one of each kind. Cheap to clone; as
/// large as there are peers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory(Arc<Mutex<HashMap<Key, Vec<Ballot>>>>);

impl Memory {
    /// Takes note of a vote that came from `peer` itself, or out of a certificate.
    pub(crate) fn note(&self, peer: &Key, vote: Ballot) {
        let mut votes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = votes.entry(peer.clone()).or_default();
        match known.first().map(|known| round(known).cmp(&round(&vote))) {
            Some(Ordering::Greater) => {}
            Some(Ordering::Equal) if known.iter().any(|known| Said::of(known).is_like(Said::of(&vote))) => {}
            Some(Ordering::Equal) => known.push(vote),
            Some(Ordering::Less) | None => *known = vec![vote],
        }
    }

    /// Takes note of the votes in a certificate of the committee of `scheme`.
    pub(in crate::engine) fn note_all(&self, scheme: &Scheme, finalization: &Finalization<Scheme, Digest>) {
        let certificate = &finalization.certificate;
        for (signer, signature) in certificate.signers.iter().zip(&certificate.signatures) {
            if let Some(peer) = scheme.participants().key(signer) {
                let attestation = Attestation { signer, signature: signature.clone() };
                let vote = Finalize { proposal: finalization.proposal.clone(), attestation };
                self.note(peer, Vote::Finalize(vote));
            }
        }
    }

    /// The votes of `peer` in the latest view in which it voted.
    pub(crate) fn of(&self, peer: &Key) -> Vec<Ballot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(peer).cloned().unwrap_or_default()
    }
}

/// The channel of votes, with an ear on it.
#[derive(Debug)]
pub(in crate::engine) struct Tap<R> {
    pub(in crate::engine) inner: R,
    pub(in crate::engine) memory: Memory,
}

impl<R: Receiver<PublicKey = Key>> Receiver for Tap<R> {
    type Error = R::Error;
    type PublicKey = Key;

    async fn recv(&mut self) -> Result<Message<Key>, R::Error> {
        let (peer, message) = self.inner.recv().await?;
        // What does not decode is refused where votes are taken. The network vouches for the sender, who can only say of
        // itself what is not true.
        if let Ok((_epoch, vote)) = mux::parse(message.clone())
            && let Ok(vote) = Ballot::decode(vote)
        {
            self.memory.note(&peer, vote);
        }
        Ok((peer, message))
    }

    fn capacity(&self) -> NonZeroUsize {
        self.inner.capacity()
    }
}
