//! XiVO's agent application, XucMgt: the `THIRD_PARTY_URL` contract.
//!
//! Every edition of the body is read, from 2016 on: each member may be missing, null, or of
//! another type than the documentation shows, and members that nobody knows are kept. What the
//! client does with an answer is not always what its documentation says; the rules that follow
//! from its behaviour stand at [`Answer`].

use serde::Serialize;
use serde_json::Value;

use super::members::{Members, Said, Slices};
use crate::domain::contact::Who;
use crate::domain::decision::{Action, Moment};
use crate::domain::phone::{Party, Region};
use crate::domain::presence::PresenceNow;
use crate::domain::ring::{Agent, Direction, Queue, Ring};
use crate::domain::secret::Secret;
use crate::domain::text;
use crate::domain::word::Word;

/// The name of this source in rules, logs and the store.
pub const SOURCE: &str = "xivo";

/// Why a body cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not JSON.
    #[error("the body is not JSON: {0}")]
    Syntax(#[from] serde_json::Error),
    /// It is JSON, but not an object.
    #[error(
        "the body is a JSON {0}, where the contract requires an object with user, caller, callee"
    )]
    NotAnObject(&'static str),
}

/// What a desktop told us.
#[derive(Debug)]
pub struct Reported {
    /// The ring, without any credential.
    pub ring: Ring,
    /// The agent's own credential at XuC: good for asking XuC who this is, and for nothing else.
    pub token: Option<Secret>,
}

/// The members of the contract.
const RING: [&str; 6] = ["user", "caller", "callee", "callDataCallId", "queue", "userData"];
const USER: [&str; 5] = ["userId", "agentId", "firstName", "lastName", "fullName"];
const USER_AND_TOKEN: [&str; 6] = ["userId", "agentId", "firstName", "lastName", "fullName", TOKEN];
const QUEUE: [&str; 4] = ["id", "name", "displayName", "number"];

/// The member of `user` that is the agent's own credential.
const TOKEN: &str = "token";

/// The datum that says what the caller dialled.
const DIALLED: &str = "XIVO_DSTNUM";

/// Reads the body of a POST.
pub fn decode(body: &[u8], origin: Option<&str>, region: Region) -> Result<Reported, Error> {
    let received = Slices::read(body, &RING).map_err(|error| wrong(body, error))?;
    let user = received.within("user", &USER_AND_TOKEN);
    let token = user.as_ref().and_then(|user| user.text(TOKEN)).filter(|token| !token.is_empty());
    let secret = token.as_deref();
    let user = user.map(|user| user.kept(&USER, secret, &[]));
    let queue = received.within("queue", &QUEUE).map(|queue| queue.kept(&QUEUE, secret, &[]));
    let data = received.within("userData", &[DIALLED]);
    let data = data.map(|data| data.kept(&[DIALLED], secret, &[]));
    let within = [("user", user.as_ref()), ("queue", queue.as_ref()), ("userData", data.as_ref())];
    let kept = received.kept(&RING, secret, &within);
    let data = data.as_ref().map(pairs).unwrap_or_default();
    let find = |key: &str| data.iter().find(|(name, _)| name == key).map(|(_, v)| v.as_str());
    let caller = said(kept.get("caller")).unwrap_or_default();
    let caller = Party::read(&caller, None, region);
    let callee = said(kept.get("callee"));
    let ring = Ring {
        source: SOURCE.to_owned(),
        external_id: said(kept.get("callDataCallId")).filter(|id| !id.is_empty()),
        agent: agent(user.as_ref(), callee.clone()),
        dialled: find(DIALLED).map(|number| Party::read(number, None, region)),
        direction: Direction::of_ring(&caller),
        caller,
        callee,
        queue: queue.as_ref().map(queue_of),
        outcome: None,
        presence: PresenceNow::default(),
        contact: Who::Unknown,
        origin: origin.map(str::to_owned),
        body: kept.json(),
        data,
    };
    Ok(Reported { ring, token: token.map(Secret::new) })
}

/// Why it is not a ring: it is another JSON, or none.
fn wrong(body: &[u8], error: serde_json::Error) -> Error {
    if error.is_data() {
        Error::NotAnObject(kind(body.trim_ascii_start().first().copied()))
    } else {
        Error::Syntax(error)
    }
}

fn agent(user: Option<&Members<'_>>, line: Option<String>) -> Agent {
    let member = |name: &str| {
        said(user.and_then(|user| user.get(name))).filter(|text| !text.trim().is_empty())
    };
    let both = || {
        let parts: Vec<String> =
            [member("firstName"), member("lastName")].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    Agent {
        user_id: member("userId"),
        agent_id: member("agentId"),
        name: member("fullName").or_else(both),
        first_name: member("firstName"),
        last_name: member("lastName"),
        line: line.filter(|line| !line.is_empty()),
        email: None,
    }
}

fn queue_of(queue: &Members<'_>) -> Queue {
    let member = |name: &str| said(queue.get(name)).filter(|text| !text.is_empty());
    Queue {
        id: member("id"),
        name: member("name"),
        display: member("displayName"),
        number: member("number"),
    }
}

fn pairs(data: &Members<'_>) -> Vec<(String, String)> {
    let pairs = data.iter().filter_map(|(key, value)| Some((text::short(key), said(Some(value))?)));
    pairs.collect()
}

/// What XiVO calls data that an integrator attached.
const ATTACHED: &str = "USR_";

/// `USR_customer_no` is for programs, `customer no` for people.
pub fn label(key: &str) -> String {
    text::label(key.strip_prefix(ATTACHED).unwrap_or(key))
}

/// Whether a datum is XiVO's own: which context, which channel.
pub fn is_technical(key: &str) -> bool {
    key.starts_with("XIVO_") || key == "SIPCALLID"
}

/// What a member says: numbers and truth values too, null and absence nothing.
fn said(member: Option<&Said<'_>>) -> Option<String> {
    match member? {
        Said::Other(Value::Null) => None,
        Said::Text(text) => Some(text::short(text)),
        Said::Other(other) => Some(text::short(&other.to_string())),
    }
}

/// What a document is that begins so.
fn kind(first: Option<u8>) -> &'static str {
    match first {
        Some(b'n') => "null",
        Some(b't' | b'f') => "boolean",
        Some(b'"') => "string",
        Some(b'[') => "array",
        _ => "number",
    }
}

/// What the client is told.
///
/// The client never looks at `action` when it decides whether to fire, only at `event`: so nothing
/// but an opening may carry an event, or a "none" would pause the agent with an empty screen. Its
/// un-pause at the closing of a pane depends on the newest answer, whichever call that was for: so
/// an answer may carry `autopause` on behalf of a pane that is still open. `triggered` is the
/// client's own mark on this object and is never sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    autopause: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multitab: Option<bool>,
}

/// An opening as the client needs it: with its address in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedOpening {
    /// How.
    pub action: Action,
    /// When.
    pub moment: Moment,
    /// The address in full.
    pub url: String,
    /// Whether the agent is paused while it is open.
    pub autopause: bool,
    /// The tab's title.
    pub title: String,
    /// Whether a popup gets a window of its own.
    pub multitab: bool,
}

impl Answer {
    /// Opens something.
    pub fn open(shown: ResolvedOpening) -> Self {
        Self {
            action: shown.action.word(),
            event: EVENTS.iter().find(|(each, _)| *each == shown.moment).map(|(_, word)| *word),
            url: Some(shown.url),
            autopause: Some(shown.autopause),
            title: Some(shown.title),
            multitab: shown.multitab.then_some(true),
        }
    }

    /// Opens nothing; `keep_pause` when the agent still has a pane open whose closing un-pauses.
    pub fn none(keep_pause: bool) -> Self {
        Self {
            action: Action::None.word(),
            event: None,
            url: None,
            autopause: keep_pause.then_some(true),
            title: None,
            multitab: None,
        }
    }
}

/// The client's words for moments; it compares the whole string.
const EVENTS: [(Moment, &str); 3] = [
    (Moment::Ringing, "EventRinging"),
    (Moment::Answered, "EventEstablished"),
    (Moment::Ended, "EventReleased"),
];

/// The moment that an event of the client means.
pub(super) fn moment(event: &str) -> Option<Moment> {
    EVENTS.iter().find(|(_, word)| *word == event).map(|(moment, _)| *moment)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn fr() -> Region {
        Region::parse("FR").unwrap()
    }

    fn read(body: &Value) -> Reported {
        decode(body.to_string().as_bytes(), None, fr()).unwrap()
    }

    #[test]
    fn an_empty_object_is_a_ring_of_nobody_knows_what() {
        let ring = read(&json!({})).ring;
        assert_eq!(ring.caller.kind(), "anonymous");
        assert_eq!((ring.queue, ring.external_id, ring.data.len()), (None, None, 0));
        assert_eq!(ring.agent.key(SOURCE), None);
    }

    #[test]
    fn members_of_other_types_are_understood_as_far_as_they_go() {
        let ring = read(&json!({
            "user": "Nadia", "caller": 199_005_501, "callee": 2004, "queue": [1], "userData": "x",
            "callDataCallId": 1_489_658_488.25
        }))
        .ring;
        assert_eq!(ring.callee.as_deref(), Some("2004"));
        assert_eq!(ring.caller.raw, "199005501");
        assert_eq!(ring.external_id.as_deref(), Some("1489658488.25"));
        assert_eq!(ring.queue, None);
    }

    #[test]
    fn unknown_members_are_kept_and_the_token_is_not() {
        let reported = read(&json!({
            "user": { "userId": 4, "token": "a-live-token", "shoe": 43 },
            "userData": { "USR_leak": "x a-live-token y", "USR_no": "7", "xucToken": "other", "t": "eyJ0.e.f" },
            "authorization": "Bearer other",
            "novelty": { "a": [1, null] },
            "nested": [{ "deep": { "password": "other" } }]
        }));
        assert_eq!(reported.token, Some(Secret::new("a-live-token")));
        assert_eq!(
            reported.ring.body,
            r#"{"user":{"userId":4,"shoe":43},"userData":{"USR_no":"7"},"novelty":{"a":[1,null]}}"#
        );
        assert_eq!(reported.ring.data, [("USR_no".to_owned(), "7".to_owned())]);
        assert!(!format!("{reported:?}").contains("a-live-token"));
    }

    #[test]
    fn a_token_is_cut_by_its_place_whatever_it_is() {
        for (token, cut) in [
            ("r", r#"{"user":{"userId":"r"},"caller":"0199005577"}"#),
            (r#"\":\""#, r#"{"user":{"userId":"r"},"caller":"0199005577"}"#),
            ("{", r#"{"user":{"userId":"r"},"caller":"0199005577"}"#),
        ] {
            let body = format!(
                r#"{{"\u0075ser":{{"t\u006fken":"first"}},"user":{{"userId":"r","token":"x","t\u006fken":"{token}"}},"caller":"0199005577"}}"#
            );
            let reported = decode(body.as_bytes(), None, fr()).unwrap();
            let said: String = serde_json::from_str(&format!("\"{token}\"")).unwrap();
            assert_eq!(reported.token, Some(Secret::new(said)));
            assert_eq!(reported.ring.body, cut);
            assert_eq!(reported.ring.caller.e164(), Some("+33199005577"));
        }
    }

    #[test]
    fn a_ring_of_24_000_members_keeps_64_and_what_the_contract_names() {
        let data: Vec<String> = (0..24_000).map(|at| format!(r#""k{at}":{at},"#)).collect();
        let data = data.concat();
        let body = format!(
            r#"{{{data}"userData":{{{data}"XIVO_DSTNUM":"3001"}},"user":{{{data}"token":"a-live-token"}},"caller":"0199005577"}}"#
        );
        let reported = decode(body.as_bytes(), None, fr()).unwrap();
        let ring = &reported.ring;
        assert_eq!((ring.data.len(), ring.datum("XIVO_DSTNUM")), (text::MOST + 1, Some("3001")));
        assert_eq!(ring.caller.e164(), Some("+33199005577"));
        assert_eq!(reported.token, Some(Secret::new("a-live-token")));
        assert!(ring.body.len() < 4096, "{} bytes", ring.body.len());
    }

    #[test]
    fn what_is_long_is_cut_or_left_out() {
        let long = "é".repeat(100_000);
        let many: Vec<u32> = (0..10_000).collect();
        let ring = read(&json!({
            "user": { "fullName": long }, "caller": "0199005577", "queue": { "name": long },
            "userData": { "USR_long": long, "USR_many": many, "USR_no": "7" }, "novelty": many,
        }))
        .ring;
        assert!(ring.body.len() < 4096, "{} bytes", ring.body.len());
        assert_eq!(ring.datum("USR_long").unwrap().chars().count(), text::LONGEST);
        assert_eq!((ring.datum("USR_many"), ring.datum("USR_no")), (None, Some("7")));
        assert_eq!(super::super::reread(SOURCE, &ring.body, fr()), Some(ring));
    }

    #[test]
    fn no_stored_ring_is_larger_than_its_bound() {
        let data: serde_json::Map<String, Value> =
            (0..200).map(|at| (format!("k{at}"), "x".repeat(1000).into())).collect();
        let mut body = Value::Object(data.clone());
        for object in ["user", "queue", "userData"] {
            body[object] = Value::Object(data.clone());
        }
        let stored = read(&body).ring.body.len();
        assert!(stored < 4 * 9 * 1024, "{stored} bytes");
    }

    #[test]
    fn nothing_of_a_ring_turns_the_heading_round() {
        let turned = "Alice \u{202e}knaB\u{2066}";
        let ring = read(&json!({
            "user": { "userId": turned, "fullName": turned }, "caller": turned, "callee": turned,
            "queue": { "name": turned, "displayName": turned }, "userData": { turned: turned },
        }))
        .ring;
        let shown = Ring { body: String::new(), ..ring };
        assert!(!format!("{shown:?}").contains("202e") && !format!("{shown:?}").contains("2066"));
        assert_eq!(shown.agent.name.as_deref(), Some("Alice knaB"));
    }

    #[test]
    fn a_stored_ring_reads_back_as_it_was() {
        let body = json!({
            "user": { "userId": 4, "token": "abc" }, "caller": "0199005577", "callee": "1",
            "callDataCallId": "1.2", "queue": { "name": "q" }, "userData": { "A": "b" }
        });
        let ring = read(&body).ring;
        assert_eq!(super::super::reread(SOURCE, &ring.body, fr()), Some(ring));
    }

    #[test]
    fn ids_and_numbers_too_long_to_be_any_are_cut() {
        let long = "9".repeat(5000);
        let ring =
            read(&json!({ "caller": long, "callDataCallId": long, "user": { "userId": long } }));
        assert_eq!(ring.ring.external_id.unwrap().len(), 256);
        assert_eq!(ring.ring.agent.user_id.unwrap().len(), 256);
    }

    #[test]
    fn a_none_carries_no_event() {
        let none = serde_json::to_value(Answer::none(false)).unwrap();
        assert_eq!(none, json!({ "action": "none" }));
        let kept = serde_json::to_value(Answer::none(true)).unwrap();
        assert_eq!(kept, json!({ "action": "none", "autopause": true }));
    }

    #[test]
    fn what_is_no_object_is_refused_with_its_kind() {
        for (body, word) in
            [("[]", "array"), ("null", "null"), ("\"x\"", "string"), ("7", "number")]
        {
            let error = decode(body.as_bytes(), None, fr()).unwrap_err().to_string();
            assert!(error.contains(&format!("JSON {word},")), "{body}: {error}");
        }
        assert!(matches!(decode(b"{", None, fr()), Err(Error::Syntax(_))));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            let name = prop_oneof![
                Just("user".to_owned()),
                Just("token".to_owned()),
                Just("caller".to_owned()),
                Just("queue".to_owned()),
                Just("userData".to_owned()),
                ".{0,6}".prop_map(String::from),
            ];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((name, inner), 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// Text between quotes, in some of the ways that JSON writes it.
    fn written(text: &str, escape: bool) -> String {
        if !escape {
            return Value::from(text).to_string();
        }
        let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
        format!("\"{}\"", units.collect::<String>())
    }

    fn holds(value: &Value, token: &str) -> bool {
        match value {
            Value::String(text) => text.contains(token),
            Value::Array(list) => list.iter().any(|value| holds(value, token)),
            Value::Object(members) => members.values().any(|value| holds(value, token)),
            _ => false,
        }
    }

    /// A ring in which the token stands in its place, and in other places too.
    fn ring_with(token: &str, others: &[Value], escape: [bool; 3]) -> String {
        let (user, name) = (written("user", escape[0]), written("token", escape[1]));
        let token = written(token, escape[2]);
        let others = others.iter().enumerate().map(|(at, other)| format!(",\"m{at}\":{other}"));
        let others = others.collect::<Vec<_>>().concat();
        format!(
            r#"{{{user}:{{"userId":4,{name}:{token}{others}}},"userData":{{"a":{token}{others}}}{others},"b":[{token}]}}"#
        )
    }

    proptest! {
        #[test]
        fn what_is_stored_is_json_without_the_token_and_no_longer(
            token in prop_oneof![".{1,3}", "[a-z\":{},\\\\]{1,4}", ".{8,40}"],
            others in prop::collection::vec(any_json(), 0..4),
            escape in any::<[bool; 3]>(),
        ) {
            let body = ring_with(&token, &others, escape);
            let reported = decode(body.as_bytes(), None, fr()).unwrap();
            let stored = &reported.ring.body;
            prop_assert!(stored.len() <= body.len());
            let read: Value = serde_json::from_str(stored).unwrap();
            prop_assert_eq!(read.pointer("/user/token"), None);
            prop_assert_eq!(read.pointer("/user/userId"), Some(&4.into()));
            if token.len() >= 8 {
                prop_assert!(!holds(&read, &token), "{}", stored);
            }
            prop_assert_eq!(reported.token, Some(Secret::new(token)));
            prop_assert_eq!(super::super::reread(SOURCE, stored, fr()), Some(reported.ring));
        }

        #[test]
        fn no_body_grows_or_breaks_when_it_is_stored(body in any_json()) {
            let body = body.to_string();
            if let Ok(reported) = decode(body.as_bytes(), None, fr()) {
                prop_assert!(reported.ring.body.len() <= body.len());
                prop_assert!(serde_json::from_str::<Value>(&reported.ring.body).is_ok());
            }
        }

        #[test]
        fn no_json_makes_it_panic_or_keep_a_nul(body in any_json()) {
            if let Ok(reported) = decode(body.to_string().as_bytes(), None, fr()) {
                prop_assert!(!reported.ring.caller.raw.contains('\0'));
                prop_assert!(!reported.ring.body.contains('\0'));
            }
        }

        #[test]
        fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _read = decode(&body, None, fr());
        }
    }
}
