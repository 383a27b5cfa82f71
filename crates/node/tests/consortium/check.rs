//! What must hold on all nodes, whatever happened to them before.

use super::{Consortium, Told};
use serde_json::Value;
use std::collections::BTreeMap;

/// Blocks whose headers are compared; of a longer chain every so many.
const HEADERS_MAX: u64 = 60;
/// Transactions that each node is asked for one by one.
const TXS_MAX: usize = 150;

impl Consortium {
    /// All nodes have the same chain and the same events, and everything that was told is in it once and as it was told.
    pub(crate) fn assert_agreement(&self, told: &[Told]) {
        let height = self.settle();
        self.assert_same_headers(height);
        let events = self.assert_same_events();
        assert_told(&events, told);
        self.assert_each_node_knows(told);
    }

    fn assert_same_headers(&self, last: u64) {
        let step = usize::try_from(last.div_ceil(HEADERS_MAX)).unwrap();
        for height in (1..=last).rev().step_by(step) {
            let headers = self.nodes.iter().map(|node| {
                let block = node.api.json(&format!("/v1/blocks/{height}"));
                assert_eq!(block["header"]["height"], height);
                [block["hash"].clone(), block["header"].clone(), block["txs"].clone()]
            });
            let headers: Vec<_> = headers.collect();
            for (node, header) in self.nodes.iter().zip(&headers) {
                assert_eq!(header, &headers[0], "{} has another block {height}", node.name());
            }
        }
    }

    /// The events of all nodes, which are equal octet by octet.
    fn assert_same_events(&self) -> String {
        let size = self.nodes[0].api.status().unwrap()["event_size"].as_u64().unwrap();
        let first = self.nodes[0].api.events(size);
        for node in &self.nodes[1..] {
            let other = node.api.events(size);
            let differ = first.split("\n\n").zip(other.split("\n\n")).find(|(a, b)| a != b);
            assert_eq!(differ, None, "{} and {} have different events", self.nodes[0].name(), node.name());
            assert_eq!(first.len(), other.len());
        }
        first
    }

    fn assert_each_node_knows(&self, told: &[Told]) {
        let step = told.len().div_ceil(TXS_MAX).max(1);
        for told in told.iter().step_by(step) {
            for node in &self.nodes {
                assert_eq!(node.api.tx(told.id).as_ref(), Some(told), "what {} says", node.name());
            }
        }
    }
}

/// No transaction is in `events` twice; all that was told is there as it was told.
fn assert_told(events: &str, told: &[Told]) {
    let mut found: BTreeMap<String, Told> = BTreeMap::new();
    let (mut position, mut height, mut index) = (0, 0, 0);
    for frame in events.split_terminator("\n\n") {
        let data = frame.lines().find_map(|line| line.strip_prefix("data: ")).expect("data in an event");
        let event: Value = serde_json::from_str(data).unwrap();
        assert_eq!(event["position"], position, "positions have no gap");
        position += 1;
        if event["event"] != "tx-result" {
            continue;
        }
        let at = event["height"].as_u64().unwrap();
        (height, index) = if at == height { (height, index + 1) } else { (at, 0) };
        let codes = event["fields"]["codes"].as_array().unwrap().iter().map(|code| code.as_u64().unwrap()).collect();
        let id = event["origin"]["tx"]["id"].as_str().unwrap();
        let entry = Told { id: id.parse().unwrap(), height, index, codes };
        let before = found.insert(id.to_owned(), entry);
        assert_eq!(before, None, "{id} is on the chain twice, the second time in block {height}");
    }
    for told in told {
        let entry = found.get(&told.id.to_string());
        let entry = entry.unwrap_or_else(|| panic!("{told:?} was told final and is on no node"));
        assert_eq!(entry, told, "it was told otherwise");
    }
}
