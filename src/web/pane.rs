//! `/pane/{token}`: the page of one call, and what the agent does on it. The address is the whole
//! permission: no cookie would live in a third party's frame.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::body::{self, Body, Whole};
use super::stream::{self, Subject};
use super::{Door, Problem, frame};
use crate::domain::pane::Gone;
use crate::flow::contacts::known::New;
use crate::flow::panes::banner::BY_HAND;
use crate::flow::panes::page::{Error, Written};
use crate::view::{self, Language};

/// How a browser without script sends.
const FORM: &str = "application/x-www-form-urlencoded";

/// The page.
pub(super) async fn show(
    request: HttpRequest,
    token: Path<String>,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let language = door.language(&request);
    let by_hand = request.query_string() == BY_HAND;
    match door.flow.show(&token, by_hand).await {
        Ok(page) => shown(&door, language, page),
        Err(error) => {
            let (status, reason) = match &error {
                Error::Gone(Gone::Expired) => (StatusCode::GONE, "expired"),
                Error::Gone(Gone::Unknown) => (StatusCode::NOT_FOUND, "unknown"),
                _ => (StatusCode::SERVICE_UNAVAILABLE, "away"),
            };
            if reason == "away" {
                log(&error);
            }
            let desktop_origin = door.flow.options().origins.message_target(None);
            frame::framed(&door, language, status, &view::Gone { reason, desktop_origin })
        }
    }
}

/// What `callpane check URL` is led to, in the frame of any page.
pub(super) async fn checked(
    request: HttpRequest,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let desktop_origin = door.flow.options().origins.message_target(None);
    let page = view::Gone { reason: "check", desktop_origin };
    frame::framed(&door, door.language(&request), StatusCode::OK, &page)
}

/// An operator's page that fails over this call gives way to the built-in one: the agent has a call.
fn shown(door: &Door, language: Language, page: view::PanePage) -> Result<HttpResponse, Problem> {
    let wanted = frame::framed(door, language, StatusCode::OK, &page);
    if wanted.is_ok() || page.is_default() {
        return wanted;
    }
    frame::framed(door, language, StatusCode::OK, &page.into_default())
}

/// What it shows, as it changes.
pub(super) async fn follow(
    request: HttpRequest,
    token: Path<String>,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let streaming = door.flow.follow_pane(&token).await.map_err(refuse)?;
    Ok(stream::answer(&request, door, Subject::Pane(token.into_inner()), streaming))
}

/// What it shows now.
pub(super) async fn state(
    request: HttpRequest,
    token: Path<String>,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    // Whether it has expired, or never was, is asked here; a stream only says that it is over.
    door.flow.check_pane(&token).map_err(refuse)?;
    let subject = Subject::Pane(token.into_inner());
    let state = stream::once(&request, &door, &subject).await.map_err(refuse)?;
    state.ok_or_else(|| Problem::gone(true))
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
    token: Path<String>,
    body: Body,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let body = written(&door, &token, body).await?;
    let by_form = request.content_type() == FORM;
    let said: SaidContact = if by_form { form(&body)? } else { body.json()? };
    let contact = if let Some(chosen) = said.book.zip(said.id) {
        let chosen = Some(chosen).filter(|(book, _)| !book.is_empty());
        door.flow.choose(&token, chosen).await
    } else {
        let (company, email) = (said.company, said.email);
        let new = New { name: said.name.unwrap_or_default(), company, email };
        door.flow.create_contact(&token, new).await
    };
    let contact = contact.map_err(refuse)?;
    let shown = || HttpResponse::Ok().json(json!({ "contact": contact }));
    Ok(if by_form { back(&door, &token) } else { shown() })
}

/// Back to the page, for a browser that sent a form.
fn back(door: &Door, token: &str) -> HttpResponse {
    let page = format!("{}/pane/{token}", door.flow.options().base);
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
        // PostgreSQL stores no NUL in a text.
        let clean = |text: String| text.replace('\0', "");
        Written {
            notes: self.notes.map(clean),
            disposition: self.disposition.map(clean),
            seen: self.version,
        }
    }
}

/// Notes are saved while they are written.
pub(super) async fn save(
    token: Path<String>,
    body: Body,
    door: Data<Door>,
) -> Result<Json<Value>, Problem> {
    let sent: Sent = written(&door, &token, body).await?.json()?;
    let seen = sent.version.ok_or_else(|| {
        Problem::malformed("version is missing: the number of the notes' version that was seen")
    })?;
    let saved = door.flow.save_notes(&token, seen, sent.written()).await.map_err(refuse)?;
    Ok(Json(json!({ "version": saved.version, "saved_at": saved.at.to_string() })))
}

/// The agent is done.
pub(super) async fn complete(
    request: HttpRequest,
    token: Path<String>,
    body: Body,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let body = written(&door, &token, body).await?;
    let by_form = request.content_type() == FORM;
    let sent: Sent = if by_form { form(&body)? } else { body.json()? };
    door.flow.complete(&token, sent.written()).await.map_err(refuse)?;
    if !by_form {
        return Ok(HttpResponse::Ok().json(json!({ "completed": true })));
    }
    Ok(back(&door, &token))
}

/// What was written on a page that there is: whoever has no page is not listened to.
async fn written(door: &Door, token: &str, body: Body) -> Result<Whole, Problem> {
    door.flow.check_pane(token).map_err(refuse)?;
    body.read(&body::PAGE).await
}

/// The same names as in JSON; a version says nothing to a form, which has no second try.
fn form<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let pairs = url::form_urlencoded::parse(body).filter(|(name, _)| name != "version");
    let members = pairs.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())));
    serde_json::from_value(Value::Object(members.collect()))
        .map_err(|error| Problem::malformed(error.to_string()))
}

fn refuse(error: Error) -> Problem {
    let detail = error.to_string();
    match error {
        Error::Gone(gone) => Problem::gone(gone == Gone::Expired),
        Error::Conflict { notes, version } => Problem::conflict(detail, &notes, version),
        Error::TooMany(_) => Problem::too_many_streams(detail),
        Error::Completed => Problem::completed(detail),
        Error::DispositionRequired(_) => Problem::unacceptable("disposition-required", detail),
        Error::UnknownDisposition { .. } => Problem::unacceptable("unknown-disposition", detail),
        Error::NoSuchContact => Problem::unacceptable("no-such-contact", detail),
        Error::ContactNameMissing => Problem::unacceptable("contact-name-missing", detail),
        Error::NotConfirmed(identity) => Problem::not_confirmed(identity, detail),
        Error::Store(_) => {
            log(&error);
            Problem::away()
        }
    }
}

fn log(error: &Error) {
    tracing::error!(error = crate::flow::cause(error), "a page could not be served");
}
