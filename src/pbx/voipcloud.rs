//! VoIPcloud and VoIPLine: one JSON object an event, or a list of them. The article that describes
//! them exists in two editions with other names for the same things; both are read.
//!
//! A queue or a ring group repeats the whole call once it is over. The webhook that an
//! administrator places in a call flow has `user_name` and `user_number` too, but there they are
//! the caller's.

use super::fields::{self, text};
use super::json::Json;
use super::vendor::field;
use super::{
    Authentic, AuthenticatedBy, Field, MOST_EVENTS, Make, Received, Refusal, Source, signature,
};
use crate::domain::event::{CallEvent, CallEventKind, Outcome, Scope};
use crate::domain::ring::{Agent, Direction, Queue};
use crate::domain::time::{Timestamp, Zone};

const TOKEN: &str = "x-pbx-token";

pub(super) static MAKE: Make = Make {
    authenticated_by: AuthenticatedBy::Secrets,
    fields: FIELDS,
    ..Make::new(verify, decode)
};

/// The number that a call that goes out is placed with.
const PRESENTED: &str = "presented_number";

/// The members of its events, in both editions.
const FIELDS: &[Field] = &[
    field("type", &["type"], &["event.name"]),
    field("unique_call_id", &["unique_call_id"], &["call.id"]),
    field("caller_id", &["caller_id", "from_number"], &["caller.raw", "data.presented_number"])
        .but("`data.presented_number` of an outgoing call, `caller.raw` of others"),
    field("caller_name", &["caller_name", "from_name"], &["caller.name"]),
    field("user_name", &["user_name", "to_name"], &["agent.name"])
        .but("of a webhook object `caller.name`"),
    field("user_number", &["user_number", "exten"], &["agent.line"])
        .but("of a webhook object `caller.raw`"),
    field("dest_number", &["dest_number", "to_number"], &["call.dialled"])
        .but("of an outgoing call `caller.raw` as well"),
    field("call_start_at", &["call_start_at", "start_at"], &["call.started_at"]),
    field("connected_at", &["connected_at"], &["call.answered_at"]),
    field("call_duration", &["call_duration"], &["call.duration_seconds"]),
    field("conversation_duration", &["conversation_duration"], &["call.talk_seconds"]),
    field("queue_name", &["queue_name"], &["queue.name"]),
    field("ring_group_name", &["ring_group_name"], &["data.ring_group", "queue.name"])
        .but("`queue.name` only without a `queue_name`"),
    field("status", &["status"], &["call.outcome"]),
    field("recorded_at", &["recorded_at"], &["event.at"]),
    field("emails", &["emails"], &["data.emails"]).technical(),
    field("email_subject", &["email_subject"], &["data.email_subject"]),
    field("email_message", &["email_message"], &["data.email_message"]),
    field("call_recording_link", &["call_recording_link", "recording_link"], &["call.recording"]),
    field("mode", &["mode"], &["data.mode"]).technical(),
    field("component_name", &["component_name"], &["data.component"]),
    field("additional headers", &[], &[])
        .but("of a webhook object: `keys = { \"data.reason\" = \"header:X-Reason\" }`"),
];

fn verify(source: &Source, inbound: &Received<'_>) -> Result<(), Refusal> {
    let refuse = |message: &str| Err(Refusal::NotAuthentic(message.to_owned()));
    match inbound.header(TOKEN) {
        None => refuse(
            "the header x-pbx-token is missing: fill in the Secret Token of the webhook, in the \
             PBX's settings or at the webhook object",
        ),
        Some(shown) if signature::is_one_of(&source.secrets, shown.trim()) => Ok(()),
        Some(_) => refuse(
            "x-pbx-token is not one of the source's secrets; a webhook object in a call flow has a \
             token of its own",
        ),
    }
}

fn decode(source: &Source, request: &Authentic<'_>) -> Result<Vec<CallEvent>, Refusal> {
    match request.json()? {
        Json::List(list) => {
            Ok(list.iter().take(MOST_EVENTS).map(|one| event(source, request, one)).collect())
        }
        one @ Json::Object(_) => Ok(vec![event(source, request, one)]),
        _ => {
            let message = "the body is JSON, but neither an object with type nor a list of them";
            Err(Refusal::NotUnderstood(message.to_owned()))
        }
    }
}

/// What a type means, and which way its call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reported {
    Ringing,
    Dialling,
    Answered(Direction),
    Completed(Direction),
    Summary,
    Voicemail,
    Recording(Direction),
    Component,
    Unknown,
}

impl Reported {
    fn read(name: &str) -> Self {
        use Direction::{Inbound, Outbound};
        match fields::word(name).as_str() {
            "user_inbound" | "user_user_inbound" | "inbound_call_to_user" => Self::Ringing,
            "user_inbound_answered"
            | "user_user_inbound_answered"
            | "inbound_call_to_user_answered" => Self::Answered(Inbound),
            "user_inbound_completed"
            | "user_user_inbound_completed"
            | "inbound_call_to_user_completed" => Self::Completed(Inbound),
            "user_outbound" | "user_user_outbound" | "outbound_call_from_user" => Self::Dialling,
            "user_outbound_answered"
            | "user_user_outbound_answered"
            | "outbound_call_from_user_answered" => Self::Answered(Outbound),
            "user_outbound_completed"
            | "user_user_outbound_completed"
            | "outbound_call_from_user_completed" => Self::Completed(Outbound),
            "queue_call" | "ring_group_call" => Self::Summary,
            "voicemail" => Self::Voicemail,
            "recording_inbound" | "recording_user_inbound" => Self::Recording(Inbound),
            "recording_outbound" | "recording_user_outbound" => Self::Recording(Outbound),
            "webhook_component_event" => Self::Component,
            _ => Self::Unknown,
        }
    }

    fn kind(self) -> CallEventKind {
        match self {
            Self::Ringing => CallEventKind::Ringing,
            Self::Dialling => CallEventKind::Started,
            Self::Answered(_) => CallEventKind::Answered,
            Self::Completed(_) => CallEventKind::Ended,
            Self::Summary => CallEventKind::Summary,
            Self::Voicemail => CallEventKind::VoicemailLeft,
            Self::Recording(_) => CallEventKind::RecordingReady,
            Self::Component => CallEventKind::ComponentReached,
            Self::Unknown => CallEventKind::Updated,
        }
    }

    fn direction(self) -> Option<Direction> {
        match self {
            Self::Answered(way) | Self::Completed(way) | Self::Recording(way) => Some(way),
            Self::Dialling => Some(Direction::Outbound),
            Self::Ringing | Self::Summary | Self::Voicemail | Self::Component => {
                Some(Direction::Inbound)
            }
            Self::Unknown => None,
        }
    }
}

/// An element as it came. One that is not an object is kept as an event of nothing, so that it does not
/// take the good ones of its list with it.
fn event(source: &Source, request: &Authentic<'_>, element: &Json<'_>) -> CallEvent {
    let fields = Fields { element, zone: source.mapping.zone.as_ref() };
    let name = text(element.get("type")).unwrap_or_else(|| "unnamed".to_owned());
    let told = Reported::read(&name);
    let happened = fields.happened(told);
    let mut event = CallEvent::new(told.kind(), name, happened.unwrap_or(request.at));
    event.call = text(fields.get(&["unique_call_id"]));
    event.direction = told.direction();
    event.dialled = text(fields.get(&["dest_number", "to_number"]));
    if told == Reported::Component {
        event.other = fields::side(element.get("user_number"), element.get("user_name"));
    } else {
        fields.parties(&mut event);
    }
    event.queue = fields.queue();
    event.started_at = fields.started();
    fields.course(told, &mut event);
    let link = fields::address(fields.get(&["call_recording_link", "recording_link"]));
    event.recordings = link.into_iter().collect();
    event.data = fields.data(event.direction);
    source.mapping.add_data(&mut event, element, request);
    event.key = Some(key(happened.or(event.started_at), element, &event));
    event
}

/// Nothing in an event tells it from its repeat but all of it; an arrival must not be part of it.
fn key(when: Option<Timestamp>, element: &Json<'_>, event: &CallEvent) -> String {
    let agent = event.agent.as_ref().and_then(|agent| agent.line.as_deref()).unwrap_or_default();
    let call = event.call.as_deref().unwrap_or_default();
    let all = element.to_string();
    let parts = [event.name.as_bytes(), call.as_bytes(), agent.as_bytes(), all.as_bytes()];
    fields::key(when, &parts)
}

/// The members of an element under the names of both editions.
struct Fields<'a> {
    element: &'a Json<'a>,
    zone: Option<&'a Zone>,
}

impl<'a> Fields<'a> {
    /// The first of several names that is there.
    fn get(&self, names: &[&str]) -> Option<&'a Json<'a>> {
        self.element.first(names)
    }

    fn moment(&self, names: &[&str]) -> Option<Timestamp> {
        fields::moment_in(self.get(names), self.zone)
    }

    fn started(&self) -> Option<Timestamp> {
        self.moment(&["call_start_at", "start_at"])
    }

    fn connected(&self) -> Option<Timestamp> {
        self.moment(&["connected_at"])
    }

    /// A time says so, also one without a zone; not a zero, nor a date of the year 0.
    fn was_answered(&self) -> bool {
        let zoneless = |text: String| text.contains(':') && !text.starts_with('0');
        self.connected().is_some() || text(self.get(&["connected_at"])).is_some_and(zoneless)
    }

    fn talked(&self) -> Option<i64> {
        fields::seconds(self.get(&["conversation_duration"]))
    }

    /// When a call that ended at `end` was answered, if it was. The article promises no zone, and
    /// without one it is only known that it was answered, and how long they spoke.
    fn answered(&self, end: Timestamp) -> Option<Timestamp> {
        let since = || fields::moved(end, -self.talked().unwrap_or_default());
        self.was_answered().then(|| self.connected().unwrap_or_else(since))
    }

    fn lasted(&self) -> Option<i64> {
        fields::seconds(self.get(&["call_duration"]))
    }

    /// The end is not told, but the beginning and how long it was.
    fn ended(&self) -> Option<Timestamp> {
        self.started().zip(self.lasted()).map(|(from, ms)| fields::moved(from, ms))
    }

    /// When it happened, where the event says so.
    fn happened(&self, told: Reported) -> Option<Timestamp> {
        match told {
            Reported::Ringing | Reported::Dialling => self.started(),
            Reported::Answered(_) => self.connected(),
            Reported::Completed(_) | Reported::Summary => self.ended(),
            Reported::Voicemail | Reported::Recording(_) => self.moment(&["recorded_at"]),
            // Its time is that of the call's arrival, and a component may come long after.
            Reported::Component | Reported::Unknown => None,
        }
    }

    fn parties(&self, event: &mut CallEvent) {
        let outbound = event.direction == Some(Direction::Outbound);
        let names: &[&str] =
            if outbound { &["user_name", "from_name"] } else { &["user_name", "to_name"] };
        let agent = Agent {
            name: text(self.get(names)),
            line: text(self.get(&["user_number", "exten"])),
            ..Agent::default()
        };
        event.agent = (agent != Agent::default()).then_some(agent);
        event.other = if outbound {
            fields::side(self.get(&["dest_number", "to_number"]), self.get(&["to_name"]))
        } else {
            let name = self.get(&["caller_name", "from_name"]);
            fields::side(self.get(&["caller_id", "from_number"]), name)
        };
    }

    fn queue(&self) -> Option<Queue> {
        let name = text(self.get(&["queue_name"])).or_else(|| text(self.get(&["ring_group_name"])));
        name.map(|name| Queue { name: Some(name), ..Queue::default() })
    }

    /// What became of the call, or of the user's part in it.
    fn course(&self, told: Reported, event: &mut CallEvent) {
        match told {
            Reported::Answered(_) => event.answered_at = self.connected(),
            Reported::Completed(_) => {
                event.scope = Scope::Agent;
                event.answered_at = self.answered(event.at);
                event.ended_at = self.ended();
                // The times of a user who never answered are not those of the call.
                if event.answered_at.is_some() {
                    self.times(event);
                }
            }
            Reported::Summary => {
                event.answered_at = self.answered(event.at);
                event.ended_at = self.ended();
                event.outcome = self.outcome();
                if event.outcome != Some(Outcome::Answered) {
                    event.agent = None;
                }
                self.times(event);
            }
            _ => {}
        }
    }

    fn times(&self, event: &mut CallEvent) {
        event.talk_ms = self.talked();
        event.duration_ms = self.lasted();
    }

    fn outcome(&self) -> Option<Outcome> {
        let status = text(self.get(&["status"]));
        let answered = self.was_answered().then_some(Outcome::Answered);
        status.map_or(answered, |status| fields::outcome(&status))
    }

    /// Whatever the table of fields takes for data.
    fn data(&self, way: Option<Direction>) -> Vec<(String, String)> {
        let is_meant = |key: &&str| *key != PRESENTED || way == Some(Direction::Outbound);
        let known = FIELDS.iter().flat_map(|field| field.data().map(|key| (key, field.sent)));
        let known = known.filter(|(key, _)| is_meant(key));
        known.filter_map(|(key, sent)| Some((key.to_owned(), text(self.get(sent))?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::pbx::Inbound;
    use crate::pbx::tests::{
        NOW, Request, SECRET, not_understood, vector, vector_json, with_secrets,
    };

    fn rings() -> Value {
        vector_json("voipcloud/user_inbound.json")
    }

    fn voipcloud(changed: &[(&str, Value)]) -> CallEvent {
        let mut body = rings();
        for (name, value) in changed {
            body[*name] = value.clone();
        }
        Request::json(&body).heard_once_by("voipcloud")
    }

    #[test]
    fn both_editions_name_the_same_things() {
        let one = Request::post(vector("voipcloud/user_inbound.json")).heard_once_by("voipcloud");
        let other = vector("voipcloud/variant_b.inbound_call_to_user.json");
        let other = Request::post(other).heard_once_by("voipcloud");
        assert_ne!(one.key, other.key);
        let (key, name) = (one.key.clone(), one.name.clone());
        assert_eq!(one, CallEvent { name, key, ..other });
        for (name, kind) in [
            ("user_user_inbound_answered", CallEventKind::Answered),
            ("user_user_inbound_completed", CallEventKind::Ended),
            ("recording_user_inbound", CallEventKind::RecordingReady),
        ] {
            assert_eq!(voipcloud(&[("type", json!(name))]).kind, kind);
        }
    }

    #[test]
    fn one_bad_element_does_not_lose_the_good_ones() {
        let list = json!([rings(), null, 7, [], { "type": [] }, rings()]);
        let events = Request::json(&list).heard_by("voipcloud");
        let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
        let (rings, kept) = (CallEventKind::Ringing, CallEventKind::Updated);
        assert_eq!(kinds, [rings, kept, kept, kept, kept, rings]);
        assert!(events[1..5].iter().all(|event| event.call.is_none()));
        assert_eq!(events[0].key, events[5].key);
        let alone = voipcloud(&[]);
        assert_eq!(events[0].key, alone.key, "in a list or alone, it is the same event");

        let many = Value::Array(vec![json!({}); 5000]);
        assert_eq!(Request::json(&many).heard_by("voipcloud").len(), 200);
        let office = with_secrets("voipcloud", &[SECRET]);
        let text = Request::post("\"x\"").header("x-pbx-token", SECRET).sent_to(&office);
        assert!(not_understood(text).contains("neither"));
    }

    #[test]
    fn the_text_null_is_nothing_and_numbers_may_be_text() {
        let completed = |connected: &str| {
            voipcloud(&[
                ("type", json!("user_inbound_completed")),
                ("connected_at", json!(connected)),
                ("call_duration", json!("75")),
                ("conversation_duration", json!("66.0")),
                ("queue_name", json!("null")),
            ])
        };
        let missed = completed("null");
        assert_eq!((missed.kind, missed.scope), (CallEventKind::Ended, Scope::Agent));
        assert_eq!((missed.answered_at, missed.talk_ms, missed.queue), (None, None, None));
        assert_eq!(missed.ended_at, Some(Timestamp(1_790_007_075_000)));
        for never in ["", "0", "0000-00-00 00:00:00", "never"] {
            assert_eq!(completed(never).answered_at, None, "{never}");
        }
        let spoke = completed("2026-09-22T02:10:09+10:00");
        assert_eq!((spoke.talk_ms, spoke.duration_ms), (Some(66_000), Some(75_000)));
    }

    #[test]
    fn a_time_without_a_zone_or_from_another_century_is_no_time() {
        for odd in ["2026-09-22T02:10:00", "null", "", "0", "1999-12-31T23:59:59Z", "soon"] {
            let event = voipcloud(&[("call_start_at", json!(odd))]);
            assert_eq!((event.at, event.started_at), (NOW, None), "{odd}");
        }
        let later = voipcloud(&[("call_start_at", json!("2027-01-01T00:00:00Z"))]);
        assert_eq!((later.at, later.started_at), (NOW, None));
    }

    #[test]
    fn a_call_whose_times_have_no_zone_was_answered_all_the_same() {
        let event = voipcloud(&[
            ("type", json!("user_inbound_completed")),
            ("call_start_at", json!("2026-09-22T02:10:00")),
            ("connected_at", json!("2026-09-22T02:10:09")),
            ("call_duration", json!(75)),
            ("conversation_duration", json!(66)),
        ]);
        assert_eq!((event.at, event.ended_at, event.started_at), (NOW, None, None));
        assert_eq!(event.answered_at, Some(Timestamp(NOW.0 - 66_000)));
        assert_eq!((event.talk_ms, event.duration_ms), (Some(66_000), Some(75_000)));
    }

    #[test]
    fn a_ring_without_a_time_has_the_same_key_whenever_it_arrives() {
        let office = with_secrets("voipcloud", &[SECRET]);
        let body = Request::post("{\"type\":\"user_inbound\"}").header("x-pbx-token", SECRET);
        let key = |at: i64| {
            let inbound = Inbound { at: Timestamp(at), ..body.inbound() };
            office.decode(&office.verify(inbound).unwrap()).unwrap().remove(0).key
        };
        assert_eq!(key(NOW.0), key(NOW.0 + 60_000));
    }

    #[test]
    fn a_summary_says_how_the_call_came_out() {
        for (status, outcome) in [
            ("answered", Some(Outcome::Answered)),
            ("abandoned", Some(Outcome::Abandoned)),
            ("timedout", Some(Outcome::TimedOut)),
            ("Timed Out", Some(Outcome::TimedOut)),
            ("beamed up", None),
        ] {
            let event = voipcloud(&[("type", json!("queue_call")), ("status", json!(status))]);
            assert_eq!((event.kind, event.outcome), (CallEventKind::Summary, outcome), "{status}");
            let answered = outcome == Some(Outcome::Answered);
            assert_eq!(event.agent.is_some(), answered, "only who answered had a part: {status}");
        }
    }

    #[test]
    fn a_recording_has_an_address_or_none() {
        for (link, found) in [
            (json!("https://rec.example.test/1?sig=a%2Fb"), 1),
            (json!("http://rec.example.test/1"), 1),
            (json!(""), 0),
            (json!(null), 0),
            (json!("pending"), 0),
            (json!("javascript:alert(1)"), 0),
            (json!(["https://rec.example.test/1"]), 0),
            (json!(format!("https://rec.example.test/{}", "a".repeat(3000))), 0),
        ] {
            let event = voipcloud(&[
                ("type", json!("recording_inbound")),
                ("call_recording_link", link.clone()),
            ]);
            assert_eq!(event.kind, CallEventKind::RecordingReady);
            assert_eq!(event.recordings.len(), found, "{link}");
        }
    }

    #[test]
    fn the_user_of_a_component_is_the_caller() {
        let reached = Request::post(vector("voipcloud/webhook_component_event.json"));
        let event = reached.heard_once_by("voipcloud");
        assert_eq!(event.kind, CallEventKind::ComponentReached);
        assert_eq!(event.agent, None);
        let other = event.other.unwrap();
        assert_eq!(
            (other.number.as_str(), other.name.as_deref()),
            ("0491570158", Some("J CITIZEN"))
        );
        assert_eq!(event.data, [("component".to_owned(), "After-hours gate".to_owned())]);
    }
}
