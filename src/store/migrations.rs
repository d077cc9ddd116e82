//! Brings the tables up to date. Migrations are only ever added, never changed.

use super::engine::{Connection, Engine};
use super::error::Error;
use super::tx::Tx;

/// What a migration does: on both engines, and then on either.
struct Migration {
    both: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

impl Migration {
    const fn of_both(both: &'static str) -> Self {
        Self { both, sqlite: "", postgres: "" }
    }
}

/// Every migration, in order; its place is its version, from 1.
const MIGRATIONS: &[Migration] = &[
    Migration {
        both: include_str!("migrations/0001_tables.sql"),
        sqlite: include_str!("migrations/0001_sqlite.sql"),
        postgres: include_str!("migrations/0001_postgres.sql"),
    },
    Migration::of_both(include_str!("migrations/0002_presence.sql")),
    Migration::of_both(include_str!("migrations/0003_accepted.sql")),
    Migration::of_both(include_str!("migrations/0004_access.sql")),
    Migration::of_both(include_str!("migrations/0005_explain.sql")),
    Migration::of_both(include_str!("migrations/0006_lists.sql")),
    Migration::of_both(include_str!("migrations/0007_idempotency.sql")),
    Migration::of_both(include_str!("migrations/0008_cards.sql")),
    Migration::of_both(include_str!("migrations/0009_live.sql")),
    Migration::of_both(include_str!("migrations/0010_oidc.sql")),
    Migration::of_both(include_str!("migrations/0011_asked.sql")),
    Migration::of_both(include_str!("migrations/0012_noted.sql")),
];

/// The setting that says which version of this program ran the newest migration.
const MIGRATED_BY: &str = "migrated_by";

/// Runs what has not run yet. The caller has begun a transaction that no other process shares. A
/// database with migrations that this program does not know is left alone: what they changed, it
/// would read wrongly and write over.
pub(super) fn run(connection: &mut dyn Connection) -> Result<(), Error> {
    let mut tx = Tx { connection, topics: Vec::new() };
    tx.define("CREATE TABLE IF NOT EXISTS migration (version INTEGER PRIMARY KEY)")?;
    let newest = tx.first("SELECT COALESCE(MAX(version), 0) FROM migration", &[])?;
    let newest: i64 = newest.map_or(Ok(0), |mut row| row.take("migration"))?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if newest > known {
        let by = tx.setting(MIGRATED_BY).ok().flatten();
        return Err(Error::Newer { by: by.unwrap_or_else(|| "a newer version".to_owned()) });
    }
    for (version, migration) in (1_i64..).zip(MIGRATIONS).filter(|(version, _)| *version > newest) {
        tx.define(migration.both)?;
        tx.define(match tx.connection.engine() {
            Engine::Sqlite => migration.sqlite,
            Engine::Postgres => migration.postgres,
        })?;
        tx.execute("INSERT INTO migration (version) VALUES (?1)", &[version.into()])?;
    }
    if newest < known {
        tx.set_setting(MIGRATED_BY, env!("CARGO_PKG_VERSION"))?;
    }
    Ok(())
}
