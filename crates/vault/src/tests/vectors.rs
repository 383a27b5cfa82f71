//! Golden vectors: `vectors/vault/0.1.0/*.json`, one for every formula, so that other programs can be held to the same bytes.
//!
//! With `EPIONE_VECTORS=write` in the environment the files are written; a changed file is a changed format. Random bytes are those of
//! [`SeededRandom`](crate::testing::SeededRandom) with 32 equal bytes as seed.

use super::{
    PERIOD, REQUEST, UNIT, answer, committee, contents, dealt, envelope, grant, kem, org, random, session, signed,
    signed_manifest, terms,
};
use crate::{
    Answer, Bucket, Complaint, LinkToken, Salt, SubjectKey, UnitKey, Verdict, deal, key_commitment, open_unit,
    reader_key_hash, seal,
    shamir::split,
    stream::encrypt,
    tags::{Label, Subject, commitment, label_tag, link_commitment},
};
use epione_types::{Hash, encode};
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::PathBuf};

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/vault/0.1.0"))
}

#[expect(clippy::disallowed_methods, reason = "a test may ask whether to write the files anew")]
fn is_writing() -> bool {
    std::env::var("EPIONE_VECTORS").is_ok_and(|value| value == "write")
}

/// Every file that is made here, with what must be in it.
fn files() -> Vec<(&'static str, Value)> {
    let file = |name, about: &str, vectors: Vec<Value>| (name, json!({ "about": about, "vectors": vectors }));
    vec![
        file("stream.json", "Contents under a unit key; of a long ciphertext its SHA-256.", streams()),
        file("shares.json", "A secret, the coefficients of x, x² …, and the shares 1, 2 …", shares()),
        file("seal.json", "HPKE with X-Wing, HKDF-SHA-256, AES-256-GCM; `random` is what the KEM draws.", sealed()),
        file("tags.json", "Keyed tags and commitments.", tags()),
        file("items.json", "Contents with three items, and the proof of each.", items()),
        file(
            "unit.json",
            "One unit: dealt, released, opened, sealed again. A KEM key `NN…` has a seed of equal bytes.",
            unit(),
        ),
        file("complaint.json", "A complaint about a bad answer, and one about a good answer.", complaints()),
    ]
}

#[test]
fn the_files_hold_these_vectors() {
    for (name, expected) in files() {
        let path = folder().join(name);
        if is_writing() {
            std::fs::write(&path, format!("{expected:#}\n")).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        let found: Value = serde_json::from_str(&found).unwrap_or_default();
        assert!(
            found == expected,
            "vectors/vault/{name} differs from what the code makes: is the format meant to change?"
        );
    }
}

#[test]
fn no_file_is_unread() {
    let made = files().into_iter().map(|(name, _)| name.to_owned());
    // Read by the tests of sealing.
    let known: BTreeSet<String> = made.chain(["x-wing.json".to_owned()]).collect();
    let names = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.collect::<BTreeSet<String>>(), known);
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(bytes)
}

fn streams() -> Vec<Value> {
    let key = UnitKey::from_bytes([0x0c; 32]);
    let vector = |len: usize| {
        let contents: Vec<u8> = (0..=250).cycle().take(len).collect();
        let ciphertext = encrypt(&key, &UNIT, 3, &contents).unwrap();
        let mut vector = json!({
            "name": format!("{len} bytes: 00 01 … fa 00 01 …"),
            "key": hex(key.expose()),
            "unit": UNIT,
            "edition": 3,
            "bucket": Bucket::of(len).unwrap().number(),
            "key_commitment": key_commitment(&UNIT, &key),
            "ciphertext_bytes": ciphertext.len(),
            "ciphertext_hash": Hash::sha256(&[&ciphertext]),
        });
        if len < 1025 {
            vector["ciphertext"] = hex(ciphertext).into();
        }
        vector
    };
    [0, 5, 1025, 65_536, 65_537, 200_000].map(vector).into()
}

fn shares() -> Vec<Value> {
    let vector = |(threshold, count): (u8, u8)| {
        let secret: [u8; 32] = std::array::from_fn(|at| u8::try_from(at * 8).unwrap());
        let mut coefficients = vec![[0; 32]; usize::from(threshold) - 1];
        let mut source = random(threshold);
        coefficients.iter_mut().for_each(|coefficient| crate::Random::fill(&mut source, coefficient).unwrap());
        let shares = split(&secret, threshold, count, &mut random(threshold)).unwrap();
        json!({
            "name": format!("{threshold} of {count}"),
            "secret": hex(secret),
            "threshold": threshold,
            "coefficients": coefficients.iter().map(hex).collect::<Vec<_>>(),
            "shares": shares.iter().map(|share| hex(share.expose())).collect::<Vec<_>>(),
        })
    };
    [(2, 2), (3, 4), (4, 7)].map(vector).into()
}

fn sealed() -> Vec<Value> {
    let mut drawn = [0; 64];
    crate::Random::fill(&mut random(6), &mut drawn).unwrap();
    let sealed = seal::seal(&kem(5).public(), (b"info", b"aad"), b"message", &mut random(6)).unwrap();
    assert_eq!(*seal::open(&kem(5), (b"info", b"aad"), &sealed).unwrap(), b"message");
    vec![json!({
        "name": "a message",
        "seed": hex(*kem(5).seed()),
        "public_key_hash": Hash::sha256(&[&kem(5).public().to_bytes()]),
        "random": hex(drawn),
        "info": hex("info"),
        "aad": hex("aad"),
        "message": hex("message"),
        "sealed": hex(&*sealed.0),
        "hash": sealed.hash(),
    })]
}

fn tags() -> Vec<Value> {
    let bytes = [0x0d; 32];
    let (category, class) = (Label::new("psychiatry").unwrap(), Label::new("R").unwrap());
    let text = "a text";
    let of = |subject| commitment(&Salt::from_bytes(bytes), subject, text.as_bytes());
    vec![json!({
        "name": "under one key",
        "key": hex(bytes),
        "category": category,
        "class": class,
        "label_tag": hex(label_tag(&SubjectKey::from_bytes(bytes), &category, &class)),
        "link_commitment": link_commitment(&LinkToken::from_bytes(bytes)),
        "text": text,
        "evidence": of(Subject::Evidence),
        "justification": of(Subject::Justification),
        "query": of(Subject::Query),
    })]
}

fn items() -> Vec<Value> {
    let contents = contents();
    let vector = |(index, item): (usize, crate::Item<'_>)| {
        let proof = contents.prove(index).unwrap();
        assert_eq!(proof.root(item.bytes), Ok(contents.root()));
        json!({
            "index": index,
            "salt": hex(item.salt),
            "bytes": hex(item.bytes),
            "commitment": item.commitment(),
            "proof": hex(encode(&proof)),
        })
    };
    vec![json!({
        "name": "three items",
        "contents": hex(contents.as_bytes()),
        "items": contents.items().enumerate().map(vector).collect::<Vec<_>>(),
        "root": contents.root(),
    })]
}

fn unit() -> Vec<Value> {
    let (dealt, session, new) = (dealt(2), session(), kem(0x21));
    let signed_manifest = signed_manifest(&dealt);
    let holder = |number: u8| {
        let opening = envelope(&dealt, number).open(&kem(number)).unwrap();
        let key = session.key(&UNIT, &org(number)).unwrap();
        json!({
            "org": org(number),
            "period": PERIOD,
            "kem_seed": hex(*kem(number).seed()),
            "share": hex(opening.share.expose()),
            "blind": hex(opening.blind.expose()),
            "commitment": opening.commitment(&UNIT),
            "envelope": hex(&*envelope(&dealt, number).sealed.0),
            "reader_seed": hex(*session.seed(&UNIT, &org(number))),
            "reader_key_hash": reader_key_hash(&UNIT, &org(number), &key.key),
            "reader_key_path": &key.path[..],
            "signed_answer": hex(encode(&signed(answer(&dealt, &session, number)))),
        })
    };
    let answers: Vec<Answer> = [4, 1, 2].map(|number| answer(&dealt, &session, number)).into();
    let opened = open_unit(&session, &grant(&session), &dealt.manifest, &answers, &dealt.ciphertext).unwrap();
    assert_eq!(opened.contents.as_bytes(), contents().as_bytes());
    let resealed = envelope(&dealt, 1).reseal(&kem(1), PERIOD + 1, &new.public(), &mut random(6)).unwrap();
    let committee = committee();
    let further = deal(&crate::Terms { edition: 2, ..terms(&committee) }, &contents(), &mut random(5)).unwrap();
    vec![
        json!({
            "name": "3 of 4",
            "unit": UNIT,
            "edition": 1,
            "author": org(9),
            "policy": dealt.manifest.policy,
            "contents": hex(contents().as_bytes()),
            "key": hex(dealt.key.expose()),
            "ciphertext": hex(&dealt.ciphertext),
            "manifest": hex(encode(&dealt.manifest)),
            "manifest_commitment": dealt.manifest.commitment(),
            "manifest_signing_bytes": hex(dealt.manifest.signing_bytes()),
            "signed_manifest": hex(encode(&signed_manifest)),
            "request": hex(REQUEST),
            "readers": session.root(),
            "holders": (1..=4).map(holder).collect::<Vec<_>>(),
        }),
        json!({
            "name": "the envelope of the first holder, sealed again",
            "period": PERIOD + 1,
            "kem_seed": hex(*new.seed()),
            "envelope": hex(&*resealed.0),
        }),
        json!({
            "name": "the next edition",
            "edition": 2,
            "key": hex(further.key.expose()),
            "manifest": hex(encode(&further.manifest)),
            "manifest_commitment": further.manifest.commitment(),
        }),
    ]
}

fn complaints() -> Vec<Value> {
    let (dealt, session) = (dealt(2), session());
    let (manifest, registered) = (signed_manifest(&dealt), dealt.manifest.commitment());
    let ledger = (&grant(&session), &registered);
    let bad = answer(&super::dealt(5), &session, 1);
    let complaint = Complaint::new(&session, ledger, &manifest, &signed(bad)).unwrap();
    let lie = Complaint { answer: signed(answer(&dealt, &session, 1)), ..complaint.clone() };
    let vector = |(name, complaint): (&str, Complaint)| {
        let verdict = match complaint.judge(ledger.0, ledger.1).unwrap() {
            Verdict::Upheld(fault) => format!("upheld: the answer {fault}"),
            Verdict::False => "false".to_owned(),
        };
        json!({
            "name": name,
            "request": hex(REQUEST),
            "readers": session.root(),
            "manifest_commitment": registered,
            "complaint": hex(encode(&complaint)),
            "verdict": verdict,
        })
    };
    [("another share", complaint), ("the right share", lie)].map(vector).into()
}
