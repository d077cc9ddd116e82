//! Which ring is meant: by the id of its call, or by its agent and about when it was.

use std::time::Duration;

use super::{AgentLabel, Explanations, Question};
use crate::configuration::{BUILT_IN, Configuration, KnownAgent, known_id, part};
use crate::desktop::{self, sheet, xucmgt};
use crate::domain::call::Call;
use crate::domain::event::CallEventKind;
use crate::domain::ids::Id;
use crate::domain::knew::Knew;
use crate::domain::phone::Region;
use crate::domain::ring::{Agent, Ring};
use crate::domain::time::{NamedTime, Timestamp};
use crate::domain::word::Word as _;
use crate::flow::calls::state;
use crate::store::{AgentSought, Error as StoreError, HeardRow, TurnedAwayRow, UnwrittenRow};

/// How far from the time that somebody names is looked: nobody reads a clock exactly.
pub(super) const LEEWAY: Duration = Duration::from_mins(2);

/// How long a call is looked for after its beginning, if nothing tells of its end.
const CALL: Duration = Duration::from_hours(4);

/// Rings and events that are looked at closer.
const MOST: i64 = 500;

/// A ring that was decided over, read again.
#[derive(Debug)]
pub struct Heard {
    pub row: HeardRow,
    /// What the rules saw.
    pub ring: Ring,
    pub agent: AgentLabel,
}

impl Heard {
    /// When it rang.
    pub fn at(&self) -> Timestamp {
        self.row.id.minted()
    }
}

/// Where a question leads.
pub(super) enum Place {
    Ring {
        ring: Box<Heard>,
        others: Vec<Heard>,
    },
    Unwritten {
        ring: Box<Heard>,
        row: Box<UnwrittenRow>,
    },
    /// The call rang these.
    Elsewhere {
        agent: AgentLabel,
        at: Timestamp,
        rings: Vec<Heard>,
    },
    /// A phone system tells of the agent, whose desktop told nothing.
    NotAsked {
        agent: AgentLabel,
        event: Box<HeardRow>,
    },
    Nowhere(Box<Searched>),
}

/// Where was looked in vain, and what was there instead.
pub(super) struct Searched {
    pub(super) agent: AgentLabel,
    pub(super) asked: NamedTime,
    pub(super) last_seen: Option<Heard>,
    /// Rings of others in that time.
    pub(super) others: usize,
    pub(super) refused: Vec<TurnedAwayRow>,
}

impl Explanations {
    pub(super) async fn find(&self, question: Question) -> Result<Option<Place>, StoreError> {
        match &question {
            Question { call: Some(call), agent, .. } => {
                self.find_by_call(call, agent.as_deref()).await
            }
            Question { agent: Some(agent), at: Some(at), number, .. } => {
                self.find_by_agent(agent, *at, number.as_deref()).await.map(Some)
            }
            Question { agent: Some(agent), at: None, .. } => self.find_newest(agent).await,
            Question { agent: None, at: Some(at), number: Some(number), .. } => {
                self.find_by_number(*at, number).await
            }
            _ => Ok(None),
        }
    }

    async fn find_by_call(
        &self,
        call: &str,
        agent: Option<&str>,
    ) -> Result<Option<Place>, StoreError> {
        let Some(id) = self.call_of(call).await? else {
            return self.find_unwritten_call(call).await;
        };
        let heard = self.heard_in(id).await?;
        let region = self.context.options.region;
        let rings = heard.iter().filter(|row| row.contact.is_some());
        let rings = rings.map(|row| self.read(row.clone(), region)).collect::<Vec<_>>();
        let ring = Id::parse(call).and_then(|id| heard.iter().find(|row| row.id == id));
        let rung = ring.and_then(|row| row.agent.clone());
        let Some(text) = agent.or(rung.as_deref()) else {
            let at = id.minted();
            return Ok(Some(match split(rings, |_| true) {
                (Some(ring), others) => Place::Ring { ring: Box::new(ring), others },
                (None, _) => self.unasked(heard, None, at),
            }));
        };
        let (label, sought) = self.sought(text);
        let is_theirs = |ring: &Heard| is_of(&ring.row, Some(&ring.ring), text, &sought);
        Ok(Some(match split(rings, is_theirs) {
            (Some(ring), others) => Place::Ring { ring: Box::new(ring), others },
            (None, rings) if !rings.is_empty() => {
                let at = rings.first().map_or_else(|| id.minted(), Heard::at);
                Place::Elsewhere { agent: label, at, rings }
            }
            (None, _) => self.unasked(heard, Some(label), id.minted()),
        }))
    }

    /// A call that only a phone system told of.
    fn unasked(&self, heard: Vec<HeardRow>, agent: Option<AgentLabel>, at: Timestamp) -> Place {
        let told = heard.iter().position(|row| row.agent.is_some()).unwrap_or_default();
        let Some(event) = heard.into_iter().nth(told) else {
            let agent = agent.unwrap_or_else(nobody);
            return Place::Elsewhere { agent, at, rings: Vec::new() };
        };
        let in_force = self.context.in_force();
        let known = || label(&event, None, &in_force.configuration);
        Place::NotAsked { agent: agent.unwrap_or_else(known), event: Box::new(event) }
    }

    async fn find_by_agent(
        &self,
        text: &str,
        asked: NamedTime,
        number: Option<&str>,
    ) -> Result<Place, StoreError> {
        let (label, sought) = self.sought(text);
        let caller = number.map(|number| self.caller_key(number).unwrap_or_default());
        let about = asked.within(LEEWAY);
        let ids = (Id::floor(about.from), Id::floor(about.until));
        let (patterns, theirs) = (sought.clone(), caller.clone());
        let read = self.context.store.read(move |tx| {
            let heard = tx.list_heard_of(ids, &patterns, MOST)?;
            let unwritten = tx.list_unwritten(ids.0, ids.1, MOST)?;
            let refused = tx.list_turned_away(ids.0, ids.1, 5)?;
            let others = tx.list_decided(ids, theirs.as_deref(), MOST)?;
            Ok((heard, unwritten, refused, others))
        });
        let (heard, unwritten, refused, others) = read.await?;
        let region = self.context.options.region;
        let is_caller = |key: Option<&str>| caller.as_deref().is_none_or(|it| key == Some(it));
        let all = heard.into_iter().map(|row| self.read(row, region));
        let theirs = all.filter(|ring| is_of(&ring.row, Some(&ring.ring), text, &sought));
        let theirs = theirs.filter(|ring| is_caller(ring.ring.caller.key()));
        let (rings, events): (Vec<Heard>, Vec<Heard>) =
            theirs.partition(|ring| ring.row.contact.is_some());
        let lost = unwritten.into_iter().filter(|row| is_caller(row.caller.as_deref()));
        let lost = lost.map(|row| (self.unwritten(&row, region), row));
        let lost = lost.filter(|(ring, _)| is_of(&ring.row, Some(&ring.ring), text, &sought));
        if let Some(place) = nearest(rings, lost.collect(), asked) {
            return Ok(place);
        }
        // What else is told of an agent, as their presence or the end of an earlier call, rings nobody.
        let rings = CallEventKind::Ringing.word();
        let rang = |event: &Heard| event.row.call_id.is_some() && event.row.kind == rings;
        if let Some(event) = events.into_iter().find(rang) {
            let event = Box::new(event.row);
            return Ok(Place::NotAsked { agent: label, event });
        }
        let others: Vec<Heard> = others.into_iter().map(|row| self.read(row, region)).collect();
        if caller.is_some() && !others.is_empty() {
            let at = others.first().map_or(asked.from, Heard::at);
            return Ok(Place::Elsewhere { agent: label, at, rings: others });
        }
        let last_seen = self.last_seen(text, &sought).await?;
        let others = others.len();
        Ok(Place::Nowhere(Box::new(Searched { agent: label, asked, last_seen, others, refused })))
    }

    async fn find_newest(&self, text: &str) -> Result<Option<Place>, StoreError> {
        let (label, sought) = self.sought(text);
        if let Some(ring) = self.last_seen(text, &sought).await? {
            let others = Vec::new();
            return Ok(Some(Place::Ring { ring: Box::new(ring), others }));
        }
        let now = self.context.now();
        let asked = NamedTime { from: now, until: now };
        let (last_seen, others, refused) = (None, 0, Vec::new());
        Ok(Some(Place::Nowhere(Box::new(Searched {
            agent: label,
            asked,
            last_seen,
            others,
            refused,
        }))))
    }

    /// Whoever it was whom a number rang then.
    async fn find_by_number(
        &self,
        asked: NamedTime,
        number: &str,
    ) -> Result<Option<Place>, StoreError> {
        let (about, caller) = (asked.within(LEEWAY), self.caller_key(number).unwrap_or_default());
        let ids = (Id::floor(about.from), Id::floor(about.until));
        let rows = self.context.store.read(move |tx| tx.list_decided(ids, Some(&caller), MOST));
        let region = self.context.options.region;
        let rings = rows.await?.into_iter().map(|row| self.read(row, region)).collect();
        Ok(nearest(rings, Vec::new(), asked))
    }

    async fn last_seen(
        &self,
        text: &str,
        sought: &AgentSought,
    ) -> Result<Option<Heard>, StoreError> {
        let patterns = sought.clone();
        let rows = self.context.store.read(move |tx| tx.list_newest_rings_of(&patterns)).await?;
        let region = self.context.options.region;
        let mut rings = rows.into_iter().map(|row| self.read(row, region));
        Ok(rings.find(|ring| is_of(&ring.row, Some(&ring.ring), text, sought)))
    }

    /// The call of an id: ours, that of one of its events, or a system's.
    async fn call_of(&self, text: &str) -> Result<Option<Id>, StoreError> {
        let in_force = self.context.in_force();
        let configured = in_force.configuration.sources().map(|source| source.name.as_str());
        let sources: Vec<String> = BUILT_IN.into_iter().chain(configured).map(Into::into).collect();
        let (own, text) = (Id::parse(text), text.to_owned());
        self.context
            .store
            .read(move |tx| {
                if let Some(id) = own {
                    if tx.has_call(id)? {
                        return Ok(Some(id));
                    }
                    if let Some(call) = tx.find_heard(id)?.and_then(|row| row.call_id) {
                        return Ok(Some(call));
                    }
                }
                let split = text
                    .split_once(':')
                    .filter(|(source, _)| sources.iter().any(|it| it == source));
                if let Some((source, id)) = split {
                    return tx.find_call_at(source, id);
                }
                for source in &sources {
                    if let Some(call) = tx.find_call_at(source, &text)? {
                        return Ok(Some(call));
                    }
                }
                Ok(None)
            })
            .await
    }

    /// A call of which nothing could be written down.
    async fn find_unwritten_call(&self, call: &str) -> Result<Option<Place>, StoreError> {
        let rows =
            self.context.store.read(|tx| tx.list_unwritten(Id::from_number(0), Id::MAX, MOST));
        let mut rows = rows.await?.into_iter();
        let found = rows.find(|row| row.external_id.as_deref() == Some(call));
        let region = self.context.options.region;
        Ok(found.map(|row| {
            let ring = Box::new(self.unwritten(&row, region));
            Place::Unwritten { ring, row: Box::new(row) }
        }))
    }

    /// What was heard of a call: soon after its beginning, and about its end.
    pub(super) async fn heard_in(&self, call: Id) -> Result<Vec<HeardRow>, StoreError> {
        self.context
            .store
            .read(move |tx| {
                let began = call.minted();
                // What begins a call may have a smaller id than the call.
                let span = (Id::floor(began.minus(LEEWAY)), Id::floor(began.plus(CALL)));
                let mut heard = tx.list_heard_in(call, span, MOST)?;
                let state = tx.find_call_state(call)?;
                let state: Option<Call> = state.and_then(|it| serde_json::from_str(&it).ok());
                if let Some(ended) = state.and_then(|call| call.ended_at()) {
                    let last = heard.last().map_or(call, |row| row.id);
                    let from =
                        Id::floor(ended.minus(LEEWAY)).max(Id::from_number(last.number() + 1));
                    let until = Id::floor(ended.plus(LEEWAY));
                    heard.extend(tx.list_heard_in(call, (from, until), MOST)?);
                }
                Ok(heard)
            })
            .await
    }

    /// A ring as the rules saw it.
    pub(super) fn read(&self, row: HeardRow, region: Region) -> Heard {
        let mut ring = ring_of(&row, region);
        if let Some(knew) = &row.knew {
            Knew::restore(knew, &mut ring);
        }
        ring.origin.clone_from(&row.origin);
        let in_force = self.context.in_force();
        let agent = label(&row, Some(&ring), &in_force.configuration);
        Heard { row, ring, agent }
    }

    fn unwritten(&self, row: &UnwrittenRow, region: Region) -> Heard {
        let UnwrittenRow { id, source, external_id, agent, rule, action, reason, body, .. } =
            row.clone();
        let heard = HeardRow {
            id,
            kind: "call.ringing".to_owned(),
            source: None,
            name: None,
            call_id: None,
            call_source: Some(source),
            external_id,
            state: None,
            agent,
            agent_name: None,
            line: None,
            body: Some(body),
            knew: None,
            contact: None,
            rule,
            action: Some(action),
            moment: None,
            reason: Some(reason),
            autopause: false,
            carried: false,
            origin: None,
            page: None,
        };
        self.read(heard, region)
    }
}

/// The last ring that is meant, and the others.
fn split(rings: Vec<Heard>, is_meant: impl Fn(&Heard) -> bool) -> (Option<Heard>, Vec<Heard>) {
    let (mut meant, mut others): (Vec<Heard>, Vec<Heard>) = rings.into_iter().partition(is_meant);
    let last = meant.pop();
    others.extend(meant);
    (last, others)
}

/// The ring that is nearest to a time, among those that were written down and those that were not.
fn nearest(rings: Vec<Heard>, lost: Vec<(Heard, UnwrittenRow)>, asked: NamedTime) -> Option<Place> {
    let ring = rings.into_iter().min_by_key(|ring| asked.distance(ring.at()));
    let lost = lost.into_iter().min_by_key(|(ring, _)| asked.distance(ring.at()));
    let is_nearer =
        |lost: &Heard, ring: &Heard| asked.distance(lost.at()) <= asked.distance(ring.at());
    match (ring, lost) {
        (Some(ring), Some((lost, row))) if is_nearer(&lost, &ring) => {
            Some(Place::Unwritten { ring: Box::new(lost), row: Box::new(row) })
        }
        (Some(ring), _) => Some(Place::Ring { ring: Box::new(ring), others: Vec::new() }),
        (None, Some((lost, row))) => {
            Some(Place::Unwritten { ring: Box::new(lost), row: Box::new(row) })
        }
        (None, None) => None,
    }
}

fn ring_of(row: &HeardRow, region: Region) -> Ring {
    let body = row.body.as_deref().unwrap_or("{}");
    if let Some(source) = &row.source {
        let call = row.state.as_deref().and_then(|state| serde_json::from_str::<Call>(state).ok());
        let who = part(row.agent.as_deref(), row.line.as_deref()).unwrap_or_default();
        return state::ring_of(&call.unwrap_or_default(), source, &who, region);
    }
    // A call that a phone system told of first has that one's name.
    let source = match row.call_source.as_deref() {
        Some(sheet::SOURCE) => sheet::SOURCE,
        _ => xucmgt::SOURCE,
    };
    let ring = desktop::reread(source, body, region);
    ring.unwrap_or_else(|| sheet::decode(Vec::new(), region))
}

/// What people know an agent by.
fn label(row: &HeardRow, ring: Option<&Ring>, configuration: &Configuration) -> AgentLabel {
    let key = row.agent.clone();
    let known = key.as_deref().and_then(|key| configuration.agent_of_key(key));
    let told = ring.and_then(|ring| ring.agent.name.clone()).or_else(|| row.agent_name.clone());
    let name = known.map(|known| known.name.clone()).or(told).filter(|name| !name.is_empty());
    let line = ring.and_then(|ring| ring.agent.line.clone());
    let id = line.or_else(|| key.as_deref().map(|key| short(key).to_owned()));
    AgentLabel { key, name, id: id.unwrap_or_default() }
}

fn nobody() -> AgentLabel {
    AgentLabel { key: None, name: None, id: String::new() }
}

/// A key's last part.
pub(super) fn short(key: &str) -> &str {
    known_id(key).unwrap_or_else(|| key.splitn(3, ':').last().unwrap_or(key))
}

/// The configured agent whom a text means: by id, name, or what a source calls them.
pub(super) fn known_agent<'a>(
    configuration: &'a Configuration,
    text: &str,
) -> Option<&'a KnownAgent> {
    let is =
        |told: &str| told.eq_ignore_ascii_case(text) || told.to_lowercase() == text.to_lowercase();
    let by_id = configuration.agents().iter().find(|known| is(&known.id) || known.key() == text);
    let by_name = || configuration.agents().iter().find(|known| is(&known.name));
    let at_a_source = || {
        let told = Agent { line: Some(text.to_owned()), ..Agent::default() };
        let configured = configuration.sources().map(|source| source.name.as_str());
        let mut sources = BUILT_IN.into_iter().chain(configured);
        sources.find_map(|source| configuration.agent(source, &told))
    };
    by_id.or_else(by_name).or_else(at_a_source)
}

/// Whether an event is of the agent whom a text means.
fn is_of(row: &HeardRow, ring: Option<&Ring>, text: &str, sought: &AgentSought) -> bool {
    let text = text.to_lowercase();
    let is = |told: &str| told.to_lowercase() == text;
    let key = row.agent.as_deref();
    if key.is_some() && key == sought.key.as_deref() {
        return true;
    }
    let by_key = key.is_some_and(|key| is(key) || is(short(key)));
    let told = ring.map(|ring| &ring.agent);
    let told = told.into_iter().flat_map(|agent| {
        let Agent { user_id, agent_id, name, line, email, .. } = agent;
        [user_id, agent_id, name, line, email]
    });
    let mut told = told.chain([&row.agent_name, &row.line]).flatten();
    by_key || told.any(|told| is(told))
}
