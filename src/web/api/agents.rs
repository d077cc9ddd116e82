//! `/api/v1/agents`: who they are, whether they are there, and signing them out.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::actor::Actor;
use crate::domain::problem::Code;
use crate::web::answers::Agent;
use crate::web::problem::Problem;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

/// The agents.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Agents<'a> {
    agents: Vec<Agent<'a>>,
}

/// How many sessions were ended.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct SignedOut {
    /// How many sessions were ended.
    ended: u64,
}

/// Every configured agent, and what phone systems report about their presence.
#[utoipa::path(
    get,
    path = "/api/v1/agents",
    operation_id = "listAgents",
    tag = "Agents",
    security(("token" = ["viewer"])),
    responses((status = OK, description = "The agents", body = Agents<'_>))
)]
pub(in crate::web) async fn list(
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let agents = app.flow.presences.list().await?;
    let now = app.flow.context.now();
    let all: Vec<Agent<'_>> = agents.iter().map(|agent| Agent::of(agent, now, None)).collect();
    Ok(answer_json(&actor, Agents { agents: all }))
}

/// Sign an agent out of the built-in desktop, on every device; their personal link stays valid.
#[utoipa::path(
    delete,
    path = "/api/v1/agents/{id}/sessions",
    operation_id = "signAgentOut",
    tag = "Agents",
    security(("token" = ["supervisor"])),
    params(("id" = String, Path, description = "The `id` of an `[[agent]]`")),
    responses((status = OK, description = "They are signed out", body = SignedOut)),
    extensions(("x-refusals" = json!(["no-such-agent"])))
)]
pub(in crate::web) async fn sign_out(
    actor: Actor,
    agent: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let ended = app.flow.sessions.sign_out_agent(&actor, &agent).await?;
    let ended = ended
        .ok_or_else(|| Problem::new(Code::NoSuchAgent, format!("there is no agent \"{agent}\"")))?;
    Ok(answer_json(&actor, SignedOut { ended }))
}
