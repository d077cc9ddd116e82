//! `/api/v1/operators`: who may sign in to the console.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{command, idempotency, role};
use crate::domain::actor::Actor;
use crate::domain::role::Role;
use crate::domain::word::Word as _;
use crate::web::answers::access::Operator;
use crate::web::body::Body;
use crate::web::problem::Problem;
use crate::web::schema;
use crate::web::sight::{answer_json, answer_json_with};
use crate::web::state::AppState;

/// The operators.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Operators<'a> {
    operators: Vec<Operator<'a>>,
}

/// Everybody who may sign in to the console.
#[utoipa::path(
    get,
    path = "/api/v1/operators",
    operation_id = "listOperators",
    tag = "Access",
    security(("token" = ["admin"])),
    responses((status = OK, description = "The operators", body = Operators<'_>))
)]
pub(in crate::web) async fn list(
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let operators = app.flow.operators.list().await?;
    let all: Vec<Operator<'_>> = operators.iter().map(Operator::from).collect();
    Ok(answer_json(&actor, Operators { operators: all }))
}

/// Somebody new.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOperator)]
pub(in crate::web) struct New {
    /// What they sign in with.
    name: String,
    /// What they may do.
    #[schema(value_type = schema::PersonRole)]
    role: String,
}

/// An operator who was added.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct AddedOperator<'a> {
    name: &'a str,
    #[schema(value_type = schema::PersonRole)]
    role: &'static str,
    /// The address at which they choose their password; it works once.
    link: &'a str,
}

/// Add an operator; the link with which they choose their password is shown only in this answer.
#[utoipa::path(
    post,
    path = "/api/v1/operators",
    operation_id = "addOperator",
    tag = "Access",
    security(("token" = ["admin"])),
    request_body = New,
    responses((status = CREATED, description = "They may sign in", body = AddedOperator<'_>)),
    extensions(("x-refusals" = json!(["invalid-value", "operator-exists", "answer-not-kept"])))
)]
pub(in crate::web) async fn add(
    actor: Actor,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let new: New = command(body).await?;
    let role = role(&new.role, Role::of_people())?;
    let link = app.flow.operators.add(&actor, &new.name, role).await?;
    let added = AddedOperator { name: &new.name, role: role.word(), link: &link };
    Ok(idempotency::secret(answer_json_with(&actor, StatusCode::CREATED, added)))
}

/// What is to change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChangeOperator)]
pub(in crate::web) struct Change {
    /// What they may do from now on.
    #[schema(value_type = schema::PersonRole)]
    role: String,
}

/// An operator whose role was changed.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct ChangedOperator<'a> {
    name: &'a str,
    #[schema(value_type = schema::PersonRole)]
    role: &'static str,
}

/// Give an operator another role.
#[utoipa::path(
    put,
    path = "/api/v1/operators/{name}",
    operation_id = "changeOperator",
    tag = "Access",
    security(("token" = ["admin"])),
    params(("name" = String, Path, description = "The operator's name")),
    request_body = Change,
    responses((status = OK, description = "Their role", body = ChangedOperator<'_>)),
    extensions(("x-refusals" = json!(["invalid-value", "no-such-operator", "last-admin"])))
)]
pub(in crate::web) async fn change(
    actor: Actor,
    name: Path<String>,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let change: Change = command(body).await?;
    let role = role(&change.role, Role::of_people())?;
    app.flow.operators.change_role(&actor, &name, role).await?;
    Ok(answer_json(&actor, ChangedOperator { name: &name, role: role.word() }))
}

/// Remove an operator, and end their sessions.
#[utoipa::path(
    delete,
    path = "/api/v1/operators/{name}",
    operation_id = "removeOperator",
    tag = "Access",
    security(("token" = ["admin"])),
    params(("name" = String, Path, description = "The operator's name")),
    responses((status = NO_CONTENT, description = "The operator was removed")),
    extensions(("x-refusals" = json!(["invalid-value", "no-such-operator", "last-admin"])))
)]
pub(in crate::web) async fn remove(
    actor: Actor,
    name: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    app.flow.operators.remove(&actor, &name).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A link that signs somebody in.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct SignInLink<'a> {
    /// The address; it works once.
    link: &'a str,
}

/// Create a link that signs an operator in once; it is shown only in this answer.
#[utoipa::path(
    post,
    path = "/api/v1/operators/{name}/sign-in-link",
    operation_id = "makeSignInLink",
    tag = "Access",
    security(("token" = ["admin"])),
    params(("name" = String, Path, description = "The operator's name")),
    responses((status = CREATED, description = "The link", body = SignInLink<'_>)),
    extensions(("x-refusals" = json!(["invalid-value", "no-such-operator", "answer-not-kept"])))
)]
pub(in crate::web) async fn make_link(
    actor: Actor,
    name: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let link = app.flow.operators.make_link(&actor, &name).await?;
    let made = SignInLink { link: &link };
    Ok(idempotency::secret(answer_json_with(&actor, StatusCode::CREATED, made)))
}
