//! What happens to a page is written down, and owed to whoever wants to hear of it.

use crate::domain::event::PageEventKind;
use crate::domain::ids::Id;
use crate::domain::phone::Region;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::contacts::known;
use crate::flow::context::InForce;
use crate::flow::outbox::enqueue::{Message, enqueue};
use crate::flow::panes::call::{reported, ring_of};
use crate::flow::presence;
use crate::store::{Error as StoreError, EventRow, PaneRow, Tx};

/// Writes down what happened to a page, and owes it to whoever wants to hear of it.
pub(crate) fn publish(
    tx: &mut Tx<'_>,
    kind: PageEventKind,
    pane: &PaneRow,
    now: Timestamp,
    in_force: &InForce,
    region: Region,
) -> Result<(), StoreError> {
    let event_id = record(tx, kind, pane, now)?;
    // As it is now: with the notes and the outcome that were just saved.
    let Some(pane) = tx.find_pane(pane.id)? else { return Ok(()) };
    let call = reported(&pane);
    let mut ring = ring_of(&pane, call.as_ref(), region);
    let call = call.unwrap_or_default();
    ring.external_id = ring.external_id.or_else(|| pane.call.external_id.clone());
    ring.outcome = call.outcome();
    ring.presence = presence::read(tx, &in_force.configuration, pane.agent.as_deref(), now)?;
    ring.contact = known::who(tx, in_force, &ring.caller, pane.call.id, now)?;
    ring.agent.name = ring.agent.name.or_else(|| pane.agent_name.clone());
    let message = Message {
        kind: kind.word(),
        name: kind.word(),
        event_id,
        at: now,
        call_id: pane.call.id,
        ring: &ring,
        call: &call,
        pane: Some(&pane),
    };
    enqueue(tx, in_force, region, now, &message)
}

pub(crate) fn record(
    tx: &mut Tx<'_>,
    kind: PageEventKind,
    pane: &PaneRow,
    now: Timestamp,
) -> Result<Id, StoreError> {
    let id = Id::mint(now);
    tx.insert_event(&EventRow {
        id,
        call_id: Some(pane.call.id),
        kind: kind.word(),
        agent: pane.agent.as_deref(),
        pane_id: Some(pane.id),
        body: None,
        decided: None,
        page: None,
        identity: None,
        reported: None,
    })?;
    Ok(id)
}
