//! Something that the console refused, in words for people.

use serde::Serialize;

use super::Page;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// One of [`Refused::REASONS`].
    pub reason: &'static str,
    /// What is wrong with this very request, in English, where the page has no words of its own for it.
    pub detail: Option<String>,
}

impl Refused {
    /// Why something is refused: each has a title and a text.
    pub const REASONS: [&'static str; 10] = [
        "role",
        "form",
        "out",
        "call",
        "delivery",
        "destination",
        "missing",
        "away",
        "failed",
        "other",
    ];
}

impl Page for Refused {
    fn template(&self) -> String {
        "console/problem.html".to_owned()
    }

    fn samples() -> Vec<Self> {
        let told = Self { reason: "other", detail: Some("\"<b>\" is not a time".to_owned()) };
        let plain = Self::REASONS.map(|reason| Self { reason, detail: None });
        plain.into_iter().chain([told]).collect()
    }
}
