//! What was known when a ring was decided over, beside what the desktop said: the contact and the agent's
//! presence. Kept with the ring, so that somebody who asks later sees what the rules saw.

use serde::{Deserialize, Serialize};

use super::contact::{Contact, Entry, Who};
use super::presence::PresenceNow;
use super::ring::Ring;

/// What was known; nothing is kept where nothing was.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Knew {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contact: Option<KnownContact>,
    /// Several contacts have the number.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    several: bool,
    /// The words that conditions compare the agent's presence with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    presence: Vec<String>,
}

/// A contact, and the list or lookup that they are from.
#[derive(Debug, Serialize, Deserialize)]
struct KnownContact {
    book: String,
    #[serde(flatten)]
    contact: Contact,
}

impl Knew {
    /// What was known at a ring, as it is kept.
    pub fn of(ring: &Ring) -> Option<String> {
        let known = !matches!(ring.contact, Who::Unknown) || !ring.presence.words.is_empty();
        let contact = ring
            .contact
            .entry()
            .map(|entry| KnownContact { book: entry.book.clone(), contact: entry.contact.clone() });
        let several = ring.contact.several().is_some();
        let knew = || Self { contact, several, presence: ring.presence.words.clone() };
        known.then(|| serde_json::to_string(&knew()).ok()).flatten()
    }

    /// Gives a ring that is read again what was known at it.
    pub fn restore(kept: &str, ring: &mut Ring) {
        let Self { contact, several, presence } = serde_json::from_str(kept).unwrap_or_default();
        ring.presence = PresenceNow { words: presence, ..PresenceNow::default() };
        ring.contact = match contact {
            Some(KnownContact { book, contact }) => Who::Known(Box::new(Entry { book, contact })),
            None if several => Who::Several(Box::default()),
            None => Who::Unknown,
        };
    }
}
