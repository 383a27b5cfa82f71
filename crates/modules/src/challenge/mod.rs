//! Challenge: doubting the purpose of a request, and what follows if it was false.
//!
//! # Actors          patients and who acts for them, and custodians, who challenge; requesters' organizations, which answer; members
//! # Life cycle      open ─answer▶ answered ─accept, time▶ accepted │ ─reject▶ voting ─votes▶ upheld │ ─time▶ dismissed
//! # Calls           challenge, answer, accept, reject, vote, withdraw                            (see `api`)
//! # On chain        the request, who doubts it, the parties, purpose, times, votes; never the evidence
//! # Laws            CHALLENGE-1 … CHALLENGE-5                                                     (see `laws`)
//! # Source          design §5 "Purpose challenge"; 45 CFR 164.528 (accounting of disclosures), 164.514(h) (verification)
//!
//! To state a false purpose is the worst fraud in an exchange: the rules are obeyed, and the reader has no business there.
//! Nothing on a ledger can tell. So every request commits beforehand to the evidence of its purpose, such as a
//! referral or a visit, and whoever doubts it may see that evidence: who made it up needs it before he was asked.
//!
//! | state      | person suspended | who moves it on |
//! |------------|------------------|-----------------|
//! | open       | no               | the requester's organization, until `answer_by`; the evidence goes to the challenger outside the ledger |
//! | unanswered | **yes**          | the same; a late answer ends the suspension |
//! | answered   | no               | the challenger, until `decide_by`; silence accepts |
//! | voting     | no               | the members but the requester's organization and the custodian, until `decide_by` |
//! | upheld     | **yes**          | nobody but the challenger, who can withdraw |
//!
//! What is suspended is one person, for one purpose, towards one patient: never emergency treatment, never an organization,
//! which only a vote of [`crate::network`] suspends. An emergency access is reviewed in [`crate::emergency`] instead.
//! The suspension is written with the challenge, to be in force from `answer_by`, so that no rule waits for scheduled work.
//!
//! | attack | answer |
//! |--------|--------|
//! | evidence is made up after the challenge | the answer must open the commitment in the request |
//! | an organization claims to have shown what it did not | the challenger rejects it, and the members vote |
//! | challenges keep practitioners from their work | quotas of patients and custodians, each request once in a name; an answer ends it |
//! | one guardian accepts for another who doubts | who challenged decides |
//! | parties vote for themselves | neither the requester's organization nor the custodian votes |
//! | a vote drags on | without more than two thirds by its end the challenge is dismissed |

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
    Accept, Answer, Call, ChallengePurpose, Event, Get, List, Query, Reject, RejectAnswer, Vote, Withdraw, events,
};
pub use state::{challenge, challenge_of};
pub use types::{Ballot, CHALLENGEABLE_MS, Challenge, ChallengeStatus, Due, NoGenesis, Side};

use crate::{
    access::Access, consent::Consents, identity::Identities, network::Network, records::Records, subjects::Subjects,
};
use epione_kernel::{
    Ctx, Dice, Domain, Done, EventAt, KeySet, Law, MemoryState, Missing, QuerySource, QueryStop, RowTable, Rows,
    Signer, Sources,
};
use epione_types::{ModuleId, SignerId, UnixMs};
use schemars::Schema;
use serde_json::Value;

/// The module.
#[derive(Debug)]
pub struct Challenges;

impl Domain for Challenges {
    const ID: ModuleId = ModuleId(9);
    const NAME: &'static str = "challenge";
    const DOC: &'static str = "Doubts the purpose of a request, and suspends who cannot show the evidence of it.";
    const REQUIRES: &'static [ModuleId] =
        &[Network::ID, Identities::ID, Subjects::ID, Consents::ID, Records::ID, Access::ID];

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
            Call::ChallengePurpose(call) => apply::challenge(ctx, by, call),
            Call::Answer(call) => apply::answer(ctx, by, call),
            Call::Accept(call) => apply::accept(ctx, by, call),
            Call::RejectAnswer(call) => apply::reject(ctx, by, call),
            Call::Vote(call) => apply::vote(ctx, by, call),
            Call::Withdraw(call) => apply::withdraw(ctx, by, call),
        }
    }

    fn due(ctx: &mut Ctx<'_, Self>, item: &Due) -> Result<(), Missing> {
        apply::due(ctx, item)
    }

    fn while_suspended(call: u16) -> bool {
        // All but vote: patients keep what protects them, and who has to answer can.
        matches!(call, 1..=4 | 6)
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

    fn plausible(state: &MemoryState, by: &SignerId, now: UnixMs, dice: &mut Dice) -> Option<Call> {
        laws::plausible(state, by, now, dice)
    }
}
