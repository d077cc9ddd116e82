//! `/demo/desktop`: a stand-in agent application, for the first minute and for tests.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::body::{self, Body};
use super::{Door, Problem, frame};
use crate::flow::play::Wanted;
use crate::view::{DemoDesktop, DemoVendor};

/// The agent application.
pub(super) async fn desktop(
    request: HttpRequest,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let callpane = &door.flow.options().public_url;
    let vendors = door.flow.playable().into_iter().map(|script| DemoVendor {
        kind: script.kind,
        label: script.label,
        steps: script.steps.into_iter().map(|step| step.name).collect(),
    });
    let built_in = door.flow.first_desktop_link().unwrap_or_default();
    let third_party_url = door.guard.third_party_url(callpane);
    let page = DemoDesktop::at(callpane, third_party_url, vendors.collect(), built_in);
    let origin = callpane.trim_end_matches(&door.flow.options().base);
    // The last one is where nobody answers, for whoever plays an outage.
    let connected = format!("{origin} http://127.0.0.1:9");
    frame::framing(&door, door.language(&request), &page, &connected)
}

/// Plays one request of a phone system's call, and shows it with its answer.
pub(super) async fn play(body: Body, door: Data<Door>) -> Result<HttpResponse, Problem> {
    let wanted: Wanted = body.read(&body::COMMAND).await?.json()?;
    let played = door.flow.play(&wanted).await.map_err(|error| {
        tracing::error!(error = crate::flow::cause(&error), "a call could not be played");
        Problem::broke_off()
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

/// The agent application lives on an origin of its own.
pub(super) async fn elsewhere(door: Data<Door>) -> HttpResponse {
    let demo = door.demo.clone().unwrap_or_default();
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, format!("{demo}/demo/desktop")))
        .finish()
}
