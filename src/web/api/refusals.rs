//! `/api/v1/refusals`: requests that were not taken.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use serde::Deserialize;
use serde_json::json;

use super::limit;
use crate::domain::ids::Id;
use crate::web::answers::Refusal;
use crate::web::problem::Problem;
use crate::web::rights::ApiClient;
use crate::web::state::AppState;

#[derive(Debug, Deserialize)]
pub(in crate::web) struct Parameters {
    source: Option<String>,
    before: Option<String>,
    limit: Option<i64>,
}

/// The newest refusals.
pub(in crate::web) async fn list(
    _: ApiClient,
    wanted: Query<Parameters>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let wanted = wanted.into_inner();
    let before = match &wanted.before {
        None => None,
        Some(text) => Some(Id::parse(text).ok_or_else(|| {
            Problem::malformed("before is not an id; take the id of the last refusal that you have")
        })?),
    };
    let rows = app.flow.refusals.list(wanted.source, before, limit(wanted.limit)).await?;
    let all: Vec<Refusal<'_>> = rows.iter().map(Refusal::from).collect();
    Ok(HttpResponse::Ok().json(json!({ "refusals": all })))
}
