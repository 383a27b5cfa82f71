//! The consensus engine of one epoch.

use crate::{
    block::BlockContext,
    engine::{Runtime, Tuning, epochs::Border},
};
use commonware_consensus::{
    CertifiableAutomaton, Relay, Reporter,
    simplex::{
        self, Plan, SkipBudget,
        config::{Floor, ForwardPolicy, SkipPolicy},
        elector::RoundRobin,
        scheme::ed25519::Scheme,
        types::Activity,
    },
    types::{Epoch, ViewDelta},
};
use commonware_cryptography::{Sha256, ed25519, sha256::Digest};
use commonware_p2p::{Blocker, Receiver, Sender};
use commonware_parallel::Sequential;
use commonware_runtime::{Handle, buffer::paged::CacheRef};
use commonware_utils::{NZDuration, NZU64};
use std::{num::NonZeroU64, time::Duration};

/// How many turns may be given away in a row before the ordinary timeouts apply: more than an idle minute takes.
const SKIP_BUDGET: NonZeroU64 = NZU64!(128);

/// Where votes are kept.
pub(super) struct Files {
    pub(super) partition: String,
    pub(super) cache: CacheRef,
    pub(super) tuning: Tuning,
}

/// How votes travel.
pub(super) struct Links<S, R, B> {
    pub(super) votes: (S, R),
    pub(super) certificates: (S, R),
    pub(super) requests: (S, R),
    pub(super) blocker: B,
}

/// Starts voting in the epoch that begins at `border`; a scheme without a key only follows.
pub(super) fn start<E, A, S, R, B>(
    context: E,
    scheme: Scheme,
    border: Border,
    (ledger, links): (A, Links<S, R, B>),
    files: Files,
) -> Handle<()>
where
    E: Runtime,
    A: CertifiableAutomaton<Context = BlockContext, Digest = Digest>
        + Relay<Digest = Digest, PublicKey = ed25519::PublicKey, Plan = Plan<ed25519::PublicKey>>
        + Reporter<Activity = Activity<Scheme, Digest>>,
    S: Sender<PublicKey = ed25519::PublicKey>,
    R: Receiver<PublicKey = ed25519::PublicKey>,
    B: Blocker<PublicKey = ed25519::PublicKey>,
{
    let Files { partition, cache, tuning } = files;
    let config = simplex::Config {
        scheme,
        elector: RoundRobin::<Sha256>::default(),
        blocker: links.blocker,
        automaton: ledger.clone(),
        relay: ledger.clone(),
        reporter: ledger,
        strategy: Sequential,
        partition,
        mailbox_size: super::MAILBOX,
        epoch: Epoch::new(border.epoch),
        floor: Floor::Genesis(border.last_block),
        replay_buffer: tuning.write_buffer,
        write_buffer: tuning.write_buffer,
        page_cache: cache,
        leader_timeout: tuning.leader_timeout,
        certification_timeout: tuning.leader_timeout * 2,
        timeout_retry: Duration::from_secs(2),
        view_retention: ViewDelta::new(256),
        skip: SkipPolicy::Enabled { timeout: tuning.leader_timeout * 5, budget: SkipBudget::Fixed(SKIP_BUDGET) },
        fetch_timeout: NZDuration!(super::FETCH_TIMEOUT),
        fetch_retry_delay: Duration::from_secs(1),
        forward: ForwardPolicy::Disabled,
        track_historical_votes: false,
    };
    simplex::Engine::new(context, config).start(links.votes, links.certificates, links.requests)
}
