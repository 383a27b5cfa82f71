//! The one list of scenarios.

use crate::{
    Workload,
    checks::{
        HALT_AT, IDLE_HEARTBEAT_MS, came_and_went, ends_at_the_agreed_height, forgeries_are_refused, idle, many_epochs,
        nothing_by_the_lawless, times_are_not_ahead, two_things_were_signed, vote_key_was_replaced,
    },
    decisions::{Decision, Step},
    faults::{
        abandoned, comes_back, crashes, joiner, loses_its_logs, minority, misses_the_end, night, one_down, outage,
        sleeps_for_epochs, split,
    },
    forger::Forgery,
    run::Summary,
    world::Founder,
};
use commonware_cryptography::ed25519;
use commonware_glue::simulate::action::Crash;
use epione_kernel::Dice;
use epione_types::DurationMs;

pub(crate) type Key = ed25519::PublicKey;
/// A crash, an outage of links or disks, or a late start.
pub type Fault = Crash<Key>;

/// What a consortium goes through.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Its name.
    pub name: &'static str,
    /// What happens.
    pub about: &'static str,
    /// Number of founders.
    pub nodes: u32,
    /// Number of nodes of organizations that are no founders.
    pub joiners: u32,
    /// Blocks per epoch.
    pub epoch_blocks: u64,
    /// Longest time without a block, in milliseconds.
    pub heartbeat_ms: u64,
    /// Latency and jitter of every link in milliseconds, and the probability that a message arrives.
    pub link: (u64, u64, f64),
    /// What the clients do.
    pub workload: Workload,
    /// What goes wrong.
    pub faults: fn(&Scenario, &mut Dice) -> Vec<Fault>,
    /// How far each node's clock is ahead, in milliseconds.
    pub clocks: &'static [i64],
    /// Founders that run two nodes with one key.
    pub twins: &'static [u32],
    /// Founders whose nodes do not obey the rule on block times.
    pub lawless: &'static [u32],
    /// Founders whose blocks are replaced by forged ones.
    pub forgers: &'static [u32],
    /// What is wrong with forged blocks, in turn.
    pub forgeries: &'static [Forgery],
    /// Founders whose nodes offer transactions in the name of others.
    pub squatters: &'static [u32],
    /// Founders whose nodes lose their vote logs with each crash.
    pub forgetful: &'static [u32],
    /// Founders without a client.
    pub without_client: &'static [u32],
    /// Founders whose nodes are down in the end.
    pub down: &'static [u32],
    /// How long it lasts at least, in simulated seconds.
    pub least_secs: u64,
    /// When it must be over, in simulated seconds.
    pub limit_secs: u64,
    /// What must hold of its figures.
    pub check: fn(&Summary) -> Result<(), String>,
}

const BASE: Scenario = Scenario {
    name: "",
    about: "",
    nodes: 4,
    joiners: 0,
    epoch_blocks: u64::MAX,
    heartbeat_ms: 5_000,
    link: (20, 5, 1.0),
    workload: Workload {
        txs: 25,
        pause_ms: (0, 300),
        in_flight: 4,
        valid: DurationMs::from_secs(90),
        only: None,
        large: false,
        steps: &[],
    },
    faults: |_, _| Vec::new(),
    clocks: &[],
    twins: &[],
    lawless: &[],
    forgers: &[],
    forgeries: &[],
    squatters: &[],
    forgetful: &[],
    without_client: &[],
    down: &[],
    least_secs: 0,
    limit_secs: 300,
    check: |_| Ok(()),
};

const BUSY: Workload = Workload { txs: 400, pause_ms: (0, 4), in_flight: 200, ..BASE.workload };

const LARGE: Workload = Workload { txs: 40, pause_ms: (0, 4), in_flight: 20, large: true, ..BASE.workload };

/// Now and then a transaction, on a network that is idle otherwise.
const SPARSE: Workload = Workload {
    txs: 4,
    pause_ms: (60_000, 300_000),
    in_flight: 1,
    valid: DurationMs::from_secs(3_600),
    only: Some("notary"),
    large: false,
    steps: &[],
};

const HALT: &[Step] = &[Step { from: 0, decision: Decision::HaltAt(HALT_AT - 7) }];

/// The second founder has a second node, with the key of the fifth.
const REPLACE: &[Step] = &[Step { from: 12, decision: Decision::ReplaceVoteKey(Founder(1), Founder(4)) }];

/// A fifth enters, one is suspended and reinstated, one leaves.
const COME_AND_GO: &[Step] = &[
    Step { from: 5, decision: Decision::Admit(Founder(4)) },
    Step { from: 20, decision: Decision::Suspend(Founder(1)) },
    Step { from: 40, decision: Decision::Reinstate(Founder(1)) },
    Step { from: 60, decision: Decision::Leave(Founder(2)) },
];

const ROOTS: &[Forgery] = &[Forgery::StateRoot, Forgery::EventRoot, Forgery::TxRoot];

const TXS: &[Forgery] = &[Forgery::Signature, Forgery::Nonce];

/// Every scenario.
pub static ALL: &[Scenario] = &[
    Scenario { name: "calm", about: "four nodes, nothing goes wrong", ..BASE },
    Scenario { name: "seven", about: "seven nodes, nothing goes wrong", nodes: 7, ..BASE },
    Scenario { name: "busy", about: "as many transactions as the clients can submit", workload: BUSY, ..BASE },
    Scenario { name: "large", about: "blocks as large as they may be", workload: LARGE, ..BASE },
    Scenario { name: "loss", about: "a quarter of the messages is lost", link: (20, 10, 0.75), ..BASE },
    Scenario { name: "jitter", about: "messages take 20 to 180 ms", link: (100, 80, 1.0), ..BASE },
    Scenario { name: "split", about: "two and two cannot reach each other for 10 s", faults: split, ..BASE },
    Scenario { name: "minority", about: "one node cannot reach the others for 10 s", faults: minority, ..BASE },
    Scenario { name: "crashes", about: "nodes crash at random and come back", faults: crashes, ..LONGER },
    Scenario {
        name: "seven-crashes",
        about: "two of seven nodes crash at a time and come back",
        nodes: 7,
        faults: crashes,
        ..LONGER
    },
    Scenario {
        name: "outage",
        about: "all disks fail now and then, all nodes crash and come back",
        faults: outage,
        ..LONGER
    },
    Scenario {
        name: "night",
        about: "all nodes are down for ten minutes; block time catches up",
        faults: night,
        limit_secs: 900,
        ..BASE
    },
    Scenario {
        name: "joiner",
        about: "a node starts late from an empty disk",
        faults: joiner,
        without_client: &[0],
        ..LONGER
    },
    Scenario {
        name: "clocks",
        about: "clocks are up to 1.5 s apart",
        clocks: &[1_500, -1_500, 700, 0],
        limit_secs: 300,
        ..BASE
    },
    Scenario {
        name: "fast-clock",
        about: "one clock is 20 s ahead: its blocks wait, and the others go on",
        clocks: &[20_000],
        limit_secs: 600,
        check: times_are_not_ahead,
        ..BASE
    },
    Scenario {
        name: "lawless-clock",
        about: "a node proposes blocks an hour ahead, which the others refuse",
        clocks: &[0, 3_600_000],
        lawless: &[1],
        check: nothing_by_the_lawless,
        ..BASE
    },
    Scenario {
        name: "twins",
        about: "a validator signs two proposals",
        twins: &[3],
        check: two_things_were_signed,
        ..LONGER
    },
    Scenario {
        name: "seven-twins",
        about: "two of seven validators sign two proposals each",
        nodes: 7,
        twins: &[2, 5],
        check: two_things_were_signed,
        ..BASE
    },
    Scenario {
        name: "forged-roots",
        about: "a proposer's blocks have wrong roots, and are refused",
        forgers: &[1],
        forgeries: ROOTS,
        check: |summary| forgeries_are_refused(summary, ROOTS, 3),
        ..BASE
    },
    Scenario {
        name: "forged-txs",
        about: "a proposer's blocks contain a faulty transaction, and are refused",
        forgers: &[2],
        forgeries: TXS,
        check: |summary| forgeries_are_refused(summary, TXS, 3),
        ..BASE
    },
    Scenario {
        name: "squatter",
        about: "a node offers transactions in the name of others, and none is taken in",
        squatters: &[1],
        check: |summary| match summary.squatted {
            0..600 => Err(format!("only {} transactions were offered in the name of others", summary.squatted)),
            _ => Ok(()),
        },
        ..BASE
    },
    Scenario {
        name: "abandoned",
        about: "a leader's blocks reach one node only, and then it crashes",
        faults: abandoned,
        without_client: &[0],
        ..LONGER
    },
    Scenario {
        name: "halt",
        about: "the members agree on a height, with whose epoch the chain ends; a node is down when it does",
        epoch_blocks: HALT_AT + 1,
        workload: Workload { steps: HALT, only: Some("notary"), txs: 10, ..BASE.workload },
        faults: misses_the_end,
        least_secs: 400,
        limit_secs: 600,
        check: ends_at_the_agreed_height,
        ..BASE
    },
    Scenario {
        name: "halt-loss",
        about: "the last block of a format becomes final although a quarter of the messages is lost",
        epoch_blocks: HALT_AT + 1,
        workload: Workload { steps: HALT, only: Some("notary"), txs: 10, ..BASE.workload },
        link: (20, 10, 0.75),
        least_secs: 400,
        limit_secs: 900,
        check: ends_at_the_agreed_height,
        ..BASE
    },
    Scenario {
        name: "epochs",
        about: "nodes crash at and around the borders of epochs, whose committee stays the same",
        epoch_blocks: 8,
        workload: NOTARY,
        faults: crashes,
        check: many_epochs,
        ..LONGER
    },
    Scenario {
        name: "members",
        about: "a fifth validator enters, one is suspended and reinstated, one leaves",
        joiners: 1,
        epoch_blocks: 10,
        workload: Workload { steps: COME_AND_GO, ..NOTARY },
        check: came_and_went,
        ..LONGER
    },
    Scenario {
        name: "members-crashes",
        about: "the same while nodes crash",
        joiners: 1,
        epoch_blocks: 10,
        workload: Workload { steps: COME_AND_GO, ..NOTARY },
        faults: crashes,
        check: came_and_went,
        ..LONGER
    },
    Scenario {
        name: "members-behind",
        about: "the same while the validator that is suspended is down and comes back epochs later",
        joiners: 1,
        epoch_blocks: 10,
        workload: Workload { steps: COME_AND_GO, ..NOTARY },
        faults: sleeps_for_epochs,
        check: came_and_went,
        ..LONGER
    },
    Scenario {
        name: "vote-key",
        about: "a validator replaces its vote key while nodes crash",
        joiners: 1,
        epoch_blocks: 10,
        workload: Workload { steps: REPLACE, ..NOTARY },
        faults: crashes,
        without_client: &[4],
        check: vote_key_was_replaced,
        ..LONGER
    },
    Scenario {
        name: "amnesia",
        about: "a validator loses its vote logs: it never votes again, and the others go on",
        epoch_blocks: 10,
        workload: NOTARY,
        faults: loses_its_logs,
        forgetful: &[2],
        ..LONGER
    },
    Scenario {
        name: "idle",
        about: "minutes without a transaction, then one",
        check: |summary| idle(summary, 1_000),
        ..IDLE
    },
    Scenario {
        name: "idle-down",
        about: "minutes without a transaction, then one, while a node is down",
        faults: one_down,
        without_client: &[1],
        down: &[1],
        check: |summary| idle(summary, 3_000),
        ..IDLE
    },
    Scenario {
        name: "return",
        about: "a node comes back after more views than the others keep",
        faults: comes_back,
        without_client: &[1],
        check: |summary| idle(summary, 3_000),
        ..IDLE
    },
];

const LONGER: Scenario =
    Scenario { workload: Workload { txs: 40, pause_ms: (100, 900), ..BASE.workload }, limit_secs: 600, ..BASE };

const NOTARY: Workload = Workload { only: Some("notary"), txs: 60, pause_ms: (100, 900), ..BASE.workload };

const IDLE: Scenario = Scenario { heartbeat_ms: IDLE_HEARTBEAT_MS, workload: SPARSE, limit_secs: 2_000, ..BASE };

/// The scenario with this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Scenario> {
    ALL.iter().find(|scenario| scenario.name == name)
}
