//! `epione audit`: passes on what real nodes keep after crashes, and names what was damaged.

use crate::consortium::{Consortium, EPIONE, Load, epione};
use serde_json::Value;
use std::{fs, path::Path, process::Command, thread, time::Duration};

/// What an audit says that finds nothing wrong.
fn audited(config: &Path) -> Value {
    let done = Command::new(EPIONE).args(["audit", "--json", "--config"]).arg(config).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

/// What an audit says that finds something wrong.
fn refused(config: &Path) -> String {
    let (code, error) = epione(&["audit", "--config"], &[config]);
    assert_eq!(code, Some(1), "{error}");
    error
}

/// Changes one bit in the middle of a file.
fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn nodes_that_were_killed_pass_and_a_damaged_one_does_not() {
    let mut consortium = Consortium::start();
    let error = refused(&consortium.nodes[0].config());
    assert!(error.contains("is used by another process"), "{error}");

    let load = Load::begin(&consortium, 1);
    let enough = |consortium: &Consortium, count| {
        consortium.until("clients are told of transactions", |_| (load.told() >= count).then_some(()));
    };
    enough(&consortium, 40);
    // Others may be ahead of the node that ends now; each transaction has two events.
    consortium.until("all nodes have as many", |consortium| {
        let size = |status: Value| status["event_size"].as_u64();
        consortium.nodes.iter().all(|node| node.api.status().and_then(size) > Some(100)).then_some(())
    });
    consortium.nodes[1].kill();
    enough(&consortium, 80);
    consortium.nodes[0].kill();
    // Two of four finalize nothing; the others end in the middle of it.
    thread::sleep(Duration::from_millis(300));
    consortium.nodes[2].kill();
    consortium.nodes[3].stop();
    let told = load.end();

    let found: Vec<Value> = consortium.nodes.iter().map(|node| audited(&node.config())).collect();
    for (node, found) in consortium.nodes.iter().zip(&found) {
        assert_eq!(
            (&found["ok"], found["laws"].as_array().map(|laws| laws.len() > 10)),
            (&Value::Bool(true), Some(true))
        );
        let count = |what: &str| found[what].as_u64().unwrap_or_else(|| panic!("no `{what}`: {found}"));
        assert!(count("txs") >= 40 && count("events") > 2 * count("txs"), "{}: {found}", node.name());
        assert!(
            count("events_logged") <= count("events") && count("events_in_rows") <= count("events_logged"),
            "{found}"
        );
        assert!(count("state_height") <= count("height"), "{found}");
    }
    // Three nodes were there until the last answer, and each told only of what it had made durable.
    let most = found.iter().filter_map(|found| found["txs"].as_u64()).max().unwrap();
    assert!(most >= u64::try_from(told.len()).unwrap(), "{most} transactions are kept, {} were told final", told.len());

    let rows = rusqlite::Connection::open(consortium.nodes[3].data().join("rows.sqlite")).unwrap();
    assert_eq!(rows.execute("UPDATE notary_notes SET kind = 'dataset' WHERE place = 1", []).unwrap(), 1);
    drop(rows);
    let error = refused(&consortium.nodes[3].config());
    assert!(error.contains("the rows are not those that follow from the events"), "{error}");
    let blocks = consortium.nodes[3].data().join("ledger/ledger-blocks-values/0000000000000000");
    flip(&blocks);
    let error = refused(&consortium.nodes[3].config());
    assert!(error.contains("what is kept of block ") && error.contains("cannot be read"), "{error}");
    consortium.assert_quiet(&[]);
}
