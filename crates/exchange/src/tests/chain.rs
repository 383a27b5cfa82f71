//! A chain in memory that really executes, as every member's node sees it: each of them can be cut off from it.

use crate::ports::{Clock, Head, Ledger, LedgerError, Outcome, Question};
use epione_exec::{BlockInfo, check_tx, execute};
use epione_kernel::{MemoryState, View};
use epione_modules::ALL;
use epione_types::{
    Bytes, Call, ChainId, Entry, Genesis, GenesisModule, List, Nonce, Origin, SignerId, SigningKey, Text, Tx, UnixMs,
    encode,
};
use futures::future::BoxFuture;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

pub(super) const BEGINNING: UnixMs = UnixMs(1_800_000_000_000);

/// Who signs.
#[derive(Clone, Debug)]
pub(super) struct Actor {
    pub(super) id: SignerId,
    pub(super) key: SigningKey,
}

#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    state: MemoryState,
    events: Vec<Entry>,
    height: u64,
    time: UnixMs,
}

#[derive(Debug)]
struct Inner {
    genesis: Genesis,
    chain: ChainId,
    now: Snapshot,
    seqs: BTreeMap<SignerId, u64>,
    salts: u64,
    clock: UnixMs,
}

/// The chain, and the one clock of the world.
#[derive(Clone, Debug)]
pub(super) struct Chain(Arc<Mutex<Inner>>);

impl Chain {
    /// A chain whose network begins so.
    pub(super) fn new(network: &epione_modules::network::Genesis) -> Self {
        let modules = ALL.iter().map(|module| {
            let body = if module.name() == "network" { encode(network) } else { Vec::new() };
            GenesisModule { module: module.id(), body: Bytes::new(body).unwrap() }
        });
        let genesis = Genesis {
            version: Genesis::VERSION,
            state_format: 1,
            name: Text::new("Test").unwrap(),
            time: BEGINNING,
            salt: [3; 16],
            demo: true,
            epoch_blocks: 1 << 40,
            modules: List::new(modules.collect()).unwrap(),
        };
        let now = Snapshot { state: MemoryState::default(), events: Vec::new(), height: 0, time: BEGINNING };
        let chain = genesis.chain();
        let inner = Inner { chain, genesis, now, seqs: BTreeMap::new(), salts: 0, clock: BEGINNING };
        let chain = Self(Arc::new(Mutex::new(inner)));
        chain.pass(1);
        chain.block();
        chain
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// Lets time pass, in milliseconds.
    pub(super) fn pass(&self, ms: u64) {
        let mut inner = self.inner();
        inner.clock = UnixMs(inner.clock.0 + ms);
    }

    pub(super) fn clock(&self) -> UnixMs {
        self.inner().clock
    }

    /// A block without transactions, which does what is due.
    pub(super) fn block(&self) {
        self.run(None).unwrap();
    }

    /// Puts calls on the ledger; the codes of all of them.
    pub(super) fn submit(&self, by: &Actor, calls: Vec<Call>) -> Result<Outcome, LedgerError> {
        self.run(Some((by, calls)))
    }

    /// Puts one call on the ledger, which is accepted.
    #[track_caller]
    pub(super) fn call(&self, by: &Actor, call: Call) -> Outcome {
        let outcome = self.submit(by, vec![call]).unwrap();
        assert_eq!(outcome.codes, [0], "{}", reject(outcome.codes[0]));
        outcome
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        self.inner().now.clone()
    }

    fn run(&self, tx: Option<(&Actor, Vec<Call>)>) -> Result<Outcome, LedgerError> {
        let mut inner = self.inner();
        let inner = &mut *inner;
        inner.clock = UnixMs(inner.clock.0.max(inner.now.time.0 + 1));
        let (height, time) = (inner.now.height + 1, inner.clock);
        let info = BlockInfo::of(&inner.genesis, inner.chain, (height, time), None);
        let mut checked = Vec::new();
        if let Some((by, calls)) = tx {
            let seq = inner.seqs.entry(by.id).or_insert(0);
            inner.salts += 1;
            let mut salt = [0; 16];
            salt[..8].copy_from_slice(&inner.salts.to_le_bytes());
            let tx = Tx {
                version: Tx::VERSION,
                chain: inner.chain,
                signer: by.id,
                nonce: Nonce { lane: 0, seq: *seq + 1 },
                salt,
                valid_until: UnixMs(time.0 + 60_000),
                calls: List::new(calls).unwrap(),
            };
            let tx = check_tx(ALL, &inner.chain, tx.sign(&by.key));
            checked.push(tx.map_err(|fault| LedgerError::Faulty(fault.to_string()))?);
        }
        let done = execute(ALL, info, &inner.genesis, &inner.now.state, &checked);
        let done = done.map_err(|fault| LedgerError::Faulty(fault.to_string()))?;
        if let Some(tx) = checked.first() {
            inner.seqs.insert(tx.tx.tx.signer, tx.tx.tx.nonce.seq);
        }
        inner.now.state.apply(&done.writes);
        inner.now.events.extend(done.entries.iter().cloned());
        (inner.now.height, inner.now.time) = (height, time);
        let tx = done.txs.first().map(|tx| tx.id).unwrap_or_default();
        let codes = done.txs.first().map(|tx| tx.codes.clone()).unwrap_or_default();
        let is_of = |entry: &&Entry| matches!(entry.origin, Origin::Call { id, .. } if id == tx);
        let events = done.entries.iter().filter(is_of).cloned().collect();
        Ok(Outcome { tx, height, time, codes, events })
    }
}

/// What a code of the ledger says.
pub(super) fn reject(code: u32) -> String {
    let found = ALL.iter().flat_map(|module| module.surface().rejects.iter()).find(|reject| reject.code == code);
    found.map_or_else(|| code.to_string(), |reject| format!("{code} {}", reject.name))
}

impl Clock for Chain {
    fn now(&self) -> UnixMs {
        self.clock()
    }
}

/// The node of one member.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) chain: Chain,
    pub(super) service: Actor,
    /// What it saw last, if it is cut off.
    pub(super) cut_off: Mutex<Option<Snapshot>>,
    pub(super) seen_at: Mutex<UnixMs>,
}

impl Node {
    fn view(&self) -> Snapshot {
        self.cut_off.lock().unwrap().clone().unwrap_or_else(|| self.chain.snapshot())
    }

    /// Cuts the node off from the others, or connects it again.
    pub(super) fn cut_off(&self, yes: bool) {
        *self.seen_at.lock().unwrap() = self.chain.clock();
        *self.cut_off.lock().unwrap() = yes.then(|| self.chain.snapshot());
    }
}

impl Ledger for Node {
    fn submit(&self, calls: Vec<Call>) -> BoxFuture<'_, Result<Outcome, LedgerError>> {
        let outcome = if self.cut_off.lock().unwrap().is_some() {
            Err(LedgerError::Unavailable("cut off".to_owned()))
        } else {
            self.chain.submit(&self.service, calls)
        };
        Box::pin(std::future::ready(outcome))
    }

    fn ask<'a>(&'a self, question: &'a Question<'a>) -> BoxFuture<'a, Result<(), LedgerError>> {
        let now = self.view();
        question(View::new(&now.state)).unwrap();
        Box::pin(std::future::ready(Ok(())))
    }

    fn events(&self, from: u64, max: usize) -> BoxFuture<'_, Result<Vec<Entry>, LedgerError>> {
        let events = self.view().events;
        let from = usize::try_from(from).unwrap();
        Box::pin(std::future::ready(Ok(events.into_iter().skip(from).take(max).collect())))
    }

    fn head(&self) -> Option<Head> {
        let now = self.view();
        let is_cut_off = self.cut_off.lock().unwrap().is_some();
        // Who is connected has just seen the last block when it came.
        let seen_at = if is_cut_off { *self.seen_at.lock().unwrap() } else { now.time };
        Some(Head { height: now.height, time: now.time, seen_at })
    }
}
