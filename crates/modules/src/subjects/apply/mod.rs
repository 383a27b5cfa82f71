//! One function per call: check, write, emit.

use crate::subjects::{Call, Reject, Subjects};
use epione_kernel::{Ctx, Done, Signer};

/// What needs no state.
pub(super) fn check(_call: &Call) -> Result<(), Reject> {
    Ok(())
}

pub(super) fn apply(_ctx: &mut Ctx<'_, Subjects>, _by: &Signer, _call: &Call) -> Done<Subjects> {
    Err(Reject::NotCustodian.into())
}
