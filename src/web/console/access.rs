//! `/console/access`: who may come in: operators, programs' tokens, sessions.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::account::sessions;
use super::form::Sent;
use super::page::{console_page, moment, on_to};
use crate::domain::ids::Id;
use crate::domain::role::Role;
use crate::domain::time::span;
use crate::domain::word::Word as _;
use crate::flow::operators::Error;
use crate::flow::tokens;
use crate::view::console::{Access, Made, Operator, Token};
use crate::web::body::Body;
use crate::web::problem::Problem;
use crate::web::rights::ConsoleSession;
use crate::web::state::AppState;

/// Why nothing was done.
const PROBLEMS: [&str; 6] = ["exists", "last", "unknown", "invalid", "gone", "elsewhere"];

#[derive(Debug, Deserialize)]
pub(in crate::web) struct Wanted {
    problem: Option<String>,
}

/// The page.
pub(in crate::web) async fn show(
    request: HttpRequest,
    session: ConsoleSession,
    wanted: Query<Wanted>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let problem = PROBLEMS.into_iter().find(|known| wanted.problem.as_deref() == Some(known));
    page(&app, &request, &session, None, problem).await
}

async fn page(
    app: &AppState,
    request: &HttpRequest,
    session: &ConsoleSession,
    made: Option<Made>,
    problem: Option<&'static str>,
) -> Result<HttpResponse, Problem> {
    let operators = app.flow.operators.list().await?.into_iter();
    let operators = operators.map(|operator| Operator {
        name: operator.name,
        role: operator.role.word(),
        has_password: operator.has_password,
        single_sign_on: operator.single_sign_on,
        created: operator.created_at.map(|at| moment(app, at)),
    });
    let tokens = app.flow.tokens.list().await?.into_iter().map(|token| shown(app, token));
    let page = Access {
        operators: operators.collect(),
        tokens: tokens.collect(),
        sessions: sessions(app, session, None).await?,
        made,
        problem,
    };
    console_page(app, request, session, "access", page).await
}

fn shown(app: &AppState, token: tokens::Token) -> Token {
    Token {
        id: token.id.to_string(),
        role: token.role.word(),
        created: moment(app, token.id.minted()),
        expires: token.expires_at.map(|at| moment(app, at).date),
        is_expired: token.is_over,
        used: token.used_at.map(|at| moment(app, at)),
        name: token.name,
        created_by: token.created_by,
    }
}

/// Back to the page, which says what came of it.
fn done(app: &AppState, result: Result<(), Error>) -> Result<HttpResponse, Problem> {
    let code = match result {
        Ok(()) => return Ok(on_to(app, "/access")),
        Err(Error::Store(error)) => return Err(error.into()),
        Err(Error::Random(error)) => return Err(Error::Random(error).into()),
        Err(Error::Exists(_)) => "exists",
        Err(Error::Unknown(_)) => "unknown",
        Err(Error::LastAdmin) => "last",
        Err(Error::SignsInElsewhere(_)) => "elsewhere",
        Err(_) => "invalid",
    };
    Ok(on_to(app, &format!("/access?problem={code}")))
}

/// What was made is shown in the answer to the form itself, because it is shown once.
async fn made(
    app: &AppState,
    request: &HttpRequest,
    session: &ConsoleSession,
    kind: &'static str,
    name: &str,
    secret: Result<String, Error>,
) -> Result<HttpResponse, Problem> {
    match secret {
        Ok(secret) => {
            let made = Made { kind, name: name.to_owned(), secret };
            page(app, request, session, Some(made), None).await
        }
        Err(error) => done(app, Err(error)),
    }
}

/// Adds an operator; shows the link by which they choose their password.
pub(in crate::web) async fn add_operator(
    request: HttpRequest,
    session: ConsoleSession,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let sent = Sent::read(&request, &session, body).await?;
    let name = sent.get("name").trim();
    let Some(role) = Role::read(sent.get("role")) else { return done(&app, Err(Error::Role)) };
    let link = app.flow.operators.add(&session.actor, name, role).await;
    made(&app, &request, &session, "link", name, link).await
}

/// Gives an operator another role.
pub(in crate::web) async fn change_role(
    request: HttpRequest,
    session: ConsoleSession,
    name: Path<String>,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let sent = Sent::read(&request, &session, body).await?;
    let Some(role) = Role::read(sent.get("role")) else { return done(&app, Err(Error::Role)) };
    done(&app, app.flow.operators.change_role(&session.actor, &name, role).await)
}

/// Makes a link that signs an operator in once.
pub(in crate::web) async fn make_link(
    request: HttpRequest,
    session: ConsoleSession,
    name: Path<String>,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    Sent::read(&request, &session, body).await?;
    let link = app.flow.operators.make_link(&session.actor, &name).await;
    made(&app, &request, &session, "link", &name, link).await
}

/// Removes an operator.
pub(in crate::web) async fn remove_operator(
    request: HttpRequest,
    session: ConsoleSession,
    name: Path<String>,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    Sent::read(&request, &session, body).await?;
    done(&app, app.flow.operators.remove(&session.actor, &name).await)
}

/// Makes a token, and shows it.
pub(in crate::web) async fn add_token(
    request: HttpRequest,
    session: ConsoleSession,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let sent = Sent::read(&request, &session, body).await?;
    let name = sent.get("name").trim();
    let lifetime = Some(sent.get("expires")).filter(|text| !text.is_empty()).map(span).transpose();
    let (Some(role), Ok(lifetime)) = (Role::read(sent.get("role")), lifetime) else {
        return done(&app, Err(Error::Role));
    };
    match app.flow.tokens.add(&session.actor, name, role, lifetime).await {
        Ok(token) => {
            let secret = Ok(token.secret.expose().to_owned());
            made(&app, &request, &session, "token", name, secret).await
        }
        Err(tokens::Error::Name) => done(&app, Err(Error::Name)),
        Err(error) => Err(error.into()),
    }
}

/// Ends a token.
pub(in crate::web) async fn revoke_token(
    request: HttpRequest,
    session: ConsoleSession,
    id: Path<String>,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    Sent::read(&request, &session, body).await?;
    let revoked = match Id::parse(&id) {
        Some(id) => app.flow.tokens.revoke(&session.actor, id).await?,
        None => false,
    };
    Ok(gone_or_done(&app, revoked))
}

/// Ends anybody's session.
pub(in crate::web) async fn end_session(
    request: HttpRequest,
    session: ConsoleSession,
    id: Path<String>,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    Sent::read(&request, &session, body).await?;
    Ok(gone_or_done(&app, app.flow.operators.end_session(&session.actor, &id).await?))
}

fn gone_or_done(app: &AppState, was_there: bool) -> HttpResponse {
    on_to(app, if was_there { "/access" } else { "/access?problem=gone" })
}
