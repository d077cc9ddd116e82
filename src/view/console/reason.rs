//! Why something did not go as it should: in the reader's language where the words are ours, and otherwise in
//! English or whatever the other system speaks.

use serde::Serialize;

use crate::domain::reason::{self, Failure};
use crate::domain::word::Word as _;

/// A reason that was kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// status, late, hand, private, `token_none` or that of a failure; empty for what others said.
    pub word: &'static str,
    /// The status, how many seconds, or which host.
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
            reason::Reason::Private(host) => ("private", host.to_owned()),
            reason::Reason::NoToken(status) => ("token_none", status.to_string()),
            reason::Reason::Failure(failure) => (failure.word(), String::new()),
            reason::Reason::Other(_) => ("", String::new()),
        };
        Self { word, value, text: kept.to_owned() }
    }

    /// One in each word.
    pub(super) fn samples() -> impl Iterator<Item = Self> {
        let others = [
            reason::Reason::Status(503),
            reason::Reason::Late(10),
            reason::Reason::ByHand,
            reason::Reason::Private("<crm.internal>"),
            reason::Reason::NoToken(401),
            reason::Reason::Other("refused <b>"),
        ];
        let failures = Failure::ALL.iter().map(|(_, failure)| reason::Reason::Failure(*failure));
        others.into_iter().chain(failures).map(|reason| Self::of(&reason.to_string()))
    }
}
