//! `/api/v1/destinations`: who is told, how they are, and what they would be sent.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Deserialize;
use serde_json::json;

use super::id;
use crate::domain::actor::Actor;
use crate::domain::problem::Code;
use crate::flow::outbox::Error;
use crate::web::answers;
use crate::web::answers::outbox::CountedDestination;
use crate::web::body::{self, Body};
use crate::web::problem::Problem;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

/// Every destination: what it wants, how it is, and what it is owed.
pub(in crate::web) async fn list(
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let all = app.flow.outbox.destinations().await?;
    let tallies = app.flow.outbox.tallies().await?;
    let all: Vec<CountedDestination<'_>> =
        all.iter().map(|one| CountedDestination::of(one, &tallies)).collect();
    Ok(answer_json(&actor, json!({ "destinations": all })))
}

/// Pauses a destination, or resumes it.
pub(in crate::web) async fn pause(
    actor: Actor,
    wanted: Path<(String, String)>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let (name, verb) = wanted.into_inner();
    let paused = verb == "pause";
    app.flow.outbox.set_paused(&actor, &name, paused).await.map_err(refuse)?;
    Ok(answer_json(&actor, json!({ "paused": paused })))
}

#[derive(Debug, Deserialize)]
struct Test {
    event: Option<String>,
    call: Option<String>,
    #[serde(default)]
    send: bool,
}

/// The exact request that a destination would get, and its answer if it is sent.
pub(in crate::web) async fn test(
    actor: Actor,
    name: Path<String>,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let test: Test = body.read(&body::COMMAND).await?.json()?;
    let event = test.event.as_deref();
    let past = test.call.as_deref().map(id).transpose()?;
    let tested = app.flow.outbox.test(&name, event, past, test.send).await.map_err(refuse)?;
    Ok(answer_json(&actor, answers::Test::from(&tested)))
}

pub(in crate::web) fn refuse(error: Error) -> Problem {
    let detail = error.to_string();
    match error {
        Error::Unknown(_) => Problem::new(Code::NoSuchDestination, detail),
        Error::NoDelivery(_) => Problem::new(Code::NoSuchDelivery, detail),
        Error::NothingToSend(_) => Problem::new(Code::NotToBeWritten, detail),
        Error::Store(error) => error.into(),
    }
}
