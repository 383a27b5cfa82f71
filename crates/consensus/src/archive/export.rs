//! From the stores of a stopped node to records.

use super::ArchiveError;
use crate::{
    ReadTenures,
    audit::{AuditError, PARTITION, Stores, runner},
    certificate::compact,
    driver,
    engine::{EngineConfig, PAGE_BYTES, Runtime, stores},
};
use commonware_cryptography::Digestible as _;
use commonware_glue::stateful::db::DatabaseSet as _;
use commonware_runtime::{Runner as _, buffer::paged::CacheRef};
use commonware_storage::Context as StorageContext;
use epione_store::{StateError, States};
use epione_types::{Committee, Header, List, Tenure};
use epione_verify::archive::Record;
use std::path::Path;

/// How much was exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Height of the last block.
    pub height: u64,
    /// Later blocks that the node keeps, and that have no certificate or events yet.
    pub left_out: u64,
}

/// Hands all blocks of the stopped node in `directory` to `take`, in order, up to the last one that has a certificate
/// of its own and whose events are in the log.
///
/// # Errors
/// [`ArchiveError`]: what cannot be read, or does not belong together; or what `take` says.
pub fn export(
    directory: &Path,
    engine: &EngineConfig,
    take: &mut dyn FnMut(Record) -> Result<(), String>,
) -> Result<Exported, ArchiveError> {
    runner(directory).start(|context| async move { run(context, engine, take).await })
}

async fn run<E: Runtime + StorageContext>(
    context: E,
    engine: &EngineConfig,
    take: &mut dyn FnMut(Record) -> Result<(), String>,
) -> Result<Exported, ArchiveError> {
    let cache = CacheRef::new(PAGE_BYTES, engine.tuning.cache_pages);
    let kept = Stores::open(&context, engine, &cache).await?;
    let (last, _gap) = kept.last()?;
    let end = end(&kept, last).await?.ok_or(ArchiveError::Uncertified)?;
    let config = stores::state_config((PARTITION, engine.eras.past().len()), &cache, &engine.tuning);
    let states = States::<E>::init(context.child("state"), config, None).await;
    let tenures = tenures(&states, engine.read_tenures).await?;
    let mut position = 0;
    for height in 1..=end {
        let record = record(&kept, &tenures, height, position).await?;
        position = record.block.header.event_size;
        take(record).map_err(ArchiveError::Other)?;
    }
    Ok(Exported { height: end, left_out: last.saturating_sub(end) })
}

/// All committees since the genesis, in the order in which they took office.
async fn tenures<E: Runtime + StorageContext>(
    states: &States<E>,
    read: ReadTenures,
) -> Result<Vec<Tenure>, StateError> {
    let batch = states.new_batches().await;
    let (mut tenures, mut before) = driver::read::<E, _>(&batch, |view| read(view, None)).await?;
    while let Some(last) = before {
        let (mut earlier, next) = driver::read::<E, _>(&batch, |view| read(view, Some(last))).await?;
        earlier.append(&mut tenures);
        (tenures, before) = (earlier, next);
    }
    Ok(tenures)
}

/// Height of the last block with a certificate whose events are in the log.
async fn end<E: Runtime + StorageContext>(kept: &Stores<E>, last: u64) -> Result<Option<u64>, AuditError> {
    for height in (1..=last).rev() {
        let (block, finalization) = kept.block(height).await?;
        if finalization.is_some() && block.header().event_size <= kept.logged() {
            return Ok(Some(height));
        }
    }
    Ok(None)
}

async fn record<E: Runtime + StorageContext>(
    kept: &Stores<E>,
    tenures: &[Tenure],
    height: u64,
    position: u64,
) -> Result<Record, ArchiveError> {
    let kept = kept.height(height, position).await?;
    let header = kept.block.header();
    let office = office(tenures, header.epoch).ok_or(ArchiveError::Successors(height))?;
    let certificate = match &kept.finalization {
        None => None,
        Some(of) if of.proposal.payload != kept.block.digest() => return Err(ArchiveError::Certificate(height)),
        Some(of) => Some(compact(&kept.block, of, office).ok_or(ArchiveError::Certificate(height))?),
    };
    let events = kept.events.into_iter().map(|logged| logged.entry).collect();
    Ok(Record {
        certificate,
        successors: successors(tenures, header)?,
        block: (**kept.block.block()).clone(),
        events: List::new(events).map_err(|_more| AuditError::Damaged { height, why: "too many events".to_owned() })?,
    })
}

/// The validators of the next epoch, if others than in this one.
fn successors(tenures: &[Tenure], header: &Header) -> Result<Option<Committee>, ArchiveError> {
    let Some(next) = header.next_committee_hash.filter(|next| *next != header.committee_hash) else { return Ok(None) };
    match office(tenures, header.epoch.saturating_add(1)) {
        Some(committee) if committee.hash() == next => Ok(Some(committee.clone())),
        _ => Err(ArchiveError::Successors(header.height)),
    }
}

/// The committee of an epoch.
fn office(tenures: &[Tenure], epoch: u64) -> Option<&Committee> {
    let held = tenures.iter().rev().find(|tenure| tenure.since_epoch <= epoch);
    held.map(|tenure| &tenure.committee)
}
