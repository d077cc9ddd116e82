//! The stand-in CRM: its page, what destinations have told it, and an API that answers as it is told:
//! `/demo/crm/api/…?answer=503`, `?answer=429&retry_after=30`, `?slow=3` (seconds).

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Deserialize;
use serde_json::json;

use super::body::{self, Body};
use super::demo_contacts::Contacts;
use super::{Door, Problem, demo, frame};
use crate::view::{CrmRequest, DemoCrm, QueryPair};

/// Requests that it remembers.
const REMEMBERED: usize = 20;

/// What it was told last, newest first, and whom it knows.
#[derive(Debug, Clone, Default)]
pub struct CrmMemory {
    #[expect(clippy::disallowed_types, reason = "held to add a line, never across an await")]
    requests: Arc<std::sync::Mutex<VecDeque<CrmRequest>>>,
    pub(super) contacts: Contacts,
}

impl CrmMemory {
    fn add(&self, request: CrmRequest) -> usize {
        let mut all = self.requests.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        all.push_front(request);
        all.truncate(REMEMBERED);
        all.len()
    }

    /// Remembers a request; answers how many there are.
    pub(super) fn note(
        &self,
        request: &HttpRequest,
        body: &[u8],
        status: StatusCode,
        door: &Door,
    ) -> usize {
        self.add(CrmRequest {
            at: door.flow.context.now().to_string(),
            method: request.method().to_string(),
            address: request.uri().to_string().chars().take(1000).collect(),
            body: String::from_utf8_lossy(body).chars().take(4000).collect(),
            status: status.as_u16(),
        })
    }

    fn all(&self) -> Vec<CrmRequest> {
        let all = self.requests.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        all.iter().cloned().collect()
    }
}

/// Its page: what it was opened with, whom it knows, and what it was told.
pub(super) async fn show(
    request: HttpRequest,
    query: Query<Vec<(String, String)>>,
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let asked = |key: &str| query.iter().find(|(name, _)| name == key).map(|(_, value)| value);
    let known = &door.demo_crm.contacts;
    let page = DemoCrm {
        contact: asked("contact").and_then(|id| known.all().into_iter().find(|c| c.id == *id)),
        contacts: asked("phone").map_or_else(|| known.all(), |phone| known.with(phone)),
        path: request.path().to_owned(),
        told: demo::is_local(&request).then(|| door.demo_crm.all()),
        query: query.into_iter().map(|(key, value)| QueryPair { key, value }).collect(),
    };
    frame::framed(&door, door.language(&request), StatusCode::OK, &page)
}

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
    door: Data<Door>,
) -> Result<HttpResponse, Problem> {
    let body = body.read(&body::COMMAND).await?;
    let (status, mut answer) = manner.answer(StatusCode::CREATED).await;
    let count = door.demo_crm.note(&request, &body, status, &door);
    let done = status.is_success();
    Ok(if done { answer.json(json!({ "id": count })) } else { answer.finish() })
}
