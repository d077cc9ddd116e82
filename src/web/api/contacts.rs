//! `/api/v1/contacts`: who callers are.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::crm::charset::Charset;
use crate::domain::actor::Actor;
use crate::domain::phone::Region;
use crate::domain::problem::Code;
use crate::flow::contacts::FindError;
use crate::flow::contacts::import::Error;
use crate::web::answers::{Import, List, Who};
use crate::web::body::{self, Body};
use crate::web::problem::Problem;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

/// Whom to find.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Parameters {
    /// The number, in any format.
    number: String,
}

/// The lists.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Lists<'a> {
    lists: Vec<List<'a>>,
}

/// Who has a number, according to lists and earlier lookup answers; no lookup is run.
#[utoipa::path(
    get,
    path = "/api/v1/contacts",
    operation_id = "findContact",
    tag = "Contacts",
    security(("token" = ["viewer"])),
    params(Parameters),
    responses((status = OK, description = "What is known", body = Who<'_>)),
    extensions(("x-refusals" = json!(["not-a-number"])))
)]
pub(in crate::web) async fn find(
    actor: Actor,
    wanted: Query<Parameters>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let found = app.flow.contacts.find(&wanted.number).await;
    let found = found.map_err(|error| match error {
        FindError::Store(error) => error.into(),
        error @ FindError::NotANumber(_) => Problem::new(Code::NotANumber, error.to_string()),
    })?;
    Ok(answer_json(&actor, Who::from(&found)))
}

/// Every list of contacts.
#[utoipa::path(
    get,
    path = "/api/v1/contacts/lists",
    operation_id = "listContactLists",
    tag = "Contacts",
    security(("token" = ["viewer"])),
    responses((status = OK, description = "The lists", body = Lists<'_>))
)]
pub(in crate::web) async fn lists(
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let lists = app.flow.contacts.lists().await?;
    let lists: Vec<List<'_>> = lists.iter().map(List::from).collect();
    Ok(answer_json(&actor, Lists { lists }))
}

/// How a list is read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Of {
    /// The country of numbers without an international prefix, such as `FR`; the default is
    /// `CALLPANE_REGION`.
    region: Option<String>,
    /// The file's encoding, such as `windows-1252`; if left out, it is detected.
    encoding: Option<String>,
}

/// Import a list; it replaces the previous import of that list.
#[utoipa::path(
    put,
    path = "/api/v1/contacts/lists/{name}",
    operation_id = "importContactList",
    tag = "Contacts",
    security(("token" = ["supervisor"])),
    params(("name" = String, Path, description = "The list's name"), Of),
    request_body(
        content = String,
        content_type = "text/csv",
        description = "A CSV file with a header line, of 64 MiB at most"
    ),
    responses((status = OK, description = "What was imported", body = Import<'_>)),
    extensions(("x-refusals" = json!(["not-imported"])))
)]
pub(in crate::web) async fn import(
    actor: Actor,
    list: Path<String>,
    of: Query<Of>,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let region = of.region.as_deref().map(|code| {
        let unknown = || {
            let detail = format!("region {code}: no such country; write a code such as FR");
            Problem::new(Code::NotImported, detail)
        };
        Region::parse(code).ok_or_else(unknown)
    });
    let region = region.transpose()?;
    let charset = of.encoding.as_deref().map(|label| {
        let unknown = || {
            let detail =
                format!("encoding {label}: no such encoding; write a name such as windows-1252");
            Problem::new(Code::NotImported, detail)
        };
        Charset::parse(label).ok_or_else(unknown)
    });
    let charset = charset.transpose()?;
    let body = body.read(&body::LIST).await?;
    let imported =
        app.flow.contacts.import(&actor, &list, body, region, charset).await.map_err(refuse)?;
    Ok(answer_json(&actor, Import::of(&list, &imported)))
}

fn refuse(error: Error) -> Problem {
    match error {
        Error::Store(error) => error.into(),
        Error::File(_) | Error::Nobody(_) | Error::Own => {
            Problem::new(Code::NotImported, error.to_string())
        }
    }
}

/// Delete a list.
#[utoipa::path(
    delete,
    path = "/api/v1/contacts/lists/{name}",
    operation_id = "deleteContactList",
    tag = "Contacts",
    security(("token" = ["supervisor"])),
    params(("name" = String, Path, description = "The list's name")),
    responses((status = NO_CONTENT, description = "The list was deleted")),
    extensions(("x-refusals" = json!(["no-such-list"])))
)]
pub(in crate::web) async fn forget(
    actor: Actor,
    list: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    if app.flow.contacts.forget(&actor, &list).await? {
        return Ok(HttpResponse::NoContent().finish());
    }
    Err(Problem::new(Code::NoSuchList, format!("there is no list \"{list}\"")))
}
