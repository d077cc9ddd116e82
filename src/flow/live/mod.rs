//! What goes on now: calls at agents, the agents, and who probably waits behind a page that is gone.

mod followed;
mod shown;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::configuration::{Configuration, named_in, part_key};
use crate::domain::actor::Actor;
use crate::domain::audit::Act;
use crate::domain::call::{Call, CallPhase, Part};
use crate::domain::event::PageEventKind;
use crate::domain::ids::Id;
use crate::domain::phone::{Party, Region};
use crate::domain::ring::Agent;
use crate::domain::time::Timestamp;
use crate::flow::audit::Entry;
use crate::flow::calls::state::KeptRing;
use crate::flow::context::Context;
use crate::flow::panes::events::record;
use crate::flow::panes::page_state::Known;
use crate::flow::panes::{PageState, unreported};
use crate::flow::presence::{self, AgentStatus};
use crate::store::{
    Error as StoreError, LiveCallRow, LiveRingRow, LiveRings, PausingRow, Topic, Tx,
};

use followed::Followed;

/// Events that are looked at for rings, and how far back at most. A call that goes on for longer is found
/// among those that phone systems report.
const EVENTS: i64 = 5000;
const BACK: Duration = Duration::from_hours(4);

/// Calls that are listed at most, and rings that are read for them: a call may ring several agents.
const MOST: usize = 200;
const RINGS: i64 = 1000;

/// How long a call is listed after its end.
const AFTER_END: Duration = Duration::from_secs(30);

/// How long a page that pauses may be on no screen until its agent is taken to be stuck: a reload, a
/// network that is away for a moment, or a laptop that is carried elsewhere are over by then.
const LEFT: Duration = Duration::from_mins(2);

/// How far back is looked for pages that pause: whoever was paused before has gone home.
const SHIFT: Duration = Duration::from_hours(12);

/// Pages that pause their agents, and that nobody has on screen any more.
pub(crate) fn left_pausing(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<PausingRow>, StoreError> {
    tx.list_left_pausing(Id::floor(now.minus(SHIFT)), now.minus(LEFT), 100)
}

/// What goes on now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// When it was read.
    pub at: Timestamp,
    /// Calls at agents, the newest first.
    pub calls: Vec<LiveCall>,
    /// Whether there are more than these.
    pub has_more: bool,
    /// Configured agents.
    pub agents: Vec<LiveAgent>,
    /// Agents who probably stay paused.
    pub left: Vec<LeftPaused>,
}

/// A call at an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveCall {
    pub call: Id,
    /// Its ring at this agent; none where it was not reported, or long ago.
    pub ring: Option<Id>,
    /// When it rang here, or began.
    pub at: Timestamp,
    /// What the agent is called.
    pub agent: Option<String>,
    pub caller: Party,
    pub queue: Option<String>,
    /// What it is doing; none where that was not reported.
    pub phase: Option<CallPhase>,
    pub rule: Option<String>,
    pub page: PageState,
    /// Whether it pauses the agent.
    pub is_paused: bool,
    /// Whose part it is.
    pub who: Option<String>,
}

/// A configured agent at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveAgent {
    pub id: String,
    pub name: String,
    /// Their own status, and what their telephone is doing.
    pub status: Option<String>,
    pub telephony: Option<String>,
    /// How many of the calls are theirs.
    pub calls: usize,
    pub is_signed_in: bool,
}

/// An agent whom a page has paused that nobody has on screen any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftPaused {
    pub agent: String,
    pub call: Option<Id>,
    pub pane: Id,
    pub opened_at: Timestamp,
    /// When it was last on a screen.
    pub seen_at: Timestamp,
}

/// Looks at what goes on.
#[derive(Debug)]
pub struct Lives {
    context: Arc<Context>,
    followed: Followed,
}

impl Lives {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context, followed: Followed::default() }
    }

    /// Closes a page that nobody has on screen any more, so that it pauses its agent no longer at their next
    /// call. Answers whether there was one: whoever works on a page keeps it.
    pub async fn close(&self, actor: &Actor, pane: Id) -> Result<bool, StoreError> {
        let (now, entry) =
            (self.context.now(), Entry::of(actor, Act::PageClosed, pane.to_string()));
        let closed = self.context.store.write(move |tx| {
            let found = tx.find_pane(pane)?.filter(|pane| pane.autopause);
            let Some(found) = found else { return Ok(false) };
            if tx.last_seen(pane)?.is_none_or(|seen| seen >= now.minus(LEFT)) {
                return Ok(false);
            }
            if !tx.complete_pane(pane, now, None, None, None)? {
                return Ok(false);
            }
            record(tx, PageEventKind::Completed, &found, now)?;
            entry.write(tx, now)?;
            tx.announce(Topic::call(found.call.id));
            found.agent.iter().for_each(|agent| tx.announce(Topic::agent(agent)));
            Ok(true)
        });
        closed.await
    }

    /// Pages that are open now: as far as the newest events tell.
    pub async fn count_open_pages(&self) -> Result<i64, StoreError> {
        let after = Id::floor(self.context.now().minus(self.context.options.pane_lifetime));
        self.context.store.read(move |tx| tx.count_open_pages(after, EVENTS)).await
    }

    /// What goes on now.
    pub async fn read(&self) -> Result<Live, StoreError> {
        let now = self.context.now();
        let (in_force, region) = (self.context.in_force(), self.context.options.region);
        let making_sense = Arc::clone(&in_force);
        let one_more = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
        let found = self.context.store.read(move |tx| {
            let reader = Reader { configuration: &making_sense.configuration, region, now };
            let rings = tx.list_live_rings(&newest_rings(now))?;
            let open = tx.list_open_calls(now, one_more)?;
            let calls = reader.calls(&rings, &open);
            Ok((calls, left_pausing(tx, now)?, tx.list_signed_in()?))
        });
        let (mut calls, left, signed_in) = found.await?;
        let configuration = &in_force.configuration;
        let reader = Reader { configuration, region, now };
        let has_more = calls.len() > MOST;
        calls.truncate(MOST);
        let statuses = presence::list(&self.context.store, configuration).await?;
        let agent = |status: &AgentStatus| {
            let is_signed_in = signed_in.iter().any(|(agent, _)| *agent == status.agent.id);
            reader.agent(status, is_signed_in, &calls)
        };
        let agents = statuses.iter().map(agent).collect();
        let left = left.iter().map(|row| reader.left(row)).collect();
        Ok(Live { at: now, calls, has_more, agents, left })
    }
}

/// The rings of which something may go on.
fn newest_rings(now: Timestamp) -> LiveRings {
    LiveRings {
        events: EVENTS,
        after: Id::floor(now.minus(BACK)),
        unreported_after: Id::floor(now.minus(unreported::GOES_ON)),
        told_after: Id::floor(now.minus(2 * AFTER_END)),
        now,
        limit: RINGS,
    }
}

/// Makes sense of rows.
struct Reader<'a> {
    configuration: &'a Configuration,
    region: Region,
    now: Timestamp,
}

impl Reader<'_> {
    /// What still goes on: each agent's newest ring of each call, and parts in calls without a ring.
    fn calls(&self, rings: &[LiveRingRow], open: &[LiveCallRow]) -> Vec<LiveCall> {
        let mut seen: HashMap<(Id, Option<String>), LiveCall> = HashMap::new();
        for ring in rings {
            let who = part_key(ring.agent.as_deref(), ring.callee.as_deref());
            seen.entry((ring.call.id, who.clone())).or_insert_with(|| self.ring(ring, who));
        }
        for row in open {
            let Some(call) = Call::restore(row.state.as_deref()) else { continue };
            for who in call.everybody() {
                let key = (row.id, Some(who.to_owned()));
                seen.entry(key).or_insert_with(|| self.part(row, &call, who));
            }
        }
        let mut calls: Vec<LiveCall> = seen.into_values().collect();
        calls.retain(|call| self.goes_on(call));
        calls.sort_by(|one, other| {
            (other.at, other.call, &other.who).cmp(&(one.at, one.call, &one.who))
        });
        calls
    }

    fn ring(&self, ring: &LiveRingRow, who: Option<String>) -> LiveCall {
        let call = Call::restore(ring.call.state.as_deref());
        let part = call.as_ref().map(|call| call.part(who.as_deref().unwrap_or_default()));
        let (phase, at) = phase_of(part.as_ref(), ring.id.minted(), self.now);
        let page = self.page(ring, part.as_ref());
        let stays = matches!(page, PageState::Open | PageState::Unopened | PageState::Elsewhere);
        LiveCall {
            call: ring.call.id,
            ring: Some(ring.id),
            at,
            agent: self.agent_of_ring(ring, call.as_ref(), who.as_deref()),
            caller: self.caller(&ring.call),
            queue: ring.call.queue.clone(),
            phase,
            rule: ring.rule.clone(),
            page,
            is_paused: ring.autopause && stays,
            who,
        }
    }

    fn page(&self, ring: &LiveRingRow, part: Option<&Part>) -> PageState {
        if !ring.has_page {
            return PageState::None;
        }
        let known = Known {
            action: ring.action.as_deref(),
            hosted: ring.hosted,
            opened: ring.opened_at.is_some(),
            completed: ring.completed_at.is_some(),
            moment: ring.moment.as_deref(),
            rang: ring.id.minted(),
        };
        known.state(part, self.now)
    }

    /// A part that was reported, and whose ring was none of ours or long ago.
    fn part(&self, row: &LiveCallRow, call: &Call, who: &str) -> LiveCall {
        let part = call.part(who);
        LiveCall {
            call: row.id,
            ring: None,
            at: part.since.or(call.started_at()).unwrap_or_else(|| row.id.minted()),
            agent: self.name(Some(who), call.agent(who).and_then(|agent| agent.label())),
            caller: self.caller(row),
            queue: row.queue.clone(),
            phase: Some(part.phase),
            rule: None,
            page: PageState::None,
            is_paused: false,
            who: Some(who.to_owned()),
        }
    }

    fn goes_on(&self, call: &LiveCall) -> bool {
        let since = self.now.since(call.at);
        match call.phase {
            Some(CallPhase::Ended) => since < AFTER_END,
            Some(_) => true,
            None => since < unreported::GOES_ON && call.page != PageState::Finished,
        }
    }

    fn caller(&self, row: &LiveCallRow) -> Party {
        Party::read(&row.caller_raw, row.caller_name.clone(), self.region)
    }

    fn agent_of_ring(
        &self,
        ring: &LiveRingRow,
        call: Option<&Call>,
        who: Option<&str>,
    ) -> Option<String> {
        let told = label(ring.agent_name.as_deref(), ring.callee.as_deref());
        let told = told.or_else(|| {
            let kept = KeptRing {
                source: ring.reported_by.as_deref(),
                call_source: &ring.call.source,
                call,
                body: ring.body.as_deref(),
                agent: ring.agent.as_deref(),
                line: ring.callee.as_deref(),
            };
            kept.reread(self.region).agent.label()
        });
        let told = told.or_else(|| call?.agent(who?)?.label());
        self.name(ring.agent.as_deref(), told)
    }

    fn name(&self, key: Option<&str>, told: Option<String>) -> Option<String> {
        match key {
            Some(key) => Some(name(key, told, self.configuration)),
            None => told,
        }
    }

    fn agent(&self, status: &AgentStatus, is_signed_in: bool, calls: &[LiveCall]) -> LiveAgent {
        let AgentStatus { agent, presence } = status;
        let key = agent.key();
        let theirs = calls.iter().filter(|call| {
            call.who.as_deref() == Some(&key) && call.phase != Some(CallPhase::Ended)
        });
        let now = presence.now(self.now);
        LiveAgent {
            id: agent.id.clone(),
            name: agent.name.clone(),
            status: now.user.and_then(|user| user.status),
            telephony: now.telephony,
            calls: theirs.count(),
            is_signed_in,
        }
    }

    fn left(&self, row: &PausingRow) -> LeftPaused {
        LeftPaused {
            agent: called(row, self.configuration),
            call: row.call,
            pane: row.pane,
            opened_at: row.opened_at,
            seen_at: row.seen_at,
        }
    }
}

/// What an agent is called: by the configuration, else as they were told of.
fn name(key: &str, told: Option<String>, configuration: &Configuration) -> String {
    let known = configuration.agent_of_key(key).map(|agent| agent.name.clone());
    known.or(told).unwrap_or_else(|| named_in(key).to_owned())
}

/// What the agent of a page that pauses is called.
pub(crate) fn called(row: &PausingRow, configuration: &Configuration) -> String {
    let told = label(row.agent_name.as_deref(), row.callee.as_deref());
    name(&row.agent, told, configuration)
}

/// `Name (line)`, as far as both are known.
fn label(name: Option<&str>, line: Option<&str>) -> Option<String> {
    let (name, line) = (name.map(str::to_owned), line.map(str::to_owned));
    Agent { name, line, ..Agent::default() }.label()
}

/// What an agent's part is doing, and since when; the page of an unreported call knows that it rang.
fn phase_of(
    part: Option<&Part>,
    rang: Timestamp,
    now: Timestamp,
) -> (Option<CallPhase>, Timestamp) {
    match part {
        Some(part) if part.phase == CallPhase::Ended => {
            (Some(part.phase), part.since.unwrap_or(rang))
        }
        Some(part) => (Some(part.phase), rang),
        None => {
            let part = unreported::part(rang, None, now);
            (Some(part.phase).filter(|phase| *phase == CallPhase::Ringing), rang)
        }
    }
}
