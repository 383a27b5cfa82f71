//! Identity: persons, practitioners, services and devices as sets of keys, and how they survive the loss of these.
//!
//! # Actors          organizations, which register; identities, for themselves; guardians of identities
//! # Life cycle      active ─deactivate▶ deactivated ─recovery▶ active │ ─close▶ closed
//! # Calls           register, enroll, keys, recovery, deactivate, transfer                                   (see `api`)
//! # On chain        random identifiers, public keys, an organization, guardians, times. Never a name or a number
//! # Laws            IDENTITY-1 … IDENTITY-7                                                         (see `laws`)
//! # Source          design §5 "Persons"; RFC 4211 §4 (proof of possession); EDPB 02/2025 (pseudonyms)
//!
//! A patient is another identity at every organization and each has its own keys; only the wallet knows that they belong
//! together. What they have in common would link them, so a guardian also serves each under a pseudonym of its own.
//!
//! # Keys
//!
//! Keys are of Ed25519, or passkeys (ADR 0015): P-256 keys in the authenticators of phones and browsers, each for the one site of
//! the wallet that made it, which must serve all its users alike.
//!
//! Signing keys sign transactions. Recovery keys sign none: they lie offline and count like guardians if the policy names
//! them. Every key enters by its own signature over what it enters for, and is claimed on this ledger for ever. At the
//! registration each key signs for all of them together: nobody's key is put beside keys of which he does not know.
//!
//! # Recovery
//!
//! A policy names guardians and a threshold *k* below their number. A recovery goes
//! started ─k approvals▶ approved ─delay▶ finished; with k + 1 approvals it is *secured*. Against whom this protects:
//!
//! | attack | answer |
//! |--------|--------|
//! | fewer than *k* guardians collude | they start what is never approved; nothing need be cancelled |
//! | *k* guardians collude against the owner | every step is a notice; a key cancels all that is under way at once; in the same transaction the owner sets another policy, which is in force before a second attempt matures |
//! | who stole a key cancels for ever | each key cancels once, a key that replaces it not again, eight cancellations are all; *k* + 1 guardians override it at once |
//! | who stole a key changes the policy, or goes to another organization | both take as long as a recovery, and a secured recovery voids them |
//! | who stole a key adds recovery keys or removes those of the owner | a recovery key counts only if the policy names it, and one that it names cannot be removed |
//! | a guardian was removed | what was under way under the policy before is over |
//! | signatures are replayed | they name identity, number of the change or recovery, step and new keys |
//! | a guardian floods the identity with recoveries | one a day each; recoveries do not hinder one another |
//!
//! *k* + 1 colluding guardians take the identity over, after the delay and with notice: that is what the owner trusts them
//! with. Maturity and expiry are tested by block time when a row is read; no rule waits for scheduled work.
//!
//! # Organizations
//!
//! An identity of a suspended organization is suspended: the table in [`crate::network`] says what it may still do. So is
//! one whose organization has left: it signs what protects it, above all its transfer to another organization. The keys of
//! a closed or deactivated identity sign nothing.

mod types;

mod api;

mod state;

mod apply;

mod query;

mod laws;

#[cfg(test)]
mod tests;

pub use api::{
    AcceptTransfer, AddKey, ApproveRecovery, Call, CancelRecovery, Deactivate, Enroll, Event, Find, FinishRecovery,
    Get, GetRecovery, List, Query, Register, Reject, RemoveKey, RotateKey, SetRecovery, StartRecovery, Transfer,
    events,
};
pub use state::{identities, identity, identity_reads};
pub use types::{
    CANCELLATIONS_MAX, Guardian, Identity, IdentityKey, IdentityKeys, IdentityKind, IdentityStatus, KEYS_MAX, KeyRole,
    Offer, PlannedPolicy, Policy, ProvenKey, RECOVERY_KEYS_MAX, Recovery, RecoveryStep, is_fit, key_message, keys_hash,
    recovery_message, registration_message,
};

use crate::network::Network;
use epione_kernel::{
    Ctx, Dice, Domain, Done, EventAt, KeySet, Law, MemoryState, Missing, QuerySource, QueryStop, RowTable, Rows,
    Signer, Sources, Standing, View,
};
use epione_types::{ModuleId, PublicKey, SignerId, UnixMs};
use schemars::Schema;
use serde_json::Value;

/// The module.
#[derive(Debug)]
pub struct Identities;

impl Domain for Identities {
    const ID: ModuleId = ModuleId(2);
    const NAME: &'static str = "identity";
    const DOC: &'static str = "Persons, practitioners, services and devices as sets of keys that can be recovered.";
    const REQUIRES: &'static [ModuleId] = &[Network::ID];

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
            Call::AddKey(call) => apply::add_key(ctx, by, call),
            Call::RemoveKey(call) => apply::remove_key(ctx, by, call),
            Call::RotateKey(call) => apply::rotate_key(ctx, by, call),
            Call::SetRecovery(call) => apply::set_recovery(ctx, by, call),
            Call::StartRecovery(call) => apply::start_recovery(ctx, by, call),
            Call::ApproveRecovery(call) => apply::approve_recovery(ctx, by, call),
            Call::CancelRecovery(call) => apply::cancel_recovery(ctx, by, call),
            Call::FinishRecovery(call) => apply::finish_recovery(ctx, call),
            Call::Deactivate(call) => apply::deactivate(ctx, by, call),
            Call::Transfer(call) => apply::transfer(ctx, by, call),
            Call::AcceptTransfer(call) => apply::accept_transfer(ctx, by, call),
            Call::Enroll(call) => apply::enroll(ctx, by, call),
        }
    }

    fn standing(view: View<'_>, signer: &SignerId, key: &PublicKey) -> Result<Standing, Missing> {
        state::standing(view, signer, key)
    }

    fn standing_reads(signer: &SignerId, keys: &mut KeySet) {
        state::standing_reads(signer, keys);
    }

    fn while_suspended(call: u16) -> bool {
        // All but register, enroll and accept-transfer, by which an organization takes on more.
        matches!(call, 2..=11)
    }

    fn answers(query: u16) -> (QuerySource, Schema) {
        query::answers(query)
    }

    fn query(sources: &Sources<'_>, query: &Query) -> Result<Value, QueryStop<Reject>> {
        match query {
            Query::Get(query) => query::get(sources, query),
            Query::GetRecovery(query) => query::recovery(sources, query),
            Query::List(query) => query::list(sources, query),
            Query::Find(query) => query::find(sources, query),
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
