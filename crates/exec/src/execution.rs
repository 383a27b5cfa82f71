//! Runs a block: genesis or work that fell due, then each transaction in order, then the event tree.
//!
//! A row that the base has not loaded stops a step with [`Missing`]; the driver loads it and repeats the step. A step
//! leaves its writes only when it is complete, so the result does not depend on the number of repetitions.

use crate::{BlockInfo, CheckedTx, Head, Lane, Modules, Outcome, SystemReject, TxOutcome, module};
use epione_kernel::{
    Agenda, Base, CallContext, KeySet, Missing, Overlay, RawCtx, RawEvent, RawStop, RowKey, Signer, Source, Standing,
    View, broken,
};
use epione_types::{
    Bytes, Call, CallId, DurationMs, Entry, Frontier, Genesis, List, ModuleId, Origin, SignedTx, TxFault, TxResult,
    Upgrade, decode, domain, encode, hash,
    limits::{DUE_PER_BLOCK_MAX, ROW_BYTES_MAX, VALIDITY_MS_MAX},
};

const FRONTIER: u8 = 4;

/// Why a transaction was not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TxStop {
    /// A row must be loaded first.
    Missing(Missing),
    /// It may not stand in this block.
    Fault(TxFault),
}

impl From<Missing> for TxStop {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

impl From<TxFault> for TxStop {
    fn from(fault: TxFault) -> Self {
        Self::Fault(fault)
    }
}

/// The execution of one block, step by step.
#[derive(Debug)]
pub struct Execution {
    modules: Modules,
    info: BlockInfo,
    writes: Overlay,
    entries: Vec<Entry>,
    txs: Vec<TxOutcome>,
    modules_begun: usize,
    upgraded: usize,
    due_done: usize,
    epoch_ended: usize,
}

/// Adds the rows that every block reads.
pub fn block_reads(keys: &mut KeySet) {
    for row in Agenda::hint() {
        keys.add_row(row);
    }
    keys.add_row(frontier_row());
    keys.add_row(Head::row());
}

/// Adds the rows that a transaction will likely read.
pub fn tx_reads(modules: Modules, tx: &SignedTx, keys: &mut KeySet) {
    keys.add_row(Lane::row(&tx.tx.signer, tx.tx.nonce.lane));
    for known in modules {
        known.standing_reads(&tx.tx.signer, keys);
    }
    for call in tx.tx.calls.iter() {
        if let Some(known) = module(modules, call.module) {
            known.reads(&tx.tx.signer, call.call, &call.body, keys);
        }
    }
}

/// Runs a whole block over a base on which nothing is missing.
///
/// # Errors
/// The fault of the first transaction that may not stand in the block.
///
/// # Panics
/// If a row is missing.
pub fn execute(
    modules: Modules,
    info: BlockInfo,
    genesis: &Genesis,
    base: &dyn Base,
    txs: &[CheckedTx],
) -> Result<Outcome, TxFault> {
    let mut execution = Execution::new(modules, info);
    if execution.begin(base, genesis).is_err() {
        broken("a whole state has a missing row");
    }
    for tx in txs {
        match execution.tx(base, tx) {
            Ok(()) => {}
            Err(TxStop::Fault(fault)) => return Err(fault),
            Err(TxStop::Missing(_)) => broken("a whole state has a missing row"),
        }
    }
    Ok(execution.finish(base).unwrap_or_else(|_missing| broken("a whole state has a missing row")))
}

impl Execution {
    /// The execution of a block, before its first step.
    #[must_use]
    pub fn new(modules: Modules, info: BlockInfo) -> Self {
        Self {
            modules,
            info,
            writes: Overlay::default(),
            entries: Vec::new(),
            txs: Vec::new(),
            modules_begun: 0,
            upgraded: 0,
            due_done: 0,
            epoch_ended: 0,
        }
    }

    /// The first step: in block 1 what the modules begin with, in the first block of another format of the state what they
    /// make of that, then work that fell due, then in the last block of an epoch what they decide for the next.
    ///
    /// # Errors
    /// [`Missing`]; the step is then repeated.
    ///
    /// # Panics
    /// If a module refuses the genesis, which was checked when it was made.
    pub fn begin(&mut self, base: &dyn Base, genesis: &Genesis) -> Result<(), Missing> {
        if self.info.height == 1 {
            self.begin_modules(base, genesis)?;
        }
        if let Some(upgrade) = self.info.upgrade {
            self.upgrade(base, genesis, &upgrade)?;
        }
        while self.due_done < DUE_PER_BLOCK_MAX && self.due(base)? {
            self.due_done = self.due_done.saturating_add(1);
        }
        match self.info.next_epoch {
            Some(next) => self.end_epoch(base, genesis, next),
            None => Ok(()),
        }
    }

    fn upgrade(&mut self, base: &dyn Base, genesis: &Genesis, upgrade: &Upgrade) -> Result<(), Missing> {
        let modules = self.modules;
        while let Some(known) = modules.get(self.upgraded) {
            let parts: [&[u8]; 3] = [&self.info.chain.0, &upgrade.block.0, &known.id().0.to_le_bytes()];
            let source = self.source(CallId(hash(domain::CALL_ID, &parts).0), genesis.salt);
            let none = Overlay::default();
            let mut ctx = RawCtx::new(View::over(base, &self.writes, &none), source);
            known.upgraded(&mut ctx, upgrade)?;
            let (writes, events) = ctx.finish();
            self.upgraded = self.upgraded.saturating_add(1);
            self.keep(writes, events, Origin::Due { height: self.info.height }, &genesis.salt);
        }
        Ok(())
    }

    fn end_epoch(&mut self, base: &dyn Base, genesis: &Genesis, next: u64) -> Result<(), Missing> {
        let modules = self.modules;
        while let Some(known) = modules.get(self.epoch_ended) {
            let parts: [&[u8]; 3] = [&self.info.chain.0, &next.to_le_bytes(), &known.id().0.to_le_bytes()];
            let source = self.source(CallId(hash(domain::CALL_ID, &parts).0), genesis.salt);
            let none = Overlay::default();
            let mut ctx = RawCtx::new(View::over(base, &self.writes, &none), source);
            known.epoch_ends(&mut ctx, next)?;
            let (writes, events) = ctx.finish();
            self.epoch_ended = self.epoch_ended.saturating_add(1);
            self.keep(writes, events, Origin::Due { height: self.info.height }, &genesis.salt);
        }
        Ok(())
    }

    fn begin_modules(&mut self, base: &dyn Base, genesis: &Genesis) -> Result<(), Missing> {
        while let Some(part) = genesis.modules.get(self.modules_begun) {
            let Some(known) = module(self.modules, part.module) else {
                broken("the genesis names a module that does not exist");
            };
            let call = hash(domain::CALL_ID, &[&self.info.chain.0, &part.module.0.to_le_bytes()]);
            let source = self.source(CallId(call.0), genesis.salt);
            let none = Overlay::default();
            let mut ctx = RawCtx::new(View::over(base, &self.writes, &none), source);
            match known.init(&mut ctx, &part.body) {
                Ok(Ok(())) => {}
                Ok(Err(RawStop::Missing(missing))) => return Err(missing),
                Ok(Err(RawStop::Reject(_))) | Err(_) => broken("a module refuses the genesis"),
            }
            let (writes, events) = ctx.finish();
            self.modules_begun = self.modules_begun.saturating_add(1);
            self.keep(writes, events, Origin::Genesis, &genesis.salt);
        }
        Ok(())
    }

    /// Does the earliest piece of work if it is due; whether there was one.
    fn due(&mut self, base: &dyn Base) -> Result<bool, Missing> {
        let none = Overlay::default();
        let placeholder = self.source(CallId::default(), [0; 16]);
        let mut ctx = RawCtx::new(View::over(base, &self.writes, &none), placeholder);
        let Some(item) = Agenda::pop(&mut ctx, self.info.time)? else {
            return Ok(false);
        };
        let (popped, _) = ctx.finish();
        let call = hash(domain::DUE_SALT, &[&item.salt, &item.seq.to_le_bytes()]);
        let source = self.source(CallId(call.0), item.salt);
        let mut ctx = RawCtx::new(View::over(base, &self.writes, &popped), source);
        let Some(known) = module(self.modules, item.module) else {
            broken("scheduled work names a module that does not exist");
        };
        known.due(&mut ctx, &item)?;
        let (writes, events) = ctx.finish();
        self.writes.absorb(popped);
        self.keep(writes, events, Origin::Due { height: self.info.height }, &item.salt);
        Ok(true)
    }

    /// Whether a transaction may stand at this place of the block: expiry, signer, key and nonce. The signer and the lane
    /// after it.
    ///
    /// # Errors
    /// [`TxStop::Missing`], and the question is repeated; or the fault.
    pub fn admit(&self, base: &dyn Base, signed: &SignedTx) -> Result<(Signer, Lane), TxStop> {
        let (by, lane) = self.standing(base, signed)?;
        Ok((by, lane.with(signed.tx.nonce)?))
    }

    /// The same whatever the nonce: the signer and the lane before it.
    ///
    /// # Errors
    /// As [`Self::admit`].
    pub fn standing(&self, base: &dyn Base, signed: &SignedTx) -> Result<(Signer, Lane), TxStop> {
        let tx = &signed.tx;
        if tx.valid_until < self.info.time {
            return Err(TxFault::Expired(tx.valid_until).into());
        }
        if tx.valid_until > self.info.time.after(DurationMs(VALIDITY_MS_MAX)) {
            return Err(TxFault::ValidTooLong(tx.valid_until).into());
        }
        let by = self.signer(base, signed)?;
        let none = Overlay::default();
        let lane = Lane::of(View::over(base, &self.writes, &none), &tx.signer, tx.nonce.lane)?;
        Ok((by, lane))
    }

    /// Runs one transaction.
    ///
    /// # Errors
    /// [`TxStop::Missing`], and the step is repeated; or why the transaction may not stand in the block, which is then as
    /// if it had not been offered.
    pub fn tx(&mut self, base: &dyn Base, checked: &CheckedTx) -> Result<(), TxStop> {
        let tx = &checked.tx.tx;
        let (by, lane) = self.admit(base, &checked.tx)?;
        let mut writes = Overlay::default();
        writes.set(Lane::row(&tx.signer, tx.nonce.lane), Some(encode(&lane)));

        let mut codes = Vec::with_capacity(tx.calls.len());
        let mut events = Vec::new();
        for (index, call) in (0_u16..).zip(tx.calls.iter()) {
            let source = self.source(checked.id.call(index), tx.salt);
            let mut ctx = RawCtx::new(View::over(base, &self.writes, &writes), source);
            let code = self.call(&mut ctx, &by, call)?;
            codes.push(code);
            if code == 0 {
                let (written, emitted) = ctx.finish();
                writes.absorb(written);
                events.extend(emitted.into_iter().map(|event| (index, event)));
            }
        }
        self.writes.absorb(writes);
        self.keep_tx(checked, codes, events);
        Ok(())
    }

    /// Who signs, if a module knows the signer and the key.
    fn signer(&self, base: &dyn Base, signed: &SignedTx) -> Result<Signer, TxStop> {
        let (id, key) = (signed.tx.signer, signed.signature.key());
        let none = Overlay::default();
        let view = View::over(base, &self.writes, &none);
        for known in self.modules {
            match known.standing(view, &id, &key)? {
                Standing::Unknown => {}
                Standing::WrongKey => return Err(TxFault::Key(id).into()),
                Standing::Active(rights) => return Ok(Signer { id, key, rights }),
            }
        }
        Err(TxFault::UnknownSigner(id).into())
    }

    /// Runs one call; the code of its reject, or zero.
    fn call(&self, ctx: &mut RawCtx<'_>, by: &Signer, call: &Call) -> Result<u32, Missing> {
        let Some(known) = module(self.modules, call.module) else {
            broken("a transaction with an unknown module was run");
        };
        if by.rights.suspended && !known.while_suspended(call.call) {
            return Ok(SystemReject::Suspended.code());
        }
        match known.apply(ctx, &CallContext { by, call: call.call, body: &call.body }) {
            Ok(()) if ctx.is_over_limit() => Ok(SystemReject::TooMuch.code()),
            Ok(()) => Ok(0),
            Err(RawStop::Reject((code, _))) => Ok(code),
            Err(RawStop::Missing(missing)) => Err(missing),
        }
    }

    fn source(&self, call: CallId, salt: [u8; 16]) -> Source {
        let BlockInfo { time: now, height, demo, state_format, .. } = self.info;
        Source { call, salt, now, height, demo, state_format }
    }

    /// Keeps writes and events of genesis or scheduled work.
    fn keep(&mut self, writes: Overlay, events: Vec<RawEvent>, origin: Origin, secret: &[u8; 16]) {
        self.writes.absorb(writes);
        for event in events {
            let at = u64::try_from(self.entries.len()).unwrap_or(u64::MAX);
            let parts: [&[u8]; 3] = [secret, &self.info.height.to_le_bytes(), &at.to_le_bytes()];
            let salt = hash(domain::EVENT_SALT, &parts).truncated();
            self.entries.push(entry(salt, origin, event));
        }
    }

    /// Keeps the result of a transaction and then its events.
    fn keep_tx(&mut self, checked: &CheckedTx, codes: Vec<u32>, events: Vec<(u16, RawEvent)>) {
        let id = checked.id;
        let result = TxResult {
            codes: List::new(codes.clone()).unwrap_or_else(|_more| broken("a transaction has more codes than calls")),
        };
        let result = RawEvent { module: ModuleId::SYSTEM, number: TxResult::NUMBER, body: encode(&result) };
        self.entries.push(entry(checked.tx.event_salt(0), Origin::Tx { id }, result));
        for (place, (index, event)) in (1_u32..).zip(events) {
            self.entries.push(entry(checked.tx.event_salt(place), Origin::Call { id, index }, event));
        }
        self.txs.push(TxOutcome { id, codes });
    }

    /// The last step: the events become leaves of the event tree.
    ///
    /// # Errors
    /// [`Missing`]; the step is then repeated.
    pub fn finish(&mut self, base: &dyn Base) -> Result<Outcome, Missing> {
        let none = Overlay::default();
        let view = View::over(base, &self.writes, &none);
        let next_due = Agenda::next(view)?;
        let mut tree = view.row(&frontier_row())?.map_or_else(Frontier::default, |bytes| {
            decode(bytes, ROW_BYTES_MAX).unwrap_or_else(|_error| broken("the event tree does not decode"))
        });
        for entry in &self.entries {
            tree.append(entry.leaf());
        }
        let mut writes = std::mem::take(&mut self.writes);
        let head = Head { height: self.info.height, time: self.info.time };
        writes.set(Head::row(), Some(encode(&head)));
        if !self.entries.is_empty() {
            writes.set(frontier_row(), Some(encode(&tree)));
        }
        Ok(Outcome {
            writes,
            entries: std::mem::take(&mut self.entries),
            txs: std::mem::take(&mut self.txs),
            event_root: tree.root(),
            event_size: tree.size(),
            next_due,
        })
    }

    /// The block.
    #[must_use]
    pub const fn info(&self) -> &BlockInfo {
        &self.info
    }

    /// The state as the block leaves it so far.
    #[must_use]
    pub fn view<'a>(&'a self, base: &'a dyn Base) -> View<'a> {
        View::after(base, &self.writes)
    }

    /// Number of transactions run so far.
    #[must_use]
    pub fn tx_count(&self) -> usize {
        self.txs.len()
    }
}

fn frontier_row() -> RowKey {
    RowKey { module: ModuleId::SYSTEM, table: FRONTIER, key: Vec::new() }
}

fn entry(salt: [u8; 16], origin: Origin, event: RawEvent) -> Entry {
    let body = Bytes::new(event.body).unwrap_or_else(|_long| broken("an event is longer than an event may be"));
    Entry { version: Entry::VERSION, salt, origin, module: event.module, number: event.number, body }
}
