//! What goes on now, as JSON.

use serde::Serialize;

use crate::domain::phone::Region;
use crate::domain::word::Word as _;
use crate::flow::live;

/// What goes on now.
#[derive(Debug, Serialize)]
pub(in crate::web) struct Live<'a> {
    at: String,
    calls: Vec<Call<'a>>,
    /// Whether there are more calls than these.
    has_more: bool,
    agents: Vec<Agent<'a>>,
    paused: Vec<Paused<'a>>,
}

/// A call at an agent.
#[derive(Debug, Serialize)]
struct Call<'a> {
    uuid: String,
    at: String,
    agent: Option<&'a str>,
    caller: Caller<'a>,
    queue: Option<&'a str>,
    /// None where nothing reports it.
    phase: Option<&'static str>,
    rule: Option<&'a str>,
    page: &'static str,
    pauses: bool,
}

#[derive(Debug, Serialize)]
struct Caller<'a> {
    display: String,
    e164: Option<&'a str>,
    name: Option<&'a str>,
}

/// A configured agent at work.
#[derive(Debug, Serialize)]
struct Agent<'a> {
    id: &'a str,
    name: &'a str,
    status: Option<&'a str>,
    telephony: Option<&'a str>,
    calls: usize,
    signed_in: bool,
}

/// An agent whom a page pauses that nobody has on screen any more.
#[derive(Debug, Serialize)]
struct Paused<'a> {
    agent: &'a str,
    call: Option<String>,
    page: String,
    opened: String,
    seen: String,
}

impl<'a> Live<'a> {
    /// With numbers as they are written in this region.
    pub(in crate::web) fn of(live: &'a live::Live, region: Region) -> Self {
        Self {
            at: live.at.to_string(),
            calls: live.calls.iter().map(|call| Call::of(call, region)).collect(),
            has_more: live.has_more,
            agents: live.agents.iter().map(Agent::from).collect(),
            paused: live.left.iter().map(Paused::from).collect(),
        }
    }
}

impl<'a> Call<'a> {
    fn of(call: &'a live::LiveCall, region: Region) -> Self {
        let caller = Caller {
            display: call.caller.display(region),
            e164: call.caller.e164(),
            name: call.caller.name.as_deref(),
        };
        Self {
            uuid: call.call.to_string(),
            at: call.at.to_string(),
            agent: call.agent.as_deref(),
            caller,
            queue: call.queue.as_deref(),
            phase: call.phase.map(|phase| phase.word()),
            rule: call.rule.as_deref(),
            page: call.page.word(),
            pauses: call.is_paused,
        }
    }
}

impl<'a> From<&'a live::LiveAgent> for Agent<'a> {
    fn from(agent: &'a live::LiveAgent) -> Self {
        Self {
            id: &agent.id,
            name: &agent.name,
            status: agent.status.as_deref(),
            telephony: agent.telephony.as_deref(),
            calls: agent.calls,
            signed_in: agent.is_signed_in,
        }
    }
}

impl<'a> From<&'a live::LeftPaused> for Paused<'a> {
    fn from(left: &'a live::LeftPaused) -> Self {
        Self {
            agent: &left.agent,
            call: left.call.map(|call| call.to_string()),
            page: left.pane.to_string(),
            opened: left.opened_at.to_string(),
            seen: left.seen_at.to_string(),
        }
    }
}
