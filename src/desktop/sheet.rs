//! Desktops that can only open a URL, XiVO's sheets among them: the ring is the query string.

use serde_json::{Map, Value};

use super::credentials;
use crate::domain::contact::Who;
use crate::domain::phone::{Party, Region};
use crate::domain::presence::PresenceNow;
use crate::domain::ring::{Agent, Direction, Queue, Ring};
use crate::domain::secret::Secret;
use crate::domain::text;

/// The name of this source in rules, logs and the store.
pub const SOURCE: &str = "sheet";

/// Query parameters with a meaning of their own.
pub const KNOWN: [&str; 7] = ["caller", "name", "did", "queue", "agent", "user", "id"];

/// Whether a query has anything of a ring in it, beside the agent's credential. A parameter without a value
/// counts: that of a withheld number has none.
pub fn says_anything(pairs: &[(String, String)]) -> bool {
    pairs.iter().any(|(name, _)| !credentials::is_name_of_one(name, None))
}

/// Reads the query's pairs. What has no meaning of its own becomes call data.
pub fn decode(pairs: Vec<(String, String)>, region: Region) -> Ring {
    let (known, mut data): (Vec<_>, Vec<_>) = pairs
        .into_iter()
        .map(|(name, value)| (text::short(&name), text::short(&value)))
        .filter(|(name, value)| {
            !credentials::is_name_of_one(name, None) && !credentials::is_in_text(value, None)
        })
        .partition(|(name, _)| KNOWN.contains(&name.as_str()));
    data.truncate(text::MOST);
    let find = |wanted: &str| {
        let found = known.iter().find(|(name, _): &&(String, String)| name == wanted);
        found.map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    let caller = Party::read(&find("caller").unwrap_or_default(), find("name"), region);
    let (agent, user) = (find("agent"), find("user"));
    Ring {
        source: SOURCE.to_owned(),
        external_id: find("id"),
        agent: Agent { user_id: user.clone(), line: agent.clone(), name: user, ..Agent::default() },
        direction: Direction::of_ring(&caller),
        caller,
        callee: agent,
        dialled: find("did").map(|number| Party::read(&number, None, region)),
        queue: find("queue").map(|name| Queue { name: Some(name), ..Queue::default() }),
        outcome: None,
        presence: PresenceNow::default(),
        contact: Who::Unknown,
        origin: None,
        body: body(&known, &data),
        data,
    }
}

/// The agent's own credential at XuC, which XiVO fills in for `{xuc-token}`: good for asking XuC who
/// this is, and for nothing else.
pub fn token(pairs: &[(String, String)]) -> Option<Secret> {
    let found = pairs.iter().find(|(name, _)| name.eq_ignore_ascii_case("token"));
    found.map(|(_, value)| value.trim()).filter(|token| !token.is_empty()).map(Secret::new)
}

/// Whether a body that was kept is of this source: it has nothing but texts under the names above.
pub(super) fn is_body(body: &str) -> bool {
    let read: Option<Map<String, Value>> = serde_json::from_str(body).ok();
    let is_ours = |(name, value): (&String, &Value)| {
        name == "userData" || KNOWN.contains(&name.as_str()) && value.is_string()
    };
    read.is_some_and(|body| body.iter().all(is_ours))
}

/// The ring of a body that was kept.
pub(super) fn reread(body: &str, region: Region) -> Option<Ring> {
    let mut body: Map<String, Value> = serde_json::from_str(body).ok()?;
    let data = body.shift_remove("userData").unwrap_or_default();
    let known = body.iter().chain(data.as_object().into_iter().flatten());
    let said = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Some(decode(known.map(|(name, value)| (name.clone(), said(value))).collect(), region))
}

/// The query in the shape that XucMgt's requests have, so that one reader serves both.
fn body(known: &[(String, String)], data: &[(String, String)]) -> String {
    let mut body = object(known);
    body.insert("userData".to_owned(), object(data).into());
    Value::Object(body).to_string()
}

fn object(pairs: &[(String, String)]) -> Map<String, Value> {
    pairs.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Ring {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        decode(pairs.collect(), Region::parse("FR").unwrap())
    }

    #[test]
    fn the_query_is_a_ring() {
        let ring = read(&[
            ("caller", "0199005577"),
            ("did", "3010"),
            ("queue", "trucks"),
            ("agent", "1087"),
            ("folder", "C-20418"),
        ]);
        assert_eq!(ring.caller.e164(), Some("+33199005577"));
        assert_eq!(ring.queue.as_ref().and_then(Queue::label), Some("trucks"));
        assert_eq!(ring.agent.key(SOURCE).as_deref(), Some("sheet:line:1087"));
        assert_eq!(ring.data, [("folder".to_owned(), "C-20418".to_owned())]);
    }

    #[test]
    fn a_token_in_the_query_is_dropped() {
        let ring = read(&[
            ("token", "abc.def"),
            ("xuc_Token", "abc.def"),
            ("t", "eyJ0.abc.def"),
            ("Authorization", "Bearer abc.def"),
            ("caller", "1"),
        ]);
        assert!(!format!("{ring:?}").contains("abc.def"));
        assert_eq!(reread(&ring.body, Region::parse("FR").unwrap()), Some(ring));
    }
}
