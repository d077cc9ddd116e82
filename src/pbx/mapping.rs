//! A phone system described by data: where our fields stand in its requests, and what its words mean.

use super::json::Json;
use super::{Inbound, MOST_RECORDINGS, fields};
use crate::domain::event::{CallEvent, CallEventKind, Outcome, Side};
use crate::domain::presence::{Presence, PresenceState};
use crate::domain::ring::{Agent, Direction, Queue};
use crate::domain::time::Timestamp;
use crate::domain::word::Word;

/// One of our fields; the words are those of the configuration's `keys`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// `call`: the call's id, the same in all its events.
    Call,
    /// `caller`: the other party's number.
    Caller,
    /// `caller.name`
    CallerName,
    /// `dialled`: the number that was dialled.
    Dialled,
    /// `agent`: the agent's extension.
    Agent,
    /// `agent.name`
    AgentName,
    /// `agent.email`
    AgentEmail,
    /// `agent.id`: the agent's id at the phone system.
    AgentId,
    /// `queue`: the queue or group.
    Queue,
    /// `direction`
    Direction,
    /// `time`: when the event happened.
    Time,
    /// `started`: when the call began.
    Started,
    /// `answered`: when it was answered.
    Answered,
    /// `ended`: when it ended.
    Ended,
    /// `talk`: seconds they spoke.
    Talk,
    /// `duration`: seconds the call lasted.
    Duration,
    /// `recording`: the address of a recording.
    Recording,
    /// `tags`: tags or account codes, a list or separated by commas.
    Tags,
    /// `outcome`
    Outcome,
    /// `presence.status`: the agent's own status, of `presence.changed`.
    PresenceStatus,
    /// `presence.message`: what they wrote beside it.
    PresenceMessage,
    /// `presence.until`: until when it holds.
    PresenceUntil,
    /// `presence.location`: where they are, an address.
    PresenceLocation,
    /// `presence.latitude`, in degrees
    PresenceLatitude,
    /// `presence.longitude`, in degrees
    PresenceLongitude,
    /// `presence.telephony`: what their telephone is doing.
    PresenceTelephony,
    /// `data.NAME`: anything else worth showing.
    Data(String),
}

impl Key {
    /// Every word but `data.NAME`.
    pub const WORDS: [(&'static str, Self); 26] = [
        ("call", Self::Call),
        ("caller", Self::Caller),
        ("caller.name", Self::CallerName),
        ("dialled", Self::Dialled),
        ("agent", Self::Agent),
        ("agent.name", Self::AgentName),
        ("agent.email", Self::AgentEmail),
        ("agent.id", Self::AgentId),
        ("queue", Self::Queue),
        ("direction", Self::Direction),
        ("time", Self::Time),
        ("started", Self::Started),
        ("answered", Self::Answered),
        ("ended", Self::Ended),
        ("talk", Self::Talk),
        ("duration", Self::Duration),
        ("recording", Self::Recording),
        ("tags", Self::Tags),
        ("outcome", Self::Outcome),
        ("presence.status", Self::PresenceStatus),
        ("presence.message", Self::PresenceMessage),
        ("presence.until", Self::PresenceUntil),
        ("presence.location", Self::PresenceLocation),
        ("presence.latitude", Self::PresenceLatitude),
        ("presence.longitude", Self::PresenceLongitude),
        ("presence.telephony", Self::PresenceTelephony),
    ];

    /// What this field can be, where that is a closed set.
    pub fn words(&self) -> Option<Vec<&'static str>> {
        match self {
            Self::Direction => Some(Direction::words().collect()),
            // That a call expired is for us to say.
            Self::Outcome => Some(Outcome::words().filter(|word| *word != "expired").collect()),
            _ => None,
        }
    }

    /// The field of a word.
    pub fn parse(word: &str) -> Option<Self> {
        let known = Self::WORDS.iter().find(|(known, _)| *known == word);
        known.map(|(_, key)| key.clone()).or_else(|| {
            let name = word.strip_prefix("data.").filter(|name| !name.is_empty())?;
            Some(Self::Data(name.to_owned()))
        })
    }
}

/// A value in a request: a JSON pointer (`/call/id`), else a member's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector(pub String);

/// Where a request names its event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the address: `/hooks/{source}/{event}`.
    Path,
    /// In a header, whose name is in lower case.
    Header(String),
    /// In its content.
    Field(Selector),
}

/// What the names and words of a phone system mean.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Where the event's name may stand; the first place that has one counts. None are the usual
    /// ones: the address, a header like X-Event, a member `event` or `trigger`.
    pub event: Vec<Place>,
    /// Event names, in lower case, and what they mean.
    pub events: Vec<(String, CallEventKind)>,
    /// Our fields and where they stand; of several the first that says something counts.
    pub keys: Vec<(Key, Vec<Selector>)>,
    /// The phone system's words for our closed sets (`direction`, `outcome`), in lower case.
    pub values: Vec<(Key, String, String)>,
}

/// Where an event's name stands as long as nobody says otherwise.
fn usual_places() -> Vec<Place> {
    let header = |name: &str| Place::Header(name.to_owned());
    let field = |name: &str| Place::Field(Selector(name.to_owned()));
    vec![
        Place::Path,
        header("x-event"),
        header("x-trigger"),
        header("x-callpane-event"),
        field("event"),
        field("trigger"),
    ]
}

/// Event names as data.
pub(super) fn names(known: &[(&str, CallEventKind)]) -> Vec<(String, CallEventKind)> {
    known.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect()
}

/// Fields and the members they stand in, as data.
pub(super) fn keys(known: &[(Key, &[&str])]) -> Vec<(Key, Vec<Selector>)> {
    let selector = |name: &&str| Selector((*name).to_owned());
    let pair = |(key, names): &(Key, &[&str])| (key.clone(), names.iter().map(selector).collect());
    known.iter().map(pair).collect()
}

impl Selector {
    fn find<'v>(&self, content: &'v Json<'v>) -> Option<&'v Json<'v>> {
        if self.0.starts_with('/') { content.pointer(&self.0) } else { content.get(&self.0) }
    }
}

impl Mapping {
    /// What a request calls its event.
    pub(super) fn name(&self, request: &Inbound<'_>, content: &Json<'_>) -> Option<String> {
        let usual = if self.event.is_empty() { usual_places() } else { Vec::new() };
        self.event.iter().chain(&usual).find_map(|place| match place {
            Place::Path => request.event.and_then(fields::said),
            Place::Header(name) => request.header(name).and_then(fields::said),
            Place::Field(selector) => fields::text(selector.find(content)),
        })
    }

    /// What an event's name means: here, else as one of our own words.
    pub(super) fn kind(&self, name: &str) -> Option<CallEventKind> {
        let word = fields::word(name);
        let known = self.events.iter().find(|(known, _)| fields::word(known) == word);
        known.map(|(_, kind)| *kind).or_else(|| CallEventKind::read(&word))
    }

    /// Every value of a field that is there, the first choice first.
    fn values<'v>(&self, key: &Key, content: &'v Json<'v>) -> impl Iterator<Item = &'v Json<'v>> {
        let places = self.keys.iter().filter(move |(known, _)| known == key);
        places.flat_map(|(_, selectors)| selectors).filter_map(move |one| one.find(content))
    }

    /// A field's text: of several values the first that says something.
    pub(super) fn text(&self, key: &Key, content: &Json<'_>) -> Option<String> {
        self.values(key, content).find_map(|value| fields::text(Some(value)))
    }

    /// One of our words, where the phone system has its own for it.
    fn word(&self, key: &Key, content: &Json<'_>) -> Option<String> {
        let text = self.text(key, content)?;
        let word = fields::word(&text);
        let same = |(known, theirs, _): &&(Key, String, String)| {
            known == key && fields::word(theirs) == word
        };
        Some(self.values.iter().find(same).map_or(text, |(_, _, ours)| ours.clone()))
    }

    /// The event that a request tells.
    pub(super) fn event(
        &self,
        kind: CallEventKind,
        name: &str,
        content: &Json<'_>,
        arrived: Timestamp,
    ) -> CallEvent {
        let text = |key| self.text(&key, content);
        let moment = |key| self.values(&key, content).find_map(|one| fields::moment(Some(one)));
        let span = |key| self.values(&key, content).find_map(|one| fields::seconds(Some(one)));
        let mut event = CallEvent::new(kind, name, moment(Key::Time).unwrap_or(arrived));
        event.call = text(Key::Call);
        event.agent = self.agent(content);
        event.other = self.other(content);
        event.dialled = text(Key::Dialled);
        event.direction =
            self.word(&Key::Direction, content).and_then(|one| fields::direction(&one));
        event.queue = text(Key::Queue).map(|name| Queue { name: Some(name), ..Queue::default() });
        event.started_at = moment(Key::Started);
        event.answered_at = moment(Key::Answered);
        event.ended_at = moment(Key::Ended);
        event.talk_ms = span(Key::Talk);
        event.duration_ms = span(Key::Duration);
        event.outcome = self.word(&Key::Outcome, content).and_then(|one| fields::outcome(&one));
        event.recordings = self.recordings(content);
        event.tags = self.tags(content);
        event.data = self.data(content);
        if kind == CallEventKind::PresenceChanged {
            event.presence = self.presence(content);
        }
        event.key = Some(key(&event, moment(Key::Time).or(event.started_at), content));
        event
    }

    fn agent(&self, content: &Json<'_>) -> Option<Agent> {
        let agent = Agent {
            user_id: None,
            agent_id: self.text(&Key::AgentId, content),
            name: self.text(&Key::AgentName, content),
            line: self.text(&Key::Agent, content),
            email: self.text(&Key::AgentEmail, content),
        };
        (agent != Agent::default()).then_some(agent)
    }

    /// What it says of the agent's presence: nothing of a kind of which it has no word.
    fn presence(&self, content: &Json<'_>) -> Presence {
        let text = |key| self.text(&key, content);
        let degrees =
            |key, most| self.values(&key, content).find_map(|one| fields::degrees(Some(one), most));
        let mut until = self.values(&Key::PresenceUntil, content);
        let user = PresenceState {
            status: text(Key::PresenceStatus),
            message: text(Key::PresenceMessage),
            until: until.find_map(|one| fields::moment(Some(one))),
            location: text(Key::PresenceLocation),
            latitude: degrees(Key::PresenceLatitude, 90.0),
            longitude: degrees(Key::PresenceLongitude, 180.0),
        };
        let user = Some(user).filter(|user| *user != PresenceState::default());
        Presence { user, telephony: text(Key::PresenceTelephony) }
    }

    /// The other party; withheld only if no choice for the number says anything, and one is empty.
    fn other(&self, content: &Json<'_>) -> Option<Side> {
        let says = |value: &&Json<'_>| fields::text(Some(*value)).is_some();
        let number = self.values(&Key::Caller, content).find(says);
        let number = number.or_else(|| self.values(&Key::Caller, content).next());
        fields::side(number, self.values(&Key::CallerName, content).find(says))
    }

    fn recordings(&self, content: &Json<'_>) -> Vec<String> {
        let found = self.values(&Key::Recording, content).flat_map(|value| match value {
            Json::List(list) => list.iter().collect(),
            one => vec![one],
        });
        found.filter_map(|one| fields::address(Some(one))).take(MOST_RECORDINGS).collect()
    }

    /// The tags of all places together. None at all, where there is no such place.
    fn tags(&self, content: &Json<'_>) -> Option<Vec<String>> {
        let mut all: Option<Vec<String>> = None;
        for list in self.values(&Key::Tags, content).filter_map(|one| fields::list(Some(one))) {
            let all = all.get_or_insert_default();
            for tag in list {
                if !all.contains(&tag) {
                    all.push(tag);
                }
            }
        }
        all
    }

    fn data(&self, content: &Json<'_>) -> Vec<(String, String)> {
        let mut data: Vec<(String, String)> = Vec::new();
        for (key, _) in &self.keys {
            let Key::Data(name) = key else { continue };
            let is_new = data.iter().all(|(known, _)| known != name);
            let value = if is_new { self.text(key, content) } else { None };
            data.extend(value.map(|value| (name.clone(), value)));
        }
        data
    }
}

/// What a repeat has too: the whole request, under the name of its event.
fn key(event: &CallEvent, prefix: Option<Timestamp>, content: &Json<'_>) -> String {
    let name = fields::word(&event.name);
    let call = event.call.as_deref().unwrap_or_default();
    let all = content.to_string();
    fields::key(prefix, &[name.as_bytes(), call.as_bytes(), all.as_bytes()])
}
