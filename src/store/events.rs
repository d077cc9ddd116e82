//! Events: what was received, and what was decided over it.

use super::error::Error;
use super::tx::Tx;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;

/// Something that was heard, and what was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow<'a> {
    pub id: Id,
    /// The call it belongs to, if any.
    pub call_id: Option<Id>,
    /// Its wire name, as `call.ringing`.
    pub kind: &'static str,
    /// The agent's key.
    pub agent: Option<String>,
    /// The pane that it opened.
    pub pane_id: Option<Id>,
    /// What was received, without credentials.
    pub body: Option<&'a str>,
    /// What was decided and why, as JSON.
    pub decision: Option<String>,
    /// What the system that told of it says beyond that; none for desktops and pages.
    pub reported: Option<Reported<'a>>,
}

/// Where an event of a phone system comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported<'a> {
    /// The source's name.
    pub source: &'a str,
    /// Its own name for the event.
    pub name: &'a str,
    /// When it happened there.
    pub at: Timestamp,
    /// What a repeat of it has too.
    pub key: Option<&'a str>,
}

impl Tx<'_> {
    /// Whether this event was heard before.
    pub fn is_recorded(&mut self, source: &str, key: &str) -> Result<bool, Error> {
        let row = self.first(
            "SELECT id FROM event WHERE source = ?1 AND dedupe = ?2",
            &[source.into(), key.into()],
        )?;
        Ok(row.is_some())
    }

    /// Remembers an event, once.
    pub fn insert_event(&mut self, event: &EventRow<'_>) -> Result<(), Error> {
        let reported = event.reported;
        self.execute(
            "INSERT INTO event (id, call_id, kind, agent, pane_id, body, decision, source, name,
                                happened_at, dedupe)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (source, dedupe) WHERE dedupe IS NOT NULL DO NOTHING",
            &[
                event.id.into(),
                event.call_id.into(),
                event.kind.into(),
                (&event.agent).into(),
                event.pane_id.into(),
                event.body.into(),
                (&event.decision).into(),
                reported.map(|reported| reported.source).into(),
                reported.map(|reported| reported.name).into(),
                reported.map(|reported| reported.at).into(),
                reported.and_then(|reported| reported.key).into(),
            ],
        )?;
        Ok(())
    }

    /// When the newest event was kept.
    pub fn newest_event(&mut self) -> Result<Option<Timestamp>, Error> {
        let row = self.first("SELECT MAX(id) FROM event", &[])?;
        let newest: Option<Id> = row.map_or(Ok(None), |mut row| row.take("event"))?;
        Ok(newest.map(Id::minted))
    }
}
