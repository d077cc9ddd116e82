//! What anybody can cause as often as they like is logged and kept only so often; the rest is counted.

use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};

use super::time::Timestamp;

/// Admits so many in one second, and counts those beyond.
#[derive(Debug)]
pub struct Throttle {
    most: u32,
    second: AtomicI64,
    count: AtomicU32,
    beyond: AtomicU64,
}

impl Throttle {
    /// One that admits this many a second.
    pub const fn new(most: u32) -> Self {
        Self {
            most,
            second: AtomicI64::new(0),
            count: AtomicU32::new(0),
            beyond: AtomicU64::new(0),
        }
    }

    /// Whether this one is admitted.
    pub fn admits(&self, now: Timestamp) -> bool {
        let second = now.0.div_euclid(1000);
        if self.second.swap(second, Ordering::Relaxed) != second {
            self.count.store(0, Ordering::Relaxed);
        }
        let admitted = self.count.fetch_add(1, Ordering::Relaxed) < self.most;
        if !admitted {
            self.pass_over();
        }
        admitted
    }

    /// Counts one that is not even asked about.
    pub fn pass_over(&self) {
        self.beyond.fetch_add(1, Ordering::Relaxed);
    }

    /// How many were passed over since this was last asked, if any.
    pub fn take_beyond(&self) -> Option<u64> {
        Some(self.beyond.swap(0, Ordering::Relaxed)).filter(|beyond| *beyond > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_a_second_are_admitted_and_the_others_are_counted() {
        let flood = Throttle::new(20);
        let admitted = |at| (0..1000).filter(|_| flood.admits(Timestamp(at))).count();
        assert_eq!(admitted(5000), 20);
        assert_eq!(admitted(5999), 0);
        assert_eq!(admitted(6000), 20);
        assert_eq!(flood.take_beyond(), Some(2960));
        assert_eq!(flood.take_beyond(), None);
    }
}
