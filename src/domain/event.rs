//! What a phone system says has happened: one event, of one call and mostly of one agent.

use std::fmt;

use super::presence::Presence;
use super::ring::{Agent, Direction, Queue, Ring};
use super::time::Timestamp;
use super::word::Word;

pub use super::ring::Outcome;

/// The wire name of what no phone system tells.
pub const EXPIRED: &str = "call.expired";

/// What happened; the words are the wire names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallEventKind {
    /// The call exists; nobody rings yet.
    Started,
    /// An agent's phone rings.
    Ringing,
    /// An agent speaks.
    Answered,
    /// The other party hears music.
    Held,
    /// They speak again.
    Resumed,
    /// Another agent speaks now.
    Transferred,
    /// It is over: for the call, or for one agent.
    Ended,
    /// Nothing was heard of it for too long: that it is over is supposed.
    Expired,
    /// Something is known better than before.
    Updated,
    /// The whole call once more, after its end.
    Summary,
    /// The caller hears a menu.
    IvrEntered,
    /// The caller chose from it.
    IvrChosen,
    /// The caller left a message.
    VoicemailLeft,
    /// A recording can be heard.
    RecordingReady,
    /// An agent is there, busy, or gone: no call.
    PresenceChanged,
    /// The call passed a marked place in the phone system.
    ComponentReached,
}

impl Word for CallEventKind {
    const ALL: &'static [(&'static str, Self)] = &[
        ("call.started", Self::Started),
        ("call.ringing", Self::Ringing),
        ("call.answered", Self::Answered),
        ("call.held", Self::Held),
        ("call.resumed", Self::Resumed),
        ("call.transferred", Self::Transferred),
        ("call.ended", Self::Ended),
        (EXPIRED, Self::Expired),
        ("call.updated", Self::Updated),
        ("call.summary", Self::Summary),
        ("ivr.entered", Self::IvrEntered),
        ("ivr.chosen", Self::IvrChosen),
        ("voicemail.left", Self::VoicemailLeft),
        ("recording.ready", Self::RecordingReady),
        ("presence.changed", Self::PresenceChanged),
        ("component.reached", Self::ComponentReached),
    ];
}

impl CallEventKind {
    /// The event of a word, if it is one that a phone system may tell: that a call expired is for us to
    /// say.
    pub fn told(word: &str) -> Option<Self> {
        Self::read(word).filter(|kind| *kind != Self::Expired)
    }

    /// The words of those.
    pub fn told_words() -> impl Iterator<Item = &'static str> {
        Self::words().filter(|word| *word != EXPIRED)
    }

    /// What an event of this kind has to name, and does not: no page can open for it.
    pub fn lacks(self, names_call: bool, names_agent: bool) -> Option<Lacks> {
        match self {
            Self::PresenceChanged => (!names_agent).then_some(Lacks::Agent),
            _ if !names_call => Some(Lacks::Call),
            Self::Ringing | Self::Answered | Self::Held | Self::Resumed | Self::Transferred => {
                (!names_agent).then_some(Lacks::Agent)
            }
            _ => None,
        }
    }
}

/// What an event does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacks {
    Call,
    Agent,
}

impl fmt::Display for Lacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Call => "the event names no call",
            Self::Agent => "the event names no agent",
        })
    }
}

/// What happened to a page; the words are the wire names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageEventKind {
    /// An agent saw it.
    Opened,
    /// An agent was done with it.
    Completed,
    /// An agent added somebody who has the caller's number.
    ContactCreated,
}

impl Word for PageEventKind {
    const ALL: &'static [(&'static str, Self)] = &[
        ("pane.opened", Self::Opened),
        ("pane.completed", Self::Completed),
        ("contact.created", Self::ContactCreated),
    ];
}

/// The names of the events that destinations can be told.
pub fn told() -> Vec<&'static str> {
    CallEventKind::words().chain(PageEventKind::words()).collect()
}

/// How far an end reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The call is over for everybody.
    Call,
    /// It is over for the event's agent; others may still ring or speak.
    Agent,
}

/// The other party: whom the agent speaks with, whichever way the call goes.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Side {
    /// Their number, as the phone system wrote it, or as it is read in the country of that system; empty
    /// when it is withheld.
    pub number: String,
    /// The number exactly as the phone system wrote it, where that is not `number`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
    /// Their name, where the phone system knows one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where they work, and their e-mail address, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// One event as every dialect tells it. What an event does not say is `None`, and changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallEvent {
    /// What happened.
    pub kind: CallEventKind,
    /// What the phone system calls it: `call:update`.
    pub name: String,
    /// The call's id there; none where no call is spoken of.
    pub call: Option<String>,
    /// When it happened by the phone system's clock; where it does not say, when it arrived.
    pub at: Timestamp,
    /// What a repeat of this very event has too; none where a repeat looks like news.
    pub key: Option<String>,
    /// How far it reaches, if it is an end.
    pub scope: Scope,
    /// Whether it is only told of calls that are over.
    pub is_after: bool,
    /// The agent it is about.
    pub agent: Option<Agent>,
    /// Whom they speak with.
    pub other: Option<Side>,
    /// The number that was dialled.
    pub dialled: Option<String>,
    /// Which way the call goes.
    pub direction: Option<Direction>,
    /// The queue or ring group it came through.
    pub queue: Option<Queue>,
    /// When the call began.
    pub started_at: Option<Timestamp>,
    pub answered_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// How long they spoke, in milliseconds.
    pub talk_ms: Option<i64>,
    /// How long the call was, in milliseconds.
    pub duration_ms: Option<i64>,
    /// How it came out.
    pub outcome: Option<Outcome>,
    /// Why it ended, in the phone system's words.
    pub cause: Option<String>,
    /// Addresses of recordings; never fetched, only shown.
    pub recordings: Vec<String>,
    /// Tags: all there are now, so that a removed one goes.
    pub tags: Option<Vec<String>>,
    /// Account codes, likewise.
    pub codes: Option<Vec<String>>,
    /// Whatever else is worth showing.
    pub data: Vec<(String, String)>,
    /// Whether the agent is there, where that is what it tells.
    pub presence: Presence,
}

impl CallEvent {
    /// A ring as an event of its call.
    pub fn of_ring(ring: &Ring, at: Timestamp) -> Self {
        let (caller, dialled) = (&ring.caller, ring.dialled.as_ref());
        Self {
            call: ring.external_id.clone(),
            agent: Some(ring.agent.clone()),
            other: Some(Side {
                number: caller.raw.clone(),
                name: caller.name.clone(),
                ..Side::default()
            }),
            dialled: dialled.map(|party| party.raw.clone()),
            direction: Some(ring.direction),
            queue: ring.queue.clone(),
            ..Self::new(CallEventKind::Ringing, "ring", at)
        }
    }

    /// An event that says nothing but what it is.
    pub fn new(kind: CallEventKind, name: impl Into<String>, at: Timestamp) -> Self {
        Self {
            kind,
            name: name.into(),
            call: None,
            at,
            key: None,
            scope: Scope::Call,
            is_after: false,
            agent: None,
            other: None,
            dialled: None,
            direction: None,
            queue: None,
            started_at: None,
            answered_at: None,
            ended_at: None,
            talk_ms: None,
            duration_ms: None,
            outcome: None,
            cause: None,
            recordings: Vec::new(),
            tags: None,
            codes: None,
            data: Vec::new(),
            presence: Presence::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_events_of_destinations_are_documented() {
        let page = include_str!("../../docs/destinations.md");
        let (_, events) = page.split_once("## Events").unwrap();
        let (events, _) = events.split_once("\n## ").unwrap();
        let rows = events.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
        // Behind the table's head.
        let documented: Vec<&str> = rows.skip(1).map(|(name, _)| name).collect();
        assert_eq!(documented, told(), "docs/destinations.md lists what `on` takes");
    }
}
