//! Who asks, and what they may do: every right is something that a handler is given, so that none can be
//! written that forgets to ask.

use std::future::{Ready, ready};

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::future::LocalBoxFuture;

use super::guard::{check_navigation, check_origin};
use super::problem::Problem;
use super::state::AppState;
use crate::configuration::KnownAgent;
use crate::domain::actor::Actor;
use crate::domain::origin::DesktopOrigins;
use crate::domain::session::SessionToken;
use crate::domain::word::Word as _;

/// What holds the token of a session.
pub(super) const COOKIE: &str = "callpane_desktop";

/// The right to do something on a page: whoever has its address, as long as it lives. Whether it has been
/// completed, or its agent is confirmed, is looked at when it is read.
#[derive(Debug)]
pub(super) struct OpenPane {
    /// The token in its address.
    pub(super) token: String,
}

impl FromRequest for OpenPane {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(open_pane(request))
    }
}

fn open_pane(request: &HttpRequest) -> Result<OpenPane, Problem> {
    let token = request.match_info().get("token").unwrap_or_default();
    AppState::of(request)?.flow.panes.check(token)?;
    Ok(OpenPane { token: token.to_owned() })
}

/// The right of an agent who is signed in to the built-in desktop.
#[derive(Debug)]
pub(super) struct AgentSession {
    /// What their browser shows.
    pub(super) token: SessionToken,
    /// Who they are.
    pub(super) agent: KnownAgent,
}

impl FromRequest for AgentSession {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (app, token) = (AppState::of(request).cloned(), session_token(request));
        Box::pin(async move {
            let (app, token) = (app?, token.ok_or_else(Problem::not_signed_in)?);
            let agent = app.flow.sessions.signed_in(&token).await?;
            Ok(Self { token, agent: agent.ok_or_else(Problem::not_signed_in)? })
        })
    }
}

/// The token that a browser shows.
pub(super) fn session_token(request: &HttpRequest) -> Option<SessionToken> {
    SessionToken::read(request.cookie(COOKIE)?.value())
}

/// What holds the token of a console's session.
pub(super) const CONSOLE_COOKIE: &str = "callpane_console";

/// What holds a sign-in with an identity provider while it is under way.
pub(super) const SIGN_IN_COOKIE: &str = "callpane_sign_in";

/// An operator who was let into the console, and the session that their forms have to prove.
#[derive(Debug, Clone)]
pub(super) struct ConsoleSession {
    pub(super) actor: Actor,
    pub(super) token: SessionToken,
}

impl ConsoleSession {
    /// The token that a browser shows, good or not.
    pub(super) fn shown(request: &HttpRequest) -> Option<SessionToken> {
        SessionToken::read(request.cookie(CONSOLE_COOKIE)?.value())
    }
}

impl FromRequest for ConsoleSession {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().cloned().ok_or_else(Problem::internal))
    }
}

/// What every way to a ring's page asks of whoever takes it, and what this way asks beyond.
fn checked(
    request: &HttpRequest,
    beyond: fn(&HttpRequest, &DesktopOrigins) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let app = AppState::of(request)?;
    let all = app
        .guard
        .check_network(request)
        .and_then(|()| app.guard.check_key(request))
        .and_then(|()| beyond(request, &app.flow.context.options().origins));
    admitted(request, all)
}

/// The right to ask what a ring opens: an agent application's.
#[derive(Debug)]
pub(super) struct FromDesktop;

impl FromRequest for FromDesktop {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(checked(request, check_origin).map(|()| Self))
    }
}

/// The right to open a sheet.
#[derive(Debug)]
pub(super) struct FromSheet;

impl FromRequest for FromSheet {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(checked(request, check_navigation).map(|()| Self))
    }
}

/// Lets only the agents' networks reach pages and the built-in desktop.
pub(super) async fn agents_only(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> actix_web::Result<ServiceResponse<impl MessageBody>> {
    let checked =
        AppState::of(request.request()).and_then(|app| app.guard.check_network(request.request()));
    admitted(request.request(), checked)?;
    next.call(request).await
}

/// Whoever is asked why nothing opened finds a line.
fn admitted(request: &HttpRequest, checked: Result<(), Problem>) -> Result<(), Problem> {
    checked.inspect_err(|problem| {
        let Ok(app) = AppState::of(request) else { return };
        app.flow.journal.refused(problem.code(), problem.detail());
        if app.guard.refused.admits(app.flow.context.now()) {
            let from = app.guard.client(request).map(|address| address.to_string());
            tracing::warn!(
                code = problem.code().word(),
                detail = problem.detail(),
                from,
                "access refused"
            );
        }
    })
}
