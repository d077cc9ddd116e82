//! Whether anybody could be known at all: a ring on a server that knows nobody looks nobody up.

use std::sync::atomic::{AtomicU64, Ordering};

/// Whether anybody could be known, in the lowest bit; above it, how often somebody became known here.
#[derive(Debug, Default)]
pub(crate) struct Presence(AtomicU64);

impl Presence {
    /// Whether anybody could be known.
    pub(crate) fn any(&self) -> bool {
        self.version() & 1 == 1
    }

    /// What `observe` needs of the moment before looking.
    pub(crate) fn version(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Somebody became known.
    pub(crate) fn add(&self) {
        self.0.fetch_add(2, Ordering::Relaxed);
        self.0.fetch_or(1, Ordering::Relaxed);
    }

    /// Whether the database has anybody, whom another node or a command may have brought. Whoever
    /// became known since that `version` is not forgotten over it.
    pub(crate) fn observe(&self, version: u64, any: bool) {
        let now = version & !1 | u64::from(any);
        let order = Ordering::Relaxed;
        let _before = self.0.compare_exchange(version, now, order, order);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_became_known_while_somebody_looked_is_not_forgotten() {
        let presence = Presence::default();
        let version = presence.version();
        presence.add();
        presence.observe(version, false);
        assert!(presence.any());
        // Announced before it is kept and after it, with somebody who looked in between.
        let between = presence.version();
        presence.add();
        presence.observe(between, false);
        assert!(presence.any());
        presence.observe(presence.version(), false);
        assert!(!presence.any());
        presence.observe(presence.version(), true);
        assert!(presence.any());
    }
}
