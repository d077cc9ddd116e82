//! What both engines have in common: a connection that runs our one SQL text.
//!
//! Parameters are written `?1`, `?2`, …; PostgreSQL's engine rewrites them. This and the two engine
//! files are the only places that know which database it is.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

use super::error::Error;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

/// One statement at a time, inside a transaction that somebody else began.
pub(super) trait Connection {
    /// Which database this is, for the few statements in which they differ.
    fn engine(&self) -> Engine;
    /// Changes rows; answers how many.
    fn execute(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, Error>;
    /// Changes rows: now, or together with the next statement that is not deferred, at the latest with
    /// the commit. For changes of which nobody needs to know how many rows they met.
    fn defer(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<(), Error>;
    /// Changes the row of a key at the commit, in the order of keys: for rows that many units write to
    /// and none reads.
    fn defer_to_commit(
        &mut self,
        key: &str,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<(), Error>;
    /// Inserts a row unless there is one, which this query finds; answers whether there was none.
    fn insert_new(
        &mut self,
        found_by: Query<'_>,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<bool, Error>;
    /// Looks all of this up at once, for the statements of this transaction that ask for it.
    fn look_ahead(&mut self, prefetch: &Prefetch) -> Result<(), Error>;
    /// Whether this query found nothing ahead of the units of a transaction.
    fn was_missing(&self, query: &Query<'_>) -> bool;
    /// What this query found ahead of the units of a transaction, one of them has changed.
    fn forget_prefetched(&mut self, sql: &'static str);
    /// Finds rows.
    fn query(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, Error>;
    /// Runs several statements without parameters.
    fn script(&mut self, sql: &str) -> Result<(), Error>;
    /// Creates tables. The type of a primary key is the one word in which the engines differ: a 64-bit
    /// key is written `INTEGER PRIMARY KEY`, which makes it SQLite's row id, and PostgreSQL's engine
    /// rewrites it.
    fn define(&mut self, sql: &str) -> Result<(), Error>;
    /// Waits until no other unit of work that names the same is under way.
    fn lock(&mut self, name: &str) -> Result<(), Error>;
    /// Makes sure that a new call is found by its caller.
    fn add_caller(&mut self, caller: &str, call: Id) -> Result<(), Error>;
    /// A caller's calls after an id, in order, as far as the table of them may not have them. Some may
    /// not exist, or be somebody else's: whoever asks looks at the call itself.
    fn recent_calls(&self, caller: &str, after: Id) -> Vec<Id>;
    /// Gives some of the room back that deleted rows left; answers whether there is more.
    fn give_back(&mut self) -> Result<bool, Error>;
}

/// A unit of work, whatever it answers.
pub(super) trait Job: Send {
    /// Whether nobody waits for it any more.
    fn is_abandoned(&self) -> bool;
    /// Says what it will most likely look up.
    fn prefetch(&self, prefetch: &mut Prefetch);
    /// Does it; an error asks for it to be undone. It may be undone and done again.
    fn run(&mut self, connection: &mut dyn Connection) -> Result<(), Error>;
    /// Tells the one who waits, once it is known whether the transaction was committed.
    fn settle(self: Box<Self>, committed: Result<(), Error>);
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Value<'a> {
    Null,
    Text(Cow<'a, str>),
    Int(i64),
    Bool(bool),
}

impl Value<'_> {
    /// The value by itself, to be sent later.
    pub(super) fn to_owned_value(&self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => Value::Text(Cow::Owned(text.clone().into_owned())),
            Self::Int(number) => Value::Int(*number),
            Self::Bool(truth) => Value::Bool(*truth),
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    /// PostgreSQL keeps no NUL in a text; SQLite's text is the same.
    fn from(text: &'a str) -> Self {
        let has_nul = text.contains('\0');
        Self::Text(if has_nul { text.replace('\0', "").into() } else { text.into() })
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        text.as_str().into()
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(moment: Timestamp) -> Self {
        Self::Int(moment.0)
    }
}

impl From<Id> for Value<'_> {
    fn from(id: Id) -> Self {
        Self::Int(id.number())
    }
}

impl<'a, T> From<Option<T>> for Value<'a>
where
    Value<'a>: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::from)
    }
}

impl<'a> From<&'a Option<String>> for Value<'a> {
    fn from(value: &'a Option<String>) -> Self {
        value.as_deref().map_or(Self::Null, Self::from)
    }
}

/// A query and its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Query<'a> {
    pub(super) sql: &'static str,
    pub(super) values: Vec<Value<'a>>,
}

impl Query<'_> {
    pub(super) fn into_owned(self) -> Query<'static> {
        let values = self.values.iter().map(Value::to_owned_value).collect();
        Query { sql: self.sql, values }
    }
}

/// What a unit of work will look up, said before it runs or as soon as it knows: on PostgreSQL, which is
/// far, everything is asked together, also for all units that share a transaction. SQLite is near, and
/// does not ask.
#[derive(Debug, Default)]
pub struct Prefetch {
    pub(super) queries: HashSet<Query<'static>>,
    /// What the units lock before they look; see [`Connection::lock`].
    pub(super) locks: BTreeSet<String>,
}

impl Prefetch {
    pub(super) fn add(&mut self, sql: &'static str, values: &[Value<'_>]) {
        let values = values.iter().map(Value::to_owned_value).collect();
        self.queries.insert(Query { sql, values });
    }

    pub(super) fn lock(&mut self, name: &str) {
        self.locks.insert(name.to_owned());
    }
}

/// A value that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Null,
    Text(String),
    Int(i64),
}

/// A row that was found; it is read from left to right.
#[derive(Debug, Clone)]
pub(super) struct Row(std::vec::IntoIter<Cell>);

impl Row {
    pub(super) fn new(cells: Vec<Cell>) -> Self {
        Self(cells.into_iter())
    }

    /// The next column.
    pub(super) fn take<T: FromCell>(&mut self, what: &'static str) -> Result<T, Error> {
        let cell = self.0.next().unwrap_or(Cell::Null);
        T::from_cell(cell).ok_or(Error::Unreadable(what))
    }
}

/// A type that a column can be read as.
pub(super) trait FromCell: Sized {
    fn from_cell(cell: Cell) -> Option<Self>;
}

impl FromCell for String {
    fn from_cell(cell: Cell) -> Option<Self> {
        if let Cell::Text(text) = cell { Some(text) } else { None }
    }
}

impl FromCell for i64 {
    fn from_cell(cell: Cell) -> Option<Self> {
        if let Cell::Int(number) = cell { Some(number) } else { None }
    }
}

impl FromCell for bool {
    fn from_cell(cell: Cell) -> Option<Self> {
        i64::from_cell(cell).map(|number| number != 0)
    }
}

impl FromCell for Id {
    fn from_cell(cell: Cell) -> Option<Self> {
        i64::from_cell(cell).map(Self::from_number)
    }
}

impl FromCell for Timestamp {
    fn from_cell(cell: Cell) -> Option<Self> {
        i64::from_cell(cell).map(Self)
    }
}

impl<T: FromCell> FromCell for Option<T> {
    fn from_cell(cell: Cell) -> Option<Self> {
        match cell {
            Cell::Null => Some(None),
            cell => T::from_cell(cell).map(Some),
        }
    }
}
