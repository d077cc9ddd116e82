//! `/console/live`: what goes on now, as it changes, and closing a page that nobody has on screen any more.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::form::Sent;
use super::page;
use crate::domain::ids::Id;
use crate::web::body::Body;
use crate::web::problem::Problem;
use crate::web::rights::ConsoleSession;
use crate::web::state::AppState;
use crate::web::stream::{self, Subject};

/// The page.
pub(in crate::web) async fn show(
    request: HttpRequest,
    session: ConsoleSession,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let live = app.flow.lives.page(session.actor.role).await?;
    page::console_page(&app, &request, &session, "live", live).await
}

/// What it shows, as it changes.
pub(in crate::web) async fn follow(
    request: HttpRequest,
    session: ConsoleSession,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    // Each session is followed by itself, because each may end.
    let session = session.token.digest();
    let following = app.flow.lives.follow(&session);
    let following = following.map_err(|why| Problem::too_many_streams(why.to_string()))?;
    Ok(stream::answer(&request, app, Subject::Live(session), following))
}

/// What it shows now.
pub(in crate::web) async fn state(
    request: HttpRequest,
    session: ConsoleSession,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let state = app.flow.lives.state(session.actor.role).await;
    let state = state.ok().flatten().ok_or_else(Problem::unavailable)?;
    stream::write_beside(&app, app.language(&request), &state).await;
    stream::once(&request, &app, &state)
}

/// Closes a page that pauses an agent who has it no longer on screen.
pub(in crate::web) async fn close(
    request: HttpRequest,
    session: ConsoleSession,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let sent = Sent::read(&request, &session, body).await?;
    if let Some(pane) = Id::parse(sent.get("page")) {
        app.flow.lives.close(&session.actor, pane).await?;
    }
    Ok(page::on_to(&app, "/live"))
}
