//! Tables per call, and the laws under random calls.

use crate::notary::{Notary, commitment};
use epione_kernel::testing::World;
use epione_types::{Hash, OrgId, SignerId};
use proptest::prelude::*;

/// The laboratory's commitment `$c` to document `$d` under key `$k`, and another pair.
fn world() -> World<Notary> {
    let mut world = World::default();
    let lab: OrgId = world.org("lab");
    world.org("clinic");
    let (key, document) = (Hash([1; 32]), Hash([2; 32]));
    let owner = SignerId::Organization(lab);
    for (name, value) in [
        ("key", key),
        ("document", document),
        ("commitment", commitment(&owner, &key, &document)),
        ("other", commitment(&owner, &document, &key)),
    ] {
        world.names.insert(name.to_owned(), value.to_string());
    }
    world
}

#[test]
fn every_reject_in_order_of_precedence() {
    let mut world = world();
    let unknown = epione_types::NoteId([9; 16]);
    world.names.insert("unknown".to_owned(), unknown.to_string());
    world.check(
        r#"
        by     | call      | fields                                                     | result
        lab    | commit    | {"commitment": "$commitment", "kind": "protocol"}          | ok open
        lab    | commit    | {"commitment": "$commitment", "kind": "dataset"}           | ok gone
        lab    | commit    | {"commitment": "$commitment", "kind": "report"}            | ok old
        lab    | withdraw  | {"id": "$gone"}                                            | ok
        lab    | supersede | {"id": "$old", "commitment": "$other"}                     | ok new

        clinic | reveal    | {"id": "$unknown", "key": "$document", "document": "$key"} | not-found
        clinic | reveal    | {"id": "$gone", "key": "$document", "document": "$key"}    | not-owner
        lab    | reveal    | {"id": "$gone", "key": "$document", "document": "$key"}    | withdrawn
        lab    | reveal    | {"id": "$old", "key": "$document", "document": "$key"}     | superseded
        lab    | reveal    | {"id": "$open", "key": "$document", "document": "$key"}    | commitment-mismatch
        lab    | reveal    | {"id": "$open", "key": "$key", "document": "$document"}    | ok
        lab    | reveal    | {"id": "$open", "key": "$document", "document": "$key"}    | already-revealed
        "#,
    );
    world.all_rejects_seen();
}

#[test]
fn supersede_and_withdraw() {
    let mut world = world();
    let unknown = epione_types::NoteId([9; 16]);
    world.names.insert("unknown".to_owned(), unknown.to_string());
    world.check(
        r#"
        by     | call      | fields                                                     | result
        lab    | commit    | {"commitment": "$commitment", "kind": "protocol"}          | ok first
        -      | +5 min    |                                                            |
        lab    | supersede | {"id": "$unknown", "commitment": "$other"}                 | not-found
        clinic | supersede | {"id": "$first", "commitment": "$other"}                   | not-owner
        lab    | supersede | {"id": "$first", "commitment": "$other"}                   | ok second
        lab    | supersede | {"id": "$first", "commitment": "$other"}                   | superseded
        clinic | withdraw  | {"id": "$second"}                                          | not-owner
        lab    | withdraw  | {"id": "$first"}                                           | superseded
        lab    | withdraw  | {"id": "$second"}                                          | ok
        lab    | withdraw  | {"id": "$second"}                                          | withdrawn
        lab    | supersede | {"id": "$second", "commitment": "$other"}                  | withdrawn
        "#,
    );
}

#[test]
fn a_copied_commitment_cannot_be_revealed_by_the_copier() {
    let mut world = world();
    world.check(
        r#"
        by     | call   | fields                                                     | result
        lab    | commit | {"commitment": "$commitment", "kind": "invention"}         | ok mine
        clinic | commit | {"commitment": "$commitment", "kind": "invention"}         | ok copy
        lab    | reveal | {"id": "$mine", "key": "$key", "document": "$document"}    | ok
        clinic | reveal | {"id": "$copy", "key": "$key", "document": "$document"}    | commitment-mismatch
        "#,
    );
}

#[test]
fn unknown_fields_are_refused() {
    use epione_kernel::Numbered as _;
    let error = super::Call::from_json(4, serde_json::json!({"id": "x", "more": 1})).unwrap_err().to_string();
    assert!(error.contains("not an identifier") || error.contains("unknown field"), "{error}");
    let error = super::Call::from_json(9, serde_json::json!({})).unwrap_err();
    assert_eq!(error, epione_kernel::BodyError::UnknownNumber(9));
}

/// `vectors/notary-commitment.json`. With `EPIONE_VECTORS=write` in the environment the file is written.
#[test]
fn the_commitment_is_that_of_the_golden_vectors() {
    let organization = SignerId::Organization(OrgId([2; 16]));
    let identity = SignerId::Identity(epione_types::IdentityId([9; 16]));
    let vector = |name: &str, owner: SignerId, key: u8, document: &[u8]| {
        let (key, document) = (Hash([key; 32]), Hash::sha256(&[document]));
        let bytes = [epione_types::domain::NOTARY, &epione_types::encode(&owner), &document.0].concat();
        serde_json::json!({
            "name": name,
            "value": { "owner": owner, "key": key, "document": document },
            "hex": bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
            "hash": commitment(&owner, &key, &document),
        })
    };
    let expected = serde_json::json!({
        "about": "Commitments of the notary: HMAC-SHA-256 under the key over the bytes in hex.",
        "vectors": [
            vector("of an organization", organization, 0x0b, b"a protocol"),
            vector("of nothing, under zeros", organization, 0x00, b""),
            vector("of an identity", identity, 0x0b, b"a protocol"),
        ],
    });
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/notary-commitment.json");
    #[expect(clippy::disallowed_methods, reason = "a test may ask whether to write the file anew")]
    if std::env::var("EPIONE_VECTORS").is_ok_and(|value| value == "write") {
        std::fs::write(path, format!("{expected:#}\n")).unwrap();
    }
    let found: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap_or_default()).unwrap_or_default();
    assert_eq!(found, expected, "is the format meant to change?");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn laws_hold_under_random_calls(seed in any::<u64>()) {
        let mut world = world();
        let accepted = world.random_walk(seed, 120);
        prop_assert!(accepted > 30, "only {accepted} calls were accepted: the generator is not plausible");
    }
}
