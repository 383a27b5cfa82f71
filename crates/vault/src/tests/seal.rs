//! HPKE with X-Wing: the published vectors of the KEM, the key schedule made again, and whatever may be done to a sealed message.

use super::{kem, random};
use crate::seal::xwing;
use crate::{
    KemPublic, KemSecret, NoRandom, Random, Sealed,
    kdf::{hkdf, hmac},
    seal::{ENC_BYTES, MESSAGE_BYTES_MAX, SEAL_OVERHEAD, SEALED_BYTES_MAX, SealError, open, seal},
};
use aes_gcm::{AeadInOut as _, Aes256Gcm, KeyInit as _, Nonce};
use epione_types::{Bytes, decode, encode};
use hpke::{Deserializable as _, Kem, OpModeR, Serializable as _, aead::AesGcm256, kdf::HkdfSha256, single_shot_open};
use serde_json::Value;

const PURPOSE: (&[u8], &[u8]) = (b"info", b"aad");

/// Gives these bytes, once.
struct Given(Vec<u8>);

impl Random for Given {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), NoRandom> {
        let rest = self.0.split_off(bytes.len());
        bytes.copy_from_slice(&self.0);
        self.0 = rest;
        Ok(())
    }
}

fn hex(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

fn published() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/vault/0.1.0/x-wing.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

fn extract(salt: &[u8; 32], label: &str, secret: &[u8]) -> [u8; 32] {
    hmac(salt, &[b"HPKE-v1", SUITE, label.as_bytes(), secret])
}

fn expand(secret: &[u8; 32], label: &str, info: &[u8], len: u16) -> Vec<u8> {
    let block = hmac(secret, &[&len.to_be_bytes(), b"HPKE-v1", SUITE, label.as_bytes(), info, &[1]]);
    block[..usize::from(len)].to_vec()
}

/// X-Wing, HKDF-SHA-256, AES-256-GCM.
const SUITE: &[u8] = b"HPKE\x64\x7a\x00\x01\x00\x02";

/// RFC 9180 §5.1 and §5.2, base mode, first message, from the secret of the KEM on.
fn sealed_by_definition(shared: &[u8; 32], (info, aad): (&[u8], &[u8]), message: &[u8]) -> Vec<u8> {
    let context = [&[0], &extract(&[0; 32], "psk_id_hash", b"")[..], &extract(&[0; 32], "info_hash", info)].concat();
    let secret = extract(shared, "secret", b"");
    let key: [u8; 32] = expand(&secret, "key", &context, 32).try_into().unwrap();
    let nonce: [u8; 12] = expand(&secret, "base_nonce", &context, 12).try_into().unwrap();
    let mut bytes = message.to_vec();
    let cipher = Aes256Gcm::new(&key.into());
    let tag = cipher.encrypt_inout_detached(&Nonce::from(nonce), aad, bytes.as_mut_slice().into()).unwrap();
    [&bytes[..], &tag[..]].concat()
}

/// Keys, encapsulation and secret are those of the draft; what is sealed with the secret is what RFC 9180 says.
#[test]
fn sealing_follows_the_published_vectors() {
    let vectors = published();
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let secret = KemSecret::from_seed(&hex(&vector["seed"]).try_into().unwrap());
        assert_eq!(secret.public().to_bytes().to_vec(), hex(&vector["pk"]));
        let sealed = seal(&secret.public(), PURPOSE, b"message", &mut Given(hex(&vector["eseed"]))).unwrap();
        let (enc, ct) = sealed.0.split_at(ENC_BYTES);
        assert_eq!(enc, hex(&vector["ct"]));
        let shared: [u8; 32] = hex(&vector["ss"]).try_into().unwrap();
        assert_eq!(ct, sealed_by_definition(&shared, PURPOSE, b"message"));
        assert_eq!(*open(&secret, PURPOSE, &sealed).unwrap(), b"message");
    }
}

/// HPKE with the X-Wing of `hpke`, which keeps no key expanded.
#[test]
fn sealing_is_that_of_another_implementation() {
    type Plain = hpke::kem::XWing;
    let (ours, seed) = (kem(1), [1; 32]);
    let secret = <Plain as Kem>::PrivateKey::from_bytes(&seed).unwrap();
    let public = Plain::sk_to_pk(&secret);
    assert_eq!(public.to_bytes()[..], ours.public().to_bytes());
    let sealed = seal(&ours.public(), PURPOSE, b"message", &mut random(1)).unwrap();
    let enc = <Plain as Kem>::EncappedKey::from_bytes(&sealed.0[..ENC_BYTES]).unwrap();
    let (mode, ct) = (OpModeR::Base, &sealed.0[ENC_BYTES..]);
    let opened = single_shot_open::<AesGcm256, HkdfSha256, Plain>(&mode, &secret, &enc, PURPOSE.0, ct, PURPOSE.1);
    assert_eq!(opened.unwrap(), b"message");
    assert!(xwing::Expanded::derive_keypair(&[3; 32]).1 == Plain::derive_keypair(&[3; 32]).1);
}

/// RFC 4231 test case 1, RFC 5869 test case 3.
#[test]
fn derivation_follows_the_published_vectors() {
    let mut key = [0; 32];
    key[..20].fill(0x0b);
    let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
    assert_eq!(hex::encode(hmac(&key, &[b"Hi", b" There"])), expected);
    let expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d";
    assert_eq!(hex::encode(*hkdf(&[0x0b; 22], &[])), expected);
}

#[test]
fn every_changed_byte_is_found() {
    let sealed = seal(&kem(1).public(), PURPOSE, &[7; 64], &mut random(1)).unwrap();
    assert_eq!(sealed.0.len(), SEAL_OVERHEAD + 64);
    for at in 0..sealed.0.len() {
        let mut bytes = sealed.0.to_vec();
        // Also the highest bit of the X25519 part, which X25519 itself ignores.
        bytes[at] ^= 0x80;
        let changed = Sealed(Bytes::new(bytes).unwrap());
        assert_eq!(open(&kem(1), PURPOSE, &changed).unwrap_err(), SealError::DoesNotOpen, "{at}");
    }
    for len in [0, 1, ENC_BYTES, SEAL_OVERHEAD - 1, SEAL_OVERHEAD + 63] {
        let cut = Sealed(Bytes::new(sealed.0[..len].to_vec()).unwrap());
        assert_eq!(open(&kem(1), PURPOSE, &cut).unwrap_err(), SealError::DoesNotOpen, "{len}");
    }
}

#[test]
fn another_key_or_purpose_does_not_open() {
    let sealed = seal(&kem(1).public(), PURPOSE, b"message", &mut random(1)).unwrap();
    assert_eq!(*open(&kem(1), PURPOSE, &sealed).unwrap(), b"message");
    for (key, info, aad) in [(2, "info", "aad"), (1, "inf", "aad"), (1, "info", "aae"), (1, "infoa", "ad")] {
        let refused = open(&kem(key), (info.as_bytes(), aad.as_bytes()), &sealed).unwrap_err();
        assert_eq!(refused, SealError::DoesNotOpen, "{key} {info} {aad}");
    }
}

#[test]
fn messages_have_a_limit_and_need_random_bytes() {
    let to = kem(1).public();
    let longest = seal(&to, PURPOSE, &[1; MESSAGE_BYTES_MAX], &mut random(1)).unwrap();
    assert_eq!(longest.0.len(), SEALED_BYTES_MAX);
    let refused = seal(&to, PURPOSE, &[1; MESSAGE_BYTES_MAX + 1], &mut random(1)).unwrap_err();
    assert_eq!(refused, SealError::TooLong(MESSAGE_BYTES_MAX + 1));
    let refused = seal(&to, PURPOSE, &[1], &mut random(1).failing_after(0)).unwrap_err();
    assert_eq!(refused, SealError::NoRandom(NoRandom));
    assert!(seal(&to, PURPOSE, &[1], &mut random(1)) != seal(&to, PURPOSE, &[1], &mut random(2)));
}

#[test]
fn keys_are_checked() {
    let bytes = kem(1).public().to_bytes();
    assert_eq!(KemPublic::from_bytes(&bytes).unwrap(), kem(1).public());
    assert_eq!(KemPublic::from_bytes(&bytes[1..]).unwrap_err(), SealError::NotAKey);
    // The first coefficient of ML-KEM becomes 4095, above the modulus 3329: FIPS 203 §7.2.
    let mut unreduced = bytes;
    (unreduced[0], unreduced[1]) = (0xff, unreduced[1] | 0x0f);
    assert_eq!(KemPublic::from_bytes(&unreduced).unwrap_err(), SealError::NotAKey);
    assert_eq!(encode(&kem(1).public()), bytes);
    assert_eq!(decode::<KemPublic>(&bytes, bytes.len()).unwrap(), kem(1).public());
    assert!(decode::<KemPublic>(&unreduced, bytes.len()).is_err());
    assert_eq!(*kem(5).seed(), [5; 32]);
}
