//! What happened, in its order: the ring, the decision, the answer, the page, what phone systems
//! reported, lookups, deliveries; with the gaps between them.

use std::time::Duration;

use super::heard::Heard;
use super::verdict::Kind;
use super::{AgentLabel, Explanations, who};
use crate::domain::decision::WRAPPER;
use crate::domain::delivery::OWED;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;
use crate::flow::calls::journal::Timing;
use crate::pbx;
use crate::store::{
    AttemptRow, CardRow, DeliveryRow, Error as StoreError, HeardRow, LookedUpRow, UnwrittenRow,
};
use crate::view::sentence::{Sentence, Value};

/// What lookups may take to answer about a call.
const LOOKED_UP: Duration = Duration::from_mins(2);

/// Deliveries of a call that are shown.
const DELIVERIES: i64 = 50;

/// One thing that happened.
#[derive(Debug)]
pub struct Step {
    /// When, in microseconds since the Unix epoch; none of what did not happen.
    pub micros: Option<i64>,
    /// How long after the one before, in microseconds.
    pub gap: Option<i64>,
    pub kind: StepKind,
}

#[derive(Debug)]
pub enum StepKind {
    /// The agent's desktop asked.
    Asked { source: String, origin: Option<String>, body: String },
    /// The rules decided.
    Decided { rule: Option<String>, contact: Option<String>, reason: Option<String> },
    /// The desktop was answered.
    Answered { action: String, moment: Option<String>, target: Option<String>, autopause: bool },
    /// It was answered without the database.
    AnsweredWithout { action: String, reason: String },
    /// The page was fetched.
    Fetched,
    /// It never was.
    NotFetched { on_built_in_desktop: bool },
    /// There was none to fetch.
    NoPage,
    /// The agent saved notes on it; this was the last time.
    Noted { disposition: Option<String>, done: bool },
    /// The agent chose an outcome, and was not done with it.
    Chose { disposition: String },
    /// The agent was done with it.
    Finished { disposition: Option<String>, notes: bool },
    /// A phone system reported something.
    Reported(Box<Told>),
    /// The call rang somebody else.
    RangOther { agent: AgentLabel, rule: Option<String>, action: Option<String> },
    /// Somebody put a card on the pages of the call, which still stands there.
    Card { title: String, posted_by: String },
    /// A lookup was asked who is calling.
    LookedUp { lookup: String, found: Option<usize>, reason: Option<String> },
    /// Something is owed to a destination, or was sent there.
    Delivery { row: Box<DeliveryRow>, attempts: Vec<AttemptRow> },
}

/// What a phone system reported.
#[derive(Debug)]
pub struct Told {
    pub source: String,
    /// Its name for it, and ours.
    pub name: String,
    pub kind: String,
    pub agent: Option<AgentLabel>,
    pub body: String,
}

impl Explanations {
    /// What happened with a ring and its call.
    pub(super) async fn steps(
        &self,
        ring: &Heard,
        timing: Option<Timing>,
        kind: Kind,
        others: &[Heard],
    ) -> Result<Vec<Step>, StoreError> {
        let by_desktop = ring.row.source.is_none();
        let mut steps = if by_desktop { of_desktop(ring, timing) } else { Vec::new() };
        if by_desktop {
            steps.extend(of_page(ring, kind));
        }
        steps.extend(others.iter().map(of_other));
        if let Some(call) = ring.row.call_id {
            steps.extend(self.steps_of_call(call, ring.at(), &ring.row).await?);
        }
        if !by_desktop {
            insert_after_ring(&mut steps, ring, of_page(ring, kind));
        }
        if let Some(number) = ring.ring.caller.key() {
            steps.extend(self.lookups(number, ring.at()).await?);
        }
        Ok(with_gaps(steps))
    }

    /// What phone systems reported of a call, and what was owed for it.
    pub(super) async fn steps_of_call(
        &self,
        call: Id,
        rang: Timestamp,
        own: &HeardRow,
    ) -> Result<Vec<Step>, StoreError> {
        let heard = self.heard_in(call).await?.rows;
        let completed = own.page.as_ref().and_then(|page| page.completed_at);
        let newest = heard.last().map_or(rang, |row| row.id.minted());
        let last = completed.unwrap_or(newest).max(newest);
        let until = Id::floor(last.plus(Duration::from_mins(1)));
        let owed = self.context.store.read(move |tx| {
            let rows = tx.list_deliveries_of(call, (call, until), DELIVERIES)?;
            let with_attempts = rows.into_iter().map(|row| {
                let attempts = tx.list_attempts(row.id)?;
                Ok((row, attempts))
            });
            let owed = with_attempts.collect::<Result<Vec<_>, StoreError>>()?;
            Ok((owed, tx.list_cards(call)?))
        });
        let (owed, cards) = owed.await?;
        let cards = cards.into_iter().map(|card| {
            let CardRow { id, title, posted_by, .. } = card;
            Step::at(Some(micros_of(id.minted())), StepKind::Card { title, posted_by })
        });
        let deliveries = owed.into_iter().map(|(row, attempts)| {
            let micros = Some(micros_of(row.id.minted()));
            Step::at(micros, StepKind::Delivery { row: Box::new(row), attempts })
        });
        let in_force = self.context.in_force();
        let told = heard.into_iter().filter_map(|row| {
            let source = row.source?;
            let body = row.body.unwrap_or_default();
            let known = in_force.configuration.source(&source).map(AsRef::as_ref);
            let agent = row.agent.as_deref();
            let agent = agent.map(|key| who::of_key(key, &in_force.configuration));
            let told = Told {
                body: pbx::redacted(&body, known),
                source,
                name: row.name.unwrap_or_default(),
                kind: row.kind,
                agent,
            };
            let micros = Some(micros_of(row.id.minted()));
            Some(Step::at(micros, StepKind::Reported(Box::new(told))))
        });
        Ok(told.chain(cards).chain(deliveries).collect())
    }

    /// The lookups that were asked for this call.
    async fn lookups(&self, number: &str, rang: Timestamp) -> Result<Vec<Step>, StoreError> {
        let number = number.to_owned();
        let rows = self.context.store.read(move |tx| tx.list_looked_up(&number)).await?;
        let of_this_call =
            |row: &LookedUpRow| row.asked_at >= rang && row.asked_at.since(rang) <= LOOKED_UP;
        let steps = rows.into_iter().filter(of_this_call).map(|row| {
            let count = |text: &String| {
                serde_json::from_str::<Vec<serde_json::Value>>(text).map_or(0, |all| all.len())
            };
            let answered = row.answered_at.is_some_and(|at| at >= row.asked_at);
            let found = row.contacts.as_ref().filter(|_| answered).map(count);
            let kind = StepKind::LookedUp { lookup: row.lookup, found, reason: row.reason };
            Step::at(Some(micros_of(row.asked_at)), kind)
        });
        Ok(steps.collect())
    }
}

impl Step {
    fn at(micros: Option<i64>, kind: StepKind) -> Self {
        Self { micros, gap: None, kind }
    }

    /// When it was.
    pub fn moment(&self) -> Option<Timestamp> {
        self.micros.map(|micros| Timestamp(micros.div_euclid(1000)))
    }

    /// What it was, in a sentence.
    pub fn sentence(&self) -> Sentence {
        let text = |text: &str| Value::Text(text.to_owned());
        match &self.kind {
            StepKind::Asked { source, origin: Some(origin), .. } => Sentence::new(
                "explain-step-asked-from",
                [("source", text(source)), ("origin", text(origin))],
            ),
            StepKind::Asked { source, .. } => {
                Sentence::new("explain-step-asked", [("source", text(source))])
            }
            StepKind::Decided { rule, .. } => {
                let rule = Value::Rule { number: None, name: rule.clone() };
                Sentence::new("explain-step-decided", [("rule", rule)])
            }
            StepKind::Answered { action, target: Some(target), .. } => Sentence::new(
                "explain-step-answered-with",
                [("action", text(action)), ("target", text(target))],
            ),
            StepKind::Answered { action, .. } => {
                Sentence::new("explain-step-answered", [("action", text(action))])
            }
            StepKind::AnsweredWithout { action, reason } => Sentence::new(
                "explain-step-answered-without",
                [("action", text(action)), ("reason", text(reason))],
            ),
            StepKind::Fetched => Sentence::new("explain-step-fetched", []),
            StepKind::NoPage => Sentence::new("explain-step-no-page", []),
            StepKind::NotFetched { on_built_in_desktop: true } => {
                Sentence::new("explain-step-not-fetched-desktop", [])
            }
            StepKind::NotFetched { on_built_in_desktop: false } => {
                Sentence::new("explain-step-not-fetched", [])
            }
            StepKind::Chose { disposition } => {
                Sentence::new("explain-step-chose", [("disposition", text(disposition))])
            }
            StepKind::Noted { done: true, .. } => Sentence::new("explain-step-noted-before", []),
            StepKind::Noted { disposition, done: false } => {
                written(["explain-step-noted", "explain-step-noted-with"], disposition.as_deref())
            }
            StepKind::Finished { disposition, notes: false } => written(
                ["explain-step-finished", "explain-step-finished-with"],
                disposition.as_deref(),
            ),
            StepKind::Finished { disposition, notes: true } => written(
                ["explain-step-finished-notes", "explain-step-finished-notes-with"],
                disposition.as_deref(),
            ),
            StepKind::Card { title, posted_by } => Sentence::new(
                "explain-step-card",
                [("title", text(title)), ("name", text(posted_by))],
            ),
            StepKind::Reported(told) => reported(told),
            StepKind::RangOther { agent, .. } => {
                Sentence::new("explain-step-rang-other", [("agent", agent.value())])
            }
            StepKind::LookedUp { lookup, found: Some(found), .. } => Sentence::new(
                "explain-step-looked-up",
                [("lookup", text(lookup)), ("count", Value::Count(*found))],
            ),
            StepKind::LookedUp { lookup, reason, .. } => Sentence::new(
                "explain-step-lookup-failed",
                [("lookup", text(lookup)), ("reason", text(reason.as_deref().unwrap_or("?")))],
            ),
            StepKind::Delivery { row, .. } => delivery(row),
        }
    }
}

/// What an agent wrote on a page: without the outcome that they chose, or with it.
fn written([plain, with]: [&'static str; 2], disposition: Option<&str>) -> Sentence {
    match disposition {
        None => Sentence::new(plain, []),
        Some(chosen) => Sentence::new(with, [("disposition", Value::Text(chosen.to_owned()))]),
    }
}

fn reported(told: &Told) -> Sentence {
    let source = Value::Text(told.source.clone());
    let kind = Value::Text(told.kind.clone());
    let mut values = vec![("source", source), ("kind", kind)];
    let key = if let Some(agent) = &told.agent {
        values.push(("agent", agent.value()));
        "explain-step-reported-of"
    } else {
        "explain-step-reported"
    };
    Sentence { key, values }
}

fn delivery(row: &DeliveryRow) -> Sentence {
    let state = row.outcome.as_deref().unwrap_or(OWED);
    let key = match state {
        "delivered" => "explain-step-delivered",
        // One that is sent again has no reason any more.
        OWED if row.reason.is_none() => "explain-step-owed",
        OWED => "explain-step-owed-because",
        _ => "explain-step-undelivered",
    };
    let attempts = usize::try_from(row.attempts).unwrap_or_default();
    let values = [
        ("destination", Value::Text(row.destination.clone())),
        ("kind", Value::Text(row.kind.clone())),
        ("count", Value::Count(attempts)),
        ("reason", Value::Text(row.reason.clone().unwrap_or_default())),
    ];
    Sentence::new(key, values)
}

fn micros_of(at: Timestamp) -> i64 {
    at.0.saturating_mul(1000)
}

/// The ring, the decision, and the answer; when, as far as the journal has it.
fn of_desktop(ring: &Heard, timing: Option<Timing>) -> Vec<Step> {
    let row = &ring.row;
    let decided = micros_of(ring.at());
    let asked = timing.map_or(decided, |timing| decided - i64::from(timing.decided));
    let answered = timing.map(|timing| asked + i64::from(timing.answered));
    let page = row.page.as_ref();
    // Of a page that stands in a frame of ours, the address is what somebody would look for.
    let hosted = page.and_then(|page| page.hosted.clone()).filter(|hosted| hosted != WRAPPER);
    let target = hosted.or_else(|| page.and_then(|page| page.address.clone()));
    vec![
        Step::at(Some(asked), asked_of(ring)),
        Step::at(
            Some(decided),
            StepKind::Decided {
                rule: row.rule.clone(),
                contact: row.contact.clone(),
                reason: row.reason.clone(),
            },
        ),
        Step::at(
            answered,
            StepKind::Answered {
                action: row.action.clone().unwrap_or_else(|| "none".to_owned()),
                moment: row.moment.clone(),
                target,
                autopause: row.autopause,
            },
        ),
    ]
}

fn asked_of(ring: &Heard) -> StepKind {
    StepKind::Asked {
        source: ring.ring.source.clone(),
        origin: ring.row.origin.clone(),
        body: ring.row.body.clone().unwrap_or_default(),
    }
}

/// What became of the page.
fn of_page(ring: &Heard, kind: Kind) -> Vec<Step> {
    let Some(page) = &ring.row.page else {
        return vec![Step::at(None, StepKind::NoPage)];
    };
    let mut steps = Vec::new();
    match page.opened_at {
        Some(at) => steps.push(Step::at(Some(micros_of(at)), StepKind::Fetched)),
        None if matches!(kind, Kind::Unused | Kind::Expired) => {
            let on_built_in_desktop = page.on_built_in_desktop;
            steps.push(Step::at(None, StepKind::NotFetched { on_built_in_desktop }));
        }
        None => {}
    }
    let disposition = page.disposition.clone().filter(|chosen| !chosen.is_empty());
    let done = page.completed_at.is_some();
    if page.has_notes && (page.noted_at.is_some() || !done) {
        let noted = StepKind::Noted { disposition: disposition.clone(), done };
        steps.push(Step::at(page.noted_at.map(micros_of), noted));
    } else if let Some(disposition) = disposition.clone().filter(|_| !done) {
        steps.push(Step::at(None, StepKind::Chose { disposition }));
    }
    if let Some(at) = page.completed_at {
        let finished = StepKind::Finished { disposition, notes: page.has_notes };
        steps.push(Step::at(Some(micros_of(at)), finished));
    }
    steps
}

/// What became of a page belongs after the ring that a phone system reported.
fn insert_after_ring(steps: &mut Vec<Step>, ring: &Heard, page: Vec<Step>) {
    let rang = Some(micros_of(ring.at()));
    let place = steps.iter().position(|step| step.micros == rang).map_or(0, |at| at + 1);
    steps.splice(place..place, page);
}

/// The same call at somebody else.
pub(super) fn of_other(ring: &Heard) -> Step {
    let (rule, action) = (ring.row.rule.clone(), ring.row.action.clone());
    let kind = StepKind::RangOther { agent: ring.agent.clone(), rule, action };
    Step::at(Some(micros_of(ring.at())), kind)
}

/// A ring that the database could not take.
pub(super) fn of_unwritten(ring: &Heard, row: &UnwrittenRow) -> Vec<Step> {
    let at = Some(micros_of(ring.at()));
    let (action, reason) = (row.action.clone(), row.reason.clone());
    let decided = StepKind::Decided { rule: row.rule.clone(), contact: None, reason: None };
    with_gaps(vec![
        Step::at(at, asked_of(ring)),
        Step::at(at, decided),
        Step::at(at, StepKind::AnsweredWithout { action, reason }),
    ])
}

/// In the order of time, each with its gap to the one before. What did not happen stays where it is: after
/// what should have led to it.
pub(super) fn with_gaps(mut steps: Vec<Step>) -> Vec<Step> {
    let mut last = i64::MIN;
    let mut placed: Vec<(i64, Step)> = Vec::new();
    for step in steps.drain(..) {
        last = step.micros.unwrap_or(last);
        placed.push((last, step));
    }
    placed.sort_by_key(|(place, _)| *place);
    let mut before: Option<i64> = None;
    let mut ordered = Vec::new();
    for (_, mut step) in placed {
        step.gap = step.micros.zip(before).map(|(micros, before)| micros - before);
        before = step.micros.or(before);
        ordered.push(step);
    }
    ordered
}
