//! Messages are canonical, bounded, and have a name each.

use crate::messages::{Evidence, Keep, LOCATED_BYTES, Located, Message, NAMES, Query, Reply};
use epione_types::{Bytes, ChallengeId, Hash, List, UnitId, encode};

#[test]
fn a_message_of_another_name_is_refused() {
    let message = Message::Envelope(UnitId([1; 32]));
    assert!(NAMES.contains(&message.name()));
    assert_eq!(Message::from_bytes("envelope", &message.to_bytes()).unwrap(), message);
    assert!(Message::from_bytes("fetch", &message.to_bytes()).is_err());
    let mut longer = message.to_bytes();
    longer.push(0);
    assert!(Message::from_bytes("envelope", &longer).is_err());
}

#[test]
fn every_reply_to_a_search_has_the_same_length() {
    let empty = Located::new([1; 32], List::default(), true);
    assert_eq!(encode(&empty).len(), LOCATED_BYTES);
    assert_ne!(empty.commitment(), Located::new([2; 32], List::default(), true).commitment());
}

#[test]
fn what_is_private_is_not_printed() {
    let evidence =
        Evidence { challenge: ChallengeId([1; 16]), salt: [0; 32], text: Bytes::new(b"secret".to_vec()).unwrap() };
    let query = Query::LinkToken([7; 32]);
    let shown = format!("{evidence:?} {query:?} {:?}", Message::Evidence(Box::new(evidence.clone())));
    assert!(!shown.contains("secret") && !shown.contains("0707") && !shown.contains("736563"), "{shown}");
    let _ = (std::mem::size_of::<Keep>(), Reply::Readers(Hash([1; 32])));
}
