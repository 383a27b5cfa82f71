//! What became of the story, for programs.

use epione_types::TxId;
use serde_json::{Value, json};
use std::{path::PathBuf, time::Duration};

/// What became of the story.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// The genesis file.
    pub(super) genesis: Option<PathBuf>,
    /// The HTTP interfaces of the nodes.
    pub(super) nodes: Vec<String>,
    /// The transactions, in the order in which they were submitted.
    pub(super) txs: Vec<TxId>,
    steps: Vec<Value>,
    is_told: bool,
}

impl Report {
    /// Notes what became of a step.
    pub(super) fn step(&mut self, name: &str, time: Duration, error: Option<&anyhow::Error>) {
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let mut step = json!({ "name": name, "ok": error.is_none(), "ms": ms });
        if let (Some(error), Some(fields)) = (error, step.as_object_mut()) {
            fields.insert("error".to_owned(), format!("{error:#}").into());
        }
        self.steps.push(step);
    }

    /// Whether it was given out.
    pub(super) const fn is_told(&self) -> bool {
        self.is_told
    }

    /// The report as JSON, given out once: the story ended well, or with an error.
    pub(super) fn told(&mut self, error: Option<&anyhow::Error>) -> Value {
        self.is_told = true;
        json!({
            "ok": error.is_none() && !self.steps.is_empty(),
            "steps": self.steps,
            "genesis": self.genesis,
            "nodes": self.nodes,
            "txs": self.txs,
            "error": error.map(|error| format!("{error:#}")),
        })
    }
}
