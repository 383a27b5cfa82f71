//! Tags and commitments, and that no secret is printed.

use super::{UNIT, answer, contents, dealt, grant, kem, org, session, signed, signed_manifest};
use crate::{
    Blind, Complaint, LinkToken, OsRandom, Random as _, Salt, SubjectKey, UnitKey, envelope,
    tags::{Label, Subject, commitment, label_tag, link_commitment},
};
use std::fmt::Debug;

fn label(text: &str) -> Label {
    Label::new(text).unwrap()
}

#[test]
fn a_tag_is_equal_for_equal_labels_of_one_key_alone() {
    let tag = |key: u8, category: &str, class: &str| {
        label_tag(&SubjectKey::from_bytes([key; 32]), &label(category), &label(class))
    };
    assert_eq!(tag(1, "psychiatry", "R"), tag(1, "psychiatry", "R"));
    for other in
        [tag(2, "psychiatry", "R"), tag(1, "psychiatry", "V"), tag(1, "psychiatr", "yR"), tag(1, "R", "psychiatry")]
    {
        assert_ne!(tag(1, "psychiatry", "R"), other);
    }
}

#[test]
fn a_commitment_is_bound_to_key_subject_and_text() {
    let salt = |byte| Salt::from_bytes([byte; 32]);
    let all = [
        commitment(&salt(1), Subject::Evidence, b"text"),
        commitment(&salt(1), Subject::Justification, b"text"),
        commitment(&salt(1), Subject::Query, b"text"),
        commitment(&salt(2), Subject::Evidence, b"text"),
        commitment(&salt(1), Subject::Evidence, b"texts"),
        link_commitment(&LinkToken::from_bytes([1; 32])),
        link_commitment(&LinkToken::from_bytes([2; 32])),
    ];
    for (at, one) in all.iter().enumerate() {
        assert!(!all[..at].contains(one), "{at}");
    }
}

#[test]
fn the_operating_system_gives_other_bytes_each_time() {
    let (mut one, mut two) = ([0; 32], [0; 32]);
    OsRandom.fill(&mut one).unwrap();
    OsRandom.fill(&mut two).unwrap();
    assert!(one != two && one != [0; 32]);
}

/// Not in hexadecimal, not as a list of numbers, not as text.
#[track_caller]
fn hides(value: &dyn Debug, secret: &[u8]) {
    for printed in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(printed.contains("[private]"), "{printed}");
        let list = secret.iter().map(u8::to_string).collect::<Vec<_>>();
        let texts =
            [hex::encode(secret), list.join(", "), list.join(",\n"), String::from_utf8_lossy(secret).into_owned()];
        for text in texts {
            assert!(!printed.contains(&text), "{printed}");
        }
    }
}

#[test]
fn no_secret_is_printed() {
    let bytes = *b"a secret of exactly 32 bytes ...";
    hides(&UnitKey::from_bytes(bytes), &bytes);
    hides(&SubjectKey::from_bytes(bytes), &bytes);
    hides(&Salt::from_bytes(bytes), &bytes);
    hides(&LinkToken::from_bytes(bytes), &bytes);
    hides(&Blind::from_bytes(bytes), &bytes);
    hides(&crate::KemSecret::from_seed(&bytes), &bytes);
    hides(&crate::shamir::Share::new(1, bytes).unwrap(), &bytes);
    let contents = contents();
    let item = contents.items().next().unwrap();
    hides(&contents, b"Encounter");
    hides(&item, item.salt);
    hides(&contents.prove(0).unwrap(), item.salt);
    let (dealt, session) = (dealt(2), session());
    hides(&dealt, dealt.key.expose());
    let opening = super::envelope(&dealt, 1).open(&kem(1)).unwrap();
    let envelope::Opening { share, blind } = &opening;
    hides(&opening, share.expose());
    hides(&opening, blind.expose());
    hides(&session, &*session.seed(&UNIT, &org(1)));
    let mut bad = answer(&dealt, &session, 1);
    bad.sealed = answer(&dealt, &session, 2).sealed;
    let manifest = signed_manifest(&dealt);
    let registered = manifest.manifest.commitment();
    let complaint = Complaint::new(&session, (&grant(&session), &registered), &manifest, &signed(bad)).unwrap();
    hides(&complaint, &complaint.seed);
}
