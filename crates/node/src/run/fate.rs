//! What became of transactions: told by consensus while they wait, afterwards looked up among the rows.

use super::adapter::{NodeLedger, unavailable};
use epione_consensus::Final;
use epione_gateway::ports::{Fate, Finalized, Ticket, Unavailable};
use epione_projection::TxRow;
use epione_types::{TxFault, TxId, UnixMs};

/// A final transaction as consensus tells it.
fn told(tx: Final) -> Finalized {
    Finalized { id: tx.id, height: tx.height, index: tx.index, time: tx.time, codes: tx.codes }
}

/// A final transaction as the rows have it.
fn kept(id: TxId, row: TxRow) -> Finalized {
    Finalized { id, height: row.height, index: row.index, time: row.time, codes: row.codes }
}

/// Why a transaction that was accepted a moment ago waits no longer and is not final either, by the last block's time.
fn lost(ticket: &Ticket, now: UnixMs) -> TxFault {
    if ticket.valid_until < now { TxFault::Expired(ticket.valid_until) } else { TxFault::NonceUsed(ticket.nonce) }
}

impl NodeLedger {
    /// The final transaction, if it has become a row.
    pub(super) async fn row(&self, id: TxId) -> Result<Option<Finalized>, Unavailable> {
        Ok(self.rows(vec![id]).await?.pop().flatten())
    }

    /// Each transaction that was final when this was asked, whether it was a row by then or not.
    pub(super) async fn all_rows(&self, ids: Vec<TxId>) -> Result<Vec<Option<Finalized>>, Unavailable> {
        // The events of a block are in the log before anybody hears that it is final.
        let size = *self.ledger.event_size().borrow();
        let mut applied = self.applied.clone();
        applied.wait_for(|applied| applied.position >= size).await.map_err(|error| unavailable(&error))?;
        self.rows(ids).await
    }

    async fn rows(&self, ids: Vec<TxId>) -> Result<Vec<Option<Finalized>>, Unavailable> {
        let reader = self.reader.clone();
        let read = move || {
            let rows = reader.snapshot()?;
            ids.into_iter().map(|id| Ok(rows.tx(&id)?.map(|row| kept(id, row)))).collect()
        };
        let rows: Result<_, epione_projection::Error> =
            tokio::task::spawn_blocking(read).await.map_err(|error| unavailable(&error))?;
        rows.map_err(|error| unavailable(&error))
    }

    /// Waits until the transaction is final or can never be.
    pub(super) async fn fate(&self, ticket: Ticket) -> Result<Fate, Unavailable> {
        // Asked before it is looked for, so that a block in between is not missed.
        let waiter = self.ledger.wait(ticket.id);
        let mut why = None;
        if self.ledger.is_waiting(&ticket.id)
            && let Ok(fate) = waiter.await
        {
            match fate {
                Ok(tx) => return Ok(Fate::Final(told(tx))),
                Err(fault) => why = Some(fault),
            }
        }
        if let Some(found) = self.all_rows(vec![ticket.id]).await?.pop().flatten() {
            return Ok(Fate::Final(found));
        }
        let time = self.ledger.head().borrow().block.as_ref().map_or(UnixMs(0), |block| block.header().time);
        Ok(Fate::Lost(why.unwrap_or_else(|| lost(&ticket, time))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use epione_types::Nonce;

    #[test]
    fn what_is_lost_has_expired_or_lost_its_nonce() {
        let ticket = Ticket { id: TxId([1; 32]), nonce: Nonce { lane: 0, seq: 7 }, valid_until: UnixMs(100) };
        assert_eq!(lost(&ticket, UnixMs(101)), TxFault::Expired(UnixMs(100)));
        assert_eq!(lost(&ticket, UnixMs(100)), TxFault::NonceUsed(ticket.nonce));
    }
}
