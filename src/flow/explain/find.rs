//! Which ring is meant: by the id of its call, by its agent and about when it was, or by a caller's number.

use std::time::Duration;

use super::choose::{agents_of, nearest, nearest_of, newest, others_of, several};
use super::heard::{Heard, HeardOfCall};
use super::look::{Candidate, Looked};
use super::who::{self, by_agent};
use super::{AgentLabel, Explanations, Question};
use crate::configuration::BUILT_IN;
use crate::domain::event::CallEventKind;
use crate::domain::ids::Id;
use crate::domain::time::{NamedTime, Timestamp};
use crate::domain::word::Word as _;
use crate::flow::lists::calls_by_id;
use crate::store::{Error as StoreError, HeardRow, TurnedAwayRow, UnwrittenFilter, UnwrittenRow};
use crate::view::sentence::Sentence;

/// How far from the time that somebody names is looked: nobody reads a clock exactly.
pub(super) const LEEWAY: Duration = Duration::from_mins(2);

/// Where a question leads.
pub(super) struct Found {
    pub(super) place: Place,
    /// What else is to be known.
    pub(super) notes: Vec<Sentence>,
    /// Other rings that may be meant.
    pub(super) also: Vec<Heard>,
}

pub(super) enum Place {
    Ring {
        ring: Box<Heard>,
        others: Vec<Heard>,
    },
    Unwritten {
        ring: Box<Heard>,
        row: Box<UnwrittenRow>,
    },
    /// The text means several agents.
    Several {
        text: String,
        agents: Vec<AgentLabel>,
        at: Timestamp,
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
    /// A call of which nothing is on record any more.
    Forgotten {
        agent: Option<AgentLabel>,
        call: Id,
    },
}

impl Place {
    pub(super) fn alone(self) -> Found {
        Found { place: self, notes: Vec::new(), also: Vec::new() }
    }

    pub(super) fn of(candidate: Candidate, others: Vec<Heard>) -> Self {
        let ring = Box::new(candidate.heard);
        match candidate.lost {
            Some(row) => Self::Unwritten { ring, row: Box::new(row) },
            None => Self::Ring { ring, others },
        }
    }
}

/// Where was looked in vain, and what was there instead.
pub(super) struct Searched {
    pub(super) agent: AgentLabel,
    pub(super) asked: NamedTime,
    pub(super) last_seen: Option<Timestamp>,
    /// Rings of others in that time.
    pub(super) others: usize,
    pub(super) refused: Vec<TurnedAwayRow>,
    /// Whether everything was looked at that was heard then.
    pub(super) is_complete: bool,
}

impl Explanations {
    pub(super) async fn find(&self, question: Question) -> Result<Option<Found>, StoreError> {
        match &question {
            Question { call: Some(call), agent, .. } => {
                self.find_by_call(call.trim(), agent.as_deref()).await
            }
            Question { agent: Some(agent), at: Some(at), number, .. } => {
                self.find_by_agent(agent.trim(), *at, number.as_deref()).await.map(Some)
            }
            Question { agent: Some(agent), at: None, .. } => {
                self.find_newest(agent.trim()).await.map(Some)
            }
            Question { agent: None, at: Some(at), number: Some(number), .. } => {
                self.find_by_number(*at, number).await
            }
            _ => Ok(None),
        }
    }

    async fn find_by_call(
        &self,
        text: &str,
        agent: Option<&str>,
    ) -> Result<Option<Found>, StoreError> {
        let own = Id::parse(text);
        let Some(call) = self.call_of(text, own).await? else {
            return self.find_without_call(text, own, agent).await;
        };
        let heard = self.heard_in(call).await?;
        let lost = self.lost_in(call).await?;
        if heard.rows.is_empty() && lost.is_empty() {
            let agent = agent.map(|text| self.sought(text).label);
            return Ok(Some(Place::Forgotten { agent, call }.alone()));
        }
        Ok(Some(self.among(call, own, heard, lost, agent)))
    }

    /// The ring that is meant among those of a call.
    fn among(
        &self,
        call: Id,
        own: Option<Id>,
        heard: HeardOfCall,
        lost: Vec<Candidate>,
        agent: Option<&str>,
    ) -> Found {
        let sought = agent.map(|text| self.sought(text));
        let rows = heard.rows.iter().filter(|row| row.contact.is_some());
        let written = rows.map(|row| self.candidate(row.clone(), sought.as_ref()));
        let mut rings: Vec<Candidate> = written.chain(lost).collect();
        rings.sort_by_key(|ring| ring.heard.row.id);
        let notes = heard.missing();
        let Some(sought) = sought else {
            let exact = rings.iter().position(|ring| Some(ring.heard.row.id) == own);
            let meant = exact.or(rings.len().checked_sub(1)).map(|at| rings.remove(at));
            let others = rings.into_iter().map(|ring| ring.heard).collect();
            let place = match meant {
                Some(ring) => Place::of(ring, others),
                None => self.unasked(heard.rows, None, call),
            };
            return Found { notes, ..place.alone() };
        };
        let rings = rings.into_iter().map(|ring| Candidate {
            kinds: sought.means(&ring.heard.row, &ring.heard.ring),
            ..ring
        });
        let (theirs, others): (Vec<_>, Vec<_>) = rings.partition(|it| !it.kinds.is_empty());
        let mut others: Vec<Heard> = others.into_iter().map(|ring| ring.heard).collect();
        let mut agents = by_agent(theirs);
        if agents.len() > 1 {
            return several(&sought, agents, newest);
        }
        let mut theirs = agents.pop().unwrap_or_default();
        let place = match (theirs.pop(), others.first().map(Heard::at)) {
            (Some(ring), _) => {
                others.extend(theirs.into_iter().map(|ring| ring.heard));
                Place::of(ring, others)
            }
            (None, Some(at)) => Place::Elsewhere { agent: sought.label, at, rings: others },
            (None, None) => self.unasked(heard.rows, Some(sought.label), call),
        };
        Found { notes, ..place.alone() }
    }

    /// A call that only a phone system told of.
    fn unasked(&self, heard: Vec<HeardRow>, agent: Option<AgentLabel>, call: Id) -> Place {
        let told = heard.iter().position(|row| row.agent.is_some()).unwrap_or_default();
        let Some(event) = heard.into_iter().nth(told) else {
            return Place::Forgotten { agent, call };
        };
        let in_force = self.context.in_force();
        let known = || who::label(&event, None, &in_force.configuration);
        Place::NotAsked { agent: agent.unwrap_or_else(known), event: Box::new(event) }
    }

    async fn find_by_agent(
        &self,
        text: &str,
        asked: NamedTime,
        number: Option<&str>,
    ) -> Result<Found, StoreError> {
        let sought = self.sought(text);
        let caller = number.map(|number| self.caller_key(number).unwrap_or_default());
        let Looked { mut candidates, is_complete } = self.look(&sought, asked).await?;
        let is_caller = |ring: &Candidate| {
            caller.as_deref().is_none_or(|key| ring.heard.ring.caller.key() == Some(key))
        };
        candidates.retain(is_caller);
        let (rings, events): (Vec<_>, Vec<_>) =
            candidates.into_iter().partition(Candidate::is_ring);
        let known = self.newest_of(&sought).await?;
        if let Some(found) = nearest(&sought, rings, &known, asked) {
            return Ok(found);
        }
        let (last_seen, agents) =
            (known.iter().map(Candidate::at).max(), agents_of(&known.iter().collect::<Vec<_>>()));
        let mut agent = sought.label;
        let mut notes = Vec::new();
        match agents.as_slice() {
            [] => {}
            [only] => agent = only.clone(),
            more => notes.push(who::several(text, more)),
        }
        // What else is told of an agent, as their presence or the end of an earlier call, rings nobody.
        let ringing = CallEventKind::Ringing.word();
        let rang = |it: &Candidate| it.heard.row.call_id.is_some() && it.heard.row.kind == ringing;
        if let Some(event) = events.into_iter().find(rang) {
            let agent = event.heard.agent;
            let event = Box::new(event.heard.row);
            return Ok(Found { notes, ..Place::NotAsked { agent, event }.alone() });
        }
        if let Some(caller) = caller
            && let rings = self.rings_of_caller(&caller, asked).await?
            && let Some(at) = rings.first().map(Candidate::at)
        {
            let rings = rings.into_iter().map(|ring| ring.heard).collect();
            return Ok(Found { notes, ..Place::Elsewhere { agent, at, rings }.alone() });
        }
        let (others, refused) = self.around(asked).await?;
        let searched = Searched { agent, asked, last_seen, others, refused, is_complete };
        Ok(Found { notes, ..Place::Nowhere(Box::new(searched)).alone() })
    }

    async fn find_newest(&self, text: &str) -> Result<Found, StoreError> {
        let sought = self.sought(text);
        let known = self.newest_of(&sought).await?;
        let mut agents = by_agent(known);
        if agents.len() > 1 {
            return Ok(several(&sought, agents, newest));
        }
        let mut rings = agents.pop().unwrap_or_default();
        if let Some(at) = newest(&rings) {
            return Ok(Place::of(rings.swap_remove(at), Vec::new()).alone());
        }
        let now = self.context.now();
        let searched = Searched {
            agent: sought.label,
            asked: NamedTime { from: now, until: now },
            last_seen: None,
            others: 0,
            refused: Vec::new(),
            is_complete: true,
        };
        Ok(Place::Nowhere(Box::new(searched)).alone())
    }

    /// Whoever it was whom a number rang then.
    async fn find_by_number(
        &self,
        asked: NamedTime,
        number: &str,
    ) -> Result<Option<Found>, StoreError> {
        let Some(caller) = self.caller_key(number) else { return Ok(None) };
        let mut rings = self.rings_of_caller(&caller, asked).await?;
        let Some(at) = nearest_of(&rings, asked) else { return Ok(None) };
        let meant = rings.remove(at);
        let also = others_of(&meant, rings);
        Ok(Some(Found { also, ..Place::of(meant, Vec::new()).alone() }))
    }

    /// The call of an id: ours, that of one of its events, or a system's.
    pub(super) async fn call_of(
        &self,
        text: &str,
        own: Option<Id>,
    ) -> Result<Option<Id>, StoreError> {
        let (in_force, text) = (self.context.in_force(), text.to_owned());
        let found = self.context.store.read(move |tx| {
            if let Some(call) = calls_by_id(tx, &in_force.configuration, &text)?.first() {
                return Ok(Some(*call));
            }
            let event = own.map(|id| tx.find_heard(id)).transpose()?.flatten();
            Ok(event.and_then(|row| row.call_id))
        });
        found.await
    }

    /// A call of which nothing could be written down, or nothing is on record any more.
    async fn find_without_call(
        &self,
        text: &str,
        own: Option<Id>,
        agent: Option<&str>,
    ) -> Result<Option<Found>, StoreError> {
        let (range, filter) = match own {
            Some(id) => ((id, id.next()), UnwrittenFilter::default()),
            None => {
                let id = without_desktop(text).to_owned();
                let filter = UnwrittenFilter { external_id: Some(id), ..<_>::default() };
                ((Id::from_number(0), Id::MAX), filter)
            }
        };
        let lost = self.lost(range, filter, None).await?;
        if let Some(first) = lost.first() {
            let call = first.heard.row.id;
            return Ok(Some(self.among(call, own, HeardOfCall::default(), lost, agent)));
        }
        let kept_since = self.context.now().minus(self.context.options.retention);
        let forgotten = own.filter(|id| id.minted() < kept_since);
        let agent = agent.map(|text| self.sought(text).label);
        Ok(forgotten.map(|call| Place::Forgotten { agent, call }.alone()))
    }
}

/// The id of a desktop's call without the name of that desktop.
fn without_desktop(text: &str) -> &str {
    let split = text.split_once(':').filter(|(source, _)| BUILT_IN.contains(source));
    split.map_or(text, |(_, id)| id)
}
