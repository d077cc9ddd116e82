//! Why something did not go as it should, as it is kept: a sentence in English, for the API and the log. Those
//! that are ours can be read again, so that a page says them in its reader's language; whatever another system
//! or a library said stands as it was said.

use std::fmt;

use super::word::Word;

/// What a kept reason says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason<'a> {
    /// The other side answered with a status that is no good.
    Status(u16),
    /// It did not answer within so many seconds.
    Late(u64),
    /// A destination that somebody paused.
    ByHand,
    /// The address or name leads into a network that is not listed.
    Private(&'a str),
    /// The authorization server answered with this status and no token.
    NoToken(u16),
    /// It was not reached, or did not answer as it should.
    Failure(Failure),
    /// In somebody else's words.
    Other(&'a str),
}

/// Why there is no answer, where nothing needs to be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Nobody listens there.
    Refused,
    /// The name leads to no address.
    Unresolved,
    /// No way leads to the address.
    Unreachable,
    /// The other side ended the connection before it answered.
    Closed,
    /// Its certificate is not valid any more.
    Expired,
    /// Its certificate is that of another name.
    OtherName,
    /// Nobody who is trusted has issued its certificate.
    UnknownIssuer,
    /// Its certificate is no good otherwise.
    Certificate,
    /// It answered with more than is read.
    TooLarge,
    /// The authorization server took too long.
    TokenLate,
    /// The queue took too long.
    QueueLate,
}

impl Word for Failure {
    const ALL: &'static [(&'static str, Self)] = &[
        ("refused", Self::Refused),
        ("unresolved", Self::Unresolved),
        ("unreachable", Self::Unreachable),
        ("closed", Self::Closed),
        ("expired", Self::Expired),
        ("other_name", Self::OtherName),
        ("unknown_issuer", Self::UnknownIssuer),
        ("certificate", Self::Certificate),
        ("too_large", Self::TooLarge),
        ("token_late", Self::TokenLate),
        ("queue_late", Self::QueueLate),
    ];
}

impl Failure {
    const fn sentence(self) -> &'static str {
        match self {
            Self::Refused => "connection refused",
            Self::Unresolved => "the host name could not be resolved",
            Self::Unreachable => "the host could not be reached",
            Self::Closed => "the connection was closed before an answer came",
            Self::Expired => "the TLS certificate has expired",
            Self::OtherName => "the TLS certificate is for another host name",
            Self::UnknownIssuer => "the TLS certificate was issued by an unknown authority",
            Self::Certificate => "the TLS certificate is not valid",
            Self::TooLarge => "the answer is larger than 1 MiB",
            Self::TokenLate => "the authorization server did not answer in time",
            Self::QueueLate => "SQS did not answer in time",
        }
    }

    fn read(kept: &str) -> Option<Self> {
        Self::ALL.iter().map(|(_, failure)| *failure).find(|failure| failure.sentence() == kept)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

const STATUS: &str = "the answer was ";
const LATE: &str = "no answer within ";
const SECONDS: &str = " s";
const BY_HAND: &str = "paused by hand";
const PRIVATE: &str = " leads into a private network; if that is intended, add the network to \
                       CALLPANE_PRIVATE_TARGETS";
const AUTHORITY: &str = "the authorization server answered ";
const NO_TOKEN: &str = " without a token";

impl<'a> Reason<'a> {
    /// Reads one that was kept.
    pub fn read(kept: &'a str) -> Self {
        let status = || number(kept, STATUS, "").map(Self::Status);
        let late = || number(kept, LATE, SECONDS).map(Self::Late);
        let by_hand = || (kept == BY_HAND).then_some(Self::ByHand);
        let private = || kept.strip_suffix(PRIVATE).map(Self::Private);
        let no_token = || number(kept, AUTHORITY, NO_TOKEN).map(Self::NoToken);
        let failure = || Failure::read(kept).map(Self::Failure);
        let ours = status().or_else(late).or_else(by_hand).or_else(private);
        ours.or_else(no_token).or_else(failure).unwrap_or(Self::Other(kept))
    }
}

fn number<N: std::str::FromStr>(kept: &str, before: &str, after: &str) -> Option<N> {
    kept.strip_prefix(before)?.strip_suffix(after)?.parse().ok()
}

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "{STATUS}{status}"),
            Self::Late(seconds) => write!(f, "{LATE}{seconds}{SECONDS}"),
            Self::ByHand => f.write_str(BY_HAND),
            Self::Private(host) => write!(f, "{host}{PRIVATE}"),
            Self::NoToken(status) => write!(f, "{AUTHORITY}{status}{NO_TOKEN}"),
            Self::Failure(failure) => failure.fmt(f),
            Self::Other(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        let others = [
            Reason::Status(503),
            Reason::Late(10),
            Reason::ByHand,
            Reason::Private("crm.internal"),
            Reason::NoToken(401),
            Reason::Other("the answer was no"),
            Reason::Other("tunnel refused"),
        ];
        let failures = Failure::ALL.iter().map(|(_, failure)| Reason::Failure(*failure));
        for reason in failures.chain(others) {
            assert_eq!(Reason::read(&reason.to_string()), reason);
        }
    }
}
