//! Certificates: the engine's form, and the compact one of receipts and archives.

use crate::EngineBlock;
use bytes::Bytes;
use commonware_codec::{DecodeExt as _, types::lazy::Lazy};
use commonware_consensus::{
    simplex::{
        scheme::ed25519::Scheme,
        types::{Finalization, Finalize, Proposal},
    },
    types::{Epoch, Round as EngineRound, View},
};
use commonware_cryptography::{Digestible as _, certificate::Attestation, ed25519::Signature, sha256::Digest};
use commonware_parallel::Sequential;
use commonware_utils::{Participant, non_empty};
use epione_types::Committee;
use epione_verify::{Certificate, Round, Vote};

/// The compact form of the engine's certificate; none if it has too few votes.
pub(crate) fn compact(
    block: &EngineBlock,
    finalization: &Finalization<Scheme, Digest>,
    committee: &Committee,
) -> Option<Certificate> {
    let (proposal, votes) = (&finalization.proposal, &finalization.certificate);
    let round = Round { view: proposal.round.view().get(), parent_view: proposal.parent.get() };
    let vote = |(signer, signature): (usize, &Lazy<Signature>)| {
        Some(Vote { validator: u8::try_from(signer).ok()?, signature: signature.get()?.as_ref().try_into().ok()? })
    };
    let votes: Option<Vec<Vote>> = votes.signers.iter().map(usize::from).zip(&votes.signatures).map(vote).collect();
    Certificate::of(block.header(), round, committee, votes?)
}

/// The engine's form of a compact certificate, under the scheme of the block's committee. None if it is not made of
/// votes; whether they are good is to be verified.
pub(crate) fn expand(
    block: &EngineBlock,
    certificate: &Certificate,
    scheme: &Scheme,
) -> Option<Finalization<Scheme, Digest>> {
    let header = block.header();
    let own = Round { view: header.view, parent_view: header.parent_view };
    let Round { view, parent_view } = certificate.round.unwrap_or(own);
    let round = EngineRound::new(Epoch::new(header.epoch), View::new(view));
    let proposal = Proposal::new(round, View::new(parent_view), block.digest());
    let vote = |vote: &Vote| {
        let signature = Lazy::from(Signature::decode(Bytes::copy_from_slice(&vote.signature)).ok()?);
        let signer = Participant::new(u32::from(vote.validator));
        Some(Finalize { proposal: proposal.clone(), attestation: Attestation { signer, signature } })
    };
    let votes: Vec<Finalize<Scheme, Digest>> = certificate.votes.iter().map(vote).collect::<Option<_>>()?;
    if votes.is_empty() {
        return None;
    }
    Finalization::from_finalizes(scheme, non_empty![@votes.iter()], &Sequential).ok()
}
