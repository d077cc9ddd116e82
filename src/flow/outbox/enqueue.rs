//! What happens to a call is owed to every destination that wants to hear of it: written down in the
//! unit of work that writes down the event, so that neither is ever there without the other.

use crate::domain::call::Ring;
use crate::domain::facts::{EventFacts, Facts, PaneFacts};
use crate::domain::ids::Id;
use crate::domain::phone::Region;
use crate::domain::progress::Call;
use crate::domain::time::Timestamp;
use crate::flow::context::InForce;
use crate::store::{Error as StoreError, NewDelivery, PaneRow, Topic, Tx};

/// Something that has happened.
pub(crate) struct Happening<'a> {
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
pub(crate) fn owe(
    tx: &mut Tx<'_>,
    in_force: &InForce,
    region: Region,
    now: Timestamp,
    happening: &Happening<'_>,
) -> Result<(), StoreError> {
    let mut written = None;
    for destination in in_force.configuration.hearing(happening.kind, happening.ring) {
        let facts = written.get_or_insert_with(|| {
            serde_json::to_string(&facts(happening, region)).unwrap_or_default()
        });
        let delivery = NewDelivery {
            id: Id::mint(now),
            destination: &destination.name,
            call_id: Some(happening.call_id),
            kind: happening.kind,
            facts,
        };
        tx.insert_delivery(&delivery, now)?;
        tx.announce(Topic::destination(&destination.name));
    }
    Ok(())
}

fn facts(happening: &Happening<'_>, region: Region) -> Facts {
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let event = EventFacts {
        kind: Some(happening.kind.to_owned()),
        name: Some(happening.name.to_owned()),
        id: Some(happening.event_id.to_string()),
        at: Some(happening.at.to_string()),
    };
    let pane = happening.pane.map(|pane| PaneFacts {
        id: Some(pane.id.to_string()),
        notes: Some(pane.notes.clone()),
        disposition: pane.disposition.clone(),
        opened_at: moment(pane.opened_at),
        completed_at: moment(pane.completed_at),
    });
    let call = (happening.call_id, happening.call);
    Facts::of_event(event, call, happening.ring, pane, region)
}
