//! Fills the outbox: what happens is written down for every destination that asks for it, in the unit of work
//! that writes down the event, so that neither is ever there without the other.

use sha2::{Digest, Sha256};

use crate::domain::call::Call;
use crate::domain::destination::Destination;
use crate::domain::event::CallEventKind;
use crate::domain::facts::{EventFacts, Facts, PaneFacts};
use crate::domain::ids::Id;
use crate::domain::phone::Region;
use crate::domain::presence::Presence;
use crate::domain::ring::Ring;
use crate::domain::rule::Told;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::context::InForce;
use crate::store::{Error as StoreError, NewDelivery, PaneRow, Topic, Tx};

/// Something that has happened, to be told to destinations.
pub(crate) struct Message<'a> {
    /// Its wire name.
    pub(crate) kind: &'a str,
    /// The phone system's own name for it.
    pub(crate) name: &'a str,
    pub(crate) event_id: Id,
    pub(crate) at: Timestamp,
    pub(crate) call_id: Id,
    /// The call at this agent.
    pub(crate) ring: &'a Ring,
    /// What is known of it.
    pub(crate) call: &'a Call,
    /// The page, where it happened to one.
    pub(crate) pane: Option<&'a PaneRow>,
}

/// An agent's presence that has changed, to be told to destinations.
pub(crate) struct PresenceMessage<'a> {
    /// The phone system's own name for the event.
    pub(crate) name: &'a str,
    pub(crate) event_id: Id,
    pub(crate) at: Timestamp,
    /// The agent's key.
    pub(crate) key: &'a str,
    /// The agent, as the one who would be rung.
    pub(crate) ring: &'a Ring,
    pub(crate) presence: &'a Presence,
}

/// Owes it to whoever wants to hear of it.
pub(crate) fn enqueue(
    tx: &mut Tx<'_>,
    in_force: &InForce,
    region: Region,
    now: Timestamp,
    message: &Message<'_>,
) -> Result<(), StoreError> {
    let Message { kind, name, call_id, call, ring, at, .. } = *message;
    let owed = Owed { kind, call_id: Some(call_id), line: call_id };
    let told = Told { kind, name, call: Some((call_id, call)) };
    owed.to(tx, now, in_force.configuration.hearing(told, ring, at), || facts(message, region))
}

/// The same of a presence: what is told of one agent is told in order.
pub(crate) fn enqueue_presence(
    tx: &mut Tx<'_>,
    in_force: &InForce,
    now: Timestamp,
    message: &PresenceMessage<'_>,
) -> Result<(), StoreError> {
    let kind = CallEventKind::PresenceChanged.word();
    let owed = Owed { kind, call_id: None, line: line_of(message.key) };
    let told = Told { kind, name: message.name, call: None };
    let hearing = in_force.configuration.hearing(told, message.ring, message.at);
    owed.to(tx, now, hearing, || {
        let event = event_facts(kind, message.name, message.event_id, message.at);
        Facts::of_presence(event, message.presence, message.ring)
    })
}

/// The line of what is told of an agent: below zero, where no call's is.
fn line_of(agent: &str) -> Id {
    let digest = Sha256::digest(agent.as_bytes());
    let bytes = digest.first_chunk().copied().unwrap_or_default();
    Id::from_number(i64::from_be_bytes(bytes) | i64::MIN)
}

/// What is owed, whoever hears it.
struct Owed<'a> {
    kind: &'a str,
    call_id: Option<Id>,
    line: Id,
}

impl<'a> Owed<'a> {
    /// Keeps what can be said of it, once for all who hear it, and owes it to each of them.
    fn to(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        hearing: impl Iterator<Item = &'a Destination>,
        facts: impl Fn() -> Facts,
    ) -> Result<(), StoreError> {
        let mut kept = None;
        for destination in hearing {
            let facts = match kept {
                Some(kept) => kept,
                None => *kept.insert(self.keep(tx, now, &facts())?),
            };
            let Self { kind, call_id, line } = *self;
            let (id, destination) = (Id::mint(now), &*destination.name);
            tx.insert_delivery(&NewDelivery { id, destination, call_id, line, kind, facts }, now)?;
            tx.announce(Topic::destination(destination));
        }
        Ok(())
    }

    fn keep(&self, tx: &mut Tx<'_>, now: Timestamp, facts: &Facts) -> Result<Id, StoreError> {
        let facts = serde_json::to_string(facts).unwrap_or_default();
        let id = Id::mint(now);
        tx.insert_facts(id, self.line, &facts)?;
        Ok(id)
    }
}

fn event_facts(kind: &str, name: &str, id: Id, at: Timestamp) -> EventFacts {
    EventFacts {
        kind: Some(kind.to_owned()),
        name: Some(name.to_owned()),
        id: Some(id.to_string()),
        at: Some(at.to_string()),
    }
}

fn facts(message: &Message<'_>, region: Region) -> Facts {
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let event = event_facts(message.kind, message.name, message.event_id, message.at);
    let pane = message.pane.map(|pane| PaneFacts {
        id: Some(pane.id.to_string()),
        notes: Some(pane.notes.clone()),
        disposition: pane.disposition.clone(),
        opened_at: moment(pane.opened_at),
        completed_at: moment(pane.completed_at),
    });
    Facts::of_event(event, (message.call_id, message.call), message.ring, pane, region)
}
