//! What needs somebody's attention, counted: cheap enough to be shown on every page.

use super::error::Error;
use super::tx::Tx;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;

/// A page that still pauses its agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PausingPage {
    pub id: Id,
    /// The agent's key.
    pub agent: String,
    pub agent_name: Option<String>,
    /// The agent's line.
    pub callee: Option<String>,
    pub opened_at: Timestamp,
    /// What phone systems told of its call, as JSON.
    pub state: Option<String>,
}

impl Tx<'_> {
    /// How many deliveries since a moment were given up.
    pub fn count_failed_deliveries(&mut self, since: Timestamp) -> Result<i64, Error> {
        let row = self.first(
            "SELECT COUNT(*) FROM delivery WHERE outcome IN ('rejected', 'exhausted') AND id >= ?1",
            &[Id::floor(since).into()],
        )?;
        row.map_or(Ok(0), |mut row| row.take("delivery"))
    }

    /// How many requests since a moment were refused, as far as they are kept.
    pub fn count_refusals(&mut self, since: Timestamp) -> Result<i64, Error> {
        let row =
            self.first("SELECT COUNT(*) FROM refusal WHERE id >= ?1", &[Id::floor(since).into()])?;
        row.map_or(Ok(0), |mut row| row.take("refusal"))
    }

    /// When a source first and last told something, as far as that is remembered.
    pub fn heard_from(&mut self, source: &str) -> Result<Option<[Timestamp; 2]>, Error> {
        let row = self.first(
            "SELECT (SELECT MIN(id) FROM event WHERE source = ?1),
                    (SELECT MAX(id) FROM event WHERE source = ?1)",
            &[source.into()],
        )?;
        let Some(mut row) = row else { return Ok(None) };
        let (first, last): (Option<Id>, Option<Id>) = (row.take("event")?, row.take("event")?);
        Ok(first.zip(last).map(|(first, last)| [first.minted(), last.minted()]))
    }

    /// Whether a source told anything in a span of time.
    pub fn was_heard(
        &mut self,
        source: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Error> {
        let row = self.first(
            "SELECT id FROM event WHERE source = ?1 AND id >= ?2 AND id < ?3 LIMIT 1",
            &[source.into(), Id::floor(from).into(), Id::floor(until).into()],
        )?;
        Ok(row.is_some())
    }

    /// Pages that were on a screen since a moment, and pause their agents still.
    pub fn list_pausing(&mut self, since: Timestamp) -> Result<Vec<PausingPage>, Error> {
        let rows = self.query(
            "SELECT p.id, p.agent, p.agent_name, p.callee, p.opened_at, c.state
             FROM newest_ring n
             JOIN event p ON p.agent = n.agent AND p.id >= ?1 AND p.pane_id = p.id AND p.autopause
                             AND p.completed_at IS NULL
             JOIN call c ON c.id = p.call_id
             WHERE p.opened_at IS NOT NULL ORDER BY p.id DESC LIMIT 1000",
            &[Id::floor(since).into()],
        )?;
        let pages = rows.into_iter().map(|mut row| {
            Ok(PausingPage {
                id: row.take("pane")?,
                agent: row.take("pane")?,
                agent_name: row.take("pane")?,
                callee: row.take("pane")?,
                opened_at: row.take("pane")?,
                state: row.take("call")?,
            })
        });
        pages.collect()
    }

    /// The queues of the newest calls: name, display name and number.
    pub fn list_recent_queues(&mut self) -> Result<Vec<[Option<String>; 3]>, Error> {
        let rows = self.query(
            "SELECT DISTINCT queue, queue_display, queue_number
             FROM (SELECT queue, queue_display, queue_number FROM call ORDER BY id DESC LIMIT 5000)
                  AS recent
             WHERE queue IS NOT NULL OR queue_display IS NOT NULL OR queue_number IS NOT NULL
             ORDER BY queue, queue_display, queue_number",
            &[],
        )?;
        let queues = rows
            .into_iter()
            .map(|mut row| Ok([row.take("queue")?, row.take("queue")?, row.take("queue")?]));
        queues.collect()
    }
}
