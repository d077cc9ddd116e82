//! `/console/events`: what phone systems and desktops told, and why nothing opened.

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::page::{self, pretty};
use crate::configuration::BUILT_IN;
use crate::domain::ids::Id;
use crate::flow::lists::SourceStatus;
use crate::flow::panes::Why;
use crate::flow::panes::accepted::{Accepted, AcceptedFilter, AcceptedPage};
use crate::pbx::State;
use crate::view::console;
use crate::web::answers::agent_name;
use crate::web::problem::Problem;
use crate::web::rights::ConsoleSession;
use crate::web::state::AppState;

/// Rows of a page, and rows that are looked at for incomplete ones.
const ROWS: usize = 50;
const SCANNED: i64 = 500;

/// What an address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Wanted {
    source: String,
    only: String,
    before: String,
}

impl Wanted {
    fn only_warnings(&self) -> bool {
        self.only == "warnings"
    }

    /// What is shown of it.
    fn shown(&self) -> console::EventFilter {
        let only = if self.only_warnings() { "warnings" } else { "" };
        console::EventFilter {
            source: self.source.clone(),
            only_warnings: self.only_warnings(),
            query: page::query(&[("source", &self.source), ("only", only)]),
        }
    }
}

/// The page.
pub(in crate::web) async fn show(
    request: HttpRequest,
    session: ConsoleSession,
    wanted: Query<Wanted>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let sources = app.flow.lists.sources().await?;
    let mut wanted = wanted.into_inner();
    let known =
        |name: &str| BUILT_IN.contains(&name) || sources.iter().any(|source| source.name == name);
    if !known(&wanted.source) {
        wanted.source.clear();
    }
    let found = Found::read(&app, &wanted).await?;
    let shown = console::Events {
        sources: sources.iter().map(|one| source(&app, one)).collect(),
        warnings: found.events.iter().filter(|event| event.warning).count(),
        rows: found.events.iter().map(|one| event(&app, one)).collect(),
        older: found.next.map(|next| next.to_string()),
        looked_back_to: found.looked_back_to.map(|id| page::moment(&app, id.minted())),
        example: page::example_ring(&app, &session),
        typed: wanted.shown(),
    };
    page::console_page(&app, &request, &session, "events", shown).await
}

/// A page of events.
struct Found {
    events: Vec<Accepted>,
    next: Option<Id>,
    looked_back_to: Option<Id>,
}

impl Found {
    async fn read(app: &AppState, wanted: &Wanted) -> Result<Self, Problem> {
        let only = wanted.only_warnings();
        let limit = if only { SCANNED } else { i64::try_from(ROWS).unwrap_or(i64::MAX) };
        let source = Some(wanted.source.clone()).filter(|source| !source.is_empty());
        let filter = AcceptedFilter { source, before: Id::parse(&wanted.before) };
        let found = app.flow.accepted.list(filter, limit.saturating_add(1)).await?;
        let AcceptedPage { mut events, mut looked_back_to } = found;
        let last = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut next = looked_back_to;
        if events.len() > last {
            events.truncate(last);
            next = events.last().map(|event| event.row.id);
        }
        if only {
            events.retain(|event| event.warning);
            if events.len() > ROWS {
                events.truncate(ROWS);
                next = events.last().map(|event| event.row.id);
                looked_back_to = None;
            } else {
                looked_back_to = next;
            }
        }
        Ok(Self { events, next, looked_back_to })
    }
}

fn source(app: &AppState, status: &SourceStatus) -> console::Source {
    let state = match (status.state, status.is_silent, status.heard) {
        (State::Off, ..) => "off",
        (State::On, true, _) => "quiet",
        (State::On, false, None) => "never",
        (State::On, false, Some(_)) => "on",
    };
    console::Source {
        name: status.name.clone(),
        query: page::query(&[("source", &status.name)]),
        kind: status.kind.to_owned(),
        url: status.address.clone(),
        is_queue: status.is_queue,
        example: status.example.clone(),
        heard: status.heard.map(|at| page::moment(app, at)),
        state,
    }
}

fn event(app: &AppState, accepted: &Accepted) -> console::Event {
    let row = &accepted.row;
    console::Event {
        id: row.id.to_string(),
        at: page::moment(app, row.id.minted()),
        source: row.source.clone(),
        event: row.kind.clone(),
        name: row.name.clone(),
        agent: row.agent.as_deref().map(|key| agent_name(key).to_owned()),
        // Of several agents whom a call rings, each has a ring of their own.
        call: row.call_id.map(|call| row.agent.as_ref().map_or(call, |_| row.id).to_string()),
        external_id: row.external_id.clone(),
        why: accepted.why.as_ref().map(|why| written(why, &row.source)),
        warning: accepted.warning,
        repeats: row.repeats,
        body: pretty(&row.body),
    }
}

/// Why nothing opened, with what stands in its text.
fn written(why: &Why, source: &str) -> console::Why {
    let mut written =
        console::Why { word: why.word(), source: source.to_owned(), ..console::Why::default() };
    match why {
        Why::UnknownName(name) | Why::NotConfigured { name, .. } => written.name.clone_from(name),
        Why::RuleSaysSo(rule) | Why::EndpointSaysSo(rule) => written.rule.clone_from(rule),
        Why::Decided { rule, reason } => {
            written.rule = rule.clone().unwrap_or_default();
            written.reason.clone_from(reason);
        }
        _ => {}
    }
    written
}
