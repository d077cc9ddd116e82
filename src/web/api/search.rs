//! `/api/v1/search`: anything by its name or number. `/api/v1/attention`: what needs somebody's.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use serde::Deserialize;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::web::listed::{Attention, Hit};
use crate::web::problem::Problem;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

#[derive(Debug, Deserialize)]
pub(in crate::web) struct Parameters {
    q: String,
}

/// Everything that may be meant.
pub(in crate::web) async fn find(
    actor: Actor,
    query: Query<Parameters>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let found = app.flow.lists.search(&query.q).await?;
    let region = app.flow.context.options().region;
    let hits: Vec<Hit<'_>> = found.iter().map(|hit| Hit::of(hit, region)).collect();
    Ok(answer_json(&actor, json!({ "hits": hits })))
}

/// What needs attention.
pub(in crate::web) async fn attention(
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let found = app.flow.lists.attention().await?;
    Ok(answer_json(&actor, Attention::from(&*found)))
}
