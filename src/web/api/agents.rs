//! `/api/v1/agents`: who is signed in.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde_json::json;

use crate::domain::problem::Code;
use crate::web::problem::Problem;
use crate::web::rights::ApiClient;
use crate::web::state::AppState;

/// Signs an agent out of the built-in desktop, on every device.
pub(in crate::web) async fn sign_out(
    _: ApiClient,
    agent: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let ended = app.flow.sessions.sign_out_agent(&agent).await?;
    let ended = ended
        .ok_or_else(|| Problem::new(Code::NoSuchAgent, format!("there is no agent \"{agent}\"")))?;
    Ok(HttpResponse::Ok().json(json!({ "ended": ended })))
}
