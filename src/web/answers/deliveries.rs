//! What is sent to destinations, and how they are, as JSON.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{moment, parsed};
use crate::crm::Prepared;
use crate::domain::delivery::OWED;
use crate::domain::word::Word;
use crate::flow::outbox::{DeliveryDetail, DestinationStatus, Tallies, Tested};
use crate::store::{AttemptRow, Counted, DeliveryRow, FailureRow};
use crate::web::schema;

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
pub(super) struct Request<'a> {
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

/// Failed deliveries by destination and reason.
#[derive(Debug, Serialize, ToSchema)]
pub struct Failures<'a> {
    groups: Vec<FailureGroup<'a>>,
    /// How far back this goes: seven days, or less if there was too much to count.
    #[schema(format = DateTime)]
    since: String,
}

/// Deliveries to one destination that failed for the same reason.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailureGroup<'a> {
    destination: &'a str,
    /// Why they did not arrive.
    reason: Option<&'a str>,
    /// How many there are.
    count: i64,
    /// When the newest was put into the outbox.
    #[schema(format = DateTime)]
    newest: String,
    /// When the oldest was.
    #[schema(format = DateTime)]
    oldest: String,
}

impl<'a> From<&'a Counted<FailureRow>> for Failures<'a> {
    fn from(found: &'a Counted<FailureRow>) -> Self {
        let group = |row: &'a FailureRow| FailureGroup {
            destination: &row.destination,
            reason: row.reason.as_deref(),
            count: row.count,
            newest: row.newest.minted().to_string(),
            oldest: row.oldest.minted().to_string(),
        };
        Self { groups: found.rows.iter().map(group).collect(), since: found.since.to_string() }
    }
}
