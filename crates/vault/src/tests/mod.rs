//! Tests of the crate: each part alone against its source, then a unit on its whole way, with everybody who may lie.

mod blobs;
mod complaint;
mod contents;
mod keyed;
mod seal;
mod shamir;
mod stream;
mod unit;
mod vectors;

use crate::{
    Answer, Contents, Dealt, Envelope, Grant, KemSecret, ReaderSession, Recipient, Sealed, SignedAnswer,
    SignedManifest, Terms, deal, release, testing::SeededRandom,
};
use epione_types::{Hash, OrgId, SigningKey, UnitId};

pub(super) const UNIT: UnitId = UnitId([0x0a; 32]);
pub(super) const REQUEST: [u8; 16] = [0x0e; 16];
pub(super) const PERIOD: u32 = 7;

pub(super) fn random(byte: u8) -> SeededRandom {
    SeededRandom::new([byte; 32])
}

pub(super) fn org(number: u8) -> OrgId {
    OrgId([number; 16])
}

pub(super) fn kem(number: u8) -> KemSecret {
    KemSecret::from_seed(&[number; 32])
}

pub(super) fn contents() -> Contents {
    Contents::new(&[b"{\"resourceType\":\"Encounter\"}", b"", b"MSH|^~\\&|"], &mut random(1)).unwrap()
}

/// Four holders, `org(1)` to `org(4)`, with the keys `kem(1)` to `kem(4)`.
pub(super) fn committee() -> Vec<Recipient> {
    (1..=4).map(|number| Recipient { org: org(number), period: PERIOD, key: kem(number).public() }).collect()
}

pub(super) fn terms(committee: &[Recipient]) -> Terms<'_> {
    Terms { unit: UNIT, edition: 1, author: org(9), policy: Hash([0x0b; 32]), threshold: 3, committee }
}

/// The unit dealt to the committee with the random bytes of `byte`.
pub(super) fn dealt(byte: u8) -> Dealt {
    deal(&terms(&committee()), &contents(), &mut random(byte)).unwrap()
}

pub(super) fn envelope<'a>(dealt: &'a Dealt, number: u8) -> Envelope<'a> {
    let sealed: &Sealed = &dealt.envelopes[usize::from(number) - 1];
    Envelope { manifest: &dealt.manifest, holder: org(number), period: PERIOD, sealed }
}

pub(super) fn session() -> ReaderSession {
    let targets: Vec<_> = (1..=4).map(|number| (UNIT, org(number))).collect();
    ReaderSession::new(&targets, &mut random(3)).unwrap()
}

pub(super) fn grant(session: &ReaderSession) -> Grant {
    Grant { request: REQUEST, readers: session.root() }
}

/// What `org(number)` answers, if it is honest.
pub(super) fn answer(dealt: &Dealt, session: &ReaderSession, number: u8) -> Answer {
    let key = session.key(&UNIT, &org(number)).unwrap();
    release(&envelope(dealt, number), &kem(number), &grant(session), &key, &mut random(40 + number)).unwrap()
}

/// Signed with the key whose seed is the number of the holder.
pub(super) fn signed(answer: Answer) -> SignedAnswer {
    let [number, ..] = answer.holder.0;
    let signature = SigningKey::from_seed([number; 32]).sign(&answer.signing_bytes());
    SignedAnswer { answer, signature }
}

pub(super) fn signed_manifest(dealt: &Dealt) -> SignedManifest {
    let manifest = dealt.manifest.clone();
    let signature = SigningKey::from_seed([9; 32]).sign(&manifest.signing_bytes());
    SignedManifest { manifest, signature }
}
