//! `/api/v1/live`: what goes on now; and closing a page that nobody has on screen any more.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde_json::json;

use super::id;
use crate::domain::actor::Actor;
use crate::domain::problem::Code;
use crate::web::live::Live;
use crate::web::problem::Problem;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

/// Calls at agents, agents, and who probably waits behind a page that is gone.
pub(in crate::web) async fn show(
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let live = app.flow.lives.read().await?;
    Ok(answer_json(&actor, Live::of(&live, app.flow.context.options().region)))
}

/// Closes a page that pauses its agent.
pub(in crate::web) async fn close(
    actor: Actor,
    pane: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    if app.flow.lives.close(&actor, id(&pane)?).await? {
        return Ok(answer_json(&actor, json!({ "closed": true })));
    }
    let detail = "there is no open page with this id that pauses its agent";
    Err(Problem::new(Code::NoSuchPage, detail))
}
