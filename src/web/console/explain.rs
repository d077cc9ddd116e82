//! `/console/explain` and `/console/calls/{id}`: why a page opened, or nothing.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::page;
use crate::configuration::{TracedCondition, TracedRule};
use crate::domain::delivery::OWED;
use crate::domain::time::NamedTime;
use crate::flow::explain::{Decided, Explained, Heard, Kind, Question, Step, StepKind};
use crate::flow::lists::Error;
use crate::store::AttemptRow;
use crate::view::Language;
use crate::view::console::{
    self as view, AlsoRang, Explain, ExplainedCondition, ExplainedDecision, ExplainedRule,
    ExplainedStep, Explanation,
};
use crate::view::sentence::{Clock, Sentence};
use crate::web::problem::Problem;
use crate::web::rights::ConsoleSession;
use crate::web::state::AppState;

/// Rules that are shown before the one that decided.
const RULES: usize = 40;

/// Which ring is meant.
#[derive(Debug, Default, Deserialize)]
pub(in crate::web) struct Asked {
    #[serde(default)]
    agent: String,
    #[serde(default)]
    at: String,
    #[serde(default)]
    number: String,
}

/// Of an agent at a time.
pub(in crate::web) async fn ring(
    request: HttpRequest,
    session: ConsoleSession,
    asked: Query<Asked>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let Asked { agent, at, number } = asked.into_inner();
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let context = &app.flow.context;
    let named = given(&at).map(|at| NamedTime::read(&at, &context.options().zone, context.now()));
    let typed = view::Asked { agent, at, number };
    let problem = match (&named, given(&typed.agent), given(&typed.number)) {
        (Some(None), ..) => Some("time"),
        (None, _, Some(_)) => Some("when"),
        (_, None, None) => Some("nothing"),
        _ => None,
    };
    let question = Question {
        call: None,
        agent: given(&typed.agent),
        at: named.flatten(),
        number: given(&typed.number),
    };
    answer(&request, &app, &session, question, Explain { typed, problem, ..Explain::default() })
        .await
}

/// Of a call, by its id.
pub(in crate::web) async fn call(
    request: HttpRequest,
    session: ConsoleSession,
    id: Path<String>,
    asked: Query<Asked>,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let agent = Some(asked.into_inner().agent).filter(|agent| !agent.is_empty());
    let question = Question { call: Some(id.into_inner()), agent, ..Question::default() };
    answer(&request, &app, &session, question, Explain::default()).await
}

async fn answer(
    request: &HttpRequest,
    app: &AppState,
    session: &ConsoleSession,
    question: Question,
    page: Explain,
) -> Result<HttpResponse, Problem> {
    let mut page = page;
    if page.problem.is_none() {
        let (found, problem) = match app.flow.explanations.explain(question).await {
            Ok(None) => (None, Some("none")),
            Ok(found) => (found, None),
            Err(Error::NotANumber(_)) => (None, Some("number")),
            Err(error @ Error::Store(_)) => return Err(error.into()),
        };
        page.problem = problem;
        let writer = Writer { app, language: app.language(request) };
        page.found = found.map(|found| writer.explanation(&found));
    }
    let status = if page.problem == Some("none") { StatusCode::NOT_FOUND } else { StatusCode::OK };
    page::console_page_with(status, app, request, session, "calls", page).await
}

/// Writes in the reader's language.
struct Writer<'a> {
    app: &'a AppState,
    language: Language,
}

impl Writer<'_> {
    fn text(&self, sentence: &Sentence) -> String {
        let context = &self.app.flow.context;
        let clock = Clock { zone: &context.options().zone, now: context.now() };
        self.app.view.sentence(self.language, sentence, clock)
    }

    fn explanation(&self, found: &Explained) -> Explanation {
        let ring = found.ring.as_ref();
        let region = self.app.flow.context.options().region;
        let caller = ring.map(|ring| ring.ring.caller.display(region));
        let name = ring.and_then(|ring| ring.ring.name()).map(str::to_owned);
        let queue = ring.and_then(|ring| ring.ring.queue.as_ref()?.label());
        Explanation {
            verdict: self.text(&found.verdict.sentence),
            outcome: outcome(found.verdict.kind),
            agent: found.agent.name.clone().unwrap_or_else(|| found.agent.id.clone()),
            at: page::moment(self.app, found.at),
            caller: caller.filter(|caller| !caller.is_empty()),
            name,
            queue: queue.map(str::to_owned),
            source: ring.map(|ring| ring.ring.source.clone()),
            external_id: ring.and_then(|ring| ring.row.external_id.clone()),
            causes: found.causes.iter().map(|cause| self.text(cause)).collect(),
            notes: found.notes.iter().map(|note| self.text(note)).collect(),
            also: found.also.iter().map(|ring| self.also(ring)).collect(),
            steps: found.steps.iter().map(|step| self.step(step)).collect(),
            decision: found.decided.as_ref().map(|decided| self.decision(decided)),
            today: found.today.as_ref().map(|today| self.text(&today.sentence())),
        }
    }

    fn also(&self, ring: &Heard) -> AlsoRang {
        AlsoRang { id: ring.row.id.to_string(), text: self.text(&ring.sentence()) }
    }

    fn step(&self, step: &Step) -> ExplainedStep {
        let zone = &self.app.flow.context.options().zone;
        let (raw, attempts) = match &step.kind {
            StepKind::Asked { body, .. } => (Some(page::pretty(body)), Vec::new()),
            StepKind::Reported(told) => (Some(page::pretty(&told.body)), Vec::new()),
            StepKind::Delivery { attempts, .. } => (
                attempts.last().map(exchanged),
                attempts.iter().map(|attempt| self.attempted(attempt)).collect(),
            ),
            _ => (None, Vec::new()),
        };
        ExplainedStep {
            text: self.text(&step.sentence()),
            time: step.moment().map(|at| zone.shows(at).millisecond()),
            gap: step.gap.filter(|gap| *gap > 0).map(|gap| self.gap(gap)),
            state: state(&step.kind),
            raw,
            attempts,
        }
    }

    /// An attempt in a line: its number, what it was answered, how long that took.
    fn attempted(&self, attempt: &AttemptRow) -> String {
        let status = attempt.status.map(|status| status.to_string());
        let answer = status.or_else(|| attempt.reason.clone()).unwrap_or_default();
        let took = self.measured(&attempt.millis.to_string(), "ms");
        format!("{} · {answer} · {took}", attempt.number)
    }

    /// Microseconds, in the unit that people read.
    fn gap(&self, micros: i64) -> String {
        let millis = micros / 1000;
        match micros {
            ..10_000 => self.measured(&format!("{millis}.{}", micros % 1000 / 100), "ms"),
            10_000..10_000_000 => self.measured(&millis.to_string(), "ms"),
            _ => self.measured(&(millis / 1000).to_string(), "s"),
        }
    }

    fn measured(&self, plain: &str, unit: &str) -> String {
        self.app.view.measured(self.language, plain, unit)
    }

    fn decision(&self, decided: &Decided) -> ExplainedDecision {
        let Decided { version, applied_at, agrees, trace } = decided;
        let before = trace.rules.len().saturating_sub(RULES);
        let rules = trace.rules.iter().skip(before).map(|rule| explained(rule, trace.winner));
        ExplainedDecision {
            version: *version,
            since: applied_at.map(|at| page::moment(self.app, at)),
            agrees: *agrees,
            before,
            rules: rules.collect(),
            after: trace.total.saturating_sub(trace.rules.len()),
        }
    }
}

fn outcome(kind: Kind) -> &'static str {
    match kind {
        Kind::Opened | Kind::Finished | Kind::AlreadyOpen => "opened",
        Kind::Pending | Kind::Waits => "waiting",
        Kind::External | Kind::NotOnRecord | Kind::Several => "unknown",
        _ => "nothing",
    }
}

fn state(kind: &StepKind) -> &'static str {
    match kind {
        StepKind::NoPage => "missing",
        StepKind::NotFetched { .. }
        | StepKind::AnsweredWithout { .. }
        | StepKind::LookedUp { found: None, .. } => "failed",
        StepKind::Delivery { row, .. } => match row.outcome.as_deref().unwrap_or(OWED) {
            "delivered" => "done",
            OWED if row.attempts == 0 => "missing",
            _ => "failed",
        },
        _ => "done",
    }
}

fn explained(rule: &TracedRule, winner: Option<usize>) -> ExplainedRule {
    let state = match (winner == Some(rule.number), rule.holds) {
        (true, _) => "decided",
        (false, true) => "passed",
        (false, false) => "unmatched",
    };
    let condition = |is_unless: bool, condition: &TracedCondition| {
        let TracedCondition { field, wanted, saw, holds } = condition.clone();
        ExplainedCondition { is_unless, field, wanted, saw, holds }
    };
    let when = rule.when.iter().map(|it| condition(false, it));
    let unless = rule.unless.iter().map(|it| condition(true, it));
    ExplainedRule {
        number: rule.number,
        name: rule.name.clone(),
        state,
        conditions: when.chain(unless).collect(),
    }
}

/// The request, and its answer.
fn exchanged(attempt: &AttemptRow) -> String {
    let request = page::pretty(&attempt.request);
    match &attempt.answer {
        Some(answer) => format!("{request}\n\n{answer}"),
        None => request,
    }
}
