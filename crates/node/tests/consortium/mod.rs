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
pub(crate) use node::{EPIONE, Node, ends, epione};
pub(crate) use pen::{Pen, commit, now};

use ports::Ports;
use serde_json::Value;
use std::{
    env,
    fmt::{Display, Write as _},
    fs::{self, Permissions},
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
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
    _ports: Ports,
}

impl Consortium {
    /// Founds a consortium. No node runs yet.
    pub(crate) fn found() -> Self {
        Self::found_with(&[])
    }

    /// Founds a consortium with other options of `epione init`. No node runs yet.
    pub(crate) fn found_with(options: &[&str]) -> Self {
        Self::found_of(&[&["--preset", "demo", "--no-passphrase"], options].concat(), &WITH_NODE)
    }

    /// Founds the same consortium with all keys under the passphrase in a file, which the nodes are told. No node runs yet.
    pub(crate) fn found_encrypted(passphrase_file: &Path) -> Self {
        let path = passphrase_file.to_str().unwrap();
        let consortium = Self::found_of(&["--preset", "demo", "--passphrase-file", path], &WITH_NODE);
        for node in &consortium.nodes {
            let named = format!("passphrase_file = \"{path}\"");
            replace(&node.config(), "# passphrase_file = \"keys/vote.passphrase\"", &named);
        }
        consortium
    }

    /// Founds the same consortium with a regulator, whose node comes after the others and follows without a vote, and with
    /// other options of `epione init`. No node runs yet.
    pub(crate) fn found_with_observer(options: &[&str]) -> Self {
        let organizations = [
            "name=Lakeside Hospital,kind=hospital,role=validator",
            "name=Hillside Clinic,kind=clinic,role=validator",
            "name=Central Laboratory,kind=laboratory,role=validator",
            "name=Patient Association,kind=patient-association,role=validator",
            "name=Old Town Pharmacy,kind=pharmacy,role=member,node=no",
            "name=Regulator,kind=regulator,role=observer",
        ]
        .map(|organization| format!("{organization},jurisdiction=CH"));
        let mut arguments: Vec<&str> = organizations.iter().flat_map(|text| ["--org", text.as_str()]).collect();
        arguments.push("--no-passphrase");
        arguments.extend(options);
        Self::found_of(&arguments, &[&WITH_NODE[..], &["regulator"]].concat())
    }

    fn found_of(organizations: &[&str], with_node: &[&str]) -> Self {
        let dir = tempfile::Builder::new().prefix("epione-test-").tempdir().unwrap();
        let ports = Ports::take();
        let base = ports.base();
        let founded = Command::new(EPIONE)
            .arg("init")
            .args(organizations)
            .args(["--base-port", &base.to_string(), "--dir"])
            .arg(dir.path())
            .output()
            .unwrap();
        assert!(founded.status.success(), "epione init: {}", String::from_utf8_lossy(&founded.stderr));
        let node = |(at, name): (u16, &&str)| Node::new(dir.path().join(name), base + 2 * at);
        let nodes = (0..).zip(with_node).map(node).collect();
        Self { nodes, dir, _ports: ports }
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

/// Writes a file that only its owner may read.
pub(crate) fn private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

/// Says something to who runs the test.
pub(crate) fn say(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Whether a program or library of the system that a test needs is there. CI has them all; elsewhere the test is left out,
/// and says so.
pub(crate) fn needs(name: &str, path: &Path) -> bool {
    let is_there = path.exists();
    assert!(is_there || env::var_os("CI").is_none(), "{name} is missing: {}", path.display());
    if !is_there {
        say(format_args!("left out: {name} is not installed ({})", path.display()));
    }
    is_there
}

/// Replaces text in a file, which must be there.
pub(crate) fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{} has no `{from}`", path.display());
    fs::write(path, text.replace(from, to)).unwrap();
}
