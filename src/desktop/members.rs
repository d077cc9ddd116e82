//! The members of a JSON object from outside: as many as are kept, each as it was written, cut by
//! its place. Nothing is searched and replaced, so what is kept can be neither another document nor a
//! longer one than came.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::credentials;
use crate::domain::text;

/// The longest member that is kept as it was written, in bytes. A longer text is cut, anything else
/// that is longer is left out.
const LONGEST: usize = 1024;

/// What an object may keep besides the members that are known, in bytes.
const ROOM: usize = 8 * 1024;

/// The slices of an object: every member that is known, the last of its name, and of all others the
/// first [`text::MOST`].
pub(super) struct Slices<'a>(Vec<(Cow<'a, str>, &'a str)>);

impl<'a> Slices<'a> {
    /// Of a whole document; an error says whether it is not a JSON or no object.
    pub(super) fn read(json: &'a [u8], known: &[&str]) -> Result<Self, serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_slice(json);
        let slices = Known(known).deserialize(&mut reader)?;
        reader.end()?;
        Ok(slices)
    }

    /// Of a member, if it is an object.
    pub(super) fn within(&self, member: &str, known: &[&str]) -> Option<Self> {
        Self::read(self.find(member)?.as_bytes(), known).ok()
    }

    /// A member that is a text.
    pub(super) fn text(&self, member: &str) -> Option<String> {
        serde_json::from_str(self.find(member)?).ok()
    }

    fn find(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, json)| *json)
    }

    /// What of it is kept: no credential, nothing that cannot be read again, and not too much. Of
    /// the objects in it that were read by themselves, what is kept of those.
    pub(super) fn kept(
        self,
        known: &[&str],
        token: Option<&str>,
        within: &[(&str, Option<&Members<'_>>)],
    ) -> Members<'a> {
        let mut room = ROOM;
        let kept = self.0.into_iter().filter_map(|(name, json)| {
            let read = within.iter().find(|(known, _)| *known == name);
            let member = match read.and_then(|(_, members)| *members) {
                Some(members) => {
                    Member { name, value: Value::Null, json: members.to_string().into() }
                }
                None => Member::of(name, json, token)?,
            };
            if known.contains(&&*member.name) {
                return Some(member);
            }
            room = room.checked_sub(member.name.len() + member.json.len())?;
            Some(member)
        });
        Members(kept.collect())
    }
}

/// Reads an object, and knows which members must not be missed.
struct Known<'k>(&'k [&'k str]);

impl<'de> DeserializeSeed<'de> for Known<'_> {
    type Value = Slices<'de>;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Slices<'de>, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Known<'_> {
    type Value = Slices<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Slices<'de>, A::Error> {
        let mut slices: Vec<(Cow<'de, str>, &'de str)> = Vec::new();
        let mut others = 0;
        while let Some(Name(name)) = object.next_key()? {
            let known = self.0.contains(&&*name);
            if !known && (others == text::MOST || name.len() > text::LONGEST) {
                object.next_value::<IgnoredAny>()?;
                continue;
            }
            let json = object.next_value::<&RawValue>()?.get();
            if let Some((_, before)) = slices.iter_mut().find(|(before, _)| *before == name) {
                *before = json;
            } else {
                others += usize::from(!known);
                slices.push((name, json));
            }
        }
        Ok(Slices(slices))
    }
}

/// A name, borrowed where nothing in it is escaped.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// What is kept of an object, in its order.
pub(super) struct Members<'a>(Vec<Member<'a>>);

struct Member<'a> {
    name: Cow<'a, str>,
    value: Value,
    /// As it is kept: mostly the very slice that came.
    json: Cow<'a, str>,
}

impl<'a> Member<'a> {
    fn of(name: Cow<'a, str>, json: &'a str, token: Option<&str>) -> Option<Self> {
        let is_text = json.starts_with('"');
        if json.len() > LONGEST && !is_text {
            return None;
        }
        let value = serde_json::from_str(json).ok()?;
        if credentials::is_one(&name, &value, token) {
            return None;
        }
        match value {
            Value::String(long) if json.len() > LONGEST => {
                let value = Value::String(text::short(&long));
                Some(Self { name, json: Cow::Owned(value.to_string()), value })
            }
            value => Some(Self { name, value, json: Cow::Borrowed(json) }),
        }
    }
}

impl Members<'_> {
    /// A member's value.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|member| member.name == name).map(|member| &member.value)
    }

    /// Every member.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|member| (&*member.name, &member.value))
    }
}

impl fmt::Display for Members<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{")?;
        for (at, member) in self.0.iter().enumerate() {
            let name = Value::from(&*member.name);
            write!(f, "{}{name}:{}", if at == 0 { "" } else { "," }, member.json)?;
        }
        write!(f, "}}")
    }
}
