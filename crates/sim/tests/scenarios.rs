//! Every scenario once; `cargo xtask sim --seeds A..B` runs more.

use epione_sim::{Summary, run, scenarios};
use std::collections::BTreeSet;

/// Runs a scenario with a seed.
///
/// # Panics
/// If a property does not hold.
#[track_caller]
fn hold(name: &str, seed: u64) -> Summary {
    let scenario = scenarios::named(name).unwrap();
    match run(scenario, seed) {
        Ok(summary) => summary,
        Err(failure) => {
            panic!("{failure}\nagain: cargo xtask sim --seeds {seed}..{} --scenario {name}", seed + 1)
        }
    }
}

macro_rules! hold {
    ($($test:ident: $name:literal $seed:literal;)*) => {
        $(
            #[test]
            fn $test() {
                let summary = hold($name, $seed);
                assert!(summary.txs > 0);
            }
        )*

        #[test]
        fn every_scenario_has_a_test() {
            let tested = BTreeSet::from([$($name),*]);
            let all: BTreeSet<&str> = scenarios::ALL.iter().map(|scenario| scenario.name).collect();
            assert_eq!(tested, all);
        }
    };
}

hold! {
    calm: "calm" 100;
    seven: "seven" 101;
    busy: "busy" 119;
    large: "large" 122;
    loss: "loss" 102;
    jitter: "jitter" 103;
    split: "split" 104;
    minority: "minority" 105;
    crashes: "crashes" 106;
    seven_crashes: "seven-crashes" 107;
    outage: "outage" 108;
    night: "night" 109;
    joiner: "joiner" 110;
    clocks: "clocks" 111;
    fast_clock: "fast-clock" 112;
    lawless_clock: "lawless-clock" 120;
    twins: "twins" 113;
    seven_twins: "seven-twins" 114;
    forged_roots: "forged-roots" 123;
    forged_txs: "forged-txs" 124;
    squatter: "squatter" 125;
    abandoned: "abandoned" 115;
    halt: "halt" 121;
    halt_while_messages_are_lost: "halt-loss" 1;
    borders_of_epochs: "epochs" 1;
    members_come_and_go: "members" 1;
    members_come_and_go_while_nodes_crash: "members-crashes" 1;
    members_come_and_go_while_one_is_behind: "members-behind" 1;
    a_vote_key_is_replaced: "vote-key" 1;
    lost_vote_logs: "amnesia" 1;
    idle: "idle" 116;
    idle_down: "idle-down" 117;
    comes_back: "return" 118;
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let first = hold("crashes", 7);
    assert_eq!(hold("crashes", 7), first);
    let other = hold("crashes", 8);
    assert_ne!(other.chain_digest, first.chain_digest);
    assert_ne!(other.runtime_digest, first.runtime_digest);
}
