//! The chain goes on under another release.

use crate::network::{Event, Network, api::Upgraded, state::HALT};
use epione_kernel::{Ctx, Missing};
use epione_types::Upgrade;

/// Notes that what the members agreed on has come to pass: the chain stops no more.
///
/// # Emits    Upgraded
pub(in crate::network) fn upgraded(ctx: &mut Ctx<'_, Network>, upgrade: &Upgrade) -> Result<(), Missing> {
    let Upgrade { height, old_format, new_format, old_root, rows_root, .. } = *upgrade;
    HALT.delete(ctx, &());
    ctx.emit(&Event::Upgraded(Upgraded { height, old_format, new_format, old_root, rows_root }));
    Ok(())
}
