//! Who votes in which epoch, as far as this node has come.

use crate::{block::engine_key, engine::StartError};
use commonware_consensus::{simplex::scheme::ed25519::Scheme, types::Epoch};
use commonware_cryptography::{
    certificate::{Provider, Scheme as _, Scoped},
    ed25519,
};
use commonware_utils::ordered::Set;
use epione_types::{ChainId, Committee, Tenure, domain};
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

/// The committees by the epoch with which they took office, and the last epoch whose committee is known.
#[derive(Clone, Debug)]
pub(crate) struct Committees {
    chain: ChainId,
    key: Option<ed25519::PrivateKey>,
    known: Arc<RwLock<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    terms: BTreeMap<u64, Arc<Scheme>>,
    last_epoch: u64,
}

impl Committees {
    /// The committees of a chain that begins with `founders`. With a key, certificates can be signed in every epoch whose
    /// committee has it.
    pub(crate) fn new(
        chain: ChainId,
        founders: &Committee,
        key: Option<ed25519::PrivateKey>,
    ) -> Result<Self, StartError> {
        let committees = Self { chain, key, known: Arc::default() };
        committees.seat(0, founders)?;
        Ok(committees)
    }

    /// Takes note of the committee of `epoch`, which follows the last one that is known.
    pub(crate) fn seat(&self, epoch: u64, committee: &Committee) -> Result<(), StartError> {
        let scheme = Arc::new(scheme(&self.chain, committee, self.key.as_ref())?);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.terms.last_key_value().is_none_or(|(_, last)| last.participants() != scheme.participants()) {
            known.terms.insert(epoch, scheme);
        }
        known.last_epoch = known.last_epoch.max(epoch);
        Ok(())
    }

    /// Takes note of all committees up to that of `epoch`, in which the node goes on.
    pub(crate) fn restore(&self, tenures: &[Tenure], epoch: u64) -> Result<(), StartError> {
        for tenure in tenures.iter().filter(|tenure| tenure.since_epoch <= epoch) {
            self.seat(tenure.since_epoch, &tenure.committee)?;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.last_epoch = known.last_epoch.max(epoch);
        Ok(())
    }

    /// The scheme of an epoch; none if its committee is not known yet.
    pub(crate) fn of(&self, epoch: u64) -> Option<Arc<Scheme>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let (_, scheme) = known.terms.range(..=epoch).next_back()?;
        (epoch <= known.last_epoch).then(|| Arc::clone(scheme))
    }
}

impl Committees {
    /// The same committee, without a key.
    pub(crate) fn following(&self, scheme: &Scheme) -> Scheme {
        Scheme::verifier(&namespace(&self.chain), scheme.participants().clone())
    }
}

impl Provider for Committees {
    type Scope = Epoch;
    type Scheme = Scheme;

    fn scoped(&self, epoch: Epoch) -> Option<Scoped<Scheme>> {
        self.of(epoch.get()).map(Scoped::scheme)
    }
}

/// Under which the validators of a chain sign.
pub(crate) fn namespace(chain: &ChainId) -> Vec<u8> {
    [domain::CONSENSUS, &chain.0].concat()
}

/// The scheme of a committee, and the namespace under which a chain's validators sign; with a key of the committee it can
/// sign, too.
fn scheme(chain: &ChainId, committee: &Committee, key: Option<&ed25519::PrivateKey>) -> Result<Scheme, StartError> {
    let mut keys = Vec::with_capacity(committee.keys.len());
    for key in committee.keys.iter() {
        keys.push(engine_key(key).ok_or(StartError::Committee(*key))?);
    }
    let keys: Set<ed25519::PublicKey> = keys.try_into().map_err(|_duplicate| StartError::Duplicate)?;
    let namespace = namespace(chain);
    let signer = key.and_then(|key| Scheme::signer(&namespace, keys.clone(), key.clone()));
    Ok(signer.unwrap_or_else(|| Scheme::verifier(&namespace, keys)))
}
