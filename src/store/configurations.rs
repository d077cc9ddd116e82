//! The configuration's history: each version whole, the newest in force.

use super::error::Error;
use super::tx::Tx;
use crate::domain::time::Timestamp;

/// One version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationRow {
    /// Counts from 1.
    pub version: i64,
    pub applied_at: Timestamp,
    /// From where: a file's name.
    pub applied_from: String,
    /// The TOML text.
    pub document: String,
}

impl Tx<'_> {
    /// The number of the newest version; 0 when there is none.
    pub fn configuration_version(&mut self) -> Result<i64, Error> {
        let row = self.first("SELECT COALESCE(MAX(version), 0) FROM configuration", &[])?;
        row.map_or(Ok(0), |mut row| row.take("configuration"))
    }

    /// The newest version.
    pub fn newest_configuration(&mut self) -> Result<Option<ConfigurationRow>, Error> {
        Ok(self.list_configurations(i64::MAX, 1)?.pop())
    }

    /// The versions up to one of them, newest first.
    pub fn list_configurations(
        &mut self,
        last: i64,
        limit: i64,
    ) -> Result<Vec<ConfigurationRow>, Error> {
        let rows = self.query(
            "SELECT version, applied_at, applied_from, document FROM configuration
             WHERE version <= ?1 ORDER BY version DESC LIMIT ?2",
            &[last.into(), limit.into()],
        )?;
        let rows = rows.into_iter().map(|mut row| {
            Ok(ConfigurationRow {
                version: row.take("configuration")?,
                applied_at: row.take("configuration")?,
                applied_from: row.take("configuration")?,
                document: row.take("configuration")?,
            })
        });
        rows.collect()
    }

    /// Puts a new version in force.
    pub fn insert_configuration(
        &mut self,
        applied_at: Timestamp,
        applied_from: &str,
        document: &str,
    ) -> Result<i64, Error> {
        let version = self.configuration_version()? + 1;
        self.execute(
            "INSERT INTO configuration (version, applied_at, applied_from, document)
             VALUES (?1, ?2, ?3, ?4)",
            &[version.into(), applied_at.into(), applied_from.into(), document.into()],
        )?;
        Ok(version)
    }
}
