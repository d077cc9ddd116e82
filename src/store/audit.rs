//! Who did what.

use super::engine::Row;
use super::error::Error;
use super::tx::Tx;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;

/// One act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its id, which says when it was done.
    pub id: Id,
    /// The operator or token.
    pub actor: String,
    /// console, token or command.
    pub via: String,
    pub act: String,
    /// What it was done to.
    pub subject: String,
    pub was: Option<String>,
    pub became: Option<String>,
    /// The address that it came from.
    pub address: Option<String>,
}

/// Which acts are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    pub actor: Option<String>,
    pub act: Option<String>,
    /// Older than this one.
    pub before: Option<Id>,
}

/// The newest acts that meet a condition.
macro_rules! listed {
    ($condition:literal) => {
        concat!(
            "SELECT id, actor, via, act, subject, was, became, address FROM audit
             WHERE id < ?1 AND ",
            $condition,
            " ORDER BY id DESC LIMIT ?4"
        )
    };
}

impl Tx<'_> {
    /// Keeps an act.
    pub fn insert_audit(&mut self, row: &AuditRow) -> Result<(), Error> {
        self.execute(
            "INSERT INTO audit (id, actor, via, act, subject, was, became, address)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            &[
                row.id.into(),
                (&row.actor).into(),
                (&row.via).into(),
                (&row.act).into(),
                (&row.subject).into(),
                (&row.was).into(),
                (&row.became).into(),
                (&row.address).into(),
            ],
        )?;
        Ok(())
    }

    /// Says what an act has come to that goes on for a while.
    pub fn set_audit_became(&mut self, id: Id, became: &str) -> Result<(), Error> {
        self.execute("UPDATE audit SET became = ?2 WHERE id = ?1", &[id.into(), became.into()])?;
        Ok(())
    }

    /// The newest acts, newest first.
    pub fn list_audit(&mut self, wanted: &AuditFilter, limit: i64) -> Result<Vec<AuditRow>, Error> {
        // A condition that may be absent would keep planners from the index of what is asked for.
        let sql = match (&wanted.actor, &wanted.act) {
            (None, None) => listed!("CAST(?2 AS TEXT) IS NULL AND CAST(?3 AS TEXT) IS NULL"),
            (Some(_), None) => listed!("actor = ?2 AND CAST(?3 AS TEXT) IS NULL"),
            (None, Some(_)) => listed!("CAST(?2 AS TEXT) IS NULL AND act = ?3"),
            (Some(_), Some(_)) => listed!("actor = ?2 AND act = ?3"),
        };
        let before = wanted.before.unwrap_or(Id::MAX);
        let rows = self.query(
            sql,
            &[before.into(), (&wanted.actor).into(), (&wanted.act).into(), limit.into()],
        )?;
        rows.into_iter().map(act).collect()
    }

    /// Forgets acts from before a moment; answers how many.
    pub fn remove_audit_before(&mut self, moment: Timestamp, limit: i64) -> Result<u64, Error> {
        self.execute(
            "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id < ?1 ORDER BY id LIMIT ?2)",
            &[Id::floor(moment).into(), limit.into()],
        )
    }
}

fn act(mut row: Row) -> Result<AuditRow, Error> {
    Ok(AuditRow {
        id: row.take("audit")?,
        actor: row.take("audit")?,
        via: row.take("audit")?,
        act: row.take("audit")?,
        subject: row.take("audit")?,
        was: row.take("audit")?,
        became: row.take("audit")?,
        address: row.take("audit")?,
    })
}
