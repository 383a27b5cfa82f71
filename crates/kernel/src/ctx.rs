//! What a call sees and does: the context of `apply`.

use crate::{Agenda, Domain, Missing, Numbered, Overlay, Reads, RowKey, View, broken};
use epione_types::{CallId, ModuleId, OrgId, PublicKey, SignerId, UnixMs, encode, hash, limits::ROWS_PER_CALL_MAX};
use std::marker::PhantomData;

/// What a signer may do, as the module that knows the signer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    /// The member organization: the signer itself, or the one that answers for it.
    pub org: OrgId,
    /// Whether the key is an organization's root key.
    pub root: bool,
    /// Whether the organization is suspended: only calls marked `while_suspended` are open to it.
    pub suspended: bool,
}

/// What a module knows of a signer and a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// This module does not know the signer.
    Unknown,
    /// The signer is known, but the key is not one of its current signing keys.
    WrongKey,
    /// The key is a current signing key of the signer.
    Active(Rights),
}

/// Who signed the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The organization or identity.
    pub id: SignerId,
    /// The key that signed.
    pub key: PublicKey,
    /// What it may do.
    pub rights: Rights,
}

/// What a piece of execution comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Identifier of the call, or a derived one for genesis and scheduled work.
    pub call: CallId,
    /// Secret bytes from which the salts of scheduled work are derived.
    pub salt: [u8; 16],
    /// Block time.
    pub now: UnixMs,
    /// Height of the block.
    pub height: u64,
    /// Whether the genesis permits shortened periods.
    pub demo: bool,
    /// Format of the authenticated state.
    pub state_format: u16,
}

/// An event as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawEvent {
    /// The module that emitted it.
    pub module: ModuleId,
    /// Its number in the module.
    pub number: u16,
    /// Canonical bytes of its fields.
    pub body: Vec<u8>,
}

/// The context without the module's types: what [`crate::Module::apply`] takes.
#[derive(Debug)]
pub struct RawCtx<'a> {
    below: View<'a>,
    source: Source,
    writes: Overlay,
    events: Vec<RawEvent>,
}

impl<'a> RawCtx<'a> {
    /// A context over what is below the call's own writes.
    #[must_use]
    pub fn new(below: View<'a>, source: Source) -> Self {
        Self { below, source, writes: Overlay::default(), events: Vec::new() }
    }

    /// What this piece of execution comes from.
    #[must_use]
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// Writes and events, in the end.
    #[must_use]
    pub fn finish(self) -> (Overlay, Vec<RawEvent>) {
        (self.writes, self.events)
    }

    /// Whether more rows were written than one call may write.
    #[must_use]
    pub fn is_over_limit(&self) -> bool {
        self.writes.len() > ROWS_PER_CALL_MAX || self.events.len() > epione_types::limits::EVENTS_PER_CALL_MAX
    }

    pub(crate) fn set(&mut self, row: RowKey, value: Option<Vec<u8>>) {
        self.writes.set(row, value);
    }
}

impl Reads for RawCtx<'_> {
    fn view(&self) -> View<'_> {
        self.below.with_call(&self.writes)
    }
}

/// The context of a call in module `D`.
///
/// Reading goes through tables ([`crate::Table::get`]), and so does writing ([`crate::Table::put`]).
#[derive(Debug)]
pub struct Ctx<'c, D> {
    raw: &'c mut dyn RawAccess,
    domain: PhantomData<fn() -> D>,
}

/// What `Ctx` needs of a `RawCtx`, whatever its lifetime.
pub(crate) trait RawAccess: std::fmt::Debug {
    fn view(&self) -> View<'_>;
    fn source(&self) -> &Source;
    fn set(&mut self, row: RowKey, value: Option<Vec<u8>>);
    fn emit(&mut self, event: RawEvent);
}

impl RawAccess for RawCtx<'_> {
    fn view(&self) -> View<'_> {
        Reads::view(self)
    }
    fn source(&self) -> &Source {
        &self.source
    }
    fn set(&mut self, row: RowKey, value: Option<Vec<u8>>) {
        Self::set(self, row, value);
    }
    fn emit(&mut self, event: RawEvent) {
        self.events.push(event);
    }
}

impl<'c, D: Domain> Ctx<'c, D> {
    pub(crate) fn new(raw: &'c mut dyn RawAccess) -> Self {
        Self { raw, domain: PhantomData }
    }

    pub(crate) fn raw(&mut self) -> &mut dyn RawAccess {
        self.raw
    }

    /// Block time in milliseconds UTC: the same on every node, later than in the parent block.
    #[must_use]
    pub fn now(&self) -> UnixMs {
        self.raw.source().now
    }

    /// Height of the block.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.raw.source().height
    }

    /// Identifier of the call: unique for ever, known to the client before it submits.
    #[must_use]
    pub fn call_id(&self) -> CallId {
        self.raw.source().call
    }

    /// Whether the genesis says `demo: true`, which permits periods below their floors.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.raw.source().demo
    }

    /// Format of the authenticated state, as it stands in the header of the block.
    #[must_use]
    pub fn state_format(&self) -> u16 {
        self.raw.source().state_format
    }

    /// Emits `event`. Events are output only: no call ever reads them.
    pub fn emit(&mut self, event: &D::Event) {
        let event = RawEvent { module: D::ID, number: event.number(), body: event.body() };
        self.raw.emit(event);
    }

    /// Has [`Domain::due`] run with `item` in the first block at or after `at`. No rule may depend on it having run.
    ///
    /// # Errors
    /// [`Missing`] if a row of the agenda is not loaded.
    pub fn schedule(&mut self, at: UnixMs, item: &D::Due) -> Result<(), Missing> {
        let source = self.raw.source();
        let salt = hash(epione_types::domain::DUE_SALT, &[&source.salt, &source.call.0]).truncated();
        Agenda::push(self.raw, at, D::ID, salt, encode(item))
    }

    /// The context of module `O`, to call one of its writing functions.
    ///
    /// # Panics
    /// If `O` is not among the modules that `D` requires.
    pub fn lend<O: Domain>(&mut self) -> Ctx<'_, O> {
        if !D::REQUIRES.contains(&O::ID) {
            broken("a module writes into one that it does not require");
        }
        Ctx::new(self.raw)
    }
}

impl<D: Domain> Reads for Ctx<'_, D> {
    fn view(&self) -> View<'_> {
        self.raw.view()
    }
}
