//! Whether a node votes: it must know all votes of its key that could still be contradicted.

use crate::{
    Voting,
    engine::{
        Runtime, Tuning,
        epochs::LOGS_KEPT,
        recall::{self, Answer, Inquiry, Memory, Remembered, Verdict},
    },
};
use commonware_cryptography::ed25519;
use commonware_runtime::{Error as RuntimeError, buffer::paged::CacheRef};
use commonware_storage::Context as StorageContext;
use commonware_utils::ordered::Set;
use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};
use tracing::error;

type Key = ed25519::PublicKey;

/// Name of the file that says that a key must not vote any more.
const MARK: &[u8] = b"forgot";

/// What a node knows of the votes of its key.
pub(crate) struct Oath<E> {
    pub(crate) context: E,
    /// The node's key; none if it never votes.
    pub(crate) key: Option<Key>,
    /// Under which it signs.
    pub(crate) namespace: Vec<u8>,
    pub(crate) stand: Stand,
    /// What this node has seen of everybody's votes.
    pub(crate) memory: Memory,
    /// Prefix of all files of this node.
    pub(crate) partition: String,
    pub(crate) cache: CacheRef,
    pub(crate) tuning: Tuning,
}

/// How far a node has come.
pub(crate) enum Stand {
    /// It votes without asking anybody.
    Trusts,
    /// It must ask the others first.
    ToAsk,
    /// It asks, and follows meanwhile.
    Asks(Box<Inquiry>),
    /// It knows all votes of its key that these others have seen.
    Clear(BTreeSet<Key>),
    /// It does not know all votes of its key.
    Forgot,
}

impl<E: Runtime + StorageContext> Oath<E> {
    /// Whether it asks the others at the moment.
    pub(crate) const fn asks(&self) -> bool {
        matches!(self.stand, Stand::Asks(_))
    }

    /// How the node stands in an epoch that it enters, with this committee. If it must ask first, it begins to. Who was asked
    /// for one committee need not be a quorum of the next: those who know of votes in later epochs may not even have been
    /// founders.
    pub(crate) async fn enter(&mut self, epoch: u64, committee: &Set<Key>) -> Voting {
        let Some(me) = self.key.clone() else { return Voting::Follows };
        if matches!(self.stand, Stand::ToAsk) && self.is_marked(&me).await {
            self.forgot(&me, "it was found at an earlier start that there are votes it does not know").await;
        }
        if matches!(self.stand, Stand::Forgot) {
            return Voting::Forgot;
        }
        if committee.position(&me).is_none() {
            return Voting::Follows;
        }
        let answered = match &mut self.stand {
            Stand::Trusts => return Voting::Votes,
            Stand::Clear(answered) if recall::suffice(answered, committee, &me) => return Voting::Votes,
            Stand::Clear(answered) => mem::take(answered),
            Stand::Asks(inquiry) => inquiry.take_answered(),
            Stand::ToAsk | Stand::Forgot => BTreeSet::new(),
        };
        let remembered = match self.logs(epoch).await {
            Ok(remembered) => remembered,
            Err(damage) => return self.forgot(&me, &format!("the vote log is damaged: {damage}")).await,
        };
        let place = (epoch, committee.clone());
        let inquiry = Inquiry::new((me.clone(), self.namespace.clone()), place, remembered, answered);
        self.stand = Stand::Asks(Box::new(inquiry));
        // The node's own certificates answer first.
        let own = self.memory.of(&me);
        self.hear((me, own)).await.unwrap_or(Voting::Asks)
    }

    /// Takes an answer about votes of this node; how it stands now, if that is something else than before.
    pub(crate) async fn hear(&mut self, answer: Answer) -> Option<Voting> {
        let (Stand::Asks(inquiry), Some(me)) = (&mut self.stand, self.key.clone()) else { return None };
        let whose = if answer.0 == me { "a certificate on this node" } else { "another node" };
        match inquiry.hear(&mut self.context, answer) {
            Verdict::Open => None,
            Verdict::Clear => {
                self.stand = Stand::Clear(inquiry.take_answered());
                Some(Voting::Votes)
            }
            Verdict::Forgot(round) => {
                let why = format!("{whose} has a vote of epoch {}, view {}", round.epoch(), round.view());
                Some(self.forgot(&me, &why).await)
            }
        }
    }

    /// Name of the vote log of an epoch. Each key has its own: none ever goes on with the votes of another.
    pub(crate) fn vote_log(&self, epoch: u64) -> String {
        let key = self.key.as_ref().map_or_else(|| "none".to_owned(), short);
        format!("{}-votes-{epoch}-{key}", self.partition)
    }

    /// What the vote logs say of an epoch and those in which the node may have voted since: a restart may lead back.
    async fn logs(&self, epoch: u64) -> Result<BTreeMap<u64, Remembered>, String> {
        let mut remembered = BTreeMap::new();
        for epoch in epoch..=epoch.saturating_add(LOGS_KEPT) {
            let buffers = (&self.cache, self.tuning.write_buffer);
            if let Some(log) = recall::read(&self.context, &self.vote_log(epoch), buffers).await? {
                remembered.insert(epoch, log);
            }
        }
        Ok(remembered)
    }

    /// Gives up voting with this key, for good: when the node starts again, who knows of its votes may be gone.
    async fn forgot(&mut self, me: &Key, why: &str) -> Voting {
        self.stand = Stand::Forgot;
        if let Err(error) = self.context.open(&self.mark(me), MARK).await {
            error!(%error, "that this node must not vote cannot be written down: do not start it again with this vote key");
        }
        error!(
            why,
            "this node does not vote: its vote log does not contain all that its key has signed, and to vote again could \
             contradict it. Register a new vote key (`epione key rotate --purpose vote`), name its file in `keys.vote` and \
             start the node again: it votes from the next epoch on"
        );
        Voting::Forgot
    }

    /// Whether an earlier start found that this key must not vote any more.
    async fn is_marked(&self, me: &Key) -> bool {
        match self.context.scan(&self.mark(me)).await {
            Ok(files) => !files.is_empty(),
            Err(RuntimeError::PartitionMissing(_)) => false,
            Err(error) => epione_kernel::broken(&format!("whether this node may vote cannot be read: {error}")),
        }
    }

    fn mark(&self, me: &Key) -> String {
        format!("{}-forgot-{}", self.partition, short(me))
    }
}

/// What tells the files of a key from those of others.
fn short(key: &Key) -> String {
    key.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
