//! What the members of a simulated consortium decide, one thing after the other.

use crate::world::Founder;
use epione_kernel::Numbered as _;
use epione_modules::network::{
    self, Call, Change, ExclusionReason, Leave, NewKey, Propose, Purpose, Role, RotateKey, admission_message,
    rotation_message,
};
use epione_types::{List, Text};

/// A decision about who votes, or how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The chain ends at a height.
    HaltAt(u64),
    /// One that is no founder enters as a validator.
    Admit(Founder),
    /// A validator becomes a mere member.
    Retire(Founder),
    /// A validator is suspended.
    Suspend(Founder),
    /// A suspended one is reinstated.
    Reinstate(Founder),
    /// A validator leaves of its own accord.
    Leave(Founder),
    /// A validator replaces its vote key by that of a second node, which stands by.
    ReplaceVoteKey(Founder, Founder),
}

/// A decision, and when its time has come.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The height from which it is proposed, once the decision before it was made.
    pub from: u64,
    /// The decision.
    pub decision: Decision,
}

impl Decision {
    /// Who brings it about.
    #[must_use]
    pub fn author(self) -> Founder {
        match self {
            Self::Leave(founder) | Self::ReplaceVoteKey(founder, _) => founder,
            _ => Founder(0),
        }
    }

    /// Whether the others vote on it.
    #[must_use]
    pub fn is_voted_on(self) -> bool {
        !matches!(self, Self::Leave(_) | Self::ReplaceVoteKey(..))
    }

    /// Whether it takes the root key.
    #[must_use]
    pub fn is_by_root(call: &Call) -> bool {
        matches!(call, Call::Leave(_) | Call::RotateKey(_))
    }

    /// Who may not vote on it.
    #[must_use]
    pub fn subject(self) -> Option<Founder> {
        match self {
            Self::Suspend(founder) => Some(founder),
            _ => None,
        }
    }

    /// The call with which it begins; none if it cannot be made.
    #[must_use]
    pub fn call(self) -> Option<Call> {
        let reason = ExclusionReason::Breach;
        let change = match self {
            Self::HaltAt(height) => {
                Change::HaltAt { height, release: Text::new("2.0.0".to_owned()).ok()?, state_format: 2 }
            }
            Self::Admit(founder) => {
                let member = founder.member();
                let message = admission_message(&member);
                let consents = founder.signers().iter().map(|key| key.sign(&message)).collect();
                Change::Admit { member: Box::new(member), consents: List::new(consents).ok()? }
            }
            Self::Retire(founder) => Change::ChangeRole { org: founder.org(), role: Role::Member },
            Self::Suspend(founder) => Change::Suspend { org: founder.org(), reason },
            Self::Reinstate(founder) => Change::Reinstate { org: founder.org() },
            Self::Leave(_) => return Some(Call::Leave(Leave {})),
            Self::ReplaceVoteKey(founder, by) => {
                let (org, [.., vote]) = (founder.org(), by.signers());
                let proof = vote.sign(&rotation_message(&org, Purpose::Vote, 0));
                return Some(Call::RotateKey(RotateKey { org, rotation: 0, key: NewKey::Vote(proof) }));
            }
        };
        Some(Call::Propose(Propose { change }))
    }

    /// Whether it was made, in the end or at the height of `state`.
    ///
    /// # Panics
    /// Never: a whole state has no missing rows.
    #[must_use]
    pub fn is_made(self, state: &epione_kernel::MemoryState) -> bool {
        let of = |founder: Founder| network::organization(state, &founder.org()).ok().flatten();
        let status = |founder| of(founder).map(|organization| organization.status);
        match self {
            Self::HaltAt(_) => network::halt(state).ok().flatten().is_some(),
            Self::Admit(founder) | Self::Reinstate(founder) => status(founder) == Some(network::Status::Active),
            Self::Retire(founder) => of(founder).is_some_and(|organization| organization.role == Role::Member),
            Self::Suspend(founder) => status(founder) == Some(network::Status::Suspended),
            Self::Leave(founder) => status(founder) == Some(network::Status::Left),
            Self::ReplaceVoteKey(founder, by) => {
                of(founder).is_some_and(|organization| organization.keys.vote == Some(by.vote_key()))
            }
        }
    }
}

/// The call in a transaction.
pub(crate) fn as_call(call: &Call) -> Option<epione_types::Call> {
    let module = <network::Network as epione_kernel::Domain>::ID;
    Some(epione_types::Call { module, call: call.number(), body: epione_types::Bytes::new(call.body()).ok()? })
}
