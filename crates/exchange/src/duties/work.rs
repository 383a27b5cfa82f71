//! Doing what is due.

use crate::{
    error::Error,
    exchange::Exchange,
    facts,
    ports::LedgerError,
    tasks::{Queued, Task},
};
use epione_modules::records::Unit;
use epione_types::{Call, UnitId, UnixMs, limits::CALLS_PER_TX_MAX};
use futures::future::join_all;

/// Largest sum of the bodies of calls that go into one transaction, in bytes.
const BATCH_BYTES_MAX: usize = 48 * 1024;
/// Tasks that are under way at once.
const AT_ONCE_MAX: usize = 8;

/// What became of a task.
enum Done {
    /// It is done, or can no longer be: it noted that itself.
    Ended,
    /// It is to be tried at this time.
    At(UnixMs),
}

impl Exchange {
    /// Does what is due; how many tasks were tried. Failures are noted and tried again later.
    ///
    /// # Errors
    /// [`Error::Store`] if the queue cannot be read or written.
    pub async fn work(&self) -> Result<usize, Error> {
        let due = self.catalog.due(self.now())?;
        let (submits, others): (Vec<_>, Vec<_>) = due.iter().partition(|queued| matches!(queued.task, Task::Submit(_)));
        for batch in batches(&submits) {
            self.submit_batch(&batch).await?;
        }
        for some in others.chunks(AT_ONCE_MAX) {
            for done in join_all(some.iter().map(|queued| self.attempt(queued))).await {
                done?;
            }
        }
        Ok(due.len())
    }

    /// Puts the calls of a batch on the ledger in one transaction. Whether they are accepted or refused, they are done: both stand on the
    /// ledger.
    async fn submit_batch(&self, batch: &[&Queued]) -> Result<(), Error> {
        let calls: Vec<Call> = batch.iter().filter_map(|queued| submitted(queued)).collect();
        match self.ports.ledger.submit(calls).await {
            Ok(_outcome) => self.end(batch),
            // One of them is at fault: each for itself then.
            Err(LedgerError::Faulty(_)) if batch.len() > 1 => {
                for one in batch {
                    Box::pin(self.submit_batch(&[*one])).await?;
                }
                Ok(())
            }
            // It will never stand in a block.
            Err(LedgerError::Faulty(_)) => self.end(batch),
            Err(LedgerError::Unavailable(_)) => {
                for queued in batch {
                    self.catalog.write(self.catalog.postpone(queued, self.now(), None)?)?;
                }
                Ok(())
            }
        }
    }

    fn end(&self, batch: &[&Queued]) -> Result<(), Error> {
        let mut ops = Vec::new();
        for queued in batch {
            ops.extend(self.catalog.dequeue(&queued.task)?);
        }
        self.catalog.write(ops)
    }

    async fn attempt(&self, queued: &Queued) -> Result<(), Error> {
        match self.perform(&queued.task).await {
            Ok(Done::Ended) => Ok(()),
            Ok(Done::At(at)) => self.catalog.write(self.catalog.postpone(queued, self.now(), Some(at))?),
            // Whose keys are gone, or whose grant: it would fail for ever. Everything else ends when it is done.
            Err(error) if matches!(queued.task, Task::Receive(_)) && !error.is_temporary() => {
                self.catalog.write(self.catalog.dequeue(&queued.task)?)
            }
            Err(_later) => self.catalog.write(self.catalog.postpone(queued, self.now(), None)?),
        }
    }

    /// The unit, if it is registered and not erased.
    async fn living(&self, unit: &UnitId) -> Result<Option<Unit>, Error> {
        let now = facts::head(&self.ports)?.time;
        Ok(facts::unit(&self.ports, unit).await?.filter(|row| !row.is_erased(now)))
    }

    async fn perform(&self, task: &Task) -> Result<Done, Error> {
        match task {
            Task::Submit(call) => drop(self.ports.ledger.submit(vec![call.clone()]).await?),
            Task::Put(unit) => self.complete(unit).await?,
            Task::Erase(unit) => {
                if let Some(at) = self.erase(unit).await? {
                    // Block time decides: it may come a little later than the own clock says.
                    let soon = UnixMs(self.now().0.saturating_add(1_000));
                    return Ok(Done::At(at.max(soon)));
                }
            }
            Task::Former(unit, edition) => self.forget_former(unit, *edition).await?,
            Task::Mend(unit) => self.mend(unit).await?,
            Task::Receive(request) => self.receive(request).await?,
            Task::Purge(request, unit) => self.purge(request, unit)?,
            Task::Rotate(period) => self.rotate(*period).await?,
            Task::Settle(unit, edition) => self.settle(unit, *edition).await?,
            Task::Redeal(unit) => {
                if self.living(unit).await?.is_some() && self.catalog.source(unit)?.is_some() {
                    self.redeal(unit).await?;
                }
                self.catalog.write(self.catalog.dequeue(task)?)?;
            }
            Task::Hold(unit) => {
                if self.living(unit).await?.is_some_and(|row| row.holder(&self.org).is_some()) {
                    self.hold(unit).await?;
                }
                self.catalog.write(self.catalog.dequeue(task)?)?;
            }
            Task::Replace(org) => self.replace(org).await?,
            Task::Outdated(org, period) => {
                self.forget_outdated(org, *period)?;
                self.catalog.write(self.catalog.dequeue(task)?)?;
            }
        }
        Ok(Done::Ended)
    }
}

fn submitted(queued: &Queued) -> Option<Call> {
    match &queued.task {
        Task::Submit(call) => Some(call.clone()),
        Task::Put(_)
        | Task::Erase(_)
        | Task::Former(..)
        | Task::Mend(_)
        | Task::Receive(_)
        | Task::Purge(..)
        | Task::Rotate(_)
        | Task::Settle(..)
        | Task::Redeal(_)
        | Task::Hold(_)
        | Task::Replace(_)
        | Task::Outdated(..) => None,
    }
}

/// Submissions in groups that fit one transaction each.
fn batches<'a>(submits: &[&'a Queued]) -> Vec<Vec<&'a Queued>> {
    let (mut batches, mut batch, mut bytes) = (Vec::new(), Vec::new(), 0_usize);
    for queued in submits {
        let len = submitted(queued).map_or(0, |call| call.body.len());
        if !batch.is_empty() && (batch.len() >= CALLS_PER_TX_MAX || bytes.saturating_add(len) > BATCH_BYTES_MAX) {
            batches.push(std::mem::take(&mut batch));
            bytes = 0;
        }
        bytes = bytes.saturating_add(len);
        batch.push(*queued);
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}
