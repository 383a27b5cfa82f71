//! Network: the members of the consortium, their keys, and the rules among them.
//!
//! # Actors          member organizations, each by its operations and root keys
//! # Life cycle      active ─suspend▶ suspended ─reinstate▶ active │ ─leave, expel▶ left
//! # Calls           propose, vote, withdraw-proposal, rotate-key, set-addresses, leave                (see `api`)
//! # On chain        names, keys and addresses of organizations, proposals, votes: nothing about a person
//! # Laws            NETWORK-1 … NETWORK-10                                                            (see `laws`)
//! # Source          NIST SP 800-57 Part 1 §5.2 (one purpose per key), §8.3 (retired keys); ISO 3166-1, ISO 3166-2
//!
//! # Proposals
//!
//! A proposal goes open ─vote▶ enacted │ ─withdraw▶ withdrawn │ ─time▶ expired. It takes effect with the approval by which
//! **more than two thirds of its electorate** approve, counted at that moment (`docs/adr/0008-votes.md`):
//!
//! | change                                                        | electorate |
//! |---------------------------------------------------------------|------------|
//! | who votes: admit (but observers), change-role, suspend, expel | all members and validators, the suspended and the subject included |
//! | reinstate, set-parameter, set-default, halt-at, admit an observer | the active members and validators |
//!
//! Observers neither vote nor count. The suspended cannot vote, and nobody votes on its own suspension or expulsion; there
//! they count as if they disapproved. Thus no two thirds or fewer of the members ever change who votes, however often they
//! try and whoever is suspended. A member may change its vote until the decision; who enters before it votes and counts,
//! too. The vote of one that lost its vote since, even if it has it again, does not count until given anew. An approval
//! that would put into effect what has become impossible is refused with the reason, and the proposal stays open until its
//! deadline.
//!
//! # Validators
//!
//! The next committee consists of the active validators. Suspension takes a member's rights, never its seat by force: if
//! fewer than four validators are active, the suspended ones keep their seats, in which they only vote on blocks. Four
//! validators always remain, suspended ones included; where there are fewer, because the genesis of a demonstration had
//! fewer, they never become fewer still. Decisions change what [`next_committee`] answers; with the last block of an epoch it
//! takes office and becomes [`committee`], the one that stands in headers (`docs/adr/0006-epochs.md`).
//!
//! # Keys
//!
//! Each purpose has its own key. The root key replaces all; the operations key signs the daily business and replaces
//! itself and the receipt, TLS and KEM keys. A new signing key signs for itself, so nobody registers a key that he does
//! not hold. A key that was once in use, by anybody, is never accepted again. The vote key of a validator changes at the
//! next border of epochs: until then both stand in the row, and [`next_committee`] answers with the new one. Every change of
//! the validators makes all receipts longer for ever; so a vote key that took another's place is replaced only when it was in
//! force for a day, or as long as the parameters say. The first key of a validator, and one that awaits the border, can be
//! replaced at any time.
//!
//! # What a suspended member may still do
//!
//! It keeps what protects itself, its patients and the evidence of others; it loses what makes new claims or decides over
//! others. The same holds for its identities. What each call says of itself stands in the surface of its module.
//!
//! | module     | open while suspended                                                             | closed |
//! |------------|----------------------------------------------------------------------------------|--------|
//! | `network`  | `withdraw-proposal`, `rotate-key`, `set-addresses`, `leave`                      | `propose`, `vote` |
//! | `identity` | all that concerns keys, recovery, deactivation and the way to another organization | `register`, `accept-transfer` |
//! | `notary`   | `reveal`, `withdraw`: of entries made before                                     | `commit`, `supersede` |
//! | `subjects` | all by which patients, and who acts for them, decide, and by which charts are put right or closed; its holder appoints a proxy, its custodian nobody | `register`, `merge` |
//! | `consent`  | all by patients and who acts for them; the custodian attests only what narrows access    | –      |
//! | `records`  | all by which units are corrected, kept alive, erased and deleted, and by which keys of shares change | `register`, `support-successor` |
//! | `emergency` | treatment in emergencies, and all by which it is examined afterwards              | `reinstate` |
//! | `access`   | `end-agreement`, `answer-locate`, `end-relation`, `withdraw`, `release`, `complain`; `locate` and `request` in emergencies; `disclose` what the law requires | `propose-agreement`, `accept-agreement`, `relate` |
//! | `challenge` | all by patients and custodians who doubt, and by who has to answer                  | `vote` |
//!
//! An organization that left signs nothing any more. Its identities stand as those of a suspended one, so that a person
//! can take its identity to another organization.

mod types;

mod api;

mod state;

mod apply;

mod query;

mod laws;

#[cfg(test)]
mod tests;

pub use api::{
    Call, Event, GetCommittee, GetOrganization, GetParameters, GetProposal, Leave, ListOrganizations, ListProposals,
    Propose, Query, Reject, RotateKey, SetAddresses, Vote, WithdrawProposal, events,
};
pub use state::{
    ClaimedKey, KeyUse, begin_kem_period, claim, claim_reads, committee, halt, kem_key, kem_reads, key_use,
    member_status, members, next_committee, nodes, organization, parameters, policies, settings, settings_reads,
    status_reads, tenures, tenures_until, voters, voters_reads,
};
pub use types::{
    Addresses, ApiUrl, Ballot, Change, CoreUse, DefaultRule, Defaults, ExclusionReason, Genesis, Halt, HostPort,
    Jurisdiction, KemKey, Keys, MEMBERS_MAX, Member, NewKey, OrgKeys, Organization, OrganizationKind, Parameter,
    Parameters, PlaceError, Policies, Proposal, ProposalStatus, Purpose, Role, Settings, Status, Tally, XWingKey,
    admission_message, is_fit, rotation_message,
};

use epione_kernel::{
    Ctx, Dice, Domain, Done, EventAt, KeySet, Law, MemoryState, Missing, QuerySource, QueryStop, RowTable, Rows,
    Signer, Sources, Standing, View,
};
use epione_types::{ModuleId, ProposalId, PublicKey, SignerId, UnixMs, Upgrade};
use schemars::Schema;
use serde_json::Value;

/// The module.
#[derive(Debug)]
pub struct Network;

impl Domain for Network {
    const ID: ModuleId = ModuleId(1);
    const NAME: &'static str = "network";
    const DOC: &'static str = "The members of the consortium, their keys, and the rules among them.";

    type Call = Call;
    type Event = Event;
    type Reject = Reject;
    type Query = Query;
    type Genesis = Genesis;
    /// A proposal whose deadline has passed.
    type Due = ProposalId;

    fn check(call: &Call) -> Result<(), Reject> {
        apply::check(call)
    }

    fn reads(by: &SignerId, call: &Call, keys: &mut KeySet) {
        state::reads(by, call, keys);
    }

    fn apply(ctx: &mut Ctx<'_, Self>, by: &Signer, call: &Call) -> Done<Self> {
        match call {
            Call::Propose(call) => apply::propose(ctx, by, call),
            Call::Vote(call) => apply::vote(ctx, by, call),
            Call::WithdrawProposal(call) => apply::withdraw_proposal(ctx, by, call),
            Call::RotateKey(call) => apply::rotate_key(ctx, by, call),
            Call::SetAddresses(call) => apply::set_addresses(ctx, by, call),
            Call::Leave(call) => apply::leave(ctx, by, call),
        }
    }

    fn due(ctx: &mut Ctx<'_, Self>, item: &ProposalId) -> Result<(), Missing> {
        apply::due(ctx, item)
    }

    fn epoch_ends(ctx: &mut Ctx<'_, Self>, next: u64) -> Result<(), Missing> {
        apply::epoch_ends(ctx, next)
    }

    fn upgraded(ctx: &mut Ctx<'_, Self>, upgrade: &Upgrade) -> Result<(), Missing> {
        apply::upgraded(ctx, upgrade)
    }

    fn standing(view: View<'_>, signer: &SignerId, key: &PublicKey) -> Result<Standing, Missing> {
        state::standing(view, signer, key)
    }

    fn standing_reads(signer: &SignerId, keys: &mut KeySet) {
        state::standing_reads(signer, keys);
    }

    fn while_suspended(call: u16) -> bool {
        // withdraw-proposal, rotate-key, set-addresses, leave
        matches!(call, 3..=6)
    }

    fn answers(query: u16) -> (QuerySource, Schema) {
        query::answers(query)
    }

    fn query(sources: &Sources<'_>, query: &Query) -> Result<Value, QueryStop<Reject>> {
        match query {
            Query::GetOrganization(query) => query::organization(sources, query),
            Query::ListOrganizations(query) => query::organizations(sources, query),
            Query::GetProposal(query) => query::proposal(sources, query),
            Query::ListProposals(query) => query::proposals(sources, query),
            Query::GetParameters(query) => query::parameters(sources, query),
            Query::GetCommittee(query) => query::committee(sources, query),
        }
    }

    fn tables() -> &'static [RowTable] {
        query::TABLES
    }

    fn project(event: &Event, at: &EventAt, rows: &mut Rows) {
        query::project(event, at, rows);
    }

    fn init(ctx: &mut Ctx<'_, Self>, genesis: &Genesis) -> Done<Self> {
        apply::init(ctx, genesis)
    }

    fn laws() -> &'static [Law] {
        laws::LAWS
    }

    fn plausible(state: &MemoryState, by: &SignerId, now: UnixMs, dice: &mut Dice) -> Option<Call> {
        laws::plausible(state, by, now, dice)
    }
}
