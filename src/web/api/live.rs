//! `/api/v1/live`: what goes on now; and closing a page that nobody has on screen any more.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Serialize;
use utoipa::ToSchema;

use super::known_id;
use crate::domain::actor::Actor;
use crate::domain::problem::Code;
use crate::web::live::Live;
use crate::web::problem::Problem;
use crate::web::schema;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

/// What is happening now: calls, agents, and agents who are probably still paused.
#[utoipa::path(
    get,
    path = "/api/v1/live",
    operation_id = "showLive",
    tag = "Calls",
    security(("token" = ["viewer"])),
    responses((status = OK, description = "What is happening now", body = Live<'_>))
)]
pub(in crate::web) async fn show(
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let live = app.flow.lives.read().await?;
    Ok(answer_json(&actor, Live::of(&live, app.flow.context.options().region)))
}

/// Whether a page was closed.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Closed {
    /// Whether it is closed now.
    closed: bool,
}

/// Close a page that pauses its agent and has been on no screen for two minutes, so that their next call does not
/// pause them again.
#[utoipa::path(
    post,
    path = "/api/v1/pages/{id}/close",
    operation_id = "closePage",
    tag = "Calls",
    security(("token" = ["supervisor"])),
    params(("id" = inline(schema::Id), Path, description = "The page's `id`")),
    responses((status = OK, description = "It is closed", body = Closed)),
    extensions(("x-refusals" = json!(["no-such-page"])))
)]
pub(in crate::web) async fn close(
    actor: Actor,
    pane: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    if app.flow.lives.close(&actor, known_id(&pane, none)?).await? {
        return Ok(answer_json(&actor, Closed { closed: true }));
    }
    Err(none())
}

fn none() -> Problem {
    let detail = "there is no open page with this id that pauses its agent and has been on no screen for two minutes";
    Problem::new(Code::NoSuchPage, detail)
}
