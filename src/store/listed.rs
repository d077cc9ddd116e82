//! Calls as they are listed: a row for each ring at an agent, and one for a call that rang nobody.
//!
//! No index on agents, queues or rules serves these lists, because each ring would have to write it
//! (docs/adr/0003). They go back in time by id, a portion of rows in each unit of work, so that whoever
//! asks for something rare holds up nobody. A caller's calls are found by their number.

use super::accepted::{AcceptedRow, accepted_columns, take};
use super::engine::{Prefetch, Row, Value};
use super::error::Error;
use super::tx::Tx;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;

/// A ring at an agent, with its call and its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRing {
    /// The ring itself.
    pub ring: AcceptedRow,
    /// What is known of its call.
    pub call: ListedCall,
    /// The page that it opened or found open.
    pub page: Option<ListedPage>,
}

/// A call, as far as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCall {
    pub id: Id,
    /// Which system told of it first, and its id there.
    pub source: String,
    pub external_id: Option<String>,
    /// inbound, outbound, internal.
    pub direction: String,
    /// What the caller is found again by, what was sent, and their name.
    pub caller: Option<String>,
    pub caller_raw: String,
    pub caller_name: Option<String>,
    pub dialled: Option<String>,
    /// The queue's name, display name and number.
    pub queue: Option<String>,
    pub queue_display: Option<String>,
    pub queue_number: Option<String>,
    /// How often desktops told that it rings.
    pub rings: i64,
    /// What phone systems told of it, as JSON.
    pub state: Option<String>,
}

/// A page, as far as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPage {
    pub id: Id,
    pub agent_name: Option<String>,
    /// The agent's line.
    pub callee: Option<String>,
    pub opened_at: Option<Timestamp>,
    /// When its opening proved that the moment of its call had come, and which moment that is.
    pub proven_at: Option<Timestamp>,
    pub moment: Option<String>,
    pub completed_at: Option<Timestamp>,
    pub disposition: Option<String>,
    /// Whether the agent is paused while it is open.
    pub autopause: bool,
    /// Whether a phone system's event opened it, on the built-in desktop.
    pub by_phone_system: bool,
}

/// Which rings are listed, as far as the database can tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RingFilter {
    /// The keys of an agent; nobody has none of them. At most [`MOST_KEYS`] count.
    pub agents: Vec<String>,
    pub rule: Option<String>,
    /// A source that is configured, or xivo, or sheet.
    pub source: Option<String>,
    /// A queue's name, display name or number.
    pub queue: Option<String>,
    /// Whether the page was on a screen; that is not known of pages on other sites.
    pub opened: Option<bool>,
}

/// One agent may have so many keys: one at each system that tells of them.
pub const MOST_KEYS: usize = 4;

/// An agent whose telephone has rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RungAgent {
    pub key: String,
    /// The newest ring.
    pub event: Id,
    /// The phone system that reported it; none of a desktop's.
    pub reported_by: Option<String>,
    /// Which system its call is of, what is known of it, as JSON, and what came.
    pub source: String,
    pub state: Option<String>,
    pub body: Option<String>,
    /// The agent's line, where the ring says it apart from what came.
    pub line: Option<String>,
}

/// The columns of a call.
macro_rules! call_columns {
    () => {
        "c.id, c.source, c.external_id, c.direction, c.caller, c.caller_raw, c.caller_name, c.dialled,
         c.queue, c.queue_display, c.queue_number, c.rings, c.state"
    };
}

/// Whether a call came through a queue (`?8`, in small letters `?9`).
macro_rules! of_queue {
    () => {
        "(CAST(?8 AS TEXT) IS NULL OR ?8 IN (c.queue, c.queue_display, c.queue_number)
          OR ?9 IN (lower(c.queue), lower(c.queue_display)))"
    };
}

/// Rings that meet a condition (of `?11` and `?12`), and what is asked for.
macro_rules! rings {
    ($($condition:tt)+) => {
        concat!(
            "SELECT ", accepted_columns!(), ", ", call_columns!(), ",
                    p.id, p.agent_name, p.callee, p.opened_at, p.proven_at, p.moment, p.completed_at,
                    p.disposition, COALESCE(p.autopause, FALSE), p.multitab IS NOT NULL
             FROM event e
             JOIN call c ON c.id = e.call_id
             LEFT JOIN event p ON p.id = e.pane_id
             WHERE ", $($condition)+, "
               AND e.kind = 'call.ringing' AND e.body IS NOT NULL
               AND (e.source IS NULL OR e.agent IS NOT NULL)
               AND (CAST(?2 AS TEXT) IS NULL OR e.agent IN (?2, ?3, ?4, ?5))
               AND (CAST(?6 AS TEXT) IS NULL OR e.rule = ?6)
               AND (CAST(?7 AS TEXT) IS NULL
                    OR COALESCE(e.source, CASE c.source WHEN 'sheet' THEN 'sheet' ELSE 'xivo' END) = ?7)
               AND ", of_queue!(), "
               AND (CAST(?10 AS TEXT) IS NULL OR (?10 = 'yes' AND p.opened_at IS NOT NULL)
                    OR (?10 = 'no' AND p.opened_at IS NULL AND (p.id IS NULL OR p.page IS NOT NULL)))
             ORDER BY e.id DESC LIMIT ?1"
        )
    };
}

/// The rings of a call (`?11`) that have a page.
const WITH_PAGE: &str = rings!("e.call_id = ?11 AND e.pane_id = e.id AND e.id < ?12");

/// The rings of a call that are the newest of their agents, or were so until lately.
const NEWEST_IN: &str = rings!(
    "e.id IN (SELECT event_id FROM newest_ring WHERE call_id = ?11
              UNION SELECT before_event_id FROM newest_ring WHERE before_call_id = ?11)
     AND e.id < ?12"
);

/// The rings of a call just before it was written down, or among so many events after that.
macro_rules! near_by {
    ($events:literal) => {
        rings!(concat!(
            "e.id IN (SELECT n.id FROM (SELECT id, call_id, kind FROM event
                                        WHERE id > ?11 AND id < ?12 ORDER BY id LIMIT ",
            $events,
            ") n
                      WHERE n.call_id = ?11 AND n.kind = 'call.ringing'
                      UNION SELECT b.id FROM (SELECT id, call_id, kind FROM event
                                              WHERE id < ?11 ORDER BY id DESC LIMIT 20) b
                      WHERE b.call_id = ?11 AND b.kind = 'call.ringing')"
        ))
    };
}

/// How far from the beginning of a call its rings are looked for, where they opened no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Near {
    /// For one call among many.
    Hundred,
    /// For a call that is asked for by itself.
    Thousands,
}

impl Near {
    /// The number of events stands in the statement: PostgreSQL plans by it.
    fn statement(self) -> &'static str {
        match self {
            Self::Hundred => near_by!("100"),
            Self::Thousands => near_by!("5000"),
        }
    }
}

/// The most rings of one call.
const MOST_RINGS: i64 = 500;

impl RingFilter {
    /// The parameters from `?1` to `?10`.
    fn values(&self, limit: i64) -> Vec<Value<'_>> {
        let agents = (0..MOST_KEYS).map(|at| self.agents.get(at).or(self.agents.last()).into());
        let queue = self.queue.as_ref().map(|queue| Value::Text(queue.to_lowercase().into()));
        let opened = self.opened.map(|opened| if opened { "yes" } else { "no" });
        let rest = [
            (&self.rule).into(),
            (&self.source).into(),
            (&self.queue).into(),
            queue.unwrap_or(Value::Null),
            opened.into(),
        ];
        [Value::Int(limit)].into_iter().chain(agents).chain(rest).collect()
    }

    fn with(&self, limit: i64, condition: [Id; 2]) -> Vec<Value<'_>> {
        let mut values = self.values(limit);
        values.extend(condition.map(Value::from));
        values
    }

    fn of_call(&self, call: Id) -> Vec<Value<'_>> {
        self.with(MOST_RINGS, [call, Id::MAX])
    }

    /// The same by the keys' places in a call's state.
    fn in_states(&self) -> Self {
        let quoted = |key: &String| format!("{}:", serde_json::Value::from(key.as_str()));
        Self { agents: self.agents.iter().map(quoted).collect(), ..self.clone() }
    }
}

/// The calls of an id range (from `?11`, before `?12`) that rang nobody: only phone systems tell of
/// them. `rang_first` is what a call's state keeps of a ring (domain/leg.rs); agents' keys are those of its legs.
const RANG_NOBODY: &str = concat!(
    "SELECT ",
    call_columns!(),
    " FROM call c
     WHERE c.id >= ?11 AND c.id < ?12 AND c.rings = 0 AND c.state IS NOT NULL
       AND c.state NOT LIKE '%\"rang_first\":%'
       AND (CAST(?2 AS TEXT) IS NULL OR replace(c.state, ?2, '') <> c.state
            OR replace(c.state, ?3, '') <> c.state OR replace(c.state, ?4, '') <> c.state
            OR replace(c.state, ?5, '') <> c.state)
       AND CAST(?6 AS TEXT) IS NULL AND (CAST(?7 AS TEXT) IS NULL OR c.source = ?7)
       AND ",
    of_queue!(),
    " AND (CAST(?10 AS TEXT) IS NULL OR ?10 = 'no')
     ORDER BY c.id DESC LIMIT ?1"
);

impl Prefetch {
    /// One call among many: see [`Tx::find_unrung`] and [`Tx::list_rings_of`].
    pub fn rings_of(&mut self, wanted: &RingFilter, call: Id) {
        self.add(RANG_NOBODY, &wanted.in_states().with(1, alone(call)));
        self.add(WITH_PAGE, &wanted.of_call(call));
        self.add(Near::Hundred.statement(), &wanted.of_call(call));
    }
}

/// The range of ids that has only this one.
fn alone(id: Id) -> [Id; 2] {
    [id, Id::from_number(id.number().saturating_add(1))]
}

impl Tx<'_> {
    /// The id that stands so many events before an id, if there are so many after `floor`.
    pub fn event_before(&mut self, before: Id, floor: Id, count: i64) -> Result<Option<Id>, Error> {
        let row = self.first(
            "SELECT id FROM event WHERE id < ?1 AND id >= ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3",
            &[before.into(), floor.into(), count.into()],
        )?;
        row.map(|mut row| row.take("event")).transpose()
    }

    /// Rings from an id on and before another one, newest first.
    pub fn list_rings_between(
        &mut self,
        wanted: &RingFilter,
        [from, before]: [Id; 2],
        limit: i64,
    ) -> Result<Vec<ListedRing>, Error> {
        let rows =
            self.query(rings!("e.id >= ?11 AND e.id < ?12"), &wanted.with(limit, [from, before]))?;
        rows.into_iter().map(ring).collect()
    }

    /// Calls that rang nobody, from an id on and before another one, newest first.
    pub fn list_unrung_between(
        &mut self,
        wanted: &RingFilter,
        range: [Id; 2],
        limit: i64,
    ) -> Result<Vec<ListedCall>, Error> {
        let rows = self.query(RANG_NOBODY, &wanted.in_states().with(limit, range))?;
        rows.into_iter().map(|mut row| call(&mut row)).collect()
    }

    /// A call, if it rang nobody.
    pub fn find_unrung(
        &mut self,
        wanted: &RingFilter,
        call: Id,
    ) -> Result<Option<ListedCall>, Error> {
        Ok(self.list_unrung_between(wanted, alone(call), 1)?.pop())
    }

    /// The rings of one call: those that have a page, and of the others those that are near its beginning; if
    /// there are none, those that an agent had last.
    pub fn list_rings_of(
        &mut self,
        wanted: &RingFilter,
        call: Id,
        near: Near,
    ) -> Result<Vec<ListedRing>, Error> {
        let mut rows = self.query(WITH_PAGE, &wanted.of_call(call))?;
        rows.extend(self.query(near.statement(), &wanted.of_call(call))?);
        if rows.is_empty() {
            rows = self.query(NEWEST_IN, &wanted.of_call(call))?;
        }
        let mut found: Vec<ListedRing> =
            rows.into_iter().map(ring).collect::<Result<_, Error>>()?;
        found.sort_unstable_by_key(|ring| std::cmp::Reverse(ring.ring.id));
        found.dedup_by_key(|ring| ring.ring.id);
        Ok(found)
    }

    /// The calls of a caller before one, newest first, and from `floor` on.
    pub fn list_calls_of(
        &mut self,
        caller: &str,
        before: Id,
        floor: Id,
        limit: i64,
    ) -> Result<Vec<Id>, Error> {
        let rows = self.query(
            "SELECT call_id FROM caller_call WHERE caller = ?1 AND call_id < ?2 AND call_id >= ?3
             ORDER BY call_id DESC LIMIT ?4",
            &[caller.into(), before.into(), floor.into(), limit.into()],
        )?;
        let mut found: Vec<Id> =
            rows.into_iter().map(|mut row| row.take("call")).collect::<Result<_, Error>>()?;
        for call in self.connection.recent_calls(caller, floor) {
            let is_theirs = call < before
                && self
                    .first(
                        "SELECT id FROM call WHERE id = ?1 AND caller = ?2",
                        &[call.into(), caller.into()],
                    )?
                    .is_some();
            if is_theirs {
                found.push(call);
            }
        }
        found.sort_unstable_by(|one, other| other.cmp(one));
        found.dedup();
        found.truncate(usize::try_from(limit).unwrap_or_default());
        Ok(found)
    }

    /// A call by its id here.
    pub fn find_listed_call(&mut self, id: Id) -> Result<Option<ListedCall>, Error> {
        let row = self.first(
            concat!("SELECT ", call_columns!(), " FROM call c WHERE c.id = ?1"),
            &[id.into()],
        )?;
        row.map(|mut row| call(&mut row)).transpose()
    }

    /// The calls that one system, or any, knows by an id; the newest first.
    pub fn list_calls_by_external_id(
        &mut self,
        sources: &[String],
        external_id: &str,
    ) -> Result<Vec<Id>, Error> {
        let mut found = Vec::new();
        for source in sources {
            let values = [source.into(), external_id.into()];
            let known =
                self.first("SELECT id FROM call WHERE source = ?1 AND external_id = ?2", &values)?;
            let known = known.map(|mut row| row.take("call")).transpose()?;
            found.extend(match known {
                Some(call) => Some(call),
                None => self.find_alias(source, external_id)?,
            });
        }
        found.sort_unstable_by(|one: &Id, other| other.cmp(one));
        found.dedup();
        Ok(found)
    }

    /// The pages that were made in one of these milliseconds, newest first.
    pub fn list_pages_made_at(&mut self, moments: &[Timestamp]) -> Result<Vec<Id>, Error> {
        let mut found = Vec::new();
        for at in moments {
            let next = Timestamp(at.0.saturating_add(1));
            let rows = self.query(
                "SELECT id FROM event WHERE id >= ?1 AND id < ?2 AND pane_id = id ORDER BY id DESC",
                &[Id::floor(*at).into(), Id::floor(next).into()],
            )?;
            for mut row in rows {
                found.push(row.take("pane")?);
            }
        }
        Ok(found)
    }

    /// The ring that opened a page.
    pub fn find_ring_of_page(&mut self, page: Id) -> Result<Option<ListedRing>, Error> {
        let values = RingFilter::default();
        let row = self.first(
            rings!("e.id = ?11 AND e.id < ?12 AND e.pane_id = e.id"),
            &values.with(1, [page, Id::MAX]),
        )?;
        row.map(ring).transpose()
    }

    /// Everybody whose telephone has rung, each with the newest ring.
    pub fn list_rung_agents(&mut self, limit: i64) -> Result<Vec<RungAgent>, Error> {
        let rows = self.query(
            "SELECT n.agent, n.event_id, e.source, c.source, c.state, e.body, e.callee
             FROM newest_ring n JOIN event e ON e.id = n.event_id JOIN call c ON c.id = e.call_id
             ORDER BY n.event_id DESC LIMIT ?1",
            &[limit.into()],
        )?;
        let agents = rows.into_iter().map(|mut row| {
            Ok(RungAgent {
                key: row.take("agent")?,
                event: row.take("event")?,
                reported_by: row.take("event")?,
                source: row.take("call")?,
                state: row.take("call")?,
                body: row.take("event")?,
                line: row.take("event")?,
            })
        });
        agents.collect()
    }
}

fn ring(mut row: Row) -> Result<ListedRing, Error> {
    Ok(ListedRing { ring: take(&mut row)?, call: call(&mut row)?, page: page(&mut row)? })
}

fn call(row: &mut Row) -> Result<ListedCall, Error> {
    Ok(ListedCall {
        id: row.take("call")?,
        source: row.take("call")?,
        external_id: row.take("call")?,
        direction: row.take("call")?,
        caller: row.take("call")?,
        caller_raw: row.take("call")?,
        caller_name: row.take("call")?,
        dialled: row.take("call")?,
        queue: row.take("call")?,
        queue_display: row.take("call")?,
        queue_number: row.take("call")?,
        rings: row.take("call")?,
        state: row.take("call")?,
    })
}

fn page(row: &mut Row) -> Result<Option<ListedPage>, Error> {
    let Some(id) = row.take("page")? else { return Ok(None) };
    Ok(Some(ListedPage {
        id,
        agent_name: row.take("page")?,
        callee: row.take("page")?,
        opened_at: row.take("page")?,
        proven_at: row.take("page")?,
        moment: row.take("page")?,
        completed_at: row.take("page")?,
        disposition: row.take("page")?,
        autopause: row.take("page")?,
        by_phone_system: row.take("page")?,
    }))
}
