//! The database, and the threads that speak to it: units of work go in, and are answered when they are on
//! disk.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::{Sender, TrySendError, bounded};
use tokio::sync::oneshot;

use super::engine::{Connection, Job, Prefetch};
use super::error::Error;
use super::notifier::{Notifier, Topic};
use super::options::{Opener, Options};
use super::replies::ReplyQueue;
use super::tx::Tx;
use super::{postgres, sqlite};

/// Units of work that may wait: about a second of a full load.
const QUEUE: usize = 8192;

/// The database, and the threads that speak to it.
#[derive(Debug)]
pub struct Store {
    writes: Sender<Box<dyn Job>>,
    reads: Sender<Box<dyn Job>>,
    notifier: Notifier,
    /// Asks for SQLite's log to be emptied.
    empty_log: Option<Sender<oneshot::Sender<()>>>,
    /// Held as long as this process serves an SQLite file.
    _lock: Option<std::fs::File>,
}

impl Store {
    /// Opens the database and brings its tables up to date.
    pub fn open(options: &Options, opener: Opener) -> Result<Self, Error> {
        let (writes, write_jobs) = bounded(QUEUE);
        let (reads, read_jobs) = bounded(QUEUE);
        let notifier = Notifier::default();
        match options {
            Options::Sqlite(path) => {
                let path = sqlite::canonical(path)?;
                let lock = if opener == Opener::Server { Some(sqlite::lock(&path)?) } else { None };
                let empty_log = sqlite::start(&path, write_jobs, &read_jobs, opener)?;
                Ok(Self { writes, reads, notifier, empty_log: Some(empty_log), _lock: lock })
            }
            Options::Postgres(address) => {
                let (notifier, topics) = notifier.through_the_database();
                postgres::start(address, &write_jobs, &read_jobs, opener, &notifier, topics)?;
                Ok(Self { writes, reads, notifier, empty_log: None, _lock: None })
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
        run(&self.writes, |_: &mut Prefetch| {}, work, &self.notifier).await
    }

    /// The same, for a unit that says what it will look up.
    pub async fn write_prefetched<T, P, F>(&self, prefetch: P, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        P: Fn(&mut Prefetch) + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    {
        run(&self.writes, prefetch, work, &self.notifier).await
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
    pub fn notifier(&self) -> &Notifier {
        &self.notifier
    }

    /// Reads, beside the writers.
    pub async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    {
        run(&self.reads, |_: &mut Prefetch| {}, work, &self.notifier).await
    }
}

async fn run<T, P, F>(
    queue: &Sender<Box<dyn Job>>,
    prefetch: P,
    work: F,
    notifier: &Notifier,
) -> Result<T, Error>
where
    T: Send + 'static,
    P: Fn(&mut Prefetch) + Send + 'static,
    F: Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let (result, topics) = (Err(Error::Panicked), Vec::new());
    let replies = ReplyQueue::of_this_thread();
    let notifier = notifier.clone();
    let unit = Unit { prefetch, work, result, reply, replies, topics, notifier };
    queue.try_send(Box::new(unit)).map_err(|error| match error {
        TrySendError::Full(_) => Error::Busy,
        TrySendError::Disconnected(_) => Error::Panicked,
    })?;
    answer.await.unwrap_or(Err(Error::Panicked))
}

/// A unit of work on its way through a database thread.
struct Unit<T, P, F> {
    prefetch: P,
    work: F,
    result: Result<T, Error>,
    reply: oneshot::Sender<Result<T, Error>>,
    replies: ReplyQueue,
    /// What it announced.
    topics: Vec<Topic>,
    notifier: Notifier,
}

impl<T, P, F> Job for Unit<T, P, F>
where
    T: Send + 'static,
    P: Fn(&mut Prefetch) + Send,
    F: Fn(&mut Tx<'_>) -> Result<T, Error> + Send,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn prefetch(&self, prefetch: &mut Prefetch) {
        (self.prefetch)(prefetch);
    }

    fn run(&mut self, connection: &mut dyn Connection) -> Result<(), Error> {
        let mut tx = Tx { connection, topics: Vec::new() };
        let worked = catch_unwind(AssertUnwindSafe(|| (self.work)(&mut tx)));
        self.result = worked.unwrap_or(Err(Error::Panicked));
        self.result.as_ref().map(|_| ()).map_err(Clone::clone)?;
        self.topics = tx.topics;
        Ok(())
    }

    fn settle(self: Box<Self>, committed: Result<(), Error>) {
        if committed.is_ok() {
            self.topics.into_iter().for_each(|topic| self.notifier.announce(topic));
        }
        let (reply, result) = (self.reply, committed.and(self.result));
        // The one who asked may have gone: then nobody is told.
        self.replies.push(move || drop(reply.send(result)));
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::store::SessionRow;
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
                if at == 3 { Err(Error::Panicked) } else { Ok(()) }
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
}
