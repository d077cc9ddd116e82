//! Any other phone system: its requests are described by data alone.

use super::{Authentic, Key, Make, Received, Refusal, Source, fields, signature};
use crate::domain::event::{CallEvent, CallEventKind};

pub(super) static MAKE: Make =
    Make { is_mapped: true, needs_mapping: true, ..Make::new(verify, decode) };

fn verify(source: &Source, inbound: &Received<'_>) -> Result<(), Refusal> {
    signature::shown(&source.auth, inbound)
}

fn decode(source: &Source, request: &Authentic<'_>) -> Result<Vec<CallEvent>, Refusal> {
    let content = fields::content(request)?;
    let mapping = &source.mapping;
    let Some(name) = mapping.name(request, &content) else {
        let message = "no event is named: end the address with its name (/hooks/SOURCE/EVENT), or configure \
                       where the name is";
        return Err(Refusal::NotUnderstood(message.to_owned()));
    };
    let kind = mapping.kind(&name).unwrap_or(CallEventKind::Updated);
    let mut event = mapping.event(kind, &name, &content, request);
    // Without a time, a hold, a resumption and a second hold look alike, and each is news.
    if mapping.text(&Key::Time, &content).is_none() {
        event.key = None;
    }
    Ok(vec![event])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::event::Side;
    use crate::domain::ring::Queue;
    use crate::pbx::tests::{NOW, Request, not_understood, office, told};
    use crate::pbx::{Key, Mapping, Place, Selector, mapping};

    fn workshop() -> Source {
        let selector = |name: &str| Selector(name.to_owned());
        let mapping = Mapping {
            event: vec![Place::Field(selector("/state")), Place::Header("x-state".to_owned())],
            events: vec![
                ("ring".to_owned(), CallEventKind::Ringing),
                ("parked".to_owned(), CallEventKind::Held),
            ],
            keys: mapping::keys(&[
                (Key::Call, &["/call/id"]),
                (Key::Caller, &["/call/from", "cli"]),
                (Key::CallerName, &["/call/name"]),
                (Key::Dialled, &["/call/to"]),
                (Key::Agent, &["ext"]),
                (Key::AgentName, &["who"]),
                (Key::AgentEmail, &["mail"]),
                (Key::AgentId, &["who_id"]),
                (Key::Queue, &["group"]),
                (Key::Direction, &["way"]),
                (Key::Time, &["when"]),
                (Key::Started, &["from"]),
                (Key::Answered, &["picked"]),
                (Key::Ended, &["to"]),
                (Key::Talk, &["talk"]),
                (Key::Duration, &["long"]),
                (Key::Recording, &["wav"]),
                (Key::Tags, &["tags"]),
                (Key::Outcome, &["result"]),
                (Key::Data("VIP".to_owned()), &["/call/vip"]),
            ]),
            values: vec![
                (Key::Direction, "ankommend".to_owned(), "inbound".to_owned()),
                (Key::Outcome, "no answer".to_owned(), "missed".to_owned()),
            ],
            zone: None,
        };
        Source { mapping, ..office("mapped") }
    }

    #[test]
    fn a_mapping_finds_every_field() {
        let body = json!({
            "state": "Ring", "ext": 205, "who": "Marcus Lee", "mail": "marcus@example.test",
            "who_id": 9, "group": "Workshop", "way": "Ankommend", "when": "2026-09-21T16:00:00Z",
            "from": 1_790_006_000, "picked": 1_790_006_005_000_i64, "to": "", "talk": "12", "long": 17,
            "wav": ["https://rec.example.test/1", 7, "https://rec.example.test/2"],
            "tags": ["a", "b", 3], "result": "No Answer",
            "call": { "id": "c-1", "from": "", "name": "Rita Moss", "to": "0255501234", "vip": true },
            "cli": "0491570156"
        });
        let event = Request::json(&body).sent_to(&workshop()).unwrap().remove(0);
        insta::assert_snapshot!("every_field", told(&event));
    }

    #[test]
    fn a_hold_that_says_no_time_is_news_each_time() {
        let hold = |when: Value| {
            let body = json!({ "state": "parked", "call": { "id": "c-1" }, "when": when });
            Request::json(&body).sent_to(&workshop()).unwrap().remove(0)
        };
        assert_eq!((hold(json!(null)).kind, hold(json!(null)).key), (CallEventKind::Held, None));
        assert!(hold(json!("2026-09-21T16:00:00Z")).key.is_some());
        assert_eq!(hold(json!("16:00 sharp")).at, NOW);
        assert!(hold(json!("16:00 sharp")).key.is_some());
    }

    #[test]
    fn our_own_words_need_no_mapping() {
        let bare = office("mapped");
        let request = Request::json(&json!({ "event": "call.ringing" }));
        assert_eq!(request.sent_to(&bare).unwrap()[0].name, "call.ringing");
        let mut source = office("mapped");
        source.mapping.keys = mapping::keys(&[(Key::Call, &["id"]), (Key::Caller, &["from"])]);
        let request = Request::post("id=7&from=").at("call.answered");
        let event = request.sent_to(&source).unwrap().remove(0);
        assert_eq!((event.kind, event.other), (CallEventKind::Answered, Some(Side::default())));
        let nameless = Request::json(&json!({ "call": { "id": "c-1" } })).sent_to(&workshop());
        assert!(not_understood(nameless).contains("/hooks/"));
    }

    #[test]
    fn a_mapping_of_a_hundred_data_shows_as_many_as_make_sense() {
        let mut source = workshop();
        let data = (0..100).map(|n| (Key::Data(format!("{n}")), vec![Selector("ext".to_owned())]));
        source.mapping.keys.extend(data);
        let request = Request::json(&json!({ "state": "ring", "ext": 205 }));
        assert_eq!(request.sent_to(&source).unwrap()[0].data.len(), 64);
    }

    #[test]
    fn an_event_of_no_call_is_only_kept() {
        let event =
            Request::json(&json!({ "state": "ring" })).sent_to(&workshop()).unwrap().remove(0);
        assert_eq!((event.kind, event.call), (CallEventKind::Updated, None));
    }

    #[test]
    fn a_queue_has_the_name_it_is_given() {
        let event =
            Request::json(&json!({ "state": "ring", "call": { "id": 1 }, "group": "Parts" }));
        let event = event.sent_to(&workshop()).unwrap().remove(0);
        let parts = Queue { name: Some("Parts".to_owned()), ..Queue::default() };
        assert_eq!(event.queue, Some(parts));
    }
}
