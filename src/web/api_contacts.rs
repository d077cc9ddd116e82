//! `/api/v1/contacts`, `/api/v1/lookups`: who callers are, for programs.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

use super::api::{admit, away};
use super::body::{self, Body};
use super::{Door, Problem};
use crate::domain::phone::Region;
use crate::flow::contacts::import::Error;
use crate::flow::contacts::lookup;

#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    number: String,
}

/// Who has a number, as it is known by now.
pub(super) async fn find(
    request: HttpRequest,
    wanted: Query<Wanted>,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    admit(&request, &door).await?;
    let found = door.flow.find_contacts(&wanted.number).await.map_err(|error| away(&error))?;
    Ok(HttpResponse::Ok().json(found))
}

/// Every list.
pub(super) async fn lists(request: HttpRequest, door: Data<Door>) -> Result<HttpResponse, Problem> {
    admit(&request, &door).await?;
    let lists = door.flow.contact_lists().await.map_err(|error| away(&error))?;
    let lists = lists.iter().map(|list| {
        let at = list.imported_at.to_string();
        json!({ "name": list.name, "imported": at, "contacts": list.contacts })
    });
    Ok(HttpResponse::Ok().json(json!({ "lists": lists.collect::<Value>() })))
}

#[derive(Debug, Deserialize)]
pub(super) struct Of {
    region: Option<String>,
}

/// Takes a list over from a CSV body.
pub(super) async fn import(
    request: HttpRequest,
    list: Path<String>,
    of: Query<Of>,
    body: Body,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    admit(&request, &door).await?;
    let region = of.region.as_deref().map(|code| {
        let unknown = || Problem::malformed(format!("region {code}: no such country; write FR"));
        Region::parse(code).ok_or_else(unknown)
    });
    let region = region.transpose()?;
    let body = body.read(&body::LIST).await?;
    let imported = door.flow.import_contacts(&list, body, region).await.map_err(refuse)?;
    let passed_over = imported.read.passed_over.iter();
    let passed_over = passed_over.map(|(line, why)| json!({ "line": line, "reason": why }));
    let columns = imported.read.columns.iter();
    let columns = columns.map(|(name, meaning)| json!({ "column": name, "is": meaning }));
    Ok(HttpResponse::Ok().json(json!({
        "list": *list,
        "contacts": imported.contacts,
        "numbers": imported.numbers,
        "columns": columns.collect::<Value>(),
        "passed_over": passed_over.collect::<Value>(),
    })))
}

fn refuse(error: Error) -> Problem {
    match error {
        Error::Store(error) => away(&error),
        Error::File(_) | Error::Nobody(_) | Error::Own => {
            Problem::unacceptable("not-imported", error.to_string())
        }
    }
}

/// Forgets a list.
pub(super) async fn forget(
    request: HttpRequest,
    list: Path<String>,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    admit(&request, &door).await?;
    if door.flow.forget_contacts(&list).await.map_err(|error| away(&error))? {
        return Ok(HttpResponse::NoContent().finish());
    }
    Err(Problem::refused("no-such-list", 404, format!("there is no list \"{list}\"")))
}

/// Every look-up, with what came of asking it last.
pub(super) async fn lookups(
    request: HttpRequest,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    admit(&request, &door).await?;
    let lookups = door.flow.lookups().await.map_err(|error| away(&error))?;
    Ok(HttpResponse::Ok().json(json!({ "lookups": lookups })))
}

#[derive(Debug, Deserialize)]
struct Test {
    number: String,
    #[serde(default)]
    send: bool,
}

/// The exact requests that a look-up would make for a number, and its answers if they are sent.
pub(super) async fn test(
    request: HttpRequest,
    name: Path<String>,
    body: Body,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    admit(&request, &door).await?;
    let test: Test = body.read(&body::COMMAND).await?.json()?;
    let tried = door.flow.try_lookup(&name, &test.number, test.send).await;
    let missing =
        || Problem::refused("no-such-lookup", 404, format!("there is no look-up \"{name}\""));
    let tried = tried.ok_or_else(missing)?;
    let tried = tried.map_err(|why| Problem::unacceptable("not-to-be-written", why))?;
    let tried: Vec<Value> = tried.iter().map(lookup::tried).collect();
    Ok(HttpResponse::Ok().json(json!({ "requests": tried })))
}
