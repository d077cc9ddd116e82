//! What an agent writes on a page: notes while the call goes on, then Done.

use crate::configuration::Dispositions;
use crate::domain::event::PageEventKind;
use crate::domain::identity::Confirmation;
use crate::domain::time::Timestamp;
use crate::domain::token::Gone;
use crate::flow::panes::error::Error;
use crate::flow::panes::events::publish;
use crate::flow::panes::open::Panes;
use crate::store::{PaneRow, Topic};

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
    pub version: i64,
    pub at: Timestamp,
}

impl Panes {
    /// Saves notes while they are written.
    pub async fn save_notes(
        &self,
        token: &str,
        seen: i64,
        written: Written,
    ) -> Result<Saved, Error> {
        let id = self.open(token)?;
        let chosen = written.disposition.as_deref().filter(|chosen| !chosen.is_empty());
        if chosen.is_some() || self.identities.confirmation() != Confirmation::NotAsked {
            let pane = self.find(id).await?;
            self.confirmed(&pane)?;
            if let Some(chosen) = chosen {
                among(&self.offered(&self.ring_of(&pane)), chosen)?;
            }
        }
        let at = self.context.now();
        let saved = self.context.store.write(move |tx| {
            let (notes, disposition) = (written.notes.as_deref(), written.disposition.as_deref());
            if tx.save_notes(id, at, notes, disposition, seen)? {
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
        let now = self.context.now();
        let (in_force, region) = (self.context.in_force(), self.context.options.region);
        let kept = written.clone();
        let done = self.context.store.write(move |tx| {
            let (notes, disposition) = (kept.notes.as_deref(), kept.disposition.as_deref());
            if tx.complete_pane(id, now, notes, disposition, kept.seen)? {
                publish(tx, PageEventKind::Completed, &pane, now, &in_force, region)?;
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
