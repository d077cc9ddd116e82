//! `/api/v1/audit`: who did what.

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::paging::{self, limit};
use crate::domain::actor::Actor;
use crate::domain::audit::Act;
use crate::domain::word::Word as _;
use crate::store::AuditFilter;
use crate::web::answers::access::AuditEntry;
use crate::web::problem::Problem;
use crate::web::schema;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Parameters {
    /// Only what this operator or token did, by name.
    actor: Option<String>,
    /// Only this act.
    #[param(value_type = Option<schema::Act>, inline)]
    act: Option<String>,
    /// Only what is older: the `next` of the previous page.
    #[param(value_type = Option<schema::Id>)]
    before: Option<String>,
    /// How many at most: 50 unless given, never more than 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct AuditEntries<'a> {
    audit: Vec<AuditEntry<'a>>,
    /// Where the next page begins: send it as `before`.
    #[schema(value_type = Option<schema::Id>)]
    next: Option<String>,
}

/// Who did what, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    operation_id = "listAudit",
    tag = "Access",
    security(("token" = ["admin"])),
    params(Parameters),
    responses((status = OK, description = "What was done", body = AuditEntries<'_>))
)]
pub(in crate::web) async fn list(
    actor: Actor,
    wanted: Query<Parameters>,
    request: HttpRequest,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let wanted = wanted.into_inner();
    let (before, limit) = (paging::before(wanted.before.as_deref())?, limit(wanted.limit)?);
    if let Some(act) = wanted.act.as_deref().filter(|act| Act::read(act).is_none()) {
        let all: Vec<&str> = Act::words().collect();
        let detail = format!("\"{act}\" is not an act; write one of {}", all.join(", "));
        return Err(Problem::malformed(detail));
    }
    let filter = AuditFilter { actor: wanted.actor, act: wanted.act, before };
    let mut rows = app.flow.audit.list(filter, paging::one_more(limit)).await?;
    let next = paging::next(&mut rows, limit, |row| row.id);
    let audit = rows.iter().map(AuditEntry::from).collect();
    let answer = answer_json(&actor, AuditEntries { audit, next: next.clone() });
    Ok(paging::linked(&request, next.as_deref(), answer))
}
