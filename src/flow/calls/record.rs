//! A ring is written down: its call, found or new, the page that opens, the event, and what is owed for
//! it, in one unit of work.

use std::sync::Arc;
use std::time::Duration;

use crate::configuration::part_key;
use crate::domain::call::Call;
use crate::domain::decision::{Decision, Opening};
use crate::domain::event::{CallEvent, CallEventKind};
use crate::domain::identity::Identity;
use crate::domain::ids::Id;
use crate::domain::phone::Region;
use crate::domain::ring::Ring;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::calls::correlate::{self, Report};
use crate::flow::calls::state;
use crate::flow::context::InForce;
use crate::flow::outbox::enqueue::{Message, enqueue};
use crate::store::{
    Decided, Error as StoreError, EventRow, LockedCall, NewPage, Prefetch, Topic, Tx,
};

/// How long a page is taken to be on screen that was shown and never completed.
const ON_SCREEN: Duration = Duration::from_mins(15);

/// A ring with everything that it is written down with.
pub(super) struct Recording {
    pub(super) ring: Ring,
    pub(super) decision: Decision,
    pub(super) in_force: Arc<InForce>,
    /// What was known beside the ring, as it is kept.
    pub(super) knew: Option<String>,
    /// The agent's key: their own if they are configured.
    pub(super) agent: Option<String>,
    /// After how much silence an answered call is taken to be over; none where no phone system reports
    /// calls.
    pub(super) expires: Option<Duration>,
    pub(super) lifetime: Duration,
    pub(super) region: Region,
    /// Whether XuC knows the agent, where it is asked.
    pub(super) identity: Option<Identity>,
    /// Whether what is known of the caller is kept back from this agent.
    pub(super) withheld: bool,
    pub(super) now: Timestamp,
}

/// What was written down.
pub(super) struct Recorded {
    /// The ring itself.
    pub(super) event: Id,
    pub(super) call: Id,
    pub(super) pane: Option<Id>,
    pub(super) autopause: bool,
    /// Whether it pauses only because an earlier page is still open.
    pub(super) carried: bool,
}

/// A ring's call, as it was found.
struct RungCall {
    id: Id,
    /// Whether it was heard of before.
    known: bool,
    /// What phone systems reported of it.
    state: Option<String>,
}

impl Recording {
    /// Says what will be looked up.
    pub(super) fn prefetch(&self, prefetch: &mut Prefetch) {
        prefetch.call(&self.ring);
        if self.expires.is_some() {
            prefetch.reported_call(&self.ring, self.now.minus(correlate::WINDOW));
        }
        if let Some(agent) = &self.agent
            && !self.pauses()
        {
            prefetch.pausing_panes(agent, self.now.minus(self.lifetime));
        }
    }

    /// Whether its own page pauses the agent.
    fn pauses(&self) -> bool {
        self.decision.opening.as_ref().is_some_and(|opening| opening.autopause)
    }

    /// Writes everything down.
    pub(super) fn run(&self, tx: &mut Tx<'_>) -> Result<Recorded, StoreError> {
        let call = self.find_call(tx)?;
        let event = Id::mint(self.now);
        let opening = self.decision.opening.as_ref();
        let carried = !self.pauses() && self.carries_pause(tx)?;
        let autopause = self.pauses() || carried;
        let pane = match opening {
            Some(opening) => Some(self.pane_of(tx, &call, event, opening, autopause)?),
            None => None,
        };
        let recorded = Recorded { event, call: call.id, pane, autopause, carried };
        self.insert_event(tx, event, &recorded)?;
        self.enqueue(tx, event, call.id)?;
        if let Some(state) = call.state {
            self.add_to_call(tx, call.id, state)?;
        }
        // A page that this agent has open says that a newer call rings.
        if let Some(agent) = &self.agent {
            tx.announce(Topic::agent(agent));
        }
        Ok(recorded)
    }

    /// The call of a ring: by its id; where phone systems report too, by whatever they call it, or the
    /// one that must be meant.
    fn find_call(&self, tx: &mut Tx<'_>) -> Result<RungCall, StoreError> {
        if self.expires.is_some()
            && let Some(held) = self.find_reported_call(tx)?
        {
            tx.ring_again(held.id)?;
            return Ok(RungCall { id: held.id, known: true, state: held.state });
        }
        let (id, known, state) = tx.record_call(Id::mint(self.now), &self.ring)?;
        Ok(RungCall { id, known, state })
    }

    fn find_reported_call(&self, tx: &mut Tx<'_>) -> Result<Option<LockedCall>, StoreError> {
        let ring = &self.ring;
        let external_id = ring.external_id.as_deref();
        if let Some(external_id) = external_id
            && let Some(held) = tx.lock_call(&ring.source, external_id)?
        {
            return Ok(Some(held));
        }
        let Some(caller) = ring.caller.key() else { return Ok(None) };
        tx.lock(caller)?;
        let since = self.now.minus(correlate::WINDOW);
        let told = tx.list_reported_calls(caller, since, &ring.source, external_id)?;
        let who = self.who();
        let report = Report {
            configuration: &self.in_force.configuration,
            sources: [&ring.source, &ring.source],
            who: who.as_deref(),
            line: ring.callee.as_deref(),
            queue: ring.queue.as_ref(),
        };
        let Some(id) = report.choose(tx, told, self.region)? else { return Ok(None) };
        if let Some(external_id) = external_id {
            tx.add_alias(&ring.source, external_id, id)?;
        }
        tx.lock_call_by_id(id)
    }

    /// The page of this ring: one that is open for it already, or a new one, which is the ring's own row.
    fn pane_of(
        &self,
        tx: &mut Tx<'_>,
        call: &RungCall,
        event: Id,
        opening: &Opening,
        autopause: bool,
    ) -> Result<Id, StoreError> {
        let agent = self.agent.as_deref();
        // Whoever is not confirmed is not given a page that is open already, and an address that soon
        // ends is not given out again.
        if call.known
            && !self.withheld
            && let Some(open) = {
                let fresh = self.now.minus(self.lifetime / 2);
                tx.find_open_pane(call.id, agent, &opening.target, fresh, self.identity)?
            }
        {
            if autopause {
                tx.set_autopause(open)?;
            }
            return Ok(open);
        }
        Ok(event)
    }

    fn insert_event(&self, tx: &mut Tx<'_>, id: Id, recorded: &Recorded) -> Result<(), StoreError> {
        let Recorded { autopause, carried, .. } = *recorded;
        let opening = self.decision.opening.as_ref().filter(|_| recorded.pane == Some(id));
        tx.insert_event(&EventRow {
            id,
            call_id: Some(recorded.call),
            kind: CallEventKind::Ringing.word(),
            agent: self.agent.as_deref(),
            pane_id: recorded.pane,
            body: Some(&self.ring.body),
            decided: Some(Decided {
                decision: &self.decision,
                contact: self.ring.contact.state().word(),
                knew: self.knew.as_deref(),
                autopause,
                carried,
            }),
            page: opening.map(|opening| NewPage {
                title: opening.title.as_deref().unwrap_or_default(),
                agent_name: self.ring.agent.name.as_deref(),
                callee: self.ring.callee.as_deref(),
                origin: self.ring.origin.as_deref(),
                multitab: None,
            }),
            identity: self.identity,
            reported: None,
        })
    }

    /// Owes the ring to every destination that wants to hear of it.
    fn enqueue(&self, tx: &mut Tx<'_>, event: Id, call: Id) -> Result<(), StoreError> {
        let kind = CallEventKind::Ringing.word();
        if !self.in_force.configuration.destinations().iter().any(|known| known.wants(kind)) {
            return Ok(());
        }
        let mut so_far = Call::default();
        so_far.apply(&CallEvent::of_ring(&self.ring, self.now), self.who().as_deref());
        let message = Message {
            kind,
            name: "ring",
            event_id: event,
            at: self.now,
            call_id: call,
            ring: &self.ring,
            call: &so_far,
            pane: None,
        };
        enqueue(tx, &self.in_force, self.region, self.now, &message)
    }

    /// Adds the ring to a call that phone systems reported.
    fn add_to_call(&self, tx: &mut Tx<'_>, id: Id, state: String) -> Result<(), StoreError> {
        let (source, external_id) = (self.ring.source.clone(), self.ring.external_id.clone());
        let held = LockedCall { id, source, external_id, state: Some(state) };
        // What cannot be read, as of a newer version that was taken back, does not fail the ring.
        let Ok(mut call) = state::load(tx, &held, self.region) else { return Ok(()) };
        call.apply(&CallEvent::of_ring(&self.ring, self.now), self.who().as_deref());
        let expires = self.expires.unwrap_or_default();
        state::save(tx, &held, &call, self.region, self.now, expires)
    }

    /// The agent's name in the call.
    fn who(&self) -> Option<String> {
        part_key(self.agent.as_deref(), self.ring.callee.as_deref())
    }

    /// The client un-pauses at the closing of a pane only if its newest answer says autopause. So an
    /// answer without it says it all the same while a pausing pane is open: with a "none" that costs
    /// nothing, with another opening only where the first pane was put on screen a short while ago: an
    /// agent who left a page without Done shall not be paused by every later call.
    fn carries_pause(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let Some(agent) = &self.agent else { return Ok(false) };
        let since = self.now.minus(self.lifetime);
        let (count, last_shown) = tx.find_pausing_panes(agent, since)?;
        let on_screen = last_shown.is_some_and(|shown| self.now.since(shown) < ON_SCREEN);
        Ok(if self.decision.opening.is_some() { on_screen } else { count > 0 })
    }
}
