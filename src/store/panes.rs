//! Panes: what a page shows, and what the agent notes on it.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::calls::CallRow;
use super::engine::{Prefetch, Row};
use super::error::Error;
use super::tx::Tx;
use crate::domain::decision::Target;
use crate::domain::identity::Identity;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;

/// A pane with its call and the data that came with its ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaneRow {
    pub id: Id,
    pub call: CallRow,
    /// What the body of the ring was that asked for it, without credentials.
    pub body: Option<String>,
    /// The agent's key.
    pub agent: Option<String>,
    pub agent_name: Option<String>,
    /// The agent's line.
    pub callee: Option<String>,
    /// The template that shows it; none for somebody else's page.
    pub page: Option<String>,
    /// Somebody else's page, which it may frame.
    pub address: Option<String>,
    /// The tab's title.
    pub title: String,
    /// Whether the agent is paused while it is open.
    pub autopause: bool,
    /// The desktop's origin.
    pub origin: Option<String>,
    /// Whether XuC knows the agent, where it is asked.
    pub identity: Option<Identity>,
    /// When it was first shown.
    pub opened_at: Option<Timestamp>,
    /// When the agent was done.
    pub completed_at: Option<Timestamp>,
    /// The outcome the agent chose.
    pub disposition: Option<String>,
    /// What the agent noted.
    pub notes: String,
    /// Counts the savings of the notes.
    pub version: i64,
    /// What was put together of its call from events, as JSON.
    pub state: Option<String>,
    /// Whether a phone system's event opened it, on the built-in desktop.
    pub by_phone_system: bool,
    /// The moment of its call at which its rule opens it, in a word.
    pub moment: Option<String>,
    /// When its opening proved that the moment of its call had come at which its rule opens it.
    pub proven_at: Option<Timestamp>,
}

/// An earlier call of the same caller, with one of its panes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    pub call: Id,
    /// The queue it came through.
    pub queue: Option<String>,
    /// Whose pane it is.
    pub agent: Option<String>,
    /// When the agent was done.
    pub completed_at: Option<Timestamp>,
    /// How it ended.
    pub disposition: Option<String>,
    pub notes: Option<String>,
}

/// A newer call at the same agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newest {
    /// Its newest ring at this agent.
    pub event_id: Id,
    pub call: CallRow,
    /// What its newest ring's body was.
    pub body: Option<String>,
    /// Its pane, if it has one.
    pub pane: Option<Id>,
    /// What was put together of it from events, as JSON.
    pub state: Option<String>,
}

/// A page of the built-in desktop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesktopRow {
    pub id: Id,
    pub call_id: Id,
    /// Whether Callpane hosts it.
    pub hosted: bool,
    /// Somebody else's address.
    pub address: Option<String>,
    /// open, popup, run.
    pub action: String,
    /// ringing, answered, ended.
    pub moment: String,
    /// Whether a popup gets a window of its own.
    pub multitab: bool,
    /// The tab's title.
    pub title: String,
    /// When the agent was done.
    pub completed_at: Option<Timestamp>,
    /// The agent's line.
    pub callee: Option<String>,
    /// What is known of its call, as JSON.
    pub state: Option<String>,
}

/// Calls with their panes, from somewhere, that meet a condition.
macro_rules! earlier {
    ($from:literal, $condition:literal) => {
        concat!(
            "SELECT c.id, COALESCE(c.queue_display, c.queue), p.agent_name, p.completed_at,
                    p.disposition, p.notes
             FROM ",
            $from,
            " LEFT JOIN event p ON p.call_id = c.id AND p.pane_id = p.id WHERE ",
            $condition,
            " ORDER BY c.id DESC, p.id DESC"
        )
    };
}

/// See [`Tx::find_pausing_panes`].
pub(super) const PAUSING: &str = "
    SELECT COUNT(*), MAX(opened_at) FROM event
    WHERE agent = ?1 AND id > ?2 AND pane_id = id AND autopause AND completed_at IS NULL";

impl Prefetch {
    /// See [`Tx::find_pausing_panes`].
    pub fn pausing_panes(&mut self, agent: &str, since: Timestamp) {
        self.add(PAUSING, &[agent.into(), Id::floor(since).into()]);
    }
}

impl Tx<'_> {
    /// The pane that this agent already has for this call and this target: not yet done, not so old
    /// that its address has expired, and asked for by somebody confirmed, or of the same `identity`.
    pub fn find_open_pane(
        &mut self,
        call: Id,
        agent: Option<&str>,
        target: &Target,
        since: Timestamp,
        identity: Option<Identity>,
    ) -> Result<Option<Id>, Error> {
        let (page, address) = target.parts();
        let row = self.first(
            "SELECT id FROM event
             WHERE call_id = ?1 AND pane_id = id AND agent = ?2 AND completed_at IS NULL
               AND COALESCE(page, '') = COALESCE(?3, '')
               AND COALESCE(address, '') = COALESCE(?4, '') AND id > ?5
               AND (identity IS NULL OR identity = 'confirmed' OR identity = ?6)
             ORDER BY id DESC LIMIT 1",
            &[
                call.into(),
                agent.into(),
                page.into(),
                address.into(),
                Id::floor(since).into(),
                identity.map(|identity| identity.word()).into(),
            ],
        )?;
        row.map(|mut row| row.take("pane")).transpose()
    }

    /// The agent's pausing panes that are not done: how many there are, and when one of them was
    /// last put on screen.
    pub fn find_pausing_panes(
        &mut self,
        agent: &str,
        since: Timestamp,
    ) -> Result<(i64, Option<Timestamp>), Error> {
        let row = self.first(PAUSING, &[agent.into(), Id::floor(since).into()])?;
        let Some(mut row) = row else { return Ok((0, None)) };
        Ok((row.take("pane")?, row.take("pane")?))
    }

    /// A pane that is used again now pauses.
    pub fn set_autopause(&mut self, pane: Id) -> Result<(), Error> {
        self.connection.forget_prefetched(PAUSING);
        self.execute(
            "UPDATE event SET autopause = TRUE WHERE id = ?1 AND NOT autopause",
            &[pane.into()],
        )?;
        Ok(())
    }

    /// A pane by its id.
    pub fn find_pane(&mut self, id: Id) -> Result<Option<PaneRow>, Error> {
        let row = self.first(
            "SELECT p.id, c.id, c.external_id, c.source, p.body, p.agent, p.agent_name, p.callee,
                    p.page, p.address, p.title, p.autopause, p.origin, p.identity, p.opened_at, p.completed_at,
                    p.disposition, p.notes, p.version, c.state, p.multitab IS NOT NULL, p.moment,
                    p.proven_at
             FROM event p JOIN call c ON c.id = p.call_id
             WHERE p.id = ?1 AND p.pane_id = p.id",
            &[id.into()],
        )?;
        let Some(mut row) = row else { return Ok(None) };
        Ok(Some(PaneRow {
            id: row.take("pane")?,
            call: CallRow {
                id: row.take("call")?,
                external_id: row.take("call")?,
                source: row.take("call")?,
            },
            body: row.take("pane")?,
            agent: row.take("pane")?,
            agent_name: row.take("pane")?,
            callee: row.take("pane")?,
            page: row.take("pane")?,
            address: row.take("pane")?,
            title: row.take("pane")?,
            autopause: row.take("pane")?,
            origin: row.take("pane")?,
            identity: row.take::<Option<String>>("pane")?.as_deref().and_then(Identity::read),
            opened_at: row.take("pane")?,
            completed_at: row.take("pane")?,
            disposition: row.take("pane")?,
            notes: row.take("pane")?,
            version: row.take("pane")?,
            state: row.take("call")?,
            by_phone_system: row.take("pane")?,
            moment: row.take("pane")?,
            proven_at: row.take("pane")?,
        }))
    }

    /// The last calls of this caller before a call, newest first, at most `limit` of them; one that
    /// rang several agents stands there once for each of their panes.
    pub fn list_earlier(
        &mut self,
        caller: &str,
        before: Id,
        limit: i64,
    ) -> Result<Vec<Earlier>, Error> {
        let indexed = self.query(
            earlier!(
                "(SELECT call_id FROM caller_call WHERE caller = ?1 AND call_id < ?2
                  ORDER BY call_id DESC LIMIT ?3) k JOIN call c ON c.id = k.call_id",
                "1 = 1"
            ),
            &[caller.into(), before.into(), limit.into()],
        )?;
        let mut found = indexed.into_iter().map(earlier).collect::<Result<Vec<_>, _>>()?;
        let limit = usize::try_from(limit).unwrap_or_default();
        let known: HashSet<Id> = found.iter().map(|earlier| earlier.call).collect();
        let recent = self.list_earlier_recent(caller, before, limit)?;
        found.extend(recent.into_iter().filter(|earlier| !known.contains(&earlier.call)));
        found.sort_by_key(|earlier| Reverse(earlier.call));
        let last = found.chunk_by(|a, b| a.call == b.call).take(limit).map(<[_]>::len).sum();
        found.truncate(last);
        Ok(found)
    }

    /// Those of them that are not found by the table of callers yet.
    fn list_earlier_recent(
        &mut self,
        caller: &str,
        before: Id,
        limit: usize,
    ) -> Result<Vec<Earlier>, Error> {
        let (mut found, mut calls) = (Vec::new(), 0);
        let recent = self.connection.recent_calls(caller, Id::floor(Timestamp(0)));
        for call in recent.into_iter().rev().filter(|call| *call < before) {
            if calls == limit {
                break;
            }
            let panes = self.query(
                earlier!("call c", "c.id = ?2 AND c.caller = ?1"),
                &[caller.into(), call.into()],
            )?;
            calls += usize::from(!panes.is_empty());
            found.extend(panes.into_iter().map(earlier).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(found)
    }

    /// The agent's newest call, if it rang after this event and is another one.
    pub fn find_newer_call(
        &mut self,
        agent: &str,
        event: Id,
        call: Id,
    ) -> Result<Option<Newest>, Error> {
        let row = self.first(
            "SELECT e.id, c.id, c.external_id, c.source, e.body, e.pane_id, c.state
             FROM newest_ring n JOIN event e ON e.id = n.event_id JOIN call c ON c.id = e.call_id
             WHERE n.agent = ?1 AND n.event_id > ?2 AND n.call_id <> ?3",
            &[agent.into(), event.into(), call.into()],
        )?;
        let Some(mut row) = row else { return Ok(None) };
        Ok(Some(Newest {
            event_id: row.take("event")?,
            call: CallRow {
                id: row.take("call")?,
                external_id: row.take("call")?,
                source: row.take("call")?,
            },
            body: row.take("event")?,
            pane: row.take("event")?,
            state: row.take("call")?,
        }))
    }

    /// Whether another call has rung at this agent since an event.
    pub fn has_other_ring_since(
        &mut self,
        agent: &str,
        event: Id,
        call: Id,
    ) -> Result<bool, Error> {
        let row = self.first(
            "SELECT event_id FROM newest_ring
             WHERE agent = ?1 AND ((call_id <> ?3 AND event_id > ?2)
                                   OR (before_call_id <> ?3 AND before_event_id > ?2))",
            &[agent.into(), event.into(), call.into()],
        )?;
        Ok(row.is_some())
    }

    /// The pages that the built-in desktop has for an agent since a moment, newest first.
    pub fn list_desktop(
        &mut self,
        agent: &str,
        since: Timestamp,
        limit: i64,
    ) -> Result<Vec<DesktopRow>, Error> {
        let rows = self.query(
            "SELECT p.id, p.call_id, p.page IS NOT NULL, p.address, p.action, p.moment, p.multitab, p.title,
                    p.completed_at, p.callee, c.state
             FROM event p JOIN call c ON c.id = p.call_id
             WHERE p.agent = ?1 AND p.id > ?2 AND p.multitab IS NOT NULL
             ORDER BY p.id DESC LIMIT ?3",
            &[agent.into(), Id::floor(since).into(), limit.into()],
        )?;
        let rows = rows.into_iter().map(|mut row| {
            Ok(DesktopRow {
                id: row.take("pane")?,
                call_id: row.take("pane")?,
                hosted: row.take("pane")?,
                address: row.take("pane")?,
                action: row.take("pane")?,
                moment: row.take("pane")?,
                multitab: row.take("pane")?,
                title: row.take("pane")?,
                completed_at: row.take("pane")?,
                callee: row.take("pane")?,
                state: row.take("call")?,
            })
        });
        rows.collect()
    }

    /// The page that the built-in desktop has for this agent and call; `open`, one that is not done.
    pub fn find_desktop_pane(
        &mut self,
        call: Id,
        agent: &str,
        open: bool,
    ) -> Result<Option<Id>, Error> {
        let row = self.first(
            "SELECT id FROM event
             WHERE call_id = ?1 AND pane_id = id AND agent = ?2 AND multitab IS NOT NULL
               AND (completed_at IS NULL OR NOT ?3) LIMIT 1",
            &[call.into(), agent.into(), open.into()],
        )?;
        row.map(|mut row| row.take("pane")).transpose()
    }

    /// Notes that a pane is on screen; answers whether that was new.
    pub fn open_pane(&mut self, id: Id, at: Timestamp) -> Result<bool, Error> {
        let changed = self.execute(
            "UPDATE event SET opened_at = ?2 WHERE id = ?1 AND opened_at IS NULL",
            &[id.into(), at.into()],
        )?;
        Ok(changed > 0)
    }

    /// Notes what the opening of a pane has proven.
    pub fn set_proven(&mut self, id: Id, at: Timestamp) -> Result<(), Error> {
        self.execute("UPDATE event SET proven_at = ?2 WHERE id = ?1", &[id.into(), at.into()])?;
        Ok(())
    }

    /// Saves notes, and an outcome where one is said (an empty one takes it back), over the version
    /// that the writer has seen; answers whether it still was that.
    pub fn save_notes(
        &mut self,
        id: Id,
        at: Timestamp,
        notes: Option<&str>,
        disposition: Option<&str>,
        seen: i64,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "UPDATE event SET notes = COALESCE(?3, notes), version = version + 1,
                             disposition = NULLIF(COALESCE(?4, disposition), ''),
                             noted_at = CASE WHEN COALESCE(?3, notes, '') <> COALESCE(notes, '')
                                             THEN ?2 ELSE noted_at END
             WHERE id = ?1 AND completed_at IS NULL AND version = ?5",
            &[id.into(), at.into(), notes.into(), disposition.into(), seen.into()],
        )?;
        Ok(changed > 0)
    }

    /// Completes a pane, over the version that the writer has seen if they say so; what they do not
    /// say stays as it is. Answers whether it was still open, and still that version.
    pub fn complete_pane(
        &mut self,
        id: Id,
        at: Timestamp,
        notes: Option<&str>,
        disposition: Option<&str>,
        seen: Option<i64>,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "UPDATE event SET notes = COALESCE(?3, notes), version = version + 1,
                             disposition = NULLIF(COALESCE(?4, disposition), ''),
                             completed_at = ?2
             WHERE id = ?1 AND completed_at IS NULL AND version = COALESCE(?5, version)",
            &[id.into(), at.into(), notes.into(), disposition.into(), seen.into()],
        )?;
        Ok(changed > 0)
    }

    /// Notes whether XuC knows the agent. The ring of somebody else was none of theirs.
    pub fn set_identity(&mut self, id: Id, identity: Identity) -> Result<(), Error> {
        self.execute(
            "UPDATE event SET identity = ?2 WHERE id = ?1",
            &[id.into(), identity.word().into()],
        )?;
        if identity != Identity::Unconfirmed {
            return Ok(());
        }
        self.execute(
            "UPDATE newest_ring SET event_id = before_event_id, call_id = before_call_id,
                                    before_event_id = NULL, before_call_id = NULL
             WHERE agent = (SELECT agent FROM event WHERE id = ?1) AND event_id = ?1
               AND before_event_id IS NOT NULL",
            &[id.into()],
        )?;
        self.execute(
            "DELETE FROM newest_ring
             WHERE agent = (SELECT agent FROM event WHERE id = ?1) AND event_id = ?1",
            &[id.into()],
        )?;
        Ok(())
    }
}

fn earlier(mut row: Row) -> Result<Earlier, Error> {
    Ok(Earlier {
        call: row.take("call")?,
        queue: row.take("call")?,
        agent: row.take("pane")?,
        completed_at: row.take("pane")?,
        disposition: row.take("pane")?,
        notes: row.take("pane")?,
    })
}
