//! What a suspended organization may do; and a module that suspends persons, as `challenge` does.

use super::{HOUR, ask, decide, decision, disclose, grant, granted, provision, refusal, world};
use crate::access::{Access, Suspension, suspend, unsuspend};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_kernel::{
    __reexports as json, Ctx, Dice, Domain, Done, Example, Hosted, MemoryState, QuerySource, QueryStop, Signer,
    Sources, numbered, rejects,
};
use epione_types::{ChallengeId, DurationMs, IdentityId, ModuleId, SignerId, SubjectId, UnixMs};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

static CHALLENGER: Hosted<Challenger> = Hosted::new();

/// The module.
#[derive(Debug)]
struct Challenger;

/// Suspends a person.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
struct Suspend {
    person: IdentityId,
    subject: SubjectId,
    suspension: Suspension,
}

/// Takes a suspension back.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
struct Unsuspend {
    person: IdentityId,
    subject: SubjectId,
    challenge: ChallengeId,
}

impl Example for Suspend {
    fn example() -> Self {
        let suspension =
            Suspension { purpose: crate::consent::Purpose::Treat, from: UnixMs(0), challenge: ChallengeId([1; 16]) };
        Self { person: IdentityId([1; 16]), subject: SubjectId([1; 16]), suspension }
    }
}
impl Example for Unsuspend {
    fn example() -> Self {
        Self { person: IdentityId([1; 16]), subject: SubjectId([1; 16]), challenge: ChallengeId([1; 16]) }
    }
}

mod api {
    use super::{Suspend, Unsuspend, numbered, rejects};

    numbered! {
        /// What can be asked.
        pub enum Call {
            1 => Suspend "suspend",
            2 => Unsuspend "unsuspend",
        }
    }
    rejects! {
        /// Why not.
        pub enum Reject {
            1 => Refused "refused": "it was not written",
        }
    }
}
use api::{Call, Reject};

impl Domain for Challenger {
    const ID: ModuleId = ModuleId(901);
    const NAME: &'static str = "challenger";
    const DOC: &'static str = "Suspends persons.";
    const REQUIRES: &'static [ModuleId] = &[Access::ID];

    type Call = Call;
    type Event = Call;
    type Reject = Reject;
    type Query = Call;
    type Genesis = ();
    type Due = ();

    fn check(_call: &Call) -> Result<(), Reject> {
        Ok(())
    }

    fn apply(ctx: &mut Ctx<'_, Self>, _by: &Signer, call: &Call) -> Done<Self> {
        let done = match call {
            Call::Suspend(call) => suspend(&mut ctx.lend(), &call.person, &call.subject, call.suspension)?,
            Call::Unsuspend(call) => unsuspend(&mut ctx.lend(), &call.person, &call.subject, &call.challenge)?,
        };
        if done { Ok(()) } else { Err(Reject::Refused.into()) }
    }

    fn answers(_query: u16) -> (QuerySource, Schema) {
        (QuerySource::State, json::schema::<Suspend>())
    }

    fn query(_sources: &Sources<'_>, query: &Call) -> Result<Value, QueryStop<Reject>> {
        Ok(epione_kernel::Numbered::to_json(query))
    }

    fn plausible(_: &MemoryState, _: &SignerId, _: UnixMs, _: &mut Dice) -> Option<Call> {
        None
    }
}

#[test]
fn challenges_suspend_and_answers_lift() {
    let mut world = world();
    world.require(&CHALLENGER, &[]);
    grant(&mut world, &provision("permit", "m3", "TREAT", &[]), "k");
    ask(&mut world, "dana", &["u1"], "TREAT", &Value::Null, "ok r");
    let from = world.now.0 + HOUR / 2;
    for number in 1..=17 {
        world.names.insert(format!("ch{number}"), ChallengeId([number; 16]).to_string());
        let result = if number == 17 { "refused" } else { "ok" };
        world.check(&format!(
            r#"v1 | challenger.suspend | {{"person": "$dana", "subject": "$chart", "suspension": {{"purpose": "TREAT", "from": {from}, "challenge": "$ch{number}"}}}} | {result}"#
        ));
    }
    world.pass(DurationMs(HOUR / 2));
    for number in 1..=16 {
        assert_eq!(refusal(&world, "r", "u1"), "suspended");
        world.check(&format!(
            r#"v1 | challenger.unsuspend | {{"person": "$dana", "subject": "$chart", "challenge": "$ch{number}"}} | ok"#
        ));
    }
    assert_eq!(refusal(&world, "r", "u1"), "none");
    world.check(
        r#"v1 | challenger.unsuspend | {"person": "$dana", "subject": "$chart", "challenge": "$ch1"} | refused"#,
    );
}

/// A suspended organization treats in emergencies and discloses what the law requires; it releases, answers and ends.
#[test]
fn a_suspended_organization() {
    let mut world = world();
    grant(&mut world, &provision("permit", "m3", "TREAT", &[]), "k");
    decide(
        &mut world,
        &serde_json::json!({ "suspend": { "org": crate::tests::fixture::org("m3"), "reason": "misuse" } }),
    );
    ask(&mut world, "dana", &["u1"], "TREAT", &Value::Null, "organization-suspended");
    world.check(
        r#"
        by   | call        | fields                                                                                                                              | result
        dana | locate      | {"custodian": "$v1", "purpose": "HRESCH", "query": "$c", "relationship": null, "emergency": null}                                   | organization-suspended
        dana | emergency.break-glass | {"custodian": "$v1", "subject": "$chart", "justification": "$c"}                                                          | ok glass
        dana | locate      | {"custodian": "$v1", "purpose": "ETREAT", "query": "$c", "relationship": null, "emergency": "$glass"}                               | ok found
        m3   | relate      | {"subject": "$chart", "org": "$m3", "relationship": {"kind": "referral", "evidence": "$c"}, "until": "2099-Q1", "locate": "$found"} | suspended
        "#,
    );
    ask(&mut world, "dana", &["u1", "u4"], "ETREAT", &serde_json::json!({ "emergency": "$glass" }), "ok r");
    assert_eq!((decision(&world, "r", "u1"), refusal(&world, "r", "u1")), (granted("emergency"), "none".to_owned()));
    let law = serde_json::json!({ "law": { "basis": "public-health", "authority": "$c" }, "purpose": "PUBHLTH" });
    let kept = super::unit(&world, "m3", "chart");
    super::put_unit(&mut world, "k1", &kept);
    disclose(&mut world, "m3", "m1", &["k1"], &Value::Null, "organization-suspended");
    disclose(&mut world, "m3", "m2", &["k1"], &law, "ok d");
    assert_eq!(decision(&world, "d", "k1"), granted("law"));
}
