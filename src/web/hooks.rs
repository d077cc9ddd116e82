//! `/hooks/{source}` and `/hooks/{source}/{event}`: phone systems tell what happens. 202 means that
//! it is remembered.

use std::panic::AssertUnwindSafe;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt;

use super::body::{self, Body};
use super::problem::Problem;
use super::state::AppState;
use crate::domain::problem::Code;
use crate::domain::text;
use crate::flow::calls::receive::Received;
use crate::pbx::Inbound;

/// What is kept of a refused request's body.
const KEPT: usize = 8 * 1024;

/// The longest source and event names that an address may have.
const LONGEST: usize = 128;

/// An event. Whatever breaks off over it is a problem, not a broken connection.
pub(super) async fn hear(
    request: HttpRequest,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let heard = AssertUnwindSafe(take(request, body, app)).catch_unwind().await;
    let heard = heard.unwrap_or_else(|_| {
        tracing::error!("receiving an event panicked");
        Err(Problem::internal())
    })?;
    Ok(HttpResponse::Accepted().json(Heard { events: heard.events, repeats: heard.repeats }))
}

/// The answer: how many events were new, and how many had been heard before.
#[derive(serde::Serialize)]
struct Heard {
    events: usize,
    repeats: usize,
}

async fn take(request: HttpRequest, body: Body, app: Data<AppState>) -> Result<Received, Problem> {
    let named = |wanted: &str| {
        let found = request.match_info().get(wanted);
        found.map(|value| value.chars().take(LONGEST).collect::<String>())
    };
    let source = named("source").unwrap_or_default();
    let below = named("event").unwrap_or_default();
    let event = below.rsplit('/').find(|part| !part.is_empty()).map(str::to_owned);
    let headers = headers(&request);
    let whole = body.read(&body::EVENT).await;
    let inbound = Inbound {
        method: request.method().as_str(),
        event: event.as_deref(),
        query: request.query_string(),
        headers: &headers,
        body: whole.as_deref().unwrap_or_default(),
        at: app.flow.context.now(),
    };
    if let Err(problem) = whole.as_ref().map_err(Problem::clone) {
        let request = app.flow.refusals.describe(&source, &inbound, KEPT);
        app.flow.refusals.add(&source, problem.code(), problem.detail(), &request).await;
        return Err(problem);
    }
    match app.flow.calls.receive(&source, inbound.clone()).await {
        Ok(heard) => Ok(heard),
        Err(error) => {
            let (code, detail) = (error.code(), error.to_string());
            if code == Code::DatabaseUnavailable {
                // Logged where it happened; the phone system tries again.
                return Err(Problem::unavailable());
            }
            let request = app.flow.refusals.describe(&source, &inbound, KEPT);
            app.flow.refusals.add(&source, code, &detail, &request).await;
            Err(Problem::new(code, detail))
        }
    }
}

/// Header names, in lower case, and values, as far as they are text.
fn headers(request: &HttpRequest) -> Vec<(String, String)> {
    let headers = request.headers().iter();
    headers
        .map(|(name, value)| (name.as_str().to_owned(), text::of_bytes(value.as_bytes())))
        .collect()
}

/// Anything but GET and POST.
pub(super) async fn wrong_method() -> Result<HttpResponse, Problem> {
    Err(Problem::new(
        Code::WrongMethod,
        "phone systems POST their events here, or GET with a query",
    ))
}
