//! Whether a node votes, from what its files, its certificates and the others say.

use crate::{
    Voting,
    engine::{
        PAGE_BYTES, Tuning, committees,
        oath::{Oath, Stand},
        recall::Memory,
    },
};
use commonware_consensus::{
    Viewable as _,
    simplex::{
        scheme::ed25519::Scheme,
        types::{Artifact, Finalization, Finalize, Notarize, Nullify, Proposal, Vote},
    },
    types::{Epoch, Round, View},
};
use commonware_cryptography::{Signer as _, certificate::Verifier as _, ed25519, sha256::Digest};
use commonware_parallel::Sequential;
use commonware_runtime::{Runner as _, Storage as _, Supervisor as _, buffer::paged::CacheRef, deterministic};
use commonware_storage::journal::segmented::variable::{Config, Journal};
use commonware_utils::{NZUsize, non_empty, ordered::Set, probability};
use epione_types::ChainId;
use std::collections::BTreeSet;

type Context = deterministic::Context;

const CHAIN: ChainId = ChainId([3; 32]);
const ME: u64 = 1;
const EPOCH: u64 = 5;

fn key(number: u64) -> ed25519::PrivateKey {
    ed25519::PrivateKey::from_seed(number)
}

fn committee(members: &[u64]) -> Set<ed25519::PublicKey> {
    Set::from_iter_dedup(members.iter().map(|number| key(*number).public_key()))
}

fn founders() -> Set<ed25519::PublicKey> {
    committee(&[ME, 2, 3, 4])
}

fn scheme(signer: u64) -> Scheme {
    Scheme::signer(&committees::namespace(&CHAIN), founders(), key(signer)).unwrap()
}

fn round(epoch: u64, view: u64) -> Round {
    Round::new(Epoch::new(epoch), View::new(view))
}

fn proposal(epoch: u64, view: u64) -> Proposal<Digest> {
    Proposal::new(round(epoch, view), View::new(view - 1), Digest::from([7; 32]))
}

fn notarize(epoch: u64, view: u64) -> Notarize<Scheme, Digest> {
    Notarize::sign(&scheme(ME), proposal(epoch, view)).unwrap()
}

fn nullify(epoch: u64, view: u64) -> Nullify<Scheme> {
    Nullify::sign::<Digest>(&scheme(ME), round(epoch, view)).unwrap()
}

fn finalization(epoch: u64, view: u64) -> Finalization<Scheme, Digest> {
    let votes = [2, 3, 4].map(|signer| Finalize::sign(&scheme(signer), proposal(epoch, view)).unwrap());
    Finalization::from_finalizes(&scheme(2), non_empty![@votes.iter()], &Sequential).unwrap()
}

fn cache() -> CacheRef {
    CacheRef::new(PAGE_BYTES, NZUsize!(64))
}

/// A node that has just started on the files of `context`.
fn started(context: &Context) -> Oath<Context> {
    Oath {
        context: context.child("oath"),
        key: Some(key(ME).public_key()),
        namespace: committees::namespace(&CHAIN),
        stand: Stand::ToAsk,
        memory: Memory::default(),
        partition: "node".to_owned(),
        cache: cache(),
        tuning: Tuning::standard(),
    }
}

/// Writes a vote log as the engine does.
async fn write(context: &Context, epoch: u64, entries: &[Artifact<Scheme, Digest>]) {
    let config = Config {
        partition: started(context).vote_log(epoch),
        compression: None,
        codec_config: Scheme::certificate_codec_config_unbounded(),
        page_cache: cache(),
        write_buffer: NZUsize!(4096),
    };
    let mut journal = Journal::init(context.child("written"), config).await.unwrap();
    for entry in entries {
        journal = journal.append(entry.view().get(), entry).await.unwrap().0;
    }
    drop(journal.sync_all().await.unwrap());
}

/// A peer answers that it saw these votes.
async fn answers(oath: &mut Oath<Context>, peer: u64, votes: &[Vote<Scheme, Digest>]) -> Option<Voting> {
    oath.hear((key(peer).public_key(), votes.to_vec())).await
}

#[test]
fn an_empty_node_votes_once_a_quorum_has_seen_nothing() {
    deterministic::Runner::default().start(|context| async move {
        let mut oath = started(&context);
        assert_eq!(oath.enter(0, &founders()).await, Voting::Asks);
        assert_eq!(answers(&mut oath, 2, &[]).await, None);
        assert_eq!(answers(&mut oath, 3, &[]).await, Some(Voting::Votes));
        assert_eq!(oath.enter(1, &founders()).await, Voting::Votes);
        assert_eq!(oath.enter(2, &committee(&[2, 3, 4, 5])).await, Voting::Follows);
    });
}

#[test]
fn the_whole_log_counts() {
    deterministic::Runner::default().start(|context| async move {
        let seen = [Vote::Notarize(notarize(EPOCH, 9)), Vote::Nullify(nullify(EPOCH, 9))];
        let entries = [
            Artifact::Nullify(nullify(EPOCH, 8)),
            Artifact::Notarize(notarize(EPOCH, 9)),
            Artifact::Nullify(nullify(EPOCH, 9)),
        ];
        write(&context, EPOCH, &entries).await;
        let mut oath = started(&context);
        assert_eq!(oath.enter(EPOCH, &founders()).await, Voting::Asks);
        answers(&mut oath, 2, &seen).await;
        assert_eq!(answers(&mut oath, 3, &seen[..1]).await, Some(Voting::Votes));
    });
}

#[test]
fn who_lost_the_last_vote_of_a_view_never_votes_again_with_this_key() {
    deterministic::Runner::default().start(|context| async move {
        write(&context, EPOCH, &[Artifact::Notarize(notarize(EPOCH, 9))]).await;
        let mut oath = started(&context);
        oath.enter(EPOCH, &founders()).await;
        let seen = [Vote::Notarize(notarize(EPOCH, 9)), Vote::Nullify(nullify(EPOCH, 9))];
        assert_eq!(answers(&mut oath, 2, &seen).await, Some(Voting::Forgot));
        // Nobody remembers its votes any more: it does.
        let mut again = started(&context);
        assert_eq!(again.enter(EPOCH + 1, &founders()).await, Voting::Forgot);
        assert_eq!(answers(&mut again, 3, &[]).await, None);
        // Another key is not concerned.
        let fresh = key(9).public_key();
        let mut other = Oath { key: Some(fresh.clone()), ..started(&context) };
        assert_eq!(other.enter(EPOCH + 1, &committee(&[9, 2, 3, 4])).await, Voting::Asks);
    });
}

#[test]
fn a_certificate_in_the_log_stands_for_the_votes_that_it_made_superfluous() {
    deterministic::Runner::default().start(|context| async move {
        write(&context, EPOCH, &[Artifact::Finalization(finalization(EPOCH, 300))]).await;
        let mut oath = started(&context);
        oath.enter(EPOCH, &founders()).await;
        for peer in [2, 3] {
            answers(&mut oath, peer, &[Vote::Notarize(notarize(EPOCH, 20))]).await;
        }
        assert_eq!(oath.enter(EPOCH, &founders()).await, Voting::Votes);
    });
}

#[test]
fn a_node_that_falls_back_over_a_border_knows_what_it_signed_behind_it() {
    deterministic::Runner::default().start(|context| async move {
        let seen = [Vote::Notarize(notarize(EPOCH + 1, 1))];
        write(&context, EPOCH + 1, &[Artifact::Notarize(notarize(EPOCH + 1, 1))]).await;
        let mut oath = started(&context);
        assert_eq!(oath.enter(EPOCH, &founders()).await, Voting::Asks);
        answers(&mut oath, 2, &seen).await;
        assert_eq!(answers(&mut oath, 3, &seen).await, Some(Voting::Votes));
        // Another vote there is one that it forgot.
        let mut oath = started(&context);
        oath.enter(EPOCH, &founders()).await;
        let more = [Vote::Nullify(nullify(EPOCH + 1, 1))];
        assert_eq!(answers(&mut oath, 2, &more).await, Some(Voting::Forgot));
    });
}

#[test]
fn another_committee_is_asked_again_unless_enough_of_it_have_answered() {
    deterministic::Runner::default().start(|context| async move {
        // It lost its disk, and begins with the founders.
        let mut oath = started(&context);
        oath.enter(0, &founders()).await;
        answers(&mut oath, 2, &[]).await;
        assert_eq!(answers(&mut oath, 3, &[]).await, Some(Voting::Votes));
        assert_eq!(oath.enter(1, &committee(&[ME, 2, 3, 9])).await, Voting::Votes);
        // The two are not enough of five.
        assert_eq!(oath.enter(2, &committee(&[ME, 2, 3, 4, 9])).await, Voting::Asks);
        assert_eq!(answers(&mut oath, 4, &[]).await, Some(Voting::Votes));
        // Nobody of them has a seat: these know what it signed long ago.
        assert_eq!(oath.enter(7, &committee(&[ME, 10, 11, 12])).await, Voting::Asks);
        let signed = [Vote::Notarize(notarize(7, 3))];
        assert_eq!(answers(&mut oath, 10, &signed).await, Some(Voting::Forgot));
    });
}

#[test]
fn a_log_that_cannot_be_read_is_not_taken_for_none() {
    deterministic::Runner::default().start(|context| async move {
        let log = started(&context).vote_log(EPOCH);
        drop(context.open(&log, b"what is no section").await.unwrap());
        let mut oath = started(&context);
        assert_eq!(oath.enter(EPOCH, &founders()).await, Voting::Forgot);
    });
}

/// The process ends, and looks again at its next start.
#[test]
#[should_panic(expected = "the vote log cannot be read")]
fn a_disk_that_fails_is_not_taken_for_an_empty_one() {
    let faults = deterministic::FaultConfig::default().scan(probability!(1.0));
    let config = deterministic::Config::default().with_storage_fault_config(faults);
    deterministic::Runner::new(config).start(|context| async move {
        let mut oath = Oath { stand: Stand::Clear(BTreeSet::new()), ..started(&context) };
        oath.enter(EPOCH, &founders()).await;
    });
}

#[test]
fn own_certificates_answer_too() {
    deterministic::Runner::default().start(|context| async move {
        let mut oath = started(&context);
        oath.memory.note(&key(ME).public_key(), Vote::Notarize(notarize(EPOCH, 2)));
        assert_eq!(oath.enter(EPOCH, &founders()).await, Voting::Forgot);
    });
}
