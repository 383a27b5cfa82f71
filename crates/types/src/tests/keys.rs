//! Ed25519 under the rules of ZIP-215.

use crate::{KeyError, PublicKey, Signature, SigningKey};

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    let mut bytes = [0; N];
    hex::decode_to_slice(hex, &mut bytes).unwrap();
    bytes
}

/// RFC 8032 §7.1: secret seed, public key, message, signature.
const RFC_8032: [[&str; 4]; 4] = [
    [
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe246\
         55141438e7a100b",
    ],
    [
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee\
         b00d291612bb0c00",
    ],
    [
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d\
         c027beceea1ec40a",
    ],
    [
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e\
         2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17a\
         d9bef1177331a704",
    ],
];

#[test]
fn the_vectors_of_rfc_8032() {
    for [seed, public, message, signature] in RFC_8032 {
        let (key, message) = (SigningKey::from_seed(bytes(seed)), hex::decode(message).unwrap());
        assert_eq!(key.public(), PublicKey::Ed25519(bytes(public)));
        let made = key.sign(&message);
        assert_eq!(made, Signature::Ed25519 { key: bytes(public), bytes: bytes(signature) });
        assert_eq!(made.verify(&message), Ok(()));
        assert_eq!(made.verify(b"another message"), Err(KeyError::Signature));
        assert_eq!(key.seed(), bytes::<32>(seed));
    }
}

/// Every encoding of a point of small order that ZIP-215 accepts: eight canonical ones and six that are not.
const SMALL_ORDER: [&str; 14] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

/// ZIP-215: with `A` and `R` of small order and `S = 0` every message verifies, whatever the encoding. Single and batch
/// verification agree on this, which is why these rules were chosen.
#[test]
fn zip_215_accepts_points_of_small_order() {
    for a in SMALL_ORDER {
        for r in SMALL_ORDER {
            let mut signature = [0; 64];
            signature[..32].copy_from_slice(&bytes::<32>(r));
            let signature = Signature::Ed25519 { key: bytes(a), bytes: signature };
            assert_eq!(signature.verify(b"Zcash"), Ok(()), "A = {a}, R = {r}");
        }
    }
}

/// Such keys are valid keys, for which anybody signs: whoever registers keys must refuse them.
#[test]
fn weak_keys_are_known() {
    for weak in SMALL_ORDER {
        let key = PublicKey::Ed25519(bytes(weak));
        assert_eq!((key.validate(), key.is_weak()), (Ok(()), true), "{weak}");
    }
    for [_, public, _, _] in RFC_8032 {
        assert!(!PublicKey::Ed25519(bytes(public)).is_weak());
    }
}

/// ZIP-215 still demands `S` below the order of the group: else a signature could be altered into another.
#[test]
fn a_scalar_above_the_order_is_refused() {
    let order: [u8; 32] = bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let key = SigningKey::from_seed([7; 32]);
    let Signature::Ed25519 { key: public, bytes: mut altered } = key.sign(b"message") else { panic!("another kind") };
    let mut carry = 0_u16;
    for (byte, add) in altered[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = u8::try_from(sum & 0xff).unwrap();
        carry = sum >> 8;
    }
    let altered = Signature::Ed25519 { key: public, bytes: altered };
    assert_eq!(altered.verify(b"message"), Err(KeyError::Signature));
    let mut zero_r = [0; 64];
    zero_r[32..].copy_from_slice(&order);
    let weak = Signature::Ed25519 { key: bytes(SMALL_ORDER[0]), bytes: zero_r };
    assert_eq!(weak.verify(b"message"), Err(KeyError::Signature));
}

#[test]
fn what_is_no_point_is_no_key() {
    let not_a_point = PublicKey::Ed25519([2; 32]);
    assert_eq!(not_a_point.validate(), Err(KeyError::NotAKey));
    let signature = Signature::Ed25519 { key: [2; 32], bytes: [0; 64] };
    assert_eq!(signature.verify(b""), Err(KeyError::NotAKey));
    assert_eq!(signature.key(), not_a_point);
}

#[test]
fn a_secret_is_not_printed() {
    let key = SigningKey::from_seed([7; 32]);
    assert_eq!(format!("{key:?}"), "SigningKey([private])");
}
