//! What goes on now: calls, agents, and who probably waits behind a page that is gone.

use serde::Serialize;

use super::{Moment, Page};

/// What goes on now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Live {
    /// Calls at agents, the newest first.
    pub calls: Vec<LiveCall>,
    /// Whether there are more than these.
    pub has_more: bool,
    /// Configured agents.
    pub agents: Vec<LiveAgent>,
    /// Agents who probably stay paused.
    pub paused: Vec<Paused>,
    /// Whether whoever reads this may close their pages.
    pub may_close: bool,
}

/// A call at an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LiveCall {
    /// The id of its ring, or else its own: what became of it is explained under either.
    pub id: String,
    /// Where it is its own, the query that asks about this agent's part.
    pub query: Option<String>,
    pub at: Moment,
    /// The agent's name, or whatever is known of them.
    pub agent: Option<String>,
    /// The caller's number; empty if it is withheld.
    pub caller: String,
    /// The caller's name.
    pub name: Option<String>,
    pub queue: Option<String>,
    /// ringing, answered, held, ended; unknown where nothing reports it.
    pub phase: &'static str,
    /// The rule that decided.
    pub rule: Option<String>,
    /// none, waiting, unanswered, unopened, program, elsewhere, open, finished.
    pub page: &'static str,
    /// Whether the agent is paused by it.
    pub is_paused: bool,
}

/// A configured agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LiveAgent {
    pub id: String,
    pub name: String,
    /// Their own status, and what their telephone is doing, as phone systems report it.
    pub status: Option<String>,
    pub telephony: Option<String>,
    /// How many calls of theirs are above.
    pub calls: usize,
    /// Whether they are signed in to the built-in desktop.
    pub is_signed_in: bool,
}

/// An agent whom a page has paused that nobody has on screen any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paused {
    pub agent: String,
    /// When their page opened.
    pub at: Moment,
    /// The call that it is of.
    pub call: Option<String>,
    /// The page's id.
    pub page: String,
    /// For how long nobody has had it on screen, in minutes.
    pub minutes: u64,
}

impl Page for Live {
    fn template(&self) -> String {
        "console/live.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let call = LiveCall {
            id: "00000000-0000-8000-8000-000000000001".to_owned(),
            query: None,
            at: Moment::sample("today"),
            agent: Some("Priya Nair".to_owned()),
            caller: "01 99 00 55 77".to_owned(),
            name: Some("Zoë Brûlé".to_owned()),
            queue: Some("Trucks".to_owned()),
            phase: "ringing",
            rule: Some("trucks: <pause> and open".to_owned()),
            page: "open",
            is_paused: true,
        };
        let phases = ["answered", "held", "ended", "unknown"];
        let bare = phases.map(|phase| LiveCall {
            query: Some("agent=xuc%3Aline%3A1088".to_owned()),
            agent: None,
            caller: String::new(),
            name: None,
            queue: None,
            phase,
            rule: None,
            page: "none",
            is_paused: false,
            ..call.clone()
        });
        let pages = ["waiting", "unanswered", "unopened", "program", "elsewhere", "finished"];
        let pages = pages.map(|page| LiveCall { page, ..call.clone() });
        let agent = LiveAgent {
            id: "priya".to_owned(),
            name: "Priya Nair".to_owned(),
            status: Some("dnd".to_owned()),
            telephony: Some("talking".to_owned()),
            calls: 1,
            is_signed_in: true,
        };
        let away = LiveAgent { status: Some("on <leave>".to_owned()), ..agent.clone() };
        let quiet = LiveAgent {
            status: None,
            telephony: None,
            calls: 0,
            is_signed_in: false,
            ..agent.clone()
        };
        let paused = Paused {
            agent: "Priya Nair".to_owned(),
            at: Moment::sample("yesterday"),
            call: Some(call.id.clone()),
            page: call.id.clone(),
            minutes: 12,
        };
        let stuck = Paused { call: None, minutes: 1, ..paused.clone() };
        let calls = [vec![call], bare.to_vec(), pages.to_vec()].concat();
        let busy = Self {
            calls,
            has_more: true,
            agents: vec![agent, away, quiet],
            paused: vec![paused, stuck],
            may_close: true,
        };
        vec![busy, Self::default()]
    }
}
