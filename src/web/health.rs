//! `/health/live` and `/health/ready`, for whoever watches or restarts us.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::json;

use super::state::AppState;

/// The process answers.
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "live": true }))
}

/// How the database is when all is well.
const WRITES: &str = "writes";

/// A ring could be written down just now: as much was written to find out. A server that stops is not
/// ready for new ones.
pub(super) async fn ready(app: Data<AppState>) -> HttpResponse {
    let database = if app.flow.context.is_stopping() {
        "not asked: the server is stopping".to_owned()
    } else {
        let ready = app.flow.readiness.check().await;
        ready.err().map_or_else(|| WRITES.to_owned(), |error| error.to_string())
    };
    let ready = database == WRITES;
    let mut answer = if ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    let in_force = app.flow.context.in_force();
    answer.json(json!({
        "ready": ready,
        "database": database,
        "configuration": in_force.version,
        "rules": in_force.configuration.rule_count(),
    }))
}
