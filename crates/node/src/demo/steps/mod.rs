//! The story, step by step. Each says in words what happens, does it through one node, and sees it at another.

mod documents;
mod keys;
mod members;
mod outage;
mod people;

use crate::demo::{report::Report, stage::Stage};
use anyhow::{Result, anyhow};
use epione_cli::Output;
use std::time::{Duration, Instant};

/// How long a step may take at most; every wait within it has a shorter limit of its own.
const STEP: Duration = Duration::from_secs(240);

/// A step of the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// All nodes stand at the same state.
    Agree,
    /// The hospital registers a practitioner.
    RegisterPractitioner,
    /// The clinic commits to a document.
    Notarize,
    /// The clinic shows what it committed to.
    Reveal,
    /// The laboratory replaces its operations key.
    RotateKey,
    /// The members suspend the pharmacy.
    Suspend,
    /// The members reinstate the pharmacy.
    Reinstate,
    /// A node is killed, and the others go on.
    Kill,
    /// The killed node comes back.
    Return,
}

impl Step {
    /// The steps in their order.
    pub(super) const ALL: [Self; 9] = [
        Self::Agree,
        Self::RegisterPractitioner,
        Self::Notarize,
        Self::Reveal,
        Self::RotateKey,
        Self::Suspend,
        Self::Reinstate,
        Self::Kill,
        Self::Return,
    ];

    /// The name of the step, for programs.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::RegisterPractitioner => "register-practitioner",
            Self::Notarize => "notarize",
            Self::Reveal => "reveal",
            Self::RotateKey => "rotate-key",
            Self::Suspend => "suspend",
            Self::Reinstate => "reinstate",
            Self::Kill => "kill-node",
            Self::Return => "catch-up",
        }
    }

    /// What happens.
    const fn words(self) -> &'static str {
        match self {
            Self::Agree => "Four nodes compare where they stand",
            Self::RegisterPractitioner => "The hospital registers a practitioner: a random number and a key, no name",
            Self::Notarize => "The clinic notarizes a study protocol: only a keyed commitment goes on the ledger",
            Self::Reveal => "The clinic reveals the protocol: everybody can check what it held and since when",
            Self::RotateKey => "The laboratory replaces the key that signs its daily business",
            Self::Suspend => "The members vote to suspend the pharmacy, which then tries to go on",
            Self::Reinstate => "The members vote to reinstate the pharmacy, which goes on",
            Self::Kill => "The node of the patient association is killed; the others notarize without it",
            Self::Return => "The killed node comes back and catches up",
        }
    }
}

/// What one step hands on to a later one.
#[derive(Debug, Default)]
struct Memory {
    /// The entry of the protocol, with what opens it.
    protocol: Option<documents::Sealed>,
    /// The last entry that was made while a node was down.
    missed: Option<outage::Missed>,
}

/// Tells the story; ends with the first step that does not do what it says.
///
/// # Errors
/// What went wrong, with the step.
pub(super) async fn tell(stage: &mut Stage<'_>, report: &mut Report, out: &mut Output) -> Result<()> {
    let mut memory = Memory::default();
    out.progress("")?;
    for (number, step) in (1..).zip(Step::ALL) {
        out.progress(format_args!("{number}. {}", step.words()))?;
        let begun = Instant::now();
        let late = |_| Err(anyhow!("not done after {STEP:?}"));
        let done = tokio::time::timeout(STEP, perform(step, stage, &mut memory, out)).await.unwrap_or_else(late);
        let time = begun.elapsed();
        report.step(step.name(), time, done.as_ref().err());
        match done {
            Ok(seen) => out.progress(format_args!("   ok, {} ms: {seen}", time.as_millis()))?,
            Err(error) => {
                out.progress(format_args!("   failed after {} ms: {error:#}", time.as_millis()))?;
                return Err(error.context(format!("the story ended at step `{}`", step.name())));
            }
        }
    }
    Ok(())
}

/// Does the step; what was seen in the end.
async fn perform(step: Step, stage: &mut Stage<'_>, memory: &mut Memory, out: &mut Output) -> Result<String> {
    match step {
        Step::Agree => members::agree(stage).await,
        Step::RegisterPractitioner => people::register(stage).await,
        Step::Notarize => documents::notarize(stage, memory).await,
        Step::Reveal => documents::reveal(stage, memory).await,
        Step::RotateKey => keys::rotate(stage).await,
        Step::Suspend => members::suspend(stage).await,
        Step::Reinstate => members::reinstate(stage).await,
        Step::Kill => outage::kill(stage, memory).await,
        Step::Return => outage::come_back(stage, memory, out).await,
    }
}

/// The height of a final transaction.
fn height(submission: &epione_cli::submission::Submission) -> u64 {
    submission.answer.height.unwrap_or(0)
}
