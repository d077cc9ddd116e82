//! What a limiter remembers, in so much room and no more: instead of refusing whoever is new, it forgets
//! whoever has used up the least, which is nearly what it knows of somebody new.

#![expect(clippy::disallowed_types, reason = "held for a lookup, never across an await")]

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use governor::nanos::Nanos;
use governor::state::StateStore;

/// How many are remembered.
const MOST: usize = 4096;

/// Until when each has used up what it may: the later, the more.
#[derive(Debug)]
pub(super) struct Bounded<K>(Mutex<HashMap<K, u64>>);

impl<K> Default for Bounded<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq + Clone> StateStore for Bounded<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (answer, until) = decide(known.get(key).copied().map(Nanos::new))?;
        if known.len() >= MOST && !known.contains_key(key) {
            let least = known.iter().min_by_key(|(_, until)| **until);
            if let Some(least) = least.map(|(key, _)| key.clone()) {
                known.remove(&least);
            }
        }
        known.insert(key.clone(), until.as_u64());
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_used_up_the_least_is_forgotten_first() {
        let store = Bounded::default();
        let keep = |key: usize, until: u64| {
            let was = |before: Option<Nanos>| Ok::<_, ()>((before.is_some(), Nanos::new(until)));
            store.measure_and_replace(&key, was).unwrap()
        };
        for key in 0..MOST {
            assert!(!keep(key, if key == 7 { 1 } else { 10 }));
        }
        assert!(keep(8, 20), "whoever is known makes no room");
        assert!(!keep(MOST, 30) && !keep(7, 40), "the seventh had to go");
        assert!(keep(8, 50) && keep(MOST, 60));
        assert_eq!(store.0.lock().unwrap().len(), MOST);
    }
}
