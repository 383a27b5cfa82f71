//! The ledger as this organization's own node executes it.

use epione_kernel::{Missing, View};
use epione_types::{Call, CallId, Entry, TxId, UnixMs};
use futures::future::BoxFuture;
use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The transaction.
    pub tx: TxId,
    /// Height of its block.
    pub height: u64,
    /// Time of its block.
    pub time: UnixMs,
    /// Per call 0 for success, else the code of its reject.
    pub codes: Vec<u32>,
}

impl Outcome {
    /// The identifier of the call at position `index`.
    #[must_use]
    pub fn call(&self, index: u16) -> CallId {
        self.tx.call(index)
    }
}

/// The last final block, as this node knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its height.
    pub height: u64,
    /// Its time.
    pub time: UnixMs,
    /// When this node saw it become final, by its own clock.
    pub seen_at: UnixMs,
}

/// Why the ledger did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The node cannot answer now, or does not know what becomes of the transaction: it may still become final. To be tried again.
    #[error("the ledger cannot be reached now: {0}")]
    Unavailable(String),
    /// The transaction may not stand in a block; trying again does not help.
    #[error("the transaction is faulty: {0}")]
    Faulty(String),
}

/// A question to the state: repeated until every row that it needs is loaded.
pub type Question<'a> = dyn Fn(View<'_>) -> Result<(), Missing> + Send + Sync + 'a;

/// The ledger of this node, read and written in the name of its service identity.
pub trait Ledger: fmt::Debug + Send + Sync {
    /// Signs a transaction of these calls and waits until it is final on this node.
    ///
    /// # Errors
    /// [`LedgerError`].
    fn submit(&self, calls: Vec<Call>) -> BoxFuture<'_, Result<Outcome, LedgerError>>;

    /// Puts `question` to the executed final state of this node.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`].
    fn ask<'a>(&'a self, question: &'a Question<'a>) -> BoxFuture<'a, Result<(), LedgerError>>;

    /// At most `max` final events from position `from` on.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`].
    fn events(&self, from: u64, max: usize) -> BoxFuture<'_, Result<Vec<Entry>, LedgerError>>;

    /// The last final block; none before the first.
    fn head(&self) -> Option<Head>;
}

/// The answer of the executed final state of this node to `question`.
///
/// # Errors
/// [`LedgerError::Unavailable`].
pub async fn read<T: Send>(
    ledger: &dyn Ledger,
    question: impl Fn(View<'_>) -> Result<T, Missing> + Send + Sync,
) -> Result<T, LedgerError> {
    let answer = Mutex::new(None);
    let keep = |view: View<'_>| {
        let found = question(view)?;
        *answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        Ok(())
    };
    ledger.ask(&keep).await?;
    let found = answer.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.ok_or_else(|| LedgerError::Unavailable("the state was not asked".to_owned()))
}
