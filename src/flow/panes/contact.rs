//! Who the caller of a page is: shown, asked about where that is worth it, chosen among several, or added
//! by the agent.

use crate::configuration::{Configuration, OWN, crm_of};
use crate::crm;
use crate::desktop::xucmgt;
use crate::domain::contact::{Contact, ContactState, Entry, Who, kept};
use crate::domain::event::PageEventKind;
use crate::domain::identity::Confirmation;
use crate::domain::ids::Id;
use crate::domain::lookup::Lookup;
use crate::domain::phone::{Party, Region};
use crate::domain::text::label;
use crate::domain::word::Word as _;
use crate::flow::contacts::known::{AGAIN, Known, announce, forms, known};
use crate::flow::panes::call::caller_of;
use crate::flow::panes::error::Error;
use crate::flow::panes::events::publish;
use crate::flow::panes::open::Panes;
use crate::store::{ContactRow, Error as StoreError, LookedUpRow, PaneRow, Tx};
use crate::view;

impl Panes {
    /// What a page shows of its caller's contact; asks where that is worth it.
    pub(crate) fn contact(&self, pane: &PaneRow, caller: &Party, known: &Known) -> view::Contact {
        let in_force = self.context.in_force();
        let people = self.contacts.any();
        let shown =
            shown(&in_force.configuration, caller, known, people, self.context.options.region);
        let now = self.context.now();
        let again = match ContactState::read(shown.state) {
            Some(ContactState::Looking) => true,
            // Whoever could not be asked wakes this page: it must not ask again at once.
            Some(ContactState::Away) => {
                known.answers.iter().all(|row| now.since(row.asked_at) >= AGAIN)
            }
            _ => false,
        };
        if again && pane.completed_at.is_none() {
            self.contacts.ask_about(caller, pane.call.id);
        }
        shown
    }

    /// An agent says who of several it is; nothing chosen takes an earlier choice back.
    pub async fn choose(&self, token: &str, chosen: Option<(String, String)>) -> Result<(), Error> {
        let id = self.open(token)?;
        let (now, region) = (self.context.now(), self.context.options.region);
        let (in_force, confirmation) = (self.context.in_force(), self.identities.confirmation());
        let done = self.context.store.write(move |tx| {
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
            Ok(Ok(()))
        });
        done.await?
    }

    /// An agent adds somebody, who is then the one that is meant by this number, until a lookup
    /// knows better. Destinations may want to hear of it.
    pub async fn create_contact(&self, token: &str, new: New) -> Result<(), Error> {
        let id = self.open(token)?;
        let (now, region) = (self.context.now(), self.context.options.region);
        let (in_force, confirmation) = (self.context.in_force(), self.identities.confirmation());
        let contact = new.contact(Id::mint(now)).ok_or(Error::ContactNameMissing)?;
        let text = serde_json::to_string(&contact).map_err(|_odd| Error::ContactNameMissing)?;
        let done = self.context.store.write(move |tx| {
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
                return Ok(Ok(()));
            }
            let import = tx.extend_contact_list(OWN, Id::mint(now), now)?;
            tx.insert_contacts(import, &[row])?;
            // Beside others they are the one who was meant. Alone they need no choice, which would
            // stand before whatever the CRM knows of them once it has heard.
            if before.candidates.who() != Who::Unknown {
                let by = pane.agent.as_deref();
                tx.save_choice((&number, call), (OWN, &contact.id), by, now)?;
            }
            publish(tx, PageEventKind::ContactCreated, &pane, now, &in_force, region)?;
            announce(tx, call)?;
            Ok(Ok(()))
        });
        self.contacts.anybody.add_while(done).await??;
        tracing::info!(pane = %id, "contact created");
        Ok(())
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
    let caller = caller_of(&pane, region);
    let number = caller.key().map(str::to_owned);
    Ok(number.map(|number| (pane, caller, number)).ok_or(Error::NoSuchContact))
}

/// Somebody whom an agent adds.
#[derive(Debug, Clone, Default)]
pub struct New {
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

/// Whether a datum says who is a VIP: it is shown beside the name then, and not among the data.
pub(super) fn is_vip(key: &str) -> bool {
    xucmgt::label(key).eq_ignore_ascii_case("vip")
}

/// Whether it says that this one is.
pub(super) fn says_vip(key: &str, value: &str) -> bool {
    let no = ["", "0", "no", "n", "non", "false", "off", "none", "null"];
    is_vip(key) && !no.contains(&value.trim().to_lowercase().as_str())
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
    // What the phone system knows of the caller, as long as nobody knows more.
    (shown.company, shown.email) = (caller.company.clone(), caller.email.clone());
    if state == ContactState::Nobody {
        return shown;
    }
    if let Some(entry) = who.entry() {
        let contact = entry.contact.clone();
        shown.link = contact.link;
        shown.name = contact.name;
        shown.company = contact.company.or(shown.company);
        shown.email = contact.email.or(shown.email);
        (shown.id, shown.book) = (Some(contact.id), Some(entry.book.clone()));
        let preset = contact.preset.as_deref().and_then(crm_of);
        shown.crm = Some(preset.map_or_else(|| label(&entry.book), str::to_owned));
        shown.vip = contact.data.iter().any(|(key, value)| says_vip(key, value));
        let told = contact.data.into_iter().filter(|(key, _)| !is_vip(key));
        let detail = |(key, value): (String, String)| view::Detail { label: label(&key), value };
        shown.data = told.map(detail).collect();
        shown.chosen = known.candidates.chosen().is_some();
    }
    if let Some(several) = who.several() {
        (shown.company, shown.email) = (several.company.clone(), None);
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
    let link = |template: fn(&Lookup) -> &Option<String>| {
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
        .filter(|lookup| forms(lookup, caller, region).next().is_some())
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
