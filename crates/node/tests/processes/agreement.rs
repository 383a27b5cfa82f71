//! Nodes that nothing happens to, or that are stopped and started with care.

use crate::consortium::{Consortium, Told};
use epione_types::{CallId, NoteId};
use serde_json::{Value, json};
use std::fs;

/// The entry that the only call of a transaction made.
fn note(told: &Told) -> NoteId {
    let call: CallId = told.id.call(0);
    NoteId(call.short())
}

#[test]
fn nodes_agree_and_what_is_notarized_at_one_can_be_read_at_every_other() {
    let consortium = Consortium::start();
    let mut told = Vec::new();
    for (at, node) in consortium.nodes.iter().enumerate() {
        // An organization submits at its own node; the pharmacy, which has none, at every other.
        told.push(node.api.submit_final(&consortium.pen(at, 0).entry()));
        let lane = u16::try_from(at).unwrap();
        told.push(node.api.submit_final(&consortium.pen_of_pharmacy(lane).entry()));
    }
    consortium.settle();
    for told in &told {
        let path = format!("/v1/notary/get?id={}", note(told));
        let values: Vec<Value> = consortium.nodes.iter().map(|node| node.api.json(&path)["value"].clone()).collect();
        assert!(values[0]["commitment"].is_string(), "{}", values[0]);
        assert!(values.iter().all(|value| *value == values[0]), "{values:?}");
    }
    consortium.assert_agreement(&told);
    consortium.assert_quiet(&[]);
}

#[test]
fn nodes_that_are_stopped_end_well_and_go_on_where_they_stopped() {
    let mut consortium = Consortium::start();
    let mut pen = consortium.pen(0, 0);
    let mut told = vec![consortium.nodes[0].api.submit_final(&pen.entry())];
    // One node: the others go on and it catches up.
    consortium.nodes[2].stop();
    let sees = |consortium: &Consortium, at: usize| consortium.nodes[at].api.json("/v1/status")["peers"].clone();
    consortium.until("the others miss it", |consortium| {
        (sees(consortium, 0) == json!({ "known": 3, "connected": 2 })).then_some(())
    });
    told.push(consortium.nodes[1].api.submit_final(&pen.entry()));
    consortium.start_all();
    consortium.until("all see each other again", |consortium| {
        (0..4).all(|at| sees(consortium, at) == json!({ "known": 3, "connected": 3 })).then_some(())
    });
    consortium.assert_agreement(&told);
    // All nodes: the chain stands and then goes on.
    for node in &consortium.nodes {
        node.terminate();
    }
    for node in &mut consortium.nodes {
        let status = node.ended();
        assert!(status.success(), "{} ended with {status}\n{}", node.name(), node.log_tail());
        assert!(node.log().contains("stopped"), "{}", node.log_tail());
    }
    consortium.start_all();
    told.push(consortium.nodes[3].api.submit_final(&pen.entry()));
    consortium.assert_agreement(&told);
    consortium.assert_quiet(&[]);
}

#[test]
fn rows_that_were_deleted_are_made_again() {
    let mut consortium = Consortium::start();
    let mut pen = consortium.pen_of_pharmacy(0);
    let txs: Vec<_> = (0..150).map(|_| pen.entry()).collect();
    let answer = consortium.nodes[0].api.submit_many(&txs, Some(45_000)).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.json);
    let told: Vec<Told> = answer.json.as_array().unwrap().iter().map(|part| Told::of(part).unwrap()).collect();
    assert_eq!(told.len(), txs.len());
    consortium.settle();
    let before = entries(&consortium, 1);
    assert_eq!(before.len(), txs.len());

    consortium.nodes[1].stop();
    let deleted = fs::read_dir(consortium.nodes[1].data()).unwrap().map(|file| file.unwrap().path());
    let deleted: Vec<_> = deleted.filter(|path| path.to_string_lossy().contains("rows.sqlite")).collect();
    assert!(!deleted.is_empty());
    for path in deleted {
        fs::remove_file(path).unwrap();
    }
    consortium.start_all();
    consortium.settle();
    assert_eq!(entries(&consortium, 1), before);
    assert_eq!(entries(&consortium, 0), before);
    consortium.assert_agreement(&told);
    consortium.assert_quiet(&[]);
}

/// All entries of the notary as node `at` lists them, page by page.
fn entries(consortium: &Consortium, at: usize) -> Vec<Value> {
    let (mut entries, mut path) = (Vec::new(), "/v1/notary/list?limit=40".to_owned());
    loop {
        let page = consortium.nodes[at].api.json(&path)["value"].clone();
        entries.extend(page["notes"].as_array().unwrap().iter().cloned());
        match page["next"].as_u64() {
            Some(next) => path = format!("/v1/notary/list?limit=40&after={next}"),
            None => return entries,
        }
    }
}
