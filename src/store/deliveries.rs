//! The outbox: what is owed to other systems, claimed, settled, and every attempt with its answer.

use super::error::Error;
use super::tx::Tx;
use crate::domain::delivery::Settled;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;

/// Something that is owed from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery<'a> {
    /// Its id: the same in every attempt.
    pub id: Id,
    /// To whom, by the destination's name.
    pub destination: &'a str,
    /// The call it is about.
    pub call_id: Option<Id>,
    /// What it is told in order with: its call, or the agent whom it is about.
    pub line: Id,
    /// What has happened: `call.ended`.
    pub kind: &'a str,
    /// The facts that were kept of it.
    pub facts: Id,
}

/// A delivery that this node makes an attempt at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    pub id: Id,
    /// The call it is about.
    pub call_id: Option<Id>,
    /// What has happened.
    pub kind: String,
    /// Everything that templates can say of it, as JSON.
    pub facts: String,
    /// Which attempt this is, from 1.
    pub attempt: i64,
    /// What the destination calls the entry that it made for this call.
    pub entry: Option<String>,
}

/// A delivery as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    pub id: Id,
    /// To whom.
    pub destination: String,
    /// The call it is about.
    pub call_id: Option<Id>,
    /// What has happened.
    pub kind: String,
    /// Attempts so far.
    pub attempts: i64,
    /// When the next one is due, while it is owed.
    pub due_at: Timestamp,
    /// When it came to an end.
    pub settled_at: Option<Timestamp>,
    /// Which end: delivered, rejected, exhausted, silent.
    pub outcome: Option<String>,
    /// Why it is not delivered.
    pub reason: Option<String>,
    /// Everything that templates can say of it, as JSON.
    pub facts: String,
}

/// One request, and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRow {
    /// Its id, which says when.
    pub id: Id,
    pub delivery_id: Id,
    /// Which attempt, from 1.
    pub number: i64,
    /// The request without secrets, as JSON.
    pub request: String,
    /// The answer's status; none when there was none.
    pub status: Option<i64>,
    /// The answer's beginning.
    pub answer: Option<String>,
    /// How long it took.
    pub millis: i64,
    /// delivered, retry, rejected.
    pub verdict: String,
    /// Why there was no answer.
    pub reason: Option<String>,
}

/// How an attempt ends for its delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It is over, with this outcome.
    Settled(Settled),
    /// It is tried again then.
    Due(Timestamp),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DestinationRow {
    /// Since when nothing has arrived there.
    pub failing_since: Option<Timestamp>,
    /// Since when it is paused.
    pub paused_at: Option<Timestamp>,
    /// Why.
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Only to this destination.
    pub destination: Option<String>,
    /// Only those about this call.
    pub call: Option<Id>,
    /// owed, failed, or an outcome.
    pub state: Option<String>,
    /// Only those with this very reason.
    pub reason: Option<String>,
    /// Only those older than this one.
    pub before: Option<Id>,
    /// Only those since this moment.
    pub since: Option<Timestamp>,
}

/// Claims what is due and stands at the head of its line; the two differ by the index that serves
/// them. The second LIMIT is for PostgreSQL's planner: of a parameter it believes that it may be large,
/// and would read the whole table.
const CLAIM_FIRST: &str = "
    UPDATE delivery SET attempts = attempts + 1, due_at = ?3
    WHERE settled_at IS NULL AND due_at <= ?2 AND id IN (SELECT id FROM (
        SELECT d.id FROM delivery d
        WHERE d.destination = ?1 AND d.settled_at IS NULL AND d.attempts = 0 AND d.due_at <= ?2
          AND NOT EXISTS (SELECT 1 FROM delivery h
                          WHERE h.destination = d.destination AND h.line = d.line
                            AND h.settled_at IS NULL AND h.id < d.id)
        ORDER BY d.due_at LIMIT ?4) AS heads LIMIT 1000)
    RETURNING id, call_id, kind,
        COALESCE((SELECT f.facts FROM delivery_facts f WHERE f.id = delivery.facts_id), ''), attempts,
        (SELECT e.entry_id FROM entry e
         WHERE e.destination = delivery.destination AND e.call_id = delivery.call_id)";
const CLAIM_AGAIN: &str = "
    UPDATE delivery SET attempts = attempts + 1, due_at = ?3
    WHERE settled_at IS NULL AND due_at <= ?2 AND id IN (SELECT id FROM (
        SELECT d.id FROM delivery d
        WHERE d.destination = ?1 AND d.settled_at IS NULL AND d.attempts > 0 AND d.due_at <= ?2
          AND NOT EXISTS (SELECT 1 FROM delivery h
                          WHERE h.destination = d.destination AND h.line = d.line
                            AND h.settled_at IS NULL AND h.id < d.id)
        ORDER BY d.due_at LIMIT ?4) AS heads LIMIT 1000)
    RETURNING id, call_id, kind,
        COALESCE((SELECT f.facts FROM delivery_facts f WHERE f.id = delivery.facts_id), ''), attempts,
        (SELECT e.entry_id FROM entry e
         WHERE e.destination = delivery.destination AND e.call_id = delivery.call_id)";

impl Tx<'_> {
    /// Keeps what can be said of an event, for the deliveries that tell it.
    pub fn insert_facts(&mut self, id: Id, line: Id, facts: &str) -> Result<(), Error> {
        self.defer(
            "INSERT INTO delivery_facts (id, line, facts) VALUES (?1, ?2, ?3)",
            &[id.into(), line.into(), facts.into()],
        )
    }

    /// Owes something.
    pub fn insert_delivery(
        &mut self,
        delivery: &NewDelivery<'_>,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.defer(
            "INSERT INTO delivery (id, destination, call_id, line, kind, facts_id, attempts,
                                   due_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7)",
            &[
                delivery.id.into(),
                delivery.destination.into(),
                delivery.call_id.into(),
                delivery.line.into(),
                delivery.kind.into(),
                delivery.facts.into(),
                now.into(),
            ],
        )?;
        Ok(())
    }

    /// Claims deliveries that are due and stand at the head of their line, until the lease is over.
    /// First attempts and repeated ones are claimed apart, so that neither starves.
    pub fn claim_deliveries(
        &mut self,
        destination: &str,
        repeated: bool,
        now: Timestamp,
        lease: Timestamp,
        limit: i64,
    ) -> Result<Vec<Claimed>, Error> {
        let sql = if repeated { CLAIM_AGAIN } else { CLAIM_FIRST };
        let values = [destination.into(), now.into(), lease.into(), limit.into()];
        let claimed = self.query(sql, &values)?.into_iter().map(|mut row| {
            Ok(Claimed {
                id: row.take("delivery")?,
                call_id: row.take("delivery")?,
                kind: row.take("delivery")?,
                facts: row.take("delivery")?,
                attempt: row.take("delivery")?,
                entry: row.take("entry")?,
            })
        });
        let mut claimed: Vec<Claimed> = claimed.collect::<Result<_, Error>>()?;
        claimed.sort_unstable_by_key(|claimed| claimed.id);
        Ok(claimed)
    }

    /// Undoes a claim that was not used: whoever gives it back makes no attempt under its number.
    pub fn give_back_delivery(&mut self, id: Id, attempt: i64) -> Result<(), Error> {
        self.execute(
            "UPDATE delivery SET attempts = attempts - 1, due_at = 0
             WHERE id = ?1 AND attempts = ?2 AND settled_at IS NULL",
            &[id.into(), attempt.into()],
        )?;
        Ok(())
    }

    /// Ends an attempt, if it is still the newest; answers whether it was.
    pub fn settle_delivery(
        &mut self,
        id: Id,
        attempt: i64,
        next: Next,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let (outcome, settled_at, due_at) = match next {
            Next::Settled(outcome) => (Some(outcome.word()), Some(now), now),
            Next::Due(at) => (None, None, at),
        };
        let changed = self.execute(
            "UPDATE delivery SET outcome = ?3, settled_at = ?4, due_at = ?5, reason = ?6
             WHERE id = ?1 AND attempts = ?2 AND settled_at IS NULL",
            &[
                id.into(),
                attempt.into(),
                outcome.into(),
                settled_at.into(),
                due_at.into(),
                reason.into(),
            ],
        )?;
        if let (Next::Due(at), true) = (next, changed > 0) {
            // Whatever waits behind it in the line need not be looked at before.
            self.execute(
                "UPDATE delivery SET due_at = ?2
                 WHERE destination = (SELECT destination FROM delivery WHERE id = ?1)
                   AND line = (SELECT line FROM delivery WHERE id = ?1)
                   AND settled_at IS NULL AND due_at < ?2 AND id > ?1",
                &[id.into(), at.into()],
            )?;
        }
        Ok(changed > 0)
    }

    /// Remembers an attempt.
    pub fn insert_attempt(&mut self, attempt: &AttemptRow) -> Result<(), Error> {
        self.defer(
            "INSERT INTO attempt (id, delivery_id, number, request, status, answer, millis, verdict,
                                  reason)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            &[
                attempt.id.into(),
                attempt.delivery_id.into(),
                attempt.number.into(),
                (&attempt.request).into(),
                attempt.status.into(),
                (&attempt.answer).into(),
                attempt.millis.into(),
                (&attempt.verdict).into(),
                (&attempt.reason).into(),
            ],
        )?;
        Ok(())
    }

    /// Keeps what a destination calls its entry for a call; the first name stands.
    pub fn keep_entry(&mut self, destination: &str, call: Id, entry: &str) -> Result<(), Error> {
        self.defer(
            "INSERT INTO entry (destination, call_id, entry_id) VALUES (?1, ?2, ?3)
             ON CONFLICT (destination, call_id) DO NOTHING",
            &[destination.into(), call.into(), entry.into()],
        )?;
        Ok(())
    }

    pub fn find_destination(&mut self, name: &str) -> Result<DestinationRow, Error> {
        let row = self.first(
            "SELECT failing_since, paused_at, reason FROM destination WHERE name = ?1",
            &[name.into()],
        )?;
        let Some(mut row) = row else { return Ok(DestinationRow::default()) };
        Ok(DestinationRow {
            failing_since: row.take("destination")?,
            paused_at: row.take("destination")?,
            reason: row.take("destination")?,
        })
    }

    /// Keeps how a destination is.
    pub fn save_destination(&mut self, name: &str, row: &DestinationRow) -> Result<(), Error> {
        self.execute(
            "INSERT INTO destination (name, failing_since, paused_at, reason)
             VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (name) DO UPDATE SET failing_since = ?2, paused_at = ?3, reason = ?4",
            &[name.into(), row.failing_since.into(), row.paused_at.into(), (&row.reason).into()],
        )?;
        Ok(())
    }

    pub fn find_delivery(&mut self, id: Id) -> Result<Option<DeliveryRow>, Error> {
        let row = self.first(
            "SELECT id, destination, call_id, kind, attempts, due_at, settled_at, outcome, reason,
                    COALESCE((SELECT f.facts FROM delivery_facts f WHERE f.id = facts_id), '')
             FROM delivery WHERE id = ?1",
            &[id.into()],
        )?;
        row.map(delivery).transpose()
    }

    /// The attempts at a delivery, the first one first.
    pub fn list_attempts(&mut self, delivery: Id) -> Result<Vec<AttemptRow>, Error> {
        let rows = self.query(
            "SELECT id, delivery_id, number, request, status, answer, millis, verdict, reason
             FROM attempt WHERE delivery_id = ?1 ORDER BY id",
            &[delivery.into()],
        )?;
        let attempts = rows.into_iter().map(|mut row| {
            Ok(AttemptRow {
                id: row.take("attempt")?,
                delivery_id: row.take("attempt")?,
                number: row.take("attempt")?,
                request: row.take("attempt")?,
                status: row.take("attempt")?,
                answer: row.take("attempt")?,
                millis: row.take("attempt")?,
                verdict: row.take("attempt")?,
                reason: row.take("attempt")?,
            })
        });
        attempts.collect()
    }

    /// Owes a settled delivery again, at once; its id stays. One that waits is due now. One that is
    /// claimed stays with whoever claimed it, or it would be sent twice at the same time.
    pub fn resend_delivery(&mut self, id: Id, now: Timestamp) -> Result<bool, Error> {
        // The newest attempt is kept when it has ended.
        let changed = self.execute(
            "UPDATE delivery SET settled_at = NULL, outcome = NULL, reason = NULL, due_at = ?2
             WHERE id = ?1 AND (settled_at IS NOT NULL OR attempts = 0
                                OR EXISTS (SELECT 1 FROM attempt a
                                           WHERE a.delivery_id = delivery.id
                                             AND a.number = delivery.attempts))",
            &[id.into(), now.into()],
        )?;
        Ok(changed > 0)
    }

    /// How many deliveries each destination is owed.
    pub fn count_owed(&mut self) -> Result<Vec<(String, i64)>, Error> {
        let rows = self.query(
            "SELECT destination, COUNT(*) FROM delivery WHERE settled_at IS NULL
             GROUP BY destination ORDER BY destination",
            &[],
        )?;
        let owed =
            rows.into_iter().map(|mut row| Ok((row.take("delivery")?, row.take("delivery")?)));
        owed.collect()
    }
}

pub(super) fn delivery(mut row: super::engine::Row) -> Result<DeliveryRow, Error> {
    Ok(DeliveryRow {
        id: row.take("delivery")?,
        destination: row.take("delivery")?,
        call_id: row.take("delivery")?,
        kind: row.take("delivery")?,
        attempts: row.take("delivery")?,
        due_at: row.take("delivery")?,
        settled_at: row.take("delivery")?,
        outcome: row.take("delivery")?,
        reason: row.take("delivery")?,
        facts: row.take("delivery")?,
    })
}
