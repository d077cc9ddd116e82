//! What the API answers, and commands print: the flow's answers as JSON, each kind in one place.

pub mod access;
pub mod outbox;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::problem;
use crate::configuration::known_id;
use crate::crm::Prepared;
use crate::domain::contact::{Contact, Entry};
use crate::domain::delivery::OWED;
use crate::domain::event::CallEvent;
use crate::domain::ids::Id;
use crate::domain::presence::{self, PresenceKind, PresenceReport};
use crate::domain::problem::Code;
use crate::domain::time::Timestamp;
use crate::domain::word::Word;
use crate::flow::calls::refusals::TriedOut;
use crate::flow::contacts::import::Imported;
use crate::flow::contacts::lookup::{LookupStatus, TestedLookup};
use crate::flow::contacts::{Found, FoundIn};
use crate::flow::outbox::{DeliveryDetail, DestinationStatus, Tested};
use crate::flow::panes::accepted::Accepted;
use crate::flow::presence::AgentStatus;
use crate::store::{AttemptRow, ContactListRow, DeliveryRow, RefusalRow};

fn moment(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

/// What was kept as JSON.
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// A configured agent, and what phone systems report of their presence.
#[derive(Debug, Serialize)]
pub struct Agent<'a> {
    id: &'a str,
    name: &'a str,
    /// What holds now, wherever it was reported last.
    status: Option<&'a str>,
    telephony: Option<&'a str>,
    presence: Vec<Presence<'a>>,
    /// Their personal link: for commands only.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

#[derive(Debug, Serialize)]
struct Presence<'a> {
    source: &'a str,
    kind: &'static str,
    status: Option<&'a str>,
    since: String,
    at: String,
    current: bool,
    message: Option<&'a str>,
    until: Option<String>,
    location: Option<Location<'a>>,
}

#[derive(Debug, Serialize)]
struct Location<'a> {
    address: Option<&'a str>,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

impl<'a> Agent<'a> {
    /// As it is at this moment.
    pub fn of(status: &'a AgentStatus, now: Timestamp, link: Option<String>) -> Self {
        let AgentStatus { agent, presence } = status;
        let newest = |kind| presence.newest(kind, now)?.state.status.as_deref();
        let reports = presence.reports().iter();
        Self {
            id: &agent.id,
            name: &agent.name,
            status: newest(PresenceKind::User),
            telephony: newest(PresenceKind::Telephony),
            presence: reports.map(|report| Presence::of(report, now)).collect(),
            link,
        }
    }
}

impl<'a> Presence<'a> {
    fn of(report: &'a PresenceReport, now: Timestamp) -> Self {
        let state = &report.state;
        let degrees = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
        let location = Location {
            address: state.location.as_deref(),
            latitude: degrees(&state.latitude),
            longitude: degrees(&state.longitude),
        };
        let known = state.location.is_some() || state.latitude.is_some();
        Self {
            source: &report.source,
            kind: report.kind.word(),
            status: state.status.as_deref(),
            since: report.since.to_string(),
            at: report.at.to_string(),
            current: report.is_current(now),
            message: state.message.as_deref(),
            until: moment(state.until),
            location: known.then_some(location),
        }
    }
}

/// An event that was accepted.
#[derive(Debug, Serialize)]
pub struct Event<'a> {
    id: String,
    at: String,
    source: &'a str,
    /// Our name for it, and the phone system's.
    event: &'a str,
    name: Option<&'a str>,
    happened: Option<String>,
    call: Option<EventCall<'a>>,
    agent: Option<&'a str>,
    page: Option<EventPage<'a>>,
    rule: Option<&'a str>,
    reason: Option<&'a str>,
    warning: bool,
    repeats: i64,
    body: &'a str,
}

#[derive(Debug, Serialize)]
struct EventCall<'a> {
    id: Option<&'a str>,
    uuid: String,
}

#[derive(Debug, Serialize)]
struct EventPage<'a> {
    id: String,
    action: Option<&'a str>,
    moment: Option<&'a str>,
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
#[derive(Debug, Serialize)]
pub struct Refusal<'a> {
    id: String,
    at: String,
    source: &'a str,
    status: u16,
    code: &'a str,
    detail: &'a str,
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

#[derive(Debug, Serialize)]
pub struct Delivery<'a> {
    id: String,
    at: String,
    destination: &'a str,
    call: Option<String>,
    event: &'a str,
    state: &'a str,
    attempts: i64,
    due: Option<String>,
    settled: Option<String>,
    reason: Option<&'a str>,
}

impl<'a> From<&'a DeliveryRow> for Delivery<'a> {
    fn from(row: &'a DeliveryRow) -> Self {
        Self {
            id: row.id.to_string(),
            at: row.id.minted().to_string(),
            destination: &row.destination,
            call: row.call_id.map(|id| id.to_string()),
            event: &row.kind,
            state: row.outcome.as_deref().unwrap_or(OWED),
            attempts: row.attempts,
            due: row.settled_at.is_none().then(|| row.due_at.to_string()),
            settled: moment(row.settled_at),
            reason: row.reason.as_deref(),
        }
    }
}

/// A delivery with every attempt at it.
#[derive(Debug, Serialize)]
pub struct FullDelivery<'a> {
    #[serde(flatten)]
    delivery: Delivery<'a>,
    attempts_made: Vec<Attempt<'a>>,
    facts: Value,
}

impl<'a> From<&'a DeliveryDetail> for FullDelivery<'a> {
    fn from(detail: &'a DeliveryDetail) -> Self {
        Self {
            delivery: Delivery::from(&detail.delivery),
            attempts_made: detail.attempts.iter().map(Attempt::from).collect(),
            facts: parsed(&detail.delivery.facts),
        }
    }
}

#[derive(Debug, Serialize)]
struct Attempt<'a> {
    number: i64,
    at: String,
    millis: i64,
    request: Value,
    status: Option<i64>,
    answer: Option<&'a str>,
    verdict: &'a str,
    reason: Option<&'a str>,
}

impl<'a> From<&'a AttemptRow> for Attempt<'a> {
    fn from(row: &'a AttemptRow) -> Self {
        Self {
            number: row.number,
            at: row.id.minted().to_string(),
            millis: row.millis,
            request: parsed(&row.request),
            status: row.status,
            answer: row.answer.as_deref(),
            verdict: &row.verdict,
            reason: row.reason.as_deref(),
        }
    }
}

#[derive(Debug, Serialize)]
pub struct Destination<'a> {
    name: &'a str,
    state: &'static str,
    on: &'a [String],
    owed: i64,
    failing_since: Option<String>,
    paused_since: Option<String>,
    reason: Option<&'a str>,
}

impl<'a> From<&'a DestinationStatus> for Destination<'a> {
    fn from(status: &'a DestinationStatus) -> Self {
        let health = &status.health;
        let failing = health.failing_since.filter(|_| health.paused_at.is_none());
        Self {
            name: &status.name,
            state: status.state.word(),
            on: &status.events,
            owed: status.owed,
            failing_since: moment(failing),
            paused_since: moment(health.paused_at),
            reason: health.reason.as_deref(),
        }
    }
}

/// A request that was tried out, and its answer if it was sent.
#[derive(Debug, Serialize)]
pub struct Test<'a> {
    request: &'a Prepared,
    curl: String,
    answer: Option<TestAnswer<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum TestAnswer<'a> {
    Answered { status: u16, body: &'a str },
    Unanswered { reason: &'a str },
}

impl<'a> From<&'a Tested> for Test<'a> {
    fn from(tested: &'a Tested) -> Self {
        let answer = tested.answer.as_ref().map(|answer| match answer {
            Ok(answer) => TestAnswer::Answered { status: answer.status, body: &answer.body },
            Err(reason) => TestAnswer::Unanswered { reason },
        });
        Self { request: &tested.request, curl: tested.request.as_curl(), answer }
    }
}

/// One request of a lookup, and its answer if it was sent.
#[derive(Debug, Serialize)]
pub struct LookupTest<'a> {
    request: &'a Prepared,
    curl: String,
    pub answer: Option<LookupAnswer<'a>>,
}

/// What a lookup answered.
#[derive(Debug, Serialize)]
pub struct LookupAnswer<'a> {
    status: Option<u16>,
    body: &'a str,
    contacts: Option<&'a [Contact]>,
    reason: Option<&'a str>,
}

impl<'a> From<&'a TestedLookup> for LookupTest<'a> {
    fn from(tested: &'a TestedLookup) -> Self {
        let answer = tested.answer.as_ref().map(|answer| LookupAnswer {
            status: answer.status,
            body: &answer.body,
            contacts: answer.understood.as_deref().ok(),
            reason: answer.understood.as_ref().err().map(String::as_str),
        });
        Self { request: &tested.request, curl: tested.request.as_curl(), answer }
    }
}

/// A lookup with what came of asking it last.
#[derive(Debug, Serialize)]
pub struct ListedLookup<'a> {
    name: &'a str,
    preset: Option<&'a str>,
    asked: Option<String>,
    answered: Option<String>,
    reason: Option<&'a str>,
}

impl<'a> From<&'a LookupStatus> for ListedLookup<'a> {
    fn from(status: &'a LookupStatus) -> Self {
        let last = status.last.as_ref();
        Self {
            name: &status.name,
            preset: status.preset.as_deref(),
            asked: moment(last.map(|row| row.asked_at)),
            answered: moment(last.and_then(|row| row.answered_at)),
            reason: last.and_then(|row| row.reason.as_deref()),
        }
    }
}

/// Who has a number.
#[derive(Debug, Serialize)]
pub struct Who<'a> {
    state: &'static str,
    contact: Option<&'a Contact>,
    last: Option<Last<'a>>,
    books: Vec<Source<'a>>,
}

#[derive(Debug, Serialize)]
struct Last<'a> {
    book: &'a str,
    contact: &'a Contact,
}

impl<'a> From<&'a Entry> for Last<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self { book: &entry.book, contact: &entry.contact }
    }
}

#[derive(Debug, Serialize)]
struct Source<'a> {
    book: &'a str,
    contacts: &'a [Contact],
    asked: Option<String>,
    answered: Option<String>,
    reason: Option<&'a str>,
}

impl<'a> From<&'a FoundIn> for Source<'a> {
    fn from(found: &'a FoundIn) -> Self {
        Self {
            book: &found.name,
            contacts: &found.contacts,
            asked: moment(found.asked_at),
            answered: moment(found.answered_at),
            reason: found.reason.as_deref(),
        }
    }
}

impl<'a> From<&'a Found> for Who<'a> {
    fn from(found: &'a Found) -> Self {
        let last = found.who.several().and_then(|several| several.last.as_ref());
        Self {
            state: found.who.state().word(),
            contact: found.who.entry().map(|entry| &entry.contact),
            last: last.map(Last::from),
            books: found.sources.iter().map(Source::from).collect(),
        }
    }
}

/// A list of contacts.
#[derive(Debug, Serialize)]
pub struct List<'a> {
    name: &'a str,
    imported: String,
    contacts: i64,
}

impl<'a> From<&'a ContactListRow> for List<'a> {
    fn from(row: &'a ContactListRow) -> Self {
        Self { name: &row.name, imported: row.imported_at.to_string(), contacts: row.contacts }
    }
}

/// What was imported of a list.
#[derive(Debug, Serialize)]
pub struct Import<'a> {
    list: &'a str,
    contacts: usize,
    numbers: usize,
    encoding: &'static str,
    columns: Vec<Column<'a>>,
    passed_over: Vec<PassedOver<'a>>,
}

#[derive(Debug, Serialize)]
struct Column<'a> {
    column: &'a str,
    is: &'a str,
}

#[derive(Debug, Serialize)]
struct PassedOver<'a> {
    line: u64,
    reason: &'a str,
}

impl<'a> Import<'a> {
    pub(super) fn of(list: &'a str, imported: &'a Imported) -> Self {
        let columns = imported.read.columns.iter();
        let passed_over = imported.read.passed_over.iter();
        Self {
            list,
            contacts: imported.contacts,
            numbers: imported.numbers,
            encoding: imported.read.encoding,
            columns: columns.map(|(column, is)| Column { column, is }).collect(),
            passed_over: passed_over
                .map(|(line, reason)| PassedOver { line: *line, reason })
                .collect(),
        }
    }
}

/// What a pasted request means to a source.
#[derive(Debug, Serialize)]
pub struct Trial<'a> {
    authentic: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_authentic: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<Vec<Reported<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
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

/// An event; what says nothing is left out.
#[derive(Debug, Serialize)]
struct Reported<'a> {
    event: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<&'a str>,
    at: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    agent: BTreeMap<&'static str, &'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    caller: BTreeMap<&'static str, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dialled: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answered: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    talk_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    recordings: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    codes: &'a [String],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    data: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
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
