//! What is older than the retention is forgotten, and calls whose end was never heard are closed:
//! both by the clock, and so only while the clock can be believed. A machine that starts with a wrong
//! date would forget everything in seconds.
//!
//! The database keeps when the clock was last believed. One that goes on from there is; one that is
//! far ahead of it is doubted until it has stood so for a day, whether the machine was switched off
//! for that long or the date is wrong: in that time somebody reads the warning. Doubt is kept, too, so
//! a restart does not end it. On several nodes, the one with a wrong clock is doubted for as long as
//! the others go on.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::time::Timestamp;
use crate::flow::audit::Audit;
use crate::flow::context::Context;
use crate::flow::idempotency::Idempotency;
use crate::flow::operators::Operators;
use crate::flow::server_keys;
use crate::flow::sessions::Sessions;
use crate::store::{Error as StoreError, Tx};

/// How far a clock may be ahead at the most: longer than any holidays without a call, because a server
/// that runs is seen to run.
const LEAP: Duration = Duration::from_hours(7 * 24);

/// How far at the least: several turns of forgetting.
const LEAST_LEAP: Duration = Duration::from_hours(3);

/// How long a doubted clock must have gone on before it is believed.
const STEADY: Duration = Duration::from_hours(24);

/// The settings that keep when the clock was last believed, and since when it is doubted.
const BELIEVED: &str = "clock_believed";
const DOUBTED: &str = "clock_doubted";

/// What is forgotten, and when.
#[derive(Debug)]
pub struct Retention {
    context: Arc<Context>,
    sessions: Arc<Sessions>,
    idempotency: Arc<Idempotency>,
    operators: Arc<Operators>,
    audit: Arc<Audit>,
}

impl Retention {
    pub(crate) fn new(
        context: &Arc<Context>,
        sessions: &Arc<Sessions>,
        idempotency: &Arc<Idempotency>,
        operators: &Arc<Operators>,
        audit: &Arc<Audit>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            sessions: Arc::clone(sessions),
            idempotency: Arc::clone(idempotency),
            operators: Arc::clone(operators),
            audit: Arc::clone(audit),
        }
    }

    /// Looks at the clock, and remembers that it was there; answers whether it can be believed.
    pub async fn check_clock(&self) -> Result<bool, StoreError> {
        let now = self.context.clock.now();
        let leap = (self.context.options.retention / 2).clamp(LEAST_LEAP, LEAP);
        let before = self.context.store.write(move |tx| believe(tx, now, leap)).await?;
        let Some(before) = before else { return Ok(true) };
        tracing::warn!(
            clock = %now,
            last = %before,
            "the clock is far ahead of when this database was last used: nothing is deleted, and no call is \
             closed, until this has lasted for 24 hours. If the clock is wrong, set it (timedatectl)"
        );
        Ok(false)
    }

    /// Forgets what is older than the retention; answers how many rows are gone.
    pub async fn forget(&self) -> Result<u64, StoreError> {
        /// Rows of a table in one unit of work: a ring that comes meanwhile waits for it.
        const PORTION: i64 = 50;
        /// An import that has not ended after this long never will.
        const UNFINISHED: Duration = Duration::from_hours(24);
        if !self.check_clock().await? {
            return Ok(0);
        }
        let now = self.context.clock.now();
        let before = now.minus(self.context.options.retention);
        let unfinished = now.minus(UNFINISHED);
        let mut forgotten =
            server_keys::forget(&self.context).await? + self.sessions.forget(PORTION).await?;
        forgotten += self.idempotency.forget().await?;
        forgotten += self.operators.forget().await? + self.audit.forget(PORTION).await?;
        loop {
            let began = self.context.clock.elapsed();
            let gone = self.context.store.write(move |tx| {
                Ok(tx.remove_before(before, PORTION)?
                    + tx.remove_stale_lookups(before, PORTION)?
                    + tx.remove_unfinished_imports(unfinished, PORTION)?
                    + tx.remove_expired_confirmations(now, PORTION)?)
            });
            let gone = gone.await?;
            forgotten += gone;
            if gone == 0 {
                break;
            }
            // Half of the writer's time is left to rings.
            tokio::time::sleep(self.context.clock.elapsed().saturating_sub(began)).await;
        }
        if !self.context.store.reclaim().await? {
            tracing::warn!(
                "something, perhaps a backup, reads the database all the time: deleted rows may remain \
                 readable in its log (-wal) until that is emptied an hour from now"
            );
        }
        Ok(forgotten)
    }
}

/// Remembers the clock as it is; answers when it was last believed if it is doubted now.
fn believe(
    tx: &mut Tx<'_>,
    now: Timestamp,
    leap: Duration,
) -> Result<Option<Timestamp>, StoreError> {
    let before = last_believed(tx)?.filter(|before| now.since(*before) > leap);
    if let Some(before) = before {
        let doubted = moment(tx, DOUBTED)?.filter(|since| {
            // A clock that was elsewhere meanwhile is doubted anew.
            *since <= now && now.since(*since) <= STEADY + leap
        });
        match doubted {
            None => tx.set_setting(DOUBTED, &now.0.to_string())?,
            Some(since) if now.since(since) >= STEADY => return believed(tx, now),
            Some(_) => {}
        }
        return Ok(Some(before));
    }
    believed(tx, now)
}

fn believed(tx: &mut Tx<'_>, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    tx.set_setting(BELIEVED, &now.0.to_string())?;
    tx.remove_setting(DOUBTED)?;
    Ok(None)
}

/// Whether the clock goes on from when it was last believed, so far as a call's end depends on it.
pub(crate) fn is_believed(tx: &mut Tx<'_>, now: Timestamp) -> Result<bool, StoreError> {
    Ok(last_believed(tx)?.is_none_or(|before| now.since(before) <= LEAP))
}

/// A database from before this was kept was in use when its newest event came.
fn last_believed(tx: &mut Tx<'_>) -> Result<Option<Timestamp>, StoreError> {
    match moment(tx, BELIEVED)? {
        Some(before) => Ok(Some(before)),
        None => tx.newest_event(),
    }
}

fn moment(tx: &mut Tx<'_>, setting: &str) -> Result<Option<Timestamp>, StoreError> {
    Ok(tx.setting(setting)?.and_then(|text| text.parse().ok()).map(Timestamp))
}
