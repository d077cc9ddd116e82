//! Which calls a caller made, as far as the table `caller_call` does not have them yet.
//!
//! An index on callers dirties a page for each ring: a number may stand anywhere in it. So the newest
//! calls are kept in memory and written to the table later, thousands at a time and in order, so that
//! neighbours share a page. Readers ask both. What is in memory only is found again at the start,
//! because `call` itself has it: every call from the mark on.
//!
//! What is here may be of a unit that was undone, or of a call that has another caller by now. So
//! whoever reads, and what writes it to the table, looks at the call itself.

use std::collections::HashMap;

use super::Sqlite;
use super::transaction::transact;
use crate::domain::ids::Id;
use crate::store::engine::{Connection as _, Value};
use crate::store::error::Error;

/// So many calls are written to the table in one order.
const RUN: usize = 8192;

/// So many in one transaction: more than a batch of rings brings.
const PORTION: usize = 512;

/// The setting that keeps the mark: the table has every call before this id.
const MARK: &str = "callers_indexed_to";

/// The calls of callers that are in memory.
#[derive(Debug, Default)]
pub(super) struct Callers {
    #[expect(clippy::disallowed_types, reason = "held for a look, never across a statement")]
    recent: std::sync::Mutex<Recent>,
}

#[derive(Debug, Default)]
struct Recent {
    mark: Option<Id>,
    /// Since the last run began.
    newest: Calls,
    /// Being written to the table.
    running: Calls,
    /// Written to it in the run before: somebody may still read the database as it was then.
    written: Calls,
    /// What of the run is not written yet: calls in the order of their callers, the last first.
    left: Vec<Id>,
}

#[derive(Debug, Default)]
struct Calls {
    by_caller: HashMap<Box<str>, Vec<Id>>,
    count: usize,
}

impl Calls {
    fn add(&mut self, caller: &str, call: Id) {
        self.count += 1;
        match self.by_caller.get_mut(caller) {
            Some(calls) => calls.push(call),
            None => drop(self.by_caller.insert(caller.into(), vec![call])),
        }
    }

    fn of(&self, caller: &str) -> impl Iterator<Item = Id> {
        self.by_caller.get(caller).into_iter().flatten().copied()
    }

    /// All of them, in the order of their callers.
    fn in_order(&self) -> Vec<Id> {
        let mut callers: Vec<_> = self.by_caller.iter().collect();
        callers.sort_unstable_by_key(|(caller, _)| *caller);
        callers.into_iter().flat_map(|(_, calls)| calls).copied().collect()
    }
}

impl Callers {
    /// Keeps a call in memory; answers false if it must be written to the table at once, because its id
    /// was given before the mark.
    pub(super) fn add(&self, caller: &str, call: Id) -> bool {
        let mut recent = self.lock();
        let is_after = recent.mark.is_none_or(|mark| call >= mark);
        if is_after {
            recent.newest.add(caller, call);
        }
        is_after
    }

    /// A caller's calls after an id, in order.
    pub(super) fn after(&self, caller: &str, id: Id) -> Vec<Id> {
        let recent = self.lock();
        let all = [&recent.written, &recent.running, &recent.newest];
        let all = all.into_iter().flat_map(|calls| calls.of(caller));
        let mut found: Vec<_> = all.filter(|call| *call > id).collect();
        drop(recent);
        found.sort_unstable();
        found
    }

    /// What is to be written next, and the mark from then on if that is the end of a run.
    fn portion(&self) -> Option<(Vec<Id>, Option<Id>)> {
        let mut recent = self.lock();
        if recent.left.is_empty() {
            if recent.newest.count < RUN {
                return None;
            }
            recent.written = std::mem::take(&mut recent.running);
            recent.running = std::mem::take(&mut recent.newest);
            recent.left = recent.running.in_order();
            recent.left.reverse();
        }
        let rest = recent.left.len().saturating_sub(PORTION);
        let portion = recent.left.iter().skip(rest).rev().copied().collect();
        let mark = (rest == 0).then(|| recent.next_mark()).flatten();
        Some((portion, mark))
    }

    /// So many are written.
    fn written(&self, count: usize, mark: Option<Id>) {
        let mut recent = self.lock();
        let rest = recent.left.len().saturating_sub(count);
        recent.left.truncate(rest);
        recent.mark = mark.or(recent.mark);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Recent {
    /// The first call that the table will not have after the run.
    fn next_mark(&self) -> Option<Id> {
        let first_left = self.newest.by_caller.values().flatten().min().copied();
        first_left.or_else(|| self.running.by_caller.values().flatten().max().copied())
    }
}

/// Finds again what was in memory when the last server ended.
pub(super) fn load(connection: &mut Sqlite) -> Result<(), Error> {
    let mark = connection
        .query("SELECT CAST(value AS INTEGER) FROM setting WHERE name = ?1", &[MARK.into()])?;
    let mark: Option<Id> = mark.into_iter().next().map(|mut row| row.take("mark")).transpose()?;
    let from = mark.map_or(Value::Int(0), Value::from);
    let calls = connection
        .query("SELECT caller, id FROM call WHERE id >= ?1 AND caller IS NOT NULL", &[from])?;
    let mut recent = connection.callers.lock();
    recent.mark = mark;
    for mut row in calls {
        let caller: String = row.take("call")?;
        recent.newest.add(&caller, row.take("call")?);
    }
    Ok(())
}

/// Writes the next portion to the table, if there is one. What was not written stays the next.
pub(super) fn write_some(connection: &mut Sqlite) -> Result<(), Error> {
    let Some((portion, mark)) = connection.callers.portion() else { return Ok(()) };
    transact(connection, |connection| {
        insert(connection, &portion)?;
        let Some(mark) = mark else { return Ok(()) };
        connection.execute(
            "INSERT INTO setting (name, value) VALUES (?1, CAST(?2 AS TEXT))
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            &[MARK.into(), mark.into()],
        )?;
        Ok(())
    })?;
    connection.callers.written(portion.len(), mark);
    Ok(())
}

/// Writes calls to the table, under whose caller each has now.
pub(super) fn insert(connection: &mut Sqlite, calls: &[Id]) -> Result<(), Error> {
    let ids: Vec<_> = calls.iter().map(|call| call.number()).collect();
    let ids = serde_json::to_string(&ids).ok().ok_or(Error::Unreadable("id"))?;
    // A cross join is run as it is written: the calls in the order of the list.
    connection.execute(
        "INSERT INTO caller_call (caller, call_id)
         SELECT call.caller, call.id FROM json_each(?1) listed CROSS JOIN call ON call.id = listed.value
         WHERE call.caller IS NOT NULL ON CONFLICT DO NOTHING",
        &[(&ids).into()],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rusqlite::OpenFlags;

    use super::*;
    use crate::domain::time::Timestamp;
    use crate::store::{Tx, migrations};

    const ANN: &str = "+33199000001";
    const BOB: &str = "+33199000002";

    fn open(path: &Path) -> Sqlite {
        let mut connection = Sqlite::open(path, OpenFlags::default()).unwrap();
        connection.script(super::super::PRAGMAS).unwrap();
        migrations::run(&mut connection).unwrap();
        load(&mut connection).unwrap();
        connection
    }

    fn with_file(test: impl Fn(&Path)) {
        let folder = tempfile::tempdir().unwrap();
        test(&folder.path().join("t.db"));
    }

    /// Whether a call is found depends on nothing but these of its columns.
    fn ring(connection: &mut Sqlite, caller: &str, id: Id) {
        let statement = "INSERT INTO call (id, source, direction, caller, caller_raw, rings)
                         VALUES (?1, 'xivo', 'in', ?2, '', 1)";
        connection.execute(statement, &[id.into(), caller.into()]).unwrap();
        connection.add_caller(caller, id).unwrap();
    }

    fn rings(connection: &mut Sqlite, caller: &str, count: usize) -> Vec<Id> {
        let ids: Vec<_> = (0..count).map(|_| Id::mint(Timestamp(1_700_000_000_000))).collect();
        transact_in(connection, |connection| {
            for id in &ids {
                ring(connection, caller, *id);
            }
        });
        ids
    }

    fn transact_in(connection: &mut Sqlite, work: impl FnOnce(&mut Sqlite)) {
        connection.script("BEGIN").unwrap();
        work(connection);
        connection.script("COMMIT").unwrap();
    }

    /// Every call that is found by a caller, the oldest first.
    fn found(connection: &mut Sqlite, caller: &str) -> Vec<Id> {
        let mut tx = Tx { connection, topics: Vec::new() };
        let all = tx.list_earlier(caller, Id::from_number(i64::MAX), 100_000).unwrap();
        all.into_iter().rev().map(|earlier| earlier.call).collect()
    }

    fn indexed(connection: &mut Sqlite) -> i64 {
        connection.number("SELECT COUNT(*) FROM caller_call").unwrap()
    }

    #[test]
    fn a_callers_calls_are_found_in_memory_in_the_table_and_after_a_restart() {
        with_file(|path| {
            let mut connection = open(path);
            let mut ann = rings(&mut connection, ANN, RUN - 1);
            write_some(&mut connection).unwrap();
            assert_eq!(indexed(&mut connection), 0, "too few for a run");
            let mut bob = rings(&mut connection, BOB, 1);
            for portion in 0..RUN / PORTION {
                assert_eq!(usize::try_from(indexed(&mut connection)), Ok(portion * PORTION));
                assert_eq!(found(&mut connection, ANN), ann, "before portion {portion}");
                write_some(&mut connection).unwrap();
                // What comes meanwhile waits for the next run.
                bob.extend(rings(&mut connection, BOB, 1));
            }
            assert_eq!(usize::try_from(indexed(&mut connection)), Ok(RUN));
            assert_eq!(found(&mut connection, ANN), ann);
            drop(connection);
            let mut connection = open(path);
            assert_eq!(connection.callers.lock().newest.count, bob.len() - 1, "from the mark on");
            assert_eq!(
                (found(&mut connection, ANN), found(&mut connection, BOB)),
                (ann.clone(), bob)
            );
            ann.extend(rings(&mut connection, ANN, 1));
            assert_eq!(found(&mut connection, ANN), ann);
        });
    }

    #[test]
    fn a_call_with_an_id_from_before_the_mark_is_found_after_a_restart_too() {
        with_file(|path| {
            let mut connection = open(path);
            let late = Id::mint(Timestamp(1_600_000_000_000));
            rings(&mut connection, ANN, RUN);
            (0..RUN / PORTION).for_each(|_| write_some(&mut connection).unwrap());
            transact_in(&mut connection, |connection| ring(connection, BOB, late));
            assert_eq!(found(&mut connection, BOB), [late]);
            drop(connection);
            assert_eq!(found(&mut open(path), BOB), [late]);
        });
    }

    #[test]
    fn a_call_is_found_by_its_present_caller_only_and_leaves_nothing_behind() {
        with_file(|path| {
            let mut connection = open(path);
            let calls = rings(&mut connection, ANN, RUN);
            let now_bobs = |connection: &mut Sqlite, call: Id| {
                let statement = "UPDATE call SET caller = ?2 WHERE id = ?1";
                connection.execute(statement, &[call.into(), BOB.into()]).unwrap();
            };
            let (first, last) = (calls[0], calls[RUN - 1]);
            now_bobs(&mut connection, last);
            write_some(&mut connection).unwrap();
            now_bobs(&mut connection, first);
            (1..RUN / PORTION).for_each(|_| write_some(&mut connection).unwrap());
            assert_eq!(found(&mut connection, BOB), [first, last]);
            assert_eq!(found(&mut connection, ANN), calls[1..RUN - 1]);
            connection.script("DELETE FROM call").unwrap();
            assert_eq!(indexed(&mut connection), 0);
            assert!(found(&mut connection, ANN).is_empty(), "what is only in memory is not shown");
        });
    }

    #[test]
    fn a_unit_that_was_undone_leaves_no_call() {
        with_file(|path| {
            let mut connection = open(path);
            connection.script("BEGIN").unwrap();
            ring(&mut connection, ANN, Id::mint(Timestamp(1_700_000_000_000)));
            connection.script("ROLLBACK").unwrap();
            assert!(found(&mut connection, ANN).is_empty());
            let calls = rings(&mut connection, ANN, RUN);
            (0..=RUN / PORTION).for_each(|_| write_some(&mut connection).unwrap());
            assert_eq!(found(&mut connection, ANN), calls);
            assert_eq!(usize::try_from(indexed(&mut connection)), Ok(RUN));
        });
    }
}
