//! Every reject, in order of precedence.

use super::{decide, enter, genesis, key, member, name_admission, name_proof, org, set, world};
use crate::network::{Change, KemKey, Network, Purpose, Role, XWingKey, rotation_message};
use epione_kernel::testing::{World, signing_key};
use epione_types::{Hash, List, OrgId, ProposalId, PublicKey, testing::SoftPasskey};

/// More than two thirds of thirteen.
const MEMBERS: [&str; 9] = ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9"];

/// A hundred organizations, and names for what is wrong in different ways.
fn full() -> World<Network> {
    let mut world = world(4, 9, 87);
    world.names.insert("unknown-prop".to_owned(), ProposalId([9; 16]).to_string());
    world.names.insert("unknown-org".to_owned(), OrgId([9; 16]).to_string());
    let admission = |member| Change::Admit { member: Box::new(member), consents: List::default() };

    let mut weak = member("weak", Role::Member);
    weak.keys.operations = PublicKey::Ed25519([0; 32]);
    set(&mut world, "admit-weak", &admission(weak));
    let mut not_a_point = member("strange", Role::Member);
    not_a_point.keys.receipt = Some(PublicKey::Ed25519([2; 32]));
    set(&mut world, "admit-strange", &admission(not_a_point));
    // Whoever proposes it could make it right in all but its kind.
    let passkey = SoftPasskey::new(&[7; 32], "wallet.example.org").unwrap();
    let mut by_passkey = member("strange", Role::Member);
    by_passkey.keys.operations = passkey.public();
    set(&mut world, "admit-passkey", &admission(by_passkey));
    set(&mut world, "passkey", &passkey.sign(&rotation_message(&org("v1"), Purpose::Operations, 0)));
    let mut twice = member("twice", Role::Validator);
    twice.keys.vote = Some(key("twice", "operations"));
    set(&mut world, "admit-twice", &admission(twice));
    let mut silent = member("silent", Role::Validator);
    silent.keys.vote = None;
    set(&mut world, "admit-silent", &admission(silent));
    set(&mut world, "admit-unsigned", &admission(member("unsigned", Role::Member)));

    name_admission(&mut world, "new", Role::Member);
    name_admission(&mut world, "more", Role::Member);
    name_admission(&mut world, "v2", Role::Validator);
    name_proof(&mut world, "v1", Purpose::Receipt, 0, "a");
    name_proof(&mut world, "v1", Purpose::Receipt, 1, "v2 operations");
    world.names.insert("a".to_owned(), signing_key("a").public().to_string());
    let kem = |period, byte| KemKey { period, key: XWingKey::new(vec![byte; 1216]).unwrap() };
    set(&mut world, "kem-first", &kem(7, 1));
    set(&mut world, "kem-late", &kem(9, 2));
    set(&mut world, "tls", &Hash([3; 32]));
    world
}

#[test]
fn every_reject_in_order_of_precedence() {
    let mut world = full();
    world.check(
        r#"
        by      | call              | fields                                                                   | result
        o1      | propose           | {"change": $admit-weak}                                                  | key-invalid
        o1      | propose           | {"change": $admit-strange}                                               | key-invalid
        o1      | propose           | {"change": $admit-passkey}                                               | key-invalid
        v1-root | rotate-key        | {"org": "$v1", "rotation": 0, "key": {"operations": $passkey}}           | key-invalid
        v1-root | rotate-key        | {"org": "$v1", "rotation": 0, "key": {"root": $passkey}}                 | key-invalid
        o1      | propose           | {"change": $admit-twice}                                                 | keys-not-distinct
        o1      | propose           | {"change": $admit-silent}                                                | vote-key-missing
        o1      | propose           | {"change": $admit-unsigned}                                              | signature-invalid
        o1      | rotate-key        | {"org": "$o1", "rotation": 0, "key": {"receipt": $proof-a}}              | signature-invalid
        person  | leave             | {}                                                                       | not-organization
        v2      | rotate-key        | {"org": "$v1", "rotation": 0, "key": {"receipt": $proof-a}}              | not-organization
        v1      | leave             | {}                                                                       | not-root
        o1      | vote              | {"proposal": "$unknown-prop", "approve": true}                           | unknown-proposal
        v1      | propose           | {"change": {"change-role": {"org": "$m1", "role": "observer"}}}          | ok p
        o1      | withdraw-proposal | {"proposal": "$p"}                                                       | not-author
        v1      | withdraw-proposal | {"proposal": "$p"}                                                       | ok
        o1      | vote              | {"proposal": "$p", "approve": true}                                      | closed
        v1      | propose           | {"change": {"change-role": {"org": "$m1", "role": "observer"}}}          | ok q
        -       | +8 d              |                                                                          |
        o1      | vote              | {"proposal": "$q", "approve": true}                                      | expired
        v1      | withdraw-proposal | {"proposal": "$q"}                                                       | expired
        o1      | propose           | {"change": {"suspend": {"org": "$unknown-org", "reason": "misuse"}}}     | not-eligible
        "#,
    );
    for _ in 0..8 {
        world.check(r#"m1 | propose | {"change": {"suspend": {"org": "$v4", "reason": "misuse"}}} | ok s"#);
    }
    world.check(
        r#"
        m1      | propose           | {"change": {"suspend": {"org": "$unknown-org", "reason": "misuse"}}}     | too-many-open
        v1      | propose           | {"change": {"suspend": {"org": "$unknown-org", "reason": "misuse"}}}     | unknown-organization
        o2-root | leave             | {}                                                                       | ok
        v1      | propose           | {"change": {"suspend": {"org": "$o2", "reason": "misuse"}}}              | already-left
        v4      | vote              | {"proposal": "$s", "approve": true}                                      | not-eligible
        "#,
    );
    decide(&mut world, "s", &MEMBERS);
    world.check(
        r#"
        v1      | propose           | {"change": {"suspend": {"org": "$v4", "reason": "misuse"}}}              | already-suspended
        v1      | propose           | {"change": {"reinstate": {"org": "$m1"}}}                                | not-suspended
        v1      | propose           | {"change": {"change-role": {"org": "$m1", "role": "member"}}}            | role-unchanged
        v1      | propose           | {"change": {"change-role": {"org": "$m1", "role": "validator"}}}         | no-vote-key
        v1      | rotate-key        | {"org": "$v1", "rotation": 1, "key": {"receipt": $proof-v2 operations}}  | rotation-stale
        v1      | rotate-key        | {"org": "$v1", "rotation": 0, "key": {"kem": $kem-first}}                | ok
        v1      | rotate-key        | {"org": "$v1", "rotation": 1, "key": {"kem": $kem-late}}                 | period-stale
        v1      | rotate-key        | {"org": "$v1", "rotation": 1, "key": {"receipt": $proof-v2 operations}}  | key-taken
        v1      | propose           | {"change": $admit-v2}                                                    | key-taken
        v1      | propose           | {"change": $admit-new}                                                   | ok n
        "#,
    );
    decide(&mut world, "n", &MEMBERS);
    enter(&mut world, "new");
    world.check(
        r#"
        v1      | propose           | {"change": $admit-more}                                                  | roster-full
        v1      | propose           | {"change": {"expel": {"org": "$v4", "reason": "misuse"}}}                | too-few-validators
        v1      | propose           | {"change": {"set-parameter": {"parameter": "heartbeat-ms", "value": 1, "height": 1}}}     | out-of-range
        v1      | propose           | {"change": {"set-parameter": {"parameter": "heartbeat-ms", "value": 30000, "height": 1}}} | height-passed
        v1      | propose           | {"change": {"halt-at": {"height": 1, "release": "2.0.0", "state_format": 2}}}               | height-passed
        "#,
    );
    replace_a_vote_key_twice(&mut world);
    leave_one_after_another(&mut world);
    world.check(r#"new | propose | {"change": {"halt-at": {"height": 900, "release": "2.0.0", "state_format": 1}}} | format-passed"#);
    world.all_rejects_seen();
}

fn replace_a_vote_key_twice(world: &mut World<Network>) {
    for (rotation, name, result) in [(1, "vote 2", "ok"), (2, "vote 3", "vote-key-recent")] {
        name_proof(world, "v1", Purpose::Vote, rotation, name);
        world.check(&format!(
            r#"v1-root | rotate-key | {{"org": "$v1", "rotation": {rotation}, "key": {{"vote": $proof-{name}}}}} | {result}"#
        ));
        world.end_epoch();
    }
}

/// All validators are suspended, then the members leave until one is left.
fn leave_one_after_another(world: &mut World<Network>) {
    for validator in ["v1", "v2", "v3"] {
        let change = format!(r#"{{"suspend": {{"org": "${validator}", "reason": "misuse"}}}}"#);
        world.check(&format!(r#"m2 | propose | {{"change": {change}}} | ok s"#));
        decide(world, "s", &MEMBERS);
        decide(world, "s", &["new"]);
    }
    for member in MEMBERS {
        world.check(&format!("{member}-root | leave | {{}} | ok"));
    }
    world.check("new-root | leave | {} | last-active");
}

/// What is wrong with a genesis is found in the same order.
#[test]
fn the_genesis_meets_the_same_rejects() {
    let mut world = World::<Network>::default();
    let mut founders = super::founders(4, 0, 0);
    founders[3].keys.root = key("v1", "root");
    assert_eq!(world.try_genesis(&genesis(founders)), Err("key-taken"));
    let mut founders = super::founders(4, 0, 0);
    founders[2].keys.vote = Some(SoftPasskey::new(&[7; 32], "wallet.example.org").unwrap().public());
    assert_eq!(world.try_genesis(&genesis(founders)), Err("key-invalid"));
    assert_eq!(world.try_genesis(&genesis(super::founders(3, 5, 0))), Err("too-few-validators"));
    assert_eq!(world.try_genesis(&genesis(Vec::new())), Err("too-few-validators"));
    let mut slow = genesis(super::founders(4, 0, 0));
    slow.parameters.heartbeat_ms = slow.parameters.block_time_ahead_ms;
    assert_eq!(world.try_genesis(&slow), Err("out-of-range"));
    assert!(world.state.is_empty());
    assert_eq!(org("v1"), member("v1", Role::Validator).id());
}
