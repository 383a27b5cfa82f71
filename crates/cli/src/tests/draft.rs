//! What a client signs, and what it does not.

use super::operations;
use crate::{
    Failure, Format,
    client::Client,
    draft::{self, Choices, Envelope},
    keys::{KeyFile, Purpose},
    rotation,
    tests::client::{Node, status},
};
use epione_modules::ALL;
use epione_types::{
    ChainId, DurationMs, Nonce, SignedTx, UnixMs,
    limits::{CALLS_PER_TX_MAX, VALIDITY_MS_MAX},
};
use serde_json::json;
use std::time::{SystemTime, UNIX_EPOCH};

fn fields() -> serde_json::Value {
    json!({ "commitment": "ab".repeat(32), "kind": "report" })
}

#[test]
fn a_wrong_field_is_told_by_its_name() {
    let told = |fields| draft::call(ALL, "notary", "commit", &fields).unwrap_err().to_string();
    assert!(told(json!({ "commitment": "zz", "kind": "report" })).contains("commitment"));
    assert!(told(json!({ "commitment": "ab".repeat(32) })).contains("kind"));
    assert!(told(json!({ "commitment": "ab".repeat(32), "kind": "report", "color": 1 })).contains("color"));
    let unknown = draft::call(ALL, "notary", "burn", &json!({})).unwrap_err();
    assert!(unknown.to_string().contains("commit, reveal") && unknown.exit_code() == 2, "{unknown}");
    assert!(draft::call(ALL, "coins", "mint", &json!({})).unwrap_err().to_string().contains("notary"));
}

#[tokio::test]
async fn an_envelope_takes_only_what_a_node_cannot_misuse() {
    let far = u64::MAX / 2;
    let node = Node::new(&[("/v1/status", status(ChainId([1; 32]), far)), ("/v1/signers/", json!({ "next_seq": 5 }))]);
    let key = KeyFile { chain: Some(ChainId([1; 32])), ..operations() };
    let client = Client::new(&node.await.url).unwrap();
    let envelope = Envelope::next(&client, &key, Choices { lane: 3, ..Choices::default() }).await.unwrap();
    assert_eq!((envelope.nonce, envelope.chain), (Nonce { lane: 3, seq: 5 }, ChainId([1; 32])));
    // The block time of the node lies in the far future; the transaction does not stay valid until then.
    assert!(envelope.valid_until < UnixMs(far));

    let tx = envelope.sign(vec![draft::call(ALL, "notary", "commit", &fields()).unwrap()], &key).unwrap();
    tx.signature.verify(&tx.tx.signing_bytes()).unwrap();
    assert_eq!(tx.signature.key(), key.key.public());
    let call = tx.tx.calls.first().unwrap().clone();
    assert!(matches!(envelope.sign(vec![call; CALLS_PER_TX_MAX + 1], &key), Err(Failure::Usage(_))));
}

#[tokio::test]
async fn after_an_outage_a_transaction_is_valid_by_the_time_of_day() {
    const HOUR: u64 = 3_600_000;
    let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let of = async |ago_ms: u64, valid_for: DurationMs| {
        let status = status(ChainId([1; 32]), now - ago_ms);
        let node = Node::new(&[("/v1/status", status), ("/v1/signers/", json!({ "next_seq": 1 }))]).await;
        let client = Client::new(&node.url).unwrap();
        let key = KeyFile { chain: Some(ChainId([1; 32])), ..operations() };
        Envelope::next(&client, &key, Choices { valid_for, ..Choices::default() }).await.unwrap().valid_until
    };
    assert!(of(2 * HOUR, DurationMs(HOUR)).await >= UnixMs(now + HOUR));
    // By block time it may be valid for a day at most.
    assert_eq!(of(2 * HOUR, DurationMs(VALIDITY_MS_MAX)).await, UnixMs(now - 2 * HOUR + VALIDITY_MS_MAX));
}

#[tokio::test]
async fn nothing_is_signed_for_another_chain_or_with_a_key_for_another_purpose() {
    let node =
        Node::new(&[("/v1/status", status(ChainId([2; 32]), 1)), ("/v1/signers/", json!({ "next_seq": 1 }))]).await;
    let client = Client::new(&node.url).unwrap();
    let refused = |key: KeyFile, choices: Choices| {
        let client = client.clone();
        async move { Envelope::next(&client, &key, choices).await.unwrap_err().to_string() }
    };
    let other = KeyFile { chain: Some(ChainId([1; 32])), ..operations() };
    assert!(refused(other, Choices::default()).await.contains("nothing was signed"));
    let named = Choices { chain: Some(ChainId([3; 32])), ..Choices::default() };
    assert!(refused(operations(), named).await.contains("nothing was signed"));
    let vote = KeyFile { purpose: Purpose::Vote, ..operations() };
    assert!(refused(vote, Choices::default()).await.contains("vote key"));
    let nobody = KeyFile { signer: None, ..operations() };
    assert!(refused(nobody, Choices::default()).await.contains("`Signer`"));
    assert!(refused(operations(), Choices { lane: 256, ..Choices::default() }).await.contains("--lane"));
}

#[test]
fn programs_are_given_what_the_interface_takes() {
    let key = operations();
    let signer = key.signer.unwrap();
    let chain = ChainId([1; 32]);
    let envelope = Envelope { chain, signer, nonce: Nonce { lane: 0, seq: 1 }, valid_until: UnixMs(1) };
    let tx = envelope.sign(vec![draft::call(ALL, "notary", "commit", &fields()).unwrap()], &key).unwrap();
    let drafted = |format| crate::verbs::drafted(&tx, format);
    // Unknown fields are refused there.
    assert_eq!(serde_json::from_value::<SignedTx>(drafted(Format::Json)).unwrap(), tx);
    assert_eq!(drafted(Format::Human)["id"], json!(tx.tx.id()));
}

#[test]
fn a_transaction_is_valid_from_the_earlier_of_both_clocks() {
    assert_eq!(Choices::default().valid_for, DurationMs::from_secs(600));
}

#[test]
fn a_new_key_proves_itself() {
    let org = epione_types::OrgId([7; 16]);
    for purpose in [Purpose::Root, Purpose::Operations, Purpose::Vote, Purpose::Receipt] {
        let new = KeyFile::generate(purpose).unwrap();
        let fields = rotation::fields(org, 4, &new).unwrap();
        draft::call(ALL, "network", "rotate-key", &fields).unwrap_or_else(|error| panic!("{purpose}: {error}"));
        // The proof is for this rotation only.
        let mut stale = fields;
        stale["rotation"] = 5.into();
        assert!(matches!(draft::call(ALL, "network", "rotate-key", &stale), Err(Failure::Refused(_))), "{purpose}");
    }
    let new = KeyFile::generate(Purpose::Identity).unwrap();
    assert!(rotation::fields(org, 4, &new).is_err());
    let kind = epione_modules::identity::IdentityKind::Practitioner;
    let mut fields = rotation::registration_fields(org, kind, &new).unwrap();
    draft::call(ALL, "identity", "register", &fields).unwrap();
    fields["kind"] = "person".into();
    assert!(matches!(draft::call(ALL, "identity", "register", &fields), Err(Failure::Refused(_))));
    let identity = epione_types::IdentityId([8; 16]);
    let fields = rotation::identity_fields(identity, 2, &operations().key.public(), &new).unwrap();
    draft::call(ALL, "identity", "rotate-key", &fields).unwrap();
}
