//! Searches and relations.

use super::{DAY, find, id, opt_out, relate, set_parameter, world};
use crate::{
    access::{is_related, locate},
    consent::Purpose,
    tests::fixture::org,
};
use epione_types::{DurationMs, Hash, LocateId, Quarter, UnixMs};
use serde_json::json;

#[test]
fn a_search_is_answered_once_whatever_the_answer() {
    let mut world = world();
    world.check(
        r#"
        by     | call          | fields                                                                                                                | result
        dana   | locate        | {"custodian": "$v1", "purpose": "HRESCH", "query": "$c", "relationship": null, "emergency": null}                     | ok one
        robot  | locate        | {"custodian": "$v1", "purpose": "TREAT", "query": "$c", "relationship": {"kind": "check-in", "evidence": "$c"}, "emergency": null} | ok two
        gus    | locate        | {"custodian": "$v1", "purpose": "HRESCH", "query": "$c", "relationship": null, "emergency": null}                     | not-requester
        kim    | answer-locate | {"locate": "$one", "answer": "$c"}                                                                                    | not-custodian
        v1     | answer-locate | {"locate": "$one", "answer": "$c"}                                                                                    | ok
        keeper | answer-locate | {"locate": "$two", "answer": "$c"}                                                                                    | ok
        keeper | answer-locate | {"locate": "$two", "answer": "$c"}                                                                                    | already-answered
        "#,
    );
    let found = locate(&world.state, &id::<LocateId>(&world, "one")).unwrap().unwrap();
    assert_eq!((found.org, found.person), (org("m3"), id(&world, "dana")));
    assert_eq!(found.answer.unwrap().answer, Hash([0xab; 32]));
    assert_eq!(found.expires_at, UnixMs(world.now.0 + DAY));
}

/// An organization enters a relation of itself only with the evidence to which it committed when it searched.
#[test]
fn who_searched_enters_its_relation() {
    let mut world = world();
    find(&mut world, "found");
    let until = Quarter::of(world.now);
    let relate = |org: &str, kind: &str, locate: &str| {
        json!({
            "subject": "$chart", "org": format!("${org}"), "relationship": { "kind": kind, "evidence": "$c" },
            "until": until, "locate": format!("${locate}"),
        })
    };
    world.check(&format!("m3 | relate | {} | locate-unfit", relate("m3", "claim", "found")));
    world.check(&format!("dana | relate | {} | not-custodian", relate("m3", "referral", "found")));
    world.check(&format!("v2 | relate | {} | not-custodian", relate("m3", "referral", "found")));
    world.check(&format!("v2 | relate | {} | locate-unfit", relate("v2", "referral", "found")));
    world.check(&format!("robot | relate | {} | ok", relate("m3", "referral", "found")));
    assert!(is_related(&world.state, &id(&world, "chart"), &org("m3"), Purpose::Treat, world.now).unwrap());
    world.pass(DurationMs(DAY));
    world.check(&format!("m3 | relate | {} | locate-unfit", relate("m3", "referral", "found")));
    // The other custodian's patient was not searched for there.
    find(&mut world, "again");
    let mut elsewhere = relate("m3", "referral", "again");
    elsewhere["subject"] = "$other".into();
    world.check(&format!("m3 | relate | {elsewhere} | locate-unfit"));
}

#[test]
fn relations_serve_their_purposes_until_their_last_quarter() {
    let mut world = world();
    opt_out(&mut world, "treatment");
    let chart = id(&world, "chart");
    let related = |world: &epione_kernel::testing::World<super::Access>, purpose, now| {
        is_related(&world.state, &chart, &org("m3"), purpose, now).unwrap()
    };
    relate(&mut world, "chart", "claim");
    assert!(related(&world, Purpose::Hpaymt, world.now) && related(&world, Purpose::Hoperat, world.now));
    assert!(!related(&world, Purpose::Treat, world.now) && !related(&world, Purpose::Coc, world.now));
    relate(&mut world, "chart", "check-in");
    assert!(related(&world, Purpose::Treat, world.now));
    let next =
        (1..200).map(|days| UnixMs(world.now.0 + days * DAY)).find(|at| Quarter::of(*at) > Quarter::of(world.now));
    assert!(!related(&world, Purpose::Treat, next.unwrap()));
    world.check(
        r#"
        by | call         | fields                                                   | result
        v1 | end-relation | {"subject": "$chart", "org": "$m3", "kind": "referral"}  | unknown-relation
        v2 | end-relation | {"subject": "$chart", "org": "$m3", "kind": "check-in"}  | not-custodian
        m3 | end-relation | {"subject": "$chart", "org": "$m3", "kind": "check-in"}  | ok
        "#,
    );
    assert!(!related(&world, Purpose::Treat, world.now) && related(&world, Purpose::Hpaymt, world.now));
}

/// Two years ahead at most, and not before now.
#[test]
fn the_term_of_a_relation() {
    let mut world = world();
    let now = Quarter::of(world.now);
    let with = |year: u16, quarter: u16| Quarter::new(year, quarter).unwrap();
    let last = with(now.year() + 2, now.quarter());
    let (year, quarter) = if now.quarter() == 1 { (now.year() - 1, 4) } else { (now.year(), now.quarter() - 1) };
    for (until, result) in [
        (with(year, quarter), "term-invalid"),
        (now, "ok"),
        (last, "ok"),
        (with(now.year() + 3, now.quarter()), "term-invalid"),
        (
            if now.quarter() == 4 { with(now.year() + 3, 1) } else { with(now.year() + 2, now.quarter() + 1) },
            "term-invalid",
        ),
    ] {
        let relationship = json!({ "kind": "check-in", "evidence": "$c" });
        let fields = json!({
            "subject": "$chart", "org": "$m3", "relationship": relationship, "until": until, "locate": null,
        });
        world.check(&format!("v1 | relate | {fields} | {result}"));
    }
}

#[test]
fn searches_are_counted_by_day() {
    let mut world = world();
    set_parameter(&mut world, "locates-per-person-day", 2);
    set_parameter(&mut world, "locates-per-organization-day", 3);
    let fields = r#"{"custodian": "$v1", "purpose": "HRESCH", "query": "$c", "relationship": null, "emergency": null}"#;
    // From the beginning of a day in UTC.
    world.pass(DurationMs(DAY - world.now.0 % DAY));
    for (by, result) in [
        ("dana", "ok"),
        ("dana", "ok"),
        ("dana", "quota-exceeded"),
        ("robot", "ok"),
        ("robot", "quota-exceeded"),
        ("otto", "ok"),
    ] {
        world.check(&format!("{by} | locate | {fields} | {result}"));
    }
    world.pass(DurationMs(DAY - 1));
    world.check(&format!("dana | locate | {fields} | quota-exceeded"));
    world.pass(DurationMs(1));
    world.check(&format!("dana | locate | {fields} | ok"));
}
