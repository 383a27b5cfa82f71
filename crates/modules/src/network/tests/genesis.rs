//! What a chain begins with.

use super::{founders, genesis, key, member, org, unborn, world};
use crate::network::{
    Genesis, Network, Parameters, Role, Status, committee, kem_key, member_status, organization, parameters,
};
use epione_kernel::{Hosted, Module as _, Standing, View, testing::World};
use epione_types::{OrgId, SignerId};

#[test]
fn four_validators_or_one_in_a_demonstration() {
    for (count, demo, accepted) in
        [(0, true, false), (1, true, true), (3, true, true), (1, false, false), (3, false, false), (4, false, true)]
    {
        let mut world = unborn(demo);
        assert_eq!(world.try_genesis(&genesis(founders(count, 2, 1))).is_ok(), accepted, "{count} {demo}");
    }
}

#[test]
fn floors_hold_except_in_a_demonstration() {
    for (demo, accepted) in [(false, false), (true, true)] {
        let mut world = unborn(demo);
        let mut short = genesis(founders(4, 0, 0));
        short.parameters = Parameters { heartbeat_ms: 200, block_time_ahead_ms: 1_000, ..Parameters::default() };
        assert_eq!(world.try_genesis(&short).is_ok(), accepted);
    }
    let mut world = unborn(true);
    let mut zero = genesis(founders(4, 0, 0));
    zero.parameters.proposal_deadline_ms = 0;
    assert_eq!(world.try_genesis(&zero), Err("out-of-range"));
}

#[test]
fn founders_stand_by_their_operations_and_root_keys() {
    let world = world(4, 1, 1);
    let module = Hosted::<Network>::new();
    let standing =
        |name: &str, key| module.standing(View::new(&world.state), &SignerId::Organization(org(name)), &key).unwrap();
    let Standing::Active(rights) = standing("m1", key("m1", "operations")) else { panic!("not active") };
    assert_eq!((rights.org, rights.root, rights.suspended), (org("m1"), false, false));
    let Standing::Active(rights) = standing("o1", key("o1", "root")) else { panic!("not active") };
    assert!(rights.root);
    assert_eq!(standing("v1", key("v1", "vote")), Standing::WrongKey);
    assert_eq!(standing("v1", key("v2", "operations")), Standing::WrongKey);
    assert_eq!(standing("nobody", key("v1", "operations")), Standing::Unknown);
}

#[test]
fn what_others_read() {
    let world = world(5, 1, 1);
    let mut votes: Vec<_> = (1..=5).map(|number| key(&format!("v{number}"), "vote")).collect();
    votes.sort();
    assert_eq!(committee(&world.state).unwrap().keys.into_vec(), votes);
    assert_eq!(member_status(&world.state, &org("o1")), Ok(Some(Status::Active)));
    assert_eq!(member_status(&world.state, &OrgId([9; 16])), Ok(None));
    assert_eq!(organization(&world.state, &org("v1")).unwrap().unwrap().admitted_at, world.now);
    assert_eq!(kem_key(&world.state, &org("v1")), Ok(None));
    assert_eq!(parameters(&world.state, 1), Ok(Parameters::default()));
}

#[test]
fn the_json_of_a_genesis() {
    let module = Hosted::<Network>::new();
    let json = serde_json::json!({
        "parameters": { "heartbeat_ms": 30_000 },
        "members": [{
            "name": "Example Hospital", "kind": "hospital", "jurisdiction": "CH-BE", "role": "validator",
            "keys": {
                "root": key("v1", "root"), "operations": key("v1", "operations"), "vote": key("v1", "vote"),
            },
            "addresses": { "consensus": "a.example:1", "api": "https://a.example" },
        }],
    });
    let bytes = module.genesis_from_json(json.clone()).unwrap();
    let read: Genesis = epione_types::decode(&bytes, 100_000).unwrap();
    assert_eq!(read.parameters, Parameters { heartbeat_ms: 30_000, ..Parameters::default() });
    assert_eq!(read.members[0].id(), org("v1"));
    assert_eq!(module.genesis_from_json(serde_json::to_value(&read).unwrap()).unwrap(), bytes);

    let error = |at: &str, value: serde_json::Value| {
        let mut wrong = json.clone();
        *wrong.pointer_mut(at).unwrap() = value;
        module.genesis_from_json(wrong).unwrap_err().to_string()
    };
    assert!(error("/members/0/jurisdiction", "UK".into()).contains("ISO 3166-1"));
    assert!(error("/members/0/addresses/consensus", "a.example".into()).contains("host:port"));
    assert!(error("/members/0/keys/root", "edk1x".into()).contains("a character is wrong"));
    assert!(error("/members/0/role", "king".into()).contains("unknown variant"));
    assert!(error("/parameters", serde_json::json!({"heart": 1})).contains("unknown field"));
}

#[test]
fn the_largest_genesis_is_within_its_limit() {
    let mut members = founders(50, 50, 0);
    for (byte, member) in (0..).zip(&mut members) {
        let key = crate::network::XWingKey::new(vec![byte; 1216]).unwrap();
        member.keys.kem = Some(crate::network::KemKey { period: 0, key });
    }
    let genesis = genesis(members);
    assert!(epione_types::encode(&genesis).len() < epione_types::limits::GENESIS_BYTES_MAX);
    let world = World::<Network>::with_genesis(&genesis);
    assert_eq!(committee(&world.state).unwrap().keys.len(), 50);
    assert_eq!(member("v1", Role::Validator).role, Role::Validator);
}
