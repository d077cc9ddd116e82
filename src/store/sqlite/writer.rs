//! The one thread that writes, and the one that flushes behind it.
//!
//! A transaction costs a flush to disk, whatever is in it. So while the disk flushes one transaction,
//! the units that come meanwhile are run in the next, and it is committed as soon as the disk is free:
//! under little load a unit is alone and waits for nobody, under much load many share a flush, and
//! neither the processor nor the disk waits for the other. SQLite itself does not flush at a commit
//! (`synchronous = NORMAL` flushes where the log is copied and begun anew); the flushing thread does
//! what it would do at each commit, and nobody is answered before.
//!
//! If a unit fails, all of its transaction are undone and run again, each in its own: that is rare, and
//! a savepoint around each would cost every ring a copy of the pages it touches.

use std::io;

use crossbeam_channel::{Receiver, RecvError, SendError, Sender, bounded, select_biased};

use super::transaction::{away, begin, commit, roll_back, transact};
use super::{Sqlite, callers, spawn};
use crate::store::engine::Job;
use crate::store::error::Error;

/// The largest number of units in one transaction; more gain nothing and make the last one wait.
const BATCH: usize = 256;

/// Units whose transaction has ended, and whether it was committed.
type Ended = Vec<(Box<dyn Job>, Result<(), Error>)>;

/// Starts both threads, with what flushes SQLite's log. They end after the last job, when nobody can
/// send another.
pub(super) fn start(
    connection: Sqlite,
    flush: impl Fn() -> io::Result<()> + Send + 'static,
    jobs: Receiver<Box<dyn Job>>,
) -> Result<(), Error> {
    let (to_flush, batches) = bounded(1);
    let (report, flushed) = bounded(1);
    spawn("store flush", move || flush_loop(&flush, &batches, &report))?;
    let writer = Writer { connection, to_flush, flushed, is_flushing: false, unflushed: None };
    spawn("store writer", move || writer.run(&jobs))
}

/// Flushes what was committed, then answers.
fn flush_loop(
    flush: &impl Fn() -> io::Result<()>,
    batches: &Receiver<Ended>,
    report: &Sender<Result<(), Error>>,
) {
    for batch in batches {
        let flushed = flush().map_err(Error::unavailable);
        // First the writer, whose next transaction need not wait for these answers; it may have gone.
        let _told_or_gone = report.send(flushed.clone());
        settle(batch, &flushed);
    }
}

struct Writer {
    connection: Sqlite,
    to_flush: Sender<Ended>,
    /// How each flush ended.
    flushed: Receiver<Result<(), Error>>,
    is_flushing: bool,
    /// Why something that was committed may not be on disk.
    unflushed: Option<Error>,
}

impl Writer {
    fn run(mut self, jobs: &Receiver<Box<dyn Job>>) {
        while let Ok(first) = jobs.recv() {
            if let Ok(flushed) = self.flushed.try_recv() {
                self.flush_ended(Ok(flushed));
            }
            let begun = self.recover().and_then(|()| begin(&mut self.connection));
            let changes = self.connection.connection.total_changes();
            let mut batch = Batch { jobs: Vec::new(), so_far: begun, changes };
            batch.run(&mut self.connection, first);
            self.gather(&mut batch, jobs);
            self.end(batch);
            // What cannot be written now is written the next time.
            drop(callers::write_some(&mut self.connection));
        }
    }

    /// Runs what comes until the disk is free, and what waits then.
    fn gather(&mut self, batch: &mut Batch, jobs: &Receiver<Box<dyn Job>>) {
        while self.is_flushing && batch.has_room() {
            select_biased! {
                recv(self.flushed) -> flushed => self.flush_ended(flushed),
                recv(jobs) -> job => match job {
                    Ok(job) => batch.run(&mut self.connection, job),
                    Err(RecvError) => break,
                },
            }
        }
        while batch.has_room()
            && let Ok(job) = jobs.try_recv()
        {
            batch.run(&mut self.connection, job);
        }
        if self.is_flushing {
            let flushed = self.flushed.recv();
            self.flush_ended(flushed);
        }
    }

    /// Notes how a flush ended; a thread that is gone flushes nothing.
    fn flush_ended(&mut self, flushed: Result<Result<(), Error>, RecvError>) {
        self.is_flushing = false;
        self.unflushed = flushed.unwrap_or(Err(Error::Panicked)).err();
    }

    /// Commits, and has flushed what changed something. Everything before it is on disk by then, so a
    /// batch that changed nothing is answered at once.
    fn end(&mut self, batch: Batch) {
        let changes = batch.changes;
        let ended = match &self.unflushed {
            Some(cause) => batch.undo(&mut self.connection, cause),
            None => batch.commit(&mut self.connection),
        };
        if self.connection.connection.total_changes() == changes {
            return settle(ended, &Ok(()));
        }
        self.is_flushing = true;
        if let Err(SendError(ended)) = self.to_flush.send(ended) {
            settle(ended, &Err(Error::Panicked));
        }
    }

    /// After a flush that failed nobody knows what of the log is on disk, and another flush would not
    /// tell: the system may think it clean. So the log is copied into the file, flushed there, and
    /// begun anew.
    fn recover(&mut self) -> Result<(), Error> {
        let Some(cause) = &self.unflushed else { return Ok(()) };
        let held_up = self.connection.number("PRAGMA wal_checkpoint(TRUNCATE)");
        if held_up.map_err(away)? != 0 {
            return Err(cause.clone());
        }
        self.unflushed = None;
        Ok(())
    }
}

/// Units in one transaction.
struct Batch {
    jobs: Vec<Box<dyn Job>>,
    /// The first failure.
    so_far: Result<(), Error>,
    /// How many changes the connection had made before.
    changes: u64,
}

impl Batch {
    fn has_room(&self) -> bool {
        self.jobs.len() < BATCH
    }

    fn run(&mut self, connection: &mut Sqlite, mut job: Box<dyn Job>) {
        // A ring that was answered without us: better nothing than a late row.
        if job.is_abandoned() {
            return;
        }
        if self.so_far.is_ok() {
            self.so_far = job.run(connection);
        }
        self.jobs.push(job);
    }

    fn commit(mut self, connection: &mut Sqlite) -> Ended {
        let so_far = std::mem::replace(&mut self.so_far, Ok(()));
        match so_far.and_then(|()| commit(connection)) {
            Ok(()) => self.jobs.into_iter().map(|job| (job, Ok(()))).collect(),
            // Nobody could begin or commit: then one by one would not go better.
            Err(failed @ Error::Unavailable(_)) => self.undo(connection, &failed),
            Err(_) => self.one_by_one(connection),
        }
    }

    fn undo(self, connection: &mut Sqlite, cause: &Error) -> Ended {
        roll_back(connection);
        self.jobs.into_iter().map(|job| (job, Err(cause.clone()))).collect()
    }

    fn one_by_one(self, connection: &mut Sqlite) -> Ended {
        roll_back(connection);
        let alone = |mut job: Box<dyn Job>| {
            let done = transact(connection, |connection| job.run(connection));
            (job, done)
        };
        self.jobs.into_iter().map(alone).collect()
    }
}

/// Answers each.
fn settle(batch: Ended, flushed: &Result<(), Error>) {
    for (job, done) in batch {
        job.settle(done.and_then(|()| flushed.clone()));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, mpsc};

    use rusqlite::OpenFlags;

    use super::*;
    use crate::store::engine::{Connection, Prefetch};
    use crate::store::{Tx, migrations};

    /// Writes a setting, if it has a name, and says how that ended.
    struct Write {
        name: Option<&'static str>,
        ended: mpsc::Sender<Result<(), Error>>,
    }

    impl Job for Write {
        fn is_abandoned(&self) -> bool {
            false
        }

        fn prefetch(&self, _prefetch: &mut Prefetch) {}

        fn run(&mut self, connection: &mut dyn Connection) -> Result<(), Error> {
            let mut tx = Tx { connection, topics: Vec::new() };
            self.name.map_or(Ok(()), |name| tx.set_setting(name, "x"))
        }

        fn settle(self: Box<Self>, committed: Result<(), Error>) {
            self.ended.send(committed).unwrap();
        }
    }

    struct Writing {
        folder: tempfile::TempDir,
        jobs: Sender<Box<dyn Job>>,
    }

    impl Writing {
        fn start(flush: impl Fn() -> io::Result<()> + Send + 'static) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("t.db");
            let mut connection = Sqlite::open(&path, OpenFlags::default()).unwrap();
            connection.script(super::super::PRAGMAS).unwrap();
            migrations::run(&mut connection).unwrap();
            connection.script("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
            let (jobs, waiting) = bounded(100);
            start(connection, flush, waiting).unwrap();
            Self { folder, jobs }
        }

        fn write(&self, name: Option<&'static str>) -> mpsc::Receiver<Result<(), Error>> {
            let (ended, end) = mpsc::channel();
            self.jobs.send(Box::new(Write { name, ended })).unwrap();
            end
        }

        /// The settings in the file itself, without its log.
        fn in_the_file(&self) -> Vec<String> {
            let copy = self.folder.path().join("copy.db");
            std::fs::copy(self.folder.path().join("t.db"), &copy).unwrap();
            let copy = rusqlite::Connection::open(copy).unwrap();
            let mut settings = copy.prepare("SELECT name FROM setting WHERE value = 'x'").unwrap();
            let names = settings.query_map([], |row| row.get(0)).unwrap();
            names.collect::<Result<_, _>>().unwrap()
        }
    }

    #[test]
    fn what_comes_during_a_flush_shares_the_next_and_nobody_is_answered_before_theirs() {
        let (entered, is_entered) = mpsc::channel();
        let (release, released) = mpsc::channel();
        let writing = Writing::start(move || {
            entered.send(()).unwrap();
            released.recv().map_err(io::Error::other)
        });
        let first = writing.write(Some("first"));
        is_entered.recv().unwrap();
        let others: Vec<_> =
            ["a", "b", "c", "d"].map(|name| writing.write(Some(name))).into_iter().collect();
        assert!(first.try_recv().is_err(), "answered while its flush was under way");
        release.send(()).unwrap();
        first.recv().unwrap().unwrap();
        is_entered.recv().unwrap();
        assert!(others.iter().all(|end| end.try_recv().is_err()), "answered before their flush");
        release.send(()).unwrap();
        for end in others {
            end.recv().unwrap().unwrap();
        }
        assert!(is_entered.try_recv().is_err(), "four units have one flush");
    }

    #[test]
    fn what_changed_nothing_needs_no_flush() {
        let flushes = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&flushes);
        let writing = Writing::start(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        writing.write(None).recv().unwrap().unwrap();
        assert_eq!(flushes.load(Ordering::SeqCst), 0);
        writing.write(Some("a")).recv().unwrap().unwrap();
        assert_eq!(flushes.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn after_a_flush_that_failed_the_log_is_copied_into_the_file_before_anything_else() {
        let flushes = AtomicUsize::new(0);
        let writing = Writing::start(move || {
            let is_first = flushes.fetch_add(1, Ordering::SeqCst) == 0;
            if is_first { Err(io::Error::other("input/output error")) } else { Ok(()) }
        });
        let failed = writing.write(Some("lost or not")).recv().unwrap();
        assert!(matches!(failed, Err(Error::Unavailable(_))), "{failed:?}");
        assert!(writing.in_the_file().is_empty(), "it is in the log only");
        writing.write(Some("next")).recv().unwrap().unwrap();
        assert_eq!(writing.in_the_file(), ["lost or not"]);
    }
}
