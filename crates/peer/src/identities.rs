//! The certificates with which an organization shows itself: one in force, others that stand by.

use crate::{Files, Identity, IdentityError};
use epione_types::Hash;
use std::{
    fs, io,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::SystemTime,
};

/// Most certificates in a folder: one in force, one that stands by, and what was not cleared away.
const IDENTITIES_MAX: usize = 16;

/// Own certificates, which may be replaced at any time. Which of them is in force the ledger says.
#[derive(Debug, Default)]
pub struct Identities(RwLock<Vec<Arc<Identity>>>);

impl Identities {
    /// Begins with these.
    #[must_use]
    pub fn new(identities: Vec<Identity>) -> Self {
        let own = Self::default();
        own.replace(identities);
        own
    }

    /// New connections see these. Connections that are open go on.
    pub fn replace(&self, identities: Vec<Identity>) {
        let identities = identities.into_iter().map(Arc::new).collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = identities;
    }

    /// The keys of all, in the order in which they were given.
    #[must_use]
    pub fn keys(&self) -> Vec<Hash> {
        self.best_first(None).iter().map(|identity| identity.key()).collect()
    }

    /// Until when the certificate with this key is valid; none if there is none.
    #[must_use]
    pub fn valid_until(&self, key: Hash) -> Option<SystemTime> {
        self.best_first(Some(key)).first().filter(|identity| identity.key() == key)?.valid_until()
    }

    /// All, the one with this key first.
    pub(crate) fn best_first(&self, key: Option<Hash>) -> Vec<Arc<Identity>> {
        let mut all = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        all.sort_by_key(|identity| Some(identity.key()) != key);
        all
    }
}

/// The certificates in a folder, by name: each `NAME.pem` with its private key in `NAME.key`.
///
/// # Errors
/// [`IdentityError`] with the file that cannot be used; an empty folder is none.
pub fn load_folder(folder: &Path) -> Result<Vec<Identity>, IdentityError> {
    let failed = |source: io::Error| IdentityError::Io { path: folder.to_owned(), source };
    let mut certificates = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "pem") {
            certificates.push(path);
        }
    }
    certificates.sort();
    if certificates.len() > IDENTITIES_MAX {
        return Err(IdentityError::TooMany { folder: folder.to_owned(), max: IDENTITIES_MAX });
    }
    let files = certificates.into_iter().map(|certificate| {
        let key = certificate.with_extension("key");
        Files { certificate, key }
    });
    files.map(|files| Identity::load(&files)).collect()
}
