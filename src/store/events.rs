//! Events: what was received, what was decided over it, and the page that it opened.

use super::engine::Value;
use super::error::Error;
use super::panes::PAUSING;
use super::tx::Tx;
use crate::domain::decision::Decision;
use crate::domain::event::CallEventKind;
use crate::domain::identity::Identity;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;
use crate::domain::word::Word;

/// Something that was heard, and what was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow<'a> {
    pub id: Id,
    /// The call it belongs to, if any.
    pub call_id: Option<Id>,
    /// Its wire name, as `call.ringing`.
    pub kind: &'static str,
    /// The agent's key.
    pub agent: Option<&'a str>,
    /// The page that it is about: its own id, where it opened one.
    pub pane_id: Option<Id>,
    /// What was received, without credentials.
    pub body: Option<&'a str>,
    /// What was decided, if anything was.
    pub decided: Option<Decided<'a>>,
    /// The page that it opened.
    pub page: Option<NewPage<'a>>,
    /// Whether XuC knows the agent, where it is asked.
    pub identity: Option<Identity>,
    /// What the system that told of it says beyond that; none for desktops and pages.
    pub reported: Option<Reported<'a>>,
}

/// A decision, and what it was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided<'a> {
    pub decision: &'a Decision,
    /// What was known of the caller then, in a word.
    pub contact: &'static str,
    /// What was known beside the event, as JSON.
    pub knew: Option<&'a str>,
    /// Whether the agent is told to pause.
    pub autopause: bool,
    /// Whether that is only because an earlier page is still open.
    pub carried: bool,
}

/// A page to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewPage<'a> {
    /// The tab's title.
    pub title: &'a str,
    pub agent_name: Option<&'a str>,
    /// The agent's line.
    pub callee: Option<&'a str>,
    /// The desktop's origin.
    pub origin: Option<&'a str>,
    /// On the built-in desktop, whether a popup gets a window of its own.
    pub multitab: Option<bool>,
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

const INSERT: &str =
    "INSERT INTO event (id, call_id, kind, agent, pane_id, body, source, name, happened_at,
                        dedupe, contact, rule, action, moment, page, address, autopause,
                        carried, reason, title, agent_name, callee, origin, identity,
                        multitab, notes, version, knew)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
             ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28)
     ON CONFLICT (source, dedupe) WHERE dedupe IS NOT NULL DO NOTHING";

fn values<'a>(event: &'a EventRow<'_>) -> [Value<'a>; 28] {
    let (reported, page) = (event.reported, event.page);
    let decision = event.decided.map(|decided| decided.decision);
    let opening = decision.and_then(|decision| decision.opening.as_ref());
    let (hosted, address) = opening.map(|opening| opening.target.parts()).unwrap_or_default();
    [
        event.id.into(),
        event.call_id.into(),
        event.kind.into(),
        event.agent.into(),
        event.pane_id.into(),
        event.body.into(),
        reported.map(|reported| reported.source).into(),
        reported.map(|reported| reported.name).into(),
        reported.map(|reported| reported.at).into(),
        reported.and_then(|reported| reported.key).into(),
        event.decided.map(|decided| decided.contact).into(),
        decision.and_then(|decision| decision.rule.as_deref()).into(),
        opening.map(|opening| opening.action.word()).into(),
        opening.map(|opening| opening.moment.word()).into(),
        hosted.into(),
        address.into(),
        event.decided.map(|decided| decided.autopause).into(),
        event.decided.map(|decided| decided.carried).into(),
        decision.and_then(|decision| decision.reason.as_deref()).into(),
        page.map(|page| page.title).into(),
        page.and_then(|page| page.agent_name).into(),
        page.and_then(|page| page.callee).into(),
        page.and_then(|page| page.origin).into(),
        event.identity.map(Word::word).into(),
        page.and_then(|page| page.multitab).into(),
        page.map(|_| "").into(),
        page.map(|_| 0_i64).into(),
        event.decided.and_then(|decided| decided.knew).into(),
    ]
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

    /// Remembers an event, and that it is the newest ring of its agent, if it is one.
    pub fn insert_event(&mut self, event: &EventRow<'_>) -> Result<(), Error> {
        self.defer(INSERT, &values(event))?;
        if event.decided.is_some_and(|decided| decided.autopause) {
            self.connection.forget_prefetched(PAUSING);
        }
        self.note_ring(event)
    }

    /// The same of an event that a phone system told; answers whether it was not heard before.
    pub fn insert_reported(&mut self, event: &EventRow<'_>) -> Result<bool, Error> {
        let new = self.execute(INSERT, &values(event))? > 0;
        if new {
            self.note_ring(event)?;
        }
        Ok(new)
    }

    fn note_ring(&mut self, event: &EventRow<'_>) -> Result<(), Error> {
        match (event.agent, event.call_id) {
            (Some(agent), Some(call))
                if event.kind == CallEventKind::Ringing.word()
                    && event.identity != Some(Identity::Unconfirmed) =>
            {
                self.set_newest_ring(agent, event.id, call)
            }
            _ => Ok(()),
        }
    }

    fn set_newest_ring(&mut self, agent: &str, event: Id, call: Id) -> Result<(), Error> {
        self.connection.defer_to_commit(
            agent,
            "INSERT INTO newest_ring (agent, event_id, call_id) VALUES (?1, ?2, ?3)
             ON CONFLICT (agent) DO UPDATE
             SET before_event_id = CASE newest_ring.call_id WHEN excluded.call_id
                                       THEN newest_ring.before_event_id ELSE newest_ring.event_id END,
                 before_call_id = CASE newest_ring.call_id WHEN excluded.call_id
                                      THEN newest_ring.before_call_id ELSE newest_ring.call_id END,
                 event_id = excluded.event_id, call_id = excluded.call_id",
            &[agent.into(), event.into(), call.into()],
        )
    }

    /// When the newest event was kept.
    pub fn newest_event(&mut self) -> Result<Option<Timestamp>, Error> {
        let row = self.first("SELECT MAX(id) FROM event", &[])?;
        let newest: Option<Id> = row.map_or(Ok(None), |mut row| row.take("event"))?;
        Ok(newest.map(Id::minted))
    }
}
