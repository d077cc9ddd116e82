//! Why something did not go as it should, as it is kept: a sentence in English, for the API and the log. Those
//! that are ours can be read again, so that a page says them in its reader's language; whatever another system
//! or a library said stands as it was said.

use std::fmt;

/// What a kept reason says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason<'a> {
    /// The other side answered with a status that is no good.
    Status(u16),
    /// It did not answer within so many seconds.
    Late(u64),
    /// A destination that somebody paused.
    ByHand,
    /// In somebody else's words.
    Other(&'a str),
}

const STATUS: &str = "the answer was ";
const LATE: &str = "no answer within ";
const SECONDS: &str = " s";
const BY_HAND: &str = "paused by hand";

impl<'a> Reason<'a> {
    /// Reads one that was kept.
    pub fn read(kept: &'a str) -> Self {
        let status = kept.strip_prefix(STATUS).and_then(|status| status.parse().ok());
        let late = kept.strip_prefix(LATE).and_then(|rest| rest.strip_suffix(SECONDS));
        let late = late.and_then(|seconds| seconds.parse().ok());
        match (status, late) {
            (Some(status), _) => Self::Status(status),
            (None, Some(seconds)) => Self::Late(seconds),
            _ if kept == BY_HAND => Self::ByHand,
            _ => Self::Other(kept),
        }
    }
}

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "{STATUS}{status}"),
            Self::Late(seconds) => write!(f, "{LATE}{seconds}{SECONDS}"),
            Self::ByHand => f.write_str(BY_HAND),
            Self::Other(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        for reason in [
            Reason::Status(503),
            Reason::Late(10),
            Reason::ByHand,
            Reason::Other("the answer was no"),
            Reason::Other("connection refused"),
        ] {
            assert_eq!(Reason::read(&reason.to_string()), reason);
        }
    }
}
