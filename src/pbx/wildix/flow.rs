//! One flow of a Wildix call: its parties, its times, and what belongs to it. The 2023 events have
//! the same members in their data.

use crate::domain::event::{CallEvent, CallEventKind, Outcome, Side};
use crate::domain::ring::{Agent, Direction, Queue};
use crate::domain::time::Timestamp;
use crate::pbx::fields::{self, text};
use crate::pbx::json::Json;
use crate::pbx::vendor::{Field, field};

/// ISDN's number for "call rejected".
const REJECTED: &str = "21";

/// The members of its calls: of the envelope, of a flow (from 2023 of the data), and of a party. What is read
/// of presence stands with it.
pub(super) const FIELDS: &[Field] = &[
    field("type", &["type"], &["event.name"]),
    field("id", &["id"], &["call.id"]),
    field("time", &["time"], &["event.at"]),
    field("integrationId", &["integrationId"], &[])
        .but("`integration = \"ID\"` accepts only the events of this one"),
    field("pbx, company", &[], &[]).but("`keys = { \"data.pbx\" = \"pbx\" }`"),
    field("status", &["status"], &["call.phase"]),
    field("direction", &["direction"], &["call.direction"]),
    field("serviceNumber", &["serviceNumber"], &["call.dialled"]).but("of an incoming call"),
    field("destination", &["destination"], &["call.dialled"]).but("without a `serviceNumber`"),
    field("remotePhone", &["remotePhone"], &["caller.raw"]).but("where no party has it"),
    field("start, startTime", &["startTime", "start"], &["call.started_at"]),
    field("endTime", &["endTime"], &["call.ended_at"]),
    field("duration", &["duration"], &["call.duration_seconds"]),
    field("talkTime", &["talkTime"], &["call.talk_seconds", "call.answered_at"]),
    field("callStatus", &["callStatus"], &["call.outcome"]),
    field("endCauseStr", &["endCauseStr"], &["call.cause"]),
    field("endCause", &["endCause"], &["data.end_cause"])
        .but("21 is `rejected` in `call.outcome`")
        .technical(),
    field("endBy", &["endBy"], &["data.ended_by"]),
    field("queueName", &["queueName"], &["queue.name"]),
    field("queueId", &["queueId"], &["queue.id"]),
    field("tags", &["tags"], &["call.tags"]),
    field("flags", &["flags"], &["data.flags"]),
    field("trunkName", &["trunkName"], &["data.trunk"]),
    field("trunkDirection", &["trunkDirection"], &["data.trunk_direction"]).technical(),
    field("service", &["service"], &["data.service"]),
    field("connectTime", &["connectTime"], &["data.connect_ms"]).technical(),
    field("waitTime", &["waitTime"], &["data.wait_ms"]).technical(),
    field("queueTime", &["queueTime"], &["data.queue_ms"]).technical(),
    field("holdTime", &["holdTime"], &["data.hold_ms"]).technical(),
    field("recordingsData, attachments", &["recordingsData", "attachments"], &["call.recording"])
        .but("the `url` of each"),
    field("LOCAL party: name", &["party.name"], &["agent.name"]),
    field(
        "LOCAL party: userExtension, phone",
        &["party.userExtension", "party.phone"],
        &["agent.line"],
    ),
    field("LOCAL party: email", &["party.email"], &["agent.email"]),
    field("LOCAL party: userId", &["party.userId"], &["agent.user_id"])
        .but("where no `[[agent]]` is meant"),
    field("LOCAL party: userDepartment", &["party.userDepartment"], &["data.department"]),
    field("LOCAL party: groupName", &["party.groupName"], &["data.group"]),
    field("LOCAL party: groupId", &["party.groupId"], &["data.group_id"]).technical(),
    field("LOCAL party: userDevice", &["party.userDevice"], &["data.device"]).technical(),
    field("LOCAL party: userAgent", &["party.userAgent"], &["data.user_agent"]).technical(),
    field("LOCAL party: license", &["party.license"], &["data.license"]).technical(),
    field("REMOTE party: phone", &["party.phone"], &["caller.raw"]),
    field("REMOTE party: name", &["party.name"], &["caller.name"]),
    field("REMOTE party: company", &["party.company"], &["caller.company"]),
    field("REMOTE party: email", &["party.email"], &["caller.email"]),
];

/// What the names of a party's members begin with in the table of fields.
const OF_PARTIES: &str = "party.";

/// Who calls, who is called, and which of them is the agent.
pub(super) struct Parties {
    pub(super) direction: Option<Direction>,
    pub(super) agent: Option<Agent>,
    pub(super) other: Option<Side>,
}

impl Parties {
    pub(super) fn read(flow: &Json<'_>) -> Self {
        let party = |name| flow.get(name).filter(|party: &&Json<'_>| party.is_object());
        let (caller, callee) = (party("caller"), party("callee"));
        let named = fields::read(flow.get("direction")).and_then(|word| fields::direction(&word));
        let direction = named.or_else(|| direction(flow, caller, callee));
        let local =
            |party: Option<&Json<'_>>| party.filter(|party| is_local(party)).and_then(agent);
        let remote = || fields::side(flow.get("remotePhone"), None);
        let (agent, other) = match direction {
            Some(Direction::Outbound) => {
                let dialled = || fields::side(flow.get("destination"), None);
                let callee = callee.filter(|callee| !is_local(callee));
                (local(caller), callee.map(side).or_else(dialled).or_else(remote))
            }
            Some(Direction::Internal) => (local(callee), caller.map(side)),
            Some(Direction::Inbound) | None => {
                let known = caller.map(side).filter(|side| !side.number.is_empty());
                let withheld = || caller.map(side);
                (local(callee), known.or_else(remote).or_else(withheld))
            }
        };
        Self { direction, agent, other }
    }
}

/// Which way a call goes, where that is not said.
fn direction(
    flow: &Json<'_>,
    caller: Option<&Json<'_>>,
    callee: Option<&Json<'_>>,
) -> Option<Direction> {
    let outside = || {
        fields::read(flow.get("trunkName")).is_some()
            || fields::read(flow.get("destination")).is_some_and(|number| is_public(&number))
    };
    match (caller.map(is_local), callee.map(is_local)) {
        (Some(true), Some(false)) => Some(Direction::Outbound),
        (Some(true), None) if outside() => Some(Direction::Outbound),
        (Some(true), _) => Some(Direction::Internal),
        (Some(false), _) | (None, Some(true)) => Some(Direction::Inbound),
        (None, Some(false) | None) => None,
    }
}

/// Extensions have at most six digits.
fn is_public(number: &str) -> bool {
    number.starts_with('+') || number.chars().filter(char::is_ascii_digit).count() > 6
}

fn is_local(party: &Json<'_>) -> bool {
    let told = ["type", "role"].into_iter().find_map(|name| {
        let word = fields::read(party.get(name))?;
        let is = |known: &str| word.eq_ignore_ascii_case(known);
        let local = is("LOCAL") || is("AGENT");
        (local || is("REMOTE") || is("CLIENT")).then_some(local)
    });
    told.unwrap_or_else(|| fields::read(party.get("userExtension")).is_some())
}

fn agent(party: &Json<'_>) -> Option<Agent> {
    let line = text(party.get("userExtension")).or_else(|| text(party.get("phone")));
    known(Agent {
        user_id: text(party.get("userId")),
        name: text(party.get("name")).filter(|name| line.as_ref() != Some(name)),
        line,
        email: text(party.get("email")),
        ..Agent::default()
    })
}

/// Nobody, where nothing is known of them.
pub(super) fn known(agent: Agent) -> Option<Agent> {
    (agent != Agent::default()).then_some(agent)
}

/// Whoever stands in an event as a party is there, even if they withhold their number.
fn side(party: &Json<'_>) -> Side {
    let name = party.get("name").filter(|name| fields::read(Some(name)).is_some());
    let name = name.or_else(|| party.get("company"));
    let side = fields::side(party.get("phone"), name).unwrap_or_default();
    Side { company: text(party.get("company")), email: text(party.get("email")), ..side }
}

pub(super) fn queue(flow: &Json<'_>) -> Option<Queue> {
    let queue = Queue {
        id: text(flow.get("queueId")),
        name: text(flow.get("queueName")),
        ..Queue::default()
    };
    (queue != Queue::default()).then_some(queue)
}

pub(super) fn tags(flow: &Json<'_>) -> Option<Vec<String>> {
    fields::list(flow.get("tags").filter(|tags| tags.as_list().is_some()))
}

/// Whatever the table of fields takes for data, of a flow, of the call that it is part of, and of the agent's
/// side of it.
pub(super) fn data(flow: &Json<'_>, call: &Json<'_>) -> Vec<(String, String)> {
    let parties = ["callee", "caller"].into_iter().filter_map(|name| flow.get(name));
    let agent = parties.filter(|party| party.is_object()).find(|party| is_local(party));
    let value = |name: &str| match name.strip_prefix(OF_PARTIES) {
        Some(name) => agent.and_then(|agent| agent.get(name)),
        None => flow.get(name).or_else(|| call.get(name)),
    };
    let said = |name: &&str| {
        let value = value(name)?;
        let list = fields::list(value.as_list().map(|_| value)).unwrap_or_default();
        text(Some(value)).or_else(|| fields::said(&list.join(", ")))
    };
    let known = FIELDS.iter().flat_map(|field| field.data().map(|key| (key, field.sent)));
    known.filter_map(|(key, sent)| Some((key.to_owned(), sent.iter().find_map(said)?))).collect()
}

/// What a status means. A callee who is being connected is an agent whose phone rings, unless the
/// agent is the caller; and nobody answers where nobody is called.
pub(super) fn kind(flow: &Json<'_>, event: &CallEvent) -> CallEventKind {
    let status = fields::read(flow.get("status")).unwrap_or_default();
    let outbound = event.direction == Some(Direction::Outbound);
    let somebody = event.agent.is_some() || flow.get("callee").is_some_and(Json::is_object);
    match fields::word(&status).as_str() {
        "talking" | "talk" | "answered" | "connected" | "up" if somebody => CallEventKind::Answered,
        "hold" | "held" | "on_hold" if somebody => CallEventKind::Held,
        "connecting" | "ringing" if event.agent.is_some() && !outbound => CallEventKind::Ringing,
        "connecting" | "ringing" => CallEventKind::Started,
        _ => CallEventKind::Updated,
    }
}

/// Why it ended, in words: the number that stands beside them tells an agent nothing.
pub(super) fn cause(data: &Json<'_>) -> Option<String> {
    text(data.get("endCauseStr"))
}

pub(super) fn is_rejected(data: &Json<'_>) -> bool {
    fields::read(data.get("endCause")).as_deref() == Some(REJECTED)
}

pub(super) fn outcome(flow: &Json<'_>) -> Option<Outcome> {
    let talked = fields::millis(flow.get("talkTime")).filter(|ms| *ms > 0);
    match text(flow.get("callStatus")).map(|word| word.to_ascii_uppercase()).as_deref() {
        Some("COMPLETED") => Some(Outcome::Answered),
        Some("MISSED") => Some(Outcome::Missed),
        _ => talked.map(|_| Outcome::Answered),
    }
}

/// When a flow began, was answered, and ended. They spoke until the end, so that the answer is as
/// long before it as they spoke.
pub(super) struct Span {
    pub(super) started: Option<Timestamp>,
    pub(super) answered: Option<Timestamp>,
    pub(super) ended: Option<Timestamp>,
}

impl Span {
    pub(super) fn read(flow: &Json<'_>) -> Self {
        let started = fields::moment(flow.get("startTime"));
        let lasted = fields::millis(flow.get("duration"));
        let ended = fields::moment(flow.get("endTime"))
            .or_else(|| started.zip(lasted).map(|(from, ms)| fields::moved(from, ms)));
        let talked = fields::millis(flow.get("talkTime")).filter(|ms| *ms > 0);
        let answered = ended.zip(talked).map(|(end, ms)| fields::moved(end, -ms)).or(started);
        Self { started, answered, ended }
    }
}

pub(super) fn total(flows: &[&Json<'_>], name: &str) -> Option<i64> {
    let spans: Vec<i64> = flows.iter().filter_map(|flow| fields::millis(flow.get(name))).collect();
    (!spans.is_empty()).then(|| spans.into_iter().fold(0, i64::saturating_add))
}

/// Addresses of recordings or voicemails: the older list of recordings, and the attachments.
pub(super) fn addresses(flows: &[&Json<'_>], what: &str) -> Vec<String> {
    let of = |name| flows.iter().filter_map(move |flow| flow.get(name)?.as_list()).flatten();
    let older = of("recordingsData").filter(|_| what == "recording");
    let attached = of("attachments").filter_map(|attachment| attachment.get(what));
    let found = older.chain(attached);
    fields::without_repeats(found.filter_map(|item| fields::address(item.get("url"))))
}

pub(super) fn has_voicemail(flows: &[&Json<'_>]) -> bool {
    let flagged = |flow: &&Json<'_>| {
        let flags = fields::list(flow.get("flags")).unwrap_or_default();
        flags.iter().any(|flag| flag.eq_ignore_ascii_case("voicemail"))
    };
    flows.iter().any(flagged) || !addresses(flows, "voicemail").is_empty()
}
