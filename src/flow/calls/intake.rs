//! One reported event: found its call, applied to it, and written down with what it leads to: a page on
//! the built-in desktop, and what destinations are owed.

use std::sync::Arc;
use std::time::Duration;

use crate::configuration::part;
use crate::domain::call::{Call, CallPhase, Ending, Part};
use crate::domain::contact::Who;
use crate::domain::decision::{Decision, Moment};
use crate::domain::event::{CallEvent, CallEventKind};
use crate::domain::ids::Id;
use crate::domain::phone::{Party, Region};
use crate::domain::ring::{Direction, Ring};
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::calls::correlate::{self, Report};
use crate::flow::calls::{decide, state};
use crate::flow::contacts::known;
use crate::flow::context::InForce;
use crate::flow::outbox::enqueue::{Message, enqueue};
use crate::pbx::Source;
use crate::store::{Decided, Error as StoreError, EventRow, LockedCall, NewPage, Reported, Tx};

/// How old an end may be whose page is still opened.
const JUST_NOW: Duration = Duration::from_mins(5);

/// What every event of a request is taken up with.
pub(super) struct Intake {
    pub(super) in_force: Arc<InForce>,
    pub(super) source: Arc<Source>,
    pub(super) region: Region,
    pub(super) now: Timestamp,
    pub(super) body: String,
    /// Whether anybody could be known.
    pub(super) anybody: bool,
}

/// An event with its agent as they are configured.
struct Identified {
    event: CallEvent,
    /// The agent's key.
    agent: Option<String>,
    /// The agent's name in the call.
    who: Option<String>,
}

/// What the rules said, and of what.
struct Ruled {
    decision: Decision,
    /// What was known of the caller, in a word.
    contact: &'static str,
    agent_name: String,
    /// The agent's line.
    callee: Option<String>,
}

impl Ruled {
    /// The page that the built-in desktop opens.
    fn page(&self) -> Option<NewPage<'_>> {
        let opening = self.decision.opening.as_ref()?;
        Some(NewPage {
            title: opening.title.as_deref().unwrap_or_default(),
            agent_name: Some(&self.agent_name),
            callee: self.callee.as_deref(),
            origin: None,
            multitab: Some(opening.multitab),
        })
    }
}

/// What an event led to.
#[derive(Default)]
pub(super) struct Effect {
    call: Option<Id>,
    /// What it means, where that is not what it is called.
    kind: Option<CallEventKind>,
    /// The page that it opened.
    pub(super) pane: Option<Id>,
    ruled: Option<Ruled>,
    /// The caller whom somebody may be asked about: of a call that begins.
    pub(super) caller: Option<(Party, Id)>,
}

impl Intake {
    /// Takes up one event; answers what it led to, or nothing if it was not new.
    pub(super) fn take_up(
        &self,
        tx: &mut Tx<'_>,
        event: &CallEvent,
    ) -> Result<Option<Effect>, StoreError> {
        let source = &self.source.name;
        if let Some(key) = &event.key
            && tx.is_recorded(source, key)?
        {
            return Ok(None);
        }
        let id = Id::mint(self.now);
        let identified = self.identified(event);
        let effect = match &identified.event.call {
            None => Effect::default(),
            Some(external_id) => match self.apply(tx, id, external_id, &identified)? {
                None => return Ok(None),
                Some(effect) => effect,
            },
        };
        let Identified { event, agent, .. } = &identified;
        tx.insert_event(&EventRow {
            id,
            call_id: effect.call,
            kind: effect.kind.unwrap_or(event.kind).word(),
            agent: agent.as_deref(),
            pane_id: effect.pane,
            body: Some(&self.body),
            decided: effect.ruled.as_ref().map(|ruled| Decided {
                decision: &ruled.decision,
                contact: ruled.contact,
                // Only XucMgt can pause an agent.
                autopause: false,
                carried: false,
            }),
            page: effect.pane.and(effect.ruled.as_ref()).and_then(Ruled::page),
            // The personal link says who the agent is.
            identity: None,
            reported: Some(Reported {
                source,
                name: &event.name,
                at: event.at,
                key: event.key.as_deref(),
            }),
        })?;
        Ok(Some(effect))
    }

    /// Applies an event to its call; answers nothing if it says nothing new.
    fn apply(
        &self,
        tx: &mut Tx<'_>,
        id: Id,
        external_id: &str,
        identified: &Identified,
    ) -> Result<Option<Effect>, StoreError> {
        let Identified { event, agent, who } = identified;
        let who = who.as_deref();
        let held = self.hold(tx, external_id, event, who)?;
        let before = state::load(tx, &held, self.region)?;
        let mut call = before.clone();
        call.apply(event, who);
        let update = event.kind == CallEventKind::Updated && event.key.is_none();
        if update && call.says_the_same_as(&before) {
            return Ok(None);
        }
        let kind = meaning(&before, event, who);
        state::save(tx, &held, &call, self.region, self.now, self.source.expires)?;
        let caller = state::other_party(&call, self.region);
        let contact = if self.anybody {
            known::who(tx, &self.in_force, &caller, held.id, self.now)?
        } else {
            Who::Unknown
        };
        let ring_at = |who: &str| {
            let mut ring = state::ring_of(&call, &self.source.name, who, self.region);
            ring.external_id = Some(external_id.to_owned());
            ring.contact = contact.clone();
            ring
        };
        let mut effect = Effect { call: Some(held.id), kind: Some(kind), ..Effect::default() };
        if let Some((agent, who)) = agent.as_deref().zip(who) {
            let part = call.part(who);
            let rings = event.kind == CallEventKind::Ringing && part.phase == CallPhase::Ringing;
            let ring = ring_at(who);
            effect.ruled = self.decide(tx, &held, &part, ring, agent, rings)?;
            let ruled = effect.ruled.as_ref();
            let opening = ruled.and_then(|ruled| ruled.decision.opening.as_ref());
            let over = part.phase == CallPhase::Ended;
            effect.pane =
                opening.filter(|opening| !over || opening.moment == Moment::Ended).map(|_| id);
        }
        let message = Message {
            kind: kind.word(),
            name: &event.name,
            event_id: id,
            at: event.at,
            call_id: held.id,
            ring: &ring_at(who.or_else(|| call.last()).unwrap_or_default()),
            call: &call,
            pane: None,
        };
        enqueue(tx, &self.in_force, self.region, self.now, &message)?;
        if matches!(event.kind, CallEventKind::Started | CallEventKind::Ringing) {
            effect.caller = Some((caller, held.id));
        }
        Ok(Some(effect))
    }

    fn identified(&self, event: &CallEvent) -> Identified {
        let mut event = event.clone();
        if let (Some(region), Some(other)) = (self.source.region, &mut event.other) {
            // Read by its own country once, it is the same number everywhere.
            let number = Party::read(&other.number, None, region);
            other.number = number.e164().map_or_else(|| other.number.clone(), str::to_owned);
        }
        let Some(told) = &mut event.agent else {
            return Identified { event, agent: None, who: None };
        };
        let calls = self.source.calls();
        let mut names = [calls, &self.source.name].into_iter();
        let known = names.find_map(|name| self.in_force.configuration.agent(name, told));
        let key = known.map(|known| known.key()).or_else(|| told.key(calls));
        if let Some(known) = known {
            told.name = Some(known.name.clone());
        }
        let who = part(key.as_deref(), told.line.as_deref());
        Identified { event, agent: key, who }
    }

    /// The call that an event belongs to: by its id, else the one that rang at a desktop just now
    /// and must be meant, else a new one.
    fn hold(
        &self,
        tx: &mut Tx<'_>,
        external_id: &str,
        event: &CallEvent,
        who: Option<&str>,
    ) -> Result<LockedCall, StoreError> {
        let source = self.source.calls();
        if let Some(held) = tx.lock_call(source, external_id)? {
            return Ok(held);
        }
        let caller = event.other.as_ref();
        let caller = caller.map(|side| Party::read(&side.number, None, self.region));
        if let Some(caller) = caller.as_ref().and_then(Party::key) {
            tx.lock(caller)?;
            let since = self.now.minus(correlate::WINDOW);
            let rung = tx.list_rung_calls(caller, since, source, correlate::MOST)?;
            let report = Report {
                configuration: &self.in_force.configuration,
                sources: [source, &self.source.name],
                who,
                line: event.agent.as_ref().and_then(|agent| agent.line.as_deref()),
                queue: event.queue.as_ref(),
            };
            if let Some(id) = report.choose(tx, rung, self.region)?
                && let Some(held) = tx.lock_call_by_id(id)?
            {
                tx.add_alias(source, external_id, id)?;
                return Ok(held);
            }
        }
        tx.lock_new_call(Id::mint(self.now), source, external_id)
    }

    /// What the rules say for an agent who has the built-in desktop, once for each call, and once more
    /// if it `rings` when that page is done.
    fn decide(
        &self,
        tx: &mut Tx<'_>,
        held: &LockedCall,
        part: &Part,
        ring: Ring,
        agent: &str,
        rings: bool,
    ) -> Result<Option<Ruled>, StoreError> {
        let Some(known) = self.in_force.configuration.agent_of_key(agent) else { return Ok(None) };
        // Whoever has a desktop of their own is shown pages there.
        if self.source.make.desktop.is_some() || !self.wants_page(part, &ring) {
            return Ok(None);
        }
        // A call that rings again at an agent who closed its page, having missed it, has to be seen.
        if tx.find_desktop_pane(held.id, agent, rings)?.is_some() {
            return Ok(None);
        }
        Ok(Some(Ruled {
            decision: decide::decide(&self.in_force, &ring),
            contact: ring.contact.state().word(),
            agent_name: known.name.clone(),
            callee: ring.callee,
        }))
    }

    /// Whether the agent's part in a call is one to see a page for.
    fn wants_page(&self, part: &Part, ring: &Ring) -> bool {
        match part.phase {
            CallPhase::Started => ring.direction == Direction::Outbound,
            CallPhase::Ringing | CallPhase::Answered | CallPhase::Held => true,
            CallPhase::Ended => {
                let just_now = |since| self.now.since(since) < JUST_NOW;
                part.became == Some(Ending::Talked) && part.since.is_some_and(just_now)
            }
        }
    }
}

/// What an event means in the light of what was known: an answer may be the end of a hold, or
/// somebody else's taking over.
fn meaning(before: &Call, event: &CallEvent, who: Option<&str>) -> CallEventKind {
    let (CallEventKind::Answered, Some(who)) = (event.kind, who) else { return event.kind };
    match before.speaker() {
        Some(speaker) if speaker != who => CallEventKind::Transferred,
        Some(_) if before.part(who).phase == CallPhase::Held => CallEventKind::Resumed,
        _ => event.kind,
    }
}
