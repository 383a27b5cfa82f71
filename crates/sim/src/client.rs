//! The clients: one beside each node, which submits what the modules' generators find plausible.

use crate::{
    cluster::Ledger,
    decisions::{Decision, Step, as_call},
    record::Record,
    shelf,
    skewed::Skewed,
    world::{self, Founder},
};
use commonware_macros::select;
use commonware_runtime::Clock as _;
use epione_consensus::SubmitError;
use epione_kernel::Dice;
use epione_modules::network::{self, Call as NetworkCall, Status, Vote};
use epione_types::{Bytes, Call, DurationMs, List, Nonce, ProposalId, SignedTx, Tx, TxId};
use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use std::time::Duration;

/// What the clients do.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// Transactions per node.
    pub txs: u32,
    /// Shortest and longest pause between two, in milliseconds.
    pub pause_ms: (u64, u64),
    /// Most that a client awaits at a time.
    pub in_flight: usize,
    /// How long a transaction is valid.
    pub valid: DurationMs,
    /// The only module whose calls are made, if not all.
    pub only: Option<&'static str>,
    /// Whether every transaction is about as large as one may be.
    pub large: bool,
    /// What the members decide, in this order.
    pub steps: &'static [Step],
}

/// The client of one node, in one of its lives.
pub(crate) struct Client {
    /// The right time, whatever the node's clock shows.
    pub(crate) clock: Skewed,
    pub(crate) ledger: Ledger,
    pub(crate) founder: Founder,
    pub(crate) life: u16,
    pub(crate) record: Record,
    pub(crate) workload: Workload,
    pub(crate) dice: Dice,
    /// Number of decisions on which it voted.
    pub(crate) voted: usize,
}

/// The final transaction, or why it never will be one, if the node could still tell.
type Told = Result<epione_consensus::Final, Option<epione_types::TxFault>>;
type Answer = BoxFuture<'static, (TxId, Told)>;

impl Client {
    /// Submits the node's share of transactions and waits for every answer.
    pub(crate) async fn run(mut self) {
        let mut answers: FuturesUnordered<Answer> = FuturesUnordered::new();
        // The genesis is executed with the first block: before it nobody is known.
        while self.ledger.head().borrow().block.as_ref().is_none_or(|block| block.header().height == 0) {
            self.clock.sleep(Duration::from_millis(50)).await;
        }
        let mut next = self.clock.current() + self.pause();
        loop {
            let busy = answers.len() >= self.workload.in_flight;
            let more = !self.record.is_done(self.founder.0, self.workload.txs);
            if !more && answers.is_empty() {
                return;
            }
            if more && !busy {
                select! {
                    () = self.clock.sleep_until(next) => {
                        next = self.clock.current() + self.pause();
                        if let Some(answer) = self.submit().await {
                            answers.push(answer);
                        }
                    },
                    answer = next_answer(&mut answers) => self.settle(answer),
                }
            } else {
                let answer = next_answer(&mut answers).await;
                self.settle(answer);
            }
        }
    }

    fn settle(&self, (id, told): (TxId, Told)) {
        self.record.settled(&id, told, self.clock.shows());
    }

    fn pause(&mut self) -> Duration {
        let (shortest, longest) = self.workload.pause_ms;
        Duration::from_millis(shortest + self.dice.below(longest.saturating_sub(shortest) + 1))
    }

    async fn submit(&mut self) -> Option<Answer> {
        self.catch_up().await;
        let org = self.founder.org();
        match self.record.replica(|replica| network::member_status(replica.state(), &org)) {
            Ok(Some(Status::Left)) => {
                // It signs nothing any more.
                self.record.left(self.founder.0);
                return None;
            }
            // It did not enter yet.
            Ok(None) => return None,
            _ => {}
        }
        if let Some(id) = self.record.squatted().iter().find(|id| self.ledger.is_waiting(id)) {
            self.record.fail(format!("{} took {id} in, which its signer did not sign", self.founder.0));
        }
        let tx = self.next().await?;
        let (id, valid_until) = (tx.tx.id(), tx.tx.valid_until);
        // Asked for before it is submitted, because it may be final before the next step.
        let told = self.ledger.wait(id);
        let at = self.clock.shows();
        match self.ledger.submit(vec![tx]).await.pop() {
            Some(Ok(_)) => {
                self.record.accepted(id, self.founder.0, at, valid_until);
                Some(async move { (id, told.await.map_or(Err(None), |told| told.map_err(Some))) }.boxed())
            }
            Some(Err(error)) => {
                self.record.refused(name(&error));
                None
            }
            None => None,
        }
    }

    /// Gives the replica the blocks that it lacks.
    async fn catch_up(&self) {
        let head = self.ledger.head().borrow().block.as_ref().map_or(0, |block| block.header().height);
        loop {
            let next = self.record.replica(|replica| replica.height() + 1);
            if next > head {
                return;
            }
            // None only if the node is ending.
            let Some(certified) = self.ledger.block(next).await else { return };
            self.record.take(certified.block.block());
        }
    }

    /// The next transaction: what the end of the chain takes, or what the modules find plausible.
    async fn next(&mut self) -> Option<SignedTx> {
        let (signer, now) = (self.founder.signer(), self.ledger.now());
        let deciding = self.deciding();
        let calls = match &deciding {
            Some((call, _)) => vec![as_call(call)?],
            None if self.workload.large => shelf::large(&mut self.dice),
            None => self.plausible()?,
        };
        // A lane for each life: what an earlier life submitted may still become final.
        let seq = self.ledger.next_seq(signer, self.life).await.ok()?;
        let tx = Tx {
            version: Tx::VERSION,
            chain: self.ledger.chain(),
            signer,
            nonce: Nonce { lane: self.life, seq },
            salt: self.dice.bytes32().first_chunk().copied()?,
            valid_until: now.after(self.workload.valid),
            calls: List::new(calls).ok()?,
        };
        let by_root = deciding.as_ref().is_some_and(|(call, _)| Decision::is_by_root(call));
        if let Some((_, true)) = deciding {
            self.record.began(tx.id());
        }
        Some(tx.sign(&if by_root { self.founder.root() } else { self.founder.operations() }))
    }

    /// One to three calls that the modules find plausible.
    fn plausible(&mut self) -> Option<Vec<Call>> {
        let (signer, now) = (self.founder.signer(), self.ledger.now());
        let suits = |name: &str| self.workload.only.is_none_or(|only| only == name);
        let modules: Vec<_> = world::modules().iter().copied().filter(|module| suits(module.name())).collect();
        let mut calls = Vec::new();
        for _ in 0..=self.dice.below(3) {
            let module = self.dice.pick(&modules).copied()?;
            let dice = &mut self.dice;
            let call = self.record.replica(|replica| module.plausible(replica.state(), &signer, now, dice));
            // What a module refuses without looking at the state is no transaction: a node would not take it.
            let call = call.filter(|(call, body)| matches!(module.check(*call, body), Ok(Ok(()))));
            if let Some((call, body)) = call {
                calls.push(Call { module: module.id(), call, body: Bytes::new(body).ok()? });
            }
        }
        (!calls.is_empty()).then_some(calls)
    }

    /// This member's part in the decisions, if it is its turn, and whether one begins with it: who brings a decision about
    /// begins it when its time has come and the one before was made; each of the others votes for it once.
    fn deciding(&mut self) -> Option<(NetworkCall, bool)> {
        let (steps, begun) = (self.workload.steps, self.record.begun());
        let (height, made) = self.record.replica(|replica| {
            let made =
                steps.iter().take(begun.len()).next_back().is_none_or(|step| step.decision.is_made(replica.state()));
            (replica.height(), made)
        });
        if let Some(next) = steps.get(begun.len())
            && made
            && height >= next.from
            && next.decision.author() == self.founder
        {
            return Some((next.decision.call()?, true));
        }
        let (step, id) = (steps.get(self.voted)?, begun.get(self.voted)?);
        if !self.record.replica(|replica| replica.place(id).is_some()) {
            return None;
        }
        self.voted += 1;
        if !step.decision.is_voted_on() || step.decision.subject() == Some(self.founder) {
            return None;
        }
        let proposal = ProposalId(id.call(0).short());
        Some((NetworkCall::Vote(Vote { proposal, approve: true }), false))
    }
}

/// The next answer; never if none is awaited.
async fn next_answer(answers: &mut FuturesUnordered<Answer>) -> (TxId, Told) {
    match answers.next().await {
        Some(answer) => answer,
        None => std::future::pending().await,
    }
}

fn name(error: &SubmitError) -> String {
    match error {
        SubmitError::Fault(fault) => fault.name().to_owned(),
        SubmitError::Duplicate(_) => "duplicate".to_owned(),
        SubmitError::Full => "full".to_owned(),
        SubmitError::OrgFull => "organization-full".to_owned(),
        SubmitError::Unavailable(_) => "unavailable".to_owned(),
    }
}
