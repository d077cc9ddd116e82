//! Which of the rings that may be meant is explained, and which others are named beside it.

use std::borrow::Borrow;
use std::time::Duration;

use super::AgentLabel;
use super::heard::Heard;
use super::look::Candidate;
use super::place::{Found, Place};
use super::who::{self, Kind, Sought, named};
use crate::configuration::named_in;
use crate::domain::event::CallEventKind;
use crate::domain::time::{NamedTime, Timestamp};
use crate::domain::word::Word as _;
use crate::view::sentence::Sentence;

/// Other rings that are named.
pub(super) const NAMED: usize = 20;

/// The ring that is nearest to a time; one of each agent if several are meant; none if there is none. `known`
/// are the newest rings of everybody who may be meant.
pub(super) fn nearest(
    sought: &Sought,
    rings: Vec<Candidate>,
    known: &[Candidate],
    asked: NamedTime,
) -> Option<Found> {
    let note = beside(sought, &rings.iter().collect::<Vec<_>>(), known);
    let mut agents = by_agent(rings);
    if agents.len() > 1 {
        return Some(several(sought, agents, |rings| nearest_of(rings, asked)));
    }
    let mut rings = agents.pop()?;
    let meant = rings.remove(nearest_of(&rings, asked)?);
    let also = others_of(&meant, rings);
    Some(Found { place: Place::of(meant, Vec::new()), notes: note.into_iter().collect(), also })
}

/// That a text means others, too, besides whoever these rings are of.
pub(super) fn beside(
    sought: &Sought,
    rings: &[&Candidate],
    known: &[Candidate],
) -> Option<Sentence> {
    let is_other = |known: &&Candidate| rings.iter().all(|ring| !are_one(ring, known));
    let others = agents_of(&known.iter().filter(is_other).collect::<Vec<_>>());
    (!others.is_empty()).then(|| who::also(&sought.text, &others))
}

/// How soon a desktop asks after a phone system has reported that it rings, or before.
const TOGETHER: Duration = Duration::from_secs(10);

/// The index of a reported ring that is nearer to a time than any ring that the agent's desktop asked about.
pub(super) fn unasked(
    rings: &[Candidate],
    events: &[Candidate],
    asked: NamedTime,
) -> Option<usize> {
    let is_apart = |event: &Candidate, ring: &Candidate| {
        let (one, other) = (event.at(), ring.at());
        one.since(other).max(other.since(one)) > TOGETHER
            && event.heard.row.call_id != ring.heard.row.call_id
            && asked.distance(one) < asked.distance(other)
    };
    let reports = events.iter().enumerate().filter(|(_, event)| rings_somebody(event));
    let nearest = reports.min_by_key(|(_, event)| asked.distance(event.at()));
    let (at, event) = nearest?;
    let is_theirs = rings.iter().all(|ring| are_one(event, ring));
    (is_theirs && rings.iter().all(|ring| is_apart(event, ring))).then_some(at)
}

/// Whether a phone system told that a call rings: what else is told of an agent, as their presence or the end of
/// an earlier call, rings nobody.
pub(super) fn rings_somebody(event: &Candidate) -> bool {
    event.heard.row.call_id.is_some() && event.heard.row.kind == CallEventKind::Ringing.word()
}

/// That several agents are meant, each with one of their rings.
pub(super) fn several(
    sought: &Sought,
    agents: Vec<Vec<Candidate>>,
    choose: impl Fn(&[Candidate]) -> Option<usize>,
) -> Found {
    let chosen = agents.into_iter().filter_map(|mut rings| {
        let at = choose(&rings)?;
        Some(rings.swap_remove(at).heard)
    });
    let mut also: Vec<Heard> = chosen.collect();
    let agents = also.iter().map(|ring| ring.agent.clone()).collect();
    also.sort_by_key(|ring| ring.row.id);
    let at = also.first().map_or(Timestamp(0), Heard::at);
    let place = Place::Several { text: sought.text.clone(), agents, at };
    Found { also, ..place.alone() }
}

/// Where the ring stands that is nearest to a time.
pub(super) fn nearest_of(rings: &[Candidate], asked: NamedTime) -> Option<usize> {
    let place = |ring: &Candidate| (asked.distance(ring.at()), ring.lost.is_none());
    let nearest = rings.iter().enumerate().min_by_key(|(_, ring)| place(ring));
    nearest.map(|(at, _)| at)
}

/// Where the newest ring stands.
pub(super) fn newest(rings: &[Candidate]) -> Option<usize> {
    let newest = rings.iter().enumerate().max_by_key(|(_, ring)| ring.heard.row.id);
    newest.map(|(at, _)| at)
}

/// The others among them: but phone systems tell of one ring several times.
pub(super) fn others_of(meant: &Candidate, rings: Vec<Candidate>) -> Vec<Heard> {
    let call = meant.heard.row.call_id;
    let others = rings.into_iter().map(|ring| ring.heard);
    let again = |ring: &Heard| ring.row.source.is_some() && ring.row.call_id == call;
    others.filter(|ring| !again(ring)).take(NAMED).collect()
}

/// Who they are, each by their newest ring.
pub(super) fn agents_of(rings: &[&Candidate]) -> Vec<AgentLabel> {
    let agents = by_agent(rings.to_vec()).into_iter();
    let newest = agents.filter_map(|rings| rings.into_iter().max_by_key(|ring| ring.heard.row.id));
    newest.map(|ring| ring.heard.agent.clone()).collect()
}

/// The rings of each agent who is meant, whoever is called first by name first. Where several systems know an
/// agent by a name of the same kind, or at the same line, that is one agent.
pub(super) fn by_agent<T: Borrow<Candidate>>(all: Vec<T>) -> Vec<Vec<T>> {
    let mut agents: Vec<Vec<T>> = Vec::new();
    for one in all {
        let is_theirs = |ring: &T| are_one(ring.borrow(), one.borrow());
        let known = agents.iter_mut().find(|rings| rings.iter().any(is_theirs));
        match known {
            Some(rings) => rings.push(one),
            None => agents.push(vec![one]),
        }
    }
    agents.sort_by_key(|rings| rings.first().map(|ring| named(&ring.borrow().heard.agent)));
    agents
}

/// Whether two rings are of one agent.
pub(super) fn are_one(one: &Candidate, other: &Candidate) -> bool {
    let keys = [one, other].map(|ring| ring.heard.row.agent.as_deref());
    if let [Some(key), Some(other)] = keys {
        let kinds = [key, other].map(|key| key.rsplit_once(':').map(|(kind, _)| kind));
        if key == other || matches!(kinds, [Some(kind), Some(other)] if kind == other) {
            return key == other;
        }
    }
    let lines = [one, other].map(line_of);
    one.kinds.iter().any(|kind| other.kinds.contains(kind))
        || matches!(lines, [Some(line), Some(other)] if line == other)
}

/// The line that an agent sits at, as far as it was told.
fn line_of(ring: &Candidate) -> Option<&str> {
    let Heard { row, ring, .. } = &ring.heard;
    let key = row.agent.as_deref().filter(|key| who::kind_of(key) == Some(Kind::Line));
    let told = ring.agent.line.as_deref().or(row.line.as_deref());
    told.or_else(|| key.map(named_in))
}
