//! Consent: what a patient permits and denies of its records at one custodian, and whether a request is permitted.
//!
//! # Actors          patients; who acts for them; custodians, which attest what was signed on paper, for their own subjects
//! # Life cycle      (proposed ─confirm▶) active ─amend▶ superseded │ ─revoke▶ revoked; restrictions: in force ─lift▶ lifted
//! # Calls           grant, confirm, amend, revoke, restrict, lift                                    (see `api`)
//! # On chain        who may use which keyed tags for which coarse purposes, in which quarters and until when; commitments
//! # Laws            CONSENT-1 … CONSENT-6                                                            (see `laws`)
//! # Source          HL7 FHIR R4 Consent; HL7 v3 PurposeOfUse; 45 CFR 164.506–164.522; 42 CFR Part 2; design §5 "Who may"
//!
//! A consent is a list of provisions: who, for what, which labels, care of which quarters, valid when. A provision can be an
//! exception to an earlier one. The ledger compares labels and never learns what they mean.
//!
//! # Who decides what
//!
//! A consent reaches only the labels on which its author may decide, as its rights were when it was given and as they are: what
//! is hidden from a guardian later is beyond its consent, too. Of two guardians who decide together each can deny alone; what
//! permits waits until the other confirms it, and what denies ends when both asked for it. A custodian attests for its own
//! subjects only, and amends or revokes only what was attested: it cannot take back what the patient said by its own key.
//! Consents outlive the power of those who gave them; whoever has it later can revoke them.
//!
//! # Whether a request is permitted
//!
//! [`decide`] is one pure function; its documentation has the order of the rules, and `tests/table.rs` an example for each
//! line. All active consents of a subject count, at most sixty-four. Nothing is decided when a consent is given: a decision is
//! made for each request, and again for each release, so that a revocation holds at once.
//!
//! # Against whom this protects
//!
//! | attack | answer |
//! |--------|--------|
//! | another organization attests a consent | only the custodian attests for a subject |
//! | the custodian attests away what the patient denied | denies of all consents override its permit |
//! | a guardian opens what is hidden from it | its consent says nothing of it |
//! | a requester names a broad purpose, or neither person nor role | what may be what a deny names is denied |
//! | a permit is read more broadly than it was meant | it covers what surely falls under it, and restricted units only in the form of 42 CFR Part 2 |
//! | a merger of charts carries permits to other records | only denies and restrictions go over |

mod types;

mod api;

mod state;

mod apply;

mod query;

mod laws;

#[cfg(test)]
mod tests;

pub use api::{
    Amend, Call, Confirm, Decide, Event, Get, GetRestriction, Grant, Lift, List, ListRestrictions, Query, Reject,
    Restrict, Revoke, events,
};
pub use state::{active, basis, consent, consent_reads, restriction, restrictions, subject_reads};
pub use types::{
    ActiveConsent, AgreementTerms, Author, Basis, CONSENTS_MAX, Consent, ConsentStatus, Decision, Effect, Form,
    LABELS_TOTAL_MAX, LegalBasis, PROVISIONS_MAX, PractitionerRole, Provision, Purpose, Quarters, RECIPIENTS_MAX,
    RECIPIENTS_TOTAL_MAX, RESTRICTIONS_MAX, RULES_MAX, Recipient, RequestFacts, Restriction, RestrictionKind, RuleId,
    Rules, UnitFacts, UnitState, Validity, decide,
};

use crate::{identity::Identities, network::Network, subjects::Subjects};
use epione_kernel::{
    Ctx, Dice, Domain, Done, EventAt, KeySet, Law, MemoryState, QuerySource, QueryStop, RowTable, Rows, Signer, Sources,
};
use epione_types::{ModuleId, SignerId, UnixMs};
use schemars::Schema;
use serde_json::Value;

/// The module.
#[derive(Debug)]
pub struct Consents;

impl Domain for Consents {
    const ID: ModuleId = ModuleId(5);
    const NAME: &'static str = "consent";
    const DOC: &'static str = "What patients permit and deny of their records, and mandatory restrictions.";
    const REQUIRES: &'static [ModuleId] = &[Network::ID, Identities::ID, Subjects::ID];

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
            Call::Grant(call) => apply::grant(ctx, by, call),
            Call::Confirm(call) => apply::confirm(ctx, by, call),
            Call::Amend(call) => apply::amend(ctx, by, call),
            Call::Revoke(call) => apply::revoke(ctx, by, call),
            Call::Restrict(call) => apply::restrict(ctx, by, call),
            Call::Lift(call) => apply::lift(ctx, by, call),
        }
    }

    fn while_suspended(call: u16) -> bool {
        // All: patients keep their rights. What a suspended custodian attests itself may only narrow access.
        matches!(call, 1..=6)
    }

    fn answers(query: u16) -> (QuerySource, Schema) {
        query::answers(query)
    }

    fn query(sources: &Sources<'_>, query: &Query) -> Result<Value, QueryStop<Reject>> {
        match query {
            Query::Get(query) => query::get(sources, query),
            Query::List(query) => query::list(sources, query),
            Query::GetRestriction(query) => query::restriction(sources, query),
            Query::ListRestrictions(query) => query::restrictions(sources, query),
            Query::Decide(query) => query::decide(sources, query),
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
