//! XuC, XiVO's server for desktops: it can push every phone event that it tells a desktop
//! (`eventUrl` in its configuration). So answers and ends are known which XucMgt itself never
//! reports. It signs nothing and says no times.

use super::fields::{self, text};
use super::json::Json;
use super::vendor::field;
use super::{Authentic, Field, Make, Received, Refusal, Source, signature};
use crate::domain::event::{CallEvent, CallEventKind, Scope};
use crate::domain::ring::{Agent, Direction, Queue};
use crate::domain::text::MOST;

pub(super) static MAKE: Make =
    Make { fields: FIELDS, desktop: Some("xivo"), ..Make::new(verify, decode) };

/// The members of a push.
const FIELDS: &[Field] = &[
    field("username", &["username"], &["data.username"]),
    field("eventType", &["eventType"], &["event.name"]),
    field("DN", &["DN"], &["agent.line"]),
    field("otherDN", &["otherDN"], &["caller.raw"])
        .but("`call.dialled` as well, of an outgoing call"),
    field("otherDName", &["otherDName"], &["caller.name"]),
    field("linkedId", &["linkedId"], &["call.id"]),
    field("uniqueId", &["uniqueId"], &["call.id"]).but("only without a `linkedId`"),
    field("queueName", &["queueName"], &["queue.name"]),
    field("callDirection", &["callDirection"], &["call.direction"]),
    field("userData", &["userData"], &["data.KEY"]).but("every value, under its own key"),
    field("userData.XIVO_DSTNUM", &["XIVO_DSTNUM"], &["call.dialled"]),
];

fn verify(source: &Source, inbound: &Received<'_>) -> Result<(), Refusal> {
    signature::shown(&source.auth, inbound)
}

fn decode(source: &Source, request: &Authentic<'_>) -> Result<Vec<CallEvent>, Refusal> {
    let body = request.json()?;
    if !body.is_object() {
        let message = "the body is JSON, but not an object with username and message";
        return Err(Refusal::NotUnderstood(message.to_owned()));
    }
    let message = body.get("message").unwrap_or(body);
    let told = message.get("ctiMessage").unwrap_or(message);
    let user = text(body.get("username"));
    let Some(name) = text(told.get("eventType")) else {
        let name = text(message.get("msgType")).unwrap_or_else(|| "unnamed".to_owned());
        return Ok(vec![CallEvent::new(CallEventKind::Updated, name, request.at)]);
    };
    let mut event = CallEvent::new(kind(&name), name, request.at);
    // No key: a hold, a resumption and a second hold look alike, and each is news.
    event.call = text(told.get("linkedId")).or_else(|| text(told.get("uniqueId")));
    event.scope = Scope::Agent;
    // The user's id among the data may be the caller's, so the line alone says who this is.
    event.agent = text(told.get("DN")).map(|dn| Agent { line: Some(dn), ..Agent::default() });
    event.other = fields::side(told.get("otherDN"), told.get("otherDName"));
    event.direction = direction(told, event.kind);
    let attached = |key: &str| text(told.get("userData").and_then(|data| data.get(key)));
    event.dialled = match event.direction {
        Some(Direction::Outbound) => text(told.get("otherDN")),
        _ => attached("XIVO_DSTNUM"),
    };
    let queue = text(told.get("queueName"));
    event.queue = queue.map(|name| Queue { name: Some(name), ..Queue::default() });
    event.data = data(told.get("userData"), user);
    source.mapping.add_data(&mut event, body, request);
    Ok(vec![event])
}

fn kind(name: &str) -> CallEventKind {
    match name {
        "EventDialing" => CallEventKind::Started,
        "EventRinging" => CallEventKind::Ringing,
        "EventEstablished" => CallEventKind::Answered,
        "EventOnHold" => CallEventKind::Held,
        "EventReleased" => CallEventKind::Ended,
        _ => CallEventKind::Updated,
    }
}

/// Whoever dials calls out, unless it is said otherwise.
fn direction(told: &Json<'_>, kind: CallEventKind) -> Option<Direction> {
    let said = text(told.get("callDirection")).and_then(|word| fields::direction(&word));
    said.or((kind == CallEventKind::Started).then_some(Direction::Outbound))
}

fn data(attached: Option<&Json<'_>>, user: Option<String>) -> Vec<(String, String)> {
    let user = user.map(|user| ("username".to_owned(), user));
    user.into_iter().chain(said_by_name(attached)).take(MOST).collect()
}

/// The members of an object that say something: of several of one name the last.
fn said_by_name(object: Option<&Json<'_>>) -> Vec<(String, String)> {
    let mut said: Vec<(String, String)> = Vec::new();
    let Some(Json::Object(members)) = object else { return said };
    for (name, value) in members {
        let Some(name) = fields::said(name) else { continue };
        said.retain(|(known, _)| *known != name);
        if said.len() < MOST {
            said.extend(text(Some(value)).map(|value| (name, value)));
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::event::Side;
    use crate::pbx::tests::{Request, not_understood, office, vector_json};

    fn phone(changed: &Value) -> CallEvent {
        let mut event = vector_json("xivo/phone_event.ringing.json");
        for (name, value) in changed.as_object().unwrap() {
            event[name] = value.clone();
        }
        let message = json!({ "msgType": "PhoneEvent", "ctiMessage": event });
        Request::json(&json!({ "username": "imarchetti", "message": message })).heard_once_by("xuc")
    }

    #[test]
    fn a_phone_event_is_of_a_line_and_has_no_key() {
        for (name, kind) in [
            ("EventDialing", CallEventKind::Started),
            ("EventRinging", CallEventKind::Ringing),
            ("EventEstablished", CallEventKind::Answered),
            ("EventOnHold", CallEventKind::Held),
            ("EventReleased", CallEventKind::Ended),
            ("EventFailure", CallEventKind::Updated),
        ] {
            let event = phone(&json!({ "eventType": name }));
            assert_eq!((event.kind, event.scope), (kind, Scope::Agent), "{name}");
            assert_eq!((event.key, event.call.as_deref()), (None, Some("1790000123.4521")));
            let line = Agent { line: Some("1087".to_owned()), ..Agent::default() };
            assert_eq!(event.agent, Some(line));
            assert_eq!(event.data.first().unwrap().1, "imarchetti");
        }
    }

    #[test]
    fn what_a_phone_event_leaves_empty_is_nothing() {
        let event = phone(&json!({ "queueName": "", "linkedId": null, "otherDN": "" }));
        assert_eq!(event.queue, None);
        assert_eq!(event.call.as_deref(), Some("1790000131.4529"));
        assert_eq!(event.other, Some(Side::default()));
        let gone = phone(&json!({ "linkedId": "", "uniqueId": "" }));
        assert_eq!((gone.call, gone.kind), (None, CallEventKind::Updated));
        for (word, way) in [
            ("Incoming", Some(Direction::Inbound)),
            ("Outgoing", Some(Direction::Outbound)),
            ("Internal", Some(Direction::Internal)),
            ("Sideways", None),
        ] {
            assert_eq!(phone(&json!({ "callDirection": word })).direction, way);
        }
    }

    #[test]
    fn other_messages_of_xuc_are_kept() {
        let body =
            json!({ "username": "x", "message": { "msgType": "UserStatus", "ctiMessage": {} } });
        let event = Request::json(&body).heard_once_by("xuc");
        assert_eq!((event.name.as_str(), event.call), ("UserStatus", None));
        let refused = Request::post("[]").sent_to(&office("xuc"));
        assert!(not_understood(refused).contains("not an object"));
    }

    #[test]
    fn data_are_bounded() {
        let members = (0..500).map(|n| (format!("USR_{n}"), json!("x".repeat(1000))));
        let event = phone(&json!({ "userData": Value::Object(members.collect()) }));
        assert_eq!(event.data.len(), 64);
        assert_eq!(event.data[1].1.len(), 256);
    }
}
