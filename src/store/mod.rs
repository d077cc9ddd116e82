//! What do we remember?
//!
//! Everything is written in units of work: a closure over a [`Tx`], all of it or nothing. The
//! caller is answered when its unit is on disk. SQLite runs many units in one transaction on one
//! writer thread (group commit), PostgreSQL runs each in its own on a few connections; the SQL is
//! the same text for both. A unit never waits for anything but the database.

mod calls;
mod configurations;
mod contacts;
mod deliveries;
mod engine;
mod migrations;
mod panes;
mod postgres;
mod refusals;
mod rings;
mod server_keys;
mod sessions;
mod settings;
mod sqlite;
mod wakes;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Sender, TrySendError, bounded};
use tokio::sync::oneshot;

use engine::{Connection, Job};

pub use calls::{CallState, Candidate, HeldCall};
pub use configurations::ConfigurationRow;
pub use contacts::{ContactListRow, ContactRow, LookedUpRow};
pub use deliveries::{AttemptRow, Claimed, DeliveryRow, DestinationRow, NewDelivery, Next, Wanted};
pub use panes::{DesktopRow, Earlier, Newest, PaneRow};
pub use refusals::RefusalRow;
pub use rings::{CallRow, EventRow, NewPane, Shown, Told};
pub use sessions::SessionRow;
pub use wakes::{Topic, Wake, Wakes};

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Options {
    /// A file, kept by the SQLite inside this program.
    Sqlite(PathBuf),
    /// A PostgreSQL server: a `postgres://` address, with its password.
    Postgres(crate::domain::secret::Secret),
}

impl Options {
    /// Reads `sqlite:PATH` or `postgres://…`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let odd = path.is_empty() || path.contains(":memory:") || path.contains('?');
            if odd {
                return Err(
                    "names no file; write sqlite:callpane.db or sqlite:/var/lib/x.db".into()
                );
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return match text.parse::<::postgres::Config>() {
                Ok(_) => Ok(Self::Postgres(crate::domain::secret::Secret::new(text))),
                Err(error) => Err(format!("is no PostgreSQL address: {error}")),
            };
        }
        Err("is neither sqlite:PATH nor postgres://USER:PASSWORD@HOST/DATABASE".to_owned())
    }
}

/// Which database, without its password.
impl std::fmt::Display for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(_) => f.write_str("PostgreSQL"),
        }
    }
}

/// What a database error was caused by.
type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// Why the store could not do it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The database cannot be reached or does not take writes.
    #[error("the database is away")]
    Away(#[source] Cause),
    /// There is no room for what would be written.
    #[error("the database has no room left: free some on its disk")]
    Full(#[source] Cause),
    /// More units of work wait than may.
    #[error("the database does not keep up: its queue is full")]
    Busy,
    /// Another server process has this SQLite file.
    #[error(
        "another callpane has the database {0} open: SQLite serves one node, PostgreSQL several"
    )]
    Taken(String),
    /// The SQLite file has several names.
    #[error(
        "{0} is a hard link: SQLite keeps a log for each name and would lose what stands in the \
         other; remove the other names of the file, or name a copy"
    )]
    Linked(String),
    /// A newer version of this program changed the tables.
    #[error(
        "Callpane {by} has changed its tables, which this version, {own}, does not know: start that \
         version or a newer one, or restore the backup from before the upgrade",
        own = env!("CARGO_PKG_VERSION")
    )]
    Newer {
        /// Which version did.
        by: String,
    },
    /// A statement failed.
    #[error("a database statement failed")]
    Statement(#[source] Cause),
    /// What is stored cannot be read.
    #[error("a stored {0} cannot be read")]
    Unreadable(&'static str),
    /// The unit of work broke off.
    #[error("a unit of work broke off")]
    BrokeOff,
}

impl Error {
    fn away(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Away(Arc::new(cause))
    }

    fn full(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Full(Arc::new(cause))
    }

    fn statement(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Statement(Arc::new(cause))
    }
}

/// Units of work that may wait: about a second of a full load.
const QUEUE: usize = 8192;

/// The database, and the threads that speak to it.
#[derive(Debug)]
pub struct Store {
    writes: Sender<Box<dyn Job>>,
    reads: Sender<Box<dyn Job>>,
    wakes: Wakes,
    /// Asks for SQLite's log to be emptied.
    empty_log: Option<Sender<oneshot::Sender<()>>>,
    /// Held as long as this process serves an SQLite file.
    _lock: Option<std::fs::File>,
}

/// Who opens the store: a server is the only one of its kind, a command passes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opener {
    /// Serves: on SQLite, alone.
    Server,
    /// Looks, or changes the configuration, beside a server.
    Command,
}

impl Store {
    /// Opens the database and brings its tables up to date.
    pub fn open(options: &Options, opener: Opener) -> Result<Self, Error> {
        let (writes, write_jobs) = bounded(QUEUE);
        let (reads, read_jobs) = bounded(QUEUE);
        let wakes = Wakes::default();
        match options {
            Options::Sqlite(path) => {
                let path = sqlite::canonical(path)?;
                let lock = if opener == Opener::Server { Some(sqlite::lock(&path)?) } else { None };
                let empty_log = sqlite::start(&path, write_jobs, &read_jobs)?;
                Ok(Self { writes, reads, wakes, empty_log: Some(empty_log), _lock: lock })
            }
            Options::Postgres(address) => {
                let (wakes, topics) = wakes.by_way_of_the_database();
                // Only a server has pages open that want to know.
                let listener = (opener == Opener::Server).then(|| wakes.clone());
                postgres::start(address, &write_jobs, &read_jobs, listener, topics)?;
                Ok(Self { writes, reads, wakes, empty_log: None, _lock: None })
            }
        }
    }

    /// Runs a unit of work. When this answers `Ok`, what it did is on disk. It may be run again, if
    /// another unit failed that shared its transaction.
    pub async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    {
        run(&self.writes, work, &self.wakes).await
    }

    /// Makes sure that what was deleted can be read nowhere, and gives its room back: on SQLite free
    /// pages leave the file, little at a time, and the log is emptied. Answers whether it could be:
    /// nobody may be reading from it for a moment. PostgreSQL does so by itself (autovacuum).
    pub async fn reclaim(&self) -> Result<bool, Error> {
        while self.write(|tx| tx.connection.give_back()).await? {}
        let Some(empty_log) = &self.empty_log else { return Ok(true) };
        let (done, emptied) = oneshot::channel();
        Ok(empty_log.try_send(done).is_ok() && emptied.await.is_ok())
    }

    /// Tells of what units of work announced, from now on; on PostgreSQL those of every node.
    pub fn wakes(&self) -> &Wakes {
        &self.wakes
    }

    /// Reads, beside the writers.
    pub async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    {
        run(&self.reads, work, &self.wakes).await
    }
}

async fn run<T, F>(queue: &Sender<Box<dyn Job>>, work: F, wakes: &Wakes) -> Result<T, Error>
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let (result, topics) = (Err(Error::BrokeOff), Vec::new());
    let unit = Unit { work, result, reply, topics, wakes: wakes.clone() };
    queue.try_send(Box::new(unit)).map_err(|error| match error {
        TrySendError::Full(_) => Error::Busy,
        TrySendError::Disconnected(_) => Error::BrokeOff,
    })?;
    answer.await.unwrap_or(Err(Error::BrokeOff))
}

/// A unit of work on its way through a database thread.
struct Unit<T, F> {
    work: F,
    result: Result<T, Error>,
    reply: oneshot::Sender<Result<T, Error>>,
    /// What it announced.
    topics: Vec<Topic>,
    wakes: Wakes,
}

impl<T, F> Job for Unit<T, F>
where
    T: Send,
    F: Fn(&mut Tx<'_>) -> Result<T, Error> + Send,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(&mut self, connection: &mut dyn Connection) -> Result<(), Error> {
        let mut tx = Tx { connection, topics: Vec::new() };
        let worked = catch_unwind(AssertUnwindSafe(|| (self.work)(&mut tx)));
        self.result = worked.unwrap_or(Err(Error::BrokeOff));
        self.result.as_ref().map(|_| ()).map_err(Clone::clone)?;
        self.topics = tx.topics;
        Ok(())
    }

    fn settle(self: Box<Self>, committed: Result<(), Error>) {
        if committed.is_ok() {
            self.topics.into_iter().for_each(|topic| self.wakes.announce(topic));
        }
        let result = committed.and(self.result);
        // The one who asked may have gone: then nobody is told.
        drop(self.reply.send(result));
    }
}

/// A unit of work: what is done through it stands or falls together.
pub struct Tx<'a> {
    connection: &'a mut dyn Connection,
    topics: Vec<Topic>,
}

impl Tx<'_> {
    /// Wakes whoever follows this, once the unit is on disk.
    pub fn announce(&mut self, topic: Topic) {
        if !self.topics.contains(&topic) {
            self.topics.push(topic);
        }
    }
}

impl std::fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tx")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;

    /// A row of a unit's own.
    fn session(at: i64) -> SessionRow {
        let used_at = crate::domain::time::Timestamp(at);
        SessionRow { digest: format!("unit {at}"), agent: "priya".to_owned(), link: 1, used_at }
    }

    /// Units that wait while another runs share a transaction: the failing ones among them must
    /// undo nothing but their own.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_unit_that_fails_undoes_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options::Sqlite(folder.path().join("test.db"));
        let store = Store::open(&options, Opener::Server).unwrap();
        let (release, released) = bounded::<()>(0);
        let hold = store.write(move |_| {
            let _closed = released.recv();
            Ok(())
        });
        let units = (0..20).map(|at| {
            store.write(move |tx| {
                tx.insert_session(&session(at), 20)?;
                assert!(at != 7, "this one panics");
                if at == 3 { Err(Error::BrokeOff) } else { Ok(()) }
            })
        });
        let units: Vec<_> = units.map(Box::pin).collect();
        let let_go = async { drop(release) };
        let (held, results, ()) = tokio::join!(hold, join_all(units), let_go);
        held.unwrap();
        let failed = results.iter().enumerate().filter(|(_, result)| result.is_err());
        assert_eq!(failed.map(|(at, _)| at).collect::<Vec<_>>(), [3, 7]);
        for at in 0..20 {
            let found = store.read(move |tx| tx.find_session(&session(at).digest)).await.unwrap();
            assert_eq!(found.is_none(), at == 3 || at == 7, "unit {at}");
        }
    }

    /// A file in a folder of its own.
    fn file() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        (folder, path)
    }

    fn serve(path: impl Into<PathBuf>) -> Result<Store, Error> {
        Store::open(&Options::Sqlite(path.into()), Opener::Server)
    }

    #[test]
    fn a_file_has_one_server_whatever_its_path() {
        let (folder, path) = file();
        let open = serve(&path).unwrap();
        let (link, links) = (folder.path().join("link.db"), folder.path().join("links"));
        std::os::unix::fs::symlink(&path, &link).unwrap();
        std::os::unix::fs::symlink(folder.path(), &links).unwrap();
        let through = links.join("..").join(folder.path().file_name().unwrap()).join("test.db");
        for other in [link.clone(), links.join("link.db"), through] {
            let refused = serve(&other).unwrap_err();
            assert!(matches!(refused, Error::Taken(_)), "{}: {refused}", other.display());
        }
        drop(open);
        serve(link).unwrap();
    }

    #[test]
    fn a_file_with_two_names_is_refused_by_both() {
        let (folder, path) = file();
        drop(serve(&path).unwrap());
        let other = folder.path().join("other.db");
        std::fs::hard_link(&path, &other).unwrap();
        for path in [&path, &other] {
            let refused = serve(path).unwrap_err().to_string();
            assert!(refused.contains("is a hard link") && refused.contains("remove"), "{refused}");
        }
    }

    #[tokio::test]
    async fn a_file_that_cannot_shrink_is_opened_and_used() {
        let (_folder, path) = file();
        let older = rusqlite::Connection::open(&path).unwrap();
        let full =
            "CREATE TABLE old (x); INSERT INTO old VALUES (randomblob(99999)); DROP TABLE old;";
        older.execute_batch(full).unwrap();
        drop(older);
        let store = serve(&path).unwrap();
        assert!(store.reclaim().await.unwrap(), "its log is emptied all the same");
        store.write(|tx| tx.set_setting("key", "value")).await.unwrap();
    }

    #[test]
    fn addresses_name_a_file_or_a_server() {
        let path = |text| match Options::parse(text) {
            Ok(Options::Sqlite(path)) => Some(path.display().to_string()),
            _ => None,
        };
        assert_eq!(path("sqlite:a.db").as_deref(), Some("a.db"));
        assert_eq!(path("sqlite:///var/a.db").as_deref(), Some("/var/a.db"));
        assert_eq!(path("sqlite:/var/a.db").as_deref(), Some("/var/a.db"));
        for wrong in
            ["sqlite:", "sqlite://", "sqlite::memory:", "sqlite:a.db?x", "a.db", "mysql://x"]
        {
            assert!(Options::parse(wrong).is_err(), "{wrong}");
        }
        let postgres = Options::parse("postgres://u:hunter2@db.example.com/x").unwrap();
        assert!(!format!("{postgres} {postgres:?}").contains("hunter2"));
    }
}
