//! `/api/v1`: what programs may read and do. One file a resource.

pub(super) mod agents;
pub(super) mod contacts;
pub(super) mod deliveries;
pub(super) mod destinations;
pub(super) mod lookups;
pub(super) mod refusals;
pub(super) mod sources;

use actix_web::HttpResponse;

use super::Problem;
use crate::domain::ids::Id;
use crate::store::Error as StoreError;

/// What this API has, as an OpenAPI document.
pub(super) async fn document() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(include_str!("openapi.json"))
}

fn away(error: &StoreError) -> Problem {
    tracing::error!(error = crate::flow::cause(error), "the API could not be served");
    Problem::away()
}

fn id(text: &str) -> Result<Id, Problem> {
    Id::parse(text).ok_or_else(|| Problem::malformed(format!("\"{text}\" is not an id")))
}

/// How many rows a list has at most.
fn limit(wanted: Option<i64>) -> i64 {
    wanted.unwrap_or(50).clamp(1, 500)
}
