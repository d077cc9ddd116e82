//! A phone system speaks: its request is proven and read, and every event in it is written down
//! with what it makes of its call, in one unit of work. When this answers `Ok`, it is on disk.

use std::sync::Arc;
use std::time::Duration;

use crate::configuration::part;
use crate::domain::call::{Direction, Ring};
use crate::domain::decision::{Moment, Word as _};
use crate::domain::event::{CallEvent, CallEventKind};
use crate::domain::ids::Id;
use crate::domain::phone::{Party, Region};
use crate::domain::problem::Code;
use crate::domain::progress::{Became, Call, CallPhase, Part};
use crate::domain::time::Timestamp;
use crate::flow::calls::correlate::{self, Report};
use crate::flow::calls::{decide, state};
use crate::flow::contacts::{Contacts, known};
use crate::flow::context::{Context, InForce, cause};
use crate::flow::outbox::enqueue::{Happening, owe};
use crate::pbx::{Inbound, Refusal, Source};
use crate::store::{Error as StoreError, EventRow, HeldCall, NewPane, Shown, Told, Tx};

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

impl Error {
    /// Which refusal it is.
    pub fn code(&self) -> Code {
        match self {
            Self::NoSource(_) => Code::NoSuchSource,
            Self::Refused(Refusal::NotAuthentic(_)) => Code::NotAuthentic,
            Self::Refused(Refusal::NotUnderstood(_)) => Code::NotUnderstood,
            Self::Store(_) => Code::DatabaseAway,
        }
    }
}

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

/// What phone systems report.
#[derive(Debug)]
pub struct Calls {
    pub(crate) context: Arc<Context>,
    contacts: Arc<Contacts>,
}

impl Calls {
    pub(crate) fn new(context: &Arc<Context>, contacts: &Arc<Contacts>) -> Self {
        Self { context: Arc::clone(context), contacts: Arc::clone(contacts) }
    }

    /// A phone system's request, by whichever way it came.
    pub async fn receive(&self, name: &str, inbound: Inbound<'_>) -> Result<Heard, Error> {
        let in_force = self.context.in_force();
        let source = in_force.configuration.source(name);
        let source = source.ok_or_else(|| Error::NoSource(name.to_owned()))?.clone();
        let body = source.kept(&inbound);
        let now = inbound.at;
        let request = source.verify(inbound)?;
        let events = source.decode(&request)?;
        let region = self.context.options.region;
        let people = self.contacts.any();
        let hearing = Hearing { in_force, source, region, now, body, people };
        self.hear(hearing, events).await
    }

    async fn hear(&self, hearing: Hearing, events: Vec<CallEvent>) -> Result<Heard, Error> {
        let started = self.context.clock.elapsed();
        let name = hearing.source.name.clone();
        let what = events.first().map(|event| {
            let line = event.agent.as_ref().and_then(|agent| agent.line.clone());
            (event.name.clone(), event.call.clone(), line)
        });
        let heard = self.context.store.write(move |tx| {
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
                self.contacts.ask_about(caller, *call);
            }
            heard
        });
        let micros = self.context.clock.elapsed().saturating_sub(started).as_micros();
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
            let before = state::load(tx, &held, self.region)?;
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
            state::save(tx, &held, &call, self.region, self.now, self.source.expires)?;
            let other = state::other_party(&call, self.region);
            let contact =
                self.people.then(|| known::who(tx, &self.in_force, &other, held.id, self.now));
            let contact = contact.transpose()?.unwrap_or_default();
            let begins = matches!(event.kind, CallEventKind::Started | CallEventKind::Ringing);
            caller = begins.then_some((other, held.id));
            if let (Some(agent), Some(who)) = (&row.agent, &who) {
                let mut ring = state::ring_of(&call, &self.source.name, who, self.region);
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
            let mut ring = state::ring_of(&call, &self.source.name, speaker, self.region);
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
        let decision = decide::decide(&self.in_force, ring);
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
                target: decide::target(opening),
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
        Ok(Some((pane, decide::kept(ring, &decision, false, false))))
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
