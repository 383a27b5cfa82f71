//! Tables of identities, and what other modules may read.

use crate::{
    identity::{
        Call, Identities, KeyRole,
        types::{Identity, IdentityStatus, Recovery},
    },
    network::{self, ClaimedKey},
};
use epione_kernel::{KeySet, MemoryState, Missing, Reads, Rights, Standing, Table, View};
use epione_types::{IdentityId, PublicKey, Signature, SignerId, UnixMs};

pub(super) const IDENTITIES: Table<Identities, IdentityId, Identity> = Table::new(1, "identities");
pub(super) const RECOVERIES: Table<Identities, (IdentityId, u32), Recovery> = Table::new(2, "recoveries");

/// The identity as it stands at `now`, whatever its status. For other modules.
///
/// # Errors
/// [`Missing`] if its row is not loaded.
pub fn identity(from: &impl Reads, id: &IdentityId, now: UnixMs) -> Result<Option<Identity>, Missing> {
    Ok(IDENTITIES.get(from, id)?.map(|identity| identity.at(now)))
}

/// Adds the row that [`identity`] reads.
pub fn identity_reads(id: &IdentityId, keys: &mut KeySet) {
    keys.add(&IDENTITIES, id);
}

/// All identities of a whole state as they stand at `now`. For laws, generators and tests of other modules.
pub fn identities(state: &MemoryState, now: UnixMs) -> impl Iterator<Item = (IdentityId, Identity)> + '_ {
    IDENTITIES.all(state).map(move |(id, identity)| (id, identity.at(now)))
}

/// What is known of a signer: active identities by the keys that sign. An identity whose organization is suspended or has
/// left is itself suspended, so that it keeps what protects it.
pub(super) fn standing(view: View<'_>, signer: &SignerId, key: &PublicKey) -> Result<Standing, Missing> {
    let SignerId::Identity(id) = signer else {
        return Ok(Standing::Unknown);
    };
    let Some(found) = IDENTITIES.get(&view, id)? else {
        return Ok(Standing::Unknown);
    };
    if found.status != IdentityStatus::Active || !found.has(key, KeyRole::Sign) {
        return Ok(Standing::WrongKey);
    }
    let suspended = network::member_status(&view, &found.org)? != Some(network::Status::Active);
    Ok(Standing::Active(Rights { org: found.org, root: false, suspended }))
}

pub(super) fn standing_reads(signer: &SignerId, keys: &mut KeySet) {
    if let SignerId::Identity(id) = signer {
        keys.add(&IDENTITIES, id);
    }
}

pub(super) fn reads(by: &SignerId, call: &Call, keys: &mut KeySet) {
    let claim = |proof: &Signature, keys: &mut KeySet| {
        network::claim_reads(&ClaimedKey::Signing(proof.key()), keys);
    };
    let recovery = |id: &IdentityId, number: u32, keys: &mut KeySet| {
        keys.add(&IDENTITIES, id);
        keys.add(&RECOVERIES, &(*id, number));
    };
    match call {
        Call::Register(call) => {
            network::status_reads(&call.org, keys);
            call.keys.iter().for_each(|key| claim(&key.proof, keys));
        }
        Call::Enroll(call) => {
            network::status_reads(&call.org, keys);
            standing_reads(by, keys);
            call.keys.iter().for_each(|key| claim(&key.proof, keys));
        }
        Call::AddKey(call) => claim(&call.key.proof, keys),
        Call::RotateKey(call) => claim(&call.new, keys),
        Call::StartRecovery(call) => {
            recovery(&call.identity, call.number, keys);
            call.keys.iter().for_each(|proof| claim(proof, keys));
        }
        Call::ApproveRecovery(call) => recovery(&call.identity, call.number, keys),
        Call::CancelRecovery(call) => recovery(&call.identity, call.number, keys),
        Call::FinishRecovery(call) => recovery(&call.identity, call.number, keys),
        Call::Deactivate(call) => keys.add(&IDENTITIES, &call.identity),
        Call::AcceptTransfer(call) => keys.add(&IDENTITIES, &call.identity),
        Call::RemoveKey(_) | Call::SetRecovery(_) | Call::Transfer(_) => standing_reads(by, keys),
    }
}
