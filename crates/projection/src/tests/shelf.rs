//! A toy module whose events are changes of rows. `Shelf<1>` and `Shelf<2>` differ in their tables.
#![expect(unreachable_pub, reason = "the macros declare public types")]

use epione_kernel::{
    Cell, Column, ColumnKind, Ctx, Dice, Domain, Done, EventAt, Example, Hosted, MemoryState, Module, QuerySource,
    QueryStop, RowTable, Rows, Signer, Sources, Stop,
};
use epione_types::{ModuleId, SignerId, Text, UnixMs};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

macro_rules! fields {
    ($($name:ident { $($field:ident: $kind:ty),* })*) => {$(
        #[derive(Clone, Debug, Default, PartialEq, Eq, borsh::BorshSerialize, borsh::BorshDeserialize)]
        #[derive(Serialize, Deserialize, JsonSchema)]
        pub struct $name { $(pub $field: $kind),* }
        impl Example for $name {
            fn example() -> Self {
                Self::default()
            }
        }
    )*};
}

fields! {
    Nothing {}
    // `label` under `shelf` and `slot`; no label is an empty cell.
    Placed { shelf: u64, slot: u64, label: Option<Text<16>> }
    Labeled { shelf: u64, slot: u64, label: Option<Text<16>> }
    Removed { shelf: u64, slot: u64 }
    // Writes what does not fit the table.
    Spoiled { how: u8 }
}

epione_kernel::numbered! {
    /// What can be asked of the shelf.
    pub enum Call {
        1 => Nothing "nothing",
    }
}

epione_kernel::numbered! {
    /// What happened to the shelf.
    pub enum Event {
        1 => Placed "placed",
        2 => Labeled "labeled",
        3 => Removed "removed",
        4 => Spoiled "spoiled",
    }
}

epione_kernel::rejects! {
    /// Why the shelf refuses.
    pub enum Reject {
        1 => Never "never": "never",
    }
}

static ONE: Hosted<Shelf<1>> = Hosted::new();
static TWO: Hosted<Shelf<2>> = Hosted::new();
static BAD: Hosted<Shelf<3>> = Hosted::new();

pub(super) static MODULES: &[&dyn Module] = &[&ONE];
pub(super) static OTHER_TABLES: &[&dyn Module] = &[&TWO];
pub(super) static BAD_TABLES: &[&dyn Module] = &[&BAD];

const fn text(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Text }
}

const fn integer(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Integer }
}

static TABLES: [RowTable; 3] = [
    RowTable {
        name: "order",
        columns: &[integer("shelf"), integer("slot"), text("label"), integer("group")],
        key: 2,
        indexes: &[&["label"], &["group", "label"]],
    },
    RowTable { name: "order", columns: &[integer("shelf"), integer("slot"), text("label")], key: 2, indexes: &[] },
    RowTable { name: "Order; --", columns: &[text("a")], key: 1, indexes: &[] },
];

pub(super) struct Shelf<const TABLE: usize>;

impl<const TABLE: usize> Domain for Shelf<TABLE> {
    const ID: ModuleId = ModuleId(7);
    const NAME: &'static str = "shelf";
    const DOC: &'static str = "Keeps labels.";
    type Call = Call;
    type Event = Event;
    type Reject = Reject;
    type Query = Call;
    type Genesis = Nothing;
    type Due = ();

    fn check(_call: &Call) -> Result<(), Reject> {
        Ok(())
    }

    fn apply(_ctx: &mut Ctx<'_, Self>, _by: &Signer, _call: &Call) -> Done<Self> {
        Err(Stop::Reject(Reject::Never))
    }

    fn answers(_query: u16) -> (QuerySource, Schema) {
        (QuerySource::Rows, Schema::default())
    }

    fn query(_sources: &Sources<'_>, _query: &Call) -> Result<Value, QueryStop<Reject>> {
        Err(Reject::Never.into())
    }

    fn tables() -> &'static [RowTable] {
        TABLES.get(TABLE - 1..TABLE).unwrap_or_default()
    }

    fn project(event: &Event, at: &EventAt, rows: &mut Rows) {
        let key = |shelf: u64, slot: u64| vec![Cell::integer(shelf), Cell::integer(slot)];
        let cell = |label: &Option<Text<16>>| label.as_ref().map_or(Cell::Empty, Cell::text);
        match event {
            Event::Placed(event) => {
                let mut cells = key(event.shelf, event.slot);
                cells.push(cell(&event.label));
                if TABLE == 1 {
                    cells.push(Cell::integer(at.height));
                }
                rows.put("order", cells);
            }
            Event::Labeled(event) => {
                rows.set("order", key(event.shelf, event.slot), vec![("label", cell(&event.label))]);
            }
            Event::Removed(event) => rows.delete("order", key(event.shelf, event.slot)),
            Event::Spoiled(event) => spoil(event.how, rows),
        }
    }

    fn plausible(_: &MemoryState, _: &SignerId, _: UnixMs, _: &mut Dice) -> Option<Call> {
        None
    }
}

/// Every way in which rows can fail to fit.
fn spoil(how: u8, rows: &mut Rows) {
    let zero = || Cell::Integer(0);
    rows.put("order", vec![zero(), zero(), Cell::Empty, zero()]);
    match how {
        0 => rows.put("orders", vec![zero()]),
        1 => rows.put("order", vec![zero()]),
        2 => rows.put("order", vec![Cell::Empty, zero(), Cell::Empty, zero()]),
        3 => rows.put("order", vec![zero(), zero(), Cell::Empty, Cell::text(&"not a number")]),
        4 => rows.set("order", vec![zero()], vec![("label", Cell::Empty)]),
        5 => rows.set("order", vec![zero(), zero()], vec![("labels", Cell::Empty)]),
        6 => rows.set("order", vec![zero(), zero()], vec![("shelf", zero())]),
        7 => rows.delete("order", vec![]),
        _ => rows.delete("order", vec![zero(), Cell::Empty]),
    }
}
