//! `/console/deliveries`: what destinations were sent, what failed and why; sending it again, pausing and
//! resuming.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::form::Sent;
use super::page::{self, on_to, pretty};
use crate::domain::delivery::{FAILED, OWED, Verdict, filters, states};
use crate::domain::destination::State;
use crate::domain::facts::Facts;
use crate::domain::ids::Id;
use crate::domain::problem::Code;
use crate::domain::role::Need;
use crate::domain::time::{NamedTime, Timestamp};
use crate::domain::word::Word as _;
use crate::flow::outbox::{DestinationStatus, FAILURES, Failed, Tallies};
use crate::store::{self, AttemptRow, DeliveryRow, FailureRow};
use crate::view::console::{
    Attempt, Deliveries, Delivery, DeliveryFilter, Destination, Done, Failure, FullDelivery,
    Reason, Request,
};
use crate::web::body::Body;
use crate::web::problem::Problem;
use crate::web::rights::ConsoleSession;
use crate::web::sight::Sight;
use crate::web::state::AppState;

/// Rows of a page.
const ROWS: i64 = 50;

/// What an address asks for.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Wanted {
    destination: String,
    state: String,
    call: String,
    since: String,
    /// With this very reason.
    reason: String,
    /// With the reason of this delivery, where it is not to be read: it may say whose number it was.
    reason_of: String,
    before: String,
    done: String,
}

impl Wanted {
    /// The filters again, for an address; and where the list goes on.
    fn query(&self, before: Option<Id>) -> String {
        let before = before.map(|id| id.to_string()).unwrap_or_default();
        page::query(&[
            ("destination", &self.destination),
            ("state", &self.state),
            ("call", &self.call),
            ("since", &self.since),
            ("reason", &self.reason),
            ("reason_of", &self.reason_of),
            ("before", &before),
        ])
    }

    /// The reason that is looked for. Whoever may read it has it in their addresses from here on: the delivery
    /// that names it loses it when it is sent again.
    async fn reason(&mut self, app: &AppState, sight: Sight) -> Result<Option<String>, Problem> {
        if let Some(id) = Id::parse(&self.reason_of) {
            let named = app.flow.outbox.delivery(id).await?.and_then(|found| found.delivery.reason);
            if sight == Sight::Masked {
                return Ok(named);
            }
            if let Some(reason) = named {
                self.reason = reason;
                self.reason_of.clear();
            }
        }
        let is_named = self.reason_of.is_empty() && !self.reason.is_empty();
        Ok(is_named.then(|| self.reason.clone()))
    }

    /// What is shown of it, and what is looked for; nothing is, where that cannot be read.
    fn read(
        &self,
        app: &AppState,
        reason: Option<String>,
    ) -> (DeliveryFilter, Option<store::DeliveryFilter>) {
        let set = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let call = set(self.call.trim()).map(|text| Id::parse(&text));
        let since = set(self.since.trim()).map(|text| named(app, &text));
        let wrong = match (call, since) {
            (Some(None), _) => Some("call"),
            (_, Some(None)) => Some("since"),
            _ if reason.is_none() && !self.reason_of.is_empty() => Some("reason"),
            _ => None,
        };
        let state = Some(&self.state).filter(|state| filters().any(|known| known == *state));
        let shown = DeliveryFilter {
            destination: self.destination.clone(),
            state: state.cloned().unwrap_or_default(),
            call: self.call.clone(),
            since: self.since.clone(),
            reason: self.reason.clone(),
            reason_of: self.reason_of.clone(),
            query: self.query(None),
            here: self.query(Id::parse(&self.before)),
            is_set: !self.query(None).is_empty(),
            wrong,
        };
        let filter = store::DeliveryFilter {
            destination: set(&self.destination),
            call: call.flatten(),
            state: state.cloned(),
            reason,
            before: Id::parse(&self.before),
            since: since.flatten(),
        };
        (shown, wrong.is_none().then_some(filter))
    }
}

/// A moment that somebody names by the clock of the installation.
fn named(app: &AppState, text: &str) -> Option<Timestamp> {
    let context = &app.flow.context;
    NamedTime::read(text, &context.options().zone, context.now()).map(|named| named.from)
}

/// The list, and above it what needs somebody.
pub(in crate::web) async fn list(
    request: HttpRequest,
    session: ConsoleSession,
    wanted: Query<Wanted>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let outbox = &app.flow.outbox;
    let mut wanted = wanted.into_inner();
    let reason = wanted.reason(&app, Sight::of(&session.actor)).await?;
    let (typed, readable) = wanted.read(&app, reason.clone());
    let found = match readable {
        Some(filter) => outbox.page(filter, ROWS).await?,
        None => store::DeliveryPage::default(),
    };
    let (failures, tallies) = (outbox.failures().await?, outbox.tallies().await?);
    let now = app.flow.context.now();
    let later = |since: Timestamp, usual: Timestamp| (since > usual).then_some(since);
    let failures_since = later(failures.since, now.minus(FAILURES));
    let counted_since = later(tallies.since, now.minus(Tallies::SPAN));
    let moment = |at: Timestamp| page::moment(&app, at);
    let destinations = outbox.destinations().await?;
    let shown = Deliveries {
        done: Done::read(&wanted.done),
        failures: failures.rows.into_iter().map(|row| failure(&app, row)).collect(),
        failures_since: failures_since.map(moment),
        destinations: destinations.iter().map(|one| destination(&app, one, &tallies)).collect(),
        counted_since: counted_since.map(moment),
        typed,
        reason: reason.as_deref().map(Reason::of),
        rows: found.rows.iter().map(|row| delivery(&app, row)).collect(),
        older: found.next.map(|next| next.to_string()),
        looked_back_to: found.looked_back_to.map(moment),
        may_change: session.actor.role.may(Need::Supervise),
        public_url: app.flow.context.options().public_url.clone(),
    };
    page::console_page(&app, &request, &session, "deliveries", shown).await
}

fn failure(app: &AppState, row: FailureRow) -> Failure {
    let wanted = Wanted {
        destination: row.destination.clone(),
        state: FAILED.to_owned(),
        reason_of: row.reason.as_ref().map(|_| row.newest.to_string()).unwrap_or_default(),
        ..Wanted::default()
    };
    let oldest = row.oldest.minted();
    let local = app.flow.context.options().zone.shows(oldest);
    Failure {
        query: wanted.query(None),
        since: format!("{} {}", local.date(), local.minute()),
        destination: row.destination,
        reason: row.reason.as_deref().map(Reason::of),
        count: row.count,
        newest: page::moment(app, row.newest.minted()),
        oldest: page::moment(app, oldest),
    }
}

fn destination(app: &AppState, status: &DestinationStatus, tallies: &Tallies) -> Destination {
    let health = &status.health;
    let (state, since) = match (status.state, health.paused_at, health.failing_since) {
        (State::On | State::Silent, Some(paused), _) => ("paused", Some(paused)),
        (State::On, None, Some(failing)) => ("failing", Some(failing)),
        (state, ..) => (state.word(), None),
    };
    let tally = tallies.of_destination(&status.name);
    Destination {
        name: status.name.clone(),
        query: to(&status.name),
        state,
        since: since.map(|at| page::moment(app, at)),
        reason: since.and(health.reason.as_deref()).map(Reason::of),
        owed: status.owed,
        delivered: tally.delivered,
        failed: tally.failed,
    }
}

/// The query that a destination's deliveries are found by.
fn to(destination: &str) -> String {
    Wanted { destination: destination.to_owned(), ..Wanted::default() }.query(None)
}

fn delivery(app: &AppState, row: &DeliveryRow) -> Delivery {
    let (name, number) = caller(&facts(row));
    Delivery {
        id: row.id.to_string(),
        at: page::moment(app, row.id.minted()),
        destination: row.destination.clone(),
        event: row.kind.clone(),
        call: row.call_id.map(|id| id.to_string()),
        name,
        number,
        state: state(row),
        attempts: row.attempts,
        reason: row.reason.as_deref().map(Reason::of),
    }
}

/// The word of its state.
fn state(row: &DeliveryRow) -> &'static str {
    let known = row.outcome.as_deref().and_then(|word| states().find(|known| *known == word));
    known.unwrap_or(OWED)
}

/// What can be said of it; of one that cannot be read, nothing.
fn facts(row: &DeliveryRow) -> Facts {
    serde_json::from_str(&row.facts).unwrap_or_default()
}

/// The other party's name, and their number.
fn caller(facts: &Facts) -> (Option<String>, Option<String>) {
    let known = facts.contact.name.clone().or_else(|| facts.caller.name.clone());
    (known, facts.caller.display.clone().filter(|number| !number.is_empty()))
}

/// One delivery, with every attempt.
pub(in crate::web) async fn show(
    request: HttpRequest,
    session: ConsoleSession,
    id: Path<String>,
    wanted: Query<Wanted>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let none = || Problem::new(Code::NoSuchDelivery, "there is none");
    let id = Id::parse(&id).ok_or_else(none)?;
    let detail = app.flow.outbox.delivery(id).await?.ok_or_else(none)?;
    let (row, told) = (&detail.delivery, facts(&detail.delivery));
    let (name, number) = caller(&told);
    let moment = |at: Timestamp| page::moment(&app, at);
    let shown = FullDelivery {
        done: Done::read(&wanted.done),
        id: row.id.to_string(),
        at: moment(row.id.minted()),
        destination: row.destination.clone(),
        query: to(&row.destination),
        event: row.kind.clone(),
        state: state(row),
        settled: row.settled_at.map(moment),
        due: row.settled_at.is_none().then(|| moment(row.due_at)),
        reason: row.reason.as_deref().map(Reason::of),
        call: row.call_id.map(|id| id.to_string()),
        name,
        number,
        agent: told.agent.label.clone().or(told.agent.name),
        queue: told.queue.display.or(told.queue.name),
        attempts: detail.attempts.iter().rev().map(|row| attempt(&app, row)).collect(),
        facts: pretty(&row.facts),
        may_change: session.actor.role.may(Need::Supervise),
    };
    page::console_page(&app, &request, &session, "deliveries", shown).await
}

fn attempt(app: &AppState, row: &AttemptRow) -> Attempt {
    let verdicts = [Verdict::Retry(None).word()].into_iter().chain(states());
    let verdict = verdicts.into_iter().find(|known| *known == row.verdict);
    let request: Option<Kept> = serde_json::from_str(&row.request).ok();
    Attempt {
        number: row.number,
        at: page::moment(app, row.id.minted()),
        millis: row.millis,
        verdict: verdict.unwrap_or("rejected"),
        status: row.status,
        reason: row.reason.as_deref().map(Reason::of),
        request: request.map(Kept::shown),
        answer: row.answer.as_deref().map(pretty),
    }
}

/// A request as it is kept with its attempt.
#[derive(Debug, Deserialize)]
struct Kept {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

impl Kept {
    fn shown(self) -> Request {
        let Self { method, url, headers, body } = self;
        Request { method, url, headers, body: body.as_deref().map(pretty) }
    }
}

/// Sends deliveries again: those that are ticked, or all of a group since a moment.
pub(in crate::web) async fn resend(
    request: HttpRequest,
    session: ConsoleSession,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let sent = Sent::read(&request, &session, body).await?;
    let ids: Vec<Id> = sent.all("id").filter_map(Id::parse).collect();
    let failed = failed(&app, &sent)?;
    if ids.is_empty() && failed.is_none() {
        return Ok(back_to_list(&app, &sent, "unselected"));
    }
    let one = ids.first().copied().filter(|_| sent.get("back") == "delivery");
    let destination = failed.as_ref().and_then(|failed| failed.destination.clone());
    let count = app.flow.outbox.resend(&session.actor, ids, failed).await?;
    let waits = count > 0 && waits(&app, destination, one).await?;
    let done = if waits { "waiting".to_owned() } else { format!("resent-{count}") };
    Ok(match one {
        Some(id) => back(&app, &format!("/{id}"), "", &done),
        None => back_to_list(&app, &sent, &done),
    })
}

/// Whether what is resent to this destination, or is this delivery, waits because the destination is paused.
async fn waits(
    app: &AppState,
    destination: Option<String>,
    delivery: Option<Id>,
) -> Result<bool, Problem> {
    let outbox = &app.flow.outbox;
    let name = match (destination, delivery) {
        (Some(name), _) => Some(name),
        (None, Some(id)) => outbox.delivery(id).await?.map(|found| found.delivery.destination),
        (None, None) => None,
    };
    let Some(name) = name else { return Ok(false) };
    let all = outbox.destinations().await?;
    Ok(all.iter().any(|one| one.name == name && one.health.paused_at.is_some()))
}

/// The failures of a destination since the moment that a form names, if it names one.
fn failed(app: &AppState, sent: &Sent) -> Result<Option<Failed>, Problem> {
    let set = |name: &str| Some(sent.get(name)).filter(|text| !text.is_empty()).map(str::to_owned);
    let Some(since) = set("since") else { return Ok(None) };
    let since = named(app, &since)
        .ok_or_else(|| Problem::malformed("since is not a time; write 2026-09-21 14:15"))?;
    Ok(Some(Failed { destination: set("destination"), reason: set("reason"), since }))
}

/// Pauses a destination.
pub(in crate::web) async fn pause(
    request: HttpRequest,
    session: ConsoleSession,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    set_paused(&request, &session, body, &app, true).await
}

/// Resumes a destination.
pub(in crate::web) async fn resume(
    request: HttpRequest,
    session: ConsoleSession,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    set_paused(&request, &session, body, &app, false).await
}

async fn set_paused(
    request: &HttpRequest,
    session: &ConsoleSession,
    body: Body,
    app: &AppState,
    paused: bool,
) -> Result<HttpResponse, Problem> {
    let sent = Sent::read(request, session, body).await?;
    let name = sent.get("destination");
    app.flow.outbox.set_paused(&session.actor, name, paused).await?;
    Ok(back_to_list(app, &sent, if paused { "paused" } else { "resumed" }))
}

/// Back to the list with its filters: only those are taken over from the form.
fn back_to_list(app: &AppState, sent: &Sent, done: &str) -> HttpResponse {
    let here = sent.get("back");
    let here = Query::<Wanted>::from_query(here).map(Query::into_inner).unwrap_or_default();
    back(app, "", &here.query(Id::parse(&here.before)), done)
}

fn back(app: &AppState, below: &str, query: &str, done: &str) -> HttpResponse {
    let and = if query.is_empty() { "" } else { "&" };
    on_to(app, &format!("/deliveries{below}?{query}{and}done={done}"))
}
