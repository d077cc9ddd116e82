//! `/demo/desktop`: a stand-in agent application, for the first minute and for tests.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::local::is_local;
use super::pages::{DesktopPage, Playable, Vendor, VendorCall};
use super::play::{self, Wanted};
use crate::domain::problem::Code;
use crate::flow::{Flow, cause};
use crate::web::{AppState, Body, COMMAND, Problem, framing};

/// The agent application.
pub(super) async fn desktop(
    request: HttpRequest,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let callpane = &app.flow.context.options().public_url;
    let playable = if is_local(&request) { playable(&app.flow) } else { Playable::default() };
    let page = DesktopPage::at(callpane, app.guard.third_party_url(callpane), playable);
    let origin = callpane.trim_end_matches(&app.flow.context.options().base);
    // The last one is where nobody answers, for whoever plays an outage.
    let connected = format!("{origin} http://127.0.0.1:9");
    framing(&app, &request, &page, &connected)
}

/// The phone systems whose calls can be played, and where their agent watches them.
fn playable(flow: &Flow) -> Playable {
    let (own, others): (Vec<_>, Vec<_>) =
        play::playable(flow).into_iter().partition(|system| system.source == play::XUC);
    let call = |script: play::Script| VendorCall {
        id: script.id,
        kind: script.kind,
        steps: script.steps.into_iter().map(|step| step.name).collect(),
    };
    let vendors = others.into_iter().map(|system| Vendor {
        label: system.label,
        calls: system.calls.into_iter().map(call).collect(),
    });
    Playable {
        vendors: vendors.collect(),
        built_in: flow.sessions.first_link().unwrap_or_default(),
        reported: !own.is_empty(),
    }
}

/// Plays one request of a phone system's call, and shows it with its answer.
pub(super) async fn play(
    request: HttpRequest,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    if !is_local(&request) {
        return Err(Problem::new(
            Code::NotFromHere,
            "calls can be played only on the machine that Callpane runs on: open the demo there, as \
             http://localhost with its port",
        ));
    }
    let wanted: Wanted = body.read(&COMMAND).await?.json()?;
    let played = play::play(&app.flow, &wanted).await.map_err(|error| {
        tracing::error!(error = cause(&error), "a call could not be played");
        Problem::internal()
    })?;
    let played = played.ok_or_else(|| Problem::malformed("there is no such step to play"))?;
    Ok(HttpResponse::Ok().json(json!({
        "request": {
            "method": played.method,
            "url": played.url,
            "headers": played.headers,
            "body": played.body,
        },
        "answer": { "status": played.status, "body": played.answer },
    })))
}
