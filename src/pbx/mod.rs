//! What did the phone system say? A request as it came in, proven to come from its source, becomes
//! [`CallEvent`]s: one file a make, all alike (`verify`, `decode`), and pure.
//!
//! Only an [`Authentic`] request can be decoded, and only [`Source::verify`] makes one.

mod fields;
#[cfg(test)]
mod fuzz;
mod mapped;
mod mapping;
mod pasted;
mod signature;
mod telair;
#[cfg(test)]
mod tests;
mod voipcloud;
mod wildix;
mod xima;
mod xuc;

use std::time::Duration;

use crate::domain::decision::Word;
use crate::domain::event::{CallEvent, CallEventKind};
use crate::domain::phone::Region;
use crate::domain::secret::Secret;
use crate::domain::text;
use crate::domain::time::Timestamp;

pub use mapping::{Key, Mapping, Place, Selector};
pub use pasted::Pasted;
pub use signature::{SQS_ATTRIBUTE, hex_hmac};

/// The makes of phone systems that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Wildix, by webhook or over SQS.
    Wildix,
    /// VoIPcloud and VoIPLine.
    Voipcloud,
    /// Telair and other resellers of the same hosted PBX.
    Telair,
    /// Xima CCaaS.
    Xima,
    /// XiVO's XuC, beside the desktop's own rings.
    Xuc,
    /// Any other, described by data.
    Mapped,
}

impl Word for Kind {
    const ALL: &'static [(&'static str, Self)] = &[
        ("wildix", Self::Wildix),
        ("voipcloud", Self::Voipcloud),
        ("telair", Self::Telair),
        ("xima", Self::Xima),
        ("xuc", Self::Xuc),
        ("mapped", Self::Mapped),
    ];
}

/// How a request shows that it comes from its source, where its make has no signature of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Auth {
    /// It does not: whoever knows the address is believed.
    #[default]
    None,
    /// A user and a password (RFC 7617).
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A token: as `Bearer`, as `Token`, or bare, in Authorization.
    Token(Vec<Secret>),
    /// A header of any name; several values while one is rotated.
    Header {
        /// Its name, in lower case.
        name: String,
        /// The values that are good.
        values: Vec<Secret>,
    },
    /// A parameter in the query.
    Query {
        /// Its name.
        name: String,
        /// The values that are good.
        values: Vec<Secret>,
    },
}

impl Auth {
    /// The header that holds the secret, beside those that always may, in lower case.
    pub fn header(&self) -> Option<&str> {
        if let Self::Header { name, .. } = self { Some(name) } else { None }
    }

    /// The parameter of the query that holds the secret.
    pub fn parameter(&self) -> Option<&str> {
        if let Self::Query { name, .. } = self { Some(name) } else { None }
    }
}

/// A configured phone system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name: it speaks at `/hooks/{name}`.
    pub name: String,
    /// Its make.
    pub kind: Kind,
    /// The secrets of its own signature; several while one is rotated.
    pub secrets: Vec<Secret>,
    /// How it proves itself otherwise.
    pub auth: Auth,
    /// Which of its names mean what, where its administrator chooses them.
    pub mapping: Mapping,
    /// How old an event may be, where it says when it happened.
    pub max_age: Duration,
    /// The country of its numbers without a prefix, where it is another than the installation's.
    pub region: Option<Region>,
    /// After how much silence a call that was answered is taken to be over.
    pub expires: Duration,
}

/// A request as it was received.
#[derive(Debug, Clone)]
pub struct Inbound<'a> {
    /// GET or POST.
    pub method: &'a str,
    /// The event that the address names: `/hooks/{source}/{event}`.
    pub event: Option<&'a str>,
    /// The query, as it was sent.
    pub query: &'a str,
    /// Header names, in lower case, and values.
    pub headers: &'a [(String, String)],
    /// The body's bytes.
    pub body: &'a [u8],
    /// When it arrived.
    pub at: Timestamp,
}

impl<'a> Inbound<'a> {
    /// The first header of a name that is written in lower case.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A request that was proven to come from its source.
#[derive(Debug)]
pub struct Authentic<'a>(Inbound<'a>);

impl<'a> std::ops::Deref for Authentic<'a> {
    type Target = Inbound<'a>;

    fn deref(&self) -> &Inbound<'a> {
        &self.0
    }
}

/// Why a request is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It does not prove that it comes from the source; what is missing or wrong, and the remedy.
    #[error("{0}")]
    NotAuthentic(String),
    /// It is authentic, and cannot be understood.
    #[error("{0}")]
    NotUnderstood(String),
}

impl Source {
    /// Where this source's calls are counted: XuC speaks of the very calls that XucMgt reports.
    pub fn calls(&self) -> &str {
        if self.kind == Kind::Xuc { "xivo" } else { &self.name }
    }

    /// Proves that a request comes from this source.
    pub fn verify<'a>(&self, inbound: Inbound<'a>) -> Result<Authentic<'a>, Refusal> {
        match self.kind {
            Kind::Wildix => wildix::verify(self, &inbound)?,
            Kind::Voipcloud => voipcloud::verify(self, &inbound)?,
            Kind::Telair => telair::verify(self, &inbound)?,
            Kind::Xima => xima::verify(self, &inbound)?,
            Kind::Xuc => xuc::verify(self, &inbound)?,
            Kind::Mapped => mapped::verify(self, &inbound)?,
        }
        Ok(Authentic(inbound))
    }

    /// Reads what it says. No event at all is an answer too: the request is kept, and means nothing.
    pub fn decode(&self, request: &Authentic<'_>) -> Result<Vec<CallEvent>, Refusal> {
        let events = match self.kind {
            Kind::Wildix => wildix::decode(self, request)?,
            Kind::Voipcloud => voipcloud::decode(self, request)?,
            Kind::Telair => telair::decode(self, request)?,
            Kind::Xima => xima::decode(self, request)?,
            Kind::Xuc => xuc::decode(self, request)?,
            Kind::Mapped => mapped::decode(self, request)?,
        };
        let events = events.into_iter().take(MOST_EVENTS);
        Ok(events.map(|event| sensible(event, request.at)).collect())
    }

    /// What a request would mean: whether it proves itself, and what it says all the same.
    pub fn try_out(
        &self,
        inbound: Inbound<'_>,
    ) -> (Result<(), Refusal>, Result<Vec<CallEvent>, Refusal>) {
        let proven = self.verify(inbound.clone()).map(drop);
        (proven, self.decode(&Authentic(inbound)))
    }

    /// The mapping that a make has before its administrator says otherwise.
    pub fn usual_mapping(kind: Kind) -> Mapping {
        match kind {
            Kind::Telair => telair::mapping(),
            Kind::Xima => xima::mapping(),
            Kind::Wildix | Kind::Voipcloud | Kind::Xuc | Kind::Mapped => Mapping::default(),
        }
    }
}

/// The most events that one request may tell.
const MOST_EVENTS: usize = 200;

/// The most recordings that an event keeps.
const MOST_RECORDINGS: usize = 16;

/// How far the clock of a phone system may be ahead of ours.
const AHEAD: Duration = Duration::from_mins(5);

/// What no dialect need think of: an event has bounds, has not happened after it was told (or it
/// would be the newest word for ever), and without a call it can only be kept.
fn sensible(mut event: CallEvent, arrived: Timestamp) -> CallEvent {
    let told_after = |at: &Timestamp| *at <= arrived.plus(AHEAD);
    event.at = Some(event.at).filter(told_after).unwrap_or(arrived);
    event.started_at = event.started_at.filter(told_after);
    event.answered_at = event.answered_at.filter(told_after);
    event.ended_at = event.ended_at.filter(told_after);
    event.data.truncate(text::MOST);
    event.recordings.truncate(MOST_RECORDINGS);
    if let Some(tags) = &mut event.tags {
        tags.truncate(text::MOST);
    }
    if event.call.is_none() && event.kind != CallEventKind::PresenceChanged {
        event.kind = CallEventKind::Updated;
    }
    event
}
