//! JSON as a phone system sent it, read in place: a text is a slice of the body, unless something in it
//! is escaped. Of members of one name the last counts.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Number;

/// Any JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Vec<Self>),
    /// The members in their order.
    Object(Vec<(Cow<'a, str>, Self)>),
}

impl<'a> Json<'a> {
    /// A body. One that is not UTF-8 is read byte by byte, so that the error says where.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, serde_json::Error> {
        match std::str::from_utf8(bytes) {
            Ok(text) => serde_json::from_str(text),
            Err(_) => serde_json::from_slice(bytes),
        }
    }

    /// A member of an object: of this very name, else of one that is like it.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.exactly(name).or_else(|| self.alike(name))
    }

    /// The first member that is there of several names: of those very names, else of some that are like
    /// them.
    pub(super) fn first(&self, names: &[&str]) -> Option<&Self> {
        let exactly = names.iter().find_map(|name| self.exactly(name));
        exactly.or_else(|| names.iter().find_map(|name| self.alike(name)))
    }

    pub(super) fn exactly(&self, name: &str) -> Option<&Self> {
        self.member(|known| known == name)
    }

    /// A member whose name differs only in case, blanks and signs: `Call ID`, `callId`, `call-id`.
    pub(super) fn alike(&self, name: &str) -> Option<&Self> {
        letters(name).next()?;
        self.member(|known| letters(known).eq(letters(name)))
    }

    fn member(&self, is_it: impl Fn(&str) -> bool) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().rev().find(|(known, _)| is_it(known)).map(|(_, value)| value)
    }

    /// What a JSON pointer (RFC 6901) leads to.
    pub(super) fn pointer(&self, pointer: &str) -> Option<&Self> {
        pointer.split('/').skip(1).try_fold(self, |value, part| {
            let part = part.replace("~1", "/").replace("~0", "~");
            match value {
                Self::Object(_) => value.exactly(&part),
                Self::List(list) => list.get(index(&part)?),
                _ => None,
            }
        })
    }

    pub(super) fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(super) fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(list) = self { Some(list) } else { None }
    }

    /// How many lists and objects stand in each other.
    pub(super) fn depth(&self) -> usize {
        match self {
            Self::List(list) => 1 + list.iter().map(Self::depth).max().unwrap_or(0),
            Self::Object(members) => {
                1 + members.iter().map(|(_, value)| value.depth()).max().unwrap_or(0)
            }
            _ => 0,
        }
    }
}

/// What counts of a name: bytes, since every member that is missing is looked for among all that are there.
fn letters(name: &str) -> impl Iterator<Item = u8> {
    let counts = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    name.bytes().filter(counts).map(|byte| byte.to_ascii_lowercase())
}

/// A place in a list: no sign, and no zero before it.
fn index(part: &str) -> Option<usize> {
    let is_one = part == "0" || !part.starts_with(['0', '+']);
    is_one.then(|| part.parse().ok()).flatten()
}

/// As JSON, without blanks.
impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_unwritable| fmt::Error)?)
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => to.serialize_unit(),
            Self::Bool(truth) => to.serialize_bool(*truth),
            Self::Number(number) => number.serialize(to),
            Self::Text(text) => to.serialize_str(text),
            Self::List(list) => to.collect_seq(list),
            Self::Object(members) => to.collect_map(members.iter().map(|(name, one)| (name, one))),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(truth))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json<'de>, E> {
        Ok(Number::from_f64(number).map_or(Json::Null, Json::Number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(text.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(text.to_owned().into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json<'de>, A::Error> {
        let mut all = Vec::new();
        while let Some(one) = list.next_element()? {
            all.push(one);
        }
        Ok(Json::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some((Name(name), value)) = object.next_entry()? {
            members.push((name, value));
        }
        Ok(Json::Object(members))
    }
}

/// A member's name, borrowed where nothing in it is escaped.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const BODY: &str = r#"{"id": "a\n\u00e9", "n": [1, -2, 0.5, 1e300, true, null],
        "deep": {"a/b": {"~": ["x", {"y": ""}]}}, "id": "last"}"#;

    #[test]
    fn a_body_is_what_serde_json_reads() {
        let (ours, theirs) = (Json::read(BODY.as_bytes()).unwrap(), BODY.parse::<Value>().unwrap());
        assert_eq!(ours.get("id").and_then(Json::as_text), Some("last"));
        assert_eq!(ours.to_string().parse::<Value>().unwrap(), theirs);
        for pointer in [
            "/deep/a~1b/~0/1/y",
            "/n/0",
            "/n/00",
            "/n/+1",
            "/n/9",
            "/id/x",
            "/deep/a~1b/",
            "/",
            "/n/",
        ] {
            let ours = ours.pointer(pointer).map(ToString::to_string);
            assert_eq!(ours, theirs.pointer(pointer).map(ToString::to_string), "{pointer}");
        }
        assert_eq!(ours.depth(), 5);
    }

    #[test]
    fn a_name_is_known_however_it_is_written_and_the_very_name_counts_first() {
        let read = |body: &str, name: &str| {
            let body = Json::read(body.as_bytes()).unwrap();
            body.get(name).and_then(Json::as_text).map(str::to_owned)
        };
        for name in ["Call ID", "callId", "call-id", "call_id", "CALL_ID", "CallID", "Call/Id"] {
            let body = format!("{{\"x\": \"no\", \"{name}\": \"7\"}}");
            assert_eq!(read(&body, "call_id").as_deref(), Some("7"), "{name}");
        }
        let both = r#"{"call_id": "exact", "Call ID": "alike"}"#;
        assert_eq!(read(both, "call_id").as_deref(), Some("exact"));
        assert_eq!(read(both, "call-id").as_deref(), Some("alike"), "of several the last");
        for (body, name) in [(r#"{"call_ids": "7"}"#, "call_id"), (r#"{"--": "7"}"#, "_")] {
            assert_eq!(read(body, name), None, "{body}");
        }
        let body = Json::read(br#"{"Caller": "alike", "from": "exact"}"#).unwrap();
        assert_eq!(body.first(&["caller", "from"]).and_then(Json::as_text), Some("exact"));
        assert_eq!(body.pointer("/caller"), None, "a pointer is written by whoever has seen it");
    }

    #[test]
    fn texts_are_slices_unless_something_in_them_is_escaped() {
        let body = Json::read(br#"["plain", "es\"caped"]"#).unwrap();
        let [Json::Text(plain), Json::Text(escaped)] = body.as_list().unwrap() else { panic!() };
        assert!(matches!(plain, Cow::Borrowed("plain")));
        assert_eq!(escaped, "es\"caped");
    }

    #[test]
    fn what_is_not_json_is_refused_at_its_place() {
        for body in [&b"{\"a\": \"\xff\"}"[..], b"{\"a\" 1}", b"{} {}", b"", b"\"\\ud800\""] {
            let theirs = serde_json::from_slice::<Value>(body).unwrap_err();
            let ours = Json::read(body).unwrap_err();
            assert_eq!(ours.to_string(), theirs.to_string());
        }
    }
}
