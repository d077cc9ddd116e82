//! `/console/refusals`: requests that were refused, what that means, and what to do.

use std::collections::BTreeMap;

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::page::{self, pretty};
use crate::domain::ids::Id;
use crate::domain::problem::Code;
use crate::domain::word::Word as _;
use crate::store::RefusalRow;
use crate::view::console::{Refusal, Refusals, Request};
use crate::web::answers::refusal_status;
use crate::web::problem::{self, Problem};
use crate::web::rights::ConsoleSession;
use crate::web::state::AppState;

/// Rows of a page.
const ROWS: usize = 50;

/// What an address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Wanted {
    source: String,
    before: String,
}

/// The page.
pub(in crate::web) async fn show(
    request: HttpRequest,
    session: ConsoleSession,
    wanted: Query<Wanted>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let wanted = wanted.into_inner();
    let source = Some(wanted.source.clone()).filter(|source| !source.is_empty());
    let limit = i64::try_from(ROWS).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = app.flow.refusals.list(source, Id::parse(&wanted.before), limit).await?;
    let has_more = rows.len() > ROWS;
    rows.truncate(ROWS);
    let next = rows.last().filter(|_| has_more).map(|row| row.id.to_string());
    let mut sources = app.flow.refusals.sources().await?;
    if !wanted.source.is_empty() && !sources.contains(&wanted.source) {
        sources.push(wanted.source.clone());
    }
    let older = next.map(|next| page::query(&[("source", &wanted.source), ("before", &next)]));
    let public_url = &app.flow.context.options().public_url;
    let shown = Refusals {
        sources,
        source: wanted.source,
        rows: rows.iter().map(|row| refusal(&app, row)).collect(),
        older,
        example: format!("curl \"{public_url}/hooks/nobody\" --data-binary '{{}}'"),
    };
    page::console_page(&app, &request, &session, "refusals", shown).await
}

fn refusal(app: &AppState, row: &RefusalRow) -> Refusal {
    let code = Code::read(&row.code).unwrap_or(Code::InternalError);
    let described: Option<Described> = serde_json::from_str(&row.request).ok();
    let bytes = described.as_ref().map_or(0, |request| request.bytes);
    Refusal {
        at: page::moment(app, row.id.minted()),
        source: row.source.clone(),
        status: refusal_status(row),
        code: row.code.clone(),
        word: Refusal::word(&row.code),
        title: problem::title(code),
        remedy: problem::remedy(code),
        detail: row.detail.clone(),
        request: described.map(|request| request.shown(&row.source)),
        bytes,
    }
}

/// A refused request as it is kept.
#[derive(Debug, Deserialize)]
struct Described {
    method: String,
    event: Option<String>,
    query: String,
    headers: BTreeMap<String, String>,
    body: String,
    bytes: u64,
}

impl Described {
    fn shown(self, source: &str) -> Request {
        let below = self.event.map(|event| format!("/{event}")).unwrap_or_default();
        let query = if self.query.is_empty() { self.query } else { format!("?{}", self.query) };
        Request {
            method: self.method,
            url: format!("/hooks/{source}{below}{query}"),
            headers: self.headers.into_iter().collect(),
            body: (!self.body.is_empty()).then(|| pretty(&self.body)),
        }
    }
}
