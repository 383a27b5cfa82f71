//! Stub.
use crate::records::{Call, Records, Reject};
use epione_kernel::{Ctx, Done, Signer};
pub(super) fn check(_call: &Call) -> Result<(), Reject> {
    Ok(())
}
pub(super) fn apply(_ctx: &mut Ctx<'_, Records>, _by: &Signer, _call: &Call) -> Done<Records> {
    Err(Reject::UnknownUnit.into())
}
