//! One consensus engine per epoch: begins the next when the last block of an epoch is final.
//!
//! Messages of consensus travel in a subchannel of their epoch. A node that hears of a later epoch is behind: it asks the
//! sender for the certificate of the last block of its own epoch, which its own committee signed, and so walks from
//! committee to committee.

use crate::{
    ReadTenures, Voting,
    block::BlockContext,
    engine::{
        Runtime, Tuning, committees,
        recall::{self, Answer, Inquiry, Memory, Tap, Verdict},
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
use commonware_runtime::{Handle, buffer::paged::CacheRef};
use commonware_storage::Context as StorageContext;
use commonware_utils::{channel::mpsc, vec::NonEmptyVec};
use std::{sync::Arc, time::Duration};
use tracing::{debug, error, info};

/// Epochs whose vote logs are kept besides the present one: as long as a restart may lead back into them.
const LOGS_KEPT: u64 = 2;

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
    /// The node's key; none if it never votes.
    pub(super) key: Option<ed25519::PublicKey>,
    /// Whether the node may vote before it has asked the others.
    pub(super) oath: Oath,
    /// What this node has seen of the others' votes.
    pub(super) memory: Memory,
    /// How the others are asked about votes of this node, and what they answer.
    pub(super) asking: S,
    pub(super) answers: tokio::sync::mpsc::UnboundedReceiver<Answer>,
    pub(super) application: A,
    /// The channels of votes, certificates and requests for certificates; taken when they are divided.
    pub(super) votes: Option<(S, Tap<R>)>,
    pub(super) certificates: Option<(S, R)>,
    pub(super) requests: Option<(S, R)>,
    pub(super) blocker: B,
    pub(super) partition: String,
    pub(super) cache: CacheRef,
    pub(super) tuning: Tuning,
}

/// Whether a node may vote.
pub(super) enum Oath {
    /// It must ask the others first.
    ToAsk,
    /// It asks, and follows meanwhile.
    Asks(Box<Inquiry>),
    /// It knows all votes of its key.
    Clear,
    /// It does not.
    Forgot,
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
            let asks = matches!(self.oath, Oath::Asks(_));
            let heard = select! {
                changed = borders.changed() => {
                    let next = *borders.borrow_and_update();
                    let Some(next) = next.filter(|next| changed.is_ok() && next.epoch > running.border.epoch) else { continue };
                    let Some(entered) = self.enter(&mut channels, next).await else { return };
                    running = entered;
                    None
                },
                answer = self.answers.recv() => {
                    let Some(answer) = answer else { return };
                    if self.hear(answer) {
                        let Some(again) = self.again(&mut channels, running).await else { return };
                        running = again;
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
                self.memory.note_all(&scheme, &finalization);
            }
        }
        Border { epoch, last_block }
    }

    /// Takes an answer about votes of this node; whether it may vote now.
    fn hear(&mut self, answer: Answer) -> bool {
        let Oath::Asks(inquiry) = &mut self.oath else { return false };
        match inquiry.hear(&mut self.context, answer) {
            Verdict::Open => false,
            Verdict::Clear => {
                self.oath = Oath::Clear;
                true
            }
            Verdict::Forgot(round) => {
                self.forgot(&format!("there is a vote of epoch {}, view {}", round.epoch(), round.view()));
                false
            }
        }
    }

    /// Gives up voting.
    fn forgot(&mut self, why: &str) {
        self.oath = Oath::Forgot;
        self.ledger.shared.voting.send_replace(Voting::Forgot);
        error!(
            why,
            "this node does not vote: its vote log does not contain all that its key has signed, and to vote again could \
             contradict it. Register a new vote key (`epione key rotate --purpose vote`), name its file in `keys.vote` and \
             start the node again: it votes from the next epoch on"
        );
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

    /// Whether the node votes in an epoch in which it has a seat. If it must ask first, it begins to.
    async fn may_vote(&mut self, epoch: u64, scheme: &Scheme, me: &ed25519::PublicKey) -> bool {
        if matches!(self.oath, Oath::ToAsk | Oath::Asks(_)) {
            let log = self.vote_log(epoch);
            let buffers = (&self.cache, self.tuning.write_buffer);
            let remembered = match recall::latest(&self.context, &log, scheme, buffers).await {
                Ok(remembered) => remembered,
                Err(damage) => {
                    self.forgot(&format!("the vote log is damaged: {damage}"));
                    return false;
                }
            };
            let namespace = committees::namespace(&self.ledger.chain());
            let committee = (epoch, scheme.participants().clone());
            let mut inquiry = Inquiry::new((me.clone(), namespace), committee, remembered);
            // The node's own certificates answer first.
            let own = inquiry.hear(&mut self.context, (me.clone(), self.memory.of(me)));
            self.oath = Oath::Asks(Box::new(inquiry));
            match own {
                Verdict::Clear => self.oath = Oath::Clear,
                Verdict::Open => {}
                Verdict::Forgot(round) => {
                    self.forgot(&format!("a certificate has a vote of epoch {}, view {}", round.epoch(), round.view()));
                }
            }
        }
        matches!(self.oath, Oath::Clear)
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
        let seat = self.key.clone().filter(|key| scheme.participants().position(key).is_some());
        let votes = match &seat {
            Some(me) => self.may_vote(epoch, &scheme, me).await,
            None => false,
        };
        let voting = match (&self.oath, &seat) {
            (Oath::Forgot, _) => Voting::Forgot,
            (_, None) => Voting::Follows,
            (Oath::Clear, Some(_)) => Voting::Votes,
            (_, Some(_)) => Voting::Asks,
        };
        self.ledger.shared.voting.send_replace(voting);
        let (scheme, partition) = match votes {
            true => ((*scheme).clone(), self.vote_log(epoch)),
            false => (self.ledger.shared.committees.following(&scheme), self.follow_log(epoch)),
        };
        let files = Files { partition, cache: self.cache.clone(), tuning: self.tuning };
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

    /// Name of the vote log of an epoch. Each key has its own: none ever goes on with the votes of another.
    fn vote_log(&self, epoch: u64) -> String {
        let key = self.key.as_ref().map_or_else(|| "none".to_owned(), |key| hex(&key.as_ref()[..8]));
        format!("{}-votes-{epoch}-{key}", self.partition)
    }

    /// Name of the log of an epoch in which the node only follows.
    fn follow_log(&self, epoch: u64) -> String {
        format!("{}-follows-{epoch}", self.partition)
    }

    /// Removes vote logs of epochs that no restart leads back into.
    async fn remove_logs(&mut self, epoch: u64) {
        let mut old = epoch.checked_sub(LOGS_KEPT);
        while let Some(epoch) = old {
            let (voted, followed) = (self.vote_log(epoch), self.follow_log(epoch));
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
