//! The secrets of readers, in memory only: who stops the node loses them and requests again.

use epione_types::{Hash, UnixMs};
use epione_vault::ReaderSession;
use std::collections::BTreeMap;

/// Most sessions at once; the oldest make room.
const SESSIONS_MAX: usize = 4096;

/// The sessions of readers, by the hash of their keys.
#[derive(Debug, Default)]
pub(crate) struct Sessions(BTreeMap<Hash, (UnixMs, ReaderSession)>);

impl Sessions {
    pub(crate) fn add(&mut self, session: ReaderSession, now: UnixMs) -> Hash {
        if self.0.len() >= SESSIONS_MAX {
            let oldest = self.0.iter().min_by_key(|(_, (since, _))| *since).map(|(root, _)| *root);
            oldest.map(|root| self.0.remove(&root));
        }
        let root = session.root();
        self.0.insert(root, (now, session));
        root
    }

    pub(crate) fn get(&self, root: &Hash) -> Option<ReaderSession> {
        self.0.get(root).map(|(_, session)| session.clone())
    }

    pub(crate) fn end(&mut self, root: &Hash) {
        self.0.remove(root);
    }
}
