//! Who callers are: lists of people, what lookups answered, whom agents chose.

use super::engine::{Prefetch, Value};
use super::error::Error;
use super::tx::Tx;
use crate::domain::contact::Named;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;

/// A contact of a list, under one of their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRow {
    /// What they are filed under.
    pub number: String,
    pub list: String,
    /// Their id in the list.
    pub id: String,
    /// The contact, as JSON.
    pub contact: String,
}

/// What a lookup said of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookedUpRow {
    /// The lookup's name.
    pub lookup: String,
    /// The contacts that it named last, as JSON; none while it has never answered.
    pub contacts: Option<String>,
    /// When it was asked last.
    pub asked_at: Timestamp,
    /// When it answered last.
    pub answered_at: Option<Timestamp>,
    /// Why it did not answer the last time.
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactListRow {
    pub name: String,
    /// Which import of it counts.
    pub import: Id,
    /// When that was.
    pub imported_at: Timestamp,
    /// How many contacts it has.
    pub contacts: i64,
}

/// What a number may be filed under, at most so many forms of it.
const FORMS: usize = 10;

/// See [`Tx::list_contacts`].
const LISTED: &str = "
    SELECT c.number, c.list, c.id, c.contact
    FROM contact c
    JOIN contact_list l ON l.name = c.list AND l.import_id = c.import_id
    WHERE c.number IN (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    ORDER BY c.list, c.id";

/// See [`Tx::list_looked_up`].
const LOOKED_UP: &str =
    "SELECT lookup, contacts, asked_at, answered_at, reason FROM looked_up WHERE number = ?1";

/// See [`Tx::find_choice`].
const CHOICE: &str = "SELECT book, contact_id FROM contact_choice WHERE number = ?1";

/// See [`Tx::find_choice_of_call`].
const CHOICE_OF_CALL: &str = "SELECT contact_book, contact_id FROM call WHERE id = ?1";

impl Prefetch {
    /// What is known of a number, in all its forms, and whom an agent chose on a call of it.
    pub fn caller(&mut self, number: &str, forms: &[String], call: Id) {
        if let Some(values) = form_values(forms) {
            self.add(LISTED, &values);
        }
        self.add(LOOKED_UP, &[number.into()]);
        self.add(CHOICE, &[number.into()]);
        self.add(CHOICE_OF_CALL, &[call.into()]);
    }
}

/// A statement has as many parameters for few forms as for many; none where there is no form.
fn form_values(forms: &[String]) -> Option<Vec<Value<'_>>> {
    let first = forms.first()?;
    Some((0..FORMS).map(|at| forms.get(at).unwrap_or(first).into()).collect())
}

impl Tx<'_> {
    /// The contacts that lists have under any of these forms of a number, by the lists' names.
    pub fn list_contacts(&mut self, forms: &[String]) -> Result<Vec<ContactRow>, Error> {
        let Some(asked) = form_values(forms) else { return Ok(Vec::new()) };
        let rows = self.query(LISTED, &asked)?.into_iter();
        let rows = rows.map(|mut row| {
            Ok(ContactRow {
                number: row.take("contact")?,
                list: row.take("contact")?,
                id: row.take("contact")?,
                contact: row.take("contact")?,
            })
        });
        rows.collect()
    }

    /// What lookups said of a number.
    pub fn list_looked_up(&mut self, number: &str) -> Result<Vec<LookedUpRow>, Error> {
        self.query(LOOKED_UP, &[number.into()])?.into_iter().map(looked_up).collect()
    }

    /// Keeps what a lookup said of a number. A failure leaves standing what it said before.
    pub fn save_looked_up(&mut self, number: &str, row: &LookedUpRow) -> Result<(), Error> {
        self.execute(
            "INSERT INTO looked_up (number, lookup, contacts, asked_at, answered_at, reason)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (number, lookup) DO UPDATE
             SET contacts = COALESCE(?3, looked_up.contacts), asked_at = ?4,
                 answered_at = COALESCE(?5, looked_up.answered_at), reason = ?6",
            &[
                number.into(),
                (&row.lookup).into(),
                (&row.contacts).into(),
                row.asked_at.into(),
                row.answered_at.into(),
                (&row.reason).into(),
            ],
        )?;
        Ok(())
    }

    /// What came of asking a lookup last, whatever the number.
    pub fn find_last_asked(&mut self, lookup: &str) -> Result<Option<LookedUpRow>, Error> {
        let row = self.first(
            "SELECT lookup, contacts, asked_at, answered_at, reason FROM looked_up
             WHERE lookup = ?1 ORDER BY asked_at DESC LIMIT 1",
            &[lookup.into()],
        )?;
        row.map(looked_up).transpose()
    }

    /// The agents who have a page of a call.
    pub fn list_agents_of(&mut self, call: Id) -> Result<Vec<String>, Error> {
        let rows = self.query(
            "SELECT DISTINCT agent FROM event
             WHERE call_id = ?1 AND pane_id = id AND agent IS NOT NULL",
            &[call.into()],
        )?;
        rows.into_iter().map(|mut row| row.take("pane")).collect()
    }

    /// Whom an agent chose last for a number: a book, and an id there.
    pub fn find_choice(&mut self, number: &str) -> Result<Option<Named>, Error> {
        let row = self.first(CHOICE, &[number.into()])?;
        row.map(|mut row| Ok((row.take("choice")?, row.take("choice")?))).transpose()
    }

    /// Whom an agent chose on a call.
    pub fn find_choice_of_call(&mut self, call: Id) -> Result<Option<Named>, Error> {
        self.first(CHOICE_OF_CALL, &[call.into()])?.map_or(Ok(None), named)
    }

    /// The same of a call that a system knows by this id.
    pub fn find_choice_of_ring(
        &mut self,
        source: &str,
        external_id: &str,
    ) -> Result<Option<Named>, Error> {
        let row = self.first(
            "SELECT contact_book, contact_id FROM call WHERE source = ?1 AND external_id = ?2",
            &[source.into(), external_id.into()],
        )?;
        row.map_or(Ok(None), named)
    }

    /// Remembers a choice, for its call and as the last one of the number.
    pub fn save_choice(
        &mut self,
        (number, call): (&str, Id),
        (book, id): (&str, &str),
        by: Option<&str>,
        at: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "INSERT INTO contact_choice (number, book, contact_id, chosen_by, chosen_at)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (number) DO UPDATE
             SET book = ?2, contact_id = ?3, chosen_by = ?4, chosen_at = ?5",
            &[number.into(), book.into(), id.into(), by.into(), at.into()],
        )?;
        self.execute(
            "UPDATE call SET contact_book = ?2, contact_id = ?3 WHERE id = ?1",
            &[call.into(), book.into(), id.into()],
        )?;
        Ok(())
    }

    /// Takes a call's choice back; as the last one of the number, too, if it is that.
    pub fn remove_choice(&mut self, number: &str, call: Id) -> Result<(), Error> {
        self.execute(
            "DELETE FROM contact_choice WHERE number = ?1 AND EXISTS (
                 SELECT 1 FROM call WHERE id = ?2 AND contact_book = contact_choice.book
                     AND call.contact_id = contact_choice.contact_id)",
            &[number.into(), call.into()],
        )?;
        self.execute(
            "UPDATE call SET contact_book = NULL, contact_id = NULL WHERE id = ?1",
            &[call.into()],
        )?;
        Ok(())
    }

    /// Adds contacts to an import, which need not count yet.
    pub fn insert_contacts(&mut self, import: Id, rows: &[ContactRow]) -> Result<(), Error> {
        for row in rows {
            self.execute(
                "INSERT INTO contact (number, import_id, id, list, contact)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (number, import_id, id) DO NOTHING",
                &[
                    (&row.number).into(),
                    import.into(),
                    (&row.id).into(),
                    (&row.list).into(),
                    (&row.contact).into(),
                ],
            )?;
        }
        Ok(())
    }

    /// Lets an import count from now on; answers which one counted before.
    pub fn save_contact_list(&mut self, list: &ContactListRow) -> Result<Option<Id>, Error> {
        let before = self.find_import(&list.name)?;
        self.execute(
            "INSERT INTO contact_list (name, import_id, imported_at, contacts)
             VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (name) DO UPDATE
             SET import_id = ?2, imported_at = ?3, contacts = ?4",
            &[
                (&list.name).into(),
                list.import.into(),
                list.imported_at.into(),
                list.contacts.into(),
            ],
        )?;
        Ok(before)
    }

    /// Counts one more contact in a list that grows by hand, which is made with the first one, as
    /// this import; answers which import they belong to.
    pub fn extend_contact_list(
        &mut self,
        name: &str,
        import: Id,
        at: Timestamp,
    ) -> Result<Id, Error> {
        self.execute(
            "INSERT INTO contact_list (name, import_id, imported_at, contacts)
             VALUES (?1, ?2, ?3, 1)
             ON CONFLICT (name) DO UPDATE SET contacts = contact_list.contacts + 1",
            &[name.into(), import.into(), at.into()],
        )?;
        let counts = self.find_import(name)?;
        counts.ok_or(Error::Unreadable("list"))
    }

    /// Which import of a list counts.
    fn find_import(&mut self, name: &str) -> Result<Option<Id>, Error> {
        let row =
            self.first("SELECT import_id FROM contact_list WHERE name = ?1", &[name.into()])?;
        row.map(|mut row| row.take("list")).transpose()
    }

    /// Every list.
    pub fn list_contact_lists(&mut self) -> Result<Vec<ContactListRow>, Error> {
        let rows = self.query(
            "SELECT name, import_id, imported_at, contacts FROM contact_list ORDER BY name",
            &[],
        )?;
        let rows = rows.into_iter().map(|mut row| {
            Ok(ContactListRow {
                name: row.take("list")?,
                import: row.take("list")?,
                imported_at: row.take("list")?,
                contacts: row.take("list")?,
            })
        });
        rows.collect()
    }

    /// Forgets a list, whose contacts then count no more; answers which import of it counted.
    pub fn remove_contact_list(&mut self, name: &str) -> Result<Option<Id>, Error> {
        let import = self.find_import(name)?;
        self.execute("DELETE FROM contact_list WHERE name = ?1", &[name.into()])?;
        Ok(import)
    }

    /// Removes contacts of an import; answers how many.
    pub fn remove_import(&mut self, import: Id, limit: i64) -> Result<u64, Error> {
        self.execute(
            "DELETE FROM contact WHERE (number, import_id, id) IN
                 (SELECT number, import_id, id FROM contact WHERE import_id = ?1 LIMIT ?2)",
            &[import.into(), limit.into()],
        )
    }

    /// Whether anybody could be known at all.
    pub fn has_contacts(&mut self) -> Result<bool, Error> {
        let row = self.first(
            "SELECT EXISTS (SELECT 1 FROM contact_list) OR EXISTS (SELECT 1 FROM looked_up)",
            &[],
        )?;
        row.map_or(Ok(false), |mut row| row.take("list"))
    }

    /// Removes contacts of imports that do not count and were begun before a moment. It goes from
    /// import to import in their index: no ring waits while all contacts are looked through.
    pub fn remove_unfinished_imports(
        &mut self,
        before: Timestamp,
        limit: i64,
    ) -> Result<u64, Error> {
        self.execute(
            "WITH RECURSIVE begun (import_id) AS (
                 SELECT MIN(import_id) FROM contact
                 UNION ALL
                 SELECT (SELECT MIN(c.import_id) FROM contact c WHERE c.import_id > begun.import_id)
                 FROM begun WHERE begun.import_id IS NOT NULL)
             DELETE FROM contact WHERE (number, import_id, id) IN
                 (SELECT number, import_id, id FROM contact WHERE import_id IN
                      (SELECT import_id FROM begun WHERE import_id < ?1
                           AND import_id NOT IN (SELECT import_id FROM contact_list))
                  LIMIT ?2)",
            &[Id::floor(before).into(), limit.into()],
        )
    }

    /// Removes answers that nobody asked for since a moment, and choices of callers who have not
    /// called since.
    pub fn remove_stale_lookups(&mut self, before: Timestamp, limit: i64) -> Result<u64, Error> {
        let answers = self.execute(
            "DELETE FROM looked_up WHERE (number, lookup) IN
                 (SELECT number, lookup FROM looked_up WHERE asked_at < ?1 LIMIT ?2)",
            &[before.into(), limit.into()],
        )?;
        let stale = self.query(
            "SELECT number FROM contact_choice WHERE chosen_at < ?1 AND NOT EXISTS
                 (SELECT 1 FROM caller_call k WHERE k.caller = contact_choice.number)",
            &[before.into()],
        )?;
        let mut choices = 0;
        for mut row in stale {
            let number: String = row.take("choice")?;
            if self.connection.recent_calls(&number, Id::floor(Timestamp(0))).is_empty() {
                let one = "DELETE FROM contact_choice WHERE number = ?1";
                choices += self.execute(one, &[(&number).into()])?;
            }
        }
        Ok(answers + choices)
    }
}

fn named(mut row: super::engine::Row) -> Result<Option<Named>, Error> {
    let (book, id): (Option<String>, Option<String>) = (row.take("call")?, row.take("call")?);
    Ok(book.zip(id))
}

fn looked_up(mut row: super::engine::Row) -> Result<LookedUpRow, Error> {
    Ok(LookedUpRow {
        lookup: row.take("answer")?,
        contacts: row.take("answer")?,
        asked_at: row.take("answer")?,
        answered_at: row.take("answer")?,
        reason: row.take("answer")?,
    })
}
