//! `/api/v1`: what programs may read, with the bearer token of `CALLPANE_API_TOKEN`.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Door, Problem};
use crate::domain::ids::Id;
use crate::flow::refuse;
use crate::pbx::Pasted;

/// Lets programs in that show the token. Digests are compared, so that the time tells nothing.
fn admit(request: &HttpRequest, door: &Door) -> Result<(), Problem> {
    let Some(token) = &door.api_token else {
        return Err(Problem::unauthorized("CALLPANE_API_TOKEN is not set: nobody may read this"));
    };
    let shown = request.headers().get(actix_web::http::header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.to_str().ok()).and_then(|v| v.split_once(' '));
    let shown = shown.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let shown = shown.map_or("", |(_, token)| token.trim());
    if Sha256::digest(shown) == Sha256::digest(token.expose()) {
        return Ok(());
    }
    Err(Problem::unauthorized("send Authorization: Bearer with the token of CALLPANE_API_TOKEN"))
}

#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    source: Option<String>,
    before: Option<String>,
    limit: Option<i64>,
}

/// The newest refusals.
pub(super) async fn refusals(
    request: HttpRequest,
    wanted: Query<Wanted>,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    admit(&request, &door)?;
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
    let all: Vec<Value> = rows.iter().map(refuse::listed).collect();
    Ok(HttpResponse::Ok().json(json!({ "refusals": all })))
}

/// What a pasted request would mean to a source; nothing is kept of it.
pub(super) async fn try_out(
    request: HttpRequest,
    source: Path<String>,
    body: String,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    admit(&request, &door)?;
    let pasted = Pasted::read(&body);
    let tried = door.flow.try_out(&source, &pasted).ok_or_else(|| {
        Problem::refused("no-such-source", 404, format!("there is no source \"{source}\""))
    })?;
    Ok(HttpResponse::Ok().json(tried))
}
