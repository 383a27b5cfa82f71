//! Decisions against an independent, naive model, over random histories.
//!
//! The model asks what a request might mean: it tries every purpose, role and person that fit what the request says. What
//! holds for all of them surely holds, what holds for one of them possibly.

use super::facts::{
    ANN, BOB, CLINIC, EMERGENCY, HOSPITAL, LABORATORY, PAYER, REGULATOR, SUBJECT, label, now, plain_consent,
    plain_provision, plain_restriction, plain_unit, some,
};
use crate::{
    consent::{
        ActiveConsent, AgreementTerms, Basis, ConsentStatus, Decision, Effect, Form, LegalBasis, PractitionerRole,
        Provision, Purpose, Quarters, Recipient, RequestFacts, Restriction, RestrictionKind, RuleId, UnitFacts,
        UnitState, Validity,
    },
    network::{CoreUse, DefaultRule, Defaults, OrganizationKind},
    subjects::Scope,
};
use epione_kernel::Dice;
use epione_types::{
    AgreementId, ConsentId, DurationMs, IdentityId, List, OrgId, Quarter, RestrictionId, SubjectId, UnixMs,
};
use std::collections::{BTreeMap, BTreeSet};

/// The codes of HL7 v3 under `PurposeOfUse`, as their code system lists them: each with what it contains.
const OUTLINE: &str = "
    TREAT: CLINTRL COC ETREAT POPHLTH TREATDS
    ETREAT: BTG ERTREAT
    HPAYMT: CLMATTCH COVAUTH COVERAGE REMITADV PMTDS
    COVERAGE: ELIGDTRM ELIGVER ENROLLM MILDCRG
    HOPERAT: CAREMGT DONAT FRAUD GOV HACCRED HCOMPL HDECD HDIRECT HDM HLEGAL HOUTCOMS HPRGRP HQUALIMP HSYSADMIN MEMADMIN \
    MILCDM PATADMIN PATSFTY PERFMSR RECORDMGT SYSDEV TRAIN MLTRAINING
    HSYSADMIN: LABELING METAMGT
    SYSDEV: HTEST
    HRESCH: BIORCH CLINTRCH DSRCH POARCH TRANSRCH
    CLINTRCH: CLINTRCHNPC CLINTRCHPC PRECLINTRCH
    PATRQT: FAMRQT PWATRNY SUPNWK
    PUBHLTH: DISASTER THREAT
    HMARKT:";

const BY_DEFAULT: [(CoreUse, &str); 3] = [
    (CoreUse::Treatment, "TREAT CLINTRL COC ETREAT ERTREAT POPHLTH TREATDS"),
    (CoreUse::Payment, "HPAYMT CLMATTCH COVAUTH COVERAGE ELIGDTRM ELIGVER ENROLLM REMITADV PMTDS"),
    (
        CoreUse::Operations,
        "HOPERAT CAREMGT FRAUD HACCRED HCOMPL HDIRECT HDM HOUTCOMS HPRGRP HQUALIMP HSYSADMIN LABELING METAMGT MEMADMIN \
        PATADMIN PATSFTY PERFMSR RECORDMGT TRAIN",
    ),
];

/// What the model knows of purposes: each with itself and all that contain it.
struct Purposes(BTreeMap<&'static str, BTreeSet<&'static str>>);

impl Purposes {
    fn new() -> Self {
        let mut above: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for line in OUTLINE.lines().filter(|line| line.contains(':')) {
            let (parent, children) = line.trim().split_once(':').unwrap();
            let of_parent = above.entry(parent).or_insert_with(|| BTreeSet::from([parent])).clone();
            for child in children.split_whitespace() {
                above.insert(child, of_parent.iter().copied().chain([child]).collect());
            }
        }
        Self(above)
    }

    /// Which uses a request for this purpose may turn out to be.
    fn uses(&self, purpose: Purpose) -> Vec<&'static str> {
        let code = purpose.code();
        let is_exact = ["TREAT", "ETREAT", "PATRQT"].contains(&code);
        let is_use =
            |(name, above): &(&&'static str, &BTreeSet<&str>)| **name == code || (!is_exact && above.contains(code));
        self.0.iter().filter(is_use).map(|(name, _)| *name).collect()
    }

    fn default_of(purpose: Purpose) -> Option<CoreUse> {
        let found = BY_DEFAULT.iter().find(|(_, codes)| codes.split_whitespace().any(|code| code == purpose.code()));
        found.map(|(core, _)| *core)
    }
}

#[test]
fn the_hierarchy_is_that_of_the_code_system() {
    let purposes = Purposes::new();
    assert_eq!(purposes.0.len(), Purpose::ALL.len());
    for (number, one) in (0_u8..).zip(Purpose::ALL) {
        assert_eq!((epione_types::encode(one), one.core_use()), (vec![number], Purposes::default_of(*one)), "{one:?}");
        assert_eq!(serde_json::to_value(one).unwrap(), one.code());
        for other in Purpose::ALL {
            assert_eq!(one.is_a(*other), purposes.0[one.code()].contains(other.code()), "{one:?} {other:?}");
        }
    }
}

/// Whether something holds whatever the request turns out to be, and whether it may.
#[derive(Clone, Copy)]
struct Holds {
    surely: bool,
    possibly: bool,
}

impl Holds {
    fn of(all: impl Iterator<Item = bool>) -> Self {
        all.fold(Self { surely: true, possibly: false }, |holds, one| Self {
            surely: holds.surely && one,
            possibly: holds.possibly || one,
        })
    }

    fn and(self, other: Self) -> Self {
        Self { surely: self.surely && other.surely, possibly: self.possibly && other.possibly }
    }
}

const STRANGER: IdentityId = IdentityId([0xff; 16]);

fn holds_for_recipients(recipients: &[Recipient], request: &RequestFacts) -> Holds {
    if recipients.is_empty() {
        return Holds { surely: true, possibly: true };
    }
    let roles: Vec<Option<u8>> = match request.role {
        _ if request.disclosure => vec![None],
        Some(role) => vec![Some(role as u8)],
        None => (0..=10).map(Some).collect(),
    };
    let persons: Vec<Option<IdentityId>> = match request.person {
        _ if request.disclosure => vec![None],
        Some(person) => vec![Some(person)],
        None => [ANN, BOB, STRANGER].map(Some).to_vec(),
    };
    let worlds = roles.iter().flat_map(|role| persons.iter().map(move |person| (role, person)));
    Holds::of(worlds.map(|(role, person)| {
        recipients.iter().any(|recipient| match recipient {
            Recipient::Organization(org) => *org == request.org,
            Recipient::Kind(kind) => *kind == request.org_kind,
            Recipient::Role(of) => *role == Some(*of as u8),
            Recipient::Person(of) => *person == Some(*of),
        })
    }))
}

struct Model<'a> {
    purposes: &'a Purposes,
    unit: &'a UnitFacts,
    request: &'a RequestFacts,
    at: UnixMs,
}

impl Model<'_> {
    fn holds(&self, provision: &Provision, absorbed: bool) -> Holds {
        let mut holds = holds_for_recipients(&provision.recipients, self.request);
        if !provision.purposes.is_empty() {
            let uses = self.purposes.uses(self.request.purpose);
            let is_named =
                |code: &&str| provision.purposes.iter().any(|purpose| self.purposes.0[*code].contains(purpose.code()));
            holds = holds.and(Holds::of(uses.iter().map(is_named)));
        }
        if !provision.labels.is_empty() {
            let same = provision.labels.contains(&self.unit.label);
            holds = holds.and(Holds { surely: same && !absorbed, possibly: same || absorbed });
        }
        let is_outside = provision.care.is_some_and(|care| self.unit.care < care.from || care.to < self.unit.care)
            || provision.valid.is_some_and(|valid| self.at < valid.from || valid.until <= self.at);
        if is_outside { Holds { surely: false, possibly: false } } else { holds }
    }

    /// What a provision and its exceptions say, down the tree.
    fn says(&self, active: &ActiveConsent, at: usize, around: Holds) -> Option<(Effect, usize)> {
        let provision = &active.consent.provisions[at];
        let holds = around.and(self.holds(provision, active.absorbed));
        let exceptions = (at.saturating_add(1)..active.consent.provisions.len())
            .filter(|other| active.consent.provisions[*other].parent.map(usize::from) == Some(at));
        let said: Vec<(Effect, usize)> =
            exceptions.filter_map(|exception| self.says(active, exception, holds)).collect();
        let own = match provision.effect {
            Effect::Deny => holds.possibly,
            Effect::Permit if self.unit.restricted => {
                holds.surely && provision.restricted && active.consent.form.is_some()
            }
            Effect::Permit => holds.surely,
        };
        loudest(&said).or_else(|| own.then_some((provision.effect, at)))
    }

    fn wish(&self, active: &ActiveConsent) -> Option<(Effect, usize)> {
        if active.consent.status != ConsentStatus::Active {
            return None;
        }
        if !active.absorbed {
            let scopes = [&active.consent.scope, &active.within];
            let covers = |scope: &&Scope| match scope {
                Scope::All => true,
                Scope::AllBut(labels) => !labels.contains(&self.unit.label),
                Scope::Only(labels) => labels.contains(&self.unit.label),
            };
            if active.consent.subject != self.unit.subject || !scopes.iter().all(covers) {
                return None;
            }
        }
        let provisions = active.consent.provisions.iter().enumerate();
        let roots = provisions.filter(|(_, provision)| provision.parent.is_none()).map(|(at, _)| at);
        let sure = Holds { surely: true, possibly: true };
        let said: Vec<(Effect, usize)> = roots.filter_map(|root| self.says(active, root, sure)).collect();
        loudest(&said).filter(|(effect, _)| !active.absorbed || *effect == Effect::Deny)
    }

    fn restricts(&self, restriction: &Restriction) -> bool {
        let towards = match (&*restriction.towards, restriction.kind) {
            ([], RestrictionKind::SelfPaid) => self.request.org_kind == OrganizationKind::Payer,
            (towards, _) => holds_for_recipients(towards, self.request).possibly,
        };
        let units = &restriction.units;
        towards && !restriction.lifted && (units.is_empty() || units.contains(&self.unit.id))
    }

    /// The whole decision: whether it is permitted, and by which rules.
    fn decide(&self, basis: &Basis, agreements: &[AgreementTerms]) -> (bool, Vec<RuleId>) {
        let (unit, request) = (self.unit, self.request);
        let above = &self.purposes.0[request.purpose.code()];
        if unit.state == UnitState::Erased {
            return (false, vec![RuleId::Erased]);
        }
        if unit.state == UnitState::Withheld {
            return (false, vec![RuleId::Withheld]);
        }
        if let (Some(emergency), false, false, true) =
            (request.emergency, unit.locked, request.disclosure, above.contains("ETREAT"))
        {
            return (true, vec![RuleId::Emergency(emergency)]);
        }
        if let (Some(law), false, true) =
            (request.law, unit.locked, request.disclosure || request.org_kind == OrganizationKind::Regulator)
        {
            let part2 = [LegalBasis::SubpartEOrder, LegalBasis::Part2ChildAbuse, LegalBasis::Part2Audit];
            if !unit.restricted || part2.contains(&law) {
                return (true, vec![RuleId::Law(law)]);
            }
        }
        if request.suspended {
            return (false, vec![RuleId::Suspended]);
        }
        let wishes: Vec<(&ActiveConsent, Effect, RuleId)> = basis
            .consents
            .iter()
            .filter_map(|active| {
                let (effect, at) = self.wish(active)?;
                Some((active, effect, RuleId::Consent { id: active.id, provision: u8::try_from(at).unwrap() }))
            })
            .collect();
        let of = |effect: Effect| wishes.iter().filter(move |wish| wish.1 == effect);
        let is_lifted = |id: &RestrictionId| of(Effect::Permit).any(|(active, ..)| active.consent.lifts.contains(id));
        let holding: Vec<RuleId> = basis
            .restrictions
            .iter()
            .filter(|(id, restriction)| self.restricts(restriction) && !is_lifted(id))
            .map(|(id, _)| RuleId::Restriction(*id))
            .collect();
        if !holding.is_empty() {
            return (false, holding);
        }
        let (denies, permits): (Vec<RuleId>, Vec<RuleId>) =
            (of(Effect::Deny).map(|wish| wish.2).collect(), of(Effect::Permit).map(|wish| wish.2).collect());
        let own = request.org == unit.custodian && !request.disclosure;
        if unit.restricted && permits.is_empty() && !own {
            return (false, vec![RuleId::Part2]);
        }
        if !denies.is_empty() {
            return (false, denies);
        }
        if !permits.is_empty() {
            return (true, permits);
        }
        if unit.locked {
            return (false, vec![RuleId::Locked]);
        }
        self.by_default(basis, agreements, own)
    }

    fn by_default(&self, basis: &Basis, agreements: &[AgreementTerms], own: bool) -> (bool, Vec<RuleId>) {
        let (unit, request) = (self.unit, self.request);
        let Some(core) = Purposes::default_of(request.purpose) else {
            return (false, vec![RuleId::NoRule]);
        };
        let care = [
            OrganizationKind::Hospital,
            OrganizationKind::Clinic,
            OrganizationKind::Laboratory,
            OrganizationKind::Pharmacy,
            OrganizationKind::Payer,
        ];
        let pays = request.disclosure && core == CoreUse::Payment && care.contains(&request.org_kind);
        if own || (pays && !unit.restricted) {
            return (true, vec![RuleId::Custodian]);
        }
        if unit.restricted || basis.defaults.get(core) == DefaultRule::Deny {
            return (false, vec![RuleId::NoRule]);
        }
        if !request.relationship {
            return (false, vec![RuleId::NoRelationship]);
        }
        let above = &self.purposes.0[request.purpose.code()];
        for agreement in agreements {
            let parties = (agreement.from, agreement.to) == (unit.custodian, request.org);
            let covers = agreement.purposes.iter().any(|purpose| above.contains(purpose.code()));
            if parties && covers && self.at < agreement.until {
                return (true, vec![RuleId::Default(core)]);
            }
        }
        (false, vec![RuleId::NoAgreement])
    }
}

/// The first deny, or else the first permit.
fn loudest(said: &[(Effect, usize)]) -> Option<(Effect, usize)> {
    let deny = said.iter().find(|(effect, _)| *effect == Effect::Deny);
    deny.or(said.first()).copied()
}

/// What the model decides.
fn naive(
    purposes: &Purposes,
    unit: &UnitFacts,
    request: &RequestFacts,
    (basis, agreements, at): (&Basis, &[AgreementTerms], UnixMs),
) -> Decision {
    let (permitted, mut rules) = Model { purposes, unit, request, at }.decide(basis, agreements);
    rules.truncate(8);
    Decision { effect: if permitted { Effect::Permit } else { Effect::Deny }, rules: some(rules) }
}

/// Purposes that meet each other in different ways.
const SOME: [Purpose; 24] = [
    Purpose::Treat,
    Purpose::Treat,
    Purpose::Treat,
    Purpose::Coc,
    Purpose::Etreat,
    Purpose::Btg,
    Purpose::Hpaymt,
    Purpose::Clmattch,
    Purpose::Coverage,
    Purpose::Eligver,
    Purpose::Hoperat,
    Purpose::Hqualimp,
    Purpose::Hsysadmin,
    Purpose::Labeling,
    Purpose::Mltraining,
    Purpose::Hresch,
    Purpose::Clintrch,
    Purpose::Clintrchpc,
    Purpose::Patrqt,
    Purpose::Famrqt,
    Purpose::Pubhlth,
    Purpose::Threat,
    Purpose::Hlegal,
    Purpose::Hmarkt,
];

const ORGANIZATIONS: [(OrgId, OrganizationKind); 5] = [
    (HOSPITAL, OrganizationKind::Hospital),
    (CLINIC, OrganizationKind::Clinic),
    (LABORATORY, OrganizationKind::Laboratory),
    (PAYER, OrganizationKind::Payer),
    (REGULATOR, OrganizationKind::Regulator),
];

const ROLES: [PractitionerRole; 3] =
    [PractitionerRole::Physician, PractitionerRole::Nurse, PractitionerRole::Researcher];

fn pick<T: Copy>(dice: &mut Dice, items: &[T]) -> T {
    *dice.pick(items).unwrap()
}

/// Whether one of `in_how_many` cases has come.
fn chance(dice: &mut Dice, in_how_many: u64) -> bool {
    dice.below(in_how_many) == 0
}

fn several<T: std::fmt::Debug, const MAX: usize>(
    dice: &mut Dice,
    most: u64,
    mut one: impl FnMut(&mut Dice) -> T,
) -> List<T, MAX> {
    let count = dice.below(most.saturating_add(1));
    some((0..count).map(|_| one(dice)).collect())
}

fn a_recipient(dice: &mut Dice) -> Recipient {
    match dice.below(4) {
        0 | 1 => Recipient::Organization(pick(dice, &ORGANIZATIONS).0),
        2 => Recipient::Kind(pick(dice, &ORGANIZATIONS).1),
        _ if chance(dice, 2) => Recipient::Role(pick(dice, &ROLES)),
        _ => Recipient::Person(pick(dice, &[ANN, BOB])),
    }
}

fn a_quarter(dice: &mut Dice) -> Quarter {
    Quarter::new(2026, u16::try_from(dice.below(4).saturating_add(1)).unwrap()).unwrap()
}

fn a_moment(dice: &mut Dice) -> UnixMs {
    now().after(DurationMs(dice.below(8)))
}

fn a_provision(dice: &mut Dice, earlier: u64) -> Provision {
    let effect = pick(dice, &[Effect::Permit, Effect::Permit, Effect::Deny]);
    // Now and then an exception to itself, which never matches.
    let parents = earlier.saturating_add(u64::from(chance(dice, 20)));
    let parent = (earlier > 0 && !chance(dice, 3)).then(|| u8::try_from(dice.below(parents)).unwrap());
    let (some_recipients, some_purposes) = (dice.below(3), dice.below(3));
    Provision {
        parent,
        recipients: several(dice, some_recipients, a_recipient),
        purposes: several(dice, some_purposes, |dice| pick(dice, &SOME)),
        labels: if chance(dice, 4) {
            several(dice, 2, |dice| pick(dice, &[label(1), label(2)]))
        } else {
            List::default()
        },
        restricted: chance(dice, 2),
        care: chance(dice, 6).then(|| Quarters { from: a_quarter(dice), to: a_quarter(dice) }),
        valid: chance(dice, 6).then(|| Validity { from: a_moment(dice), until: a_moment(dice) }),
        ..plain_provision(effect)
    }
}

fn a_scope(dice: &mut Dice) -> Scope {
    match dice.below(8) {
        0 => Scope::AllBut(some(vec![pick(dice, &[label(1), label(2)])])),
        1 => Scope::Only(some(vec![pick(dice, &[label(1), label(2)])])),
        _ => Scope::All,
    }
}

fn a_consent(dice: &mut Dice) -> ActiveConsent {
    let mut consent = plain_consent();
    let count = pick(dice, &[1, 1, 2, 2, 3, 5]);
    consent.provisions = some((0..count).map(|earlier| a_provision(dice, earlier)).collect());
    consent.scope = a_scope(dice);
    consent.form = chance(dice, 2).then_some(Form::Part2);
    consent.lifts = if chance(dice, 3) { some(vec![RestrictionId([1; 16])]) } else { List::default() };
    let absorbed = chance(dice, 12);
    if absorbed || chance(dice, 20) {
        consent.subject = SubjectId([0xee; 16]);
    }
    ActiveConsent { id: ConsentId(dice.bytes32()[..16].try_into().unwrap()), consent, within: a_scope(dice), absorbed }
}

fn a_restriction(dice: &mut Dice, number: u8) -> (RestrictionId, Restriction) {
    let mut restriction = plain_restriction(pick(dice, &[RestrictionKind::SelfPaid, RestrictionKind::Objection]));
    let other = epione_types::UnitId([2; 32]);
    restriction.units = several(dice, 2, |dice| pick(dice, &[plain_unit().id, other]));
    restriction.towards = several(dice, 2, a_recipient);
    (RestrictionId([number; 16]), restriction)
}

fn a_unit(dice: &mut Dice) -> UnitFacts {
    let state = match dice.below(30) {
        0 => UnitState::Erased,
        1 => UnitState::Withheld,
        _ => UnitState::Living,
    };
    let label = pick(dice, &[label(1), label(2), label(3)]);
    let (restricted, locked) = (chance(dice, 3), chance(dice, 8));
    UnitFacts { label, restricted, locked, care: a_quarter(dice), state, ..plain_unit() }
}

fn a_request(dice: &mut Dice) -> RequestFacts {
    const LAWS: [LegalBasis; 4] =
        [LegalBasis::PublicHealth, LegalBasis::CourtOrder, LegalBasis::SubpartEOrder, LegalBasis::Part2Audit];
    let (org, org_kind) = pick(dice, &ORGANIZATIONS);
    RequestFacts {
        org,
        org_kind,
        person: chance(dice, 2).then(|| pick(dice, &[ANN, BOB])),
        role: chance(dice, 2).then(|| pick(dice, &ROLES)),
        purpose: pick(dice, &SOME),
        law: chance(dice, 8).then(|| pick(dice, &LAWS)),
        emergency: chance(dice, 8).then_some(EMERGENCY),
        relationship: chance(dice, 2),
        suspended: chance(dice, 12),
        disclosure: chance(dice, 5),
    }
}

fn an_agreement(dice: &mut Dice) -> AgreementTerms {
    AgreementTerms {
        id: AgreementId([1; 16]),
        from: HOSPITAL,
        to: pick(dice, &ORGANIZATIONS).0,
        purposes: some(vec![pick(dice, &[Purpose::Treat, Purpose::Hpaymt, Purpose::Hoperat, Purpose::Coc])]),
        restricted: false,
        until: a_moment(dice).after(DurationMs(4)),
    }
}

fn some_defaults(dice: &mut Dice) -> Defaults {
    let mut rule = || pick(dice, &[DefaultRule::OptOut, DefaultRule::OptOut, DefaultRule::Deny]);
    Defaults { treatment: rule(), payment: rule(), operations: rule() }
}

/// What is in force at a moment of a history.
struct History {
    basis: Basis,
    agreements: Vec<AgreementTerms>,
    now: UnixMs,
}

impl History {
    /// The next act.
    fn go_on(&mut self, dice: &mut Dice) {
        let basis = &mut self.basis;
        let at = usize::try_from(dice.below(basis.consents.len().max(1) as u64)).unwrap();
        match dice.below(10) {
            0..=3 => basis.consents.push(a_consent(dice)),
            4 => basis.consents.extend((0..3).map(|_| a_consent(dice))),
            5 => {
                if let Some(ended) = basis.consents.get_mut(at) {
                    ended.consent.status = pick(
                        dice,
                        &[
                            ConsentStatus::Revoked,
                            ConsentStatus::Proposed,
                            ConsentStatus::Superseded(ConsentId([1; 16])),
                        ],
                    );
                }
            }
            6 if basis.restrictions.len() < 3 => {
                let number = u8::try_from(basis.restrictions.len().saturating_add(1)).unwrap();
                basis.restrictions.push(a_restriction(dice, number));
            }
            6 => basis.restrictions[0].1.lifted = true,
            7 => self.agreements.push(an_agreement(dice)),
            8 => basis.defaults = some_defaults(dice),
            _ => self.now = self.now.after(DurationMs(dice.below(4))),
        }
    }
}

/// A name for each kind of rule, to count them.
fn kind(rule: &RuleId) -> u8 {
    epione_types::encode(rule)[0]
}

#[test]
fn decisions_are_those_of_the_model_over_a_hundred_thousand_histories() {
    let purposes = Purposes::new();
    let mut seen: BTreeMap<(u8, bool), u32> = BTreeMap::new();
    for seed in 0..100_000 {
        let mut dice = Dice::new(seed);
        let defaults = if chance(&mut dice, 2) { Defaults::default() } else { some_defaults(&mut dice) };
        let basis = Basis { consents: Vec::new(), restrictions: Vec::new(), defaults };
        let agreements = (0..dice.below(4)).map(|_| an_agreement(&mut dice)).collect();
        let mut history = History { basis, agreements, now: now() };
        for _ in 0..=dice.below(5) {
            history.go_on(&mut dice);
        }
        for _ in 0..2 {
            history.go_on(&mut dice);
            let (unit, request) = (a_unit(&mut dice), a_request(&mut dice));
            let History { basis, agreements, now } = &history;
            let found = basis.decide(&unit, &request, agreements, *now);
            let expected = naive(&purposes, &unit, &request, (basis, agreements, *now));
            assert_eq!(found, expected, "seed {seed}: {unit:?} {request:?} {basis:?} {agreements:?} {now:?}");
            *seen.entry((kind(&found.rules[0]), found.is_permit())).or_default() += 1;
            assert_eq!(unit.subject, SUBJECT);
        }
    }
    // Each of the fourteen rules decided often, consents in both ways.
    assert!(seen.len() == 15 && seen.values().all(|count| *count > 100), "{seen:?}");
}

#[test]
fn a_deny_only_ever_narrows_and_a_permit_that_ends_does_too() {
    for seed in 0..20_000 {
        let mut dice = Dice::new(seed);
        let consents: Vec<ActiveConsent> = (0..3).map(|_| a_consent(&mut dice)).collect();
        let mut basis = Basis { consents, restrictions: Vec::new(), defaults: Defaults::default() };
        let (unit, request) = (a_unit(&mut dice), a_request(&mut dice));
        let before = basis.decide(&unit, &request, &[], now());
        let mut deny = a_consent(&mut dice);
        let provisions = deny.consent.provisions.iter().cloned();
        deny.consent.provisions =
            some(provisions.map(|provision| Provision { effect: Effect::Deny, ..provision }).collect());
        basis.consents.push(deny);
        assert!(before.is_permit() || !basis.decide(&unit, &request, &[], now()).is_permit(), "seed {seed}");
        basis.consents.pop();
        let is_permit = |active: &ActiveConsent| !active.consent.denies();
        if let Some(at) = basis.consents.iter().position(is_permit) {
            basis.consents.remove(at);
            assert!(before.is_permit() || !basis.decide(&unit, &request, &[], now()).is_permit(), "seed {seed}");
        }
    }
}
