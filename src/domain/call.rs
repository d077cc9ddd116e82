//! A call, built from what was heard of it.
//!
//! Events come late, twice, in any order, or never. So a [`Call`] keeps no "current state" that an
//! event would move on: it keeps the first and the last moment of each thing that happened, and the
//! newest word on each thing that was said. Merging those does not depend on the order, nor on how
//! often an event is heard; what the call is now is worked out from them when somebody asks.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::event::{CallEvent, CallEventKind, Outcome, Scope, Side};
use super::leg::{Latest, Leg, first, last, say, say_of};
use super::ring::{Agent, Direction, Queue};
use super::text::MOST;
use super::time::Timestamp;

pub use super::leg::CallPhase;

/// A call, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Call {
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<Latest<String>>,
    /// Names by number: a later event that knows only the number takes no name away.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    names: BTreeMap<String, Latest<String>>,
    /// Whatever else was told of whoever has a number.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    about: BTreeMap<String, About>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dialled: Option<Latest<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<Latest<Direction>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<Latest<Queue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answered_at: Option<Timestamp>,
    /// What the phone system said of its end, and what was only supposed after too long a silence.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expired_at: Option<Timestamp>,
    /// When something last came that only comes once a call is over, and when a recording did.
    #[serde(skip_serializing_if = "Option::is_none")]
    after_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded_at: Option<Timestamp>,
    /// When it was last heard that it goes on: an end that was only supposed before that was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    lived_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    talk_ms: Option<Latest<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<Latest<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Latest<Outcome>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<Latest<String>>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    recordings: BTreeSet<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Latest<Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    codes: Option<Latest<Vec<String>>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    voicemail: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    data: BTreeMap<String, Latest<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    legs: BTreeMap<String, Leg>,
}

/// What was told of whoever has a number, beside their name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct About {
    /// The number as the phone system wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<Latest<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<Latest<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<Latest<String>>,
}

/// The most agents whose parts in one call are kept: more than any group rings.
const MOST_AGENTS: usize = 256;

/// Keeps so many, the first by their names: which those are does not depend on the order in which they
/// were told.
fn keep_first<T>(told: &mut BTreeMap<String, T>, most: usize) {
    while told.len() > most {
        told.pop_last();
    }
}

/// What became of an agent's part in a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// They spoke with the caller to the end.
    Talked,
    /// They spoke, and somebody else took over.
    Transferred(Option<String>),
    /// Somebody else answered first.
    Elsewhere(Option<String>),
    /// Nobody answered.
    Missed,
    /// The end was never heard.
    Expired,
}

/// One agent's part in a call, as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is doing.
    pub phase: CallPhase,
    /// When that began.
    pub since: Option<Timestamp>,
    /// How long it rang before it was answered or over.
    pub rang: Option<Duration>,
    /// How long they have spoken, once it is over.
    pub talked: Option<Duration>,
    /// What became of it, once it is over.
    pub became: Option<Ending>,
}

impl Call {
    /// Takes up an event; `who` is the one name that its agent has here. Answers whether anything that
    /// a call is searched by may be another now: the other party, what was dialled, which way, the queue.
    pub fn apply(&mut self, event: &CallEvent, who: Option<&str>) -> bool {
        let moved = self.take_up_facts(event);
        let at = event.at;
        if let Some(who) = who {
            let agent = event.agent.as_ref();
            let who = self.known_as(who, agent.and_then(|agent| agent.line.as_deref()));
            let leg = self.legs.entry(who).or_default();
            leg.take_up_agent(at, agent);
            leg.take_up(event);
            keep_first(&mut self.legs, MOST_AGENTS);
        }
        if let CallEventKind::Started | CallEventKind::Ringing = event.kind {
            last(&mut self.lived_at, Some(at));
        }
        match event.kind {
            CallEventKind::Answered
            | CallEventKind::Held
            | CallEventKind::Resumed
            | CallEventKind::Transferred => {
                last(&mut self.lived_at, Some(at));
                first(&mut self.answered_at, Some(event.answered_at.unwrap_or(at)));
            }
            CallEventKind::Summary => last(&mut self.ended_at, Some(event.ended_at.unwrap_or(at))),
            CallEventKind::Expired => last(&mut self.expired_at, Some(at)),
            CallEventKind::Ended if event.scope == Scope::Call || who.is_none() => {
                last(&mut self.ended_at, Some(event.ended_at.unwrap_or(at)));
            }
            CallEventKind::VoicemailLeft => {
                self.voicemail = true;
                last(&mut self.after_at, Some(at));
            }
            // What comes after every call proves a recording only if it has one.
            CallEventKind::RecordingReady if !event.is_after || !event.recordings.is_empty() => {
                last(&mut self.recorded_at, Some(at));
            }
            _ => {}
        }
        if event.is_after {
            last(&mut self.after_at, Some(at));
        }
        moved
    }

    /// The name that somebody has here. A system that only tells the line, and one that knows whose
    /// line that is, speak of one person: their parts become one.
    fn known_as(&mut self, who: &str, line: Option<&str>) -> String {
        let Some(line) = line else { return who.to_owned() };
        let by_line = format!("line:{line}");
        if who == by_line {
            let at = |leg: &Leg| leg.line.as_ref().is_some_and(|known| known.value == line);
            let known = self.legs.iter().find(|(_, leg)| at(leg));
            return known.map_or(by_line, |(who, _)| who.clone());
        }
        if let Some(leg) = self.legs.remove(&by_line) {
            self.legs.entry(who.to_owned()).or_default().merge(leg);
        }
        who.to_owned()
    }

    fn take_up_facts(&mut self, event: &CallEvent) -> bool {
        let at = event.at;
        let begins = matches!(event.kind, CallEventKind::Started | CallEventKind::Ringing);
        first(&mut self.started_at, event.started_at.or_else(|| begins.then_some(at)));
        first(&mut self.answered_at, event.answered_at);
        let mut moved = false;
        if let Some(other) = &event.other {
            moved |= say(&mut self.other, at, Some(&other.number));
            moved |= say_of(&mut self.names, &other.number, at, other.name.as_ref());
            keep_first(&mut self.names, MOST);
            self.take_up_about(other, at);
        }
        moved |= say(&mut self.dialled, at, event.dialled.as_ref());
        moved |= say(&mut self.direction, at, event.direction.as_ref());
        moved |= say(&mut self.queue, at, event.queue.as_ref());
        say(&mut self.talk_ms, at, event.talk_ms.as_ref());
        say(&mut self.duration_ms, at, event.duration_ms.as_ref());
        say(&mut self.outcome, at, event.outcome.as_ref());
        say(&mut self.cause, at, event.cause.as_ref());
        say(&mut self.tags, at, event.tags.as_ref());
        say(&mut self.codes, at, event.codes.as_ref());
        self.recordings.extend(event.recordings.iter().cloned());
        while self.recordings.len() > MOST {
            self.recordings.pop_last();
        }
        for (key, value) in &event.data {
            say_of(&mut self.data, key, at, Some(value));
        }
        keep_first(&mut self.data, MOST);
        moved
    }

    fn take_up_about(&mut self, other: &Side, at: Timestamp) {
        let Side { number, sent, company, email, .. } = other;
        if sent.is_none() && company.is_none() && email.is_none() {
            return;
        }
        let about = self.about.entry(number.clone()).or_default();
        say(&mut about.sent, at, sent.as_ref());
        say(&mut about.company, at, company.as_ref());
        say(&mut about.email, at, email.as_ref());
        keep_first(&mut self.about, MOST);
    }

    /// What the whole call is doing.
    pub fn phase(&self) -> CallPhase {
        if self.is_over() {
            return CallPhase::Ended;
        }
        match self.speaking() {
            Some((_, leg)) => leg.phase(),
            None if self.answered_at.is_some() && self.legs.is_empty() => CallPhase::Answered,
            None if self.legs.values().any(|leg| leg.phase() == CallPhase::Ringing) => {
                CallPhase::Ringing
            }
            None if self.answered_at.is_some() => CallPhase::Answered,
            None => CallPhase::Started,
        }
    }

    /// When its end was supposed, if nothing was heard of it since.
    fn expired(&self) -> Option<Timestamp> {
        self.expired_at.filter(|at| Some(*at) >= self.lived_at)
    }

    /// When something came that only comes once a call is over. A recording may also be of a part: it
    /// ends only a call of which nothing else was heard.
    fn after(&self) -> Option<Timestamp> {
        let after = self.after_at.filter(|at| Some(*at) >= self.lived_at);
        after.max(self.recorded_at.filter(|_| self.lived_at.is_none()))
    }

    /// Whether nobody is rung or speaks any more. Where one of several who were rung has answered, the
    /// others' telephones are silent, whether or not that is told.
    fn have_all_left(&self) -> bool {
        let answered = self.last_speaker().and_then(|(_, leg)| leg.answered);
        let has_left = |leg: &Leg| match leg.phase() {
            CallPhase::Ended => true,
            CallPhase::Ringing => leg.rang < answered,
            CallPhase::Started | CallPhase::Answered | CallPhase::Held => false,
        };
        !self.legs.is_empty() && self.legs.values().all(has_left)
    }

    /// Whether it was heard that it is over: its end was told, or what comes after it, or everybody
    /// whom it rang has left.
    pub fn is_ended(&self) -> bool {
        self.ended_at.is_some() || self.after().is_some() || self.have_all_left()
    }

    /// Whether it is over, or supposed to be.
    pub fn is_over(&self) -> bool {
        self.is_ended() || self.expired().is_some()
    }

    /// The agent who speaks with the caller now: of several the one who answered last.
    fn speaking(&self) -> Option<(&String, &Leg)> {
        let speaking = self.legs.iter().filter(|(_, leg)| leg.speaks());
        speaking.max_by_key(|(who, leg)| (leg.answered, *who))
    }

    /// The agent who speaks, or who spoke last.
    fn last_speaker(&self) -> Option<(&String, &Leg)> {
        let spoke = self.legs.iter().filter(|(_, leg)| leg.answered.is_some());
        spoke.max_by_key(|(who, leg)| (leg.answered, *who))
    }

    /// Who speaks now, by the name they have here.
    pub fn speaker(&self) -> Option<&str> {
        self.speaking().map(|(who, _)| who.as_str())
    }

    /// Who spoke last, by the name they have here.
    pub fn last(&self) -> Option<&str> {
        self.last_speaker().map(|(who, _)| who.as_str())
    }

    /// When it was over, where that was told.
    pub fn told_end(&self) -> Option<Timestamp> {
        let left = || self.legs.values().filter_map(|leg| leg.left).max();
        self.ended_at.or_else(|| if self.have_all_left() { left() } else { None })
    }

    /// When it was over: as it was told, else when something came that only comes after it, else when
    /// that was supposed. Only the first says how long it was.
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.told_end().or_else(|| self.after()).or_else(|| self.expired())
    }

    /// One agent's part in it; an agent of whom nothing was heard has the call's own.
    pub fn part(&self, who: &str) -> Part {
        let Some(leg) = self.legs.get(who) else { return self.whole() };
        let (phase, became, until) = self.outcome_of(who, leg);
        let rang_until = leg.answered_first.or(until);
        let rang = leg.rang_first.zip(rang_until).map(|(from, to)| to.since(from));
        let talked = match &became {
            Some(Ending::Talked) if self.talk_ms.is_some() => self.talked(),
            Some(Ending::Talked) if self.told_end().or(leg.left).is_none() => None,
            Some(_) => leg.answered_first.zip(until).map(|(from, to)| to.since(from)),
            None => None,
        };
        let since = match phase {
            CallPhase::Ended => until,
            CallPhase::Answered | CallPhase::Held => leg.answered_first,
            CallPhase::Ringing | CallPhase::Started => leg.rang_first.or(self.started_at),
        };
        Part { phase, since, rang, talked, became }
    }

    /// What an agent's part is doing, what became of it, and when it was over.
    fn outcome_of(&self, who: &str, leg: &Leg) -> (CallPhase, Option<Ending>, Option<Timestamp>) {
        let ended = |became, at| (CallPhase::Ended, Some(became), at);
        let spoke = leg.answered.is_some();
        let other = self.last_speaker().filter(|(last, _)| last.as_str() != who);
        let name = |other: &Leg| {
            let known = other.name.as_ref().or(other.line.as_ref());
            known.map(|name| name.value.clone())
        };
        if let Some((_, other)) = other.filter(|(_, other)| other.answered >= leg.answered) {
            let at = leg.left.or(other.answered);
            // Whoever let it ring and has left is not told of what others did later.
            let gone = !spoke && leg.left.is_some() && leg.left < other.answered_first;
            return match (spoke, gone) {
                (true, _) => ended(Ending::Transferred(name(other)), at),
                (false, true) => ended(Ending::Missed, leg.left),
                (false, false) => ended(Ending::Elsewhere(name(other)), at),
            };
        }
        let over = self.ended_at.or_else(|| self.after()).or_else(|| self.expired());
        let phase = if over.is_some() { CallPhase::Ended } else { leg.phase() };
        if phase != CallPhase::Ended {
            return (phase, None, None);
        }
        let at = over.or(leg.left);
        match (spoke, over) {
            (true, _) => ended(Ending::Talked, at),
            // Others still ring or speak; this telephone does not.
            (false, None) => ended(Ending::Missed, at),
            (false, Some(_)) => ended(self.unanswered(), at),
        }
    }

    /// What became of a part in which nobody is known to have spoken. What comes after a call need not
    /// say whether it was answered.
    fn unanswered(&self) -> Ending {
        if self.is_missed_unless_answered() { Ending::Missed } else { Ending::Expired }
    }

    /// Whether a call that nobody is known to have answered was missed: its end was told, or a message
    /// was left.
    fn is_missed_unless_answered(&self) -> bool {
        self.voicemail || self.told_end().is_some()
    }

    /// The call as somebody sees it who had no part in it that was told of.
    fn whole(&self) -> Part {
        let phase = self.phase();
        let ended = self.ended_at();
        let until = self.answered_at.or(ended);
        let answered = self.outcome() == Some(Outcome::Answered);
        let became = match phase {
            CallPhase::Ended if self.answered_at.is_some() || answered => Some(Ending::Talked),
            CallPhase::Ended => Some(self.unanswered()),
            _ => None,
        };
        let since = match phase {
            CallPhase::Ended => ended,
            CallPhase::Answered | CallPhase::Held => self.answered_at,
            CallPhase::Started | CallPhase::Ringing => self.started_at,
        };
        Part {
            phase,
            since,
            rang: self.started_at.zip(until).map(|(from, to)| to.since(from)),
            talked: became.is_some().then(|| self.talked()).flatten(),
            became,
        }
    }

    /// How long they spoke: as the phone system says, else from the first answer to the end.
    pub fn talked(&self) -> Option<Duration> {
        let given = self.talk_ms.as_ref().map(|given| given.value);
        let given = given.and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis);
        let answered = self.answered_at.zip(self.told_end());
        given.or_else(|| answered.map(|(from, to)| to.since(from)))
    }

    /// How long it was from its beginning to its end.
    pub fn lasted(&self) -> Option<Duration> {
        let given = self.duration_ms.as_ref().map(|given| given.value);
        let given = given.and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis);
        given.or_else(|| self.started_at.zip(self.told_end()).map(|(from, to)| to.since(from)))
    }

    /// How it came out, once it is over and as far as that was heard.
    pub fn outcome(&self) -> Option<Outcome> {
        if !self.is_over() {
            return None;
        }
        let given = self.outcome.as_ref().map(|given| given.value);
        given.or_else(|| self.supposed_outcome())
    }

    /// What the course of a call says of how it came out: what was heard while it was live before what
    /// came after it.
    fn supposed_outcome(&self) -> Option<Outcome> {
        if self.answered_at.is_some() {
            Some(Outcome::Answered)
        } else if self.is_missed_unless_answered() {
            Some(Outcome::Missed)
        } else if self.recorded_at.is_some() {
            Some(Outcome::Answered)
        } else if self.after().is_some() {
            None
        } else {
            Some(Outcome::Expired)
        }
    }

    /// Whom the agents speak with.
    pub fn other(&self) -> Option<Side> {
        let number = self.other.as_ref()?.value.clone();
        let name = self.names.get(&number).map(|name| name.value.clone());
        let about = self.about.get(&number);
        let told = |of: fn(&About) -> &Option<Latest<String>>| {
            about.and_then(|about| of(about).as_ref()).map(|told| told.value.clone())
        };
        let (sent, company) = (told(|about| &about.sent), told(|about| &about.company));
        Some(Side { sent, company, email: told(|about| &about.email), number, name })
    }

    /// Whether it says nothing else than `before` did; when that was said does not count.
    pub fn says_the_same_as(&self, before: &Self) -> bool {
        let said = |call: &Self| {
            let data: Vec<(String, String)> =
                call.data().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            let ends = (call.started_at, call.answered_at, call.told_end(), call.outcome());
            let spans = (call.talked(), call.lasted(), call.phase());
            let route = (call.other(), call.dialled.as_ref().map(|d| d.value.clone()));
            let path = (call.direction(), call.queue().cloned(), call.cause().map(str::to_owned));
            let kept = (call.recordings.clone(), call.tags().to_vec(), call.codes().to_vec(), data);
            (ends, spans, route, path, kept)
        };
        said(self) == said(before)
    }

    /// The number that was dialled.
    pub fn dialled(&self) -> Option<&str> {
        self.dialled.as_ref().map(|dialled| dialled.value.as_str())
    }

    /// Which way it goes, where that was told.
    pub fn direction(&self) -> Option<Direction> {
        self.direction.as_ref().map(|direction| direction.value)
    }

    /// The queue it came through.
    pub fn queue(&self) -> Option<&Queue> {
        self.queue.as_ref().map(|queue| &queue.value)
    }

    /// When it began.
    pub fn started_at(&self) -> Option<Timestamp> {
        self.started_at
    }

    /// When somebody first spoke.
    pub fn answered_at(&self) -> Option<Timestamp> {
        self.answered_at
    }

    /// Addresses of its recordings.
    pub fn recordings(&self) -> impl Iterator<Item = &str> {
        self.recordings.iter().map(String::as_str)
    }

    /// Its tags.
    pub fn tags(&self) -> &[String] {
        self.tags.as_ref().map_or(&[], |tags| &tags.value)
    }

    /// Its account codes.
    pub fn codes(&self) -> &[String] {
        self.codes.as_ref().map_or(&[], |codes| &codes.value)
    }

    /// Whether the caller left a message.
    pub fn voicemail(&self) -> bool {
        self.voicemail
    }

    /// Why it ended, in the phone system's words.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_ref().map(|cause| cause.value.as_str())
    }

    /// Whatever else was told.
    pub fn data(&self) -> impl Iterator<Item = (&str, &str)> {
        self.data.iter().map(|(key, datum)| (key.as_str(), datum.value.as_str()))
    }

    /// Everybody whose telephone rang, by the name they have here, and when that was first told.
    pub fn rung(&self) -> impl Iterator<Item = (&str, Timestamp)> {
        self.legs.iter().filter_map(|(who, leg)| Some((who.as_str(), leg.rang_first?)))
    }

    /// Everybody it rang or who spoke, by the name they have here.
    pub fn everybody(&self) -> impl Iterator<Item = &str> {
        self.legs.keys().map(String::as_str)
    }

    /// Who had a part in it, if nobody else had.
    pub fn alone(&self) -> Option<&str> {
        let mut everybody = self.everybody();
        everybody.next().filter(|_| everybody.next().is_none())
    }

    /// When an agent first answered it; of an agent of whom nothing was heard, when anybody did.
    pub fn answered_by(&self, who: &str) -> Option<Timestamp> {
        self.legs.get(who).map_or(self.answered_at, |leg| leg.answered_first)
    }

    /// What was kept of a call, as far as it can be read: what is not, as of a newer version, is as if
    /// nothing was reported.
    pub fn restore(kept: Option<&str>) -> Option<Self> {
        serde_json::from_str(kept?).ok()
    }

    /// An agent who had a part in it.
    pub fn agent(&self, who: &str) -> Option<Agent> {
        self.legs.get(who).map(Leg::agent)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: i64 = 1_790_000_000_000;

    fn event(kind: CallEventKind, second: i64) -> CallEvent {
        CallEvent::new(kind, "test", Timestamp(START + second * 1000))
    }

    fn left(second: i64) -> CallEvent {
        CallEvent { scope: Scope::Agent, ..event(Ended, second) }
    }

    fn named(name: &str, event: CallEvent) -> CallEvent {
        let agent = Agent { name: Some(name.to_owned()), ..Agent::default() };
        CallEvent { agent: Some(agent), ..event }
    }

    fn call(events: &[(Option<&str>, CallEvent)]) -> Call {
        let mut call = Call::default();
        for (who, event) in events {
            call.apply(event, *who);
        }
        call
    }

    use CallEventKind::{
        Answered, Ended, Expired, Held, RecordingReady, Resumed, Ringing, Started, Summary,
        Updated, VoicemailLeft,
    };

    #[test]
    fn a_call_goes_from_its_ring_to_its_end() {
        let mut heard = vec![(Some("priya"), event(Ringing, 0))];
        let phase = |heard: &[(Option<&str>, CallEvent)]| call(heard).part("priya").phase;
        assert_eq!(phase(&heard), CallPhase::Ringing);
        heard.push((Some("priya"), event(Answered, 7)));
        assert_eq!(phase(&heard), CallPhase::Answered);
        heard.push((Some("priya"), event(Held, 20)));
        assert_eq!(phase(&heard), CallPhase::Held);
        heard.push((Some("priya"), event(Resumed, 30)));
        assert_eq!(phase(&heard), CallPhase::Answered);
        heard.push((None, event(Ended, 67)));
        let part = call(&heard).part("priya");
        assert_eq!((part.phase, part.became), (CallPhase::Ended, Some(Ending::Talked)));
        assert_eq!(part.rang, Some(Duration::from_secs(7)));
        assert_eq!(part.talked, Some(Duration::from_mins(1)));
    }

    #[test]
    fn an_ended_call_never_rings_again() {
        let heard = [(None, event(Ended, 10)), (Some("priya"), event(Ringing, 12))];
        assert_eq!(call(&heard).phase(), CallPhase::Ended);
        assert_eq!(call(&heard).part("priya").phase, CallPhase::Ended);
    }

    #[test]
    fn of_several_who_are_rung_one_answers_and_the_others_read_who() {
        let call = call(&[
            (Some("a"), named("Ann", event(Ringing, 0))),
            (Some("b"), named("Bo", event(Ringing, 0))),
            (Some("b"), named("Bo", event(Answered, 4))),
        ]);
        assert_eq!(call.part("b").phase, CallPhase::Answered);
        assert_eq!(call.part("a").became, Some(Ending::Elsewhere(Some("Bo".to_owned()))));
        assert_eq!(call.phase(), CallPhase::Answered);
    }

    #[test]
    fn a_transfer_ends_it_for_the_first_and_not_for_the_call() {
        let heard = [
            (Some("a"), named("Ann", event(Answered, 4))),
            (Some("b"), named("Bo", event(Ringing, 60))),
            (Some("b"), named("Bo", event(Answered, 64))),
        ];
        let mut call = call(&heard);
        assert_eq!(call.part("a").became, Some(Ending::Transferred(Some("Bo".to_owned()))));
        assert_eq!(call.speaker(), Some("b"));
        call.apply(&event(Ended, 90), None);
        assert_eq!(call.part("a").talked, Some(Duration::from_mins(1)));
        assert_eq!(call.part("b").talked, Some(Duration::from_secs(26)));
    }

    #[test]
    fn whoever_left_before_another_was_rung_has_missed_it() {
        let call = call(&[
            (Some("a"), event(Ringing, 0)),
            (Some("a"), left(15)),
            (Some("b"), event(Ringing, 16)),
            (Some("b"), event(Answered, 20)),
        ]);
        assert_eq!(call.part("a").became, Some(Ending::Missed));
        assert_eq!(call.phase(), CallPhase::Answered);
    }

    #[test]
    fn a_call_is_over_when_everybody_has_left_until_somebody_new_is_rung() {
        let mut call = call(&[(Some("a"), event(Ringing, 0)), (Some("a"), left(15))]);
        assert_eq!(call.phase(), CallPhase::Ended);
        call.apply(&event(Ringing, 16), Some("b"));
        assert_eq!(call.phase(), CallPhase::Ringing);
    }

    #[test]
    fn a_call_is_over_when_who_answered_has_left_whoever_else_was_rung() {
        let mut call = call(&[
            (Some("a"), event(Ringing, 0)),
            (Some("b"), event(Ringing, 0)),
            (Some("b"), event(Answered, 4)),
        ]);
        assert!(!call.is_ended());
        call.apply(&left(60), Some("b"));
        assert_eq!((call.phase(), call.last()), (CallPhase::Ended, Some("b")));
        assert_eq!(call.outcome(), Some(Outcome::Answered));
        // Passed on to somebody who is rung after that, it goes on.
        call.apply(&event(Ringing, 59), Some("c"));
        assert_eq!(call.phase(), CallPhase::Ringing);
    }

    #[test]
    fn a_summary_alone_tells_the_whole_call() {
        let summary = CallEvent {
            outcome: Some(Outcome::Answered),
            started_at: Some(Timestamp(START)),
            answered_at: Some(Timestamp(START + 9000)),
            talk_ms: Some(66_000),
            ..event(Summary, 75)
        };
        let call = call(&[(Some("a"), summary)]);
        assert_eq!(call.part("a").became, Some(Ending::Talked));
        assert_eq!(call.talked(), Some(Duration::from_secs(66)));
        assert_eq!(call.lasted(), Some(Duration::from_secs(75)));
    }

    #[test]
    fn a_telephone_that_falls_silent_is_missed_while_another_one_rings() {
        let heard =
            [(Some("a"), event(Ringing, 0)), (Some("b"), event(Ringing, 1)), (Some("a"), left(10))];
        let call = call(&heard);
        assert_eq!(call.part("a").became, Some(Ending::Missed));
        assert_eq!((call.part("b").phase, call.is_ended()), (CallPhase::Ringing, false));
    }

    #[test]
    fn a_supposed_end_gives_way_to_the_told_one() {
        let expired = event(Expired, 3600);
        let mut call = call(&[(Some("a"), event(Ringing, 0)), (None, expired)]);
        assert_eq!(call.part("a").became, Some(Ending::Expired));
        call.apply(&event(Ended, 30), None);
        assert_eq!(call.part("a").became, Some(Ending::Missed));
        assert_eq!(call.lasted(), Some(Duration::from_secs(30)));
    }

    #[test]
    fn a_supposed_end_gives_way_to_what_happens_after_it() {
        let expired = event(Expired, 600);
        let mut call = call(&[(None, event(Started, 0)), (None, expired)]);
        assert_eq!(call.phase(), CallPhase::Ended);
        call.apply(&event(Ringing, 590), Some("a"));
        assert_eq!(call.part("a").became, Some(Ending::Expired));
        call.apply(&event(Ringing, 720), Some("a"));
        assert_eq!((call.phase(), call.part("a").phase), (CallPhase::Ringing, CallPhase::Ringing));
        call.apply(&event(Answered, 725), Some("a"));
        assert_eq!((call.phase(), call.outcome()), (CallPhase::Answered, None));
        call.apply(&event(Ended, 800), None);
        assert_eq!(call.part("a").became, Some(Ending::Talked));
    }

    #[test]
    fn what_comes_after_a_call_says_that_it_is_over_and_how_it_came_out() {
        let processed = |link: &str| {
            let recordings = Some(link).filter(|link| !link.is_empty()).map(str::to_owned);
            let recordings = recordings.into_iter().collect();
            CallEvent { is_after: true, recordings, ..event(RecordingReady, 300) }
        };
        let updated = CallEvent { is_after: true, ..event(Updated, 300) };
        let rang = || event(Ringing, 0);
        let spoke = || event(Answered, 5);
        for (heard, outcome, became) in [
            (vec![event(VoicemailLeft, 40)], Some(Outcome::Missed), Ending::Missed),
            (vec![rang(), event(VoicemailLeft, 40)], Some(Outcome::Missed), Ending::Missed),
            (vec![event(RecordingReady, 60)], Some(Outcome::Answered), Ending::Talked),
            (vec![processed("https://x.test/1")], Some(Outcome::Answered), Ending::Talked),
            (vec![processed("")], None, Ending::Expired),
            (vec![updated.clone()], None, Ending::Expired),
            (vec![rang(), updated.clone()], None, Ending::Expired),
            (vec![rang(), spoke(), updated], Some(Outcome::Answered), Ending::Talked),
            (
                vec![event(VoicemailLeft, 40), event(RecordingReady, 41)],
                Some(Outcome::Missed),
                Ending::Missed,
            ),
        ] {
            let heard: Vec<_> = heard.into_iter().map(|event| (Some("a"), event)).collect();
            let call = call(&heard);
            assert!(call.is_ended() && call.phase() == CallPhase::Ended, "{heard:?}");
            assert_eq!((call.outcome(), call.part("b").became), (outcome, Some(became)));
            assert_eq!((call.lasted(), call.talked()), (None, None), "its length was not told");
            assert_eq!(call.part("a").talked, None);
        }
    }

    #[test]
    fn what_comes_after_a_part_ends_no_call_that_goes_on() {
        let heard = [(Some("a"), event(Answered, 5)), (None, event(RecordingReady, 60))];
        assert_eq!(call(&heard).phase(), CallPhase::Answered);
        let heard = [(None, event(VoicemailLeft, 60)), (Some("a"), event(Ringing, 70))];
        assert_eq!(call(&heard).phase(), CallPhase::Ringing, "they were put through after all");
    }

    #[test]
    fn a_call_that_expired_has_no_length() {
        let call = call(&[(Some("a"), event(Answered, 5)), (None, event(Expired, 14_400))]);
        assert!(call.is_over() && !call.is_ended());
        assert_eq!((call.outcome(), call.talked()), (Some(Outcome::Answered), None));
        assert_eq!(call.part("a").became, Some(Ending::Talked));
        assert_eq!(call.part("a").talked, None);
    }

    #[test]
    fn what_is_known_of_a_number_stays_with_it() {
        let told = |second, side: Side| CallEvent { other: Some(side), ..event(Updated, second) };
        let some = |text: &str| Some(text.to_owned());
        let moss = Side {
            number: "+61255501234".to_owned(),
            sent: some("02 5550 1234"),
            name: some("Rita Moss"),
            company: some("Moss Ltd"),
            email: some("rita@example.com"),
        };
        let bare = Side { number: moss.number.clone(), ..Side::default() };
        let call = call(&[(None, told(1, moss.clone())), (None, told(2, bare))]);
        assert_eq!(call.other(), Some(moss));
    }

    #[test]
    fn one_person_told_of_by_line_and_by_name_has_one_part() {
        let at_line = |event: CallEvent| {
            let agent = Agent { line: Some("1054".to_owned()), ..Agent::default() };
            CallEvent { agent: Some(agent), ..event }
        };
        let by_name = (Some("agent:ilse"), at_line(event(Ringing, 0)));
        let by_line = (Some("line:1054"), at_line(event(Answered, 5)));
        for heard in [[by_name.clone(), by_line.clone()], [by_line, by_name]] {
            let call = call(&heard);
            assert_eq!(call.everybody().collect::<Vec<_>>(), ["agent:ilse"]);
            assert_eq!(call.part("agent:ilse").phase, CallPhase::Answered);
        }
    }

    #[test]
    fn an_end_of_nobody_in_particular_is_the_calls() {
        let call = call(&[(Some("a"), event(Answered, 0)), (None, left(9))]);
        assert_eq!(call.phase(), CallPhase::Ended);
    }

    #[test]
    fn whoever_left_at_the_very_moment_has_left_under_either_name() {
        let at_line = |event: CallEvent| {
            let agent = Agent { line: Some("1054".to_owned()), ..Agent::default() };
            CallEvent { agent: Some(agent), ..event }
        };
        let call = call(&[
            (Some("line:1054"), at_line(event(Answered, 5))),
            (Some("line:1054"), at_line(left(5))),
            (Some("agent:ilse"), at_line(event(Ringing, 0))),
        ]);
        assert_eq!(call.part("agent:ilse").phase, CallPhase::Ended);
    }

    #[test]
    fn a_name_stays_with_its_number() {
        let told = |second, number: &str, name: Option<&str>| {
            let name = name.map(str::to_owned);
            let other = Some(Side { number: number.to_owned(), name, ..Side::default() });
            CallEvent { other, ..event(Updated, second) }
        };
        let mut call = call(&[(None, told(1, "1", Some("Zoë"))), (None, told(2, "1", None))]);
        assert_eq!(call.other().unwrap().name.as_deref(), Some("Zoë"));
        call.apply(&told(3, "2", None), None);
        assert_eq!(call.other(), Some(Side { number: "2".to_owned(), ..Side::default() }));
    }

    #[test]
    fn a_list_of_tags_replaces_the_one_before() {
        let tagged = |second, tags: &[&str]| {
            let tags = Some(tags.iter().map(|tag| (*tag).to_owned()).collect());
            CallEvent { tags, ..event(Updated, second) }
        };
        let call = call(&[(None, tagged(1, &["Won", "Large"])), (None, tagged(2, &[]))]);
        assert!(call.tags().is_empty());
    }

    /// Everything that a long event says; its words are of this event alone if they are numbered.
    fn long_event(at: i64, number: i64) -> CallEvent {
        let text = |what: &str| Some(format!("{what} {number:06} {}", "x".repeat(40)));
        let agent = Agent { name: text("name"), line: text("line"), ..Agent::default() };
        let other =
            Side { number: format!("{number:09}"), name: text("caller"), ..Side::default() };
        CallEvent {
            agent: Some(agent),
            other: Some(other),
            dialled: text("dialled"),
            queue: Some(Queue { name: text("queue"), ..Queue::default() }),
            direction: Some(Direction::Inbound),
            cause: text("cause"),
            recordings: text("https://pbx.example.test/").into_iter().collect(),
            tags: Some(text("tag").into_iter().collect()),
            data: text("key").zip(text("value")).into_iter().collect(),
            ..event([Ringing, Answered, Held, Resumed, Ended][usize::try_from(at % 5).unwrap()], at)
        }
    }

    fn kept(heard: impl Iterator<Item = (String, CallEvent)>) -> usize {
        let mut call = Call::default();
        for (who, event) in heard {
            call.apply(&event, Some(&who));
        }
        serde_json::to_string(&call).unwrap().len()
    }

    #[test]
    fn what_is_kept_of_a_call_does_not_grow_with_its_events() {
        let same = |count| kept((0..count).map(|at| ("agent:ann".to_owned(), long_event(at, 1))));
        assert!(
            same(3) < 1200 && same(50) <= same(10) + 20,
            "{} {} {}",
            same(3),
            same(10),
            same(50)
        );
        let new = |count| kept((0..count).map(|at| (format!("agent:{at:06}"), long_event(at, at))));
        assert!(new(5000) < 150_000, "{}", new(5000));
        assert_eq!(new(5000), new(1000), "what is told over and over");
    }

    fn any_event() -> impl Strategy<Value = (Option<&'static str>, CallEvent)> {
        let who = prop_oneof![Just(None), Just(Some("a")), Just(Some("b")), Just(Some("c"))];
        let kind = prop_oneof![
            Just(Started),
            Just(Ringing),
            Just(Answered),
            Just(Held),
            Just(Resumed),
            Just(Ended),
            Just(Summary),
            Just(Updated),
            Just(VoicemailLeft),
            Just(RecordingReady),
            Just(Expired),
        ];
        let outcome =
            prop_oneof![Just(None), Just(Some(Outcome::Answered)), Just(Some(Outcome::Missed))];
        let moment = || prop::option::of((0..60_i64).prop_map(|s| Timestamp(START + s * 1000)));
        let text = "[xy]{0,2}";
        let said = (prop::option::of(text), prop::option::of(text), prop::option::of(text));
        let numbers = (prop::option::of(0..5_i64), prop::option::of(0..5_i64));
        let parts = (who, kind, 0..60_i64, any::<(bool, bool)>(), outcome);
        (parts, moment(), moment(), moment(), said, numbers).prop_map(
            |(
                (who, kind, at, (whole, is_after), outcome),
                started,
                answered,
                ended,
                said,
                numbers,
            )| {
                let (name, number, tag) = said;
                let agent = Agent { name, line: number.clone(), ..Agent::default() };
                let event = CallEvent {
                    scope: if whole { Scope::Call } else { Scope::Agent },
                    is_after,
                    agent: who.map(|_| agent),
                    other: number.map(|number| Side { number, ..Side::default() }),
                    started_at: started,
                    answered_at: answered,
                    ended_at: ended,
                    talk_ms: numbers.0,
                    duration_ms: numbers.1,
                    outcome,
                    recordings: tag.iter().cloned().collect(),
                    data: tag.iter().map(|tag| ("k".to_owned(), tag.clone())).collect(),
                    tags: tag.map(|tag| vec![tag]),
                    ..event(kind, at)
                };
                (who, event)
            },
        )
    }

    proptest! {
        #[test]
        fn whatever_changes_what_a_call_is_searched_by_is_told(
            events in prop::collection::vec(any_event(), 0..12),
        ) {
            let searched = |call: &Call| {
                let dialled = call.dialled().map(str::to_owned);
                (call.other(), dialled, call.direction(), call.queue().cloned())
            };
            let mut call = Call::default();
            for (who, event) in &events {
                let before = searched(&call);
                let moved = call.apply(event, *who);
                prop_assert!(moved || searched(&call) == before);
            }
        }

        #[test]
        fn any_order_and_any_repetition_end_in_the_same_call(
            events in prop::collection::vec(any_event(), 0..12),
            order in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
        ) {
            let in_order = call(&events);
            let mut shuffled = Call::default();
            let mut again = Call::default();
            if !events.is_empty() {
                for index in &order {
                    let (who, event) = index.get(&events);
                    again.apply(event, *who);
                }
            }
            for (who, event) in events.iter().rev() {
                shuffled.apply(event, *who);
                again.apply(event, *who);
            }
            prop_assert_eq!(&shuffled, &in_order);
            prop_assert_eq!(&again, &in_order);
            let written = serde_json::to_string(&in_order).unwrap();
            prop_assert_eq!(serde_json::from_str::<Call>(&written).unwrap(), in_order);
        }
    }
}
