//! What an archive proves, by whom, and under which assumption.

use crate::{Change, Signed, proved::utc};
use epione_types::{ChainId, Hash, UnixMs};

/// What an archive proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The chain.
    pub chain: ChainId,
    /// Height of the last block; the first one has 1.
    pub height: u64,
    /// Time of the last block.
    pub time: UnixMs,
    /// Hash of the last block.
    pub head: Hash,
    /// Number of transactions.
    pub txs: u64,
    /// Number of events.
    pub events: u64,
    /// Number of certificates.
    pub certificates: u64,
    /// Who certified the last block.
    pub signed: Signed,
    /// The changes of the validators since the genesis, in order.
    pub changes: Vec<Change>,
}

impl Verified {
    /// All of it in sentences.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let Self { chain, height, time, head, txs, events, certificates, .. } = self;
        let mut words = vec![
            format!("Blocks 1 to {height} of {chain} are whole, up to {} of block time.", utc(*time)),
            format!("{txs} transactions stand in them, each with a good signature of the key that it names."),
            format!(
                "{events} events followed from them: they are those that the blocks name, of each transaction its \
                 result and what its calls caused."
            ),
            format!(
                "Blocks with a certificate of their own: {certificates}; each certificate covers all blocks before, \
                 too."
            ),
        ];
        words.extend(self.changes.iter().map(Change::words));
        words.push(format!("Block {height} was certified by {}", self.signed.words()));
        words.push(format!("Its hash is {head}."));
        words.push(self.assumption());
        words.push(self.unchecked());
        words
    }

    /// What must be true for the proof to hold.
    #[must_use]
    pub fn assumption(&self) -> String {
        format!(
            "Assumption: the genesis is that of the consortium, and fewer than a third of its validators' keys signed what \
             is false. The proof relies on keys of former validators, back to the founders: whoever came to hold more than \
             two thirds of the keys of a former committee, even after it left office, could have made an archive like this \
             one, with other changes of the validators or none. Where that matters, compare the hash of block {} with one \
             that was noted or published earlier.",
            self.height
        )
    }

    /// What was not checked.
    #[must_use]
    pub fn unchecked(&self) -> String {
        "Not checked: that each event is what the rules of the ledger make of its transaction, that each key belonged \
         to the signer, and the roots of the state. That takes the program that ran the chain: `epione import`, then \
         `epione audit`."
            .to_owned()
    }
}
