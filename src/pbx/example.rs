//! A request with which a source can be tried out without its phone system, as a command to paste. The
//! secret is not in it: it stands where the shell puts it.

use serde_json::{Map, Value, json};

use super::mapping::{Key, Place, Selector};
use super::{Auth, AuthenticatedBy, Source};
use crate::domain::event::CallEventKind;
use crate::domain::word::Word as _;

/// What the shell replaces by the secret.
const SECRET: &str = "$SECRET";

/// What the shell replaces by the time, in milliseconds.
const NOW: &str = "\"%now%\"";

/// Nobody's number, and an agent's line.
const CALLER: &str = "0199001234";
const LINE: &str = "310";

/// The id of the call that all examples tell of.
const CALL: &str = "example-1";

impl Source {
    /// A command that sends an event to this source's address; none where it is read from a queue, or
    /// no event has a name yet.
    pub fn example(&self, address: &str) -> Option<String> {
        if self.queue.is_some() {
            return None;
        }
        if self.make.authenticated_by == AuthenticatedBy::Secrets {
            return self.vendors_example(address);
        }
        let (mut address, mut headers, mut body) = (address.to_owned(), Vec::new(), Map::new());
        if self.make.is_mapped {
            self.map_example(&mut address, &mut headers, &mut body)?;
        } else {
            body = xuc();
        }
        self.show(&mut address, &mut headers);
        Some(command(&address, &headers, &Value::Object(body)))
    }

    fn vendors_example(&self, address: &str) -> Option<String> {
        match self.make.word() {
            "wildix" => {
                let body = Value::Object(wildix()).to_string().replace(NOW, "'$(date +%s000)'");
                let digest = format!(
                    "$(printf %s \"$BODY\" | openssl dgst -sha256 -hmac \"{SECRET}\" -r | cut -d' ' -f1)"
                );
                Some(format!(
                    "BODY='{body}'\ncurl \"{address}\" -H \"X-Signature: {digest}\" --data-binary \"$BODY\""
                ))
            }
            "voipcloud" => {
                let headers = [format!("X-PBX-Token: {SECRET}")];
                Some(command(address, &headers, &Value::Object(voipcloud())))
            }
            _ => None,
        }
    }

    /// What shows that a request is from this source.
    fn show(&self, address: &mut String, headers: &mut Vec<String>) {
        match &self.auth {
            Auth::None => {}
            Auth::Basic { user, .. } => {
                let (with, rest) = address.split_once("://").unwrap_or(("http", address));
                *address = format!("{with}://{}:{SECRET}@{rest}", quoted(user));
            }
            Auth::Token(_) => headers.push(format!("Authorization: Bearer {SECRET}")),
            Auth::Header { name, .. } => headers.push(format!("{}: {SECRET}", quoted(name))),
            Auth::Query { name, .. } => {
                *address = format!("{address}?{}={SECRET}", quoted(name));
            }
        }
    }

    /// A ringing call, in the names that the administrator has chosen; else the first event.
    fn map_example(
        &self,
        address: &mut String,
        headers: &mut Vec<String>,
        body: &mut Map<String, Value>,
    ) -> Option<()> {
        let events = &self.mapping.events;
        let rings = events.iter().find(|(_, kind)| *kind == CallEventKind::Ringing);
        let (name, _) = rings.or_else(|| events.first())?;
        match self.mapping.event.first() {
            None | Some(Place::Path) => *address = format!("{address}/{}", quoted(name)),
            Some(Place::Header(header)) => {
                headers.push(format!("{}: {}", quoted(header), quoted(name)));
            }
            Some(Place::Field(selector)) => put(body, selector, name),
        }
        for (key, value) in [(Key::Call, CALL), (Key::Caller, CALLER), (Key::Agent, LINE)] {
            let known = self.mapping.keys.iter().find(|(known, _)| *known == key);
            if let Some(selector) = known.and_then(|(_, selectors)| selectors.first()) {
                put(body, selector, value);
            }
        }
        Some(())
    }
}

/// Puts a value where a selector finds it.
fn put(body: &mut Map<String, Value>, selector: &Selector, value: &str) {
    let path = selector.0.strip_prefix('/');
    let mut path = path.map_or_else(|| vec![selector.0.as_str()], |path| path.split('/').collect());
    let Some(last) = path.pop() else { return };
    let mut place = body;
    for part in path {
        let inner = place.entry(unescaped(part)).or_insert_with(|| json!({}));
        let Some(inner) = inner.as_object_mut() else { return };
        place = inner;
    }
    place.insert(unescaped(last), value.into());
}

/// A part of a JSON pointer.
fn unescaped(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

/// A text between the shell's double quotes.
fn quoted(text: &str) -> String {
    let special = |c: char| matches!(c, '"' | '\\' | '$' | '`');
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

fn command(address: &str, headers: &[String], body: &Value) -> String {
    let headers = headers.iter().map(|header| format!("-H \"{header}\""));
    let body = body.to_string().replace('\'', "'\\''");
    let parts = [format!("curl \"{address}\"")].into_iter().chain(headers);
    parts.chain([format!("--data-binary '{body}'")]).collect::<Vec<_>>().join(" ")
}

fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(members) = value { members } else { Map::new() }
}

fn wildix() -> Map<String, Value> {
    object(json!({
        "id": CALL, "time": "%now%", "type": "call:update", "data": {
            "status": "CONNECTING",
            "caller": { "type": "REMOTE", "phone": CALLER },
            "callee": { "type": "LOCAL", "phone": LINE },
        },
    }))
}

fn voipcloud() -> Map<String, Value> {
    object(json!({
        "type": "user_inbound", "unique_call_id": CALL, "caller_id": CALLER, "user_number": LINE,
    }))
}

fn xuc() -> Map<String, Value> {
    object(json!({
        "eventType": "EventRinging", "DN": LINE, "otherDN": CALLER, "linkedId": CALL,
        "callDirection": "Incoming",
    }))
}
