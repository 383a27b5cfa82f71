//! A unit on its way from its author to a reader, and everybody who may lie.

use super::{
    PERIOD, REQUEST, UNIT, answer, committee, contents, dealt, envelope, grant, kem, org, random, session, signed,
    signed_manifest, terms,
};
use crate::{
    Answer, AnswerError, AnswerFault, Bucket, DealError, Envelope, EnvelopeError, Grant, Holder, Manifest,
    ManifestError, NoRandom, OpenError, ReaderError, ReaderKey, ReaderSession, ReleaseError, SignedAnswer,
    SignedManifest, Terms, check_answer, deal, open_unit, release,
    seal::SealError,
    shamir::ShamirError,
    stream::{StreamError, encrypt},
};
use epione_types::{DecodeError, Hash, KeyError, List, OrgId, SigningKey, UnitId, decode, encode};

fn answers(dealt: &crate::Dealt, session: &ReaderSession, numbers: &[u8]) -> Vec<Answer> {
    numbers.iter().map(|number| answer(dealt, session, *number)).collect()
}

/// The bytes of the contents, if the unit opens with these answers.
fn opened(manifest: &Manifest, answers: &[Answer], ciphertext: &[u8]) -> Result<Vec<u8>, OpenError> {
    let session = session();
    let opened = open_unit(&session, &grant(&session), manifest, answers, ciphertext)?;
    assert_eq!(opened.faulty, []);
    Ok(opened.contents.as_bytes().to_vec())
}

#[test]
fn any_three_of_four_holders_are_enough() {
    let (dealt, session) = (dealt(2), session());
    dealt.manifest.check().unwrap();
    assert!((1..=4).all(|number| envelope(&dealt, number).is_as_dealt()));
    for numbers in [&[1, 2, 3][..], &[4, 2, 1], &[3, 4, 2], &[1, 3, 4], &[1, 2, 3, 4], &[2, 2, 3, 3, 4]] {
        let answers = answers(&dealt, &session, numbers);
        assert_eq!(opened(&dealt.manifest, &answers, &dealt.ciphertext).unwrap(), contents().as_bytes(), "{numbers:?}");
    }
    for numbers in [&[][..], &[1], &[1, 4], &[2, 2, 2, 3]] {
        let refused = opened(&dealt.manifest, &answers(&dealt, &session, numbers), &dealt.ciphertext).unwrap_err();
        let good = numbers.len().min(2);
        assert_eq!(refused, OpenError::TooFew { threshold: 3, good, faulty: vec![] }, "{numbers:?}");
    }
}

#[test]
fn every_scheme_that_is_possible_works() {
    let session = |count: u8| {
        let targets: Vec<_> = (1..=count).map(|number| (UNIT, org(number))).collect();
        ReaderSession::new(&targets, &mut random(3)).unwrap()
    };
    for (threshold, count) in [(2, 2), (2, 3), (5, 5), (4, 7), (7, 7)] {
        let recipient = |number| crate::Recipient { org: org(number), period: PERIOD, key: kem(number).public() };
        let committee: Vec<_> = (1..=count).map(recipient).collect();
        let dealt = deal(&Terms { threshold, ..terms(&committee) }, &contents(), &mut random(2)).unwrap();
        let session = session(count);
        let answers: Vec<_> = (count - threshold + 1..=count).map(|number| answer(&dealt, &session, number)).collect();
        let opened = open_unit(&session, &grant(&session), &dealt.manifest, &answers, &dealt.ciphertext).unwrap();
        assert_eq!(opened.contents.as_bytes(), contents().as_bytes(), "{threshold} of {count}");
    }
}

#[test]
fn a_bad_answer_is_named_and_left_out() {
    let (dealt, session) = (dealt(2), session());
    let good = answers(&dealt, &session, &[1, 2, 3, 4]);
    let changed = |change: &dyn Fn(&mut Answer)| {
        let mut answer = good[0].clone();
        change(&mut answer);
        answer
    };
    let another_session = ReaderSession::new(&[(UNIT, org(1))], &mut random(8)).unwrap();
    let rows = [
        ("version", AnswerFault::Misaddressed, changed(&|answer| answer.version = 2)),
        ("request", AnswerFault::Misaddressed, changed(&|answer| answer.request = [0; 16])),
        ("unit", AnswerFault::Misaddressed, changed(&|answer| answer.unit = UnitId([0; 32]))),
        ("edition", AnswerFault::Misaddressed, changed(&|answer| answer.edition = 2)),
        ("stranger", AnswerFault::Misaddressed, changed(&|answer| answer.holder = org(5))),
        ("reader", AnswerFault::Misaddressed, changed(&|answer| answer.reader = Hash([0; 32]))),
        ("for another reader", AnswerFault::Misaddressed, super::answer(&dealt, &another_session, 1)),
        ("another's", AnswerFault::DoesNotOpen, changed(&|answer| answer.sealed = good[1].sealed.clone())),
        ("another share", AnswerFault::WrongShare, answer(&super::dealt(5), &session, 1)),
    ];
    for answer in &good {
        assert_eq!(check_answer(&session, &grant(&session), &dealt.manifest, answer), Ok(()));
    }
    for (what, fault, bad) in rows {
        let holder = bad.holder;
        assert_eq!(check_answer(&session, &grant(&session), &dealt.manifest, &bad), Err(fault), "{what}");
        let all = [vec![bad.clone()], good[1..].to_vec()].concat();
        let opened = open_unit(&session, &grant(&session), &dealt.manifest, &all, &dealt.ciphertext).unwrap();
        assert_eq!(opened.faulty, [(holder, fault)], "{what}");
        let few = [vec![bad], good[1..3].to_vec()].concat();
        let refused = open_unit(&session, &grant(&session), &dealt.manifest, &few, &dealt.ciphertext).unwrap_err();
        assert_eq!(refused, OpenError::TooFew { threshold: 3, good: 2, faulty: vec![(holder, fault)] }, "{what}");
    }
}

/// What only the author can have done wrong, since it signed the manifest.
#[test]
fn a_lying_author_is_found() {
    let (dealt, session) = (dealt(2), session());
    let good = answers(&dealt, &session, &[1, 2, 3]);
    let open = |manifest: &Manifest, ciphertext: &[u8]| opened(manifest, &good, ciphertext).unwrap_err();
    let with = |change: &dyn Fn(&mut Manifest)| {
        let mut manifest = dealt.manifest.clone();
        change(&mut manifest);
        manifest
    };
    let ciphertext_of = |bytes: &[u8]| {
        let ciphertext = encrypt(&dealt.key, &UNIT, 1, bytes).unwrap();
        (with(&|manifest| manifest.ciphertext = Hash::sha256(&[&ciphertext])), ciphertext)
    };
    assert_eq!(open(&dealt.manifest, &dealt.ciphertext[1..]), OpenError::Ciphertext);
    // Two keys under one manifest: the one that the shares make is not the one committed to.
    assert_eq!(open(&with(&|manifest| manifest.key_commitment = Hash([0; 32])), &dealt.ciphertext), OpenError::Key);
    let (manifest, ciphertext) = ciphertext_of(&[1; 3000]);
    assert!(matches!(open(&manifest, &ciphertext), OpenError::Stream(StreamError::Length { .. })));
    let other = encrypt(&super::dealt(5).key, &UNIT, 1, contents().as_bytes()).unwrap();
    let manifest = with(&|manifest| manifest.ciphertext = Hash::sha256(&[&other]));
    assert_eq!(open(&manifest, &other), OpenError::Stream(StreamError::Chunk(0)));
    let (manifest, ciphertext) = ciphertext_of(b"no contents");
    assert!(matches!(open(&manifest, &ciphertext), OpenError::Contents(_)));
    assert_eq!(open(&with(&|manifest| manifest.items_root = Hash([0; 32])), &dealt.ciphertext), OpenError::Items);
}

/// The author commits to a share that does not lie on the polynomial. Whoever has three others reads nevertheless.
#[test]
fn shares_that_do_not_fit_each_other_are_passed_over() {
    let (dealt, other, session) = (dealt(2), super::dealt(5), session());
    let mut manifest = dealt.manifest.clone();
    let mut holders: Vec<Holder> = manifest.holders.to_vec();
    holders[1] = other.manifest.holders[1];
    manifest.holders = List::new(holders).unwrap();
    let all = [answer(&dealt, &session, 1), answer(&other, &session, 2), answer(&dealt, &session, 3)];
    assert_eq!(opened(&manifest, &all, &dealt.ciphertext).unwrap_err(), OpenError::Key);
    let all = [&all[..], &[answer(&dealt, &session, 4)]].concat();
    assert_eq!(opened(&manifest, &all, &dealt.ciphertext).unwrap(), contents().as_bytes());
}

#[test]
fn a_holder_answers_the_reader_of_the_request_alone() {
    let (dealt, session) = (dealt(2), session());
    let (this, key) = (grant(&session), session.key(&UNIT, &org(1)).unwrap());
    let release_to = |grant: &Grant, key: &ReaderKey| {
        release(&envelope(&dealt, 1), &kem(1), grant, key, &mut random(4)).map(|_answer| ()).unwrap_err()
    };
    let refused = ReleaseError::NotThisReader(org(1));
    let targets = [(UNIT, org(1)), (UnitId([0x1a; 32]), org(1))];
    let another = ReaderSession::new(&targets, &mut random(8)).unwrap();
    assert_eq!(release_to(&Grant { readers: another.root(), ..this }, &key), refused);
    // Of this reader, but for another holder, unit, or position.
    assert_eq!(release_to(&this, &session.key(&UNIT, &org(2)).unwrap()), refused);
    assert_eq!(release_to(&grant(&another), &another.key(&targets[1].0, &org(1)).unwrap()), refused);
    let mut moved = key.clone();
    moved.index ^= 1;
    assert_eq!(release_to(&this, &moved), refused);
    moved.size = 0;
    assert_eq!(release_to(&this, &moved), refused);
    assert_eq!(decode(&encode(&key), 2000), Ok(key.clone()));
    let failing = release(&envelope(&dealt, 1), &kem(1), &this, &key, &mut random(4).failing_after(0));
    assert_eq!(failing.unwrap_err(), ReleaseError::Seal(SealError::NoRandom(NoRandom)));
}

#[test]
fn an_envelope_opens_in_its_place_alone() {
    let dealt = dealt(2);
    let (holder, right) = (org(1), envelope(&dealt, 1));
    let refused = |envelope: Envelope<'_>, key: u8| envelope.open(&kem(key)).map(|_opening| ()).unwrap_err();
    let shut = |period| EnvelopeError::DoesNotOpen { holder, period };
    assert!(right.open(&kem(1)).is_ok());
    assert_eq!(refused(right, 2), shut(PERIOD));
    let later = Envelope { period: PERIOD + 1, ..right };
    assert_eq!(refused(later, 1), shut(PERIOD + 1));
    assert!(!later.is_as_dealt());
    assert_eq!(refused(Envelope { sealed: &dealt.envelopes[1], ..right }, 1), shut(PERIOD));
    assert!(!Envelope { sealed: &dealt.envelopes[1], ..right }.is_as_dealt());
    assert_eq!(refused(Envelope { holder: org(5), ..right }, 1), EnvelopeError::NoHolder(org(5)));
    assert!(!Envelope { holder: org(5), ..right }.is_as_dealt());
    type Change<'a> = (&'a str, &'a dyn Fn(&mut Manifest));
    let changes: [Change<'_>; 6] = [
        ("unit", &|manifest| manifest.unit = UnitId([0; 32])),
        ("edition", &|manifest| manifest.edition = 2),
        ("policy", &|manifest| manifest.policy = Hash([0; 32])),
        ("threshold", &|manifest| manifest.threshold = 2),
        ("fewer", &|manifest| manifest.holders = List::new(manifest.holders[..3].to_vec()).unwrap()),
        ("others", &|manifest| {
            let mut holders = manifest.holders.to_vec();
            holders[3].org = org(5);
            manifest.holders = List::new(holders).unwrap();
        }),
    ];
    for (what, change) in changes {
        let mut manifest = dealt.manifest.clone();
        change(&mut manifest);
        assert_eq!(refused(Envelope { manifest: &manifest, ..right }, 1), shut(PERIOD), "{what}");
    }
    let other = super::dealt(5);
    let wrong = Envelope { sealed: &other.envelopes[0], ..right };
    assert_eq!(refused(wrong, 1), EnvelopeError::WrongShare(holder));
    let (session, this) = (session(), grant(&session()));
    let key = session.key(&UNIT, &holder).unwrap();
    let refused = release(&wrong, &kem(1), &this, &key, &mut random(4)).unwrap_err();
    assert_eq!(refused, ReleaseError::Envelope(EnvelopeError::WrongShare(holder)));
}

#[test]
fn an_envelope_is_sealed_again_to_the_key_of_the_next_period() {
    let (dealt, session, new) = (dealt(2), session(), kem(0x21));
    let sealed = envelope(&dealt, 1).reseal(&kem(1), PERIOD + 1, &new.public(), &mut random(6)).unwrap();
    let resealed = Envelope { period: PERIOD + 1, sealed: &sealed, ..envelope(&dealt, 1) };
    assert!(!resealed.is_as_dealt());
    // Whoever has the old key alone opens it no more, and the new key opens nothing old.
    assert!(resealed.open(&kem(1)).is_err() && envelope(&dealt, 1).open(&new).is_err());
    let key = session.key(&UNIT, &org(1)).unwrap();
    let first = release(&resealed, &new, &grant(&session), &key, &mut random(7)).unwrap();
    let all = [first, answer(&dealt, &session, 2), answer(&dealt, &session, 4)];
    assert_eq!(opened(&dealt.manifest, &all, &dealt.ciphertext).unwrap(), contents().as_bytes());
    let again = resealed.reseal(&new, PERIOD + 2, &kem(0x22).public(), &mut random(6)).unwrap();
    assert!(Envelope { period: PERIOD + 2, sealed: &again, ..resealed }.open(&kem(0x22)).is_ok());
    let failing = envelope(&dealt, 1).reseal(&kem(1), 8, &new.public(), &mut random(6).failing_after(0));
    assert_eq!(failing.unwrap_err(), EnvelopeError::Seal(SealError::NoRandom(NoRandom)));
}

#[test]
fn a_further_deal_has_nothing_of_the_last_but_the_items() {
    let (first, committee) = (dealt(2), committee());
    let second = deal(&Terms { edition: 2, ..terms(&committee) }, &contents(), &mut random(5)).unwrap();
    assert_eq!(first.manifest.items_root, second.manifest.items_root);
    assert_ne!(first.key.expose(), second.key.expose());
    assert_ne!(first.ciphertext, second.ciphertext);
    let session = session();
    let mixed = [answer(&first, &session, 1), answer(&second, &session, 2), answer(&second, &session, 3)];
    let refused = opened(&second.manifest, &mixed, &second.ciphertext).unwrap_err();
    let faulty = vec![(org(1), AnswerFault::Misaddressed)];
    assert_eq!(refused, OpenError::TooFew { threshold: 3, good: 2, faulty });
    let all = [&mixed[1..], &[answer(&second, &session, 4)]].concat();
    assert_eq!(opened(&second.manifest, &all, &second.ciphertext).unwrap(), contents().as_bytes());
}

#[test]
fn a_unit_is_dealt_to_a_possible_committee_or_not_at_all() {
    let committee = committee();
    let refused = |terms: Terms<'_>| deal(&terms, &contents(), &mut random(2)).map(|_dealt| ()).unwrap_err();
    let scheme = |threshold, shares| DealError::Scheme(ShamirError::Scheme { threshold, shares });
    assert_eq!(refused(Terms { threshold: 1, ..terms(&committee) }), scheme(1, 4));
    assert_eq!(refused(Terms { threshold: 5, ..terms(&committee) }), scheme(5, 4));
    let twice = [&committee[..], &committee[2..3]].concat();
    assert_eq!(refused(terms(&twice)), DealError::Twice(org(3)));
    let recipient = |number| crate::Recipient { org: org(number), ..committee[0].clone() };
    let many: Vec<_> = (1..=8).map(recipient).collect();
    assert_eq!(refused(terms(&many)), scheme(3, 8));
    // Key, two coefficients, and for each holder its blind and the randomness of the KEM: each of them is needed.
    for calls in 0..11 {
        let failed = deal(&terms(&committee), &contents(), &mut random(2).failing_after(calls)).unwrap_err();
        assert!(failed.to_string() == NoRandom.to_string(), "{calls}: {failed:?}");
    }
    assert!(deal(&terms(&committee), &contents(), &mut random(2).failing_after(11)).is_ok());
}

#[test]
fn a_manifest_is_checked() {
    let signed = signed_manifest(&dealt(2));
    assert_eq!(SignedManifest::from_bytes(&encode(&signed)).as_ref(), Ok(&signed));
    let changed = |change: &dyn Fn(&mut Manifest)| {
        let mut manifest = signed.manifest.clone();
        change(&mut manifest);
        let signature = SigningKey::from_seed([9; 32]).sign(&manifest.signing_bytes());
        SignedManifest::from_bytes(&encode(&SignedManifest { manifest, signature })).unwrap_err()
    };
    let scheme = |threshold, shares| ManifestError::Scheme(ShamirError::Scheme { threshold, shares });
    assert_eq!(changed(&|manifest| manifest.version = 2), ManifestError::Version(2));
    assert_eq!(changed(&|manifest| manifest.threshold = 1), scheme(1, 4));
    assert_eq!(changed(&|manifest| manifest.holders = List::default()), scheme(3, 0));
    let twice = changed(&|manifest| manifest.holders.iter_mut().for_each(|holder| holder.org = org(2)));
    assert_eq!(twice, ManifestError::Twice(org(2)));
    let mut forged = signed.clone();
    forged.manifest.bucket = Bucket::new(1).unwrap();
    assert_eq!(forged.verify(), Err(ManifestError::Signature(KeyError::Signature)));
    assert_ne!(forged.manifest.commitment(), signed.manifest.commitment());
    let longer = [encode(&signed), vec![0]].concat();
    assert!(matches!(SignedManifest::from_bytes(&longer), Err(ManifestError::Decode(DecodeError::Malformed(_)))));
    let largest = Manifest {
        holders: List::new(
            (0..7).map(|number| Holder { org: OrgId([number; 16]), ..signed.manifest.holders[0] }).collect(),
        )
        .unwrap(),
        ..signed.manifest
    };
    assert_eq!(encode(&largest).len(), 775);
}

#[test]
fn an_answer_is_checked() {
    let signed = signed(answer(&dealt(2), &session(), 1));
    let bytes = encode(&signed);
    assert_eq!(SignedAnswer::from_bytes(&bytes).as_ref(), Ok(&signed));
    let mut forged = signed;
    forged.answer.edition = 2;
    let refused = SignedAnswer::from_bytes(&encode(&forged)).unwrap_err();
    assert_eq!(refused, AnswerError::Signature(KeyError::Signature));
    let refused = SignedAnswer::from_bytes(&bytes[1..]).unwrap_err();
    assert!(matches!(refused, AnswerError::Decode(_)));
    assert_eq!(forged.answer.request, REQUEST);
}

#[test]
fn a_session_has_keys_for_whom_it_asks_alone() {
    let new = |targets: &[(UnitId, OrgId)]| ReaderSession::new(targets, &mut random(3)).map(|_session| ()).unwrap_err();
    assert_eq!(new(&[]), ReaderError::Count(0));
    assert_eq!(new(&vec![(UNIT, org(1)); 1025]), ReaderError::Count(1025));
    assert_eq!(new(&[(UNIT, org(1)), (UNIT, org(2)), (UNIT, org(1))]), ReaderError::Twice(UNIT, org(1)));
    let without = ReaderSession::new(&[(UNIT, org(1))], &mut random(3).failing_after(0)).unwrap_err();
    assert_eq!(without, ReaderError::NoRandom(NoRandom));
    let session = session();
    assert_eq!(session.key(&UNIT, &org(5)), None);
    for number in 1..=4 {
        let key = session.key(&UNIT, &org(number)).unwrap();
        assert!(key.belongs_to(&session.root(), &UNIT, &org(number)), "{number}");
    }
    // The order in which it is asked for does not matter.
    let turned: Vec<_> = (1..=4).rev().map(|number| (UNIT, org(number))).collect();
    assert_eq!(ReaderSession::new(&turned, &mut random(3)).unwrap().root(), session.root());
}
