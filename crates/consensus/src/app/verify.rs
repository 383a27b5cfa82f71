//! Verifying a block: the header's rules, the transactions, and every root after running them.

use crate::{
    EngineBlock, Rules,
    app::{Shared, now},
    driver::Runner,
    mempool,
};
use commonware_runtime::{Clock, Spawner};
use commonware_storage::Context as StorageContext;
use epione_exec::{CheckedTx, check_tx};
use epione_store::{Batch, Merkleized, StateError};
use epione_types::{Block, Header, KeyError, TxFault, limits::BLOCK_BYTES_MAX};
use rand_core::CryptoRng;
use std::sync::Arc;

/// Why a candidate is not a block of this chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Invalid {
    #[error("field `{0}` of the header is wrong")]
    Header(&'static str),
    #[error("transaction {0}: {1}")]
    Tx(usize, TxFault),
    #[error("the transactions are more than a block may hold")]
    TooLarge,
}

impl<E: StorageContext + Spawner + CryptoRng> Shared<E> {
    /// The header's rules that need only the parent.
    fn check_header(&self, header: &Header, parent: &EngineBlock, rules: &Rules) -> Result<(), Invalid> {
        let (before, field) = (parent.header(), Invalid::Header);
        let latest = before.time.0.saturating_add(rules.block_time_ahead_ms);
        let end = self.eras.end(&self.genesis, rules.halt_at);
        for (name, holds) in [
            ("version", header.version == Header::VERSION),
            ("state_format", header.state_format == self.eras.format_at(header.height)),
            ("chain", header.chain == before.chain),
            ("height", header.height == before.height + 1 && end.is_none_or(|last| header.height <= last)),
            ("parent", header.parent == parent.hash()),
            ("time", header.time > before.time && header.time.0 <= latest),
            ("epoch", header.epoch == self.genesis.epoch(header.height)),
            ("committee_hash", header.committee_hash == rules.committee.hash()),
        ] {
            if !holds {
                return Err(field(name));
            }
        }
        Ok(())
    }

    /// Checks the transactions and the signatures of those that were not verified before.
    fn check_txs(&self, rng: &mut impl CryptoRng, block: &Block) -> Result<Vec<Arc<CheckedTx>>, Invalid> {
        let mut checked = Vec::with_capacity(block.txs.len());
        let mut fresh = Vec::new();
        for (index, tx) in block.txs.iter().enumerate() {
            let id = tx.tx.id();
            if let Some(known) = self.pool.verified(&id, tx) {
                checked.push(known);
                continue;
            }
            let tx =
                check_tx(self.modules, &block.header.chain, tx.clone()).map_err(|fault| Invalid::Tx(index, fault))?;
            fresh.push(index);
            checked.push(Arc::new(tx));
        }
        if checked.iter().map(|tx| tx.len).sum::<usize>() > BLOCK_BYTES_MAX {
            return Err(Invalid::TooLarge);
        }
        let verified = mempool::verify(rng, fresh.iter().map(|index| &checked[*index].tx));
        match fresh.iter().zip(verified).find(|(_, good)| !good) {
            Some((index, _)) => Err(Invalid::Tx(*index, TxFault::Signature(KeyError::Signature))),
            None => Ok(checked),
        }
    }

    /// Runs a block and compares every root with its header.
    pub(crate) async fn process(
        &self,
        context: &mut E,
        block: &EngineBlock,
        parent: Option<&EngineBlock>,
        batch: Batch<E>,
    ) -> Result<Result<Merkleized<E>, Invalid>, StateError>
    where
        E: Clock,
    {
        let header = block.header();
        let txs = if let Some(parent) = parent {
            let rules = self.rules(&batch, parent).await?;
            if let Err(invalid) = self.check_header(header, parent, &rules) {
                return Ok(Err(invalid));
            }
            match self.check_txs(context, block.block()) {
                Ok(txs) => txs,
                Err(invalid) => return Ok(Err(invalid)),
            }
        } else {
            let checked =
                block.block().txs.iter().map(|tx| check_tx(self.modules, &header.chain, tx.clone()).map(Arc::new));
            match checked.collect::<Result<Vec<_>, _>>() {
                Ok(txs) => txs,
                Err(fault) => return Ok(Err(Invalid::Tx(0, fault))),
            }
        };
        let mut runner = Runner::<E>::begin(&self.block(self.info(header.height, header.time)), batch).await?;
        runner.prefetch(&txs).await?;
        for (index, tx) in txs.iter().enumerate() {
            if let Err(fault) = runner.tx(tx).await? {
                return Ok(Err(Invalid::Tx(index, fault)));
            }
        }
        let after = runner.finish(self.read_rules).await?;
        let (outcome, rules) = (&after.ran.outcome, &after.ran.rules);
        let next_committee = self.genesis.ends_epoch(header.height).then(|| rules.committee.hash());
        // Only a release that kept the state in the format of the block can compute its roots.
        let is_past = header.state_format != self.eras.present();
        for (name, holds) in [
            ("next_committee_hash", next_committee == header.next_committee_hash),
            ("event_root", outcome.event_root == header.event_root),
            ("event_size", outcome.event_size == header.event_size),
            ("state_root", is_past || after.state_root == header.state_root),
            ("ops_root", is_past || after.ops_root == header.ops_root),
            ("ops_range", is_past || after.ops_range == header.ops_range),
        ] {
            if !holds {
                return Ok(Err(Invalid::Header(name)));
            }
        }
        self.keep(block, after.ran, now(context));
        Ok(Ok(after.merkleized))
    }
}
