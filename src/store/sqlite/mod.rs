//! SQLite: a file with one writer (`writer.rs`), readers beside it, and a thread that copies the log
//! into the file. The newest calls are found by their callers in memory (`callers.rs`).

mod callers;
mod transaction;
mod writer;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, ErrorCode, OpenFlags};
use tokio::sync::oneshot;

use self::callers::Callers;
use crate::domain::ids::Id;
use crate::store::engine::{Cell, Connection, Engine, Job, Prefetch, Query, Row, Value};
use crate::store::error::Error;
use crate::store::options::Opener;
use crate::store::{migrations, namespace};

/// Threads that read beside the writer.
const READERS: usize = 2;

/// How long a statement waits for another process (`callpane apply`, a backup) to let go.
const TIMEOUT: Duration = Duration::from_millis(300);

/// WAL, which the writer has flushed after every commit: answered means on disk. The checkpoint, which
/// copies the log into the file, is a thread of its own; the writer does it only where that one cannot
/// keep up.
///
/// What is deleted is overwritten, and its pages can be given back: that must be said before anything
/// else is in the file, so an older file keeps its size.
const PRAGMAS: &str = "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA secure_delete = ON;
    PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = 16000; PRAGMA journal_size_limit = 67108864;";

/// The one path of a file, however it was named, so that every name finds the same lock and the same
/// log; makes the file if there is none. It may have no second name: nothing would lead from one of
/// two hard links to the other.
pub(super) fn canonical(path: &Path) -> Result<PathBuf, Error> {
    let file = own_file(path)?;
    let path = path.canonicalize().map_err(Error::unavailable)?;
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::nlink(&file.metadata().map_err(Error::unavailable)?) > 1 {
        return Err(Error::Linked(path.display().to_string()));
    }
    drop(file);
    Ok(path)
}

/// Makes sure that no other server has this file, by its canonical path.
pub(super) fn lock(path: &Path) -> Result<File, Error> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let file = own_file(Path::new(&beside))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(Error::Taken(path.display().to_string())),
    }
}

/// SQLite's own `lower` knows no letters beyond ASCII.
fn lower_every_letter(connection: &rusqlite::Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("lower", 1, flags, |call| {
        Ok(call.get::<Option<String>>(0)?.map(|text| text.to_lowercase()))
    })
}

/// Opens a file, made readable for nobody else if it is new: it holds names, notes, and the key that
/// signs pane addresses. The files that SQLite makes beside it are alike.
fn own_file(path: &Path) -> Result<File, Error> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(Error::unavailable)
}

/// Opens the file, brings it up to date, and starts the threads. They end when the store is
/// dropped, after the last unit. Answers what asks for the log to be emptied.
pub(super) fn start(
    path: &Path,
    writes: Receiver<Box<dyn Job>>,
    reads: &Receiver<Box<dyn Job>>,
    opener: Opener,
) -> Result<Sender<Asked>, Error> {
    let mut writer = Sqlite::open(path, OpenFlags::default())?;
    writer.script(PRAGMAS)?;
    writer.script("BEGIN IMMEDIATE")?;
    migrations::run(&mut writer)?;
    namespace::join(&mut writer, opener)?;
    callers::load(&mut writer)?;
    writer.script("COMMIT")?;
    for _ in 0..READERS {
        let reader = Sqlite::open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let reader = Sqlite { callers: Arc::clone(&writer.callers), ..reader };
        let reads = reads.clone();
        spawn("store reader", move || read_loop(reader, &reads))?;
    }
    let checkpointer = Sqlite::open(path, OpenFlags::default())?;
    checkpointer.connection.busy_timeout(HELD_UP).map_err(Error::unavailable)?;
    // The store holds the other end: when it is dropped, the checkpointer ends.
    let (empty_log, asked) = bounded(1);
    spawn("store checkpoint", move || checkpoint_loop(checkpointer, &asked))?;
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log = File::options().write(true).open(log).map_err(Error::unavailable)?;
    writer::start(writer, move || log.sync_data(), writes)?;
    Ok(empty_log)
}

/// Somebody who asks for the log to be emptied, and is told when it is.
type Asked = oneshot::Sender<()>;

/// How often the log is copied into the file: little at a time, so that no ring waits for much.
const CHECKPOINT: Duration = Duration::from_millis(200);

/// How long the writer may be held up for the log to be emptied. Whoever reads from it at that moment
/// must have ended by then; else it is tried again.
const HELD_UP: Duration = Duration::from_millis(50);

/// How often that is tried: a backup reads for longer.
const TRIES: u32 = 50;

/// Copies the log into the file beside the writer, without holding it up, and empties it when asked.
fn checkpoint_loop(mut checkpointer: Sqlite, asked: &Receiver<Asked>) {
    let mut waits: Option<(Asked, u32)> = None;
    loop {
        match asked.recv_timeout(CHECKPOINT) {
            Ok(done) => waits = Some((done, TRIES)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        // What is not copied now is copied the next time, or by the writer.
        drop(checkpointer.script("PRAGMA wal_checkpoint(PASSIVE)"));
        waits = waits.and_then(|(done, tries)| {
            let held_up = checkpointer.number("PRAGMA wal_checkpoint(TRUNCATE)");
            if held_up.is_ok_and(|held_up| held_up == 0) {
                // Whoever asked may have gone.
                let _told_or_gone = done.send(());
                return None;
            }
            (tries > 1).then(|| (done, tries - 1))
        });
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(body);
    thread.map(drop).map_err(Error::unavailable)
}

fn read_loop(mut reader: Sqlite, jobs: &Receiver<Box<dyn Job>>) {
    for mut job in jobs.iter().filter(|job| !job.is_abandoned()) {
        let done = at_one_moment(&mut reader, &mut *job);
        job.settle(done);
    }
}

/// Reads the database as it is at one moment, however many statements that takes: each by itself would
/// also take and give back a lock of its own, which costs more than finding a row.
fn at_one_moment(reader: &mut Sqlite, job: &mut dyn Job) -> Result<(), Error> {
    reader.execute("BEGIN", &[])?;
    let done = job.run(reader);
    // Nothing was written: if it cannot be ended in one way, then in the other.
    if reader.execute("COMMIT", &[]).is_err() {
        drop(reader.execute("ROLLBACK", &[]));
    }
    done
}

/// A connection; statements are prepared once.
struct Sqlite {
    connection: rusqlite::Connection,
    /// Shared by the writer and its readers.
    callers: Arc<Callers>,
}

impl Sqlite {
    fn open(path: &Path, flags: OpenFlags) -> Result<Self, Error> {
        let connection =
            rusqlite::Connection::open_with_flags(path, flags).map_err(Error::unavailable)?;
        connection.busy_timeout(TIMEOUT).map_err(Error::unavailable)?;
        lower_every_letter(&connection).map_err(Error::unavailable)?;
        // Or a statement is planned anew whenever one of its parameters might want another plan.
        let plans_stay = DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG;
        connection.set_db_config(plans_stay, true).map_err(Error::unavailable)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self { connection, callers: Arc::default() })
    }

    /// The first column of what a pragma answers.
    fn number(&mut self, pragma: &'static str) -> Result<i64, Error> {
        let row = self.query(pragma, &[])?.into_iter().next();
        row.ok_or(Error::Unreadable("pragma"))?.take("pragma")
    }

    fn prepared(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<CachedStatement<'_>, Error> {
        let mut statement = self.connection.prepare_cached(sql).map_err(broken)?;
        for (at, value) in values.iter().enumerate() {
            statement.raw_bind_parameter(at + 1, value).map_err(broken)?;
        }
        Ok(statement)
    }
}

impl Connection for Sqlite {
    fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, Error> {
        let changed = self.prepared(sql, values)?.raw_execute().map_err(broken)?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    fn query(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, Error> {
        let mut statement = self.prepared(sql, values)?;
        let columns = statement.column_count();
        let mut found = statement.raw_query();
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(broken)? {
            let cells = (0..columns).map(|at| row.get_ref(at).map(cell).map_err(broken));
            rows.push(Row::new(cells.collect::<Result<_, _>>()?));
        }
        Ok(rows)
    }

    fn insert_new(
        &mut self,
        _found_by: Query<'_>,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<bool, Error> {
        self.execute(sql, values).map(|new| new > 0)
    }

    /// Nothing is looked up ahead: there is no round trip to save.
    fn look_ahead(&mut self, _prefetch: &Prefetch) -> Result<(), Error> {
        Ok(())
    }

    fn was_missing(&self, _query: &Query<'_>) -> bool {
        false
    }

    fn forget_prefetched(&mut self, _sql: &'static str) {}

    /// At once, for the same reason.
    fn defer(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<(), Error> {
        self.execute(sql, values).map(drop)
    }

    /// At once: there is one writer, and so one order.
    fn defer_to_commit(
        &mut self,
        _key: &str,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<(), Error> {
        self.execute(sql, values).map(drop)
    }

    fn script(&mut self, sql: &str) -> Result<(), Error> {
        self.connection.execute_batch(sql).map_err(broken)
    }

    fn define(&mut self, sql: &str) -> Result<(), Error> {
        self.script(sql)
    }

    /// In portions that hold no ring up. A file that cannot shrink has free pages, too.
    fn give_back(&mut self) -> Result<bool, Error> {
        let before = self.number("PRAGMA freelist_count")?;
        self.script("PRAGMA incremental_vacuum(32)")?;
        let after = self.number("PRAGMA freelist_count")?;
        Ok(0 < after && after < before)
    }

    fn engine(&self) -> Engine {
        Engine::Sqlite
    }

    fn add_caller(&mut self, caller: &str, call: Id) -> Result<(), Error> {
        if self.callers.add(caller, call) { Ok(()) } else { callers::insert(self, &[call]) }
    }

    fn recent_calls(&self, caller: &str, after: Id) -> Vec<Id> {
        self.callers.after(caller, after)
    }

    /// There is one writer.
    fn lock(&mut self, _name: &str) -> Result<(), Error> {
        Ok(())
    }
}

fn broken(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::full(error),
        _ => Error::statement(error),
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Integer(number) => Cell::Int(number),
        ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Cell::Null,
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Bool(truth) => ValueRef::Integer(i64::from(*truth)),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Tx;

    /// A whole database stands for a full disk: SQLite says the same of both.
    #[test]
    fn a_full_database_is_told_from_a_broken_one_and_the_probe_needs_new_room_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Sqlite::open(&folder.path().join("t.db"), OpenFlags::default()).unwrap();
        writer.script(PRAGMAS).unwrap();
        migrations::run(&mut writer).unwrap();
        let probe = |writer: &mut Sqlite| {
            let bytes = "x".repeat(256 << 10);
            let mut work = |work: &dyn Fn(&mut Tx<'_>) -> Result<(), Error>| {
                transaction::transact(writer, |connection| {
                    work(&mut Tx { connection, topics: Vec::new() })
                })
            };
            work(&|tx| tx.write_probe(&bytes)).and_then(|()| work(&|tx| tx.remove_probe()))
        };
        probe(&mut writer).unwrap();
        probe(&mut writer).unwrap();
        let pages = "PRAGMA page_count";
        let pages: i64 = writer.connection.query_row(pages, [], |row| row.get(0)).unwrap();
        writer.script(&format!("PRAGMA max_page_count = {pages}")).unwrap();
        probe(&mut writer).unwrap();
        // Rings take what the probe gave back.
        let filler = format!("INSERT INTO setting VALUES ('ring', '{}')", "x".repeat(64 << 10));
        writer.script(&filler).unwrap();
        assert!(matches!(probe(&mut writer), Err(Error::Full(_))));
        writer.script("DELETE FROM setting WHERE name = 'ring'").unwrap();
        probe(&mut writer).unwrap();
    }
}
