//! What a module author writes.

use crate::{
    Ctx, Dice, KeySet, Law, MemoryState, Missing, Numbered, NumberedReject, QuerySource, RowSource, RowTable, Rows,
    RowsError, Signer, Standing, View,
};
use epione_types::{Canonical, ModuleId, Origin, PublicKey, SignerId, UnixMs, Upgrade};
use schemars::{JsonSchema, Schema};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// A module as its author writes it: types, and plain functions, one per phase of the flow.
pub trait Domain: Sized + Send + Sync + 'static {
    /// Number on the wire; never reused.
    const ID: ModuleId;
    /// Name in routes, verbs and pages.
    const NAME: &'static str;
    /// What it is for, one sentence.
    const DOC: &'static str;
    /// The modules whose read functions are used, or into which is written through [`Ctx::lend`]. They stand earlier in
    /// the list of modules.
    const REQUIRES: &'static [ModuleId] = &[];

    /// What can be asked for.
    type Call: Numbered;
    /// What happened.
    type Event: Numbered;
    /// Why a call was refused.
    type Reject: NumberedReject + Into<Stop<Self::Reject>>;
    /// What can be read.
    type Query: Numbered;
    /// What the module begins with.
    type Genesis: Canonical + Serialize + DeserializeOwned + JsonSchema + Default;
    /// What can fall due; `()` if nothing does.
    type Due: Canonical;

    /// Everything that can be decided without state. Runs in the gateway, the mempool and verification, in parallel.
    ///
    /// # Errors
    /// The first reject by precedence.
    fn check(call: &Self::Call) -> Result<(), Self::Reject>;

    /// Rows that `apply` will likely read. A hint: wrong costs time, never correctness.
    fn reads(_by: &SignerId, _call: &Self::Call, _keys: &mut KeySet) {}

    /// The only place that writes: check, then write, then emit. Synchronous, total, bounded.
    ///
    /// # Errors
    /// A reject, or a row that must be loaded first.
    fn apply(ctx: &mut Ctx<'_, Self>, by: &Signer, call: &Self::Call) -> Done<Self>;

    /// Does a piece of scheduled work that fell due.
    ///
    /// # Errors
    /// A row that must be loaded first.
    fn due(_ctx: &mut Ctx<'_, Self>, _item: &Self::Due) -> Result<(), Missing> {
        Ok(())
    }

    /// Decides what holds in epoch `next`: runs once in the last block of every epoch, after what fell due and before the
    /// transactions. The salts of its events follow from the genesis file and the height, so that others can guess them: they
    /// must contain nothing that is not public.
    ///
    /// # Errors
    /// A row that must be loaded first.
    fn epoch_ends(_ctx: &mut Ctx<'_, Self>, _next: u64) -> Result<(), Missing> {
        Ok(())
    }

    /// Takes note that the chain has passed into another format of its state: runs once in the first block of the new format,
    /// before everything else. As with `epoch_ends`, its events must contain nothing that is not public.
    ///
    /// # Errors
    /// A row that must be loaded first.
    fn upgraded(_ctx: &mut Ctx<'_, Self>, _upgrade: &Upgrade) -> Result<(), Missing> {
        Ok(())
    }

    /// What this module knows of a signer and its key. Only the modules that register signers answer.
    ///
    /// # Errors
    /// A row that must be loaded first.
    fn standing(_view: View<'_>, _signer: &SignerId, _key: &PublicKey) -> Result<Standing, Missing> {
        Ok(Standing::Unknown)
    }

    /// Rows that `standing` will read for a signer.
    fn standing_reads(_signer: &SignerId, _keys: &mut KeySet) {}

    /// Whether a suspended organization, or an identity of one, may still make the call with this number.
    fn while_suspended(_call: u16) -> bool {
        false
    }

    /// What the query with this number reads, and the schema of its answer.
    fn answers(query: u16) -> (QuerySource, Schema);

    /// Answers a query.
    ///
    /// # Errors
    /// A reject, a row that must be loaded first, or a failure of the row store.
    fn query(sources: &Sources<'_>, query: &Self::Query) -> Result<Value, QueryStop<Self::Reject>>;

    /// The tables that `project` writes.
    fn tables() -> &'static [RowTable] {
        &[]
    }

    /// Turns an event into rows of the node's query database.
    fn project(_event: &Self::Event, _at: &EventAt, _rows: &mut Rows) {}

    /// Writes what the module begins with.
    ///
    /// # Errors
    /// A reject if the genesis is not acceptable.
    fn init(_ctx: &mut Ctx<'_, Self>, _genesis: &Self::Genesis) -> Done<Self> {
        Ok(())
    }

    /// The named invariants.
    fn laws() -> &'static [Law] {
        &[]
    }

    /// A call that `by` might make in `state`: mostly acceptable, sometimes not. For property tests and simulation.
    fn plausible(state: &MemoryState, by: &SignerId, now: UnixMs, dice: &mut Dice) -> Option<Self::Call>;
}

/// The outcome of a call.
pub type Done<D> = Result<(), Stop<<D as Domain>::Reject>>;

/// Why a call did not go through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop<R> {
    /// A rule refuses it; nothing is written.
    Reject(R),
    /// A row must be loaded; the call is then run again.
    Missing(Missing),
}

impl<R> From<Missing> for Stop<R> {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

/// Why a query has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryStop<R> {
    /// A rule refuses it.
    Reject(R),
    /// A row must be loaded; the query is then run again.
    Missing(Missing),
    /// The row store failed.
    Rows(RowsError),
}

impl<R> From<Missing> for QueryStop<R> {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

impl<R> From<RowsError> for QueryStop<R> {
    fn from(error: RowsError) -> Self {
        Self::Rows(error)
    }
}

/// What a query reads from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The agreed state.
    pub state: View<'a>,
    /// The node's own rows.
    pub rows: &'a dyn RowSource,
    /// Block time of the state.
    pub now: UnixMs,
}

impl std::fmt::Debug for Sources<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sources").field("now", &self.now).finish_non_exhaustive()
    }
}

/// Where an event stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventAt {
    /// Its place among all events of the chain, from zero.
    pub position: u64,
    /// Height of its block.
    pub height: u64,
    /// Time of its block.
    pub time: UnixMs,
    /// What it came from.
    pub origin: Origin,
}
