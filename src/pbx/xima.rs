//! Xima CCaaS: "web service profiles". The administrator composes the whole request from
//! placeholders, in the address, a form or a body; one profile for one trigger, which no
//! placeholder names.
//!
//! `<Time>` is the beginning of the call in every event, so that only their arrival orders them.

use std::borrow::Cow;

use super::json::Json;
use super::vendor::field;
use super::{Authentic, Field, Key, Make, Received, Refusal, Source, fields, signature};
use crate::domain::event::CallEventKind::{Answered, Ended, RecordingReady, Ringing, Updated};
use crate::domain::event::{CallEvent, CallEventKind};
use crate::domain::ring::Agent;

pub(super) static MAKE: Make =
    Make { fields: FIELDS, events: EVENTS, is_mapped: true, ..Make::new(verify, decode) };

fn verify(source: &Source, inbound: &Received<'_>) -> Result<(), Refusal> {
    signature::shown(&source.auth, inbound)
}

fn decode(source: &Source, request: &Authentic<'_>) -> Result<Vec<CallEvent>, Refusal> {
    let mut content = fields::content(request)?;
    let mapping = &source.mapping;
    let literal = blank_placeholders(&mut content);
    let call = mapping.text(&Key::Call, &content);
    let name = mapping.name(request, &content);
    let nothing = || call.is_none() && (literal || !says_more(&content, name.as_deref()));
    if call.as_deref().is_some_and(is_literal) || nothing() {
        // Xima's own Test button: it shall be shown, and not fail.
        return Ok(vec![CallEvent::new(Updated, "test", request.at)]);
    }
    let Some(name) = name else {
        let message = "no event is named: give every profile a parameter of its own, as \
                       event=connected, or end its address with it";
        return Err(Refusal::NotUnderstood(message.to_owned()));
    };
    let known = mapping.kind(&name);
    let kind = known.unwrap_or(Updated);
    let mut event = mapping.event(kind, &name, &content, request);
    event.at = request.at;
    event.agent = event.agent.map(settled).filter(|agent| *agent != Agent::default());
    // Calls that are not over are not updated, and their recordings are not processed. What a profile of
    // an unknown name is triggered by, is not known.
    event.is_after = matches!(known, Some(Updated | RecordingReady));
    // Codes are given once the call is over: before that, none say nothing.
    let may_go = matches!(kind, Updated | RecordingReady);
    event.tags = event.tags.filter(|tags| may_go || !tags.is_empty());
    event.codes = event.codes.filter(|codes| may_go || !codes.is_empty());
    // A code that is added and taken back yields the first text again: whether an update is news,
    // only the call can tell.
    event.key = event.key.filter(|_| kind != Updated);
    Ok(vec![event])
}

/// An agent may be given as `Name (extension)`, in the place of either.
fn settled(mut agent: Agent) -> Agent {
    if let Some(line) = agent.line.take() {
        match extension(&line) {
            Some((name, extension)) => {
                agent.line = fields::said(extension);
                agent.name = agent.name.or_else(|| fields::said(name));
            }
            None if line.contains(char::is_whitespace) => {
                agent.name.get_or_insert(line);
            }
            None => agent.line = Some(line),
        }
    }
    let known = agent.line.as_deref();
    let name = agent.name.as_deref().and_then(extension);
    if let Some((name, extension)) = name.filter(|(_, one)| known.is_none_or(|line| line == *one)) {
        (agent.line, agent.name) = (fields::said(extension), fields::said(name));
    }
    agent.name = agent.name.filter(|name| agent.line.as_ref() != Some(name));
    agent
}

/// `Lena (Billing) Ortiz (154)`: the extension is the last group in parentheses, if it has a digit.
fn extension(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.trim().rsplit_once('(')?;
    let extension = rest.strip_suffix(')')?.trim();
    let plausible = !extension.contains(char::is_whitespace)
        && extension.contains(|c: char| c.is_ascii_digit());
    plausible.then_some((name.trim(), extension))
}

/// Every placeholder that the documentation has, as [`fields::word`] writes it.
const PLACEHOLDERS: [&str; 17] = [
    "empty_value",
    "account_codes",
    "agent",
    "agent_extension",
    "agent_name",
    "call_direction",
    "caller_name",
    "dnis",
    "call_id",
    "external_number",
    "group/skill",
    "group",
    "location",
    "time",
    "tag",
    "audio_recording_link",
    "report_call_id",
];

/// What stands between the brackets of a text that is all placeholder.
fn inside(text: &str) -> Option<&str> {
    let pairs = [("<", ">"), ("&lt;", "&gt;"), ("{{", "}}"), ("{", "}")];
    let text = text.trim();
    pairs.into_iter().find_map(|(open, close)| text.strip_prefix(open)?.strip_suffix(close))
}

/// Whether a call's id is a placeholder, whatever its words. An id in braces has digits.
fn is_literal(call: &str) -> bool {
    inside(call).is_some_and(|inside| !inside.contains(|c: char| c.is_ascii_digit()))
}

/// Empties what Xima did not fill in; whether there was any.
fn blank_placeholders(value: &mut Json<'_>) -> bool {
    let mut literal = false;
    match value {
        Json::Text(text) => {
            let word = inside(text).map(fields::word);
            literal = word.is_some_and(|word| PLACEHOLDERS.contains(&word.as_str()));
            if literal {
                *text = Cow::default();
            }
        }
        Json::List(list) => {
            for one in list {
                literal |= blank_placeholders(one);
            }
        }
        Json::Object(members) => {
            for (_, one) in members {
                literal |= blank_placeholders(one);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
    literal
}

/// Whether anything is said but the event's name.
fn says_more(value: &Json<'_>, name: Option<&str>) -> bool {
    match value {
        Json::List(list) => list.iter().any(|one| says_more(one, name)),
        Json::Object(members) => members.iter().any(|(_, one)| says_more(one, name)),
        one => fields::text(Some(one)).is_some_and(|text| Some(text.as_str()) != name),
    }
}

/// The placeholders, under the names that the documentation here proposes for parameters.
const FIELDS: &[Field] = &[
    field("Call ID", &["call_id", "chat_id"], &["call.id"]).but("always include it"),
    field("External Number", &["external_number"], &["caller.raw"]),
    field("Caller Name", &["caller_name"], &["caller.name"]),
    field("DNIS", &["dnis"], &["call.dialled"]),
    field("Agent Extension", &["agent_extension"], &["agent.line"])
        .but("the placeholder set to \"Extension only\""),
    field("Agent Extension", &["agent_name"], &["agent.name"])
        .but("a second one, set to \"Name only\""),
    field("Agent", &["agent"], &["agent.name", "agent.line"])
        .but("from `John Doe (154)`, both, if the others are absent"),
    field("Group/Skill", &["group_skill"], &["queue.name"]),
    field("Call Direction", &["direction", "call_direction"], &["call.direction"])
        .but("`Intersite` becomes `internal`"),
    field("Time", &["time"], &["call.started_at"]),
    field("Account Codes", &["account_codes"], &["call.codes"]).but("separated by commas"),
    field("Tag", &["tag"], &["call.tags"]).but("separated by commas"),
    field("Audio Recording Link", &["audio_recording_link"], &["call.recording"]),
    field("Location", &["location"], &["data.location"]),
    field("Report Call ID", &["report_call_id"], &["data.report_call_id"]),
    field("Empty Value", &[], &[]).but("carries no information"),
];

/// The triggering events, as an administrator who follows the documentation names them.
const EVENTS: &[(&str, CallEventKind)] = &[
    ("presenting", Ringing),
    ("call_presenting", Ringing),
    ("call_is_presenting", Ringing),
    ("connected", Answered),
    ("call_connected", Answered),
    ("call_is_connected", Answered),
    ("complete", Ended),
    ("completed", Ended),
    ("call_complete", Ended),
    ("call_completed", Ended),
    ("call_is_complete", Ended),
    ("recordings_processed", RecordingReady),
    ("recording_processed", RecordingReady),
    ("call_and_recordings_processed", RecordingReady),
    ("updated", Updated),
    ("call_updated", Updated),
    ("call_is_updated", Updated),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::event::Scope;
    use crate::domain::time::Timestamp;
    use crate::pbx::mapping::keys;
    use crate::pbx::tests::{NOW, Request, not_understood, office};

    fn xima(query: &str) -> CallEvent {
        Request::get(query).heard_once_by("xima")
    }

    #[test]
    fn a_profile_is_named_in_words_of_its_own() {
        for (name, kind) in [
            ("presenting", Ringing),
            ("Call is Presenting", Ringing),
            ("call_connected", Answered),
            ("CALL IS COMPLETE", Ended),
            ("call-and-recordings-processed", RecordingReady),
            ("Call is Updated", Updated),
            ("chat_started", Updated),
        ] {
            let event = Request::get("call_id=7").at(name).heard_once_by("xima");
            assert_eq!(event.kind, kind, "{name}");
            assert_eq!(event.call.as_deref(), Some("7"));
        }
        let refused = not_understood(Request::get("call_id=7").sent_to(&office("xima")));
        assert!(refused.contains("profile"), "{refused}");
    }

    #[test]
    fn an_agent_is_a_name_and_the_last_group_in_parentheses() {
        let agent = |text: &str| {
            let body = json!({ "event": "connected", "call_id": "7", "agent": text });
            let agent = Request::json(&body).heard_once_by("xima").agent.unwrap_or_default();
            (agent.name.unwrap_or_default(), agent.line.unwrap_or_default())
        };
        let both = |name: &str, line: &str| (name.to_owned(), line.to_owned());
        assert_eq!(agent("Lena Ortiz (154)"), both("Lena Ortiz", "154"));
        assert_eq!(agent("Ortiz, Lena (Billing) (154)"), both("Ortiz, Lena (Billing)", "154"));
        assert_eq!(agent("Lena Ortiz"), both("Lena Ortiz", ""));
        assert_eq!(agent("Lena (Billing)"), both("Lena (Billing)", ""));
        assert_eq!(agent("154"), both("", "154"));
        assert_eq!(agent("(154)"), both("", "154"));
        let event = xima("event=connected&call_id=7&agent_extension=154&agent_name=Lena+(Billing)");
        assert_eq!(event.agent.unwrap().name.as_deref(), Some("Lena (Billing)"));
    }

    #[test]
    fn times_are_the_beginning_of_the_call() {
        let event = xima("event=complete&call_id=7&time=1790006000000");
        assert_eq!((event.at, event.started_at), (NOW, Some(Timestamp(1_790_006_000_000))));
        assert_eq!((event.kind, event.scope), (Ended, Scope::Call));
        let mut source = office("xima");
        source.mapping.keys.extend(keys(&[(Key::Time, &["time"])]));
        let request = Request::get("event=complete&call_id=7&time=1790006000000");
        assert_eq!(request.sent_to(&source).unwrap()[0].at, NOW, "whatever it is taken for");
    }

    #[test]
    fn codes_and_tags_are_replaced_once_the_call_is_over() {
        let told = |event: &str, rest: &str| {
            let event = xima(&format!("event={event}&call_id=7{rest}"));
            (event.codes, event.tags)
        };
        let list = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect());
        let both = "&account_codes=Opp+Won,+Large+Sale&tag=vip,Opp+Won";
        let all = || (list(&["Opp Won", "Large Sale"]), list(&["vip", "Opp Won"]));
        for event in ["connected", "complete", "updated"] {
            assert_eq!(told(event, both), all(), "{event}");
        }
        let empty = "&account_codes=&tag=";
        for event in ["presenting", "connected", "complete"] {
            assert_eq!(told(event, empty), (None, None), "{event}");
        }
        assert_eq!(told("updated", empty), (list(&[]), list(&[])));
        assert_eq!(told("recordings_processed", empty), (list(&[]), list(&[])));
        assert_eq!(told("updated", ""), (None, None), "a profile without codes takes none away");
    }

    #[test]
    fn what_is_processed_or_updated_is_over() {
        let is_after = |name: &str| xima(&format!("event={name}&call_id=7")).is_after;
        assert!(is_after("recordings_processed") && is_after("Call is Updated"));
        for name in ["presenting", "connected", "complete", "chat_started"] {
            assert!(!is_after(name), "{name}");
        }
    }

    #[test]
    fn a_chat_is_taken_like_a_call() {
        for name in ["chat_id", "Chat ID", "call_id"] {
            let body = json!({ "event": "presenting", name: "c7", "agent": "Lena (154)" });
            let event = Request::json(&body).heard_once_by("xima");
            assert_eq!((event.kind, event.call.as_deref()), (Ringing, Some("c7")), "{name}");
            assert_eq!(event.agent.unwrap().line.as_deref(), Some("154"));
        }
    }

    #[test]
    fn labels_of_the_vendors_page_are_names_too() {
        let body = json!({ "Event": "connected", "Call ID": "7", "External Number": "2025550147",
            "Agent Extension": "154", "Group/Skill": "Billing", "Account Codes": "Won" });
        let event = Request::json(&body).heard_once_by("xima");
        assert_eq!((event.kind, event.call.as_deref()), (Answered, Some("7")));
        assert_eq!(event.other.unwrap().number, "2025550147");
        assert_eq!(event.agent.unwrap().line.as_deref(), Some("154"));
        assert_eq!(event.queue.unwrap().name.as_deref(), Some("Billing"));
        assert_eq!(event.codes, Some(vec!["Won".to_owned()]));
    }

    #[test]
    fn a_custom_body_may_be_xml_and_nothing_unreadable_is_taken_for_a_test() {
        let body = "<call><event>connected</event><call_id>7</call_id>
            <external_number>2025550147</external_number><agent>Lena &amp; Co (154)</agent></call>";
        for request in [Request::post(body), Request::post(body).header("content-type", "text/xml")]
        {
            let event = request.heard_once_by("xima");
            assert_eq!((event.kind, event.call.as_deref()), (Answered, Some("7")));
            let agent = event.agent.unwrap();
            assert_eq!(
                (agent.name.as_deref(), agent.line.as_deref()),
                (Some("Lena & Co"), Some("154"))
            );
        }
        let marked = "\u{feff}{\"event\": \"connected\", \"call_id\": \"7\"}";
        assert_eq!(Request::post(marked).heard_once_by("xima").call.as_deref(), Some("7"));
        for (body, said) in
            [("<call><event>connected</event>", "not XML"), ("hello", "not JSON, XML or a form")]
        {
            let refused = not_understood(Request::post(body).sent_to(&office("xima")));
            assert!(refused.contains(said), "{body}: {refused}");
        }
        let multipart = Request::post("--x\r\nContent-Disposition: form-data; name=\"call_id\"");
        let multipart = multipart.header("content-type", "multipart/form-data; boundary=x");
        assert!(not_understood(multipart.sent_to(&office("xima"))).contains("urlencoded"));
    }

    #[test]
    fn the_test_button_is_shown_and_not_refused() {
        for body in [
            json!({ "trigger": "presenting", "call_id": "<Call ID>", "agent": "<Agent>" }),
            json!({ "trigger": "presenting", "call_id": "{Call ID}" }),
            json!({ "trigger": "presenting", "call_id": "<some id>" }),
            json!({ "trigger": "presenting", "call_id": "", "agent": "", "time": "" }),
            json!({ "trigger": "presenting", "agent": "<Agent>", "external_number": "2025550147" }),
            json!({ "call_id": "<Call ID>" }),
            json!({}),
        ] {
            let event = Request::json(&body).heard_once_by("xima");
            assert_eq!((event.name.as_str(), event.kind), ("test", Updated), "{body}");
            assert_eq!((event.call, event.key), (None, None));
        }
        let braced = json!({ "trigger": "connected", "call_id": "{7b0f9d0e-0b9a}" });
        let event = Request::json(&braced).heard_once_by("xima");
        assert_eq!(event.call.as_deref(), Some("{7b0f9d0e-0b9a}"));
        let unmapped = json!({ "trigger": "connected", "CallUUID": "7" });
        let event = Request::json(&unmapped).heard_once_by("xima");
        assert_eq!((event.name.as_str(), event.call), ("connected", None), "a call, and no test");
        let real = json!({ "trigger": "connected", "call_id": "7", "tag": "<Tag>",
            "caller_name": "<unknown>" });
        let event = Request::json(&real).heard_once_by("xima");
        assert_eq!((event.kind, event.tags), (Answered, None));
        assert_eq!(event.other.unwrap().name.as_deref(), Some("<unknown>"));
    }

    #[test]
    fn the_same_profile_says_the_same_thing_once() {
        assert_eq!(xima("event=connected&call_id=7").key, xima("event=connected&call_id=7").key);
        assert_eq!(xima("event=updated&call_id=7&account_codes=a").key, None);
        assert_ne!(xima("event=connected&call_id=7").key, xima("event=complete&call_id=7").key);
    }
}
