//! `/api/v1/refusals`: requests that were not taken.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use serde_json::json;

use super::{Older, limit};
use crate::domain::actor::Actor;
use crate::web::answers::Refusal;
use crate::web::problem::Problem;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

/// The newest refusals.
pub(in crate::web) async fn list(
    actor: Actor,
    wanted: Query<Older>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let wanted = wanted.into_inner();
    let before = wanted.before()?;
    let rows = app.flow.refusals.list(wanted.source, before, limit(wanted.limit)).await?;
    let all: Vec<Refusal<'_>> = rows.iter().map(Refusal::from).collect();
    Ok(answer_json(&actor, json!({ "refusals": all })))
}
