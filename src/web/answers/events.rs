//! What phone systems report, and what was refused of it, as JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{moment, parsed};
use crate::configuration::known_id;
use crate::domain::event::CallEvent;
use crate::domain::ids::Id;
use crate::domain::presence;
use crate::domain::problem::Code;
use crate::domain::word::Word;
use crate::flow::calls::refusals::TriedOut;
use crate::flow::panes::accepted::Accepted;
use crate::store::RefusalRow;
use crate::web::{problem, schema};

/// An event that was accepted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Event<'a> {
    #[schema(value_type = schema::Id)]
    id: String,
    /// When it was accepted.
    #[schema(format = DateTime)]
    at: String,
    /// The phone system; `xivo` or `sheet` for a desktop's ring.
    source: &'a str,
    /// Callpane's name for it, such as `call.ringing`.
    #[schema(value_type = schema::EventKind)]
    event: &'a str,
    /// The phone system's name for it.
    name: Option<&'a str>,
    /// When it happened, if the phone system says so.
    #[schema(format = DateTime)]
    happened: Option<String>,
    /// Its call.
    call: Option<EventCall<'a>>,
    /// The agent's `id`; for somebody who is not configured, what the phone system calls them.
    agent: Option<&'a str>,
    /// The page that this agent has for the call.
    page: Option<EventPage<'a>>,
    /// The rule that decided.
    rule: Option<&'a str>,
    /// Why no page was opened.
    reason: Option<&'a str>,
    /// Whether the reason needs somebody's attention.
    warning: bool,
    /// How many times it was sent again.
    repeats: i64,
    /// What was sent.
    body: &'a str,
}

#[derive(Debug, Serialize, ToSchema)]
struct EventCall<'a> {
    /// The phone system's id of the call.
    id: Option<&'a str>,
    /// Callpane's id of the call.
    #[schema(value_type = schema::Id)]
    uuid: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct EventPage<'a> {
    #[schema(value_type = schema::Id)]
    id: String,
    /// How it is opened: `open`, `popup` or `run`.
    #[schema(value_type = Option<schema::PageAction>)]
    action: Option<&'a str>,
    /// When it is to open: `ringing`, `answered` or `ended`.
    #[schema(value_type = Option<schema::PageMoment>)]
    moment: Option<&'a str>,
    /// When it was opened first.
    #[schema(format = DateTime)]
    opened: Option<String>,
}

impl<'a> From<&'a Accepted> for Event<'a> {
    fn from(accepted: &'a Accepted) -> Self {
        let row = &accepted.row;
        let call = |id: Id| EventCall { id: row.external_id.as_deref(), uuid: id.to_string() };
        let page = |id: Id| EventPage {
            id: id.to_string(),
            action: row.action.as_deref(),
            moment: row.moment.as_deref(),
            opened: moment(row.opened_at),
        };
        Self {
            id: row.id.to_string(),
            at: row.id.minted().to_string(),
            source: &row.source,
            event: &row.kind,
            name: row.name.as_deref(),
            happened: moment(row.happened_at),
            call: row.call_id.map(call),
            agent: row.agent.as_deref().map(agent_name),
            page: row.pane_id.map(page),
            rule: row.rule.as_deref(),
            reason: accepted.reason.as_deref(),
            warning: accepted.warning,
            repeats: row.repeats,
            body: &row.body,
        }
    }
}

/// The id of a configured agent; what a source calls anybody else.
pub fn agent_name(key: &str) -> &str {
    known_id(key).unwrap_or(key)
}

/// A refused request.
#[derive(Debug, Serialize, ToSchema)]
pub struct Refusal<'a> {
    #[schema(value_type = schema::Id)]
    id: String,
    /// When it was refused.
    #[schema(format = DateTime)]
    at: String,
    /// The phone system.
    source: &'a str,
    /// What it was answered with.
    status: u16,
    /// Which refusal it was.
    code: &'a str,
    /// What was wrong.
    detail: &'a str,
    /// The request, without its credentials.
    #[schema(value_type = Object)]
    request: Value,
}

impl<'a> From<&'a RefusalRow> for Refusal<'a> {
    fn from(row: &'a RefusalRow) -> Self {
        Self {
            id: row.id.to_string(),
            at: row.id.minted().to_string(),
            source: &row.source,
            status: refusal_status(row),
            code: &row.code,
            detail: &row.detail,
            request: parsed(&row.request),
        }
    }
}

/// What a refused request was answered with.
pub fn refusal_status(row: &RefusalRow) -> u16 {
    Code::read(&row.code).map_or(500, |code| problem::status(code).as_u16())
}

/// What a pasted request means to a source.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trial<'a> {
    /// Whether it proves who sent it.
    authentic: bool,
    /// If it does not: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    not_authentic: Option<String>,
    /// What it reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    events: Option<Vec<Reported<'a>>>,
    /// Why it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    not_understood: Option<String>,
}

impl<'a> From<&'a TriedOut> for Trial<'a> {
    fn from(tried: &'a TriedOut) -> Self {
        let (events, refusal) = match &tried.events {
            Ok(events) => (Some(events.iter().map(Reported::from).collect()), None),
            Err(refusal) => (None, Some(refusal.to_string())),
        };
        Self {
            authentic: tried.authentic.is_ok(),
            not_authentic: tried.authentic.as_ref().err().map(ToString::to_string),
            events,
            not_understood: refusal,
        }
    }
}

/// An event; members without a value are left out.
#[derive(Debug, Serialize, ToSchema)]
struct Reported<'a> {
    /// Callpane's name for the event, such as `call.ringing`.
    #[schema(value_type = schema::EventKind)]
    event: &'static str,
    /// The phone system's name for it.
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    /// The phone system's id of the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    call: Option<&'a str>,
    /// When it happened.
    #[schema(format = DateTime)]
    at: String,
    /// `extension`, `id`, `name`, `email`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, String>)]
    agent: BTreeMap<&'static str, &'a str>,
    /// `number`, `name`, `company`, `email`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, String>)]
    caller: BTreeMap<&'static str, &'a str>,
    /// The number that was dialled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    dialled: Option<&'a str>,
    /// `inbound`, `outbound` or `internal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = schema::CallDirection)]
    direction: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    queue: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    started: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    answered: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    ended: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    talk_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    duration_seconds: Option<i64>,
    /// How the call turned out, such as `answered` or `missed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = schema::CallOutcome)]
    outcome: Option<&'static str>,
    /// Why it ended, in the phone system's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cause: Option<&'a str>,
    /// Addresses of recordings.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    recordings: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    codes: &'a [String],
    /// Whatever else it attached to the call.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, String>)]
    data: BTreeMap<&'a str, &'a str>,
    /// What it says of an agent's presence.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, String>)]
    presence: BTreeMap<&'static str, String>,
}

/// What an event says of its agent's presence.
fn presence_told(told: &presence::Presence) -> BTreeMap<&'static str, String> {
    let user = told.user.clone().unwrap_or_default();
    let told = [
        ("status", user.status),
        ("message", user.message),
        ("until", moment(user.until)),
        ("location", user.location),
        ("latitude", user.latitude),
        ("longitude", user.longitude),
        ("telephony", told.telephony.clone()),
    ];
    told.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The members that have a value.
fn members<'a, const N: usize>(
    all: [(&'static str, Option<&'a String>); N],
) -> BTreeMap<&'static str, &'a str> {
    all.into_iter().filter_map(|(name, value)| Some((name, value?.as_str()))).collect()
}

impl<'a> From<&'a CallEvent> for Reported<'a> {
    fn from(event: &'a CallEvent) -> Self {
        let agent = event.agent.as_ref().map(|agent| {
            members([
                ("extension", agent.line.as_ref()),
                ("id", agent.user_id.as_ref().or(agent.agent_id.as_ref())),
                ("name", agent.name.as_ref()),
                ("email", agent.email.as_ref()),
            ])
        });
        let caller = event.other.as_ref();
        let caller = caller.map(|other| {
            members([
                ("number", Some(&other.number)),
                ("name", other.name.as_ref()),
                ("company", other.company.as_ref()),
                ("email", other.email.as_ref()),
            ])
        });
        Self {
            event: event.kind.word(),
            name: &event.name,
            call: event.call.as_deref(),
            at: event.at.to_string(),
            agent: agent.unwrap_or_default(),
            caller: caller.unwrap_or_default(),
            dialled: event.dialled.as_deref(),
            direction: event.direction.map(Word::word),
            queue: event.queue.as_ref().and_then(|queue| queue.label()),
            started: moment(event.started_at),
            answered: moment(event.answered_at),
            ended: moment(event.ended_at),
            talk_seconds: event.talk_ms.map(|ms| ms / 1000),
            duration_seconds: event.duration_ms.map(|ms| ms / 1000),
            outcome: event.outcome.map(Word::word),
            cause: event.cause.as_deref(),
            recordings: &event.recordings,
            tags: event.tags.as_deref().unwrap_or_default(),
            codes: event.codes.as_deref().unwrap_or_default(),
            data: event.data.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect(),
            presence: presence_told(&event.presence),
        }
    }
}
