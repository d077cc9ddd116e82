//! `/api/v1/lookups`: systems that are asked who a number belongs to.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::command;
use crate::domain::actor::Actor;
use crate::domain::problem::Code;
use crate::flow::contacts::lookup::TestError;
use crate::web::answers::{ListedLookup, LookupTest};
use crate::web::body::Body;
use crate::web::problem::Problem;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

/// The lookups.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Lookups<'a> {
    lookups: Vec<ListedLookup<'a>>,
}

/// Every lookup, with the result of its last request.
#[utoipa::path(
    get,
    path = "/api/v1/lookups",
    operation_id = "listLookups",
    tag = "Lookups",
    security(("token" = ["viewer"])),
    responses((status = OK, description = "The lookups", body = Lookups<'_>))
)]
pub(in crate::web) async fn list(
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let all = app.flow.contacts.lookups().await?;
    let all: Vec<ListedLookup<'_>> = all.iter().map(ListedLookup::from).collect();
    Ok(answer_json(&actor, Lookups { lookups: all }))
}

/// What to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TestLookup)]
pub(in crate::web) struct Test {
    /// The number to look up, in any format.
    number: String,
    /// Whether the requests are sent.
    #[serde(default)]
    send: bool,
}

/// The requests, in the order in which they are made.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct LookupTests<'a> {
    requests: Vec<LookupTest<'a>>,
}

/// The exact requests that a lookup would make for a number, and its answers if they are sent; nothing is stored.
#[utoipa::path(
    post,
    path = "/api/v1/lookups/{name}/test",
    operation_id = "testLookup",
    tag = "Lookups",
    security(("token" = ["supervisor"])),
    params(("name" = String, Path, description = "The `name` of a `[[lookup]]`")),
    request_body = Test,
    responses((
        status = OK,
        description = "The requests, in the order in which they are made",
        body = LookupTests<'_>
    )),
    extensions(("x-refusals" = json!(["no-such-lookup", "not-to-be-written"])))
)]
pub(in crate::web) async fn test(
    actor: Actor,
    name: Path<String>,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let test: Test = command(body).await?;
    let tested = app.flow.contacts.test_lookup(&name, &test.number, test.send).await;
    let tested = tested.map_err(|error| {
        let code = match error {
            TestError::NoLookup(_) => Code::NoSuchLookup,
            TestError::NothingToAsk(_) => Code::NotToBeWritten,
        };
        Problem::new(code, error.to_string())
    })?;
    let tested: Vec<LookupTest<'_>> = tested.iter().map(LookupTest::from).collect();
    Ok(answer_json(&actor, LookupTests { requests: tested }))
}
