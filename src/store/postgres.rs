//! PostgreSQL: units of work that wait share a transaction, on one of a few connections.
//!
//! What a unit costs is round trips. So a connection takes all units that are waiting, up to a limit,
//! as the writer of SQLite does; and statements that nobody waits for the answer of are sent along
//! with the next one that somebody does, rows of one statement in one. What units say that they will
//! look up is looked up for all of them as the transaction begins; a row that is missing then is
//! inserted on trust, which is checked before the commit. If one unit fails, or has to wait for another
//! connection's, all are undone and run again, each in its own transaction.
//!
//! A connection that broke is made again for the next unit; a unit that had not begun yet is simply
//! begun again there.

use std::collections::{BTreeSet, HashMap};
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

use super::engine::{Cell, Connection, Engine, Job, Prefetch, Query, Row, Value};
use super::pending::{Pending, Rows, columns, grouped, insert_many, select_many};
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

/// Locks names, in the same order on every connection, so that no two wait for each other.
const LOCK_MANY: &str = "
    SELECT 1 FROM (SELECT pg_advisory_xact_lock(key) FROM
        (SELECT DISTINCT hashtextextended(name, 717225263) AS key FROM UNNEST(?1::text[]) AS name
         ORDER BY key OFFSET 0) keys) locked";

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
        if batch.len() > 1 && run_together(config, &mut connection, &mut batch).is_ok() {
            for job in batch {
                job.settle(Ok(()));
            }
            continue;
        }
        for mut job in batch {
            let done = begin(config, &mut connection, |open| open.script("BEGIN"))
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
    begin: impl Fn(&mut Postgres) -> Result<(), Error>,
) -> Result<&'a mut Postgres, Error> {
    let begun = connection.as_mut().map(&begin).transpose();
    if let (Err(error), Some(open)) = (&begun, connection.as_mut())
        && !open.client.is_closed()
    {
        // Another connection's unit had to be waited for too long.
        drop(end(open, Err(error.clone())));
        return Err(error.clone());
    }
    if !matches!(begun, Ok(Some(()))) {
        let mut fresh = Postgres::connect(config)?;
        begin(&mut fresh)?;
        *connection = Some(fresh);
    }
    connection.as_mut().ok_or(Error::Panicked)
}

/// All units in one transaction, after what they will look up; once more without that if another
/// connection's unit was quicker.
fn run_together(
    config: &Config,
    connection: &mut Option<Postgres>,
    batch: &mut [Box<dyn Job>],
) -> Result<(), Error> {
    let mut prefetch = Prefetch::default();
    for job in batch.iter() {
        job.prefetch(&mut prefetch);
    }
    match run_many(config, connection, batch, &prefetch) {
        Err(Error::Overtaken) => run_many(config, connection, batch, &Prefetch::default()),
        done => done,
    }
}

/// Several units in one transaction; undone if any of them fails.
fn run_many(
    config: &Config,
    connection: &mut Option<Postgres>,
    batch: &mut [Box<dyn Job>],
    prefetch: &Prefetch,
) -> Result<(), Error> {
    let open = begin(config, connection, |open| open.begin_many(prefetch))?;
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
    // A unit may have passed over an error; the transaction has not.
    let done = connection.failed.take().map_or(done, Err);
    let done = done.and_then(|()| connection.commit());
    connection.prefetched.clear();
    connection.locked.clear();
    if done.is_err() {
        connection.pending = Pending::default();
        // If even that fails the connection is gone, and the transaction with it.
        drop(connection.script("ROLLBACK"));
        connection.failed = None;
    }
    done
}

/// Rows, and the statement that is sent for them along with the next one whose answer is waited for.
struct Deferred {
    statement: Statement,
    rows: Rows,
}

impl Deferred {
    /// Answers whether all rows were inserted that must be.
    async fn send(&self, client: &Client) -> Result<bool, postgres::Error> {
        let rows = self.rows.rows.as_slice();
        let changed = if let [row] = rows {
            client.execute(&self.statement, &parameters(row)).await
        } else {
            let columns = columns(rows);
            client.execute(&self.statement, &parameters(&columns)).await
        }?;
        Ok(!self.rows.new || usize::try_from(changed) == Ok(rows.len()))
    }

    async fn find(&self, client: &Client) -> Result<Vec<postgres::Row>, postgres::Error> {
        let columns = columns(&self.rows.rows);
        client.query(&self.statement, &parameters(&columns)).await
    }
}

/// A connection; statements are prepared once.
struct Postgres {
    /// Drives the connection while somebody waits for it.
    runtime: Runtime,
    client: Client,
    prepared: HashMap<&'static str, Statement>,
    /// The same statements for many rows.
    prepared_many: HashMap<&'static str, Statement>,
    pending: Pending,
    /// What was looked up for all units of this transaction.
    prefetched: HashMap<Query<'static>, Vec<Row>>,
    /// What was locked for all of them.
    locked: BTreeSet<String>,
    /// Why this transaction must not be committed.
    failed: Option<Error>,
}

impl Postgres {
    fn connect(config: &Config) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(Error::unavailable)?;
        let client = match tls(config)? {
            Some(tls) => connect(&runtime, config, tls),
            None => connect(&runtime, config, NoTls),
        }?;
        let mut open = Self {
            runtime,
            client,
            prepared: HashMap::new(),
            prepared_many: HashMap::new(),
            pending: Pending::default(),
            prefetched: HashMap::new(),
            locked: BTreeSet::new(),
            failed: None,
        };
        open.script(&format!("SET statement_timeout = {}", TIMEOUT.as_millis()))?;
        Ok(open)
    }

    fn prepare(&mut self, sql: &'static str) -> Result<Statement, Error> {
        if let Some(known) = self.prepared.get(sql) {
            return Ok(known.clone());
        }
        // SQLite, which has one writer, reads a comment there.
        let text = sql.replace('?', "$").replace("/* FOR UPDATE */", "FOR UPDATE");
        let statement = self.prepare_text(&text)?;
        self.prepared.insert(sql, statement.clone());
        Ok(statement)
    }

    fn prepare_many(&mut self, sql: &'static str) -> Result<Statement, Error> {
        if let Some(known) = self.prepared_many.get(sql) {
            return Ok(known.clone());
        }
        let one = self.prepare(sql)?;
        let types = one.params();
        let many = insert_many(sql, types).unwrap_or_else(|| select_many(sql, types));
        let statement = self.prepare_text(&many)?;
        self.prepared_many.insert(sql, statement.clone());
        Ok(statement)
    }

    fn prepare_text(&mut self, text: &str) -> Result<Statement, Error> {
        let prepared = self.runtime.block_on(self.client.prepare(text)).map_err(broken);
        self.noting_failure(prepared)
    }

    fn deferred(&mut self, rows: Rows) -> Result<Deferred, Error> {
        let alone = rows.rows.len() == 1;
        let statement = if alone { self.prepare(rows.sql) } else { self.prepare_many(rows.sql) }?;
        Ok(Deferred { statement, rows })
    }

    /// Sends what was deferred, and this at once behind it; waits for all answers.
    fn after<T>(
        &mut self,
        pending: Vec<Rows>,
        asked: impl AsyncFnOnce(&Client) -> Result<T, postgres::Error>,
    ) -> Result<T, Error> {
        let deferred = pending.into_iter().map(|rows| self.deferred(rows));
        let deferred: Vec<_> = deferred.collect::<Result<_, _>>()?;
        let client = &self.client;
        let before = deferred.iter().map(|deferred| deferred.send(client));
        let both = async { tokio::try_join!(biased; try_join_all(before), asked(client)) };
        let done = match self.runtime.block_on(both) {
            Ok((complete, answer)) if complete.iter().all(|complete| *complete) => Ok(answer),
            Ok(_) => Err(Error::Overtaken),
            Err(error) => Err(broken(error)),
        };
        self.noting_failure(done)
    }

    fn noting_failure<T>(&mut self, done: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &done {
            self.failed.get_or_insert_with(|| error.clone());
        }
        done
    }

    fn commit(&mut self) -> Result<(), Error> {
        let mut pending = self.pending.take_all();
        // Whether these are complete has to be known before.
        if pending.iter().any(|rows| rows.new) {
            self.after(std::mem::take(&mut pending), async |_| Ok(()))?;
        }
        self.after(pending, async |client| client.batch_execute("COMMIT").await)
    }

    /// What will be looked up: each statement once, for all its rows.
    fn lookups(&mut self, prefetch: &Prefetch) -> Result<Vec<Deferred>, Error> {
        let rows = prefetch.queries.iter().map(|query| Rows::of(query.sql, query.values.clone()));
        let lookups = grouped(rows).into_iter().map(|rows| {
            let statement = self.prepare_many(rows.sql)?;
            Ok(Deferred { statement, rows })
        });
        lookups.collect()
    }

    /// Begins a transaction of many units, locks what they will, and then looks up what they will.
    fn begin_many(&mut self, prefetch: &Prefetch) -> Result<(), Error> {
        let lookups = self.lookups(prefetch)?;
        let (lock, names) = (self.prepare(LOCK_MANY)?, prefetch.locks.iter().collect::<Vec<_>>());
        let client = &self.client;
        let begin = client.batch_execute(BEGIN_MANY);
        let lock =
            async { if names.is_empty() { Ok(0) } else { client.execute(&lock, &[&names]).await } };
        let found = try_join_all(lookups.iter().map(|lookup| lookup.find(client)));
        // Sent in this order, without waiting for each other's answers.
        let all = async { tokio::try_join!(biased; begin, lock, found) };
        let ((), _, found) = self.runtime.block_on(all).map_err(broken)?;
        self.locked.clone_from(&prefetch.locks);
        self.keep_all_prefetched(lookups, &found)
    }

    fn keep_all_prefetched(
        &mut self,
        lookups: Vec<Deferred>,
        found: &[Vec<postgres::Row>],
    ) -> Result<(), Error> {
        let mut all = lookups.into_iter().zip(found);
        all.try_for_each(|(lookup, found)| self.keep_prefetched(lookup.rows, found))
    }

    fn keep_prefetched(&mut self, lookups: Rows, found: &[postgres::Row]) -> Result<(), Error> {
        let mut of_places: HashMap<i64, Vec<Row>> = HashMap::new();
        for found in found {
            let mut found = row(found)?;
            of_places.entry(found.take("place")?).or_default().push(found);
        }
        let sql = lookups.sql;
        for (place, values) in (1..).zip(lookups.rows) {
            let found = of_places.remove(&place).unwrap_or_default();
            self.prefetched.insert(Query { sql, values }, found);
        }
        Ok(())
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
        let (statement, pending) = (self.prepare(sql)?, self.pending.take());
        let values = parameters(values);
        self.after(pending, async |client| client.execute(&statement, &values).await)
    }

    fn insert_new(
        &mut self,
        found_by: Query<'_>,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<bool, Error> {
        // Once: the next row of this key meets this one.
        let found = self.prefetched.remove(&found_by.into_owned());
        if found.is_some_and(|found| found.is_empty()) {
            self.pending.push_new(sql, owned(values));
            return Ok(true);
        }
        self.execute(sql, values).map(|new| new > 0)
    }

    fn look_ahead(&mut self, prefetch: &Prefetch) -> Result<(), Error> {
        let (lookups, pending) = (self.lookups(prefetch)?, self.pending.take());
        let found = self.after(pending, async |client| {
            try_join_all(lookups.iter().map(|lookup| lookup.find(client))).await
        })?;
        self.keep_all_prefetched(lookups, &found)
    }

    fn was_missing(&self, query: &Query<'_>) -> bool {
        !self.prefetched.is_empty()
            && self.prefetched.get(query).is_some_and(|found| found.is_empty())
    }

    fn forget_prefetched(&mut self, sql: &'static str) {
        self.prefetched.retain(|query, _| query.sql != sql);
    }

    fn query(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, Error> {
        if !self.prefetched.is_empty()
            && let Some(found) = self.prefetched.get(&Query { sql, values: values.to_vec() })
        {
            return Ok(found.clone());
        }
        let (statement, pending) = (self.prepare(sql)?, self.pending.take());
        let values = parameters(values);
        let asked = async |client: &Client| client.query(&statement, &values).await;
        self.after(pending, asked)?.iter().map(row).collect()
    }

    fn defer(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<(), Error> {
        self.pending.push(sql, owned(values));
        Ok(())
    }

    fn defer_to_commit(
        &mut self,
        key: &str,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<(), Error> {
        self.pending.push_last(key, sql, owned(values));
        Ok(())
    }

    fn script(&mut self, sql: &str) -> Result<(), Error> {
        let pending = self.pending.take();
        self.after(pending, async |client| client.batch_execute(sql).await)
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
        if self.locked.contains(name) {
            return Ok(());
        }
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
        // That a connection broke shows only now.
        let was_open = connection.is_some();
        if notify(config, &mut connection, &told).is_err() && was_open {
            drop(notify(config, &mut connection, &told));
        }
    }
}

/// Tells of topics in one statement; leaves no connection that failed.
fn notify(
    config: &Config,
    connection: &mut Option<Postgres>,
    topics: &[Topic],
) -> Result<(), Error> {
    let mut open = connection.take().map_or_else(|| Postgres::connect(config), Ok)?;
    let sql = "SELECT pg_notify('callpane', topic) FROM UNNEST(?1::text[]) AS topic";
    let statement = open.prepare(sql)?;
    let topics: Vec<&str> = topics.iter().map(Topic::as_str).collect();
    open.after(Vec::new(), async |client| client.execute(&statement, &[&topics]).await)?;
    *connection = Some(open);
    Ok(())
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
    values.iter().map(Value::to_owned_value).collect()
}

fn parameters(values: &[impl ToSql + Sync]) -> Vec<&(dyn ToSql + Sync)> {
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

/// On the server that `TEST_POSTGRES` names; without one they are passed over.
#[cfg(test)]
mod tests {
    use crossbeam_channel::{Sender, unbounded};

    use super::*;

    const FIND: &str = "SELECT value FROM word WHERE name = ?1 LIMIT 1";
    const INSERT: &str = "
        INSERT INTO word (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";

    /// What a unit of work does with the connection.
    type Work = Box<dyn Fn(&mut dyn Connection) -> Result<(), Error> + Send>;

    /// A unit that looks a name up.
    struct Unit {
        name: &'static str,
        work: Work,
    }

    impl Job for Unit {
        fn is_abandoned(&self) -> bool {
            false
        }

        fn prefetch(&self, prefetch: &mut Prefetch) {
            prefetch.add(FIND, &[self.name.into()]);
        }

        fn run(&mut self, connection: &mut dyn Connection) -> Result<(), Error> {
            (self.work)(connection)
        }

        fn settle(self: Box<Self>, _committed: Result<(), Error>) {}
    }

    fn unit(
        name: &'static str,
        work: impl Fn(&mut dyn Connection) -> Result<(), Error> + Send + 'static,
    ) -> Box<dyn Job> {
        Box::new(Unit { name, work: Box::new(work) })
    }

    /// A unit that inserts a word and notes whether it was new.
    fn inserts(name: &'static str, value: &'static str, seen: &Sender<bool>) -> Box<dyn Job> {
        let seen = seen.clone();
        unit(name, move |connection| {
            let new = insert(connection, name, value)?;
            seen.send(new).unwrap();
            Ok(())
        })
    }

    fn insert(connection: &mut dyn Connection, name: &str, value: &str) -> Result<bool, Error> {
        let found_by = Query { sql: FIND, values: vec![name.into()] };
        connection.insert_new(found_by, INSERT, &[name.into(), value.into()])
    }

    fn words(connection: &mut dyn Connection) -> Vec<String> {
        let mut found = connection.query("SELECT value FROM word ORDER BY ctid", &[]).unwrap();
        found.iter_mut().map(|row| row.take("word").unwrap()).collect()
    }

    /// A database of the test's own, with a table.
    #[expect(
        clippy::disallowed_methods,
        reason = "which server it is, the tests' environment says"
    )]
    fn database(name: &str) -> Option<Config> {
        let server = std::env::var("TEST_POSTGRES").ok()?;
        let mut admin = Postgres::connect(&server.parse().unwrap()).unwrap();
        let name = format!("unit_{name}");
        let fresh = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        admin.script(&fresh).unwrap();
        admin.script(&format!("CREATE DATABASE {name}")).unwrap();
        let mut config: Config = server.parse().unwrap();
        config.dbname(&name);
        let mut open = Postgres::connect(&config).unwrap();
        open.script("CREATE TABLE word (name TEXT PRIMARY KEY, value TEXT NOT NULL)").unwrap();
        Some(config)
    }

    #[test]
    fn new_rows_of_a_batch_are_written_in_order_and_a_repeat_meets_the_first() {
        let Some(config) = database("batch") else { return };
        let ((seen, all), mut connection) = (unbounded(), None);
        let mut batch = vec![
            inserts("c", "1", &seen),
            inserts("a", "2", &seen),
            inserts("c", "3", &seen),
            inserts("b", "4", &seen),
        ];
        run_together(&config, &mut connection, &mut batch).unwrap();
        assert_eq!(all.try_iter().collect::<Vec<_>>(), [true, true, false, true]);
        let mut open = connection.unwrap();
        assert_eq!(words(&mut open), ["1", "2", "4"]);
        assert!(open.prefetched.is_empty(), "of one transaction only");
    }

    /// Between what a batch looked up and what it writes, another node writes the same.
    #[test]
    fn a_batch_that_was_overtaken_is_run_again_and_learns_it() {
        let Some(config) = database("overtaken") else { return };
        let ((seen, all), mut connection) = (unbounded(), None);
        let other = config.clone();
        let overtakes = unit("b", move |_| {
            let mut other = Postgres::connect(&other)?;
            other.execute(INSERT, &["a".into(), "theirs".into()]).map(drop)
        });
        let mut batch =
            vec![overtakes, inserts("a", "ours", &seen), inserts("c", "ours too", &seen)];
        run_together(&config, &mut connection, &mut batch).unwrap();
        assert_eq!(
            all.try_iter().collect::<Vec<_>>(),
            [true, true, false, true],
            "once more from the start"
        );
        assert_eq!(words(&mut connection.unwrap()), ["theirs", "ours too"]);
    }

    #[test]
    fn what_was_looked_up_ahead_is_forgotten_by_the_unit_that_changes_it() {
        let Some(config) = database("forgotten") else { return };
        let ((seen, all), mut connection) = (unbounded(), None);
        let changes = |name| {
            unit("a", move |connection| {
                connection.execute(INSERT, &["a".into(), "new".into()])?;
                connection.forget_prefetched(name);
                Ok(())
            })
        };
        let looks = |seen: &Sender<usize>| {
            let seen = seen.clone();
            unit("a", move |connection| {
                seen.send(connection.query(FIND, &["a".into()])?.len()).unwrap();
                Ok(())
            })
        };
        let mut batch =
            vec![looks(&seen), changes("another"), looks(&seen), changes(FIND), looks(&seen)];
        run_together(&config, &mut connection, &mut batch).unwrap();
        assert_eq!(all.try_iter().collect::<Vec<_>>(), [0, 0, 1]);
    }

    #[test]
    fn what_a_unit_looks_up_ahead_is_not_asked_for_again() {
        let Some(config) = database("ahead") else { return };
        let (seen, all) = unbounded();
        let other = config.clone();
        let looks = unit("b", move |connection| {
            insert(connection, "b", "ours")?;
            let mut ahead = Prefetch::default();
            ahead.add(FIND, &["a".into()]);
            ahead.add(FIND, &["b".into()]);
            connection.look_ahead(&ahead)?;
            let mut other = Postgres::connect(&other)?;
            for name in ["a", "c"] {
                other.execute(INSERT, &[name.into(), "theirs".into()])?;
            }
            for name in ["a", "b", "c"] {
                seen.send(connection.query(FIND, &[name.into()])?.len()).unwrap();
            }
            Ok(())
        });
        let mut connection = None;
        run_together(&config, &mut connection, &mut [looks]).unwrap();
        assert_eq!(all.try_iter().collect::<Vec<_>>(), [0, 1, 1]);
        assert!(connection.unwrap().prefetched.is_empty(), "of one transaction only");
    }

    #[test]
    fn a_unit_that_fails_leaves_nothing_of_its_batch_behind() {
        let Some(config) = database("failing") else { return };
        let ((seen, _all), mut connection) = (unbounded(), None);
        let fails = unit("b", |_| Err(Error::Panicked));
        let waits = unit("c", |connection| {
            connection.defer_to_commit("c", INSERT, &["c".into(), "3".into()])
        });
        let mut batch = vec![inserts("a", "1", &seen), waits, fails];
        run_together(&config, &mut connection, &mut batch).unwrap_err();
        let mut open = connection.unwrap();
        open.script("BEGIN").unwrap();
        assert!(insert(&mut open, "a", "2").unwrap(), "asked, not remembered");
        end(&mut open, Ok(())).unwrap();
        assert_eq!(words(&mut open), ["2"]);
    }

    /// PostgreSQL answers COMMIT as if all were well.
    #[test]
    fn a_unit_that_passes_over_an_error_is_not_told_that_it_was_committed() {
        let Some(config) = database("passed_over") else { return };
        let mut connection = None;
        let passes_over = || {
            unit("a", |connection| {
                connection.execute(INSERT, &["a".into(), "1".into()])?;
                drop(connection.query("SELECT value FROM nowhere", &[]));
                Ok(())
            })
        };
        let failed = run_together(&config, &mut connection, &mut [passes_over(), passes_over()]);
        assert!(matches!(failed, Err(Error::Statement(_))), "{failed:?}");
        let open = begin(&config, &mut connection, |open| open.script("BEGIN")).unwrap();
        let failed = run_one(open, passes_over().as_mut());
        assert!(matches!(failed, Err(Error::Statement(_))), "{failed:?}");
        assert!(words(&mut connection.unwrap()).is_empty());
    }

    #[test]
    fn any_value_is_written_in_a_row_and_in_many() {
        let Some(config) = database("values") else { return };
        let mut open = Postgres::connect(&config).unwrap();
        open.script("CREATE TABLE kind (t TEXT, n BIGINT, b BOOLEAN)").unwrap();
        let sql = "INSERT INTO kind (t, n, b) VALUES (?1, ?2, ?3)";
        let rows: [[Value<'_>; 3]; 3] = [
            ["it's {\"a\",b} NULL \\".into(), i64::MIN.into(), true.into()],
            [Value::Null, Value::Null, Value::Null],
            ["".into(), 0_i64.into(), false.into()],
        ];
        for _ in 0..2 {
            open.script("BEGIN").unwrap();
            for row in &rows {
                open.defer(sql, row).unwrap();
            }
            open.commit().unwrap();
        }
        open.script("BEGIN").unwrap();
        open.defer(sql, &rows[0]).unwrap();
        open.commit().unwrap();
        let mut found = open.query("SELECT t, n, b FROM kind ORDER BY ctid", &[]).unwrap();
        let mut take = |at: usize| {
            let row: &mut Row = &mut found[at];
            let text: Option<String> = row.take("t").unwrap();
            let number: Option<i64> = row.take("n").unwrap();
            let truth: Option<bool> = row.take("b").unwrap();
            (text, number, truth)
        };
        for at in [0, 3, 6] {
            let text = "it's {\"a\",b} NULL \\".to_owned();
            assert_eq!(take(at), (Some(text), Some(i64::MIN), Some(true)));
        }
        assert_eq!(take(4), (None, None, None));
        assert_eq!(take(5), (Some(String::new()), Some(0), Some(false)));
    }
}
