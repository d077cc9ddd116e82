//! Calls as phone systems tell of them: found by their ids there, kept as they are now.

use super::engine::{Prefetch, Query, Value};
use super::error::Error;
use super::tx::Tx;
use crate::domain::ids::Id;
use crate::domain::ring::Queue;
use crate::domain::ring::Ring;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;

/// A call as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRow {
    /// Its id here.
    pub id: Id,
    /// Its id at the phone system.
    pub external_id: Option<String>,
    /// Which system told of it.
    pub source: String,
}

/// A call that an event or a ring belongs to, locked for this unit of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedCall {
    /// Its id here.
    pub id: Id,
    /// Which system told of it first.
    pub source: String,
    /// Its id there.
    pub external_id: Option<String>,
    /// What was put together of it from events, as JSON; nothing where only desktops told of it.
    pub state: Option<String>,
}

/// A call that a report of the same caller may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The call; not locked yet.
    pub held: LockedCall,
    /// The queue it came through, as far as it was reported.
    pub queue: Queue,
}

/// What is kept of a call after an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallState<'a> {
    /// All of it, as JSON.
    pub state: String,
    /// Until when its end is awaited; nothing once it is over.
    pub open_until: Option<Timestamp>,
    /// Which way it goes.
    pub direction: &'a str,
    /// What the caller is found again by, what was sent, and their name.
    pub caller: (Option<&'a str>, &'a str, Option<&'a str>),
    pub dialled: Option<&'a str>,
    /// The queue's name, display name and number.
    pub queue: (Option<&'a str>, Option<&'a str>, Option<&'a str>),
}

impl CallState<'_> {
    /// The call's id, and what is kept of it, in the order of the members.
    fn values(&self, id: Id) -> [Value<'_>; 11] {
        let ((key, raw, name), (queue, queue_display, queue_number)) = (self.caller, self.queue);
        [
            id.into(),
            (&self.state).into(),
            self.open_until.into(),
            self.direction.into(),
            key.into(),
            raw.into(),
            name.into(),
            self.dialled.into(),
            queue.into(),
            queue_display.into(),
            queue_number.into(),
        ]
    }
}

/// One of the rings that desktops told of, before any event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RingRow {
    /// The event that it was kept as.
    pub event_id: Id,
    /// What it said.
    pub body: Option<String>,
    /// The agent's key.
    pub agent: Option<String>,
    /// The agent's line.
    pub callee: Option<String>,
}

/// [`MOST_CANDIDATES`], where a statement needs it: PostgreSQL takes no parameter there when it is asked
/// for many.
macro_rules! most_candidates {
    () => {
        20
    };
}

/// Calls of one caller that are looked at: among more of them nobody is right by chance, and whoever
/// makes many must not hold up the others.
pub const MOST_CANDIDATES: usize = most_candidates!();

/// The two statements that find the calls of a caller (`?1`) that meet a condition (from `?3` on): of
/// those that are indexed after an id (`?2`), and one by its id.
macro_rules! candidates {
    ($condition:literal) => {
        [
            concat!(
                "SELECT id, source, external_id, state, queue, queue_display, queue_number
                 FROM caller_call k JOIN call ON call.id = k.call_id
                 WHERE k.caller = ?1 AND k.call_id > ?2 AND ",
                $condition,
                " ORDER BY k.call_id LIMIT ",
                most_candidates!()
            ),
            concat!(
                "SELECT id, source, external_id, state, queue, queue_display, queue_number FROM call
                 WHERE caller = ?1 AND id = ?2 AND ",
                $condition
            ),
        ]
    };
}

/// Nearly every call is new. What RETURNING would answer, SQLite would gather in a table.
const INSERT: &str = "
    INSERT INTO call (id, source, external_id, direction, caller, caller_raw, caller_name, dialled,
                      queue, queue_display, queue_number, rings)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1)
    ON CONFLICT (source, external_id) DO NOTHING";

/// Whether a call is known. The limit is for PostgreSQL's planner, which would otherwise join a list of
/// them with the whole table.
const KNOWN: &str = "SELECT id FROM call WHERE source = ?1 AND external_id = ?2 LIMIT 1";

/// What a system's own id was found to mean.
const ALIAS: &str = "SELECT call_id FROM call_alias WHERE source = ?1 AND external_id = ?2";

/// See [`Tx::list_reported_calls`].
const REPORTED: [&str; 2] = candidates!(
    "state IS NOT NULL AND open_until IS NOT NULL
                 AND (source <> ?3 OR CAST(?4 AS TEXT) IS NULL)
                 AND (CAST(?4 AS TEXT) IS NULL OR NOT EXISTS
                     (SELECT 1 FROM call_alias a WHERE a.call_id = call.id AND a.source = ?3))"
);

impl Prefetch {
    /// See [`Tx::record_call`].
    pub fn call(&mut self, ring: &Ring) {
        if let Some(external_id) = &ring.external_id {
            self.add(KNOWN, &[(&ring.source).into(), external_id.into()]);
        }
    }

    /// See [`Tx::find_alias`] and [`Tx::list_reported_calls`].
    pub fn reported_call(&mut self, ring: &Ring, since: Timestamp) {
        let (source, external_id) = (&ring.source, ring.external_id.as_deref());
        if external_id.is_some() {
            self.add(ALIAS, &[source.into(), external_id.into()]);
        }
        if let Some(caller) = ring.caller.key() {
            self.lock(caller);
            let condition = [source.into(), external_id.into()];
            self.add(REPORTED[0], &candidate_values(caller, Id::floor(since), &condition));
        }
    }
}

fn candidate_values<'a>(caller: &'a str, id: Id, condition: &[Value<'a>]) -> Vec<Value<'a>> {
    let first = [caller.into(), id.into()];
    first.into_iter().chain(condition.iter().cloned()).collect()
}

impl Tx<'_> {
    /// Remembers the ring's call; a second ring of the same call finds the first.
    /// Answers its id, whether it was known, and what events told of it.
    pub fn record_call(
        &mut self,
        id: Id,
        ring: &Ring,
    ) -> Result<(Id, bool, Option<String>), Error> {
        let queue = ring.queue.as_ref();
        let values = [
            id.into(),
            (&ring.source).into(),
            (&ring.external_id).into(),
            ring.direction.word().into(),
            ring.caller.key().into(),
            (&ring.caller.raw).into(),
            (&ring.caller.name).into(),
            ring.dialled.as_ref().map(|party| &party.raw).into(),
            queue.and_then(|queue| queue.name.as_deref()).into(),
            queue.and_then(|queue| queue.display.as_deref()).into(),
            queue.and_then(|queue| queue.number.as_deref()).into(),
        ];
        let Some(external_id) = &ring.external_id else {
            self.defer(INSERT, &values)?;
            self.add_caller(ring.caller.key(), id)?;
            return Ok((id, false, None));
        };
        let key = Query { sql: KNOWN, values: vec![(&ring.source).into(), external_id.into()] };
        if self.connection.insert_new(key, INSERT, &values)? {
            self.add_caller(ring.caller.key(), id)?;
            return Ok((id, false, None));
        }
        let row = self.first(
            "UPDATE call SET rings = rings + 1 WHERE source = ?1 AND external_id = ?2
             RETURNING id, state",
            &[(&ring.source).into(), (&ring.external_id).into()],
        )?;
        let mut row = row.ok_or(Error::Unreadable("call"))?;
        Ok((row.take("call")?, true, row.take("call")?))
    }

    /// One more ring of a call that another system told of.
    pub fn ring_again(&mut self, call: Id) -> Result<(), Error> {
        self.defer("UPDATE call SET rings = rings + 1 WHERE id = ?1", &[call.into()])?;
        Ok(())
    }

    /// Holds the call that a system knows by this id: on several nodes the next unit for this call waits
    /// for this one.
    pub fn lock_call(
        &mut self,
        source: &str,
        external_id: &str,
    ) -> Result<Option<LockedCall>, Error> {
        let known = Query { sql: KNOWN, values: vec![source.into(), external_id.into()] };
        if !self.connection.was_missing(&known) {
            let row = self.first(
                "SELECT id, source, external_id, state FROM call
                 WHERE source = ?1 AND external_id = ?2 /* FOR UPDATE */",
                &known.values,
            )?;
            if let Some(row) = row {
                return held(row).map(Some);
            }
        }
        match self.find_alias(source, external_id)? {
            Some(id) => self.lock_call_by_id(id),
            None => Ok(None),
        }
    }

    /// Holds a call by its id here.
    pub fn lock_call_by_id(&mut self, id: Id) -> Result<Option<LockedCall>, Error> {
        let row = self.first(
            "SELECT id, source, external_id, state FROM call WHERE id = ?1 /* FOR UPDATE */",
            &[id.into()],
        )?;
        row.map(held).transpose()
    }

    /// No other unit that names the same is under way until this one is done. For a caller: a ring
    /// and an event of one call come at the same moment, and must not each begin one.
    pub fn lock(&mut self, name: &str) -> Result<(), Error> {
        self.connection.lock(name)
    }

    /// The calls of this caller since a moment that rang at a desktop, are not over, and that this
    /// phone system has not told of under another id, at most [`MOST_CANDIDATES`].
    pub fn list_rung_calls(
        &mut self,
        caller: &str,
        since: Timestamp,
        source: &str,
    ) -> Result<Vec<Candidate>, Error> {
        self.list_candidates(
            caller,
            since,
            candidates!(
                "rings > 0 AND (state IS NULL OR open_until IS NOT NULL)
                 AND (source <> ?3 OR external_id IS NULL)
                 AND NOT EXISTS
                     (SELECT 1 FROM call_alias a WHERE a.call_id = call.id AND a.source = ?3)"
            ),
            &[source.into()],
        )
    }

    /// The calls of this caller since a moment that phone systems told of, that are not over, and
    /// that no other ring of this desktop was found to mean, at most [`MOST_CANDIDATES`]. A desktop that
    /// gives its calls ids of its own only means another system's.
    pub fn list_reported_calls(
        &mut self,
        caller: &str,
        since: Timestamp,
        source: &str,
        external_id: Option<&str>,
    ) -> Result<Vec<Candidate>, Error> {
        self.list_candidates(caller, since, REPORTED, &[source.into(), external_id.into()])
    }

    /// The calls of a caller since a moment that meet a condition, the oldest first, at most [`MOST_CANDIDATES`].
    fn list_candidates(
        &mut self,
        caller: &str,
        since: Timestamp,
        [indexed, recent]: [&'static str; 2],
        condition: &[Value<'_>],
    ) -> Result<Vec<Candidate>, Error> {
        let since = Id::floor(since);
        let rows = self.query(indexed, &candidate_values(caller, since, condition))?;
        let mut found = rows.into_iter().map(candidate).collect::<Result<Vec<_>, _>>()?;
        for id in self.connection.recent_calls(caller, since) {
            let row = self.first(recent, &candidate_values(caller, id, condition))?;
            found.extend(row.map(candidate).transpose()?);
        }
        found.sort_unstable_by_key(|candidate| candidate.held.id);
        found.dedup_by_key(|candidate| candidate.held.id);
        found.truncate(MOST_CANDIDATES);
        Ok(found)
    }

    /// The call that a system's own id was found to mean.
    pub fn find_alias(&mut self, source: &str, external_id: &str) -> Result<Option<Id>, Error> {
        let row = self.first(ALIAS, &[source.into(), external_id.into()])?;
        row.map(|mut row| row.take("call")).transpose()
    }

    /// From now on this system's id means that call.
    pub fn add_alias(&mut self, source: &str, external_id: &str, call: Id) -> Result<(), Error> {
        self.connection.forget_prefetched(ALIAS);
        self.reported_call_changes();
        self.execute(
            "INSERT INTO call_alias (source, external_id, call_id) VALUES (?1, ?2, ?3)
             ON CONFLICT (source, external_id) DO NOTHING",
            &[source.into(), external_id.into(), call.into()],
        )?;
        Ok(())
    }

    /// Writes down a call that nobody told of before; answers whether it was, or another node was
    /// quicker.
    pub fn insert_call(
        &mut self,
        id: Id,
        source: &str,
        external_id: &str,
        call: &CallState<'_>,
    ) -> Result<bool, Error> {
        self.reported_call_changes();
        let new = self.execute(
            "INSERT INTO call (id, state, open_until, direction, caller, caller_raw, caller_name, dialled,
                               queue, queue_display, queue_number, source, external_id, rings)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0)
             ON CONFLICT (source, external_id) DO NOTHING",
            &[call.values(id).as_slice(), &[source.into(), external_id.into()]].concat(),
        )?;
        if new > 0 {
            self.add_caller(call.caller.0, id)?;
        }
        Ok(new > 0)
    }

    /// What was looked up ahead of calls that phone systems told of counts no more.
    fn reported_call_changes(&mut self) {
        self.connection.forget_prefetched(REPORTED[0]);
    }

    /// A new call is found by its caller from now on.
    fn add_caller(&mut self, caller: Option<&str>, call: Id) -> Result<(), Error> {
        caller.map_or(Ok(()), |caller| self.connection.add_caller(caller, call))
    }

    /// Keeps what a call is now, where nothing that it is searched by has changed: no index of callers
    /// is written to.
    pub fn save_call_state(&mut self, id: Id, call: &CallState<'_>) -> Result<(), Error> {
        self.reported_call_changes();
        self.defer(
            "UPDATE call SET state = ?2, open_until = ?3 WHERE id = ?1",
            &[id.into(), (&call.state).into(), call.open_until.into()],
        )
    }

    /// Keeps what a call is now.
    pub fn save_call(&mut self, id: Id, call: &CallState<'_>) -> Result<(), Error> {
        self.reported_call_changes();
        self.defer(
            "UPDATE call SET state = ?2, open_until = ?3, direction = ?4, caller = ?5,
                    caller_raw = ?6, caller_name = ?7, dialled = ?8, queue = ?9,
                    queue_display = ?10, queue_number = ?11
             WHERE id = ?1",
            &call.values(id),
        )
    }

    /// What desktops told of a call, by the pages that it opened.
    pub fn list_rings(&mut self, call: Id) -> Result<Vec<RingRow>, Error> {
        let rows = self.query(
            "SELECT id, body, agent, callee FROM event
             WHERE call_id = ?1 AND pane_id = id ORDER BY id",
            &[call.into()],
        )?;
        let rings = rows.into_iter().map(|mut row| {
            Ok(RingRow {
                event_id: row.take("event")?,
                body: row.take("event")?,
                agent: row.take("pane")?,
                callee: row.take("pane")?,
            })
        });
        rings.collect()
    }

    /// Holds a call whose end is overdue; none if it was heard of meanwhile.
    pub fn lock_overdue(&mut self, id: Id, now: Timestamp) -> Result<Option<LockedCall>, Error> {
        let row = self.first(
            "SELECT id, source, external_id, state FROM call
             WHERE id = ?1 AND open_until < ?2 /* FOR UPDATE */",
            &[id.into(), now.into()],
        )?;
        row.map(held).transpose()
    }

    /// Calls whose end is overdue, the longest overdue first.
    pub fn list_overdue(&mut self, now: Timestamp, limit: i64) -> Result<Vec<Id>, Error> {
        let rows = self.query(
            "SELECT id FROM call WHERE open_until < ?1 ORDER BY open_until LIMIT ?2",
            &[now.into(), limit.into()],
        )?;
        rows.into_iter().map(|mut row| row.take("call")).collect()
    }
}

fn held(mut row: super::engine::Row) -> Result<LockedCall, Error> {
    take_held(&mut row)
}

fn take_held(row: &mut super::engine::Row) -> Result<LockedCall, Error> {
    Ok(LockedCall {
        id: row.take("call")?,
        source: row.take("call")?,
        external_id: row.take("call")?,
        state: row.take("call")?,
    })
}

fn candidate(mut row: super::engine::Row) -> Result<Candidate, Error> {
    let held = take_held(&mut row)?;
    let (name, display, number) = (row.take("call")?, row.take("call")?, row.take("call")?);
    Ok(Candidate { held, queue: Queue { id: None, name, display, number } })
}
