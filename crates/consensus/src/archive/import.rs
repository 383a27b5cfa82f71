//! From records to the stores of a node that never ran. Its first start runs the blocks, as if it had fetched them from
//! others.

use super::ArchiveError;
use crate::{
    EngineBlock,
    audit::{PARTITION, runner},
    certificate::expand,
    engine::{EngineConfig, PAGE_BYTES, Runtime, committees::Committees, stores},
};
use commonware_cryptography::Digestible as _;
use commonware_parallel::Sequential;
use commonware_runtime::{Runner as _, buffer::paged::CacheRef};
use commonware_storage::{Context as StorageContext, archive::Archive as _};
use epione_verify::archive::Record;
use std::{path::Path, sync::Arc};

/// Writes the blocks and certificates that `next` gives, some at a time until it gives none, into `directory`, which
/// must be empty. They are on disk when this returns. Nothing of them is believed to be verified but by `next`.
///
/// # Errors
/// [`ArchiveError`]: what cannot be written, or is none for the engine; or what `next` says.
pub fn import(
    directory: &Path,
    engine: &EngineConfig,
    next: &mut dyn FnMut() -> Result<Option<Vec<Record>>, String>,
) -> Result<(), ArchiveError> {
    runner(directory).start(|context| async move { run(context, engine, next).await })
}

async fn run<E: Runtime + StorageContext>(
    mut context: E,
    engine: &EngineConfig,
    next: &mut dyn FnMut() -> Result<Option<Vec<Record>>, String>,
) -> Result<(), ArchiveError> {
    let written = |error: commonware_storage::archive::Error| ArchiveError::Write(error.to_string());
    let cache = CacheRef::new(PAGE_BYTES, engine.tuning.cache_pages);
    let (mut finalizations, mut blocks) = stores::archives(&context, PARTITION, engine, &cache).await?;
    let committees = Committees::new(engine.genesis.chain(), &engine.founders, None)?;
    let mut office = engine.founders.clone();
    while let Some(records) = next().map_err(ArchiveError::Other)? {
        for record in records {
            let (height, epoch) = (record.block.header.height, record.block.header.epoch);
            let block = EngineBlock::new(record.block);
            let block = block.map_err(|error| ArchiveError::Block { height, why: error.to_string() })?;
            if let Some(votes) = &record.certificate {
                let scheme = committees.of(epoch).ok_or(ArchiveError::Certificate(height))?;
                let certificate = expand(&block, votes, &scheme).ok_or(ArchiveError::Certificate(height))?;
                if !certificate.verify(&mut context, &*scheme, &Sequential) {
                    return Err(ArchiveError::Certificate(height));
                }
                finalizations = finalizations.put(height, block.digest(), &certificate).await.map_err(written)?;
            }
            blocks = blocks.put(height, block.digest(), &Arc::new(block)).await.map_err(written)?;
            if engine.genesis.ends_epoch(height) {
                office = record.successors.unwrap_or(office);
                committees.seat(epoch.saturating_add(1), &office)?;
            }
        }
        blocks = blocks.sync().await.map_err(written)?;
        finalizations = finalizations.sync().await.map_err(written)?;
    }
    Ok(())
}
