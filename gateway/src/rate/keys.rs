//! What each key of a limit has used up: of so many keys and no more, as whoever asks chooses them.
//!
//! A key that has no place shares one quota with all others that have none, until a sweep frees places. So an attacker with many
//! addresses holds up other newcomers for that long, and nobody who is known already; the memory that he can take is fixed.

use core::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};

use governor::nanos::Nanos;
use governor::state::keyed::{DashMapStateStore, ShrinkableKeyedStateStore};
use governor::state::{InMemoryState, NotKeyed, StateStore};

/// The keys, and what those share that find no place.
pub(super) struct Bounded<K: Hash + Eq + Clone> {
    places: DashMapStateStore<K>,
    /// How many there are; to count the places is to take every lock of them.
    taken: AtomicUsize,
    most: usize,
    rest: InMemoryState,
}

impl<K: Hash + Eq + Clone> Bounded<K> {
    pub(super) fn new(most: usize) -> Self {
        let (places, rest) = (DashMapStateStore::default(), InMemoryState::default());
        Self { places, taken: AtomicUsize::new(0), most, rest }
    }

    /// Takes a place; false when there is none.
    fn take(&self) -> bool {
        let more = |taken: usize| (taken < self.most).then_some(taken.saturating_add(1));
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// After a sweep has counted anew there may be none to give back.
    fn give_back(&self) {
        let fewer = |taken: usize| taken.checked_sub(1);
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer).unwrap_or_default();
    }
}

impl<K: Hash + Eq + Clone> StateStore for Bounded<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        if let Some(known) = self.places.get(key) {
            return known.measure_and_replace(&NotKeyed::NonKey, f);
        }
        if !self.take() {
            return self.rest.measure_and_replace(&NotKeyed::NonKey, f);
        }
        let mut came_before = true;
        let place = self.places.entry(key.clone()).or_insert_with(|| {
            came_before = false;
            InMemoryState::default()
        });
        if came_before {
            // Another request of the key was quicker.
            self.give_back();
        }
        place.measure_and_replace(&NotKeyed::NonKey, f)
    }
}

impl<K: Hash + Eq + Clone> ShrinkableKeyedStateStore<K> for Bounded<K> {
    fn retain_recent(&self, drop_below: Nanos) {
        self.places.retain_recent(drop_below);
        self.taken.store(self.places.len(), Ordering::Relaxed);
    }

    fn len(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One more request of `key`, which it always has left.
    fn ask(keys: &Bounded<u32>, key: u32) {
        let next = |before: Option<Nanos>| -> Result<((), Nanos), ()> {
            Ok(((), Nanos::from(before.map_or(0, Nanos::as_u64) + 1)))
        };
        keys.measure_and_replace(&key, next).unwrap();
    }

    #[test]
    fn whoever_asks_there_are_so_many_places_and_each_is_counted_once() {
        let keys = Bounded::new(100);
        std::thread::scope(|all| {
            for _ in 0..4 {
                all.spawn(|| (0..2_000).for_each(|key| ask(&keys, key % 50)));
            }
        });
        assert_eq!((keys.places.len(), keys.len()), (50, 50));
        std::thread::scope(|all| {
            for from in [0, 10_000, 20_000, 30_000] {
                let keys = &keys;
                all.spawn(move || (from..from + 2_000).for_each(|key| ask(keys, key)));
            }
        });
        assert_eq!((keys.places.len(), keys.len()), (100, 100));
        keys.retain_recent(Nanos::from(0));
        assert_eq!(keys.len(), 100, "nobody is older than that");
        keys.retain_recent(Nanos::from(1_000_000));
        assert!(keys.is_empty() && keys.places.is_empty());
    }
}
