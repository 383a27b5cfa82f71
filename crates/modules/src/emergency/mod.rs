//! Emergency: breaking the glass before a chart when nobody can be asked, and what is examined afterwards.
//!
//! # Actors          practitioners, who open; their colleagues, who countersign; custodians, who tell the patient; reviewers
//! # Life cycle      in force ─renew▶ in force ─end, time▶ over ─review▶ closed │ in force ─review▶ closed
//! # Calls           break-glass, renew, end, countersign, notify, set-reviewer, review, revoke-right, reinstate (see `api`)
//! # On chain        who, for whom, at which custodian, one pseudonym, commitments to justification, report and ground, times
//! # Laws            EMERGENCY-1 … EMERGENCY-6                                                        (see `laws`)
//! # Source          45 CFR 164.312(a)(2)(ii), 164.308(a)(1)(ii)(D); 42 CFR 2.51; Regulation (EU) 2025/327 (EHDS)
//!
//! One practitioner suffices: at night there is no second. The access opens one chart, for the practitioner who opened it
//! and for treatment in an emergency alone. It passes every denial but that of the compartment that the patient locked,
//! whose key nobody else has. It prevents nothing: it is **detective**. Whoever lies to it reads the chart first and is found out
//! afterwards, by this:
//!
//! | what                | by whom                                          | if it is missing |
//! |---------------------|--------------------------------------------------|------------------|
//! | countersignature    | a second practitioner of the same organization   | told to all in an event, and to be seen in the access; a late one counts as late |
//! | notice to the patient | the custodian, by the patient's confidential channel; the wallet also sees the event itself | to be seen in the access; a lawful delay names its end and commits to its ground |
//! | review              | a reviewer whom the custodian named, never one who signed for the access | lies with the custodian itself, too, and after as long again with the regulators |
//!
//! None of these, however late, takes anything from a practitioner who treats. A review that finds abuse does, person by
//! person: the organization of the practitioner takes the right everywhere, the custodian before its own charts.
//! Organizations lose theirs by a vote of the network only, and a suspended one may still treat in emergencies.
//!
//! The chart is fixed when it is first opened: an unconscious patient is found by `locate` first. Merged charts are one.
//! Lapse of time is tested by block time when a row is read; what falls due only tells.

mod types;

mod api;

mod state;

mod apply;

mod query;

mod laws;

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod tests;

pub use api::{
    BreakGlass, Call, Countersign, End, Event, Get, GetReviewers, GetRight, List, Notify, Query, Reinstate, Reject,
    Renew, ReviewAccess, RevokeRight, SetReviewer, events,
};
pub use state::{access, access_reads, accesses, bind, in_force, in_force_at};
pub use types::{
    Countersignature, Delivery, Due, EmergencyAccess, NOTICE_DELAY_MS_MAX, NoGenesis, Notice, Outcome, REVIEWERS_MAX,
    Reach, Review, Reviewers, Revocation, Stage,
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
pub struct Emergency;

impl Domain for Emergency {
    const ID: ModuleId = ModuleId(7);
    const NAME: &'static str = "emergency";
    const DOC: &'static str = "Opens one chart to one practitioner in an emergency, and has it examined afterwards.";
    const REQUIRES: &'static [ModuleId] = &[Network::ID, Identities::ID, Subjects::ID];

    type Call = Call;
    type Event = Event;
    type Reject = Reject;
    type Query = Query;
    type Genesis = NoGenesis;
    type Due = Due;

    fn check(_call: &Call) -> Result<(), Reject> {
        Ok(())
    }

    fn reads(by: &SignerId, call: &Call, keys: &mut KeySet) {
        state::reads(by, call, keys);
    }

    fn apply(ctx: &mut Ctx<'_, Self>, by: &Signer, call: &Call) -> Done<Self> {
        match call {
            Call::BreakGlass(call) => apply::break_glass(ctx, by, call),
            Call::Renew(call) => apply::renew(ctx, by, call),
            Call::End(call) => apply::end(ctx, by, call),
            Call::Countersign(call) => apply::countersign(ctx, by, call),
            Call::Notify(call) => apply::notify(ctx, by, call),
            Call::SetReviewer(call) => apply::set_reviewer(ctx, by, call),
            Call::ReviewAccess(call) => apply::review(ctx, by, call),
            Call::RevokeRight(call) => apply::revoke_right(ctx, by, call),
            Call::Reinstate(call) => apply::reinstate(ctx, by, call),
        }
    }

    fn due(ctx: &mut Ctx<'_, Self>, item: &Due) -> Result<(), Missing> {
        apply::due(ctx, item)
    }

    fn while_suspended(call: u16) -> bool {
        // All but reinstate, which gives something new: a suspended organization treats in emergencies, and what is
        // examined afterwards protects its patients.
        matches!(call, 1..=8)
    }

    fn answers(query: u16) -> (QuerySource, Schema) {
        query::answers(query)
    }

    fn query(sources: &Sources<'_>, query: &Query) -> Result<Value, QueryStop<Reject>> {
        match query {
            Query::Get(query) => query::get(sources, query),
            Query::List(query) => query::list(sources, query),
            Query::GetReviewers(query) => query::reviewers(sources, query),
            Query::GetRight(query) => query::right(sources, query),
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
