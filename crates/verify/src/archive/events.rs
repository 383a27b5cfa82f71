//! Whether the events of a block are those of its transactions, in order.

use super::Fault;
use crate::check::codes;
use epione_types::{Entry, Origin, SignedTx};

/// The transaction whose events come.
struct Current {
    id: epione_types::TxId,
    codes: Vec<u32>,
    /// The call whose events came last.
    index: u16,
}

/// Checks the origin of the events of the block at `height`, the first of which has place `position` among all.
///
/// # Errors
/// [`Fault::Event`], [`Fault::Origin`], [`Fault::Results`].
pub(super) fn check(height: u64, position: u64, events: &[Entry], txs: &[SignedTx]) -> Result<(), Fault> {
    let mut left = txs.iter();
    let mut current: Option<Current> = None;
    for (position, entry) in (position..).zip(events) {
        let result = codes(entry).map_err(|why| Fault::Event { position, why: Box::new(why) })?;
        let belongs = match (entry.origin, result) {
            (Origin::Genesis, _) => height == 1 && current.is_none(),
            (Origin::Due { height: of }, _) => height == of && current.is_none(),
            (Origin::Call { id, index }, _) => current.as_mut().is_some_and(|current| current.takes(id, index)),
            (Origin::Tx { id }, Some(codes)) => {
                let tx = left.next().filter(|signed| signed.tx.id() == id && signed.tx.calls.len() == codes.len());
                current = Some(Current { id, codes, index: 0 });
                tx.is_some()
            }
            // INVARIANT: `codes` refuses a transaction as a whole without a result.
            (Origin::Tx { .. }, None) => false,
        };
        if !belongs {
            return Err(Fault::Origin(position));
        }
    }
    match left.len() {
        0 => Ok(()),
        without => Err(Fault::Results { found: txs.len().saturating_sub(without), expected: txs.len() }),
    }
}

impl Current {
    /// Whether the next event may be one of this call: it succeeded, and none of a later call came before.
    fn takes(&mut self, id: epione_types::TxId, index: u16) -> bool {
        let belongs = self.id == id && index >= self.index && self.codes.get(usize::from(index)) == Some(&0);
        self.index = index;
        belongs
    }
}
