//! What the API answers, and commands print: the flow's answers as JSON, each kind in one place.
#![expect(
    single_use_lifetimes,
    reason = "what describes a type to the API's document names its lifetime once"
)]

pub mod access;
pub mod outbox;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{problem, schema};
use crate::configuration::known_id;
use crate::crm::Prepared;
use crate::domain::contact::{self, Entry};
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
use crate::flow::outbox::{DeliveryDetail, DestinationStatus, Tallies, Tested};
use crate::flow::panes::accepted::Accepted;
use crate::flow::presence::AgentStatus;
use crate::store::{AttemptRow, ContactListRow, DeliveryRow, RefusalRow};

pub(super) fn moment(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

/// What was kept as JSON.
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// A configured agent, and what phone systems report of their presence.
#[derive(Debug, Serialize, ToSchema)]
pub struct Agent<'a> {
    id: &'a str,
    name: &'a str,
    /// The status that holds now, wherever it was reported last.
    status: Option<&'a str>,
    /// What their telephone is doing now.
    telephony: Option<&'a str>,
    /// The newest report of each phone system and kind.
    presence: Vec<Presence<'a>>,
    // Their personal link: for commands only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    link: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Presence<'a> {
    /// The phone system.
    source: &'a str,
    /// What is reported: the status that the agent has chosen, or what their telephone is doing.
    #[schema(value_type = schema::PresenceKind)]
    kind: &'static str,
    /// In the phone system's word.
    status: Option<&'a str>,
    /// When this state began.
    #[schema(format = DateTime)]
    since: String,
    /// When it was reported.
    #[schema(format = DateTime)]
    at: String,
    /// Whether it still holds.
    current: bool,
    /// The agent's own words.
    message: Option<&'a str>,
    /// When it ends.
    #[schema(format = DateTime)]
    until: Option<String>,
    location: Option<Location<'a>>,
}

#[derive(Debug, Serialize, ToSchema)]
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
    /// Why no page is on a screen.
    reason: Option<&'a str>,
    /// Whether the reason is one that somebody should see to.
    warning: bool,
    /// How often it was sent again.
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

/// What is sent to a destination.
#[derive(Debug, Serialize, ToSchema)]
pub struct Delivery<'a> {
    #[schema(value_type = schema::Id)]
    id: String,
    /// When it was put into the outbox.
    #[schema(format = DateTime)]
    at: String,
    destination: &'a str,
    /// The `uuid` of its call.
    #[schema(value_type = Option<schema::Id>)]
    call: Option<String>,
    /// Which event, such as `call.ended`.
    #[schema(value_type = schema::EventKind)]
    event: &'a str,
    /// `owed`: waiting; `rejected`: refused for good; `exhausted`: tried for too long; `silent`:
    /// written down and never sent; `skipped`: there was nothing to send.
    #[schema(value_type = schema::DeliveryState)]
    state: &'a str,
    /// How often it was tried.
    attempts: i64,
    /// While it is owed: when it is tried next.
    #[schema(format = DateTime)]
    due: Option<String>,
    /// When it was settled.
    #[schema(format = DateTime)]
    settled: Option<String>,
    /// Why it did not arrive.
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
#[derive(Debug, Serialize, ToSchema)]
pub struct FullDelivery<'a> {
    #[serde(flatten)]
    delivery: Delivery<'a>,
    /// Every attempt, the oldest first.
    attempts_made: Vec<Attempt<'a>>,
    /// What is known of the event: the [names](names.md) that templates use.
    #[schema(value_type = Option<Object>)]
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

#[derive(Debug, Serialize, ToSchema)]
struct Attempt<'a> {
    number: i64,
    /// When it began.
    #[schema(format = DateTime)]
    at: String,
    /// How long it took.
    millis: i64,
    /// What was sent, without what must stay secret.
    #[schema(value_type = Option<Request<'a>>)]
    request: Value,
    /// What was answered.
    status: Option<i64>,
    /// The beginning of the answer's body.
    answer: Option<&'a str>,
    /// What that means.
    #[schema(value_type = schema::Verdict)]
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

/// A destination, and how it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Destination<'a> {
    name: &'a str,
    /// As configured: `on`, `silent` or `off`.
    #[schema(value_type = schema::DestinationState)]
    state: &'static str,
    /// The events that it receives.
    on: &'a [String],
    /// How many deliveries are waiting.
    owed: i64,
    /// How many of those since `counted_since` have arrived.
    delivered: i64,
    /// How many of them have failed.
    failed: i64,
    /// 24 hours ago, or later if there was too much to count.
    #[schema(format = DateTime)]
    counted_since: String,
    /// Since when nothing has arrived.
    #[schema(format = DateTime)]
    failing_since: Option<String>,
    /// Since when it has been paused.
    #[schema(format = DateTime)]
    paused_since: Option<String>,
    /// Why it fails, or is paused.
    reason: Option<&'a str>,
}

impl<'a> Destination<'a> {
    /// With how its deliveries of late went.
    pub fn of(status: &'a DestinationStatus, tallies: &Tallies) -> Self {
        let (health, tally) = (&status.health, tallies.of_destination(&status.name));
        let failing = health.failing_since.filter(|_| health.paused_at.is_none());
        Self {
            name: &status.name,
            state: status.state.word(),
            on: &status.events,
            owed: status.owed,
            delivered: tally.delivered,
            failed: tally.failed,
            counted_since: tallies.since.to_string(),
            failing_since: moment(failing),
            paused_since: moment(health.paused_at),
            reason: health.reason.as_deref(),
        }
    }
}

/// A request, without what must stay secret.
#[derive(Debug, Serialize, ToSchema)]
struct Request<'a> {
    method: &'a str,
    url: &'a str,
    /// Pairs of name and value.
    headers: &'a [(String, String)],
    body: Option<&'a str>,
}

impl<'a> From<&'a Prepared> for Request<'a> {
    fn from(prepared: &'a Prepared) -> Self {
        let Prepared { method, url, headers, body } = prepared;
        Self { method, url, headers, body: body.as_deref() }
    }
}

/// A request that was tried out, and its answer if it was sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DestinationTest)]
pub struct Test<'a> {
    request: Request<'a>,
    /// The same as a command.
    curl: String,
    /// If it was sent: what was answered.
    answer: Option<TestAnswer<'a>>,
}

/// What was answered, or why nothing was.
#[derive(Debug, Serialize, ToSchema)]
struct TestAnswer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    body: Option<&'a str>,
    /// Why there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<&'a str>,
}

impl<'a> From<&'a Tested> for Test<'a> {
    fn from(tested: &'a Tested) -> Self {
        let answer = tested.answer.as_ref().map(|answer| match answer {
            Ok(answer) => {
                TestAnswer { status: Some(answer.status), body: Some(&answer.body), reason: None }
            }
            Err(reason) => TestAnswer { status: None, body: None, reason: Some(reason) },
        });
        Self { request: Request::from(&tested.request), curl: tested.request.as_curl(), answer }
    }
}

/// One request of a lookup, and its answer if it was sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookupTest<'a> {
    request: Request<'a>,
    /// The same as a command.
    curl: String,
    /// If it was sent: what was answered.
    pub answer: Option<LookupAnswer<'a>>,
}

/// What a lookup answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookupAnswer<'a> {
    status: Option<u16>,
    body: &'a str,
    /// Whom the answer names.
    contacts: Option<Vec<Contact<'a>>>,
    /// Why it is no answer.
    reason: Option<&'a str>,
}

impl<'a> From<&'a TestedLookup> for LookupTest<'a> {
    fn from(tested: &'a TestedLookup) -> Self {
        let answer = tested.answer.as_ref().map(|answer| LookupAnswer {
            status: answer.status,
            body: &answer.body,
            contacts: answer.understood.as_deref().ok().map(contacts),
            reason: answer.understood.as_ref().err().map(String::as_str),
        });
        Self { request: Request::from(&tested.request), curl: tested.request.as_curl(), answer }
    }
}

/// A lookup with what came of asking it last.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Lookup)]
pub struct ListedLookup<'a> {
    name: &'a str,
    /// The preset that it is made of.
    preset: Option<&'a str>,
    /// When it was asked last.
    #[schema(format = DateTime)]
    asked: Option<String>,
    /// When it answered that.
    #[schema(format = DateTime)]
    answered: Option<String>,
    /// Why it did not.
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

/// Somebody who has a number; what is not known of them is left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Contact<'a> {
    /// Their id in the list, or in the CRM.
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    company: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    email: Option<&'a str>,
    /// Their page in the CRM.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    link: Option<&'a str>,
    /// Pairs of whatever else is known: key and value.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    data: &'a [(String, String)],
    /// The preset whose lookup found them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    preset: Option<&'a str>,
}

impl<'a> From<&'a contact::Contact> for Contact<'a> {
    fn from(contact: &'a contact::Contact) -> Self {
        Self {
            id: &contact.id,
            name: contact.name.as_deref(),
            company: contact.company.as_deref(),
            email: contact.email.as_deref(),
            link: contact.link.as_deref(),
            data: &contact.data,
            preset: contact.preset.as_deref(),
        }
    }
}

fn contacts(all: &[contact::Contact]) -> Vec<Contact<'_>> {
    all.iter().map(Contact::from).collect()
}

/// Who has a number.
#[derive(Debug, Serialize, ToSchema)]
pub struct Who<'a> {
    /// Whether one contact is known to have the number, several, or none.
    #[schema(value_type = schema::WhoState)]
    state: &'static str,
    /// The contact that pages show.
    contact: Option<Contact<'a>>,
    /// If several have the number: the one that an agent chose last.
    last: Option<Last<'a>>,
    /// Every list and lookup that knows something of the number.
    books: Vec<Source<'a>>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Last<'a> {
    book: &'a str,
    contact: Contact<'a>,
}

impl<'a> From<&'a Entry> for Last<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self { book: &entry.book, contact: Contact::from(&entry.contact) }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Book)]
struct Source<'a> {
    /// The list, or the lookup.
    book: &'a str,
    /// Those who have the number there.
    contacts: Vec<Contact<'a>>,
    /// A lookup: when it was asked.
    #[schema(format = DateTime)]
    asked: Option<String>,
    /// A lookup: when it answered.
    #[schema(format = DateTime)]
    answered: Option<String>,
    /// A lookup: why it has no answer.
    reason: Option<&'a str>,
}

impl<'a> From<&'a FoundIn> for Source<'a> {
    fn from(found: &'a FoundIn) -> Self {
        Self {
            book: &found.name,
            contacts: contacts(&found.contacts),
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
            contact: found.who.entry().map(|entry| Contact::from(&entry.contact)),
            last: last.map(Last::from),
            books: found.sources.iter().map(Source::from).collect(),
        }
    }
}

/// A list of contacts.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<'a> {
    name: &'a str,
    /// When.
    #[schema(format = DateTime)]
    imported: String,
    /// How many it has.
    contacts: i64,
}

impl<'a> From<&'a ContactListRow> for List<'a> {
    fn from(row: &'a ContactListRow) -> Self {
        Self { name: &row.name, imported: row.imported_at.to_string(), contacts: row.contacts }
    }
}

/// What was imported of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Import<'a> {
    list: &'a str,
    /// How many were imported.
    contacts: usize,
    /// How many numbers they have.
    numbers: usize,
    /// The encoding in which the file was read.
    encoding: &'static str,
    /// What each column was taken for.
    columns: Vec<Column<'a>>,
    /// Lines that were left out.
    passed_over: Vec<PassedOver<'a>>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Column<'a> {
    column: &'a str,
    is: &'a str,
}

#[derive(Debug, Serialize, ToSchema)]
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

/// An event; what says nothing is left out.
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
    /// How the call came out, such as `answered` or `missed`.
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
