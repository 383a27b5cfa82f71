//! Notary: that somebody held a document at a time, without showing it.
//!
//! # Actors          any member organization or identity, for itself
//! # Life cycle      committed ─reveal▶ revealed │ ─supersede▶ superseded │ ─withdraw▶ withdrawn
//! # Calls           commit, reveal, supersede, withdraw                          (see `api`)
//! # On chain        a keyed commitment, a coarse kind, the owner, times; after `reveal` the document's hash and key
//! # Laws            NOTARY-1 … NOTARY-3                                          (see `laws`)
//! # Source          HMAC-SHA-256 as commitment: RFC 2104, FIPS 198-1; no bare hash of personal data: EDPB 02/2025
//!
//! The commitment is `HMAC-SHA-256(key, "epione/notary/1" ‖ owner ‖ SHA-256(document))` with a random 32-byte key. It
//! names its owner, so a commitment copied by another can never be revealed by the copier: the first entry of a document
//! is a claim to priority that nobody can take over. A document that is about a person is never to be revealed.

mod types;

mod api;

mod state;

mod apply;

mod query;

mod laws;

#[cfg(test)]
mod tests;

pub use api::{Call, Commit, Event, Get, List, Query, Reject, Reveal, Supersede, Withdraw};
pub use state::note;
pub use types::{Kind, Note, Status, commitment};

use epione_kernel::{
    Ctx, Dice, Domain, Done, EventAt, KeySet, Law, MemoryState, QuerySource, QueryStop, RowTable, Rows, Signer, Sources,
};
use epione_types::{ModuleId, SignerId, UnixMs};
use schemars::Schema;
use serde_json::Value;

/// The module.
#[derive(Debug)]
pub struct Notary;

impl Domain for Notary {
    const ID: ModuleId = ModuleId(3);
    const NAME: &'static str = "notary";
    const DOC: &'static str = "Proves that somebody held a document at a time, without showing it.";

    type Call = Call;
    type Event = Event;
    type Reject = Reject;
    type Query = Query;
    type Genesis = types::NoGenesis;
    type Due = ();

    fn check(_call: &Call) -> Result<(), Reject> {
        Ok(())
    }

    fn reads(_by: &SignerId, call: &Call, keys: &mut KeySet) {
        state::reads(call, keys);
    }

    fn apply(ctx: &mut Ctx<'_, Self>, by: &Signer, call: &Call) -> Done<Self> {
        match call {
            Call::Commit(call) => apply::commit(ctx, by, call),
            Call::Reveal(call) => apply::reveal(ctx, by, call),
            Call::Supersede(call) => apply::supersede(ctx, by, call),
            Call::Withdraw(call) => apply::withdraw(ctx, by, call),
        }
    }

    fn while_suspended(call: u16) -> bool {
        // reveal, withdraw: evidence of before stays of use
        matches!(call, 2 | 4)
    }

    fn answers(query: u16) -> (QuerySource, Schema) {
        query::answers(query)
    }

    fn query(sources: &Sources<'_>, query: &Query) -> Result<Value, QueryStop<Reject>> {
        match query {
            Query::Get(query) => query::get(sources, query),
            Query::List(query) => query::list(sources, query),
        }
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

    fn plausible(state: &MemoryState, by: &SignerId, _now: UnixMs, dice: &mut Dice) -> Option<Call> {
        laws::plausible(state, by, dice)
    }
}
