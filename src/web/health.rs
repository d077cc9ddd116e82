//! `/health/live` and `/health/ready`, for whoever watches or restarts us.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::json;

use super::Door;

/// The process answers.
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "live": true }))
}

/// A ring could be written down just now: something was written to find out.
pub(super) async fn ready(door: Data<Door>) -> HttpResponse {
    let ready = door.flow.ready().await;
    let mut answer =
        if ready.is_ok() { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    let in_force = door.flow.in_force();
    answer.json(json!({
        "ready": ready.is_ok(),
        "database": ready.err().map_or_else(|| "writes".to_owned(), |error| error.to_string()),
        "configuration": in_force.version,
        "rules": in_force.configuration.rule_count(),
    }))
}
