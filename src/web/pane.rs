//! `/pane/{token}`: the page of one call, and what the agent does on it. The address is the whole
//! permission: no cookie would live in a third party's frame.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::body::{self, Body};
use super::frame;
use super::problem::Problem;
use super::rights::OpenPane;
use super::state::AppState;
use super::stream::{self, Subject};
use crate::domain::token::Gone;
use crate::flow::panes::contact::New;
use crate::flow::panes::notes::Written;
use crate::flow::panes::{BY_HAND, Error};
use crate::view;

/// How a browser without script sends.
const FORM: &str = "application/x-www-form-urlencoded";

/// The page.
pub(super) async fn show(
    request: HttpRequest,
    token: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let by_hand = request.query_string() == BY_HAND;
    match app.flow.panes.show(&token, by_hand).await {
        Ok(page) => shown(&app, &request, page),
        Err(error) => {
            let (status, reason) = match &error {
                Error::Gone(Gone::Expired) => (StatusCode::GONE, "expired"),
                Error::Gone(Gone::Unknown) => (StatusCode::NOT_FOUND, "unknown"),
                _ => (StatusCode::SERVICE_UNAVAILABLE, "away"),
            };
            if reason == "away" {
                log(&error);
            }
            let desktop_origin = app.flow.context.options().origins.message_target(None);
            frame::framed(&app, &request, status, &view::Gone { reason, desktop_origin })
        }
    }
}

/// What `callpane check URL` is led to, in the frame of any page.
pub(super) async fn checked(
    request: HttpRequest,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let desktop_origin = app.flow.context.options().origins.message_target(None);
    let page = view::Gone { reason: "check", desktop_origin };
    frame::framed(&app, &request, StatusCode::OK, &page)
}

/// An operator's page that fails over this call gives way to the built-in one: the agent has a call.
fn shown(
    app: &AppState,
    request: &HttpRequest,
    page: view::PanePage,
) -> Result<HttpResponse, Problem> {
    let wanted = match page.wrapped.as_ref().filter(|wrapped| wrapped.framed) {
        Some(wrapped) => frame::wrapping(app, request, &page, &wrapped.origin),
        None => frame::framed(app, request, StatusCode::OK, &page),
    };
    if wanted.is_ok() || page.is_default() {
        return wanted;
    }
    frame::framed(app, request, StatusCode::OK, &page.into_default())
}

/// What it shows, as it changes.
pub(super) async fn follow(
    request: HttpRequest,
    pane: OpenPane,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let streaming = app.flow.panes.follow(&pane.token).await?;
    Ok(stream::answer(&request, app, Subject::Pane(pane.token), streaming))
}

/// What it shows now.
pub(super) async fn state(
    request: HttpRequest,
    pane: OpenPane,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    now(&request, &pane.token, &app).await
}

async fn now(request: &HttpRequest, token: &str, app: &AppState) -> Result<HttpResponse, Problem> {
    let state = app.flow.panes.state(token).await?;
    stream::note_on_screen(app, token, &state.state);
    stream::once(request, app, &state)
}

/// Who the caller is: chosen among several, or somebody new.
#[derive(Debug, Default, Deserialize)]
struct SaidContact {
    book: Option<String>,
    id: Option<String>,
    name: Option<String>,
    company: Option<String>,
    email: Option<String>,
}

/// The agent says who the caller is.
pub(super) async fn contact(
    request: HttpRequest,
    pane: OpenPane,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let body = body.read(&body::PAGE).await?;
    let by_form = request.content_type() == FORM;
    let said: SaidContact = if by_form { form(&body)? } else { body.json()? };
    let done = if let Some(chosen) = said.book.zip(said.id) {
        let chosen = Some(chosen).filter(|(book, _)| !book.is_empty());
        app.flow.panes.choose(&pane.token, chosen).await
    } else {
        let (company, email) = (said.company, said.email);
        let new = New { name: said.name.unwrap_or_default(), company, email };
        app.flow.panes.create_contact(&pane.token, new).await
    };
    done?;
    if by_form { Ok(back(&app, &pane.token)) } else { now(&request, &pane.token, &app).await }
}

/// Back to the page, for a browser that sent a form.
fn back(app: &AppState, token: &str) -> HttpResponse {
    let page = format!("{}/pane/{token}", app.flow.context.options().base);
    HttpResponse::SeeOther().insert_header((header::LOCATION, page)).finish()
}

/// What a page sends; a form without script sends the same names.
#[derive(Debug, Default, Deserialize)]
struct Sent {
    notes: Option<String>,
    disposition: Option<String>,
    version: Option<i64>,
}

impl Sent {
    fn written(self) -> Written {
        Written { notes: self.notes, disposition: self.disposition, seen: self.version }
    }
}

/// Notes are saved while they are written.
pub(super) async fn save(
    pane: OpenPane,
    body: Body,
    app: Data<AppState>,
) -> Result<Json<Value>, Problem> {
    let sent: Sent = body.read(&body::PAGE).await?.json()?;
    let seen = sent.version.ok_or_else(|| {
        Problem::malformed(
            "version is missing: the version number of the notes that were last read",
        )
    })?;
    let saved = app.flow.panes.save_notes(&pane.token, seen, sent.written()).await?;
    Ok(Json(json!({ "version": saved.version, "saved_at": saved.at.to_string() })))
}

/// The agent is done.
pub(super) async fn complete(
    request: HttpRequest,
    pane: OpenPane,
    body: Body,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let body = body.read(&body::PAGE).await?;
    let by_form = request.content_type() == FORM;
    let sent: Sent = if by_form { form(&body)? } else { body.json()? };
    app.flow.panes.complete(&pane.token, sent.written()).await?;
    if !by_form {
        return Ok(HttpResponse::Ok().json(json!({ "completed": true })));
    }
    Ok(back(&app, &pane.token))
}

/// The same names as in JSON; a version says nothing to a form, which has no second try.
fn form<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let pairs = url::form_urlencoded::parse(body).filter(|(name, _)| name != "version");
    let members = pairs.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())));
    serde_json::from_value(Value::Object(members.collect()))
        .map_err(|error| Problem::malformed(error.to_string()))
}

fn log(error: &Error) {
    tracing::error!(error = crate::flow::cause(error), "a page could not be served");
}
