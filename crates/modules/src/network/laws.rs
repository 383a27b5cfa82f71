//! Named invariants of the network, and a generator of plausible calls.

use crate::network::{
    Call, Change, CoreUse, DefaultRule, ExclusionReason, KemKey, Keys, Member, NewKey, Organization, OrganizationKind,
    Parameter, ProposalStatus, Propose, Purpose, Role, RotateKey, SetAddresses, Status, Vote, WithdrawProposal,
    XWingKey, admission_message, next_committee, rotation_message,
    state::{self, BALLOTS, CLAIMS, ClaimedKey, KEM_KEYS, OPEN, ORGANIZATIONS, PROPOSALS, SCHEDULE, SETTINGS, TERMS},
    tenures,
    types::{Addresses, Jurisdiction, Proposal, Seat},
};
use epione_kernel::{Dice, Law, MemoryState};
use epione_types::{Hash, List, OrgId, ProposalId, PublicKey, SignerId, SigningKey, Tenure, Text, UnixMs};
use std::collections::BTreeSet;

pub(super) const LAWS: &[Law] = &[
    Law {
        id: "NETWORK-1",
        text: "every key in force is claimed by its organization for its purpose, so that no two share one",
        holds: keys_are_claimed,
    },
    Law {
        id: "NETWORK-2",
        text: "the roster names exactly those who have not left, with their role and status, ascending",
        holds: roster_matches,
    },
    Law {
        id: "NETWORK-3",
        text: "the next committee has one vote key of each active validator, or of each validator if fewer than four are active",
        holds: next_committee_is_whole,
    },
    Law {
        id: "NETWORK-4",
        text: "each member has at most one vote on a proposal, and nobody votes on its own suspension or expulsion",
        holds: ballots_are_single,
    },
    Law {
        id: "NETWORK-5",
        text: "the open proposals of an author are its own, neither enacted nor withdrawn, with their deadlines",
        holds: open_proposals_match,
    },
    Law {
        id: "NETWORK-6",
        text: "the parameters are sound at every height, and each has at most one planned value beside the present one",
        holds: parameters_are_sound,
    },
    Law {
        id: "NETWORK-7",
        text: "who has left has no KEM key, and every KEM key belongs to an organization",
        holds: kem_keys_are_of_members,
    },
    Law {
        id: "NETWORK-8",
        text: "a proposal is enacted if and only if it has a count, and by it more than two thirds of its electorate approved",
        holds: two_thirds_decided,
    },
    Law {
        id: "NETWORK-9",
        text: "every committee of the headers is not empty, and has vote keys of organizations, ascending, each once; each took office after the one before, the first with epoch 0, and differs from it",
        holds: committees_are_claimed,
    },
    Law {
        id: "NETWORK-10",
        text: "at least one member or validator is active, so that the suspended can be reinstated",
        holds: somebody_can_vote,
    },
];

fn keys_are_claimed(state: &MemoryState) -> Result<(), String> {
    for (org, organization) in ORGANIZATIONS.all(state) {
        let keys = &organization.keys;
        let signing = [
            (Purpose::Root, Some(keys.root)),
            (Purpose::Operations, Some(keys.operations)),
            (Purpose::Vote, keys.vote),
            (Purpose::Vote, keys.pending_vote),
            (Purpose::Receipt, keys.receipt),
        ];
        let signing = signing.into_iter().filter_map(|(purpose, key)| Some((purpose, ClaimedKey::Signing(key?))));
        let tls = keys.tls.map(|hash| (Purpose::Tls, ClaimedKey::Tls(hash)));
        for (purpose, key) in signing.chain(tls) {
            match CLAIMS.get(state, &key) {
                Ok(Some(claim)) if claim.owner == SignerId::Organization(org) && claim.purpose == purpose => {}
                found => return Err(format!("{org} uses {key:?} for {purpose:?}, its claim is {found:?}")),
            }
        }
    }
    Ok(())
}

fn roster_matches(state: &MemoryState) -> Result<(), String> {
    let seats: Vec<(OrgId, Role, Status)> = match state::roster(state) {
        Ok(roster) => roster.iter().map(|seat| (seat.org, seat.role, seat.status)).collect(),
        Err(missing) => return Err(format!("{missing:?}")),
    };
    let members: Vec<(OrgId, Role, Status)> = ORGANIZATIONS
        .all(state)
        .filter(|(_, organization)| organization.status != Status::Left)
        .map(|(org, organization)| (org, organization.role, organization.status))
        .collect();
    if seats == members { Ok(()) } else { Err(format!("the roster is {seats:?}, the members are {members:?}")) }
}

fn next_committee_is_whole(state: &MemoryState) -> Result<(), String> {
    let validators = ORGANIZATIONS
        .all(state)
        .filter(|(_, organization)| organization.status != Status::Left && organization.role == Role::Validator);
    let (active, suspended): (Vec<_>, Vec<_>) =
        validators.partition(|(_, organization)| organization.status == Status::Active);
    let seats = if active.len() < 4 { active.len().saturating_add(suspended.len()) } else { active.len() };
    let keys = next_committee(state).map_err(|missing| format!("{missing:?}"))?.keys;
    let distinct: BTreeSet<&PublicKey> = keys.iter().collect();
    if seats == 0 || keys.len() != seats || !distinct.into_iter().eq(keys.iter()) {
        let (active, suspended) = (active.len(), suspended.len());
        return Err(format!("{active} active and {suspended} suspended validators have the next committee {keys:?}"));
    }
    Ok(())
}

fn two_thirds_decided(state: &MemoryState) -> Result<(), String> {
    for (id, proposal) in PROPOSALS.all(state) {
        let decided = proposal.enacted_by.map(|tally| {
            let (approvals, electorate) = (u64::from(tally.approvals), u64::from(tally.electorate));
            approvals <= electorate && approvals.saturating_mul(3) > electorate.saturating_mul(2)
        });
        if decided != (proposal.status == ProposalStatus::Enacted).then_some(true) {
            return Err(format!("{id} is {:?} by {:?}", proposal.status, proposal.enacted_by));
        }
    }
    Ok(())
}

fn committees_are_claimed(state: &MemoryState) -> Result<(), String> {
    let tenures = tenures(state).map_err(|missing| format!("{missing:?}"))?;
    let is_vote_key = |key: &PublicKey| match CLAIMS.get(state, &ClaimedKey::Signing(*key)) {
        Ok(Some(claim)) => matches!(claim.owner, SignerId::Organization(_)) && claim.purpose == Purpose::Vote,
        _ => false,
    };
    let mut before: Option<&Tenure> = None;
    for tenure in &tenures {
        let keys = &tenure.committee.keys;
        let distinct: BTreeSet<&PublicKey> = keys.iter().collect();
        let follows = match before {
            Some(before) => tenure.since_epoch > before.since_epoch && tenure.committee != before.committee,
            None => tenure.since_epoch == 0,
        };
        if !follows || keys.is_empty() || !distinct.into_iter().eq(keys.iter()) || !keys.iter().all(is_vote_key) {
            return Err(format!("the committee since epoch {} is {keys:?}", tenure.since_epoch));
        }
        before = Some(tenure);
    }
    let rows = TERMS.all(state).count();
    if before.is_none() || tenures.len() != rows {
        return Err(format!("{} of {rows} committees follow one another", tenures.len()));
    }
    Ok(())
}

fn somebody_can_vote(state: &MemoryState) -> Result<(), String> {
    let roster = state::roster(state).map_err(|missing| format!("{missing:?}"))?;
    if roster.iter().any(Seat::is_eligible) { Ok(()) } else { Err(format!("nobody can vote of {:?}", &*roster)) }
}

fn ballots_are_single(state: &MemoryState) -> Result<(), String> {
    for (id, ballots) in BALLOTS.all(state) {
        let Ok(Some(proposal)) = PROPOSALS.get(state, &id) else {
            return Err(format!("there are votes on {id}, which does not exist"));
        };
        let voters: BTreeSet<OrgId> = ballots.iter().map(|ballot| ballot.org).collect();
        if voters.len() != ballots.len() || proposal.change.subject().is_some_and(|org| voters.contains(org)) {
            return Err(format!("the votes on {id} are {:?}", &*ballots));
        }
    }
    Ok(())
}

fn open_proposals_match(state: &MemoryState) -> Result<(), String> {
    for (author, open) in OPEN.all(state) {
        for (id, deadline) in open.iter() {
            let Ok(Some(proposal)) = PROPOSALS.get(state, id) else {
                return Err(format!("{author} has {id} open, which does not exist"));
            };
            let is_open = matches!(proposal.status, ProposalStatus::Open | ProposalStatus::Expired);
            if proposal.author != author || proposal.deadline != *deadline || !is_open {
                return Err(format!("{author} has {id} open, which is {proposal:?}"));
            }
        }
    }
    Ok(())
}

fn parameters_are_sound(state: &MemoryState) -> Result<(), String> {
    // Whether the chain is a demonstration does not stand in the state: the floors are tested when values are set.
    for (_, schedule) in SCHEDULE.all(state) {
        let planned: BTreeSet<Parameter> = schedule.planned.iter().map(|planned| planned.parameter).collect();
        if planned.len() != schedule.planned.len() || !schedule.is_sound(true) {
            return Err(format!("the schedule is {schedule:?}"));
        }
    }
    for (_, settings) in SETTINGS.all(state) {
        let decided = settings.decided();
        let values = decided.iter().all(|decided| decided.parameter.permits(decided.value, true));
        let places: BTreeSet<(Parameter, u64)> = decided.iter().map(|one| (one.parameter, one.height)).collect();
        let two = |parameter| places.iter().filter(|(other, _)| *other == parameter).count() <= 2;
        if !values || places.len() != decided.len() || !Parameter::LATER.into_iter().all(two) {
            return Err(format!("the settings are {settings:?}"));
        }
    }
    Ok(())
}

fn kem_keys_are_of_members(state: &MemoryState) -> Result<(), String> {
    for (org, key) in KEM_KEYS.all(state) {
        let claim = CLAIMS.get(state, &ClaimedKey::kem(&key));
        let is_own = matches!(claim, Ok(Some(claim)) if claim.owner == SignerId::Organization(org));
        match ORGANIZATIONS.get(state, &org) {
            Ok(Some(organization)) if organization.status != Status::Left && is_own => {}
            _ => return Err(format!("{org} has a KEM key")),
        }
    }
    Ok(())
}

/// A call that the organization `by` might make. Root and operations keys are never rotated, so that the driver can go
/// on signing with those it has.
pub(super) fn plausible(state: &MemoryState, by: &SignerId, now: UnixMs, dice: &mut Dice) -> Option<Call> {
    let SignerId::Organization(org) = by else {
        return None;
    };
    let organization = ORGANIZATIONS.get(state, org).ok()??;
    let governs = organization.status == Status::Active && organization.role != Role::Observer;
    let waiting = u64::try_from(open(state, now).len()).unwrap_or(u64::MAX);
    match dice.below(20) {
        // Few proposals at a time, so that the votes on them come together.
        0..=14 if governs && dice.below(4) < waiting => vote(state, org, now, dice),
        0..=14 if governs => Some(Call::Propose(Propose { change: change(state, dice)? })),
        15 => withdraw(state, org, now, dice),
        16 => Some(Call::SetAddresses(SetAddresses { addresses: Addresses::default() })),
        _ => Some(Call::RotateKey(rotation(state, org, &organization, dice))),
    }
}

fn open(state: &MemoryState, now: UnixMs) -> Vec<(ProposalId, Proposal)> {
    PROPOSALS.all(state).filter(|(_, proposal)| proposal.status_at(now) == ProposalStatus::Open).collect()
}

/// A vote, mostly of who has not voted yet, mostly in favor, and mostly on what waits longest.
fn vote(state: &MemoryState, org: &OrgId, now: UnixMs, dice: &mut Dice) -> Option<Call> {
    let lapses = ORGANIZATIONS.get(state, org).ok()??.lapses;
    let has_voted = |id: &ProposalId| match BALLOTS.get(state, id) {
        Ok(Some(ballots)) => ballots.iter().any(|ballot| ballot.org == *org && ballot.lapses == lapses),
        _ => false,
    };
    let mut proposals = open(state, now);
    if dice.below(8) > 0 {
        proposals.retain(|(id, proposal)| !has_voted(id) && proposal.change.subject() != Some(org));
    }
    proposals.sort_by_key(|(_, proposal)| proposal.proposed_at);
    let first = proposals.first().filter(|_| dice.below(4) > 0);
    let (proposal, _) = first.or(dice.pick(&proposals))?;
    Some(Call::Vote(Vote { proposal: *proposal, approve: dice.below(8) > 0 }))
}

fn withdraw(state: &MemoryState, org: &OrgId, now: UnixMs, dice: &mut Dice) -> Option<Call> {
    let own = open(state, now).into_iter().filter(|(_, proposal)| proposal.author == *org);
    let proposal = *dice.pick(&own.map(|(id, _)| id).collect::<Vec<_>>())?;
    Some(Call::WithdrawProposal(WithdrawProposal { proposal }))
}

fn change(state: &MemoryState, dice: &mut Dice) -> Option<Change> {
    let members: Vec<(OrgId, Organization)> = ORGANIZATIONS.all(state).collect();
    let (org, organization) = dice.pick(&members)?.clone();
    let reason = ExclusionReason::Misuse;
    Some(match dice.below(13) {
        0..=2 => admission(dice)?,
        3 | 4 => {
            let role = *dice.pick(&[Role::Observer, Role::Member, Role::Validator])?;
            Change::ChangeRole { org, role }
        }
        5 | 6 if organization.status == Status::Suspended => Change::Reinstate { org },
        5 | 6 => Change::Suspend { org, reason },
        7 => Change::Expel { org, reason },
        8 | 9 => {
            let suspended = members.iter().find(|(_, other)| other.status == Status::Suspended);
            Change::Reinstate { org: suspended.map_or(org, |(org, _)| *org) }
        }
        10 => {
            let value = dice.below(30).saturating_add(1).saturating_mul(86_400_000);
            let height = dice.below(1_000_000_000).saturating_add(1);
            let parameter =
                *dice.pick(&[Parameter::ProposalDeadlineMs, Parameter::ErasureDelayMs, Parameter::KemPeriodMs])?;
            Change::SetParameter { parameter, value, height }
        }
        11 => {
            let jurisdiction = Jurisdiction::new(*dice.pick(&["CH", "US", "US-WI"])?).ok()?;
            let of = *dice.pick(&[CoreUse::Treatment, CoreUse::Payment, CoreUse::Operations])?;
            Change::SetDefault { jurisdiction, of, rule: *dice.pick(&[DefaultRule::Deny, DefaultRule::OptOut])? }
        }
        _ => Change::HaltAt { height: 1_000_000_000, release: Text::new("2.0.0").ok()?, state_format: 2 },
    })
}

/// A new organization with new keys.
fn admission(dice: &mut Dice) -> Option<Change> {
    let keys = [(); 3].map(|()| SigningKey::from_seed(dice.bytes32()));
    let [root, operations, vote] = &keys;
    let member = Member {
        name: Text::new("Generated Laboratory").ok()?,
        kind: OrganizationKind::Laboratory,
        jurisdiction: Jurisdiction::new("CH").ok()?,
        role: *dice.pick(&[Role::Observer, Role::Member, Role::Validator])?,
        keys: Keys {
            root: root.public(),
            operations: operations.public(),
            vote: Some(vote.public()),
            receipt: None,
            tls: Some(Hash(dice.bytes32())),
            kem: None,
        },
        addresses: Addresses::default(),
    };
    let message = admission_message(&member);
    let consents = List::new(keys.iter().map(|key| key.sign(&message)).collect()).ok()?;
    Some(Change::Admit { member: Box::new(member), consents })
}

/// A new vote, receipt, TLS or KEM key.
fn rotation(state: &MemoryState, org: &OrgId, organization: &Organization, dice: &mut Dice) -> RotateKey {
    let rotation = organization.rotation;
    let new = SigningKey::from_seed(dice.bytes32());
    let proof = |purpose: Purpose| new.sign(&rotation_message(org, purpose, rotation));
    let key = match dice.below(4) {
        0 => NewKey::Vote(proof(Purpose::Vote)),
        1 => NewKey::Receipt(proof(Purpose::Receipt)),
        2 => NewKey::Tls(Hash(dice.bytes32())),
        _ => {
            let period = match KEM_KEYS.get(state, org) {
                Ok(Some(old)) => old.period.saturating_add(1),
                _ => 0,
            };
            let bytes = (0..XWingKey::BYTES.div_ceil(32)).flat_map(|_| dice.bytes32()).collect();
            XWingKey::new(bytes).map_or(NewKey::Tls(Hash([0; 32])), |key| NewKey::Kem(KemKey { period, key }))
        }
    };
    RotateKey { org: *org, rotation, key }
}
