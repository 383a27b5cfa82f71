//! Holds a proposal while there is nothing to propose.
//!
//! The engine proposes as fast as it can, empty blocks too. This wrapper stands outside the stateful application, because
//! a wait inside would hold up finalizations. It waits for a transaction, for scheduled work or for the heartbeat, below
//! the leader timeout; then it declines and the next leader waits in turn (docs/adr/0005).

use crate::{
    EngineBlock,
    app::{Empty, Shared, now},
    block::BlockContext,
};
use commonware_consensus::{Application, marshal::ancestry::Ancestry, simplex::scheme::ed25519::Scheme};
use commonware_cryptography::{Digested, Digestible as _};
use commonware_macros::select;
use commonware_runtime::{Clock, Spawner};
use commonware_storage::Context as StorageContext;
use epione_types::DurationMs;
use rand_core::CryptoRng;
use std::{sync::Arc, time::Duration};

/// The wrapper.
pub(crate) struct Idle<E: StorageContext, A> {
    pub(crate) inner: A,
    pub(crate) shared: Arc<Shared<E>>,
    pub(crate) pace: Pace,
}

/// When a leader proposes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// How long a leader holds its turn before it declines; below the leader timeout.
    pub(crate) hold: Duration,
    /// Least time between the times of two blocks.
    pub(crate) interval: DurationMs,
}

impl<E: StorageContext, A: Clone> Clone for Idle<E, A> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), shared: Arc::clone(&self.shared), pace: self.pace }
    }
}

impl<E, A> Idle<E, A>
where
    E: Spawner + StorageContext + CryptoRng + Clock,
{
    /// Waits until there is something to propose on `parent`; none if the turn is better given away.
    async fn wait(&self, clock: &E, parent: &EngineBlock) -> Option<Empty> {
        let header = parent.header();
        if header.height == 0 {
            return Some(Empty::Propose);
        }
        let give_up = now(clock).after(DurationMs(u64::try_from(self.pace.hold.as_millis()).unwrap_or(u64::MAX)));
        let (next_due, rules) = match self.shared.ran(&parent.digest()) {
            Some(ran) => (ran.outcome.next_due, Arc::clone(&ran.rules)),
            None => (self.shared.head.borrow().next_due, self.shared.final_rules()),
        };
        let earliest = header.time.after(self.pace.interval);
        let heartbeat = header.time.after(DurationMs(rules.heartbeat_ms));
        // A new committee does not wait for others to fill the epoch, nor does the end of a format, nor the first block of
        // the next.
        let ends = rules.halt_at.is_some_and(|agreed| header.height >= agreed);
        let hurries = rules.committee_changes || ends || self.shared.eras.after(header.height).is_some();
        let regular = if hurries { earliest } else { heartbeat };
        let due = next_due.map_or(regular, |due| due.min(regular));
        // Nobody proposes after the last block before an upgrade.
        let ended = self.shared.eras.end(&self.shared.genesis, rules.halt_at).is_some_and(|last| header.height >= last);
        let mut arrivals = self.shared.pool.arrivals();
        loop {
            arrivals.mark_unchanged();
            let at = now(clock);
            let ready = self.shared.pool.has_ready(at);
            if ready && !ended && at >= earliest {
                return Some(if at >= due { Empty::Propose } else { Empty::Decline });
            }
            if at >= due && !ended {
                return Some(Empty::Propose);
            }
            if at >= give_up {
                return None;
            }
            let next = if ready { earliest } else { due };
            let until = if ended { give_up } else { next.min(give_up) };
            select! {
                () = clock.sleep(Duration::from_millis(until.since(at).0.max(1))) => {},
                changed = arrivals.changed() => {
                    if changed.is_err() {
                        return None;
                    }
                },
            }
        }
    }
}

impl<E, A> Application<E> for Idle<E, A>
where
    E: Spawner + StorageContext + CryptoRng + Clock,
    A: Application<E, SigningScheme = Scheme, Context = BlockContext, Block = EngineBlock, Input = Empty> + Sync,
{
    type SigningScheme = Scheme;
    type Context = BlockContext;
    type Block = EngineBlock;
    type Input = ();

    async fn propose(
        &mut self,
        (context, block_context): (E, BlockContext),
        ancestry: impl Ancestry<EngineBlock>,
        (): (),
    ) -> Option<Digested<EngineBlock>> {
        let parent = ancestry.peek().map(|parent| parent.inner().clone())?;
        let empty = self.wait(&context, &parent).await?;
        self.inner.propose((context, block_context), ancestry, empty).await
    }

    async fn verify(&mut self, context: (E, BlockContext), ancestry: impl Ancestry<EngineBlock>) -> bool {
        self.inner.verify(context, ancestry).await
    }
}
