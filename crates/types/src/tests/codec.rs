//! The canonical encoding: one value, one encoding, within limits.

use crate::{
    Assertion, Bytes, Call, ChainId, Committee, DecodeError, DurationMs, Frontier, Hash, Header, IdentityId, List,
    ModuleId, Nonce, OrgId, Passkey, PublicKey, Signature, SignedTx, SignerId, Text, TextError, Tx, UnixMs, decode,
    domain, encode,
    limits::{CALL_BODY_BYTES_MAX, CALLS_PER_TX_MAX, TX_BYTES_MAX},
    signing_bytes,
};
use borsh::{BorshDeserialize, BorshSerialize};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn signer() -> impl Strategy<Value = SignerId> {
    prop_oneof![
        any::<[u8; 16]>().prop_map(|id| SignerId::Organization(OrgId(id))),
        any::<[u8; 16]>().prop_map(|id| SignerId::Identity(IdentityId(id))),
    ]
}

fn call() -> impl Strategy<Value = Call> {
    (any::<u16>(), any::<u16>(), prop::collection::vec(any::<u8>(), 0..300)).prop_map(|(module, call, body)| Call {
        module: ModuleId(module),
        call,
        body: Bytes::new(body).unwrap(),
    })
}

fn tx() -> impl Strategy<Value = Tx> {
    let head = (any::<u8>(), any::<[u8; 32]>(), signer(), any::<u16>(), any::<u64>());
    (head, any::<[u8; 16]>(), any::<u64>(), prop::collection::vec(call(), 0..8)).prop_map(
        |((version, chain, signer, lane, seq), salt, valid_until, calls)| Tx {
            version,
            chain: ChainId(chain),
            signer,
            nonce: Nonce { lane, seq },
            salt,
            valid_until: UnixMs(valid_until),
            calls: List::new(calls).unwrap(),
        },
    )
}

fn signature() -> impl Strategy<Value = Signature> {
    let ed25519 = (any::<[u8; 32]>(), any::<[u8; 64]>()).prop_map(|(key, bytes)| Signature::Ed25519 { key, bytes });
    let data = |max: usize| prop::collection::vec(any::<u8>(), 0..=max);
    let key = (any::<u8>(), any::<[u8; 32]>(), any::<[u8; 32]>());
    let webauthn =
        (key, data(256), data(1024), any::<[u8; 64]>()).prop_map(|((sign, x, rp), authenticator, client, bytes)| {
            let mut point = [sign; 33];
            point[1..].copy_from_slice(&x);
            Signature::WebAuthn(Assertion {
                key: Passkey { point, rp: Hash(rp) },
                authenticator_data: Bytes::new(authenticator).unwrap(),
                client_data: Bytes::new(client).unwrap(),
                bytes,
            })
        });
    prop_oneof![ed25519, webauthn]
}

proptest! {
    #[test]
    fn transactions_survive_bytes_and_json(tx in tx(), signature in signature()) {
        let signed = SignedTx { tx, signature };
        let encoded = signed.to_bytes();
        prop_assert_eq!(&SignedTx::from_bytes(&encoded).unwrap(), &signed);
        let json = serde_json::to_string(&signed).unwrap();
        prop_assert_eq!(serde_json::from_str::<SignedTx>(&json).unwrap(), signed);
    }

    #[test]
    fn what_decodes_is_the_only_encoding_of_its_value(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(tx) = decode::<SignedTx>(&bytes, TX_BYTES_MAX) {
            prop_assert_eq!(encode(&tx), bytes.clone());
        }
        if let Ok(map) = decode::<BTreeMap<u8, Option<bool>>>(&bytes, 400) {
            prop_assert_eq!(encode(&map), bytes);
        }
    }

    #[test]
    fn damaged_bytes_are_another_transaction_or_none(tx in tx(), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let signed = SignedTx { tx, signature: Signature::Ed25519 { key: [1; 32], bytes: [2; 64] } };
        let mut bytes = signed.to_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert_ne!(SignedTx::from_bytes(&bytes).ok(), Some(signed.clone()));
        prop_assert!(SignedTx::from_bytes(&signed.to_bytes()[..at]).is_err());
        prop_assert!(SignedTx::from_bytes(&[signed.to_bytes(), vec![0]].concat()).is_err());
    }

    #[test]
    fn text_is_checked_wherever_it_enters(text in "[ -~\u{0}-\u{3}é]{0,12}") {
        let direct = Text::<8>::new(text.clone());
        let bytes = decode::<Text<8>>(&encode(&text), 100);
        let json = serde_json::from_value::<Text<8>>(text.clone().into());
        prop_assert_eq!(bytes.is_ok(), direct.is_ok());
        prop_assert_eq!(json.is_ok(), direct.is_ok());
        if let Ok(checked) = direct {
            prop_assert_eq!(checked.as_str(), &text);
            prop_assert_eq!(bytes.unwrap(), checked);
        }
    }
}

#[test]
fn text_says_what_is_wrong() {
    assert_eq!(Text::<4>::new(""), Err(TextError::Empty));
    assert_eq!(Text::<4>::new("abcde"), Err(TextError::TooLong(4)));
    // Four letters of five bytes.
    assert_eq!(Text::<4>::new("abcé"), Err(TextError::TooLong(4)));
    for wrong in [" a", "a ", "a\nb", "\u{a0}a", "\u{7f}", "\u{85}"] {
        assert_eq!(Text::<4>::new(wrong), Err(TextError::Control), "{wrong:?}");
    }
    assert!(Text::<4>::new("a b").is_ok());
    let not_utf8 = [&2_u32.to_le_bytes()[..], &[0xc3, 0x28]].concat();
    assert!(decode::<Text<4>>(&not_utf8, 100).is_err());
}

#[test]
fn lists_and_bytes_have_limits() {
    assert!(Bytes::<3>::new(vec![0; 3]).is_ok());
    assert_eq!(Bytes::<3>::new(vec![0; 4]), Err(vec![0; 4]));
    assert_eq!(decode::<Bytes<3>>(&encode(&vec![0_u8; 3]), 100).unwrap().len(), 3);
    assert!(decode::<Bytes<3>>(&encode(&vec![0_u8; 4]), 100).is_err());
    assert!(serde_json::from_value::<Bytes<3>>("00000000".into()).is_err());
    assert!(serde_json::from_value::<Bytes<3>>("0".into()).is_err());

    let mut list = List::<u16, 2>::new(vec![1]).unwrap();
    assert_eq!((list.push(2), list.push(3)), (Ok(()), Err(3)));
    assert_eq!(decode::<List<u16, 2>>(&encode(&list), 100).unwrap(), list);
    assert!(decode::<List<u16, 2>>(&encode(&vec![1_u16, 2, 3]), 100).is_err());
    assert!(serde_json::from_value::<List<u16, 2>>(serde_json::json!([1, 2, 3])).is_err());
    list.retain(|item| *item > 1);
    list.iter_mut().for_each(|item| *item += 5);
    assert_eq!(list.into_vec(), [7]);
}

#[test]
fn a_false_length_reserves_no_memory() {
    let bytes = [&u32::MAX.to_le_bytes()[..], &[0; 64]].concat();
    assert!(decode::<Bytes<CALL_BODY_BYTES_MAX>>(&bytes, 100).is_err());
    assert!(decode::<List<u64, 1_000_000>>(&bytes, 100).is_err());
    assert!(decode::<Frontier>(&[&[0; 8][..], &bytes].concat(), 100).is_err());
}

#[test]
fn the_limits_of_a_transaction() {
    let call = Call { module: ModuleId(1), call: 1, body: Bytes::default() };
    let tx = |count: usize| Tx {
        version: 1,
        chain: ChainId::default(),
        signer: SignerId::Organization(OrgId::default()),
        nonce: Nonce { lane: 0, seq: 1 },
        salt: [0; 16],
        valid_until: UnixMs(0),
        calls: List::new(vec![call.clone(); count]).unwrap(),
    };
    let bytes = encode(&tx(CALLS_PER_TX_MAX));
    assert!(decode::<Tx>(&bytes, TX_BYTES_MAX).is_ok());
    assert!(List::<Call, CALLS_PER_TX_MAX>::new(vec![call.clone(); CALLS_PER_TX_MAX + 1]).is_err());
    let len = bytes.len();
    assert_eq!(decode::<Tx>(&bytes, len - 1), Err(DecodeError::TooLong { len, max: len - 1 }));
    let long = decode::<SignedTx>(&vec![0; TX_BYTES_MAX + 1], TX_BYTES_MAX);
    assert_eq!(long, Err(DecodeError::TooLong { len: TX_BYTES_MAX + 1, max: TX_BYTES_MAX }));
}

#[test]
fn one_encoding_per_value() {
    assert_eq!(encode(&(1_u16, Some(true), vec![2_u8])), [1, 0, 1, 1, 1, 0, 0, 0, 2]);
    assert!(decode::<bool>(&[2], 1).is_err());
    assert!(decode::<Option<u8>>(&[2, 0], 2).is_err());
    assert!(decode::<SignerId>(&[&[2][..], &[0; 16]].concat(), 17).is_err());
    assert!(decode::<PublicKey>(&[&[1][..], &[0; 65]].concat(), 66).is_ok());
    assert!(decode::<PublicKey>(&[&[2][..], &[0; 65]].concat(), 66).is_err());
    assert!(decode::<Signature>(&[&[1][..], &[0; 137]].concat(), 138).is_ok());
    assert!(decode::<Signature>(&[&[2][..], &[0; 137]].concat(), 138).is_err());
    // Vote keys are of Ed25519, as they were when receipts were first made.
    let passkey = PublicKey::Es256(Passkey { point: [2; 33], rp: Hash([3; 32]) });
    let committee = |key| encode(&Committee { keys: List::new(vec![PublicKey::Ed25519([1; 32]), key]).unwrap() });
    assert!(decode::<Committee>(&committee(PublicKey::Ed25519([2; 32])), 1_000).is_ok());
    assert!(decode::<Committee>(&committee(passkey), 1_000).is_err());
    let header = |proposer| encode(&Header { proposer, ..super::vectors::header(None) });
    assert!(decode::<Header>(&header(PublicKey::Ed25519([2; 32])), 1_000).is_ok());
    assert!(decode::<Header>(&header(passkey), 1_000).is_err());
    // Keys of a map ascend, each once.
    let map = |keys: &[u8]| [&u32::try_from(keys.len()).unwrap().to_le_bytes()[..], keys].concat();
    assert!(decode::<BTreeMap<u8, ()>>(&map(&[1, 2]), 9).is_ok());
    assert!(decode::<BTreeMap<u8, ()>>(&map(&[2, 1]), 9).is_err());
    assert!(decode::<BTreeMap<u8, ()>>(&map(&[1, 1]), 9).is_err());
}

#[test]
fn json_is_strict() {
    let nonce = serde_json::json!({"lane": 1, "seq": 2});
    assert!(serde_json::from_value::<Nonce>(nonce).is_ok());
    assert!(serde_json::from_value::<Nonce>(serde_json::json!({"lane": 1, "seq": 2, "x": 3})).is_err());
    assert!(serde_json::from_value::<Nonce>(serde_json::json!({"lane": 65536, "seq": 2})).is_err());
    let signature = |scheme, digits: usize| {
        let key = PublicKey::Ed25519([1; 32]);
        serde_json::from_value::<Signature>(
            serde_json::json!({"scheme": scheme, "key": key, "bytes": "0".repeat(digits)}),
        )
    };
    assert!(signature("ed25519", 128).is_ok());
    assert!(signature("es256", 128).is_err());
    assert!(signature("webauthn", 128).is_err());
    assert!(signature("ed25519", 126).is_err());
    assert!(serde_json::from_value::<Hash>("00".into()).is_err());
}

#[test]
fn time_saturates() {
    assert_eq!(UnixMs(5).after(DurationMs(u64::MAX)), UnixMs(u64::MAX));
    assert_eq!(UnixMs(5).since(UnixMs(9)), DurationMs(0));
    assert_eq!(DurationMs::from_secs(2), DurationMs(2_000));
}

#[test]
fn domains_are_distinct_and_none_begins_another() {
    let domains = [
        domain::CHAIN,
        domain::TX,
        domain::TX_ID,
        domain::CALL_ID,
        domain::EVENT_SALT,
        domain::DUE_SALT,
        domain::COMMITTEE,
        domain::ORG,
        domain::CONSENSUS,
        domain::PEERS,
        domain::NOTARY,
        domain::ROW,
        domain::ADMISSION,
        domain::ORG_KEY,
        domain::REGISTRATION,
        domain::IDENTITY_KEY,
        domain::RECOVERY,
        domain::KEY_FILE,
        domain::WALLET_KEY,
        domain::VAULT_ACK,
        domain::RESEAL_ACK,
    ];
    for (at, one) in domains.iter().enumerate() {
        assert!(one.starts_with(b"epione/") && one.ends_with(b"/1") && one.len() < 256);
        assert!(domains.iter().enumerate().all(|(other, two)| at == other || !two.starts_with(one)));
    }
    assert_eq!(signing_bytes(b"ab", &1_u16), [2, b'a', b'b', 1, 0]);
}

#[derive(BorshSerialize, BorshDeserialize, Debug, PartialEq)]
struct Unit {}

#[test]
fn nothing_is_an_empty_encoding() {
    assert_eq!(encode(&Unit {}), [0; 0]);
    assert_eq!(decode::<Unit>(&[], 0), Ok(Unit {}));
    assert!(decode::<Unit>(&[0], 1).is_err());
}
