//! Named invariants of access, and a generator of plausible calls.

use crate::{
    access::{
        AcceptAgreement, AnswerLocate, Call, Category, Complain, Decided, Disclose, EndAgreement, EndRelation,
        LocateChart, ProposeAgreement, Relate, RelationKind, Relationship, Release, Request, RequestUnits, Withdraw,
        state::{AGREEMENTS, BETWEEN, COMPLAINTS, DECIDED, LOCATES, RELATIONS, RELEASES, REQUESTS, SUSPENSIONS},
        types::{AgreementStatus, LawfulOrder},
    },
    consent::{LegalBasis, PractitionerRole, Purpose, RuleId},
    emergency,
    identity::{self, IdentityKind},
    network,
    records::{self, Unit},
    subjects,
};
use epione_kernel::{Dice, Law, MemoryState};
use epione_types::{
    DurationMs, EmergencyId, Hash, IdentityId, List, OrgId, Quarter, RequestId, SignerId, SubjectId, UnitId, UnixMs,
};
use std::collections::BTreeSet;

pub(super) const LAWS: &[Law] = &[
    Law {
        id: "ACCESS-1",
        text: "the list of two organizations names agreements between them that nobody ended, each once",
        holds: lists_name_agreements,
    },
    Law {
        id: "ACCESS-2",
        text: "a release or a complaint is entered only of a unit that was granted",
        holds: releases_have_grants,
    },
    Law {
        id: "ACCESS-3",
        text: "each unit of a request exists and has a decision, and there is no decision beyond these",
        holds: units_are_decided,
    },
    Law {
        id: "ACCESS-4",
        text: "every decision names the rules that decided: a grant those that permit, a denial those that deny",
        holds: rules_match,
    },
    Law {
        id: "ACCESS-5",
        text: "a request ends after it was made, and at most thirty days later",
        holds: requests_end,
    },
    Law {
        id: "ACCESS-6",
        text: "an organization has at most one relation of each kind to a patient, who exists",
        holds: relations_are_single,
    },
    Law {
        id: "ACCESS-7",
        text: "a request that names a search came after its answer, by the same organization at the same custodian; one that names an emergency access is by its practitioner, of its patient",
        holds: reasons_fit,
    },
    Law {
        id: "ACCESS-8",
        text: "a challenge suspends a person towards a patient at most once",
        holds: suspensions_are_single,
    },
];

fn lists_name_agreements(state: &MemoryState) -> Result<(), String> {
    for ((from, to), ids) in BETWEEN.all(state) {
        let distinct: BTreeSet<_> = ids.iter().collect();
        let is_between = |id| match AGREEMENTS.get(state, id) {
            Ok(Some(agreement)) => {
                (agreement.terms.from, agreement.terms.to, agreement.terms.id) == (from, to, *id)
                    && agreement.status != AgreementStatus::Ended
            }
            _ => false,
        };
        if ids.is_empty() || distinct.len() != ids.len() || !ids.iter().all(is_between) {
            return Err(format!("between {from} and {to} stand {:?}", &*ids));
        }
    }
    Ok(())
}

fn releases_have_grants(state: &MemoryState) -> Result<(), String> {
    let releases = RELEASES.all(state).map(|(key, _)| key);
    for (request, unit, holder) in releases.chain(COMPLAINTS.all(state).map(|(key, _)| key)) {
        match DECIDED.get(state, &(request, unit)) {
            Ok(Some(decided)) if decided.granted => {}
            found => return Err(format!("{holder} released {unit} for {request}, on which was decided {found:?}")),
        }
    }
    Ok(())
}

fn units_are_decided(state: &MemoryState) -> Result<(), String> {
    for (id, request) in REQUESTS.all(state) {
        for unit in request.units.iter() {
            let is_decided = matches!(DECIDED.get(state, &(id, *unit)), Ok(Some(_)));
            if !is_decided || !matches!(records::unit(state, unit), Ok(Some(_))) {
                return Err(format!("{id} asks for {unit}, which does not exist or is not decided on"));
            }
        }
    }
    for ((id, unit), _) in DECIDED.all(state) {
        match REQUESTS.get(state, &id) {
            Ok(Some(request)) if request.units.contains(&unit) => {}
            _ => return Err(format!("{unit} was decided on for {id}, which does not ask for it")),
        }
    }
    Ok(())
}

fn rules_match(state: &MemoryState) -> Result<(), String> {
    for ((id, unit), decided) in DECIDED.all(state) {
        let fits = |rule: &RuleId| match rule {
            RuleId::Emergency(_) | RuleId::Law(_) | RuleId::Default(_) | RuleId::Custodian => decided.granted,
            RuleId::Consent { .. } => true,
            RuleId::Erased
            | RuleId::Withheld
            | RuleId::Locked
            | RuleId::Suspended
            | RuleId::Restriction(_)
            | RuleId::Part2
            | RuleId::NoRelationship
            | RuleId::NoAgreement
            | RuleId::NoRule => !decided.granted,
        };
        if decided.rules.is_empty() || !decided.rules.iter().all(fits) {
            return Err(format!("on {unit} for {id} was decided {decided:?}"));
        }
    }
    Ok(())
}

/// The longest value of the parameter `grant-ms`.
const GRANT_MS_MAX: DurationMs = DurationMs(30 * 86_400_000);

fn requests_end(state: &MemoryState) -> Result<(), String> {
    for (id, request) in REQUESTS.all(state) {
        let lasts = request.expires_at.since(request.requested_at);
        if lasts == DurationMs(0) || lasts > GRANT_MS_MAX {
            return Err(format!("{id} was made at {} and expires at {}", request.requested_at, request.expires_at));
        }
    }
    Ok(())
}

fn relations_are_single(state: &MemoryState) -> Result<(), String> {
    for ((subject, org), relations) in RELATIONS.all(state) {
        let kinds: BTreeSet<RelationKind> = relations.iter().map(|relation| relation.relationship.kind).collect();
        let exists = matches!(subjects::subject(state, &subject), Ok(Some(_)));
        if relations.is_empty() || kinds.len() != relations.len() || !exists {
            return Err(format!("{org} has the relations {:?} to {subject}", &*relations));
        }
    }
    Ok(())
}

fn reasons_fit(state: &MemoryState) -> Result<(), String> {
    for (id, request) in REQUESTS.all(state) {
        if let Some(locate) = &request.locate {
            let found = LOCATES.get(state, locate);
            let fits = matches!(&found, Ok(Some(found)) if (found.org, found.custodian) == (request.org, request.custodian)
                && found.answer.is_some_and(|answer| answer.at <= request.requested_at));
            if !fits {
                return Err(format!("{id} rests on {locate}, which is {found:?}"));
            }
        }
        if let Some(emergency) = &request.emergency {
            let found = emergency::access(state, emergency);
            let fits = matches!(&found, Ok(Some(found)) if Some(found.practitioner) == request.person
                && found.subject.is_some_and(|bound| is_same(state, &bound, &request)));
            if !fits {
                return Err(format!("{id} rests on {emergency}, which is {found:?}"));
            }
        }
    }
    Ok(())
}

/// Whether the patient to whom an emergency access is bound is that of the request. Charts that were merged are one.
fn is_same(state: &MemoryState, bound: &SubjectId, request: &Request) -> bool {
    let resolved = |id| subjects::resolve(state, id).ok().flatten().map(|(id, _)| id);
    *bound == request.subject || resolved(bound) == resolved(&request.subject)
}

fn suspensions_are_single(state: &MemoryState) -> Result<(), String> {
    for ((person, subject), suspensions) in SUSPENSIONS.all(state) {
        let distinct: BTreeSet<_> = suspensions.iter().map(|suspension| suspension.challenge).collect();
        if suspensions.is_empty() || distinct.len() != suspensions.len() {
            return Err(format!("{person} has the suspensions {:?} towards {subject}", &*suspensions));
        }
    }
    Ok(())
}

/// What the generator chooses from.
struct World<'a> {
    state: &'a MemoryState,
    now: UnixMs,
    orgs: Vec<OrgId>,
    units: Vec<(UnitId, Unit)>,
}

pub(super) fn plausible(state: &MemoryState, by: &SignerId, now: UnixMs, dice: &mut Dice) -> Option<Call> {
    let orgs = network::members(state).ok()?;
    let world = World { state, now, orgs, units: records::units(state).collect() };
    match by {
        SignerId::Organization(org) => world.keep(org, dice),
        SignerId::Identity(id) => {
            let identity = identity::identity(state, id, now).ok()??;
            let asks = matches!(identity.kind, IdentityKind::Practitioner | IdentityKind::Service);
            if asks { world.ask(id, &identity.org, dice) } else { None }
        }
    }
}

const PURPOSES: [Purpose; 5] = [Purpose::Treat, Purpose::Hpaymt, Purpose::Hoperat, Purpose::Hresch, Purpose::Coc];

fn hash(dice: &mut Dice) -> Hash {
    Hash(dice.bytes32())
}

fn list<T, const MAX: usize>(items: Vec<T>) -> Option<List<T, MAX>> {
    List::new(items).ok()
}

impl World<'_> {
    /// What an organization does: agrees, answers, releases, discloses.
    fn keep(&self, org: &OrgId, dice: &mut Dice) -> Option<Call> {
        match dice.below(8) {
            0 | 1 => self.agree(org, dice),
            2 => {
                let mut open = LOCATES.all(self.state).filter(|(_, locate)| locate.answer.is_none());
                let (locate, _) = open.find(|(_, locate)| locate.custodian == *org)?;
                Some(Call::AnswerLocate(AnswerLocate { locate, answer: hash(dice) }))
            }
            3 | 4 => self.relate(org, dice),
            5 => self.disclose(org, dice),
            _ => {
                let held: Vec<(RequestId, UnitId)> = self.grants(|decided| decided.holders.contains(org));
                let is_new = |(request, unit): &&(RequestId, UnitId)| {
                    matches!(RELEASES.get(self.state, &(*request, *unit, *org)), Ok(None))
                };
                let fresh: Vec<_> = held.iter().filter(is_new).collect();
                let (request, unit) = **dice.pick(&fresh)?;
                Some(Call::Release(Release { request, unit }))
            }
        }
    }

    fn agree(&self, org: &OrgId, dice: &mut Dice) -> Option<Call> {
        let own: Vec<_> = AGREEMENTS
            .all(self.state)
            .filter(|(_, agreement)| agreement.is_party(org) && agreement.lives(self.now))
            .collect();
        let awaits = own
            .iter()
            .find(|(_, agreement)| agreement.status == AgreementStatus::Proposed && agreement.proposed_by != *org);
        if let Some((id, _)) = awaits {
            return Some(Call::AcceptAgreement(AcceptAgreement { agreement: *id }));
        }
        if dice.below(8) == 0 {
            return Some(Call::EndAgreement(EndAgreement { agreement: dice.pick(&own)?.0 }));
        }
        let other = *dice.pick(&self.orgs)?;
        let (from, to) = if dice.below(2) == 0 { (*org, other) } else { (other, *org) };
        Some(Call::ProposeAgreement(ProposeAgreement {
            from,
            to,
            purposes: list(vec![Purpose::Treat, Purpose::Hpaymt])?,
            categories: list(vec![Category::Medications, Category::Laboratory])?,
            restricted: false,
            notice: None,
            until: self.now.after(DurationMs(dice.below(10 * 86_400_000))),
        }))
    }

    fn relate(&self, org: &OrgId, dice: &mut Dice) -> Option<Call> {
        if dice.below(5) == 0 {
            let all: Vec<_> = RELATIONS.all(self.state).collect();
            let ((subject, org), relations) = dice.pick(&all)?;
            let kind = relations.first()?.relationship.kind;
            return Some(Call::EndRelation(EndRelation { subject: *subject, org: *org, kind }));
        }
        let until = Quarter::of(self.now.after(DurationMs(dice.below(300 * 86_400_000))));
        let answered: Vec<_> = LOCATES
            .all(self.state)
            .filter(|(_, locate)| locate.org == *org && locate.answer.is_some() && locate.relationship.is_some())
            .collect();
        if let Some((id, locate)) = dice.pick(&answered).filter(|_| dice.below(2) == 0) {
            let found = self.units.iter().find(|(_, unit)| unit.custodian == locate.custodian)?;
            let (subject, relationship) = (found.1.subject, locate.relationship?);
            return Some(Call::Relate(Relate { subject, org: *org, relationship, until, locate: Some(*id) }));
        }
        let own: Vec<_> = self.units.iter().filter(|(_, unit)| unit.custodian == *org).collect();
        let subject = dice.pick(&own)?.1.subject;
        let kind = *dice.pick(&RelationKind::ALL)?;
        let relationship = Relationship { kind, evidence: hash(dice) };
        let other = *dice.pick(&self.orgs)?;
        Some(Call::Relate(Relate { subject, org: other, relationship, until, locate: None }))
    }

    fn disclose(&self, org: &OrgId, dice: &mut Dice) -> Option<Call> {
        let own: Vec<_> = self.units.iter().filter(|(_, unit)| unit.custodian == *org).collect();
        let basis = *dice.pick(&[LegalBasis::PublicHealth, LegalBasis::SubpartEOrder])?;
        let law = (dice.below(4) == 0).then(|| LawfulOrder { basis, authority: hash(dice) });
        Some(Call::Disclose(Disclose {
            units: list(vec![dice.pick(&own)?.0])?,
            to: *dice.pick(&self.orgs)?,
            purpose: Purpose::Hpaymt,
            reader: hash(dice),
            claim: hash(dice),
            law,
            expires_at: self.soon(dice),
        }))
    }

    /// What a practitioner or program does: searches, requests, complains, gives up.
    fn ask(&self, id: &IdentityId, org: &OrgId, dice: &mut Dice) -> Option<Call> {
        match dice.below(8) {
            0 | 1 => {
                let custodian = *dice.pick(&self.orgs)?;
                let relationship = Relationship { kind: *dice.pick(&RelationKind::ALL)?, evidence: hash(dice) };
                let relationship = (dice.below(8) > 0).then_some(relationship);
                let (purpose, query) = (*dice.pick(&PURPOSES)?, hash(dice));
                Some(Call::LocateChart(LocateChart { custodian, purpose, query, relationship, emergency: None }))
            }
            2 => {
                let own = self.requests_of(id);
                Some(Call::Withdraw(Withdraw { request: *dice.pick(&own)? }))
            }
            3 => {
                let own = self.requests_of(id);
                let granted = self.grants(|_| true);
                let granted: Vec<_> = granted.iter().filter(|(request, _)| own.contains(request)).collect();
                let (request, unit) = **dice.pick(&granted)?;
                let holders = DECIDED.get(self.state, &(request, unit)).ok()??.holders;
                let holder = *dice.pick(&holders)?;
                Some(Call::Complain(Complain { request, unit, holder, evidence: hash(dice) }))
            }
            _ => self.request(id, org, dice),
        }
    }

    fn request(&self, id: &IdentityId, org: &OrgId, dice: &mut Dice) -> Option<Call> {
        let (_, first) = dice.pick(&self.units)?;
        let mut same: Vec<UnitId> =
            self.units.iter().filter(|(_, unit)| unit.subject == first.subject).map(|(id, _)| *id).collect();
        same.truncate(usize::try_from(dice.below(3).saturating_add(1)).ok()?);
        let in_force = |access: &EmergencyId| {
            emergency::in_force(self.state, access, id, &first.subject, self.now).unwrap_or_default()
        };
        let emergency = emergency::accesses(self.state).map(|(access, _)| access).find(in_force);
        let purpose = if emergency.is_some() { Purpose::Etreat } else { *dice.pick(&PURPOSES)? };
        let locate = LOCATES.all(self.state).find(|(_, locate)| {
            (locate.org, locate.custodian, locate.purpose) == (*org, first.custodian, purpose)
                && locate.answer.is_some()
        });
        Some(Call::RequestUnits(RequestUnits {
            units: list(same)?,
            purpose,
            role: Some(PractitionerRole::Physician),
            reader: hash(dice),
            evidence: hash(dice),
            law: None,
            emergency,
            locate: locate.map(|(id, _)| id),
            consents: List::default(),
            expires_at: self.soon(dice),
        }))
    }

    /// A time within an hour, rarely now.
    fn soon(&self, dice: &mut Dice) -> UnixMs {
        self.now.after(DurationMs(dice.below(16).saturating_mul(240_000)))
    }

    fn grants(&self, fits: impl Fn(&Decided) -> bool) -> Vec<(RequestId, UnitId)> {
        DECIDED.all(self.state).filter(|(_, decided)| decided.granted && fits(decided)).map(|(key, _)| key).collect()
    }

    fn requests_of(&self, id: &IdentityId) -> Vec<RequestId> {
        let own = |request: &Request| request.person == Some(*id);
        REQUESTS.all(self.state).filter(|(_, request)| own(request)).map(|(id, _)| id).collect()
    }
}
