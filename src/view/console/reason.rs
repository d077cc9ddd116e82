//! Why something did not go as it should: in the reader's language where the words are ours, and otherwise in
//! English or whatever the other system speaks.

use serde::Serialize;

use crate::domain::reason;

/// A reason that was kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// status, late, hand; empty for what others said.
    pub word: &'static str,
    /// The status, or how many seconds.
    pub value: String,
    /// As it was kept.
    pub text: String,
}

impl Reason {
    /// Reads one that was kept.
    pub fn of(kept: &str) -> Self {
        let (word, value) = match reason::Reason::read(kept) {
            reason::Reason::Status(status) => ("status", status.to_string()),
            reason::Reason::Late(seconds) => ("late", seconds.to_string()),
            reason::Reason::ByHand => ("hand", String::new()),
            reason::Reason::Other(_) => ("", String::new()),
        };
        Self { word, value, text: kept.to_owned() }
    }

    /// One in each word.
    pub(super) fn samples() -> [Self; 4] {
        ["the answer was 503", "no answer within 10 s", "paused by hand", "refused <b>"]
            .map(Self::of)
    }
}
