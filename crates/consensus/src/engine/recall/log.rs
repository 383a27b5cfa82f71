//! The latest vote in a vote log.

use crate::engine::Runtime;
use commonware_consensus::{
    simplex::{scheme::ed25519::Scheme, types::Artifact},
    types::Round,
};
use commonware_cryptography::{certificate::Verifier as _, sha256::Digest};
use commonware_runtime::{ReadOptions, buffer::paged::CacheRef};
use commonware_storage::{
    Context as StorageContext,
    journal::segmented::variable::{Config, Journal},
};
use std::num::NonZeroUsize;

/// The latest round in which this node voted, according to the log in `partition`; none if there is no log or no vote in it.
///
/// # Errors
/// If the log is damaged: what it says.
pub(in crate::engine) async fn latest<E: Runtime + StorageContext>(
    context: &E,
    partition: &str,
    scheme: &Scheme,
    (cache, buffer): (&CacheRef, NonZeroUsize),
) -> Result<Option<Round>, String> {
    if context.scan(partition).await.is_err() {
        return Ok(None);
    }
    let config = Config {
        partition: partition.to_owned(),
        compression: None,
        codec_config: scheme.certificate_codec_config(),
        page_cache: cache.clone(),
        write_buffer: buffer,
    };
    let damaged = |error: commonware_storage::journal::Error| error.to_string();
    let journal =
        Journal::<E, Artifact<Scheme, Digest>>::init(context.child("vote_log"), config).await.map_err(damaged)?;
    let mut entries = journal.replay(0, 0, buffer, ReadOptions::DONT_CACHE).await.map_err(damaged)?;
    let mut latest = None;
    while let Some(entry) = entries.next().await {
        let (_, _, _, artifact) = entry.map_err(damaged)?;
        let round = match artifact {
            // Only own votes are logged.
            Artifact::Notarize(vote) => vote.proposal.round,
            Artifact::Nullify(vote) => vote.round,
            Artifact::Finalize(vote) => vote.proposal.round,
            _ => continue,
        };
        latest = latest.max(Some(round));
    }
    Ok(latest)
}
