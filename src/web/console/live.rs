//! `/console/live`: what goes on now, as it changes, and closing a page that nobody has on screen any more.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::form::Sent;
use super::page;
use crate::domain::actor::{Actor, Via};
use crate::domain::ids::Id;
use crate::web::body::Body;
use crate::web::problem::Problem;
use crate::web::rights::ConsoleSession;
use crate::web::state::AppState;
use crate::web::stream::{self, Subject};

/// The page.
pub(in crate::web) async fn show(
    request: HttpRequest,
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let live = app.flow.lives.page(actor.role).await?;
    page::answer(&request, &app, &actor, "live", live).await
}

/// What it shows, as it changes.
pub(in crate::web) async fn follow(
    request: HttpRequest,
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    // Only sessions come here; each is followed by itself, because each may end.
    let Via::Session(session) = actor.via else { return Err(Problem::internal()) };
    let following = app.flow.lives.follow(&session);
    let following = following.map_err(|why| Problem::too_many_streams(why.to_string()))?;
    Ok(stream::answer(&request, app, Subject::Live(session), following))
}

/// What it shows now.
pub(in crate::web) async fn state(
    request: HttpRequest,
    actor: Actor,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let state = app.flow.lives.state(actor.role).await?;
    stream::once(&request, &app, &state)
}

/// Closes a page that pauses an agent who has it no longer on screen.
pub(in crate::web) async fn close(
    request: HttpRequest,
    actor: Actor,
    session: ConsoleSession,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let sent = Sent::read(&request, &session.token, body).await?;
    if let Some(pane) = sent.get("page").and_then(Id::parse) {
        app.flow.lives.close(&actor, pane).await?;
    }
    let back = format!("{}/console/live", app.flow.context.options().base);
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, back)).finish())
}
