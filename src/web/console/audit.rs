//! `/console/audit`: who did what.

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::page::{self, console_page};
use crate::domain::ids::Id;
use crate::store::{AuditFilter, AuditRow};
use crate::view::console::{AuditAct, AuditEntry, AuditPage, Moment};
use crate::web::problem::Problem;
use crate::web::rights::ConsoleSession;
use crate::web::state::AppState;

/// Acts on one page.
const ROWS: usize = 50;

#[derive(Debug, Deserialize)]
pub(in crate::web) struct Wanted {
    #[serde(default)]
    actor: String,
    #[serde(default)]
    act: String,
    #[serde(default)]
    before: String,
}

/// The page.
pub(in crate::web) async fn show(
    request: HttpRequest,
    session: ConsoleSession,
    wanted: Query<Wanted>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let Wanted { actor, act, before } = wanted.into_inner();
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let before = Id::parse(&before);
    let filter = AuditFilter { actor: given(&actor), act: given(&act), before };
    // One more says whether there are older ones.
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let mut rows = app.flow.audit.list(filter, limit).await?;
    let has_older = rows.len() > ROWS;
    rows.truncate(ROWS);
    let last = rows.last().filter(|_| has_older).map(|row| row.id);
    let page = AuditPage {
        older: last.map(|last| older(&actor, &act, last)),
        acts: rows.into_iter().map(|row| entry(&app, row)).collect(),
        known: AuditAct::all(),
        actor,
        act,
    };
    console_page(&app, &request, &session, "audit", page).await
}

/// The address of what is older.
fn older(actor: &str, act: &str, last: Id) -> String {
    let last = last.to_string();
    format!("?{}", page::query(&[("actor", actor), ("act", act), ("before", &last)]))
}

fn entry(app: &AppState, row: AuditRow) -> AuditEntry {
    let (now, zone) = (app.flow.context.now(), &app.flow.context.options().zone);
    AuditEntry {
        at: Moment::of(row.id.minted(), now, zone),
        actor: row.actor,
        via: row.via,
        act: AuditAct::of(&row.act),
        subject: row.subject,
        before: row.was,
        after: row.became,
        address: row.address,
    }
}
