//! What holds for every module of the list.

use crate::ALL;
use epione_kernel::{ItemDoc, KeySet, Surface};
use epione_types::{IdentityId, SignerId};
use serde_json::Value;
use std::collections::BTreeSet;

fn is_kebab(name: &str) -> bool {
    !name.is_empty()
        && name
            .split('-')
            .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

fn items(surface: &Surface) -> [Vec<&ItemDoc>; 3] {
    [
        surface.calls.iter().map(|call| &call.item).collect(),
        surface.events.iter().collect(),
        surface.queries.iter().map(|query| &query.item).collect(),
    ]
}

#[test]
fn numbers_and_names_are_unique_and_requirements_stand_earlier() {
    let ids: Vec<u16> = ALL.iter().map(|module| module.id().0).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let names: BTreeSet<&str> = ALL.iter().map(|module| module.name()).collect();
    assert_eq!(names.len(), ALL.len());
    for (place, module) in ALL.iter().enumerate() {
        let earlier = &ids[..place];
        assert!(module.surface().requires.iter().all(|required| earlier.contains(&required.0)), "{}", module.name());
    }
}

#[test]
fn every_call_event_and_query_is_numbered_named_and_explained() {
    for module in ALL {
        let surface = module.surface();
        assert!(is_kebab(surface.name) && surface.doc.ends_with('.'));
        for list in items(surface) {
            let numbers: Vec<u16> = list.iter().map(|item| item.item.number).collect();
            assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]) && numbers.first() != Some(&0));
            let names: BTreeSet<&str> = list.iter().map(|item| item.item.name).collect();
            assert!(names.len() == list.len() && names.into_iter().all(is_kebab));
            for item in list {
                assert!(item.doc.ends_with('.'), "{} {} has no sentence: `{}`", surface.name, item.item.name, item.doc);
                explained(surface.name, item.item.name, &item.item.schema.clone().into());
            }
        }
        for (number, reject) in (1_u16..).zip(&surface.rejects) {
            assert_eq!(reject.number, number, "{}: numbers of rejects have no gap", surface.name);
            assert_eq!(reject.code, u32::from(surface.id.0) << 16 | u32::from(number));
            assert!(is_kebab(reject.name) && !reject.text.is_empty() && !reject.text.ends_with('.'));
        }
        for (number, law) in (1..).zip(&surface.laws) {
            assert_eq!(law.id, format!("{}-{number}", surface.name.to_uppercase()));
        }
        assert!(surface.laws.len() >= 3);
    }
}

/// Every field of a schema says what it is.
fn explained(module: &str, name: &str, schema: &Value) {
    let fields = schema.get("properties").and_then(Value::as_object);
    for (field, inside) in fields.into_iter().flatten() {
        assert!(inside.get("description").is_some(), "{module} {name}: field `{field}` is not explained");
    }
}

#[test]
fn examples_survive_bytes_and_json() {
    for module in ALL {
        let surface = module.surface();
        for call in &surface.calls {
            let (number, example) = (call.item.item.number, call.item.item.example.clone());
            let body = module.call_from_json(number, example.clone()).unwrap();
            assert_eq!(module.call_to_json(number, &body).unwrap(), example);
            assert!(module.check(number, &body).is_ok());
            module.reads(&SignerId::Identity(IdentityId([1; 16])), number, &body, &mut KeySet::default());
            let mut unknown = example.as_object().unwrap().clone();
            unknown.insert("unknown".to_owned(), Value::Null);
            assert!(module.call_from_json(number, unknown.into()).is_err(), "{} takes anything", call.item.item.name);
        }
        for event in &surface.events {
            assert!(event.item.example.is_object());
        }
    }
}

/// The calls that a suspended organization may still make, by module.
const OPEN: &[(&str, &[&str])] = &[
    ("network", &["withdraw-proposal", "rotate-key", "set-addresses", "leave"]),
    (
        "identity",
        &[
            "add-key",
            "remove-key",
            "rotate-key",
            "set-recovery",
            "start-recovery",
            "approve-recovery",
            "cancel-recovery",
            "finish-recovery",
            "deactivate",
            "transfer",
        ],
    ),
    ("notary", &["reveal", "withdraw"]),
    (
        "subjects",
        &[
            "offer",
            "withdraw-offer",
            "take-over",
            "appoint",
            "dismiss",
            "set-scope",
            "set-quorum",
            "hand-over",
            "plan-hand-over",
            "declare-deceased",
            "declare-living",
            "unmerge",
            "close",
        ],
    ),
    ("consent", &["grant", "confirm", "amend", "revoke", "restrict", "lift"]),
    (
        "records",
        &[
            "correct-error",
            "retag",
            "set-hold",
            "set-retention",
            "request-erasure",
            "decide-erasure",
            "cancel-erasure",
            "tombstone",
            "acknowledge-deletion",
            "redeal",
            "report-lost-key",
            "begin-rotation",
            "finish-rotation",
        ],
    ),
    ("emergency", &["break-glass", "renew", "end", "countersign", "notify", "set-reviewer", "review", "revoke-right"]),
    (
        "access",
        &[
            "end-agreement",
            "locate",
            "answer-locate",
            "end-relation",
            "request",
            "withdraw",
            "disclose",
            "release",
            "complain",
        ],
    ),
    ("challenge", &["challenge", "answer", "accept", "reject", "withdraw"]),
];

#[test]
fn what_the_suspended_may_do() {
    let open: Vec<(&str, Vec<&str>)> = ALL
        .iter()
        .map(|module| {
            let calls = module.surface().calls.iter().filter(|call| call.while_suspended);
            (module.name(), calls.map(|call| call.item.item.name).collect())
        })
        .collect();
    let expected: Vec<(&str, Vec<&str>)> = OPEN.iter().map(|(module, calls)| (*module, calls.to_vec())).collect();
    assert_eq!(open, expected);
}
