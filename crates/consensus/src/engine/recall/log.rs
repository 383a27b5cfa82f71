//! What a vote log says.

use super::Said;
use crate::engine::Runtime;
use commonware_consensus::{
    simplex::{scheme::ed25519::Scheme, types::Artifact},
    types::View,
};
use commonware_cryptography::{certificate::Verifier as _, sha256::Digest};
use commonware_runtime::{Error as RuntimeError, ReadOptions, buffer::paged::CacheRef};
use commonware_storage::{
    Context as StorageContext,
    journal::{
        Error,
        segmented::variable::{Config, Journal},
    },
};
use std::{collections::BTreeSet, num::NonZeroUsize};

/// What the vote log of an epoch says: the votes of the last view in which this node voted, and where nothing can be voted on
/// any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remembered {
    /// The last view that is final according to a certificate in the log; the engine votes in none up to it.
    pub(crate) over: View,
    /// The last view with a vote of this node.
    pub(crate) view: View,
    /// Its votes in that view.
    pub(crate) votes: BTreeSet<Said>,
}

impl Remembered {
    /// A log without entries.
    pub(crate) const fn nothing() -> Self {
        Self { over: View::zero(), view: View::zero(), votes: BTreeSet::new() }
    }

    /// Whether the node, going on from this log, knows that it cast this vote, or casts none that could contradict it. A log
    /// is written in order: who knows its last view knows those before.
    pub(crate) fn knows(&self, view: View, vote: Said) -> bool {
        view <= self.over || view < self.view || (view == self.view && self.votes.contains(&vote))
    }

    fn note(&mut self, view: View, vote: Said) {
        if view > self.view {
            (self.view, self.votes) = (view, BTreeSet::new());
        }
        if view == self.view {
            self.votes.insert(vote);
        }
    }
}

/// What the log in `partition` says; none if there is none.
///
/// # Errors
/// If the log is damaged: what it says.
pub(in crate::engine) async fn read<E: Runtime + StorageContext>(
    context: &E,
    partition: &str,
    (cache, buffer): (&CacheRef, NonZeroUsize),
) -> Result<Option<Remembered>, String> {
    match context.scan(partition).await {
        Ok(_) => {}
        Err(RuntimeError::PartitionMissing(_)) => return Ok(None),
        Err(error) => return Err(damage(&error.into())),
    }
    let config = Config {
        partition: partition.to_owned(),
        compression: None,
        codec_config: Scheme::certificate_codec_config_unbounded(),
        page_cache: cache.clone(),
        write_buffer: buffer,
    };
    let journal = Journal::<E, Artifact<Scheme, Digest>>::init(context.child("vote_log"), config).await;
    let journal = journal.map_err(|error| damage(&error))?;
    let entries = journal.replay(0, 0, buffer, ReadOptions::DONT_CACHE).await;
    let mut entries = entries.map_err(|error| damage(&error))?;
    let mut remembered = Remembered::nothing();
    while let Some(entry) = entries.next().await {
        let (_, _, _, artifact) = entry.map_err(|error| damage(&error))?;
        match artifact {
            // Only own votes are logged.
            Artifact::Notarize(vote) => {
                remembered.note(vote.proposal.round.view(), Said::Notarize(vote.proposal.payload));
            }
            Artifact::Nullify(vote) => remembered.note(vote.round.view(), Said::Nullify),
            Artifact::Finalize(vote) => {
                remembered.note(vote.proposal.round.view(), Said::Finalize(vote.proposal.payload));
            }
            Artifact::Finalization(certificate) => {
                remembered.over = remembered.over.max(certificate.proposal.round.view());
            }
            Artifact::Notarization(_) | Artifact::Nullification(_) | Artifact::Certification(..) => {}
        }
    }
    Ok(Some(remembered))
}

/// What is wrong with a log. A store that fails says nothing about what it holds: the process ends, and reads it again at its
/// next start.
fn damage(error: &Error) -> String {
    if let Error::Runtime(
        RuntimeError::ReadFailed
        | RuntimeError::WriteFailed
        | RuntimeError::Io(_)
        | RuntimeError::BlobOpenFailed(..)
        | RuntimeError::BlobResizeFailed(..)
        | RuntimeError::BlobSyncFailed(..)
        | RuntimeError::PartitionCreationFailed(_),
    ) = error
    {
        epione_kernel::broken(&format!("the vote log cannot be read: {error}"))
    }
    error.to_string()
}
