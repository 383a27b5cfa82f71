//! What vaults sign with the receipt keys of their organizations.

use epione_types::{Hash, OrgId, UnitId, domain, signing_bytes};

/// The bytes that a vault signs when ciphertext and envelopes of an edition are on its disk:
/// `u8 18 ‖ "epione/vault-ack/1" ‖ unit ‖ u32 edition ‖ manifest`, integers little-endian.
#[must_use]
pub fn vault_message(unit: &UnitId, edition: u32, manifest: &Hash) -> Vec<u8> {
    signing_bytes(domain::VAULT_ACK, &(unit, edition, manifest))
}

/// The bytes that a vault signs when it has all envelopes of a holder that were sealed again, and deleted those before:
/// `u8 19 ‖ "epione/reseal-ack/1" ‖ holder ‖ u32 period ‖ u64 units ‖ envelopes`, integers little-endian.
///
/// `envelopes` is the root of the tree (RFC 6962) over the new envelopes, in ascending order of their units.
#[must_use]
pub fn reseal_message(holder: &OrgId, period: u32, units: u64, envelopes: &Hash) -> Vec<u8> {
    signing_bytes(domain::RESEAL_ACK, &(holder, period, units, envelopes))
}
