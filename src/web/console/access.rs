//! `/console/access`: who may come in: operators, programs' tokens, sessions.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::account::sessions;
use super::form::Sent;
use super::page::{console_page, moment, on_to, query};
use crate::domain::ids::Id;
use crate::domain::role::Role;
use crate::domain::time::span;
use crate::domain::word::Word as _;
use crate::flow::operators::Error;
use crate::flow::tokens;
use crate::view::console::{Access, Made, Newcomer, Operator, Token};
use crate::web::body::Body;
use crate::web::problem::Problem;
use crate::web::rights::ConsoleSession;
use crate::web::state::AppState;

/// Why nothing was done.
const PROBLEMS: [&str; 6] = ["exists", "last", "unknown", "invalid", "gone", "elsewhere"];

/// So much of a name comes back to its form: an address has no room for more.
const LONGEST: usize = 200;

/// What the address says: why nothing was done, and what had been typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Wanted {
    problem: String,
    /// operator or token.
    new: String,
    name: String,
    role: String,
    /// How many days a token was to last.
    days: String,
}

impl Wanted {
    fn problem(&self) -> Option<&'static str> {
        PROBLEMS.into_iter().find(|known| self.problem == *known)
    }

    /// What was typed into a form, if that is the one that was refused.
    fn newcomer(&self, new: &str) -> Newcomer {
        if self.new != new || self.problem().is_none() {
            return Newcomer::default();
        }
        let (name, role, days) = (self.name.clone(), self.role.clone(), self.days.clone());
        Newcomer { name, role, days }
    }
}

/// The page.
pub(in crate::web) async fn show(
    request: HttpRequest,
    session: ConsoleSession,
    wanted: Query<Wanted>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    page(&app, &request, &session, None, &wanted).await
}

async fn page(
    app: &AppState,
    request: &HttpRequest,
    session: &ConsoleSession,
    made: Option<Made>,
    wanted: &Wanted,
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
        problem: wanted.problem(),
        new_operator: wanted.newcomer("operator"),
        new_token: wanted.newcomer("token"),
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
    match result {
        Ok(()) => Ok(on_to(app, "/access")),
        Err(error) => refused(app, error, &[]),
    }
}

/// The same of what was refused, with what was typed, so that nobody types it twice.
fn refused(app: &AppState, error: Error, typed: &[(&str, &str)]) -> Result<HttpResponse, Problem> {
    let code = match error {
        Error::Store(error) => return Err(error.into()),
        Error::Random(error) => return Err(Error::Random(error).into()),
        Error::Exists(_) => "exists",
        Error::Unknown(_) => "unknown",
        Error::LastAdmin => "last",
        Error::SignsInElsewhere(_) => "elsewhere",
        _ => "invalid",
    };
    let pairs = std::iter::once(("problem", code)).chain(typed.iter().copied());
    let pairs: Vec<(&str, &str)> = pairs.collect();
    Ok(on_to(app, &format!("/access?{}", query(&pairs))))
}

/// As much of a name as an address has room for.
fn beginning(name: &str) -> &str {
    let end = name.char_indices().nth(LONGEST).map_or(name.len(), |(at, _)| at);
    name.get(..end).unwrap_or_default()
}

/// What was made is shown in the answer to the form itself, because it is shown once.
async fn made(
    app: &AppState,
    request: &HttpRequest,
    session: &ConsoleSession,
    kind: &'static str,
    name: &str,
    secret: String,
) -> Result<HttpResponse, Problem> {
    let made = Made { kind, name: name.to_owned(), secret };
    page(app, request, session, Some(made), &Wanted::default()).await
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
    let typed = [("new", "operator"), ("name", beginning(name)), ("role", sent.get("role"))];
    let Some(role) = Role::read(sent.get("role")) else {
        return refused(&app, Error::Role, &typed);
    };
    match app.flow.operators.add(&session.actor, name, role).await {
        Ok(link) => made(&app, &request, &session, "link", name, link).await,
        Err(error) => refused(&app, error, &typed),
    }
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
    match app.flow.operators.make_link(&session.actor, &name).await {
        Ok(link) => made(&app, &request, &session, "link", &name, link).await,
        Err(error) => refused(&app, error, &[]),
    }
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
    let (role, expires) = (sent.get("role"), sent.get("expires"));
    let days = expires.strip_suffix('d').unwrap_or_default();
    let typed = [("new", "token"), ("name", beginning(name)), ("role", role), ("days", days)];
    let lifetime = Some(expires).filter(|text| !text.is_empty()).map(span).transpose();
    let (Some(role), Ok(lifetime)) = (Role::read(role), lifetime) else {
        return refused(&app, Error::Role, &typed);
    };
    match app.flow.tokens.add(&session.actor, name, role, lifetime).await {
        Ok(token) => {
            let secret = token.secret.expose().to_owned();
            made(&app, &request, &session, "token", name, secret).await
        }
        Err(tokens::Error::Name) => refused(&app, Error::Name, &typed),
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
