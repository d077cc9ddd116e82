//! Why did a page open, or nothing? Worked out when somebody asks, from what a ring leaves behind: first
//! the verdict in a sentence, then what happened in its order, then how the rules decided, and what they
//! would decide today.

mod decided;
mod find;
mod steps;
mod verdict;

use std::sync::Arc;

use crate::configuration::KnownAgent;
use crate::domain::ids::Id;
use crate::domain::phone::Party;
use crate::domain::time::{NamedTime, Timestamp};
use crate::flow::calls::journal;
use crate::flow::context::Context;
use crate::store::{AgentSought, Error as StoreError, HeardRow, UnwrittenRow};
use crate::view::sentence::{Sentence, Value};

pub use decided::{Decided, Today};
pub use find::Heard;
pub use steps::{Step, StepKind};
pub use verdict::{Kind, Verdict};

use decided::Versions;
use find::{Place, Searched};

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
    pub async fn explain(&self, question: Question) -> Result<Option<Explained>, StoreError> {
        let Some(place) = self.find(question).await? else { return Ok(None) };
        match place {
            Place::Ring { ring, others } => Ok(Some(self.of_ring(*ring, others).await?)),
            Place::Unwritten { ring, row } => Ok(Some(self.of_unwritten(*ring, &row).await?)),
            Place::Elsewhere { agent, at, rings } => Ok(Some(of_elsewhere(agent, at, &rings))),
            Place::NotAsked { agent, event } => Ok(Some(self.of_report(agent, *event).await?)),
            Place::Nowhere(searched) => Ok(Some(self.of_nothing(*searched).await?)),
        }
    }

    async fn of_ring(&self, ring: Heard, others: Vec<Heard>) -> Result<Explained, StoreError> {
        let timing = journal::timing_of(&self.context.store, ring.row.id).await?;
        let decided = self.decided(&ring).await?;
        let number = decided.as_ref().and_then(|decided| decided.number_of(&ring));
        let (now, lifetime) = (self.context.now(), self.context.options.pane_lifetime);
        let rules = decided.as_ref().map_or(0, |decided| decided.trace.total);
        let verdict = Verdict::of_ring(&ring, number, rules, now, lifetime);
        let steps = self.steps(&ring, timing, verdict.kind, &others).await?;
        Ok(Explained {
            causes: verdict::causes_of(verdict.kind, &ring, &self.context.options.public_url),
            agent: ring.agent.clone(),
            at: ring.at(),
            call: ring.row.call_id,
            today: Some(self.today(&ring, decided.as_ref())),
            others: labels(&others),
            verdict,
            steps,
            decided,
            ring: Some(ring),
        })
    }

    /// A ring that the database could not take.
    async fn of_unwritten(&self, ring: Heard, row: &UnwrittenRow) -> Result<Explained, StoreError> {
        let decided = self.decided(&ring).await?;
        let verdict = Verdict::away(&ring, row);
        let steps = steps::of_unwritten(&ring, row);
        Ok(Explained {
            agent: ring.agent.clone(),
            at: ring.at(),
            call: None,
            today: Some(self.today(&ring, decided.as_ref())),
            others: Vec::new(),
            causes: Vec::new(),
            ring: Some(ring),
            verdict,
            steps,
            decided,
        })
    }

    /// A phone system reported the call at this agent, whose desktop asked for nothing.
    async fn of_report(&self, agent: AgentLabel, event: HeardRow) -> Result<Explained, StoreError> {
        let at = event.id.minted();
        let verdict = Verdict::not_asked(&agent, &event);
        let steps = match event.call_id {
            Some(call) => self.steps_of_call(call, at, &event).await?,
            None => Vec::new(),
        };
        Ok(Explained {
            causes: verdict::causes_of_silence(true, false),
            verdict,
            agent,
            at,
            ring: None,
            call: event.call_id,
            steps: steps::with_gaps(steps),
            decided: None,
            today: None,
            others: Vec::new(),
        })
    }

    /// Nothing came from this agent.
    async fn of_nothing(&self, searched: Searched) -> Result<Explained, StoreError> {
        let Searched { agent, asked, last_seen, others, refused } = searched;
        let agent = last_seen.as_ref().map_or(agent, |ring| ring.agent.clone());
        let last_seen = last_seen.map(|ring| ring.at());
        let (at, until) = (asked.from, asked.until);
        let around = self.context.store.read(move |tx| tx.servers_around(until)).await?;
        let verdict = match verdict::not_running(&agent, at, around) {
            Some(verdict) => verdict,
            None => Verdict::no_ring(&agent, asked.within(find::LEEWAY), last_seen),
        };
        let mut causes = Vec::new();
        if verdict.kind == Kind::NoRing {
            causes.extend(refused.iter().map(verdict::cause_refused));
            causes.extend(verdict::cause_others(others));
            causes.extend(verdict::causes_of_silence(false, last_seen.is_none()));
            causes.truncate(verdict::CAUSES);
        }
        Ok(Explained {
            verdict,
            agent,
            at,
            ring: None,
            call: None,
            steps: Vec::new(),
            decided: None,
            today: None,
            causes,
            others: Vec::new(),
        })
    }

    /// Who is meant by a text, as far as the configuration knows.
    fn sought(&self, text: &str) -> (AgentLabel, AgentSought) {
        let in_force = self.context.in_force();
        let known = find::known_agent(&in_force.configuration, text);
        let key = known
            .map_or_else(|| text.contains(':').then(|| text.to_owned()), |known| Some(known.key()));
        let name = known.map(|known: &KnownAgent| known.name.clone());
        let id = known.map_or_else(|| find::short(text).to_owned(), |known| known.id.clone());
        let sought = AgentSought::new(key.clone(), text);
        (AgentLabel { key, name, id }, sought)
    }

    /// What a caller's number is found again by.
    fn caller_key(&self, number: &str) -> Option<String> {
        let party = Party::read(number, None, self.context.options.region);
        party.key().map(str::to_owned)
    }
}

/// The call rang, but somebody else.
fn of_elsewhere(agent: AgentLabel, at: Timestamp, rings: &[Heard]) -> Explained {
    let others = labels(rings);
    let verdict = Verdict::other_agent(&agent, at, &others);
    let steps = rings.iter().map(steps::of_other).collect();
    Explained {
        verdict,
        agent,
        at,
        ring: None,
        call: rings.first().and_then(|ring| ring.row.call_id),
        steps: steps::with_gaps(steps),
        decided: None,
        today: None,
        causes: Vec::new(),
        others,
    }
}

/// Each of them once.
fn labels(rings: &[Heard]) -> Vec<AgentLabel> {
    let mut labels: Vec<AgentLabel> = Vec::new();
    for ring in rings {
        if !labels.contains(&ring.agent) {
            labels.push(ring.agent.clone());
        }
    }
    labels
}
