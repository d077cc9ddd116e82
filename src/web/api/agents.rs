//! `/api/v1/agents`: who they are, whether they are there, and signing them out.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::problem::Code;
use crate::web::answers::Agent;
use crate::web::problem::Problem;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

/// Every configured agent, and what phone systems report of their presence.
pub(in crate::web) async fn list(
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let agents = app.flow.presences.list().await?;
    let now = app.flow.context.now();
    let all: Vec<Agent<'_>> = agents.iter().map(|agent| Agent::of(agent, now, None)).collect();
    Ok(answer_json(&actor, json!({ "agents": all })))
}

/// Signs an agent out of the built-in desktop, on every device.
pub(in crate::web) async fn sign_out(
    actor: Actor,
    agent: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let ended = app.flow.sessions.sign_out_agent(&agent).await?;
    let ended = ended
        .ok_or_else(|| Problem::new(Code::NoSuchAgent, format!("there is no agent \"{agent}\"")))?;
    Ok(answer_json(&actor, json!({ "ended": ended })))
}
