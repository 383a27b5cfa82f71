//! Keys of an organization: rotation, possession, and that none comes back.

use super::{decide, key, name_proof, org, set, world};
use crate::network::{KemKey, Purpose, XWingKey, kem_key, next_committee, organization};
use epione_kernel::testing::signing_key;
use epione_types::Hash;

#[test]
fn root_replaces_all_keys_and_operations_the_daily_ones() {
    let mut world = world(4, 1, 0);
    for (rotation, purpose, key) in [
        (0, Purpose::Root, "root 2"),
        (0, Purpose::Vote, "vote 2"),
        (0, Purpose::Receipt, "receipt 1"),
        (1, Purpose::Operations, "operations 2"),
    ] {
        name_proof(&mut world, "m1", purpose, rotation, key);
    }
    world.check(
        r#"
        by       | call       | fields                                                                    | result
        m1       | rotate-key | {"org": "$m1", "rotation": 0, "key": {"root": $proof-root 2}}             | not-root
        m1       | rotate-key | {"org": "$m1", "rotation": 0, "key": {"vote": $proof-vote 2}}             | not-root
        m1       | rotate-key | {"org": "$m1", "rotation": 0, "key": {"receipt": $proof-receipt 1}}       | ok
        m1       | rotate-key | {"org": "$m1", "rotation": 1, "key": {"operations": $proof-operations 2}} | ok
        m1       | set-addresses | {"addresses": {"consensus": null, "api": null}}                        | wrong-key
        "#,
    );
    name_proof(&mut world, "m1", Purpose::Root, 2, "root 2");
    name_proof(&mut world, "m1", Purpose::Vote, 3, "vote 2");
    world.check(
        r#"
        by       | call       | fields                                                                    | result
        m1-root  | rotate-key | {"org": "$m1", "rotation": 2, "key": {"root": $proof-root 2}}             | ok
        m1-root  | rotate-key | {"org": "$m1", "rotation": 3, "key": {"vote": $proof-vote 2}}             | wrong-key
        "#,
    );
    let found = organization(&world.state, &org("m1")).unwrap().unwrap();
    assert_eq!(found.keys.root, signing_key("root 2").public());
    assert_eq!(found.keys.operations, signing_key("operations 2").public());
    assert_eq!(found.rotation, 3);
}

#[test]
fn a_retired_key_never_comes_back() {
    let mut world = world(4, 1, 0);
    name_proof(&mut world, "m1", Purpose::Receipt, 0, "a");
    world.check(r#"m1 | rotate-key | {"org": "$m1", "rotation": 0, "key": {"receipt": $proof-a}} | ok"#);
    name_proof(&mut world, "m1", Purpose::Receipt, 1, "b");
    world.check(r#"m1 | rotate-key | {"org": "$m1", "rotation": 1, "key": {"receipt": $proof-b}} | ok"#);
    for (purpose, json) in [(Purpose::Receipt, "receipt"), (Purpose::Operations, "operations")] {
        name_proof(&mut world, "m1", purpose, 2, "a");
        world.check(&format!(
            r#"m1 | rotate-key | {{"org": "$m1", "rotation": 2, "key": {{"{json}": $proof-a}}}} | key-taken"#
        ));
    }
    // Nor does another get it, even with a signature by it.
    name_proof(&mut world, "v1", Purpose::Receipt, 0, "a");
    world.check(r#"v1 | rotate-key | {"org": "$v1", "rotation": 0, "key": {"receipt": $proof-a}} | key-taken"#);
}

#[test]
fn a_proof_is_good_for_one_organization_purpose_and_rotation() {
    let mut world = world(4, 2, 0);
    name_proof(&mut world, "m1", Purpose::Receipt, 0, "a");
    world.check(
        r#"
        by  | call       | fields                                                            | result
        m2  | rotate-key | {"org": "$m2", "rotation": 0, "key": {"receipt": $proof-a}}       | signature-invalid
        m2  | rotate-key | {"org": "$m1", "rotation": 0, "key": {"receipt": $proof-a}}       | not-organization
        m1  | rotate-key | {"org": "$m1", "rotation": 0, "key": {"operations": $proof-a}}    | signature-invalid
        m1  | rotate-key | {"org": "$m1", "rotation": 1, "key": {"receipt": $proof-a}}       | signature-invalid
        "#,
    );
    set(&mut world, "tls", &Hash([1; 32]));
    world.check(
        r#"
        by  | call       | fields                                                            | result
        m1  | rotate-key | {"org": "$m1", "rotation": 0, "key": {"tls": $tls}}               | ok
        m1  | rotate-key | {"org": "$m1", "rotation": 0, "key": {"receipt": $proof-a}}       | rotation-stale
        m2  | rotate-key | {"org": "$m2", "rotation": 0, "key": {"tls": $tls}}               | key-taken
        "#,
    );
}

#[test]
fn kem_keys_have_periods() {
    let mut world = world(4, 1, 0);
    for (name, period, byte) in [("k0", 5, 0), ("k1", 6, 1), ("again", 7, 0), ("skip", 8, 2)] {
        let kem = KemKey { period, key: XWingKey::new(vec![byte; 1216]).unwrap() };
        set(&mut world, name, &kem);
    }
    world.check(
        r#"
        by      | call       | fields                                                  | result
        m1      | rotate-key | {"org": "$m1", "rotation": 0, "key": {"kem": $k0}}      | ok
        m1      | rotate-key | {"org": "$m1", "rotation": 1, "key": {"kem": $skip}}    | period-stale
        m1      | rotate-key | {"org": "$m1", "rotation": 1, "key": {"kem": $k1}}      | ok
        m1      | rotate-key | {"org": "$m1", "rotation": 2, "key": {"kem": $again}}   | key-taken
        "#,
    );
    assert_eq!(kem_key(&world.state, &org("m1")).unwrap().unwrap().period, 6);
    world.check(r#"m1-root | leave | {} | ok"#);
    assert_eq!(kem_key(&world.state, &org("m1")), Ok(None));
    assert!(XWingKey::new(vec![0; 1215]).is_none());
    assert!(serde_json::from_value::<XWingKey>("AB".repeat(1216).into()).is_err());
}

#[test]
fn a_vote_key_awaits_the_border_of_epochs() {
    let mut world = world(5, 0, 0);
    name_proof(&mut world, "v1", Purpose::Vote, 0, "new vote");
    world.check(r#"v1-root | rotate-key | {"org": "$v1", "rotation": 0, "key": {"vote": $proof-new vote}} | ok"#);
    let keys = organization(&world.state, &org("v1")).unwrap().unwrap().keys;
    assert_eq!((keys.vote, keys.pending_vote), (Some(key("v1", "vote")), Some(signing_key("new vote").public())));
    let next = next_committee(&world.state).unwrap().keys;
    assert!(next.contains(&signing_key("new vote").public()) && !next.contains(&key("v1", "vote")));
    assert!(next.is_sorted());
}

#[test]
fn a_vote_key_that_replaced_another_stays_for_a_day() {
    let mut world = world(5, 1, 0);
    for (rotation, key) in [(0, "a"), (1, "b"), (2, "c"), (2, "d"), (3, "e")] {
        name_proof(&mut world, "v1", Purpose::Vote, rotation, &format!("{key}{rotation}"));
    }
    // The first one at once, and what awaits the border as often as one likes.
    world.check(
        r#"
        by       | call       | fields                                                      | result
        v1-root  | rotate-key | {"org": "$v1", "rotation": 0, "key": {"vote": $proof-a0}}   | ok
        v1-root  | rotate-key | {"org": "$v1", "rotation": 1, "key": {"vote": $proof-b1}}   | ok
        "#,
    );
    world.end_epoch();
    let since = organization(&world.state, &org("v1")).unwrap().unwrap().vote_key_since;
    assert!(since.is_some());
    world.check(
        r#"
        by       | call       | fields                                                      | result
        v1-root  | rotate-key | {"org": "$v1", "rotation": 2, "key": {"vote": $proof-c2}}   | vote-key-recent
        -        | +23 h      |                                                             |
        v1-root  | rotate-key | {"org": "$v1", "rotation": 2, "key": {"vote": $proof-c2}}   | vote-key-recent
        -        | +1 h       |                                                             |
        v1-root  | rotate-key | {"org": "$v1", "rotation": 2, "key": {"vote": $proof-d2}}   | ok
        v1-root  | rotate-key | {"org": "$v1", "rotation": 3, "key": {"vote": $proof-e3}}   | ok
        "#,
    );
    // Who has no seat has its key at once, and nobody's receipts become longer.
    for (rotation, key) in [(0, "x"), (1, "y")] {
        name_proof(&mut world, "m1", Purpose::Vote, rotation, key);
        world.check(&format!(
            r#"m1-root | rotate-key | {{"org": "$m1", "rotation": {rotation}, "key": {{"vote": $proof-{key}}}}} | ok"#
        ));
    }
}

#[test]
fn a_suspended_member_keeps_what_protects_it() {
    let mut world = world(5, 1, 0);
    name_proof(&mut world, "m1", Purpose::Operations, 0, "fresh");
    world.check(
        r#"
        by      | call              | fields                                                              | result
        m1      | propose           | {"change": {"halt-at": {"height": 900, "release": "2.0.0", "state_format": 2}}}        | ok own
        v1      | propose           | {"change": {"suspend": {"org": "$m1", "reason": "compromised"}}}    | ok p
        "#,
    );
    decide(&mut world, "p", &["v1", "v2", "v3", "v4", "v5"]);
    world.check(
        r#"
        by      | call              | fields                                                              | result
        m1      | propose           | {"change": {"reinstate": {"org": "$m1"}}}                           | suspended
        m1      | vote              | {"proposal": "$own", "approve": true}                               | suspended
        m1      | withdraw-proposal | {"proposal": "$own"}                                                | ok
        m1      | set-addresses     | {"addresses": {"consensus": "m1.example:1", "api": null}}           | ok
        m1-root | rotate-key        | {"org": "$m1", "rotation": 0, "key": {"operations": $proof-fresh}}  | ok
        m1-root | leave             | {}                                                                  | ok
        "#,
    );
}
