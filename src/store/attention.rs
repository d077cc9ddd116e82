//! What needs somebody's attention, counted: cheap enough to be shown on every page.

use super::error::Error;
use super::tx::Tx;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;

impl Tx<'_> {
    /// How many deliveries since a moment were given up; of more than ten thousand, so many.
    pub fn count_failed_deliveries(&mut self, since: Timestamp) -> Result<i64, Error> {
        let row = self.first(
            "SELECT COUNT(*) FROM (SELECT id FROM delivery
                                   WHERE outcome IN ('rejected', 'exhausted') AND id >= ?1
                                   ORDER BY id DESC LIMIT 10000) AS failed",
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
