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

/// What is only told of a call once it is over.
pub(super) struct Sequel {
    pub(super) call: Id,
    /// The event's name.
    pub(super) name: String,
    /// The agent it names, by the name they have in the call.
    pub(super) who: Option<String>,
}

/// The end of a call, as an event.
pub(super) struct End<'a> {
    pub(super) held: &'a LockedCall,
    pub(super) call: &'a Call,
    pub(super) event: &'a CallEvent,
    /// The agent it is told of, if nobody spoke; unset: the only one who was rung.
    pub(super) who: Option<&'a str>,
}

/// Tells that a call is over, of which something came that only comes after it: under the name of that.
pub(super) fn tell_of(
    tx: &mut Tx<'_>,
    Sequel { call, name, who }: &Sequel,
    now: Timestamp,
    region: Region,
    in_force: &InForce,
) -> Result<(), StoreError> {
    let Some(held) = tx.lock_call_by_id(*call)? else { return Ok(()) };
    let call = state::load(tx, &held, region)?;
    // What else the request says may have revived it.
    if !call.is_ended() {
        return Ok(());
    }
    let end = CallEvent::new(CallEventKind::Ended, name, call.ended_at().unwrap_or(now));
    let end = End { held: &held, call: &call, event: &end, who: who.as_deref() };
    tell(tx, &end, now, region, in_force)
}

/// Owes the end to destinations, and writes it down.
pub(super) fn tell(
    tx: &mut Tx<'_>,
    End { held, call, event: end, who }: &End<'_>,
    now: Timestamp,
    region: Region,
    in_force: &InForce,
) -> Result<(), StoreError> {
    let event_id = Id::mint(now);
    let who = call.last().or(*who).or_else(|| call.alone());
    let mut ring = state::ring_of(call, &held.source, who.unwrap_or_default(), region);
    ring.external_id.clone_from(&held.external_id);
    ring.presence = presence::read(tx, &in_force.configuration, who, now)?;
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
