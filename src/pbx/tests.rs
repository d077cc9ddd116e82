//! What every make says, vector by vector, and what none of them may do.
//!
//! A file more under `tests/vectors` is a test more: it is sent with the headers that the manifest
//! gives it, and what is understood of it stands in `snapshots`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::*;
use crate::domain::event::{CallEventKind, Scope};
use crate::domain::ring::Agent;
use crate::domain::time::Zone;

/// When every test's requests arrive: 2026-09-21T17:00:00Z, after all that the vectors tell.
pub(super) const NOW: Timestamp = Timestamp(1_790_010_000_000);

/// What an administrator of VoIPcloud put into every webhook.
pub(super) const SECRET: &str = "vector-pbx-token";

/// The phone system of an office, as its administrator set it up.
pub(super) fn office(make: &str) -> Source {
    let make = <&Make>::read(make).unwrap();
    Source {
        name: "office".to_owned(),
        make,
        secrets: Vec::new(),
        auth: Auth::None,
        mapping: make.mapping(),
        max_age: Duration::from_hours(24),
        region: None,
        expires: make.expires,
        queue: None,
        state: State::On,
        integration: None,
    }
}

pub(super) fn with_secrets(kind: &str, secrets: &[&str]) -> Source {
    let secrets = secrets.iter().map(|secret| Secret::new(*secret)).collect();
    Source { secrets, ..office(kind) }
}

/// A request under way.
#[derive(Default, Clone)]
pub(super) struct Request {
    pub(super) event: Option<String>,
    pub(super) query: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    pub(super) fn post(body: impl AsRef<[u8]>) -> Self {
        Self { body: body.as_ref().to_vec(), ..Self::default() }
    }

    pub(super) fn json(body: &Value) -> Self {
        Self::post(body.to_string())
    }

    pub(super) fn get(query: &str) -> Self {
        Self { query: query.to_owned(), ..Self::default() }
    }

    pub(super) fn at(mut self, event: &str) -> Self {
        self.event = Some(event.to_owned());
        self
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    pub(super) fn signed(self, secret: &str) -> Self {
        let signature = hex_hmac(&Secret::new(secret), &self.body);
        self.header("x-signature", &signature)
    }

    pub(super) fn inbound(&self) -> Inbound<'_> {
        Inbound {
            method: if self.body.is_empty() { "GET" } else { "POST" },
            event: self.event.as_deref(),
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
            at: NOW,
        }
    }

    pub(super) fn sent_to(&self, source: &Source) -> Result<Vec<CallEvent>, Refusal> {
        let authentic = source.verify(self.inbound())?;
        source.decode(&authentic)
    }

    /// What the office understands; this is not a test of proofs.
    pub(super) fn heard_by(&self, kind: &str) -> Vec<CallEvent> {
        let (source, request) = match kind {
            "wildix" => (with_secrets(kind, &["s"]), self.clone().signed("s")),
            "voipcloud" => {
                (with_secrets(kind, &[SECRET]), self.clone().header("x-pbx-token", SECRET))
            }
            _ => (office(kind), self.clone()),
        };
        request.sent_to(&source).unwrap()
    }

    pub(super) fn heard_once_by(&self, kind: &str) -> CallEvent {
        let mut events = self.heard_by(kind);
        assert_eq!(events.len(), 1, "{events:#?}");
        events.remove(0)
    }
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

pub(super) fn vector(path: &str) -> Vec<u8> {
    fs::read(vectors().join(path)).unwrap()
}

pub(super) fn vector_json(path: &str) -> Value {
    serde_json::from_slice(&vector(path)).unwrap()
}

/// The folders of vectors: one a make, and XiVO's.
fn folders() -> Vec<String> {
    let all = fs::read_dir(vectors()).unwrap().map(Result::unwrap);
    let folders = all.filter(|entry| entry.file_type().unwrap().is_dir());
    folders.map(|folder| folder.file_name().into_string().unwrap()).collect()
}

/// The vectors of a folder, without their ending.
pub(super) fn stems(folder: &str) -> Vec<String> {
    let files = fs::read_dir(vectors().join(folder)).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut stems: Vec<String> =
        names.filter_map(|name| Some(name.strip_suffix(".json")?.to_owned())).collect();
    stems.sort();
    stems
}

fn headers_of(members: Option<&Value>) -> Vec<(String, String)> {
    let members = members.and_then(Value::as_object).into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    members.map(|(name, value)| (name.to_ascii_lowercase(), text(value))).collect()
}

/// Whether a vector is a whole request, and not a body alone.
fn is_whole(stem: &str) -> bool {
    Path::new(stem).extension().is_some_and(|extension| extension == "http")
}

/// A vector as it is sent: a body with the manifest's headers, or a whole request.
fn request(folder: &str, stem: &str) -> Request {
    let path = format!("{folder}/{stem}.json");
    if stem == "sqs_message" {
        let message = vector_json(&path);
        let signature = message.pointer("/MessageAttributes/X-SIGNATURE/StringValue").unwrap();
        let body = message["Body"].as_str().unwrap();
        return Request::post(body).header("x-signature", signature.as_str().unwrap());
    }
    if is_whole(stem) {
        let whole = vector_json(&path);
        let named = whole["path"].as_str().unwrap().split('/').nth(3);
        let body = match (whole.get("body"), whole.get("body_file")) {
            (Some(body), _) => body.as_str().unwrap().as_bytes().to_vec(),
            (None, Some(file)) => {
                vector(&format!("{folder}/{}", file.as_str().unwrap().split_once('/').unwrap().1))
            }
            (None, None) => Vec::new(),
        };
        return Request {
            event: named.map(str::to_owned),
            query: whole["query"].as_str().unwrap_or_default().to_owned(),
            headers: headers_of(whole.get("headers")),
            body,
        };
    }
    let manifest = vector_json("manifest.json");
    let known = manifest["vectors"].as_array().unwrap();
    let entry = known.iter().find(|entry| entry["file"] == path.as_str());
    let headers = headers_of(entry.and_then(|entry| entry.get("headers")));
    // Telair's administrator puts the event into the address.
    let event = (folder == "telair").then(|| stem.to_owned());
    Request { event, query: String::new(), headers, body: vector(&path) }
}

/// The source that a vector comes from.
fn source(folder: &str, stem: &str) -> Source {
    let secret = vector_json("wildix/secret.json");
    let secret = |name: &str| secret[name].as_str().unwrap().to_owned();
    match (folder, stem) {
        ("wildix", "sqs_message") => with_secrets("wildix", &[&secret("sqs_secret")]),
        ("wildix", _) => with_secrets("wildix", &[&secret("http_secret")]),
        ("voipcloud", _) => with_secrets("voipcloud", &[SECRET]),
        ("telair", "get_query.http") => {
            let password = Secret::new("vector");
            Source { auth: Auth::Basic { user: "vector".to_owned(), password }, ..office("telair") }
        }
        ("telair", "post_json_token.http") => {
            Source { auth: Auth::Token(vec![Secret::new("vector-token")]), ..office("telair") }
        }
        ("xima", stem) if is_whole(stem) => {
            let (name, values) = ("x-bridge-key".to_owned(), vec![Secret::new("vector")]);
            Source { auth: Auth::Header { name, values }, ..office("xima") }
        }
        ("xivo", _) => office("xuc"),
        (make, _) => office(make),
    }
}

/// What an event says, and nothing of what it does not say.
pub(super) fn told(event: &CallEvent) -> String {
    let mut lines = format!("{}  {}\n", event.kind.word(), event.name);
    let mut say = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            writeln!(lines, "  {name}: {value}").unwrap();
        }
    };
    let moment = |at: Timestamp| format!("{at} {:03}", at.0.rem_euclid(1000));
    let arrived = event.at == NOW;
    say("at", Some(if arrived { "arrival".to_owned() } else { moment(event.at) }));
    say("call", event.call.clone());
    say("key", event.key.clone());
    let agents_own = event.kind == CallEventKind::Ended && event.scope == Scope::Agent;
    say("ends", agents_own.then(|| "for the agent".to_owned()));
    say("agent", event.agent.as_ref().map(whoever));
    say("other", event.other.as_ref().map(|side| format!("{:?} {:?}", side.number, side.name)));
    say("company", event.other.as_ref().and_then(|side| side.company.clone()));
    say("mail", event.other.as_ref().and_then(|side| side.email.clone()));
    say("dialled", event.dialled.clone());
    say("direction", event.direction.map(|way| way.word().to_owned()));
    say("queue", event.queue.as_ref().map(|queue| format!("{:?} id {:?}", queue.name, queue.id)));
    say("started", event.started_at.map(moment));
    say("answered", event.answered_at.map(moment));
    say("ended", event.ended_at.map(moment));
    say("talked", event.talk_ms.map(|ms| format!("{ms} ms")));
    say("lasted", event.duration_ms.map(|ms| format!("{ms} ms")));
    say("outcome", event.outcome.map(|outcome| outcome.word().to_owned()));
    say("cause", event.cause.clone());
    for recording in &event.recordings {
        say("recording", Some(recording.clone()));
    }
    say("codes", event.codes.as_ref().map(|codes| format!("{codes:?}")));
    say("after", event.is_after.then(|| "the call".to_owned()));
    say("tags", event.tags.as_ref().map(|tags| format!("{tags:?}")));
    for (key, value) in &event.data {
        say(&format!("data.{key}"), Some(value.clone()));
    }
    let user = event.presence.user.clone().unwrap_or_default();
    say("presence.status", user.status);
    say("presence.message", user.message);
    say("presence.until", user.until.map(|until| until.to_string()));
    say("presence.location", user.location);
    say("presence.latitude", user.latitude);
    say("presence.longitude", user.longitude);
    say("presence.telephony", event.presence.telephony.clone());
    lines
}

fn whoever(agent: &Agent) -> String {
    let known = [
        ("user", &agent.user_id),
        ("id", &agent.agent_id),
        ("name", &agent.name),
        ("line", &agent.line),
        ("mail", &agent.email),
    ];
    let known = known.iter().filter_map(|(word, id)| Some(format!("{word} {}", id.as_ref()?)));
    known.collect::<Vec<_>>().join(", ")
}

#[test]
fn every_vector_is_proven_and_understood() {
    let mut seen = 0;
    for folder in folders() {
        let is_ours = |stem: &String| match folder.as_str() {
            "xivo" => stem.starts_with("phone_event.") || stem.starts_with("xuc_event_push."),
            _ => stem != "secret",
        };
        for stem in stems(&folder).into_iter().filter(is_ours) {
            let events = request(&folder, &stem).sent_to(&source(&folder, &stem)).unwrap();
            let told: Vec<String> = events.iter().map(told).collect();
            let mut settings = insta::Settings::clone_current();
            settings.set_prepend_module_to_snapshot(false);
            settings.set_snapshot_path("snapshots");
            settings.set_omit_expression(true);
            settings.bind(|| {
                insta::assert_snapshot!(format!("{folder}__{stem}"), told.join("\n"));
            });
            seen += 1;
        }
    }
    assert!(seen >= 53, "{seen} vectors");
}

pub(super) fn refusal(result: Result<Vec<CallEvent>, Refusal>) -> String {
    match result {
        Err(Refusal::NotAuthentic(message)) => message,
        other => panic!("not refused: {other:?}"),
    }
}

pub(super) fn not_understood(result: Result<Vec<CallEvent>, Refusal>) -> String {
    match result {
        Err(Refusal::NotUnderstood(message)) => message,
        other => panic!("not refused as unreadable: {other:?}"),
    }
}

#[test]
fn wildix_signs_the_very_bytes() {
    let office = source("wildix", "call_start");
    let good = request("wildix", "call_start");
    assert!(good.sent_to(&office).is_ok());

    let mut tampered = good.clone();
    tampered.body = String::from_utf8(tampered.body).unwrap().replace("0123", "0124").into_bytes();
    assert!(refusal(tampered.sent_to(&office)).contains("x-signature"));

    let mut spaced = good.clone();
    spaced.body.push(b' ');
    assert!(refusal(spaced.sent_to(&office)).contains("x-signature"));

    let mut unsigned = good.clone();
    unsigned.headers.clear();
    assert!(refusal(unsigned.sent_to(&office)).contains("missing"));

    for signature in ["", "00", "zz", &"0".repeat(64)] {
        let forged = Request::post(&good.body).header("x-signature", signature);
        assert!(refusal(forged.sent_to(&office)).contains("x-signature"), "{signature}");
    }
    let nobody = with_secrets("wildix", &[]);
    assert!(refusal(good.sent_to(&nobody)).contains("no secret"));
}

#[test]
fn an_empty_secret_opens_nothing() {
    let start = Request::json(&json!({ "type": "call:start" })).signed("");
    assert!(refusal(start.sent_to(&with_secrets("wildix", &[""]))).contains("x-signature"));
    let rings =
        Request::json(&vector_json("voipcloud/user_inbound.json")).header("x-pbx-token", "");
    assert!(refusal(rings.sent_to(&with_secrets("voipcloud", &[""]))).contains("not one of"));
}

#[test]
fn while_a_secret_is_rotated_both_are_good() {
    let office = with_secrets("wildix", &["old", "new"]);
    let start = Request::json(&json!({ "type": "call:start", "id": "zz_w_1.2", "data": {} }));
    assert!(start.clone().signed("old").sent_to(&office).is_ok());
    assert!(start.clone().signed("new").sent_to(&office).is_ok());
    assert!(start.signed("third").sent_to(&office).is_err());

    let office = with_secrets("voipcloud", &["settings", "gate"]);
    let rings = Request::post(vector("voipcloud/user_inbound.json"));
    assert!(rings.clone().header("x-pbx-token", "settings").sent_to(&office).is_ok());
    assert!(rings.clone().header("x-pbx-token", "gate").sent_to(&office).is_ok());
    let wrong = rings.clone().header("x-pbx-token", "settings2").sent_to(&office);
    assert!(refusal(wrong).contains("not one of"));
    assert!(refusal(rings.sent_to(&office)).contains("missing"));
}

#[test]
fn a_wildix_event_is_not_taken_when_it_is_too_old_or_yet_to_come() {
    let office = with_secrets("wildix", &["s"]);
    let sent = |time: i64| {
        let body = json!({ "type": "call:start", "id": "zz_w_1.2", "time": time, "data": {} });
        Request::json(&body).signed("s").sent_to(&office)
    };
    let day = 24 * 3600 * 1000;
    assert!(sent(NOW.0 - day).is_ok());
    assert!(refusal(sent(NOW.0 - day - 1)).contains("replay"));
    assert!(sent(NOW.0 + 300_000).is_ok());
    assert!(refusal(sent(NOW.0 + 300_001)).contains("in the future"));
}

#[test]
fn the_others_show_what_their_administrator_configured() {
    let secret = || vec![Secret::new("k1"), Secret::new("k2")];
    let query = |name: &str| Auth::Query { name: name.to_owned(), values: secret() };
    let header = || Auth::Header { name: "x-bridge-key".to_owned(), values: secret() };
    for kind in ["telair", "xima", "xuc", "mapped"] {
        let body = json!({ "event": "connected", "call_id": "1", "eventType": "EventRinging" });
        let request = Request::json(&body).at("inbound_call_answered");
        let by_query = Source { auth: query("key"), ..office(kind) };
        let with = |query: &str| Request { query: query.to_owned(), ..request.clone() };
        assert!(with("key=k2").sent_to(&by_query).is_ok(), "{kind:?}");
        assert!(with("key=k3").sent_to(&by_query).is_err(), "{kind:?}");
        assert!(request.sent_to(&by_query).is_err(), "{kind:?}");
        let by_header = Source { auth: header(), ..office(kind) };
        let with = |value: &str| request.clone().header("X-Bridge-Key", value);
        assert!(with("k1").sent_to(&by_header).is_ok(), "{kind:?}");
        assert!(with("k").sent_to(&by_header).is_err(), "{kind:?}");
    }
    let basic = Auth::Basic { user: "pbx".to_owned(), password: Secret::new("pass:word") };
    let office = Source { auth: basic, ..office("telair") };
    let answers = |login: &str| {
        let login = format!("Basic {}", BASE64.encode(login.as_bytes()));
        let request = Request::get("call_uuid=1").at("inbound_call_answered");
        request.header("Authorization", &login).sent_to(&office)
    };
    assert!(answers("pbx:pass:word").is_ok());
    assert!(answers("pbx:pass").is_err());
}

/// The same members under names that are written otherwise; those of free data stay.
fn renamed(value: &Value, name: fn(&str) -> String) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(known, member)| {
                let member =
                    if known == "userData" { member.clone() } else { renamed(member, name) };
                (name(known), member)
            });
            Value::Object(members.collect())
        }
        Value::Array(list) => list.iter().map(|one| renamed(one, name)).collect(),
        other => other.clone(),
    }
}

/// The words of a name: `unique_call_id`, `integrationId`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in name.chars() {
        if c == '_' || c == ' ' || c.is_ascii_uppercase() {
            words.push(String::new());
        }
        if c != '_' && c != ' ' {
            words.last_mut().unwrap().push(c.to_ascii_lowercase());
        }
    }
    words
}

fn label(name: &str) -> String {
    let first = |word: &String| word.get(..1).unwrap_or_default().to_ascii_uppercase();
    let word = |word: &String| format!("{}{}", first(word), word.get(1..).unwrap_or_default());
    words(name).iter().map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_make_knows_its_members_however_their_names_are_written() {
    let styles: [fn(&str) -> String; 4] = [
        label,
        |name| words(name).concat(),
        |name| words(name).join("-"),
        |name| words(name).join("_").to_ascii_uppercase(),
    ];
    let mut seen = 0;
    for (folder, make) in [
        ("wildix", "wildix"),
        ("voipcloud", "voipcloud"),
        ("telair", "telair"),
        ("xima", "xima"),
        ("xivo", "xuc"),
    ] {
        let is_body = |stem: &String| match folder {
            "xivo" => stem.starts_with("phone_event.") || stem.starts_with("xuc_event_push."),
            _ => !is_whole(stem) && stem != "secret" && stem != "sqs_message",
        };
        for stem in stems(folder).into_iter().filter(is_body) {
            let sent = vector_json(&format!("{folder}/{stem}.json"));
            let meant = |body: &Value| {
                let mut request = Request::json(body);
                request.event = (folder == "telair").then(|| stem.clone());
                let events = request.heard_by(make);
                let told = events.into_iter().map(|event| told(&CallEvent { key: None, ..event }));
                told.collect::<String>()
            };
            for style in styles {
                assert_eq!(meant(&renamed(&sent, style)), meant(&sent), "{folder}/{stem}");
            }
            seen += 1;
        }
    }
    assert!(seen >= 40, "{seen} bodies");
}

#[test]
fn every_make_keeps_whatever_else_its_administrator_asks_for() {
    for (make, _) in <&Make>::ALL {
        let selectors = ["some_thing", "header:x-reason"].map(|name| Selector(name.to_owned()));
        let mut source = office(make);
        source.mapping.keys = vec![
            (Key::Data("more".to_owned()), selectors.to_vec()),
            (Key::Data("reason".to_owned()), selectors[1..].to_vec()),
        ];
        let heard = |some: &Value| {
            let body = json!({ "event": "connected", "eventType": "EventRinging", "type": "x",
                "call_id": "7", "Some Thing": some });
            let request = Request::json(&body).header("X-Reason", " after hours ");
            source.decode(&Authentic(Received::new(request.inbound()))).unwrap().remove(0).data
        };
        let data = |more: &str| {
            [("more", more), ("reason", "after hours")]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
        };
        assert_eq!(heard(&json!("new")), data("new"), "{make}");
        assert_eq!(heard(&json!(["a", 7, null, "b"])), data("a, 7, b"), "{make}");
        assert_eq!(heard(&json!({ "a": 1 })), data("after hours"), "{make}");
    }
}

#[test]
fn dates_without_a_zone_are_read_in_that_of_their_source() {
    type Read = fn(&CallEvent) -> Option<Timestamp>;
    type Case<'a> = (&'a str, &'a [(Key, &'a [&'a str])], &'a str, Read);
    let cases: [Case<'_>; 7] = [
        ("voipcloud", &[], "call_start_at", |event| event.started_at),
        ("voipcloud", &[], "connected_at", |event| event.answered_at),
        ("telair", &[], "date_time", |event| Some(event.at).filter(|at| *at != NOW)),
        ("xima", &[], "time", |event| event.started_at),
        ("mapped", &[(Key::Started, &["began"])], "began", |event| event.started_at),
        ("mapped", &[(Key::Ended, &["over"])], "over", |event| event.ended_at),
        ("mapped", &[(Key::PresenceUntil, &["until"])], "until", |event| {
            event.presence.user.clone()?.until
        }),
    ];
    for (make, keys, member, read) in cases {
        for (local, utc) in [
            ("2026-06-01 10:00:00", "2026-06-01T00:00:00Z"),
            ("2026-02-01T10:00:00", "2026-01-31T23:00:00Z"),
            ("2026-06-01T10:00:00Z", "2026-06-01T10:00:00Z"),
        ] {
            let name = if member == "until" { "presence.changed" } else { "inbound_call_answered" };
            let body = json!({ "event": name, "type": "user_inbound_answered", "call_id": "7",
                "call_uuid": "7", "extension_number": "310", member: local });
            let heard = |zone: Option<&str>| {
                let mut source = office(make);
                source.mapping.keys.extend(mapping::keys(keys));
                source.mapping.zone = zone.and_then(Zone::parse);
                let request = Request::json(&body);
                let request = Authentic(Received::new(request.inbound()));
                read(&source.decode(&request).unwrap().remove(0)).map(|at| at.to_string())
            };
            assert_eq!(heard(Some("Australia/Sydney")).as_deref(), Some(utc), "{make} {member}");
            let alone = Some(utc).filter(|_| local.ends_with('Z'));
            assert_eq!(heard(None).as_deref(), alone, "{make} {member}: {local}");
        }
    }
}

#[test]
fn a_source_that_names_its_integration_takes_no_other_ones_events() {
    let office =
        Source { integration: Some("k3v9qd".to_owned()), ..with_secrets("wildix", &["s"]) };
    let sent = |name: &str, integration: Value| {
        let body = json!({ "type": "call:start", "id": "zz_w_1.2", "data": {}, name: integration });
        Request::json(&body).signed("s").sent_to(&office)
    };
    for name in ["integrationId", "Integration ID"] {
        assert!(sent(name, json!("k3v9qd")).is_ok(), "{name}");
    }
    for other in [json!("other"), json!(""), Value::Null] {
        assert!(refusal(sent("integrationId", other)).contains("integration"));
    }
}
