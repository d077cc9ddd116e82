//! Telair, and the other resellers of the same hosted PBX. The administrator names every member and
//! chooses what it carries, from a list on which the event itself is missing: so it stands in the
//! address or in a header. The ends of calls are never told.

use std::time::Duration;

use super::vendor::field;
use super::{Authentic, Field, Make, Received, Refusal, Source, fields, signature};
use crate::domain::event::{CallEvent, CallEventKind, Side};
use crate::domain::ring::{Agent, Direction};

/// An extension has at most this many digits.
const LONGEST_EXTENSION: usize = 6;

pub(super) static MAKE: Make = Make {
    fields: FIELDS,
    events: EVENTS,
    is_mapped: true,
    // No end is ever told, so that silence has to end calls sooner.
    expires: Duration::from_hours(1),
    ..Make::new(verify, decode)
};

fn verify(source: &Source, inbound: &Received<'_>) -> Result<(), Refusal> {
    signature::shown(&source.auth, inbound)
}

fn decode(source: &Source, request: &Authentic<'_>) -> Result<Vec<CallEvent>, Refusal> {
    let content = fields::content(request)?;
    let mapping = &source.mapping;
    let Some(name) = mapping.name(request, &content) else {
        let message = "no event is named: put its name (for example inbound_call_answered) into Path \
                       Arguments, or into the custom header X-Event";
        return Err(Refusal::NotUnderstood(message.to_owned()));
    };
    let word = fields::word(&name);
    let kind = mapping.kind(&name).unwrap_or(CallEventKind::Updated);
    let mut event = mapping.event(kind, &name, &content, request);
    match word.as_str() {
        "outbound_call_placed" => placed(&mut event),
        "inbound_call_answered" => event.direction = Some(Direction::Inbound),
        "inbound_call_received" => received(&mut event),
        "ivr_call_received" | "ivr_option_selected" => {
            event.direction = Some(Direction::Inbound);
            // Nobody is rung yet, whatever the members for an agent are filled with.
            event.agent = None;
        }
        // Changes of the account's users speak of no call.
        "create_user" | "modify_user" | "delete_user" => event.call = None,
        _ => {}
    }
    Ok(vec![event])
}

/// A call for an extension rings there; one that is for a menu or a group names nobody.
fn received(event: &mut CallEvent) {
    event.direction = Some(Direction::Inbound);
    event.agent = event.agent.take().filter(|agent| agent.line.is_some());
    if event.agent.is_some() && event.kind == CallEventKind::Started {
        event.kind = CallEventKind::Ringing;
    }
}

/// Of a call that goes out, the source is the agent and the destination the other party.
fn placed(event: &mut CallEvent) {
    event.direction = Some(Direction::Outbound);
    let source = event.other.take().map(|side| side.number);
    let is_extension = |number: &String| {
        (1..=LONGEST_EXTENSION).contains(&number.len())
            && number.bytes().all(|c| c.is_ascii_digit())
    };
    if let Some(line) = source.filter(is_extension) {
        event.agent.get_or_insert_with(Agent::default).line.get_or_insert(line);
    }
    event.other = event.dialled.clone().map(|number| Side { number, ..Side::default() });
}

/// The values that an administrator can choose, under the keys that the documentation here proposes.
const FIELDS: &[Field] = &[
    field("Call UUID", &["call_uuid"], &["call.id"]).but("always include it"),
    field("Source Number", &["source_number"], &["caller.raw"])
        .but("for *Outbound Call Placed*, `agent.line` if it is an extension"),
    field("Destination Number", &["destination_number"], &["call.dialled"])
        .but("for *Outbound Call Placed*, also `caller.raw`"),
    field("Extension Number", &["extension_number"], &["agent.line"])
        .but("with *Inbound Call Received* it opens the page while the phone rings"),
    field("Name", &["name"], &["agent.name"]),
    field("Outbound Phone Number", &["outbound_phone_number"], &["data.outbound_phone_number"])
        .technical(),
    field("Has Voicemail", &["has_voicemail"], &["data.has_voicemail"]).technical(),
    field("Enabled Calls", &["enabled_calls"], &["data.enabled_calls"]).technical(),
    field("Date/Time", &["date_time"], &["event.at"])
        .but("in ISO 8601; without a zone only if the source has a `zone`"),
    field("Service UUID", &["service_uuid"], &["data.service_uuid"]).technical(),
    field("Service Friendly Name", &["service_friendly_name"], &["data.service"]),
    field("Service Name", &["service_name"], &["data.service_name", "data.service"])
        .but("`data.service` only without a friendly name"),
    field("IVR Name", &["ivr_name"], &["data.ivr"]),
    field("Option Selected", &["option_selected"], &["data.option"]),
];

/// The triggers, as an administrator who follows the documentation names them.
const EVENTS: &[(&str, CallEventKind)] = &[
    ("inbound_call_received", CallEventKind::Started),
    ("inbound_call_answered", CallEventKind::Answered),
    ("outbound_call_placed", CallEventKind::Started),
    ("ivr_call_received", CallEventKind::IvrEntered),
    ("ivr_option_selected", CallEventKind::IvrChosen),
    ("create_user", CallEventKind::Updated),
    ("modify_user", CallEventKind::Updated),
    ("delete_user", CallEventKind::Updated),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pbx::mapping::keys;
    use crate::pbx::tests::{Request, not_understood, office, vector};
    use crate::pbx::{Key, Place, Selector};

    fn answered() -> Request {
        Request::post(vector("telair/inbound_call_answered.json"))
    }

    #[test]
    fn the_event_stands_in_the_address_a_header_or_a_field() {
        let query = "call_uuid=7&extension_number=205&event=Inbound+Call+Answered";
        for request in [
            answered().at("inbound_call_answered"),
            answered().at("Inbound-Call-Answered"),
            answered().at("INBOUND CALL ANSWERED"),
            answered().header("X-Event", "inbound_call_answered"),
            answered().header("X-Trigger", "Inbound Call Answered"),
            answered().header("X-Callpane-Event", "inbound_call_answered"),
            Request::get(query),
        ] {
            let event = request.heard_once_by("telair");
            assert_eq!(event.kind, CallEventKind::Answered);
            assert_eq!(event.agent.unwrap().line.as_deref(), Some("205"));
        }
        let refused = not_understood(answered().sent_to(&office("telair")));
        assert!(refused.contains("Path Arguments") && refused.contains("header"), "{refused}");
    }

    #[test]
    fn a_post_may_have_nothing_but_a_query() {
        let mut request = Request::get("call_uuid=7&ivr_name=Main%20menu&option_selected=2");
        request.body = b" \n".to_vec();
        let event = request.at("ivr_option_selected").heard_once_by("telair");
        assert_eq!(event.kind, CallEventKind::IvrChosen);
        let data = [("ivr", "Main menu"), ("option", "2")];
        assert_eq!(event.data, data.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_call_that_is_received_rings_the_extension_that_it_names() {
        let event = answered().at("inbound_call_received").heard_once_by("telair");
        assert_eq!(event.kind, CallEventKind::Ringing);
        assert_eq!(event.agent.unwrap().line.as_deref(), Some("205"));
        let group = Request::get("call_uuid=7&extension_number=&name=Sales");
        let event = group.clone().at("inbound_call_received").heard_once_by("telair");
        assert_eq!((event.kind, event.agent), (CallEventKind::Started, None));
        let event = answered().at("ivr_call_received").heard_once_by("telair");
        assert_eq!((event.kind, event.agent), (CallEventKind::IvrEntered, None));
    }

    #[test]
    fn an_account_has_no_call() {
        for name in ["create_user", "Modify User", "delete-user"] {
            let event = answered().at(name).heard_once_by("telair");
            assert_eq!((event.kind, event.call), (CallEventKind::Updated, None), "{name}");
        }
        let event = answered().at("queue_call_parked").heard_once_by("telair");
        assert_eq!(event.kind, CallEventKind::Updated);
        assert!(event.call.is_some());
    }

    #[test]
    fn whoever_places_a_call_is_its_source() {
        let placed = Request::get("call_uuid=7&source_number=205&destination_number=0491570157");
        let event = placed.at("outbound_call_placed").heard_once_by("telair");
        assert_eq!(event.agent.unwrap().line.as_deref(), Some("205"));
        assert_eq!(event.other.unwrap().number, "0491570157");
        let outside =
            Request::get("call_uuid=7&source_number=0255501234&destination_number=0491570157");
        assert_eq!(outside.at("outbound_call_placed").heard_once_by("telair").agent, None);
    }

    #[test]
    fn an_administrators_own_names_count_before_the_usual_ones() {
        let mut office = office("telair");
        let own = keys(&[(Key::Call, &["/call/id"]), (Key::Caller, &["from", "cli"])]);
        office.mapping.keys.splice(0..0, own);
        office.mapping.event = vec![Place::Field(Selector("/what".to_owned()))];
        let request = Request::json(&json!({
            "what": "inbound_call_received", "call": { "id": 7 }, "call_uuid": "8", "cli": "0491570156"
        }));
        let event = request.sent_to(&office).unwrap().remove(0);
        assert_eq!(event.call.as_deref(), Some("7"));
        assert_eq!(event.other.unwrap().number, "0491570156");
    }
}
