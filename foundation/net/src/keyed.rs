//! A bounded map of shared things by key.
//!
//! # Why
//! Keys come from connections, of which there are many and some short-lived; memory must not grow with them.
//!
//! # Eviction
//! When the map is full, the one used longest ago goes, among those that nobody holds. A thing that is held stays, so a
//! breaker with calls in flight is never forgotten; should all be held, the map grows past its bound by those.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// The map. Cheap to clone; clones share their contents.
#[derive(Debug)]
pub struct Keyed<K, V> {
    inner: Arc<Mutex<Inner<K, V>>>,
    entries_max: usize,
}

#[derive(Debug)]
struct Inner<K, V> {
    entries: HashMap<K, Entry<V>>,
    clock: u64,
}

#[derive(Debug)]
struct Entry<V> {
    value: Arc<V>,
    used: u64,
}

impl<K, V> Clone for Keyed<K, V> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), entries_max: self.entries_max }
    }
}

impl<K: Hash + Eq + Clone, V> Keyed<K, V> {
    /// A map of at most `entries_max` things that nobody holds.
    #[must_use]
    pub fn new(entries_max: usize) -> Self {
        let inner = Inner { entries: HashMap::new(), clock: 0 };
        Self { inner: Arc::new(Mutex::new(inner)), entries_max }
    }

    /// The thing at `key`, made now if there is none.
    pub fn get_or_make(&self, key: &K, make: impl FnOnce() -> V) -> Arc<V> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.clock = inner.clock.saturating_add(1);
        let now = inner.clock;
        if let Some(entry) = inner.entries.get_mut(key) {
            entry.used = now;
            return Arc::clone(&entry.value);
        }
        if inner.entries.len() >= self.entries_max {
            inner.evict();
        }
        let value = Arc::new(make());
        inner.entries.insert(key.clone(), Entry { value: Arc::clone(&value), used: now });
        value
    }

    /// Everything that is kept, in no particular order.
    #[must_use]
    pub fn entries(&self) -> Vec<(K, Arc<V>)> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = |(key, entry): (&K, &Entry<V>)| (key.clone(), Arc::clone(&entry.value));
        inner.entries.iter().map(entry).collect()
    }

    /// Number of things kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).entries.len()
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<K: Hash + Eq + Clone, V> Inner<K, V> {
    fn evict(&mut self) {
        let idle = self.entries.iter().filter(|(_, entry)| Arc::strong_count(&entry.value) == 1);
        let oldest = idle.min_by_key(|(_, entry)| entry.used).map(|(key, _)| key.clone());
        if let Some(key) = oldest {
            self.entries.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_idle_goes_and_the_held_stays() {
        let map: Keyed<u32, u32> = Keyed::new(2);
        let held = map.get_or_make(&1, || 10);
        map.get_or_make(&2, || 20);
        map.get_or_make(&3, || 30);
        assert_eq!(map.len(), 2);
        assert_eq!(*map.get_or_make(&1, || 99), *held);
        assert_eq!(*map.get_or_make(&2, || 21), 21, "2 was forgotten and made again");
    }
}
