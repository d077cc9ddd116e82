//! The database in somebody else's hands: what waits for it waits as long as a test wants.

use std::time::Duration;

use crate::harness::Database;

/// A lock that is held until it is released or dropped.
pub(crate) enum Hold {
    Sqlite(rusqlite::Connection),
    Postgres(std::thread::JoinHandle<()>, std::sync::mpsc::Sender<()>),
}

impl Hold {
    /// So that rings, pages and sessions find no database; SQLite's readers go on.
    pub(crate) async fn everything(database: &Database) -> Self {
        let tables = "LOCK TABLE call, setting, desktop_session IN ACCESS EXCLUSIVE MODE";
        Self::on(database, tables).await
    }

    /// So that nobody's contacts are found, on PostgreSQL; SQLite's readers go on.
    pub(crate) async fn contacts(database: &Database) -> Self {
        Self::on(database, "LOCK TABLE contact, contact_list IN ACCESS EXCLUSIVE MODE").await
    }

    /// So that nothing is claimed and nothing settled; whoever reads goes on.
    pub(crate) async fn deliveries(database: &Database) -> Self {
        Self::on(database, "LOCK TABLE delivery IN EXCLUSIVE MODE").await
    }

    /// So that no request of a program begins.
    pub(crate) async fn requests(database: &Database) -> Self {
        Self::on(database, "LOCK TABLE idempotent IN ACCESS EXCLUSIVE MODE").await
    }

    /// SQLite has one lock for all who write; PostgreSQL is told which.
    async fn on(database: &Database, lock: &str) -> Self {
        if database.is_sqlite() {
            let connection = rusqlite::Connection::open(database.path()).unwrap();
            connection.busy_timeout(Duration::from_secs(5)).unwrap();
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            return Self::Sqlite(connection);
        }
        let (url, begin) = (database.url.clone(), format!("BEGIN; {lock}"));
        let (release, released) = std::sync::mpsc::channel();
        let (held, holds) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
            client.batch_execute(&begin).unwrap();
            held.send(()).unwrap();
            released.recv().unwrap();
            client.batch_execute("ROLLBACK").unwrap();
        });
        tokio::task::spawn_blocking(move || holds.recv().unwrap()).await.unwrap();
        Self::Postgres(thread, release)
    }

    pub(crate) fn release(self) {
        match self {
            Self::Sqlite(connection) => connection.execute_batch("ROLLBACK").unwrap(),
            Self::Postgres(thread, release) => {
                release.send(()).unwrap();
                thread.join().unwrap();
            }
        }
    }
}
