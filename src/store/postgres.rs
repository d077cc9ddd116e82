//! PostgreSQL: units of work that wait share a transaction, on one of a few connections.
//!
//! What a unit costs is round trips. So a connection takes all units that are waiting, up to a limit,
//! as the writer of SQLite does; and statements that nobody waits for the answer of are sent along
//! with the next one that somebody does. If one unit fails, or has to wait for another connection's,
//! all are undone and run again, each in its own transaction.
//!
//! A connection that broke is made again for the next unit; a unit that had not begun yet is simply
//! begun again there.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::error::Error as StdError;
use std::time::Duration;

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use futures_util::future::try_join_all;
use postgres::config::SslMode;
use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{NoTls, Statement};
use rustls_platform_verifier::ConfigVerifierExt;
use tokio::runtime::Runtime;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::engine::{Cell, Connection, Engine, Job, Row, Value};
use super::{Error, Notification, Notifier, Opener, Topic, migrations, namespace};
use crate::domain::ids::Id;
use crate::domain::secret::Secret;

/// Connections for rings and whatever else is written, and so transactions at the same time. Few,
/// so that units share them under load; more than one, so that one that waits for a lock or for much
/// to be deleted does not hold up all others.
const CONNECTIONS: usize = 3;

/// The largest number of units in one transaction.
const BATCH: usize = 64;

/// How a transaction of many units begins. None of them may wait long for another connection's, and
/// two must not wait for each other: then each runs by itself.
const BEGIN_MANY: &str = "BEGIN; SET LOCAL lock_timeout = 100";

/// Connections for what is only read: open pages may all want to be read at once, and no ring shall
/// stand behind them.
const READERS: usize = 4;

/// How long a connection may take to come about, and a statement to answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// After how long a silence the other end of a connection is asked whether it is still there.
const ALIVE: Duration = Duration::from_secs(5);

/// Whichever process comes first migrates, the others wait: any number, the same for all of them.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(717225263)";

/// Connects, brings the tables up to date, and starts the threads.
pub(super) fn start(
    address: &Secret,
    writes: &Receiver<Box<dyn Job>>,
    reads: &Receiver<Box<dyn Job>>,
    opener: Opener,
    notifier: &Notifier,
    topics: Receiver<Topic>,
) -> Result<(), Error> {
    let mut config: Config = address.expose().parse().map_err(Error::unavailable)?;
    config.connect_timeout(TIMEOUT).tcp_user_timeout(TIMEOUT).application_name("callpane");
    // A listener only hears: that the other end is gone without a word shows only when asked.
    config.keepalives(true).keepalives_idle(ALIVE).keepalives_interval(ALIVE).keepalives_retries(3);
    let mut first = Postgres::connect(&config)?;
    // A migration may copy a large table, and another node's may have to be waited for.
    first.script("BEGIN; SET LOCAL statement_timeout = 0")?;
    first.script(MIGRATION_LOCK)?;
    migrations::run(&mut first)?;
    namespace::join(&mut first, opener)?;
    first.script("COMMIT")?;
    // Every thread that works holds one end: when the last has stopped, so does the listener.
    let (alive, ended) = bounded::<()>(0);
    // Only a server has pages open that want to know.
    if opener == Opener::Server {
        let (config, notifier) = (config.clone(), notifier.clone());
        let thread = std::thread::Builder::new().name("store listener".to_owned());
        let thread = thread.spawn(move || listen(&config, &ended, &notifier));
        thread.map_err(Error::unavailable)?;
    }
    let teller = config.clone();
    let thread = std::thread::Builder::new().name("store teller".to_owned());
    thread.spawn(move || tell(&teller, &topics)).map_err(Error::unavailable)?;
    let mut ready = Some(first);
    let writers = std::iter::repeat_n(writes, CONNECTIONS);
    for jobs in writers.chain(std::iter::repeat_n(reads, READERS)) {
        let (config, jobs, connection) = (config.clone(), jobs.clone(), ready.take());
        let alive = alive.clone();
        let thread = std::thread::Builder::new().name("store".to_owned());
        let thread = thread.spawn(move || {
            work_loop(&config, &jobs, connection);
            drop(alive);
        });
        thread.map_err(Error::unavailable)?;
    }
    Ok(())
}

fn work_loop(config: &Config, jobs: &Receiver<Box<dyn Job>>, ready: Option<Postgres>) {
    let mut connection = ready;
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        batch.extend(jobs.try_iter().take(BATCH - 1));
        batch.retain(|job| !job.is_abandoned());
        if batch.len() > 1 && run_many(config, &mut connection, &mut batch).is_ok() {
            for job in batch {
                job.settle(Ok(()));
            }
            continue;
        }
        for mut job in batch {
            let done = begin(config, &mut connection, "BEGIN")
                .and_then(|open| run_one(open, job.as_mut()));
            drop_if_closed(&mut connection);
            job.settle(done);
        }
    }
}

fn drop_if_closed(connection: &mut Option<Postgres>) {
    if connection.as_ref().is_some_and(|open| open.client.is_closed()) {
        *connection = None;
    }
}

/// An open transaction, on a new connection if the old one broke while nobody looked.
fn begin<'a>(
    config: &Config,
    connection: &'a mut Option<Postgres>,
    begin: &str,
) -> Result<&'a mut Postgres, Error> {
    let begun = connection.as_mut().is_some_and(|open| open.script(begin).is_ok());
    if !begun {
        let mut fresh = Postgres::connect(config)?;
        fresh.script(begin)?;
        *connection = Some(fresh);
    }
    connection.as_mut().ok_or(Error::Panicked)
}

/// Several units in one transaction; undone if any of them fails.
fn run_many(
    config: &Config,
    connection: &mut Option<Postgres>,
    batch: &mut [Box<dyn Job>],
) -> Result<(), Error> {
    let open = begin(config, connection, BEGIN_MANY)?;
    let done = batch.iter_mut().try_for_each(|job| run_in(open, job.as_mut()));
    let done = end(open, done);
    drop_if_closed(connection);
    done
}

fn run_one(connection: &mut Postgres, job: &mut dyn Job) -> Result<(), Error> {
    let done = run_in(connection, job);
    end(connection, done)
}

fn run_in(connection: &mut Postgres, job: &mut dyn Job) -> Result<(), Error> {
    job.run(connection)?;
    // It hung in the database for so long that the ring was answered without it.
    if job.is_abandoned() { Err(Error::Panicked) } else { Ok(()) }
}

/// Commits a transaction, or undoes it.
fn end(connection: &mut Postgres, done: Result<(), Error>) -> Result<(), Error> {
    let done = done.and_then(|()| connection.commit());
    if done.is_err() {
        connection.forget_deferred();
        // If even that fails the connection is gone, and the transaction with it.
        drop(connection.script("ROLLBACK"));
    }
    done
}

/// A statement that is sent along with the next one whose answer is waited for.
type Deferred = (Statement, Vec<Value<'static>>);

/// A connection; statements are prepared once.
struct Postgres {
    /// Drives the connection while somebody waits for it.
    runtime: Runtime,
    client: Client,
    prepared: HashMap<&'static str, Statement>,
    deferred: Vec<Deferred>,
    /// What is sent just before the commit, in the order of its keys, so that no two transactions
    /// lock the same rows in different orders.
    last: BTreeMap<String, Vec<Deferred>>,
}

impl Postgres {
    fn connect(config: &Config) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(Error::unavailable)?;
        let client = match tls(config)? {
            Some(tls) => connect(&runtime, config, tls),
            None => connect(&runtime, config, NoTls),
        }?;
        let (prepared, deferred, last) = (HashMap::new(), Vec::new(), BTreeMap::new());
        let mut open = Self { runtime, client, prepared, deferred, last };
        open.script(&format!("SET statement_timeout = {}", TIMEOUT.as_millis()))?;
        Ok(open)
    }

    fn prepare(&mut self, sql: &'static str) -> Result<Statement, Error> {
        if let Some(known) = self.prepared.get(sql) {
            return Ok(known.clone());
        }
        // SQLite, which has one writer, reads a comment there.
        let text = sql.replace('?', "$").replace("/* FOR UPDATE */", "FOR UPDATE");
        let statement = self.runtime.block_on(self.client.prepare(&text)).map_err(broken)?;
        self.prepared.insert(sql, statement.clone());
        Ok(statement)
    }

    /// Sends what was deferred, and this at once behind it; waits for all answers.
    fn after_deferred<T>(
        runtime: &Runtime,
        client: &Client,
        deferred: &[Deferred],
        asked: impl Future<Output = Result<T, postgres::Error>>,
    ) -> Result<T, Error> {
        let before = deferred.iter().map(async |(statement, values)| {
            client.execute(statement, &parameters(values)).await.map(drop)
        });
        let both = async { tokio::try_join!(biased; try_join_all(before), asked) };
        runtime.block_on(both).map(|(_, answer)| answer).map_err(broken)
    }

    fn commit(&mut self) -> Result<(), Error> {
        let mut deferred = std::mem::take(&mut self.deferred);
        deferred.extend(std::mem::take(&mut self.last).into_values().flatten());
        let commit = self.client.batch_execute("COMMIT");
        Self::after_deferred(&self.runtime, &self.client, &deferred, commit)
    }

    fn forget_deferred(&mut self) {
        self.deferred.clear();
        self.last.clear();
    }
}

/// A connection that the runtime drives.
fn connect<T>(runtime: &Runtime, config: &Config, tls: T) -> Result<Client, Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, connection) = runtime.block_on(config.connect(tls)).map_err(Error::unavailable)?;
    drop(runtime.spawn(connection));
    Ok(client)
}

/// How connections are encrypted; a machine without certificates can still speak to a server that asks
/// for none.
fn tls(config: &Config) -> Result<Option<MakeRustlsConnect>, Error> {
    match rustls::ClientConfig::with_platform_verifier() {
        Ok(tls) => Ok(Some(MakeRustlsConnect::new(tls))),
        Err(_) if config.get_ssl_mode() != SslMode::Require => Ok(None),
        Err(error) => Err(Error::unavailable(error)),
    }
}

fn broken(error: postgres::Error) -> Error {
    if error.is_closed() {
        Error::unavailable(error)
    } else if error.code() == Some(&SqlState::DISK_FULL) {
        Error::full(error)
    } else {
        Error::statement(error)
    }
}

impl Connection for Postgres {
    fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, Error> {
        let statement = self.prepare(sql)?;
        let deferred = std::mem::take(&mut self.deferred);
        let values = parameters(values);
        let asked = self.client.execute(&statement, &values);
        Self::after_deferred(&self.runtime, &self.client, &deferred, asked)
    }

    fn query(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, Error> {
        let statement = self.prepare(sql)?;
        let deferred = std::mem::take(&mut self.deferred);
        let values = parameters(values);
        let asked = self.client.query(&statement, &values);
        let found = Self::after_deferred(&self.runtime, &self.client, &deferred, asked)?;
        found.iter().map(row).collect()
    }

    fn defer(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<(), Error> {
        let deferred = (self.prepare(sql)?, owned(values));
        self.deferred.push(deferred);
        Ok(())
    }

    fn defer_to_commit(
        &mut self,
        key: &str,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<(), Error> {
        let deferred = (self.prepare(sql)?, owned(values));
        self.last.entry(key.to_owned()).or_default().push(deferred);
        Ok(())
    }

    fn script(&mut self, sql: &str) -> Result<(), Error> {
        let deferred = std::mem::take(&mut self.deferred);
        let asked = self.client.batch_execute(sql);
        Self::after_deferred(&self.runtime, &self.client, &deferred, asked)
    }

    fn define(&mut self, sql: &str) -> Result<(), Error> {
        self.script(&sql.replace("INTEGER PRIMARY KEY", "BIGINT PRIMARY KEY"))
    }

    fn engine(&self) -> Engine {
        Engine::Postgres
    }

    /// An index has it.
    fn add_caller(&mut self, _caller: &str, _call: Id) -> Result<(), Error> {
        Ok(())
    }

    fn recent_calls(&self, _caller: &str, _after: Id) -> Vec<Id> {
        Vec::new()
    }

    fn lock(&mut self, name: &str) -> Result<(), Error> {
        // One row of nothing: pg_advisory_xact_lock answers void, which is not a type of ours.
        let sql = "SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended(?1, 717225263))) l";
        self.execute(sql, &[name.into()]).map(drop)
    }

    /// PostgreSQL vacuums by itself.
    fn give_back(&mut self) -> Result<bool, Error> {
        Ok(false)
    }
}

/// Tells every node what units of work announced here. PostgreSQL commits transactions that notify
/// one after the other, each with a flush of its own: so those of rings do not, and this one tells of
/// many at once. What it cannot tell is lost: it is only a hint.
fn tell(config: &Config, topics: &Receiver<Topic>) {
    let mut connection = None;
    while let Ok(first) = topics.recv() {
        let mut told = vec![first];
        for topic in topics.try_iter().take(MOST_TOLD) {
            if !told.contains(&topic) {
                told.push(topic);
            }
        }
        let done = begin(config, &mut connection, "BEGIN").and_then(|open| {
            for topic in &told {
                open.execute("SELECT pg_notify('callpane', ?1)", &[topic.as_str().into()])?;
            }
            open.commit()
        });
        if done.is_err() {
            connection = None;
        }
    }
}

/// The most topics that one transaction tells of.
const MOST_TOLD: usize = 100;

/// A connection that hears what is told.
fn listener(config: &Config) -> Result<postgres::Client, Error> {
    let blocking = postgres::Config::from(config.clone());
    let client = match tls(config)? {
        Some(tls) => blocking.connect(tls),
        None => blocking.connect(NoTls),
    };
    let mut client = client.map_err(Error::unavailable)?;
    client.batch_execute("LISTEN callpane").map_err(broken)?;
    Ok(client)
}

/// Hears what units of work on any node announce. When it could not listen for a while, whoever
/// follows anything looks for themselves.
fn listen(config: &Config, ended: &Receiver<()>, notifier: &Notifier) {
    /// How long to wait before a broken connection is made again, and between looks at the exit.
    const PAUSE: Duration = Duration::from_secs(1);
    let mut listening: Option<postgres::Client> = None;
    while ended.try_recv() == Err(TryRecvError::Empty) {
        let Some(client) = listening.as_mut().filter(|client| !client.is_closed()) else {
            listening = listener(config).ok();
            if listening.is_some() {
                notifier.send(&Notification::All);
            } else {
                // Answers early only when the store is gone.
                let _ended_or_not = ended.recv_timeout(PAUSE);
            }
            continue;
        };
        let mut heard = client.notifications();
        let mut heard = heard.timeout_iter(PAUSE);
        while let Ok(Some(notification)) = heard.next() {
            notifier.send(&Notification::Of(Topic::new(notification.payload())));
        }
    }
}

/// The values by themselves, to be sent later.
fn owned(values: &[Value<'_>]) -> Vec<Value<'static>> {
    let owned = values.iter().map(|value| match value {
        Value::Null => Value::Null,
        Value::Text(text) => Value::Text(Cow::Owned(text.clone().into_owned())),
        Value::Int(number) => Value::Int(*number),
        Value::Bool(truth) => Value::Bool(*truth),
    });
    owned.collect()
}

fn parameters<'a>(values: &'a [Value<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| -> &(dyn ToSql + Sync) { value }).collect()
}

fn row(found: &postgres::Row) -> Result<Row, Error> {
    let cells = found.columns().iter().enumerate().map(|(at, column)| {
        let cell = match *column.type_() {
            Type::INT8 => found.try_get::<_, Option<i64>>(at).map(|n| n.map(Cell::Int)),
            Type::BOOL => {
                found.try_get::<_, Option<bool>>(at).map(|b| b.map(|b| Cell::Int(i64::from(b))))
            }
            _ => found.try_get::<_, Option<String>>(at).map(|text| text.map(Cell::Text)),
        };
        cell.map(|cell| cell.unwrap_or(Cell::Null)).map_err(Error::statement)
    });
    Ok(Row::new(cells.collect::<Result<_, _>>()?))
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut bytes::BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Text(text) => text.as_ref().to_sql(kind, out),
            Self::Int(number) => number.to_sql(kind, out),
            Self::Bool(truth) => truth.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::TEXT | Type::INT8 | Type::BOOL)
    }

    to_sql_checked!();
}
