//! A module that uses emergency access, as `access` does.

use crate::emergency::{Emergency, bind, in_force, in_force_at};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_kernel::{
    __reexports as json, Ctx, Dice, Domain, Done, Example, Hosted, MemoryState, QuerySource, QueryStop, Signer,
    Sources, numbered, rejects,
};
use epione_types::{EmergencyId, ModuleId, OrgId, SignerId, SubjectId, UnixMs};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(super) static USER: Hosted<User> = Hosted::new();

/// The module.
#[derive(Debug)]
pub(super) struct User;

/// Opens a chart.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub(super) struct Open {
    id: EmergencyId,
    subject: SubjectId,
}

/// Searches for a chart.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub(super) struct Locate {
    id: EmergencyId,
    custodian: OrgId,
}

impl Example for Open {
    fn example() -> Self {
        Self { id: EmergencyId([1; 16]), subject: SubjectId([1; 16]) }
    }
}
impl Example for Locate {
    fn example() -> Self {
        Self { id: EmergencyId([1; 16]), custodian: OrgId([1; 16]) }
    }
}

mod api {
    use super::{Locate, Open, numbered, rejects};

    numbered! {
        /// What can be asked.
        pub enum Call {
            1 => Open "open",
            2 => Locate "locate",
        }
    }
    rejects! {
        /// Why not.
        pub enum Reject {
            1 => NotInForce "not-in-force": "the access is not in force",
        }
    }
}
use api::{Call, Reject};

impl Domain for User {
    const ID: ModuleId = ModuleId(900);
    const NAME: &'static str = "user";
    const DOC: &'static str = "Uses emergency access.";
    const REQUIRES: &'static [ModuleId] = &[Emergency::ID];

    type Call = Call;
    type Event = Call;
    type Reject = Reject;
    type Query = Call;
    type Genesis = ();
    type Due = ();

    fn check(_call: &Call) -> Result<(), Reject> {
        Ok(())
    }

    fn apply(ctx: &mut Ctx<'_, Self>, by: &Signer, call: &Call) -> Done<Self> {
        let SignerId::Identity(practitioner) = by.id else { return Err(Reject::NotInForce.into()) };
        let now = ctx.now();
        let done = match call {
            Call::Open(call) => {
                in_force(ctx, &call.id, &practitioner, &call.subject, now)?
                    && bind(&mut ctx.lend(), &call.id, &call.subject)?
            }
            Call::Locate(call) => in_force_at(ctx, &call.id, &practitioner, &call.custodian, now)?,
        };
        if done { Ok(()) } else { Err(Reject::NotInForce.into()) }
    }

    fn while_suspended(_call: u16) -> bool {
        true
    }

    fn answers(_query: u16) -> (QuerySource, Schema) {
        (QuerySource::State, json::schema::<Open>())
    }

    fn query(_sources: &Sources<'_>, query: &Call) -> Result<Value, QueryStop<Reject>> {
        Ok(epione_kernel::Numbered::to_json(query))
    }

    fn plausible(_: &MemoryState, _: &SignerId, _: UnixMs, _: &mut Dice) -> Option<Call> {
        None
    }
}
