//! The outbox is filled: what happens to a call is owed to every destination that wants to hear of it: written down in the
//! unit of work that writes down the event, so that neither is ever there without the other.

use crate::domain::call::Call;
use crate::domain::facts::{EventFacts, Facts, PaneFacts};
use crate::domain::ids::Id;
use crate::domain::phone::Region;
use crate::domain::ring::Ring;
use crate::domain::rule::Told;
use crate::domain::time::Timestamp;
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

/// Owes it to whoever wants to hear of it.
pub(crate) fn enqueue(
    tx: &mut Tx<'_>,
    in_force: &InForce,
    region: Region,
    now: Timestamp,
    message: &Message<'_>,
) -> Result<(), StoreError> {
    let mut kept = None;
    let Message { kind, name, call_id: id, call, .. } = *message;
    let told = Told { kind, name, id, call };
    for destination in in_force.configuration.hearing(told, message.ring, message.at) {
        let facts = match kept {
            Some(kept) => kept,
            None => *kept.insert(keep(tx, region, now, message)?),
        };
        let delivery = NewDelivery {
            id: Id::mint(now),
            destination: &destination.name,
            call_id: Some(message.call_id),
            kind: message.kind,
            facts,
        };
        tx.insert_delivery(&delivery, now)?;
        tx.announce(Topic::destination(&destination.name));
    }
    Ok(())
}

/// Keeps what can be said of it, once for all who hear it.
fn keep(
    tx: &mut Tx<'_>,
    region: Region,
    now: Timestamp,
    message: &Message<'_>,
) -> Result<Id, StoreError> {
    let facts = serde_json::to_string(&facts(message, region)).unwrap_or_default();
    let id = Id::mint(now);
    tx.insert_facts(id, Some(message.call_id), &facts)?;
    Ok(id)
}

fn facts(message: &Message<'_>, region: Region) -> Facts {
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let event = EventFacts {
        kind: Some(message.kind.to_owned()),
        name: Some(message.name.to_owned()),
        id: Some(message.event_id.to_string()),
        at: Some(message.at.to_string()),
    };
    let pane = message.pane.map(|pane| PaneFacts {
        id: Some(pane.id.to_string()),
        notes: Some(pane.notes.clone()),
        disposition: pane.disposition.clone(),
        opened_at: moment(pane.opened_at),
        completed_at: moment(pane.completed_at),
    });
    Facts::of_event(event, (message.call_id, message.call), message.ring, pane, region)
}
