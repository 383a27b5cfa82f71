//! The border of epochs: decisions about who votes on blocks take effect.

use crate::network::{
    Event, Network, Organization,
    api::CommitteeChanged,
    state::{self, ORGANIZATIONS},
    types::OrgKeys,
};
use epione_kernel::{Ctx, Missing};

/// Puts new vote keys into force, and the committee to which the members' decisions lead into office.
///
/// # Emits    CommitteeChanged, if the committee is another one
/// # Laws     NETWORK-1, NETWORK-3, NETWORK-9
pub(in crate::network) fn epoch_ends(ctx: &mut Ctx<'_, Network>, next: u64) -> Result<(), Missing> {
    let committee = state::next_committee(ctx)?;
    for seat in state::roster(ctx)?.iter() {
        let Some(organization) = ORGANIZATIONS.get(ctx, &seat.org)? else { continue };
        if organization.keys.pending_vote.is_some() {
            let keys = OrgKeys { vote: organization.keys.next_vote(), pending_vote: None, ..organization.keys };
            // The first key takes no other's place.
            let vote_key_since = organization.keys.vote.map(|_replaced| ctx.now());
            ORGANIZATIONS.put(ctx, &seat.org, &Organization { keys, vote_key_since, ..organization });
        }
    }
    if committee != state::committee(ctx)? {
        state::seat(ctx, next, committee.clone())?;
        ctx.emit(&Event::CommitteeChanged(CommitteeChanged { epoch: next, keys: committee.keys }));
    }
    Ok(())
}
