//! Who did what: written in the unit of work that does it, so that nothing is done unrecorded.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::actor::Actor;
use crate::domain::audit::Act;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::context::Context;
use crate::store::{AuditFilter, AuditRow, Error as StoreError, Tx};

/// How long acts are kept.
const KEPT: Duration = Duration::from_hours(400 * 24);

/// How much is kept of what was and of what became of it.
const MOST: usize = 1000;

/// What is done, and by whom.
#[derive(Debug, Clone)]
pub struct Entry {
    actor: Actor,
    act: Act,
    subject: String,
    was: Option<String>,
    became: Option<String>,
}

impl Entry {
    /// Somebody does something to something.
    pub fn of(actor: &Actor, act: Act, subject: impl Into<String>) -> Self {
        Self { actor: actor.clone(), act, subject: subject.into(), was: None, became: None }
    }

    /// What it was before.
    pub fn was(self, was: impl Into<String>) -> Self {
        Self { was: Some(bounded(&was.into())), ..self }
    }

    /// What it is from now on.
    pub fn became(self, became: impl Into<String>) -> Self {
        Self { became: Some(bounded(&became.into())), ..self }
    }

    /// Keeps it, together with whatever else this unit of work does.
    pub(crate) fn write(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), StoreError> {
        self.begin(tx, now).map(drop)
    }

    /// The same of an act that goes on for longer than this unit of work.
    pub(crate) fn begin(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<Written, StoreError> {
        let id = Id::mint(now);
        tx.insert_audit(&AuditRow {
            id,
            actor: self.actor.name.clone(),
            via: self.actor.via.word().to_owned(),
            act: self.act.word().to_owned(),
            subject: bounded(&self.subject),
            was: self.was.clone(),
            became: self.became.clone(),
            address: self.actor.from.clone(),
        })?;
        Ok(Written(id))
    }
}

/// An act that goes on.
#[derive(Debug, Clone)]
pub(crate) struct Written(Id);

impl Written {
    /// What it has come to by now.
    pub(crate) fn became(&self, tx: &mut Tx<'_>, became: &str) -> Result<(), StoreError> {
        tx.set_audit_became(self.0, &bounded(became))
    }
}

fn bounded(text: &str) -> String {
    text.chars().take(MOST).collect()
}

/// What was done, for whoever asks.
#[derive(Debug)]
pub struct Audit {
    context: Arc<Context>,
}

impl Audit {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// The newest acts, newest first.
    pub async fn list(&self, wanted: AuditFilter, limit: i64) -> Result<Vec<AuditRow>, StoreError> {
        self.context.store.read(move |tx| tx.list_audit(&wanted, limit)).await
    }

    /// Forgets acts that are older than anybody asks for.
    pub(crate) async fn forget(&self, portion: i64) -> Result<u64, StoreError> {
        let kept = KEPT.max(self.context.options.retention);
        let before = self.context.now().minus(kept);
        self.context.store.write(move |tx| tx.remove_audit_before(before, portion)).await
    }
}
