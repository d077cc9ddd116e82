//! A refusal, as RFC 9457 writes it. Only here errors become answers; what caused them stays in the
//! log.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentType};
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Map, Value, json};

use crate::domain::identity::Identity;

/// One refusal.
#[derive(Debug, Clone)]
pub struct Problem {
    code: &'static str,
    status: StatusCode,
    detail: String,
    more: Map<String, Value>,
    /// After how many seconds to try again.
    retry_after: Option<u16>,
}

impl Problem {
    fn new(code: &'static str, status: StatusCode, detail: impl Into<String>) -> Self {
        Self { code, status, detail: detail.into(), more: Map::new(), retry_after: None }
    }

    /// The body is not what the door takes.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new("malformed-body", StatusCode::BAD_REQUEST, detail)
    }

    /// The body is too large.
    pub fn too_large(limit: usize) -> Self {
        let detail = format!("the body is larger than {limit} bytes");
        Self::new("body-too-large", StatusCode::PAYLOAD_TOO_LARGE, detail)
    }

    /// The body did not come in time.
    pub fn too_slow() -> Self {
        let detail = "the body did not arrive in time";
        Self::new("body-too-slow", StatusCode::REQUEST_TIMEOUT, detail)
    }

    /// Too much is being sent at the same time.
    pub fn too_many_bodies() -> Self {
        let detail = "too many large requests are under way; try again in a moment";
        Self::new("too-many-bodies", StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(1)
    }

    /// One connection has begun more than it may.
    pub fn too_many_at_once(most: usize) -> Self {
        let detail =
            format!("this connection has {most} requests under way; await an answer first");
        Self::new("too-many-requests", StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(1)
    }

    /// Too many streams are open; nothing is lost for whoever asks for the state instead.
    pub fn too_many_streams(detail: impl Into<String>) -> Self {
        Self::new("too-many-streams", StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(60)
    }

    /// Too many wrong tokens came from one address.
    pub fn too_many_guesses(wait: Duration) -> Self {
        let detail = "too many wrong tokens came from this address; the right one is still taken";
        // Rounded up: whoever waits so long is not refused again.
        let wait = u16::try_from(wait.as_secs()).unwrap_or(u16::MAX).saturating_add(1);
        Self::new("too-many-guesses", StatusCode::TOO_MANY_REQUESTS, detail).retry_after(wait)
    }

    fn retry_after(self, seconds: u16) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// The body has another type.
    pub fn wrong_type(detail: impl Into<String>) -> Self {
        Self::new("wrong-content-type", StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
    }

    /// The door does not know this method.
    pub fn wrong_method(detail: impl Into<String>) -> Self {
        Self::new("wrong-method", StatusCode::METHOD_NOT_ALLOWED, detail)
    }

    /// The address leads nowhere, or nowhere any more.
    pub fn gone(expired: bool) -> Self {
        if expired {
            Self::new("page-expired", StatusCode::GONE, "this page has expired")
        } else {
            Self::new("no-such-page", StatusCode::NOT_FOUND, "there is no such page")
        }
    }

    /// Somebody else saved in between: what they saved comes along.
    pub fn conflict(detail: impl Into<String>, notes: &str, version: i64) -> Self {
        let mut problem = Self::new("notes-changed", StatusCode::CONFLICT, detail);
        problem.more.insert("notes".to_owned(), notes.into());
        problem.more.insert("version".to_owned(), version.into());
        problem
    }

    /// The page is completed.
    pub fn completed(detail: impl Into<String>) -> Self {
        Self::new("page-completed", StatusCode::GONE, detail)
    }

    /// What was sent is understood, and cannot be.
    pub fn unacceptable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(code, StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// A phone system's request is not taken.
    pub fn refused(code: &'static str, status: u16, detail: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
        Self::new(code, status, detail)
    }

    /// A program shows no good token.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new("unauthorized", StatusCode::UNAUTHORIZED, detail)
    }

    /// The agent is not confirmed, so nothing that they write is taken.
    pub fn not_confirmed(identity: Identity, detail: impl Into<String>) -> Self {
        let code = match identity {
            Identity::Pending => "agent-pending",
            Identity::Away => "agent-not-checked",
            Identity::Unconfirmed | Identity::Confirmed => "agent-unconfirmed",
        };
        Self::forbidden(code, detail)
    }

    /// Whoever asks may not.
    pub fn forbidden(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(code, StatusCode::FORBIDDEN, detail)
    }

    /// A browser is not, or no longer, signed in to the built-in desktop.
    pub fn not_signed_in() -> Self {
        Self::unauthorized("open your personal link again; your administrator has it")
    }

    /// The status that it is answered with.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// Which refusal it is.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// What is wrong, and the remedy.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The database is away.
    pub fn away() -> Self {
        let detail = "this cannot be done at the moment; nothing was lost, try again";
        Self::new("database-away", StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    /// Something failed that should not.
    pub fn broke_off() -> Self {
        let detail = "this request could not be handled; the log says why";
        Self::new("broke-off", StatusCode::INTERNAL_SERVER_ERROR, detail)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut members = json!({
            "type": format!("urn:callpane:problem:{}", self.code),
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
        });
        if let Some(members) = members.as_object_mut() {
            members.extend(self.more.clone());
        }
        let mut answer = HttpResponse::build(self.status);
        if self.code == "unauthorized" {
            answer.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"callpane\""));
        }
        if let Some(seconds) = self.retry_after {
            answer.insert_header((header::RETRY_AFTER, seconds.to_string()));
            // Whoever is one too many does not keep a connection for the time being.
            answer.force_close();
        }
        answer.insert_header(ContentType(mime())).body(members.to_string())
    }
}

fn mime() -> actix_web::mime::Mime {
    "application/problem+json".parse().unwrap_or(actix_web::mime::APPLICATION_JSON)
}
