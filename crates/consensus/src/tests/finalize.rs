//! What the engine really signs when a block becomes final: `vectors/finalize.json`.
//!
//! With `EPIONE_VECTORS=write` in the environment the file is written; a changed file is a changed format.

use crate::engine::committees::Committees;
use bytes::Bytes;
use commonware_codec::{Decode as _, Encode as _};
use commonware_consensus::{
    simplex::{
        scheme::ed25519::Scheme,
        types::{Finalization, Finalize, Proposal},
    },
    types::{Epoch, Round, View},
};
use commonware_cryptography::{Signer as _, certificate::Verifier as _, ed25519, sha256::Digest};
use commonware_parallel::Sequential;
use commonware_utils::non_empty;
use epione_types::{Committee, Genesis, Hash, List, PublicKey, Signature, Text, UnixMs, finalize_message};
use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

const VALIDATORS: u64 = 4;

fn key(validator: u64) -> ed25519::PrivateKey {
    ed25519::PrivateKey::from_seed(validator)
}

fn public(validator: u64) -> PublicKey {
    PublicKey::Ed25519(key(validator).public_key().as_ref().try_into().unwrap())
}

fn genesis() -> Genesis {
    Genesis {
        version: Genesis::VERSION,
        state_format: 1,
        name: Text::new("Golden".to_owned()).unwrap(),
        time: UnixMs(1_800_000_000_000),
        salt: [5; 16],
        demo: false,
        epoch_blocks: 1_000,
        modules: List::default(),
    }
}

/// The committee in ascending order, as it stands in headers.
fn committee() -> Committee {
    let mut keys: Vec<PublicKey> = (1..=VALIDATORS).map(public).collect();
    keys.sort_unstable();
    Committee { keys: List::new(keys).unwrap() }
}

/// The scheme with which `start` would run the node of a validator; that of an observer without one.
fn scheme_of(validator: Option<u64>) -> Scheme {
    let committees = Committees::new(genesis().chain(), &committee(), validator.map(key)).unwrap();
    (*committees.of(0).unwrap()).clone()
}

fn proposal((epoch, view, parent): (u64, u64, u64), payload: [u8; 32]) -> Proposal<Digest> {
    Proposal::new(Round::new(Epoch::new(epoch), View::new(view)), View::new(parent), Digest::from(payload))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A finalization by the first three validators, and its votes.
fn finalization(
    at: (u64, u64, u64),
    payload: [u8; 32],
) -> (Vec<Finalize<Scheme, Digest>>, Finalization<Scheme, Digest>) {
    let votes: Vec<_> = (1..=VALIDATORS - 1)
        .map(|validator| Finalize::sign(&scheme_of(Some(validator)), proposal(at, payload)).unwrap())
        .collect();
    let certificate = Finalization::from_finalizes(&scheme_of(None), non_empty![@votes.iter()], &Sequential).unwrap();
    (votes, certificate)
}

const ROUNDS: [(u64, u64, u64); 5] =
    [(0, 1, 0), (0, 127, 126), (3, 128, 127), (16_384, 2_097_152, 2_097_000), (u64::MAX, u64::MAX, u64::MAX - 1)];

#[test]
fn a_finalize_vote_signs_the_finalize_message() {
    let chain = genesis().chain();
    for at in ROUNDS {
        let payload = [0x5a; 32];
        let message = finalize_message(&chain, at.0, at.1, at.2, &Hash(payload));
        let (votes, _) = finalization(at, payload);
        for vote in votes {
            let key = *committee().keys[usize::from(vote.attestation.signer)].ed25519().unwrap();
            let bytes = vote.attestation.signature.get().unwrap().as_ref().try_into().unwrap();
            let signature = Signature::Ed25519 { key, bytes };
            assert_eq!(signature.verify(&message), Ok(()), "round {at:?}");
            for other in [(at.0 ^ 1, at.1, at.2), (at.0, at.1 ^ 1, at.2), (at.0, at.1, at.2 ^ 1)] {
                let message = finalize_message(&chain, other.0, other.1, other.2, &Hash(payload));
                assert!(signature.verify(&message).is_err());
            }
        }
    }
}

/// Key and signature of each vote of an encoded certificate, read as another program would.
fn read(certificate: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let config = scheme_of(None).certificate_codec_config();
    let decoded = Finalization::<Scheme, Digest>::decode_cfg(Bytes::copy_from_slice(certificate), &config).unwrap();
    assert!(decoded.verify(&mut StdRng::seed_from_u64(1), &scheme_of(None), &Sequential));
    let certificate = decoded.certificate;
    let signers = certificate.signers.iter().map(usize::from);
    signers.zip(certificate.signatures.iter().map(|signature| signature.get().unwrap().as_ref().to_vec())).collect()
}

fn vector(at: (u64, u64, u64)) -> Value {
    let (chain, payload) = (genesis().chain(), Hash([0x99; 32]));
    let message = finalize_message(&chain, at.0, at.1, at.2, &payload);
    let (_, certificate) = finalization(at, payload.0);
    let bytes = certificate.encode();
    let committee = committee();
    let votes: Vec<Value> = read(&bytes)
        .into_iter()
        .map(|(signer, signature)| json!({ "key": committee.keys[signer], "signature": hex(&signature) }))
        .collect();
    json!({
        "name": format!("epoch {}, view {}", at.0, at.1),
        "value": {
            "chain": chain, "epoch": at.0, "view": at.1, "parent_view": at.2, "payload": payload,
            "committee": committee.keys, "votes": votes,
        },
        "message": hex(&message),
        "hex": hex(&bytes),
        "hash": Hash::sha256(&[&bytes]),
    })
}

#[test]
fn certificates_are_those_of_the_golden_vectors() {
    let expected = json!({
        "about": "Certificates as the engine makes them: hex is the certificate, message is what each vote signs.",
        "vectors": ROUNDS.map(vector),
    });
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/finalize.json");
    if std::env::var("EPIONE_VECTORS").is_ok_and(|value| value == "write") {
        std::fs::write(path, format!("{expected:#}\n")).unwrap();
    }
    let found: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap_or_default()).unwrap_or_default();
    assert!(
        found == expected,
        "vectors/finalize.json differs from what the engine makes: is the format meant to change?"
    );
}
