//! `/api/v1/events`: what was accepted lately, and what came of it.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use serde_json::json;

use super::{Older, limit};
use crate::flow::panes::accepted::AcceptedFilter;
use crate::web::answers::Event;
use crate::web::problem::Problem;
use crate::web::rights::ApiClient;
use crate::web::state::AppState;

/// The newest events.
pub(in crate::web) async fn list(
    _: ApiClient,
    wanted: Query<Older>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let wanted = wanted.into_inner();
    let filter = AcceptedFilter { before: wanted.before()?, source: wanted.source };
    let events = app.flow.accepted.list(filter, limit(wanted.limit)).await?;
    let all: Vec<Event<'_>> = events.iter().map(Event::from).collect();
    Ok(HttpResponse::Ok().json(json!({ "events": all })))
}
