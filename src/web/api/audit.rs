//! `/api/v1/audit`: who did what.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use serde::Deserialize;
use serde_json::json;

use super::{id, limit};
use crate::domain::actor::Actor;
use crate::store::AuditFilter;
use crate::web::answers::access::AuditEntry;
use crate::web::problem::Problem;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

#[derive(Debug, Deserialize)]
pub(in crate::web) struct Parameters {
    actor: Option<String>,
    act: Option<String>,
    before: Option<String>,
    limit: Option<i64>,
}

/// The newest acts.
pub(in crate::web) async fn list(
    actor: Actor,
    wanted: Query<Parameters>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let wanted = wanted.into_inner();
    let before = wanted.before.as_deref().map(id).transpose()?;
    let filter = AuditFilter { actor: wanted.actor, act: wanted.act, before };
    let rows = app.flow.audit.list(filter, limit(wanted.limit)).await?;
    let all: Vec<AuditEntry<'_>> = rows.iter().map(AuditEntry::from).collect();
    Ok(answer_json(&actor, json!({ "audit": all })))
}
