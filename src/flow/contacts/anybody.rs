//! Whether anybody could be known at all: a ring on a server that knows nobody looks nobody up.

use std::sync::atomic::{AtomicU64, Ordering};

/// Whether anybody could be known, in the lowest bit; above it, how often somebody became known here.
#[derive(Debug, Default)]
pub(crate) struct Anybody(AtomicU64);

impl Anybody {
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

    /// Keeps somebody in the database who becomes known by that. Said before it is kept, because whoever
    /// is woken by it looks for contacts only if there may be any; and after it, because whoever looked
    /// at the database in between saw nobody.
    pub(crate) async fn add_while<T>(&self, kept: impl Future<Output = T>) -> T {
        self.add();
        let done = kept.await;
        self.add();
        done
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

    #[tokio::test]
    async fn who_became_known_while_somebody_looked_is_not_forgotten() {
        let anybody = Anybody::default();
        let version = anybody.version();
        anybody.add();
        anybody.observe(version, false);
        assert!(anybody.any());
        // Somebody looks after it was said, and before it is kept.
        let between = anybody.add_while(async { anybody.version() }).await;
        anybody.observe(between, false);
        assert!(anybody.any());
        anybody.observe(anybody.version(), false);
        assert!(!anybody.any());
        anybody.observe(anybody.version(), true);
        assert!(anybody.any());
    }
}
