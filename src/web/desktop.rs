//! `/desktop`: the built-in agent desktop, for agents whose phone system has none of its own. A personal
//! link signs a browser in; a cookie that only these addresses get holds the session's token.

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use super::body::{self, Body};
use super::rights::{AgentSession, COOKIE, session_token};
use super::stream::{self, Subject};
use super::{Door, Problem, frame};
use crate::domain::ids::Id;
use crate::domain::problem::Code;
use crate::domain::session::SessionToken;
use crate::view::{Desktop, DesktopDoor};

/// As long as browsers keep a cookie at most: it is the server that ends a session.
const REMEMBERED: Duration = Duration::days(400);

/// The personal link: begins a session, and goes on to the desktop.
pub(super) async fn enter(
    request: HttpRequest,
    link: Path<String>,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    match door.flow.sessions.sign_in(&link, session_token(&request)).await {
        Ok(Some(token)) => Ok(HttpResponse::SeeOther()
            .cookie(remembered(&door, &token))
            .insert_header(desk(&door))
            .finish()),
        Ok(None) => closed(&door, &request, "unknown"),
        Err(error) => closed_while_away(&door, &request, &error),
    }
}

/// The cookie of a session.
fn remembered(door: &Door, token: &SessionToken) -> Cookie<'static> {
    let options = door.flow.context.options();
    Cookie::build(COOKIE, token.expose().to_owned())
        .path(path(door))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(options.public_url.starts_with("https://"))
        .max_age(REMEMBERED)
        .finish()
}

fn path(door: &Door) -> String {
    format!("{}/desktop", door.flow.context.options().base)
}

fn desk(door: &Door) -> (header::HeaderName, String) {
    (header::LOCATION, path(door))
}

/// The desktop. The cookie is given anew, so that browsers keep it as long as it is used.
pub(super) async fn show(request: HttpRequest, door: Data<Door>) -> Result<HttpResponse, Problem> {
    let Some(token) = session_token(&request) else { return closed(&door, &request, "none") };
    let agent = match door.flow.sessions.signed_in(&token).await {
        Ok(Some(agent)) => agent,
        Ok(None) => return closed(&door, &request, "ended"),
        Err(error) => return closed_while_away(&door, &request, &error),
    };
    let page = Desktop { agent_name: agent.name, path: path(&door) };
    let mut answer = frame::framing(&door, door.language(&request), &page, "")?;
    // Nothing is lost with a header that cannot be added: the cookie is there already.
    drop(answer.add_cookie(&remembered(&door, &token)));
    Ok(answer)
}

/// Ends the session, and says so.
pub(super) async fn sign_out(
    request: HttpRequest,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    if let Some(token) = session_token(&request)
        && let Err(error) = door.flow.sessions.sign_out(&token).await
    {
        return closed_while_away(&door, &request, &error);
    }
    let mut gone = Cookie::build(COOKIE, "").path(path(&door)).finish();
    gone.make_removal();
    let signed_out = format!("{}/signed-out", path(&door));
    Ok(HttpResponse::SeeOther().cookie(gone).insert_header((header::LOCATION, signed_out)).finish())
}

/// What is seen after it.
pub(super) async fn signed_out(
    request: HttpRequest,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let page = DesktopDoor { reason: "out" };
    frame::framed(&door, door.language(&request), StatusCode::OK, &page)
}

fn closed(
    door: &Door,
    request: &HttpRequest,
    reason: &'static str,
) -> Result<HttpResponse, Problem> {
    let page = DesktopDoor { reason };
    frame::framed(door, door.language(request), StatusCode::UNAUTHORIZED, &page)
}

fn closed_while_away(
    door: &Door,
    request: &HttpRequest,
    error: &(dyn std::error::Error + 'static),
) -> Result<HttpResponse, Problem> {
    log(error);
    let page = DesktopDoor { reason: "away" };
    frame::framed(door, door.language(request), StatusCode::SERVICE_UNAVAILABLE, &page)
}

/// What it shows, as it changes.
pub(super) async fn follow(
    request: HttpRequest,
    session: AgentSession,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let AgentSession { token, agent } = session;
    let streaming = door.flow.desktops.follow(&agent, &token);
    let streaming = streaming.map_err(|why| Problem::too_many_streams(why.to_string()))?;
    Ok(stream::answer(&request, door, Subject::Desktop(token), streaming))
}

/// What it shows now.
pub(super) async fn state(request: HttpRequest, door: Data<Door>) -> Result<HttpResponse, Problem> {
    let token = session_token(&request).ok_or_else(Problem::not_signed_in)?;
    let state = door.flow.desktops.state(&token).await.map_err(|error| away(&error))?;
    stream::once(&request, &door, &state.ok_or_else(Problem::not_signed_in)?)
}

fn away(error: &(dyn std::error::Error + 'static)) -> Problem {
    log(error);
    Problem::away()
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
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let sent: Closing = body.read(&body::COMMAND).await?.json()?;
    let id = Id::parse(&sent.id).ok_or_else(|| Problem::gone(false))?;
    let closed =
        door.flow.desktops.close(&session.agent, id).await.map_err(|error| away(&error))?;
    if closed {
        return Ok(HttpResponse::Ok().json(json!({ "closed": true })));
    }
    Err(Problem::new(Code::NotToBeClosed, "this page is finished with Done"))
}
