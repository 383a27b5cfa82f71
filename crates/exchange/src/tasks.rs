//! What is still to be done: a durable queue, so that nothing is forgotten when the node stops.
//!
//! A task is named by the hash of what it says, so it stands in the queue once however often it is asked for. Each is idempotent: it is
//! done again when the node stopped between doing it and noting that it is done.

use crate::{
    catalog::{Catalog, key},
    error::Error,
    ports::{Op, Table},
};
use borsh::{BorshDeserialize, BorshSerialize};
use epione_types::{Call, DurationMs, Hash, OrgId, RequestId, UnitId, UnixMs, encode};

/// Shortest wait before a task is tried again.
const BACKOFF_MS_MIN: u64 = 1_000;
/// Longest wait before a task is tried again: an hour.
const BACKOFF_MS_MAX: u64 = 3_600_000;

/// What is to be done. Numbers are never reused.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Task {
    /// Put this call on the ledger; a reject is an answer, too.
    Submit(Call) = 0,
    /// Bring an own unit to the ledger, or give it up.
    Put(UnitId) = 1,
    /// Delete what is here of a unit that is erased, and say so.
    Erase(UnitId) = 2,
    /// Delete an earlier edition of a unit that was dealt anew, and say so.
    Former(UnitId, u32) = 3,
    /// Get ciphertext and envelopes of a unit from another vault.
    Mend(UnitId) = 4,
    /// Open what a custodian discloses.
    Receive(RequestId) = 5,
    /// Delete what was obtained under a grant that has ended.
    Purge(RequestId, UnitId) = 6,
    /// Seal the own envelopes to the key of this period.
    Rotate(u32) = 7,
    /// Delete a unit that its author never brought to the ledger.
    Settle(UnitId, u32) = 8,
    /// Deal a unit anew, because a share of it is lost.
    Redeal(UnitId) = 9,
    /// Get the own envelope of a unit.
    Hold(UnitId) = 10,
    /// Deal the own units anew of which this organization holds shares, for it cannot give them any more.
    Replace(OrgId) = 11,
    /// Delete envelopes of an organization of the periods before this one, whose keys are destroyed.
    Outdated(OrgId, u32) = 12,
}

/// A task in the queue.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Queued {
    /// What is to be done.
    pub task: Task,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub due: UnixMs,
}

impl Queued {
    fn id(&self) -> Hash {
        id_of(&self.task)
    }

    /// How long to wait after the next failure: doubled each time.
    fn backoff(&self) -> DurationMs {
        let doubled = BACKOFF_MS_MIN.saturating_mul(1_u64.checked_shl(self.attempts.min(32)).unwrap_or(u64::MAX));
        DurationMs(doubled.min(BACKOFF_MS_MAX))
    }
}

fn id_of(task: &Task) -> Hash {
    Hash::sha256(&[&encode(task)])
}

fn due_key(due: UnixMs, id: &Hash) -> Vec<u8> {
    key(&[&due.0.to_be_bytes(), &id.0])
}

impl Catalog {
    /// The changes that have `task` done at `due`; none if it stands in the queue already.
    pub(crate) fn enqueue(&self, task: Task, due: UnixMs) -> Result<Vec<Op>, Error> {
        let queued = Queued { task, attempts: 0, due };
        if self.get::<Queued>(Table::Tasks, &queued.id().0)?.is_some() {
            return Ok(Vec::new());
        }
        Ok(Self::place(&queued))
    }

    /// The changes that have `task` done at `due`, whatever stands in the queue; after [`Catalog::dequeue`].
    pub(crate) fn requeue(&self, task: Task, due: UnixMs) -> Vec<Op> {
        Self::place(&Queued { task, attempts: 0, due })
    }

    /// The changes that take `task` out of the queue.
    pub(crate) fn dequeue(&self, task: &Task) -> Result<Vec<Op>, Error> {
        let id = id_of(task);
        let Some(queued) = self.get::<Queued>(Table::Tasks, &id.0)? else { return Ok(Vec::new()) };
        Ok(vec![Op::Delete(Table::Tasks, id.0.to_vec()), Op::Delete(Table::Due, due_key(queued.due, &id))])
    }

    /// The changes that have a task done later: after its backoff, or at `at`.
    pub(crate) fn postpone(&self, queued: &Queued, now: UnixMs, at: Option<UnixMs>) -> Result<Vec<Op>, Error> {
        let mut ops = self.dequeue(&queued.task)?;
        let (attempts, due) = match at {
            Some(at) => (0, at),
            None => (queued.attempts.saturating_add(1), now.after(queued.backoff())),
        };
        ops.extend(Self::place(&Queued { task: queued.task.clone(), attempts, due }));
        Ok(ops)
    }

    fn place(queued: &Queued) -> Vec<Op> {
        let id = queued.id();
        vec![Self::put(Table::Tasks, &id.0, queued), Op::Put(Table::Due, due_key(queued.due, &id), Vec::new())]
    }

    /// The tasks that are due at `now`, earliest first, at most a page.
    pub(crate) fn due(&self, now: UnixMs) -> Result<Vec<Queued>, Error> {
        let mut due = Vec::new();
        for (key, _) in self.page(Table::Due, &[], None)? {
            let (Some(at), Some(id)) = (key.first_chunk::<8>(), key.last_chunk::<32>()) else {
                return Err(Error::Unreadable);
            };
            if u64::from_be_bytes(*at) > now.0 {
                break;
            }
            due.extend(self.get::<Queued>(Table::Tasks, id)?);
        }
        Ok(due)
    }

    /// When the next task is due; none if there is no task.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn next_due(&self) -> Result<Option<UnixMs>, Error> {
        let page = self.page(Table::Due, &[], None)?;
        let first = page.first().and_then(|(key, _)| key.first_chunk::<8>());
        Ok(first.map(|at| UnixMs(u64::from_be_bytes(*at))))
    }
}
