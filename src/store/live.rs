//! What goes on now: the newest rings, the calls whose end is awaited, and the pages that pause.

use super::engine::Row;
use super::error::Error;
use super::tx::Tx;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;

/// A call of which something may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveCallRow {
    pub id: Id,
    /// Which system told of it.
    pub source: String,
    /// What the caller is found again by, what was sent, and their name.
    pub caller: Option<String>,
    pub caller_raw: String,
    pub caller_name: Option<String>,
    /// What people call its queue.
    pub queue: Option<String>,
    /// What was put together of it from events, as JSON.
    pub state: Option<String>,
}

/// A ring, and the page that it opened or found open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveRingRow {
    pub id: Id,
    pub call: LiveCallRow,
    /// The agent's key, name and line.
    pub agent: Option<String>,
    pub agent_name: Option<String>,
    pub callee: Option<String>,
    /// The phone system that reported it; none of a desktop's.
    pub reported_by: Option<String>,
    /// What was received, where it has no page that would name its agent.
    pub body: Option<String>,
    pub rule: Option<String>,
    /// What its rule does.
    pub action: Option<String>,
    /// ringing, answered, ended: when its page opens.
    pub moment: Option<String>,
    /// Whether it has a page.
    pub has_page: bool,
    /// Whether Callpane hosts it.
    pub hosted: bool,
    pub opened_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub autopause: bool,
}

/// Rings of which something may go on: of a call whose end is awaited, of one that only desktops told of a short
/// while ago, or of one that a phone system told of just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveRings {
    /// How far back is looked, and at how many events at most.
    pub after: Id,
    pub events: i64,
    pub unreported_after: Id,
    pub told_after: Id,
    pub now: Timestamp,
    /// How many rings at most.
    pub limit: i64,
}

/// A page that pauses its agent, and is on no screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PausingRow {
    pub pane: Id,
    pub call: Option<Id>,
    /// The agent's key, name and line.
    pub agent: String,
    pub agent_name: Option<String>,
    pub callee: Option<String>,
    pub opened_at: Timestamp,
    /// When it was last known to be on a screen.
    pub seen_at: Timestamp,
}

impl Tx<'_> {
    /// The newest of those rings, newest first.
    pub fn list_live_rings(&mut self, wanted: &LiveRings) -> Result<Vec<LiveRingRow>, Error> {
        let LiveRings { after, events, unreported_after, told_after, now, limit } = *wanted;
        let rows = self.query(
            "SELECT e.id, c.id, c.source, c.caller, c.caller_raw, c.caller_name,
                    COALESCE(c.queue_display, c.queue, c.queue_number), c.state,
                    e.agent, p.agent_name, p.callee, e.source, CASE WHEN p.id IS NULL THEN e.body END,
                    e.rule, e.action, p.moment, p.id IS NOT NULL,
                    p.page IS NOT NULL, p.opened_at, p.completed_at, COALESCE(p.autopause, e.autopause, 1 = 0)
             FROM (SELECT id FROM (SELECT id, call_id, kind FROM event WHERE id > ?1
                                   ORDER BY id DESC LIMIT ?2) AS newest
                   WHERE kind = 'call.ringing'
                     AND (id > ?3
                          OR call_id IN (SELECT id FROM call WHERE open_until > ?5)
                          OR call_id IN (SELECT call_id FROM event
                                         WHERE id > ?4 AND source IS NOT NULL))) AS n
             JOIN event e ON e.id = n.id
             JOIN call c ON c.id = e.call_id
             LEFT JOIN event p ON p.id = e.pane_id
             WHERE c.state IS NOT NULL OR e.id > ?3
             ORDER BY e.id DESC LIMIT ?6",
            &[
                after.into(),
                events.into(),
                unreported_after.into(),
                told_after.into(),
                now.into(),
                limit.into(),
            ],
        )?;
        rows.into_iter().map(ring).collect()
    }

    /// Calls that phone systems report and whose end is awaited, the newest first. The plus keeps planners from
    /// walking all calls, newest first, in search of them.
    pub fn list_open_calls(
        &mut self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<LiveCallRow>, Error> {
        let rows = self.query(
            "SELECT id, source, caller, caller_raw, caller_name,
                    COALESCE(queue_display, queue, queue_number), state
             FROM call WHERE open_until > ?1 ORDER BY +id DESC LIMIT ?2",
            &[now.into(), limit.into()],
        )?;
        rows.into_iter().map(|mut row| call(&mut row)).collect()
    }

    /// Pages of Callpane's that pause their agents and that nobody has had on screen since a moment: looked for
    /// agent by agent, as they are indexed. Whoever has such a page, and is
    /// confirmed, has a newest ring. The join is crossed, and the order has its plus, to keep planners from walking
    /// the events of half a day.
    pub fn list_left_pausing(
        &mut self,
        after: Id,
        since: Timestamp,
        limit: i64,
    ) -> Result<Vec<PausingRow>, Error> {
        let rows = self.query(
            "SELECT p.id, p.call_id, p.agent, p.agent_name, p.callee, p.opened_at,
                    COALESCE(p.seen_at, p.opened_at)
             FROM newest_ring n CROSS JOIN event p
             WHERE p.agent = n.agent AND p.id > ?1
               AND p.pane_id = p.id AND p.autopause AND p.completed_at IS NULL
               AND p.page IS NOT NULL AND COALESCE(p.seen_at, p.opened_at) < ?2
             ORDER BY +p.id DESC LIMIT ?3",
            &[after.into(), since.into(), limit.into()],
        )?;
        rows.into_iter().map(pausing).collect()
    }

    /// When a page was last known to be on a screen; none of one that nobody has opened.
    pub fn last_seen(&mut self, pane: Id) -> Result<Option<Timestamp>, Error> {
        let row = self.first(
            "SELECT COALESCE(seen_at, opened_at) FROM event WHERE id = ?1",
            &[pane.into()],
        )?;
        row.map_or(Ok(None), |mut row| row.take("page"))
    }

    /// Writes down that a page is on a screen.
    pub fn set_seen(&mut self, pane: Id, at: Timestamp) -> Result<(), Error> {
        self.execute(
            "UPDATE event SET seen_at = ?2
             WHERE id = ?1 AND COALESCE(seen_at, 0) < ?2 AND completed_at IS NULL",
            &[pane.into(), at.into()],
        )?;
        Ok(())
    }

    /// How many pages were opened after an id, and are not completed.
    pub fn count_open_pages(&mut self, after: Id, limit: i64) -> Result<i64, Error> {
        let row = self.first(
            "SELECT COUNT(*) FROM (SELECT pane_id, opened_at, completed_at FROM event
                                   WHERE id > ?1 ORDER BY id DESC LIMIT ?2) e
             WHERE opened_at IS NOT NULL AND completed_at IS NULL",
            &[after.into(), limit.into()],
        )?;
        row.map_or(Ok(0), |mut row| row.take("event"))
    }
}

fn call(row: &mut Row) -> Result<LiveCallRow, Error> {
    Ok(LiveCallRow {
        id: row.take("call")?,
        source: row.take("call")?,
        caller: row.take("call")?,
        caller_raw: row.take("call")?,
        caller_name: row.take("call")?,
        queue: row.take("call")?,
        state: row.take("call")?,
    })
}

fn ring(mut row: Row) -> Result<LiveRingRow, Error> {
    Ok(LiveRingRow {
        id: row.take("event")?,
        call: call(&mut row)?,
        agent: row.take("event")?,
        agent_name: row.take("page")?,
        callee: row.take("page")?,
        reported_by: row.take("event")?,
        body: row.take("event")?,
        rule: row.take("event")?,
        action: row.take("event")?,
        moment: row.take("page")?,
        has_page: row.take("page")?,
        hosted: row.take("page")?,
        opened_at: row.take("page")?,
        completed_at: row.take("page")?,
        autopause: row.take("event")?,
    })
}

fn pausing(mut row: Row) -> Result<PausingRow, Error> {
    Ok(PausingRow {
        pane: row.take("page")?,
        call: row.take("page")?,
        agent: row.take("page")?,
        agent_name: row.take("page")?,
        callee: row.take("page")?,
        opened_at: row.take("page")?,
        seen_at: row.take("page")?,
    })
}
