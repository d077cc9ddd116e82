//! Brings the tables up to date. Migrations are only ever added, never changed.

use super::engine::Connection;
use super::{Error, Tx};

/// Every migration, in order; its place is its version, from 1.
const MIGRATIONS: [&str; 6] = [
    include_str!("migrations/0001_rings.sql"),
    include_str!("migrations/0002_events.sql"),
    include_str!("migrations/0003_deliveries.sql"),
    include_str!("migrations/0004_refusals.sql"),
    include_str!("migrations/0005_contacts.sql"),
    include_str!("migrations/0010_proofs.sql"),
];

/// Runs what has not run yet. The caller has begun a transaction that no other process shares.
pub(super) fn run(connection: &mut dyn Connection) -> Result<(), Error> {
    let mut tx = Tx { connection, topics: Vec::new() };
    tx.script("CREATE TABLE IF NOT EXISTS migration (version BIGINT PRIMARY KEY)")?;
    let newest = tx.first("SELECT COALESCE(MAX(version), 0) FROM migration", &[])?;
    let newest: i64 = newest.map_or(Ok(0), |mut row| row.take("migration"))?;
    for (version, script) in (1_i64..).zip(MIGRATIONS).filter(|(version, _)| *version > newest) {
        tx.script(script)?;
        tx.execute("INSERT INTO migration (version) VALUES (?1)", &[version.into()])?;
    }
    Ok(())
}
