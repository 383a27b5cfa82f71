//! Ciphertext against another implementation of STREAM, and whatever may be done to it.

use super::{UNIT, random};
use crate::{
    Bucket, UnitKey,
    kdf::hkdf,
    stream::{CHUNK_BYTES, StreamError, decrypt, encrypt, sealed_len},
};
use aead_stream::{NewStream as _, StreamBE32, StreamPrimitive as _};
use aes_gcm::{Aes256Gcm, KeyInit as _, aead::Payload};
use epione_types::{UnitId, domain};
use proptest::prelude::*;

const SEALED_CHUNK: usize = CHUNK_BYTES + 16;

fn key() -> UnitKey {
    UnitKey::from_bytes([0x0c; 32])
}

/// Encrypts what is padded already.
fn reference(padded: &[u8]) -> Vec<u8> {
    let key = hkdf(key().expose(), &[domain::UNIT_STREAM, &UNIT.0, &1_u32.to_le_bytes()]);
    let stream = StreamBE32::from_aead(Aes256Gcm::new((&*key).into()), &[0; 7].into());
    let chunks: Vec<&[u8]> = padded.chunks(CHUNK_BYTES).collect();
    let seal = |(index, chunk): (u32, &&[u8])| {
        let is_last = index as usize + 1 == chunks.len();
        let aad = [&UNIT.0[..], &1_u32.to_le_bytes(), &index.to_le_bytes(), &[u8::from(is_last)]].concat();
        stream.encrypt(index, is_last, Payload { msg: chunk, aad: &aad }).unwrap()
    };
    (0..).zip(&chunks).flat_map(seal).collect()
}

fn padded(contents: &[u8], bucket: Bucket, length: u32) -> Vec<u8> {
    let mut padded = contents.to_vec();
    padded.resize(bucket.bytes(), 0);
    [padded, length.to_le_bytes().to_vec()].concat()
}

fn bucket(number: u8) -> Bucket {
    Bucket::new(number).unwrap()
}

fn opened(bucket: Bucket, ciphertext: &[u8]) -> Result<Vec<u8>, StreamError> {
    decrypt(&key(), (&UNIT, 1), bucket, ciphertext).map(|contents| contents.to_vec())
}

#[test]
fn the_ciphertext_is_that_of_another_implementation() {
    for len in [0, 1, 1023, 1024, 1025, 65_535, 65_536, 65_537, 131_072, 200_000] {
        let contents: Vec<u8> = (0..=250).cycle().take(len).collect();
        let bucket = Bucket::of(len).unwrap();
        let ciphertext = encrypt(&key(), &UNIT, 1, &contents).unwrap();
        assert!(ciphertext == reference(&padded(&contents, bucket, u32::try_from(len).unwrap())), "{len}");
        assert_eq!(ciphertext.len(), sealed_len(bucket));
        assert!(opened(bucket, &ciphertext).unwrap() == contents, "{len}");
    }
}

#[test]
fn sizes_are_powers_of_two() {
    let rows = [(0, 0), (1024, 0), (1025, 1), (2048, 1), (2049, 2), (65_536, 6), (64 << 20, 16)];
    for (len, number) in rows {
        assert_eq!(Bucket::of(len).map(Bucket::number), Some(number), "{len}");
    }
    assert_eq!([bucket(0).bytes(), bucket(6).bytes(), bucket(16).bytes()], [1024, 65_536, 64 << 20]);
    assert_eq!((Bucket::new(17), Bucket::of((64 << 20) + 1)), (None, None));
    assert!(epione_types::decode::<Bucket>(&[16], 1).is_ok() && epione_types::decode::<Bucket>(&[17], 1).is_err());
    let large = vec![0; (64 << 20) + 1];
    assert_eq!(encrypt(&key(), &UNIT, 1, &large), Err(StreamError::TooLong(large.len())));
}

#[test]
fn another_key_unit_edition_or_size_does_not_open() {
    let (size, ciphertext) = (bucket(0), encrypt(&key(), &UNIT, 1, b"contents").unwrap());
    let rows: [(UnitKey, UnitId, u32); 3] =
        [(UnitKey::random(&mut random(1)).unwrap(), UNIT, 1), (key(), UnitId([0x1a; 32]), 1), (key(), UNIT, 2)];
    for (key, unit, edition) in rows {
        assert_eq!(decrypt(&key, (&unit, edition), size, &ciphertext).unwrap_err(), StreamError::Chunk(0));
    }
    let wrong = StreamError::Length { expected: sealed_len(bucket(1)), found: sealed_len(size) };
    assert_eq!(opened(bucket(1), &ciphertext), Err(wrong));
}

#[test]
fn chunks_cannot_be_moved_cut_off_or_added() {
    let (size, ciphertext) = (bucket(8), encrypt(&key(), &UNIT, 1, &[5; 200_000]).unwrap());
    let chunks: Vec<&[u8]> = ciphertext.chunks(SEALED_CHUNK).collect();
    assert_eq!(chunks.len(), 5);
    let of = |order: &[usize]| order.iter().flat_map(|at| chunks[*at].to_vec()).collect::<Vec<u8>>();
    assert!(opened(size, &of(&[0, 1, 2, 3, 4])).is_ok());
    assert_eq!(opened(size, &of(&[0, 2, 1, 3, 4])), Err(StreamError::Chunk(1)));
    assert_eq!(opened(size, &of(&[0, 1, 1, 3, 4])), Err(StreamError::Chunk(2)));
    for order in [&[0, 1, 2, 3][..], &[0, 1, 2, 3, 4, 4], &[]] {
        assert!(matches!(opened(size, &of(order)), Err(StreamError::Length { .. })), "{order:?}");
    }
    // As long as a smaller size has it, and the last chunk with it: the chunk before was not the last.
    let shorter = [&of(&[0, 1])[..], chunks[4]].concat();
    assert_eq!(opened(bucket(7), &shorter), Err(StreamError::Chunk(2)));
}

#[test]
fn a_wrongly_padded_text_is_refused() {
    let dirty = [&[1; 600][..], &[0; 424], &600_u32.to_le_bytes()].concat();
    assert_eq!(opened(bucket(0), &reference(&dirty)), Ok(vec![1; 600]));
    let mut dirty = dirty;
    dirty[1023] = 1;
    let rows = [
        ("something behind the contents", 0, dirty),
        ("longer than the bucket", 0, padded(&[1], bucket(0), 1025)),
        ("no such length", 0, padded(&[1], bucket(0), u32::MAX)),
        ("in too large a bucket", 1, padded(&[1], bucket(1), 1024)),
    ];
    for (what, number, padded) in rows {
        assert_eq!(opened(bucket(number), &reference(&padded)), Err(StreamError::Padding), "{what}");
    }
}

proptest! {
    #[test]
    fn every_change_is_found(len in 0..140_000_usize, at: prop::sample::Index, bit in 0..8_u8) {
        let contents = vec![0x33; len];
        let mut ciphertext = encrypt(&key(), &UNIT, 1, &contents).unwrap();
        let at = at.index(ciphertext.len());
        ciphertext[at] ^= 1 << bit;
        let refused = opened(Bucket::of(len).unwrap(), &ciphertext);
        prop_assert_eq!(refused, Err(StreamError::Chunk(u32::try_from(at / SEALED_CHUNK).unwrap())));
    }
}
