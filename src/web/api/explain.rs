//! `/api/v1/explain` and `/api/v1/calls/{id}/explain`: why a page opened, or nothing.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::actor::Actor;
use crate::domain::problem::Code;
use crate::domain::time::NamedTime;
use crate::flow::explain::Question;
use crate::view::sentence::Clock;
use crate::web::explained::Explanation;
use crate::web::problem::Problem;
use crate::web::sight::answer_json;
use crate::web::state::AppState;

/// Which agent of a call is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct OfCall {
    /// Which of the agents that it rang for; if left out, the last one.
    agent: Option<String>,
}

/// Which ring is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Asked {
    /// The agent: user id, agent id, line, name, or their id in the configuration.
    agent: Option<String>,
    /// Around when: `10:42`, `10:42:07`, `2026-11-21 10:42` in `CALLPANE_ZONE`, or RFC 3339; if left out, the agent's
    /// newest ring.
    at: Option<String>,
    /// The caller's number, in any format; with the time of the call.
    number: Option<String>,
}

/// Why a page opened for a call, or why nothing did.
#[utoipa::path(
    get,
    path = "/api/v1/calls/{id}/explain",
    operation_id = "explainCall",
    tag = "Calls",
    security(("token" = ["viewer"])),
    params(
        ("id" = String, Path, description = "The call's id in Callpane, or at the system that reported it, also as `SOURCE:ID`"),
        OfCall
    ),
    responses((status = OK, description = "The explanation", body = Explanation)),
    extensions(("x-refusals" = json!(["no-such-call"])))
)]
pub(in crate::web) async fn call(
    actor: Actor,
    id: Path<String>,
    wanted: Query<OfCall>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let OfCall { agent } = wanted.into_inner();
    let question = Question { call: Some(id.into_inner()), agent, ..Question::default() };
    answer(&app, &actor, question).await
}

/// Why a page opened for an agent, or why nothing did.
#[utoipa::path(
    get,
    path = "/api/v1/explain",
    operation_id = "explainRing",
    tag = "Calls",
    security(("token" = ["viewer"])),
    params(Asked),
    responses((status = OK, description = "The explanation", body = Explanation)),
    extensions(("x-refusals" = json!(["invalid-value", "not-a-number"])))
)]
pub(in crate::web) async fn ring(
    actor: Actor,
    asked: Query<Asked>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let Asked { agent, at, number } = asked.into_inner();
    let at = at.as_deref().map(|text| moment(&app, text)).transpose()?;
    let given = |text: &String| !text.trim().is_empty();
    let (agent, number) = (agent.filter(given), number.filter(given));
    let is_enough = match (&agent, &number) {
        (None, None) => false,
        (Some(_), None) => true,
        (_, Some(_)) => at.is_some(),
    };
    if !is_enough {
        let detail = "name an agent; or a number and a time, as in ?number=0199005577&at=10:42";
        return Err(Problem::new(Code::InvalidValue, detail));
    }
    answer(&app, &actor, Question { call: None, agent, at, number }).await
}

async fn answer(
    app: &AppState,
    actor: &Actor,
    question: Question,
) -> Result<HttpResponse, Problem> {
    let found = app.flow.explanations.explain(question).await?;
    let found = found.ok_or_else(|| Problem::new(Code::NoSuchCall, "there is no such call"))?;
    let context = &app.flow.context;
    let clock = Clock { zone: &context.options().zone, now: context.now() };
    Ok(answer_json(actor, Explanation::of(&found, &app.view, clock)))
}

fn moment(app: &AppState, text: &str) -> Result<NamedTime, Problem> {
    let context = &app.flow.context;
    NamedTime::read(text, &context.options().zone, context.now()).ok_or_else(|| {
        let detail = "at is not a time; write 10:42, 10:42:07, 2026-11-21 10:42, or \
                      2026-11-21T10:42:07Z";
        Problem::new(Code::InvalidValue, detail)
    })
}
