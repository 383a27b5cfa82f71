//! Corrections: errors, and units in the wrong chart.

use super::{enter, found, subject, world};
use crate::records::{Erasure, is_withheld};
use epione_types::Tag;
use serde_json::json;

#[test]
fn a_unit_in_error_is_withheld_and_stays() {
    let mut world = world();
    enter(&mut world, 1, "adult");
    assert!(!is_withheld(&world.state, &found(&world, 1)).unwrap());
    world.check(r#"v1 | correct-error | {"unit": "$u1"} | ok"#);
    assert!(is_withheld(&world.state, &found(&world, 1)).unwrap());
}

#[test]
fn units_of_a_merged_patient_are_withheld_until_they_have_the_other_tag() {
    let mut world = world();
    enter(&mut world, 1, "paper");
    world.check(r#"v1 | subjects.merge | {"from": "$paper", "into": "$adult"} | ok"#);
    assert!(is_withheld(&world.state, &found(&world, 1)).unwrap());
    let units = json!([{ "unit": super::unit(1), "label": Tag([2; 16]) }]);
    world.check(&format!(r#"v1 | retag | {{"units": {units}, "to": "$adult", "correction": "merge"}} | ok"#));
    let unit = found(&world, 1);
    assert_eq!((unit.subject, unit.label), (subject(&world, "adult"), Tag([2; 16])));
    assert!(!is_withheld(&world.state, &unit).unwrap());
}

/// Who asked for the erasure is not whom the unit is about: the request is void. Of one patient with two charts it stands.
#[test]
fn a_request_of_the_wrong_patient_is_void() {
    for (correction, stands) in [("wrong-patient", false), ("unmerge", false), ("merge", true)] {
        let mut world = world();
        enter(&mut world, 1, "adult");
        let units = json!([{ "unit": super::unit(1), "label": Tag([2; 16]) }]);
        world.check(r#"alice | request-erasure | {"units": ["$u1"], "attested": null} | ok"#);
        world.check(r#"v1 | decide-erasure | {"unit": "$u1", "decision": "grant"} | ok"#);
        world
            .check(&format!(r#"v1 | retag | {{"units": {units}, "to": "$other", "correction": "{correction}"}} | ok"#));
        assert_eq!(found(&world, 1).erasure != Erasure::None, stands, "{correction}");
    }
}
