//! A consortium of real processes on this machine, as `epione init --preset demo` founds it: four organizations with a node
//! and one without.
//!
//! Nothing is waited for without end: every wait says what it waits for and, when it is in vain, shows what the nodes
//! wrote last. The nodes end with the test: they are killed when the consortium is dropped, and end by themselves when
//! the test's process is gone.

mod api;
mod check;
mod load;
mod node;
mod pen;
mod ports;

pub(crate) use api::{Answer, Api, MANY, ONE, Told};
pub(crate) use load::Load;
pub(crate) use node::{EPIONE, Node, epione};
pub(crate) use pen::{Pen, commit, now};

use epione_cli::keys::KeyFile;
use ports::Ports;
use serde_json::Value;
use std::{
    fmt::Write as _,
    fs,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

/// How long anything may take at most: far more than it does, for machines that do ten things at once.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
/// How often a condition is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The folders of the organizations with a node, in the order in which they were founded.
const WITH_NODE: [&str; 4] = ["lakeside-hospital", "hillside-clinic", "central-laboratory", "patient-association"];

/// Four nodes and their folder.
pub(crate) struct Consortium {
    pub(crate) nodes: Vec<Node>,
    /// Dropped after the nodes.
    dir: tempfile::TempDir,
    /// Held so that no other test takes the same ports.
    ports: Ports,
}

impl Consortium {
    /// Founds a consortium. No node runs yet.
    pub(crate) fn found() -> Self {
        let dir = tempfile::Builder::new().prefix("epione-test-").tempdir().unwrap();
        let ports = Ports::take();
        let base = ports.base();
        let founded = Command::new(EPIONE)
            .args(["init", "--preset", "demo", "--base-port", &base.to_string(), "--dir"])
            .arg(dir.path())
            .output()
            .unwrap();
        assert!(founded.status.success(), "epione init: {}", String::from_utf8_lossy(&founded.stderr));
        let node = |(at, name): (u16, &&str)| Node::new(dir.path().join(name), base + 2 * at);
        let nodes = (0..).zip(&WITH_NODE).map(node).collect();
        Self { nodes, dir, ports }
    }

    /// Founds a consortium, starts all nodes and waits for the first block.
    pub(crate) fn start() -> Self {
        let mut consortium = Self::found();
        consortium.start_all();
        consortium
    }

    /// Starts the nodes that do not run, and waits until all follow the chain.
    pub(crate) fn start_all(&mut self) {
        for node in &mut self.nodes {
            if !node.is_running() {
                node.start();
            }
        }
        self.until("all nodes have the first block", |consortium| {
            consortium.nodes.iter().all(|node| node.api.height().is_some_and(|height| height > 0)).then_some(())
        });
    }

    /// Makes a node that does not vote, which all others know as a peer. None of them may run yet; its place is after
    /// theirs, and it does not run yet either.
    pub(crate) fn add_observer(&mut self) {
        let folder = self.dir().join("observer");
        let port = self.ports.base() + 2 * u16::try_from(self.nodes.len()).unwrap();
        fs::create_dir_all(folder.join("keys")).unwrap();
        let key = folder.join("keys/vote.key");
        let (code, error) = epione(&["key", "new", "--purpose", "vote", "--out"], &[&key]);
        assert_eq!(code, Some(0), "{error}");
        let public = KeyFile::read(&key).unwrap().key.public();
        let base = self.ports.base();
        let config = fs::read_to_string(self.nodes[0].config()).unwrap();
        let config = config.replace(&format!(":{base}\""), &format!(":{port}\""));
        let config = config.replace(&format!(":{}\"", base + 1), &format!(":{}\"", port + 1));
        let others = |line: &&str| !line.starts_with("operations = ") && !line.starts_with("receipt = ");
        fs::write(folder.join("node.toml"), config.lines().filter(others).collect::<Vec<_>>().join("\n")).unwrap();
        for node in &mut self.nodes {
            assert!(!node.is_running(), "{} runs already", node.name());
            let peer = format!("\n[[consensus.peers]]\nkey = \"{public}\"\naddress = \"127.0.0.1:{}\"\n", port + 1);
            let config = fs::read_to_string(node.config()).unwrap();
            fs::write(node.config(), config + &peer).unwrap();
        }
        self.nodes.push(Node::new(folder, port));
    }

    /// The folder of it all.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// What signs for the organization with node `at`, on one of its lanes.
    pub(crate) fn pen(&self, at: usize, lane: u16) -> Pen {
        Pen::of(&self.nodes[at].folder.join("keys/operations.key"), lane)
    }

    /// What signs for the member without a node.
    pub(crate) fn pen_of_pharmacy(&self, lane: u16) -> Pen {
        Pen::of(&self.dir().join("old-town-pharmacy/keys/operations.key"), lane)
    }

    /// Waits until `look` finds something.
    ///
    /// # Panics
    /// If it does not within [`PATIENCE`]: with what was waited for and the last lines of all logs.
    pub(crate) fn until<T>(&self, what: &str, look: impl FnMut(&Self) -> Option<T>) -> T {
        self.within(PATIENCE, what, look)
    }

    /// Waits until `look` finds something.
    ///
    /// # Panics
    /// If it does not in time: with what was waited for and the last lines of all logs.
    pub(crate) fn within<T>(&self, patience: Duration, what: &str, mut look: impl FnMut(&Self) -> Option<T>) -> T {
        let begin = Instant::now();
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            assert!(begin.elapsed() < patience, "waited {patience:?} in vain until {what}\n{}", self.report());
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// Waits until all nodes stand at the same block, nothing waits in their mempools and all events have become rows.
    /// That block's height.
    pub(crate) fn settle(&self) -> u64 {
        let mut before = None;
        let mut since = Instant::now();
        self.until("all nodes stand at the same block and have nothing left to do", |consortium| {
            let now = consortium.nodes.iter().map(|node| node.api.status()).collect::<Option<Vec<Value>>>()?;
            let is_done = now.iter().all(|status| status["mempool_txs"] == 0 && status["projection_lag"] == 0);
            let place =
                |status: &Value| ["height", "event_size", "state_root", "event_root"].map(|key| status[key].clone());
            let places: Vec<_> = now.iter().map(place).collect();
            let is_same = places.windows(2).all(|pair| pair[0] == pair[1]);
            if !is_done || !is_same || before.as_ref() != places.first() {
                (before, since) = (places.into_iter().next(), Instant::now());
                return None;
            }
            // Twice the same a while apart: a block in between would have been seen.
            (since.elapsed() > Duration::from_millis(500)).then(|| now[0]["height"].as_u64().unwrap())
        })
    }

    /// The last lines of all logs.
    pub(crate) fn report(&self) -> String {
        self.nodes.iter().fold(String::new(), |mut report, node| {
            let state = if node.was_started() { "" } else { " (was never started)" };
            let _ = writeln!(report, "--- {}{state}\n{}", node.name(), node.log_tail());
            report
        })
    }

    /// No node wrote of a panic, nor any of `secrets`.
    pub(crate) fn assert_quiet(&self, secrets: &[&str]) {
        for node in &self.nodes {
            let log = node.log();
            for word in ["panicked"].iter().chain(secrets) {
                let found = log.lines().find(|line| line.contains(word));
                assert!(found.is_none(), "the log of {} has `{word}`: {}", node.name(), found.unwrap_or_default());
            }
        }
    }
}

/// Replaces text in a file, which must be there.
pub(crate) fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{} has no `{from}`", path.display());
    fs::write(path, text.replace(from, to)).unwrap();
}
