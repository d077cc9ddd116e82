//! Rows that wait on a PostgreSQL connection to be written with others, and statements for many rows:
//! what a row costs there is mostly its statement.

use std::collections::BTreeMap;

use postgres::types::Type;

use super::engine::Value;

/// What is to be written, in order.
#[derive(Debug, Default)]
pub(super) struct Pending {
    statements: Vec<Rows>,
    /// What is sent just before the commit, in the order of its keys, so that no two transactions
    /// lock the same rows in different orders.
    last: BTreeMap<String, Vec<Rows>>,
}

/// A statement, and the rows that it is run for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rows {
    pub(super) sql: &'static str,
    pub(super) rows: Vec<Vec<Value<'static>>>,
    /// Whether each must be inserted: it was found missing before.
    pub(super) new: bool,
}

impl Rows {
    pub(super) fn of(sql: &'static str, row: Vec<Value<'static>>) -> Self {
        Self { sql, rows: vec![row], new: false }
    }

    fn takes(&self, other: &Self) -> bool {
        self.sql == other.sql && self.new == other.new
    }

    /// Whether more rows may join, and so overtake what came before them. What is only inserted meets
    /// no other row; an update may meet a row that is inserted before it.
    fn may_grow(&self) -> bool {
        insert_parts(self.sql).is_some() && !self.sql.contains("DO UPDATE")
    }
}

impl Pending {
    pub(super) fn push(&mut self, sql: &'static str, row: Vec<Value<'static>>) {
        self.add(Rows::of(sql, row));
    }

    /// A row that was found missing.
    pub(super) fn push_new(&mut self, sql: &'static str, row: Vec<Value<'static>>) {
        self.add(Rows { new: true, ..Rows::of(sql, row) });
    }

    fn add(&mut self, more: Rows) {
        let mut growing = self.statements.iter_mut().rev().take_while(|known| known.may_grow());
        match growing.find(|known| known.takes(&more)) {
            Some(known) => known.rows.extend(more.rows),
            None => self.statements.push(more),
        }
    }

    pub(super) fn push_last(&mut self, key: &str, sql: &'static str, row: Vec<Value<'static>>) {
        self.last.entry(key.to_owned()).or_default().push(Rows::of(sql, row));
    }

    /// What the next statement has to come after.
    pub(super) fn take(&mut self) -> Vec<Rows> {
        std::mem::take(&mut self.statements)
    }

    /// What the commit has to come after.
    pub(super) fn take_all(&mut self) -> Vec<Rows> {
        let mut all = self.take();
        all.extend(rounds(std::mem::take(&mut self.last)));
        all
    }
}

/// PostgreSQL's `DO UPDATE` refuses to meet a row twice in one statement: so each round has a key once.
fn rounds(of_keys: BTreeMap<String, Vec<Rows>>) -> Vec<Rows> {
    let mut queues: Vec<_> = of_keys.into_values().map(Vec::into_iter).collect();
    let mut rounds = Vec::new();
    loop {
        let round: Vec<Rows> = queues.iter_mut().filter_map(Iterator::next).collect();
        if round.is_empty() {
            return rounds;
        }
        // Only an insert can be written for many rows.
        let (inserts, others): (Vec<_>, Vec<_>) =
            round.into_iter().partition(|rows| insert_parts(rows.sql).is_some());
        rounds.extend(grouped(inserts));
        rounds.extend(others);
    }
}

/// The rows of each statement together.
pub(super) fn grouped(rows: impl IntoIterator<Item = Rows>) -> Vec<Rows> {
    rows.into_iter().fold(Vec::new(), joined)
}

fn joined(mut round: Vec<Rows>, next: Rows) -> Vec<Rows> {
    match round.iter_mut().find(|known| known.takes(&next)) {
        Some(known) => known.rows.extend(next.rows),
        None => round.push(next),
    }
    round
}

/// `INSERT INTO t (a, b, c) VALUES (?1, ?2, 0) …` for any number of rows: each parameter is an array of
/// its type. None for statements of another form.
pub(super) fn insert_many(sql: &str, types: &[Type]) -> Option<String> {
    let (head, items, tail) = insert_parts(sql)?;
    let items = items.replace('?', "q.v");
    Some(format!("{head}SELECT {items} FROM {}{tail}", unnest(types, "", "")))
}

/// A query for any number of rows of parameters: what it finds, behind the place of the row that it
/// was found by.
pub(super) fn select_many(sql: &str, types: &[Type]) -> String {
    let source = unnest(types, " WITH ORDINALITY", ", place");
    let sql = sql.replace('?', "q.v");
    format!("SELECT q.place, r.* FROM {source} CROSS JOIN LATERAL ({sql}) AS r")
}

/// What stands before, within and behind the values of an insert; only values may be parameters.
fn insert_parts(sql: &str) -> Option<(&str, &str, &str)> {
    let (head, rest) = sql.split_once("VALUES (")?;
    let (items, tail) = rest.split_once(')')?;
    (!tail.contains('?')).then_some((head, items, tail))
}

/// A table `q` of rows whose columns `v1`, `v2`, … are parameters. Each in a SELECT of its own, or
/// PostgreSQL plans few rows anew each time, because it sees how few they are.
fn unnest(types: &[Type], numbered: &str, number: &str) -> String {
    let arrays = (1..).zip(types).map(|(at, kind)| format!("(SELECT ${at}::{}[])", kind.name()));
    let names = (1..).zip(types).map(|(at, _)| format!("v{at}"));
    let (arrays, names): (Vec<_>, Vec<_>) = arrays.zip(names).unzip();
    let (arrays, names) = (arrays.join(", "), names.join(", "));
    format!("UNNEST({arrays}){numbered} AS q ({names}{number})")
}

/// The rows' values, column by column.
pub(super) fn columns<'a>(rows: &'a [Vec<Value<'static>>]) -> Vec<Vec<&'a Value<'static>>> {
    let width = rows.first().map_or(0, Vec::len);
    (0..width).map(|at| rows.iter().filter_map(|row| row.get(at)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "INSERT INTO call (id, rings) VALUES (?1, 1) ON CONFLICT (id) DO NOTHING";
    const EVENT: &str = "INSERT INTO event (id) VALUES (?1)";
    const CHANGE: &str = "UPDATE call SET rings = rings + 1 WHERE id = ?1";
    const NEWEST: &str = "INSERT INTO newest (id) VALUES (?1) ON CONFLICT (id) DO UPDATE SET n = 1";

    fn row(number: i64) -> Vec<Value<'static>> {
        vec![number.into()]
    }

    fn said(all: &[Rows]) -> Vec<(&str, Vec<i64>)> {
        let number = |row: &Vec<Value<'_>>| match row.as_slice() {
            [Value::Int(number)] => *number,
            other => panic!("{other:?}"),
        };
        all.iter().map(|rows| (rows.sql, rows.rows.iter().map(number).collect())).collect()
    }

    #[test]
    fn rows_join_their_statement_and_overtake_inserts_only() {
        let mut pending = Pending::default();
        for number in 1..=3 {
            pending.push_new(CALL, row(number));
            pending.push(EVENT, row(number));
        }
        pending.push(CHANGE, row(3));
        pending.push(CHANGE, row(3));
        pending.push_new(CALL, row(4));
        pending.push(CALL, row(5));
        let taken = pending.take();
        let expected = [
            (CALL, vec![1, 2, 3]),
            (EVENT, vec![1, 2, 3]),
            (CHANGE, vec![3]),
            (CHANGE, vec![3]),
            (CALL, vec![4]),
            (CALL, vec![5]),
        ];
        assert_eq!(said(&taken), expected);
        assert_eq!(
            taken.iter().map(|rows| rows.new).collect::<Vec<_>>()[3..],
            [false, true, false]
        );
    }

    #[test]
    fn what_comes_last_comes_in_the_order_of_keys_and_each_key_once_a_statement() {
        let mut pending = Pending::default();
        for (key, number) in [("b", 1), ("a", 2), ("b", 3), ("c", 4), ("b", 5), ("a", 6)] {
            pending.push_last(key, NEWEST, row(number));
        }
        pending.push(EVENT, row(7));
        let expected =
            [(EVENT, vec![7]), (NEWEST, vec![2, 1, 4]), (NEWEST, vec![6, 3]), (NEWEST, vec![5])];
        assert_eq!(said(&pending.take_all()), expected);
        assert!(pending.take_all().is_empty());
    }

    #[test]
    fn what_changes_rows_at_the_end_does_so_one_after_the_other() {
        let mut pending = Pending::default();
        for (key, sql, number) in
            [("b", CHANGE, 1), ("c", NEWEST, 2), ("a", CHANGE, 3), ("d", NEWEST, 4)]
        {
            pending.push_last(key, sql, row(number));
        }
        let expected = [(NEWEST, vec![2, 4]), (CHANGE, vec![3]), (CHANGE, vec![1])];
        assert_eq!(said(&pending.take_all()), expected);
    }

    #[test]
    fn statements_are_written_for_many_rows() {
        let types = [Type::INT8, Type::TEXT];
        let insert = "INSERT INTO t (a, b, c) VALUES (?2, 0, ?1) ON CONFLICT DO NOTHING";
        assert_eq!(
            insert_many(insert, &types).unwrap(),
            "INSERT INTO t (a, b, c) SELECT q.v2, 0, q.v1 \
             FROM UNNEST((SELECT $1::int8[]), (SELECT $2::text[])) AS q (v1, v2) ON CONFLICT DO NOTHING"
        );
        assert_eq!(insert_many("INSERT INTO t (a) VALUES (?1) ON … SET a = ?1", &types), None);
        assert_eq!(insert_many(CHANGE, &types), None);
        assert_eq!(
            select_many("SELECT a FROM t WHERE b = ?1 AND c > ?2", &types),
            "SELECT q.place, r.* \
             FROM UNNEST((SELECT $1::int8[]), (SELECT $2::text[])) WITH ORDINALITY AS q (v1, v2, place) \
             CROSS JOIN LATERAL (SELECT a FROM t WHERE b = q.v1 AND c > q.v2) AS r"
        );
    }
}
