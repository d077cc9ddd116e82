//! What a server notes of rings beside them: how long they took, how many there were, and those that
//! could not be written down when they rang.

use super::engine::Row;
use super::error::Error;
use super::explain::AgentSought;
use super::tx::Tx;
use crate::domain::histogram::Histogram;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;

/// The rings of a quarter of an hour at one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RingCountRow {
    /// When the quarter began.
    pub quarter: Timestamp,
    /// A number that this server has since its start.
    pub server: i64,
    /// When the server was there, within the quarter.
    pub seen: (Timestamp, Timestamp),
    pub rings: i64,
    pub opened: i64,
    /// Rings that were answered without the database.
    pub errors: i64,
    pub latency: Histogram,
}

/// A ring that was answered without the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnwrittenRow {
    /// Its id, which says when it rang.
    pub id: Id,
    /// The desktop's source.
    pub source: String,
    /// The call's id there.
    pub external_id: Option<String>,
    /// The agent's key.
    pub agent: Option<String>,
    /// What the caller is found again by.
    pub caller: Option<String>,
    /// The rule that decided.
    pub rule: Option<String>,
    /// What the desktop was told to do: none, or open, popup, run without the database.
    pub action: String,
    /// Why it could not be written.
    pub reason: String,
    /// What came, without credentials.
    pub body: String,
}

/// Which rings that were answered without the database are wanted; all that is said must hold.
#[derive(Debug, Clone, Default)]
pub struct UnwrittenFilter {
    pub agent: Option<AgentSought>,
    /// What the caller is found again by.
    pub caller: Option<String>,
    pub external_id: Option<String>,
}

/// Requests of desktops that were refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnedAwayRow {
    /// Its id, which says when the last of them came, about.
    pub id: Id,
    /// The refusal's code.
    pub code: String,
    /// When the first of them came.
    pub since: Timestamp,
    pub times: i64,
    /// What was said to the last of them.
    pub detail: String,
}

impl Tx<'_> {
    /// Keeps how long the rings of a second took.
    pub fn insert_ring_timings(&mut self, id: Id, timings: &str) -> Result<(), Error> {
        self.defer(
            "INSERT INTO ring_timing (id, timings) VALUES (?1, ?2)",
            &[id.into(), timings.into()],
        )
    }

    /// The timings that were written after an event, the first ones first: its own is among them.
    pub fn list_ring_timings(&mut self, after: Id, limit: i64) -> Result<Vec<String>, Error> {
        let rows = self.query(
            "SELECT timings FROM ring_timing WHERE id > ?1 ORDER BY id LIMIT ?2",
            &[after.into(), limit.into()],
        )?;
        rows.into_iter().map(|mut row| row.take("ring timing")).collect()
    }

    /// Keeps the count of a quarter of an hour as it is by now.
    pub fn save_ring_count(&mut self, row: &RingCountRow) -> Result<(), Error> {
        let latency = serde_json::to_string(&row.latency).unwrap_or_default();
        self.execute(
            "INSERT INTO ring_count (quarter, server, seen_from, seen_until, rings, opened, errors,
                                     latency)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (quarter, server) DO UPDATE
             SET seen_until = excluded.seen_until, rings = excluded.rings,
                 opened = excluded.opened, errors = excluded.errors, latency = excluded.latency",
            &[
                row.quarter.into(),
                row.server.into(),
                row.seen.0.into(),
                row.seen.1.into(),
                row.rings.into(),
                row.opened.into(),
                row.errors.into(),
                (&latency).into(),
            ],
        )?;
        Ok(())
    }

    /// The counts of the quarters that began from one moment on and before another, in order.
    pub fn list_ring_counts(
        &mut self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<RingCountRow>, Error> {
        let rows = self.query(
            "SELECT quarter, server, seen_from, seen_until, rings, opened, errors, latency
             FROM ring_count WHERE quarter >= ?1 AND quarter < ?2 ORDER BY quarter, server",
            &[from.into(), until.into()],
        )?;
        rows.into_iter().map(ring_count).collect()
    }

    /// Around a moment: when a server was there last before it, or at it, and when one was there again.
    pub fn servers_around(
        &mut self,
        at: Timestamp,
    ) -> Result<(Option<Timestamp>, Option<Timestamp>), Error> {
        let before = self.first(
            "SELECT MAX(CASE WHEN seen_until < ?1 THEN seen_until ELSE ?1 END) FROM ring_count
             WHERE quarter <= ?1 AND seen_from <= ?1",
            &[at.into()],
        )?;
        let after = self.first(
            "SELECT MIN(CASE WHEN seen_from > ?1 THEN seen_from ELSE ?1 END) FROM ring_count
             WHERE quarter > ?1 - 900000 AND seen_until >= ?1",
            &[at.into()],
        )?;
        let read = |row: Option<Row>| row.map_or(Ok(None), |mut row| row.take("ring count"));
        Ok((read(before)?, read(after)?))
    }

    /// Whether any event is on record from before a moment.
    pub fn has_event_before(&mut self, at: Timestamp) -> Result<bool, Error> {
        let sql = "SELECT id FROM event WHERE id < ?1 LIMIT 1";
        Ok(self.first(sql, &[Id::floor(at).into()])?.is_some())
    }

    /// Forgets the counts of quarters before a moment.
    pub(super) fn remove_ring_counts(
        &mut self,
        before: Timestamp,
        limit: i64,
    ) -> Result<u64, Error> {
        self.execute(
            "DELETE FROM ring_count WHERE (quarter, server) IN
                 (SELECT quarter, server FROM ring_count WHERE quarter < ?1 LIMIT ?2)",
            &[before.into(), limit.into()],
        )
    }

    /// Keeps a ring that was answered without the database. Whether it was kept may not have been known the
    /// last time.
    pub fn insert_unwritten(&mut self, row: &UnwrittenRow) -> Result<(), Error> {
        self.defer(
            "INSERT INTO unwritten_ring (id, source, external_id, agent, caller, rule, action,
                                         reason, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (id) DO NOTHING",
            &[
                row.id.into(),
                (&row.source).into(),
                (&row.external_id).into(),
                (&row.agent).into(),
                (&row.caller).into(),
                (&row.rule).into(),
                (&row.action).into(),
                (&row.reason).into(),
                (&row.body).into(),
            ],
        )
    }

    /// The rings between two ids that were answered without the database, newest first: of an agent who may be
    /// this one, of a caller, of a call; or all.
    pub fn list_unwritten(
        &mut self,
        (from, until): (Id, Id),
        wanted: &UnwrittenFilter,
        limit: i64,
    ) -> Result<Vec<UnwrittenRow>, Error> {
        let UnwrittenFilter { agent, caller, external_id } = wanted;
        let key = agent.as_ref().and_then(|agent| agent.key.as_ref());
        let patterns = agent.as_ref().map(|agent| (&agent.ending, &agent.text));
        let rows = self.query(
            "SELECT id, source, external_id, agent, caller, rule, action, reason, body
             FROM unwritten_ring
             WHERE id >= ?1 AND id < ?2
               AND (CAST(?4 AS TEXT) IS NULL
                    OR agent = ?3 OR LOWER(agent) LIKE ?4 OR LOWER(body) LIKE ?5)
               AND (CAST(?6 AS TEXT) IS NULL OR caller = ?6)
               AND (CAST(?7 AS TEXT) IS NULL OR external_id = ?7)
             ORDER BY id DESC LIMIT ?8",
            &[
                from.into(),
                until.into(),
                key.into(),
                patterns.map(|(ending, _)| ending).into(),
                patterns.map(|(_, text)| text).into(),
                caller.into(),
                external_id.into(),
                limit.into(),
            ],
        )?;
        rows.into_iter().map(unwritten).collect()
    }

    /// Keeps how many requests of desktops were refused.
    pub fn insert_turned_away(&mut self, row: &TurnedAwayRow) -> Result<(), Error> {
        self.defer(
            "INSERT INTO turned_away (id, code, since, times, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
            &[
                row.id.into(),
                (&row.code).into(),
                row.since.into(),
                row.times.into(),
                (&row.detail).into(),
            ],
        )
    }

    /// The refused requests of desktops that were counted between two ids, newest first.
    pub fn list_turned_away(
        &mut self,
        from: Id,
        until: Id,
        limit: i64,
    ) -> Result<Vec<TurnedAwayRow>, Error> {
        let rows = self.query(
            "SELECT id, code, since, times, detail FROM turned_away
             WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
            &[from.into(), until.into(), limit.into()],
        )?;
        let rows = rows.into_iter().map(|mut row| {
            Ok(TurnedAwayRow {
                id: row.take("turned away")?,
                code: row.take("turned away")?,
                since: row.take("turned away")?,
                times: row.take("turned away")?,
                detail: row.take("turned away")?,
            })
        });
        rows.collect()
    }
}

fn ring_count(mut row: Row) -> Result<RingCountRow, Error> {
    Ok(RingCountRow {
        quarter: row.take("ring count")?,
        server: row.take("ring count")?,
        seen: (row.take("ring count")?, row.take("ring count")?),
        rings: row.take("ring count")?,
        opened: row.take("ring count")?,
        errors: row.take("ring count")?,
        latency: serde_json::from_str(&row.take::<String>("ring count")?).unwrap_or_default(),
    })
}

fn unwritten(mut row: Row) -> Result<UnwrittenRow, Error> {
    Ok(UnwrittenRow {
        id: row.take("unwritten ring")?,
        source: row.take("unwritten ring")?,
        external_id: row.take("unwritten ring")?,
        agent: row.take("unwritten ring")?,
        caller: row.take("unwritten ring")?,
        rule: row.take("unwritten ring")?,
        action: row.take("unwritten ring")?,
        reason: row.take("unwritten ring")?,
        body: row.take("unwritten ring")?,
    })
}
