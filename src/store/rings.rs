//! Calls and events: what a ring leaves behind before it is answered.

use super::{Error, Tx};
use crate::domain::call::Ring;
use crate::domain::decision::{Target, Word};
use crate::domain::identity::Identity;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;

/// A call as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRow {
    /// Its id here.
    pub id: Id,
    /// Its id at the phone system.
    pub external_id: Option<String>,
    /// Which system told of it.
    pub source: String,
}

/// Something that was heard, and what was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow<'a> {
    /// Its id.
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
    pub told: Option<Told<'a>>,
}

/// Where an event of a phone system comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told<'a> {
    /// The source's name.
    pub source: &'a str,
    /// Its own name for the event.
    pub name: &'a str,
    /// When it happened there.
    pub at: Timestamp,
    /// What a repeat of it has too.
    pub key: Option<&'a str>,
}

/// A pane to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPane<'a> {
    /// Its id, which its address is made of.
    pub id: Id,
    /// Its call.
    pub call_id: Id,
    /// The ring that asked for it.
    pub event_id: Id,
    /// The agent's key and name.
    pub agent: (Option<String>, Option<&'a str>),
    /// The agent's line.
    pub callee: Option<&'a str>,
    /// The rule that decided.
    pub rule: Option<&'a str>,
    /// The template of a hosted page, or the address of somebody else's.
    pub target: &'a Target,
    /// The tab's title.
    pub title: &'a str,
    /// Whether the agent is paused while it is open.
    pub autopause: bool,
    /// The desktop's origin.
    pub origin: Option<&'a str>,
    /// How it is opened, where the built-in desktop does it.
    pub shown: Option<Shown>,
    /// Whether XuC knows the agent, where it is asked.
    pub identity: Option<Identity>,
}

/// How the built-in desktop opens a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// open, popup, run.
    pub action: &'static str,
    /// ringing, answered, ended.
    pub moment: &'static str,
    /// Whether a popup gets a window of its own.
    pub multitab: bool,
}

impl Tx<'_> {
    /// Remembers the ring's call; a second ring of the same call finds the first.
    /// Answers its id, whether it was known, and what events told of it.
    pub fn record_call(
        &mut self,
        id: Id,
        ring: &Ring,
    ) -> Result<(Id, bool, Option<String>), Error> {
        let queue = ring.queue.as_ref();
        let row = self.first(
            "INSERT INTO call (id, source, external_id, direction, caller, caller_raw, caller_name,
                               dialled, queue, queue_display, queue_number, rings)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1)
             ON CONFLICT (source, external_id) DO UPDATE SET rings = call.rings + 1
             RETURNING id, rings, state",
            &[
                id.into(),
                (&ring.source).into(),
                (&ring.external_id).into(),
                ring.direction.word().into(),
                ring.caller.key().into(),
                (&ring.caller.raw).into(),
                (&ring.caller.name).into(),
                ring.dialled.as_ref().map(|party| &party.raw).into(),
                queue.and_then(|queue| queue.name.as_deref()).into(),
                queue.and_then(|queue| queue.display.as_deref()).into(),
                queue.and_then(|queue| queue.number.as_deref()).into(),
            ],
        )?;
        let mut row = row.ok_or(Error::Unreadable("call"))?;
        let (id, rings, state): (Id, i64, Option<String>) =
            (row.take("call")?, row.take("call")?, row.take("call")?);
        // A call that only events told of so far has not rung yet.
        Ok((id, rings > 1 || state.is_some(), state))
    }

    /// One more ring of a call that another system told of.
    pub fn ring_again(&mut self, call: Id) -> Result<(), Error> {
        self.execute("UPDATE call SET rings = rings + 1 WHERE id = ?1", &[call.into()])?;
        Ok(())
    }

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
        let told = event.told;
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
                told.map(|told| told.source).into(),
                told.map(|told| told.name).into(),
                told.map(|told| told.at).into(),
                told.and_then(|told| told.key).into(),
            ],
        )?;
        Ok(())
    }

    /// Remembers a pane.
    pub fn insert_pane(&mut self, pane: &NewPane<'_>) -> Result<(), Error> {
        self.execute(
            "INSERT INTO pane (id, call_id, event_id, agent, agent_name, callee, rule, page,
                               address, title, autopause, origin, notes, version, action, moment,
                               multitab, identity)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, '', 0, ?13, ?14, ?15, ?16)",
            &[
                pane.id.into(),
                pane.call_id.into(),
                pane.event_id.into(),
                (&pane.agent.0).into(),
                pane.agent.1.into(),
                pane.callee.into(),
                pane.rule.into(),
                pane.target.page().into(),
                pane.target.address().into(),
                pane.title.into(),
                pane.autopause.into(),
                pane.origin.into(),
                pane.shown.map(|shown| shown.action).into(),
                pane.shown.map(|shown| shown.moment).into(),
                pane.shown.map(|shown| shown.multitab).into(),
                pane.identity.map(Word::word).into(),
            ],
        )?;
        Ok(())
    }

    /// The pane that this agent already has for this call and this target: not yet done, not so old
    /// that its address has expired, and asked for by somebody confirmed, or of the same `identity`.
    pub fn find_open_pane(
        &mut self,
        call: Id,
        agent: Option<&str>,
        target: &Target,
        since: Timestamp,
        identity: Option<Identity>,
    ) -> Result<Option<Id>, Error> {
        let row = self.first(
            "SELECT id FROM pane
             WHERE call_id = ?1 AND agent = ?2 AND completed_at IS NULL
               AND (page = ?3 OR address = ?4) AND id > ?5
               AND (identity IS NULL OR identity = 'confirmed' OR identity = ?6)
             ORDER BY id DESC LIMIT 1",
            &[
                call.into(),
                agent.into(),
                target.page().into(),
                target.address().into(),
                Id::floor(since).into(),
                identity.map(Word::word).into(),
            ],
        )?;
        row.map(|mut row| row.take("pane")).transpose()
    }

    /// The agent's pausing panes that are not done: how many there are, and when one of them was
    /// last put on screen.
    pub fn find_pausing_panes(
        &mut self,
        agent: &str,
        since: Timestamp,
    ) -> Result<(i64, Option<Timestamp>), Error> {
        let row = self.first(
            "SELECT COUNT(*), MAX(opened_at) FROM pane
             WHERE agent = ?1 AND id > ?2 AND autopause AND completed_at IS NULL",
            &[agent.into(), Id::floor(since).into()],
        )?;
        let Some(mut row) = row else { return Ok((0, None)) };
        Ok((row.take("pane")?, row.take("pane")?))
    }

    /// A pane that is used again now pauses.
    pub fn set_autopause(&mut self, pane: Id) -> Result<(), Error> {
        self.execute(
            "UPDATE pane SET autopause = TRUE WHERE id = ?1 AND NOT autopause",
            &[pane.into()],
        )?;
        Ok(())
    }

    /// When the newest event was kept.
    pub fn newest_event(&mut self) -> Result<Option<Timestamp>, Error> {
        let row = self.first("SELECT MAX(id) FROM event", &[])?;
        let newest: Option<Id> = row.map_or(Ok(None), |mut row| row.take("event"))?;
        Ok(newest.map(Id::minted))
    }

    /// Forgets everything that is older than a moment, at most `limit` rows of a table at a time.
    /// Answers how many rows are gone.
    pub fn remove_before(&mut self, moment: Timestamp, limit: i64) -> Result<u64, Error> {
        let floor = Id::floor(moment);
        let statements = [
            "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE id < ?1 ORDER BY id LIMIT ?2)",
            "DELETE FROM pane WHERE id IN (SELECT id FROM pane WHERE id < ?1 ORDER BY id LIMIT ?2)",
            "DELETE FROM call_alias WHERE (source, external_id) IN (SELECT source, external_id FROM call_alias WHERE call_id < ?1 ORDER BY call_id LIMIT ?2)",
            "DELETE FROM attempt WHERE id IN (SELECT id FROM attempt WHERE id < ?1 ORDER BY id LIMIT ?2)",
            "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE id < ?1 AND settled_at IS NOT NULL ORDER BY id LIMIT ?2)",
            "DELETE FROM entry WHERE (destination, call_id) IN (SELECT destination, call_id FROM entry WHERE call_id < ?1 ORDER BY call_id LIMIT ?2)",
            "DELETE FROM refusal WHERE id IN (SELECT id FROM refusal WHERE id < ?1 ORDER BY id LIMIT ?2)",
            "DELETE FROM call WHERE id IN (SELECT id FROM call WHERE id < ?1 ORDER BY id LIMIT ?2)",
        ];
        let mut removed = 0;
        for statement in statements {
            removed += self.execute(statement, &[floor.into(), limit.into()])?;
        }
        Ok(removed)
    }
}
