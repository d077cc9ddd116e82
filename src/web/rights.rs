//! Who asks, and what they may do: every right is something that a handler is given, so that none can be
//! written that forgets to ask.

use std::future::{Ready, ready};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use super::{Door, Problem};
use crate::configuration::KnownAgent;
use crate::domain::problem::Code;
use crate::domain::session::SessionToken;
use crate::flow::cause;

/// How long somebody waits who guesses too often: each of their connections asks ten times a second at
/// most, and takes no time from rings.
const DELAY: Duration = Duration::from_millis(100);

/// What holds the token of a session.
pub(super) const COOKIE: &str = "callpane_desktop";

pub(super) fn door(request: &HttpRequest) -> Result<&Data<Door>, Problem> {
    request.app_data::<Data<Door>>().ok_or_else(Problem::broke_off)
}

/// The right to use `/api/v1`: a program's that shows the token of `CALLPANE_API_TOKEN`.
#[derive(Debug)]
pub(super) struct ApiClient;

impl FromRequest for ApiClient {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let checked = check_api_token(request);
        Box::pin(async move {
            if checked.as_ref().is_err_and(|problem| problem.code() == Code::TooManyGuesses) {
                tokio::time::sleep(DELAY).await;
            }
            checked.map(|()| Self)
        })
    }
}

fn check_api_token(request: &HttpRequest) -> Result<(), Problem> {
    let door = door(request)?;
    let Some(token) = &door.api_token else {
        return Err(Problem::unauthorized("CALLPANE_API_TOKEN is not set: nobody may read this"));
    };
    let shown = request.headers().get(header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.to_str().ok()).and_then(|v| v.split_once(' '));
    let shown = shown.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    if token.is(shown.map_or("", |(_, token)| token.trim())) {
        return Ok(());
    }
    Err(door.guesses.refuse(door.guard.client(request)))
}

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
    let checked = door(request)?.flow.panes.check(token);
    checked.map_err(super::pane::refuse)?;
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
        let (door, token) = (door(request).cloned(), session_token(request));
        Box::pin(async move {
            let (door, token) = (door?, token.ok_or_else(Problem::not_signed_in)?);
            let agent = door.flow.sessions.signed_in(&token).await.map_err(|error| {
                tracing::error!(error = cause(&error), "the desktop could not be served");
                Problem::away()
            })?;
            Ok(Self { token, agent: agent.ok_or_else(Problem::not_signed_in)? })
        })
    }
}

/// The token that a browser shows.
pub(super) fn session_token(request: &HttpRequest) -> Option<SessionToken> {
    SessionToken::read(request.cookie(COOKIE)?.value())
}
