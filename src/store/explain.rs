//! What is read to explain why a page opened, or did not: rings and what was reported around a moment, or
//! of one call. None of it has an index of its own; every statement looks at a bounded part of a table.

use super::configurations::ConfigurationRow;
use super::deliveries::DeliveryRow;
use super::engine::Row;
use super::error::Error;
use super::tx::Tx;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;

/// A ring or another event, with its call, and what is known of its page by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardRow {
    pub id: Id,
    /// Our name for it.
    pub kind: String,
    /// The phone system that reported it, and its name for it; none of a desktop's ring.
    pub source: Option<String>,
    pub name: Option<String>,
    pub call_id: Option<Id>,
    /// Which system told of the call first, and its id there.
    pub call_source: Option<String>,
    pub external_id: Option<String>,
    /// What is known of the call by now, as JSON.
    pub state: Option<String>,
    /// The agent's key, and what a page calls them.
    pub agent: Option<String>,
    pub agent_name: Option<String>,
    pub line: Option<String>,
    /// What came, without credentials.
    pub body: Option<String>,
    /// What was known beside it, as JSON.
    pub knew: Option<String>,
    /// What was known of the caller, in a word; none where nothing was decided.
    pub contact: Option<String>,
    pub rule: Option<String>,
    pub action: Option<String>,
    pub moment: Option<String>,
    pub reason: Option<String>,
    pub autopause: bool,
    /// Whether it pauses only because an earlier page is open.
    pub carried: bool,
    /// The desktop's origin.
    pub origin: Option<String>,
    /// The page that it opened or found open.
    pub page: Option<HeardPage>,
}

/// The page of an event, as it is by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardPage {
    pub id: Id,
    /// The template that shows it; none for somebody else's page.
    pub hosted: Option<String>,
    /// Somebody else's page.
    pub address: Option<String>,
    pub opened_at: Option<Timestamp>,
    /// When something was saved on it last, before the agent was done.
    pub noted_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub disposition: Option<String>,
    pub has_notes: bool,
    /// Whether the built-in desktop shows it.
    pub on_built_in_desktop: bool,
}

/// What is known of a call beside its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardCall {
    /// How often desktops told that it rings.
    pub rings: i64,
    /// What its caller is found again by.
    pub caller: Option<String>,
    /// What phone systems told of it, as JSON.
    pub state: Option<String>,
    /// What other systems call it.
    pub external_ids: Vec<String>,
}

/// What a statement must find.
macro_rules! heard {
    ($where:literal) => {
        concat!(
            "SELECT e.id, e.kind, e.source, e.name, e.call_id, c.source, c.external_id, c.state, e.agent,
                    COALESCE(e.agent_name, p.agent_name), COALESCE(e.callee, p.callee), e.body,
                    e.knew, e.contact, e.rule, e.action, e.moment, e.reason,
                    COALESCE(e.autopause, FALSE), COALESCE(e.carried, FALSE), e.origin,
                    p.id, p.page, p.address, p.opened_at, p.noted_at, p.completed_at, p.disposition,
                    COALESCE(p.notes, '') <> '', p.multitab IS NOT NULL
             FROM event e
             LEFT JOIN call c ON c.id = e.call_id
             LEFT JOIN event p ON p.id = e.pane_id
             WHERE ",
            $where
        )
    };
}

impl Tx<'_> {
    /// The events between two ids that may be of an agent: by one of their keys (the first as it is, the
    /// others by how they end), or because their body has a text somewhere. Whoever asks looks closer.
    pub fn list_heard_of(
        &mut self,
        (from, until): (Id, Id),
        agent: &AgentSought,
        limit: i64,
    ) -> Result<Vec<HeardRow>, Error> {
        let AgentSought { key, ending, text } = agent;
        let rows = self.query(
            heard!(
                "e.id >= ?1 AND e.id < ?2 AND e.body IS NOT NULL
                 AND (e.agent = ?3 OR LOWER(e.agent) LIKE ?4 OR LOWER(e.body) LIKE ?5)
                 ORDER BY e.id LIMIT ?6"
            ),
            &[from.into(), until.into(), key.into(), ending.into(), text.into(), limit.into()],
        )?;
        rows.into_iter().map(heard).collect()
    }

    /// How many rings there were between two ids.
    pub fn count_rings(&mut self, (from, until): (Id, Id)) -> Result<i64, Error> {
        let row = self.first(
            "SELECT COUNT(*) FROM event WHERE id >= ?1 AND id < ?2 AND contact IS NOT NULL",
            &[from.into(), until.into()],
        )?;
        row.map_or(Ok(0), |mut row| row.take("event"))
    }

    /// The rings of one caller between two ids.
    pub fn list_decided(
        &mut self,
        (from, until): (Id, Id),
        caller: &str,
        limit: i64,
    ) -> Result<Vec<HeardRow>, Error> {
        let rows = self.query(
            heard!(
                "e.id >= ?1 AND e.id < ?2 AND e.contact IS NOT NULL AND c.caller = ?3
                 ORDER BY e.id LIMIT ?4"
            ),
            &[from.into(), until.into(), caller.into(), limit.into()],
        )?;
        rows.into_iter().map(heard).collect()
    }

    /// The rings of a call that opened a page, however long ago, and the newest ring of each agent if it is of
    /// this call.
    pub fn list_indexed_rings(&mut self, call: Id, limit: i64) -> Result<Vec<HeardRow>, Error> {
        let with_page = self.query(
            heard!("e.call_id = ?1 AND e.pane_id = e.id ORDER BY e.id LIMIT ?2"),
            &[call.into(), limit.into()],
        )?;
        let newest = self.query(
            heard!(
                "e.id IN (SELECT event_id FROM newest_ring WHERE call_id = ?1
                          UNION SELECT before_event_id FROM newest_ring WHERE before_call_id = ?1)
                 ORDER BY e.id LIMIT ?2"
            ),
            &[call.into(), limit.into()],
        )?;
        with_page.into_iter().chain(newest).map(heard).collect()
    }

    /// The events of a call from one id on and before another, the first ones first.
    pub fn list_heard_in(
        &mut self,
        call: Id,
        (from, until): (Id, Id),
        limit: i64,
    ) -> Result<Vec<HeardRow>, Error> {
        let rows = self.query(
            heard!("e.id >= ?2 AND e.id < ?3 AND e.call_id = ?1 ORDER BY e.id LIMIT ?4"),
            &[call.into(), from.into(), until.into(), limit.into()],
        )?;
        rows.into_iter().map(heard).collect()
    }

    /// The id that stands so many events after an id, if there are so many.
    pub fn event_after(&mut self, after: Id, count: i64) -> Result<Option<Id>, Error> {
        let row = self.first(
            "SELECT id FROM event WHERE id >= ?1 ORDER BY id LIMIT 1 OFFSET ?2",
            &[after.into(), count.into()],
        )?;
        row.map(|mut row| row.take("event")).transpose()
    }

    /// One event.
    pub fn find_heard(&mut self, id: Id) -> Result<Option<HeardRow>, Error> {
        self.first(heard!("e.id = ?1"), &[id.into()])?.map(heard).transpose()
    }

    /// The newest rings, before an id, of agents who may be this one; the newest first.
    pub fn list_newest_rings_of(
        &mut self,
        agent: &AgentSought,
        before: Id,
        limit: i64,
    ) -> Result<Vec<HeardRow>, Error> {
        let AgentSought { key, ending, text } = agent;
        let rows = self.query(
            heard!(
                "e.id IN (SELECT n.event_id FROM newest_ring n JOIN event b ON b.id = n.event_id
                          WHERE n.agent = ?1 OR LOWER(n.agent) LIKE ?2 OR LOWER(b.body) LIKE ?3)
                 AND e.id < ?4 ORDER BY e.id DESC LIMIT ?5"
            ),
            &[key.into(), ending.into(), text.into(), before.into(), limit.into()],
        )?;
        rows.into_iter().map(heard).collect()
    }

    /// A call, as far as it says what else belongs to it.
    pub fn find_heard_call(&mut self, id: Id) -> Result<Option<HeardCall>, Error> {
        let row =
            self.first("SELECT rings, caller, state FROM call WHERE id = ?1", &[id.into()])?;
        let Some(mut row) = row else { return Ok(None) };
        let (rings, caller, state) = (row.take("call")?, row.take("call")?, row.take("call")?);
        let rows = self.query(
            "SELECT external_id FROM call WHERE id = ?1 AND external_id IS NOT NULL
             UNION SELECT external_id FROM call_alias WHERE call_id = ?1",
            &[id.into()],
        )?;
        let ids = rows.into_iter().map(|mut row| row.take("call"));
        Ok(Some(HeardCall { rings, caller, state, external_ids: ids.collect::<Result<_, _>>()? }))
    }

    /// What is owed or was sent of a call, of what happened between two ids.
    pub fn list_deliveries_of(
        &mut self,
        call: Id,
        (from, until): (Id, Id),
        limit: i64,
    ) -> Result<Vec<DeliveryRow>, Error> {
        let rows = self.query(
            "SELECT id, destination, call_id, kind, attempts, due_at, settled_at, outcome, reason, ''
             FROM delivery
             WHERE id >= ?2 AND id < ?3 AND call_id = ?1
               AND id <= COALESCE((SELECT b.id FROM delivery b WHERE b.id >= ?2
                                   ORDER BY b.id LIMIT 1 OFFSET 20000), id)
             ORDER BY id LIMIT ?4",
            &[call.into(), from.into(), until.into(), limit.into()],
        )?;
        rows.into_iter().map(super::deliveries::delivery).collect()
    }

    /// The versions of the configuration that were applied up to a moment, the newest first.
    pub fn list_configurations_at(
        &mut self,
        at: Timestamp,
        limit: i64,
    ) -> Result<Vec<ConfigurationRow>, Error> {
        let row = self.first(
            "SELECT COALESCE(MAX(version), 0) FROM configuration WHERE applied_at <= ?1",
            &[at.into()],
        )?;
        let version: i64 = row.map_or(Ok(0), |mut row| row.take("configuration"))?;
        self.list_configurations(version, limit)
    }
}

/// How an agent is looked for.
#[derive(Debug, Clone)]
pub struct AgentSought {
    /// Their key, if it is known.
    pub key: Option<String>,
    /// A pattern of how their key may end, in lower case.
    pub ending: String,
    /// A pattern of what a body may have, in lower case.
    pub text: String,
}

impl AgentSought {
    /// The patterns for a text: what is not plain in it may be anything.
    pub fn new(key: Option<String>, text: &str) -> Self {
        let plain = |c: char| c.is_ascii_alphanumeric() || " -.@:".contains(c);
        let pattern: String =
            text.to_lowercase().chars().map(|c| if plain(c) { c } else { '%' }).collect();
        Self { key, ending: format!("%:{pattern}"), text: format!("%{pattern}%") }
    }
}

fn heard(mut row: Row) -> Result<HeardRow, Error> {
    Ok(HeardRow {
        id: row.take("event")?,
        kind: row.take("event")?,
        source: row.take("event")?,
        name: row.take("event")?,
        call_id: row.take("event")?,
        call_source: row.take("call")?,
        external_id: row.take("call")?,
        state: row.take("call")?,
        agent: row.take("event")?,
        agent_name: row.take("event")?,
        line: row.take("event")?,
        body: row.take("event")?,
        knew: row.take("event")?,
        contact: row.take("event")?,
        rule: row.take("event")?,
        action: row.take("event")?,
        moment: row.take("event")?,
        reason: row.take("event")?,
        autopause: row.take("event")?,
        carried: row.take("event")?,
        origin: row.take("event")?,
        page: page(&mut row)?,
    })
}

fn page(row: &mut Row) -> Result<Option<HeardPage>, Error> {
    let Some(id) = row.take::<Option<Id>>("page")? else { return Ok(None) };
    Ok(Some(HeardPage {
        id,
        hosted: row.take("page")?,
        address: row.take("page")?,
        opened_at: row.take("page")?,
        noted_at: row.take("page")?,
        completed_at: row.take("page")?,
        disposition: row.take("page")?,
        has_notes: row.take("page")?,
        on_built_in_desktop: row.take("page")?,
    }))
}
