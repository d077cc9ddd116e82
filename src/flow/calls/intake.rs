//! One reported event: found its call, applied to it, and written down with what it leads to: a page on
//! the built-in desktop, and what destinations are owed.

use std::sync::Arc;
use std::time::Duration;

use crate::configuration::part_key;
use crate::domain::call::{Call, CallPhase, Ending, Part};
use crate::domain::contact::Who;
use crate::domain::decision::{Decision, Moment};
use crate::domain::event::{CallEvent, CallEventKind};
use crate::domain::ids::Id;
use crate::domain::knew::Knew;
use crate::domain::phone::{Party, Region};
use crate::domain::ring::{Direction, Ring};
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::calls::correlate::{self, Report};
use crate::flow::calls::presence::{AgentReport, PresenceChange};
use crate::flow::calls::untold::Sequel;
use crate::flow::calls::{decide, state};
use crate::flow::contacts::known;
use crate::flow::context::{Context, InForce};
use crate::flow::outbox::enqueue::{Message, enqueue};
use crate::pbx::Source;
use crate::store::{Decided, Error as StoreError, EventRow, LockedCall, NewPage, Reported, Tx};

/// How old an end may be whose page is still opened.
const JUST_NOW: Duration = Duration::from_mins(5);

/// A phone system's events are taken in within a unit of work, where nobody can be waited for.
const NOT_ASKED: &str = "endpoints are asked only about rings of XucMgt and of sheets";

/// What every event of a request is taken up with.
pub(super) struct Intake {
    pub(super) context: Arc<Context>,
    pub(super) in_force: Arc<InForce>,
    pub(super) source: Arc<Source>,
    pub(super) region: Region,
    pub(super) now: Timestamp,
    pub(super) body: String,
    /// Whether anybody could be known.
    pub(super) anybody: bool,
}

/// An event with its agent as they are configured.
pub(super) struct Identified {
    event: CallEvent,
    /// The agent's key.
    agent: Option<String>,
    /// The agent's name in the call.
    who: Option<String>,
}

/// The call that an event belongs to.
enum Found {
    Known(LockedCall),
    /// The id of one that is not written down yet.
    New(Id),
}

impl Found {
    fn id(&self) -> Id {
        match self {
            Self::Known(held) => held.id,
            Self::New(id) => *id,
        }
    }

    /// Whether it was put together of events before.
    fn is_saved(&self) -> bool {
        matches!(self, Self::Known(held) if held.state.is_some())
    }

    /// What is known of it.
    fn load(&self, tx: &mut Tx<'_>, region: Region) -> Result<Call, StoreError> {
        match self {
            Self::Known(held) => state::load(tx, held, region),
            Self::New(_) => Ok(Call::default()),
        }
    }
}

/// A call that an event was applied to.
struct Applied<'a> {
    /// The event's id.
    id: Id,
    call_id: Id,
    external_id: &'a str,
    identified: &'a Identified,
    /// What the event means.
    kind: CallEventKind,
    call: &'a Call,
    contact: Who,
}

/// What the rules said, and of what.
struct Ruled {
    decision: Decision,
    /// What was known of the caller, in a word.
    contact: &'static str,
    knew: Option<String>,
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
    /// That the call is over by it, though it is not an end.
    pub(super) ended: Option<Sequel>,
    /// What it says of agents' presence.
    pub(super) presence: Vec<AgentReport>,
}

impl Intake {
    /// Takes up one event; answers what it led to, or nothing if it was not new.
    pub(super) fn take_up(
        &self,
        tx: &mut Tx<'_>,
        identified: &Identified,
    ) -> Result<Option<Effect>, StoreError> {
        let id = Id::mint(self.now);
        let Some(external_id) = &identified.event.call else {
            let mut effect = Effect::default();
            if !self.keep(tx, id, identified, &effect)? {
                return Ok(None);
            }
            effect.presence = self.change_presence(tx, id, identified)?;
            return Ok(Some(effect));
        };
        let Some(found) = self.hold(tx, external_id, identified)? else { return Ok(None) };
        self.apply(tx, id, (external_id, found), identified)
    }

    /// Counts an event that was heard before, for whoever asks why nothing came of it.
    pub(super) fn count_repeat(
        &self,
        tx: &mut Tx<'_>,
        identified: &Identified,
    ) -> Result<(), StoreError> {
        match &identified.event.key {
            Some(key) => tx.count_repeat(&self.source.name, key),
            None => Ok(()),
        }
    }

    /// Takes up what a new event says of its agent's presence, if that is what it tells.
    fn change_presence(
        &self,
        tx: &mut Tx<'_>,
        event_id: Id,
        identified: &Identified,
    ) -> Result<Vec<AgentReport>, StoreError> {
        let Identified { event, agent, .. } = identified;
        let tells = event.kind == CallEventKind::PresenceChanged;
        let Some(agent) = agent.as_deref().filter(|_| tells) else { return Ok(Vec::new()) };
        let change = PresenceChange {
            context: &self.context,
            in_force: &self.in_force,
            source: &self.source.name,
            region: self.region,
            now: self.now,
            event_id,
            event,
            agent,
        };
        change.take_up(tx)
    }

    /// Writes an event down; answers whether it was new.
    fn keep(
        &self,
        tx: &mut Tx<'_>,
        id: Id,
        identified: &Identified,
        effect: &Effect,
    ) -> Result<bool, StoreError> {
        let Identified { event, agent, .. } = identified;
        tx.insert_reported(&EventRow {
            id,
            call_id: effect.call,
            kind: effect.kind.unwrap_or(event.kind).word(),
            agent: agent.as_deref(),
            pane_id: effect.pane,
            body: Some(&self.body),
            decided: effect.ruled.as_ref().map(|ruled| Decided {
                decision: &ruled.decision,
                contact: ruled.contact,
                knew: ruled.knew.as_deref(),
                // Only XucMgt can pause an agent.
                autopause: false,
                carried: false,
            }),
            page: effect.pane.and(effect.ruled.as_ref()).and_then(Ruled::page),
            // The personal link says who the agent is.
            identity: None,
            reported: Some(Reported {
                source: &self.source.name,
                name: &event.name,
                at: event.at,
                key: event.key.as_deref(),
            }),
        })
    }

    /// Applies an event to its call; answers nothing if it says nothing new. Whether it was heard before
    /// is known when its row is written: until then, only a call that nobody told of is.
    fn apply(
        &self,
        tx: &mut Tx<'_>,
        id: Id,
        (external_id, found): (&str, Found),
        identified: &Identified,
    ) -> Result<Option<Effect>, StoreError> {
        let Identified { event, who, .. } = identified;
        let who = who.as_deref();
        let mut call = found.load(tx, self.region)?;
        let mut kind = meaning(&call, event, who);
        let update = event.kind == CallEventKind::Updated && event.key.is_none();
        let before = update.then(|| call.clone());
        let was_ended = call.is_ended();
        let moved = call.apply(event, who);
        if before.is_some_and(|before| call.says_the_same_as(&before)) {
            return Ok(None);
        }
        // A call ends once: not while somebody else goes on, and not again after what came first and
        // proved it.
        if kind == CallEventKind::Ended && (was_ended || !call.is_ended()) {
            kind = CallEventKind::Updated;
        }
        let caller = state::other_party(&call, self.region);
        let state = state::of(&call, &caller, self.now, self.source.expires)?;
        let call_id = found.id();
        let begins = matches!(found, Found::New(_));
        if begins && !tx.insert_call(call_id, self.source.calls(), external_id, &state)? {
            // Another node was quicker.
            let held = tx.lock_call(self.source.calls(), external_id)?;
            let found = Found::Known(held.ok_or(StoreError::Unreadable("call"))?);
            return self.apply(tx, id, (external_id, found), identified);
        }
        let contact = if self.anybody {
            known::who(tx, &self.in_force, &caller, call_id, self.now)?
        } else {
            Who::Unknown
        };
        let applied = Applied { id, call_id, external_id, identified, kind, call: &call, contact };
        let mut effect = self.effect(tx, &applied)?;
        if !self.keep(tx, id, identified, &effect)? {
            return Ok(None);
        }
        if found.is_saved() && !moved {
            tx.save_call_state(call_id, &state)?;
        } else if !begins {
            tx.save_call(call_id, &state)?;
        }
        state::announce(tx, call_id, &call);
        self.tell(tx, &applied)?;
        if !was_ended && call.is_ended() && kind != CallEventKind::Ended {
            let (name, who) = (event.name.clone(), who.map(str::to_owned));
            effect.ended = Some(Sequel { call: call_id, name, who });
        }
        if matches!(event.kind, CallEventKind::Started | CallEventKind::Ringing) {
            effect.caller = Some((caller, call_id));
        }
        Ok(Some(effect))
    }

    /// What an event leads to at its agent.
    fn effect(&self, tx: &mut Tx<'_>, applied: &Applied<'_>) -> Result<Effect, StoreError> {
        let Applied { id, call_id, kind, call, .. } = *applied;
        let Identified { event, agent, who } = applied.identified;
        let mut effect = Effect { call: Some(call_id), kind: Some(kind), ..Effect::default() };
        let (Some(agent), Some(who)) = (agent, who) else { return Ok(effect) };
        // Whoever has a desktop of their own is shown pages there.
        let configured = self.in_force.configuration.agent_of_key(agent);
        let Some(known) = configured.filter(|_| self.source.make.desktop.is_none()) else {
            return Ok(effect);
        };
        let part = call.part(who);
        let rings = event.kind == CallEventKind::Ringing && part.phase == CallPhase::Ringing;
        let ring = self.ring_at(applied, who);
        // A call that rings again at an agent who closed its page, having missed it, has to be seen.
        if !self.wants_page(&part, &ring) || tx.find_desktop_pane(call_id, agent, rings)?.is_some()
        {
            return Ok(effect);
        }
        let decision = decide::decide(&self.in_force, &ring, self.now, NOT_ASKED);
        let over = part.phase == CallPhase::Ended;
        let opening = decision.opening.as_ref();
        effect.pane =
            opening.filter(|opening| !over || opening.moment == Moment::Ended).map(|_| id);
        effect.ruled = Some(Ruled {
            decision,
            contact: ring.contact.state().word(),
            knew: Knew::of(&ring),
            agent_name: known.name.clone(),
            callee: ring.callee,
        });
        Ok(effect)
    }

    /// The call as a ring at somebody.
    fn ring_at(&self, applied: &Applied<'_>, who: &str) -> Ring {
        let mut ring = state::ring_of(applied.call, &self.source.name, who, self.region);
        ring.external_id = Some(applied.external_id.to_owned());
        ring.contact = applied.contact.clone();
        ring.presence = self.context.board.now(Some(who), &self.in_force.configuration, self.now);
        ring
    }

    /// Owes the event to destinations.
    fn tell(&self, tx: &mut Tx<'_>, applied: &Applied<'_>) -> Result<(), StoreError> {
        if self.in_force.configuration.destinations().is_empty() {
            return Ok(());
        }
        let Identified { event, who, .. } = applied.identified;
        let (told, last) = (who.as_deref(), applied.call.last());
        // Who spoke may have left before others who were rung.
        let ends = applied.kind == CallEventKind::Ended;
        let who = if ends { last.or(told) } else { told.or(last) }.unwrap_or_default();
        let message = Message {
            kind: applied.kind.word(),
            name: &event.name,
            event_id: applied.id,
            at: event.at,
            call_id: applied.call_id,
            ring: &self.ring_at(applied, who),
            call: applied.call,
            pane: None,
        };
        enqueue(tx, &self.in_force, self.region, self.now, &message)
    }

    /// An event with its agent as they are configured.
    pub(super) fn identified(&self, mut event: CallEvent) -> Identified {
        if let (Some(region), Some(other)) = (self.source.region, &mut event.other) {
            // Read by its own country once, it is the same number everywhere.
            let read = Party::read(&other.number, None, region);
            if let Some(number) = read.e164().filter(|number| *number != other.number) {
                other.sent = Some(std::mem::replace(&mut other.number, number.to_owned()));
            }
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
        let who = part_key(key.as_deref(), told.line.as_deref());
        Identified { event, agent: key, who }
    }

    /// The call that an event belongs to: by its id, else the one that rang at a desktop just now and
    /// must be meant, else a new one. None, if the event was heard before, and its call is forgotten.
    fn hold(
        &self,
        tx: &mut Tx<'_>,
        external_id: &str,
        identified: &Identified,
    ) -> Result<Option<Found>, StoreError> {
        let Identified { event, who, .. } = identified;
        let source = self.source.calls();
        if let Some(held) = tx.lock_call(source, external_id)? {
            return Ok(Some(Found::Known(held)));
        }
        if let Some(key) = &event.key
            && tx.is_recorded(&self.source.name, key)?
        {
            return Ok(None);
        }
        let caller = event.other.as_ref();
        let caller = caller.map(|side| Party::read(&side.number, None, self.region));
        if let Some(caller) = caller.as_ref().and_then(Party::key) {
            tx.lock(caller)?;
            let since = self.now.minus(correlate::WINDOW);
            let rung = tx.list_rung_calls(caller, since, source)?;
            let report = Report {
                configuration: &self.in_force.configuration,
                sources: [source, &self.source.name],
                who: who.as_deref(),
                line: event.agent.as_ref().and_then(|agent| agent.line.as_deref()),
                queue: event.queue.as_ref(),
            };
            if let Some(id) = report.choose(tx, rung, self.region)?
                && let Some(held) = tx.lock_call_by_id(id)?
            {
                tx.add_alias(source, external_id, id)?;
                return Ok(Some(Found::Known(held)));
            }
        }
        Ok(Some(Found::New(Id::mint(self.now))))
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
