//! What every page of the console has around it, and how it is answered.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::actor::Actor;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::view::Page;
use crate::view::console::{Alone, Attention, Framed, Lamp, Moment, Shell};
use crate::web::frame;
use crate::web::problem::Problem;
use crate::web::rights::ConsoleSession;
use crate::web::state::AppState;

/// A page of the console, as this operator may see it.
pub(super) async fn answer<P: Page + Clone>(
    request: &HttpRequest,
    app: &AppState,
    actor: &Actor,
    section: &'static str,
    page: P,
) -> Result<HttpResponse, Problem> {
    let shell = shell(request, app, actor, section).await;
    frame::console(app, request, actor, StatusCode::OK, &Framed { shell, page })
}

/// A page by itself, for whoever is not signed in.
pub(super) fn alone<P: Page>(
    request: &HttpRequest,
    app: &AppState,
    status: StatusCode,
    page: P,
) -> Result<HttpResponse, Problem> {
    frame::entry(app, request, status, &Alone { page })
}

/// On to a page of the console, after a form.
pub(super) fn on_to(app: &AppState, path: &str) -> HttpResponse {
    let target = format!("{}/console{path}", app.flow.context.options().base);
    HttpResponse::SeeOther().insert_header((header::LOCATION, target)).finish()
}

/// A moment, as operators read it now.
pub(super) fn moment(app: &AppState, at: Timestamp) -> Moment {
    let context = &app.flow.context;
    Moment::of(at, context.now(), &context.options().zone)
}

async fn shell(
    request: &HttpRequest,
    app: &AppState,
    actor: &Actor,
    section: &'static str,
) -> Shell {
    Shell {
        section,
        operator: actor.name.clone(),
        role: actor.role.word(),
        csrf: ConsoleSession::shown(request).map(|token| token.csrf()).unwrap_or_default(),
        search: searched(request),
        lamp: lamp(app).await,
        attention: attention(app).await,
    }
}

/// What somebody looks for stays in the field.
fn searched(request: &HttpRequest) -> String {
    let mut pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
    let found = pairs.find(|(name, _)| name == "q");
    found.map(|(_, text)| text.chars().take(100).collect()).unwrap_or_default()
}

async fn lamp(_app: &AppState) -> Lamp {
    Lamp { state: "good", p99: None, errors: 0 }
}

/// What needs somebody; while the database is away, nothing is said of it.
async fn attention(app: &AppState) -> Attention {
    let Ok(found) = app.flow.lists.attention().await else { return Attention::default() };
    let count = |listed: usize| i64::try_from(listed).unwrap_or(i64::MAX);
    Attention {
        deliveries: found.failed_deliveries + count(found.paused_destinations.len()),
        refusals: found.refusals,
        events: count(found.silent_sources.len() + found.failing_lookups.len()),
        live: count(found.paused_agents.len()),
    }
}
