//! Facts as they are kept with a delivery, read for the few names that its templates ask for: texts
//! stay where they are, and what is null is left out.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde_json_borrow::Value;

use super::super::time::Timestamp;
use super::{DeliveryFacts, EntryFacts, Facts, SentFacts};

/// What was kept of an event, and what is known only when it is sent.
#[derive(Debug)]
pub struct Kept<'a> {
    text: &'a str,
    all: Members<'a>,
    /// What the destination calls its entry for the call.
    entry: Value<'a>,
    /// The delivery's id.
    delivery: Value<'a>,
    /// When it is sent.
    sent_at: Value<'a>,
}

/// What is kept, by what its names begin with: one list, and where in it each of these stands.
#[derive(Debug, Default)]
struct Members<'a> {
    roots: Vec<(&'a str, Range<usize>)>,
    members: Vec<(&'a str, Value<'a>)>,
    /// Whose keys are the phone system's.
    data: Value<'a>,
    source: Value<'a>,
}

/// What is kept of every event; without it, something else was kept.
const ALWAYS: [&str; 6] = ["call", "caller", "contact", "callee", "agent", "queue"];

/// About how many members are known of an event.
const USUAL: usize = 64;

static NULL: Value<'static> = Value::Null;

impl<'a> Kept<'a> {
    /// Reads what was kept, from which whatever would ask for a secret has been taken.
    pub fn read(text: &'a str) -> Result<Self, serde_json::Error> {
        let mut json = serde_json::Deserializer::from_str(text);
        let all = json.deserialize_map(Roots)?;
        json.end()?;
        let (entry, delivery, sent_at) = (Value::Null, Value::Null, Value::Null);
        Ok(Self { text, all, entry, delivery, sent_at })
    }

    /// The same for one attempt at one delivery.
    #[must_use]
    pub fn sent(self, entry: Option<Cow<'a, str>>, delivery: String, at: Timestamp) -> Self {
        let text = |text: String| Value::Str(text.into());
        let entry = entry.map_or(Value::Null, Value::Str);
        Self { entry, delivery: text(delivery), sent_at: text(at.to_string()), ..self }
    }

    /// Whether the destination has made an entry for the call.
    pub fn has_entry(&self) -> bool {
        self.entry != Value::Null
    }

    /// What stands under a name, in its parts; null where nothing does.
    pub fn find(&self, path: &[impl AsRef<str>]) -> &Value<'_> {
        let Some((root, rest)) = path.split_first() else { return &NULL };
        let root = root.as_ref();
        let (value, rest) = match (root, rest) {
            ("data", rest) => (&self.all.data, rest),
            ("source", rest) => (&self.all.source, rest),
            (_, []) => return &NULL,
            (root, [name, rest @ ..]) => match (root, name.as_ref()) {
                ("entry", "id") => (&self.entry, rest),
                ("delivery", "id") => (&self.delivery, rest),
                ("sent", "at") => (&self.sent_at, rest),
                (root, name) => (self.all.find(root, name), rest),
            },
        };
        rest.iter().fold(value, |value, key| {
            value.as_object().and_then(|members| members.get(key.as_ref())).unwrap_or(&NULL)
        })
    }

    /// All of it.
    pub(crate) fn facts(&self) -> Result<Facts, serde_json::Error> {
        let text = |value: &Value<'_>| value.as_str().map(str::to_owned);
        let mut facts: Facts = serde_json::from_str(self.text)?;
        facts.entry = Some(EntryFacts { id: text(&self.entry) });
        facts.delivery = Some(DeliveryFacts { id: text(&self.delivery) });
        facts.sent = Some(SentFacts { at: text(&self.sent_at) });
        Ok(facts)
    }
}

impl Members<'_> {
    fn find(&self, root: &str, name: &str) -> &Value<'_> {
        let under = self.roots.iter().find(|(known, _)| *known == root);
        let members = under.and_then(|(_, range)| self.members.get(range.clone()));
        let found = members.and_then(|members| members.iter().find(|(known, _)| *known == name));
        found.map_or(&NULL, |(_, value)| value)
    }
}

/// Reads the roots, each with its members.
struct Roots;

impl<'de> Visitor<'de> for Roots {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what was kept of an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut all = Members { members: Vec::with_capacity(USUAL), ..Members::default() };
        let mut has_data = false;
        while let Some(root) = map.next_key::<&'de str>()? {
            match root {
                "data" => (all.data, has_data) = (map.next_value()?, true),
                "source" => all.source = map.next_value()?,
                root => {
                    let from = all.members.len();
                    map.next_value_seed(Under(&mut all.members))?;
                    all.roots.push((root, from..all.members.len()));
                }
            }
        }
        let is_there = |root: &&str| all.roots.iter().any(|(known, _)| known == root);
        match ALWAYS.iter().find(|root| !is_there(root)) {
            Some(missing) => Err(A::Error::custom(format!("there is no {missing}"))),
            None if !has_data => Err(A::Error::custom("there is no data")),
            None => Ok(all),
        }
    }
}

/// Reads the members under one root.
struct Under<'v, 'de>(&'v mut Vec<(&'de str, Value<'de>)>);

impl<'de> DeserializeSeed<'de> for Under<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Under<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("members")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<&'de str>()? {
            let value: Value<'de> = map.next_value()?;
            if value != Value::Null {
                self.0.push((name, value));
            }
        }
        Ok(())
    }
}
