//! Ends that no phone system tells, as events of their calls: destinations are owed them like others.

use crate::domain::call::Call;
use crate::domain::event::{CallEvent, CallEventKind};
use crate::domain::ids::Id;
use crate::domain::phone::Region;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::calls::state;
use crate::flow::contacts::known;
use crate::flow::context::InForce;
use crate::flow::outbox::enqueue::{Message, enqueue};
use crate::flow::presence;
use crate::store::{Error as StoreError, EventRow, LockedCall, Reported, Tx};

/// The end of a call, as an event.
pub(super) struct End<'a> {
    pub(super) held: &'a LockedCall,
    pub(super) call: &'a Call,
    pub(super) event: &'a CallEvent,
}

/// Tells that a call is over, of which something came that only comes after it: under the name of that.
pub(super) fn tell_of(
    tx: &mut Tx<'_>,
    (id, name): &(Id, String),
    now: Timestamp,
    region: Region,
    in_force: &InForce,
) -> Result<(), StoreError> {
    let Some(held) = tx.lock_call_by_id(*id)? else { return Ok(()) };
    let call = state::load(tx, &held, region)?;
    let end = CallEvent::new(CallEventKind::Ended, name, call.ended_at().unwrap_or(now));
    tell(tx, &End { held: &held, call: &call, event: &end }, now, region, in_force)
}

/// Owes the end to destinations, and writes it down.
pub(super) fn tell(
    tx: &mut Tx<'_>,
    End { held, call, event: end }: &End<'_>,
    now: Timestamp,
    region: Region,
    in_force: &InForce,
) -> Result<(), StoreError> {
    let event_id = Id::mint(now);
    let mut ring = state::ring_of(call, &held.source, call.last().unwrap_or_default(), region);
    ring.presence = presence::read(tx, call.last(), now)?;
    ring.contact = known::who(tx, in_force, &ring.caller, held.id, now)?;
    let message = Message {
        kind: end.kind.word(),
        name: &end.name,
        event_id,
        at: end.at,
        call_id: held.id,
        ring: &ring,
        call,
        pane: None,
    };
    enqueue(tx, in_force, region, now, &message)?;
    tx.insert_event(&EventRow {
        id: event_id,
        call_id: Some(held.id),
        kind: end.kind.word(),
        agent: None,
        pane_id: None,
        body: None,
        decided: None,
        page: None,
        identity: None,
        reported: Some(Reported { source: &held.source, name: &end.name, at: end.at, key: None }),
    })
}
