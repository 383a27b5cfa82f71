//! Records: which units of disclosure exist, who holds their shares, and how they end.

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
    unit, unit_reads,
};
pub use types::{
    BUCKET_MAX, Correction, Deletion, DeletionOf, Due, Erasure, ErasureDecision, FormerCopy, HOLDERS_MAX, HOLDERS_MIN,
    Holder, Holders, Keeping, RefusalGround, Rotation, Succession, Support, UNITS_MAX, Unit, VAULTS_MAX, VAULTS_MIN,
    reseal_message, vault_message,
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
