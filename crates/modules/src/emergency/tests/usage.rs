//! What an access opens, to whom and for how long.

use super::{DAY, HOUR, decide, found, open, set_parameters, world};
use crate::{
    emergency::{Countersignature, Delivery, Due, EmergencyAccess, Notice, Outcome, Review},
    tests::fixture::org,
};
use epione_types::{EmergencyId, Hash, IdentityId, OrgId, SignerId, SubjectId, UnixMs, encode};
use serde_json::json;

#[test]
fn an_access_opens_one_chart_to_one_practitioner_for_four_hours() {
    let mut world = world();
    world.check(
        r#"
        by    | call        | fields                                                           | result
        dave  | break-glass | {"custodian": "$v2", "subject": null, "justification": "$c"}     | ok night
        dave  | user.locate | {"id": "$night", "custodian": "$v2"}                             | ok
        dave  | user.locate | {"id": "$night", "custodian": "$v1"}                             | not-in-force
        erin  | user.locate | {"id": "$night", "custodian": "$v2"}                             | not-in-force
        dave  | user.open   | {"id": "$night", "subject": "$other"}                            | not-in-force
        erin  | user.open   | {"id": "$night", "subject": "$chart"}                            | not-in-force
        dave  | user.open   | {"id": "$unknown", "subject": "$chart"}                          | not-in-force
        dave  | user.open   | {"id": "$night", "subject": "$chart"}                            | ok
        dave  | user.open   | {"id": "$night", "subject": "$chart"}                            | ok
        dave  | user.open   | {"id": "$night", "subject": "$another"}                          | not-in-force
        "#,
    );
    assert_eq!(found(&world, "night").subject, Some(world.names["chart"].parse().unwrap()));
    world.check(
        r#"
        by    | call        | fields                                                           | result
        -     | +14399 s    |                                                                  |
        dave  | user.open   | {"id": "$night", "subject": "$chart"}                            | ok
        dave  | renew       | {"emergency": "$night", "justification": "$c"}                   | ok
        -     | +14399 s    |                                                                  |
        dave  | user.open   | {"id": "$night", "subject": "$chart"}                            | ok
        -     | +1 s        |                                                                  |
        dave  | user.open   | {"id": "$night", "subject": "$chart"}                            | not-in-force
        dave  | user.locate | {"id": "$night", "custodian": "$v2"}                             | not-in-force
        "#,
    );
    assert_eq!((found(&world, "night").renewals, found(&world, "night").review), (1, None));
}

#[test]
fn merged_charts_are_one() {
    let mut world = world();
    open(&mut world, "dave", "night");
    world.check(
        r#"
        by    | call             | fields                                                           | result
        dave  | user.open        | {"id": "$night", "subject": "$another"}                          | not-in-force
        v2    | subjects.merge   | {"from": "$chart", "into": "$another"}                           | ok
        dave  | user.open        | {"id": "$night", "subject": "$another"}                          | ok
        dave  | user.open        | {"id": "$night", "subject": "$chart"}                            | ok
        v2    | subjects.unmerge | {"subject": "$chart"}                                            | ok
        dave  | user.open        | {"id": "$night", "subject": "$another"}                          | not-in-force
        dave  | user.open        | {"id": "$night", "subject": "$chart"}                            | ok
        "#,
    );
}

#[test]
fn what_ends_an_access_closes_the_chart_at_once() {
    let mut world = world();
    for name in ["ended", "abused", "mistaken", "lost"] {
        open(&mut world, "dave", name);
    }
    world.check(
        r#"
        by    | call         | fields                                                               | result
        v2    | set-reviewer | {"identity": "$oscar", "named": true}                                | ok
        dave  | end          | {"emergency": "$ended"}                                              | ok
        dave  | user.open    | {"id": "$ended", "subject": "$chart"}                                | not-in-force
        oscar | review       | {"emergency": "$mistaken", "outcome": "mistaken", "report": "$c"}    | ok
        dave  | user.open    | {"id": "$mistaken", "subject": "$chart"}                             | not-in-force
        v2    | revoke-right | {"emergency": "$mistaken", "reach": "own-charts"}                    | not-unjustified
        oscar | review       | {"emergency": "$abused", "outcome": "unjustified", "report": "$c"}   | ok
        dave  | user.open    | {"id": "$abused", "subject": "$chart"}                               | not-in-force
        dave  | user.open    | {"id": "$lost", "subject": "$chart"}                                 | ok
        v1    | revoke-right | {"emergency": "$abused", "reach": "everywhere"}                      | ok
        dave  | user.open    | {"id": "$lost", "subject": "$chart"}                                 | not-in-force
        dave  | break-glass  | {"custodian": "$v3", "subject": null, "justification": "$c"}         | right-revoked
        erin  | break-glass  | {"custodian": "$v2", "subject": "$chart", "justification": "$c"}     | ok
        v1    | reinstate    | {"practitioner": "$dave", "reach": "everywhere"}                     | ok
        dave  | user.open    | {"id": "$lost", "subject": "$chart"}                                 | ok
        v1    | identity.deactivate | {"identity": "$dave"}                                         | ok
        "#,
    );
    let (id, dave) = (world.names["lost"].parse().unwrap(), world.names["dave"].parse().unwrap());
    let chart = world.names["chart"].parse().unwrap();
    assert!(!crate::emergency::in_force(&world.state, &id, &dave, &chart, world.now).unwrap());
}

/// Nothing that is overdue, and no suspension of an organization, takes anything from who treats.
#[test]
fn the_overdue_and_the_suspended_still_treat() {
    let mut world = world();
    set_parameters(&mut world, &[("emergency-access-ms", DAY), ("emergency-review-ms", DAY)]);
    open(&mut world, "dave", "first");
    world.check("- | +2 d | |");
    decide(&mut world, &json!({ "suspend": { "org": org("v1"), "reason": "misuse" } }));
    open(&mut world, "dave", "second");
    world.check(
        r#"
        by    | call        | fields                                 | result
        dave  | user.open   | {"id": "$second", "subject": "$chart"} | ok
        erin  | countersign | {"emergency": "$first"}                | ok
        "#,
    );
    let word = found(&world, "first").countersigned.unwrap();
    assert!(word.at > found(&world, "first").countersign_by, "{word:?}");
}

#[test]
fn quotas_begin_anew_each_day() {
    let mut world = world();
    set_parameters(&mut world, &[("emergencies-per-person-day", 2)]);
    // Ten minutes before midnight.
    world.now = UnixMs((world.now.0 / DAY + 1) * DAY - 600_000);
    open(&mut world, "dave", "first");
    world.check(
        r#"
        by    | call        | fields                                                              | result
        dave  | renew       | {"emergency": "$first", "justification": "$c"}                      | ok
        dave  | renew       | {"emergency": "$first", "justification": "$c"}                      | person-quota
        dave  | break-glass | {"custodian": "$v2", "subject": null, "justification": "$c"}        | person-quota
        -     | +10 min     |                                                                     |
        dave  | break-glass | {"custodian": "$v2", "subject": null, "justification": "$c"}        | ok
        "#,
    );
    assert_eq!(
        found(&world, "first").expires_at,
        found(&world, "first").opened_at.after(epione_types::DurationMs(4 * HOUR))
    );
}

/// What the types permit fits into rows and scheduled work, so that no access stops a node.
#[test]
fn the_largest_access_fits_a_row() {
    let id = IdentityId([0xff; 16]);
    let time = UnixMs(u64::MAX);
    let access = EmergencyAccess {
        practitioner: id,
        org: OrgId([0xff; 16]),
        custodian: OrgId([0xff; 16]),
        subject: Some(SubjectId([0xff; 16])),
        justification: Hash([0xff; 32]),
        opened_at: time,
        expires_at: time,
        renewals: u16::MAX,
        countersign_by: time,
        countersigned: Some(Countersignature { by: id, at: time }),
        notice: Some(Notice { delivery: Delivery::Delayed { until: time, ground: Hash([0xff; 32]) }, at: time }),
        review_by: time,
        regulator_from: time,
        review: Some(Review {
            outcome: Outcome::Mistaken,
            by: SignerId::Identity(id),
            report: Hash([0xff; 32]),
            at: time,
        }),
    };
    assert!(encode(&access).len() < 400);
    assert_eq!(encode(&Due::Escalation(EmergencyId([1; 16]))).len(), 17);
}
