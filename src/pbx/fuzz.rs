//! Whatever is sent, nothing panics and nothing grows. The long run:
//! `PROPTEST_CASES=1000000 cargo test --release pbx::fuzz`.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::tests::{NOW, Request, office};
use super::*;
use crate::domain::word::Word;

/// The names that each make uses, and some of the mapping's.
const MEMBERS: &[(&str, &[&str])] = &[
    (
        "wildix",
        &[
            "id",
            "time",
            "type",
            "integrationId",
            "data",
            "status",
            "caller",
            "callee",
            "phone",
            "name",
            "email",
            "userId",
            "userExtension",
            "role",
            "destination",
            "trunkName",
            "queueName",
            "queueId",
            "tags",
            "flags",
            "endCause",
            "endCauseStr",
            "endBy",
            "flows",
            "flowIndex",
            "duration",
            "talkTime",
            "startTime",
            "endTime",
            "callStatus",
            "start",
            "eventTrigger",
            "direction",
            "remotePhone",
            "recordingsData",
            "attachments",
            "recording",
            "voicemail",
            "url",
            "extension",
            "participant",
            "location",
            "isJoined",
        ],
    ),
    (
        "voipcloud",
        &[
            "type",
            "unique_call_id",
            "caller_id",
            "caller_name",
            "user_name",
            "user_number",
            "dest_number",
            "call_start_at",
            "connected_at",
            "call_duration",
            "conversation_duration",
            "queue_name",
            "ring_group_name",
            "status",
            "recorded_at",
            "call_recording_link",
            "component_name",
            "from_number",
            "exten",
            "start_at",
        ],
    ),
    (
        "telair",
        &[
            "event",
            "date_time",
            "call_uuid",
            "source_number",
            "destination_number",
            "extension_number",
            "name",
            "ivr_name",
            "option_selected",
            "service_name",
        ],
    ),
    (
        "xima",
        &[
            "trigger",
            "call_id",
            "report_call_id",
            "direction",
            "caller_name",
            "external_number",
            "dnis",
            "agent",
            "agent_extension",
            "agent_name",
            "group_skill",
            "time",
            "account_codes",
            "tag",
            "audio_recording_link",
        ],
    ),
    (
        "xuc",
        &[
            "username",
            "message",
            "msgType",
            "ctiMessage",
            "eventType",
            "DN",
            "otherDN",
            "otherDName",
            "linkedId",
            "uniqueId",
            "queueName",
            "callDirection",
            "userData",
            "XIVO_DSTNUM",
        ],
    ),
    (
        "mapped",
        &["event", "call", "caller", "agent", "time", "started", "talk", "recording", "tags", "x"],
    ),
];

/// Words that lead deeper than chance does.
const WORDS: &[&str] = &[
    "call:start",
    "call:update",
    "call:end",
    "call:live:progress",
    "call:live:completed",
    "call:completed",
    "presence:user",
    "call.end",
    "LOCAL",
    "REMOTE",
    "AGENT",
    "CONNECTING",
    "TALKING",
    "HOLD",
    "MISSED",
    "COMPLETED",
    "21",
    "user_inbound",
    "user_inbound_completed",
    "user_outbound",
    "queue_call",
    "answered",
    "recording_inbound",
    "webhook_component_event",
    "inbound_call_answered",
    "outbound_call_placed",
    "presenting",
    "updated",
    "<Call ID>",
    "Lena (154)",
    "(",
    "EventRinging",
    "EventReleased",
    "call.ringing",
    "Inbound",
    "null",
    "",
    "2026-09-21T16:00:00Z",
    "2026-09-21T16:00:00",
    "-9999-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "1790006000000",
    "9223372036854775807",
    "-9223372036854775808",
    "1e308",
    "https://rec.example.test/1",
    "https://[",
    "a,b,,c",
    "\u{0}",
    "é\u{301}",
];

fn kinds() -> impl Strategy<Value = &'static str> {
    prop::sample::select(<&Make>::ALL.iter().map(|(word, _)| *word).collect::<Vec<_>>())
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => prop::sample::select(WORDS).prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => (1_789_000_000_000..1_791_000_000_000_i64).prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => ".{0,12}".prop_map(Value::from),
        1 => (250..4000_usize).prop_map(|long| Value::from("é".repeat(long))),
    ]
}

/// JSON that is built from a make's own names, with values of any type.
fn said_by(kind: &str) -> impl Strategy<Value = Value> {
    let known = MEMBERS.iter().find(|(known, _)| *known == kind).unwrap().1;
    leaf().prop_recursive(4, 96, 24, move |inner| {
        let name = prop_oneof![
            12 => prop::sample::select(known).prop_map(str::to_owned),
            1 => ".{0,300}".prop_map(String::from),
        ];
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            4 => prop::collection::vec((name, inner), 0..24)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn source_of(kind: &str) -> Source {
    let mut source = Source { secrets: vec![Secret::new("s")], ..office(kind) };
    if kind == "mapped" {
        let word = |word: &'static str| Some((Key::parse(word)?, vec![Selector(word.to_owned())]));
        source.mapping.keys = Key::all_words().into_iter().filter_map(word).collect();
    }
    source
}

fn sent(kind: &str, event: Option<String>, query: String, body: Vec<u8>) -> Vec<CallEvent> {
    let signature = hex_hmac(&Secret::new("s"), &body);
    let request = Request { event, query, headers: Vec::new(), body };
    let request = request.header("x-signature", &signature).header("x-pbx-token", "s");
    let told = request.sent_to(&source_of(kind));
    assert_eq!(told, request.sent_to(&source_of(kind)), "twice the same is the same");
    told.unwrap_or_default()
}

/// Every text of an event.
fn texts(event: &CallEvent) -> Vec<&String> {
    let agent = event.agent.iter().flat_map(|agent| {
        [&agent.user_id, &agent.agent_id, &agent.name, &agent.line, &agent.email]
    });
    let queue = event.queue.iter().flat_map(|queue| [&queue.id, &queue.name]);
    let own = [&event.call, &event.key, &event.dialled, &event.cause];
    let mut texts: Vec<&String> = agent.chain(queue).chain(own).flatten().collect();
    texts.push(&event.name);
    texts.extend(event.other.iter().map(|side| &side.number));
    texts.extend(
        event.other.iter().flat_map(|side| [&side.name, &side.company, &side.email]).flatten(),
    );
    texts.extend(event.tags.iter().chain(&event.codes).flatten());
    texts.extend(event.data.iter().flat_map(|(key, value)| [key, value]));
    texts
}

fn check(events: &[CallEvent]) {
    assert!(events.len() <= MOST_EVENTS);
    for event in events {
        for text in texts(event) {
            assert!(text.chars().count() <= 256, "{} characters", text.chars().count());
            assert_eq!(*text, text::plain(text), "NUL, or what turns the writing round");
        }
        assert!(event.data.len() <= text::MOST);
        assert!(event.tags.iter().chain(&event.codes).all(|list| list.len() <= text::MOST));
        assert!(event.recordings.len() <= MOST_RECORDINGS);
        assert!(event.recordings.iter().all(|address| address.len() <= 2048));
        let moments = [event.started_at, event.answered_at, event.ended_at];
        let moments = moments.into_iter().flatten().chain([event.at]);
        assert!(moments.into_iter().all(|at| at <= NOW.plus(AHEAD)), "{event:?}");
        assert!(event.talk_ms.is_none_or(|ms| ms >= 0), "{event:?}");
        assert!(event.duration_ms.is_none_or(|ms| ms >= 0), "{event:?}");
        let kept = event.kind == CallEventKind::Updated;
        let presence = event.kind == CallEventKind::PresenceChanged;
        assert!(event.call.is_some() || kept || presence, "{event:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_any_make_panic(
        kind in kinds(),
        event in prop::option::of(".{0,300}"),
        query in ".{0,60}",
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        check(&sent(kind, event, query, body));
    }

    #[test]
    fn no_json_in_a_makes_own_words_makes_it_panic(
        (kind, body) in kinds().prop_flat_map(|kind| (Just(kind), said_by(kind))),
        event in prop::option::of(prop::sample::select(WORDS)),
    ) {
        check(&sent(kind, event.map(str::to_owned), String::new(), body.to_string().into_bytes()));
    }

    #[test]
    fn no_wildix_event_makes_it_panic(
        name in prop::sample::select(&WORDS[..7]),
        data in said_by("wildix"),
        time in leaf(),
    ) {
        let body = json!({ "type": name, "id": "zz_w_1.2", "time": time, "data": data });
        check(&sent("wildix", None, String::new(), body.to_string().into_bytes()));
    }

    #[test]
    fn no_form_in_a_makes_own_words_makes_it_panic(
        (kind, members) in kinds().prop_flat_map(|kind| {
            let known = MEMBERS.iter().find(|(known, _)| *known == kind).unwrap().1;
            let pair = (prop::sample::select(known), prop::sample::select(WORDS));
            (Just(kind), prop::collection::vec(pair, 0..20))
        }),
        in_query in any::<bool>(),
    ) {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let form = form.extend_pairs(members).finish();
        let none = String::new();
        let (query, body) = if in_query { (form, none) } else { (none, form) };
        check(&sent(kind, None, query, body.into_bytes()));
    }
}
