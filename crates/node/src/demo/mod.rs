//! `epione demo`: four organizations with a node each, as processes of their own on this machine, and their story.
//!
//! The demonstration is a client like any other: it founds a consortium with what `epione init` uses, starts
//! `epione node` per organization, and speaks to the nodes over HTTP. It asserts nothing that it has not read back from
//! another node than the one that took the call.

mod place;

mod log;

mod consortium;

mod nodes;

mod stage;

mod steps;

mod report;

#[cfg(test)]
pub(crate) mod tests;

use crate::init::GENESIS;
use anyhow::{Context as _, Result};
pub(crate) use consortium::{Consortium, is_free};
pub(crate) use nodes::Nodes;
pub(crate) use place::Place;

use epione_cli::{Format, Modules, Output};
use report::Report;
use stage::Stage;
use std::{path::PathBuf, time::Duration};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How often is looked whether a node ended on its own.
const WATCH: Duration = Duration::from_millis(500);

/// What was asked of the demonstration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DemoOptions {
    /// The folder.
    pub(crate) dir: Option<PathBuf>,
    /// What happens after the story.
    pub(crate) after: After,
    /// HTTP port of the first node.
    pub(crate) base_port: Option<u16>,
}

/// What happens after the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// The nodes stay up until a signal.
    Stay,
    /// The demonstration ends.
    End,
}

/// Runs the demonstration.
///
/// # Errors
/// If the folder or the ports cannot be used, a node fails, or a step does not do what it says.
pub(crate) async fn run(modules: Modules, options: DemoOptions, out: &mut Output) -> Result<()> {
    let mut demo = Demo { modules, after: options.after, report: Report::default(), out };
    let place = match Place::open(&options) {
        Ok(place) => place,
        Err(error) => return demo.tell(Err(error)),
    };
    let result = demo.run_in(&place, options.base_port).await;
    place.close(result.is_ok(), demo.out)?;
    result
}

/// A demonstration on its way.
struct Demo<'a> {
    modules: Modules,
    after: After,
    report: Report,
    out: &'a mut Output,
}

impl Demo<'_> {
    async fn run_in(&mut self, place: &Place, base_port: Option<u16>) -> Result<()> {
        let consortium = match Consortium::prepare(self.modules, place, base_port, self.out).await {
            Ok(consortium) => consortium,
            Err(error) => return self.tell(Err(error)),
        };
        self.report.genesis = Some(place.dir().join(GENESIS));
        self.report.nodes = consortium.nodes.iter().map(|node| node.url.clone()).collect();
        let mut signals = Signals::new()?;
        let mut nodes = Nodes::new(&consortium)?;
        let ended = tokio::select! {
            ended = self.live(&consortium, &mut nodes) => ended,
            name = signals.next() => Err(Interrupted(name).into()),
        };
        if let Err(error) = &ended
            && error.is::<Interrupted>()
        {
            self.out.progress(format_args!("\n{error}: stopping the nodes"))?;
        }
        nodes.stop(self.out).await?;
        match ended {
            Err(error) if error.is::<Interrupted>() && self.report.is_told() && self.after == After::Stay => Ok(()),
            Err(error) if !self.report.is_told() => self.tell(Err(error)),
            ended => ended,
        }
    }

    /// The life of the nodes: the story, and what comes after it.
    async fn live(&mut self, consortium: &Consortium, nodes: &mut Nodes) -> Result<()> {
        let told = self.story(consortium, nodes).await;
        self.tell(told)?;
        if self.after == After::End {
            return Ok(());
        }
        self.out.progress("\nThe nodes stay up; Ctrl-C stops them, and a later `epione demo` resumes them.")?;
        for node in &consortium.nodes {
            self.out.progress(format_args!("  {:<22} {}", node.name, node.url))?;
        }
        let first = consortium.nodes.first().map_or("", |node| node.url.as_str());
        self.out.progress(format_args!("Try: epione status --node {first}"))?;
        loop {
            tokio::time::sleep(WATCH).await;
            nodes.check()?;
        }
    }

    async fn story(&mut self, consortium: &Consortium, nodes: &mut Nodes) -> Result<()> {
        nodes.start(self.out).await?;
        let mut stage = Stage::new(self.modules, consortium, nodes)?;
        let told = steps::tell(&mut stage, &mut self.report, self.out).await;
        self.report.txs = stage.into_txs();
        told
    }

    /// Gives out the report of how the story ended; people have already read what it says.
    fn tell(&mut self, ended: Result<()>) -> Result<()> {
        let report = self.report.told(ended.as_ref().err());
        if self.out.format() == Format::Json {
            self.out.result(&report)?;
        }
        ended
    }
}

/// A signal came.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Interrupted(&'static str);

/// The signals that end the demonstration.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        let listen = |kind| signal(kind).context("signals cannot be handled");
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    /// The name of the next signal.
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "interrupted",
            _ = self.terminate.recv() => "terminated",
            _ = self.hang_up.recv() => "terminal closed",
        }
    }
}
