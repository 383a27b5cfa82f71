//! Every reject, in order of precedence.

use super::{DAY, decide, open, set_parameters, world};
use crate::{
    emergency::Emergency,
    identity::IdentityKind,
    tests::fixture::{org, register},
};
use epione_kernel::testing::World;
use epione_types::OrgId;
use serde_json::json;

#[test]
fn every_reject_in_order_of_precedence() {
    let mut world = world();
    register(&mut world, "v1", "nina", IdentityKind::Practitioner);
    world.names.insert("nowhere".to_owned(), OrgId([9; 16]).to_string());
    world.check(
        r#"
        by    | call         | fields                                                                  | result
        v1    | renew        | {"emergency": "$unknown", "justification": "$c"}                        | unknown-emergency
        dave  | revoke-right | {"emergency": "$unknown", "reach": "own-charts"}                        | unknown-emergency
        dave  | set-reviewer | {"identity": "$unknown-person", "named": true}                          | not-organization
        v1    | break-glass  | {"custodian": "$nowhere", "subject": null, "justification": "$c"}       | not-practitioner
        oscar | break-glass  | {"custodian": "$nowhere", "subject": null, "justification": "$c"}       | not-practitioner
        robot | break-glass  | {"custodian": "$nowhere", "subject": null, "justification": "$c"}       | not-practitioner
        paul  | break-glass  | {"custodian": "$nowhere", "subject": null, "justification": "$c"}       | not-care-provider
        nina  | break-glass  | {"custodian": "$nowhere", "subject": null, "justification": "$c"}       | not-registered-long-enough
        dave  | break-glass  | {"custodian": "$nowhere", "subject": "$chart", "justification": "$c"}   | unknown-custodian
        dave  | break-glass  | {"custodian": "$v2", "subject": "$other", "justification": "$c"}        | unknown-subject
        "#
        .replace("$unknown-person", &epione_types::IdentityId([9; 16]).to_string())
        .as_str(),
    );
    examiners(&mut world);
    rights(&mut world);
    afterwards(&mut world);
    quotas(&mut world);
    decide(&mut world, &json!({ "expel": { "org": org("m3"), "reason": "misuse" } }));
    world.check(
        r#"quinn | break-glass | {"custodian": "$nowhere", "subject": null, "justification": "$c"} | not-member"#,
    );
    world.all_rejects_seen();
}

/// Who examines an access.
fn examiners(world: &mut World<Emergency>) {
    open(world, "dave", "night");
    world.check(
        r#"
        by    | call         | fields                                                                  | result
        erin  | renew        | {"emergency": "$night", "justification": "$c"}                          | not-holder
        v1    | end          | {"emergency": "$night"}                                                 | not-holder
        v1    | countersign  | {"emergency": "$night"}                                                 | not-practitioner
        oscar | countersign  | {"emergency": "$night"}                                                 | not-practitioner
        dave  | countersign  | {"emergency": "$night"}                                                 | not-second-practitioner
        frank | countersign  | {"emergency": "$night"}                                                 | not-second-practitioner
        v1    | notify       | {"emergency": "$night", "delivery": "told"}                             | not-custodian
        frank | notify       | {"emergency": "$night", "delivery": "told"}                             | not-custodian
        dave  | review       | {"emergency": "$night", "outcome": "justified", "report": "$c"}         | not-reviewer
        oscar | review       | {"emergency": "$night", "outcome": "justified", "report": "$c"}         | not-reviewer
        v2    | review       | {"emergency": "$night", "outcome": "justified", "report": "$c"}         | not-reviewer
        m2    | review       | {"emergency": "$night", "outcome": "justified", "report": "$c"}         | not-reviewer

        v2    | set-reviewer | {"identity": "$dave", "named": true}                                    | unknown-identity
        v2    | set-reviewer | {"identity": "$robot", "named": true}                                   | unknown-identity
        v2    | set-reviewer | {"identity": "$oscar", "named": true}                                   | ok
        v2    | set-reviewer | {"identity": "$frank", "named": true}                                   | ok
        v2    | set-reviewer | {"identity": "$oscar", "named": true}                                   | already-reviewer
        v2    | set-reviewer | {"identity": "$dave", "named": false}                                   | unknown-reviewer
        frank | break-glass  | {"custodian": "$v2", "subject": "$chart", "justification": "$c"}        | ok own
        frank | review       | {"emergency": "$own", "outcome": "justified", "report": "$c"}           | is-signer
        oscar | review       | {"emergency": "$own", "outcome": "justified", "report": "$c"}           | not-over
        "#,
    );
    for number in 3..=9 {
        register(world, "v2", &format!("officer{number}"), IdentityKind::Person);
        let result = if number == 9 { "too-many-reviewers" } else { "ok" };
        world.check(&format!(r#"v2 | set-reviewer | {{"identity": "$officer{number}", "named": true}} | {result}"#));
    }
}

/// Who loses the right, and what is over.
fn rights(world: &mut World<Emergency>) {
    world.check(
        r#"
        by    | call         | fields                                                                  | result
        dave  | revoke-right | {"emergency": "$night", "reach": "own-charts"}                          | not-organization
        m1    | revoke-right | {"emergency": "$night", "reach": "own-charts"}                          | not-answerable
        v1    | revoke-right | {"emergency": "$night", "reach": "own-charts"}                          | not-answerable
        v2    | revoke-right | {"emergency": "$night", "reach": "everywhere"}                          | not-answerable
        v2    | revoke-right | {"emergency": "$night", "reach": "own-charts"}                          | not-unjustified
        dave  | end          | {"emergency": "$night"}                                                 | ok
        dave  | end          | {"emergency": "$night"}                                                 | over
        dave  | renew        | {"emergency": "$night", "justification": "$c"}                          | over
        oscar | review       | {"emergency": "$night", "outcome": "unjustified", "report": "$c"}       | ok
        oscar | review       | {"emergency": "$night", "outcome": "justified", "report": "$c"}         | review-closed
        erin  | countersign  | {"emergency": "$night"}                                                 | review-closed
        dave  | break-glass  | {"custodian": "$v2", "subject": "$chart", "justification": "$c"}        | ok again
        v2    | revoke-right | {"emergency": "$night", "reach": "own-charts"}                          | ok
        v2    | revoke-right | {"emergency": "$night", "reach": "own-charts"}                          | already-revoked
        dave  | break-glass  | {"custodian": "$v2", "subject": "$chart", "justification": "$c"}        | right-revoked
        dave  | renew        | {"emergency": "$again", "justification": "$c"}                          | right-revoked
        v2    | reinstate    | {"practitioner": "$dave", "reach": "everywhere"}                        | not-answerable
        v1    | reinstate    | {"practitioner": "$dave", "reach": "everywhere"}                        | not-revoked
        v1    | reinstate    | {"practitioner": "$dave", "reach": "own-charts"}                        | not-revoked
        "#,
    );
}

/// Words that are given once.
fn afterwards(world: &mut World<Emergency>) {
    open(world, "erin", "day");
    let (now, far) = (world.now.0, world.now.0 + 366 * DAY);
    world.check(&format!(
        r#"
        by    | call         | fields                                                                  | result
        dave  | break-glass  | {{"custodian": "$v3", "subject": null, "justification": "$c"}}          | ok blind
        v3    | notify       | {{"emergency": "$blind", "delivery": "told"}}                           | not-bound
        erin  | countersign  | {{"emergency": "$blind"}}                                               | ok
        erin  | countersign  | {{"emergency": "$blind"}}                                               | already-countersigned
        v2    | notify       | {{"emergency": "$day", "delivery": {{"delayed": {{"until": {now}, "ground": "$c"}}}}}} | delay-out-of-range
        v2    | notify       | {{"emergency": "$day", "delivery": {{"delayed": {{"until": {far}, "ground": "$c"}}}}}} | delay-out-of-range
        robot | notify       | {{"emergency": "$day", "delivery": "told"}}                             | ok
        v2    | notify       | {{"emergency": "$day", "delivery": "told"}}                             | already-notified
        "#
    ));
}

fn quotas(world: &mut World<Emergency>) {
    let names = ["emergency-review-ms", "emergency-access-ms"];
    let quotas = ["emergencies-per-person-day", "emergencies-per-organization-day"];
    let values: Vec<(&str, u64)> =
        names.into_iter().map(|name| (name, DAY)).chain(quotas.into_iter().map(|name| (name, 1))).collect();
    set_parameters(world, &values);
    world.check(
        r#"
        by    | call         | fields                                                                  | result
        -     | +1 d         |                                                                         |
        erin  | break-glass  | {"custodian": "$v2", "subject": "$chart", "justification": "$c"}        | ok long
        -     | +1 s         |                                                                         |
        erin  | renew        | {"emergency": "$long", "justification": "$c"}                           | too-long
        erin  | break-glass  | {"custodian": "$v2", "subject": "$chart", "justification": "$c"}        | person-quota
        dave  | break-glass  | {"custodian": "$v3", "subject": null, "justification": "$c"}            | organization-quota
        frank | break-glass  | {"custodian": "$v3", "subject": null, "justification": "$c"}            | ok
        "#,
    );
}
