//! Facts as they are kept with a delivery, read for the few names that its templates ask for: texts
//! stay where they are, and nothing is made of the rest.

use std::borrow::Cow;

use serde::de::Error as _;
use serde_json_borrow::Value;

use super::super::time::Timestamp;
use super::{DeliveryFacts, EntryFacts, Facts, SentFacts};

/// What was kept of an event, and what is known only when it is sent.
#[derive(Debug)]
pub struct Kept<'a> {
    text: &'a str,
    all: Value<'a>,
    /// What the destination calls its entry for the call.
    entry: Value<'a>,
    /// The delivery's id.
    delivery: Value<'a>,
    /// When it is sent.
    sent_at: Value<'a>,
}

/// What is kept of every event; without it, something else was kept.
const ALWAYS: [&str; 7] = ["call", "caller", "contact", "callee", "agent", "queue", "data"];

static NULL: Value<'static> = Value::Null;

impl<'a> Kept<'a> {
    /// Reads what was kept, from which whatever would ask for a secret has been taken.
    pub fn read(text: &'a str) -> Result<Self, serde_json::Error> {
        let all: Value<'a> = serde_json::from_str(text)?;
        if let Some(missing) = ALWAYS.iter().find(|&&root| member(&all, root) == &Value::Null) {
            return Err(serde_json::Error::custom(format!("there is no {missing}")));
        }
        Ok(Self { text, all, entry: Value::Null, delivery: Value::Null, sent_at: Value::Null })
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
        if let [root, last] = path {
            match (root.as_ref(), last.as_ref()) {
                ("entry", "id") => return &self.entry,
                ("delivery", "id") => return &self.delivery,
                ("sent", "at") => return &self.sent_at,
                _ => {}
            }
        }
        path.iter().fold(&self.all, |value, name| member(value, name.as_ref()))
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

fn member<'v, 'a>(value: &'v Value<'a>, key: &str) -> &'v Value<'a> {
    value.as_object().and_then(|members| members.get(key)).unwrap_or(&NULL)
}
