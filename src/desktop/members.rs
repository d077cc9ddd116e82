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

/// Members that an object of the contract has, about.
const USUAL: usize = 8;

/// The slices of an object: every member that is known, the last of its name, and of all others the
/// first [`text::MOST`].
pub(super) struct Slices<'a>(Vec<(Cow<'a, str>, &'a str)>);

impl<'a> Slices<'a> {
    /// Of a whole document; an error says whether it is not a JSON or no object.
    pub(super) fn read(json: &'a [u8], known: &[&str]) -> Result<Self, serde_json::Error> {
        match std::str::from_utf8(json) {
            Ok(text) => Self::read_text(text, known),
            // It counts only where it is read, and the error has its place.
            Err(_) => Self::read_from(serde_json::Deserializer::from_slice(json), known),
        }
    }

    fn read_text(json: &'a str, known: &[&str]) -> Result<Self, serde_json::Error> {
        Self::read_from(serde_json::Deserializer::from_str(json), known)
    }

    fn read_from<R: serde_json::de::Read<'a>>(
        mut reader: serde_json::Deserializer<R>,
        known: &[&str],
    ) -> Result<Self, serde_json::Error> {
        let slices = Known(known).deserialize(&mut reader)?;
        reader.end()?;
        Ok(slices)
    }

    /// Of a member, if it is an object.
    pub(super) fn within(&self, member: &str, known: &[&str]) -> Option<Self> {
        Self::read_text(self.find(member)?, known).ok()
    }

    /// A member that is a text.
    pub(super) fn text(&self, member: &str) -> Option<Cow<'a, str>> {
        read_text(self.find(member)?)
    }

    fn find(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, json)| *json)
    }

    /// What of it is kept: no credential, nothing that cannot be read again, and not too much. What is
    /// known must be named like no credential. Of the objects in it that were read by themselves, what
    /// is kept of those.
    pub(super) fn kept(
        self,
        known: &[&str],
        token: Option<&str>,
        within: &[(&str, Option<&Members<'_>>)],
    ) -> Members<'a> {
        let mut room = ROOM;
        let kept = self.0.into_iter().filter_map(|(name, json)| {
            let is_known = known.contains(&&*name);
            if !is_known && credentials::is_name_of_one(&name, token) {
                return None;
            }
            let read = within.iter().find(|(known, _)| *known == name);
            let member = match read.and_then(|(_, members)| *members) {
                Some(members) => {
                    let said = Said::Other(Value::Null);
                    Member { name, said, json: members.json().into() }
                }
                None => Member::of(name, json, token)?,
            };
            if is_known {
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
        let mut slices: Vec<(Cow<'de, str>, &'de str)> = Vec::with_capacity(USUAL);
        let mut others = 0;
        while let Some(Text(name)) = object.next_key()? {
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

/// A name or a text, borrowed where nothing in it is escaped.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Of a member as it was written, if it is a text.
fn read_text(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return serde_json::from_str(json).ok().map(|Text(text)| text);
    }
    // It was found to be one value already, so nothing else can stand in it.
    Some(Cow::Borrowed(inner))
}

/// What a member says.
pub(super) enum Said<'a> {
    /// As most do.
    Text(Cow<'a, str>),
    /// Whatever else.
    Other(Value),
}

/// What is kept of an object, in its order.
pub(super) struct Members<'a>(Vec<Member<'a>>);

struct Member<'a> {
    name: Cow<'a, str>,
    said: Said<'a>,
    /// As it is kept: mostly the very slice that came.
    json: Cow<'a, str>,
}

impl<'a> Member<'a> {
    fn of(name: Cow<'a, str>, json: &'a str, token: Option<&str>) -> Option<Self> {
        if json.starts_with('"') {
            return Self::of_text(name, json, token);
        }
        let value = Some(json).filter(|json| json.len() <= LONGEST);
        let value = serde_json::from_str(value?).ok()?;
        let kept = !credentials::is_in(&value, token);
        kept.then(|| Self { name, said: Said::Other(value), json: Cow::Borrowed(json) })
    }

    fn of_text(name: Cow<'a, str>, json: &'a str, token: Option<&str>) -> Option<Self> {
        let text = read_text(json)?;
        if credentials::is_in_text(&text, token) {
            return None;
        }
        if json.len() <= LONGEST {
            return Some(Self { name, said: Said::Text(text), json: Cow::Borrowed(json) });
        }
        let text = text::short(&text);
        let json = Value::from(text.as_str()).to_string().into();
        Some(Self { name, said: Said::Text(text.into()), json })
    }
}

impl Members<'_> {
    /// What a member says.
    pub(super) fn get(&self, name: &str) -> Option<&Said<'_>> {
        self.0.iter().find(|member| member.name == name).map(|member| &member.said)
    }

    /// Every member.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Said<'_>)> {
        self.0.iter().map(|member| (&*member.name, &member.said))
    }

    /// The object of what is kept.
    pub(super) fn json(&self) -> String {
        /// Quotes, a colon and a comma.
        const AROUND: usize = 4;
        let length = |member: &Member<'_>| member.name.len() + member.json.len() + AROUND;
        let mut out = String::with_capacity(2 + self.0.iter().map(length).sum::<usize>());
        out.push('{');
        for (at, member) in self.0.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            push_name(&mut out, &member.name);
            out.push(':');
            out.push_str(&member.json);
        }
        out.push('}');
        out
    }
}

fn push_name(out: &mut String, name: &str) {
    if name.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        out.push_str(&Value::from(name).to_string());
    } else {
        out.push('"');
        out.push_str(name);
        out.push('"');
    }
}
