//! `/api/v1/deliveries`: what was sent, and what is owed.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::paging::{self, limit};
use super::{command, id, known_id, moment};
use crate::domain::actor::Actor;
use crate::domain::delivery::filters;
use crate::domain::ids::Id;
use crate::domain::problem::Code;
use crate::flow::outbox::Failed;
use crate::store;
use crate::web::answers::{Delivery, Failures, FullDelivery};
use crate::web::body::Body;
use crate::web::problem::Problem;
use crate::web::schema;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Wanted {
    /// Only this destination's.
    destination: Option<String>,
    /// Only those of this call, by its `uuid`.
    #[param(value_type = Option<schema::Id>)]
    call: Option<String>,
    /// Only those in this state; `failed`: refused, or tried for too long.
    #[param(value_type = Option<schema::DeliveryFilter>, inline)]
    state: Option<String>,
    /// Only those with exactly this reason.
    reason: Option<String>,
    /// Only those since this time.
    #[param(format = DateTime)]
    since: Option<String>,
    /// Only what is older: the `next` of the previous page.
    #[param(value_type = Option<schema::Id>)]
    before: Option<String>,
    /// How many at most: 50 unless given, never more than 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
}

/// The deliveries.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Deliveries<'a> {
    deliveries: Vec<Delivery<'a>>,
    /// Where the next page begins: send it as `before`.
    #[schema(value_type = Option<schema::Id>)]
    next: Option<String>,
}

/// What was sent and what is waiting, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/deliveries",
    operation_id = "listDeliveries",
    tag = "Deliveries",
    security(("token" = ["viewer"])),
    params(Wanted),
    responses((status = OK, description = "The deliveries", body = Deliveries<'_>))
)]
pub(in crate::web) async fn list(
    actor: Actor,
    wanted: Query<Wanted>,
    request: HttpRequest,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let (filter, limit) = (filter(&wanted)?, limit(wanted.limit)?);
    let page = app.flow.outbox.page(filter, limit).await?;
    let next = page.next.map(|id| id.to_string());
    let deliveries = page.rows.iter().map(Delivery::from).collect();
    let answer = answer_json(&actor, Deliveries { deliveries, next: next.clone() });
    Ok(paging::linked(&request, next.as_deref(), answer))
}

fn filter(wanted: &Wanted) -> Result<store::DeliveryFilter, Problem> {
    if let Some(state) = wanted.state.as_deref().filter(|state| !filters().any(|it| it == *state)) {
        let all: Vec<&str> = filters().collect();
        let detail = format!("\"{state}\" is not a state; write one of {}", all.join(", "));
        return Err(Problem::malformed(detail));
    }
    // A call of another installation has none here.
    let call = wanted.call.as_deref().map(id).transpose()?;
    Ok(store::DeliveryFilter {
        destination: wanted.destination.clone(),
        call: call.map(|call| call.unwrap_or(Id::MAX)),
        state: wanted.state.clone(),
        before: paging::before(wanted.before.as_deref())?,
        reason: wanted.reason.clone(),
        since: wanted.since.as_deref().map(moment).transpose()?,
    })
}

/// One delivery, with every attempt.
#[utoipa::path(
    get,
    path = "/api/v1/deliveries/{id}",
    operation_id = "showDelivery",
    tag = "Deliveries",
    security(("token" = ["viewer"])),
    params(("id" = inline(schema::Id), Path, description = "The delivery's `id`")),
    responses((status = OK, description = "The delivery", body = FullDelivery<'_>)),
    extensions(("x-refusals" = json!(["no-such-delivery"])))
)]
pub(in crate::web) async fn show(
    actor: Actor,
    wanted: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let found = app.flow.outbox.delivery(known_id(&wanted, none)?).await?;
    let found = found.ok_or_else(none)?;
    Ok(answer_json(&actor, FullDelivery::from(&found)))
}

/// Why deliveries of the last seven days failed: by destination and reason.
#[utoipa::path(
    get,
    path = "/api/v1/deliveries/groups",
    operation_id = "groupDeliveries",
    tag = "Deliveries",
    security(("token" = ["viewer"])),
    responses((status = OK, description = "The failures, the group with the newest one first", body = Failures<'_>))
)]
pub(in crate::web) async fn groups(
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let found = app.flow.outbox.failures().await?;
    Ok(answer_json(&actor, Failures::from(&found)))
}

fn none() -> Problem {
    Problem::new(Code::NoSuchDelivery, "there is none")
}

/// What to resend.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Resend)]
pub(in crate::web) struct Again {
    /// These deliveries, whatever became of them.
    #[serde(default)]
    #[schema(value_type = Vec<schema::Id>)]
    ids: Vec<String>,
    /// All that have failed since this time. Those that are still owed are tried anyway.
    #[schema(format = DateTime)]
    since: Option<String>,
    /// With `since`: only this destination's.
    destination: Option<String>,
    /// With `since`: only those with exactly this reason.
    reason: Option<String>,
}

/// What is being resent.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Resent {
    /// How many are being resent.
    resent: usize,
}

/// Resend these deliveries, or all that have failed since a given time; those that are still owed are tried anyway.
#[utoipa::path(
    post,
    path = "/api/v1/deliveries/resend",
    operation_id = "resendDeliveries",
    tag = "Deliveries",
    security(("token" = ["supervisor"])),
    request_body = Again,
    responses((status = OK, description = "They will be sent", body = Resent)),
    extensions(("x-refusals" = json!(["no-such-delivery", "no-such-destination", "invalid-value"])))
)]
pub(in crate::web) async fn resend(
    actor: Actor,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let again: Again = command(body).await?;
    check(&again)?;
    let ids = again.ids.iter().map(|text| known_id(text, none));
    let ids = ids.collect::<Result<Vec<Id>, Problem>>()?;
    let since = again.since.as_deref().map(moment).transpose()?;
    let (destination, reason) = (again.destination, again.reason);
    let failed = since.map(|since| Failed { destination, reason, since });
    let resent = app.flow.outbox.resend(&actor, ids, failed).await?;
    Ok(answer_json(&actor, Resent { resent }))
}

/// Whether it says what to resend.
fn check(again: &Again) -> Result<(), Problem> {
    let chooses = again.destination.is_some() || again.reason.is_some();
    let missing = match (&again.since, chooses) {
        (Some(_), _) => None,
        (None, true) => {
            Some("destination and reason choose among what has failed since a time: add since")
        }
        (None, false) => again
            .ids
            .is_empty()
            .then_some("name deliveries by their ids, or a time with since: 2026-09-21T14:15:23Z"),
    };
    missing.map_or(Ok(()), |missing| Err(Problem::new(Code::InvalidValue, missing)))
}
