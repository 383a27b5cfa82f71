//! The nodes of a demonstration, each a process of this program.
//!
//! A node never outlives the demonstration: it holds the other end of a pipe on which the node's standard input ends
//! (`--exit-on-stdin-close`), and which the kernel closes however the demonstration ends.

use crate::demo::{
    consortium::{Consortium, NodeFiles},
    log,
};
use anyhow::{Context as _, Result, anyhow, bail};
use epione_cli::{
    Output,
    client::{Client, Readiness},
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    env,
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};
use tokio::process::{Child, ChildStdin, Command};

/// How long nodes may take to answer and to follow the chain.
const READY: Duration = Duration::from_secs(90);
/// How long a node may take to stop after SIGTERM.
const STOP: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(100);
/// How often a wait says that it goes on.
const SAY: Duration = Duration::from_secs(5);

/// All nodes.
#[derive(Debug)]
pub(crate) struct Nodes {
    nodes: Vec<Node>,
}

/// One node.
#[derive(Debug)]
pub(crate) struct Node {
    /// What stands where.
    pub(crate) files: NodeFiles,
    /// A client of it.
    pub(crate) client: Client,
    running: Option<Running>,
}

/// The process of a node.
#[derive(Debug)]
struct Running {
    child: Child,
    /// The end of the pipe that keeps the node alive.
    _lifeline: Option<ChildStdin>,
}

impl Nodes {
    /// The nodes of `consortium`, not started yet.
    ///
    /// # Errors
    /// If an address is none.
    pub(crate) fn new(consortium: &Consortium) -> Result<Self> {
        let node =
            |files: &NodeFiles| Ok(Node { files: files.clone(), client: Client::new(&files.url)?, running: None });
        Ok(Self { nodes: consortium.nodes.iter().map(node).collect::<Result<_>>()? })
    }

    /// Starts all nodes and waits until each follows the chain.
    ///
    /// # Errors
    /// If one cannot be started, ends, or does not follow the chain in time.
    pub(crate) async fn start(&mut self, out: &mut Output) -> Result<()> {
        for node in &mut self.nodes {
            node.start()?;
            out.progress(format_args!(
                "  {:<22} {}  log {}",
                node.files.name,
                node.files.url,
                node.files.log.display()
            ))?;
        }
        let begun = Instant::now();
        for node in &mut self.nodes {
            node.until_ready(begun, out).await?;
        }
        Ok(())
    }

    /// One node.
    ///
    /// # Errors
    /// If there is none with this number.
    pub(crate) fn get(&self, node: usize) -> Result<&Node> {
        self.nodes.get(node).with_context(|| format!("there is no node {node}"))
    }

    /// One node, to be killed or started.
    ///
    /// # Errors
    /// If there is none with this number.
    pub(crate) fn get_mut(&mut self, node: usize) -> Result<&mut Node> {
        self.nodes.get_mut(node).with_context(|| format!("there is no node {node}"))
    }

    /// All nodes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter()
    }

    /// Whether all nodes still run.
    ///
    /// # Errors
    /// If one has ended: with the end of its log.
    pub(crate) fn check(&mut self) -> Result<()> {
        self.nodes.iter_mut().try_for_each(Node::check)
    }

    /// Stops all nodes: SIGTERM, a while, SIGKILL.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub(crate) async fn stop(&mut self, out: &mut Output) -> Result<()> {
        for node in &self.nodes {
            node.signal(Signal::TERM);
        }
        let deadline = Instant::now() + STOP;
        for node in &mut self.nodes {
            let Some(mut running) = node.running.take() else { continue };
            let left = deadline.saturating_duration_since(Instant::now());
            if tokio::time::timeout(left, running.child.wait()).await.is_err() {
                out.progress(format_args!("{} did not stop within {STOP:?}: killed", node.files.name))?;
                // Fails only if it has ended meanwhile.
                let _ = running.child.kill().await;
            }
        }
        Ok(())
    }
}

impl Node {
    /// Starts the process.
    ///
    /// # Errors
    /// If the log cannot be written, or the program not be started.
    pub(crate) fn start(&mut self) -> Result<()> {
        let program = env::current_exe().context("the path of this program is not known")?;
        let log = log::open(&self.files.log)?;
        let errors = log.try_clone()?;
        let mut command = Command::new(&program);
        command.arg("node").arg("--config").arg(&self.files.config).arg("--exit-on-stdin-close");
        command.stdin(Stdio::piped()).stdout(log).stderr(errors).kill_on_drop(true);
        // Ctrl-C on the terminal reaches the demonstration alone, which then stops the nodes in order.
        command.process_group(0);
        let mut child = command.spawn().with_context(|| format!("{} cannot be started", program.display()))?;
        let lifeline = child.stdin.take();
        self.running = Some(Running { child, _lifeline: lifeline });
        Ok(())
    }

    /// Waits until the node follows the chain, at most [`READY`] from `begun` on.
    ///
    /// # Errors
    /// If it ends, or does not follow the chain in time.
    pub(crate) async fn until_ready(&mut self, begun: Instant, out: &mut Output) -> Result<()> {
        let mut said = begun;
        loop {
            self.check()?;
            let reason = match self.client.readiness().await {
                Ok(Readiness::Ready) => return Ok(()),
                Ok(Readiness::NotReady(reason)) => reason,
                Err(error) => error.to_string(),
            };
            let name = &self.files.name;
            if begun.elapsed() > READY {
                let log = self.files.log.display();
                bail!("{name} does not follow the chain after {READY:?}: {reason}; see {log}");
            }
            if said.elapsed() > SAY {
                said = Instant::now();
                out.progress(format_args!("  waiting for {name}, {} s: {reason}", begun.elapsed().as_secs()))?;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// The number of the process; none if it does not run.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.running.as_ref().and_then(|running| running.child.id())
    }

    /// Kills the process as a power cut would.
    ///
    /// # Errors
    /// If it does not run, or cannot be killed.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        let mut running = self.running.take().with_context(|| format!("{} does not run", self.files.name))?;
        running.child.kill().await.with_context(|| format!("{} cannot be killed", self.files.name))
    }

    /// Whether the process runs, or was ended on purpose.
    fn check(&mut self) -> Result<()> {
        let Some(running) = &mut self.running else { return Ok(()) };
        match running.child.try_wait()? {
            None => Ok(()),
            Some(status) => {
                self.running = None;
                Err(self.ended(status))
            }
        }
    }

    fn ended(&self, status: ExitStatus) -> anyhow::Error {
        let (name, log) = (&self.files.name, &self.files.log);
        anyhow!("the node of {name} ended ({status}); the end of {}:\n{}", log.display(), log::tail(log))
    }

    fn signal(&self, signal: Signal) {
        let id = self.running.as_ref().and_then(|running| running.child.id());
        let pid = id.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // Fails only if the process has ended; its identifier is not reused before it is waited for.
            let _ = kill_process(pid, signal);
        }
    }
}
