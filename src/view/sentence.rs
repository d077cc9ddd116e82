//! Sentences that say why: a text of a language with its values, some of which are written differently in
//! each language, such as a moment, an agent, or a rule.

use super::console::Reason;
use super::{Language, View};
use crate::domain::time::{Timestamp, Zone};

/// A sentence that is not written yet: the key of its text, and its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    pub key: &'static str,
    pub values: Vec<(&'static str, Value)>,
}

/// A value of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Count(usize),
    /// `at 10:42:07`, with its day if that is not today.
    At(Timestamp),
    /// `at 10:42`.
    Around(Timestamp),
    /// `10:42`, with its day if that is not today.
    Seen(Timestamp),
    /// The minute at which a span begins or ends; with its day if the other end is of another day.
    EndOfSpan {
        at: Timestamp,
        other: Timestamp,
    },
    /// Which day a span is of, after its ends: nothing if it is today, or if they name their days.
    DayOfSpan {
        from: Timestamp,
        until: Timestamp,
    },
    /// By their name, or by what they are known by.
    Agent {
        name: Option<String>,
        id: String,
    },
    /// By its number and name; without a name, what holds where there are no rules.
    Rule {
        number: Option<usize>,
        name: Option<String>,
    },
    /// Several of them.
    List(Vec<Value>),
    /// The text that one of several words has, with its own values.
    Word {
        of: &'static str,
        word: &'static str,
        values: Vec<(&'static str, Value)>,
    },
}

/// How times are written: in a zone, as seen from a moment.
#[derive(Debug, Clone, Copy)]
pub struct Clock<'a> {
    pub zone: &'a Zone,
    pub now: Timestamp,
}

impl Sentence {
    /// A sentence of a text.
    pub fn new(key: &'static str, values: impl Into<Vec<(&'static str, Value)>>) -> Self {
        Self { key, values: values.into() }
    }
}

impl View {
    /// Writes a sentence.
    pub fn sentence(&self, language: Language, sentence: &Sentence, clock: Clock<'_>) -> String {
        let writer = Writer { view: self, language, clock };
        let values = sentence.values.iter();
        let values = values.map(|(name, value)| match (*name, value) {
            ("reason", Value::Text(kept)) => (*name, writer.reason(kept)),
            _ => (*name, writer.value(value)),
        });
        writer.text(sentence.key, &values.collect::<Vec<_>>())
    }
}

struct Writer<'a> {
    view: &'a View,
    language: Language,
    clock: Clock<'a>,
}

impl Writer<'_> {
    fn text(&self, key: &str, values: &[(&str, String)]) -> String {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        self.view.languages().text(self.language.code(), key, &values.collect::<Vec<_>>())
    }

    /// Words of ours in the reader's language, those of others as they are.
    fn reason(&self, kept: &str) -> String {
        let Reason { word, value, text } = Reason::of(kept);
        let values = ["status", "seconds", "host"].map(|name| (name, value.clone()));
        match word {
            "" => text,
            word => self.text(&format!("reason-{word}"), &values),
        }
    }

    fn value(&self, value: &Value) -> String {
        let shows = |at: Timestamp| self.clock.zone.shows(at);
        match value {
            Value::Text(text) => text.clone(),
            Value::Count(count) => count.to_string(),
            Value::At(at) => self.at(*at, shows(*at).second()),
            Value::Around(at) => self.at(*at, shows(*at).minute()),
            Value::EndOfSpan { at, other } if self.are_of_one_day(*at, *other) => {
                shows(*at).minute()
            }
            Value::Seen(at) | Value::EndOfSpan { at, .. } => self.seen(*at),
            Value::DayOfSpan { from, until } if self.are_of_one_day(*from, *until) => {
                self.day(*from)
            }
            Value::DayOfSpan { .. } => String::new(),
            Value::Agent { name: Some(name), .. } => name.clone(),
            Value::Agent { name: None, id } => self.text("explain-agent", &[("id", id.clone())]),
            Value::Rule { number, name } => self.rule(*number, name.as_deref()),
            Value::List(values) => {
                let all: Vec<String> = values.iter().map(|value| self.value(value)).collect();
                all.join(", ")
            }
            Value::Word { of, word, values } => {
                let values = values.iter().map(|(name, value)| (*name, self.value(value)));
                self.text(&format!("{of}-{word}"), &values.collect::<Vec<_>>())
            }
        }
    }

    /// How many days ago it was.
    fn days_ago(&self, at: Timestamp) -> i32 {
        let Clock { zone, now } = self.clock;
        zone.shows(at).days_before(zone.shows(now))
    }

    fn are_of_one_day(&self, one: Timestamp, other: Timestamp) -> bool {
        self.days_ago(one) == self.days_ago(other)
    }

    fn date(&self, at: Timestamp) -> String {
        self.clock.zone.shows(at).date()
    }

    fn at(&self, at: Timestamp, time: String) -> String {
        match self.days_ago(at) {
            0 => self.text("explain-at", &[("time", time)]),
            1 => self.text("explain-at-yesterday", &[("time", time)]),
            _ => self.text("explain-at-day", &[("time", time), ("date", self.date(at))]),
        }
    }

    fn seen(&self, at: Timestamp) -> String {
        let time = self.clock.zone.shows(at).minute();
        match self.days_ago(at) {
            0 => time,
            1 => self.text("explain-seen-yesterday", &[("time", time)]),
            _ => format!("{} {time}", self.date(at)),
        }
    }

    fn day(&self, at: Timestamp) -> String {
        match self.days_ago(at) {
            0 => String::new(),
            1 => format!(" {}", self.text("explain-yesterday", &[])),
            _ => format!(" {}", self.text("explain-on-day", &[("date", self.date(at))])),
        }
    }

    fn rule(&self, number: Option<usize>, name: Option<&str>) -> String {
        match (number, name) {
            (Some(number), Some(name)) => {
                let values = [("number", number.to_string()), ("name", name.to_owned())];
                self.text("explain-rule", &values)
            }
            (None, Some(name)) => {
                self.text("explain-rule-unnumbered", &[("name", name.to_owned())])
            }
            (_, None) => self.text("explain-rule-default", &[]),
        }
    }
}
