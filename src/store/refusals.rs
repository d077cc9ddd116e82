//! Requests that were not taken: the newest of them, for whoever asks why.

use super::error::Error;
use super::tx::Tx;
use crate::domain::ids::Id;

/// A refused request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusalRow {
    /// Its id, which says when it came.
    pub id: Id,
    /// The source that it named.
    pub source: String,
    /// Which refusal.
    pub code: String,
    /// Why.
    pub detail: String,
    /// What came, without credentials, as JSON.
    pub request: String,
}

impl Tx<'_> {
    /// Keeps a refusal, and forgets the oldest of its kind beyond `most`.
    pub fn insert_refusal(&mut self, refusal: &RefusalRow, most: i64) -> Result<(), Error> {
        self.execute(
            "INSERT INTO refusal (id, source, code, detail, request)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            &[
                refusal.id.into(),
                (&refusal.source).into(),
                (&refusal.code).into(),
                (&refusal.detail).into(),
                (&refusal.request).into(),
            ],
        )?;
        self.execute(
            "DELETE FROM refusal
             WHERE code = ?2 AND id <= (SELECT id FROM refusal WHERE code = ?2
                                        ORDER BY id DESC LIMIT 1 OFFSET ?1)",
            &[most.into(), (&refusal.code).into()],
        )?;
        Ok(())
    }

    /// The newest refusals, newest first, of one source or of all, before an id.
    pub fn list_refusals(
        &mut self,
        source: Option<&str>,
        before: Option<Id>,
        limit: i64,
    ) -> Result<Vec<RefusalRow>, Error> {
        let rows = self.query(
            "SELECT id, source, code, detail, request FROM refusal
             WHERE source = COALESCE(?1, source) AND id < ?2
             ORDER BY id DESC LIMIT ?3",
            &[source.into(), before.unwrap_or(Id::MAX).into(), limit.into()],
        )?;
        let refusals = rows.into_iter().map(|mut row| {
            Ok(RefusalRow {
                id: row.take("refusal")?,
                source: row.take("refusal")?,
                code: row.take("refusal")?,
                detail: row.take("refusal")?,
                request: row.take("refusal")?,
            })
        });
        refusals.collect()
    }

    /// What the newest refusals name as their source, in order. Anybody can make names up.
    pub fn list_refused_sources(&mut self) -> Result<Vec<String>, Error> {
        let rows = self.query(
            "SELECT DISTINCT source FROM (SELECT source FROM refusal ORDER BY id DESC LIMIT 1000)
                 AS newest
             ORDER BY source LIMIT 50",
            &[],
        )?;
        rows.into_iter().map(|mut row| row.take("refusal")).collect()
    }
}
