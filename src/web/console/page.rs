//! What every page of the console has in common: who reads it, what stands around it, and where its forms
//! lead back to.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::view::Page;
use crate::view::console::{Attention, Framed, Lamp, Moment, Shell};
use crate::web::frame;
use crate::web::problem::Problem;
use crate::web::rights::ConsoleSession;
use crate::web::sight::Sight;
use crate::web::state::AppState;

/// A page, with what stands around it, as whoever is signed in may see it.
pub(in crate::web) async fn console_page<P: Page + Clone>(
    app: &AppState,
    request: &HttpRequest,
    session: &ConsoleSession,
    section: &'static str,
    page: P,
) -> Result<HttpResponse, Problem> {
    let framed = Framed { shell: shell(app, request, session, section).await, page };
    frame::console(app, request, StatusCode::OK, &framed, Sight::of(&session.actor))
}

async fn shell(
    app: &AppState,
    request: &HttpRequest,
    session: &ConsoleSession,
    section: &'static str,
) -> Shell {
    Shell {
        section,
        operator: session.actor.name.clone(),
        role: session.actor.role.word(),
        csrf: session.token.csrf(),
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
