//! `/console/sign-in/oidc`: off to the identity provider, and back from it. What ties the two together is a cookie
//! of the browser that went; no other browser can come back in its place.

use actix_web::cookie::Cookie;
use actix_web::cookie::time::Duration;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;

use super::sign_in::{alone, browser, cookie_below, entered, page};
use crate::domain::single_sign_on::Handshake;
use crate::flow::cause;
use crate::flow::operators::single_sign_on::Error;
use crate::transport::oidc;
use crate::view::console::SignIn;
use crate::web::nowhere;
use crate::web::problem::Problem;
use crate::web::rights::SIGN_IN_COOKIE;
use crate::web::state::AppState;

/// How long somebody has at the provider.
const PATIENCE: Duration = Duration::minutes(15);

/// The path that the cookie is for.
const PATH: &str = "/console/sign-in/oidc";

/// The longest address that is gone on to; a longer one would make the cookie too large.
const LONGEST_NEXT: usize = 2000;

#[derive(Debug, Deserialize)]
pub(in crate::web) struct Wanted {
    #[serde(default)]
    next: String,
}

/// What a browser comes back with.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct Returned {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
    /// Why the provider signed nobody in.
    error: Option<String>,
}

/// Off to the provider.
pub(in crate::web) async fn begin(
    request: HttpRequest,
    wanted: Query<Wanted>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let next = Some(wanted.next.as_str()).filter(|next| next.len() <= LONGEST_NEXT);
    let next = next.unwrap_or_default();
    match app.flow.operators.begin_single_sign_on().await {
        Ok((handshake, target)) => {
            let kept =
                format!("{}.{}", handshake.expose(), BASE64URL_NOPAD.encode(next.as_bytes()));
            let cookie = cookie_below(&app, SIGN_IN_COOKIE, &kept, PATH).max_age(PATIENCE).finish();
            let mut answer = HttpResponse::SeeOther();
            Ok(answer.insert_header((header::LOCATION, target)).cookie(cookie).finish())
        }
        Err(error) => refused(&app, &request, error, next).await,
    }
}

/// Back from the provider.
pub(in crate::web) async fn finish(
    request: HttpRequest,
    returned: Query<Returned>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    if app.flow.operators.single_sign_on().is_none() {
        return nowhere::unknown(request, app).await;
    }
    let client = app.guard.client(&request);
    let begun = begun(&request).filter(|(handshake, _)| handshake.is_state(&returned.state));
    let Some((handshake, next)) = begun else {
        app.guesses
            .note_failed_sign_in(client, "it was not begun in this browser, or too long ago");
        return alone(&app, &request, StatusCode::BAD_REQUEST, page(&app, "sso_failed", "", ""));
    };
    // Only now: another site could ask for this address as often as it likes, without the cookie.
    if app.guesses.admit_callback(client).is_err() {
        let page = page(&app, "wait", "", "");
        return alone(&app, &request, StatusCode::TOO_MANY_REQUESTS, page);
    }
    let mut answer = if let Some(error) = &returned.error {
        let why = format!("the identity provider answered {}", error.escape_default());
        app.guesses.note_failed_sign_in(client, &why);
        alone(&app, &request, StatusCode::FORBIDDEN, page(&app, "sso_denied", "", &next))?
    } else {
        let browser = browser(&app, &request);
        let operators = &app.flow.operators;
        match operators.finish_single_sign_on(&handshake, &returned.code, browser).await {
            Ok(token) => entered(&app, &token, &next),
            Err(error) => refused(&app, &request, error, &next).await?,
        }
    };
    let mut gone: Cookie<'_> = cookie_below(&app, SIGN_IN_COOKIE, "", PATH).finish();
    gone.make_removal();
    // Whether it goes or not: a code is redeemed once.
    drop(answer.add_cookie(&gone));
    Ok(answer)
}

/// What this browser began, and where it wants to go on to.
fn begun(request: &HttpRequest) -> Option<(Handshake, String)> {
    let cookie = request.cookie(SIGN_IN_COOKIE)?;
    let (handshake, next) = cookie.value().split_once('.')?;
    let next = BASE64URL_NOPAD.decode(next.as_bytes()).ok()?;
    Some((Handshake::read(handshake)?, String::from_utf8(next).ok()?))
}

/// The sign-in page, which says why it is there again.
async fn refused(
    app: &Data<AppState>,
    request: &HttpRequest,
    error: Error,
    next: &str,
) -> Result<HttpResponse, Problem> {
    let (state, status) = match &error {
        Error::Off => return nowhere::unknown(request.clone(), app.clone()).await,
        Error::Store(_) | Error::Random(_) => ("away", StatusCode::SERVICE_UNAVAILABLE),
        Error::Provider(oidc::Error::Away(_)) => ("sso_away", StatusCode::BAD_GATEWAY),
        Error::Provider(_) => ("sso_failed", StatusCode::BAD_REQUEST),
        Error::NoRole(_) => ("sso_role", StatusCode::FORBIDDEN),
        Error::NameTaken(_) => ("sso_name", StatusCode::CONFLICT),
    };
    app.guesses.note_failed_sign_in(app.guard.client(request), &cause(&error));
    let page = page(app, state, "", next);
    let page = match error {
        Error::NoRole(claims) => SignIn { claims, ..page },
        Error::NameTaken(name) => SignIn { name, ..page },
        _ => page,
    };
    alone(app, request, status, page)
}
