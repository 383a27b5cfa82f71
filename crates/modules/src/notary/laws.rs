//! Named invariants of the notary, and a generator of plausible calls.

use crate::notary::{Call, Commit, Kind, Note, Reveal, Status, Supersede, Withdraw, commitment, state::NOTES};
use epione_kernel::{Dice, Law, MemoryState};
use epione_types::{Hash, NoteId, SignerId, encode};

pub(super) const LAWS: &[Law] = &[
    Law {
        id: "NOTARY-1",
        text: "an entry is superseded exactly if it names the entry that takes its place",
        holds: superseded_names_successor,
    },
    Law {
        id: "NOTARY-2",
        text: "an entry that supersedes another has the same owner and kind, and is not older",
        holds: successor_matches,
    },
    Law {
        id: "NOTARY-3",
        text: "the two ends of a succession name each other, so that an entry is superseded at most once",
        holds: succession_is_mutual,
    },
];

fn superseded_names_successor(state: &MemoryState) -> Result<(), String> {
    for (id, note) in NOTES.all(state) {
        if (note.status == Status::Superseded) != note.superseded_by.is_some() {
            return Err(format!("{id} is {:?} with successor {:?}", note.status, note.superseded_by));
        }
    }
    Ok(())
}

fn successor_matches(state: &MemoryState) -> Result<(), String> {
    for (id, note) in NOTES.all(state) {
        let Some(old) = note.supersedes else { continue };
        let Ok(Some(old)) = NOTES.get(state, &old) else {
            return Err(format!("{id} supersedes an entry that does not exist"));
        };
        if (old.owner, old.kind) != (note.owner, note.kind) || old.committed_at > note.committed_at {
            return Err(format!("{id} does not match what it supersedes"));
        }
    }
    Ok(())
}

fn succession_is_mutual(state: &MemoryState) -> Result<(), String> {
    for (id, note) in NOTES.all(state) {
        let Some(new) = note.superseded_by else { continue };
        match NOTES.get(state, &new) {
            Ok(Some(new)) if new.supersedes == Some(id) => {}
            _ => return Err(format!("{id} names {new}, which does not name it")),
        }
    }
    Ok(())
}

/// Commitments of the generator open with a key and a document derived from the owner and a small number.
fn opening(owner: &SignerId, number: u64) -> (Hash, Hash) {
    let part = |name: &[u8]| Hash::sha256(&[name, &encode(owner), &number.to_le_bytes()]);
    (part(b"key"), part(b"document"))
}

pub(super) fn plausible(state: &MemoryState, by: &SignerId, dice: &mut Dice) -> Option<Call> {
    let number = dice.below(16);
    let (key, document) = opening(by, number);
    let notes: Vec<(NoteId, Note)> = NOTES.all(state).collect();
    let choice = dice.below(10);
    let Some((id, _)) = dice.pick(&notes).filter(|_| choice > 4) else {
        return Some(Call::Commit(Commit { commitment: commitment(by, &key, &document), kind: Kind::Protocol }));
    };
    Some(match choice {
        5 | 6 => {
            let opens = |number: &u64| {
                let (key, document) = opening(by, *number);
                notes.iter().any(|(at, note)| at == id && note.commitment == commitment(by, &key, &document))
            };
            let (key, document) = (0..16).find(opens).map_or((key, document), |number| opening(by, number));
            Call::Reveal(Reveal { id: *id, key, document })
        }
        7 | 8 => Call::Supersede(Supersede { id: *id, commitment: commitment(by, &key, &document) }),
        _ => Call::Withdraw(Withdraw { id: *id }),
    })
}
