//! How many places each one takes, so that nobody takes those of all others.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

/// Places, counted by who takes them.
#[derive(Debug)]
pub(crate) struct Crowd<K> {
    /// Most places of one.
    max: usize,
    taken: Arc<Mutex<HashMap<K, usize>>>,
}

/// A place, as long as it is held.
#[derive(Debug)]
pub(crate) struct Place<K: Eq + Hash> {
    who: K,
    taken: Arc<Mutex<HashMap<K, usize>>>,
}

impl<K: Copy + Eq + Hash> Crowd<K> {
    pub(crate) fn new(max: usize) -> Self {
        Self { max, taken: Arc::default() }
    }

    /// A place for `who`; none if it has as many as it may.
    pub(crate) fn enter(&self, who: K) -> Option<Place<K>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(who).or_default();
        if *count >= self.max {
            return None;
        }
        *count += 1;
        Some(Place { who, taken: Arc::clone(&self.taken) })
    }
}

impl<K: Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.who) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(&self.who);
            }
        }
    }
}
