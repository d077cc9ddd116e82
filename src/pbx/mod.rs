//! What did the phone system say? A request as it came in, proven to come from its source, becomes
//! [`CallEvent`]s: one file a make, which says all that is particular to it as its [`Make`]. Pure.
//!
//! Only an [`Authentic`] request can be decoded, and only [`Source::verify`] makes one.

#[cfg(test)]
mod documented;
mod example;
mod fields;
#[cfg(test)]
mod fuzz;
mod json;
mod mapped;
mod mapping;
mod pasted;
mod redacted;
mod signature;
mod telair;
#[cfg(test)]
mod tests;
mod vendor;
mod voipcloud;
mod wildix;
mod xima;
mod xml;
mod xuc;

use std::cell::OnceCell;
use std::time::Duration;

use self::json::Json;
use crate::domain::endpoint::SqsQueue;
use crate::domain::event::{CallEvent, CallEventKind};
use crate::domain::phone::Region;
use crate::domain::secret::Secret;
use crate::domain::text;
use crate::domain::time::Timestamp;
use crate::domain::word::Word;

pub use mapping::{Key, Mapping, Place, Selector};
pub use pasted::Pasted;
pub use redacted::redacted;
pub use signature::hex_hmac;
pub use vendor::Field;
pub use wildix::SIGNATURE as WILDIX_SIGNATURE;

/// The makes of phone systems that are understood, by their word in the configuration. Whoever adds
/// one adds its file, and its line here.
impl Word for &'static Make {
    const ALL: &'static [(&'static str, Self)] = &[
        ("wildix", &wildix::MAKE),
        ("voipcloud", &voipcloud::MAKE),
        ("telair", &telair::MAKE),
        ("xima", &xima::MAKE),
        ("xuc", &xuc::MAKE),
        ("mapped", &mapped::MAKE),
    ];
}

/// Everything that one make does in its own way.
#[derive(Debug)]
pub struct Make {
    /// Checks that a request comes from its source.
    verify: fn(&Source, &Received<'_>) -> Result<(), Refusal>,
    /// Reads a request that does.
    decode: fn(&Source, &Authentic<'_>) -> Result<Vec<CallEvent>, Refusal>,
    /// What its requests are authenticated by.
    pub authenticated_by: AuthenticatedBy,
    /// Its fields, and what they become.
    pub fields: &'static [Field],
    /// Its names of events, where the administrator may choose others.
    pub events: &'static [(&'static str, CallEventKind)],
    /// Whether the administrator chooses its names: of events, of fields, and of their values.
    pub is_mapped: bool,
    /// Whether nothing is understood before the administrator has given names.
    pub needs_mapping: bool,
    /// Where its events may also come through a queue, and say when they happened.
    pub queue: Option<&'static QueueAttribute>,
    /// After how much silence a call that was answered is taken to be over.
    pub expires: Duration,
    /// The desktop of its own that its agents have, and whose calls it reports: that desktop asks
    /// for pages itself.
    pub desktop: Option<&'static str>,
}

impl Make {
    /// What most makes have in common; the others say where they differ.
    const fn new(
        verify: fn(&Source, &Received<'_>) -> Result<(), Refusal>,
        decode: fn(&Source, &Authentic<'_>) -> Result<Vec<CallEvent>, Refusal>,
    ) -> Self {
        Self {
            verify,
            decode,
            authenticated_by: AuthenticatedBy::Auth,
            fields: &[],
            events: &[],
            is_mapped: false,
            needs_mapping: false,
            queue: None,
            expires: Duration::from_hours(4),
            desktop: None,
        }
    }

    /// What its names mean before the administrator says otherwise, where the administrator may.
    pub fn mapping(&self) -> Mapping {
        if self.is_mapped {
            mapping::of_vendor(self.fields, self.events)
        } else {
            Mapping::default()
        }
    }
}

/// Whether a header or a parameter of this name, in lower case, holds a secret or is made with one.
pub fn is_secret(name: &str) -> bool {
    const PROOFS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];
    const WORDS: [&str; 4] = ["token", "secret", "key", "password"];
    PROOFS.contains(&name) || WORDS.iter().any(|word| name.contains(word))
}

/// Whether a datum is for programs, and tells an agent nothing.
pub fn is_technical(key: &str) -> bool {
    let fields = <&Make>::ALL.iter().flat_map(|(_, make)| make.fields);
    fields.filter(|field| field.technical).flat_map(Field::data).any(|known| known == key)
}

impl PartialEq for Make {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Make {}

/// What a make's requests are authenticated by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthenticatedBy {
    /// A signature or a token of its own, with the source's `secrets`.
    Secrets,
    /// Whatever the administrator configures as `auth`.
    Auth,
}

/// Over a queue a header is an attribute of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueAttribute {
    /// The attribute's name.
    pub attribute: &'static str,
    /// The header of the same meaning, in lower case.
    pub header: &'static str,
}

/// How a request shows that it comes from its source, where its make has no signature of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Auth {
    /// It does not: whoever knows the address is believed.
    #[default]
    None,
    /// A user and a password (RFC 7617).
    Basic { user: String, password: Secret },
    /// A token, wherever phone systems put one: as `Bearer`, as `Token` or bare in Authorization, in a
    /// header of its own, or as a parameter.
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
        name: String,
        /// The values that are good.
        values: Vec<Secret>,
    },
}

impl Auth {
    /// The secrets that it asks for.
    fn secrets(&self) -> &[Secret] {
        match self {
            Self::None => &[],
            Self::Basic { password, .. } => std::slice::from_ref(password),
            Self::Token(values) | Self::Header { values, .. } | Self::Query { values, .. } => {
                values
            }
        }
    }

    /// The header that holds the secret, beside those that always may, in lower case.
    pub fn header(&self) -> Option<&str> {
        if let Self::Header { name, .. } = self { Some(name) } else { None }
    }

    /// The parameter of the query that holds the secret.
    pub fn parameter(&self) -> Option<&str> {
        match self {
            Self::Query { name, .. } => Some(name),
            Self::Token(_) => Some(signature::TOKEN_PARAMETER),
            Self::None | Self::Basic { .. } | Self::Header { .. } => None,
        }
    }
}

/// A configured phone system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name: it speaks at `/hooks/{name}`.
    pub name: String,
    pub make: &'static Make,
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
    /// The queue that it speaks through instead of by HTTP.
    pub queue: Option<SqsQueue>,
    /// Whether anything is taken from it.
    pub state: State,
    /// The only one of its integrations whose events are taken, by its id there.
    pub integration: Option<String>,
}

/// Whether anything is taken from a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    #[default]
    On,
    Off,
}

impl Word for State {
    const ALL: &'static [(&'static str, Self)] = &[("on", Self::On), ("off", Self::Off)];
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

/// A request while it is read: its JSON is parsed at most once.
#[derive(Debug)]
pub struct Received<'a> {
    inbound: Inbound<'a>,
    json: OnceCell<Result<Json<'a>, Refusal>>,
}

impl<'a> Received<'a> {
    fn new(inbound: Inbound<'a>) -> Self {
        Self { inbound, json: OnceCell::new() }
    }

    /// Its body as JSON.
    fn json(&self) -> Result<&Json<'a>, Refusal> {
        self.json.get_or_init(|| fields::json(self.inbound.body)).as_ref().map_err(Clone::clone)
    }
}

impl<'a> std::ops::Deref for Received<'a> {
    type Target = Inbound<'a>;

    fn deref(&self) -> &Inbound<'a> {
        &self.inbound
    }
}

/// A request that was proven to come from its source.
#[derive(Debug)]
pub struct Authentic<'a>(Received<'a>);

impl<'a> std::ops::Deref for Authentic<'a> {
    type Target = Received<'a>;

    fn deref(&self) -> &Received<'a> {
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
    /// Where this source's calls are counted: a desktop's phone system speaks of the desktop's calls.
    pub fn calls(&self) -> &str {
        self.make.desktop.unwrap_or(&self.name)
    }

    /// Whether a text has one of its secrets in it: also at a place where none belongs.
    pub fn has_secret_in(&self, text: &str) -> bool {
        let mut secrets = self.secrets.iter().chain(self.auth.secrets()).map(Secret::expose);
        secrets.any(|secret| !secret.is_empty() && text.contains(secret))
    }

    /// Proves that a request comes from this source.
    pub fn verify<'a>(&self, inbound: Inbound<'a>) -> Result<Authentic<'a>, Refusal> {
        let received = Received::new(inbound);
        (self.make.verify)(self, &received)?;
        Ok(Authentic(received))
    }

    /// Reads what it says. No event at all is an answer too: the request is kept, and means nothing.
    pub fn decode(&self, request: &Authentic<'_>) -> Result<Vec<CallEvent>, Refusal> {
        let events = (self.make.decode)(self, request)?.into_iter().take(MOST_EVENTS);
        Ok(events.map(|event| sensible(event, request.at)).collect())
    }

    /// What a request would mean: whether it proves itself, and what it says all the same.
    pub fn try_out(
        &self,
        inbound: Inbound<'_>,
    ) -> (Result<(), Refusal>, Result<Vec<CallEvent>, Refusal>) {
        let received = Received::new(inbound);
        let proven = (self.make.verify)(self, &received);
        (proven, self.decode(&Authentic(received)))
    }

    /// Whether it is known what an event of this name means, as far as that is decided by names.
    pub fn knows_event(&self, name: &str) -> bool {
        !self.make.is_mapped || self.mapping.kind(name).is_some()
    }

    /// What is kept of a request: its body; of one without a body its query, without what
    /// authenticates it.
    pub fn kept(&self, inbound: &Inbound<'_>) -> String {
        if !inbound.body.is_empty() {
            return text::of_bytes(inbound.body);
        }
        let Some(secret) = self.auth.parameter() else { return inbound.query.to_owned() };
        let pairs = url::form_urlencoded::parse(inbound.query.as_bytes());
        let pairs = pairs.filter(|(name, _)| name != secret);
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }
}

/// The most events that one request may tell.
const MOST_EVENTS: usize = 200;

/// The most recordings that an event keeps.
const MOST_RECORDINGS: usize = 16;

/// How far the clock of a phone system may be ahead of ours.
const AHEAD: Duration = Duration::from_mins(5);

/// What no dialect need think of: an event has bounds, has not happened after it was told (or it
/// would be the newest word for ever), without a call it can only be kept, and presence is of no call.
fn sensible(mut event: CallEvent, arrived: Timestamp) -> CallEvent {
    let told_after = |at: &Timestamp| *at <= arrived.plus(AHEAD);
    event.at = Some(event.at).filter(told_after).unwrap_or(arrived);
    event.started_at = event.started_at.filter(told_after);
    event.answered_at = event.answered_at.filter(told_after);
    event.ended_at = event.ended_at.filter(told_after);
    event.data.truncate(text::MOST);
    event.recordings.truncate(MOST_RECORDINGS);
    for list in [&mut event.tags, &mut event.codes].into_iter().flatten() {
        list.truncate(text::MOST);
    }
    if event.kind == CallEventKind::PresenceChanged {
        event.call = None;
    } else if event.call.is_none() {
        event.kind = CallEventKind::Updated;
    }
    event
}
