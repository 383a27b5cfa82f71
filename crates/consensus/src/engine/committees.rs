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
    ops::RangeInclusive,
    sync::{Arc, PoisonError, RwLock},
};

/// The committees by the first epoch of which they are known.
#[derive(Clone, Debug)]
pub(crate) struct Committees {
    chain: ChainId,
    key: Option<ed25519::PrivateKey>,
    terms: Arc<RwLock<BTreeMap<u64, Term>>>,
}

/// Epochs in a row with one committee.
#[derive(Debug)]
struct Term {
    scheme: Arc<Scheme>,
    /// The last one of which that is known.
    until: u64,
}

impl Committees {
    /// The committees of a chain that begins with `founders`. With a key, certificates can be signed in every epoch whose
    /// committee has it.
    pub(crate) fn new(
        chain: ChainId,
        founders: &Committee,
        key: Option<ed25519::PrivateKey>,
    ) -> Result<Self, StartError> {
        let committees = Self { chain, key, terms: Arc::default() };
        committees.seat(0, founders)?;
        Ok(committees)
    }

    /// Takes note of the committee of `epoch`. Nothing is said about other epochs: a border may be announced before the node
    /// has read which committees there were.
    pub(crate) fn seat(&self, epoch: u64, committee: &Committee) -> Result<(), StartError> {
        self.put(epoch..=epoch, committee)
    }

    /// Takes note of all committees up to that of `epoch`, in which the node goes on.
    pub(crate) fn restore(&self, tenures: &[Tenure], epoch: u64) -> Result<(), StartError> {
        let ends = tenures.iter().skip(1).map(|next| next.since_epoch.saturating_sub(1)).chain([u64::MAX]);
        for (tenure, end) in tenures.iter().zip(ends).filter(|(tenure, _)| tenure.since_epoch <= epoch) {
            self.put(tenure.since_epoch..=end.min(epoch), &tenure.committee)?;
        }
        Ok(())
    }

    fn put(&self, epochs: RangeInclusive<u64>, committee: &Committee) -> Result<(), StartError> {
        let scheme = Arc::new(scheme(&self.chain, committee, self.key.as_ref())?);
        let (since, mut until) = epochs.into_inner();
        let mut terms = self.terms.write().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, before)) = terms.range_mut(..since).next_back()
            && before.until.saturating_add(1) >= since
            && before.scheme.participants() == scheme.participants()
        {
            before.until = before.until.max(until);
            return Ok(());
        }
        if let Some(known) = terms.get(&since) {
            until = until.max(known.until);
        }
        terms.insert(since, Term { scheme, until });
        Ok(())
    }

    /// The scheme of an epoch; none if its committee is not known yet.
    pub(crate) fn of(&self, epoch: u64) -> Option<Arc<Scheme>> {
        let terms = self.terms.read().unwrap_or_else(PoisonError::into_inner);
        let (_, term) = terms.range(..=epoch).next_back()?;
        (epoch <= term.until).then(|| Arc::clone(&term.scheme))
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
