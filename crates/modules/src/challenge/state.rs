//! Tables of challenges, and what other modules may read.

use crate::{
    access,
    challenge::{
        Call, Challenges,
        types::{Ballots, Challenge, Quota, Side, Usage},
    },
    network,
};
use epione_kernel::{KeySet, Missing, Reads, Table};
use epione_types::{ChallengeId, RequestId, SignerId};

pub(super) const CHALLENGES: Table<Challenges, ChallengeId, Challenge> = Table::new(1, "challenges");
/// The challenge of a request in the name of a side: each challenges it once.
pub(super) const OF_REQUESTS: Table<Challenges, (RequestId, Side), ChallengeId> = Table::new(2, "of_requests");
pub(super) const BALLOTS: Table<Challenges, ChallengeId, Ballots> = Table::new(3, "ballots");
/// What was used of the quotas.
pub(super) const USAGE: Table<Challenges, Quota, Usage> = Table::new(4, "usage");

/// The challenge with this identifier. For other modules and the node.
///
/// # Errors
/// [`Missing`] if its row is not loaded.
pub fn challenge(from: &impl Reads, id: &ChallengeId) -> Result<Option<Challenge>, Missing> {
    CHALLENGES.get(from, id)
}

/// The challenge of a request in the name of a side. For other modules and the node.
///
/// # Errors
/// [`Missing`] if its row is not loaded.
pub fn challenge_of(from: &impl Reads, request: &RequestId, side: Side) -> Result<Option<ChallengeId>, Missing> {
    OF_REQUESTS.get(from, &(*request, side))
}

pub(super) fn ballots(from: &impl Reads, id: &ChallengeId) -> Result<Ballots, Missing> {
    Ok(BALLOTS.get(from, id)?.unwrap_or_default())
}

pub(super) fn reads(by: &SignerId, call: &Call, keys: &mut KeySet) {
    let mut add = |id: &ChallengeId| {
        keys.add(&CHALLENGES, id);
        network::settings_reads(keys);
    };
    match call {
        Call::ChallengePurpose(call) => {
            access::request_reads(&call.request, keys);
            network::settings_reads(keys);
            let side = if matches!(by, SignerId::Organization(_)) { Side::Custodian } else { Side::Patient };
            keys.add(&OF_REQUESTS, &(call.request, side));
        }
        Call::Answer(call) => add(&call.challenge),
        Call::Accept(call) => add(&call.challenge),
        Call::RejectAnswer(call) => add(&call.challenge),
        Call::Withdraw(call) => add(&call.challenge),
        Call::Vote(call) => {
            add(&call.challenge);
            keys.add(&BALLOTS, &call.challenge);
            network::voters_reads(keys);
        }
    }
}
