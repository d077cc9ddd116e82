//! `/desktop`: the built-in agent desktop, for agents whose phone system has none of its own. They
//! sign in by a personal link once; a cookie that only these addresses get remembers it.

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use super::body::{self, Body};
use super::stream::{self, Subject};
use super::{Door, Problem, frame};
use crate::configuration::KnownAgent;
use crate::domain::ids::Id;
use crate::view::{Desktop, DesktopDoor};

/// What remembers the link.
const COOKIE: &str = "callpane_desktop";

/// As long as browsers keep a cookie at most.
const REMEMBERED: Duration = Duration::days(400);

/// The personal link: remembers it, and goes on to the desktop.
pub(super) async fn enter(
    request: HttpRequest,
    link: Path<String>,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    if door.flow.desktop_agent(&link).is_none() {
        return closed(&door, &request, "unknown");
    }
    let options = door.flow.options();
    let path = format!("{}/desktop", options.base);
    let cookie = Cookie::build(COOKIE, link.into_inner())
        .path(path.clone())
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(options.public_url.starts_with("https://"))
        .max_age(REMEMBERED)
        .finish();
    Ok(HttpResponse::SeeOther()
        .cookie(cookie)
        .insert_header((header::LOCATION, path))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .finish())
}

/// The desktop.
pub(super) async fn show(request: HttpRequest, door: Data<Door>) -> Result<HttpResponse, Problem> {
    let Some((_, agent)) = signed_in(&request, &door) else {
        let came = request.cookie(COOKIE).is_some();
        return closed(&door, &request, if came { "unknown" } else { "none" });
    };
    let path = format!("{}/desktop", door.flow.options().base);
    let page = Desktop { agent_name: agent.name, path };
    frame::framing(&door, door.language(&request), &page, "")
}

fn closed(
    door: &Door,
    request: &HttpRequest,
    reason: &'static str,
) -> Result<HttpResponse, Problem> {
    let page = DesktopDoor { reason };
    frame::framed(door, door.language(request), StatusCode::UNAUTHORIZED, &page)
}

/// The link that the cookie remembers, and whose it is.
fn signed_in(request: &HttpRequest, door: &Door) -> Option<(String, KnownAgent)> {
    let link = request.cookie(COOKIE)?.value().to_owned();
    let agent = door.flow.desktop_agent(&link)?;
    Some((link, agent))
}

fn subject(request: &HttpRequest, door: &Door) -> Result<Subject, Problem> {
    let (link, agent) = signed_in(request, door).ok_or_else(Problem::not_signed_in)?;
    Ok(Subject::Desktop(link, agent))
}

/// What it shows, as it changes.
pub(super) async fn follow(
    request: HttpRequest,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let (link, agent) = signed_in(&request, &door).ok_or_else(Problem::not_signed_in)?;
    let streaming = door.flow.follow_desktop(&agent);
    let streaming = streaming.map_err(|why| Problem::too_many_streams(why.to_string()))?;
    let subject = Subject::Desktop(link, agent);
    Ok(stream::answer(&request, door, subject, streaming))
}

/// What it shows now.
pub(super) async fn state(request: HttpRequest, door: Data<Door>) -> Result<HttpResponse, Problem> {
    let subject = subject(&request, &door)?;
    let state = stream::once(&request, &door, &subject).await;
    state.map_err(|error| away(&error))?.ok_or_else(Problem::not_signed_in)
}

fn away(error: &(dyn std::error::Error + 'static)) -> Problem {
    tracing::error!(error = crate::flow::cause(error), "the desktop could not be served");
    Problem::away()
}

#[derive(Debug, Deserialize)]
struct Closing {
    id: String,
}

/// A page is closed for good that has no Done.
pub(super) async fn close(
    request: HttpRequest,
    body: Body,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let (_, agent) = signed_in(&request, &door).ok_or_else(Problem::not_signed_in)?;
    let sent: Closing = body.read(&body::COMMAND).await?.json()?;
    let id = Id::parse(&sent.id).ok_or_else(|| Problem::gone(false))?;
    let closed = door.flow.close_pane(&agent, id).await.map_err(|error| away(&error))?;
    if closed {
        return Ok(HttpResponse::Ok().json(json!({ "closed": true })));
    }
    Err(Problem::unacceptable("not-to-be-closed", "this page is finished with Done"))
}
