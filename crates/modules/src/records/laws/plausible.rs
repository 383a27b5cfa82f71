//! A generator of plausible calls.

use crate::{
    network::{self, KemKey, Organization, Status, XWingKey},
    records::{
        AcknowledgeDeletion, BeginRotation, Call, CancelErasure, CorrectError, DecideErasure, FinishRotation, Redeal,
        Register, ReportLostKey, RequestErasure, Retag, Retagging, SetHold, SetRetention, SupportSuccessor, Tombstone,
        apply,
        state::{self, UNITS},
        types::{
            Correction, DeletionOf, Erasure, ErasureDecision, Holder, Holders, RefusalGround, Unit, VAULTS_MAX,
            reseal_message, vault_message,
        },
    },
    subjects::{self, Subject, SubjectStatus},
};
use epione_kernel::{Dice, MemoryState};
use epione_types::{
    Hash, IdentityId, List, OrgId, Quarter, Signature, SignerId, SigningKey, SubjectId, Tag, UnitId, UnixMs,
};

type Units = Vec<(UnitId, Unit)>;

/// A call that `by` might make.
///
/// Vaults sign by receipt keys. The generator knows those of test consortia, which follow from names; where keys are others it
/// makes only calls without them.
pub(in crate::records) fn plausible(state: &MemoryState, by: &SignerId, now: UnixMs, dice: &mut Dice) -> Option<Call> {
    let units: Units = UNITS.all(state).collect();
    match by {
        SignerId::Organization(org) => match dice.below(8) {
            0 | 1 => hold(state, org, dice),
            2 | 3 => delete(state, org, now, &units, dice),
            _ => keep(state, org, now, &units, dice),
        },
        SignerId::Identity(id) => ask(state, id, &units, dice),
    }
}

/// What a patient does, or who acts for one.
fn ask(state: &MemoryState, id: &IdentityId, units: &Units, dice: &mut Dice) -> Option<Call> {
    let subject = subjects::tie(state, id).ok()??.subject;
    let about: Vec<&(UnitId, Unit)> = units.iter().filter(|(_, unit)| unit.subject == subject).collect();
    let (unit, _) = dice.pick(&about)?;
    Some(match dice.below(3) {
        0 => Call::CancelErasure(CancelErasure { unit: *unit }),
        _ => Call::RequestErasure(RequestErasure { units: List::new(vec![*unit]).ok()?, attested: None }),
    })
}

/// What a holder does with its keys, or a member about one that is gone.
fn hold(state: &MemoryState, org: &OrgId, dice: &mut Dice) -> Option<Call> {
    if let Some(of) = gone(state, dice)
        && dice.below(2) == 0
    {
        // Mostly the same, so that they agree.
        let fit: Vec<OrgId> =
            organizations(state).iter().filter(|(_, found)| apply::is_fit(found)).map(|(org, _)| *org).collect();
        let successor = if dice.below(4) > 0 { *fit.first()? } else { *dice.pick(&fit)? };
        return Some(Call::SupportSuccessor(SupportSuccessor { of, successor }));
    }
    let key = network::kem_key(state, org).ok()?;
    let keeping = state::keeping(state, org).ok()?;
    if let Some(rotation) = keeping.rotation.filter(|_| dice.below(8) > 0) {
        let (period, envelopes) = (rotation.period, Hash(dice.bytes32()));
        let units = dice.below(rotation.units.saturating_add(1));
        let vaults = vaults(state, &reseal_message(org, period, units, &envelopes), dice)?;
        return Some(Call::FinishRotation(FinishRotation { org: *org, period, units, envelopes, vaults }));
    }
    let period = key.map_or(0, |key| key.period.saturating_add(1));
    if dice.below(12) == 0 {
        return Some(Call::ReportLostKey(ReportLostKey { period: period.saturating_sub(1) }));
    }
    let key = KemKey { period, key: XWingKey::new(dice.bytes32().repeat(38))? };
    Some(Call::BeginRotation(BeginRotation { key }))
}

/// Some organization that left and whose units remain.
fn gone(state: &MemoryState, dice: &mut Dice) -> Option<OrgId> {
    let has_left = |org: &OrgId| matches!(network::member_status(state, org), Ok(Some(Status::Left)));
    let mut custodians: Vec<OrgId> = subjects::subjects(state).map(|(_, subject)| subject.custodian).collect();
    custodians.retain(has_left);
    dice.pick(&custodians).copied()
}

/// What a vault, a holder or a custodian says to have deleted.
fn delete(state: &MemoryState, org: &OrgId, now: UnixMs, units: &Units, dice: &mut Dice) -> Option<Call> {
    let said = |unit, edition, of| Some(Call::AcknowledgeDeletion(AcknowledgeDeletion { unit, edition, of }));
    let former = units
        .iter()
        .find_map(|(id, unit)| unit.former.iter().find(|copy| copy.vault == *org).map(|copy| (*id, copy.edition)));
    if let Some((id, edition)) = former {
        return said(id, edition, DeletionOf::Ciphertext);
    }
    let is_open = |unit: &Unit| {
        let is_keeper = unit.vaults.contains(org) || unit.holder(org).is_some() || unit.custodian == *org;
        unit.is_erased(now) && is_keeper && !unit.acknowledged.iter().any(|known| known.org == *org)
    };
    let erased: Vec<&(UnitId, Unit)> = units.iter().filter(|(_, unit)| is_open(unit)).collect();
    let Some((id, unit)) = dice.pick(&erased) else { return hold(state, org, dice) };
    let kept = [
        (DeletionOf::Ciphertext, unit.vaults.contains(org)),
        (DeletionOf::Envelope, unit.holder(org).is_some()),
        (DeletionOf::TagKey, unit.custodian == *org),
    ];
    let kept: Vec<DeletionOf> = kept.into_iter().filter(|(_, keeps)| *keeps).map(|(of, _)| of).collect();
    said(*id, unit.edition, *dice.pick(&kept)?)
}

/// What a custodian does.
fn keep(state: &MemoryState, org: &OrgId, now: UnixMs, units: &Units, dice: &mut Dice) -> Option<Call> {
    let acts_for = |custodian: &OrgId| state::acting_custodian(state, custodian) == Ok(*org);
    let own: Vec<&(UnitId, Unit)> = units
        .iter()
        .filter(|(_, unit)| acts_for(&unit.custodian) && (!unit.is_erased(now) || unit.edition % 4 == 3))
        .collect();
    let patients: Vec<(SubjectId, Subject)> =
        subjects::subjects(state).filter(|(_, subject)| acts_for(&subject.custodian)).collect();
    if patients.is_empty() {
        return delete(state, org, now, units, dice);
    }
    let choice = dice.below(24);
    let Some((id, unit)) = dice.pick(&own).filter(|_| choice > 5) else {
        return register(state, now, &own, &patients, dice);
    };
    let unit_id = *id;
    Some(match choice {
        6 => Call::CorrectError(CorrectError { unit: unit_id }),
        7 | 8 => {
            let others: Vec<SubjectId> = patients
                .iter()
                .filter(|(_, subject)| subject.custodian == unit.custodian && subject.status == SubjectStatus::Active)
                .map(|(id, _)| *id)
                .filter(|id| *id != unit.subject)
                .collect();
            let correction = *dice.pick(&[Correction::Merge, Correction::Unmerge, Correction::WrongPatient])?;
            let units = List::new(vec![Retagging { unit: unit_id, label: tag(dice) }]).ok()?;
            Call::Retag(Retag { units, to: *dice.pick(&others)?, correction })
        }
        9 | 10 => Call::SetHold(SetHold { unit: unit_id, hold: !unit.hold }),
        11 => {
            let retain_until = if dice.below(3) > 0 { Quarter::of(now) } else { Quarter::default() };
            Call::SetRetention(SetRetention { unit: unit_id, retain_until })
        }
        12 | 13 => Call::Tombstone(Tombstone { unit: unit_id }),
        14 => Call::CancelErasure(CancelErasure { unit: unit_id }),
        15 => {
            let (units, attested) = (List::new(vec![unit_id]).ok()?, Some(Hash(dice.bytes32())));
            Call::RequestErasure(RequestErasure { units, attested })
        }
        16..=19 => decide(units, org, state, dice)?,
        _ => redeal(state, unit_id, unit, dice)?,
    })
}

/// Decides on a request, if there is one.
fn decide(units: &Units, org: &OrgId, state: &MemoryState, dice: &mut Dice) -> Option<Call> {
    let is_asked = |unit: &Unit| {
        matches!(unit.erasure, Erasure::Requested { .. }) && state::acting_custodian(state, &unit.custodian) == Ok(*org)
    };
    let asked: Vec<UnitId> = units.iter().filter(|(_, unit)| is_asked(unit)).map(|(id, _)| *id).collect();
    let decision = *dice.pick(&[
        ErasureDecision::Grant,
        ErasureDecision::Grant,
        ErasureDecision::Refuse(RefusalGround::LegalDuty),
        ErasureDecision::Restrict,
    ])?;
    Some(Call::DecideErasure(DecideErasure { unit: *dice.pick(&asked)?, decision }))
}

/// A new unit, or a new version of one.
fn register(
    state: &MemoryState,
    now: UnixMs,
    own: &[&(UnitId, Unit)],
    patients: &[(SubjectId, Subject)],
    dice: &mut Dice,
) -> Option<Call> {
    let (subject, _) = dice.pick(patients)?;
    let (unit, manifest) = (UnitId(dice.bytes32()), Hash(dice.bytes32()));
    let versions: Vec<UnitId> = own
        .iter()
        .filter(|(_, before)| before.after.is_none() && before.subject == *subject)
        .map(|(id, _)| *id)
        .collect();
    let (holders, threshold) = committee(state, dice)?;
    Some(Call::Register(Register {
        unit,
        subject: *subject,
        manifest,
        holders,
        threshold,
        label: tag(dice),
        restricted: dice.below(4) == 0,
        locked: dice.below(8) == 0,
        care: Quarter::of(now),
        bucket: u8::try_from(dice.below(17)).unwrap_or(0),
        retain_until: if dice.below(2) == 0 { Quarter::of(now) } else { Quarter::default() },
        supersedes: dice.pick(&versions).copied().filter(|_| dice.below(3) == 0),
        vaults: vaults(state, &vault_message(&unit, 1, &manifest), dice)?,
    }))
}

fn redeal(state: &MemoryState, id: UnitId, unit: &Unit, dice: &mut Dice) -> Option<Call> {
    let (edition, manifest) = (unit.edition.saturating_add(1), Hash(dice.bytes32()));
    let (holders, threshold) = committee(state, dice)?;
    let vaults = vaults(state, &vault_message(&id, edition, &manifest), dice)?;
    Some(Call::Redeal(Redeal { unit: id, edition, manifest, holders, threshold, vaults }))
}

/// Four or five organizations with a KEM key, each once.
fn committee(state: &MemoryState, dice: &mut Dice) -> Option<(Holders, u8)> {
    let mut open: Vec<Holder> = organizations(state)
        .into_iter()
        .filter_map(|(org, _)| Some(Holder { org, period: network::kem_key(state, &org).ok()??.period }))
        .collect();
    let mut holders = Vec::new();
    for _ in 0..dice.below(2).saturating_add(4) {
        let holder = *dice.pick(&open)?;
        open.retain(|other| other.org != holder.org);
        holders.push(holder);
    }
    Some((List::new(holders).ok()?, 3))
}

/// Signatures of two vaults, if their receipt keys are those of test consortia.
fn vaults(state: &MemoryState, message: &[u8], dice: &mut Dice) -> Option<List<Signature, VAULTS_MAX>> {
    let mut open: Vec<SigningKey> = organizations(state)
        .into_iter()
        .filter_map(|(_, found)| {
            let seed = Hash::sha256(&[b"signing key", format!("{} receipt", found.name).as_bytes()]).0;
            let key = SigningKey::from_seed(seed);
            (found.keys.receipt == Some(key.public())).then_some(key)
        })
        .collect();
    let mut signatures = Vec::new();
    for _ in 0..2 {
        let key = dice.pick(&open)?.clone();
        open.retain(|other| other.public() != key.public());
        signatures.push(key.sign(message));
    }
    List::new(signatures).ok()
}

/// All organizations that have not left.
fn organizations(state: &MemoryState) -> Vec<(OrgId, Organization)> {
    let members = network::members(state).unwrap_or_default().into_iter();
    members.filter_map(|org| Some((org, network::organization(state, &org).ok()??))).collect()
}

/// One of few tags, so that they meet.
fn tag(dice: &mut Dice) -> Tag {
    Tag([u8::try_from(dice.below(3)).unwrap_or(0); 16])
}
