//! An explanation as programs read it: what is true in words and numbers, and each sentence in English.

use serde::Serialize;

use crate::configuration::{TracedCondition, TracedRule};
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::explain::{AgentLabel, Decided, Explained, Heard, Step, StepKind, Today};
use crate::store::AttemptRow;
use crate::view::sentence::{Clock, Sentence};
use crate::view::{Language, View};

/// Why a page opened, or nothing.
#[derive(Debug, Serialize)]
pub struct Explanation {
    verdict: Verdict,
    agent: Agent,
    /// When it rang, or what was asked about.
    at: String,
    call: Option<String>,
    ring: Option<Ring>,
    timeline: Vec<TimelineStep>,
    decision: Option<Decision>,
    today: Option<Outlook>,
    causes: Vec<String>,
    others: Vec<Agent>,
}

#[derive(Debug, Serialize)]
struct Verdict {
    kind: &'static str,
    text: String,
}

#[derive(Debug, Serialize)]
struct Agent {
    key: Option<String>,
    name: Option<String>,
    id: String,
}

#[derive(Debug, Serialize)]
struct Ring {
    id: String,
    source: String,
    external_id: Option<String>,
    caller: Option<String>,
    queue: Option<String>,
    rule: Option<String>,
    action: Option<String>,
    moment: Option<String>,
    reason: Option<String>,
    contact: Option<String>,
}

#[derive(Debug, Serialize)]
struct TimelineStep {
    kind: &'static str,
    text: String,
    at: Option<String>,
    /// How long after the step before, in milliseconds.
    gap_ms: Option<f64>,
    /// What came, without credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attempts: Vec<Attempt>,
}

#[derive(Debug, Serialize)]
struct Attempt {
    number: i64,
    at: String,
    status: Option<i64>,
    ms: i64,
    verdict: String,
    reason: Option<String>,
}

#[derive(Debug, Serialize)]
struct Decision {
    version: i64,
    applied: Option<String>,
    /// Whether the configuration of that time decides as it was recorded.
    agrees: bool,
    winner: Option<usize>,
    total: usize,
    rules: Vec<Rule>,
}

#[derive(Debug, Serialize)]
struct Rule {
    number: usize,
    name: String,
    holds: bool,
    asks: Option<String>,
    when: Vec<Condition>,
    unless: Vec<Condition>,
}

#[derive(Debug, Serialize)]
struct Condition {
    field: String,
    wanted: Vec<String>,
    saw: Vec<String>,
    holds: bool,
}

#[derive(Debug, Serialize)]
struct Outlook {
    version: i64,
    same: bool,
    winner: Option<usize>,
    rule: Option<String>,
    text: String,
}

/// Writes sentences in English.
struct Writer<'a> {
    view: &'a View,
    clock: Clock<'a>,
}

impl Writer<'_> {
    fn text(&self, sentence: &Sentence) -> String {
        self.view.sentence(Language::En, sentence, self.clock)
    }
}

impl Explanation {
    /// Writes it down.
    pub fn of(explained: &Explained, view: &View, clock: Clock<'_>) -> Self {
        let writer = Writer { view, clock };
        let verdict = &explained.verdict;
        Self {
            verdict: Verdict { kind: verdict.kind.word(), text: writer.text(&verdict.sentence) },
            agent: Agent::of(&explained.agent),
            at: exact(explained.at),
            call: explained.call.map(|id| id.to_string()),
            ring: explained.ring.as_ref().map(Ring::of),
            timeline: explained.steps.iter().map(|step| TimelineStep::of(step, &writer)).collect(),
            decision: explained.decided.as_ref().map(Decision::of),
            today: explained.today.as_ref().map(|today| Outlook::of(today, &writer)),
            causes: explained.causes.iter().map(|cause| writer.text(cause)).collect(),
            others: explained.others.iter().map(Agent::of).collect(),
        }
    }
}

impl Agent {
    fn of(label: &AgentLabel) -> Self {
        let AgentLabel { key, name, id } = label.clone();
        Self { key, name, id }
    }
}

impl Ring {
    fn of(heard: &Heard) -> Self {
        let Heard { row, ring, .. } = heard;
        let caller = ring.caller.key().unwrap_or(&ring.caller.raw);
        Self {
            id: row.id.to_string(),
            source: ring.source.clone(),
            external_id: row.external_id.clone(),
            caller: Some(caller.to_owned()).filter(|caller| !caller.is_empty()),
            queue: ring.queue.as_ref().and_then(|queue| queue.label()).map(str::to_owned),
            rule: row.rule.clone(),
            action: row.action.clone(),
            moment: row.moment.clone(),
            reason: row.reason.clone(),
            contact: row.contact.clone(),
        }
    }
}

impl TimelineStep {
    fn of(step: &Step, writer: &Writer<'_>) -> Self {
        let (delivery, attempts) = match &step.kind {
            StepKind::Delivery { row, attempts } => {
                (Some(row.id.to_string()), attempts.iter().map(Attempt::of).collect())
            }
            _ => (None, Vec::new()),
        };
        let body = match &step.kind {
            StepKind::Asked { body, .. } => Some(body.clone()),
            StepKind::Reported(told) => Some(told.body.clone()),
            _ => None,
        };
        Self {
            kind: word(&step.kind),
            text: writer.text(&step.sentence()),
            at: step.moment().map(exact),
            gap_ms: step.gap.map(millis),
            body,
            delivery,
            attempts,
        }
    }
}

fn word(kind: &StepKind) -> &'static str {
    match kind {
        StepKind::Asked { .. } => "asked",
        StepKind::Decided { .. } => "decided",
        StepKind::Answered { .. } => "answered",
        StepKind::AnsweredWithout { .. } => "answered-without",
        StepKind::Fetched => "fetched",
        StepKind::NotFetched { .. } => "not-fetched",
        StepKind::Finished { .. } => "finished",
        StepKind::Reported(_) => "reported",
        StepKind::RangOther { .. } => "rang-other",
        StepKind::LookedUp { .. } => "looked-up",
        StepKind::Delivery { .. } => "delivery",
    }
}

impl Attempt {
    fn of(row: &AttemptRow) -> Self {
        Self {
            number: row.number,
            at: exact(row.id.minted()),
            status: row.status,
            ms: row.millis,
            verdict: row.verdict.clone(),
            reason: row.reason.clone(),
        }
    }
}

impl Decision {
    fn of(decided: &Decided) -> Self {
        let Decided { version, applied_at, agrees, trace } = decided;
        Self {
            version: *version,
            applied: applied_at.map(exact),
            agrees: *agrees,
            winner: trace.winner,
            total: trace.total,
            rules: trace.rules.iter().map(Rule::of).collect(),
        }
    }
}

impl Rule {
    fn of(rule: &TracedRule) -> Self {
        Self {
            number: rule.number,
            name: rule.name.clone(),
            holds: rule.holds,
            asks: rule.asks.clone(),
            when: rule.when.iter().map(Condition::of).collect(),
            unless: rule.unless.iter().map(Condition::of).collect(),
        }
    }
}

impl Condition {
    fn of(condition: &TracedCondition) -> Self {
        let TracedCondition { field, wanted, saw, holds } = condition;
        Self { field: field.clone(), wanted: wanted.clone(), saw: saw.clone(), holds: *holds }
    }
}

impl Outlook {
    fn of(today: &Today, writer: &Writer<'_>) -> Self {
        Self {
            version: today.version,
            same: today.same,
            winner: today.trace.winner,
            rule: today.trace.winner_name().map(str::to_owned),
            text: writer.text(&today.sentence()),
        }
    }
}

/// RFC 3339 to the millisecond.
fn exact(at: Timestamp) -> String {
    let millis = at.0.rem_euclid(1000);
    at.to_string().replace('Z', &format!(".{millis:03}Z"))
}

/// Microseconds as milliseconds.
fn millis(micros: i64) -> f64 {
    let micros = i32::try_from(micros).map_or(f64::MAX, f64::from);
    micros / 1000.0
}
