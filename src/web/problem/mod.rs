//! A refusal, as RFC 9457 writes it. Only here errors become answers; what caused them stays in the
//! log.

#![expect(
    single_use_lifetimes,
    reason = "what describes a type to the API's document names its lifetime once"
)]

mod about;
mod errors;
pub(super) mod said;

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentType};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::schema;
use crate::domain::problem::Code;
use crate::domain::word::Word as _;

pub(super) use about::{remedy, status, title};

/// RFC 9457.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct Written<'a> {
    /// The code, as a URN.
    #[serde(rename = "type")]
    #[schema(format = "uri")]
    kind: String,
    /// What is wrong, in the same words for every refusal with this code.
    title: &'a str,
    /// The answer's status.
    status: u16,
    /// Which refusal it is.
    #[schema(value_type = schema::ProblemCode)]
    code: &'a str,
    /// What is wrong with this request.
    detail: &'a str,
    /// What to do.
    remedy: &'a str,
}

/// One refusal.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    detail: String,
    more: Map<String, Value>,
    /// After how many seconds to try again.
    retry_after: Option<u16>,
}

impl Problem {
    /// A refusal with what is wrong, and the remedy.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), more: Map::new(), retry_after: None }
    }

    /// The body, or the query, cannot be read.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(Code::MalformedBody, detail)
    }

    /// Too much is being sent at the same time.
    pub fn too_many_bodies() -> Self {
        let detail = "too many large requests are in progress; try again in a moment";
        Self::new(Code::TooManyBodies, detail).retry_after(1)
    }

    /// One connection has begun more than it may.
    pub fn too_many_at_once(most: usize) -> Self {
        let detail =
            format!("this connection has {most} requests in progress; wait for an answer first");
        Self::new(Code::TooManyRequests, detail).retry_after(1)
    }

    /// Too many streams are open; nothing is lost for whoever asks for the state instead.
    pub fn too_many_streams(detail: impl Into<String>) -> Self {
        Self::new(Code::TooManyStreams, detail).retry_after(60)
    }

    /// Too many wrong tokens came from one address.
    pub fn too_many_guesses(wait: Duration) -> Self {
        let detail =
            "too many wrong tokens came from this address; the right one is still accepted";
        // Rounded up: whoever waits so long is not refused again.
        let wait = u16::try_from(wait.as_secs()).unwrap_or(u16::MAX).saturating_add(1);
        Self::new(Code::TooManyGuesses, detail).retry_after(wait)
    }

    fn retry_after(self, seconds: u16) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// Somebody else saved in between: what they saved comes along.
    pub fn conflict(detail: impl Into<String>, notes: &str, version: i64) -> Self {
        let mut problem = Self::new(Code::NotesChanged, detail);
        problem.more.insert("notes".to_owned(), notes.into());
        problem.more.insert("version".to_owned(), version.into());
        problem
    }

    /// The address of a page leads nowhere, or nowhere any more.
    pub fn gone(expired: bool) -> Self {
        if expired {
            Self::new(Code::PageExpired, "this page has expired")
        } else {
            Self::new(Code::NoSuchPage, "there is no such page")
        }
    }

    /// A program shows no valid token.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(Code::Unauthorized, detail)
    }

    /// A browser is not, or no longer, signed in to the built-in desktop.
    pub fn not_signed_in() -> Self {
        Self::unauthorized("open your personal link again; your administrator has it")
    }

    /// The database is away.
    pub fn unavailable() -> Self {
        let detail = "this cannot be done at the moment; nothing was lost: try again";
        Self::new(Code::DatabaseUnavailable, detail)
    }

    /// Something failed that should not.
    pub fn internal() -> Self {
        Self::new(Code::InternalError, "this request could not be handled; the log says why")
    }

    /// What it says of this request, for whoever may not see all of it.
    pub(in crate::web) fn texts(&mut self) -> (&mut String, &mut Map<String, Value>) {
        (&mut self.detail, &mut self.more)
    }

    /// Which refusal it is.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What is wrong, and the remedy.
    pub fn detail(&self) -> &str {
        &self.detail
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
        status(self.code)
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        let mut members = json!(Written {
            kind: format!("urn:callpane:problem:{}", self.code.word()),
            title: title(self.code),
            status: status.as_u16(),
            code: self.code.word(),
            detail: &self.detail,
            remedy: remedy(self.code),
        });
        if let Some(members) = members.as_object_mut() {
            members.extend(self.more.clone());
        }
        let mut answer = HttpResponse::build(status);
        if self.code == Code::Unauthorized {
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
