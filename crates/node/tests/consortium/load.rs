//! Clients that submit without pause, whatever happens to the nodes, and keep note of what they were told is final.

use super::{Answer, Api, Consortium, Pen, Told};
use epione_kernel::Dice;
use epione_types::SignedTx;
use serde_json::Value;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// Clients at once: one of each organization with a node.
const CLIENTS: u16 = 4;
/// Transactions of one request, at most.
const BATCH_MAX: u64 = 12;
/// How long a client waits for finality before it goes on with other transactions, in milliseconds.
const WAIT_MS: u64 = 4_000;
/// How long a client waits when no node takes its transactions.
const PAUSE: Duration = Duration::from_millis(50);
/// Lanes of the load; tests use lower ones.
const LANES: u16 = 100;

/// Running clients.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    count: Arc<AtomicU64>,
    clients: Vec<JoinHandle<Vec<Told>>>,
}

impl Load {
    /// Begins to submit to all nodes.
    pub(crate) fn begin(consortium: &Consortium, seed: u64) -> Self {
        Self::on(consortium, &(0..consortium.nodes.len()).collect::<Vec<_>>(), seed)
    }

    /// Begins to submit to these nodes. Another seed takes other lanes.
    pub(crate) fn on(consortium: &Consortium, nodes: &[usize], seed: u64) -> Self {
        let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let apis: Vec<Api> = nodes.iter().map(|at| consortium.nodes[*at].api.clone()).collect();
        let clients = (0..CLIENTS).map(|client| {
            let lane = LANES + CLIENTS * u16::try_from(seed % 32).unwrap() + client;
            let pen = consortium.pen(usize::from(client), lane);
            let dice = Dice::new(seed ^ u64::from(client));
            let client = Client { apis: apis.clone(), pen, dice, stop: Arc::clone(&stop), count: Arc::clone(&count) };
            thread::spawn(move || client.run())
        });
        let clients = clients.collect();
        Self { stop, count, clients }
    }

    /// How many transactions were told final so far.
    pub(crate) fn told(&self) -> u64 {
        assert!(!self.clients.iter().any(JoinHandle::is_finished), "a client has given up, see above");
        self.count.load(Ordering::Relaxed)
    }

    /// Ends the clients; what they were told.
    pub(crate) fn end(self) -> Vec<Told> {
        self.stop.store(true, Ordering::Relaxed);
        self.clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    }
}

struct Client {
    apis: Vec<Api>,
    pen: Pen,
    dice: Dice,
    stop: Arc<AtomicBool>,
    count: Arc<AtomicU64>,
}

impl Client {
    fn run(mut self) -> Vec<Told> {
        let mut told = Vec::new();
        while !self.stop.load(Ordering::Relaxed) {
            let size = 1 + self.dice.below(BATCH_MAX);
            let txs: Vec<SignedTx> = (0..size).map(|_| self.pen.entry()).collect();
            let new = self.deliver(&txs);
            self.count.fetch_add(u64::try_from(new.len()).unwrap(), Ordering::Relaxed);
            told.extend(new);
        }
        told
    }

    /// Submits to one node after the other until one answers: the same bytes, so nothing can be entered twice.
    fn deliver(&mut self, txs: &[SignedTx]) -> Vec<Told> {
        let mut is_first = true;
        loop {
            let api = self.dice.pick(&self.apis).unwrap();
            let sent = match txs {
                [one] => api.submit(one, Some(WAIT_MS)),
                many => api.submit_many(many, Some(WAIT_MS)),
            };
            if let Some(told) = sent.and_then(|answer| read(&answer, is_first)) {
                return told;
            }
            if self.stop.load(Ordering::Relaxed) {
                return Vec::new();
            }
            is_first = false;
            thread::sleep(PAUSE);
        }
    }
}

/// What an answer tells as final; none if the node could not take what it was sent.
fn read(answer: &Answer, is_first: bool) -> Option<Vec<Told>> {
    let one = std::slice::from_ref(&answer.json);
    let parts = answer.json.as_array().map_or(one, Vec::as_slice);
    let mut told = Vec::new();
    for part in parts {
        match problem(part) {
            Some("unavailable" | "mempool-full" | "organization-full") => return None,
            // Sent before, to a node that then went away.
            Some("nonce-used") if !is_first => {}
            Some(_) => panic!("a good transaction is refused: {part}"),
            None if part["status"] == "accepted" => {}
            None => told.push(Told::of(part).unwrap_or_else(|| panic!("this is no answer: {part}"))),
        }
    }
    Some(told)
}

/// Name of the problem in the answer about one transaction of one or many.
fn problem(part: &Value) -> Option<&str> {
    let problem = if part["status"] == "refused" { &part["problem"] } else { part };
    problem["type"].as_str()?.strip_prefix("urn:epione:problem:")
}
