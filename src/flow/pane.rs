//! A pane's life: shown, noted on, completed.

use super::{Flow, cause};
use crate::configuration::Dispositions;
use crate::desktop::xucmgt;
use crate::domain::ids::Id;
use crate::domain::pane::{Gone, PaneToken};
use crate::domain::phone::{Line, Party};
use crate::domain::time::Timestamp;
use crate::store::{CallRow, Earlier, Error as StoreError, EventRow, Newest, PaneRow, Tx};
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
}

impl Error {
    fn in_between(pane: PaneRow) -> Self {
        Self::Conflict { notes: pane.notes, version: pane.version }
    }
}

/// What the agent wrote.
#[derive(Debug, Clone)]
pub struct Written {
    /// The notes.
    pub notes: String,
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

/// Earlier calls that a page shows; more rows are read, as one call may stand there several times.
const EARLIER_SHOWN: usize = 10;
const EARLIER_READ: i64 = 30;

impl Flow {
    /// The page of a pane.
    pub async fn show(&self, token: &str) -> Result<view::PanePage, Error> {
        let id = self.open(token)?;
        let region = self.options.region;
        let found = self.store.read(move |tx| {
            let Some(pane) = tx.find_pane(id)? else { return Ok(None) };
            let caller = Party::read(&pane.call.caller_raw, None, region);
            let earlier = match caller.key() {
                Some(key) => tx.list_earlier(key, pane.call.id, EARLIER_READ)?,
                None => Vec::new(),
            };
            let newest = match &pane.agent {
                Some(agent) => tx.find_newer_call(agent, pane.event_id, pane.call.id)?,
                None => None,
            };
            Ok(Some((pane, earlier, newest)))
        });
        let (pane, earlier, newest) = found.await?.ok_or(Error::Gone(Gone::Unknown))?;
        let template = pane.page.clone().ok_or(Error::Gone(Gone::Unknown))?;
        if pane.opened_at.is_none() {
            self.note_opening(&pane).await;
        }
        Ok(self.page(template, pane, earlier, newest))
    }

    /// Saves notes while they are written.
    pub async fn save_notes(
        &self,
        token: &str,
        seen: i64,
        written: Written,
    ) -> Result<Saved, Error> {
        let id = self.open(token)?;
        let at = self.clock.now();
        let saved = self.store.write(move |tx| {
            let disposition = written.disposition.as_deref();
            if tx.save_notes(id, seen, &written.notes, disposition)? {
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

    /// The agent is done. Doing it again changes nothing and is no error.
    pub async fn complete(&self, token: &str, written: Written) -> Result<(), Error> {
        let id = self.open(token)?;
        let pane = self.store.read(move |tx| tx.find_pane(id)).await?;
        let pane = pane.ok_or(Error::Gone(Gone::Unknown))?;
        if pane.completed_at.is_some() {
            return Ok(());
        }
        let disposition = chosen(&self.offered(&pane), written.disposition)?;
        let now = self.clock.now();
        let done = self.store.write(move |tx| {
            let (notes, disposition) = (&written.notes, disposition.as_deref());
            if tx.complete_pane(id, now, notes, disposition, written.seen)? {
                record(tx, "pane.completed", &pane, now)?;
                return Ok(None);
            }
            tx.find_pane(id)
        });
        match done.await? {
            Some(pane) if pane.completed_at.is_none() => return Err(Error::in_between(pane)),
            Some(_) => {}
            None => tracing::info!(pane = %id, "pane completed"),
        }
        Ok(())
    }

    fn open(&self, token: &str) -> Result<Id, Error> {
        let (now, lifetime) = (self.clock.now(), self.options.pane_lifetime);
        PaneToken::open(token, &self.key, now, lifetime).map_err(Error::Gone)
    }

    /// The page is on screen. It is shown even if that cannot be noted.
    async fn note_opening(&self, pane: &PaneRow) {
        let (now, id, pane) = (self.clock.now(), pane.id, pane.clone());
        let noted = self.store.write(move |tx| {
            if tx.open_pane(pane.id, now)? {
                record(tx, "pane.opened", &pane, now)?;
            }
            Ok(())
        });
        match noted.await {
            Ok(()) => tracing::info!(pane = %id, "pane opened"),
            Err(error) => tracing::error!(pane = %id, error = cause(&error), "opening not noted"),
        }
    }

    fn offered(&self, pane: &PaneRow) -> Dispositions {
        let call = &pane.call;
        let queue = [&call.queue, &call.queue_display, &call.queue_number].map(Option::as_deref);
        self.in_force().configuration.dispositions(queue)
    }

    fn page(
        &self,
        template: String,
        pane: PaneRow,
        earlier: Vec<Earlier>,
        newest: Option<Newest>,
    ) -> view::PanePage {
        let offered = self.offered(&pane);
        let origin = self.options.origins.message_target(pane.origin.as_deref());
        let caller = self.caller(&pane);
        let title = if pane.title.is_empty() { heading(&caller) } else { pane.title.clone() };
        view::PanePage {
            page: template,
            call: self.call(&pane),
            caller,
            callee: view::Callee { number: pane.callee },
            agent: view::Agent { name: pane.agent_name, id: pane.agent },
            queue: queue(&pane.call),
            data: data(pane.body.as_deref()),
            history: history(earlier),
            disposition_options: offered.options,
            disposition_required: offered.required,
            newest: newest.map(|newest| self.banner(newest)),
            desktop_origin: origin,
            pane: view::Pane {
                path: self.pane_path(pane.id),
                title,
                autopause: pane.autopause,
                notes: pane.notes,
                version: pane.version,
                disposition: pane.disposition,
                completed: pane.completed_at.is_some(),
                identity: pane.identity,
                trace: pane.id.to_string(),
            },
        }
    }

    fn call(&self, pane: &PaneRow) -> view::Call {
        let started = pane.event_id.minted();
        let dialled = pane.call.dialled.as_ref();
        let dialled = dialled.map(|raw| Party::read(raw, None, self.options.region));
        view::Call {
            id: pane.call.id.to_string(),
            external_id: pane.call.external_id.clone(),
            direction: pane.call.direction.clone(),
            phase: "ringing",
            started_at: started.to_string(),
            elapsed: self.clock.now().since(started).as_secs(),
            dialled: dialled.map(|party| party.display(self.options.region)),
        }
    }

    fn caller(&self, pane: &PaneRow) -> view::Caller {
        let region = self.options.region;
        let party = Party::read(&pane.call.caller_raw, pane.call.caller_name.clone(), region);
        let written = match &party.line {
            Line::Number(number) => Some(number.written(region)),
            Line::Extension(_) | Line::Anonymous | Line::Other => None,
        };
        view::Caller {
            kind: party.kind(),
            display: party.display(region),
            e164: party.e164().map(str::to_owned),
            national: written.as_ref().map(|forms| forms.national.clone()),
            international: written.as_ref().map(|forms| forms.international.clone()),
            country: written.and_then(|forms| forms.country),
            dial: party.key().map(|key| format!("tel:{key}")),
            name: party.name,
            raw: party.raw,
        }
    }

    fn banner(&self, newest: Newest) -> view::Banner {
        let party = Party::read(&newest.caller_raw, newest.caller_name, self.options.region);
        view::Banner {
            display: party.display(self.options.region),
            name: party.name,
            path: newest.pane.map(|pane| self.pane_path(pane)),
        }
    }
}

fn record(
    tx: &mut Tx<'_>,
    kind: &'static str,
    pane: &PaneRow,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.insert_event(&EventRow {
        id: Id::mint(now),
        call_id: pane.call.id,
        kind,
        agent: pane.agent.clone(),
        pane_id: Some(pane.id),
        body: None,
        decision: None,
    })
}

/// The outcome, if it may be this one.
fn chosen(offered: &Dispositions, chosen: Option<String>) -> Result<Option<String>, Error> {
    let chosen = chosen.filter(|chosen| !chosen.trim().is_empty());
    match chosen {
        None if offered.required => Err(Error::DispositionRequired(offered.options.clone())),
        Some(chosen) if !offered.options.contains(&chosen) => {
            Err(Error::UnknownDisposition { chosen, offered: offered.options.clone() })
        }
        chosen => Ok(chosen),
    }
}

fn heading(caller: &view::Caller) -> String {
    caller.name.clone().unwrap_or_else(|| caller.display.clone())
}

fn queue(call: &CallRow) -> Option<view::Queue> {
    let label =
        call.queue_display.as_ref().or(call.queue.as_ref()).or(call.queue_number.as_ref())?;
    Some(view::Queue {
        name: call.queue.as_ref().unwrap_or(label).clone(),
        display: label.clone(),
        number: call.queue_number.clone(),
    })
}

/// The attached data of a stored body: what an integrator attached first, then what the phone
/// system says of itself.
fn data(body: Option<&str>) -> Vec<view::Datum> {
    let attached = body.map(xucmgt::attached).unwrap_or_default().into_iter();
    let mut data: Vec<view::Datum> = attached
        .map(|(key, value)| view::Datum {
            label: xucmgt::label(&key),
            technical: xucmgt::is_technical(&key),
            key,
            value,
        })
        .collect();
    data.sort_by_key(|datum| datum.technical);
    data
}

/// One line a call: of several panes the one on which something was noted.
fn history(earlier: Vec<Earlier>) -> Vec<view::EarlierCall> {
    let mut calls: Vec<Earlier> = Vec::new();
    for row in earlier {
        match calls.last_mut().filter(|last| last.call == row.call) {
            Some(last) if last.disposition.is_none() && row.disposition.is_some() => *last = row,
            Some(_) => {}
            None => calls.push(row),
        }
    }
    let shown = calls.into_iter().take(EARLIER_SHOWN).map(|row| {
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
