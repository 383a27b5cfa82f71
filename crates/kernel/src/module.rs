//! What the rest of the program sees of a module: object-safe, bytes in, bytes out.

use crate::{
    BodyError, CallDoc, Ctx, Dice, Domain, DueItem, EventAt, ItemDoc, KeySet, Law, LawDoc, MemoryState, Missing,
    Numbered, NumberedReject, QueryDoc, QueryStop, RawCtx, RawEvent, RejectDoc, RowTable, Rows, RowsError, Signer,
    Sources, Standing, Stop, Surface, View, broken,
};
use epione_types::{ModuleId, PublicKey, SignerId, UnixMs, Upgrade, decode, encode, limits::GENESIS_BYTES_MAX};
use serde_json::Value;
use std::{marker::PhantomData, sync::OnceLock};

/// Why a call did not go through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawStop {
    /// A rule refuses it, with the code `module << 16 | number`.
    Reject(RejectDocRef),
    /// A row must be loaded; the call is then run again.
    Missing(Missing),
}

/// Code and text of a reject.
pub type RejectDocRef = (u32, &'static str);

impl From<Missing> for RawStop {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

/// Why a query has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryError {
    /// The query's fields are wrong.
    Body(BodyError),
    /// A rule refuses it.
    Reject(RejectDoc),
    /// A row must be loaded; the query is then run again.
    Missing(Missing),
    /// The row store failed.
    Rows(RowsError),
}

/// A call as it stands in a transaction, with who signed it.
#[derive(Clone, Copy, Debug)]
pub struct CallContext<'a> {
    /// Who signed it.
    pub by: &'a Signer,
    /// The call's number.
    pub call: u16,
    /// Canonical bytes of its fields.
    pub body: &'a [u8],
}

/// A module.
pub trait Module: std::fmt::Debug + Send + Sync {
    /// Number on the wire.
    fn id(&self) -> ModuleId;
    /// Name in routes, verbs and pages.
    fn name(&self) -> &'static str;
    /// The surface as data.
    fn surface(&self) -> &Surface;
    /// Checks what needs no state.
    ///
    /// # Errors
    /// [`BodyError`] if the call does not decode; the outcome of the rules is the inner result.
    fn check(&self, call: u16, body: &[u8]) -> Result<Result<(), RejectDocRef>, BodyError>;
    /// Adds the rows that the call will likely read.
    fn reads(&self, by: &SignerId, call: u16, body: &[u8], keys: &mut KeySet);
    /// Applies the call.
    ///
    /// # Errors
    /// A reject, or a row that must be loaded first.
    fn apply(&self, ctx: &mut RawCtx<'_>, call: &CallContext<'_>) -> Result<(), RawStop>;
    /// Does scheduled work.
    ///
    /// # Errors
    /// A row that must be loaded first.
    fn due(&self, ctx: &mut RawCtx<'_>, item: &DueItem) -> Result<(), Missing>;
    /// Decides what holds in epoch `next`.
    ///
    /// # Errors
    /// A row that must be loaded first.
    fn epoch_ends(&self, ctx: &mut RawCtx<'_>, next: u64) -> Result<(), Missing>;
    /// Takes note that the chain has passed into another format of its state.
    ///
    /// # Errors
    /// A row that must be loaded first.
    fn upgraded(&self, ctx: &mut RawCtx<'_>, upgrade: &Upgrade) -> Result<(), Missing>;
    /// What the module knows of a signer and a key.
    ///
    /// # Errors
    /// A row that must be loaded first.
    fn standing(&self, view: View<'_>, signer: &SignerId, key: &PublicKey) -> Result<Standing, Missing>;
    /// Adds the rows that `standing` reads.
    fn standing_reads(&self, signer: &SignerId, keys: &mut KeySet);
    /// Whether the call is open to a suspended organization.
    fn while_suspended(&self, call: u16) -> bool;
    /// Answers a query with this number and these fields.
    ///
    /// # Errors
    /// [`QueryError`].
    fn query(&self, sources: &Sources<'_>, query: u16, fields: Value) -> Result<Value, QueryError>;
    /// The tables of the query database.
    fn tables(&self) -> &'static [RowTable];
    /// Turns an event into changes of rows.
    fn project(&self, event: &RawEvent, at: &EventAt, rows: &mut Rows);
    /// Writes what the module begins with; `body` are the canonical bytes of its genesis.
    ///
    /// # Errors
    /// A reject, or a row that must be loaded first; [`BodyError`] in the outer result.
    fn init(&self, ctx: &mut RawCtx<'_>, body: &[u8]) -> Result<Result<(), RawStop>, BodyError>;
    /// Canonical bytes of a genesis given as JSON.
    ///
    /// # Errors
    /// [`BodyError`] if a field is missing, unknown or wrong.
    fn genesis_from_json(&self, json: Value) -> Result<Vec<u8>, BodyError>;
    /// Canonical bytes of a call given as JSON.
    ///
    /// # Errors
    /// [`BodyError`] if a field is missing, unknown or wrong.
    fn call_from_json(&self, call: u16, json: Value) -> Result<Vec<u8>, BodyError>;
    /// The fields of a call as JSON.
    ///
    /// # Errors
    /// [`BodyError`] if it does not decode.
    fn call_to_json(&self, call: u16, body: &[u8]) -> Result<Value, BodyError>;
    /// The fields of an event as JSON.
    ///
    /// # Errors
    /// [`BodyError`] if it does not decode.
    fn event_to_json(&self, number: u16, body: &[u8]) -> Result<Value, BodyError>;
    /// The named invariants.
    fn laws(&self) -> &'static [Law];
    /// Number and body of a call that `by` might make.
    fn plausible(&self, state: &MemoryState, by: &SignerId, now: UnixMs, dice: &mut Dice) -> Option<(u16, Vec<u8>)>;
}

/// The single adapter from [`Domain`] to [`Module`].
pub struct Hosted<D> {
    surface: OnceLock<Surface>,
    domain: PhantomData<fn() -> D>,
}

impl<D: Domain> std::fmt::Debug for Hosted<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hosted({})", D::NAME)
    }
}

impl<D: Domain> Default for Hosted<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Domain> Hosted<D> {
    /// The module that `D` is.
    #[must_use]
    pub const fn new() -> Self {
        Self { surface: OnceLock::new(), domain: PhantomData }
    }
}

fn code<D: Domain>(reject: D::Reject) -> RejectDocRef {
    ((u32::from(D::ID.0) << 16) | u32::from(reject.number()), reject.text())
}

fn reject_doc<D: Domain>(reject: D::Reject) -> RejectDoc {
    RejectDoc { code: code::<D>(reject).0, number: reject.number(), name: reject.name(), text: reject.text() }
}

fn raw<D: Domain>(done: Result<(), Stop<D::Reject>>) -> Result<(), RawStop> {
    done.map_err(|stop| match stop {
        Stop::Reject(reject) => RawStop::Reject(code::<D>(reject)),
        Stop::Missing(missing) => RawStop::Missing(missing),
    })
}

fn surface<D: Domain>() -> Surface {
    Surface {
        id: D::ID,
        name: D::NAME,
        doc: D::DOC,
        requires: D::REQUIRES.to_vec(),
        calls: D::Call::items()
            .into_iter()
            .map(|item| CallDoc { while_suspended: D::while_suspended(item.number), item: item.into() })
            .collect(),
        events: D::Event::items().into_iter().map(ItemDoc::from).collect(),
        queries: D::Query::items()
            .into_iter()
            .map(|item| {
                let (source, answer) = D::answers(item.number);
                QueryDoc { item: item.into(), source, answer }
            })
            .collect(),
        rejects: D::Reject::all().into_iter().map(reject_doc::<D>).collect(),
        laws: D::laws().iter().map(|law| LawDoc { id: law.id, text: law.text }).collect(),
        genesis: crate::__reexports::schema::<D::Genesis>(),
    }
}

impl<D: Domain> Module for Hosted<D> {
    fn id(&self) -> ModuleId {
        D::ID
    }

    fn name(&self) -> &'static str {
        D::NAME
    }

    fn surface(&self) -> &Surface {
        self.surface.get_or_init(surface::<D>)
    }

    fn check(&self, call: u16, body: &[u8]) -> Result<Result<(), RejectDocRef>, BodyError> {
        Ok(D::check(&D::Call::decode(call, body)?).map_err(code::<D>))
    }

    fn reads(&self, by: &SignerId, call: u16, body: &[u8], keys: &mut KeySet) {
        if let Ok(call) = D::Call::decode(call, body) {
            D::reads(by, &call, keys);
        }
    }

    fn apply(&self, ctx: &mut RawCtx<'_>, call: &CallContext<'_>) -> Result<(), RawStop> {
        // INVARIANT: a transaction whose calls do not decode is invalid and never applied.
        let Ok(decoded) = D::Call::decode(call.call, call.body) else {
            broken("a call that does not decode was applied");
        };
        raw::<D>(D::apply(&mut Ctx::new(ctx), call.by, &decoded))
    }

    fn due(&self, ctx: &mut RawCtx<'_>, item: &DueItem) -> Result<(), Missing> {
        let Ok(decoded) = decode(&item.body, epione_types::limits::ROW_BYTES_MAX) else {
            broken("a piece of scheduled work does not decode");
        };
        D::due(&mut Ctx::new(ctx), &decoded)
    }

    fn epoch_ends(&self, ctx: &mut RawCtx<'_>, next: u64) -> Result<(), Missing> {
        D::epoch_ends(&mut Ctx::new(ctx), next)
    }

    fn upgraded(&self, ctx: &mut RawCtx<'_>, upgrade: &Upgrade) -> Result<(), Missing> {
        D::upgraded(&mut Ctx::new(ctx), upgrade)
    }

    fn standing(&self, view: View<'_>, signer: &SignerId, key: &PublicKey) -> Result<Standing, Missing> {
        D::standing(view, signer, key)
    }

    fn standing_reads(&self, signer: &SignerId, keys: &mut KeySet) {
        D::standing_reads(signer, keys);
    }

    fn while_suspended(&self, call: u16) -> bool {
        D::while_suspended(call)
    }

    fn query(&self, sources: &Sources<'_>, query: u16, fields: Value) -> Result<Value, QueryError> {
        let query = D::Query::from_json(query, fields).map_err(QueryError::Body)?;
        D::query(sources, &query).map_err(|stop| match stop {
            QueryStop::Reject(reject) => QueryError::Reject(reject_doc::<D>(reject)),
            QueryStop::Missing(missing) => QueryError::Missing(missing),
            QueryStop::Rows(error) => QueryError::Rows(error),
        })
    }

    fn tables(&self) -> &'static [RowTable] {
        D::tables()
    }

    fn project(&self, event: &RawEvent, at: &EventAt, rows: &mut Rows) {
        let Ok(decoded) = D::Event::decode(event.number, &event.body) else {
            broken("an event of the log does not decode");
        };
        D::project(&decoded, at, rows);
    }

    fn init(&self, ctx: &mut RawCtx<'_>, body: &[u8]) -> Result<Result<(), RawStop>, BodyError> {
        let genesis = decode(body, GENESIS_BYTES_MAX).map_err(BodyError::Malformed)?;
        Ok(raw::<D>(D::init(&mut Ctx::new(ctx), &genesis)))
    }

    fn genesis_from_json(&self, json: Value) -> Result<Vec<u8>, BodyError> {
        Ok(encode(&crate::__reexports::from_json::<D::Genesis>(json)?))
    }

    fn call_from_json(&self, call: u16, json: Value) -> Result<Vec<u8>, BodyError> {
        Ok(D::Call::from_json(call, json)?.body())
    }

    fn call_to_json(&self, call: u16, body: &[u8]) -> Result<Value, BodyError> {
        Ok(D::Call::decode(call, body)?.to_json())
    }

    fn event_to_json(&self, number: u16, body: &[u8]) -> Result<Value, BodyError> {
        Ok(D::Event::decode(number, body)?.to_json())
    }

    fn laws(&self) -> &'static [Law] {
        D::laws()
    }

    fn plausible(&self, state: &MemoryState, by: &SignerId, now: UnixMs, dice: &mut Dice) -> Option<(u16, Vec<u8>)> {
        D::plausible(state, by, now, dice).map(|call| (call.number(), call.body()))
    }
}
