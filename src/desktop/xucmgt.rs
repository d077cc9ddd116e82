//! XiVO's agent application, XucMgt: the `THIRD_PARTY_URL` contract.
//!
//! Every edition of the body is read, from 2016 on: each member may be missing, null, or of
//! another type than the documentation shows, and members that nobody knows are kept. What the
//! client does with an answer is not always what its documentation says; the rules that follow
//! from its behaviour stand at [`Answer`].

use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::call::{Agent, Direction, Queue, Ring};
use crate::domain::contact::Who;
use crate::domain::decision::{Action, Moment, Word};
use crate::domain::phone::{Party, Region};
use crate::domain::secret::Secret;

/// The name of this source in rules, logs and the store.
pub const SOURCE: &str = "xivo";

/// Why a body cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not JSON.
    #[error("the body is not JSON: {0}")]
    Syntax(#[from] serde_json::Error),
    /// It is JSON, but not an object.
    #[error("the body is a JSON {0}, where the contract has an object with user, caller, callee")]
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

/// Reads the body of a POST.
pub fn decode(body: &[u8], origin: Option<&str>, region: Region) -> Result<Reported, Error> {
    let mut body = match serde_json::from_slice(body)? {
        Value::Object(members) => members,
        other => return Err(Error::NotAnObject(kind(&other))),
    };
    let token = take_token(&mut body);
    let (body, written) = scrubbed(body, token.as_ref());
    let data = pairs(body.get("userData"));
    let find = |key: &str| data.iter().find(|(name, _)| name == key).map(|(_, v)| v.as_str());
    let caller = short(body.get("caller")).unwrap_or_default();
    let caller = Party::read(&caller, None, region);
    let callee = short(body.get("callee"));
    let ring = Ring {
        source: SOURCE.to_owned(),
        external_id: short(body.get("callDataCallId")).filter(|id| !id.is_empty()),
        agent: agent(body.get("user"), callee.clone()),
        dialled: find("XIVO_DSTNUM").map(|number| Party::read(number, None, region)),
        direction: Direction::of_ring(&caller),
        caller,
        callee,
        queue: queue(body.get("queue")),
        outcome: None,
        contact: Who::Unknown,
        origin: origin.map(str::to_owned),
        body: written,
        data,
    };
    Ok(Reported { ring, token })
}

fn take_token(body: &mut Map<String, Value>) -> Option<Secret> {
    let user = body.get_mut("user")?.as_object_mut()?;
    let token = user.shift_remove("token")?;
    token.as_str().filter(|token| !token.is_empty()).map(Secret::new)
}

/// The body, and as it is kept: with no trace of the token, wherever else a desktop may have put it.
fn scrubbed(body: Map<String, Value>, token: Option<&Secret>) -> (Map<String, Value>, String) {
    let body = Value::Object(body);
    let text = body.to_string();
    let members = |value| if let Value::Object(members) = value { members } else { Map::new() };
    let Some(token) = token else { return (members(body), text) };
    let written = Value::String(token.expose().to_owned()).to_string();
    let inner = written.trim_matches('"');
    if !text.contains(inner) {
        return (members(body), text);
    }
    let text = text.replace(inner, "[credential]");
    (members(serde_json::from_str(&text).unwrap_or_default()), text)
}

fn agent(user: Option<&Value>, line: Option<String>) -> Agent {
    let member = |name: &str| {
        short(user.and_then(|user| user.get(name))).filter(|text| !text.trim().is_empty())
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
        line: line.filter(|line| !line.is_empty()),
        email: None,
    }
}

fn queue(queue: Option<&Value>) -> Option<Queue> {
    let queue = queue?.as_object()?;
    let member = |name: &str| short(queue.get(name)).filter(|text| !text.is_empty());
    Some(Queue {
        id: member("id"),
        name: member("name"),
        display: member("displayName"),
        number: member("number"),
    })
}

fn pairs(data: Option<&Value>) -> Vec<(String, String)> {
    let members = data.and_then(Value::as_object).into_iter().flatten();
    let pairs = members.filter_map(|(key, value)| Some((clean(key), text(Some(value))?)));
    pairs.collect()
}

/// What XiVO calls data that an integrator attached.
const ATTACHED: &str = "USR_";

/// `USR_customer_no` is for programs, `customer no` for people.
pub fn label(key: &str) -> String {
    key.strip_prefix(ATTACHED).unwrap_or(key).replace('_', " ")
}

/// Whether a datum is XiVO's own: which context, which channel.
pub fn is_technical(key: &str) -> bool {
    key.starts_with("XIVO_") || key == "SIPCALLID"
}

/// A member as text: numbers and truth values too, null and absence not.
fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(clean(text)),
        other => Some(clean(&other.to_string())),
    }
}

/// A member that is an id, a number or a name.
fn short(value: Option<&Value>) -> Option<String> {
    text(value).map(|text| super::bounded(&text))
}

/// Without NUL, which PostgreSQL cannot store in a text.
fn clean(text: &str) -> String {
    text.replace('\0', "")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "truth value",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
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
pub struct Shown {
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
    pub fn open(shown: Shown) -> Self {
        Self {
            action: shown.action.word(),
            event: Some(event(shown.moment)),
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

/// The client's word for a moment; it compares the whole string.
fn event(moment: Moment) -> &'static str {
    match moment {
        Moment::Ringing => "EventRinging",
        Moment::Answered => "EventEstablished",
        Moment::Ended => "EventReleased",
    }
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
            "user": { "userId": 4, "token": "abc.def", "shoe": 43 },
            "userData": { "USR_leak": "x abc.def y" },
            "novelty": { "a": [1, null] }
        }));
        assert_eq!(reported.token, Some(Secret::new("abc.def")));
        assert_eq!(
            reported.ring.body,
            r#"{"user":{"userId":4,"shoe":43},"userData":{"USR_leak":"x [credential] y"},"novelty":{"a":[1,null]}}"#
        );
        assert_eq!(reported.ring.datum("USR_leak"), Some("x [credential] y"));
        assert!(!format!("{reported:?}").contains("abc.def"));
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

    proptest! {
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
