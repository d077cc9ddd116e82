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
use super::rights::OpenPane;
use super::stream::{self, Subject};
use super::{Door, Problem, frame};
use crate::domain::identity::Identity;
use crate::domain::pane::Gone;
use crate::domain::problem::Code;
use crate::flow::panes::contact::New;
use crate::flow::panes::notes::Written;
use crate::flow::panes::{BY_HAND, Error};
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
    match door.flow.panes.show(&token, by_hand).await {
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
            let desktop_origin = door.flow.context.options().origins.message_target(None);
            frame::framed(&door, language, status, &view::Gone { reason, desktop_origin })
        }
    }
}

/// What `callpane check URL` is led to, in the frame of any page.
pub(super) async fn checked(
    request: HttpRequest,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let desktop_origin = door.flow.context.options().origins.message_target(None);
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
    pane: OpenPane,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let streaming = door.flow.panes.follow(&pane.token).await.map_err(refuse)?;
    Ok(stream::answer(&request, door, Subject::Pane(pane.token), streaming))
}

/// What it shows now.
pub(super) async fn state(
    request: HttpRequest,
    pane: OpenPane,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    now(&request, &pane.token, &door).await
}

async fn now(request: &HttpRequest, token: &str, door: &Door) -> Result<HttpResponse, Problem> {
    let state = door.flow.panes.state(token).await.map_err(refuse)?;
    stream::once(request, door, &state)
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
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let body = body.read(&body::PAGE).await?;
    let by_form = request.content_type() == FORM;
    let said: SaidContact = if by_form { form(&body)? } else { body.json()? };
    let done = if let Some(chosen) = said.book.zip(said.id) {
        let chosen = Some(chosen).filter(|(book, _)| !book.is_empty());
        door.flow.panes.choose(&pane.token, chosen).await
    } else {
        let (company, email) = (said.company, said.email);
        let new = New { name: said.name.unwrap_or_default(), company, email };
        door.flow.panes.create_contact(&pane.token, new).await
    };
    done.map_err(refuse)?;
    if by_form { Ok(back(&door, &pane.token)) } else { now(&request, &pane.token, &door).await }
}

/// Back to the page, for a browser that sent a form.
fn back(door: &Door, token: &str) -> HttpResponse {
    let page = format!("{}/pane/{token}", door.flow.context.options().base);
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
    door: Data<Door>,
) -> Result<Json<Value>, Problem> {
    let sent: Sent = body.read(&body::PAGE).await?.json()?;
    let seen = sent.version.ok_or_else(|| {
        Problem::malformed("version is missing: the number of the notes' version that was seen")
    })?;
    let saved =
        door.flow.panes.save_notes(&pane.token, seen, sent.written()).await.map_err(refuse)?;
    Ok(Json(json!({ "version": saved.version, "saved_at": saved.at.to_string() })))
}

/// The agent is done.
pub(super) async fn complete(
    request: HttpRequest,
    pane: OpenPane,
    body: Body,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let body = body.read(&body::PAGE).await?;
    let by_form = request.content_type() == FORM;
    let sent: Sent = if by_form { form(&body)? } else { body.json()? };
    door.flow.panes.complete(&pane.token, sent.written()).await.map_err(refuse)?;
    if !by_form {
        return Ok(HttpResponse::Ok().json(json!({ "completed": true })));
    }
    Ok(back(&door, &pane.token))
}

/// The same names as in JSON; a version says nothing to a form, which has no second try.
fn form<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let pairs = url::form_urlencoded::parse(body).filter(|(name, _)| name != "version");
    let members = pairs.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())));
    serde_json::from_value(Value::Object(members.collect()))
        .map_err(|error| Problem::malformed(error.to_string()))
}

/// Why nothing is taken from an agent who is not confirmed.
fn not_confirmed(identity: Identity) -> Code {
    match identity {
        Identity::Pending => Code::AgentPending,
        Identity::Away => Code::AgentNotChecked,
        Identity::Unconfirmed | Identity::Confirmed => Code::AgentUnconfirmed,
    }
}

pub(super) fn refuse(error: Error) -> Problem {
    let detail = error.to_string();
    match error {
        Error::Gone(gone) => Problem::gone(gone == Gone::Expired),
        Error::Conflict { notes, version } => Problem::conflict(detail, &notes, version),
        Error::TooMany(_) => Problem::too_many_streams(detail),
        Error::Completed => Problem::new(Code::PageCompleted, detail),
        Error::DispositionRequired(_) => Problem::new(Code::DispositionRequired, detail),
        Error::UnknownDisposition { .. } => Problem::new(Code::UnknownDisposition, detail),
        Error::NoSuchContact => Problem::new(Code::NoSuchContact, detail),
        Error::ContactNameMissing => Problem::new(Code::ContactNameMissing, detail),
        Error::NotConfirmed(identity) => Problem::new(not_confirmed(identity), detail),
        Error::Store(_) => {
            log(&error);
            Problem::away()
        }
    }
}

fn log(error: &Error) {
    tracing::error!(error = crate::flow::cause(error), "a page could not be served");
}
