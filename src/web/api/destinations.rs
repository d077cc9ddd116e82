//! `/api/v1/destinations`: who is told, how they are, and what they would be sent.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{command, known_id};
use crate::domain::actor::Actor;
use crate::domain::problem::Code;
use crate::web::answers::{self, Destination};
use crate::web::body::Body;
use crate::web::problem::Problem;
use crate::web::schema;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

/// The destinations.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Destinations<'a> {
    destinations: Vec<Destination<'a>>,
}

/// Every destination: its events, its state, how many deliveries are waiting.
#[utoipa::path(
    get,
    path = "/api/v1/destinations",
    operation_id = "listDestinations",
    tag = "Destinations",
    security(("token" = ["viewer"])),
    responses((status = OK, description = "The destinations", body = Destinations<'_>))
)]
pub(in crate::web) async fn list(
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let all = app.flow.outbox.destinations().await?;
    let tallies = app.flow.outbox.tallies().await?;
    let all = all.iter().map(|one| Destination::of(one, &tallies)).collect();
    Ok(answer_json(&actor, Destinations { destinations: all }))
}

/// Whether a destination is paused.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Paused {
    /// Whether it is paused now.
    paused: bool,
}

/// Pause a destination until it is resumed; its deliveries wait.
#[utoipa::path(
    post,
    path = "/api/v1/destinations/{name}/pause",
    operation_id = "pauseDestination",
    tag = "Destinations",
    security(("token" = ["supervisor"])),
    params(("name" = String, Path, description = "The `name` of a `[[destination]]`")),
    responses((status = OK, description = "Whether it is paused now", body = Paused)),
    extensions(("x-refusals" = json!(["no-such-destination"])))
)]
pub(in crate::web) async fn pause(
    actor: Actor,
    name: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    app.flow.outbox.set_paused(&actor, &name, true).await?;
    Ok(answer_json(&actor, Paused { paused: true }))
}

/// Resume a paused destination.
#[utoipa::path(
    post,
    path = "/api/v1/destinations/{name}/resume",
    operation_id = "resumeDestination",
    tag = "Destinations",
    security(("token" = ["supervisor"])),
    params(("name" = String, Path, description = "The `name` of a `[[destination]]`")),
    responses((status = OK, description = "Whether it is paused now", body = Paused)),
    extensions(("x-refusals" = json!(["no-such-destination"])))
)]
pub(in crate::web) async fn resume(
    actor: Actor,
    name: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    app.flow.outbox.set_paused(&actor, &name, false).await?;
    Ok(answer_json(&actor, Paused { paused: false }))
}

/// What to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TestDestination)]
pub(in crate::web) struct Test {
    /// The event; the default is `call.ended`, or else the first that the destination receives.
    event: Option<String>,
    /// A past call's `uuid`; without it, a sample call.
    #[schema(value_type = Option<schema::Id>)]
    call: Option<String>,
    /// Whether the request is sent.
    #[serde(default)]
    send: bool,
}

/// The exact request that a destination would get, and its answer if it is sent.
#[utoipa::path(
    post,
    path = "/api/v1/destinations/{name}/test",
    operation_id = "testDestination",
    tag = "Destinations",
    security(("token" = ["supervisor"])),
    params(("name" = String, Path, description = "The `name` of a `[[destination]]`")),
    request_body = Test,
    responses((status = OK, description = "The request", body = answers::Test<'_>)),
    extensions(("x-refusals" = json!(["no-such-destination", "not-to-be-written"])))
)]
pub(in crate::web) async fn test(
    actor: Actor,
    name: Path<String>,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let test: Test = command(body).await?;
    let event = test.event.as_deref();
    let past = test.call.as_deref().map(|call| {
        known_id(call, || {
            Problem::new(Code::NotToBeWritten, "no delivery of this call is on record")
        })
    });
    let past = past.transpose()?;
    let tested = app.flow.outbox.test(&name, event, past, test.send).await?;
    Ok(answer_json(&actor, answers::Test::from(&tested)))
}
