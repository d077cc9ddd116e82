//! `/api/v1/events`: what was accepted lately, and what came of it.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use serde::Deserialize;
use serde_json::json;

use super::limit;
use crate::domain::ids::Id;
use crate::flow::panes::accepted::AcceptedFilter;
use crate::web::answers::Event;
use crate::web::problem::Problem;
use crate::web::rights::ApiClient;
use crate::web::state::AppState;

#[derive(Debug, Deserialize)]
pub(in crate::web) struct Parameters {
    source: Option<String>,
    before: Option<String>,
    limit: Option<i64>,
}

/// The newest events.
pub(in crate::web) async fn list(
    _: ApiClient,
    wanted: Query<Parameters>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let Parameters { source, before, limit: wanted } = wanted.into_inner();
    let before = match &before {
        None => None,
        Some(text) => Some(Id::parse(text).ok_or_else(|| {
            Problem::malformed("before is not an id; take the id of the last event that you have")
        })?),
    };
    let wanted_of = AcceptedFilter { source, before };
    let events = app.flow.accepted.list(wanted_of, limit(wanted)).await?;
    let all: Vec<Event<'_>> = events.iter().map(Event::from).collect();
    Ok(HttpResponse::Ok().json(json!({ "events": all })))
}
