//! Archives that prove, archives that do not, and the golden vectors.

mod faults;
mod mutants;
mod proofs;
mod vectors;

use super::{
    Record,
    testing::{InMemory, Invented},
};

/// Records in a segment.
const PER_SEGMENT: usize = 4;

fn good() -> (Invented, Vec<Record>, InMemory) {
    let chain = Invented::short();
    let records = chain.records();
    let archive = InMemory::of(&records, PER_SEGMENT);
    (chain, records, archive)
}
