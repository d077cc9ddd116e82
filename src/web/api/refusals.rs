//! `/api/v1/refusals`: requests that were not taken.

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::paging::{self, limit};
use crate::domain::actor::Actor;
use crate::web::answers::Refusal;
use crate::web::problem::Problem;
use crate::web::schema;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Wanted {
    /// Only this phone system's.
    source: Option<String>,
    /// Only what is older: the `next` of the previous page.
    #[param(value_type = Option<schema::Id>)]
    before: Option<String>,
    /// How many at most: 50 unless given, never more than 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
}

/// The refusals.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Refusals<'a> {
    refusals: Vec<Refusal<'a>>,
    /// Where the next page begins: send it as `before`.
    #[schema(value_type = Option<schema::Id>)]
    next: Option<String>,
}

/// Requests of phone systems that were refused, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/refusals",
    operation_id = "listRefusals",
    tag = "Events",
    security(("token" = ["viewer"])),
    params(Wanted),
    responses((status = OK, description = "The refusals", body = Refusals<'_>))
)]
pub(in crate::web) async fn list(
    actor: Actor,
    wanted: Query<Wanted>,
    request: HttpRequest,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let wanted = wanted.into_inner();
    let (before, limit) = (paging::before(wanted.before.as_deref())?, limit(wanted.limit)?);
    let mut rows = app.flow.refusals.list(wanted.source, before, paging::one_more(limit)).await?;
    let next = paging::next(&mut rows, limit, |row| row.id);
    let refusals = rows.iter().map(Refusal::from).collect();
    let answer = answer_json(&actor, Refusals { refusals, next: next.clone() });
    Ok(paging::linked(&request, next.as_deref(), answer))
}
