//! `/api/v1/tokens`: programs that may use the API.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::Deserialize;
use serde_json::json;

use super::{id, role};
use crate::domain::actor::Actor;
use crate::domain::problem::Code;
use crate::domain::role::Role;
use crate::domain::time::span;
use crate::domain::word::Word as _;
use crate::web::answers::access::Token;
use crate::web::body::{self, Body};
use crate::web::problem::Problem;
use crate::web::sight::{answer_json, answer_json_with};
use crate::web::state::AppState;

/// Every token, the newest first.
pub(in crate::web) async fn list(
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let tokens = app.flow.tokens.list().await?;
    let all: Vec<Token<'_>> = tokens.iter().map(Token::from).collect();
    Ok(answer_json(&actor, json!({ "tokens": all })))
}

#[derive(Debug, Deserialize)]
struct New {
    name: String,
    role: String,
    /// As 90d; none: it has no end.
    expires: Option<String>,
}

/// Makes a token, which is answered once.
pub(in crate::web) async fn add(
    actor: Actor,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let new: New = body.read(&body::COMMAND).await?.json()?;
    let role = role(&new.role, Role::ALL.iter().map(|(_, role)| *role))?;
    let lifetime = new.expires.as_deref().map(span).transpose();
    let lifetime =
        lifetime.map_err(|error| Problem::new(Code::InvalidValue, format!("expires: {error}")))?;
    let made = app.flow.tokens.add(&actor, &new.name, role, lifetime).await?;
    let shown = json!({ "token": made.secret.expose(), "made": Token::from(&made.token) });
    Ok(answer_json_with(&actor, StatusCode::CREATED, shown))
}

/// Ends a token.
pub(in crate::web) async fn revoke(
    actor: Actor,
    wanted: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    if app.flow.tokens.revoke(&actor, id(&wanted)?).await? {
        return Ok(HttpResponse::NoContent().finish());
    }
    Err(Problem::new(Code::NoSuchToken, "there is no token of this id"))
}
