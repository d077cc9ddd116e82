//! A line of a list of calls: one ring at one agent, or a call that rang nobody, with what came of it.

use std::time::Duration;

use crate::configuration::{Configuration, named_in, part_key};
use crate::desktop;
use crate::domain::call::{Call, Ending, Part};
use crate::domain::decision::Moment;
use crate::domain::ids::Id;
use crate::domain::phone::{Party, Region};
use crate::domain::ring::{Agent, Queue, Ring};
use crate::domain::time::Timestamp;
use crate::domain::trace::TraceCode;
use crate::flow::lists::agents::AgentLine;
use crate::flow::panes::page_state::Known;
use crate::flow::panes::{PageState, accepted, unreported};
use crate::store::{AcceptedRow, ListedCall, ListedPage, ListedRing};

/// A line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallLine {
    /// The ring's id, or that of a call that rang nobody.
    pub id: Id,
    /// Its call: here, and at the phone system that told of it first.
    pub call: Id,
    pub external_id: Option<String>,
    pub source: String,
    /// inbound, outbound, internal.
    pub direction: String,
    pub caller: Party,
    /// Who that is, as far as contacts know by now.
    pub contact: Option<String>,
    pub agent: Option<AgentLine>,
    pub queue: Option<Queue>,
    pub rule: Option<String>,
    pub action: Option<String>,
    /// ringing, answered, ended: when its page opens.
    pub moment: Option<String>,
    /// Why no page is on a screen.
    pub reason: Option<String>,
    pub page: Option<PageLine>,
    /// How far that page is.
    pub page_state: PageState,
    /// What the call is doing at this agent, or did.
    pub part: Part,
    /// Whether a phone system tells of it: otherwise it is what the ring and its page prove.
    pub reported: bool,
}

/// The page of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLine {
    pub id: Id,
    pub trace: TraceCode,
    /// Whether Callpane hosts it: only then is it known whether it was on a screen.
    pub hosted: bool,
    pub opened: Option<Timestamp>,
    pub completed: Option<Timestamp>,
    pub disposition: Option<String>,
    /// Whether the agent is paused while it is open.
    pub pauses: bool,
}

impl CallLine {
    /// How a call ends at an agent.
    pub const ENDINGS: [&str; 5] = ["talked", "transferred", "elsewhere", "missed", "expired"];

    /// When it rang, or the call began.
    pub fn at(&self) -> Timestamp {
        self.id.minted()
    }

    /// Whether the agent chose this outcome, or the call ended so: what `outcome` filters by.
    pub fn has_outcome(&self, wanted: &str) -> bool {
        let disposition = self.page.as_ref().and_then(|page| page.disposition.as_ref());
        disposition.is_some_and(|known| known.to_lowercase() == wanted.to_lowercase())
            || self.ending() == Some(wanted)
    }

    /// talked, transferred, elsewhere, missed, expired; none while it goes on or is not known.
    pub fn ending(&self) -> Option<&'static str> {
        Some(match self.part.became.as_ref()? {
            Ending::Talked => "talked",
            Ending::Transferred(_) => "transferred",
            Ending::Elsewhere(_) => "elsewhere",
            Ending::Missed => "missed",
            Ending::Expired => "expired",
        })
    }

    /// How long they spoke, once that is over.
    pub fn talked(&self) -> Option<Duration> {
        self.part.talked
    }
}

/// What lines are made with.
pub(super) struct Surroundings<'a> {
    pub(super) configuration: &'a Configuration,
    pub(super) region: Region,
    pub(super) now: Timestamp,
}

impl Surroundings<'_> {
    /// The line of a ring; none where it only says again what another line says.
    pub(super) fn of_ring(&self, listed: ListedRing) -> Option<CallLine> {
        let ListedRing { ring, call, page } = listed;
        let state = Call::restore(call.state.as_deref());
        // What a desktop tells has no name.
        if ring.name.is_some() && says_nothing_new(&ring, &call, state.as_ref()) {
            return None;
        }
        let by_desktop = ring.name.is_none();
        let told = by_desktop.then(|| desktop::reread(&ring.source, &ring.body, self.region));
        let told: Option<Ring> = told.flatten();
        let agent = self.agent(ring.agent.as_deref(), told.as_ref(), page.as_ref(), state.as_ref());
        let line = agent.as_ref().and_then(|agent| agent.line.as_deref());
        let who = part_key(ring.agent.as_deref(), line);
        let part = match &state {
            Some(call) => call.part(who.as_deref().unwrap_or_default()),
            None => unreported::part(ring.id.minted(), proven(&call, page.as_ref()), self.now),
        };
        let page_state = page.as_ref().map_or(PageState::None, |page| {
            let known = Known {
                action: ring.action.as_deref(),
                hosted: ring.hosted,
                opened: page.opened_at.is_some(),
                completed: page.completed_at.is_some(),
                moment: ring.moment.as_deref(),
                rang: ring.id.minted(),
            };
            known.state(state.as_ref().map(|_| &part), self.now)
        });
        let caller = told.as_ref().map(|ring| ring.caller.clone());
        let queue = told.and_then(|ring| ring.queue).or_else(|| queue_of(&call));
        Some(CallLine {
            id: ring.id,
            reason: accepted::reason(&ring, self.configuration, self.now),
            caller: caller.unwrap_or_else(|| caller_of(&call, self.region)),
            page: page.map(|page| page_line(page, ring.hosted)),
            page_state,
            call: call.id,
            external_id: call.external_id,
            source: ring.source,
            direction: call.direction,
            contact: None,
            agent,
            queue,
            rule: ring.rule,
            action: ring.action,
            moment: ring.moment,
            part,
            reported: state.is_some(),
        })
    }

    /// The line of a call that rang nobody.
    pub(super) fn of_call(&self, call: ListedCall) -> CallLine {
        let state = Call::restore(call.state.as_deref()).unwrap_or_default();
        let who = state.last().or_else(|| state.alone()).map(str::to_owned);
        let agent = self.agent(who.as_deref(), None, None, Some(&state));
        CallLine {
            id: call.id,
            caller: caller_of(&call, self.region),
            queue: queue_of(&call),
            call: call.id,
            external_id: call.external_id,
            source: call.source,
            direction: call.direction,
            contact: None,
            agent,
            rule: None,
            action: None,
            moment: None,
            reason: Some("no agent's phone has rung".to_owned()),
            page: None,
            page_state: PageState::None,
            part: state.part(who.as_deref().unwrap_or_default()),
            reported: true,
        }
    }

    fn agent(
        &self,
        key: Option<&str>,
        told: Option<&Ring>,
        page: Option<&ListedPage>,
        state: Option<&Call>,
    ) -> Option<AgentLine> {
        let line = page.and_then(|page| page.callee.clone());
        let line = line.or_else(|| told.and_then(|ring| ring.callee.clone()));
        let who = part_key(key, line.as_deref());
        let in_call = state.zip(who.as_deref()).and_then(|(call, who)| call.agent(who));
        let Agent { name: in_call, line: line_in_call, .. } = in_call.unwrap_or_default();
        let key = key.map(str::to_owned).or(who)?;
        let known = self.configuration.agent_of_key(&key);
        let name = known.map(|agent| agent.name.clone());
        let name = name.or_else(|| page.and_then(|page| page.agent_name.clone()));
        let name = name.or_else(|| told.and_then(|ring| ring.agent.name.clone())).or(in_call);
        let line = line.or(line_in_call);
        let id = known.map(|agent| agent.id.clone());
        let id = id.or_else(|| told.and_then(|ring| ring.agent.agent_id.clone()));
        let id = id.or_else(|| line.clone()).unwrap_or_else(|| named_in(&key).to_owned());
        Some(AgentLine { key, id, name, line, newest: None })
    }
}

/// Phone systems tell of one ring several times, and of rings that a desktop tells of too. What opened a
/// page stands for the others; where nothing did, what was told first; and where every telephone that
/// rang has asked for its page itself, those requests.
fn says_nothing_new(ring: &AcceptedRow, call: &ListedCall, state: Option<&Call>) -> bool {
    if ring.pane_id.is_some() || ring.had_page {
        return ring.pane_id != Some(ring.id);
    }
    let rung = || state.into_iter().flat_map(Call::rung);
    let count = i64::try_from(rung().count()).unwrap_or(i64::MAX);
    let told_first = count == 0 || rung().any(|(_, at)| Some(at) == ring.happened_at);
    !told_first || call.rings > 0 && call.rings >= count
}

fn proven(call: &ListedCall, page: Option<&ListedPage>) -> Option<(Moment, Timestamp)> {
    let page = page?;
    let moment = unreported::provable(&call.source, page.by_phone_system, page.moment.as_deref());
    moment.zip(page.proven_at)
}

fn page_line(page: ListedPage, hosted: bool) -> PageLine {
    PageLine {
        id: page.id,
        trace: TraceCode::of(page.id),
        hosted,
        opened: page.opened_at,
        completed: page.completed_at,
        disposition: page.disposition,
        pauses: page.autopause,
    }
}

fn caller_of(call: &ListedCall, region: Region) -> Party {
    let number = call.caller.as_deref().unwrap_or(&call.caller_raw);
    let read = Party::read(number, call.caller_name.clone(), region);
    Party { raw: call.caller_raw.clone(), ..read }
}

fn queue_of(call: &ListedCall) -> Option<Queue> {
    let queue = Queue {
        id: None,
        name: call.queue.clone(),
        display: call.queue_display.clone(),
        number: call.queue_number.clone(),
    };
    queue.label().is_some().then_some(queue)
}
