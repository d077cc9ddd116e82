//! `/api/v1`: what programs may read and do, with the bearer token of `CALLPANE_API_TOKEN`.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{self, Body};
use super::{Door, Problem};
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;
use crate::flow::calls::refusals;
use crate::flow::outbox::admin;
use crate::pbx::Pasted;
use crate::store::Wanted;

/// How long somebody waits who guesses too often: each of their connections asks ten times a second at
/// most, and takes no time from rings.
const HELD_UP: Duration = Duration::from_millis(100);

/// Lets programs in that show the token.
pub(super) async fn admit(request: &HttpRequest, door: &Door) -> Result<(), Problem> {
    let Some(token) = &door.api_token else {
        return Err(Problem::unauthorized("CALLPANE_API_TOKEN is not set: nobody may read this"));
    };
    let shown = request.headers().get(actix_web::http::header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.to_str().ok()).and_then(|v| v.split_once(' '));
    let shown = shown.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let shown = shown.map_or("", |(_, token)| token.trim());
    if token.is(shown) {
        return Ok(());
    }
    let refusal = door.guesses.refuse(door.guard.client(request));
    if refusal.status() == StatusCode::TOO_MANY_REQUESTS.as_u16() {
        tokio::time::sleep(HELD_UP).await;
    }
    Err(refusal)
}

#[derive(Debug, Deserialize)]
pub(super) struct WantedRefusals {
    source: Option<String>,
    before: Option<String>,
    limit: Option<i64>,
}

/// The newest refusals.
pub(super) async fn refusals(
    request: HttpRequest,
    wanted: Query<WantedRefusals>,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    admit(&request, &door).await?;
    let wanted = wanted.into_inner();
    let limit = wanted.limit.unwrap_or(50).clamp(1, 500);
    let before = match &wanted.before {
        None => None,
        Some(text) => Some(Id::parse(text).ok_or_else(|| {
            Problem::malformed("before is no id; take the id of the last refusal that you have")
        })?),
    };
    let rows = door.flow.refusals(wanted.source, before, limit).await.map_err(|error| {
        tracing::error!(error = crate::flow::cause(&error), "refusals could not be read");
        Problem::away()
    })?;
    let all: Vec<Value> = rows.iter().map(refusals::listed).collect();
    Ok(HttpResponse::Ok().json(json!({ "refusals": all })))
}

pub(super) fn away(error: &crate::store::Error) -> Problem {
    tracing::error!(error = crate::flow::cause(error), "the API could not be served");
    Problem::away()
}

fn id(text: &str) -> Result<Id, Problem> {
    Id::parse(text).ok_or_else(|| Problem::malformed(format!("\"{text}\" is no id")))
}

#[derive(Debug, Deserialize)]
pub(super) struct WantedDeliveries {
    destination: Option<String>,
    call: Option<String>,
    state: Option<String>,
    before: Option<String>,
    limit: Option<i64>,
}

/// What was sent, and what is owed.
pub(super) async fn deliveries(
    request: HttpRequest,
    query: Query<WantedDeliveries>,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    admit(&request, &door).await?;
    let query = query.into_inner();
    let wanted = Wanted {
        destination: query.destination,
        call: query.call.as_deref().map(id).transpose()?,
        state: query.state,
        before: query.before.as_deref().map(id).transpose()?,
        since: None,
    };
    let limit = query.limit.unwrap_or(50).clamp(1, 500);
    let rows = door.flow.deliveries(wanted, limit).await.map_err(|error| away(&error))?;
    let all: Vec<Value> = rows.iter().map(admin::listed).collect();
    Ok(HttpResponse::Ok().json(json!({ "deliveries": all })))
}

/// One delivery, with every attempt at it.
pub(super) async fn delivery(
    request: HttpRequest,
    wanted: Path<String>,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    admit(&request, &door).await?;
    let found = door.flow.delivery(id(&wanted)?).await.map_err(|error| away(&error))?;
    let found = found.ok_or_else(|| Problem::refused("no-such-delivery", 404, "there is none"))?;
    Ok(HttpResponse::Ok().json(found))
}

#[derive(Debug, Deserialize)]
struct Again {
    #[serde(default)]
    ids: Vec<String>,
    destination: Option<String>,
    since: Option<String>,
}

/// Sends deliveries again: these, or all that did not arrive since a moment.
pub(super) async fn resend(
    request: HttpRequest,
    body: Body,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    admit(&request, &door).await?;
    let again: Again = body.read(&body::COMMAND).await?.json()?;
    let ids = again.ids.iter().map(|text| id(text)).collect::<Result<Vec<Id>, Problem>>()?;
    let since = match &again.since {
        None => None,
        Some(text) => {
            let at = Timestamp::parse(text).ok_or_else(|| {
                Problem::malformed("since is no moment; write 2026-09-21T14:15:23Z")
            })?;
            Some((again.destination, at))
        }
    };
    let count = door.flow.resend(ids, since).await.map_err(|error| away(&error))?;
    Ok(HttpResponse::Ok().json(json!({ "resent": count })))
}

/// Every destination: what it wants, how it is, and what it is owed.
pub(super) async fn destinations(
    request: HttpRequest,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    admit(&request, &door).await?;
    let all = door.flow.destinations().await.map_err(|error| away(&error))?;
    Ok(HttpResponse::Ok().json(json!({ "destinations": all })))
}

/// Pauses a destination, or resumes it.
pub(super) async fn pause(
    request: HttpRequest,
    wanted: Path<(String, String)>,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    admit(&request, &door).await?;
    let (name, verb) = wanted.into_inner();
    if door.flow.in_force().configuration.destination(&name).is_none() {
        return Err(no_destination(&name));
    }
    let paused = verb == "pause";
    door.flow.set_paused(&name, paused).await.map_err(|error| away(&error))?;
    Ok(HttpResponse::Ok().json(json!({ "paused": paused })))
}

fn no_destination(name: &str) -> Problem {
    Problem::refused("no-such-destination", 404, format!("there is no destination \"{name}\""))
}

#[derive(Debug, Deserialize)]
struct Test {
    event: Option<String>,
    call: Option<String>,
    #[serde(default)]
    send: bool,
}

/// The exact request that a destination would get, and its answer if it is sent.
pub(super) async fn test(
    request: HttpRequest,
    name: Path<String>,
    body: Body,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    admit(&request, &door).await?;
    let test: Test = body.read(&body::COMMAND).await?.json()?;
    let event = test.event.clone().unwrap_or_else(|| "call.ended".to_owned());
    let past = test.call.as_deref().map(id).transpose()?;
    let tried = door.flow.try_destination(&name, &event, past, test.send).await;
    let tried = tried.map_err(|error| away(&error))?.ok_or_else(|| no_destination(&name))?;
    let tried = tried.map_err(|why| Problem::unacceptable("not-to-be-written", why))?;
    Ok(HttpResponse::Ok().json(admin::tried(&tried)))
}

/// Signs an agent out of the built-in desktop, on every device.
pub(super) async fn sign_out(
    request: HttpRequest,
    agent: Path<String>,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    admit(&request, &door).await?;
    let ended = door.flow.sign_out_agent(&agent).await.map_err(|error| away(&error))?;
    let ended = ended.ok_or_else(|| {
        Problem::refused("no-such-agent", 404, format!("there is no agent \"{agent}\""))
    })?;
    Ok(HttpResponse::Ok().json(json!({ "ended": ended })))
}

/// What this API has, as an OpenAPI document.
pub(super) async fn document() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(include_str!("openapi.json"))
}

/// What a pasted request would mean to a source; nothing is kept of it.
pub(super) async fn try_out(
    request: HttpRequest,
    source: Path<String>,
    body: Body,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    admit(&request, &door).await?;
    let body = body.read(&body::COMMAND).await?;
    let pasted = Pasted::read(body.text()?);
    let tried = door.flow.try_out(&source, &pasted).ok_or_else(|| {
        Problem::refused("no-such-source", 404, format!("there is no source \"{source}\""))
    })?;
    Ok(HttpResponse::Ok().json(tried))
}
