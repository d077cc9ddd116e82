//! PostgreSQL: each unit of work is a transaction, on one of a few connections.
//!
//! A connection that broke is made again for the next unit; a unit that had not begun yet is simply
//! begun again there.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::time::Duration;

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use postgres::config::SslMode;
use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Config, NoTls, Statement};
use rustls_platform_verifier::ConfigVerifierExt;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::engine::{Cell, Connection, Job, Row, Value};
use super::{Error, Notification, Notifier, Opener, Topic, migrations, namespace};
use crate::domain::secret::Secret;

/// Connections for rings and whatever else is written, and so units of work at the same time.
const CONNECTIONS: usize = 8;

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
    for mut job in jobs.iter().filter(|job| !job.is_abandoned()) {
        let done = begin(config, &mut connection).and_then(|open| run_one(open, job.as_mut()));
        if connection.as_ref().is_some_and(|open| open.client.is_closed()) {
            connection = None;
        }
        job.settle(done);
    }
}

/// An open transaction, on a new connection if the old one broke while nobody looked.
fn begin<'a>(
    config: &Config,
    connection: &'a mut Option<Postgres>,
) -> Result<&'a mut Postgres, Error> {
    let begun = connection.as_mut().is_some_and(|open| open.script("BEGIN").is_ok());
    if !begun {
        let mut fresh = Postgres::connect(config)?;
        fresh.script("BEGIN")?;
        *connection = Some(fresh);
    }
    connection.as_mut().ok_or(Error::Panicked)
}

fn run_one(connection: &mut Postgres, job: &mut dyn Job) -> Result<(), Error> {
    let mut done = job.run(connection);
    if done.is_ok() && job.is_abandoned() {
        // It hung in the database for so long that the ring was answered without it.
        done = Err(Error::Panicked);
    }
    match &done {
        Ok(()) => connection.script("COMMIT")?,
        // If even that fails the connection is gone, and the transaction with it.
        Err(_) => drop(connection.script("ROLLBACK")),
    }
    done
}

/// A connection; statements are prepared once.
struct Postgres {
    client: Client,
    prepared: HashMap<&'static str, Statement>,
}

impl Postgres {
    fn connect(config: &Config) -> Result<Self, Error> {
        let client = match rustls::ClientConfig::with_platform_verifier() {
            Ok(tls) => config.connect(MakeRustlsConnect::new(tls)),
            // A machine without certificates can still speak to a server that asks for none.
            Err(_) if config.get_ssl_mode() != SslMode::Require => config.connect(NoTls),
            Err(error) => return Err(Error::unavailable(error)),
        };
        let client = client.map_err(Error::unavailable)?;
        let mut open = Self { client, prepared: HashMap::new() };
        open.script(&format!("SET statement_timeout = {}", TIMEOUT.as_millis()))?;
        Ok(open)
    }

    fn prepare(&mut self, sql: &'static str) -> Result<Statement, Error> {
        if let Some(known) = self.prepared.get(sql) {
            return Ok(known.clone());
        }
        let statement = self.client.prepare(&sql.replace('?', "$")).map_err(broken)?;
        self.prepared.insert(sql, statement.clone());
        Ok(statement)
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
        self.client.execute(&statement, &parameters(values)).map_err(broken)
    }

    fn query(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, Error> {
        let statement = self.prepare(sql)?;
        let found = self.client.query(&statement, &parameters(values)).map_err(broken)?;
        found.iter().map(row).collect()
    }

    fn script(&mut self, sql: &str) -> Result<(), Error> {
        self.client.batch_execute(sql).map_err(broken)
    }

    fn define(&mut self, sql: &str) -> Result<(), Error> {
        self.script(&sql.replace("INTEGER PRIMARY KEY", "BIGINT PRIMARY KEY"))
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
        let done = begin(config, &mut connection).and_then(|open| {
            for topic in &told {
                open.execute("SELECT pg_notify('callpane', ?1)", &[topic.as_str().into()])?;
            }
            open.script("COMMIT")
        });
        if done.is_err() {
            connection = None;
        }
    }
}

/// The most topics that one transaction tells of.
const MOST_TOLD: usize = 100;

/// Hears what units of work on any node announce. When it could not listen for a while, whoever
/// follows anything looks for themselves.
fn listen(config: &Config, ended: &Receiver<()>, notifier: &Notifier) {
    /// How long to wait before a broken connection is made again, and between looks at the exit.
    const PAUSE: Duration = Duration::from_secs(1);
    let mut listening: Option<Client> = None;
    while ended.try_recv() == Err(TryRecvError::Empty) {
        let Some(client) = listening.as_mut().filter(|client| !client.is_closed()) else {
            let open = Postgres::connect(config);
            let open = open.and_then(|mut open| open.script("LISTEN callpane").map(|()| open));
            listening = open.ok().map(|open| open.client);
            if listening.is_some() {
                notifier.send(Notification::All);
            } else {
                // Answers early only when the store is gone.
                let _ended_or_not = ended.recv_timeout(PAUSE);
            }
            continue;
        };
        let mut heard = client.notifications();
        let mut heard = heard.timeout_iter(PAUSE);
        while let Ok(Some(notification)) = heard.next() {
            notifier.send(Notification::Of(Topic::new(notification.payload())));
        }
    }
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
