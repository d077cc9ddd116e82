//! `/api/v1/lookups`: systems that are asked who a number belongs to.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Deserialize;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::problem::Code;
use crate::flow::contacts::lookup::TestError;
use crate::web::answers::{ListedLookup, LookupTest};
use crate::web::body::{self, Body};
use crate::web::problem::Problem;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

/// Every lookup, with what came of asking it last.
pub(in crate::web) async fn list(
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let all = app.flow.contacts.lookups().await?;
    let all: Vec<ListedLookup<'_>> = all.iter().map(ListedLookup::from).collect();
    Ok(answer_json(&actor, json!({ "lookups": all })))
}

#[derive(Debug, Deserialize)]
struct Test {
    number: String,
    #[serde(default)]
    send: bool,
}

/// The exact requests that a lookup would make for a number, and its answers if they are sent.
pub(in crate::web) async fn test(
    actor: Actor,
    name: Path<String>,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let test: Test = body.read(&body::COMMAND).await?.json()?;
    let tested = app.flow.contacts.test_lookup(&name, &test.number, test.send).await;
    let tested = tested.map_err(|error| {
        let code = match error {
            TestError::NoLookup(_) => Code::NoSuchLookup,
            TestError::NothingToAsk(_) => Code::NotToBeWritten,
        };
        Problem::new(code, error.to_string())
    })?;
    let tested: Vec<LookupTest<'_>> = tested.iter().map(LookupTest::from).collect();
    Ok(answer_json(&actor, json!({ "requests": tested })))
}
