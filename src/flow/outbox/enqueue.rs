//! The outbox is filled: what happens to a call is owed to every destination that wants to hear of it: written down in the
//! unit of work that writes down the event, so that neither is ever there without the other.

use serde_json::{Value, json};

use crate::crm::{self, Facts};
use crate::domain::call::Ring;
use crate::domain::ids::Id;
use crate::domain::phone::Region;
use crate::domain::progress::Call;
use crate::domain::time::Timestamp;
use crate::flow::context::InForce;
use crate::store::{Error as StoreError, NewDelivery, PaneRow, Topic, Tx};

/// Something that has happened, to be told to destinations.
pub(crate) struct Message<'a> {
    /// Its wire name.
    pub(crate) kind: &'a str,
    /// The phone system's own name for it.
    pub(crate) name: &'a str,
    /// The event's id.
    pub(crate) event_id: Id,
    /// When.
    pub(crate) at: Timestamp,
    /// The call.
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
    let mut facts = None;
    for destination in in_force.configuration.hearing(message.kind, message.ring) {
        let facts = facts.get_or_insert_with(|| told(message, region).to_string());
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

fn told(message: &Message<'_>, region: Region) -> Value {
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let pane = message.pane.map(|pane| {
        json!({
            "id": pane.id.to_string(),
            "notes": pane.notes,
            "disposition": pane.disposition,
            "opened_at": moment(pane.opened_at),
            "completed_at": moment(pane.completed_at),
        })
    });
    let facts = Facts {
        kind: message.kind,
        name: message.name,
        event_id: message.event_id.to_string(),
        at: message.at,
        began: message.call_id.minted(),
        call_id: Some(message.call_id.to_string()),
        ring: message.ring,
        call: message.call,
        pane: pane.unwrap_or_default(),
    };
    crm::of(&facts, region)
}
