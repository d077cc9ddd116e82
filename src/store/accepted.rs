//! What was accepted lately, with all that tells what came of it.

use super::engine::Row;
use super::error::Error;
use super::tx::Tx;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;

/// An event or a ring that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedRow {
    /// Its id, which says when it came.
    pub id: Id,
    /// The source that told it.
    pub source: String,
    /// Its own name for the event; none of a desktop's ring.
    pub name: Option<String>,
    /// Our name for it.
    pub kind: String,
    /// When it happened, by the phone system's clock.
    pub happened_at: Option<Timestamp>,
    /// Its call: here, and at the phone system.
    pub call_id: Option<Id>,
    pub external_id: Option<String>,
    /// What is known of that by now, as JSON.
    pub state: Option<String>,
    /// The agent's key, and their line where the ring says it apart from what came.
    pub agent: Option<String>,
    pub callee: Option<String>,
    /// The page that it opened or found open, and when that was first seen.
    pub pane_id: Option<Id>,
    pub opened_at: Option<Timestamp>,
    /// Whether that is a page that Callpane hosts.
    pub hosted: bool,
    /// Whether the agent had a page of this call before.
    pub had_page: bool,
    /// What was decided, if anything was.
    pub rule: Option<String>,
    pub action: Option<String>,
    pub moment: Option<String>,
    pub reason: Option<String>,
    /// How often it was told again.
    pub repeats: i64,
    /// What came, without credentials.
    pub body: String,
}

/// What `take` reads; a ring's source is a desktop.
macro_rules! accepted_columns {
    () => {
        "e.id, COALESCE(e.source, CASE c.source WHEN 'sheet' THEN 'sheet' ELSE 'xivo' END),
         e.name, e.kind, e.happened_at, e.call_id, c.external_id, c.state, e.agent,
         COALESCE(e.callee, p.callee), e.pane_id, p.opened_at, p.page IS NOT NULL,
         EXISTS (SELECT 1 FROM event b
                 WHERE b.call_id = e.call_id AND b.pane_id = b.id AND b.id < e.id
                   AND b.agent = e.agent),
         e.rule, e.action, e.moment, e.reason, COALESCE(e.repeats, 0), e.body"
    };
}
pub(super) use accepted_columns;

macro_rules! accepted {
    ($where:literal) => {
        concat!(
            "SELECT ",
            accepted_columns!(),
            "
             FROM event e
             LEFT JOIN call c ON c.id = e.call_id
             LEFT JOIN event p ON p.id = e.pane_id
             WHERE ",
            $where,
            " e.id < ?1 AND e.body IS NOT NULL
             ORDER BY e.id DESC LIMIT ?2"
        )
    };
}

impl Tx<'_> {
    /// The newest events, newest first, of one source or of all, before an id.
    pub fn list_accepted(
        &mut self,
        source: Option<&str>,
        before: Option<Id>,
        limit: i64,
    ) -> Result<Vec<AcceptedRow>, Error> {
        let before = before.unwrap_or(Id::MAX);
        let rows = match source {
            None => self.query(accepted!(""), &[before.into(), limit.into()])?,
            Some(desktop @ ("xivo" | "sheet")) => self.query(
                // There may be few of these: reading every event would keep others waiting.
                accepted!(
                    "e.id >= COALESCE((SELECT b.id FROM event b WHERE b.id < ?1
                                       ORDER BY b.id DESC LIMIT 1 OFFSET 20000), 0)
                     AND e.source IS NULL
                     AND CASE c.source WHEN 'sheet' THEN 'sheet' ELSE 'xivo' END = ?3 AND"
                ),
                &[before.into(), limit.into(), desktop.into()],
            )?,
            Some(source) => self.query(
                accepted!("e.source = ?3 AND"),
                &[before.into(), limit.into(), source.into()],
            )?,
        };
        rows.into_iter().map(read).collect()
    }

    /// How far back `list_accepted` looks for a desktop's rings; none if that is to the end.
    pub fn accepted_looked_back_to(&mut self, before: Option<Id>) -> Result<Option<Id>, Error> {
        let row = self.first(
            "SELECT id FROM event WHERE id < ?1 ORDER BY id DESC LIMIT 1 OFFSET 20000",
            &[before.unwrap_or(Id::MAX).into()],
        )?;
        row.map(|mut row| row.take("event")).transpose()
    }

    /// The newest ring that a desktop told of.
    pub fn newest_of_desktop(&mut self, desktop: &str) -> Result<Option<Id>, Error> {
        if let Some(row) = self.list_accepted(Some(desktop), None, 1)?.first() {
            return Ok(Some(row.id));
        }
        // It lies further back than that is looked for.
        let row = self.first(
            "SELECT MAX(e.id) FROM newest_ring n JOIN event e ON e.id = n.event_id
             JOIN call c ON c.id = e.call_id
             WHERE e.source IS NULL AND CASE c.source WHEN 'sheet' THEN 'sheet' ELSE 'xivo' END = ?1",
            &[desktop.into()],
        )?;
        row.map_or(Ok(None), |mut row| row.take("event"))
    }

    /// Counts that an event was told again.
    pub fn count_repeat(&mut self, source: &str, key: &str) -> Result<(), Error> {
        self.connection.defer_to_commit(
            &format!("repeat {source} {key}"),
            "UPDATE event SET repeats = COALESCE(repeats, 0) + 1
             WHERE source = ?1 AND dedupe = ?2 AND dedupe IS NOT NULL",
            &[source.into(), key.into()],
        )
    }
}

fn read(mut row: Row) -> Result<AcceptedRow, Error> {
    take(&mut row)
}

/// Reads the columns of `accepted_columns`.
pub(super) fn take(row: &mut Row) -> Result<AcceptedRow, Error> {
    Ok(AcceptedRow {
        id: row.take("event")?,
        source: row.take("event")?,
        name: row.take("event")?,
        kind: row.take("event")?,
        happened_at: row.take("event")?,
        call_id: row.take("event")?,
        external_id: row.take("call")?,
        state: row.take("call")?,
        agent: row.take("event")?,
        callee: row.take("event")?,
        pane_id: row.take("event")?,
        opened_at: row.take("page")?,
        hosted: row.take("page")?,
        had_page: row.take("page")?,
        rule: row.take("event")?,
        action: row.take("event")?,
        moment: row.take("event")?,
        reason: row.take("event")?,
        repeats: row.take("event")?,
        body: row.take("event")?,
    })
}
