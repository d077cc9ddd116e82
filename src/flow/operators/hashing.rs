//! Hashing passwords: beside the threads that answer rings, two at a time, whoever asks and from wherever. Those
//! who would wait too long are told so, and the log says it.

use std::time::Duration;

use tokio::sync::Semaphore;

use super::Error;
use crate::domain::throttle::Throttle;
use crate::domain::time::Timestamp;

/// Passwords that are hashed at one time: each takes 19 MiB and keeps a core busy.
const AT_ONCE: usize = 2;

/// How long somebody waits for their turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// Lines in the log in one second.
const LINES: u32 = 1;

/// Gives one after the other their turn.
#[derive(Debug)]
pub(super) struct Hashing {
    turns: Semaphore,
    throttle: Throttle,
}

impl Hashing {
    pub(super) fn new() -> Self {
        Self { turns: Semaphore::new(AT_ONCE), throttle: Throttle::new(LINES) }
    }

    /// Does what takes long, when its turn has come.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        now: Timestamp,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let turn = tokio::time::timeout(PATIENCE, self.turns.acquire()).await;
        let turn = turn.map_err(|_late| self.busy(now))?.map_err(std::io::Error::other)?;
        let done = tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?;
        drop(turn);
        Ok(done)
    }

    fn busy(&self, now: Timestamp) -> Error {
        if self.throttle.admits(now) {
            tracing::warn!(
                "more sign-ins are tried than passwords can be checked: somebody may be guessing from many \
                 addresses"
            );
        }
        Error::Busy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_too_long_is_told_so_and_the_next_has_a_turn_again() {
        let hashing = Hashing::new();
        let held = hashing.turns.acquire_many(2).await.unwrap();
        let refused = hashing.run(Timestamp(0), || "hashed").await;
        assert!(matches!(refused, Err(Error::Busy)), "{refused:?}");
        drop(held);
        assert_eq!(hashing.run(Timestamp(0), || "hashed").await.unwrap(), "hashed");
    }
}
