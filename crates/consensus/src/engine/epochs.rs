//! One consensus engine per epoch: begins the next when the last block of an epoch is final.
//!
//! Messages of consensus travel in a subchannel of their epoch. A node that hears of a later epoch is behind: it asks the
//! sender for the certificate of the last block of its own epoch, which its own committee signed, and so walks from
//! committee to committee.

use crate::{
    ReadTenures,
    block::BlockContext,
    engine::{
        Runtime, Tuning,
        vote::{self, Files, Links},
    },
    ledger::LedgerOn,
};
use commonware_consensus::{
    CertifiableAutomaton, Relay, Reporter,
    marshal::Identifier,
    simplex::{Plan, scheme::ed25519::Scheme, types::Activity},
    types::Height,
};
use commonware_cryptography::{Digestible as _, certificate::Scheme as _, ed25519, sha256::Digest};
use commonware_macros::select;
use commonware_p2p::{
    Blocker, Channel, Message, Receiver, Sender,
    utils::mux::{Builder as _, MuxHandle, Muxer},
};
use commonware_runtime::{Handle, buffer::paged::CacheRef};
use commonware_storage::Context as StorageContext;
use commonware_utils::{channel::mpsc, vec::NonEmptyVec};
use tracing::{debug, info};

/// Epochs whose vote logs are kept besides the present one: as long as a restart may lead back into them.
const LOGS_KEPT: u64 = 2;

/// An epoch, and the last block of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Border {
    pub(crate) epoch: u64,
    pub(crate) last_block: Digest,
}

/// What runs the engines.
pub(super) struct Epochs<E: Runtime + StorageContext, A, S: Sender, R, B> {
    pub(super) context: E,
    pub(super) ledger: LedgerOn<E>,
    pub(super) read_tenures: ReadTenures,
    /// The node's key; none if it never votes.
    pub(super) key: Option<ed25519::PublicKey>,
    pub(super) application: A,
    /// The channels of votes, certificates and requests for certificates; taken when they are divided.
    pub(super) votes: Option<(S, R)>,
    pub(super) certificates: Option<(S, R)>,
    pub(super) requests: Option<(S, R)>,
    pub(super) blocker: B,
    pub(super) partition: String,
    pub(super) cache: CacheRef,
    pub(super) tuning: Tuning,
}

/// Messages of epochs that have no subchannel.
type Elsewhere = mpsc::Receiver<(Channel, Message<ed25519::PublicKey>)>;

/// The channels of consensus, divided by epoch.
struct Channels<S: Sender> {
    votes: MuxHandle<S>,
    certificates: MuxHandle<S>,
    requests: MuxHandle<S>,
}

/// The engine of an epoch. It ends when this is dropped.
struct Running {
    epoch: u64,
    engine: Handle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.engine.abort();
    }
}

/// A peer that is in a later epoch.
struct Ahead {
    epoch: u64,
    peer: ed25519::PublicKey,
}

impl<E, A, S, R, B> Epochs<E, A, S, R, B>
where
    E: Runtime + StorageContext,
    A: CertifiableAutomaton<Context = BlockContext, Digest = Digest>
        + Relay<Digest = Digest, PublicKey = ed25519::PublicKey, Plan = Plan<ed25519::PublicKey>>
        + Reporter<Activity = Activity<Scheme, Digest>>,
    S: Sender<PublicKey = ed25519::PublicKey>,
    R: Receiver<PublicKey = ed25519::PublicKey>,
    B: Blocker<PublicKey = ed25519::PublicKey>,
{
    /// Runs one engine after the other; returns only if one fails or the node stops.
    pub(super) async fn run(mut self) {
        let mut borders = self.ledger.shared.border.subscribe();
        let (mut channels, mut later_votes, mut later_certificates) = self.divide();
        let border = self.begin().await;
        let Some(mut running) = self.enter(&mut channels, border).await else { return };
        let mut ahead: Option<Ahead> = None;
        loop {
            let heard = select! {
                changed = borders.changed() => {
                    let next = *borders.borrow_and_update();
                    let Some(next) = next.filter(|next| changed.is_ok() && next.epoch > running.epoch) else { continue };
                    let Some(entered) = self.enter(&mut channels, next).await else { return };
                    running = entered;
                    None
                },
                heard = later_votes.recv() => { heard },
                heard = later_certificates.recv() => { heard },
                _ended = &mut running.engine => { return },
            };
            if let Some((epoch, (peer, _message))) = heard
                && epoch > running.epoch
            {
                ahead = Some(Ahead { epoch, peer });
            }
            match &ahead {
                Some(ahead) if ahead.epoch > running.epoch => self.catch_up(running.epoch, ahead),
                _ => ahead = None,
            }
        }
    }

    /// Divides the channels of consensus by epoch; what comes for epochs that were not entered comes apart.
    fn divide(&mut self) -> (Channels<S>, Elsewhere, Elsewhere) {
        let divide = |name, links: &mut Option<(S, R)>| {
            let (sender, receiver) = links.take().unwrap_or_else(|| epione_kernel::broken("a channel divided twice"));
            let (muxer, handle, elsewhere) =
                Muxer::builder(self.context.child(name), sender, receiver).with_backup().build();
            muxer.start();
            (handle, elsewhere)
        };
        let (votes, later_votes) = divide("votes", &mut self.votes);
        let (certificates, later_certificates) = divide("certificates", &mut self.certificates);
        // What asks for certificates of other epochs is of no use here.
        let (requests, _) = divide("requests", &mut self.requests);
        (Channels { votes, certificates, requests }, later_votes, later_certificates)
    }

    /// The epoch in which the node goes on: that of the block after the one whose state it has.
    async fn begin(&mut self) -> Border {
        let read = self.read_tenures;
        let (tenures, head) = match self.ledger.read(&move |view| read(view)).await {
            Ok(read) => read,
            Err(error) => epione_kernel::broken(&error.to_string()),
        };
        let shared = &self.ledger.shared;
        let height = head.map_or(0, |head| head.height);
        let epoch = shared.genesis.epoch(height.saturating_add(1));
        if let Err(error) = shared.committees.restore(&tenures, epoch) {
            epione_kernel::broken(&error.to_string());
        }
        let last_block = match epoch.checked_sub(1) {
            None => shared.genesis_block.digest(),
            Some(before) => {
                let height = Height::new(shared.genesis.last_of_epoch(before));
                match self.ledger.marshal.get_block(Identifier::Height(height)).await {
                    Some(block) => block.digest(),
                    None => epione_kernel::broken("the last block of the epoch before is not kept"),
                }
            }
        };
        Border { epoch, last_block }
    }

    /// Starts the engine of an epoch; none if the node stops.
    async fn enter(&mut self, channels: &mut Channels<S>, border: Border) -> Option<Running> {
        let epoch = border.epoch;
        let Some(scheme) = self.ledger.shared.committees.of(epoch) else {
            epione_kernel::broken("an epoch is entered whose committee is not known")
        };
        let links = Links {
            votes: channels.votes.register(epoch).await.ok()?,
            certificates: channels.certificates.register(epoch).await.ok()?,
            requests: channels.requests.register(epoch).await.ok()?,
            blocker: self.blocker.clone(),
        };
        let votes = scheme.me().is_some();
        let files = Files { partition: self.vote_log(epoch), cache: self.cache.clone(), tuning: self.tuning };
        let context = self.context.child("simplex").with_attribute("epoch", epoch);
        let engine = vote::start(context, (*scheme).clone(), border, (self.application.clone(), links), files);
        info!(epoch, votes, "entered an epoch");
        self.remove_logs(epoch).await;
        Some(Running { epoch, engine })
    }

    /// Name of the vote log of an epoch. Each key has its own: none ever goes on with the votes of another.
    fn vote_log(&self, epoch: u64) -> String {
        let key = self.key.as_ref().map_or_else(|| "none".to_owned(), |key| hex(&key.as_ref()[..8]));
        format!("{}-votes-{epoch}-{key}", self.partition)
    }

    /// Removes vote logs of epochs that no restart leads back into.
    async fn remove_logs(&mut self, epoch: u64) {
        let mut old = epoch.checked_sub(LOGS_KEPT);
        while let Some(epoch) = old {
            if self.context.remove(&self.vote_log(epoch), None).await.is_err() {
                return;
            }
            old = epoch.checked_sub(1);
        }
    }

    /// Asks a peer in a later epoch for the certificate of the last block of this one. Until it comes, each further message
    /// asks again; the block store asks only once at a time.
    fn catch_up(&self, epoch: u64, ahead: &Ahead) {
        let height = self.ledger.shared.genesis.last_of_epoch(epoch);
        debug!(epoch, theirs = ahead.epoch, "a peer is in a later epoch");
        self.ledger.marshal.hint_finalized(Height::new(height), NonEmptyVec::new(ahead.peer.clone()));
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
