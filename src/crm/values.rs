//! Everything that can be said of an event: one set of names, for every destination.

use serde_json::{Map, Value, json};

use crate::domain::call::Ring;
use crate::domain::decision::Word as _;
use crate::domain::destination::MARK;
use crate::domain::phone::{Party, Region};
use crate::domain::progress::Call;
use crate::domain::time::Timestamp;
use crate::template::{DELIVERY_NAMES, Lines};

/// What an event is told from.
#[derive(Debug)]
pub struct Facts<'a> {
    /// Its wire name, and what the phone system calls it.
    pub kind: &'a str,
    /// The phone system's own name for it.
    pub name: &'a str,
    /// Its id.
    pub event_id: String,
    /// When it happened.
    pub at: Timestamp,
    /// When the call was first heard of: its beginning, where the phone system tells of none.
    pub began: Timestamp,
    /// The call's id here, and where it came from.
    pub call_id: Option<String>,
    /// The call at this agent.
    pub ring: &'a Ring,
    /// What is known of the call.
    pub call: &'a Call,
    /// The page, where the event is one of a page.
    pub pane: Value,
}

/// The values, as they are kept with what is owed.
pub fn of(facts: &Facts<'_>, region: Region) -> Value {
    let ring = facts.ring;
    let queue = ring.queue.clone().unwrap_or_default();
    let data: Map<String, Value> =
        ring.data.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect();
    json!({
        "event": {
            "kind": facts.kind,
            "name": facts.name,
            "id": facts.event_id,
            "at": facts.at.to_string(),
        },
        "call": call(facts),
        "caller": party(&ring.caller, region),
        "contact": ring.contact.values(std::iter::empty::<String>()),
        "callee": { "number": ring.callee },
        "agent": {
            "id": ring.agent.agent_id.as_ref().or(ring.agent.user_id.as_ref()),
            "user_id": ring.agent.user_id,
            "name": ring.agent.name,
            "line": ring.agent.line,
            "email": ring.agent.email,
            "label": ring.agent.label(),
        },
        "queue": {
            "id": queue.id,
            "name": queue.name,
            "display": queue.label(),
            "number": queue.number,
        },
        "data": data,
        "source": ring.source,
        "pane": facts.pane,
    })
}

fn call(facts: &Facts<'_>) -> Value {
    let (ring, call) = (facts.ring, facts.call);
    let seconds = |span: Option<std::time::Duration>| span.map(|span| span.as_secs());
    let millis = |span: Option<std::time::Duration>| span.map(|span| span.as_millis());
    let started = call.started_at().or(Some(facts.began));
    let ended = call.ended_at();
    let rang = started.zip(call.answered_at().or(ended)).map(|(from, to)| to.since(from));
    let answered = call.answered_at();
    let talked = if ended.is_some() && answered.is_some() { call.talked() } else { None };
    let recordings: Vec<&str> = call.recordings().collect();
    let mut values = json!({
        "id": ring.external_id.as_ref().or(facts.call_id.as_ref()),
        "uuid": facts.call_id,
        "direction": ring.direction.word(),
        "dialled": ring.dialled.as_ref().map(|party| party.raw.as_str()),
        "phase": call.phase().word(),
        "outcome": call.outcome().map(|outcome| outcome.word()),
        "cause": call.cause(),
        "ring_seconds": seconds(rang),
        "talk_seconds": seconds(talked),
        "talk_ms": millis(talked),
        "duration_seconds": seconds(call.lasted()),
        "duration_ms": millis(call.lasted()),
        "duration_minutes": call.lasted().map(|span| span.as_secs().div_ceil(60)),
        "recording": recordings.first(),
        "recordings": recordings.join(", "),
        "tags": call.tags().join(", "),
        "voicemail": call.voicemail(),
    });
    if let Some(values) = values.as_object_mut() {
        for (name, at) in [("started_at", started), ("answered_at", answered), ("ended_at", ended)]
        {
            values.insert(name.to_owned(), json!(at.map(|at| at.to_string())));
            values.insert(format!("{name}_ms"), json!(at.map(|at| at.0)));
            values.insert(format!("{name}_s"), json!(at.map(|at| at.0.div_euclid(1000))));
            let text = at.map(|at| at.to_string().replace('T', " ").replace('Z', ""));
            values.insert(format!("{name}_text"), json!(text));
        }
    }
    values
}

pub(super) fn party(party: &Party, region: Region) -> Value {
    let written = party.written(region);
    let written = written.as_ref();
    json!({
        "raw": party.raw,
        "kind": party.kind(),
        "name": party.name,
        "e164": party.e164(),
        "digits": party.key().map(|key| key.trim_start_matches('+')),
        "national": written.map(|forms| forms.national.as_str()),
        "international": written.map(|forms| forms.international.as_str()),
        "country": written.and_then(|forms| forms.country.as_deref()),
        "display": written.map_or_else(|| party.display(region), |forms| forms.display.clone()),
    })
}

/// Takes out of call data what would ask for a secret.
fn unmark(value: &mut Value) {
    match value {
        Value::String(text) if text.contains(MARK) => *text = text.replace(MARK, ""),
        Value::Array(list) => list.iter_mut().for_each(unmark),
        Value::Object(members) => members.values_mut().for_each(unmark),
        _ => {}
    }
}

/// The values with every name that a template may ask for, absent ones as null.
pub(super) fn complete(mut facts: Value, lines: &Lines) -> Value {
    unmark(&mut facts);
    let Some(members) = facts.as_object_mut() else { return facts };
    let parts = |name: &'static str| name.split_once('.').unwrap_or((name, ""));
    // Names of one root stand together.
    let same = |one: &&'static str, next: &&'static str| parts(one).0 == parts(next).0;
    for names in DELIVERY_NAMES.iter().flat_map(|group| group.chunk_by(same)) {
        let root = names.first().map_or("", |name| parts(name).0);
        let root = members.entry(root).or_insert(Value::Null);
        let leaves = names.iter().map(|name| parts(name).1);
        leaves.filter(|leaf| !leaf.is_empty()).for_each(|leaf| add(root, leaf));
    }
    if let Some(contact) = members.get_mut("contact").and_then(Value::as_object_mut) {
        add_data(contact, lines.contact_keys());
    }
    add_data(members, lines.data_keys());
    facts
}

/// The keys of `data` that templates ask for.
fn add_data(members: &mut Map<String, Value>, keys: impl Iterator<Item: AsRef<str>>) {
    let data = members.entry("data").or_insert(Value::Null);
    keys.for_each(|key| add(data, key.as_ref()));
}

/// Makes sure that there is such a member, and room for it.
fn add(root: &mut Value, leaf: &str) {
    if !root.is_object() {
        *root = Value::Object(Map::new());
    }
    if let Some(root) = root.as_object_mut().filter(|root| !root.contains_key(leaf)) {
        root.insert(leaf.to_owned(), Value::Null);
    }
}
