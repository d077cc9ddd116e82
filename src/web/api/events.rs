//! `/api/v1/events`: what was accepted lately, and what came of it.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use serde_json::json;

use super::{Older, limit};
use crate::domain::actor::Actor;
use crate::flow::panes::accepted::AcceptedFilter;
use crate::web::answers::Event;
use crate::web::problem::Problem;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

/// The newest events.
pub(in crate::web) async fn list(
    actor: Actor,
    wanted: Query<Older>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let wanted = wanted.into_inner();
    let filter = AcceptedFilter { before: wanted.before()?, source: wanted.source };
    let events = app.flow.accepted.list(filter, limit(wanted.limit)).await?;
    let all: Vec<Event<'_>> = events.iter().map(Event::from).collect();
    Ok(answer_json(&actor, json!({ "events": all })))
}
