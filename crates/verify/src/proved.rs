//! What a receipt proves, by whom, and under which assumption.

use epione_types::{ChainId, Committee, Entry, Hash, Origin, PublicKey, UnixMs};

/// What a receipt proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// The chain.
    pub chain: ChainId,
    /// Place of the event among all events of the chain, from zero.
    pub position: u64,
    /// Number of events of the chain with that block.
    pub event_size: u64,
    /// The event.
    pub entry: Entry,
    /// If the event is the result of a transaction: per call 0 for success, else the reject's code.
    pub codes: Option<Vec<u32>>,
    /// Hash of the certified header; its block is that of the event or a later one.
    pub block: Hash,
    /// Height of that block.
    pub height: u64,
    /// Time of that block.
    pub time: UnixMs,
    /// Who certified it.
    pub signed: Signed,
    /// The changes of the validators since the genesis, in order.
    pub changes: Vec<Change>,
}

/// Who certified a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The vote keys of those whose signatures were checked.
    pub voters: Vec<PublicKey>,
    /// Number of validators then.
    pub validators: usize,
}

/// A change of the validators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Height of the last block of those before.
    pub height: u64,
    /// Time of that block.
    pub time: UnixMs,
    /// Who of those before certified it.
    pub signed: Signed,
    /// The validators since.
    pub committee: Committee,
}

impl Proved {
    /// All of it in sentences.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let mut words = vec![self.what(), self.place()];
        words.extend(self.changes.iter().map(Change::words));
        words.push(format!("Block {} was certified by {}", self.height, self.signed.words()));
        words.push(self.assumption());
        words
    }

    /// What happened.
    #[must_use]
    pub fn what(&self) -> String {
        let (module, number) = (self.entry.module, self.entry.number);
        match (self.entry.origin, &self.codes) {
            (Origin::Tx { id }, Some(codes)) => {
                let calls = (1_usize..).zip(codes).map(|(call, code)| match code {
                    0 => format!("call {call} succeeded"),
                    code => format!("call {call} was refused with code {code}"),
                });
                format!("Transaction {id} is final: {}.", calls.collect::<Vec<_>>().join(", "))
            }
            (Origin::Tx { id }, None) => format!("Transaction {id} is final."),
            (Origin::Call { id, index }, _) => {
                let call = u32::from(index).saturating_add(1);
                format!("Call {call} of transaction {id} caused event {number} of module {module}.")
            }
            (Origin::Genesis, _) => format!("The genesis caused event {number} of module {module}."),
            (Origin::Due { height }, _) => {
                format!("Work that fell due in block {height} caused event {number} of module {module}.")
            }
        }
    }

    fn place(&self) -> String {
        format!(
            "It is event {} (counted from 0) of the {} that {} had with block {}, so it happened by {} of block time.",
            self.position,
            self.event_size,
            self.chain,
            self.height,
            utc(self.time)
        )
    }

    /// What must be true for the proof to hold. A receipt does not show that there was no change of the validators: whoever
    /// has the founders' old keys can leave all of them out.
    #[must_use]
    pub fn assumption(&self) -> String {
        format!(
            "Assumption: the genesis is that of the consortium, and fewer than a third of its validators' keys signed what \
             is false. The proof relies on keys of former validators, back to the founders: whoever came to hold more than \
             two thirds of the keys of a former committee, even after it left office, could have made a receipt like this \
             one, with other changes of the validators or none. Where that matters, compare the hash of block {} with that \
             of a node you trust: {}.",
            self.height, self.block
        )
    }
}

impl Signed {
    pub(crate) fn words(&self) -> String {
        let keys: Vec<String> = self.voters.iter().map(ToString::to_string).collect();
        format!("{} of {} validators: {}.", keys.len(), self.validators, keys.join(", "))
    }
}

impl Change {
    pub(crate) fn words(&self) -> String {
        format!(
            "After block {} ({}) other validators took office, {} in all. They were named by {}",
            self.height,
            utc(self.time),
            self.committee.keys.len(),
            self.signed.words()
        )
    }
}

/// A moment as RFC 3339 writes it, to the second. Howard Hinnant's `civil_from_days`.
pub(crate) fn utc(time: UnixMs) -> String {
    let seconds = time.0 / 1_000;
    let shifted = (seconds / 86_400).saturating_add(719_468);
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let leaps = (day / 1_460).saturating_add(day / 146_096).saturating_sub(day / 36_524);
    let year_of_era = day.saturating_sub(leaps) / 365;
    let years = year_of_era.saturating_mul(365).saturating_add(year_of_era / 4).saturating_sub(year_of_era / 100);
    let day_of_year = day.saturating_sub(years);
    let from_march = day_of_year.saturating_mul(5).saturating_add(2) / 153;
    let first = from_march.saturating_mul(153).saturating_add(2) / 5;
    let day = day_of_year.saturating_sub(first).saturating_add(1);
    let month = if from_march < 10 { from_march.saturating_add(3) } else { from_march.saturating_sub(9) };
    let year = era.saturating_mul(400).saturating_add(year_of_era).saturating_add(u64::from(month <= 2));
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}
