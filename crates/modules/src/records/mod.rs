//! Records: which units of disclosure exist, who holds their shares, and how they end.
//!
//! # Actors          custodians, patients and who acts for them, holders of shares, vaults, members
//! # Life cycle      registered ─request▶ requested ─decide▶ granted ─delay▶ erased │ refused │ restricted
//! # Calls           register, correct, retag, hold, erase, acknowledge, re-deal, rotate keys, succeed  (see `api`)
//! # On chain        random identifiers, keyed tags, commitments, quarters, sizes by powers of two. Nothing of the contents
//! # Laws            RECORDS-1 … RECORDS-10                                                            (see `laws`)
//! # Source          design §5; Shamir 1979; RFC 9180; GDPR Articles 5(1)(e), 17, 18; 45 CFR 164.530(j)
//!
//! A *unit* is what one disclosure discloses: the resources of one encounter with one label. Its contents are encrypted under
//! a key of its own, ciphertext and envelopes lie in *vaults*, and the key is shared among the *holders*: so many that more
//! than half of them must agree to open it, each with a share sealed to its KEM key. Who may have it opened is for the modules
//! `consent` and `access`; here stands what there is to open.
//!
//! # Deals
//!
//! A unit is registered once two vaults of different organizations have signed that its first *edition* is on their disks, and
//! only with shares sealed to the present key of each holder. Its custodian deals it anew (with another key, ciphertext and
//! committee) when a holder goes or has lost its key; the vaults of the edition before delete it and say so, and
//! until they do that edition is listed. A unit answers how many live shares it has and how many it can lose.
//!
//! # Periods of keys
//!
//! A holder uses a KEM key for one period. `begin-rotation` puts the next key in its place: from then on nobody registers a
//! share of the old one, and the units that live at that height are those whose envelopes the holder seals again. With
//! `finish-rotation` two vaults say that they have all of them and none of before; the old key is destroyed. What was
//! erased before the rotation began is not sealed again: no backup opens it any more. A third of the holders at most rotate at
//! once. A key that is lost is not restored from a backup: its shares count as dead, and their units are dealt anew. A
//! first key can also be registered with the network; every later one comes by a rotation, so that old ones go.
//!
//! # Erasure
//!
//! | who                          | may                                                        |
//! |------------------------------|------------------------------------------------------------|
//! | the patient, a representative within its scope | ask for it, take that back, stop it during the delay |
//! | two guardians, if two must agree | ask for it together; each alone stops it               |
//! | the custodian                | grant, refuse with a ground, restrict the use; after the retention decide alone |
//! | the custodian, where the patient has neither wallet nor representative | attest what the patient asked for |
//!
//! A unit is erased from the moment at which the delay is over, whether or not any work was done by then: shares are never
//! released again. A legal hold forbids it and stops one to come; a retention is only ever lengthened. What follows is
//! attested, not proved: vaults and holders delete, the custodian destroys salts and tag key. The certificate says which of
//! that is done, and which not. A unit whose use is restricted is opened by the patient's consent only, as are those in the
//! compartment that the patient locked ([`Unit::needs_patient`]).
//!
//! # A custodian that is gone
//!
//! When a custodian has left, more than two thirds of the active members and validators name who acts in its place. That
//! one is given shares by the holders, deals the units anew or erases them. The units keep their custodian and patients.
//!
//! # Against whom this protects
//!
//! | attack | answer |
//! |--------|--------|
//! | a unit is registered that nobody keeps | two vaults sign for each edition, by receipt keys of different organizations |
//! | a vault's word is used for another edition or rotation | it names unit, edition and manifest; or holder, period, count and root |
//! | a holder goes on with a key that it should have destroyed | an erased unit's share was never sealed to its next one; of the old one it has its word only |
//! | a holder blocks rotations of others | one that does not finish within a period no longer counts |
//! | a custodian erases to hide something | the patient is told and can stop it; a hold is on record, and so is who lifted it |
//! | who has a merged or mistaken chart erases another's records | a request by a patient whose unit it was not is void |
//! | somebody claims the charts of a custodian that is gone | two thirds of the members, not its holders alone |
//!
//! Fewer holders than the threshold learn nothing; that so many collude is not prevented here, but by whom the custodian
//! names.

mod types;

mod api;

mod state;

mod apply;

mod query;

mod laws;

#[cfg(test)]
mod tests;

pub use api::{
    AcknowledgeDeletion, BeginRotation, Call, CancelErasure, CorrectError, DecideErasure, ErasureCertificate, Event,
    FinishRotation, Get, GetHolder, GetSuccession, List, ListShares, Query, Redeal, Register, Reject, ReportLostKey,
    RequestErasure, Retag, Retagging, SetHold, SetRetention, SupportSuccessor, Tombstone, events,
};
pub use state::{
    acting_custodian, custodian_of, custodian_reads, is_withheld, keeping, keeping_reads, live_shares, succession,
    unit, unit_reads, units,
};
pub use types::{
    BUCKET_MAX, Correction, Deletion, DeletionOf, Due, Erasure, ErasureDecision, FormerCopy, HOLDERS_MAX, HOLDERS_MIN,
    Holder, Holders, Keeping, Loss, RefusalGround, Rotation, Succession, Support, UNITS_MAX, Unit, VAULTS_MAX,
    VAULTS_MIN, reseal_message, vault_message,
};

use crate::{identity::Identities, network::Network, subjects::Subjects};
use epione_kernel::{
    Ctx, Dice, Domain, Done, EventAt, KeySet, Law, MemoryState, Missing, QuerySource, QueryStop, RowTable, Rows,
    Signer, Sources,
};
use epione_types::{ModuleId, SignerId, UnixMs};
use schemars::Schema;
use serde_json::Value;

/// The module.
#[derive(Debug)]
pub struct Records;

impl Domain for Records {
    const ID: ModuleId = ModuleId(6);
    const NAME: &'static str = "records";
    const DOC: &'static str = "Which units of disclosure exist, who holds their shares, and how they end.";
    const REQUIRES: &'static [ModuleId] = &[Network::ID, Identities::ID, Subjects::ID];

    type Call = Call;
    type Event = Event;
    type Reject = Reject;
    type Query = Query;
    type Genesis = types::NoGenesis;
    type Due = Due;

    fn check(call: &Call) -> Result<(), Reject> {
        apply::check(call)
    }

    fn reads(by: &SignerId, call: &Call, keys: &mut KeySet) {
        state::reads(by, call, keys);
    }

    fn apply(ctx: &mut Ctx<'_, Self>, by: &Signer, call: &Call) -> Done<Self> {
        apply::apply(ctx, by, call)
    }

    fn due(ctx: &mut Ctx<'_, Self>, item: &Due) -> Result<(), Missing> {
        apply::due(ctx, item)
    }

    fn while_suspended(call: u16) -> bool {
        // All but register and support-successor: what protects patients, deletes, corrects, and keeps shares alive.
        matches!(call, 2..=14)
    }

    fn answers(query: u16) -> (QuerySource, Schema) {
        query::answers(query)
    }

    fn query(sources: &Sources<'_>, query: &Query) -> Result<Value, QueryStop<Reject>> {
        query::query(sources, query)
    }

    fn tables() -> &'static [RowTable] {
        query::TABLES
    }

    fn project(event: &Event, at: &EventAt, rows: &mut Rows) {
        query::project(event, at, rows);
    }

    fn laws() -> &'static [Law] {
        laws::LAWS
    }

    fn plausible(state: &MemoryState, by: &SignerId, now: UnixMs, dice: &mut Dice) -> Option<Call> {
        laws::plausible(state, by, now, dice)
    }
}
