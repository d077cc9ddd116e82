//! Somebody else's endpoint for XucMgt's contract: what it is asked, and what it may answer.
//!
//! It is asked as XucMgt would ask it, without the agent's token. Its answer goes to the client through
//! Callpane's own, so whatever the client would stumble over ends here.

use serde_json::{Map, Value, json};

use super::xucmgt::{SOURCE, moment};
use crate::domain::decision::{Action, Moment, Opening, Target};
use crate::domain::ring::Ring;
use crate::domain::text;
use crate::domain::word::Word as _;

/// The longest address that is passed on.
const LONGEST_URL: usize = 8192;

/// Why an answer decides nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error("its answer is not JSON")]
    Syntax,
    #[error("its answer is not a JSON object")]
    NotAnObject,
    #[error("its answer has no {0}")]
    Missing(&'static str),
    #[error("its answer has {0} = {1}, where {2} is expected")]
    Unknown(&'static str, String, &'static str),
    #[error("its answer has a url that is longer than {LONGEST_URL} bytes")]
    TooLong,
}

/// The body that it is sent: XucMgt's own, or for a sheet what XucMgt would have sent.
pub fn question(ring: &Ring) -> String {
    if ring.source == SOURCE {
        return ring.body.clone();
    }
    let agent = &ring.agent;
    let mut body = json!({
        "user": object(&[
            ("userId", &agent.user_id), ("agentId", &agent.agent_id), ("fullName", &agent.name),
        ]),
        "caller": ring.caller.raw,
        "userData": ring.data.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
    });
    let queue = ring.queue.as_ref().map(|queue| {
        object(&[
            ("id", &queue.id),
            ("name", &queue.name),
            ("displayName", &queue.display),
            ("number", &queue.number),
        ])
    });
    let more = [
        ("callee", ring.callee.clone().map(Value::from)),
        ("callDataCallId", ring.external_id.clone().map(Value::from)),
        ("queue", queue),
    ];
    for (name, value) in more {
        if let (Some(value), Some(body)) = (value, body.as_object_mut()) {
            body.insert(name.to_owned(), value);
        }
    }
    body.to_string()
}

fn object(members: &[(&str, &Option<String>)]) -> Value {
    let known = members
        .iter()
        .filter_map(|(name, value)| Some(((*name).to_owned(), Value::from(value.as_deref()?))));
    Value::Object(known.collect())
}

/// Reads what it answered: nothing to open, or an opening. An empty body opens nothing, as in the
/// client.
pub fn answer(body: &[u8]) -> Result<Option<Opening>, Wrong> {
    // XucMgt's client takes this mark off as well.
    let body = body.strip_prefix(b")]}',").unwrap_or(body);
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let answer: Value = serde_json::from_slice(body).map_err(|_error| Wrong::Syntax)?;
    let answer = answer.as_object().ok_or(Wrong::NotAnObject)?;
    let action = word(answer, "action", "open, popup, run or none", Action::read)?;
    if action == Action::None {
        return Ok(None);
    }
    let events = "EventRinging, EventEstablished or EventReleased";
    let moment: Moment = word(answer, "event", events, moment)?;
    let title = answer.get("title").and_then(Value::as_str).map(text::short);
    Ok(Some(Opening {
        action,
        moment,
        target: Target::Address(url(answer, action)?),
        autopause: is_truthy(answer, "autopause"),
        title: title.map(|title| title.trim().to_owned()).filter(|title| !title.is_empty()),
        multitab: action == Action::Popup && is_truthy(answer, "multitab"),
    }))
}

fn word<T>(
    answer: &Map<String, Value>,
    name: &'static str,
    known: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<T, Wrong> {
    let value = answer.get(name).filter(|value| !value.is_null()).ok_or(Wrong::Missing(name))?;
    let unknown = || Wrong::Unknown(name, text::short(&value.to_string()), known);
    value.as_str().and_then(read).ok_or_else(unknown)
}

/// Where the agent is taken: a web page; to run, a program.
fn url(answer: &Map<String, Value>, action: Action) -> Result<String, Wrong> {
    let value = answer.get("url").and_then(Value::as_str).map(str::trim);
    let value = value.filter(|url| !url.is_empty()).ok_or(Wrong::Missing("url"))?;
    if value.len() > LONGEST_URL {
        return Err(Wrong::TooLong);
    }
    let unknown = |known| Wrong::Unknown("url", text::short(value), known);
    if value.chars().any(char::is_control) {
        return Err(unknown("a text without control characters"));
    }
    let is_web_page = |url: &url::Url| matches!(url.scheme(), "http" | "https");
    if action != Action::Run && !url::Url::parse(value).is_ok_and(|url| is_web_page(&url)) {
        return Err(unknown("an address with http:// or https://"));
    }
    Ok(value.to_owned())
}

/// What the client, a script in a browser, takes for true.
fn is_truthy(answer: &Map<String, Value>, name: &str) -> bool {
    match answer.get(name) {
        None | Some(Value::Null) => false,
        Some(Value::Bool(truth)) => *truth,
        Some(Value::Number(number)) => number.as_f64().is_some_and(|number| number != 0.0),
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(_) | Value::Object(_)) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::phone::Region;

    fn read(answered: &str) -> Result<Option<Opening>, Wrong> {
        answer(answered.as_bytes())
    }

    #[test]
    fn an_answer_is_understood_as_the_client_would() {
        let opening = read(
            r#")]}',
            {"action":"popup","event":"EventEstablished","url":" https://crm.example.com/?a=1 ",
             "autopause":1,"title":"Trucks","multitab":"yes","triggered":true,"novelty":[]}"#,
        );
        let expected = Opening {
            action: Action::Popup,
            moment: Moment::Answered,
            target: Target::Address("https://crm.example.com/?a=1".into()),
            autopause: true,
            title: Some("Trucks".into()),
            multitab: true,
        };
        assert_eq!(opening, Ok(Some(expected)));
        for nothing in
            ["", " \n", r#"{"action":"none"}"#, r#"{"action":"none","event":"EventRinging"}"#]
        {
            assert_eq!(read(nothing), Ok(None), "{nothing}");
        }
        let program = r#"{"action":"run","event":"EventRinging","url":"notepad.exe a b"}"#;
        let target = read(program).unwrap().unwrap().target;
        assert_eq!(target, Target::Address("notepad.exe a b".into()));
    }

    #[test]
    fn a_wrong_answer_says_what_is_wrong() {
        for (answered, said) in [
            ("<html>", "not JSON"),
            ("[]", "not a JSON object"),
            ("{}", "no action"),
            (r#"{"action":"opne"}"#, "action = \"opne\""),
            (r#"{"action":true}"#, "action = true"),
            (r#"{"action":"open","url":"https://x.example.com"}"#, "no event"),
            (
                r#"{"action":"open","event":"EventRingin","url":"https://x.example.com"}"#,
                "EventEstablished",
            ),
            (r#"{"action":"open","event":"EventRinging"}"#, "no url"),
            (r#"{"action":"open","event":"EventRinging","url":""}"#, "no url"),
            (r#"{"action":"open","event":"EventRinging","url":"/relative"}"#, "http://"),
            (r#"{"action":"open","event":"EventRinging","url":"javascript:alert(1)"}"#, "http://"),
            (r#"{"action":"popup","event":"EventRinging","url":"file:///etc/passwd"}"#, "http://"),
            (r#"{"action":"run","event":"EventRinging","url":"a\nb"}"#, "control"),
        ] {
            let wrong = read(answered).unwrap_err().to_string();
            assert!(wrong.contains(said), "{answered}: {wrong}");
        }
        let long = format!(
            r#"{{"action":"open","event":"EventRinging","url":"https://x.example.com/{}"}}"#,
            "x".repeat(LONGEST_URL)
        );
        assert_eq!(read(&long), Err(Wrong::TooLong));
    }

    #[test]
    fn a_sheet_asks_as_xucmgt_would() {
        let pairs = [
            ("caller", "0199005577"),
            ("agent", "2004"),
            ("user", "12"),
            ("queue", "trucks"),
            ("id", "1.2"),
            ("folder", "7"),
        ];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let region = Region::parse("FR").unwrap();
        let ring = super::super::sheet::decode(pairs, region);
        let asked = question(&ring);
        let read = super::super::xucmgt::decode(asked.as_bytes(), None, region).unwrap().ring;
        assert_eq!(read.caller, ring.caller);
        assert_eq!((read.callee, read.external_id), (ring.callee, ring.external_id));
        assert_eq!(read.queue, ring.queue);
        assert_eq!((read.agent.user_id, read.data), (ring.agent.user_id, ring.data));
    }
}
