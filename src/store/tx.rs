//! A unit of work, as whoever does something in it sees it.

use super::engine::{Connection, Prefetch, Row, Value};
use super::error::Error;
use super::notifier::Topic;

/// A unit of work: what is done through it stands or falls together.
pub struct Tx<'a> {
    pub(super) connection: &'a mut dyn Connection,
    /// What is announced once it is on disk.
    pub(super) topics: Vec<Topic>,
}

impl Tx<'_> {
    /// Tells whoever follows this, once the unit is on disk.
    pub fn announce(&mut self, topic: Topic) {
        if !self.topics.contains(&topic) {
            self.topics.push(topic);
        }
    }

    /// Looks up at once what this unit of work is about to ask for row by row.
    pub fn look_ahead(&mut self, prefetch: &Prefetch) -> Result<(), Error> {
        self.connection.look_ahead(prefetch)
    }
}

impl std::fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tx")
    }
}

impl Tx<'_> {
    pub(super) fn execute(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<u64, Error> {
        self.connection.execute(sql, values)
    }

    /// Changes rows, of which nobody needs to know how many: see [`Connection::defer`].
    pub(super) fn defer(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<(), Error> {
        self.connection.defer(sql, values)
    }

    pub(super) fn query(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, Error> {
        self.connection.query(sql, values)
    }

    pub(super) fn first(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, Error> {
        Ok(self.query(sql, values)?.into_iter().next())
    }

    pub(super) fn define(&mut self, sql: &str) -> Result<(), Error> {
        self.connection.define(sql)
    }
}
