//! `/api/v1/destinations`: who is told, how they are, and what they would be sent.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Deserialize;
use serde_json::json;

use super::{away, id};
use crate::domain::problem::Code;
use crate::flow::outbox::TestError;
use crate::web::answers::{self, Destination};
use crate::web::body::{self, Body};
use crate::web::rights::ApiClient;
use crate::web::{Door, Problem};

/// Every destination: what it wants, how it is, and what it is owed.
pub(in crate::web) async fn list(_: ApiClient, door: Data<Door>) -> Result<HttpResponse, Problem> {
    let all = door.flow.outbox.destinations().await.map_err(|error| away(&error))?;
    let all: Vec<Destination<'_>> = all.iter().map(Destination::from).collect();
    Ok(HttpResponse::Ok().json(json!({ "destinations": all })))
}

/// Pauses a destination, or resumes it.
pub(in crate::web) async fn pause(
    _: ApiClient,
    wanted: Path<(String, String)>,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let (name, verb) = wanted.into_inner();
    if door.flow.context.in_force().configuration.destination(&name).is_none() {
        let detail = TestError::NoDestination(name).to_string();
        return Err(Problem::new(Code::NoSuchDestination, detail));
    }
    let paused = verb == "pause";
    door.flow.outbox.set_paused(&name, paused).await.map_err(|error| away(&error))?;
    Ok(HttpResponse::Ok().json(json!({ "paused": paused })))
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
    _: ApiClient,
    name: Path<String>,
    body: Body,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let test: Test = body.read(&body::COMMAND).await?.json()?;
    let event = test.event.as_deref().unwrap_or("call.ended");
    let past = test.call.as_deref().map(id).transpose()?;
    let tested = door.flow.outbox.test(&name, event, past, test.send).await.map_err(refuse)?;
    Ok(HttpResponse::Ok().json(answers::Test::from(&tested)))
}

fn refuse(error: TestError) -> Problem {
    let detail = error.to_string();
    match error {
        TestError::NoDestination(_) => Problem::new(Code::NoSuchDestination, detail),
        TestError::NothingToSend(_) => Problem::new(Code::NotToBeWritten, detail),
        TestError::Store(error) => away(&error),
    }
}
