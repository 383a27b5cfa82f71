//! Access: who asks for which units, what the rules decide, and what was released. Nothing is disclosed without an entry here.
//!
//! # Actors          organizations, which agree; practitioners and programs, which ask; custodians; holders of shares
//! # Life cycle      located ─answer▶ answered; requested ─rules▶ granted │ denied; granted ─release▶ released │ ─withdraw, time▶ over
//! # Calls           agreements, locate, relate, request, disclose, release, complain                (see `api`)
//! # On chain        pseudonyms, purposes, keyed commitments, rules by number, times. Never a query, an answer or a record
//! # Laws            ACCESS-1 … ACCESS-8                                                            (see `laws`)
//! # Source          design §5 "Find", "Read", "Who may"; 45 CFR 164.528 (accounting of disclosures); 42 CFR 2.32
//!
//! # Find
//!
//! A patient has another pseudonym at every custodian, so a stranger's chart cannot be found on the ledger. Who treats asks the
//! custodian: [`LocateChart`] is final before the custodian gets demographics or a link token, outside the ledger, and commits
//! to the query. The custodian answers with handles of units, or with nothing, and commits to its answer in both cases
//! alike: neither members nor the one who asked can tell *no match* from *not permitted*. The coarse categories of an agreement
//! are kept by the custodian here, when it chooses the handles: tags of units mean nothing to the ledger.
//!
//! # Read
//!
//! | step | who | what |
//! |------|-----|------|
//! | 1 | a practitioner or program | requests units of one patient for a purpose, to a reader key, with a commitment to its evidence |
//! | 2 | the ledger | decides on each by [`crate::consent::decide`] over the facts of that moment, and enters the rules that decided |
//! | 3 | each holder | asks [`may_release`] over its own state: the rules decide *again*, with what changed since |
//! | 4 | each holder | seals its share to the reader key, and enters `release` |
//!
//! Thus a grant is never more than the permission at its moment and at the moment of the release: revocation, restriction,
//! erasure, challenge, suspension and the end of an agreement, relation or emergency hold at once. The opposite is not true:
//! what was denied is requested anew. A custodian's own disclosure ([`Disclose`]) goes the same way from step 2 on.
//!
//! # Against whom this protects
//!
//! | attack | answer |
//! |--------|--------|
//! | a holder is asked without a request | it has no ticket: shares are released for entries alone |
//! | a grant is replayed by another reader | the share is sealed to the key whose hash stands in the entry |
//! | a grant is used after a revocation | the rules decide again at every release |
//! | a purpose is made up | the evidence was committed to beforehand; a challenge asks for it, and suspends who has none |
//! | another purpose evades a suspension | it reaches what the purpose contains, and what contains it |
//! | a relation is made up | only the custodian enters it, or the organization after an answered search with the same evidence |
//! | everything is requested | daily quotas of persons and organizations, counted in units |
//! | quotas keep a patient in an emergency from care | emergencies count, and are never refused by these quotas |
//!
//! A relation to a patient in quarters, a purpose and the moment of a request are what members learn: `docs/privacy.md`.

mod types;

mod api;

mod state;

mod apply;

mod query;

mod laws;

#[cfg(test)]
mod tests;

pub use api::{
    AcceptAgreement, AnswerLocate, Call, Complain, Disclose, EndAgreement, EndRelation, Event, GetAgreement, GetLocate,
    GetRelations, GetRequest, GetSuspensions, GetTicket, ListAgreements, ListLocates, ListRequests, LocateChart, Log,
    ProposeAgreement, Query, Reject, Relate, Release, RequestUnits, Withdraw, events,
};
pub use state::{
    agreement, agreements, decided, is_related, is_suspended, locate, may_release, request, request_reads, requests,
    suspend, suspension_reads, suspensions, unsuspend,
};
pub use types::{
    Agreement, AgreementStatus, CATEGORIES_MAX, Category, Decided, LawfulOrder, Locate, LocateAnswer, NOTICE_BYTES_MAX,
    NotReleasable, PURPOSES_MAX, RELATION_QUARTERS_MAX, Relation, RelationKind, Relationship, Request, RequestStatus,
    Suspension, Ticket, UNITS_MAX,
};

use crate::{
    consent::Consents, emergency::Emergency, identity::Identities, network::Network, records::Records,
    subjects::Subjects,
};
use epione_kernel::{
    Ctx, Dice, Domain, Done, EventAt, KeySet, Law, MemoryState, QuerySource, QueryStop, RowTable, Rows, Signer, Sources,
};
use epione_types::{ModuleId, SignerId, UnixMs};
use schemars::Schema;
use serde_json::Value;

/// The module.
#[derive(Debug)]
pub struct Access;

impl Domain for Access {
    const ID: ModuleId = ModuleId(8);
    const NAME: &'static str = "access";
    const DOC: &'static str = "Who asks for which units, what the rules decide, and what was released.";
    const REQUIRES: &'static [ModuleId] =
        &[Network::ID, Identities::ID, Subjects::ID, Consents::ID, Records::ID, Emergency::ID];

    type Call = Call;
    type Event = Event;
    type Reject = Reject;
    type Query = Query;
    type Genesis = types::NoGenesis;
    type Due = ();

    fn check(call: &Call) -> Result<(), Reject> {
        apply::check(call)
    }

    fn reads(by: &SignerId, call: &Call, keys: &mut KeySet) {
        state::reads(by, call, keys);
    }

    fn apply(ctx: &mut Ctx<'_, Self>, by: &Signer, call: &Call) -> Done<Self> {
        match call {
            Call::ProposeAgreement(call) => apply::propose_agreement(ctx, by, call),
            Call::AcceptAgreement(call) => apply::accept_agreement(ctx, by, call),
            Call::EndAgreement(call) => apply::end_agreement(ctx, by, call),
            Call::LocateChart(call) => apply::locate(ctx, by, call),
            Call::AnswerLocate(call) => apply::answer_locate(ctx, by, call),
            Call::Relate(call) => apply::relate(ctx, by, call),
            Call::EndRelation(call) => apply::end_relation(ctx, by, call),
            Call::RequestUnits(call) => apply::request(ctx, by, call),
            Call::Withdraw(call) => apply::withdraw(ctx, by, call),
            Call::Disclose(call) => apply::disclose(ctx, by, call),
            Call::Release(call) => apply::release(ctx, by, call),
            Call::Complain(call) => apply::complain(ctx, by, call),
        }
    }

    fn while_suspended(call: u16) -> bool {
        // All but propose-agreement, accept-agreement and relate. Of locate and request what an emergency needs, of disclose
        // what the law requires: the calls themselves see to that.
        matches!(call, 3..=5 | 7..=12)
    }

    fn answers(query: u16) -> (QuerySource, Schema) {
        query::answers(query)
    }

    fn query(sources: &Sources<'_>, query: &Query) -> Result<Value, QueryStop<Reject>> {
        match query {
            Query::GetAgreement(query) => query::agreement(sources, query),
            Query::ListAgreements(query) => query::agreements(sources, query),
            Query::GetLocate(query) => query::locate(sources, query),
            Query::ListLocates(query) => query::locates(sources, query),
            Query::GetRelations(query) => query::relations(sources, query),
            Query::GetRequest(query) => query::request(sources, query),
            Query::ListRequests(query) => query::requests(sources, query),
            Query::Log(query) => query::log(sources, query),
            Query::GetTicket(query) => query::ticket(sources, query),
            Query::GetSuspensions(query) => query::suspensions(sources, query),
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

    fn plausible(state: &MemoryState, by: &SignerId, now: UnixMs, dice: &mut Dice) -> Option<Call> {
        laws::plausible(state, by, now, dice)
    }
}
