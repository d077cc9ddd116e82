//! `/api/v1/operators`: who may sign in to the console.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::Deserialize;
use serde_json::json;

use super::role;
use crate::domain::actor::Actor;
use crate::domain::role::Role;
use crate::domain::word::Word as _;
use crate::web::answers::access::Operator;
use crate::web::body::{self, Body};
use crate::web::problem::Problem;
use crate::web::sight::{answer_json, answer_json_with};
use crate::web::state::AppState;

/// Every operator.
pub(in crate::web) async fn list(
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let operators = app.flow.operators.list().await?;
    let all: Vec<Operator<'_>> = operators.iter().map(Operator::from).collect();
    Ok(answer_json(&actor, json!({ "operators": all })))
}

#[derive(Debug, Deserialize)]
struct New {
    name: String,
    role: String,
}

/// Adds an operator; the link by which they choose their password is answered once.
pub(in crate::web) async fn add(
    actor: Actor,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let new: New = body.read(&body::COMMAND).await?.json()?;
    let role = role(&new.role, Role::of_people())?;
    let link = app.flow.operators.add(&actor, &new.name, role).await?;
    let added = json!({ "name": new.name, "role": role.word(), "link": link });
    Ok(answer_json_with(&actor, StatusCode::CREATED, added))
}

#[derive(Debug, Deserialize)]
struct Change {
    role: String,
}

/// Gives an operator another role.
pub(in crate::web) async fn change(
    actor: Actor,
    name: Path<String>,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let change: Change = body.read(&body::COMMAND).await?.json()?;
    let role = role(&change.role, Role::of_people())?;
    app.flow.operators.change_role(&actor, &name, role).await?;
    Ok(answer_json(&actor, json!({ "name": name.as_str(), "role": role.word() })))
}

/// Removes an operator, and ends their sessions.
pub(in crate::web) async fn remove(
    actor: Actor,
    name: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    app.flow.operators.remove(&actor, &name).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Makes a link that signs an operator in once.
pub(in crate::web) async fn make_link(
    actor: Actor,
    name: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let link = app.flow.operators.make_link(&actor, &name).await?;
    Ok(answer_json_with(&actor, StatusCode::CREATED, json!({ "link": link })))
}
