//! One function per call: check, write, emit. Here what needs no state, the genesis, and scheduled work.

mod enact;
mod epoch;
mod govern;
mod own;
mod upgrade;

pub(super) use epoch::epoch_ends;
pub(super) use govern::{propose, tally, vote, withdraw_proposal};
pub(super) use own::{leave, rotate_key, set_addresses};
pub(super) use upgrade::upgraded;

use crate::network::{
    Call, Event, Network, Reject,
    api::{Admitted, ProposalExpired, RotateKey},
    state::{self, ClaimedKey, KEM_KEYS, KeyUse, PROPOSALS, SCHEDULE},
    types::{
        Change, Genesis, Member, Organization, ProposalStatus, Purpose, Role, Schedule, Status, VALIDATORS_MIN,
        admission_message, is_fit, rotation_message,
    },
};
use epione_kernel::{Ctx, Done, Missing, Signer, Stop};
use epione_types::{OrgId, ProposalId, PublicKey, Signature, SignerId};

/// Keys and signatures of a call, which need no state.
pub(super) fn check(call: &Call) -> Result<(), Reject> {
    match call {
        Call::Propose(call) => match &call.change {
            Change::Admit { member, consents } => {
                check_member(member)?;
                check_consents(member, consents)
            }
            Change::ChangeRole { .. }
            | Change::Suspend { .. }
            | Change::Reinstate { .. }
            | Change::Expel { .. }
            | Change::SetParameter { .. }
            | Change::HaltAt { .. }
            | Change::SetDefault { .. } => Ok(()),
        },
        Call::RotateKey(call) => check_proof(call),
        Call::Vote(_) | Call::WithdrawProposal(_) | Call::SetAddresses(_) | Call::Leave(_) => Ok(()),
    }
}

fn check_key(key: &PublicKey) -> Result<(), Reject> {
    if is_fit(key) { Ok(()) } else { Err(Reject::KeyInvalid) }
}

fn check_signature(signature: &Signature, key: &PublicKey, message: &[u8]) -> Result<(), Reject> {
    if signature.key() == *key && signature.verify(message).is_ok() { Ok(()) } else { Err(Reject::SignatureInvalid) }
}

fn check_member(member: &Member) -> Result<(), Reject> {
    let keys: Vec<PublicKey> = member.keys.signing().map(|(_, key)| key).collect();
    keys.iter().try_for_each(check_key)?;
    let mut distinct = keys.clone();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() != keys.len() {
        return Err(Reject::KeysNotDistinct);
    }
    if member.role == Role::Validator && member.keys.vote.is_none() {
        return Err(Reject::VoteKeyMissing);
    }
    Ok(())
}

/// Every signing key of the member agrees to what enters.
fn check_consents(member: &Member, consents: &[Signature]) -> Result<(), Reject> {
    if member.keys.signing().count() != consents.len() {
        return Err(Reject::SignatureInvalid);
    }
    let message = admission_message(member);
    member.keys.signing().zip(consents).try_for_each(|((_, key), consent)| check_signature(consent, &key, &message))
}

/// The new key signed for this organization, purpose and rotation.
fn check_proof(call: &RotateKey) -> Result<(), Reject> {
    let Some(proof) = call.key.proof() else {
        return Ok(());
    };
    check_key(&proof.key())?;
    check_signature(proof, &proof.key(), &rotation_message(&call.org, call.key.purpose(), call.rotation))
}

/// Writes the founders, the parameters and the first committee.
///
/// # Rejects  KeyInvalid, KeysNotDistinct, VoteKeyMissing, KeyTaken, RosterFull, TooFewValidators, OutOfRange
/// # Emits    Admitted for each founder
/// # Laws     NETWORK-1, NETWORK-2, NETWORK-3, NETWORK-9
pub(super) fn init(ctx: &mut Ctx<'_, Network>, genesis: &Genesis) -> Done<Network> {
    for member in genesis.members.iter() {
        check_member(member)?;
        admit(ctx, member, None)?;
    }
    let validators = genesis.members.iter().filter(|member| member.role == Role::Validator).count();
    if validators < if ctx.is_demo() { 1 } else { VALIDATORS_MIN } {
        return Err(Reject::TooFewValidators.into());
    }
    let schedule = Schedule { base: genesis.parameters, planned: Vec::new() };
    if !schedule.is_sound(ctx.is_demo()) {
        return Err(Reject::OutOfRange.into());
    }
    SCHEDULE.put(ctx, &(), &schedule);
    let first = state::next_committee(ctx)?;
    state::seat(ctx, 0, first)?;
    Ok(())
}

/// Writes a new organization, its keys and its seat.
fn admit(ctx: &mut Ctx<'_, Network>, member: &Member, proposal: Option<ProposalId>) -> Done<Network> {
    let org = member.id();
    for (purpose, key) in claims(member) {
        claim(ctx, &org, purpose, &key)?;
    }
    if let Some(key) = &member.keys.kem {
        KEM_KEYS.put(ctx, &org, key);
    }
    let organization = Organization::entering(member, ctx.now());
    if !state::put(ctx, &org, &organization)? {
        return Err(Reject::RosterFull.into());
    }
    ctx.emit(&Event::Admitted(Admitted { org, member: Box::new(member.clone()), proposal }));
    Ok(())
}

/// Every key of a new member.
fn claims(member: &Member) -> Vec<(Purpose, ClaimedKey)> {
    let signing = member.keys.signing().map(|(purpose, key)| (purpose, ClaimedKey::Signing(key)));
    let tls = member.keys.tls.iter().map(|hash| (Purpose::Tls, ClaimedKey::Tls(*hash)));
    let kem = member.keys.kem.iter().map(|key| (Purpose::Kem, ClaimedKey::kem(key)));
    signing.chain(tls).chain(kem).collect()
}

fn claim(ctx: &mut Ctx<'_, Network>, org: &OrgId, purpose: Purpose, key: &ClaimedKey) -> Done<Network> {
    if state::claim(ctx, key, KeyUse { owner: SignerId::Organization(*org), purpose })? {
        Ok(())
    } else {
        Err(Reject::KeyTaken.into())
    }
}

/// The signer as an organization that acts for itself. One that left by an earlier call of the same transaction acts no
/// more.
fn own(ctx: &Ctx<'_, Network>, by: &Signer) -> Result<(OrgId, Organization), Stop<Reject>> {
    let SignerId::Organization(org) = by.id else {
        return Err(Reject::NotOrganization.into());
    };
    let found = state::organization(ctx, &org)?.filter(|organization| organization.status != Status::Left);
    Ok((org, found.ok_or(Reject::NotOrganization)?))
}

/// Four validators remain, or as many as there are if they are fewer, once `organization` is not one of them. The
/// suspended are among them: they keep their seats where the others are too few. But nobody's going gives them seats again:
/// an active validator goes only if four active ones remain, or nobody is suspended.
fn check_committee_without(ctx: &Ctx<'_, Network>, organization: &Organization) -> Result<(), Stop<Reject>> {
    let roster = state::roster(ctx)?;
    let count = |status| roster.iter().filter(|seat| seat.is_validator() && seat.status == status).count();
    let (active, suspended) = (count(Status::Active), count(Status::Suspended));
    let reseats = organization.status == Status::Active && suspended > 0 && active <= VALIDATORS_MIN;
    if organization.role == Role::Validator && (active.saturating_add(suspended) <= VALIDATORS_MIN || reseats) {
        return Err(Reject::TooFewValidators.into());
    }
    Ok(())
}

/// Notes that the deadline of a proposal has passed.
pub(super) fn due(ctx: &mut Ctx<'_, Network>, id: &ProposalId) -> Result<(), Missing> {
    let Some(mut proposal) = PROPOSALS.get(ctx, id)? else {
        return Ok(());
    };
    if proposal.status == ProposalStatus::Open && proposal.status_at(ctx.now()) == ProposalStatus::Expired {
        proposal.status = ProposalStatus::Expired;
        PROPOSALS.put(ctx, id, &proposal);
        ctx.emit(&Event::ProposalExpired(ProposalExpired { proposal: *id }));
    }
    Ok(())
}
