//! `/api/v1/calls`: calls as they are listed, and as a spreadsheet.

use actix_web::http::header;
use actix_web::web::{Bytes, Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::future::ready;
use futures_util::stream::{Stream, StreamExt as _, once, unfold};
use utoipa::IntoParams;

use super::paging;
use crate::domain::actor::Actor;
use crate::domain::problem::Code;
use crate::flow::lists::{CallFilter, CallLine, Error};
use crate::web::listed::{CallQuery, Calls, csv_head, csv_line};
use crate::web::problem::Problem;
use crate::web::sight::{Sight, answer_json};
use crate::web::state::AppState;

/// Lines of a list, and of a spreadsheet, at most.
const MOST: usize = 500;
const MOST_IN_CSV: usize = 50_000;

/// How many calls a list has.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `CallQuery` reads")]
pub(in crate::web) struct InList {
    /// How many at most: 50 unless given, never more than 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
}

/// How many calls a spreadsheet has.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `CallQuery` reads")]
pub(in crate::web) struct InCsv {
    /// How many at most: 50,000 unless given, which is also the most.
    #[param(minimum = 1, maximum = 50_000, default = 50_000)]
    limit: Option<i64>,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(error) => error.into(),
            error @ Error::NotANumber(_) => Self::new(Code::NotANumber, error.to_string()),
        }
    }
}

fn filter(query: &CallQuery, app: &AppState) -> Result<CallFilter, Problem> {
    let context = &app.flow.context;
    let before = query.before.as_deref().filter(|before| !before.is_empty());
    let before = paging::before(before)?;
    let read = query.read(&context.options().zone, context.now());
    let filter = read.map_err(|wrong| Problem::new(Code::InvalidValue, wrong))?;
    Ok(CallFilter { before, ..filter })
}

fn limit(query: &CallQuery, usual: usize, most: usize) -> Result<usize, Problem> {
    query.limit(usual, most).map_err(|wrong| Problem::new(Code::InvalidValue, wrong))
}

/// Calls, with an entry for each agent that a call rang for, newest first; `looked_back_to` says how far back the
/// search went, if not through everything.
#[utoipa::path(
    get,
    path = "/api/v1/calls",
    operation_id = "listCalls",
    tag = "Calls",
    security(("token" = ["viewer"])),
    params(CallQuery, InList),
    responses((status = OK, description = "The calls", body = Calls<'_>)),
    extensions(("x-refusals" = json!(["invalid-value", "not-a-number"])))
)]
pub(in crate::web) async fn list(
    actor: Actor,
    query: Query<CallQuery>,
    request: HttpRequest,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let limit = limit(&query, 50, MOST)?;
    let page = app.flow.lists.calls(&filter(&query, &app)?, limit).await?;
    let calls = Calls::of(&page, app.flow.context.options().region);
    let answer = answer_json(&actor, &calls);
    Ok(paging::linked(&request, calls.next.as_deref(), answer))
}

/// One call: the agents that it rang for, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/calls/{id}",
    operation_id = "showCall",
    tag = "Calls",
    security(("token" = ["viewer"])),
    params((
        "id" = String,
        Path,
        description = "The call's `uuid`, or the phone system's id of it, alone or as `SOURCE:ID`"
    )),
    responses((status = OK, description = "The call", body = Calls<'_>)),
    extensions(("x-refusals" = json!(["no-such-call", "ambiguous-call"])))
)]
pub(in crate::web) async fn show(
    actor: Actor,
    id: Path<String>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let wanted = CallFilter { id: Some(id.into_inner()), ..CallFilter::default() };
    let page = app.flow.lists.calls(&wanted, MOST).await?;
    let told = |line: &CallLine| line.call;
    match page.lines.first().map(told) {
        None => Err(Problem::new(Code::NoSuchCall, "there is no such call")),
        Some(first) if page.lines.iter().any(|line| line.call != first) => {
            let detail = "several phone systems have a call with this id; write SOURCE:ID";
            Err(Problem::new(Code::AmbiguousCall, detail))
        }
        Some(_) => Ok(answer_json(&actor, Calls::of(&page, app.flow.context.options().region))),
    }
}

/// The same calls for a spreadsheet, at most 50,000: times are those of `CALLPANE_ZONE`.
#[utoipa::path(
    get,
    path = "/api/v1/calls.csv",
    operation_id = "exportCalls",
    tag = "Calls",
    security(("token" = ["viewer"])),
    params(CallQuery, InCsv),
    responses((
        status = OK,
        description = "The calls",
        body = String,
        content_type = "text/csv; charset=utf-8"
    )),
    extensions(("x-refusals" = json!(["invalid-value", "not-a-number"])))
)]
pub(in crate::web) async fn csv(
    actor: Actor,
    query: Query<CallQuery>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let left = limit(&query, MOST_IN_CSV, MOST_IN_CSV)?;
    let (wanted, sight) = (filter(&query, &app)?, Sight::of(&actor));
    let mut export = Export { wanted, left, is_over: false, sight, app };
    // What is wrong with the question is said before the answer has begun.
    let first = export.next().await?.unwrap_or_default();
    let head = once(ready(Ok(Bytes::from(csv_head() + &first))));
    let disposition = (header::CONTENT_DISPOSITION, "attachment; filename=\"calls.csv\"");
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header(disposition)
        .streaming(head.chain(rest(export))))
}

/// A spreadsheet under way.
struct Export {
    /// What is still to come, and how many lines of it.
    wanted: CallFilter,
    left: usize,
    is_over: bool,
    /// How numbers are shown to whoever asks.
    sight: Sight,
    app: Data<AppState>,
}

impl Export {
    /// The next lines; none at the end.
    async fn next(&mut self) -> Result<Option<String>, Problem> {
        if self.is_over || self.left == 0 {
            return Ok(None);
        }
        let page = self.app.flow.lists.calls(&self.wanted, self.left.min(MOST)).await;
        self.is_over = page.as_ref().map_or(true, |page| page.next.is_none());
        let page = page?;
        self.wanted.before = page.next;
        let options = self.app.flow.context.options();
        let lines = page.lines.iter().take(self.left);
        let text =
            lines.map(|line| csv_line(line, &options.zone, options.region, self.sight)).collect();
        self.left = self.left.saturating_sub(page.lines.len());
        Ok(Some(text))
    }
}

/// What is left of it, a page at a time: nothing is read before the last page has been taken. After an
/// error it ends in the middle, so that nobody takes it for whole.
fn rest(export: Export) -> impl Stream<Item = Result<Bytes, Problem>> {
    unfold(export, async |mut export| {
        let text = export.next().await.transpose()?;
        Some((text.map(Bytes::from), export))
    })
}
