//! The whole way of a record, and how it ends.

use super::consortium::{Consortium, label, org};
use crate::{Error, messages::Query};
use epione_modules::records::{self, Records};
use epione_types::{Hash, Text, UnitId};
use futures::executor::block_on;

const ITEMS: [&[u8]; 2] = [b"{\"resourceType\":\"Observation\"}", b"OBX|1|NM"];

fn opened(world: &Consortium, request: &epione_types::RequestId, unit: UnitId) -> Vec<Vec<u8>> {
    let opened = block_on(world.exchange("west").open(request)).unwrap();
    let (found, contents) = opened.into_iter().next().unwrap();
    assert_eq!(found, unit);
    contents.unwrap().items().map(|item| item.bytes.to_vec()).collect()
}

#[test]
fn put_refused_granted_opened_revoked_refused() {
    let world = Consortium::new();
    let unit = block_on(world.exchange("north").put(&world.order(&ITEMS))).unwrap();

    let denied = world.request(&[unit]);
    assert!(matches!(block_on(world.exchange("west").open(&denied)), Err(Error::NotGranted(_))));

    let consent = world.grant();
    let request = world.request(&[unit]);
    assert_eq!(opened(&world, &request, unit), ITEMS);
    world.settle();
    assert_eq!(opened(&world, &request, unit), ITEMS, "as often as is needed while the grant lasts");

    world.revoke(consent);
    let opened = block_on(world.exchange("west").open(&request)).unwrap();
    assert!(opened[0].1.is_err(), "holders refuse as soon as the ledger says so");
}

#[test]
fn every_release_stands_on_the_ledger_once() {
    let world = Consortium::new();
    let unit = block_on(world.exchange("north").put(&world.order(&ITEMS))).unwrap();
    world.grant();
    let request = world.request(&[unit]);
    opened(&world, &request, unit);
    opened(&world, &request, unit);
    world.settle();
    let events = block_on(crate::ports::Ledger::events(&*world.sites["north"].node, 0, usize::MAX)).unwrap();
    let released = events.iter().filter(|entry| {
        let event = crate::exchange::event::<epione_modules::access::Access>(entry);
        matches!(event, Some(epione_modules::access::Event::Released(of)) if of.request == request)
    });
    assert_eq!(released.count(), 3, "three of four holders were asked, each twice");
}

#[test]
fn an_amendment_takes_the_place_of_a_unit() {
    let world = Consortium::new();
    let unit = block_on(world.exchange("north").put(&world.order(&ITEMS))).unwrap();
    let mut order = world.order(&ITEMS);
    order.supersedes = Some(unit);
    let next = block_on(world.exchange("north").put(&order)).unwrap();
    let ports = &world.exchange("east").ports;
    let found = block_on(crate::facts::unit(ports, &unit)).unwrap().unwrap();
    assert_eq!(found.after, Some(next));
}

#[test]
fn a_search_finds_what_is_permitted_and_nothing_else() {
    use super::consortium::access_call;
    use epione_modules::{access, consent::Purpose};

    let world = Consortium::new();
    let unit = block_on(world.exchange("north").put(&world.order(&ITEMS))).unwrap();
    let search = |value: &str| {
        let system = Text::new("urn:north").unwrap();
        let query = Query::Identifier { system, value: Text::new(value).unwrap() };
        let committed = world.exchange("west").prepare_query(&query).unwrap();
        let evidence = world.exchange("west").prepare_evidence(b"checked in today").unwrap();
        let relationship = access::Relationship { kind: access::RelationKind::CheckIn, evidence };
        let locate = access::LocateChart {
            custodian: org("north"),
            purpose: Purpose::Treat,
            query: committed,
            relationship: Some(relationship),
            emergency: None,
        };
        let outcome = world.chain.call(&world.doctor, access_call(access::Call::LocateChart(locate)));
        let id = epione_types::LocateId(outcome.call(0).short());
        (id, block_on(world.exchange("west").locate(&id)).unwrap())
    };
    let (_, nobody) = search("0815");
    let (refused, nothing) = search("4711");
    assert!(nobody.units.is_empty() && nothing.units.is_empty() && nobody.notice && nothing.notice);
    assert_eq!(epione_types::encode(&nobody).len(), epione_types::encode(&nothing).len());
    world.grant();
    assert_eq!(block_on(world.exchange("west").locate(&refused)).unwrap(), nothing, "the same search, the same answer");
    let (found, something) = search("4711");
    assert_eq!(something.units[0].unit, unit);
    assert_eq!(epione_types::encode(&nobody).len(), epione_types::encode(&something).len());
    world.settle();
    let ports = &world.exchange("east").ports;
    let entry = block_on(crate::ports::read(&*ports.ledger, move |view| access::locate(&view, &found))).unwrap();
    assert_eq!(entry.unwrap().answer.unwrap().answer, something.commitment());
    // Who did not enter the search learns nothing.
    let other = block_on(world.exchange("south").locate(&found));
    assert!(matches!(other, Err(Error::Invalid(_))));
}

#[test]
fn exactly_one_encounter_goes_to_the_plan_and_a_self_paid_one_does_not() {
    use crate::disclose::Disclosure;
    use epione_modules::consent::Purpose;

    let world = Consortium::new();
    let north = world.exchange("north");
    let claimed = block_on(north.put(&world.order(&ITEMS))).unwrap();
    let mut other = world.order(&ITEMS);
    other.encounter = Some(Text::new("visit-2").unwrap());
    other.self_paid = true;
    let paid = block_on(north.put(&other)).unwrap();
    let disclose = |encounter: &str| {
        block_on(north.disclose(&Disclosure {
            subject: world.subject,
            encounter: Text::new(encounter).unwrap(),
            to: org("plan"),
            purpose: Purpose::Hpaymt,
            claim: Hash([7; 32]),
            law: None,
        }))
        .unwrap()[0]
    };
    let (request, refused) = (disclose("visit-1"), disclose("visit-2"));
    world.settle();
    let plan = world.exchange("plan");
    let items: Vec<Vec<u8>> =
        plan.copy(&request, &claimed).unwrap().unwrap().items().map(|item| item.bytes.to_vec()).collect();
    assert_eq!(items, ITEMS);
    assert!(plan.copy(&refused, &paid).unwrap().is_none());
    assert!(plan.copy(&request, &paid).unwrap().is_none());
}

#[test]
fn what_was_erased_is_gone_and_the_certificate_says_so() {
    let world = Consortium::new();
    let unit = block_on(world.exchange("north").put(&world.order(&ITEMS))).unwrap();
    world.grant();
    let request = world.request(&[unit]);
    world.settle();
    let ask = records::RequestErasure { units: epione_types::List::new(vec![unit]).unwrap(), attested: None };
    world.chain.call(&world.patient, crate::exchange::call::<Records>(&records::Call::RequestErasure(ask)));
    let decide = records::DecideErasure { unit, decision: records::ErasureDecision::Grant };
    let north = &world.sites["north"].operations;
    world.chain.call(north, crate::exchange::call::<Records>(&records::Call::DecideErasure(decide)));
    world.settle();
    let before = block_on(world.exchange("north").erasure_certificate(&unit)).unwrap();
    assert!(before.proved.erased_since.is_none() && !before.is_complete());
    world.chain.pass(8 * 24 * 60 * 60 * 1000);
    world.chain.block();
    world.settle();
    world.chain.pass(10_000);
    world.settle();
    let after = block_on(world.exchange("south").erasure_certificate(&unit)).unwrap();
    assert!(after.proved.erased_since.is_some());
    assert_eq!(after.outstanding.deletions, []);
    assert!(!after.outstanding.keys.is_empty(), "no holder has begun another period yet");
    for site in world.sites.values() {
        assert!(site.exchange.catalog().editions(&unit).unwrap().is_empty());
        assert!(site.store.is_empty(crate::ports::Table::Envelopes));
    }
    assert!(world.exchange("north").catalog().source(&unit).unwrap().is_none());
    assert!(block_on(world.exchange("west").open(&request)).is_ok_and(|opened| opened[0].1.is_err()));
}

#[test]
fn a_rotation_seals_every_share_again_and_destroys_the_key() {
    let world = Consortium::new();
    let unit = block_on(world.exchange("north").put(&world.order(&ITEMS))).unwrap();
    world.settle();
    block_on(world.exchange("east").begin_rotation()).unwrap();
    world.settle();
    let keys: Vec<u32> = world.sites["east"].keys.kem.lock().unwrap().keys().copied().collect();
    assert_eq!(keys, [1]);
    world.grant();
    // East is among the three that must answer.
    world.wires.down.lock().unwrap().insert(org("south"));
    let request = world.request(&[unit]);
    assert_eq!(opened(&world, &request, unit), ITEMS);
}

#[test]
fn a_lost_key_is_healed_by_dealing_anew() {
    let world = Consortium::new();
    let unit = block_on(world.exchange("north").put(&world.order(&ITEMS))).unwrap();
    world.settle();
    world.sites["east"].keys.kem.lock().unwrap().clear();
    let lost = records::ReportLostKey { period: 0 };
    let east = &world.sites["east"].operations;
    world.chain.call(east, crate::exchange::call::<Records>(&records::Call::ReportLostKey(lost)));
    block_on(world.exchange("east").begin_rotation()).unwrap();
    world.settle();
    world.chain.pass(200_000);
    world.chain.block();
    world.settle();
    let found = block_on(crate::facts::unit(&world.exchange("west").ports, &unit)).unwrap().unwrap();
    assert_eq!(found.edition, 2);
    assert!(found.holders.iter().any(|holder| holder.org == org("east") && holder.period == 1));
    world.grant();
    let request = world.request(&[unit]);
    assert_eq!(opened(&world, &request, unit), ITEMS);
    for site in world.sites.values() {
        assert!(site.exchange.catalog().kept(&unit, 1).unwrap().is_none(), "old copies are deleted");
    }
}

#[test]
fn a_patient_is_told_what_happened() {
    let world = Consortium::new();
    let unit = block_on(world.exchange("north").put(&world.order(&ITEMS))).unwrap();
    world.request(&[unit]);
    world.grant();
    world.request(&[unit]);
    world.settle();
    let notices = world.exchange("north").notices(&world.subject).unwrap();
    let what: Vec<bool> =
        notices.iter().map(|notice| matches!(notice.what, crate::catalog::Happened::Granted(..))).collect();
    assert_eq!(what, [false, true]);
}

#[test]
fn tags_follow_from_the_key_of_the_subject() {
    let world = Consortium::new();
    let unit = block_on(world.exchange("north").put(&world.order(&ITEMS))).unwrap();
    let tag = world.exchange("north").tag(&world.subject, &label("laboratory"), &label("normal")).unwrap();
    let found = block_on(crate::facts::unit(&world.exchange("west").ports, &unit)).unwrap().unwrap();
    assert_eq!(found.label, tag);
}

#[test]
fn a_record_of_another_patient_moves_and_its_copies_go() {
    let world = Consortium::new();
    let north = world.exchange("north");
    let unit = block_on(north.put(&world.order(&ITEMS))).unwrap();
    world.grant();
    let request = world.request(&[unit]);
    opened(&world, &request, unit);
    let other = block_on(north.enroll(None, Hash([8; 32]), &[])).unwrap();
    block_on(north.retag(&[unit], &other, records::Correction::WrongPatient)).unwrap();
    world.settle();
    assert!(world.exchange("west").copy(&request, &unit).unwrap().is_none());
    assert!(north.catalog().units_of_subject(&world.subject).unwrap().is_empty());
    let moved = north.catalog().units_of_subject(&other).unwrap();
    assert_eq!(moved[0].tag, north.tag(&other, &label("laboratory"), &label("normal")).unwrap());
    let again = block_on(world.exchange("west").open(&request)).unwrap();
    assert!(again[0].1.is_err(), "the grant was about the other patient");
}

#[test]
fn who_is_merged_is_found_as_the_other_and_again_alone() {
    use epione_modules::subjects::{self, Subjects};

    let world = Consortium::new();
    let north = &world.sites["north"];
    let query = Query::Identifier { system: Text::new("urn:north").unwrap(), value: Text::new("0815").unwrap() };
    let double = block_on(north.exchange.enroll(None, Hash([8; 32]), std::slice::from_ref(&query))).unwrap();
    let found = || north.exchange.catalog().find(&query).unwrap();
    let call = |of: subjects::Call| {
        world.chain.call(&north.operations, crate::exchange::call::<Subjects>(&of));
        world.settle();
    };
    call(subjects::Call::Merge(subjects::Merge { from: double, into: world.subject }));
    assert_eq!(found(), Some(world.subject));
    call(subjects::Call::Unmerge(subjects::Unmerge { subject: double }));
    assert_eq!(found(), Some(double));
}

#[test]
fn the_glass_is_broken_at_night_and_the_patient_is_told() {
    use epione_modules::emergency::{self, Delivery, Emergency};

    let world = Consortium::new();
    let unit = block_on(world.exchange("north").put(&world.order(&ITEMS))).unwrap();
    world.chain.pass(25 * 60 * 60 * 1000);
    let justification = world.exchange("west").prepare_justification(b"unconscious").unwrap();
    let broken = emergency::BreakGlass { custodian: org("north"), subject: Some(world.subject), justification };
    let outcome =
        world.chain.call(&world.doctor, crate::exchange::call::<Emergency>(&emergency::Call::BreakGlass(broken)));
    let id = epione_types::EmergencyId(outcome.call(0).short());
    let request = world.request_in(&[unit], Some(id));
    assert_eq!(opened(&world, &request, unit), ITEMS);
    world.settle();
    let north = world.exchange("north");
    let notices = north.notices(&world.subject).unwrap();
    let notice = notices.iter().find(|notice| notice.what == crate::catalog::Happened::Emergency(id)).unwrap();
    north.told(&world.subject, notice.position, Delivery::Told).unwrap();
    world.settle();
    let ports = &world.exchange("east").ports;
    let access = block_on(crate::ports::read(&*ports.ledger, move |view| emergency::access(&view, &id)));
    assert!(access.unwrap().unwrap().notice.is_some());
}

#[test]
fn evidence_is_shown_to_who_doubts_the_purpose() {
    use epione_modules::challenge::{self, Challenges};

    let world = Consortium::new();
    let unit = block_on(world.exchange("north").put(&world.order(&ITEMS))).unwrap();
    world.grant();
    let request = world.request(&[unit]);
    let doubt = crate::exchange::call::<Challenges>(&challenge::Call::ChallengePurpose(challenge::ChallengePurpose {
        request,
    }));
    let outcome = world.chain.call(&world.sites["north"].operations, doubt);
    let id = epione_types::ChallengeId(outcome.call(0).short());
    assert!(block_on(world.exchange("north").evidence(&id)).unwrap().is_none());
    block_on(world.exchange("west").answer_challenge(&id)).unwrap();
    let shown = block_on(world.exchange("north").evidence(&id)).unwrap().unwrap();
    assert_eq!(&shown.text[..], b"the patient is here");
}
