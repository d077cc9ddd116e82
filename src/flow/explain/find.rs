//! Which ring is meant: by the id of its call, by its agent and about when it was, or by a caller's number.

use super::choose::{
    NAMED, agents_of, are_one, beside, by_agent, nearest, nearest_of, newest, others_of,
    rings_somebody, several, unasked,
};
use super::heard::{Heard, HeardOfCall, label};
use super::look::{Candidate, Looked};
use super::place::{Found, Place, Searched};
use super::who::{self, Sought};
use super::{AgentLabel, Explanations, Question};
use crate::configuration::BUILT_IN;
use crate::domain::ids::Id;
use crate::domain::time::NamedTime;
use crate::flow::lists::{Error, key_of};
use crate::store::{Error as StoreError, HeardRow, UnwrittenFilter};
use crate::view::sentence::Sentence;

impl Explanations {
    pub(super) async fn find(&self, question: Question) -> Result<Option<Found>, Error> {
        let Question { call, agent, at, number } = question;
        let region = self.context.options.region;
        let caller = number.map(|number| key_of(&number, region)).transpose()?;
        let namesakes =
            |text: &String| who::namesakes(&self.context.in_force().configuration, text.trim());
        if let Some(agents) = agent.as_ref().filter(|_| call.is_none()).and_then(namesakes) {
            let text = agent.unwrap_or_default();
            return Ok(Some(self.find_among(text.trim(), agents, at, caller).await?));
        }
        Ok(match (call, agent, at, caller) {
            (Some(call), agent, ..) => self.find_by_call(call.trim(), agent.as_deref()).await?,
            (None, Some(agent), Some(at), caller) => {
                Some(self.find_by_agent(agent.trim(), at, caller).await?)
            }
            (None, Some(agent), None, None) => Some(self.find_newest(agent.trim()).await?),
            (None, None, Some(at), Some(caller)) => Some(self.find_by_number(at, &caller).await?),
            _ => None,
        })
    }

    async fn find_by_call(
        &self,
        text: &str,
        agent: Option<&str>,
    ) -> Result<Option<Found>, StoreError> {
        let own = Id::parse(text);
        let calls = self.calls_of(text, own).await?;
        let Some(call) = calls.first().copied() else {
            return self.find_without_call(text, own, agent).await;
        };
        let also = (calls.len() > 1).then(|| Sentence::new("explain-same-id", []));
        let heard = self.heard_in(call).await?;
        let lost = self.lost_in(call).await?;
        if heard.rows.is_empty() && lost.is_empty() {
            let agent = agent.map(|text| self.sought(text).label);
            return Ok(Some(Place::Forgotten { agent, call }.alone()));
        }
        let mut found = self.among(call, own, heard, lost, agent);
        found.notes.extend(also);
        Ok(Some(found))
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
        let (decided, told): (Vec<_>, Vec<_>) =
            heard.rows.iter().cloned().partition(|row| row.contact.is_some());
        let written = decided.into_iter().map(|row| self.candidate(row, sought.as_ref()));
        let mut rings: Vec<Candidate> = written.chain(lost).collect();
        rings.sort_by_key(|ring| ring.heard.row.id);
        // What a phone system told of an agent is asked about by its own id, too.
        let event = told.into_iter().find(|row| Some(row.id) == own && row.agent.is_some());
        let event = event.map(|row| self.candidate(row, sought.as_ref()));
        let notes = heard.missing();
        let found = match sought {
            Some(sought) => self.theirs(sought, rings, event, heard.rows, call),
            None => self.anybodys(own, rings, event, heard.rows, call).alone(),
        };
        Found { notes: [notes, found.notes].concat(), ..found }
    }

    /// The ring of a call that an id is of, or the newest; where it is of an event, the newest of its agent.
    fn anybodys(
        &self,
        own: Option<Id>,
        mut rings: Vec<Candidate>,
        event: Option<Candidate>,
        heard: Vec<HeardRow>,
        call: Id,
    ) -> Place {
        let may_be = |ring: &Candidate| event.as_ref().is_none_or(|event| are_one(event, ring));
        let exact = rings.iter().position(|ring| Some(ring.heard.row.id) == own);
        let meant = exact.or_else(|| rings.iter().rposition(may_be)).map(|at| rings.remove(at));
        let others = rings.into_iter().map(|ring| ring.heard).collect();
        match (meant, event) {
            (Some(ring), _) => Place::of(ring, others),
            (None, Some(event)) => not_asked(event),
            (None, None) => self.unasked(heard, None, call),
        }
    }

    /// The ring of a call that an agent had.
    fn theirs(
        &self,
        sought: Sought,
        rings: Vec<Candidate>,
        event: Option<Candidate>,
        heard: Vec<HeardRow>,
        call: Id,
    ) -> Found {
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
        let event = event.filter(|event| !event.kinds.is_empty());
        let place = match (theirs.pop(), event, others.first().map(Heard::at)) {
            (Some(ring), ..) => {
                others.extend(theirs.into_iter().map(|ring| ring.heard));
                Place::of(ring, others)
            }
            (None, Some(event), _) => not_asked(event),
            (None, None, Some(at)) => Place::Elsewhere { agent: sought.label, at, rings: others },
            (None, None, None) => self.unasked(heard, Some(sought.label), call),
        };
        place.alone()
    }

    /// A call that only a phone system told of.
    fn unasked(&self, heard: Vec<HeardRow>, agent: Option<AgentLabel>, call: Id) -> Place {
        let told = heard.iter().position(|row| row.agent.is_some()).unwrap_or_default();
        let Some(event) = heard.into_iter().nth(told) else {
            return Place::Forgotten { agent, call };
        };
        let in_force = self.context.in_force();
        let known = || label(&event, None, &in_force.configuration);
        Place::NotAsked { agent: agent.unwrap_or_else(known), event: Box::new(event) }
    }

    async fn find_by_agent(
        &self,
        text: &str,
        asked: NamedTime,
        caller: Option<String>,
    ) -> Result<Found, StoreError> {
        let sought = self.sought(text);
        let Looked { candidates, is_complete } = self.look(&sought, asked).await?;
        let is_caller = |ring: &Candidate| {
            caller.as_deref().is_none_or(|key| ring.heard.ring.caller.key() == Some(key))
        };
        let (candidates, others): (Vec<_>, Vec<_>) = candidates.into_iter().partition(is_caller);
        let (rings, mut events): (Vec<_>, Vec<_>) =
            candidates.into_iter().partition(Candidate::is_ring);
        let others = others.into_iter().filter(Candidate::is_ring);
        let of_other_callers = others.map(|ring| ring.heard).take(NAMED).collect();
        let mut known = self.newest_of(&sought).await?;
        known.retain(Candidate::is_ring);
        if let Some(at) = unasked(&rings, &events, asked).filter(|_| !rings.is_empty()) {
            let event = events.swap_remove(at);
            let notes = beside(&sought, &[&event], &known).into_iter().collect();
            let also = rings.into_iter().map(|ring| ring.heard).take(NAMED).collect();
            return Ok(Found { place: not_asked(event), notes, also });
        }
        if let Some(found) = nearest(&sought, rings, &known, asked) {
            return Ok(found);
        }
        let events = Looked { candidates: events, is_complete };
        let found = self.find_nothing(sought, &known, events, (caller, of_other_callers), asked);
        found.await
    }

    /// No ring of this agent, or none by this caller: what else there was then.
    async fn find_nothing(
        &self,
        sought: Sought,
        known: &[Candidate],
        events: Looked,
        (caller, mut also): (Option<String>, Vec<Heard>),
        asked: NamedTime,
    ) -> Result<Found, StoreError> {
        let Looked { candidates: events, is_complete } = events;
        let mut reported = by_agent(events.into_iter().filter(rings_somebody).collect());
        if reported.len() > 1 {
            return Ok(several(&sought, reported, |rings| nearest_of(rings, asked)));
        }
        let last_seen = known.iter().map(Candidate::at).max();
        let agents = agents_of(&known.iter().collect::<Vec<_>>());
        let (agent, notes) = match agents.as_slice() {
            [] => (sought.label, Vec::new()),
            [only] => (only.clone(), Vec::new()),
            more => (sought.label, vec![who::several(&sought.text, more)]),
        };
        let mut reported = reported.pop().unwrap_or_default();
        let place = if let Some(nearest) = nearest_of(&reported, asked) {
            not_asked(reported.swap_remove(nearest))
        } else if let Some(caller) = caller
            && let rings = self.rings_of_caller(&caller, asked).await?
            && let Some(meant) = nearest_of(&rings, asked).and_then(|nearest| rings.get(nearest))
        {
            let (call, at) = (meant.heard.row.call_id, meant.at());
            let rings = rings.into_iter().map(|ring| ring.heard);
            let (rings, others): (Vec<_>, Vec<_>) = rings.partition(|it| it.row.call_id == call);
            also.extend(others.into_iter().take(NAMED));
            Place::Elsewhere { agent, at, rings }
        } else if is_complete && !also.is_empty() {
            Place::OtherCallers { agent, asked }
        } else {
            let (others, refused) = self.around(asked).await?;
            let searched = Searched { agent, asked, last_seen, others, refused, is_complete };
            Place::Nowhere(Box::new(searched))
        };
        Ok(Found { place, notes, also })
    }

    async fn find_newest(&self, text: &str) -> Result<Found, StoreError> {
        let sought = self.sought(text);
        let known = self.newest_of(&sought).await?;
        let (rings, reported): (Vec<_>, Vec<_>) = known.into_iter().partition(Candidate::is_ring);
        let only_reported = rings.is_empty();
        let mut agents = by_agent(if only_reported { reported } else { rings });
        if agents.len() > 1 {
            return Ok(several(&sought, agents, newest));
        }
        let mut rings = agents.pop().unwrap_or_default();
        if let Some(at) = newest(&rings) {
            let ring = rings.swap_remove(at);
            let place = if only_reported { not_asked(ring) } else { Place::of(ring, Vec::new()) };
            return Ok(place.alone());
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

    /// Several agents have that name: what each of them had.
    async fn find_among(
        &self,
        text: &str,
        agents: Vec<AgentLabel>,
        asked: Option<NamedTime>,
        caller: Option<String>,
    ) -> Result<Found, StoreError> {
        let mut also = Vec::new();
        for key in agents.iter().filter_map(|agent| agent.key.as_deref()) {
            let found = match asked {
                Some(asked) => self.find_by_agent(key, asked, caller.clone()).await?,
                None => self.find_newest(key).await?,
            };
            match found.place {
                Place::Ring { ring, .. } | Place::Unwritten { ring, .. } => also.push(*ring),
                Place::NotAsked { event, .. } => also.push(self.read(*event)),
                _ => {}
            }
        }
        let asked = asked.map_or_else(|| self.context.now(), |asked| asked.from);
        let at = also.first().map_or(asked, Heard::at);
        let place = Place::Several { text: text.to_owned(), agents, at };
        Ok(Found { also, ..place.alone() })
    }

    /// Whoever it was whom a number rang then.
    async fn find_by_number(&self, asked: NamedTime, caller: &str) -> Result<Found, StoreError> {
        let mut rings = self.rings_of_caller(caller, asked).await?;
        if let Some(at) = nearest_of(&rings, asked) {
            let meant = rings.remove(at);
            let also = others_of(&meant, rings);
            return Ok(Found { also, ..Place::of(meant, Vec::new()).alone() });
        }
        let Some(call) = self.calls_of_caller(caller, asked).await?.first().copied() else {
            return Ok(Place::NoCall { asked }.alone());
        };
        let heard = self.heard_in(call).await?;
        Ok(self.unasked(heard.rows, None, call).alone())
    }

    /// A call of which nothing could be written down, or nothing is on record any more.
    async fn find_without_call(
        &self,
        text: &str,
        own: Option<Id>,
        agent: Option<&str>,
    ) -> Result<Option<Found>, StoreError> {
        let (range, filter) = if let Some(id) = own {
            ((id, id.next()), UnwrittenFilter::default())
        } else {
            let id = Some(without_desktop(text).to_owned());
            let filter = UnwrittenFilter { external_id: id, ..<_>::default() };
            ((Id::from_number(0), Id::MAX), filter)
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

/// What a phone system told of an agent, and nothing was decided over.
fn not_asked(event: Candidate) -> Place {
    let Heard { agent, row, .. } = event.heard;
    Place::NotAsked { agent, event: Box::new(row) }
}

/// The id of a desktop's call without the name of that desktop.
fn without_desktop(text: &str) -> &str {
    let split = text.split_once(':').filter(|(source, _)| BUILT_IN.contains(source));
    split.map_or(text, |(_, id)| id)
}
