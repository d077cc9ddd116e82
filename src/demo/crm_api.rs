//! The API of the stand-in CRM, which answers as it is told: `/demo/crm/api/…?answer=503`,
//! `?answer=429&retry_after=30`, `?slow=3` (seconds).

use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Deserialize;
use serde_json::json;

use super::contacts::New;
use super::crm::Crm;
use crate::domain::problem::Code;
use crate::web::{AppState, Body, COMMAND, Problem};

/// How a query asks to be answered.
#[derive(Debug, Deserialize)]
pub(super) struct Manner {
    answer: Option<u16>,
    retry_after: Option<u32>,
    slow: Option<u64>,
}

impl Manner {
    /// The answer, when it is time for it; `usual` where nothing else is asked for.
    pub(super) async fn answer(&self, usual: StatusCode) -> (StatusCode, HttpResponseBuilder) {
        /// The slowest that it answers.
        const SLOWEST: u64 = 60;
        if let Some(seconds) = self.slow {
            tokio::time::sleep(Duration::from_secs(seconds.min(SLOWEST))).await;
        }
        let status = self.answer.and_then(|status| StatusCode::from_u16(status).ok());
        let status = status.unwrap_or(usual);
        let mut answer = HttpResponse::build(status);
        if let Some(seconds) = self.retry_after {
            answer.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        (status, answer)
    }
}

/// Takes whatever it is told, and answers in the manner that the query asks for.
pub(super) async fn hear(
    request: HttpRequest,
    manner: Query<Manner>,
    body: Body,
    app: Data<AppState>,
    crm: Data<Crm>,
) -> Result<HttpResponse, Problem> {
    let body = body.read(&COMMAND).await?;
    let (status, mut answer) = manner.answer(StatusCode::CREATED).await;
    let count = crm.note(&request, &body, status, app.flow.context.now());
    let done = status.is_success();
    Ok(if done { answer.json(json!({ "id": count })) } else { answer.finish() })
}

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    phone: String,
}

/// Who has a number.
pub(super) async fn find(
    asked: Query<Asked>,
    manner: Query<Manner>,
    crm: Data<Crm>,
) -> HttpResponse {
    let (status, mut answer) = manner.answer(StatusCode::OK).await;
    if !status.is_success() {
        return answer.finish();
    }
    answer.json(json!({ "contacts": crm.contacts.with(&asked.phone) }))
}

/// Takes somebody new.
pub(super) async fn create(
    request: HttpRequest,
    manner: Query<Manner>,
    body: Body,
    app: Data<AppState>,
    crm: Data<Crm>,
) -> Result<HttpResponse, Problem> {
    let body = body.read(&COMMAND).await?;
    let (status, mut answer) = manner.answer(StatusCode::CREATED).await;
    crm.note(&request, &body, status, app.flow.context.now());
    if !status.is_success() {
        return Ok(answer.finish());
    }
    let new: New = serde_json::from_slice(&body)
        .map_err(|error| Problem::malformed(format!("a contact must be a JSON object: {error}")))?;
    let full = || Problem::new(Code::EnoughContacts, "the demo cannot store more contacts");
    let id = crm.contacts.add(new).ok_or_else(full)?;
    Ok(answer.json(json!({ "id": id })))
}
