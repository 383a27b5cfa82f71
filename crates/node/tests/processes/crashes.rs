//! `kill -9` under load: what was told final stays, once and as it was told, on every node.

use crate::consortium::{Consortium, Load};
use epione_kernel::Dice;
use std::{thread, time::Duration};

/// How often a node is killed, one at a time.
const ROUNDS: u64 = 6;

/// A number that differs from run to run; the message of a failed test does not depend on it, but its course does.
fn seed() -> u64 {
    let seed = u64::from(std::process::id());
    println_seed(seed);
    seed
}

#[expect(clippy::print_stdout, reason = "the harness shows it when the test fails")]
fn println_seed(seed: u64) {
    println!("seed {seed}");
}

fn pause(dice: &mut Dice, ms_max: u64) {
    thread::sleep(Duration::from_millis(dice.below(ms_max)));
}

/// Waits until clients are told of more transactions than before.
fn until_more(consortium: &Consortium, load: &Load, more: u64) {
    let enough = load.told() + more;
    consortium.until("clients are told of more transactions", |_| (load.told() >= enough).then_some(()));
}

#[test]
fn a_node_that_is_killed_again_and_again_loses_nothing() {
    let mut consortium = Consortium::start();
    let mut dice = Dice::new(seed());
    let load = Load::begin(&consortium, dice.roll());
    until_more(&consortium, &load, 20);
    for _ in 0..ROUNDS {
        let victim = usize::try_from(dice.below(4)).unwrap();
        pause(&mut dice, 400);
        consortium.nodes[victim].kill();
        // Three of four go on.
        until_more(&consortium, &load, 10);
        pause(&mut dice, 800);
        consortium.nodes[victim].start();
        let target = consortium.nodes[(victim + 1) % 4].api.height().expect("this one was not killed");
        consortium.until("the killed node has caught up", |consortium| {
            consortium.nodes[victim].api.height().is_some_and(|height| height >= target).then_some(())
        });
    }
    let told = load.end();
    assert!(told.len() > 50, "only {} transactions were final under load", told.len());
    consortium.assert_agreement(&told);
    consortium.assert_quiet(&[]);
}

#[test]
fn all_nodes_killed_at_once_go_on_with_all_that_was_final() {
    let mut consortium = Consortium::start();
    let mut dice = Dice::new(seed());
    let load = Load::begin(&consortium, dice.roll());
    for _ in 0..2 {
        until_more(&consortium, &load, 30);
        pause(&mut dice, 300);
        for node in &mut consortium.nodes {
            node.kill();
        }
        consortium.start_all();
    }
    until_more(&consortium, &load, 10);
    let mut told = load.end();
    let mut pen = consortium.pen_of_pharmacy(0);
    told.extend(consortium.nodes.iter().map(|node| node.api.submit_final(&pen.entry())));
    consortium.assert_agreement(&told);
    consortium.assert_quiet(&[]);
}

#[test]
fn without_a_quorum_nothing_is_final_and_nothing_accepted_is_lost() {
    let mut consortium = Consortium::start();
    let mut pen = consortium.pen(0, 0);
    let mut told = vec![consortium.nodes[0].api.submit_final(&pen.entry())];
    let height = consortium.settle();
    consortium.nodes[2].kill();
    consortium.nodes[3].kill();
    let waiting: Vec<_> = (0..3).map(|_| pen.entry()).collect();
    for tx in &waiting {
        let answer = consortium.nodes[0].api.submit(tx, Some(1_500)).unwrap();
        assert_eq!((answer.status, answer.json["status"].as_str()), (202, Some("accepted")), "{}", answer.json);
        assert_eq!(consortium.nodes[0].api.tx(tx.tx.id()), None);
    }
    // Block `height + 1` may have been certified while the two were killed; it is empty, and none follows it.
    assert!(consortium.nodes[0].api.height().unwrap() <= height + 1);
    consortium.start_all();
    for tx in &waiting {
        let id = tx.tx.id();
        told.push(consortium.until("what waited is final", |consortium| consortium.nodes[1].api.tx(id)));
    }
    consortium.assert_agreement(&told);
    consortium.assert_quiet(&[]);
}

#[test]
fn an_observer_follows_from_the_beginning_and_counts_for_nothing() {
    let mut consortium = Consortium::found_with_observer(&[]);
    for node in &mut consortium.nodes[..4] {
        node.start();
    }
    let load = Load::on(&consortium, &[0, 1, 2, 3], seed());
    until_more(&consortium, &load, 30);
    // It comes later than the first blocks and has to ask for them.
    consortium.start_all();
    let mut told = load.end();
    let mut pen = consortium.pen_of_pharmacy(0);
    told.push(consortium.nodes[4].api.submit_final(&pen.entry()));
    assert_eq!(consortium.nodes[4].api.status().unwrap()["voting"], "follows");
    consortium.assert_agreement(&told);
    // With two of four down it makes no quorum.
    consortium.nodes[0].kill();
    consortium.nodes[1].kill();
    let waiting = pen.entry();
    let answer = consortium.nodes[4].api.submit(&waiting, Some(1_500)).unwrap();
    assert_eq!((answer.status, answer.json["status"].as_str()), (202, Some("accepted")), "{}", answer.json);
    consortium.start_all();
    let id = waiting.tx.id();
    told.push(consortium.until("what waited is final", |consortium| consortium.nodes[0].api.tx(id)));
    consortium.assert_agreement(&told);
    consortium.assert_quiet(&[]);
}
