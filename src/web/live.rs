//! What goes on now, as JSON.

#![expect(
    single_use_lifetimes,
    reason = "what describes a type to the API's document names its lifetime once"
)]

use serde::Serialize;
use utoipa::ToSchema;

use super::schema;
use crate::domain::phone::Region;
use crate::domain::word::Word as _;
use crate::flow::live;

/// What is happening now.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Live<'a> {
    /// When this was so.
    #[schema(format = DateTime)]
    at: String,
    /// The calls, with an entry for each agent.
    calls: Vec<Call<'a>>,
    /// Whether there are more calls than these.
    has_more: bool,
    /// Configured agents.
    agents: Vec<Agent<'a>>,
    /// Agents who are probably still paused: their page is on no screen any more, and was not finished.
    paused: Vec<Paused<'a>>,
}

/// A call, as it is for one agent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiveCall)]
struct Call<'a> {
    #[schema(value_type = schema::Id)]
    uuid: String,
    /// When it rang.
    #[schema(format = DateTime)]
    at: String,
    agent: Option<&'a str>,
    caller: Caller<'a>,
    queue: Option<&'a str>,
    /// What it is doing, if anything reports it.
    phase: Option<&'static str>,
    /// The rule that decided.
    rule: Option<&'a str>,
    /// What became of its page: none, waiting, unanswered, unopened, program, elsewhere, open, finished.
    page: &'static str,
    /// Whether its agent is paused while the page is open.
    pauses: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiveCaller)]
struct Caller<'a> {
    /// As an agent reads and dials it.
    display: String,
    /// The number in its international form.
    e164: Option<&'a str>,
    name: Option<&'a str>,
}

/// A configured agent at work.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiveAgent)]
struct Agent<'a> {
    id: &'a str,
    name: &'a str,
    /// The status that holds now.
    status: Option<&'a str>,
    /// What their phone is doing now.
    telephony: Option<&'a str>,
    /// How many calls they have.
    calls: usize,
    /// Whether they are signed in to the built-in desktop.
    signed_in: bool,
}

/// An agent who is probably still paused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeftPaused)]
struct Paused<'a> {
    agent: &'a str,
    /// The `uuid` of the call.
    #[schema(value_type = Option<schema::Id>)]
    call: Option<String>,
    /// The page that pauses them.
    #[schema(value_type = schema::Id)]
    page: String,
    /// When it was opened.
    #[schema(format = DateTime)]
    opened: String,
    /// When it was last on a screen.
    #[schema(format = DateTime)]
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
