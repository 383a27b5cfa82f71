//! Lists: events become rows, and queries read them.

use crate::{
    ALL,
    records::{
        Correction, DeletionOf, Event, Holder, Retagging,
        events::{
            DeletionAcknowledged, EnteredInError, Erased, ErasureGranted, ErasureRequested, Redealt, Registered,
            Retagged,
        },
    },
    tests::fixture::{MemoryRows, org},
};
use epione_kernel::{Example as _, MemoryState, Numbered as _, RawEvent, Sources, View};
use epione_types::{Hash, List, ModuleId, SignerId, SubjectId, Tag, UnitId, UnixMs};
use serde_json::{Value, json};

fn module() -> &'static dyn epione_kernel::Module {
    *ALL.iter().find(|known| known.id() == ModuleId(6)).unwrap()
}

fn ask(rows: &MemoryRows, query: u16, fields: Value) -> Value {
    let state = MemoryState::default();
    let sources = Sources { state: View::new(&state), rows, now: UnixMs(0) };
    module().query(&sources, query, fields).unwrap()
}

fn feed(rows: &mut MemoryRows, events: &[Event]) {
    for event in events {
        let raw = RawEvent { module: ModuleId(6), number: event.number(), body: event.body() };
        rows.apply(module(), &raw, UnixMs(1_000));
    }
}

fn registered(number: u8, subject: u8) -> Event {
    Event::Registered(Registered {
        id: UnitId([number; 32]),
        subject: SubjectId([subject; 16]),
        custodian: org("v1"),
        holders: List::new(vec![Holder { org: org("v2"), period: 3 }, Holder { org: org("v3"), period: 4 }]).unwrap(),
        vaults: List::new(vec![org("v2"), org("v4")]).unwrap(),
        ..Registered::example()
    })
}

#[test]
fn units_of_a_subject() {
    let mut rows = MemoryRows::default();
    feed(&mut rows, &[registered(1, 1), registered(2, 2), registered(3, 1)]);
    let subject = SubjectId([1; 16]);
    let units = List::new(vec![UnitId([1; 32])]).unwrap();
    let by = SignerId::Organization(org("v1"));
    feed(
        &mut rows,
        &[
            Event::EnteredInError(EnteredInError { unit: UnitId([3; 32]), subject }),
            Event::ErasureRequested(ErasureRequested { units, subject, by, awaits_another: true, attested: None }),
        ],
    );
    let answer = ask(&rows, 2, json!({ "subject": subject, "custodian": null, "after": null, "limit": null }));
    let units = answer["units"].as_array().unwrap();
    assert_eq!(units.len(), 2);
    assert_eq!((&units[0]["erasure"], &units[1]["erasure"]), (&"awaits-another".into(), &"none".into()));
    assert_eq!((&units[0]["in_error"], &units[1]["in_error"]), (&false.into(), &true.into()));
    let (unit, effective_at) = (UnitId([1; 32]), UnixMs(9));
    let granted = ErasureGranted { unit, subject, effective_at, requested: true };
    feed(&mut rows, &[Event::ErasureGranted(granted), Event::Erased(Erased { unit, subject })]);
    let retagging = List::new(vec![Retagging { unit: UnitId([2; 32]), label: Tag([9; 16]) }]).unwrap();
    let (from, correction) = (SubjectId([2; 16]), Correction::WrongPatient);
    feed(&mut rows, &[Event::Retagged(Retagged { units: retagging, from, to: subject, correction })]);
    let answer = ask(&rows, 2, json!({ "subject": subject, "custodian": null, "after": null, "limit": 2 }));
    assert_eq!(answer["units"][0]["erasure"], "erased");
    assert_eq!(answer["units"][1]["label"], Tag([9; 16]).to_string());
    let next = ask(&rows, 2, json!({ "subject": subject, "custodian": null, "after": answer["next"], "limit": 2 }));
    assert_eq!((next["units"].as_array().unwrap().len(), &next["next"]), (1, &Value::Null));
}

#[test]
fn shares_and_copies_of_an_organization() {
    let mut rows = MemoryRows::default();
    feed(&mut rows, &[registered(1, 1)]);
    let parts = |rows: &MemoryRows, name: &str| {
        let answer = ask(rows, 5, json!({ "org": org(name), "after": null, "limit": null }));
        let parts = answer["parts"].as_array().unwrap().clone();
        parts
            .into_iter()
            .map(|part| (part["part"].as_str().unwrap().to_owned(), part["edition"].clone(), part["period"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        parts(&rows, "v2"),
        [("share".to_owned(), 1.into(), 3.into()), ("copy".to_owned(), 1.into(), Value::Null)]
    );
    let redealt = Redealt {
        unit: UnitId([1; 32]),
        edition: 2,
        manifest: Hash([1; 32]),
        holders: List::new(vec![Holder { org: org("v3"), period: 4 }, Holder { org: org("v5"), period: 1 }]).unwrap(),
        threshold: 2,
        vaults: List::new(vec![org("v4"), org("v5")]).unwrap(),
        left: List::new(vec![org("v2"), org("v3")]).unwrap(),
    };
    feed(&mut rows, &[Event::Redealt(redealt)]);
    // The share went; the copy is to be deleted.
    assert_eq!(parts(&rows, "v2"), [("copy".to_owned(), 1.into(), Value::Null)]);
    assert_eq!(parts(&rows, "v3"), [("share".to_owned(), 2.into(), 4.into())]);
    let (unit, of) = (UnitId([1; 32]), DeletionOf::Ciphertext);
    let deleted = DeletionAcknowledged { unit, edition: 1, org: org("v2"), of };
    feed(&mut rows, &[Event::DeletionAcknowledged(deleted)]);
    assert_eq!(parts(&rows, "v2"), []);
}
