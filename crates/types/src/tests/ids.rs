//! Identifiers: prefix, checksum, one text per identifier.

use crate::{CallId, ChainId, Hash, IdError, IdentityId, NoteId, OrgId, Passkey, PublicKey, SignerId, TxId};
use proptest::prelude::*;

proptest! {
    #[test]
    fn text_and_back(short in any::<[u8; 16]>(), long in any::<[u8; 32]>()) {
        prop_assert_eq!(OrgId(short).to_string().parse(), Ok(OrgId(short)));
        prop_assert_eq!(TxId(long).to_string().parse(), Ok(TxId(long)));
        prop_assert_eq!(PublicKey::Ed25519(long).to_string().parse(), Ok(PublicKey::Ed25519(long)));
        let mut point = [2; 33];
        point[1..].copy_from_slice(&long);
        let passkey = PublicKey::Es256(Passkey { point, rp: Hash::sha256(&[&short]) });
        prop_assert_eq!(passkey.to_string().parse(), Ok(passkey));
        prop_assert!(passkey.to_string().starts_with("passkey1"));
        prop_assert_eq!(Hash(long).to_string().parse(), Ok(Hash(long)));
        for signer in [SignerId::Organization(OrgId(short)), SignerId::Identity(IdentityId(short))] {
            prop_assert_eq!(signer.to_string().parse(), Ok(signer));
        }
        prop_assert!(OrgId(short).to_string().starts_with("org1"));
    }

    #[test]
    fn an_altered_character_is_found(id in any::<[u8; 16]>(), at in 4_usize..30, to in "[02-9ac-hj-np-z]") {
        let right = NoteId(id).to_string();
        let mut wrong = right.clone();
        wrong.replace_range(at + 1..at + 2, &to);
        if wrong != right {
            prop_assert_eq!(wrong.parse::<NoteId>(), Err(IdError::Checksum(wrong.clone())));
        }
    }

    #[test]
    fn swapped_characters_are_found(id in any::<[u8; 16]>(), at in 5_usize..35) {
        let right = NoteId(id).to_string();
        let mut letters: Vec<char> = right.chars().collect();
        letters.swap(at, at + 1);
        let wrong: String = letters.into_iter().collect();
        prop_assert_eq!(wrong.parse::<NoteId>().is_ok(), wrong == right);
    }
}

#[test]
fn another_kind_is_refused() {
    let org = OrgId([7; 16]).to_string();
    let prefix = IdError::Prefix { expected: "note", found: "org".to_owned() };
    assert_eq!(org.parse::<NoteId>(), Err(prefix));
    assert!(matches!(org.parse::<PublicKey>(), Err(IdError::Prefix { expected: "edk", .. })));
    assert!(matches!(NoteId([7; 16]).to_string().parse::<SignerId>(), Err(IdError::Prefix { expected: "id", .. })));
    assert!(TxId([7; 32]).to_string().parse::<CallId>().is_err());
}

#[test]
fn another_length_is_refused() {
    let text = bech32::encode::<bech32::Bech32m>(bech32::Hrp::parse("org").unwrap(), &[7; 17]).unwrap();
    assert_eq!(text.parse::<OrgId>(), Err(IdError::Length { expected: 16, found: 17 }));
    let text = bech32::encode::<bech32::Bech32m>(bech32::Hrp::parse("passkey").unwrap(), &[7; 32]).unwrap();
    assert_eq!(text.parse::<PublicKey>(), Err(IdError::Length { expected: 65, found: 32 }));
}

#[test]
fn another_checksum_is_refused() {
    // Bech32 of BIP-173 has another constant than bech32m.
    let text = bech32::encode::<bech32::Bech32>(bech32::Hrp::parse("org").unwrap(), &[7; 16]).unwrap();
    assert_eq!(text.parse::<OrgId>(), Err(IdError::Checksum(text)));
}

#[test]
fn there_is_one_text_per_identifier() {
    let right = OrgId([7; 16]).to_string();
    for wrong in [
        right.to_uppercase(),
        right.replace("org1", "Org1"),
        format!(" {right}"),
        format!("{right} "),
        right.chars().take(right.len() - 1).collect(),
        format!("{right}q"),
        String::new(),
        "org1".to_owned(),
        "org".to_owned(),
        "1".to_owned(),
        "é".to_owned(),
    ] {
        assert!(wrong.parse::<OrgId>().is_err(), "{wrong}");
    }
    // Sixteen bytes leave two padding bits: only zeros are accepted.
    let mut five_bit: Vec<bech32::Fe32> = Vec::new();
    use bech32::primitives::iter::ByteIterExt as _;
    five_bit.extend([7_u8; 16].iter().copied().bytes_to_fes());
    let last = five_bit.pop().unwrap();
    five_bit.push(bech32::Fe32::try_from(last.to_u8() | 1).unwrap());
    use bech32::primitives::iter::Fe32IterExt as _;
    let hrp = bech32::Hrp::parse("org").unwrap();
    let padded: String = five_bit.into_iter().with_checksum::<bech32::Bech32m>(&hrp).chars().collect();
    assert_eq!(padded.parse::<OrgId>(), Err(IdError::Checksum(padded)));
}

#[test]
fn a_long_text_is_not_echoed() {
    let Err(IdError::Checksum(echo)) = "x".repeat(10_000).parse::<ChainId>() else { panic!("accepted") };
    assert_eq!(echo.len(), 100);
}

#[test]
fn json_is_the_text() {
    let org = OrgId([7; 16]);
    assert_eq!(serde_json::to_value(org).unwrap(), org.to_string());
    let error = serde_json::from_value::<OrgId>("org1x".into()).unwrap_err().to_string();
    assert!(error.contains("a character is wrong or missing"), "{error}");
}

#[test]
fn calls_of_one_transaction_have_different_identifiers() {
    let tx = TxId([1; 32]);
    assert_ne!(tx.call(0), tx.call(1));
    assert_ne!(tx.call(0), TxId([2; 32]).call(0));
    assert_eq!(tx.call(0).short(), tx.call(0).0[..16]);
}
