//! The audit of a chain that is made with the code of a proposer, and then damaged in one place at a time.

use crate::{
    EngineBlock, Eras, MempoolLimits, Rules,
    admission::Source,
    app::{Empty, Ran, Shared},
    audit::{Audit, AuditError, Audited, PARTITION, audit},
    block::BlockContext,
    engine::{EngineConfig, PAGE_BYTES, Tuning, committees::Committees, stores},
};
use commonware_consensus::{
    CertifiableBlock as _,
    simplex::{
        scheme::ed25519::Scheme,
        types::{Context, Finalization, Finalize, Proposal},
    },
    types::{Epoch, Round, View},
};
use commonware_cryptography::{Digestible as _, Signer as _, ed25519, sha256::Digest};
use commonware_glue::stateful::db::DatabaseSet as _;
use commonware_parallel::Sequential;
use commonware_runtime::{Runner as _, Supervisor as _, buffer::paged::CacheRef, tokio as runtime};
use commonware_storage::archive::Archive as _;
use commonware_utils::non_empty;
use epione_exec::{Outcome, check_tx};
use epione_kernel::{Domain as _, Numbered as _, View as State};
use epione_modules::{ALL, network, notary};
use epione_store::{EventLog, Logged, States};
use epione_types::{
    Block, Bytes, Call, Committee, Genesis, GenesisModule, Hash, List, Nonce, OrgId, PublicKey, SignerId, SigningKey,
    Text, Tx, UnixMs, encode,
};
use std::{path::Path, sync::Arc};

const VALIDATORS: u64 = 4;
/// Blocks of the chain.
pub(super) const HEIGHT: u64 = 18;
/// The block that is damaged.
pub(super) const DAMAGED: u64 = 4;
/// Transactions of each block.
pub(super) const TXS: u64 = 3;

/// What is done to the chain before it is kept; all else is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    None,
    StateRoot,
    EventRoot,
    TxSignature,
    TxLeftOut,
    OtherCommittee,
    CertificateOfAnother,
    CertificateLeftOut,
    LastCertificateLeftOut,
    CertificatesLeftOut,
    BlockLeftOut,
    EventInLog,
    LogTooShort,
    LogTooLong,
    StateOfNoBlock,
}

fn vote_key(validator: u64) -> ed25519::PrivateKey {
    ed25519::PrivateKey::from_seed(validator)
}

fn public(key: &ed25519::PrivateKey) -> PublicKey {
    PublicKey::Ed25519(key.public_key().as_ref().try_into().unwrap())
}

fn operations() -> SigningKey {
    SigningKey::from_seed([9; 32])
}

pub(super) fn member(validator: u64) -> network::Member {
    network::Member {
        name: Text::new(format!("Member {validator}")).unwrap(),
        kind: network::OrganizationKind::Hospital,
        jurisdiction: network::Jurisdiction::new("CH").unwrap(),
        role: network::Role::Validator,
        keys: network::Keys {
            root: SigningKey::from_seed([validator as u8; 32]).public(),
            operations: if validator == 1 { operations() } else { SigningKey::from_seed([100 + validator as u8; 32]) }
                .public(),
            vote: Some(public(&vote_key(validator))),
            receipt: None,
            tls: None,
            kem: None,
        },
        addresses: network::Addresses::default(),
    }
}

pub(super) fn config() -> EngineConfig {
    let members = (1..=VALIDATORS).map(member).collect();
    let part = network::Genesis { parameters: network::Parameters::default(), members: List::new(members).unwrap() };
    let part = GenesisModule { module: network::Network::ID, body: Bytes::new(encode(&part)).unwrap() };
    let mut keys: Vec<PublicKey> = (1..=VALIDATORS).map(|validator| public(&vote_key(validator))).collect();
    keys.sort_unstable();
    let genesis = Genesis {
        version: Genesis::VERSION,
        state_format: 1,
        name: Text::new("Audited".to_owned()).unwrap(),
        time: UnixMs(1_800_000_000_000),
        salt: [7; 16],
        demo: true,
        epoch_blocks: 1_000,
        modules: List::new(vec![part]).unwrap(),
    };
    EngineConfig {
        eras: Eras::new(genesis.state_format, Vec::new()),
        genesis,
        modules: ALL,
        read_rules: |view: State<'_>, height| {
            let parameters = network::parameters(&view, height)?;
            let (block_time_ahead_ms, heartbeat_ms) = (parameters.block_time_ahead_ms, parameters.heartbeat_ms);
            let committee = network::committee(&view)?;
            Ok(Rules { block_time_ahead_ms, heartbeat_ms, halt_at: None, committee, committee_changes: false })
        },
        read_tenures: |view: State<'_>, last| network::tenures_until(&view, last),
        founders: Committee { keys: List::new(keys).unwrap() },
        mempool: MempoolLimits { txs: 100, bytes: 1 << 20, txs_per_org: 100, bytes_per_org: 1 << 20 },
        tuning: Tuning::standard(),
    }
}

/// A signed notary entry.
pub(super) fn tx(config: &EngineConfig, number: u64) -> epione_types::SignedTx {
    let commitment = Hash::sha256(&[&number.to_le_bytes()]);
    let call = notary::Call::Commit(notary::Commit { commitment, kind: notary::Kind::Dataset });
    let body = Bytes::new(call.body()).unwrap();
    let org: OrgId = member(1).id();
    let tx = Tx {
        version: Tx::VERSION,
        chain: config.genesis.chain(),
        signer: SignerId::Organization(org),
        nonce: Nonce { lane: 0, seq: number + 1 },
        salt: commitment.truncated(),
        valid_until: UnixMs(config.genesis.time.0 + 600_000),
        calls: List::new(vec![Call { module: notary::Notary::ID, call: call.number(), body }]).unwrap(),
    };
    tx.sign(&operations())
}

/// A certificate by three of four validators.
pub(super) fn certificate(config: &EngineConfig, block: &EngineBlock) -> Finalization<Scheme, Digest> {
    let context = block.context();
    let proposal = Proposal::new(context.round, context.parent.0, block.digest());
    let sign = |one| Finalize::sign(&scheme(config, Some(vote_key(one))), proposal.clone()).unwrap();
    let votes: Vec<_> = (1..VALIDATORS).map(sign).collect();
    let verifier = scheme(config, None);
    Finalization::from_finalizes(&verifier, non_empty![@votes.iter()], &Sequential).unwrap()
}

/// The header's round, when view and height are the same.
pub(super) fn context(parent: &EngineBlock) -> BlockContext {
    let (height, leader) = (parent.header().height + 1, vote_key(1).public_key());
    let round = Round::new(Epoch::new(0), View::new(height));
    Context { round, leader, parent: (View::new(height - 1), parent.digest()) }
}

/// The block with something else in it.
fn changed(block: &EngineBlock, damage: Damage) -> EngineBlock {
    let Block { mut header, txs } = (**block.block()).clone();
    let mut txs = txs.into_vec();
    match damage {
        Damage::StateRoot => header.state_root.0[0] ^= 1,
        Damage::EventRoot => header.event_root.0[0] ^= 1,
        Damage::TxSignature => {
            let epione_types::Signature::Ed25519 { bytes, .. } = &mut txs[1].signature else { panic!("another kind") };
            bytes[3] ^= 1;
        }
        Damage::TxLeftOut => drop(txs.pop()),
        _ => {}
    }
    header.tx_root = Block::tx_root(&txs);
    EngineBlock::new(Block { header, txs: List::new(txs).unwrap() }).unwrap()
}

/// The scheme of the founders, with a key of one of them.
fn scheme(config: &EngineConfig, key: Option<ed25519::PrivateKey>) -> Scheme {
    let committees = Committees::new(config.genesis.chain(), &config.founders, key).unwrap();
    (*committees.of(0).unwrap()).clone()
}

/// A block, and what it led to before it was damaged.
type Made = (EngineBlock, Arc<Ran>);

/// Proposes [`HEIGHT`] blocks on the state that the node keeps, one of them damaged.
async fn make(runner: &runtime::Context, config: &EngineConfig, damage: Damage) -> Vec<Made> {
    let cache = CacheRef::new(PAGE_BYTES, config.tuning.cache_pages);
    let mut parent = stores::genesis_block::<runtime::Context>(config).unwrap();
    let own = runner.child("proposer");
    let proposer: Shared<runtime::Context> =
        stores::shared(&own, "proposer", config, (parent.clone(), &None), &cache).await.unwrap();
    let state_config = stores::state_config((PARTITION, 0), &cache, &config.tuning);
    let states = States::<runtime::Context>::init(runner.child("state"), state_config, None).await;
    let mut made = Vec::new();
    // The state may be one block ahead of all that are kept.
    let ahead = u64::from(damage == Damage::StateOfNoBlock);
    for height in 1..=HEIGHT + ahead {
        for number in (height - 1) * TXS..height * TXS {
            let tx = check_tx(ALL, &config.genesis.chain(), tx(config, number)).unwrap();
            proposer.pool.insert(Arc::new(tx), member(1).id(), Source::Peer, UnixMs(0)).unwrap();
        }
        let now = UnixMs(config.genesis.time.0 + height * 1_000);
        let batch = states.new_batches().await;
        let proposed = proposer.propose(now, (&context(&parent), &parent), batch, Empty::Decline).await.unwrap();
        let (block, merkleized) = proposed.expect("there are transactions");
        let ran = proposer.forget(&block.digest()).unwrap();
        states.apply(merkleized).await;
        parent = if height == DAMAGED { changed(&block, damage) } else { block };
        made.push((parent.clone(), ran));
    }
    assert!(states.finalize().await.durable().await);
    made.truncate(usize::try_from(HEIGHT).unwrap());
    made
}

/// Keeps the blocks with their certificates and events, as a node does.
async fn keep(runner: &runtime::Context, config: &EngineConfig, damage: Damage, made: Vec<Made>) {
    let cache = CacheRef::new(PAGE_BYTES, config.tuning.cache_pages);
    let archives = stores::archives(runner, PARTITION, config, &cache).await;
    let (mut finalizations, mut blocks) = archives.unwrap();
    let mut log = stores::event_log(runner, PARTITION, &cache, &config.tuning).await.unwrap();
    let other = made[0].0.clone();
    for (block, ran) in made {
        let height = block.header().height;
        let is = |what| damage == what && height == DAMAGED;
        if !is(Damage::BlockLeftOut) {
            blocks = blocks.put(height, block.digest(), &Arc::new(block.clone())).await.unwrap();
        }
        let left_out = match damage {
            Damage::CertificateLeftOut => height == DAMAGED,
            Damage::LastCertificateLeftOut => height == HEIGHT,
            Damage::CertificatesLeftOut => height > 1,
            _ => false,
        };
        if !left_out {
            let mut committee = config.clone();
            if is(Damage::OtherCommittee) {
                // The chain is another one, and so is what the committee signs.
                committee.genesis.salt = [8; 16];
            }
            let of = if is(Damage::CertificateOfAnother) { &other } else { &block };
            finalizations = finalizations.put(height, block.digest(), &certificate(&committee, of)).await.unwrap();
        }
        log = append(log, (&block, &ran.outcome), damage).await;
    }
    drop((blocks.sync().await.unwrap(), finalizations.sync().await.unwrap()));
}

async fn append(
    log: EventLog<runtime::Context>,
    (block, outcome): (&EngineBlock, &Outcome),
    damage: Damage,
) -> EventLog<runtime::Context> {
    let (height, time) = (block.header().height, block.header().time);
    let logged = |entry: &epione_types::Entry| Logged { height, time, entry: entry.clone() };
    let mut events: Vec<Logged> = outcome.entries.iter().map(logged).collect();
    match damage {
        Damage::EventInLog if height == DAMAGED => events[1].time.0 += 1,
        Damage::LogTooShort if height > DAMAGED => events.clear(),
        Damage::LogTooLong if height == HEIGHT => events.push(events[0].clone()),
        _ => {}
    }
    let begin = log.size();
    log.append(begin, events).await.unwrap()
}

/// Makes a chain and keeps it in a directory.
pub(super) fn kept(directory: &Path, damage: Damage) {
    let runner = runtime::Config::new().with_storage_directory(directory.to_owned()).with_worker_threads(1);
    runtime::Runner::new(runner).start(|context| async move {
        let config = config();
        let made = make(&context.child("make"), &config, damage).await;
        keep(&context.child("keep"), &config, damage, made).await;
    });
}

/// Makes, keeps and audits a chain.
fn audited(damage: Damage) -> Result<Audited, AuditError> {
    let folder = tempfile::tempdir().unwrap();
    let (directory, scratch) = (folder.path().join("kept"), folder.path().join("scratch"));
    kept(&directory, damage);
    let mut positions = Vec::new();
    let audited = audit(&Audit { directory, scratch, engine: config() }, &mut |step| {
        positions.extend((step.position..).zip(step.events).map(|(position, _)| position));
        Ok(())
    });
    if let Ok(audited) = &audited {
        assert_eq!(positions, (0..audited.events).collect::<Vec<_>>(), "every event is shown once and in order");
    }
    audited
}

#[test]
fn a_chain_as_it_should_be_passes() {
    let found = audited(Damage::None).unwrap();
    assert_eq!((found.height, found.certified, found.state_height), (HEIGHT, HEIGHT, HEIGHT));
    assert_eq!(found.txs, HEIGHT * TXS);
    assert_eq!(found.events, found.logged);
    // Of each transaction its result and the event of its call; before them what the genesis tells.
    assert!(found.events > 2 * HEIGHT * TXS, "{found:?}");
    assert!(found.laws.len() > 5 && found.laws.iter().any(|law| law.starts_with("NOTARY-")), "{:?}", found.laws);
}

#[test]
fn a_block_may_be_certified_by_a_later_one() {
    let found = audited(Damage::CertificateLeftOut).unwrap();
    assert_eq!((found.height, found.certified, found.certified_to), (HEIGHT, HEIGHT - 1, HEIGHT));
}

#[test]
fn the_last_blocks_may_lack_their_certificates_after_a_crash() {
    let found = audited(Damage::LastCertificateLeftOut).unwrap();
    assert_eq!((found.height, found.certified, found.certified_to), (HEIGHT, HEIGHT - 1, HEIGHT - 1));
}

#[test]
fn each_damage_is_named() {
    for (damage, expected) in [
        (Damage::StateRoot, "block 4: field `state_root` of the header is wrong"),
        (Damage::EventRoot, "block 4: field `event_root` of the header is wrong"),
        (Damage::TxSignature, "block 4: transaction 1: "),
        (Damage::TxLeftOut, "block 4: field `event_root` of the header is wrong"),
        (Damage::OtherCommittee, "block 4: the certificate is not one of the committee for this block"),
        (Damage::CertificateOfAnother, "block 4: the certificate is not one of the committee for this block"),
        (Damage::CertificatesLeftOut, "the blocks after 1 have no certificate"),
        (Damage::BlockLeftOut, "block 4 is missing, and there are later ones"),
        (Damage::EventInLog, "block 4: event "),
        (Damage::LogTooShort, "the event log has "),
        (Damage::LogTooLong, "the event log has "),
        (Damage::StateOfNoBlock, "the state that the node keeps, with root "),
    ] {
        let found = audited(damage).unwrap_err().to_string();
        assert!(found.starts_with(expected), "{damage:?}: {found}");
    }
}

#[test]
fn an_empty_directory_has_nothing_to_audit() {
    let folder = tempfile::tempdir().unwrap();
    let (directory, scratch) = (folder.path().join("kept"), folder.path().join("scratch"));
    let nothing = audit(&Audit { directory, scratch, engine: config() }, &mut |_| Ok(()));
    assert!(matches!(nothing, Err(AuditError::Empty)), "{nothing:?}");
}
