//! `/console/account`: one's own password, and where one is signed in.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::form::Sent;
use super::page::{console_page, on_to};
use crate::domain::actor::Via;
use crate::domain::password::SHORTEST;
use crate::domain::secret::Secret;
use crate::flow::operators::{ADMIN, Error, session_id};
use crate::view::console::{Account, Moment, Session};
use crate::web::body::Body;
use crate::web::problem::Problem;
use crate::web::rights::ConsoleSession;
use crate::web::state::AppState;

/// Why the password was not changed.
const PROBLEMS: [&str; 2] = ["wrong", "invalid"];

#[derive(Debug, Deserialize)]
pub(in crate::web) struct Wanted {
    problem: Option<String>,
    changed: Option<String>,
}

/// The page.
pub(in crate::web) async fn show(
    request: HttpRequest,
    session: ConsoleSession,
    wanted: Query<Wanted>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let name = &session.actor.name;
    let operators = app.flow.operators.list().await?;
    let own = operators.iter().find(|operator| operator.name == *name);
    let page = Account {
        kept_by: match own {
            _ if name == ADMIN && app.flow.operators.has_password_setting() => "setting",
            Some(own) if own.single_sign_on => "provider",
            _ => "here",
        },
        has_password: own.is_some_and(|own| own.has_password),
        sessions: sessions(&app, &session, Some(name)).await?,
        is_changed: wanted.changed.is_some(),
        problem: PROBLEMS.into_iter().find(|known| wanted.problem.as_deref() == Some(known)),
        shortest: SHORTEST,
    };
    console_page(&app, &request, &session, "account", page).await
}

/// The sessions of one operator, or of all.
pub(super) async fn sessions(
    app: &AppState,
    session: &ConsoleSession,
    operator: Option<&str>,
) -> Result<Vec<Session>, Problem> {
    let Via::Session(own) = &session.actor.via else { return Ok(Vec::new()) };
    let own = session_id(own);
    let (now, zone) = (app.flow.context.now(), &app.flow.context.options().zone);
    let all = app.flow.operators.sessions(operator).await?.into_iter();
    let shown = all.map(|session| Session {
        is_this: session.id == own,
        id: session.id,
        operator: session.operator,
        created: Moment::of(session.created_at, now, zone),
        used: Moment::of(session.used_at, now, zone),
        address: session.address,
        browser: session.browser,
    });
    Ok(shown.collect())
}

/// Changes one's own password.
pub(in crate::web) async fn change_password(
    request: HttpRequest,
    session: ConsoleSession,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let sent = Sent::read(&request, &session, body).await?;
    let client = app.guard.client(&request);
    app.guesses.admit_sign_in(client, &session.actor.name)?;
    let (present, chosen) = (Secret::new(sent.get("present")), Secret::new(sent.get("chosen")));
    match app.flow.operators.change_password(&session.actor, present, chosen).await {
        Ok(()) => Ok(on_to(&app, "/account?changed=1")),
        Err(Error::WrongPassword) => {
            app.guesses.note_refused_sign_in(client, &session.actor.name);
            Ok(on_to(&app, "/account?problem=wrong"))
        }
        Err(Error::Password(_) | Error::SetElsewhere | Error::SignsInElsewhere(_)) => {
            Ok(on_to(&app, "/account?problem=invalid"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Ends one of one's own sessions.
pub(in crate::web) async fn end_session(
    request: HttpRequest,
    session: ConsoleSession,
    id: Path<String>,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    Sent::read(&request, &session, body).await?;
    app.flow.operators.end_own_session(&session.actor, &id).await?;
    Ok(on_to(&app, "/account"))
}
