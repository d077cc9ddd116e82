//! Why did a page open, or nothing? Worked out when somebody asks, from what a ring leaves behind: first
//! the verdict in a sentence, then what happened in its order, then how the rules decided, and what they
//! would decide today.

mod causes;
mod choose;
mod decided;
mod find;
mod heard;
mod look;
mod moments;
mod place;
mod reported;
mod steps;
mod verdict;
mod who;

use std::sync::Arc;

use crate::domain::ids::Id;
use crate::domain::time::{NamedTime, Timestamp};
use crate::flow::calls::journal;
use crate::flow::context::Context;
use crate::flow::lists::Error;
use crate::store::{Error as StoreError, UnwrittenRow};
use crate::view::sentence::{Sentence, Value};

pub use decided::{Decided, Today};
pub use heard::Heard;
pub use steps::{Step, StepKind};
pub use verdict::{Kind, Verdict};

use causes::Silent;
use decided::Versions;
use place::{Found, Place, Searched};
use verdict::Surroundings;
use who::labels;

/// What somebody asks about: a call, or an agent at a time; without a time, the newest ring of the agent.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The call's id, here or at the system that told of it.
    pub call: Option<String>,
    /// The agent: their key, configured id, user id, agent id, line, e-mail address or name.
    pub agent: Option<String>,
    pub at: Option<NamedTime>,
    /// The caller's number.
    pub number: Option<String>,
}

/// An agent, as people know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentLabel {
    /// The key that rows have, where it is known.
    pub key: Option<String>,
    pub name: Option<String>,
    /// What they are known by where they have no name.
    pub id: String,
}

impl AgentLabel {
    fn value(&self) -> Value {
        Value::Agent { name: self.name.clone(), id: self.id.clone() }
    }
}

/// Why a page opened, or nothing.
#[derive(Debug)]
pub struct Explained {
    pub verdict: Verdict,
    pub agent: AgentLabel,
    /// When it rang, or what was asked about.
    pub at: Timestamp,
    /// The ring; none where there was none, or it could not be written down.
    pub ring: Option<Heard>,
    /// The call, where one was found.
    pub call: Option<Id>,
    pub steps: Vec<Step>,
    pub decided: Option<Decided>,
    pub today: Option<Today>,
    /// What it most likely comes from, the likeliest first.
    pub causes: Vec<Sentence>,
    /// Who else the call rang.
    pub others: Vec<AgentLabel>,
    /// What else is to be known of the question.
    pub notes: Vec<Sentence>,
    /// Other rings that may be meant.
    pub also: Vec<Heard>,
}

impl Heard {
    /// That it rang, too, in a sentence.
    pub fn sentence(&self) -> Sentence {
        let values = [("agent", self.agent.value()), ("at", Value::At(self.at()))];
        Sentence::new("explain-also-rang", values)
    }
}

/// Explains rings.
#[derive(Debug)]
pub struct Explanations {
    context: Arc<Context>,
    versions: Versions,
}

impl Explanations {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context, versions: Versions::default() }
    }

    /// The answer to a question; none if there is no such call, or nothing was asked about.
    pub async fn explain(&self, question: Question) -> Result<Option<Explained>, Error> {
        let Some(found) = self.find(question).await? else { return Ok(None) };
        let Found { place, notes, also } = found;
        let explained = match place {
            Place::Ring { ring, others } => self.of_ring(*ring, others).await?,
            Place::Unwritten { ring, row } => self.of_unwritten(*ring, &row).await?,
            Place::Several { text, agents, at } => several(&text, &agents, at),
            Place::Elsewhere { agent, at, rings } => of_elsewhere(agent, at, &rings),
            Place::NotAsked { agent, event } => self.of_report(agent, *event).await?,
            Place::OtherCallers { agent, asked } => of_other_callers(agent, asked),
            Place::NoCall { asked } => self.of_no_call(asked),
            Place::Nowhere(searched) => self.of_nothing(*searched).await?,
            Place::Forgotten { agent, call } => forgotten(agent, call),
        };
        let notes = [notes, explained.notes].concat();
        Ok(Some(Explained { notes, also, ..explained }))
    }

    async fn of_ring(&self, ring: Heard, others: Vec<Heard>) -> Result<Explained, StoreError> {
        let timing = journal::timing_of(&self.context.store, ring.row.id).await?;
        let decided = self.decided(&ring).await?;
        let number = decided.as_ref().and_then(|decided| decided.number_of(&ring));
        let in_force = self.context.in_force();
        let surroundings = Surroundings {
            rules: decided.as_ref().map_or(0, |decided| decided.trace.total),
            now: self.context.now(),
            lifetime: self.context.options.pane_lifetime,
            public_url: &self.context.options.public_url,
            sources: in_force.configuration.sources().map(|source| source.name.as_str()).collect(),
        };
        let verdict = Verdict::of_ring(&ring, number, &surroundings);
        let steps = self.steps(&ring, timing, verdict.kind, &others).await?;
        Ok(Explained {
            causes: causes::of_verdict(verdict.kind, &ring, &surroundings),
            agent: ring.agent.clone(),
            at: ring.at(),
            call: ring.row.call_id,
            today: Some(self.today(&ring, decided.as_ref())),
            others: labels(&others),
            notes: Vec::new(),
            also: Vec::new(),
            verdict,
            steps,
            decided,
            ring: Some(ring),
        })
    }

    /// A ring that the database could not take.
    async fn of_unwritten(&self, ring: Heard, row: &UnwrittenRow) -> Result<Explained, StoreError> {
        let decided = self.decided(&ring).await?;
        let verdict = Verdict::away(&ring, row, decided.as_ref());
        let steps = steps::of_unwritten(&ring, row);
        let is_said = verdict.kind == Kind::Away;
        let notes = if is_said { Vec::new() } else { vec![verdict::away_too(row)] };
        Ok(Explained {
            agent: ring.agent.clone(),
            at: ring.at(),
            call: None,
            today: Some(self.today(&ring, decided.as_ref())),
            others: Vec::new(),
            causes: Vec::new(),
            notes,
            also: Vec::new(),
            ring: Some(ring),
            verdict,
            steps,
            decided,
        })
    }

    /// No call from the number that was asked about.
    fn of_no_call(&self, asked: NamedTime) -> Explained {
        let now = self.context.now();
        let verdict = if asked.from > now {
            Verdict::in_future(asked.from, now)
        } else {
            Verdict::no_call(asked.within(heard::LEEWAY))
        };
        Explained::bare(verdict, who::nobody(), asked.from)
    }

    /// Nothing came from this agent.
    async fn of_nothing(&self, searched: Searched) -> Result<Explained, StoreError> {
        let Searched { agent, asked, last_seen, others, refused, is_complete } = searched;
        let (at, until) = (asked.from, asked.until);
        let now = self.context.now();
        if at > now {
            return Ok(Explained::bare(Verdict::in_future(at, now), agent, at));
        }
        let known = self.context.store.read(move |tx| {
            let around = [tx.servers_around(at)?, tx.servers_around(until)?];
            Ok((around, tx.has_event_before(at)?))
        });
        let ([at_first, at_last], has_history) = known.await?;
        // What ended within the time that was named is a reason, too.
        let was_gap = at_first.0.zip(at_first.1).is_some_and(verdict::is_gap);
        let around = if was_gap { at_first } else { at_last };
        let kept_since = now.minus(self.context.options.retention);
        // Calls of before are on record, although no server said that it was there: a copy, or the demo's day.
        let is_known = around.0.is_none() && has_history && at >= kept_since;
        let absent = || verdict::no_server(&agent, at, around, kept_since).filter(|_| !is_known);
        let about = asked.within(heard::LEEWAY);
        let verdict = if is_complete {
            absent().unwrap_or_else(|| Verdict::no_ring(&agent, about, last_seen))
        } else {
            Verdict::not_found(&agent, about)
        };
        let mut causes = Vec::new();
        if verdict.kind == Kind::NoRing && is_complete {
            let in_force = self.context.in_force();
            let silent = Silent::of(&agent, last_seen.is_some(), &in_force.configuration);
            let then = refused.iter().map(causes::refused).chain(causes::others(others));
            causes = silent.causes(then.collect());
        }
        Ok(Explained { causes, ..Explained::bare(verdict, agent, at) })
    }
}

impl Explained {
    /// A verdict without a ring.
    fn bare(verdict: Verdict, agent: AgentLabel, at: Timestamp) -> Self {
        Self {
            verdict,
            agent,
            at,
            ring: None,
            call: None,
            steps: Vec::new(),
            decided: None,
            today: None,
            causes: Vec::new(),
            others: Vec::new(),
            notes: Vec::new(),
            also: Vec::new(),
        }
    }
}

/// The call rang, but somebody else.
fn of_elsewhere(agent: AgentLabel, at: Timestamp, rings: &[Heard]) -> Explained {
    let others = labels(rings);
    let verdict = Verdict::other_agent(&agent, at, &others);
    Explained {
        call: rings.first().and_then(|ring| ring.row.call_id),
        steps: steps::with_gaps(rings.iter().map(steps::of_other).collect()),
        others,
        ..Explained::bare(verdict, agent, at)
    }
}

/// The agent was rung, but by others than the caller who is asked about.
fn of_other_callers(agent: AgentLabel, asked: NamedTime) -> Explained {
    let verdict = Verdict::other_callers(&agent, asked.within(heard::LEEWAY));
    Explained::bare(verdict, agent, asked.from)
}

/// Several agents are meant.
fn several(text: &str, agents: &[AgentLabel], at: Timestamp) -> Explained {
    let verdict = Verdict { kind: Kind::Several, sentence: who::several(text, agents) };
    let agent = AgentLabel { key: None, name: None, id: text.to_owned() };
    Explained::bare(verdict, agent, at)
}

/// Nothing is on record any more of a call.
fn forgotten(agent: Option<AgentLabel>, call: Id) -> Explained {
    let verdict = Verdict::forgotten(call.minted());
    let agent = agent.unwrap_or_else(who::nobody);
    Explained { call: Some(call), ..Explained::bare(verdict, agent, call.minted()) }
}
