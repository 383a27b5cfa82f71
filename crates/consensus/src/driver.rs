//! Runs blocks on the engine's speculative state: loads rows, repeats steps that met a missing row, writes the result.

use crate::{ReadRules, app::Ran};
use commonware_glue::stateful::db::{Merkleized as _, Unmerkleized as _};
use commonware_runtime::Spawner;
use commonware_storage::Context;
use epione_exec::{BlockInfo, CheckedTx, Execution, Modules, TxStop, block_reads, tx_reads};
use epione_kernel::{KeySet, Missing, View};
use epione_store::{Batch, Loaded, Merkleized, OfBatch, StateError, load, write};
use epione_types::{Genesis, Hash, OpsRange, TxFault};
use std::sync::Arc;

/// What running a block takes besides its transactions.
pub(crate) struct Block<'a> {
    pub(crate) modules: Modules,
    pub(crate) genesis: &'a Genesis,
    pub(crate) info: BlockInfo,
}

/// The state after a block.
pub(crate) struct After<E: Spawner + Context> {
    pub(crate) ran: Ran,
    pub(crate) merkleized: Merkleized<E>,
    pub(crate) state_root: Hash,
    pub(crate) ops_root: Hash,
    pub(crate) ops_range: OpsRange,
}

/// A block being run on a batch.
pub(crate) struct Runner<E: Spawner + Context> {
    batch: Batch<E>,
    loaded: Loaded,
    execution: Execution,
    modules: Modules,
}

impl<E: Spawner + Context> Runner<E> {
    /// Begins a block: what falls due, or the genesis.
    pub(crate) async fn begin(block: &Block<'_>, batch: Batch<E>) -> Result<Self, StateError> {
        let mut loaded = Loaded::default();
        let mut keys = KeySet::default();
        block_reads(&mut keys);
        load(&OfBatch::<E>(&batch), keys.into_rows(), &mut loaded).await?;
        let mut execution = Execution::new(block.modules, block.info);
        while let Err(Missing(row)) = execution.begin(&loaded, block.genesis) {
            load(&OfBatch::<E>(&batch), vec![row], &mut loaded).await?;
        }
        Ok(Self { batch, loaded, execution, modules: block.modules })
    }

    /// Loads in one go what the transactions will likely read.
    pub(crate) async fn prefetch(&mut self, txs: &[Arc<CheckedTx>]) -> Result<(), StateError> {
        let mut keys = KeySet::default();
        for tx in txs {
            tx_reads(self.modules, &tx.tx, &mut keys);
        }
        load(&OfBatch::<E>(&self.batch), keys.into_rows(), &mut self.loaded).await
    }

    /// Runs one transaction; the inner error says why it may not stand in the block.
    pub(crate) async fn tx(&mut self, tx: &CheckedTx) -> Result<Result<(), TxFault>, StateError> {
        loop {
            match self.execution.tx(&self.loaded, tx) {
                Ok(()) => return Ok(Ok(())),
                Err(TxStop::Fault(fault)) => return Ok(Err(fault)),
                Err(TxStop::Missing(Missing(row))) => {
                    load(&OfBatch::<E>(&self.batch), vec![row], &mut self.loaded).await?;
                }
            }
        }
    }

    /// Ends the block: the rules that follow from it, event tree, writes, roots.
    pub(crate) async fn finish(mut self, read_rules: ReadRules) -> Result<After<E>, StateError> {
        let height = self.execution.info().height;
        let rules = loop {
            match read_rules(self.execution.view(&self.loaded), height) {
                Ok(rules) => break Arc::new(rules),
                Err(Missing(row)) => load(&OfBatch::<E>(&self.batch), vec![row], &mut self.loaded).await?,
            }
        };
        let outcome = loop {
            match self.execution.finish(&self.loaded) {
                Ok(outcome) => break outcome,
                Err(Missing(row)) => load(&OfBatch::<E>(&self.batch), vec![row], &mut self.loaded).await?,
            }
        };
        let batch = write::<E>(self.batch, &outcome.writes, &mut self.loaded).await?;
        let merkleized = batch.merkleize().await.map_err(|error| StateError::Engine(error.to_string()))?;
        let bounds = merkleized.bounds();
        let ops_range = OpsRange { start: *merkleized.sync_boundary(), end: *bounds.tip.size };
        Ok(After {
            ran: Ran { outcome, rules },
            state_root: Hash(merkleized.root().0),
            ops_root: Hash(merkleized.ops_root().0),
            ops_range,
            merkleized,
        })
    }
}

/// Reads from a batch, loading rows until `read` has all it needs.
pub(crate) async fn read<E: Spawner + Context, T>(
    batch: &Batch<E>,
    read: impl Fn(View<'_>) -> Result<T, Missing>,
) -> Result<T, StateError> {
    let mut loaded = Loaded::default();
    loop {
        let Missing(row) = match read(View::new(&loaded)) {
            Ok(value) => return Ok(value),
            Err(missing) => missing,
        };
        load(&OfBatch::<E>(batch), vec![row], &mut loaded).await?;
    }
}
