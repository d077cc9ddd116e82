//! `/console/sign-in`: with a name and a password, or by a link that works once; and the way out.

use actix_web::cookie::{Cookie, CookieBuilder, SameSite};
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::form::Sent;
use super::page::on_to;
use crate::domain::password::SHORTEST;
use crate::domain::secret::Secret;
use crate::domain::session::SessionToken;
use crate::flow::operators::{ADMIN, Browser, Error};
use crate::view::console::{Alone, SignIn, SignInLink, SingleSignOn};
use crate::web::body::Body;
use crate::web::frame;
use crate::web::problem::Problem;
use crate::web::rights::{CONSOLE_COOKIE, ConsoleSession};
use crate::web::sight::Sight;
use crate::web::state::AppState;

#[derive(Debug, Deserialize)]
pub(in crate::web) struct Wanted {
    #[serde(default)]
    next: String,
    /// Whether somebody has just signed out.
    out: Option<String>,
}

/// The form.
pub(in crate::web) async fn show(
    request: HttpRequest,
    wanted: Query<Wanted>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let state = if wanted.out.is_some() { "out" } else { "new" };
    let page = page(&app, state, "", &wanted.next);
    alone(&app, &request, StatusCode::OK, page)
}

/// Signs in with a name and a password.
pub(in crate::web) async fn enter(
    request: HttpRequest,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let sent = Sent::read_from_here(&request, body).await?;
    let (name, next) = (sent.get("name").trim(), sent.get("next"));
    let again = |state, status| alone(&app, &request, status, page(&app, state, name, next));
    let client = app.guard.client(&request);
    if app.guesses.admit_sign_in(client, name).is_err() {
        return again("wait", StatusCode::TOO_MANY_REQUESTS);
    }
    let password = Secret::new(sent.get("password"));
    match app.flow.operators.sign_in(name, password, browser(&app, &request)).await {
        Ok(Some(token)) => Ok(entered(&app, &token, next)),
        Ok(None) => {
            app.guesses.note_refused_sign_in(client, name);
            again("wrong", StatusCode::UNAUTHORIZED)
        }
        Err(error) => {
            let state = if matches!(error, Error::Busy) { "wait" } else { "away" };
            let refused = Problem::from(error);
            again(state, actix_web::ResponseError::status_code(&refused))
        }
    }
}

/// The form, with whatever else signs in.
pub(super) fn page(app: &AppState, state: &'static str, name: &str, next: &str) -> SignIn {
    let other = app.flow.operators.single_sign_on().map(|other| SingleSignOn {
        label: other.label.clone(),
        next: url::form_urlencoded::byte_serialize(next.as_bytes()).collect(),
    });
    let (name, next) = (name.to_owned(), next.to_owned());
    SignIn { state, name, next, single_sign_on: other, claims: Vec::new() }
}

/// Where a link leads: to a button, so that no program that looks at links uses it up.
pub(in crate::web) async fn show_link(
    request: HttpRequest,
    link: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let operator = app.flow.operators.owner_of_link(&link).await?;
    link_page(&app, &request, &link, operator, false)
}

/// Signs in by a link, with a new password if one is given.
pub(in crate::web) async fn enter_by_link(
    request: HttpRequest,
    link: Path<String>,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let sent = Sent::read_from_here(&request, body).await?;
    let chosen = Some(sent.get("password")).filter(|chosen| !chosen.is_empty()).map(Secret::new);
    let browser = browser(&app, &request);
    match app.flow.operators.sign_in_by_link(&link, chosen, browser).await {
        Ok(Some(token)) => Ok(entered(&app, &token, "")),
        Ok(None) => link_page(&app, &request, &link, None, false),
        Err(Error::Password(_) | Error::SetElsewhere) => {
            let operator = app.flow.operators.owner_of_link(&link).await?;
            link_page(&app, &request, &link, operator, true)
        }
        Err(error) => Err(error.into()),
    }
}

fn link_page(
    app: &AppState,
    request: &HttpRequest,
    link: &str,
    operator: Option<String>,
    is_refused: bool,
) -> Result<HttpResponse, Problem> {
    let by_setting = app.flow.operators.has_password_setting();
    let may_choose = operator.as_deref() != Some(ADMIN) || !by_setting;
    let status = match &operator {
        None => StatusCode::GONE,
        Some(_) if is_refused => StatusCode::UNPROCESSABLE_ENTITY,
        Some(_) => StatusCode::OK,
    };
    let (link, shortest) = (link.to_owned(), SHORTEST);
    alone(app, request, status, SignInLink { operator, link, may_choose, is_refused, shortest })
}

/// Ends the session, and says so.
pub(in crate::web) async fn sign_out(
    request: HttpRequest,
    session: ConsoleSession,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    Sent::read(&request, &session, body).await?;
    app.flow.operators.sign_out(&session.actor).await?;
    let mut gone = cookie(&app, "").finish();
    gone.make_removal();
    let mut answer = on_to(&app, "/sign-in?out=1");
    // The session has ended, whether the cookie goes or not.
    drop(answer.add_cookie(&gone));
    Ok(answer)
}

pub(super) fn alone<P: crate::view::Page>(
    app: &AppState,
    request: &HttpRequest,
    status: StatusCode,
    page: P,
) -> Result<HttpResponse, Problem> {
    frame::console(app, request, status, &Alone { page }, Sight::Whole)
}

/// Where somebody signs in from, for the list of sessions.
pub(super) fn browser(app: &AppState, request: &HttpRequest) -> Browser {
    let label = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let address = app.guard.client(request).map(|address| address.to_string());
    Browser { address, label: label.map(str::to_owned) }
}

pub(super) fn entered(app: &AppState, token: &SessionToken, next: &str) -> HttpResponse {
    let mut answer = on_to(app, inside(app, next));
    // Without it the sign-in page comes again.
    drop(answer.add_cookie(&cookie(app, token.expose()).finish()));
    answer
}

/// The part of an address below `/console`, if it is one of ours: nobody is led anywhere else.
fn inside<'a>(app: &AppState, next: &'a str) -> &'a str {
    let base = app.flow.context.options().base.as_str();
    let path = next.strip_prefix(base).unwrap_or(next).strip_prefix("/console").unwrap_or_default();
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_below = path.is_empty() || path.starts_with(['/', '?']);
    if is_plain && is_below && !path.starts_with("/sign-") { path } else { "" }
}

fn cookie<'a>(app: &AppState, token: &'a str) -> CookieBuilder<'a> {
    cookie_below(app, CONSOLE_COOKIE, token, "/console")
}

/// A cookie that our own pages alone are sent, and no script reads.
pub(super) fn cookie_below<'a>(
    app: &AppState,
    name: &'a str,
    value: &'a str,
    path: &str,
) -> CookieBuilder<'a> {
    let options = app.flow.context.options();
    Cookie::build(name, value)
        .path(format!("{}{path}", options.base))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(options.public_url.starts_with("https://"))
}
