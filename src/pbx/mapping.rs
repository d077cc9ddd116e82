//! A phone system described by data: where our fields stand in its requests, and what its words mean.

use super::json::Json;
use super::vendor::Field;
use super::{Inbound, MOST_RECORDINGS, fields};
use crate::domain::event::{CallEvent, CallEventKind, Outcome, Side};
use crate::domain::presence::{Presence, PresenceState};
use crate::domain::ring::{Agent, Direction, Queue};
use crate::domain::time::{Timestamp, Zone};
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
    /// `tags`: a list or separated by commas.
    Tags,
    /// `codes`: account codes, likewise.
    Codes,
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
    /// Every field but `data.NAME`: its word, and its name in templates.
    const NAMES: [(&'static str, &'static str, Self); 27] = [
        ("call", "call.id", Self::Call),
        ("caller", "caller.raw", Self::Caller),
        ("caller.name", "caller.name", Self::CallerName),
        ("dialled", "call.dialled", Self::Dialled),
        ("agent", "agent.line", Self::Agent),
        ("agent.name", "agent.name", Self::AgentName),
        ("agent.email", "agent.email", Self::AgentEmail),
        ("agent.id", "agent.id", Self::AgentId),
        ("queue", "queue.name", Self::Queue),
        ("direction", "call.direction", Self::Direction),
        ("time", "event.at", Self::Time),
        ("started", "call.started_at", Self::Started),
        ("answered", "call.answered_at", Self::Answered),
        ("ended", "call.ended_at", Self::Ended),
        ("talk", "call.talk_seconds", Self::Talk),
        ("duration", "call.duration_seconds", Self::Duration),
        ("recording", "call.recording", Self::Recording),
        ("tags", "call.tags", Self::Tags),
        ("codes", "call.codes", Self::Codes),
        ("outcome", "call.outcome", Self::Outcome),
        ("presence.status", "presence.status", Self::PresenceStatus),
        ("presence.message", "presence.message", Self::PresenceMessage),
        ("presence.until", "presence.until", Self::PresenceUntil),
        ("presence.location", "presence.location", Self::PresenceLocation),
        ("presence.latitude", "presence.latitude", Self::PresenceLatitude),
        ("presence.longitude", "presence.longitude", Self::PresenceLongitude),
        ("presence.telephony", "presence.telephony", Self::PresenceTelephony),
    ];

    /// Every word but `data.NAME`.
    pub fn all_words() -> Vec<&'static str> {
        Self::NAMES.iter().map(|(word, _, _)| *word).collect()
    }

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
        let known = Self::NAMES.iter().find(|(known, _, _)| *known == word);
        known.map(|(_, _, key)| key.clone()).or_else(|| Self::datum(word))
    }

    /// The field of a name in templates.
    fn named(name: &str) -> Option<Self> {
        let known = Self::NAMES.iter().find(|(_, known, _)| *known == name);
        known.map(|(_, _, key)| key.clone()).or_else(|| Self::datum(name))
    }

    fn datum(word: &str) -> Option<Self> {
        let name = word.strip_prefix("data.").filter(|name| !name.is_empty())?;
        Some(Self::Data(name.to_owned()))
    }
}

/// A value in a request: a JSON pointer (`/call/id`), a header (`header:X-Reason`, of data), else a
/// member's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector(pub String);

/// What the selector of a header begins with.
const HEADER: &str = "header:";

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
    /// The zone of dates that are written without one.
    pub zone: Option<Zone>,
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
fn names(known: &[(&str, CallEventKind)]) -> Vec<(String, CallEventKind)> {
    known.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect()
}

/// The mapping of a vendor's own names.
pub(super) fn of_vendor(fields: &[Field], events: &[(&str, CallEventKind)]) -> Mapping {
    let keys = fields.iter().flat_map(|field| {
        let selectors: Vec<Selector> =
            field.sent.iter().map(|name| Selector((*name).to_owned())).collect();
        let keys = field.ours.iter().filter_map(|name| Key::named(name));
        keys.map(move |key| (key, selectors.clone()))
    });
    Mapping { events: names(events), keys: keys.collect(), ..Mapping::default() }
}

/// Fields and the members they stand in, as data.
#[cfg(test)]
pub(super) fn keys(known: &[(Key, &[&str])]) -> Vec<(Key, Vec<Selector>)> {
    let selector = |name: &&str| Selector((*name).to_owned());
    let pair = |(key, names): &(Key, &[&str])| (key.clone(), names.iter().map(selector).collect());
    known.iter().map(pair).collect()
}

impl Selector {
    /// The header that it names, in lower case.
    pub fn header(&self) -> Option<String> {
        self.0.strip_prefix(HEADER).map(|name| name.trim().to_lowercase())
    }

    fn find<'v>(&self, content: &'v Json<'v>) -> Option<&'v Json<'v>> {
        self.exactly(content).or_else(|| self.alike(content))
    }

    fn exactly<'v>(&self, content: &'v Json<'v>) -> Option<&'v Json<'v>> {
        if self.is_pointer() { content.pointer(&self.0) } else { content.exactly(&self.0) }
    }

    fn alike<'v>(&self, content: &'v Json<'v>) -> Option<&'v Json<'v>> {
        if self.is_pointer() { None } else { content.alike(&self.0) }
    }

    fn is_pointer(&self) -> bool {
        self.0.starts_with('/')
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
        known.map(|(_, kind)| *kind).or_else(|| CallEventKind::told(&word))
    }

    /// Every value of a field that is there, the first choice first; those under a name that is only like
    /// the one that was chosen come last.
    fn values<'v>(&self, key: &Key, content: &'v Json<'v>) -> impl Iterator<Item = &'v Json<'v>> {
        let places = self.keys.iter().filter(move |(known, _)| known == key);
        let selectors = places.flat_map(|(_, selectors)| selectors);
        let exactly = selectors.clone().filter_map(move |one| one.exactly(content));
        let missing = selectors.filter(move |one| one.exactly(content).is_none());
        exactly.chain(missing.filter_map(move |one| one.alike(content)))
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
        request: &Inbound<'_>,
    ) -> CallEvent {
        let text = |key| self.text(&key, content);
        let zone = self.zone.as_ref();
        let moment =
            |key| self.values(&key, content).find_map(|one| fields::moment_in(Some(one), zone));
        let span = |key| self.values(&key, content).find_map(|one| fields::seconds(Some(one)));
        let mut event = CallEvent::new(kind, name, moment(Key::Time).unwrap_or(request.at));
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
        event.tags = self.list(&Key::Tags, content);
        event.codes = self.list(&Key::Codes, content);
        self.add_data(&mut event, content, request);
        if kind == CallEventKind::PresenceChanged {
            event.presence = self.presence(content);
        }
        event.key = Some(key(&event, moment(Key::Time).or(event.started_at), content));
        event
    }

    fn agent(&self, content: &Json<'_>) -> Option<Agent> {
        let agent = Agent {
            agent_id: self.text(&Key::AgentId, content),
            name: self.text(&Key::AgentName, content),
            line: self.text(&Key::Agent, content),
            email: self.text(&Key::AgentEmail, content),
            ..Agent::default()
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
            until: until.find_map(|one| fields::moment_in(Some(one), self.zone.as_ref())),
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
        let found = found.filter_map(|one| fields::address(Some(one)));
        fields::without_repeats(found).into_iter().take(MOST_RECORDINGS).collect()
    }

    /// The texts of all places together. None at all, where there is no such place.
    fn list(&self, key: &Key, content: &Json<'_>) -> Option<Vec<String>> {
        let mut all: Option<Vec<String>> = None;
        for list in self.values(key, content).filter_map(|one| fields::list(Some(one))) {
            let all = all.get_or_insert_default();
            for tag in list {
                if !all.contains(&tag) {
                    all.push(tag);
                }
            }
        }
        all
    }

    /// Adds the data that the administrator asks for; what is asked for counts before what is usual.
    pub(super) fn add_data(
        &self,
        event: &mut CallEvent,
        content: &Json<'_>,
        request: &Inbound<'_>,
    ) {
        let mut asked: Vec<(String, String)> = Vec::new();
        for (key, selectors) in &self.keys {
            let Key::Data(name) = key else { continue };
            let is_new = asked.iter().all(|(known, _)| known != name);
            let headers = selectors.iter().filter_map(Selector::header);
            let header = || headers.filter_map(|name| request.header(&name)).find_map(fields::said);
            let datum = || self.values(key, content).find_map(|one| fields::datum(Some(one)));
            let value = if is_new { datum().or_else(header) } else { None };
            asked.extend(value.map(|value| (name.clone(), value)));
        }
        event.data.retain(|(known, _)| asked.iter().all(|(name, _)| name != known));
        event.data.extend(asked);
    }
}

/// What a repeat has too: the whole request, under the name of its event.
fn key(event: &CallEvent, prefix: Option<Timestamp>, content: &Json<'_>) -> String {
    let name = fields::word(&event.name);
    let call = event.call.as_deref().unwrap_or_default();
    let all = content.to_string();
    fields::key(prefix, &[name.as_bytes(), call.as_bytes(), all.as_bytes()])
}
