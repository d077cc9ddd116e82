//! Calls whose end never came are closed after a while.

use crate::domain::event::{CallEvent, CallEventKind, Outcome};
use crate::domain::ids::Id;
use crate::domain::phone::Region;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::calls::receive::Calls;
use crate::flow::calls::state::{self, RINGS};
use crate::flow::contacts::known;
use crate::flow::context::InForce;
use crate::flow::outbox::enqueue::{Message, enqueue};
use crate::flow::presence;
use crate::flow::retention;
use crate::store::{Error as StoreError, EventRow, Reported, Tx};

impl Calls {
    /// Closes calls whose end never came; answers how many.
    pub async fn expire_overdue(&self) -> Result<usize, StoreError> {
        const PORTION: i64 = 100;
        let now = self.context.now();
        let in_force = self.context.in_force();
        let region = self.context.options.region;
        let reaped = self.context.store.write(move |tx| {
            let overdue = tx.list_overdue(now, PORTION)?;
            if overdue.is_empty() || !retention::is_believed(tx, now)? {
                return Ok(0);
            }
            for id in &overdue {
                expire(tx, *id, now, region, &in_force)?;
            }
            Ok(overdue.len())
        });
        reaped.await
    }
}

/// Supposes that a call is over.
fn expire(
    tx: &mut Tx<'_>,
    id: Id,
    now: Timestamp,
    region: Region,
    in_force: &InForce,
) -> Result<(), StoreError> {
    let Some(held) = tx.lock_overdue(id, now)? else { return Ok(()) };
    let mut call = state::load(tx, &held, region)?;
    let mut end = CallEvent::new(CallEventKind::Ended, "callpane: no end was heard", now);
    end.outcome = Some(Outcome::Expired);
    call.apply(&end, None);
    let expires = in_force.configuration.source(&held.source).map(|source| source.expires);
    state::save(tx, &held, &call, region, now, expires.unwrap_or(RINGS))?;
    let event_id = Id::mint(now);
    let mut ring = state::ring_of(&call, &held.source, call.last().unwrap_or_default(), region);
    ring.presence = presence::read(tx, call.last(), now)?;
    ring.contact = known::who(tx, in_force, &ring.caller, id, now)?;
    let message = Message {
        kind: end.kind.word(),
        name: &end.name,
        event_id,
        at: now,
        call_id: id,
        ring: &ring,
        call: &call,
        pane: None,
    };
    enqueue(tx, in_force, region, now, &message)?;
    tx.insert_event(&EventRow {
        id: event_id,
        call_id: Some(id),
        kind: end.kind.word(),
        agent: None,
        pane_id: None,
        body: None,
        decided: None,
        page: None,
        identity: None,
        reported: Some(Reported { source: &held.source, name: &end.name, at: now, key: None }),
    })
}
