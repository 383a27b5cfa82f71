//! What is decided is what the rules say over the facts of that moment, gathered here in another way; and nothing is released
//! without a grant.

use super::{grant, id, opt_out, provision, world};
use crate::{
    access::{
        Access, AgreementStatus, Decided, Event, RelationKind, Request, may_release,
        state::{AGREEMENTS, DECIDED, RELATIONS, REQUESTS},
    },
    consent::{AgreementTerms, Decision, RequestFacts, UnitFacts, UnitState, basis},
    network::{self, CoreUse},
    records,
};
use epione_kernel::{Dice, Domain as _, Numbered as _, Signer, testing::World};
use epione_types::{DurationMs, OrgId, Quarter, RequestId, UnitId};
use proptest::prelude::*;

/// What the rules say of a unit now.
fn expected(world: &World<Access>, request: &Request, id: &UnitId) -> Decision {
    let state = &world.state;
    let unit = records::unit(state, id).unwrap().unwrap();
    let agreements: Vec<AgreementTerms> = AGREEMENTS
        .all(state)
        .map(|(_, agreement)| agreement)
        .filter(|agreement| agreement.status == AgreementStatus::Accepted && world.now < agreement.terms.until)
        .filter(|agreement| (agreement.terms.from, agreement.terms.to) == (unit.custodian, request.org))
        .map(|agreement| agreement.terms)
        .collect();
    let treats = request.purpose.core_use() == Some(CoreUse::Treatment);
    let relationship = RELATIONS.all(state).any(|((subject, org), relations)| {
        (subject, org) == (unit.subject, request.org)
            && relations.iter().any(|relation| {
                Quarter::of(world.now) <= relation.until
                    && !(treats && relation.relationship.kind == RelationKind::Claim)
            })
    });
    let facts = RequestFacts {
        org: request.org,
        org_kind: network::organization(state, &request.org).unwrap().unwrap().kind,
        person: request.person,
        role: request.role,
        purpose: request.purpose,
        law: request.law.map(|law| law.basis),
        emergency: request.emergency,
        relationship,
        suspended: false,
        disclosure: request.person.is_none(),
    };
    let facts_of_unit = UnitFacts {
        id: *id,
        custodian: unit.custodian,
        subject: unit.subject,
        label: unit.label,
        restricted: unit.restricted,
        locked: unit.locked,
        care: unit.care,
        state: UnitState::Living,
    };
    let basis = basis(state, &unit.subject, &unit.custodian, world.now).unwrap();
    basis.decide(&facts_of_unit, &facts, &agreements, world.now)
}

/// Checks the decisions that a call entered; how many of them there are.
fn check(world: &World<Access>, events: &[epione_kernel::RawEvent]) -> usize {
    let mut checked = 0;
    for event in events {
        if event.module != Access::ID {
            continue;
        }
        let (request, unit) = match Event::decode(event.number, &event.body).unwrap() {
            Event::Granted(event) => (event.request, event.unit),
            Event::Denied(event) => (event.request, event.unit),
            _ => continue,
        };
        let asked = REQUESTS.get(&world.state, &request).unwrap().unwrap();
        let decided = DECIDED.get(&world.state, &(request, unit)).unwrap().unwrap();
        let expected = expected(world, &asked, &unit);
        assert_eq!((decided.granted, &decided.rules), (expected.is_permit(), &expected.rules));
        checked += 1;
    }
    checked
}

/// Who may release what it holds: only with a grant, and while the rules permit it.
fn check_tickets(world: &World<Access>, orgs: &[OrgId]) {
    let all: Vec<((RequestId, UnitId), Decided)> = DECIDED.all(&world.state).collect();
    for ((request, unit), decided) in all {
        let asked = REQUESTS.get(&world.state, &request).unwrap().unwrap();
        for holder in orgs {
            let may = may_release(&world.state, &request, &unit, holder, world.now).unwrap().is_ok();
            let permitted = decided.granted
                && asked.is_open(world.now)
                && decided.holders.contains(holder)
                && expected(world, &asked, &unit).is_permit();
            assert_eq!(may, permitted, "{holder} for {request} of {unit}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn decisions_are_those_of_the_rules(seed in any::<u64>()) {
        let mut world = world();
        opt_out(&mut world, "treatment");
        opt_out(&mut world, "payment");
        grant(&mut world, &provision("permit", "v2", "HRESCH", &["a"]), "k");
        grant(&mut world, &provision("deny", "v2", "HPAYMT", &[]), "l");
        world.check(r#"dana | emergency.break-glass | {"custodian": "$v1", "subject": null, "justification": "$c"} | ok g"#);
        let names = ["v1", "v2", "v3", "m3", "dana", "robot", "otto", "kim", "rita"];
        let actors: Vec<Signer> = names.iter().map(|name| world.actors[*name]).collect();
        let orgs = ["v1", "v2", "v3", "v4", "v5"].map(|name| id(&world, name));
        let (mut dice, mut checked) = (Dice::new(seed), 0);
        for _ in 0..200 {
            let by = *dice.pick(&actors).unwrap();
            let Some(call) = Access::plausible(&world.state, &by.id, world.now, &mut dice) else { continue };
            if let Ok(events) = world.call(&by, call.number(), &call.body()) {
                checked += check(&world, &events);
            }
            world.pass(DurationMs(dice.below(120_000)));
        }
        check_tickets(&world, &orgs);
        prop_assert!(checked > 30, "only {checked} decisions were made");
    }
}
