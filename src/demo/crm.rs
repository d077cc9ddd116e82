//! The stand-in CRM: its page, whom it knows, and what destinations have told it.

use std::collections::VecDeque;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};

use super::contacts::Contacts;
use super::local::is_local;
use super::pages::{CrmPage, QueryPair, Received};
use crate::domain::time::Timestamp;
use crate::web::{AppState, Problem, framed};

/// Requests that it remembers.
const REMEMBERED: usize = 20;

/// What it was told last, newest first, and whom it knows.
#[derive(Debug, Clone, Default)]
pub(super) struct Crm {
    #[expect(clippy::disallowed_types, reason = "held to add a line, never across an await")]
    requests: Arc<std::sync::Mutex<VecDeque<Received>>>,
    pub(super) contacts: Contacts,
}

impl Crm {
    fn add(&self, request: Received) -> usize {
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
        at: Timestamp,
    ) -> usize {
        self.add(Received {
            at: at.to_string(),
            method: request.method().to_string(),
            address: request.uri().to_string().chars().take(1000).collect(),
            body: String::from_utf8_lossy(body).chars().take(4000).collect(),
            status: status.as_u16(),
        })
    }

    fn all(&self) -> Vec<Received> {
        let all = self.requests.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        all.iter().cloned().collect()
    }
}

/// Its page: what it was opened with, whom it knows, and what it was told.
pub(super) async fn show(
    request: HttpRequest,
    query: Query<Vec<(String, String)>>,
    app: Data<AppState>,
    crm: Data<Crm>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let asked = |key: &str| query.iter().find(|(name, _)| name == key).map(|(_, value)| value);
    let known = &crm.contacts;
    let page = CrmPage {
        contact: asked("contact").and_then(|id| known.all().into_iter().find(|c| c.id == *id)),
        contacts: asked("phone").map_or_else(|| known.all(), |phone| known.with(phone)),
        path: request.path().to_owned(),
        told: is_local(&request).then(|| crm.all()),
        query: query.into_iter().map(|(key, value)| QueryPair { key, value }).collect(),
    };
    framed(&app, &request, StatusCode::OK, &page)
}
