//! A phone system speaks: its request is proven and read, and every event in it is written down
//! with what it makes of its call, in one unit of work. When this answers `Ok`, it is on disk.

use std::sync::Arc;
use std::time::Duration;

use crate::configuration::{known_id, part};
use crate::domain::call::{Direction, Ring};
use crate::domain::contact::Who;
use crate::domain::decision::{Moment, Word as _};
use crate::domain::event::{CallEvent, CallEventKind, Outcome};
use crate::domain::ids::Id;
use crate::domain::phone::{Party, Region};
use crate::domain::progress::{Became, Call, CallPhase, Part};
use crate::domain::time::Timestamp;
use crate::flow::Flow;
use crate::flow::InForce;
use crate::flow::calls::correlate::{self, Report};
use crate::flow::calls::ring;
use crate::flow::cause;
use crate::flow::contacts::known;
use crate::flow::outbox::enqueue::{Happening, owe};
use crate::flow::retention;
use crate::pbx::{Inbound, Refusal, Source};
use crate::store::{
    CallState, Error as StoreError, EventRow, HeldCall, NewPane, Shown, Told, Topic, Tx,
};

/// What became of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heard {
    /// Events that were new.
    pub events: usize,
    /// Events that had been heard before.
    pub repeats: usize,
    /// Pages that were opened for them.
    pub pages: usize,
}

/// Why a request was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such source is configured.
    #[error(
        "there is no source \"{0}\" in the configuration; [[source]] name = \"{0}\" would make it"
    )]
    NoSource(String),
    /// It was not proven, or not understood.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How long a call may ring without a word before its end is supposed.
const RINGS: Duration = Duration::from_mins(10);

/// How old an end may be whose page is still opened.
const JUST_NOW: Duration = Duration::from_mins(5);

/// An event that was new.
struct Taken {
    /// Whether it opened a page.
    page: bool,
    /// The caller whom somebody may be asked about: of a call that begins.
    caller: Option<(Party, Id)>,
}

/// What every event of a request is taken up with.
struct Hearing {
    in_force: Arc<InForce>,
    source: Source,
    region: Region,
    now: Timestamp,
    body: String,
    /// Whether anybody could be known.
    people: bool,
}

impl Flow {
    /// A phone system's request, by whichever way it came.
    pub async fn receive(&self, name: &str, inbound: Inbound<'_>) -> Result<Heard, Error> {
        let in_force = self.in_force.load_full();
        let source = in_force.configuration.source(name);
        let source = source.ok_or_else(|| Error::NoSource(name.to_owned()))?.clone();
        let body = source.kept(&inbound);
        let now = inbound.at;
        let request = source.verify(inbound)?;
        let events = source.decode(&request)?;
        let region = self.options.region;
        let people = self.people.any();
        let hearing = Hearing { in_force, source, region, now, body, people };
        self.hear(hearing, events).await
    }

    async fn hear(&self, hearing: Hearing, events: Vec<CallEvent>) -> Result<Heard, Error> {
        let started = self.clock.elapsed();
        let name = hearing.source.name.clone();
        let what = events.first().map(|event| {
            let line = event.agent.as_ref().and_then(|agent| agent.line.clone());
            (event.name.clone(), event.call.clone(), line)
        });
        let heard = self.store.write(move |tx| {
            let (mut heard, mut callers) = (Heard::default(), Vec::new());
            for event in &events {
                match hearing.take_up(tx, event)? {
                    Some(Taken { page, caller }) => {
                        heard.events += 1;
                        heard.pages += usize::from(page);
                        callers.extend(caller);
                    }
                    None => heard.repeats += 1,
                }
            }
            Ok((heard, callers))
        });
        let heard = heard.await.map(|(heard, callers)| {
            for (caller, call) in &callers {
                self.ask_about(caller, *call);
            }
            heard
        });
        let micros = self.clock.elapsed().saturating_sub(started).as_micros();
        let (event, call, line) = what.unwrap_or_default();
        match &heard {
            Ok(Heard { events, repeats, pages }) => {
                tracing::info!(
                    source = name,
                    event,
                    call,
                    line,
                    events,
                    repeats,
                    pages,
                    micros,
                    "event"
                );
            }
            Err(error) => {
                let error = cause(error);
                tracing::error!(source = name, event, call, error, "event not kept");
            }
        }
        Ok(heard?)
    }

    /// Closes calls whose end never came; answers how many.
    pub async fn reap(&self) -> Result<usize, StoreError> {
        const PORTION: i64 = 100;
        let now = self.clock.now();
        let in_force = self.in_force.load_full();
        let region = self.options.region;
        let reaped = self.store.write(move |tx| {
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
    let Some(held) = tx.hold_overdue(id, now)? else { return Ok(()) };
    let mut call = known(tx, &held, region)?;
    let mut end = CallEvent::new(CallEventKind::Ended, "callpane: no end was heard", now);
    end.outcome = Some(Outcome::Expired);
    call.apply(&end, None);
    let expires = in_force.configuration.source(&held.source).map(|source| source.expires);
    save(tx, &held, &call, region, now, expires.unwrap_or(RINGS))?;
    let event_id = Id::mint(now);
    let mut ring = ring_of(&call, &held.source, call.last().unwrap_or_default(), region);
    ring.contact = known::who(tx, in_force, &ring.caller, id, now)?;
    let happening = Happening {
        kind: end.kind.word(),
        name: &end.name,
        event_id,
        at: now,
        call_id: id,
        ring: &ring,
        call: &call,
        pane: None,
    };
    owe(tx, in_force, region, now, &happening)?;
    tx.insert_event(&EventRow {
        id: event_id,
        call_id: Some(id),
        kind: end.kind.word(),
        agent: None,
        pane_id: None,
        body: None,
        decision: None,
        told: Some(Told { source: &held.source, name: &end.name, at: now, key: None }),
    })
}

impl Hearing {
    /// Takes up one event; answers what it led to, or nothing if it was not new.
    fn take_up(&self, tx: &mut Tx<'_>, event: &CallEvent) -> Result<Option<Taken>, StoreError> {
        if let Some(key) = &event.key
            && tx.is_recorded(&self.source.name, key)?
        {
            return Ok(None);
        }
        let (event, agent, who) = self.identified(event);
        let id = Id::mint(self.now);
        let mut row = EventRow {
            id,
            call_id: None,
            kind: event.kind.word(),
            agent,
            pane_id: None,
            body: Some(&self.body),
            decision: None,
            told: Some(Told {
                source: &self.source.name,
                name: &event.name,
                at: event.at,
                key: event.key.as_deref(),
            }),
        };
        let mut caller = None;
        if let Some(external_id) = &event.call {
            let held = self.hold(tx, external_id, &event, who.as_deref())?;
            let before = known(tx, &held, self.region)?;
            let mut call = before.clone();
            call.apply(&event, who.as_deref());
            if event.kind == CallEventKind::Updated
                && event.key.is_none()
                && call.says_what(&before)
            {
                return Ok(None);
            }
            row.call_id = Some(held.id);
            row.kind = meaning(&before, &event, who.as_deref()).word();
            save(tx, &held, &call, self.region, self.now, self.source.expires)?;
            let other = other_party(&call, self.region);
            let contact =
                self.people.then(|| known::who(tx, &self.in_force, &other, held.id, self.now));
            let contact = contact.transpose()?.unwrap_or_default();
            let begins = matches!(event.kind, CallEventKind::Started | CallEventKind::Ringing);
            caller = begins.then_some((other, held.id));
            if let (Some(agent), Some(who)) = (&row.agent, &who) {
                let mut ring = ring_of(&call, &self.source.name, who, self.region);
                ring.external_id = Some(external_id.clone());
                ring.contact = contact.clone();
                let part = call.part(who);
                let rings =
                    event.kind == CallEventKind::Ringing && part.phase == CallPhase::Ringing;
                let opened = self.open(tx, &held, &part, &ring, agent, (id, rings))?;
                row.pane_id = opened.as_ref().and_then(|(pane, _)| *pane);
                row.decision = opened.map(|(_, decision)| decision);
            }
            let speaker = who.as_deref().or_else(|| call.last()).unwrap_or_default();
            let mut ring = ring_of(&call, &self.source.name, speaker, self.region);
            ring.external_id = Some(external_id.clone());
            ring.contact = contact;
            let happening = Happening {
                kind: row.kind,
                name: &event.name,
                event_id: id,
                at: event.at,
                call_id: held.id,
                ring: &ring,
                call: &call,
                pane: None,
            };
            owe(tx, &self.in_force, self.region, self.now, &happening)?;
        }
        tx.insert_event(&row)?;
        Ok(Some(Taken { page: row.pane_id.is_some(), caller }))
    }

    /// The event with its agent as they are configured, their key, and their name in the call.
    fn identified(&self, event: &CallEvent) -> (CallEvent, Option<String>, Option<String>) {
        let mut event = event.clone();
        if let (Some(region), Some(other)) = (self.source.region, &mut event.other) {
            // Read by its own country once, it is the same number everywhere.
            let number = Party::read(&other.number, None, region);
            other.number = number.e164().map_or_else(|| other.number.clone(), str::to_owned);
        }
        let Some(told) = &mut event.agent else { return (event, None, None) };
        let calls = self.source.calls();
        let mut names = [calls, &self.source.name].into_iter();
        let known = names.find_map(|name| self.in_force.configuration.agent(name, told));
        let key = known.map(|known| known.key()).or_else(|| told.key(calls));
        if let Some(known) = known {
            told.name = Some(known.name.clone());
        }
        let who = part(key.as_deref(), told.line.as_deref());
        (event, key, who)
    }

    /// The call that an event belongs to: by its id, else the one that rang at a desktop just now
    /// and must be meant, else a new one.
    fn hold(
        &self,
        tx: &mut Tx<'_>,
        external_id: &str,
        event: &CallEvent,
        who: Option<&str>,
    ) -> Result<HeldCall, StoreError> {
        let source = self.source.calls();
        if let Some(held) = tx.hold_call(source, external_id)? {
            return Ok(held);
        }
        let caller = event.other.as_ref();
        let caller = caller.map(|side| Party::read(&side.number, None, self.region));
        if let Some(caller) = caller.as_ref().and_then(Party::key) {
            tx.alone_with(caller)?;
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
                && let Some(held) = tx.hold_call_by_id(id)?
            {
                tx.add_alias(source, external_id, id)?;
                return Ok(held);
            }
        }
        tx.hold_new_call(Id::mint(self.now), source, external_id)
    }

    /// Opens a page on the built-in desktop, for an agent who has one, once for each call, and once
    /// more if it `rings` when that page is done.
    fn open(
        &self,
        tx: &mut Tx<'_>,
        held: &HeldCall,
        part: &Part,
        ring: &Ring,
        agent: &str,
        (event_id, rings): (Id, bool),
    ) -> Result<Option<(Option<Id>, String)>, StoreError> {
        let configuration = &self.in_force.configuration;
        let known = configuration.agent_of_key(agent);
        // Whoever has a desktop of their own is shown pages there.
        let Some(known) = known.filter(|_| self.source.make.desktop.is_none()) else {
            return Ok(None);
        };
        let over = part.phase == CallPhase::Ended;
        let just_over = over
            && part.became == Some(Became::Talked)
            && part.since.is_some_and(|since| self.now.since(since) < JUST_NOW);
        let places = ring.direction == Direction::Outbound;
        let wanted = match part.phase {
            CallPhase::Started => places,
            CallPhase::Ringing | CallPhase::Answered | CallPhase::Held => true,
            CallPhase::Ended => just_over,
        };
        // A call that rings again at an agent who closed its page, having missed it, has to be seen.
        if !wanted || tx.find_desktop_pane(held.id, agent, rings)?.is_some() {
            return Ok(None);
        }
        let decision = ring::decide(&self.in_force, ring);
        let opening = decision.opening.as_ref();
        let opening = opening.filter(|opening| !over || opening.moment == Moment::Ended);
        let pane = opening.map(|_| Id::mint(self.now));
        if let Some((opening, id)) = opening.zip(pane) {
            tx.insert_pane(&NewPane {
                id,
                call_id: held.id,
                event_id,
                agent: (Some(agent.to_owned()), Some(&known.name)),
                callee: ring.callee.as_deref(),
                rule: decision.rule.as_deref(),
                target: ring::target(opening),
                title: opening.title.as_deref().unwrap_or_default(),
                // Only XucMgt can pause an agent.
                autopause: false,
                origin: None,
                shown: Some(Shown {
                    action: opening.action.word(),
                    moment: opening.moment.word(),
                    multitab: opening.multitab,
                }),
                // The personal link says who the agent is.
                identity: None,
            })?;
        }
        Ok(Some((pane, ring::written(ring, &decision, false, false))))
    }
}

/// What is known of a call: what was kept of it, else what desktops told of it.
pub(crate) fn known(tx: &mut Tx<'_>, held: &HeldCall, region: Region) -> Result<Call, StoreError> {
    if let Some(state) = &held.state {
        return serde_json::from_str(state).ok().ok_or(StoreError::Unreadable("call"));
    }
    let mut call = Call::default();
    for row in tx.list_rings(held.id)? {
        let body = row.body.as_deref().unwrap_or("{}");
        if let Some(ring) = crate::desktop::reread(&held.source, body, region) {
            let who = part(row.agent.as_deref(), row.callee.as_deref());
            call.apply(&ring.event(row.event_id.minted()), who.as_deref());
        }
    }
    Ok(call)
}

/// Keeps what a call is now, and wakes whoever has it on screen.
pub(crate) fn save(
    tx: &mut Tx<'_>,
    held: &HeldCall,
    call: &Call,
    region: Region,
    now: Timestamp,
    expires: Duration,
) -> Result<(), StoreError> {
    let caller = other_party(call, region);
    let patience = match call.phase() {
        CallPhase::Started | CallPhase::Ringing => Some(RINGS.min(expires)),
        CallPhase::Answered | CallPhase::Held => Some(expires),
        CallPhase::Ended => None,
    };
    let queue = call.queue();
    let direction = call.direction().unwrap_or_else(|| Direction::of_ring(&caller));
    tx.save_call(
        held.id,
        &CallState {
            state: serde_json::to_string(call).ok().ok_or(StoreError::Unreadable("call"))?,
            open_until: patience.map(|patience| now.plus(patience)),
            direction: direction.word(),
            caller: (caller.key(), &caller.raw, caller.name.as_deref()),
            dialled: call.dialled(),
            queue: (
                queue.and_then(|queue| queue.name.as_deref()),
                queue.and_then(|queue| queue.display.as_deref()),
                queue.and_then(|queue| queue.number.as_deref()),
            ),
        },
    )?;
    tx.announce(Topic::call(held.id));
    call.everybody().for_each(|who| tx.announce(Topic::agent(who)));
    Ok(())
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

/// Who is at the other end, as far as it was told.
pub(crate) fn other_party(call: &Call, region: Region) -> Party {
    let other = call.other().unwrap_or_default();
    Party::read(&other.number, other.name, region)
}

/// A call as a ring at one agent: what rules decide over, and a page shows.
pub(crate) fn ring_of(call: &Call, source: &str, who: &str, region: Region) -> Ring {
    let caller = other_party(call, region);
    let mut agent = call.agent(who).unwrap_or_default();
    agent.user_id = known_id(who).map(str::to_owned);
    Ring {
        source: source.to_owned(),
        external_id: None,
        direction: call.direction().unwrap_or_else(|| Direction::of_ring(&caller)),
        caller,
        callee: agent.line.clone(),
        agent,
        dialled: call.dialled().map(|number| Party::read(number, None, region)),
        queue: call.queue().cloned(),
        data: call.data().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        outcome: call.outcome(),
        contact: Who::Unknown,
        origin: None,
        body: String::new(),
    }
}

/// Whether a page that opens at this moment is to be seen by now.
pub(crate) fn is_due(moment: &str, part: &Part) -> bool {
    let spoke = matches!(part.became, Some(Became::Talked | Became::Transferred(_)));
    match Moment::read(moment) {
        Some(Moment::Ringing) | None => true,
        Some(Moment::Answered) => {
            spoke || matches!(part.phase, CallPhase::Answered | CallPhase::Held)
        }
        Some(Moment::Ended) => spoke,
    }
}
