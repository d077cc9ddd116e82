//! A circuit breaker: somebody who fails again and again is left alone for a while, so that nobody
//! waits for them in vain. It is a value with the clock as a parameter, so that its rules can be
//! tested without waiting; the libraries at hand read the system's clock.

use std::time::Duration;

use super::time::Timestamp;

/// Failures in a row after which it opens.
const FAILURES: u32 = 5;

/// How long it stays open before one more is tried.
const PAUSE: Duration = Duration::from_secs(30);

/// Whether somebody may be asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Breaker {
    failures: u32,
    closed_from: Option<Timestamp>,
}

impl Breaker {
    /// Whether to ask now. After the pause one may try; the others wait for what becomes of it.
    pub fn admits(&mut self, now: Timestamp) -> bool {
        match self.closed_from {
            Some(then) if now < then => false,
            Some(_) => {
                self.closed_from = Some(now.plus(PAUSE));
                true
            }
            None => true,
        }
    }

    /// What became of asking.
    pub fn heard(&mut self, answered: bool, now: Timestamp) {
        if answered {
            *self = Self::default();
            return;
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FAILURES {
            self.closed_from = Some(now.plus(PAUSE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_five_failures_in_a_row_and_lets_one_try_each_half_minute() {
        let mut breaker = Breaker::default();
        let mut now = Timestamp(0);
        for _ in 0..4 {
            breaker.heard(false, now);
        }
        breaker.heard(true, now);
        for _ in 0..4 {
            breaker.heard(false, now);
            assert!(breaker.admits(now), "a success in between begins anew");
        }
        breaker.heard(false, now);
        assert!(!breaker.admits(now.plus(Duration::from_secs(29))));
        now = now.plus(PAUSE);
        assert!(breaker.admits(now), "one tries");
        assert!(!breaker.admits(now), "only one");
        breaker.heard(false, now);
        assert!(!breaker.admits(now.plus(Duration::from_secs(29))));
        now = now.plus(PAUSE);
        assert!(breaker.admits(now));
        breaker.heard(true, now);
        assert!(breaker.admits(now) && breaker.admits(now));
        assert_eq!(breaker.closed_from, None);
    }
}
