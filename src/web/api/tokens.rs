//! `/api/v1/tokens`: programs that may use the API.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{command, idempotency, known_id, role};
use crate::domain::actor::Actor;
use crate::domain::problem::Code;
use crate::domain::role::Role;
use crate::domain::time::span;
use crate::domain::word::Word as _;
use crate::web::answers::access::Token;
use crate::web::body::Body;
use crate::web::problem::Problem;
use crate::web::schema;
use crate::web::sight::{answer_json, answer_json_with};
use crate::web::state::AppState;

/// The tokens.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Tokens<'a> {
    tokens: Vec<Token<'a>>,
}

/// Every program that may use the API, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/tokens",
    operation_id = "listTokens",
    tag = "Access",
    security(("token" = ["admin"])),
    responses((status = OK, description = "The tokens", body = Tokens<'_>))
)]
pub(in crate::web) async fn list(
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let tokens = app.flow.tokens.list().await?;
    let all: Vec<Token<'_>> = tokens.iter().map(Token::from).collect();
    Ok(answer_json(&actor, Tokens { tokens: all }))
}

/// A new token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewToken)]
pub(in crate::web) struct New {
    /// What the program is called.
    name: String,
    /// What it may do.
    #[schema(value_type = schema::Role)]
    role: String,
    /// How long it is valid, such as `90d`, at most 10 years (`3650d`); if left out, it never expires.
    expires: Option<String>,
}

/// A token that was created.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct MadeToken<'a> {
    /// The token itself: only its digest is stored.
    token: &'a str,
    /// What lists show of it.
    made: Token<'a>,
}

/// Create a token for a program; it is shown only in this answer.
#[utoipa::path(
    post,
    path = "/api/v1/tokens",
    operation_id = "makeToken",
    tag = "Access",
    security(("token" = ["admin"])),
    request_body = New,
    responses((status = CREATED, description = "The token", body = MadeToken<'_>)),
    extensions(("x-refusals" = json!(["invalid-value", "answer-not-kept"])))
)]
pub(in crate::web) async fn add(
    actor: Actor,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let new: New = command(body).await?;
    let role = role(&new.role, Role::ALL.iter().map(|(_, role)| *role))?;
    let lifetime = new.expires.as_deref().map(span).transpose();
    let lifetime =
        lifetime.map_err(|error| Problem::new(Code::InvalidValue, format!("expires: {error}")))?;
    let made = app.flow.tokens.add(&actor, &new.name, role, lifetime).await?;
    let shown = MadeToken { token: made.secret.expose(), made: Token::from(&made.token) };
    Ok(idempotency::secret(answer_json_with(&actor, StatusCode::CREATED, shown)))
}

/// Revoke a token.
#[utoipa::path(
    delete,
    path = "/api/v1/tokens/{id}",
    operation_id = "endToken",
    tag = "Access",
    security(("token" = ["admin"])),
    params(("id" = inline(schema::Id), Path, description = "The token's `id`")),
    responses((status = NO_CONTENT, description = "The token is revoked")),
    extensions(("x-refusals" = json!(["no-such-token"])))
)]
pub(in crate::web) async fn revoke(
    actor: Actor,
    wanted: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    if app.flow.tokens.revoke(&actor, known_id(&wanted, none)?).await? {
        return Ok(HttpResponse::NoContent().finish());
    }
    Err(none())
}

fn none() -> Problem {
    Problem::new(Code::NoSuchToken, "there is no token of this id")
}
