//! What people ask of the outbox: its newest deliveries, why some failed, how each destination did of
//! late. No index serves these questions, because sending would pay for it; each looks at a bounded
//! number of rows instead, the newest first, and says how far that was.

use super::deliveries::{DeliveryFilter, DeliveryRow, delivery};
use super::error::Error;
use super::tx::Tx;
use crate::domain::delivery::{FAILED, OWED, Settled};
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;

/// A page of deliveries, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryPage {
    pub rows: Vec<DeliveryRow>,
    /// Where older ones may follow: before this one.
    pub next: Option<Id>,
    /// How far back was looked, if the page is not full and not everything was looked at.
    pub looked_back_to: Option<Timestamp>,
}

/// Deliveries to one destination that failed for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureRow {
    pub destination: String,
    pub reason: Option<String>,
    pub count: i64,
    pub newest: Id,
    pub oldest: Id,
}

/// What became of the deliveries to one destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeRow {
    pub destination: String,
    /// None while they are owed.
    pub outcome: Option<String>,
    pub count: i64,
}

/// What counts, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted<T> {
    pub rows: Vec<T>,
    /// Later than was asked for where there was more than is looked at.
    pub since: Timestamp,
}

/// How many deliveries are looked at for a page; a literal in the statements, too, because planners take a
/// parameter for a large number.
const SCANNED: i64 = 20_000;

/// The same for what became of them of late.
const COUNTED: i64 = 50_000;

/// What is looked at for a page, from `?1` back to `?2`.
macro_rules! scanned {
    (any) => {
        "id < ?1 AND id >= ?2 ORDER BY id DESC LIMIT 20000"
    };
    // These few have an index of their own.
    (failed) => {
        "outcome IN ('rejected', 'exhausted') AND id < ?1 AND id >= ?2 ORDER BY id DESC LIMIT 20000"
    };
    // The pluses keep planners from walking all deliveries in search of a few.
    (owed) => {
        "settled_at IS NULL AND +id < ?1 AND +id >= ?2 ORDER BY +id DESC LIMIT 20000"
    };
    // What is told of a call is owed soon after it began.
    (call) => {
        "id < ?1 AND id >= ?2 ORDER BY id LIMIT 20000"
    };
}

/// The deliveries among them that are wanted.
macro_rules! listed {
    ($kind:tt) => {
        concat!(
            "SELECT id, destination, call_id, kind, attempts, due_at, settled_at, outcome, reason,
                    COALESCE((SELECT f.facts FROM delivery_facts f WHERE f.id = facts_id), '')
             FROM delivery WHERE id IN (
                 SELECT id FROM (
                     SELECT id, destination, call_id, settled_at, outcome, reason FROM delivery
                     WHERE ",
            scanned!($kind),
            ") AS scanned
                 WHERE destination = COALESCE(?3, destination)
                   AND COALESCE(call_id, 0) = COALESCE(?4, call_id, 0)
                   AND (NOT ?5 OR settled_at IS NULL)
                   AND COALESCE(outcome, '') = COALESCE(?6, outcome, '')
                   AND COALESCE(reason, '') = COALESCE(?7, reason, '')
                 ORDER BY id DESC LIMIT ?8)
             ORDER BY id DESC"
        )
    };
}

/// How many were looked at, and the oldest of them.
macro_rules! reach {
    ($kind:tt) => {
        concat!(
            "SELECT COUNT(*), MIN(id) FROM (SELECT id FROM delivery WHERE ",
            scanned!($kind),
            ") AS scanned"
        )
    };
}

/// The statements of a kind of list.
fn statements(wanted: &DeliveryFilter) -> (&'static str, &'static str) {
    let state = wanted.state.as_deref();
    let failed = |word| word == FAILED || Settled::FAILED.iter().any(|one| one.word() == word);
    match state {
        _ if wanted.call.is_some() => (listed!(call), reach!(call)),
        Some(OWED) => (listed!(owed), reach!(owed)),
        Some(word) if failed(word) => (listed!(failed), reach!(failed)),
        _ => (listed!(any), reach!(any)),
    }
}

impl Tx<'_> {
    /// The newest deliveries that are wanted.
    pub fn page_of_deliveries(
        &mut self,
        wanted: &DeliveryFilter,
        limit: i64,
    ) -> Result<DeliveryPage, Error> {
        let (listed, reach) = statements(wanted);
        let owed = wanted.state.as_deref() == Some(OWED);
        let outcome = wanted.state.as_deref().filter(|word| !owed && *word != FAILED);
        let before = wanted.before.unwrap_or(Id::MAX);
        let began = wanted.call.map(|call| Id::floor(call.minted()));
        let since = Id::floor(wanted.since.unwrap_or(Timestamp(0)));
        let since = began.map_or(since, |began| began.max(since));
        let rows = self.query(
            listed,
            &[
                before.into(),
                since.into(),
                (&wanted.destination).into(),
                wanted.call.into(),
                owed.into(),
                outcome.into(),
                (&wanted.reason).into(),
                limit.saturating_add(1).into(),
            ],
        )?;
        let mut rows = rows.into_iter().map(delivery).collect::<Result<Vec<_>, Error>>()?;
        let wanted_rows = usize::try_from(limit).unwrap_or(usize::MAX);
        if rows.len() > wanted_rows {
            rows.truncate(wanted_rows);
            let next = rows.last().map(|row| row.id);
            return Ok(DeliveryPage { rows, next, looked_back_to: None });
        }
        let reached = self.first(reach, &[before.into(), since.into()])?;
        let reached = reached.map(|mut row| Ok((row.take("delivery")?, row.take("delivery")?)));
        let (scanned, oldest): (i64, Option<Id>) = reached.transpose()?.unwrap_or_default();
        // Of a call, what came first was looked at: nothing older follows.
        let next = oldest.filter(|_| scanned >= SCANNED && wanted.call.is_none());
        Ok(DeliveryPage { rows, next, looked_back_to: next.map(Id::minted) })
    }

    /// Failed deliveries since a moment by destination and reason, the group with the newest one first.
    pub fn list_failures(&mut self, since: Timestamp) -> Result<Counted<FailureRow>, Error> {
        let from = Id::floor(since);
        let rows = self.query(
            "SELECT destination, reason, COUNT(*), MAX(id), MIN(id) FROM (
                 SELECT id, destination, reason FROM delivery
                 WHERE outcome IN ('rejected', 'exhausted') AND id >= ?1
                 ORDER BY id DESC LIMIT 20000) AS failed
             GROUP BY destination, reason ORDER BY MAX(id) DESC",
            &[from.into()],
        )?;
        let rows = rows.into_iter().map(|mut row| {
            Ok(FailureRow {
                destination: row.take("delivery")?,
                reason: row.take("delivery")?,
                count: row.take("delivery")?,
                newest: row.take("delivery")?,
                oldest: row.take("delivery")?,
            })
        });
        let rows = rows.collect::<Result<Vec<_>, Error>>()?;
        let is_all = rows.iter().map(|row| row.count).sum::<i64>() < SCANNED;
        let oldest = rows.iter().map(|row| row.oldest).min().filter(|_| !is_all);
        Ok(Counted { rows, since: oldest.map_or(since, Id::minted) })
    }

    /// What became of the deliveries since a moment, by destination.
    pub fn count_outcomes(&mut self, since: Timestamp) -> Result<Counted<OutcomeRow>, Error> {
        let rows = self.query(
            "SELECT destination, outcome, COUNT(*), MIN(id) FROM (
                 SELECT id, destination, outcome FROM delivery WHERE id >= ?1
                 ORDER BY id DESC LIMIT 50000) AS lately
             GROUP BY destination, outcome ORDER BY destination",
            &[Id::floor(since).into()],
        )?;
        let mut oldest: Option<Id> = None;
        let rows = rows.into_iter().map(|mut row| {
            let counted = OutcomeRow {
                destination: row.take("delivery")?,
                outcome: row.take("delivery")?,
                count: row.take("delivery")?,
            };
            let first: Id = row.take("delivery")?;
            oldest = Some(oldest.map_or(first, |oldest| oldest.min(first)));
            Ok(counted)
        });
        let rows = rows.collect::<Result<Vec<_>, Error>>()?;
        let is_all = rows.iter().map(|row| row.count).sum::<i64>() < COUNTED;
        let oldest = oldest.filter(|_| !is_all);
        Ok(Counted { rows, since: oldest.map_or(since, Id::minted) })
    }
}
