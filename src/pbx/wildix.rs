//! Wildix: webhooks, and the same bodies over SQS, of both generations. From 2023 there are
//! `call:start`, `call:update` and `call:end`, which tell one pair of parties; newer installations
//! send `call:live:…` and `call:completed`, which tell the flows of a call: one more with each
//! transfer.
//!
//! The envelope's `id` names the call, never the event; and a start and an update may share their
//! `time` too. The agent is whoever is LOCAL: the callee when a call comes in, the caller when it
//! goes out.

mod flow;

use self::flow::{Parties, Span};
use super::fields::{self, text};
use super::json::Json;
use super::{
    AHEAD, Authentic, AuthenticatedBy, Make, QueueAttribute, Received, Refusal, Source, signature,
};
use crate::domain::event::{CallEvent, CallEventKind, Outcome};
use crate::domain::presence::{Presence, PresenceState};
use crate::domain::ring::{Agent, Direction};
use crate::domain::time::Timestamp;

/// What carries the signature: over HTTP a header, over SQS an attribute of the message.
pub static SIGNATURE: QueueAttribute =
    QueueAttribute { attribute: "X-SIGNATURE", header: "x-signature" };

/// The most flows that are read of a call.
const MOST_FLOWS: usize = 64;

pub(super) static MAKE: Make = Make {
    authenticated_by: AuthenticatedBy::Secrets,
    queue: Some(&SIGNATURE),
    fields: flow::FIELDS,
    ..Make::new(verify, decode)
};

fn verify(source: &Source, inbound: &Received<'_>) -> Result<(), Refusal> {
    let refuse = |message: &str| Err(Refusal::NotAuthentic(message.to_owned()));
    let Some(shown) = inbound.header(SIGNATURE.header) else {
        return refuse("the header x-signature is missing: Wildix signs every webhook");
    };
    if source.secrets.is_empty() {
        return refuse("this source has no secret: put the secret of the integration into secrets");
    }
    if !signature::is_signed(&source.secrets, inbound.body, shown) {
        return refuse("x-signature does not match this body with any of the source's secrets");
    }
    of_integration(source, inbound)?;
    fresh(source, inbound)
}

/// Several integrations may have one target; whoever names one hears that one only.
fn of_integration(source: &Source, inbound: &Received<'_>) -> Result<(), Refusal> {
    let (Some(wanted), Ok(body)) = (&source.integration, inbound.json()) else { return Ok(()) };
    let sent = text(body.get("integrationId")).unwrap_or_default();
    if sent == *wanted {
        return Ok(());
    }
    let message = format!(
        "the event is from the integration \"{sent}\", but this source accepts only \"{wanted}\": correct \
         integration, or send these events to a source of their own"
    );
    Err(Refusal::NotAuthentic(message))
}

/// A signature is good for ever, so that whoever has seen a request could send it again: only its
/// age tells. Repeats within that age are known by their key.
fn fresh(source: &Source, inbound: &Received<'_>) -> Result<(), Refusal> {
    // What cannot be read has no age; reading it is refused, and says why.
    let Ok(body) = inbound.json() else { return Ok(()) };
    let Some(at) = fields::moment(body.get("time")) else { return Ok(()) };
    let refuse = |message: String| Err(Refusal::NotAuthentic(message));
    if inbound.at.since(at) > source.max_age {
        let most = source.max_age.as_secs();
        return refuse(format!(
            "the event is from {at}, more than {most} seconds ago, and counts as a replay"
        ));
    }
    if at.since(inbound.at) > AHEAD {
        return refuse(format!("the event is from {at}, which is in the future: check the clocks"));
    }
    Ok(())
}

fn decode(source: &Source, request: &Authentic<'_>) -> Result<Vec<CallEvent>, Refusal> {
    let body = request.json()?;
    if !body.is_object() {
        let message = "the body is JSON, but not an object with type, id and data";
        return Err(Refusal::NotUnderstood(message.to_owned()));
    }
    let envelope = Envelope::read(body, request.at);
    let mut events = envelope.events();
    let key = envelope.key(request.body);
    let several = events.len() > 1;
    for (index, event) in events.iter_mut().enumerate() {
        event.key = Some(if several { format!("{key}.{index}") } else { key.clone() });
        source.mapping.add_data(event, body, request);
    }
    Ok(events)
}

/// What stands around every event.
struct Envelope<'a> {
    name: String,
    id: Option<String>,
    integration: Option<String>,
    /// When it was sent, which for all but `call:completed` is when it happened.
    time: Option<Timestamp>,
    arrived: Timestamp,
    data: &'a Json<'a>,
}

impl<'a> Envelope<'a> {
    fn read(body: &'a Json<'a>, arrived: Timestamp) -> Self {
        Self {
            name: text(body.get("type")).unwrap_or_else(|| "unnamed".to_owned()),
            id: text(body.get("id")),
            integration: text(body.get("integrationId")),
            time: fields::moment(body.get("time")),
            arrived,
            data: body.get("data").unwrap_or(&Json::Null),
        }
    }

    /// Neither the id nor the time tells one event from another, so the body itself does.
    fn key(&self, body: &[u8]) -> String {
        let part = |text: &Option<String>| text.clone().unwrap_or_default().into_bytes();
        let time = self.time.map_or(0, |at| at.0).to_le_bytes();
        let (integration, id) = (part(&self.integration), part(&self.id));
        fields::key(self.time, &[&integration, self.name.as_bytes(), &id, &time, body])
    }

    fn events(&self) -> Vec<CallEvent> {
        match self.name.to_ascii_lowercase().as_str() {
            "call:start" => vec![self.told(CallEventKind::Started, self.data)],
            "call:update" => vec![self.update()],
            "call:end" => vec![self.end()],
            "call:live:progress" => self.live_progress(),
            "call:live:completed" | "call:live:interrupted" => vec![self.live_end()],
            "call:completed" => self.completed(),
            "presence:user" | "presence:telephony" | "presence:conference" => {
                vec![self.presence()]
            }
            _ => vec![self.unknown()],
        }
    }

    fn at(&self) -> Timestamp {
        self.time.unwrap_or(self.arrived)
    }

    fn data(&self, name: &str) -> Option<&'a Json<'a>> {
        self.data.get(name)
    }

    /// The call, and nothing of it.
    fn bare(&self, kind: CallEventKind) -> CallEvent {
        let mut event = CallEvent::new(kind, self.name.clone(), self.at());
        event.call.clone_from(&self.id);
        event
    }

    /// Transcriptions and whatever is newer are kept; their id is only a call's where it looks like
    /// one.
    fn unknown(&self) -> CallEvent {
        let mut event = self.bare(CallEventKind::Updated);
        let is_call = self.name.starts_with("call:");
        event.call = event.call.filter(|id| is_call && names_a_call(id));
        event
    }

    /// What a pair of parties tells: the data of a 2023 event, or one flow.
    fn told(&self, kind: CallEventKind, flow: &Json<'_>) -> CallEvent {
        let Parties { direction, agent, other } = Parties::read(flow);
        let destination = text(flow.get("destination"));
        let mut event = self.bare(kind);
        // The service number is what an outside caller dialled; a destination may be where the
        // dial plan took them.
        event.dialled = match direction {
            Some(Direction::Inbound) => text(flow.get("serviceNumber")).or(destination),
            _ => destination,
        };
        event.direction = direction;
        event.agent = agent;
        event.other = other;
        event.queue = flow::queue(flow);
        event.tags = flow::tags(flow);
        event.data = flow::data(flow, self.data);
        event
    }

    fn update(&self) -> CallEvent {
        let mut event = self.told(CallEventKind::Updated, self.data);
        event.kind = flow::kind(self.data, &event);
        event
    }

    fn end(&self) -> CallEvent {
        let mut event = self.told(CallEventKind::Ended, self.data);
        event.cause = flow::cause(self.data);
        event.outcome = flow::is_rejected(self.data).then_some(Outcome::Rejected);
        event
    }

    /// The flows in their order; an event that has none tells its parties itself.
    fn flows(&self) -> Vec<&'a Json<'a>> {
        let Some(flows) = self.data("flows").and_then(Json::as_list) else {
            return vec![self.data];
        };
        let mut flows: Vec<&Json<'_>> = flows.iter().take(MOST_FLOWS).collect();
        flows.sort_by_key(|flow| fields::whole(flow.get("flowIndex")));
        flows
    }

    fn live_progress(&self) -> Vec<CallEvent> {
        let trigger = text(self.data("eventTrigger")).unwrap_or_default();
        if trigger.eq_ignore_ascii_case("call.end") {
            return vec![self.live_end()];
        }
        let starts = trigger.eq_ignore_ascii_case("call.start");
        let flows = self.flows().into_iter();
        let mut events: Vec<CallEvent> = flows.map(|flow| self.live(flow, starts)).collect();
        if events.is_empty() {
            events.push(self.bare(CallEventKind::Updated));
        }
        only_the_last_speaks(&mut events);
        events
    }

    /// One flow of a call that goes on.
    fn live(&self, flow: &Json<'_>, starts: bool) -> CallEvent {
        let mut event = self.told(CallEventKind::Updated, flow);
        event.kind = match flow::kind(flow, &event) {
            CallEventKind::Updated if starts => CallEventKind::Started,
            kind => kind,
        };
        event.started_at = fields::moment(self.data("start"));
        if matches!(event.kind, CallEventKind::Answered | CallEventKind::Held) {
            event.answered_at = self.talking_since(flow);
        }
        event
    }

    fn talking_since(&self, flow: &Json<'_>) -> Option<Timestamp> {
        let talked = fields::millis(flow.get("talkTime")).filter(|ms| *ms > 0)?;
        Some(fields::moved(self.time?, -talked))
    }

    fn live_end(&self) -> CallEvent {
        let flows = self.flows();
        let last = flows.last().copied().unwrap_or(&Json::Null);
        let mut event = self.told(CallEventKind::Ended, last);
        event.started_at = fields::moment(self.data("start"));
        event.answered_at = self.talking_since(last);
        event.talk_ms = flow::total(&flows, "talkTime");
        event.duration_ms =
            if flows.len() == 1 { fields::millis(last.get("duration")) } else { None };
        event.cause = flow::cause(self.data).or_else(|| flow::cause(last));
        let rejected = flow::is_rejected(self.data) || flow::is_rejected(last);
        event.outcome = rejected.then_some(Outcome::Rejected);
        event
    }

    /// The call once more, when all that belongs to it is stored: minutes after its end.
    fn completed(&self) -> Vec<CallEvent> {
        let flows = self.flows();
        let mut events = Vec::new();
        if flows.len() > 1 {
            events.extend(flows.iter().filter_map(|flow| self.part(flow)));
        }
        let whole = self.whole(&flows);
        let later = |kind, recordings| {
            let mut event = self.bare(kind);
            event.agent.clone_from(&whole.agent);
            event.recordings = recordings;
            event
        };
        let ready = whole.recordings.clone();
        let ready = (!ready.is_empty()).then(|| later(CallEventKind::RecordingReady, ready));
        let left = flow::has_voicemail(&flows)
            .then(|| later(CallEventKind::VoicemailLeft, flow::addresses(&flows, "voicemail")));
        events.push(whole);
        events.extend(ready);
        events.extend(left);
        events
    }

    /// One agent's part, where there are several. It says nothing of how the call came out, unless
    /// the agent spoke: of two words of one moment only one would stand.
    fn part(&self, flow: &Json<'_>) -> Option<CallEvent> {
        let mut event = self.bare(CallEventKind::Summary);
        event.agent = Some(Parties::read(flow).agent?);
        let span = Span::read(flow);
        event.outcome = flow::outcome(flow).filter(|outcome| *outcome == Outcome::Answered);
        event.answered_at = event.outcome.and(span.answered);
        event.ended_at = span.ended;
        Some(event)
    }

    fn whole(&self, flows: &[&Json<'_>]) -> CallEvent {
        // The first flow is the call as it came in; those after it are transfers.
        let first = flows.first().copied().unwrap_or(&Json::Null);
        let mut event = self.told(CallEventKind::Summary, first);
        let outcomes: Vec<Outcome> = flows.iter().filter_map(|flow| flow::outcome(flow)).collect();
        let answered = outcomes.contains(&Outcome::Answered);
        event.outcome = match outcomes.first() {
            Some(_) if answered => Some(Outcome::Answered),
            Some(_) if flow::is_rejected(self.data) => Some(Outcome::Rejected),
            other => other.copied(),
        };
        let spans = || flows.iter().map(|flow| Span::read(flow));
        let spoken = flows.iter().filter(|flow| flow::outcome(flow) == Some(Outcome::Answered));
        event.started_at = spans().filter_map(|span| span.started).min();
        event.answered_at = spoken.filter_map(|flow| Span::read(flow).answered).min();
        event.ended_at = spans().filter_map(|span| span.ended).max();
        event.talk_ms = flow::total(flows, "talkTime");
        let lasted = event.started_at.zip(event.ended_at);
        event.duration_ms = lasted.map(|(from, to)| to.0.saturating_sub(from.0).max(0));
        event.cause = flow::cause(self.data);
        event.recordings = flow::addresses(flows, "recording");
        let tags: Vec<Vec<String>> = flows.iter().filter_map(|flow| flow::tags(flow)).collect();
        event.tags =
            (!tags.is_empty()).then(|| fields::without_repeats(tags.into_iter().flatten()));
        if flows.len() > 1 {
            event.agent = None;
        }
        event
    }

    fn presence(&self) -> CallEvent {
        let kind = CallEventKind::PresenceChanged;
        let mut event = CallEvent::new(kind, self.name.clone(), self.at());
        let participant = self.data("participant");
        let of = |name| participant.and_then(|participant| participant.get(name));
        event.agent = flow::known(Agent {
            line: text(self.data("extension")),
            name: text(of("name")),
            email: text(self.data("email")).or_else(|| text(of("email"))),
            ..Agent::default()
        });
        let is = |name| self.data(name) == Some(&Json::Bool(true));
        let conference = if is("isJoined") {
            Some("joined".to_owned())
        } else {
            is("isLeaved").then(|| "left".to_owned())
        };
        event.data = pairs([("conference", conference)]);
        event.presence = match self.name.to_ascii_lowercase().as_str() {
            "presence:user" => Presence { user: Some(self.status()), telephony: None },
            "presence:telephony" => Presence { user: None, telephony: text(self.data("status")) },
            _ => Presence::default(),
        };
        event
    }

    fn status(&self) -> PresenceState {
        let place = self.data("location");
        let place = |name| place.and_then(|place| place.get(name));
        PresenceState {
            status: text(self.data("status")),
            message: text(self.data("message")),
            until: fields::moment(self.data("until")),
            location: text(place("address")),
            latitude: fields::degrees(place("lat"), 90.0),
            longitude: fields::degrees(place("lng"), 180.0),
        }
    }
}

fn pairs<const N: usize>(known: [(&str, Option<String>); N]) -> Vec<(String, String)> {
    known.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

/// Flows follow each other: of several that are called talking, the last one is it.
fn only_the_last_speaks(events: &mut [CallEvent]) {
    let speaks = |event: &&mut CallEvent| {
        matches!(event.kind, CallEventKind::Answered | CallEventKind::Held)
    };
    for event in events.iter_mut().filter(speaks).rev().skip(1) {
        event.kind = CallEventKind::Updated;
    }
}

/// `company_1790001000.77`: a company, and a call's unique id.
fn names_a_call(id: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    let unique = id.rsplit('_').next().unwrap_or_default();
    unique.split_once('.').is_some_and(|(seconds, count)| digits(seconds) && digits(count))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::event::{Scope, Side};
    use crate::pbx::tests::{Request, not_understood, with_secrets};

    fn wildix(name: &str, data: &Value) -> Value {
        json!({
            "id": "zz_w900100_1790001000.77", "pbx": "990000000aaa", "time": 1_790_001_007_420_i64,
            "company": "zz_w900100", "type": name, "integrationId": "k3v9qd", "data": data
        })
    }

    fn rita() -> Value {
        json!({ "type": "REMOTE", "phone": "+441632960123", "name": "Rita Moss" })
    }

    fn priya() -> Value {
        json!({ "type": "LOCAL", "phone": "310", "name": "Priya Nair", "userId": "70310",
            "userExtension": "310", "email": "priya@example.test" })
    }

    fn omar() -> Value {
        json!({ "type": "LOCAL", "phone": "311", "name": "Omar Haddad", "userId": "70311",
            "userExtension": "311" })
    }

    fn heard(name: &str, data: &Value) -> CallEvent {
        Request::json(&wildix(name, data)).heard_once_by("wildix")
    }

    fn names(event: &CallEvent) -> (Option<&str>, Option<&str>) {
        let agent = event.agent.as_ref().and_then(|agent| agent.name.as_deref());
        (agent, event.other.as_ref().map(|side| side.number.as_str()))
    }

    #[test]
    fn a_status_means_what_it_says_in_any_case() {
        for (status, kind) in [
            ("CONNECTING", CallEventKind::Ringing),
            ("connecting", CallEventKind::Ringing),
            ("Talking", CallEventKind::Answered),
            ("TALK", CallEventKind::Answered),
            ("ANSWERED", CallEventKind::Answered),
            ("CONNECTED", CallEventKind::Answered),
            ("UP", CallEventKind::Answered),
            ("HOLD", CallEventKind::Held),
            ("LEVITATING", CallEventKind::Updated),
        ] {
            let data = json!({ "status": status, "caller": rita(), "callee": priya() });
            let event = heard("call:update", &data);
            assert_eq!(event.kind, kind, "{status}");
            assert_eq!(names(&event), (Some("Priya Nair"), Some("+441632960123")));
        }
    }

    #[test]
    fn while_nobody_is_called_nobody_rings_or_answers() {
        let update = |status: &str| {
            heard("call:update", &json!({ "status": status, "caller": rita(), "callee": null }))
                .kind
        };
        assert_eq!(update("CONNECTING"), CallEventKind::Started);
        assert_eq!(update("TALKING"), CallEventKind::Updated);
    }

    #[test]
    fn when_priya_calls_out_she_is_the_agent_and_rings_nobody() {
        let called = json!({ "status": "CONNECTING", "caller": priya(), "callee": rita(),
            "destination": "+441632960123" });
        let event = heard("call:update", &called);
        assert_eq!(event.kind, CallEventKind::Started);
        assert_eq!(names(&event), (Some("Priya Nair"), Some("+441632960123")));
        assert_eq!(event.direction, Some(Direction::Outbound));

        let start = json!({ "caller": priya(), "callee": null, "destination": "01632960123" });
        let event = heard("call:start", &start);
        assert_eq!(names(&event), (Some("Priya Nair"), Some("01632960123")));
        assert_eq!(event.direction, Some(Direction::Outbound));

        let talks = json!({ "status": "TALKING", "caller": priya(), "callee": rita() });
        assert_eq!(heard("call:update", &talks).kind, CallEventKind::Answered);
    }

    #[test]
    fn when_priya_calls_omar_he_is_the_agent() {
        let rings = json!({ "status": "CONNECTING", "caller": priya(), "callee": omar() });
        let event = heard("call:update", &rings);
        assert_eq!(event.kind, CallEventKind::Ringing);
        assert_eq!(names(&event), (Some("Omar Haddad"), Some("310")));
        assert_eq!(event.direction, Some(Direction::Internal));
        let start = json!({ "caller": priya(), "callee": null, "destination": "311" });
        assert_eq!(names(&heard("call:start", &start)), (None, Some("310")));
    }

    #[test]
    fn a_caller_without_a_number_is_withheld_and_an_absent_caller_is_unknown() {
        let hidden = json!({ "type": "REMOTE", "phone": null, "name": null });
        let event = heard("call:start", &json!({ "caller": hidden }));
        assert_eq!(event.other, Some(Side::default()));
        assert_eq!(heard("call:start", &json!({})).other, None);
    }

    #[test]
    fn a_start_and_an_update_of_one_moment_have_two_keys() {
        let data = json!({ "caller": rita() });
        let key = |name: &str, data: &Value| heard(name, data).key.unwrap();
        let start = key("call:start", &data);
        assert_eq!(start, key("call:start", &data));
        assert_ne!(start, key("call:update", &data));
        assert_ne!(start, key("call:start", &json!({ "caller": priya() })));
        let elsewhere = heard("call:start", &data);
        let mut body = wildix("call:start", &data);
        body["integrationId"] = json!("other");
        assert_ne!(elsewhere.key, Request::json(&body).heard_once_by("wildix").key);
    }

    #[test]
    fn a_live_call_that_was_transferred_has_one_speaker() {
        let flow = |index: u8, callee: Value, talked: u32| {
            json!({ "flowIndex": index, "status": "TALKING", "caller": rita(), "callee": callee,
                "direction": "INBOUND", "talkTime": talked })
        };
        let data = json!({ "eventTrigger": "call.update", "start": "2026-09-21T14:30:00Z",
            "flows": [flow(1, omar(), 4000), flow(0, priya(), 9000)] });
        let events = Request::json(&wildix("call:live:progress", &data)).heard_by("wildix");
        let kinds: Vec<_> = events.iter().map(|event| (event.kind, names(event).0)).collect();
        assert_eq!(
            kinds,
            [
                (CallEventKind::Updated, Some("Priya Nair")),
                (CallEventKind::Answered, Some("Omar Haddad"))
            ]
        );
        assert_eq!(events[1].answered_at, Some(Timestamp(1_790_001_003_420)));
        assert_ne!(events[0].key, events[1].key);
    }

    #[test]
    fn a_call_that_was_interrupted_is_over() {
        let data = json!({ "flows": [{ "caller": rita(), "callee": priya(), "talkTime": 2000 }] });
        let event = heard("call:live:interrupted", &data);
        assert_eq!((event.kind, event.scope), (CallEventKind::Ended, Scope::Call));
        assert_eq!(event.talk_ms, Some(2000));
        let progress = json!({ "eventTrigger": "call.end", "flows": [] });
        assert_eq!(heard("call:live:progress", &progress).kind, CallEventKind::Ended);
    }

    #[test]
    fn a_completed_call_of_two_agents_tells_each_of_them() {
        let start = 1_790_000_000_000_i64;
        let flow = |index: i64, callee: Value, status: &str| {
            let talked = if status == "COMPLETED" { 6000 } else { 0 };
            json!({ "flowIndex": index, "caller": rita(), "callee": callee, "callStatus": status,
                "talkTime": talked, "startTime": start + index * 10_000,
                "endTime": start + index * 10_000 + 9000, "tags": ["External"] })
        };
        let mut last = flow(1, omar(), "COMPLETED");
        last["attachments"] = json!([
            { "recording": { "url": "https://pbx.example.test/a.wav" } },
            { "voicemail": { "url": "https://pbx.example.test/v.mp3" } },
            { "recording": { "url": "javascript:alert(1)" } }
        ]);
        let data = json!({ "flows": [flow(0, priya(), "MISSED"), last] });
        let events = Request::json(&wildix("call:completed", &data)).heard_by("wildix");
        let said: Vec<_> =
            events.iter().map(|event| (event.kind, names(event).0, event.outcome)).collect();
        let summary = CallEventKind::Summary;
        assert_eq!(
            said,
            [
                (summary, Some("Priya Nair"), None),
                (summary, Some("Omar Haddad"), Some(Outcome::Answered)),
                (summary, None, Some(Outcome::Answered)),
                (CallEventKind::RecordingReady, None, None),
                (CallEventKind::VoicemailLeft, None, None),
            ]
        );
        assert_eq!(events[0].answered_at, None);
        assert_eq!(events[1].answered_at, Some(Timestamp(start + 13_000)));
        let whole = &events[2];
        assert_eq!((whole.talk_ms, whole.duration_ms), (Some(6000), Some(19_000)));
        assert_eq!(whole.recordings, ["https://pbx.example.test/a.wav"]);
        assert_eq!(whole.tags, Some(vec!["External".to_owned()]));
        assert_eq!(events[4].recordings, ["https://pbx.example.test/v.mp3"]);

        let endless = json!({ "flows": vec![flow(0, priya(), "COMPLETED"); 1000] });
        let events = Request::json(&wildix("call:completed", &endless)).heard_by("wildix");
        assert_eq!(
            events.last().unwrap().outcome,
            Some(Outcome::Answered),
            "the whole is not cut off"
        );
        assert_eq!(events.last().unwrap().agent, None);
        assert_eq!(events.len(), 65);
    }

    #[test]
    fn what_wildix_will_invent_is_kept() {
        let event = heard("call:rating:given", &json!({ "stars": 5 }));
        assert_eq!(event.kind, CallEventKind::Updated);
        assert_eq!(event.call.as_deref(), Some("zz_w900100_1790001000.77"));
        let mut body = wildix("chat:channel:created", &json!({}));
        assert_eq!(Request::json(&body).heard_once_by("wildix").call, None);
        body["type"] = json!("call:weather");
        body["id"] = json!("0b0c-11");
        assert_eq!(Request::json(&body).heard_once_by("wildix").call, None);
        body["type"] = json!({ "odd": true });
        assert_eq!(Request::json(&body).heard_once_by("wildix").name, "unnamed");
        let office = with_secrets("wildix", &["s"]);
        for body in ["", "{", "[]", "7", "<xml/>"] {
            let refused = not_understood(Request::post(body).signed("s").sent_to(&office));
            assert!(refused.contains("JSON"), "{refused}");
        }
    }
}
