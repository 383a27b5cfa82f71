//! Named invariants of consent, and a generator of plausible calls.

use crate::{
    consent::{
        Amend, Call, Confirm, Consent, Grant, Lift, Restrict, Restriction, Revoke,
        apply::check_provisions,
        state::{CONSENTS, CONSENTS_OF, RESTRICTIONS, RESTRICTIONS_OF},
        types::{
            Author, CONSENTS_MAX, ConsentStatus, Effect, Provision, Purpose, RESTRICTIONS_MAX, Recipient,
            RestrictionKind,
        },
    },
    identity,
    network::OrganizationKind,
    subjects,
};
use epione_kernel::{Dice, Law, MemoryState};
use epione_types::{ConsentId, Hash, List, OrgId, RestrictionId, SignerId, SubjectId, Tag, UnitId, UnixMs};
use std::collections::BTreeMap;

pub(super) const LAWS: &[Law] = &[
    Law {
        id: "CONSENT-1",
        text: "the consents of a subject that are active or proposed are listed, each once, and are at most sixty-four",
        holds: consents_are_listed,
    },
    Law {
        id: "CONSENT-2",
        text: "a superseded consent and the one in its place name each other, are of one subject, and are one version apart",
        holds: succession_is_mutual,
    },
    Law {
        id: "CONSENT-3",
        text: "what a consent says makes sense, and names labels only within the rights of its author",
        holds: provisions_make_sense,
    },
    Law { id: "CONSENT-4", text: "only the custodian of a subject attests for it", holds: custodians_attest },
    Law {
        id: "CONSENT-5",
        text: "the restrictions of a subject that are not lifted are listed, each once, and are at most sixty-four",
        holds: restrictions_are_listed,
    },
    Law {
        id: "CONSENT-6",
        text: "a guardian never gives its word twice, and what waits for a second word has at most one",
        holds: words_are_single,
    },
];

fn consents_are_listed(state: &MemoryState) -> Result<(), String> {
    let open = CONSENTS.all(state).filter(|(_, consent)| consent.is_open()).map(|(id, consent)| (consent.subject, id));
    let found = group(open);
    for (subject, ids) in &found {
        let mut listed = CONSENTS_OF.all(state, subject).map_err(|missing| format!("{missing:?}"))?;
        listed.sort_unstable();
        if listed != *ids || u64::try_from(ids.len()).is_ok_and(|count| count > CONSENTS_MAX) {
            return Err(format!("{subject} has the consents {ids:?}, and {listed:?} are listed"));
        }
    }
    no_others(CONSENTS.all(state).map(|(_, consent)| consent.subject), &found, |subject| {
        CONSENTS_OF.len(state, subject).unwrap_or(0)
    })
}

fn restrictions_are_listed(state: &MemoryState) -> Result<(), String> {
    let open = RESTRICTIONS.all(state).filter(|(_, found)| !found.lifted).map(|(id, found)| (found.subject, id));
    let found = group(open);
    for (subject, ids) in &found {
        let mut listed = RESTRICTIONS_OF.all(state, subject).map_err(|missing| format!("{missing:?}"))?;
        listed.sort_unstable();
        if listed != *ids || u64::try_from(ids.len()).is_ok_and(|count| count > RESTRICTIONS_MAX) {
            return Err(format!("{subject} has the restrictions {ids:?}, and {listed:?} are listed"));
        }
    }
    no_others(RESTRICTIONS.all(state).map(|(_, found)| found.subject), &found, |subject| {
        RESTRICTIONS_OF.len(state, subject).unwrap_or(0)
    })
}

/// The identifiers of each subject, ascending.
fn group<T: Ord>(of: impl Iterator<Item = (SubjectId, T)>) -> BTreeMap<SubjectId, Vec<T>> {
    let mut groups: BTreeMap<SubjectId, Vec<T>> = BTreeMap::new();
    for (subject, id) in of {
        groups.entry(subject).or_default().push(id);
    }
    groups
}

/// A subject of which nothing is in force has nothing listed.
fn no_others<T>(
    mut subjects: impl Iterator<Item = SubjectId>,
    found: &BTreeMap<SubjectId, Vec<T>>,
    listed: impl Fn(&SubjectId) -> u64,
) -> Result<(), String> {
    match subjects.find(|subject| !found.contains_key(subject) && listed(subject) > 0) {
        Some(subject) => Err(format!("{subject} has nothing in force, and something is listed")),
        None => Ok(()),
    }
}

fn succession_is_mutual(state: &MemoryState) -> Result<(), String> {
    let get = |id: &ConsentId| CONSENTS.get(state, id).ok().flatten();
    for (id, consent) in CONSENTS.all(state) {
        if let ConsentStatus::Superseded(after) = consent.status {
            let is_named = get(&after).is_some_and(|after| after.before == Some(id));
            if !is_named {
                return Err(format!("{id} names {after}, which does not name it"));
            }
        }
        let Some(before) = consent.before else { continue };
        let Some(old) = get(&before) else {
            return Err(format!("{id} amends a consent that does not exist"));
        };
        let is_next = old.subject == consent.subject && old.version.checked_add(1) == Some(consent.version);
        let took_place = consent.status != ConsentStatus::Active || old.status == ConsentStatus::Superseded(id);
        if !is_next || !took_place {
            return Err(format!("{id} does not match {before}, which it amends"));
        }
    }
    Ok(())
}

fn provisions_make_sense(state: &MemoryState) -> Result<(), String> {
    for (id, consent) in CONSENTS.all(state) {
        let mut labels = consent.provisions.iter().flat_map(|provision| provision.labels.iter());
        if check_provisions(&consent.provisions, consent.form).is_err()
            || !labels.all(|label| consent.scope.covers(label))
        {
            return Err(format!("{id} says {:?} within {:?}", consent.provisions, consent.scope));
        }
    }
    Ok(())
}

fn custodians_attest(state: &MemoryState) -> Result<(), String> {
    for (id, consent) in CONSENTS.all(state) {
        let Ok(Some(subject)) = subjects::subject(state, &consent.subject) else {
            return Err(format!("{id} is of a subject that does not exist"));
        };
        // A service that attested may belong to another organization by now.
        if let Author::Attested(SignerId::Organization(org)) = consent.author
            && org != subject.custodian
        {
            return Err(format!("{id} was attested by {org}, which does not keep the chart"));
        }
    }
    Ok(())
}

fn words_are_single(state: &MemoryState) -> Result<(), String> {
    for (id, consent) in CONSENTS.all(state) {
        let author = match consent.author {
            Author::Representative(identity) => Some(identity),
            Author::Holder | Author::Attested(_) => None,
        };
        let confirms_itself = consent.confirmed_by.iter().any(|by| Some(*by) == author);
        let waits = consent.status == ConsentStatus::Proposed && !consent.confirmed_by.is_empty();
        let asks = consent.is_open() && consent.revoked_by.len() > 1;
        if confirms_itself || waits || asks {
            return Err(format!("{id} has the words {:?} and {:?}", consent.confirmed_by, consent.revoked_by));
        }
    }
    let lifted = RESTRICTIONS.all(state).find(|(_, found)| !found.lifted && found.lifted_by.len() > 1);
    lifted.map_or(Ok(()), |(id, _)| Err(format!("{id} has two words and is not lifted")))
}

/// A call that `by` might make.
pub(super) fn plausible(state: &MemoryState, by: &SignerId, now: UnixMs, dice: &mut Dice) -> Option<Call> {
    let subject = subject_for(state, by, now, dice)?;
    let consents: Vec<(ConsentId, Consent)> =
        CONSENTS.all(state).filter(|(_, consent)| consent.subject == subject).collect();
    let restrictions: Vec<(RestrictionId, Restriction)> =
        RESTRICTIONS.all(state).filter(|(_, found)| found.subject == subject && !found.lifted).collect();
    let open: Vec<&(ConsentId, Consent)> = consents.iter().filter(|(_, consent)| consent.is_open()).collect();
    let proposed = open.iter().find(|(_, consent)| consent.status == ConsentStatus::Proposed);
    if let Some((consent, _)) = proposed.filter(|_| dice.below(2) == 0) {
        return Some(Call::Confirm(Confirm { consent: *consent }));
    }
    let evidence = Hash(dice.bytes32());
    let choice = if open.len() > 12 { 5 } else { dice.below(12) };
    Some(match choice {
        0..=4 => {
            let lifts = dice.pick(&restrictions).filter(|_| choice == 4).map(|(id, _)| *id);
            let (provisions, lifts) = (provisions(state, dice)?, List::new(lifts.into_iter().collect()).ok()?);
            Call::Grant(Grant { subject, provisions, form: None, lifts, evidence })
        }
        5 | 6 => Call::Revoke(Revoke { consent: dice.pick(&open)?.0 }),
        7..=9 => {
            let (provisions, lifts) = (provisions(state, dice)?, List::default());
            Call::Amend(Amend { consent: dice.pick(&open)?.0, provisions, form: None, lifts, evidence })
        }
        10 => {
            let kind = *dice.pick(&[RestrictionKind::SelfPaid, RestrictionKind::Objection])?;
            let units = List::new(vec![UnitId(dice.bytes32())]).ok()?;
            Call::Restrict(Restrict { subject, kind, units, towards: List::default(), evidence })
        }
        _ => Call::Lift(Lift { restriction: dice.pick(&restrictions)?.0, evidence }),
    })
}

/// A subject that concerns the signer: the one to which an identity is tied, or one that the organization keeps; sometimes one
/// that does not.
fn subject_for(state: &MemoryState, by: &SignerId, now: UnixMs, dice: &mut Dice) -> Option<SubjectId> {
    let all: Vec<(SubjectId, OrgId)> = subjects::subjects(state).map(|(id, subject)| (id, subject.custodian)).collect();
    if dice.below(16) == 0 {
        return dice.pick(&all).map(|(id, _)| *id);
    }
    let org = match by {
        SignerId::Identity(id) => match subjects::tie(state, id).ok()? {
            Some(tie) => return Some(tie.subject),
            None => identity::identity(state, id, now).ok()??.org,
        },
        SignerId::Organization(org) => *org,
    };
    let own: Vec<SubjectId> = all.iter().filter(|(_, of)| *of == org).map(|(id, _)| *id).collect();
    dice.pick(&own).copied()
}

/// A rule, and often an exception to it.
fn provisions(state: &MemoryState, dice: &mut Dice) -> Option<List<Provision, 16>> {
    let organizations = crate::network::members(state).ok()?;
    let mut provisions = Vec::new();
    for parent in [None, Some(0)].into_iter().take(usize::try_from(dice.below(2)).ok()?.saturating_add(1)) {
        let recipient = match dice.below(3) {
            0 => Recipient::Organization(dice.pick(&organizations).copied().unwrap_or_default()),
            1 => Recipient::Kind(OrganizationKind::Hospital),
            _ => Recipient::Kind(OrganizationKind::Payer),
        };
        let labels = if dice.below(3) == 0 { vec![Tag([1; 16])] } else { Vec::new() };
        provisions.push(Provision {
            parent,
            effect: *dice.pick(&[Effect::Permit, Effect::Permit, Effect::Deny])?,
            recipients: List::new(vec![recipient]).ok()?,
            purposes: List::new(dice.pick(Purpose::ALL).copied().into_iter().collect()).ok()?,
            labels: List::new(labels).ok()?,
            restricted: false,
            care: None,
            valid: None,
        });
    }
    List::new(provisions).ok()
}
