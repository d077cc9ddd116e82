//! What phone systems and desktops told, and why nothing opened.

use serde::Serialize;

use super::{Moment, Page};

/// Sources, and what they told lately.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Events {
    pub sources: Vec<Source>,
    /// What was filled in.
    pub typed: EventFilter,
    /// How many of the listed ones lack something.
    pub warnings: usize,
    pub rows: Vec<Event>,
    /// Before which event older ones are found.
    pub older: Option<String>,
    /// How far back was looked, where that was not far enough.
    pub looked_back_to: Option<Moment>,
    /// A request that makes an event, where there is none yet.
    pub example: String,
}

/// Which events are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EventFilter {
    /// The source that told of them; empty for all.
    pub source: String,
    /// Whether they lack something.
    pub only_warnings: bool,
    /// All of it again, for an address.
    pub query: String,
}

/// A source of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    pub name: String,
    /// The query that its events are found by.
    pub query: String,
    /// The phone system's make; xivo and sheet are desktops.
    pub kind: String,
    /// Where it sends its events; none if they are fetched from a queue, or it may not be known.
    pub url: Option<String>,
    /// Whether they are fetched from a queue.
    pub is_queue: bool,
    /// A command that sends one.
    pub example: Option<String>,
    /// When it was last heard of.
    pub heard: Option<Moment>,
    /// on, quiet, never, off.
    pub state: &'static str,
}

/// An event or a ring that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    pub id: String,
    pub at: Moment,
    pub source: String,
    /// Our name for it, and the phone system's.
    pub event: String,
    pub name: Option<String>,
    pub agent: Option<String>,
    pub call: Option<String>,
    /// The phone system's id of the call.
    pub external_id: Option<String>,
    /// Why no page is on a screen; none where one is.
    pub why: Option<Why>,
    /// Whether it lacks something that the phone system should send.
    pub warning: bool,
    /// How often it was told again.
    pub repeats: i64,
    /// What came, without secrets.
    pub body: String,
}

/// Why no page opened: a text of its own for each word, and what stands in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Why {
    pub word: &'static str,
    pub rule: String,
    pub name: String,
    pub source: String,
    pub reason: String,
}

impl Page for Events {
    fn template(&self) -> String {
        "console/events.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let source = |name: &str, state, heard: Option<&'static str>| Source {
            name: name.to_owned(),
            query: format!("source={name}"),
            kind: "wildix".to_owned(),
            url: Some(format!("https://callpane.example.com/hooks/{name}")),
            is_queue: false,
            example: Some("curl https://callpane.example.com/hooks/office --data '<a>'".to_owned()),
            heard: heard.map(Moment::sample),
            state,
        };
        let queue =
            Source { url: None, is_queue: true, example: None, ..source("cloud", "on", None) };
        let sources = vec![
            source("office", "on", Some("today")),
            source("voip", "quiet", Some("yesterday")),
            source("lab", "never", None),
            source("old", "off", Some("other")),
            queue,
        ];
        let event = |word| Event {
            id: "00000000000070008000000000000001".to_owned(),
            at: Moment::sample("today"),
            source: "office".to_owned(),
            event: "call.ringing".to_owned(),
            name: Some("call:update".to_owned()),
            agent: Some("priya".to_owned()),
            call: Some("00000000000070008000000000000002".to_owned()),
            external_id: Some("demo_1790001000.77".to_owned()),
            why: Some(Why {
                word,
                rule: "after <hours>".to_owned(),
                name: "310".to_owned(),
                source: "office".to_owned(),
                reason: if word == "rule" { "Tera <error>".to_owned() } else { String::new() },
            }),
            warning: word == "callless",
            repeats: 2,
            body: "{\n  \"type\": \"call:update\"\n}".to_owned(),
        };
        let bare = Event {
            name: None,
            agent: None,
            call: None,
            external_id: None,
            why: None,
            repeats: 0,
            ..event("")
        };
        let rows = WHYS.map(event).into_iter().chain([bare]).collect();
        let busy = Self {
            sources,
            typed: EventFilter {
                source: "office".to_owned(),
                only_warnings: true,
                query: "source=office&only=warnings".to_owned(),
            },
            warnings: 1,
            rows,
            older: Some("00000000000070008000000000000001".to_owned()),
            looked_back_to: Some(Moment::sample("other")),
            example: String::new(),
        };
        let usual = Self { typed: EventFilter::default(), looked_back_to: None, ..busy.clone() };
        let example = "curl https://callpane.example.com/thirdparty --json '{}'".to_owned();
        vec![busy, usual, Self { example, ..Self::default() }]
    }
}

/// Every word of a [`Why`].
const WHYS: [&str; 26] = [
    "answered",
    "ended",
    "absent",
    "unanswered",
    "unreported",
    "unloaded",
    "elsewhere",
    "program",
    "callless",
    "agentless",
    "unknown",
    "quiet",
    "rule",
    "decided",
    "unmatched",
    "outbound",
    "endpoint",
    "panicked",
    "desktop",
    "stranger",
    "presence",
    "gone",
    "paged",
    "started",
    "updated",
    "over",
];
