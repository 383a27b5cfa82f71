//! Named invariants of records, and a generator of plausible calls.

mod plausible;

pub(super) use plausible::plausible;

use crate::{
    network,
    records::{
        state::{self, HOLDERS, KEEPINGS, SUCCESSIONS, UNITS},
        types::{DeletionOf, Erasure, Holder, Unit, VAULTS_MIN},
    },
    subjects,
};
use epione_kernel::{Law, MemoryState};
use epione_types::{OrgId, Quarter};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const LAWS: &[Law] = &[
    Law {
        id: "RECORDS-1",
        text: "each holder is counted as many units as name it and are not erased",
        holds: units_are_counted,
    },
    Law {
        id: "RECORDS-2",
        text: "the holders are as many as hold shares, and whoever counts as rotating does rotate, once",
        holds: holders_are_counted,
    },
    Law {
        id: "RECORDS-3",
        text: "the holders of a unit are distinct, more than half of them open it, and two vaults at least keep it",
        holds: committees_are_sound,
    },
    Law {
        id: "RECORDS-4",
        text: "the two ends of a succession of units name each other, have the same custodian, and the later is not older",
        holds: versions_are_mutual,
    },
    Law { id: "RECORDS-5", text: "no unit on legal hold is going to be erased, or is", holds: holds_are_kept },
    Law { id: "RECORDS-6", text: "every unit is about a subject of its custodian", holds: subjects_are_the_custodians },
    Law {
        id: "RECORDS-7",
        text: "a unit whose erasure nobody requested was retained for as long as it had to be",
        holds: retention_is_kept,
    },
    Law {
        id: "RECORDS-8",
        text: "no share is dealt to a key that a member does not have yet, and rotations lead forward",
        holds: periods_are_ordered,
    },
    Law {
        id: "RECORDS-9",
        text: "only parts of erased units are acknowledged as deleted, by who kept them, each once",
        holds: deletions_are_single,
    },
    Law {
        id: "RECORDS-10",
        text: "only an organization that left has a successor, and each member has one word on it",
        holds: successors_are_of_the_gone,
    },
];

fn units_are_counted(state: &MemoryState) -> Result<(), String> {
    let mut expected: BTreeMap<OrgId, u64> = BTreeMap::new();
    for (_, unit) in UNITS.all(state).filter(|(_, unit)| !matches!(unit.erasure, Erasure::Erased { .. })) {
        for holder in unit.holders.iter() {
            let units = expected.entry(holder.org).or_default();
            *units = units.saturating_add(1);
        }
    }
    let found: BTreeMap<OrgId, u64> = KEEPINGS
        .all(state)
        .filter(|(_, keeping)| keeping.units > 0)
        .map(|(org, keeping)| (org, keeping.units))
        .collect();
    if found == expected { Ok(()) } else { Err(format!("the counts are {found:?} and should be {expected:?}")) }
}

fn holders_are_counted(state: &MemoryState) -> Result<(), String> {
    let Ok(all) = HOLDERS.get(state, &()) else { return Err("the row of holders is not loaded".to_owned()) };
    let all = all.unwrap_or_default();
    let holders = KEEPINGS.all(state).filter(|(_, keeping)| keeping.units > 0).count();
    if u64::try_from(holders) != Ok(all.holders) {
        return Err(format!("{holders} hold shares, and {} are counted", all.holders));
    }
    let distinct: BTreeSet<OrgId> = all.rotating.iter().map(|(org, _)| *org).collect();
    let rotates = |org: &OrgId| state::keeping(state, org).is_ok_and(|keeping| keeping.rotation.is_some());
    if distinct.len() != all.rotating.len() || !distinct.iter().all(rotates) {
        return Err(format!("of {:?} not all rotate", &*all.rotating));
    }
    Ok(())
}

fn committees_are_sound(state: &MemoryState) -> Result<(), String> {
    for (id, unit) in UNITS.all(state) {
        let holders: BTreeSet<OrgId> = unit.holders.iter().map(|holder| holder.org).collect();
        let vaults: BTreeSet<&OrgId> = unit.vaults.iter().collect();
        let threshold = usize::from(unit.threshold);
        let is_majority = threshold.saturating_mul(2) > holders.len() && threshold <= holders.len();
        let are_distinct = holders.len() == unit.holders.len() && vaults.len() == unit.vaults.len();
        if !is_majority || !are_distinct || vaults.len() < VAULTS_MIN || unit.edition == 0 {
            return Err(format!("{id} has the committee {unit:?}"));
        }
    }
    Ok(())
}

fn versions_are_mutual(state: &MemoryState) -> Result<(), String> {
    for (id, unit) in UNITS.all(state) {
        let other = |other| match UNITS.get(state, other) {
            Ok(Some(found)) => Ok(found),
            _ => Err(format!("{id} names {other}, which does not exist")),
        };
        if let Some(before) = &unit.before {
            let old: Unit = other(before)?;
            let is_older = old.registered_at <= unit.registered_at;
            if old.after != Some(id) || old.custodian != unit.custodian || !is_older {
                return Err(format!("{id} does not match {before}, whose place it took"));
            }
        }
        if let Some(after) = &unit.after
            && other(after)?.before != Some(id)
        {
            return Err(format!("{after} does not name {id}, whose place it took"));
        }
    }
    Ok(())
}

fn holds_are_kept(state: &MemoryState) -> Result<(), String> {
    match UNITS.all(state).find(|(_, unit)| unit.hold && unit.erasure.since().is_some()) {
        Some((id, unit)) => Err(format!("{id} is on hold and {:?}", unit.erasure)),
        None => Ok(()),
    }
}

fn subjects_are_the_custodians(state: &MemoryState) -> Result<(), String> {
    for (id, unit) in UNITS.all(state) {
        match subjects::subject(state, &unit.subject) {
            Ok(Some(subject)) if subject.custodian == unit.custodian => {}
            found => return Err(format!("{id} of {} is about {found:?}", unit.custodian)),
        }
    }
    Ok(())
}

fn retention_is_kept(state: &MemoryState) -> Result<(), String> {
    for (id, unit) in UNITS.all(state) {
        if let Erasure::Granted { effective_at, requested_by: None } = unit.erasure
            && Quarter::of(effective_at) <= unit.retain_until
        {
            return Err(format!("{id} is to be kept until {} and erased at {effective_at}", unit.retain_until));
        }
    }
    Ok(())
}

fn periods_are_ordered(state: &MemoryState) -> Result<(), String> {
    let current = |org: &OrgId| network::kem_key(state, org).ok().flatten().map(|key| key.period);
    let has_left = |org: &OrgId| matches!(network::member_status(state, org), Ok(Some(network::Status::Left)));
    let is_early = |holder: &&Holder| !has_left(&holder.org) && Some(holder.period) > current(&holder.org);
    for (id, unit) in UNITS.all(state) {
        if let Some(holder) = unit.holders.iter().find(is_early) {
            return Err(format!("{id} was dealt to {holder:?}, which has the period {:?}", current(&holder.org)));
        }
    }
    for (org, keeping) in KEEPINGS.all(state).filter(|(org, _)| !has_left(org)) {
        let (rotating, finished) = (keeping.rotation.map(|to| to.period), keeping.finished.map(|to| to.period));
        let leads_forward = rotating.is_none() || rotating > finished;
        let last = rotating.max(finished).max(keeping.loss.map(|loss| loss.through));
        if !leads_forward || last > current(&org) {
            return Err(format!("{org} has the period {:?} and keeps {keeping:?}", current(&org)));
        }
    }
    Ok(())
}

fn deletions_are_single(state: &MemoryState) -> Result<(), String> {
    for (id, unit) in UNITS.all(state) {
        let since = unit.erasure.since();
        let mut seen: BTreeSet<(OrgId, DeletionOf)> = BTreeSet::new();
        for deletion in unit.acknowledged.iter() {
            let is_keeper = match deletion.of {
                DeletionOf::Ciphertext => unit.vaults.contains(&deletion.org),
                DeletionOf::Envelope => unit.holder(&deletion.org).is_some(),
                DeletionOf::TagKey => true,
            };
            let is_after = since.is_some_and(|since| since <= deletion.at);
            if !is_keeper || !is_after || !seen.insert((deletion.org, deletion.of)) {
                return Err(format!("{id}, erased since {since:?}: {deletion:?}"));
            }
        }
    }
    Ok(())
}

fn successors_are_of_the_gone(state: &MemoryState) -> Result<(), String> {
    for (of, succession) in SUCCESSIONS.all(state) {
        let members: BTreeSet<OrgId> = succession.supports.iter().map(|support| support.member).collect();
        let is_gone = matches!(network::member_status(state, &of), Ok(Some(network::Status::Left)));
        if !is_gone || members.len() != succession.supports.len() {
            return Err(format!("{of} is succeeded by {succession:?}"));
        }
    }
    Ok(())
}
