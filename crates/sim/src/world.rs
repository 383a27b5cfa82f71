//! The consortium that is simulated: its members, their keys, its genesis.
//!
//! Every key is derived from the member's number, so that a run depends on nothing but scenario and seed.

use crate::{shelf::Shelf, skewed::BEGIN_MS};
use bytes::Bytes as Buffer;
use commonware_codec::{DecodeExt as _, Encode as _};
use commonware_cryptography::{Signer as _, ed25519};
use commonware_utils::ordered::Set;
use epione_consensus::{Eras, Rules};
use epione_exec::Modules;
use epione_kernel::{Hosted, Missing, Module, View, broken};
use epione_modules::network;
use epione_store::STATE_FORMAT;
use epione_types::{
    Bytes, ChainId, Committee, Genesis, GenesisModule, Hash, List, OrgId, PublicKey, SignerId, SigningKey, Tenure,
    Text, UnixMs, domain, encode,
};
use std::sync::OnceLock;

static SHELF: Hosted<Shelf> = Hosted::new();

/// The modules of the simulated chain: all, and [`Shelf`].
///
/// # Panics
/// Never: the list is not empty.
pub fn modules() -> Modules {
    static LIST: OnceLock<Vec<&'static dyn Module>> = OnceLock::new();
    LIST.get_or_init(|| epione_modules::ALL.iter().copied().chain([&SHELF as &dyn Module]).collect())
}

/// A founding member, by its number from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Founder(pub u32);

impl Founder {
    fn seed(self, purpose: &[u8]) -> [u8; 32] {
        Hash::sha256(&[b"simulated key", purpose, &self.0.to_le_bytes()]).0
    }

    /// The key that signs for its keys, and its leaving.
    #[must_use]
    pub fn root(self) -> SigningKey {
        SigningKey::from_seed(self.seed(b"root"))
    }

    /// The keys of its organization that sign, in the order in which they agree to its admission.
    #[must_use]
    pub fn signers(self) -> [SigningKey; 3] {
        let vote = SigningKey::from_seed(self.vote().encode().as_ref().try_into().unwrap_or_default());
        [self.root(), self.operations(), vote]
    }

    /// The key that signs its transactions.
    #[must_use]
    pub fn operations(self) -> SigningKey {
        SigningKey::from_seed(self.seed(b"operations"))
    }

    /// The key with which it votes on blocks and is known to its peers.
    #[must_use]
    pub fn vote(self) -> ed25519::PrivateKey {
        ed25519::PrivateKey::from_seed(u64::from(self.0) + 1)
    }

    /// The public part of [`Self::vote`].
    #[must_use]
    pub fn peer(self) -> ed25519::PublicKey {
        self.vote().public_key()
    }

    /// [`Self::peer`] as it stands in headers.
    #[must_use]
    pub fn vote_key(self) -> PublicKey {
        PublicKey::Ed25519(self.peer().as_ref().try_into().unwrap_or_default())
    }

    /// The organization as it enters.
    ///
    /// # Panics
    /// Never: the texts are right.
    #[must_use]
    pub fn member(self) -> network::Member {
        let text = |text: String| Text::new(text).unwrap_or_else(|_error| broken("a name of a founder"));
        network::Member {
            name: text(format!("Founder {}", self.0)),
            kind: network::OrganizationKind::Hospital,
            jurisdiction: network::Jurisdiction::new("CH").unwrap_or_else(|_error| broken("a country")),
            role: network::Role::Validator,
            keys: network::Keys {
                root: self.root().public(),
                operations: self.operations().public(),
                vote: Some(self.vote_key()),
                receipt: None,
                tls: None,
                kem: None,
            },
            addresses: network::Addresses::default(),
        }
    }

    /// Its identifier.
    #[must_use]
    pub fn org(self) -> OrgId {
        self.member().id()
    }

    /// As whom it signs.
    #[must_use]
    pub fn signer(self) -> SignerId {
        SignerId::Organization(self.org())
    }
}

/// The founders of a consortium of `count`.
pub fn founders(count: u32) -> impl Iterator<Item = Founder> {
    (0..count).map(Founder)
}

/// The validators of a consortium of `count` founders.
#[must_use]
pub fn committee(count: u32) -> Committee {
    let mut keys: Vec<PublicKey> = founders(count).map(Founder::vote_key).collect();
    keys.sort_unstable();
    Committee { keys: List::new(keys).unwrap_or_default() }
}

/// The validators of a consortium of `count` founders, as the engine knows them.
#[must_use]
pub fn voters(count: u32) -> Set<ed25519::PublicKey> {
    engine_keys(&committee(count))
}

/// A committee as the engine knows it.
#[must_use]
pub fn engine_keys(committee: &Committee) -> Set<ed25519::PublicKey> {
    let key = |key: &PublicKey| {
        key.ed25519()
            .and_then(|bytes| ed25519::PublicKey::decode(Buffer::copy_from_slice(bytes)).ok())
            .unwrap_or_else(|| broken("a vote key of a founder"))
    };
    Set::from_iter_dedup(committee.keys.iter().map(key))
}

/// Under which the validators of a chain sign their votes.
#[must_use]
pub fn namespace(chain: &ChainId) -> Vec<u8> {
    [domain::CONSENSUS, &chain.0].concat()
}

/// The genesis of a consortium of `count` founders, with a heartbeat and epochs of so many blocks.
#[must_use]
pub fn genesis(count: u32, heartbeat_ms: u64, epoch_blocks: u64) -> Genesis {
    let network = network::Genesis {
        parameters: network::Parameters { heartbeat_ms, ..network::Parameters::default() },
        members: List::new(founders(count).map(Founder::member).collect()).unwrap_or_default(),
    };
    let body = Bytes::new(encode(&network)).unwrap_or_default();
    let part = GenesisModule { module: <network::Network as epione_kernel::Domain>::ID, body };
    Genesis {
        version: Genesis::VERSION,
        state_format: STATE_FORMAT,
        name: Text::new("Simulation".to_owned()).unwrap_or_else(|_error| broken("a name")),
        time: UnixMs(BEGIN_MS),
        salt: [7; 16],
        demo: true,
        epoch_blocks,
        modules: List::new(vec![part]).unwrap_or_default(),
    }
}

/// A chain that keeps its state in one format.
#[must_use]
pub fn eras() -> Eras {
    Eras::new(STATE_FORMAT, Vec::new())
}

/// What of the parameters of the network the engine obeys.
///
/// # Errors
/// [`Missing`] if their row is not loaded.
pub fn read_rules(view: View<'_>, height: u64) -> Result<Rules, Missing> {
    let parameters = network::parameters(&view, height)?;
    let (block_time_ahead_ms, heartbeat_ms) = (parameters.block_time_ahead_ms, parameters.heartbeat_ms);
    let halt_at = network::halt(&view)?.map(|halt| halt.height);
    let committee = network::committee(&view)?;
    let committee_changes = network::next_committee(&view)? != committee;
    Ok(Rules { block_time_ahead_ms, heartbeat_ms, halt_at, committee, committee_changes })
}

/// Committees since the genesis, some at a time.
///
/// # Errors
/// [`Missing`] if a row is not loaded.
pub fn read_tenures(view: View<'_>, last: Option<u64>) -> Result<(Vec<Tenure>, Option<u64>), Missing> {
    network::tenures_until(&view, last)
}

/// Lets block times run ahead without bound.
///
/// # Errors
/// As [`read_rules`].
pub fn no_rules(view: View<'_>, height: u64) -> Result<Rules, Missing> {
    Ok(Rules { block_time_ahead_ms: u64::MAX, ..read_rules(view, height)? })
}
