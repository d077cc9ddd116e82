//! `/console/calls`: calls by what is asked of them. `/console/search`: anything by its name or number.

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::page::{console_page, example_ring, moment};
use crate::domain::word::Word as _;
use crate::flow::lists::{AgentLine, CallFilter, CallLine, CallPage, Error, Hit, LeadsTo};
use crate::view::console::{CallRow, Calls, Carried, Filter, Found, FoundHit, Sought};
use crate::web::listed::{CallQuery, phase};
use crate::web::problem::Problem;
use crate::web::rights::ConsoleSession;
use crate::web::sight::{self, Sight};
use crate::web::state::AppState;

/// Lines of a page.
const LINES: usize = 50;

/// Filters that the form has no field for.
const CARRIED: [&str; 5] = ["within", "from", "to", "source", "id"];

/// Calls.
pub(in crate::web) async fn list(
    request: HttpRequest,
    session: ConsoleSession,
    query: Query<CallQuery>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let context = &app.flow.context;
    let (found, problem) = match query.read(&context.options().zone, context.now()) {
        Ok(wanted) => read(&app, &wanted).await?,
        Err(complaint) => (CallPage::default(), Some(place(&complaint))),
    };
    let asked = asked(&query);
    let calls = Calls {
        typed: filter(&query, &asked),
        is_filtered: !asked.is_empty(),
        dispositions: dispositions(&app, &query, Sight::of(&session.actor)),
        example: example_ring(&app, &session),
        calls: found.lines.iter().map(|line| row(&app, line)).collect(),
        next: found.next.map(|next| next.to_string()),
        looked_back_to: found.looked_back_to.map(|at| moment(&app, at)),
        problem,
    };
    console_page(&app, &request, &session, "calls", calls).await
}

async fn read(
    app: &AppState,
    wanted: &CallFilter,
) -> Result<(CallPage, Option<&'static str>), Problem> {
    match app.flow.lists.calls(wanted, LINES).await {
        Ok(found) => Ok((found, None)),
        Err(Error::NotANumber(_)) => Ok((CallPage::default(), Some("number"))),
        Err(error @ Error::Store(_)) => Err(error.into()),
    }
}

/// What agents can choose, beside what is looked for. One that is not to be read whole would find nothing.
fn dispositions(app: &AppState, query: &CallQuery, sight: Sight) -> Vec<String> {
    let mut all = app.flow.context.in_force().configuration.all_dispositions();
    let wanted = query.outcome.as_deref().map(str::trim);
    all.retain(|one| wanted != Some(one) && sight.text(one) == one.as_str());
    all
}

/// What is looked for, if agents choose it.
fn disposition(query: &CallQuery) -> Option<String> {
    let wanted = query.outcome.as_deref().map(str::trim);
    let chosen = wanted.filter(|text| !text.is_empty() && !CallLine::ENDINGS.contains(text));
    chosen.map(str::to_owned)
}

/// Which field a complaint is of.
fn place(complaint: &str) -> &'static str {
    if complaint.starts_with("at:") { "at" } else { "other" }
}

/// What was filled in.
fn asked(query: &CallQuery) -> Vec<(&'static str, &str)> {
    let all = [
        ("agent", &query.agent),
        ("at", &query.at),
        ("within", &query.within),
        ("from", &query.from),
        ("to", &query.to),
        ("number", &query.number),
        ("queue", &query.queue),
        ("source", &query.source),
        ("opened", &query.opened),
        ("rule", &query.rule),
        ("outcome", &query.outcome),
        ("id", &query.id),
    ];
    let given = all.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?.trim())));
    given.filter(|(_, text)| !text.is_empty()).collect()
}

fn address(asked: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(asked).finish()
}

fn filter(query: &CallQuery, asked: &[(&'static str, &str)]) -> Filter {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Filter {
        agent: text(&query.agent),
        at: text(&query.at),
        number: text(&query.number),
        queue: text(&query.queue),
        opened: text(&query.opened),
        rule: text(&query.rule),
        outcome: text(&query.outcome),
        disposition: disposition(query),
        carried: carried(asked),
        query: address(asked),
    }
}

/// What the form must not lose.
fn carried(asked: &[(&'static str, &str)]) -> Vec<Carried> {
    let beside = asked.iter().filter(|(name, _)| CARRIED.contains(name));
    beside.map(|(name, value)| Carried { name, value: (*value).to_owned() }).collect()
}

fn row(app: &AppState, line: &CallLine) -> CallRow {
    let agent = line.agent.as_ref();
    CallRow {
        id: line.id.to_string(),
        at: moment(app, line.at()),
        caller: line.caller.display(app.flow.context.options().region),
        name: line.contact.clone().or_else(|| line.caller.name.clone()),
        agent: agent.map(|agent| agent.label().to_owned()),
        queue: line.queue.as_ref().and_then(|queue| queue.label().map(str::to_owned)),
        rule: line.rule.clone(),
        trace: line.page.as_ref().map(|page| page.trace.to_string()),
        page: line.page_state.word(),
        phase: phase(line),
        ending: line.ending(),
        talked: line.talked().map(|span| minutes(span.as_secs())),
        disposition: line.page.as_ref().and_then(|page| page.disposition.clone()),
    }
}

fn escaped(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

fn minutes(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[derive(Debug, Deserialize)]
pub(in crate::web) struct Looked {
    #[serde(default)]
    q: String,
}

/// What a search has found.
pub(in crate::web) async fn search(
    request: HttpRequest,
    session: ConsoleSession,
    looked: Query<Looked>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let text = looked.into_inner().q;
    let hits = app.flow.lists.search(&text, session.actor.role.sees_numbers()).await?;
    let hits = hits.into_iter().map(|hit| found(&app, hit)).collect();
    let typed = Sought { query: address(&[("number", &text)]), text };
    console_page(&app, &request, &session, "search", Found { typed, hits }).await
}

/// What finds an agent's calls again: their key, unless that may be a number; then the ring that was their
/// newest.
fn handle(agent: &AgentLine) -> String {
    let newest = agent.newest.filter(|_| sight::has_number(&agent.key));
    newest.map_or_else(|| agent.key.clone(), |ring| ring.to_string())
}

fn found(app: &AppState, hit: Hit) -> FoundHit {
    let calls = |name: &str, text: &str| Some(format!("/calls?{name}={}", escaped(text)));
    let (kind, href, at) = match &hit.leads_to {
        LeadsTo::Call { line, .. } => {
            ("call", Some(format!("/calls/{}", line.id)), Some(line.at()))
        }
        LeadsTo::Caller { .. } => ("caller", None, None),
        LeadsTo::Agent(agent) => ("agent", calls("agent", &handle(agent)), None),
        LeadsTo::Queue { name } => ("queue", calls("queue", name), None),
        LeadsTo::Rule { name } => ("rule", calls("rule", name), None),
        LeadsTo::Source { name } => ("source", calls("source", name), None),
        LeadsTo::Destination { name } => {
            ("destination", Some(format!("/deliveries?destination={}", escaped(name))), None)
        }
        LeadsTo::Lookup { .. } => ("lookup", None, None),
    };
    let at = at.map(|at| moment(app, at));
    FoundHit { kind, label: hit.label, detail: hit.detail, at, href }
}
