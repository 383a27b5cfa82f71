//! Named invariants of emergency access, and a generator of plausible calls.

use crate::emergency::Call;
use epione_kernel::{Dice, Law, MemoryState};
use epione_types::{SignerId, UnixMs};

pub(super) const LAWS: &[Law] = &[];

pub(super) fn plausible(_state: &MemoryState, _by: &SignerId, _now: UnixMs, _dice: &mut Dice) -> Option<Call> {
    None
}
