//! What was written a moment ago, so that the same need not be written again with every request.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::wire::{Time, time::MINUTE};

/// Entries; beyond that it begins anew, which costs a few writes.
const REMEMBERED: usize = 100_000;

/// Key → what was written, and when.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    written: Mutex<HashMap<K, (V, Time)>>,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self { written: Mutex::default() }
    }
}

impl<K: Eq + Hash, V> Recent<K, V> {
    fn written(&self) -> MutexGuard<'_, HashMap<K, (V, Time)>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this very value was written less than 60 s ago. A clock that went back counts as longer.
    pub(super) fn has<Q>(&self, key: &Q, value: &V, now: Time) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
        V: PartialEq,
    {
        self.written().get(key).is_some_and(|(was, at)| was == value && (0..MINUTE).contains(&now.since(*at)))
    }

    /// It was committed.
    pub(super) fn put(&self, key: K, value: V, now: Time) {
        let mut written = self.written();
        if written.len() >= REMEMBERED && !written.contains_key(&key) {
            written.clear();
        }
        written.insert(key, (value, now));
    }
}
