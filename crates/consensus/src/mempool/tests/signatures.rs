//! One batch or one by one: the same answers.

use crate::mempool::verify;
use epione_types::{
    ChainId, List, Nonce, OrgId, Signature, SignedTx, SignerId, SigningKey, Tx, UnixMs, testing::SoftPasskey,
};
use rand::{SeedableRng as _, rngs::StdRng};

/// The group's order, little-endian: `S` from here on is not canonical (RFC 8032 §5.1.7).
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The `y` coordinates of the points of small order, in each encoding below 2²⁵⁵.
const SMALL_ORDER: [[u8; 32]; 7] = {
    let mut one = [0; 32];
    one[0] = 1;
    let mut minus_one = [0xff; 32];
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    let (mut zero_again, mut one_again) = (minus_one, minus_one);
    (zero_again[0], one_again[0]) = (0xed, 0xee);
    let eighth = [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ];
    let eighth_negated = [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ];
    [one, minus_one, [0; 32], eighth, eighth_negated, zero_again, one_again]
};

fn tx(seq: u64) -> Tx {
    Tx {
        version: Tx::VERSION,
        chain: ChainId([1; 32]),
        signer: SignerId::Organization(OrgId([2; 16])),
        nonce: Nonce { lane: 0, seq },
        salt: [3; 16],
        valid_until: UnixMs(1),
        calls: List::default(),
    }
}

fn good(seq: u64) -> SignedTx {
    tx(seq).sign(&SigningKey::from_seed([u8::try_from(seq % 5).unwrap(); 32]))
}

fn with(seq: u64, key: [u8; 32], r: [u8; 32], s: [u8; 32]) -> SignedTx {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&r);
    bytes[32..].copy_from_slice(&s);
    SignedTx { tx: tx(seq), signature: Signature::Ed25519 { key, bytes } }
}

fn together(txs: &[SignedTx]) -> Vec<bool> {
    verify(&mut StdRng::seed_from_u64(7), txs.iter())
}

fn alone(txs: &[SignedTx]) -> Vec<bool> {
    txs.iter().map(|signed| signed.signature.verify(&signed.tx.signing_bytes()).is_ok()).collect()
}

/// Every encoding of a point of small order.
fn small_order() -> impl Iterator<Item = [u8; 32]> {
    SMALL_ORDER.into_iter().flat_map(|y| {
        let mut negated = y;
        negated[31] |= 0x80;
        [y, negated]
    })
}

#[test]
fn good_signatures_are_good() {
    assert!(together(&[]).is_empty());
    assert_eq!(together(&[good(1)]), [true]);
    let txs: Vec<SignedTx> = (1..=100).map(good).collect();
    assert_eq!(together(&txs), vec![true; 100]);
}

#[test]
fn one_bad_among_many_is_found() {
    let mut txs: Vec<SignedTx> = (1..=64).map(good).collect();
    for bad in [0, 17, 63] {
        let right = txs[bad].clone();
        txs[bad].tx.salt = [9; 16];
        let mut expected = vec![true; 64];
        expected[bad] = false;
        assert_eq!(together(&txs), expected);
        txs[bad] = right;
    }
    assert_eq!(together(&txs), vec![true; 64]);
}

#[test]
fn a_key_that_is_no_point_is_bad() {
    // y = 2 is not the coordinate of a point.
    let mut key = [0; 32];
    key[0] = 2;
    let txs = [good(1), with(2, key, [0; 32], [0; 32]), good(3)];
    assert_eq!(together(&txs), [true, false, true]);
    assert_eq!(alone(&txs), [true, false, true]);
}

/// ZIP-215: with `S = 0` every pair of points of small order verifies, in every encoding, for every message.
#[test]
fn points_of_small_order_verify_alone_and_together() {
    let mut txs = Vec::new();
    for key in small_order() {
        for r in small_order() {
            txs.push(with(u64::try_from(txs.len()).unwrap(), key, r, [0; 32]));
        }
    }
    assert_eq!(txs.len(), 196);
    assert_eq!(alone(&txs), vec![true; 196]);
    assert_eq!(together(&txs), vec![true; 196]);
    txs.push(good(1));
    assert_eq!(together(&txs), vec![true; 197]);
}

#[test]
fn a_scalar_that_is_not_reduced_is_bad() {
    let order = with(1, SMALL_ORDER[0], SMALL_ORDER[0], ORDER);
    let SignedTx { signature: Signature::Ed25519 { key, bytes }, .. } = good(2) else { panic!("another kind") };
    let (r, s): ([u8; 32], [u8; 32]) = (bytes[..32].try_into().unwrap(), bytes[32..].try_into().unwrap());
    // S + L: the same scalar, so that the equation holds.
    let mut carry = 0;
    let mut malleable = [0; 32];
    for (to, (a, b)) in malleable.iter_mut().zip(s.into_iter().zip(ORDER)) {
        let sum = u16::from(a) + u16::from(b) + carry;
        (*to, carry) = (u8::try_from(sum & 0xff).unwrap(), sum >> 8);
    }
    let txs = [good(3), order, with(2, key, r, malleable), with(2, key, r, s)];
    assert_eq!(alone(&txs), [true, false, false, true]);
    assert_eq!(together(&txs), [true, false, false, true]);
}

/// Passkeys among other keys: each counts for itself, whether the batch of the others is right or wrong.
#[test]
fn passkeys_are_checked_beside_the_batch() {
    let passkey = SoftPasskey::new(&[9; 32], "wallet.example.org").unwrap();
    let by_passkey = |seq| {
        let tx = tx(seq);
        SignedTx { signature: passkey.sign(&tx.signing_bytes()), tx }
    };
    let mut txs = vec![good(1), by_passkey(2), good(3), by_passkey(4), good(5)];
    assert_eq!(together(&txs), [true; 5]);
    assert_eq!(together(&txs[1..2]), [true]);
    txs[3].tx.salt = [9; 16];
    assert_eq!(together(&txs), [true, true, true, false, true]);
    txs[2].tx.salt = [9; 16];
    assert_eq!(together(&txs), [true, true, false, false, true]);
    assert_eq!(alone(&txs), [true, true, false, false, true]);
}

/// Damaged signatures of every kind, in batches: the answers never differ.
#[test]
fn batches_answer_as_single_checks_do() {
    let mut rng = StdRng::seed_from_u64(11);
    let specials: Vec<[u8; 32]> = small_order().chain([ORDER, [0xff; 32]]).collect();
    for round in 0..40_u64 {
        let mut txs = Vec::new();
        for seq in 0..8 {
            let mut signed = good(round * 8 + seq);
            let Signature::Ed25519 { key, bytes } = &mut signed.signature else { panic!("another kind") };
            let choice = usize::try_from(rand::Rng::next_u64(&mut rng) % 12).unwrap();
            let special = specials[(choice * 5 + usize::try_from(round).unwrap()) % specials.len()];
            match choice {
                0 => bytes[..32].copy_from_slice(&special),
                1 => bytes[32..].copy_from_slice(&special),
                2 => *key = special,
                3 => bytes[usize::try_from(seq).unwrap() * 8] ^= 1,
                _ => {}
            }
            txs.push(signed);
        }
        assert_eq!(together(&txs), alone(&txs), "round {round}");
    }
}
