//! Subjects: patients as random pseudonyms, one at each custodian, and who may act for them.
//!
//! # Actors          custodians, which keep charts; holders, who are the patients; representatives of patients
//! # Life cycle      active ─merge▶ merged ─unmerge▶ active │ ─close▶ closed
//! # Calls           register, take over, appoint and dismiss, hand over, declare dead, merge, close   (see `api`)
//! # On chain        random identifiers, ties between them, coarse roles, keyed tags, quarters. Never a name or a number
//! # Laws            SUBJECTS-1 … SUBJECTS-6                                                           (see `laws`)
//! # Source          design §5 "Persons"; 45 CFR 164.502(g) (personal representatives); EDPB 02/2025 (pseudonyms)
//!
//! A patient is another subject at every custodian, and another identity holds each: only the wallet knows that they belong
//! together. For the same reason an identity is tied to one subject at most, be it as holder or as representative. Keys, the
//! devices that have them, and their recovery are those of the identity (see [`crate::identity`]).
//!
//! # Who decides
//!
//! | who            | from                            | until                          | on what |
//! |----------------|---------------------------------|--------------------------------|---------|
//! | the holder     | registration or take-over       | death, or another holder       | its scope: everything, but for a minor |
//! | guardians      | appointment by the custodian    | last quarter, majority, death, dismissal | their scope |
//! | proxies        | appointment by the holder       | last quarter, death, another holder, dismissal | their scope, within the holder's |
//! | executors      | death                           | last quarter, dismissal        | their scope |
//! | the custodian  | registration                    |                                | attests on paper what its patient said |
//!
//! What is beyond a scope is hidden from its bearer, too: contents, log lines and notices ([`hides`]). Of two guardians each
//! can protect alone (deny, revoke, challenge, object); if the quorum is two, both must agree to what widens access.
//!
//! # Against whom this protects
//!
//! | attack | answer |
//! |--------|--------|
//! | another organization claims the chart | only the custodian registers, attests and merges its own |
//! | the custodian puts another wallet in the patient's place | it waits as long as a recovery, and the present holder can refuse |
//! | the custodian takes power from an adult | a scope below everything is set only while a guardian may act |
//! | who stole a wallet leaves a proxy behind | proxies end when another holder takes over |
//! | a holder gives away more than it has | a proxy's scope lies within the holder's, also when that becomes narrower |
//! | a minor dismisses its guardian | not one whose scope goes beyond its own |
//! | a chart merged by mistake shows one patient another's records | merging moves neither holder nor representative |
//!
//! That the custodian says the truth about who its patient is, died, or has a guardian, is not proved here: the commitments to
//! the evidence hold it to its word. Expiry and majority are tested by block time when a row is read.

mod types;

mod api;

mod state;

mod apply;

mod query;

mod laws;

#[cfg(test)]
mod tests;

pub use api::{
    Appoint, Call, Close, DeclareDeceased, DeclareLiving, Dismiss, Event, Find, Get, HandOver, List, Merge, Offer,
    PlanHandOver, Query, Register, Reject, SetQuorum, SetScope, StatusName, TakeOver, Unmerge, WithdrawOffer, events,
};
pub use state::{
    authority, hides, is_custodian, organization_of, resolve, subject, subject_of_holder, subject_reads, subjects, tie,
    tie_reads,
};
pub use types::{
    ABSORBED_MAX, Authority, OpenOffer, REPRESENTATIVES_MAX, Representative, RepresentativeRole, SCOPE_TAGS_MAX, Scope,
    Subject, SubjectStatus, Tags, Tie,
};

use crate::{identity::Identities, network::Network};
use epione_kernel::{
    Ctx, Dice, Domain, Done, EventAt, KeySet, Law, MemoryState, QuerySource, QueryStop, RowTable, Rows, Signer, Sources,
};
use epione_types::{ModuleId, SignerId, UnixMs};
use schemars::Schema;
use serde_json::Value;

/// The module.
#[derive(Debug)]
pub struct Subjects;

impl Domain for Subjects {
    const ID: ModuleId = ModuleId(4);
    const NAME: &'static str = "subjects";
    const DOC: &'static str = "Patients as pseudonyms at their custodians, and who may act for them.";
    const REQUIRES: &'static [ModuleId] = &[Network::ID, Identities::ID];

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
            Call::Register(call) => apply::register(ctx, by, call),
            Call::Offer(call) => apply::offer(ctx, by, call),
            Call::WithdrawOffer(call) => apply::withdraw_offer(ctx, by, call),
            Call::TakeOver(call) => apply::take_over(ctx, by, call),
            Call::Appoint(call) => apply::appoint(ctx, by, call),
            Call::Dismiss(call) => apply::dismiss(ctx, by, call),
            Call::SetScope(call) => apply::set_scope(ctx, by, call),
            Call::SetQuorum(call) => apply::set_quorum(ctx, by, call),
            Call::HandOver(call) => apply::hand_over(ctx, by, call),
            Call::PlanHandOver(call) => apply::plan_hand_over(ctx, by, call),
            Call::DeclareDeceased(call) => apply::declare_deceased(ctx, by, call),
            Call::DeclareLiving(call) => apply::declare_living(ctx, by, call),
            Call::Merge(call) => apply::merge(ctx, by, call),
            Call::Unmerge(call) => apply::unmerge(ctx, by, call),
            Call::Close(call) => apply::close(ctx, by, call),
        }
    }

    fn while_suspended(call: u16) -> bool {
        // All but register and merge: patients keep their rights, and errors are corrected. A suspended custodian appoints nobody.
        matches!(call, 2..=12 | 14 | 15)
    }

    fn answers(query: u16) -> (QuerySource, Schema) {
        query::answers(query)
    }

    fn query(sources: &Sources<'_>, query: &Query) -> Result<Value, QueryStop<Reject>> {
        match query {
            Query::Get(query) => query::get(sources, query),
            Query::Find(query) => query::find(sources, query),
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

    fn plausible(state: &MemoryState, by: &SignerId, now: UnixMs, dice: &mut Dice) -> Option<Call> {
        laws::plausible(state, by, now, dice)
    }
}
