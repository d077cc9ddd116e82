//! `/api/v1/sessions`: who is signed in to the console.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::actor::Actor;
use crate::domain::problem::Code;
use crate::web::answers::access::Session;
use crate::web::problem::Problem;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

/// The sessions.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Sessions<'a> {
    sessions: Vec<Session<'a>>,
}

/// Every browser that is signed in to the console, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/sessions",
    operation_id = "listSessions",
    tag = "Access",
    security(("token" = ["admin"])),
    responses((status = OK, description = "The sessions", body = Sessions<'_>))
)]
pub(in crate::web) async fn list(
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let sessions = app.flow.operators.sessions(None).await?;
    let all: Vec<Session<'_>> = sessions.iter().map(Session::from).collect();
    Ok(answer_json(&actor, Sessions { sessions: all }))
}

/// End a session.
#[utoipa::path(
    delete,
    path = "/api/v1/sessions/{id}",
    operation_id = "endSession",
    tag = "Access",
    security(("token" = ["admin"])),
    params(("id" = String, Path, description = "The session's `id`")),
    responses((status = NO_CONTENT, description = "The session has ended")),
    extensions(("x-refusals" = json!(["no-such-session"])))
)]
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
