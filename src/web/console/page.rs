//! What every page of the console has in common: who reads it, what stands around it, and where its forms
//! lead back to.

use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::role::Role;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::lists;
use crate::view::Page;
use crate::view::console::{Attention, Framed, Lamp, Moment, Shell};
use crate::web::frame;
use crate::web::problem::Problem;
use crate::web::rights::ConsoleSession;
use crate::web::sight::Sight;
use crate::web::state::AppState;

/// Answers that take this part of a ring's deadline are slow.
const SLOW: u32 = 4;

/// A page, with what stands around it, as whoever is signed in may see it.
pub(in crate::web) async fn console_page<P: Page + Clone>(
    app: &AppState,
    request: &HttpRequest,
    session: &ConsoleSession,
    section: &'static str,
    page: P,
) -> Result<HttpResponse, Problem> {
    console_page_with(StatusCode::OK, app, request, session, section, page).await
}

/// The same, for a page that says in its status, too, that there is nothing.
pub(in crate::web) async fn console_page_with<P: Page + Clone>(
    status: StatusCode,
    app: &AppState,
    request: &HttpRequest,
    session: &ConsoleSession,
    section: &'static str,
    page: P,
) -> Result<HttpResponse, Problem> {
    let framed = Framed { shell: shell(app, request, session, section).await, page };
    frame::console(app, request, status, &framed, Sight::of(&session.actor))
}

async fn shell(
    app: &AppState,
    request: &HttpRequest,
    session: &ConsoleSession,
    section: &'static str,
) -> Shell {
    let attention = app.flow.lists.attention().await;
    Shell {
        section,
        operator: session.actor.name.clone(),
        role: session.actor.role.word(),
        csrf: session.token.csrf(),
        typed: searched(request),
        lamp: lamp(app, attention.is_err()),
        // While the database is away, nothing is said of it.
        attention: attention.as_deref().map(counted).unwrap_or_default(),
    }
}

/// What somebody looks for stays in the field.
fn searched(request: &HttpRequest) -> String {
    let mut pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
    let found = pairs.find(|(name, _)| name == "q");
    found.map(|(_, text)| text.chars().take(100).collect()).unwrap_or_default()
}

/// Whether rings are answered, as it was over the last minutes.
fn lamp(app: &AppState, is_away: bool) -> Lamp {
    let lately = app.flow.journal.lately();
    let p99 = lately.p99();
    let slow = app.flow.context.options().ring_deadline / SLOW;
    let state = match p99 {
        _ if is_away => "away",
        _ if lately.errors > 0 => "errors",
        Some(p99) if p99 >= slow => "slow",
        _ => "good",
    };
    Lamp { state, p99: p99.map(millis), errors: lately.errors }
}

/// A span in milliseconds, as it is read: with a tenth where that says something.
pub(in crate::web) fn millis(span: Duration) -> String {
    let tenths = (span.as_micros() + 50) / 100;
    if tenths < 100 {
        format!("{}.{}", tenths / 10, tenths % 10)
    } else {
        (tenths / 10).to_string()
    }
}

/// What needs somebody, as the rail counts it.
fn counted(found: &lists::Attention) -> Attention {
    let count = |listed: usize| i64::try_from(listed).unwrap_or(i64::MAX);
    Attention {
        deliveries: found.failed_deliveries + count(found.paused_destinations.len()),
        refusals: found.refusals,
        events: count(found.silent_sources.len() + found.failing_lookups.len()),
        live: count(found.paused_agents.len()),
    }
}

/// A moment, as operators read it now.
pub(in crate::web) fn moment(app: &AppState, at: Timestamp) -> Moment {
    let context = &app.flow.context;
    Moment::of(at, context.now(), &context.options().zone)
}

/// On to a page of the console, after a form.
pub(in crate::web) fn on_to(app: &AppState, path: &str) -> HttpResponse {
    let target = format!("{}/console{path}", app.flow.context.options().base);
    HttpResponse::SeeOther().insert_header((header::LOCATION, target)).finish()
}

/// A query of an address: what is asked for, without what is not.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// What was received, easier to read if it is JSON.
pub(super) fn pretty(text: &str) -> String {
    let json: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let json = json.filter(|json| json.is_object() || json.is_array());
    let json = json.and_then(|json| serde_json::to_string_pretty(&json).ok());
    json.unwrap_or_else(|| text.to_owned())
}

/// A command that asks for a page as an agent's desktop does; only for whoever may see the desktop key, which
/// stands in its address.
pub(super) fn example_ring(app: &AppState, session: &ConsoleSession) -> String {
    if session.actor.role != Role::Admin {
        return String::new();
    }
    let address = app.guard.third_party_url(&app.flow.context.options().public_url);
    format!(
        "curl \"{address}\" -H \"Content-Type: application/json\" --data-binary \\\n  '{}'",
        r#"{"user":{"userId":87,"fullName":"Ilse Marchetti"},"callee":"1087","caller":"0199001234","callDataCallId":"example-1"}"#
    )
}
