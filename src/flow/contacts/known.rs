//! Who is calling? What lists and lookups know of a number, whom an agent chose among several, and
//! whom agents add. Read within the unit of work that needs it; nobody is asked here.

use std::time::Duration;

use crate::configuration::{Configuration, OWN};
use crate::domain::contact::{Candidates, Contact, Who, keys};
use crate::domain::ids::Id;
use crate::domain::lookup::Lookup;
use crate::domain::phone::{Party, Region};
use crate::domain::time::Timestamp;
use crate::flow::context::InForce;
use crate::store::{ContactRow, Error as StoreError, LookedUpRow, Prefetch, Topic, Tx};

/// What is known of a caller, and who was asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// Who may be meant.
    pub(crate) candidates: Candidates,
    /// What lookups said.
    pub(crate) answers: Vec<LookedUpRow>,
    /// Whether an imported list knows them.
    pub(crate) listed: bool,
}

impl Known {
    /// What a lookup said, if it was ever asked.
    pub(crate) fn answer(&self, lookup: &Lookup) -> Option<&LookedUpRow> {
        self.answers.iter().find(|row| row.lookup == lookup.name)
    }

    /// Whether what a lookup said knows anybody, and still counts.
    pub(crate) fn knows(&self, lookup: &Lookup) -> bool {
        let mut books = self.candidates.books.iter();
        books.any(|(book, contacts)| *book == lookup.name && !contacts.is_empty())
    }
}

/// Everything that is known of a caller's number: what imported lists have, then lookups in their
/// order, then what agents added; and whom an agent chose on this `call`.
pub(crate) fn known(
    tx: &mut Tx<'_>,
    configuration: &Configuration,
    caller: &Party,
    call: Option<Id>,
    now: Timestamp,
) -> Result<Known, StoreError> {
    let Some(number) = caller.key() else { return Ok(Known::default()) };
    let forms = keys(caller);
    let (own, imported): (Vec<_>, Vec<_>) =
        surest(tx.list_contacts(&forms)?, &forms).into_iter().partition(|row| row.list == OWN);
    let answers = tx.list_looked_up(number)?;
    let listed = !imported.is_empty();
    let mut books: Vec<(String, Vec<Contact>)> = Vec::new();
    let add = |books: &mut Vec<(String, Vec<Contact>)>, row: ContactRow| {
        let Ok(contact) = serde_json::from_str(&row.contact) else { return };
        match books.last_mut().filter(|(book, _)| *book == row.list) {
            Some((_, contacts)) => contacts.push(contact),
            None => books.push((row.list, vec![contact])),
        }
    };
    for row in imported {
        add(&mut books, row);
    }
    for lookup in configuration.lookups() {
        let row = answers.iter().find(|row| row.lookup == lookup.name);
        let counts = row.filter(|row| {
            row.answered_at.is_some_and(|answered| now.since(answered) < lookup.keep)
        });
        let contacts = counts.and_then(|row| serde_json::from_str(row.contacts.as_deref()?).ok());
        books.push((lookup.name.clone(), contacts.unwrap_or_default()));
    }
    for row in own {
        add(&mut books, row);
    }
    let mut candidates = Candidates { books, ..Candidates::default() };
    // Nobody can have been chosen where nobody is known.
    if candidates.offered().is_some() {
        candidates.chosen = call.map(|call| tx.find_choice_of_call(call)).transpose()?.flatten();
        candidates.last = tx.find_choice(number)?;
    }
    Ok(Known { candidates, answers, listed })
}

/// Of each list only what is filed under the surest form that it has.
fn surest(rows: Vec<ContactRow>, forms: &[String]) -> Vec<ContactRow> {
    let rank = |row: &ContactRow| forms.iter().position(|form| *form == row.number);
    let best = |list: &str| rows.iter().filter(|row| row.list == list).filter_map(rank).min();
    let kept: Vec<bool> = rows.iter().map(|row| rank(row) == best(&row.list)).collect();
    rows.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(row, _)| row).collect()
}

/// Tells the pages of a call, and the desktops of those who have one, that more is known.
pub(crate) fn announce(tx: &mut Tx<'_>, call: Id) -> Result<(), StoreError> {
    tx.announce(Topic::call(call));
    for agent in tx.list_agents_of(call)? {
        tx.announce(Topic::agent(&agent));
    }
    Ok(())
}

/// Says that [`who`] will be asked of a call.
pub(crate) fn prefetch_who(prefetch: &mut Prefetch, caller: &Party, call: Id) {
    if let Some(number) = caller.key() {
        prefetch.caller(number, &keys(caller), call);
    }
}

/// Who the caller of a call is, as far as it is known.
pub(crate) fn who(
    tx: &mut Tx<'_>,
    in_force: &InForce,
    caller: &Party,
    call: Id,
    now: Timestamp,
) -> Result<Who, StoreError> {
    Ok(known(tx, &in_force.configuration, caller, Some(call), now)?.candidates.who())
}

/// The same before it is known which call rings: a ring may be another one of a call on which an
/// agent has chosen.
pub(crate) fn who_of_ring(
    tx: &mut Tx<'_>,
    in_force: &InForce,
    ring: &(Party, String, Option<String>),
    now: Timestamp,
) -> Result<Who, StoreError> {
    let (caller, source, external_id) = ring;
    let mut candidates = known(tx, &in_force.configuration, caller, None, now)?.candidates;
    if let (Who::Several(_), Some(external_id)) = (candidates.who(), external_id) {
        candidates.chosen = tx.find_choice_of_ring(source, external_id)?;
    }
    Ok(candidates.who())
}

/// How long after a failure a number is asked about again.
pub(crate) const AGAIN: Duration = Duration::from_secs(10);

/// The texts that a lookup is asked for, each once.
pub(crate) fn forms(
    lookup: &Lookup,
    caller: &Party,
    region: Region,
) -> impl Iterator<Item = String> {
    let mut texts: Vec<String> = Vec::new();
    for text in lookup.numbers.iter().filter_map(|form| form.write(caller, region)) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts.into_iter()
}
