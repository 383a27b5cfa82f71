//! One consensus engine per epoch: begins the next when the last block of an epoch is final.
//!
//! Messages of consensus travel in a subchannel of their epoch. A node that hears of a later epoch is behind: it asks the
//! sender for the certificate of the last block of its own epoch, which its own committee signed, and so walks from
//! committee to committee.

use crate::{
    ReadTenures, Voting,
    block::BlockContext,
    engine::{
        Runtime,
        oath::Oath,
        recall::{self, Answer, Tap},
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
    Blocker, Channel, Message, Receiver, Recipients, Sender,
    utils::mux::{self, Builder as _, MuxHandle, Muxer, SubReceiver, SubSender},
};
use commonware_runtime::Handle;
use commonware_storage::Context as StorageContext;
use commonware_utils::{channel::mpsc, vec::NonEmptyVec};
use std::{sync::Arc, time::Duration};
use tracing::{debug, info};

/// Epochs whose vote logs are kept besides the present one: as long as a restart may lead back into them.
pub(super) const LOGS_KEPT: u64 = 2;

/// How often a node asks the others about its votes until enough have answered.
const ASK_EVERY: Duration = Duration::from_millis(250);
/// How often it looks whether it must ask.
const ASK_LATER: Duration = Duration::from_secs(5);
const REGISTER_AGAIN: Duration = Duration::from_millis(5);
/// Blocks whose certificates a node reads at its start for the votes in them.
const CERTIFICATES: u64 = 128;

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
    /// Whether the node votes.
    pub(super) oath: Oath<E>,
    /// How the others are asked about votes of this node, and what they answer.
    pub(super) asking: S,
    pub(super) answers: tokio::sync::mpsc::UnboundedReceiver<Answer>,
    pub(super) application: A,
    /// The channels of votes, certificates and requests for certificates; taken when they are divided.
    pub(super) votes: Option<(S, Tap<R>)>,
    pub(super) certificates: Option<(S, R)>,
    pub(super) requests: Option<(S, R)>,
    pub(super) blocker: B,
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
    border: Border,
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
        let mut ask_at = self.context.current();
        loop {
            let asks = self.oath.asks();
            let heard = select! {
                changed = borders.changed() => {
                    let next = *borders.borrow_and_update();
                    let Some(next) = next.filter(|next| changed.is_ok() && next.epoch > running.border.epoch) else { continue };
                    let Some(entered) = self.enter(&mut channels, next).await else { return };
                    running = entered;
                    ask_at = self.context.current();
                    None
                },
                answer = self.answers.recv() => {
                    let Some(answer) = answer else { return };
                    match self.oath.hear(answer).await {
                        Some(Voting::Votes) => {
                            let Some(again) = self.again(&mut channels, running).await else { return };
                            running = again;
                        }
                        Some(other) => {
                            self.ledger.shared.voting.send_replace(other);
                        }
                        None => {}
                    }
                    None
                },
                () = self.context.sleep_until(ask_at) => {
                    ask_at = self.context.current() + if asks { ASK_EVERY } else { ASK_LATER };
                    if asks {
                        self.asking.send(Recipients::All, recall::question(), false);
                    }
                    None
                },
                heard = later_votes.recv() => { heard },
                heard = later_certificates.recv() => { heard },
                _ended = &mut running.engine => { return },
            };
            if let Some((epoch, (peer, _message))) = heard
                && epoch > running.border.epoch
            {
                ahead = Some(Ahead { epoch, peer });
            }
            match &ahead {
                Some(ahead) if ahead.epoch > running.border.epoch => self.catch_up(running.border.epoch, ahead),
                _ => ahead = None,
            }
        }
    }

    /// Divides the channels of consensus by epoch; what comes for epochs that were not entered comes apart.
    fn divide(&mut self) -> (Channels<S>, Elsewhere, Elsewhere) {
        let (votes, later_votes) = divide(self.context.child("votes"), self.votes.take());
        let (certificates, later_certificates) = divide(self.context.child("certificates"), self.certificates.take());
        // What asks for certificates of other epochs is of no use here.
        let (requests, _) = divide(self.context.child("requests"), self.requests.take());
        (Channels { votes, certificates, requests }, later_votes, later_certificates)
    }

    /// The epoch in which the node goes on: that of the block after the one whose state it has.
    async fn begin(&mut self) -> Border {
        let (tenures, head) = match self.ledger.tenures(self.read_tenures).await {
            Ok(read) => read,
            Err(error) => epione_kernel::broken(&error.to_string()),
        };
        let shared = Arc::clone(&self.ledger.shared);
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
        for height in height.saturating_sub(CERTIFICATES)..=height {
            if let Some(scheme) = shared.committees.of(shared.genesis.epoch(height))
                && let Some(finalization) = self.ledger.marshal.get_finalization(Height::new(height)).await
            {
                self.oath.memory.note_all(&scheme, &finalization);
            }
        }
        Border { epoch, last_block }
    }

    /// Starts the engine of the same epoch again.
    async fn again(&mut self, channels: &mut Channels<S>, mut running: Running) -> Option<Running> {
        let border = running.border;
        running.engine.abort();
        // An error says that it was aborted.
        let _ended = (&mut running.engine).await;
        drop(running);
        self.enter(channels, border).await
    }

    /// Starts the engine of an epoch; none if the node stops.
    async fn enter(&mut self, channels: &mut Channels<S>, border: Border) -> Option<Running> {
        let epoch = border.epoch;
        let Some(scheme) = self.ledger.shared.committees.of(epoch) else {
            epione_kernel::broken("an epoch is entered whose committee is not known")
        };
        let links = Links {
            votes: self.register(&mut channels.votes, epoch).await?,
            certificates: self.register(&mut channels.certificates, epoch).await?,
            requests: self.register(&mut channels.requests, epoch).await?,
            blocker: self.blocker.clone(),
        };
        let voting = self.oath.enter(epoch, scheme.participants()).await;
        self.ledger.shared.voting.send_replace(voting);
        let (scheme, partition) = match voting {
            Voting::Votes => ((*scheme).clone(), self.oath.vote_log(epoch)),
            Voting::Follows | Voting::Asks | Voting::Forgot => {
                (self.ledger.shared.committees.following(&scheme), self.follow_log(epoch))
            }
        };
        let files = Files { partition, cache: self.oath.cache.clone(), tuning: self.oath.tuning };
        let context = self.context.child("simplex").with_attribute("epoch", epoch);
        let engine = vote::start(context, scheme, border, (self.application.clone(), links), files);
        info!(epoch, voting = voting.name(), "entered an epoch");
        self.remove_logs(epoch).await;
        Some(Running { border, engine })
    }

    /// Opens the subchannel of an epoch; none if the node stops. One that was just closed may take a moment.
    async fn register(
        &mut self,
        channel: &mut MuxHandle<S>,
        epoch: u64,
    ) -> Option<(SubSender<S>, SubReceiver<ed25519::PublicKey>)> {
        loop {
            match channel.register(epoch).await {
                Ok(opened) => return Some(opened),
                Err(mux::Error::AlreadyRegistered(_)) => self.context.sleep(REGISTER_AGAIN).await,
                Err(_) => return None,
            }
        }
    }

    /// Name of the log of an epoch in which the node only follows.
    fn follow_log(&self, epoch: u64) -> String {
        format!("{}-follows-{epoch}", self.oath.partition)
    }

    /// Removes vote logs of epochs that no restart leads back into.
    async fn remove_logs(&mut self, epoch: u64) {
        let mut old = epoch.checked_sub(LOGS_KEPT);
        while let Some(epoch) = old {
            let (voted, followed) = (self.oath.vote_log(epoch), self.follow_log(epoch));
            let removed = (self.context.remove(&voted, None).await, self.context.remove(&followed, None).await);
            if let (Err(_), Err(_)) = removed {
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

/// Divides a channel by epoch; what comes for epochs without a subchannel comes apart.
fn divide<E, S, R>(context: E, links: Option<(S, R)>) -> (MuxHandle<S>, Elsewhere)
where
    E: Runtime,
    S: Sender<PublicKey = ed25519::PublicKey>,
    R: Receiver<PublicKey = ed25519::PublicKey>,
{
    let (sender, receiver) = links.unwrap_or_else(|| epione_kernel::broken("a channel divided twice"));
    let (muxer, handle, elsewhere) = Muxer::builder(context, sender, receiver).with_backup().build();
    muxer.start();
    (handle, elsewhere)
}
