//! Who is calling? What lists and look-ups know of a number, whom an agent chose among several, and
//! whom agents add. Read within the unit of work that needs it; nobody is asked here.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::configuration::{Configuration, OWN};
use crate::crm;
use crate::domain::call::Ring;
use crate::domain::contact::{CREATED, Candidates, Contact, ContactState, Entry, Who, kept, keys};
use crate::domain::decision::Word as _;
use crate::domain::identity::Confirmation;
use crate::domain::ids::Id;
use crate::domain::lookup::LookUp;
use crate::domain::phone::{Party, Region};
use crate::domain::time::Timestamp;
use crate::flow::Flow;
use crate::flow::InForce;
use crate::flow::contacts::lookup;
use crate::flow::panes::page::Error;
use crate::store::{ContactRow, Error as StoreError, LookedUpRow, PaneRow, Topic, Tx};
use crate::view;

/// What is known of a caller, and who was asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// Who may be meant.
    pub(crate) candidates: Candidates,
    /// What look-ups said.
    pub(crate) answers: Vec<LookedUpRow>,
    /// Whether an imported list knows them.
    pub(crate) listed: bool,
}

impl Known {
    /// What a look-up said, if it was ever asked.
    pub(crate) fn answer(&self, lookup: &LookUp) -> Option<&LookedUpRow> {
        self.answers.iter().find(|row| row.lookup == lookup.name)
    }

    /// Whether what a look-up said knows anybody, and still counts.
    pub(crate) fn knows(&self, lookup: &LookUp) -> bool {
        let mut books = self.candidates.books.iter();
        books.any(|(book, contacts)| *book == lookup.name && !contacts.is_empty())
    }
}

/// Everything that is known of a caller's number: what imported lists have, then look-ups in their
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
        books.push((lookup.name.to_owned(), contacts.unwrap_or_default()));
    }
    for row in own {
        add(&mut books, row);
    }
    let chosen = call.map(|call| tx.find_choice_of_call(call)).transpose()?.flatten();
    let candidates = Candidates { books, chosen, last: tx.find_choice(number)? };
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
fn who_of_ring(
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

impl Flow {
    /// Who a caller is, for rules that decide over a ring: nothing if the database takes too long to
    /// say it, because a ring waits for nobody.
    pub(crate) async fn who_rings(&self, ring: &Ring) -> Who {
        /// The share of a ring's time that this may take.
        const SHARE: u32 = 4;
        if ring.caller.key().is_none() || !self.people.any() {
            return Who::Unknown;
        }
        let (in_force, now) = (self.in_force(), self.clock.now());
        let ring = (ring.caller.clone(), ring.source.clone(), ring.external_id.clone());
        let found = self.store.read(move |tx| who_of_ring(tx, &in_force, &ring, now));
        let patience = self.options.ring_deadline / SHARE;
        match tokio::time::timeout(patience, found).await {
            Ok(Ok(who)) => who,
            Ok(Err(_)) | Err(_) => Who::Unknown,
        }
    }

    /// What a page shows of its caller's contact; asks where that is worth it.
    pub(crate) fn contact(&self, pane: &PaneRow, caller: &Party, known: &Known) -> view::Contact {
        let in_force = self.in_force();
        let people = self.people.any();
        let shown = shown(&in_force.configuration, caller, known, people, self.options.region);
        let now = self.clock.now();
        let again = match ContactState::read(shown.state) {
            Some(ContactState::Looking) => true,
            // Whoever could not be asked wakes this page: it must not ask again at once.
            Some(ContactState::Away) => {
                known.answers.iter().all(|row| now.since(row.asked_at) >= lookup::AGAIN)
            }
            _ => false,
        };
        if again && pane.completed_at.is_none() {
            self.ask_about(caller, pane.call.id);
        }
        shown
    }

    /// An agent says who of several it is; nothing chosen takes an earlier choice back.
    pub async fn choose(
        &self,
        token: &str,
        chosen: Option<(String, String)>,
    ) -> Result<view::Contact, Error> {
        let id = self.open(token)?;
        let (now, region) = (self.clock.now(), self.options.region);
        let (in_force, confirmation) = (self.in_force(), self.confirmation());
        let done = self.store.write(move |tx| {
            let (pane, caller, number) = match open_page(tx, id, region, confirmation)? {
                Ok(page) => page,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let call = pane.call.id;
            let mut asked = known(tx, &in_force.configuration, &caller, Some(call), now)?;
            asked.candidates.chosen.clone_from(&chosen);
            match &chosen {
                None => tx.remove_choice(&number, call)?,
                Some(_) if asked.candidates.chosen().is_none() => {
                    return Ok(Err(Error::NoSuchContact));
                }
                Some((book, id)) => {
                    let by = pane.agent.as_deref();
                    tx.save_choice((&number, call), (book, id), by, now)?;
                }
            }
            announce(tx, call)?;
            let known = known(tx, &in_force.configuration, &caller, Some(call), now)?;
            Ok(Ok((pane, caller, known)))
        });
        let (pane, caller, known) = done.await??;
        Ok(self.contact(&pane, &caller, &known))
    }

    /// An agent adds somebody, who is then the one that is meant by this number, until a look-up
    /// knows better. Destinations may want to hear of it.
    pub async fn create_contact(&self, token: &str, new: New) -> Result<view::Contact, Error> {
        let id = self.open(token)?;
        let (now, region) = (self.clock.now(), self.options.region);
        let (in_force, confirmation) = (self.in_force(), self.confirmation());
        let contact = new.contact(Id::mint(now)).ok_or(Error::ContactNameMissing)?;
        let text = serde_json::to_string(&contact).map_err(|_odd| Error::ContactNameMissing)?;
        // Before they are kept: whoever is woken by that looks for contacts only if there may be any.
        self.people.learnt();
        let done = self.store.write(move |tx| {
            let (pane, caller, number) = match open_page(tx, id, region, confirmation)? {
                Ok(page) => page,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let row = ContactRow {
                number: number.clone(),
                list: OWN.to_owned(),
                id: contact.id.clone(),
                contact: text.clone(),
            };
            let call = pane.call.id;
            let before = known(tx, &in_force.configuration, &caller, Some(call), now)?;
            // Sent twice, as by a browser that heard no answer, they are one.
            if before.candidates.has(OWN, &contact) {
                return Ok(Ok((pane, caller, before)));
            }
            let import = tx.grow_contact_list(OWN, Id::mint(now), now)?;
            tx.insert_contacts(&import, &[row])?;
            // Beside others they are the one who was meant. Alone they need no choice, which would
            // stand before whatever the CRM knows of them once it has heard.
            if before.candidates.who() != Who::Unknown {
                let by = pane.agent.as_deref();
                tx.save_choice((&number, call), (OWN, &contact.id), by, now)?;
            }
            crate::flow::panes::page::tell(tx, CREATED, &pane, now, &in_force, region)?;
            announce(tx, call)?;
            let known = known(tx, &in_force.configuration, &caller, Some(call), now)?;
            Ok(Ok((pane, caller, known)))
        });
        let (pane, caller, known) = done.await??;
        tracing::info!(pane = %pane.id, "contact created");
        Ok(self.contact(&pane, &caller, &known))
    }
}

impl Flow {
    /// What every list and look-up knows of a number by now, as JSON. Nobody is asked.
    pub async fn find_contacts(&self, number: &str) -> Result<Value, StoreError> {
        let caller = Party::read(number, None, self.options.region);
        let (in_force, now) = (self.in_force(), self.clock.now());
        let shared = Arc::clone(&in_force);
        let found = self.store.read(move |tx| known(tx, &shared.configuration, &caller, None, now));
        Ok(explained(&in_force.configuration, &found.await?))
    }
}

/// A page on which it may still be said who the caller is, with the caller and their number.
fn open_page(
    tx: &mut Tx<'_>,
    id: Id,
    region: Region,
    confirmation: Confirmation,
) -> Result<Result<(PaneRow, Party, String), Error>, StoreError> {
    let Some(pane) = tx.find_pane(id)? else { return Ok(Err(Error::unknown())) };
    if let Some(identity) = confirmation.withheld(pane.identity) {
        return Ok(Err(Error::NotConfirmed(identity)));
    }
    if pane.completed_at.is_some() {
        return Ok(Err(Error::Completed));
    }
    let caller = crate::flow::panes::page::caller_of(&pane, region);
    let number = caller.key().map(str::to_owned);
    Ok(number.map(|number| (pane, caller, number)).ok_or(Error::NoSuchContact))
}

/// Somebody whom an agent adds.
#[derive(Debug, Clone, Default)]
pub struct New {
    /// Their name.
    pub name: String,
    /// Where they work.
    pub company: Option<String>,
    /// Their e-mail address.
    pub email: Option<String>,
}

impl New {
    /// The contact; none without a name.
    fn contact(self, id: Id) -> Option<Contact> {
        Some(Contact {
            id: id.to_string(),
            name: Some(kept(&self.name)?),
            company: self.company.as_deref().and_then(kept),
            email: self.email.as_deref().and_then(kept),
            ..Contact::default()
        })
    }
}

/// What a page shows.
fn shown(
    configuration: &Configuration,
    caller: &Party,
    known: &Known,
    people: bool,
    region: Region,
) -> view::Contact {
    let who = known.candidates.who();
    let state = state(configuration, caller, known, people, region);
    let mut shown = view::Contact { state: state.word(), ..view::Contact::default() };
    if state == ContactState::Nobody {
        return shown;
    }
    if let Some(entry) = who.entry() {
        let contact = entry.contact.clone();
        shown.link = contact.link;
        (shown.name, shown.company, shown.email) = (contact.name, contact.company, contact.email);
        (shown.id, shown.book) = (Some(contact.id), Some(entry.book.clone()));
        let label = |(label, value)| view::Known { label, value };
        shown.data = contact.data.into_iter().map(label).collect();
        shown.chosen = known.candidates.chosen().is_some();
    }
    if let Some(several) = who.several() {
        shown.company.clone_from(&several.company);
        let last = several.last.as_ref().map(|entry| &entry.contact);
        shown.last = last.and_then(|last| last.name.clone().or_else(|| last.email.clone()));
    }
    let choices = known.candidates.choices();
    if choices.len() > 1 {
        let last = who.several().and_then(|several| several.last.clone());
        let choice = |Entry { book, contact }| view::Choice {
            last: last.as_ref().is_some_and(|last| last.book == book && last.contact == contact),
            book,
            id: contact.id,
            name: contact.name,
            company: contact.company,
            email: contact.email,
        };
        shown.choices = choices.into_iter().map(choice).collect();
    }
    let lines = configuration.delivery_lines();
    let link = |template: fn(&LookUp) -> &Option<String>| {
        let mut written = configuration.lookups().iter().filter_map(|lookup| {
            crm::lookup::link(template(lookup).as_ref()?, lines, caller, region)
        });
        written.next()
    };
    shown.create = link(|lookup| &lookup.create);
    shown.search = link(|lookup| &lookup.search);
    shown
}

fn state(
    configuration: &Configuration,
    caller: &Party,
    known: &Known,
    people: bool,
    region: Region,
) -> ContactState {
    let who = known.candidates.who();
    if who != Who::Unknown {
        return who.state();
    }
    let asked: Vec<Option<&LookedUpRow>> = configuration
        .lookups()
        .iter()
        .filter(|lookup| lookup::forms(lookup, caller, region).next().is_some())
        .map(|lookup| known.answer(lookup))
        .collect();
    match asked.as_slice() {
        // Who never imported anybody is not asked to begin it during a call.
        [] if people && caller.e164().is_some() => ContactState::Unknown,
        [] => ContactState::Nobody,
        all if all.iter().any(Option::is_none) => ContactState::Looking,
        all if all.iter().flatten().any(|row| row.reason.is_some()) => ContactState::Away,
        _ => ContactState::Unknown,
    }
}

/// What is known of a number, for people: every book with what it says, as JSON.
fn explained(configuration: &Configuration, known: &Known) -> Value {
    let books = known.candidates.books.iter().map(|(book, contacts)| {
        let row = configuration.lookups().iter().find(|lookup| lookup.name == *book);
        let row = row.and_then(|lookup| known.answer(lookup));
        json!({
            "book": book,
            "contacts": contacts,
            "asked": row.map(|row| row.asked_at.to_string()),
            "answered": row.and_then(|row| row.answered_at).map(|at| at.to_string()),
            "reason": row.and_then(|row| row.reason.clone()),
        })
    });
    let who = known.candidates.who();
    let last = who.several().and_then(|several| several.last.as_ref());
    json!({
        "state": who.state().word(),
        "contact": who.entry().map(|entry| &entry.contact),
        "last": last.map(|entry| json!({ "book": entry.book, "contact": entry.contact })),
        "books": books.collect::<Value>(),
    })
}
