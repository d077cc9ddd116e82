//! `docs/fields.md` is what the tables of fields say, the tables have every field of the vendors' pages, and
//! each field becomes what its table says.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::tests::{Request, stems, vector_json};
use super::vendor::Field;
use super::*;

/// The makes that send fields of their own, with a word on each.
const MAKES: [(&str, &str, &str); 5] = [
    ("wildix", "Wildix", "A `LOCAL` party is the agent, a `REMOTE` one the caller."),
    (
        "voipcloud",
        "VoIPcloud, VoIPLine",
        "If there are two names, each is from one edition of the vendor's article.",
    ),
    ("telair", "Telair and other resellers", "You choose the request keys; these are recognised."),
    ("xima", "Xima CCaaS", "You choose the names of the parameters; these are recognised."),
    ("xuc", "XiVO's XuC", ""),
];

fn fields_of(make: &str) -> &'static [Field] {
    <&Make>::read(make).unwrap().fields
}

/// A field's row in the documentation.
fn row(field: &Field) -> String {
    let code = |names: &[&str]| {
        let names = names.iter().map(|name| format!("`{}`", name.trim_start_matches("party.")));
        names.collect::<Vec<_>>().join(", ")
    };
    let Field { theirs, sent, ours, note, .. } = field;
    format!("| {theirs} | {} | {} | {note} |\n", code(sent), code(ours))
}

#[test]
fn the_documentation_is_what_the_tables_say() {
    let mut tables = String::new();
    for (make, title, word) in MAKES {
        let rows: String = fields_of(make).iter().map(row).collect();
        let word = if word.is_empty() { String::new() } else { format!("{word}\n\n") };
        let head = "| the vendor's field | sent as | becomes | |\n|---|---|---|---|\n";
        write!(tables, "\n## {title}\n\n{word}{head}{rows}").unwrap();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/fields.md")).unwrap();
    let (introduction, _) = page.split_once("\n## Wildix").unwrap_or((&page, ""));
    let expected = format!("{introduction}{tables}");
    if page != expected {
        fs::write(root.join("target/fields.md"), &expected).unwrap();
        panic!("docs/fields.md differs: cp target/fields.md docs/fields.md");
    }
}

#[test]
fn every_field_of_the_vendors_pages_is_in_a_table() {
    let (mut make, mut count) = ("", 0);
    for line in include_str!("vendor_fields.txt").lines() {
        if let Some(section) = line.strip_prefix('[') {
            make = section.trim_end_matches(']');
        } else if !line.is_empty() && !line.starts_with('#') {
            let is_it = |field: &&Field| {
                let names = field.theirs.split([',', ':']).map(str::trim);
                names.chain(field.sent.iter().copied()).any(|name| name == line)
            };
            assert!(fields_of(make).iter().any(|field| is_it(&field)), "{make}: {line}");
            count += 1;
        }
    }
    assert!(count >= 100, "{count} fields");
}

/// What the events of a request say under a name in templates.
fn said(events: &[CallEvent], name: &str) -> String {
    let told = |event: &CallEvent| {
        let agent = event.agent.clone().unwrap_or_default();
        let other = event.other.clone().unwrap_or_default();
        let queue = event.queue.clone().unwrap_or_default();
        match name {
            "event.name" => event.name.clone(),
            "event.at" => event.at.to_string(),
            "call.id" => format!("{:?}", event.call),
            "call.phase" => event.kind.word().to_owned(),
            "call.direction" => format!("{:?}", event.direction),
            "call.dialled" => format!("{:?}", event.dialled),
            "call.started_at" => format!("{:?}", event.started_at),
            "call.answered_at" => format!("{:?}", event.answered_at),
            "call.ended_at" => format!("{:?}", event.ended_at),
            "call.talk_seconds" => format!("{:?}", event.talk_ms),
            "call.duration_seconds" => format!("{:?}", event.duration_ms),
            "call.outcome" => format!("{:?}", event.outcome),
            "call.cause" => format!("{:?}", event.cause),
            "call.recording" => format!("{:?}", event.recordings),
            "call.tags" => format!("{:?}", event.tags),
            "call.codes" => format!("{:?}", event.codes),
            "caller.raw" => other.number,
            "caller.name" => format!("{:?}", other.name),
            "caller.company" => format!("{:?}", other.company),
            "caller.email" => format!("{:?}", other.email),
            "agent.line" => format!("{:?}", agent.line),
            "agent.name" => format!("{:?}", agent.name),
            "agent.email" => format!("{:?}", agent.email),
            "agent.user_id" => format!("{:?}", agent.user_id),
            "queue.name" => format!("{:?}", queue.name),
            "queue.id" => format!("{:?}", queue.id),
            "data.KEY" => format!("{:?}", event.data),
            _ => {
                let key = name.strip_prefix("data.").unwrap_or_else(|| panic!("{name}"));
                format!("{:?}", event.data.iter().find(|(known, _)| known == key))
            }
        }
    };
    events.iter().map(told).collect::<Vec<_>>().join("\n")
}

/// Another value that could stand in the same place.
fn another(value: &Value) -> Value {
    let opposites = [
        ("answered", "abandoned"),
        ("Inbound", "Outbound"),
        ("INBOUND", "OUTBOUND"),
        ("incoming", "outgoing"),
        ("TALKING", "HOLD"),
        ("COMPLETED", "MISSED"),
    ];
    match value {
        Value::Number(number) => (number.as_i64().unwrap() + 5000).into(),
        Value::String(text) => {
            let other = opposites.iter().find_map(|(one, other)| {
                (one.eq_ignore_ascii_case(text)).then(|| (*other).to_owned())
            });
            let other = other.or_else(|| {
                Timestamp::parse(text)
                    .filter(|_| text.contains(':'))
                    .map(|at| at.minus(Duration::from_hours(1)).to_string())
            });
            other.unwrap_or_else(|| format!("{text}7")).into()
        }
        Value::Array(list) if list.first().is_some_and(Value::is_object) => json!([]),
        Value::Array(_) => json!(["another"]),
        Value::Object(_) => json!({ "ANOTHER": "1" }),
        Value::Null | Value::Bool(_) => "another".into(),
    }
}

/// The same requests with one member of a name changed: every one that there is.
fn changed(value: &Value, name: &str) -> Vec<Value> {
    let mut all = Vec::new();
    match value {
        Value::Object(members) => {
            for (known, member) in members {
                let with = |member: Value| {
                    let mut members = members.clone();
                    members.insert(known.clone(), member);
                    Value::Object(members)
                };
                if known == name {
                    all.push(with(another(member)));
                }
                all.extend(changed(member, name).into_iter().map(with));
            }
        }
        Value::Array(list) => {
            for (at, one) in list.iter().enumerate() {
                let with = |one| {
                    let mut list = list.clone();
                    list[at] = one;
                    Value::Array(list)
                };
                all.extend(changed(one, name).into_iter().map(with));
            }
        }
        _ => {}
    }
    all
}

/// Requests of a make that have all of its fields between them, each with the event that its address names.
fn requests(make: &str) -> Vec<(Option<&'static str>, Value)> {
    let recorded = |folder: &str, wanted: fn(&str) -> bool| {
        let stems = stems(folder).into_iter().filter(|stem| wanted(stem));
        stems.map(|stem| (None, vector_json(&format!("{folder}/{stem}.json")))).collect()
    };
    let all_at = |events: &[&'static str]| {
        let texts = fields_of(make).iter().flat_map(|field| field.sent);
        let texts = texts.map(|name| ((*name).to_owned(), json!("310"))).collect();
        let mut body = Value::Object(texts);
        body["direction"] = json!("Inbound");
        body["call_direction"] = json!("Inbound");
        body["time"] = json!(1_790_006_000_000_i64);
        body["date_time"] = json!("2026-09-21T16:00:00Z");
        body["audio_recording_link"] = json!("https://rec.example.test/1");
        events.iter().map(|event| (Some(*event), body.clone())).collect()
    };
    match make {
        "wildix" => {
            let mut all: Vec<_> = recorded("wildix", |stem| stem.starts_with("call_"));
            let mut more = vector_json("wildix/call_completed.json");
            for name in ["queueTime", "holdTime"] {
                more["data"]["flows"][0][name] = json!(1000);
            }
            more["data"]["flows"][0]["attachments"] =
                json!([{ "recording": { "url": "https://rec.example.test/2" } }]);
            let mut withheld = more.clone();
            withheld["data"]["flows"][0]["caller"] = Value::Null;
            let mut desk = more.clone();
            desk["data"]["flows"][0]["callee"]["userExtension"] = Value::Null;
            all.extend([(None, more), (None, withheld), (None, desk)]);
            all
        }
        "voipcloud" => {
            let mut all: Vec<_> = recorded("voipcloud", |_| true);
            let link = "https://rec.example.test/1";
            let placed = json!({ "type": "outbound_call_from_user", "from_number": "0255507001" });
            let one = json!({ "type": "recording_inbound", "call_recording_link": link });
            let other = json!({ "type": "recording_inbound", "recording_link": link });
            all.extend([placed, one, other].map(|body| (None, body)));
            all
        }
        "xuc" => recorded("xivo", |stem| stem.starts_with("phone_event") || stem.contains("push")),
        "telair" => all_at(&["inbound_call_answered", "ivr_option_selected"]),
        _ => all_at(&["complete"]),
    }
}

/// A body without the members that could say the same as one of them: what another field says first must
/// not be in the way.
fn alone(make: &str, (ours, sent): (&str, &str), body: &Value) -> Value {
    let mut body = body.clone();
    let others = fields_of(make).iter().filter(|field| field.ours.contains(&ours));
    for other in others.flat_map(|field| field.sent).filter(|name| **name != sent) {
        if let Some(members) = body.as_object_mut() {
            members.remove(*other);
        }
    }
    body
}

#[test]
fn every_field_becomes_what_its_table_says() {
    let mut wrong = Vec::new();
    for (make, _, _) in MAKES {
        let requests = requests(make);
        let pairs = fields_of(make).iter().flat_map(|field| {
            field.ours.iter().flat_map(|ours| field.sent.iter().map(move |sent| (*ours, *sent)))
        });
        for (ours, sent) in pairs {
            let sent = sent.trim_start_matches("party.");
            let says = |event: Option<&str>, body: &Value| {
                let request = Request::json(body);
                let request = event.into_iter().fold(request, Request::at);
                said(&request.heard_by(make), ours)
            };
            let moves = |(event, body): &(Option<&str>, Value)| {
                let bodies = [body.clone(), alone(make, (ours, sent), body)];
                bodies.iter().any(|body| {
                    let before = says(*event, body);
                    changed(body, sent).iter().any(|body| says(*event, body) != before)
                })
            };
            if !requests.iter().any(moves) {
                wrong.push(format!("{make}: {sent} does not become {ours}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
