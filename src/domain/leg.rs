//! One agent's part in a call, and what all parts of a call are kept in: first and last moments, and
//! the newest word on each thing. Merging them does not depend on the order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use super::event::{CallEvent, CallEventKind, Outcome};
use super::ring::Agent;
use super::time::Timestamp;
use super::word::Word;

/// What a call, or one agent's part in it, is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallPhase {
    /// It is there, and rings nobody.
    Started,
    Ringing,
    /// They speak.
    Answered,
    /// The other party hears music.
    Held,
    /// It is over.
    Ended,
}

impl Word for CallPhase {
    const ALL: &'static [(&'static str, Self)] = &[
        ("started", Self::Started),
        ("ringing", Self::Ringing),
        ("answered", Self::Answered),
        ("held", Self::Held),
        ("ended", Self::Ended),
    ];
}

/// The newest word on something. Two words of one moment: the greater stands, whichever came first. It is
/// kept as the moment and the word, without names: a call has a dozen of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "(Timestamp, T)")]
pub(super) struct Latest<T> {
    pub(super) at: Timestamp,
    pub(super) value: T,
}

impl<T> From<(Timestamp, T)> for Latest<T> {
    fn from((at, value): (Timestamp, T)) -> Self {
        Self { at, value }
    }
}

impl<T: Serialize> Serialize for Latest<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (self.at, &self.value).serialize(to)
    }
}

/// Takes up a word if it is newer; answers whether another one stands now. The same word again is not
/// copied.
pub(super) fn say<T: Ord + Clone>(
    slot: &mut Option<Latest<T>>,
    at: Timestamp,
    value: Option<&T>,
) -> bool {
    let Some(value) = value else { return false };
    if let Some(known) = slot {
        return say_again(known, at, value);
    }
    *slot = Some(Latest { at, value: value.clone() });
    true
}

fn say_again<T: Ord + Clone>(known: &mut Latest<T>, at: Timestamp, value: &T) -> bool {
    if known.value == *value {
        known.at = known.at.max(at);
        return false;
    }
    let newer = (known.at, &known.value) < (at, value);
    if newer {
        *known = Latest { at, value: value.clone() };
    }
    newer
}

/// Takes up a newer word on one of many things; answers the same.
pub(super) fn say_of(
    slots: &mut BTreeMap<String, Latest<String>>,
    key: &str,
    at: Timestamp,
    value: Option<&String>,
) -> bool {
    let Some(value) = value else { return false };
    if let Some(known) = slots.get_mut(key) {
        return say_again(known, at, value);
    }
    slots.insert(key.to_owned(), Latest { at, value: value.clone() });
    true
}

pub(super) fn first(slot: &mut Option<Timestamp>, at: Option<Timestamp>) {
    *slot = [*slot, at].into_iter().flatten().min();
}

pub(super) fn last(slot: &mut Option<Timestamp>, at: Option<Timestamp>) {
    *slot = (*slot).max(at);
}

/// One agent's part in a call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Leg {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Latest<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<Latest<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<Latest<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<Latest<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<Latest<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rang_first: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rang: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) answered_first: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) answered: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) left: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) held: Option<Latest<bool>>,
}

impl Leg {
    /// What this agent's phone does, as far as the agent's own events tell.
    pub(super) fn phase(&self) -> CallPhase {
        if self.left.is_some() && self.left >= self.rang.max(self.answered) {
            CallPhase::Ended
        } else if self.answered.is_some() && self.answered > self.left {
            let held = self.held.as_ref().is_some_and(|held| held.value);
            if held { CallPhase::Held } else { CallPhase::Answered }
        } else if self.rang.is_some() {
            CallPhase::Ringing
        } else {
            CallPhase::Started
        }
    }

    pub(super) fn speaks(&self) -> bool {
        matches!(self.phase(), CallPhase::Answered | CallPhase::Held)
    }
}

impl Leg {
    /// Takes up who the agent is.
    pub(super) fn take_up_agent(&mut self, at: Timestamp, agent: Option<&Agent>) {
        let Some(agent) = agent else { return };
        say(&mut self.name, at, agent.name.as_ref());
        say(&mut self.line, at, agent.line.as_ref());
        say(&mut self.first_name, at, agent.first_name.as_ref());
        say(&mut self.last_name, at, agent.last_name.as_ref());
        say(&mut self.email, at, agent.email.as_ref());
    }

    /// Who the agent is.
    pub(super) fn agent(&self) -> Agent {
        let value = |slot: &Option<Latest<String>>| slot.as_ref().map(|slot| slot.value.clone());
        Agent {
            user_id: None,
            agent_id: None,
            name: value(&self.name),
            first_name: value(&self.first_name),
            last_name: value(&self.last_name),
            line: value(&self.line),
            email: value(&self.email),
        }
    }

    pub(super) fn take_up(&mut self, event: &CallEvent) {
        let at = event.at;
        match event.kind {
            CallEventKind::Ringing => {
                first(&mut self.rang_first, Some(at));
                last(&mut self.rang, Some(at));
            }
            CallEventKind::Answered | CallEventKind::Resumed | CallEventKind::Transferred => {
                self.answer(event.answered_at.unwrap_or(at));
                say(&mut self.held, at, Some(&false));
            }
            CallEventKind::Held => {
                self.answer(event.answered_at.unwrap_or(at));
                say(&mut self.held, at, Some(&true));
            }
            CallEventKind::Ended => {
                if let Some(answered) = event.answered_at {
                    self.answer(answered);
                }
                last(&mut self.left, Some(event.ended_at.unwrap_or(at)));
            }
            CallEventKind::Summary => {
                if event.outcome == Some(Outcome::Answered) {
                    self.answer(event.answered_at.unwrap_or(at));
                }
                last(&mut self.left, Some(event.ended_at.unwrap_or(at)));
            }
            _ => {}
        }
    }

    /// Takes up everything that was told of it under another name.
    pub(super) fn merge(&mut self, other: Self) {
        let word = |slot: &mut Option<Latest<String>>, told: Option<Latest<String>>| {
            if let Some(told) = told {
                say(slot, told.at, Some(&told.value));
            }
        };
        word(&mut self.name, other.name);
        word(&mut self.line, other.line);
        word(&mut self.first_name, other.first_name);
        word(&mut self.last_name, other.last_name);
        word(&mut self.email, other.email);
        first(&mut self.rang_first, other.rang_first);
        last(&mut self.rang, other.rang);
        first(&mut self.answered_first, other.answered_first);
        last(&mut self.answered, other.answered);
        last(&mut self.left, other.left);
        if let Some(held) = other.held {
            say(&mut self.held, held.at, Some(&held.value));
        }
    }

    fn answer(&mut self, at: Timestamp) {
        first(&mut self.answered_first, Some(at));
        last(&mut self.answered, Some(at));
    }
}
