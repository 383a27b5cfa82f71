//! What holds for every chain of blocks, whatever is in them: the same outcome however often a step is repeated, events
//! that decode, laws that hold, and no panic. The fuzz target below `fuzz/` calls the same function.

use epione_exec::{BlockInfo, CheckedTx, Execution, Outcome, TxStop, check_tx};
use epione_kernel::{Base, Dice, MemoryState, Missing, Module, RowKey, testing::signing_key};
use epione_modules::{
    ALL,
    network::{self, Addresses, Jurisdiction, Keys, Member, OrganizationKind, Role},
};
use epione_types::{
    Bytes, Call, ChainId, DurationMs, Genesis, GenesisModule, IdentityId, List, ModuleId, Nonce, OrgId, PublicKey,
    Signature, SignedTx, SignerId, Text, Tx, UnixMs, encode,
};
use std::{collections::BTreeSet, sync::LazyLock};

/// The founders: five validators and a member.
const NAMES: [&str; 6] = ["v1", "v2", "v3", "v4", "v5", "m1"];
const BLOCKS_MAX: usize = 8;
const TXS_MAX: usize = 6;

/// A chain after its first block.
struct Chain {
    genesis: Genesis,
    state: MemoryState,
    height: u64,
    time: UnixMs,
}

static BEGUN: LazyLock<(Genesis, MemoryState)> = LazyLock::new(|| {
    let members = List::new(NAMES.iter().map(|name| member(name)).collect()).unwrap();
    let network = network::Genesis { members, ..network::Genesis::default() };
    let body = |module: &dyn Module| match module.id() {
        ModuleId(1) => encode(&network),
        _ => module.genesis_from_json(serde_json::json!({})).unwrap(),
    };
    let parts =
        ALL.iter().map(|module| GenesisModule { module: module.id(), body: Bytes::new(body(*module)).unwrap() });
    let genesis = Genesis {
        version: Genesis::VERSION,
        state_format: 1,
        name: Text::new("Test").unwrap(),
        time: UnixMs(1_800_000_000_000),
        salt: [3; 16],
        demo: true,
        epoch_blocks: 100,
        modules: List::new(parts.collect()).unwrap(),
    };
    let info = BlockInfo::of(&genesis, genesis.chain(), (1, UnixMs(1_800_000_000_001)), None);
    let (outcome, _) = run(&genesis, info, &MemoryState::default(), &[]);
    let mut state = MemoryState::default();
    state.apply(&outcome.writes);
    (genesis, state)
});

fn key(name: &str, purpose: &str) -> PublicKey {
    signing_key(&format!("{name} {purpose}")).public()
}

fn member(name: &str) -> Member {
    let validator = name.starts_with('v');
    Member {
        name: Text::new(name).unwrap(),
        kind: OrganizationKind::Hospital,
        jurisdiction: Jurisdiction::new("CH").unwrap(),
        role: if validator { Role::Validator } else { Role::Member },
        keys: Keys {
            root: key(name, "root"),
            operations: key(name, "operations"),
            vote: validator.then(|| key(name, "vote")),
            receipt: None,
            tls: None,
            kem: None,
        },
        addresses: Addresses::default(),
    }
}

/// The founders as they sign: identifier, operations key and root key.
static SIGNERS: LazyLock<Vec<(OrgId, PublicKey, PublicKey)>> = LazyLock::new(|| {
    let signer = |name: &&str| (member(name).id(), key(name, "operations"), key(name, "root"));
    NAMES.iter().map(signer).collect()
});

/// Bytes that are taken one after the other; zeros when there are no more.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    fn take(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

/// What became of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Transactions that were executed.
    pub(crate) executed: usize,
    /// Calls among them that were not refused.
    pub(crate) done: usize,
    /// Transactions that may not stand in their block.
    pub(crate) faulty: usize,
}

/// Executes the blocks that `bytes` describe on a chain of the real modules.
pub(crate) fn stream(bytes: &[u8]) -> Seen {
    let (mut input, mut seen) = (Input(bytes), Seen::default());
    let (genesis, state) = &*BEGUN;
    let mut chain = Chain { genesis: genesis.clone(), state: state.clone(), height: 1, time: genesis.time };
    for _ in 0..BLOCKS_MAX {
        if input.0.is_empty() {
            break;
        }
        // From a millisecond to years.
        let later = 1_u64 << (input.byte() % 37);
        let txs: Vec<SignedTx> = (0..usize::from(input.byte()) % TXS_MAX).map(|_| tx(&chain, &mut input)).collect();
        let checked: Vec<CheckedTx> =
            txs.into_iter().filter_map(|tx| check_tx(ALL, &chain.genesis.chain(), tx).ok()).collect();
        chain.block(later, &checked, &mut seen);
    }
    for law in ALL.iter().flat_map(|module| module.laws()) {
        assert_eq!((law.holds)(&chain.state), Ok(()), "{}", law.id);
    }
    seen
}

/// A transaction: mostly in order, with calls that are mostly plausible.
fn tx(chain: &Chain, input: &mut Input<'_>) -> SignedTx {
    let who = input.byte();
    let (org, operations, root) = SIGNERS[usize::from(who) % SIGNERS.len()];
    let kind = input.byte();
    let signer = match kind & 0x0f {
        0 => SignerId::Identity(IdentityId([who; 16])),
        1 => SignerId::Organization(OrgId([who; 16])),
        _ => SignerId::Organization(org),
    };
    let key = match kind >> 4 {
        0 => key("stranger", "operations"),
        1..=4 => root,
        _ => operations,
    };
    let (lane, seq) = (input.byte(), input.byte());
    let valid_for = if input.byte() == 0 { 0 } else { 3_600_000 };
    let count = input.byte() % 4;
    let calls = (0..count).map(|_| call(chain, &signer, input));
    let PublicKey::Ed25519(key) = key else { panic!("a passkey among the operations keys") };
    let tx = Tx {
        version: Tx::VERSION,
        chain: chain.genesis.chain(),
        signer,
        nonce: Nonce { lane: u16::from(lane) * 2, seq: u64::from(seq) },
        salt: [lane ^ seq; 16],
        // Blocks are up to years apart: so the next one is always meant.
        valid_until: chain.time.after(DurationMs(valid_for)),
        calls: List::new(calls.collect()).unwrap(),
    };
    // Right or wrong: signatures were checked before execution.
    SignedTx { tx, signature: Signature::Ed25519 { key, bytes: [0; 64] } }
}

fn call(chain: &Chain, by: &SignerId, input: &mut Input<'_>) -> Call {
    let module = ALL[usize::from(input.byte()) % ALL.len()];
    let calls = &module.surface().calls;
    let (how, seed) = (input.byte(), input.take(8));
    let item = &calls[usize::from(how) % calls.len()].item.item;
    let mut dice = Dice::new(seed.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)));
    let example = || (item.number, module.call_from_json(item.number, item.example.clone()).unwrap());
    let (number, body) = match how >> 5 {
        // What the generators of the laws think of, in the state as it is.
        0..=4 => module.plausible(&chain.state, by, chain.time, &mut dice).unwrap_or_else(example),
        5 | 6 => example(),
        _ => {
            let len = usize::from(input.byte());
            (item.number, input.take(len).to_vec())
        }
    };
    Call { module: module.id(), call: number, body: Bytes::new(body).unwrap_or_default() }
}

impl Chain {
    fn block(&mut self, later: u64, txs: &[CheckedTx], seen: &mut Seen) {
        self.height += 1;
        self.time = self.time.after(DurationMs(later));
        let id: ChainId = self.genesis.chain();
        let info = BlockInfo::of(&self.genesis, id, (self.height, self.time), None);
        // Transactions are made for the time before the block.
        let txs: Vec<CheckedTx> = txs.iter().map(|tx| on_time(tx, later)).collect();
        let (outcome, faulty) = run(&self.genesis, info, &self.state, &txs);
        let (again, _) = run(&self.genesis, info, &Slow::new(&self.state), &txs);
        assert_eq!(outcome, again, "the outcome depends on how rows were loaded");
        for entry in &outcome.entries {
            if let Some(module) = ALL.iter().find(|module| module.id() == entry.module) {
                module.event_to_json(entry.number, &entry.body).expect("an event decodes");
            }
        }
        self.state.apply(&outcome.writes);
        seen.faulty += faulty;
        seen.executed += outcome.txs.len();
        seen.done += outcome.txs.iter().flat_map(|tx| &tx.codes).filter(|code| **code == 0).count();
    }
}

fn on_time(tx: &CheckedTx, later: u64) -> CheckedTx {
    let mut tx = tx.clone();
    tx.tx.tx.valid_until = tx.tx.tx.valid_until.after(DurationMs(later));
    tx.id = tx.tx.tx.id();
    tx
}

/// Runs a block as a leader does: transactions that do not fit are left out. The outcome, and how many were.
fn run(genesis: &Genesis, info: BlockInfo, base: &impl Loads, txs: &[CheckedTx]) -> (Outcome, usize) {
    let mut execution = Execution::new(ALL, info);
    while let Err(missing) = execution.begin(base, genesis) {
        base.load(missing);
    }
    let mut faulty = 0;
    for tx in txs {
        loop {
            match execution.tx(base, tx) {
                Ok(()) => break,
                Err(TxStop::Missing(missing)) => base.load(missing),
                Err(TxStop::Fault(_)) => {
                    faulty += 1;
                    break;
                }
            }
        }
    }
    loop {
        match execution.finish(base) {
            Ok(outcome) => return (outcome, faulty),
            Err(missing) => base.load(missing),
        }
    }
}

/// A base that loads what was missing.
trait Loads: Base {
    fn load(&self, missing: Missing);
}

impl Loads for MemoryState {
    fn load(&self, missing: Missing) {
        panic!("{missing:?} of a whole state");
    }
}

/// A state of which nothing is loaded at first.
struct Slow<'a> {
    state: &'a MemoryState,
    loaded: std::cell::RefCell<BTreeSet<RowKey>>,
}

impl<'a> Slow<'a> {
    fn new(state: &'a MemoryState) -> Self {
        Self { state, loaded: std::cell::RefCell::default() }
    }
}

impl Base for Slow<'_> {
    fn row(&self, key: &RowKey) -> Result<Option<&[u8]>, Missing> {
        if self.loaded.borrow().contains(key) { self.state.row(key) } else { Err(Missing(key.clone())) }
    }
}

impl Loads for Slow<'_> {
    fn load(&self, Missing(row): Missing) {
        assert!(self.loaded.borrow_mut().insert(row), "a loaded row is missing");
    }
}
