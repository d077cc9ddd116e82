//! `/desktop`: the built-in agent desktop, for agents whose phone system has none of its own. A personal
//! link signs a browser in; a cookie that only these addresses get holds the session's token.

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use super::body::{self, Body};
use super::frame;
use super::problem::Problem;
use super::rights::{AgentSession, COOKIE, session_token};
use super::state::AppState;
use super::stream::{self, Subject};
use crate::domain::ids::Id;
use crate::domain::problem::Code;
use crate::domain::session::SessionToken;
use crate::view::{Desktop, SignInPage};

/// As long as browsers keep a cookie at most: it is the server that ends a session.
const REMEMBERED: Duration = Duration::days(400);

/// The personal link: begins a session, and goes on to the desktop.
pub(super) async fn enter(
    request: HttpRequest,
    link: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    match app.flow.sessions.sign_in(&link, session_token(&request)).await {
        Ok(Some(token)) => Ok(HttpResponse::SeeOther()
            .cookie(remembered(&app, &token))
            .insert_header(desk(&app))
            .finish()),
        Ok(None) => closed(&app, &request, "unknown"),
        Err(error) => closed_while_away(&app, &request, &error),
    }
}

/// The cookie of a session.
fn remembered(app: &AppState, token: &SessionToken) -> Cookie<'static> {
    let options = app.flow.context.options();
    Cookie::build(COOKIE, token.expose().to_owned())
        .path(path(app))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(options.public_url.starts_with("https://"))
        .max_age(REMEMBERED)
        .finish()
}

fn path(app: &AppState) -> String {
    format!("{}/desktop", app.flow.context.options().base)
}

fn desk(app: &AppState) -> (header::HeaderName, String) {
    (header::LOCATION, path(app))
}

/// The desktop. The cookie is given anew, so that browsers keep it as long as it is used.
pub(super) async fn show(
    request: HttpRequest,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let Some(token) = session_token(&request) else { return closed(&app, &request, "none") };
    let agent = match app.flow.sessions.signed_in(&token).await {
        Ok(Some(agent)) => agent,
        Ok(None) => return closed(&app, &request, "ended"),
        Err(error) => return closed_while_away(&app, &request, &error),
    };
    let page = Desktop { agent_name: agent.name, path: path(&app) };
    let mut answer = frame::framing(&app, &request, &page, "")?;
    // Nothing is lost with a header that cannot be added: the cookie is there already.
    drop(answer.add_cookie(&remembered(&app, &token)));
    Ok(answer)
}

/// Ends the session, and says so.
pub(super) async fn sign_out(
    request: HttpRequest,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    if let Some(token) = session_token(&request)
        && let Err(error) = app.flow.sessions.sign_out(&token).await
    {
        return closed_while_away(&app, &request, &error);
    }
    let mut gone = Cookie::build(COOKIE, "").path(path(&app)).finish();
    gone.make_removal();
    let signed_out = format!("{}/signed-out", path(&app));
    Ok(HttpResponse::SeeOther().cookie(gone).insert_header((header::LOCATION, signed_out)).finish())
}

/// What is seen after it.
pub(super) async fn signed_out(
    request: HttpRequest,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let page = SignInPage { reason: "out" };
    frame::framed(&app, &request, StatusCode::OK, &page)
}

fn closed(
    app: &AppState,
    request: &HttpRequest,
    reason: &'static str,
) -> Result<HttpResponse, Problem> {
    let page = SignInPage { reason };
    frame::framed(app, request, StatusCode::UNAUTHORIZED, &page)
}

fn closed_while_away(
    app: &AppState,
    request: &HttpRequest,
    error: &(dyn std::error::Error + 'static),
) -> Result<HttpResponse, Problem> {
    log(error);
    let page = SignInPage { reason: "away" };
    frame::framed(app, request, StatusCode::SERVICE_UNAVAILABLE, &page)
}

/// What it shows, as it changes.
pub(super) async fn follow(
    request: HttpRequest,
    session: AgentSession,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let AgentSession { token, agent } = session;
    let streaming = app.flow.desktops.follow(&agent, &token);
    let streaming = streaming.map_err(|why| Problem::too_many_streams(why.to_string()))?;
    Ok(stream::answer(&request, app, Subject::Desktop(token), streaming))
}

/// What it shows now.
pub(super) async fn state(
    request: HttpRequest,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let token = session_token(&request).ok_or_else(Problem::not_signed_in)?;
    let state = app.flow.desktops.state(&token).await?;
    let state = state.ok_or_else(Problem::not_signed_in)?;
    stream::once(&request, &app, &state)
}

fn log(error: &(dyn std::error::Error + 'static)) {
    tracing::error!(error = crate::flow::cause(error), "the desktop could not be served");
}

#[derive(Debug, Deserialize)]
struct Closing {
    id: String,
}

/// A page is closed for good that has no Done.
pub(super) async fn close(
    session: AgentSession,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let sent: Closing = body.read(&body::COMMAND).await?.json()?;
    let id = Id::parse(&sent.id).ok_or_else(|| Problem::gone(false))?;
    let closed = app.flow.desktops.close(&session.agent, id).await?;
    if closed {
        return Ok(HttpResponse::Ok().json(json!({ "closed": true })));
    }
    Err(Problem::new(Code::NotToBeClosed, "this page is finished with Done"))
}
