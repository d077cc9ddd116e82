//! `/api/v1/search`: anything by its name or number. `/api/v1/attention`: what needs somebody's.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::actor::Actor;
use crate::web::listed::{Attention, Hit};
use crate::web::problem::Problem;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Parameters {
    /// A number in any format, an id, the trace code of a page, or a part of a name.
    q: String,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Hits<'a> {
    hits: Vec<Hit<'a>>,
}

/// Everything that a text may mean: calls, callers, agents, queues, and what is configured.
#[utoipa::path(
    get,
    path = "/api/v1/search",
    operation_id = "search",
    tag = "Calls",
    security(("token" = ["viewer"])),
    params(Parameters),
    responses((status = OK, description = "What was found", body = Hits<'_>))
)]
pub(in crate::web) async fn find(
    actor: Actor,
    query: Query<Parameters>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let found = app.flow.lists.search(&query.q, actor.role.sees_numbers()).await?;
    let region = app.flow.context.options().region;
    let hits: Vec<Hit<'_>> = found.iter().map(|hit| Hit::of(hit, region)).collect();
    Ok(answer_json(&actor, Hits { hits }))
}

/// What needs somebody's attention, and how much of it there is.
#[utoipa::path(
    get,
    path = "/api/v1/attention",
    operation_id = "showAttention",
    tag = "Calls",
    security(("token" = ["viewer"])),
    responses((status = OK, description = "What needs attention", body = Attention<'_>))
)]
pub(in crate::web) async fn attention(
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let found = app.flow.lists.attention().await?;
    Ok(answer_json(&actor, Attention::from(&*found)))
}
