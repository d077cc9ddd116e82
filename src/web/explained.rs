//! An explanation as programs read it: what is true in words and numbers, and each sentence in English.

use serde::Serialize;
use utoipa::ToSchema;

use super::schema;
use crate::configuration::{TracedCondition, TracedRule};
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::explain::{AgentLabel, Decided, Explained, Heard, Step, StepKind, Today};
use crate::store::AttemptRow;
use crate::view::sentence::{Clock, Sentence};
use crate::view::{Language, View};

/// Why a page opened, or nothing.
#[derive(Debug, Serialize, ToSchema)]
pub struct Explanation {
    /// What it came to.
    verdict: Verdict,
    /// Whose ring it was, or who was asked about.
    agent: Agent,
    /// When it rang, or what was asked about.
    at: String,
    /// Callpane's id of the call.
    #[schema(value_type = Option<schema::Id>)]
    call: Option<String>,
    /// The ring: its ids, caller, queue, and what was decided.
    ring: Option<Ring>,
    /// What happened, in its order.
    timeline: Vec<TimelineStep>,
    /// Every rule up to the one that decided.
    decision: Option<Decision>,
    /// What the rules in force now would decide.
    today: Option<Outlook>,
    /// The probable causes, the likeliest first.
    causes: Vec<String>,
    /// Who else the call rang for.
    others: Vec<Agent>,
    /// What else there is to say about the question, as sentences: that the name means others, too, or that not every ring
    /// of the call is on record.
    notes: Vec<String>,
    /// Other rings that may be meant.
    also: Vec<AlsoRang>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedVerdict)]
struct Verdict {
    /// What it came to, in a word.
    #[schema(value_type = schema::ExplainedKind)]
    kind: &'static str,
    /// The same as a sentence.
    text: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedAgent)]
struct Agent {
    /// The key by which Callpane identifies them.
    key: Option<String>,
    /// Their name.
    name: Option<String>,
    /// Their line or id.
    id: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedRing)]
struct Ring {
    #[schema(value_type = schema::Id)]
    id: String,
    source: String,
    /// The phone system's id of the call.
    external_id: Option<String>,
    /// The caller's number.
    caller: Option<String>,
    queue: Option<String>,
    rule: Option<String>,
    action: Option<String>,
    moment: Option<String>,
    reason: Option<String>,
    contact: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct AlsoRang {
    /// The ring's id, by which it can be asked about instead of its call's.
    #[schema(value_type = schema::Id)]
    ring: String,
    /// When it rang.
    at: String,
    agent: Agent,
    /// The same as a sentence.
    text: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct TimelineStep {
    /// What kind of step it is.
    kind: &'static str,
    /// What happened, as a sentence.
    text: String,
    /// When.
    at: Option<String>,
    /// How long after the previous step, in milliseconds.
    gap_ms: Option<f64>,
    /// What came, without credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    body: Option<String>,
    /// The delivery that this is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    delivery: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attempts: Vec<Attempt>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedAttempt)]
struct Attempt {
    number: i64,
    at: String,
    status: Option<i64>,
    /// How long it took.
    ms: i64,
    verdict: String,
    reason: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Decision {
    /// The version of the configuration.
    version: i64,
    /// When it was applied.
    applied: Option<String>,
    /// Whether the configuration of that time still leads to the recorded decision.
    agrees: bool,
    /// The number of the rule that decided.
    winner: Option<usize>,
    /// How many rules there are.
    total: usize,
    /// Every rule up to the one that decided.
    rules: Vec<Rule>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedRule)]
struct Rule {
    number: usize,
    name: String,
    /// Whether all of its conditions hold.
    holds: bool,
    /// The endpoint that it asks.
    asks: Option<String>,
    when: Vec<Condition>,
    unless: Vec<Condition>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedCondition)]
struct Condition {
    /// What it compares.
    field: String,
    /// What it wants.
    wanted: Vec<String>,
    /// What it saw.
    saw: Vec<String>,
    holds: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct Outlook {
    version: i64,
    /// Whether the same rule would decide.
    same: bool,
    winner: Option<usize>,
    rule: Option<String>,
    /// The same as a sentence.
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
            notes: explained.notes.iter().map(|note| writer.text(note)).collect(),
            also: explained.also.iter().map(|ring| AlsoRang::of(ring, &writer)).collect(),
        }
    }
}

impl Agent {
    fn of(label: &AgentLabel) -> Self {
        let AgentLabel { key, name, id } = label.clone();
        Self { key, name, id }
    }
}

impl AlsoRang {
    fn of(heard: &Heard, writer: &Writer<'_>) -> Self {
        Self {
            ring: heard.row.id.to_string(),
            at: exact(heard.at()),
            agent: Agent::of(&heard.agent),
            text: writer.text(&heard.sentence()),
        }
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
        StepKind::NotFetched { .. } | StepKind::NoPage => "not-fetched",
        StepKind::Noted { .. } | StepKind::Chose { .. } => "noted",
        StepKind::Finished { .. } => "finished",
        StepKind::Card { .. } => "card",
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
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "no other conversion takes an i64, and this one is exact for three centuries"
)]
fn millis(micros: i64) -> f64 {
    micros as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_of_an_hour_is_as_exact_as_one_of_a_moment() {
        let written = [0, 1_400, 3_600_000_001].map(|micros| millis(micros).to_string());
        assert_eq!(written, ["0", "1.4", "3600000.001"]);
    }
}
