//! A pane's life: shown, noted on, completed.

use crate::configuration::{Dispositions, part};
use crate::desktop::{self, xucmgt};
use crate::domain::call::Ring;
use crate::domain::decision::Word;
use crate::domain::identity::{Confirmation, Identity};
use crate::domain::ids::Id;
use crate::domain::pane::{Gone, PaneToken};
use crate::domain::phone::{Party, Region};
use crate::domain::time::Timestamp;
use crate::flow::Flow;
use crate::flow::InForce;
use crate::flow::calls::receive;
use crate::flow::calls::unreported;
use crate::flow::cause;
use crate::flow::contacts::known;
use crate::flow::outbox::enqueue::{Happening, owe};
use crate::flow::panes::seen::Seen;
use crate::flow::streams::TooMany;
use crate::store::{Earlier, Error as StoreError, EventRow, PaneRow, Topic, Tx};
use crate::view;

/// Why a pane does not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address leads nowhere.
    #[error("this address leads to no page")]
    Gone(Gone),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No stream is left.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// Somebody else saved in between.
    #[error("somebody else saved version {version} in between")]
    Conflict {
        /// What is saved.
        notes: String,
        /// Its version.
        version: i64,
    },
    /// The agent is done with this pane.
    #[error("this page is completed and takes no more notes")]
    Completed,
    /// An outcome must be chosen.
    #[error("choose an outcome first: {}", .0.join(", "))]
    DispositionRequired(Vec<String>),
    /// This outcome is none of the queue's.
    #[error("\"{chosen}\" is none of the outcomes: {}", .offered.join(", "))]
    UnknownDisposition {
        /// What was chosen.
        chosen: String,
        /// What may be.
        offered: Vec<String>,
    },
    /// This contact is none of the caller's.
    #[error("this contact is none of those who have this number")]
    NoSuchContact,
    /// A contact needs a name.
    #[error("a contact needs a name")]
    ContactNameMissing,
    /// The agent is not confirmed, so nothing that they write is taken.
    #[error("{}", unconfirmed(*.0))]
    NotConfirmed(Identity),
}

impl Error {
    pub(crate) fn unknown() -> Self {
        Self::Gone(Gone::Unknown)
    }

    fn in_between(pane: PaneRow) -> Self {
        Self::Conflict { notes: pane.notes, version: pane.version }
    }
}

/// Why nothing is taken, and what to do.
fn unconfirmed(identity: Identity) -> &'static str {
    match identity {
        Identity::Pending => {
            "XuC is still being asked who you are; this is saved as soon as it says so"
        }
        Identity::Away => "XuC cannot be asked who you are; this is saved as soon as it can",
        Identity::Unconfirmed | Identity::Confirmed => {
            "XuC does not know you: sign in to XucMgt again, so that what you write is saved"
        }
    }
}

/// What the agent wrote.
#[derive(Debug, Clone)]
pub struct Written {
    /// The notes, where they say any.
    pub notes: Option<String>,
    /// The outcome, where they say anything of it; an empty one takes it back.
    pub disposition: Option<String>,
    /// The version of the notes that they have seen.
    pub seen: Option<i64>,
}

/// Notes that were saved.
#[derive(Debug, Clone, Copy)]
pub struct Saved {
    /// Their version.
    pub version: i64,
    /// When.
    pub at: Timestamp,
}

impl Flow {
    /// The page of a pane. Whether the desktop opened it at its rule's moment, or somebody `by_hand`
    /// through a link, decides what its opening proves.
    pub async fn show(&self, token: &str, by_hand: bool) -> Result<view::PanePage, Error> {
        let id = self.open(token)?;
        let now = self.clock.now();
        let (mut pane, ring, background) = self.read_page(id).await?;
        let template = pane.page.clone().ok_or(Error::Gone(Gone::Unknown))?;
        if pane.opened_at.is_none() {
            pane.proven_at = self.note_opening(&pane, by_hand).await;
            pane.opened_at = Some(now);
        }
        let seen = self.seen(&pane, &ring.caller, background);
        Ok(self.page(template, pane, &ring, seen))
    }

    /// Saves notes while they are written.
    pub async fn save_notes(
        &self,
        token: &str,
        seen: i64,
        written: Written,
    ) -> Result<Saved, Error> {
        let id = self.open(token)?;
        let chosen = written.disposition.as_deref().filter(|chosen| !chosen.is_empty());
        if chosen.is_some() || self.confirmation() != Confirmation::NotAsked {
            let pane = self.find(id).await?;
            self.confirmed(&pane)?;
            if let Some(chosen) = chosen {
                among(&self.offered(&self.ring_of(&pane)), chosen)?;
            }
        }
        let at = self.clock.now();
        let saved = self.store.write(move |tx| {
            let (notes, disposition) = (written.notes.as_deref(), written.disposition.as_deref());
            if tx.save_notes(id, seen, notes, disposition)? {
                return Ok(None);
            }
            Ok(Some(tx.find_pane(id)?))
        });
        match saved.await? {
            None => Ok(Saved { version: seen + 1, at }),
            Some(None) => Err(Error::Gone(Gone::Unknown)),
            Some(Some(pane)) if pane.completed_at.is_some() => Err(Error::Completed),
            Some(Some(pane)) => Err(Error::in_between(pane)),
        }
    }

    /// The agent is done. What they do not say stays as it was saved. Saying the same again is no
    /// error; saying something else to a completed page is one, because it would be lost.
    pub async fn complete(&self, token: &str, written: Written) -> Result<(), Error> {
        let id = self.open(token)?;
        let pane = self.find(id).await?;
        if pane.completed_at.is_some() {
            return repeated(&pane, &written);
        }
        self.confirmed(&pane)?;
        let outcome = written.disposition.as_deref().or(pane.disposition.as_deref());
        finished(&self.offered(&self.ring_of(&pane)), outcome)?;
        let now = self.clock.now();
        let (in_force, region) = (self.in_force(), self.options.region);
        let kept = written.clone();
        let done = self.store.write(move |tx| {
            let (notes, disposition) = (kept.notes.as_deref(), kept.disposition.as_deref());
            if tx.complete_pane(id, now, notes, disposition, kept.seen)? {
                tell(tx, "pane.completed", &pane, now, &in_force, region)?;
                tx.announce(Topic::call(pane.call.id));
                pane.agent.iter().for_each(|agent| tx.announce(Topic::agent(agent)));
                return Ok(None);
            }
            tx.find_pane(id)
        });
        match done.await? {
            Some(pane) if pane.completed_at.is_none() => Err(Error::in_between(pane)),
            Some(pane) => repeated(&pane, &written),
            None => {
                tracing::info!(pane = %id, "pane completed");
                Ok(())
            }
        }
    }

    /// Refuses what an agent writes whom XuC has not confirmed.
    fn confirmed(&self, pane: &PaneRow) -> Result<(), Error> {
        match self.confirmation().withheld(pane.identity) {
            Some(identity) => Err(Error::NotConfirmed(identity)),
            None => Ok(()),
        }
    }

    async fn find(&self, id: Id) -> Result<PaneRow, Error> {
        let pane = self.store.read(move |tx| tx.find_pane(id)).await?;
        pane.ok_or(Error::Gone(Gone::Unknown))
    }

    pub(crate) fn open(&self, token: &str) -> Result<Id, Error> {
        let (now, lifetime) = (self.clock.now(), self.options.pane_lifetime);
        PaneToken::open(token, &self.keys.load(), now, lifetime).map_err(Error::Gone)
    }

    /// Whether an address leads to a page, or did not long ago, as far as it tells by itself.
    pub fn check_pane(&self, token: &str) -> Result<(), Error> {
        self.open(token).map(drop)
    }

    /// The page is on screen. It is shown even if that cannot be noted. Answers when the moment was
    /// that this has proven.
    async fn note_opening(&self, pane: &PaneRow, by_hand: bool) -> Option<Timestamp> {
        let (now, id, pane) = (self.clock.now(), pane.id, pane.clone());
        let (in_force, region) = (self.in_force(), self.options.region);
        let noted = self.store.write(move |tx| {
            if !tx.open_pane(pane.id, now)? {
                return Ok(None);
            }
            let proven = !by_hand && unreported::proves(tx, &pane)?;
            if proven {
                tx.set_proven(pane.id, now)?;
            }
            tell(tx, "pane.opened", &pane, now, &in_force, region)?;
            Ok(proven.then_some(now))
        });
        match noted.await {
            Ok(proven) => {
                tracing::info!(pane = %id, "pane opened");
                proven
            }
            Err(error) => {
                tracing::error!(pane = %id, error = cause(&error), "opening not noted");
                None
            }
        }
    }

    /// The ring that a pane was opened for.
    fn ring_of(&self, pane: &PaneRow) -> Ring {
        ring_of(pane, self.options.region)
    }

    fn offered(&self, ring: &Ring) -> Dispositions {
        let queue = ring.queue.as_ref();
        let names = [
            queue.and_then(|queue| queue.name.as_deref()),
            queue.and_then(|queue| queue.display.as_deref()),
            queue.and_then(|queue| queue.number.as_deref()),
        ];
        self.in_force().configuration.dispositions(names)
    }

    fn page(&self, template: String, pane: PaneRow, ring: &Ring, seen: Seen) -> view::PanePage {
        let offered = self.offered(ring);
        // The built-in desktop is of the page's own origin, whatever name it is reached by.
        let origin = if pane.by_phone_system {
            "/".to_owned()
        } else {
            self.options.origins.message_target(pane.origin.as_deref())
        };
        let caller = self.caller(&ring.caller);
        let title = if pane.title.is_empty() {
            heading(&seen.contact, &caller)
        } else {
            pane.title.clone()
        };
        view::PanePage {
            page: template,
            call: self.call(&pane, ring, &seen),
            caller,
            contact: seen.contact,
            callee: view::Callee { number: pane.callee },
            agent: view::Agent { name: pane.agent_name, id: ring.agent.id().map(str::to_owned) },
            queue: queue(ring),
            data: data(&ring.data),
            history: seen.history,
            disposition_options: offered.options,
            disposition_required: offered.required,
            newest: seen.newest,
            desktop_origin: origin,
            pane: view::Pane {
                path: self.pane_path(pane.id),
                title,
                autopause: pane.autopause,
                notes: pane.notes,
                version: pane.version,
                disposition: pane.disposition,
                completed: pane.completed_at.is_some(),
                identity: pane.identity.map(Identity::word),
                withheld: seen.withheld.map(Identity::word),
                trace: pane.id.to_string(),
            },
        }
    }

    fn call(&self, pane: &PaneRow, ring: &Ring, seen: &Seen) -> view::Call {
        let started = pane.event_id.minted();
        let dialled = ring.dialled.as_ref();
        view::Call {
            id: pane.call.external_id.clone(),
            uuid: pane.call.id.to_string(),
            direction: ring.direction.word().to_owned(),

            started_at: started.to_string(),
            progress: self.progress(pane, seen),
            dialled: dialled.map(|party| party.display(self.options.region)),
        }
    }

    pub(crate) fn caller(&self, party: &Party) -> view::Caller {
        let region = self.options.region;
        let written = party.written(region);
        view::Caller {
            kind: party.kind(),
            display: party.display(region),
            e164: party.e164().map(str::to_owned),
            national: written.as_ref().map(|forms| forms.national.clone()),
            international: written.as_ref().map(|forms| forms.international.clone()),
            country: written.and_then(|forms| forms.country),
            dial: party.key().map(|key| format!("tel:{key}")),
            name: party.name.clone(),
            raw: party.raw.clone(),
        }
    }
}

/// The ring that a pane was opened for. A phone system tells more of its call as it goes on; what a
/// desktop said stands: a call that was passed on has had other callers and queues since.
pub(crate) fn ring_of(pane: &PaneRow, region: Region) -> Ring {
    let told = pane.state.as_deref().filter(|_| pane.by_phone_system);
    match told.and_then(|state| serde_json::from_str(state).ok()) {
        Some(call) => {
            let who = part(pane.agent.as_deref(), pane.callee.as_deref()).unwrap_or_default();
            receive::ring_of(&call, &pane.call.source, &who, region)
        }
        None => reread(&pane.call.source, pane.body.as_deref(), region),
    }
}

/// Who calls, as far as it is known by now.
pub(crate) fn caller_of(pane: &PaneRow, region: Region) -> Party {
    ring_of(pane, region).caller
}

pub(crate) fn reread(source: &str, body: Option<&str>, region: Region) -> Ring {
    let ring = desktop::reread(source, body.unwrap_or("{}"), region);
    ring.unwrap_or_else(|| desktop::sheet::decode(Vec::new(), region))
}

/// Writes down what happened to a page, and owes it to whoever wants to hear of it.
pub(crate) fn tell(
    tx: &mut Tx<'_>,
    kind: &'static str,
    pane: &PaneRow,
    now: Timestamp,
    in_force: &InForce,
    region: Region,
) -> Result<(), StoreError> {
    let event_id = record(tx, kind, pane, now)?;
    // As it is now: with the notes and the outcome that were just saved.
    let Some(pane) = tx.find_pane(pane.id)? else { return Ok(()) };
    let (mut ring, (call, _)) = (ring_of(&pane, region), Flow::part_of(&pane, now));
    ring.external_id = ring.external_id.or_else(|| pane.call.external_id.clone());
    ring.outcome = call.outcome();
    ring.contact = known::who(tx, in_force, &ring.caller, pane.call.id, now)?;
    ring.agent.name = ring.agent.name.or_else(|| pane.agent_name.clone());
    let happening = Happening {
        kind,
        name: kind,
        event_id,
        at: now,
        call_id: pane.call.id,
        ring: &ring,
        call: &call,
        pane: Some(&pane),
    };
    owe(tx, in_force, region, now, &happening)
}

pub(crate) fn record(
    tx: &mut Tx<'_>,
    kind: &'static str,
    pane: &PaneRow,
    now: Timestamp,
) -> Result<Id, StoreError> {
    let id = Id::mint(now);
    tx.insert_event(&EventRow {
        id,
        call_id: Some(pane.call.id),
        kind,
        agent: pane.agent.clone(),
        pane_id: Some(pane.id),
        body: None,
        decision: None,
        told: None,
    })?;
    Ok(id)
}

/// Whether this outcome is one of the offered.
fn among(offered: &Dispositions, chosen: &str) -> Result<(), Error> {
    if offered.options.iter().any(|option| option == chosen) {
        return Ok(());
    }
    let offered = offered.options.clone();
    Err(Error::UnknownDisposition { chosen: chosen.to_owned(), offered })
}

/// Whether a page may be completed with this outcome.
fn finished(offered: &Dispositions, outcome: Option<&str>) -> Result<(), Error> {
    match outcome.filter(|outcome| !outcome.trim().is_empty()) {
        None if offered.required => Err(Error::DispositionRequired(offered.options.clone())),
        None => Ok(()),
        Some(chosen) => among(offered, chosen),
    }
}

/// Done again: nothing is lost if nothing else is said.
fn repeated(pane: &PaneRow, written: &Written) -> Result<(), Error> {
    let notes = written.notes.as_ref().is_none_or(|notes| *notes == pane.notes);
    let outcome = written.disposition.as_deref().filter(|outcome| !outcome.is_empty());
    let outcome = outcome.is_none_or(|outcome| Some(outcome) == pane.disposition.as_deref());
    if notes && outcome { Ok(()) } else { Err(Error::Completed) }
}

fn heading(contact: &view::Contact, caller: &view::Caller) -> String {
    let of_all = contact.company.as_ref().filter(|_| contact.state == "several");
    let name = contact.name.as_ref().or(of_all).or(caller.name.as_ref());
    name.unwrap_or(&caller.display).clone()
}

fn queue(ring: &Ring) -> Option<view::Queue> {
    let queue = ring.queue.as_ref()?;
    let display = queue.label()?.to_owned();
    let name = queue.name.clone().unwrap_or_else(|| display.clone());
    Some(view::Queue { name, display, number: queue.number.clone() })
}

/// The attached data: what an integrator attached first, then what the phone system says of itself.
fn data(attached: &[(String, String)]) -> Vec<view::Datum> {
    let mut data: Vec<view::Datum> = attached
        .iter()
        .map(|(key, value)| view::Datum {
            key: key.clone(),
            label: xucmgt::label(key),
            value: value.clone(),
            technical: xucmgt::is_technical(key),
        })
        .collect();
    data.sort_by_key(|datum| datum.technical);
    data
}

/// One line a call: of several panes the one that was completed, else the one with notes.
pub(crate) fn history(earlier: Vec<Earlier>) -> Vec<view::EarlierCall> {
    let mut calls: Vec<Earlier> = Vec::new();
    for row in earlier {
        match calls.last_mut().filter(|last| last.call == row.call) {
            Some(last) if weight(last) < weight(&row) => *last = row,
            Some(_) => {}
            None => calls.push(row),
        }
    }
    let shown = calls.into_iter().map(|row| {
        let when = row.call.minted();
        view::EarlierCall {
            when: when.to_string(),
            when_text: when.to_string().replace('T', " ").replace('Z', " UTC"),
            agent: row.agent,
            queue: row.queue,
            disposition: row.disposition,
            notes: row.notes.filter(|notes| !notes.is_empty()),
        }
    });
    shown.collect()
}

/// How much a pane tells of its call.
fn weight(pane: &Earlier) -> (bool, bool, bool) {
    let noted = pane.notes.as_ref().is_some_and(|notes| !notes.is_empty());
    (pane.completed_at.is_some(), pane.disposition.is_some(), noted)
}
