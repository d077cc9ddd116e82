//! Requests that were refused: what that means, and what to do.

use serde::Serialize;

use super::delivery::Request;
use super::{Moment, Page};

/// Requests that were refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Refusals {
    /// Sources that can be chosen.
    pub sources: Vec<String>,
    /// The source whose refusals are listed; empty for all.
    pub source: String,
    pub rows: Vec<Refusal>,
    /// The query that older ones are found by.
    pub older: Option<String>,
    /// A request that is refused.
    pub example: String,
}

/// A request that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    pub at: Moment,
    /// What its address named.
    pub source: String,
    pub status: u16,
    pub code: String,
    /// The word of the console's own texts for this code; without any, what the API says of it.
    pub word: Option<&'static str>,
    pub title: &'static str,
    pub remedy: &'static str,
    /// What was wrong with this very request.
    pub detail: String,
    pub request: Option<Request>,
    /// How many bytes its body had.
    pub bytes: u64,
}

/// Codes that phone systems usually meet, with the word of the console's own texts for them.
const WORDS: [(&str, &str); 8] = [
    ("no-such-source", "unknown"),
    ("source-off", "off"),
    ("not-authentic", "unproven"),
    ("not-understood", "unclear"),
    ("malformed-body", "unreadable"),
    ("body-too-large", "large"),
    ("body-too-slow", "slow"),
    ("internal-error", "broken"),
];

impl Refusal {
    /// The word of a code.
    pub fn word(code: &str) -> Option<&'static str> {
        WORDS.iter().find(|(known, _)| *known == code).map(|(_, word)| *word)
    }
}

impl Page for Refusals {
    fn template(&self) -> String {
        "console/refusals.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let refusal = |code: &str| Refusal {
            at: Moment::sample("today"),
            source: "office".to_owned(),
            status: 401,
            code: code.to_owned(),
            word: Refusal::word(code),
            title: "Too many requests of this kind at once",
            remedy: "Try again after the seconds in Retry-After.",
            detail: "the header <x-signature> is missing".to_owned(),
            request: Some(Request::sample()),
            bytes: 212,
        };
        let unread = Refusal { request: None, ..refusal("too-many-bodies") };
        let busy = Self {
            sources: vec!["office".to_owned(), "lab".to_owned()],
            source: "office".to_owned(),
            rows: WORDS.map(|(code, _)| refusal(code)).into_iter().chain([unread]).collect(),
            older: Some("before=0".to_owned()),
            example: String::new(),
        };
        let example = "curl https://callpane.example.com/hooks/nobody --json '{}'".to_owned();
        vec![busy, Self { example, ..Self::default() }]
    }
}
