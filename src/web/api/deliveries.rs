//! `/api/v1/deliveries`: what was sent, and what is owed.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;
use serde_json::json;

use super::destinations::refuse;
use super::{id, limit};
use crate::domain::actor::Actor;
use crate::domain::ids::Id;
use crate::domain::problem::Code;
use crate::domain::time::Timestamp;
use crate::flow::outbox::Failed;
use crate::store;
use crate::web::answers::outbox::Failures;
use crate::web::answers::{Delivery, FullDelivery};
use crate::web::body::{self, Body};
use crate::web::problem::Problem;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

#[derive(Debug, Deserialize)]
pub(in crate::web) struct Parameters {
    destination: Option<String>,
    call: Option<String>,
    state: Option<String>,
    reason: Option<String>,
    since: Option<String>,
    before: Option<String>,
    limit: Option<i64>,
}

/// What was sent, and what is owed.
pub(in crate::web) async fn list(
    actor: Actor,
    query: Query<Parameters>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let wanted = store::DeliveryFilter {
        destination: query.destination,
        call: query.call.as_deref().map(id).transpose()?,
        state: query.state,
        before: query.before.as_deref().map(id).transpose()?,
        reason: query.reason,
        since: query.since.as_deref().map(moment).transpose()?,
    };
    let rows = app.flow.outbox.deliveries(wanted, limit(query.limit)).await?;
    let all: Vec<Delivery<'_>> = rows.iter().map(Delivery::from).collect();
    Ok(answer_json(&actor, json!({ "deliveries": all })))
}

/// Failed deliveries of the last seven days, by destination and reason.
pub(in crate::web) async fn groups(
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let found = app.flow.outbox.failures().await?;
    Ok(answer_json(&actor, Failures::from(&found)))
}

/// One delivery, with every attempt at it.
pub(in crate::web) async fn show(
    actor: Actor,
    wanted: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let found = app.flow.outbox.delivery(id(&wanted)?).await?;
    let found = found.ok_or_else(|| Problem::new(Code::NoSuchDelivery, "there is none"))?;
    Ok(answer_json(&actor, FullDelivery::from(&found)))
}

#[derive(Debug, Deserialize)]
struct Again {
    #[serde(default)]
    ids: Vec<String>,
    destination: Option<String>,
    reason: Option<String>,
    since: Option<String>,
}

/// Sends deliveries again: these, or all that did not arrive since a moment.
pub(in crate::web) async fn resend(
    actor: Actor,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let again: Again = body.read(&body::COMMAND).await?.json()?;
    let ids = again.ids.iter().map(|text| id(text)).collect::<Result<Vec<Id>, Problem>>()?;
    let since = match &again.since {
        None => None,
        Some(text) => {
            let since = moment(text)?;
            Some(Failed { destination: again.destination, reason: again.reason, since })
        }
    };
    let count = app.flow.outbox.resend(&actor, ids, since).await.map_err(refuse)?;
    Ok(answer_json(&actor, json!({ "resent": count })))
}

fn moment(since: &str) -> Result<Timestamp, Problem> {
    Timestamp::parse(since)
        .ok_or_else(|| Problem::malformed("since is not a time; write 2026-09-21T14:15:23Z"))
}
