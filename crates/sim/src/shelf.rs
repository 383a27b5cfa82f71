//! A module of the simulator alone: rows of every length that come and go, and work that falls due.
//!
//! # Life cycle      a place is empty ─put▶ filled ─put▶ filled anew ─clear▶ empty; `remind` schedules a reminder
//! # Laws            SHELF-1, SHELF-2

use borsh::{BorshDeserialize, BorshSerialize};
use epione_kernel::{
    Ctx, Dice, Domain, Done, Example, KeySet, Law, MemoryState, Missing, Numbered as _, QuerySource, QueryStop, Signer,
    Sources, Table, numbered, rejects,
};
use epione_types::{Bytes, DurationMs, Hash, ModuleId, SignerId, UnixMs, limits::TX_BYTES_MAX};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longest content of a place, in bytes.
pub const CONTENT_BYTES_MAX: usize = 3_000;
/// Places of one signer.
const PLACES: u64 = 24;
/// Longest time until a reminder.
const REMIND_MS_MAX: u64 = 20_000;

const ITEMS: Table<Shelf, (SignerId, u16), Item> = Table::new(1, "items");
const REMINDERS: Table<Shelf, (), Reminders> = Table::new(2, "reminders");

/// What lies at a place.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Item {
    content: Bytes<CONTENT_BYTES_MAX>,
    sum: Hash,
}

/// How many reminders were asked for, and how many came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Reminders {
    asked: u64,
    came: u64,
    last: UnixMs,
}

/// A reminder as it stands in the agenda.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Reminder {
    at: UnixMs,
}

numbered! {
    /// What can be asked of the shelf.
    pub enum Call {
        1 => Put "put",
        2 => Clear "clear",
        3 => Remind "remind",
    }
}

numbered! {
    /// What happened.
    pub enum Event {
        1 => Filled "filled",
        2 => Cleared "cleared",
        3 => Reminded "reminded",
    }
}

numbered! {
    /// What can be read.
    pub enum Query {
        1 => Count "count",
    }
}

rejects! {
    /// Why the shelf refuses a call.
    pub enum Reject {
        1 => Empty "empty": "there is nothing at this place",
    }
}

/// Puts a content at one of the signer's places.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Put {
    /// The place.
    pub place: u16,
    /// The content.
    pub content: Bytes<CONTENT_BYTES_MAX>,
}

/// Empties a place of the signer.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clear {
    /// The place.
    pub place: u16,
}

/// Asks for a reminder.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remind {
    /// After how long.
    pub after: DurationMs,
}

/// A content was put at a place.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Filled {
    /// The place.
    pub place: u16,
    /// SHA-256 of the content.
    pub sum: Hash,
}

/// A place was emptied.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Cleared {
    /// The place.
    pub place: u16,
}

/// A reminder came.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
pub struct Reminded {
    /// For when it was asked.
    pub at: UnixMs,
}

/// Asks how many reminders came.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Count {}

/// The shelf begins empty.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct NoGenesis {}

macro_rules! examples {
    ($($name:ident $value:expr;)*) => {$(
        impl Example for $name {
            fn example() -> Self {
                $value
            }
        }
    )*};
}

examples! {
    Put Self { place: 1, content: Bytes::default() };
    Clear Self { place: 1 };
    Remind Self { after: DurationMs::from_secs(1) };
    Filled Self { place: 1, sum: Hash::default() };
    Cleared Self { place: 1 };
    Reminded Self { at: UnixMs(0) };
    Count Self {};
}

/// The module.
#[derive(Debug)]
pub struct Shelf;

impl Domain for Shelf {
    const ID: ModuleId = ModuleId(60_001);
    const NAME: &'static str = "shelf";
    const DOC: &'static str = "Puts the store of rows and the agenda to the test.";

    type Call = Call;
    type Event = Event;
    type Reject = Reject;
    type Query = Query;
    type Genesis = NoGenesis;
    type Due = Reminder;

    fn check(_call: &Call) -> Result<(), Reject> {
        Ok(())
    }

    fn reads(by: &SignerId, call: &Call, keys: &mut KeySet) {
        // Clear and Remind have no hint, so that missing rows are met.
        if let Call::Put(call) = call {
            keys.add(&ITEMS, &(*by, call.place));
        }
    }

    fn apply(ctx: &mut Ctx<'_, Self>, by: &Signer, call: &Call) -> Done<Self> {
        match call {
            Call::Put(call) => {
                let sum = Hash::sha256(&[&call.content]);
                ITEMS.put(ctx, &(by.id, call.place), &Item { content: call.content.clone(), sum });
                ctx.emit(&Event::Filled(Filled { place: call.place, sum }));
            }
            Call::Clear(call) => {
                let place = (by.id, call.place);
                ITEMS.get(ctx, &place)?.ok_or(Reject::Empty)?;
                ITEMS.delete(ctx, &place);
                ctx.emit(&Event::Cleared(Cleared { place: call.place }));
            }
            Call::Remind(call) => {
                let at = ctx.now().after(call.after);
                let mut reminders = REMINDERS.get(ctx, &())?.unwrap_or_default();
                reminders.asked = reminders.asked.saturating_add(1);
                ctx.schedule(at, &Reminder { at })?;
                REMINDERS.put(ctx, &(), &reminders);
            }
        }
        Ok(())
    }

    fn due(ctx: &mut Ctx<'_, Self>, item: &Reminder) -> Result<(), Missing> {
        let mut reminders = REMINDERS.get(ctx, &())?.unwrap_or_default();
        reminders.came = reminders.came.saturating_add(1);
        reminders.last = item.at;
        REMINDERS.put(ctx, &(), &reminders);
        ctx.emit(&Event::Reminded(Reminded { at: item.at }));
        Ok(())
    }

    fn answers(_query: u16) -> (QuerySource, Schema) {
        (QuerySource::State, epione_kernel::__reexports::schema::<u64>())
    }

    fn query(sources: &Sources<'_>, _query: &Query) -> Result<Value, QueryStop<Reject>> {
        Ok(REMINDERS.get(&sources.state, &())?.unwrap_or_default().came.into())
    }

    fn laws() -> &'static [Law] {
        LAWS
    }

    fn plausible(_state: &MemoryState, _by: &SignerId, _now: UnixMs, dice: &mut Dice) -> Option<Call> {
        let place = u16::try_from(dice.below(PLACES)).unwrap_or(0);
        Some(match dice.below(8) {
            0 => Call::Remind(Remind { after: DurationMs(dice.below(REMIND_MS_MAX)) }),
            1 | 2 => Call::Clear(Clear { place }),
            choice => {
                let longest = if choice == 3 { CONTENT_BYTES_MAX } else { 300 };
                let len = dice.below(u64::try_from(longest).unwrap_or(0));
                let fill = u8::try_from(dice.below(256)).unwrap_or(0);
                let content = Bytes::new(vec![fill; usize::try_from(len).unwrap_or(0)]).unwrap_or_default();
                Call::Put(Put { place, content })
            }
        })
    }
}

/// Calls that fill a transaction.
#[must_use]
pub fn large(dice: &mut Dice) -> Vec<epione_types::Call> {
    let size = CONTENT_BYTES_MAX + 64;
    let put = |_| {
        let place = u16::try_from(dice.below(PLACES)).unwrap_or(0);
        let fill = u8::try_from(dice.below(256)).unwrap_or(0);
        let content = Bytes::new(vec![fill; CONTENT_BYTES_MAX]).unwrap_or_default();
        let call = Call::Put(Put { place, content });
        let body = Bytes::new(call.body()).unwrap_or_default();
        epione_types::Call { module: Shelf::ID, call: call.number(), body }
    };
    (0..TX_BYTES_MAX / size).map(put).collect()
}

const LAWS: &[Law] = &[
    Law { id: "SHELF-1", text: "every content has the sum that was taken when it was put", holds: sums_fit },
    Law { id: "SHELF-2", text: "no more reminders came than were asked for", holds: reminders_fit },
];

fn sums_fit(state: &MemoryState) -> Result<(), String> {
    for ((owner, place), item) in ITEMS.all(state) {
        if Hash::sha256(&[&item.content]) != item.sum {
            return Err(format!("place {place} of {owner}"));
        }
    }
    Ok(())
}

fn reminders_fit(state: &MemoryState) -> Result<(), String> {
    let reminders = REMINDERS.all(state).next().map(|(_, reminders)| reminders).unwrap_or_default();
    if reminders.came > reminders.asked {
        return Err(format!("{} came, {} were asked for", reminders.came, reminders.asked));
    }
    Ok(())
}
