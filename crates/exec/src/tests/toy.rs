//! Toy modules: two of the same kind, with a table, scheduled work and signers.

use borsh::{BorshDeserialize, BorshSerialize};
use epione_kernel::{
    Ctx, Dice, Domain, Done, Example, Hosted, KeySet, MemoryState, Missing, Module, QuerySource, QueryStop, Rights,
    Signer, Sources, Standing, Table, View, numbered, rejects,
};
use epione_types::{IdentityId, List, ModuleId, OrgId, PublicKey, SignerId, UnixMs, encode};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(super) const ALICE: SignerId = SignerId::Organization(OrgId([1; 16]));
pub(super) const BOB: SignerId = SignerId::Identity(IdentityId([2; 16]));
/// Suspended.
pub(super) const CAROL: SignerId = SignerId::Organization(OrgId([3; 16]));

static SEVEN: Hosted<Toy<7>> = Hosted::new();
static EIGHT: Hosted<Toy<8>> = Hosted::new();
pub(super) static MODULES: &[&dyn Module] = &[&SEVEN, &EIGHT];

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty = $example:expr),* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $(pub $field: $kind),* }
        impl Example for $name {
            fn example() -> Self {
                Self { $($field: $example),* }
            }
        }
    )*};
}

fields! {
    /// Writes a value.
    Put { key: u64 = 1, value: u64 = 2 }
    /// Writes a value and is then refused.
    Refuse { key: u64 = 1 }
    /// Schedules work.
    Plan { at: UnixMs = UnixMs(1), label: u64 = 2 }
    /// Writes rows and emits events.
    Flood { rows: u64 = 1, events: u64 = 1 }
    /// Follows values from key to key to the end.
    Follow { from: u64 = 1 }
    /// A value was written.
    Written { key: u64 = 1, value: u64 = 2 }
    /// Scheduled work was done.
    Fired { label: u64 = 1 }
    /// The end was found.
    Followed { steps: u64 = 1 }
    /// A value.
    Get { key: u64 = 1 }
}

numbered! {
    /// Calls.
    pub enum Call {
        1 => Put "put",
        2 => Refuse "refuse",
        3 => Plan "plan",
        4 => Flood "flood",
        5 => Follow "follow",
    }
}
numbered! {
    /// Events.
    pub enum Event {
        1 => Written "written",
        2 => Fired "fired",
        3 => Followed "followed",
    }
}
numbered! {
    /// Queries.
    pub enum Query {
        1 => Get "get",
    }
}
rejects! {
    /// Rejects.
    pub enum Reject {
        1 => Forbidden "forbidden": "this key is for nobody",
        2 => Refused "refused": "this call is always refused",
    }
}

/// Signers with their keys, and first values.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
pub struct Genesis {
    pub signers: List<(SignerId, PublicKey, bool), 16>,
    pub values: List<(u64, u64), 16>,
}

pub struct Toy<const N: u16>;

/// Labels from here on schedule further work when they fire.
pub(super) const AGAIN: u64 = 1 << 32;

pub(super) const fn values<const N: u16>() -> Table<Toy<N>, u64, u64> {
    Table::new(1, "values")
}

const fn signers<const N: u16>() -> Table<Toy<N>, SignerId, (PublicKey, bool)> {
    Table::new(2, "signers")
}

impl<const N: u16> Domain for Toy<N> {
    const ID: ModuleId = ModuleId(N);
    const NAME: &'static str = "toy";
    const DOC: &'static str = "A toy.";
    type Call = Call;
    type Event = Event;
    type Reject = Reject;
    type Query = Query;
    type Genesis = Genesis;
    type Due = u64;

    fn check(call: &Call) -> Result<(), Reject> {
        if matches!(call, Call::Put(put) if put.key == u64::MAX) { Err(Reject::Forbidden) } else { Ok(()) }
    }

    fn reads(_by: &SignerId, call: &Call, keys: &mut KeySet) {
        if let Call::Follow(follow) = call {
            keys.add(&values::<N>(), &follow.from);
        }
    }

    fn apply(ctx: &mut Ctx<'_, Self>, _by: &Signer, call: &Call) -> Done<Self> {
        match call {
            Call::Put(Put { key, value }) => {
                values().put(ctx, key, value);
                ctx.emit(&Event::Written(Written { key: *key, value: *value }));
            }
            Call::Refuse(Refuse { key }) => {
                values().put(ctx, key, &0);
                ctx.emit(&Event::Written(Written { key: *key, value: 0 }));
                return Err(Reject::Refused.into());
            }
            Call::Plan(Plan { at, label }) => ctx.schedule(*at, label)?,
            Call::Flood(Flood { rows, events }) => {
                for row in 0..*rows {
                    values().put(ctx, &row, &row);
                }
                for event in 0..*events {
                    ctx.emit(&Event::Fired(Fired { label: event }));
                }
            }
            Call::Follow(Follow { from }) => {
                let (mut at, mut steps) = (*from, 0);
                while let Some(next) = values::<N>().get(ctx, &at)?.filter(|_| steps < 50) {
                    (at, steps) = (next, steps + 1);
                }
                values().put(ctx, &at, &steps);
                ctx.emit(&Event::Followed(Followed { steps }));
            }
        }
        Ok(())
    }

    fn due(ctx: &mut Ctx<'_, Self>, item: &u64) -> Result<(), Missing> {
        ctx.emit(&Event::Fired(Fired { label: *item }));
        values().put(ctx, item, &ctx.height());
        if *item >= AGAIN { ctx.schedule(ctx.now(), &(*item - AGAIN)) } else { Ok(()) }
    }

    fn standing(view: View<'_>, signer: &SignerId, key: &PublicKey) -> Result<Standing, Missing> {
        Ok(match signers::<N>().get(&view, signer)? {
            None => Standing::Unknown,
            Some((found, _)) if found != *key => Standing::WrongKey,
            Some((_, suspended)) => Standing::Active(Rights { org: OrgId([N as u8; 16]), root: false, suspended }),
        })
    }

    fn standing_reads(signer: &SignerId, keys: &mut KeySet) {
        keys.add(&signers::<N>(), signer);
    }

    fn while_suspended(call: u16) -> bool {
        call == 5
    }

    fn answers(_query: u16) -> (QuerySource, Schema) {
        (QuerySource::State, Schema::default())
    }

    fn query(sources: &Sources<'_>, query: &Query) -> Result<Value, QueryStop<Reject>> {
        let Query::Get(get) = query;
        Ok(values::<N>().get(&sources.state, &get.key)?.into())
    }

    fn init(ctx: &mut Ctx<'_, Self>, genesis: &Genesis) -> Done<Self> {
        for (signer, key, suspended) in genesis.signers.iter() {
            signers().put(ctx, signer, &(*key, *suspended));
        }
        for (key, value) in genesis.values.iter() {
            values().put(ctx, key, value);
            ctx.emit(&Event::Written(Written { key: *key, value: *value }));
        }
        Ok(())
    }

    fn plausible(_state: &MemoryState, _by: &SignerId, _now: UnixMs, dice: &mut Dice) -> Option<Call> {
        Some(Call::Put(Put { key: dice.below(9), value: dice.roll() }))
    }
}

/// A chain of the two modules: Alice and Carol are known to the first, Bob to the second.
pub(super) fn chain() -> super::Chain {
    let key = |name: &str| super::key(name).public();
    let first = Genesis {
        signers: List::new(vec![(ALICE, key("alice"), false), (CAROL, key("carol"), true)]).unwrap(),
        values: List::new(vec![(1, 10), (2, 20)]).unwrap(),
    };
    let second = Genesis {
        signers: List::new(vec![(BOB, key("bob"), false)]).unwrap(),
        values: List::new(vec![(3, 30)]).unwrap(),
    };
    super::Chain::new(MODULES, vec![(ModuleId(8), encode(&second)), (ModuleId(7), encode(&first))])
}

fn call<const N: u16>(call: &Call) -> epione_types::Call {
    use epione_kernel::Numbered as _;
    let body = epione_types::Bytes::new(call.body()).unwrap();
    epione_types::Call { module: ModuleId(N), call: call.number(), body }
}

pub(super) fn put<const N: u16>(key: u64, value: u64) -> epione_types::Call {
    call::<N>(&Call::Put(Put { key, value }))
}

pub(super) fn refuse<const N: u16>(key: u64) -> epione_types::Call {
    call::<N>(&Call::Refuse(Refuse { key }))
}

pub(super) fn plan<const N: u16>(at: UnixMs, label: u64) -> epione_types::Call {
    call::<N>(&Call::Plan(Plan { at, label }))
}

pub(super) fn flood<const N: u16>(rows: u64, events: u64) -> epione_types::Call {
    call::<N>(&Call::Flood(Flood { rows, events }))
}

pub(super) fn follow<const N: u16>(from: u64) -> epione_types::Call {
    call::<N>(&Call::Follow(Follow { from }))
}

/// The value of module `N` under `key`.
pub(super) fn value<const N: u16>(state: &MemoryState, key: u64) -> Option<u64> {
    values::<N>().get(state, &key).unwrap()
}

/// The labels of the work that an outcome says was done.
pub(super) fn fired(outcome: &crate::Outcome) -> Vec<u64> {
    let due = outcome.entries.iter().filter(|entry| matches!(entry.origin, epione_types::Origin::Due { .. }));
    due.map(|entry| epione_types::decode::<Fired>(&entry.body, 100).unwrap().label).collect()
}
