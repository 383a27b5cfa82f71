//! What other modules read, and how large rows become.

use super::{DAY, appoint, enter, found, id, tag, world};
use crate::subjects::{
    ABSORBED_MAX, Authority, OpenOffer, REPRESENTATIVES_MAX, Representative, RepresentativeRole, SCOPE_TAGS_MAX, Scope,
    Subject, SubjectStatus, Tags, authority, is_custodian, organization_of,
};
use crate::tests::fixture::org;
use epione_types::{
    DurationMs, Hash, IdentityId, List, OrgId, Quarter, SubjectId, Tag, UnixMs, encode, limits::ROW_BYTES_MAX,
};

#[test]
fn a_signer_acts_by_the_right_that_it_has() {
    let mut world = world();
    enter(&mut world, "adult", Some("alice"));
    appoint(&mut world, ["alice", "adult", "bob"], RepresentativeRole::Proxy, Scope::All);
    let subject = found(&world, "adult");
    let of = |name: &str| authority(&world.state, &subject, &world.actors[name], world.now).unwrap();
    assert_eq!(of("alice"), Some(Authority::Patient(Scope::All)));
    assert!(matches!(of("bob"), Some(Authority::Representative { role: RepresentativeRole::Proxy, .. })));
    assert_eq!((of("v1"), of("program")), (Some(Authority::Custodian), Some(Authority::Custodian)));
    assert!(of("v1").unwrap().covers(&tag(1)) && of("v1").unwrap().scope().is_none() && !of("v1").unwrap().is_joint());
    for name in ["carol", "doctor", "mallory", "spy", "m1"] {
        assert_eq!(of(name), None, "{name}");
    }
}

#[test]
fn a_service_that_was_closed_or_went_away_acts_for_nobody() {
    let mut world = world();
    let program = world.actors["program"];
    assert_eq!(organization_of(&world.state, &program, world.now), Ok(Some(org("v1"))));
    assert_eq!(organization_of(&world.state, &world.actors["doctor"], world.now), Ok(None));
    let to = org("v2");
    world.check(&format!(r#"program | identity.transfer | {{"to": "{to}"}} | ok"#));
    world.check(r#"v2 | identity.accept-transfer | {"identity": "$program"} | ok"#);
    assert_eq!(is_custodian(&world.state, &program, &org("v1"), world.now), Ok(false));
    assert_eq!(is_custodian(&world.state, &program, &org("v2"), world.now), Ok(true));
    world.check(r#"v2 | identity.deactivate | {"identity": "$program"} | ok"#);
    world.pass(DurationMs(DAY));
    assert_eq!(organization_of(&world.state, &program, world.now), Ok(None));
}

/// The largest subject that the types permit.
fn largest() -> Subject {
    let tags = Tags::new(vec![Tag([7; 16]); SCOPE_TAGS_MAX]).unwrap();
    let scope = Scope::AllBut(tags);
    let identity = IdentityId([1; 16]);
    let until = Some(Quarter::MAX);
    let (role, evidence) = (RepresentativeRole::Guardian, Hash([2; 32]));
    let representative = Representative { identity, role, scope: scope.clone(), until, evidence };
    Subject {
        custodian: OrgId([3; 16]),
        status: SubjectStatus::Merged { into: SubjectId([4; 16]) },
        holder: Some(identity),
        holder_scope: scope.clone(),
        deceased: true,
        representatives: List::new(vec![representative; REPRESENTATIVES_MAX]).unwrap(),
        quorum: 2,
        majority: until,
        offered: Some(OpenOffer { identity, scope, ready_at: UnixMs(u64::MAX) }),
        absorbed: List::new(vec![SubjectId([5; 16]); ABSORBED_MAX]).unwrap(),
        registered_at: UnixMs(u64::MAX),
    }
}

#[test]
fn the_largest_subject_fits_a_row() {
    let bytes = encode(&largest()).len();
    assert!(bytes <= ROW_BYTES_MAX, "{bytes} bytes");
    // A narrower bound than needed would be a waste, a wider one a surprise.
    assert!(bytes > ROW_BYTES_MAX / 2, "{bytes} bytes");
}

/// What is read of a subject is one row, so that hints name it.
#[test]
fn hints_name_the_rows_that_a_call_reads() {
    let mut world = world();
    enter(&mut world, "adult", Some("alice"));
    let module = &epione_kernel::Hosted::<super::Subjects>::new();
    let by = world.actors["alice"].id;
    let mut keys = epione_kernel::KeySet::default();
    let call =
        crate::subjects::Call::TakeOver(crate::subjects::TakeOver { subject: super::subject_id(&world, "adult") });
    use epione_kernel::{Module as _, Numbered as _};
    module.reads(&by, call.number(), &call.body(), &mut keys);
    assert_eq!(keys.into_rows().len(), 2);
    assert_eq!(found(&world, "adult").holder, Some(id(&world, "alice")));
}
