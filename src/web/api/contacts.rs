//! `/api/v1/contacts`: who callers are.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;
use serde_json::json;

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

#[derive(Debug, Deserialize)]
pub(in crate::web) struct Parameters {
    number: String,
}

/// Who has a number, as it is known by now.
pub(in crate::web) async fn find(
    actor: Actor,
    wanted: Query<Parameters>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let found = app.flow.contacts.find(&wanted.number).await;
    let found = found.map_err(|error| match error {
        FindError::Store(error) => error.into(),
        error @ FindError::NotANumber(_) => Problem::malformed(error.to_string()),
    })?;
    Ok(answer_json(&actor, Who::from(&found)))
}

/// Every list.
pub(in crate::web) async fn lists(
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let lists = app.flow.contacts.lists().await?;
    let lists: Vec<List<'_>> = lists.iter().map(List::from).collect();
    Ok(answer_json(&actor, json!({ "lists": lists })))
}

#[derive(Debug, Deserialize)]
pub(in crate::web) struct Of {
    region: Option<String>,
    encoding: Option<String>,
}

/// Takes a list over from a CSV body.
pub(in crate::web) async fn import(
    actor: Actor,
    list: Path<String>,
    of: Query<Of>,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let region = of.region.as_deref().map(|code| {
        let unknown = || {
            Problem::malformed(format!("region {code}: no such country; write a code such as FR"))
        };
        Region::parse(code).ok_or_else(unknown)
    });
    let region = region.transpose()?;
    let charset = of.encoding.as_deref().map(|label| {
        let unknown = || {
            Problem::malformed(format!(
                "encoding {label}: no such encoding; write a name such as windows-1252"
            ))
        };
        Charset::parse(label).ok_or_else(unknown)
    });
    let charset = charset.transpose()?;
    let body = body.read(&body::LIST).await?;
    let imported = app.flow.contacts.import(&list, body, region, charset).await.map_err(refuse)?;
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

/// Forgets a list.
pub(in crate::web) async fn forget(
    _: Actor,
    list: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    if app.flow.contacts.forget(&list).await? {
        return Ok(HttpResponse::NoContent().finish());
    }
    Err(Problem::new(Code::NoSuchList, format!("there is no list \"{list}\"")))
}
