//! Receipts and other proofs, as the gateway asks for them.

use super::adapter::{NodeLedger, unavailable};
use epione_consensus::ProofError;
use epione_gateway::ports::{Receipt, Subject, Unavailable};

/// None for what does not exist.
pub(super) fn found<T>(proof: Result<T, ProofError>) -> Result<Option<T>, Unavailable> {
    match proof {
        Ok(proof) => Ok(Some(proof)),
        Err(ProofError::Unknown) => Ok(None),
        Err(error @ ProofError::Uncertified) => Err(Unavailable(error.to_string())),
        Err(ProofError::Unavailable(error)) => Err(unavailable(&error)),
    }
}

impl NodeLedger {
    /// The receipt of an event or of a transaction's result.
    pub(super) async fn receipt_of(&self, of: Subject) -> Result<Option<Receipt>, Unavailable> {
        let position = match of {
            Subject::Event(position) => position,
            Subject::Tx(id) => {
                let mut row = self.row(id).await?;
                if row.is_none() {
                    // It may be final, but no row yet.
                    row = self.all_rows(vec![id]).await?.pop().flatten();
                }
                let Some(row) = row else { return Ok(None) };
                let Some(position) = found(self.receipts.position(id, row.height).await)? else { return Ok(None) };
                position
            }
        };
        let receipt = found(self.receipts.receipt(position).await)?;
        Ok(receipt.map(|receipt| Receipt { position, height: receipt.stem.height, bytes: receipt.to_bytes() }))
    }
}
