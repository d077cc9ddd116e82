//! `/api/v1/sessions`: who is signed in to the console.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::problem::Code;
use crate::web::answers::access::Session;
use crate::web::problem::Problem;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

/// Every session, the newest first.
pub(in crate::web) async fn list(
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let sessions = app.flow.operators.sessions(None).await?;
    let all: Vec<Session<'_>> = sessions.iter().map(Session::from).collect();
    Ok(answer_json(&actor, json!({ "sessions": all })))
}

/// Ends a session.
pub(in crate::web) async fn end(
    actor: Actor,
    id: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    if app.flow.operators.end_session(&actor, &id).await? {
        return Ok(HttpResponse::NoContent().finish());
    }
    Err(Problem::new(Code::NoSuchSession, "there is no session of this id"))
}
