//! A pane's address: unguessable, expiring, and checked without a lookup.

use std::fmt;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use hmac::Mac;

use super::ids::Id;
use super::server_key::ServerKeys;
use super::time::Timestamp;

/// Bytes of the message authentication code that are kept: 96 bits cannot be guessed over HTTP.
const MAC_BYTES: usize = 12;

/// What a tag is for: none is good in another one's place.
const PANE: &[u8] = b"callpane pane ";
const DESKTOP: &[u8] = b"callpane desktop ";

/// The last part of a pane's address: the pane's id and a truncated HMAC of it, 27 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct PaneToken(String);

/// Why an address does not lead to a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// Nobody was ever given this address.
    Unknown,
    /// It was given out, but too long ago.
    Expired,
}

impl PaneToken {
    /// The address of this pane.
    pub fn issue(keys: &ServerKeys, pane: Id) -> Self {
        let id = pane.bytes();
        let tag = keys.sign(&[PANE, &id]).finalize().into_bytes();
        let bytes = id.iter().chain(tag.iter().take(MAC_BYTES));
        Self(BASE64URL_NOPAD.encode(&bytes.copied().collect::<Vec<u8>>()))
    }

    /// Which pane a token that somebody shows us belongs to.
    pub fn open(
        text: &str,
        keys: &ServerKeys,
        now: Timestamp,
        lifetime: Duration,
    ) -> Result<Id, Gone> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok().ok_or(Gone::Unknown)?;
        let (id, mac) = bytes.split_first_chunk::<8>().ok_or(Gone::Unknown)?;
        if mac.len() != MAC_BYTES || !keys.verify(&[PANE, id], mac) {
            return Err(Gone::Unknown);
        }
        let id = Id::from_bytes(*id);
        if now >= id.minted().plus(lifetime) { Err(Gone::Expired) } else { Ok(id) }
    }
}

impl fmt::Display for PaneToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An agent's personal link to the built-in desktop: who they are, which of their links it is, and
/// a truncated HMAC of both. It holds until the configuration counts the link on, or the key that it was
/// signed with goes. Opening it begins a session (`domain::session`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesktopToken {
    /// The agent's id in the configuration.
    pub agent: String,
    pub link: i64,
}

impl DesktopToken {
    /// The last part of the link.
    pub fn issue(keys: &ServerKeys, agent: &str, link: i64) -> String {
        let said = format!("{link}.{agent}");
        let tag = keys.sign_lasting(&[DESKTOP, said.as_bytes()]).finalize().into_bytes();
        let bytes = tag.iter().take(MAC_BYTES).copied().chain(said.bytes());
        BASE64URL_NOPAD.encode(&bytes.collect::<Vec<u8>>())
    }

    /// Reads what somebody shows us.
    pub fn open(text: &str, keys: &ServerKeys) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (mac, said) = bytes.split_first_chunk::<MAC_BYTES>()?;
        if !keys.verify(&[DESKTOP, said], mac) {
            return None;
        }
        let said = std::str::from_utf8(said).ok()?;
        let (link, agent) = said.split_once('.')?;
        Some(Self { agent: agent.to_owned(), link: link.parse().ok()? })
    }
}

/// A token opens a page: a debug print shows only its beginning, which is the time.
impl fmt::Debug for PaneToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…", self.0.get(..8).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Secret;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);
    const HOUR: Duration = Duration::from_hours(1);

    fn key(text: &str) -> ServerKeys {
        ServerKeys::given(&Secret::new(text), &[])
    }

    #[test]
    fn an_issued_token_opens_its_pane() {
        let id = Id::mint(NOW);
        let token = PaneToken::issue(&key("a"), id).to_string();
        assert_eq!(token.len(), 27);
        assert_eq!(PaneToken::open(&token, &key("a"), NOW, HOUR), Ok(id));
    }

    #[test]
    fn every_single_changed_character_is_refused() {
        let token = PaneToken::issue(&key("a"), Id::mint(NOW)).to_string();
        for at in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert_eq!(
                PaneToken::open(&forged, &key("a"), NOW, HOUR),
                Err(Gone::Unknown),
                "position {at}"
            );
        }
    }

    #[test]
    fn another_key_a_shorter_mac_and_nonsense_are_refused() {
        let token = PaneToken::issue(&key("a"), Id::mint(NOW)).to_string();
        assert_eq!(PaneToken::open(&token, &key("b"), NOW, HOUR), Err(Gone::Unknown));
        for text in ["", "x", "é", &token[..26], &token[..11]] {
            assert_eq!(PaneToken::open(text, &key("a"), NOW, HOUR), Err(Gone::Unknown), "{text}");
        }
    }

    #[test]
    fn a_personal_link_opens_for_its_agent_and_for_no_other_key_or_link() {
        let link = DesktopToken::issue(&key("a"), "priya", 2);
        let opened = DesktopToken { agent: "priya".to_owned(), link: 2 };
        assert_eq!(DesktopToken::open(&link, &key("a")), Some(opened));
        assert_eq!(DesktopToken::open(&link, &key("b")), None);
        let other = BASE64URL_NOPAD.decode(link.as_bytes()).unwrap();
        let other = [&other[..12], b"2.marcus"].concat();
        assert_eq!(DesktopToken::open(&BASE64URL_NOPAD.encode(&other), &key("a")), None);
        let pane = PaneToken::issue(&key("a"), Id::mint(NOW)).to_string();
        assert_eq!(DesktopToken::open(&pane, &key("a")), None);
    }

    #[test]
    fn a_token_ends_with_its_lifetime() {
        let token = PaneToken::issue(&key("a"), Id::mint(NOW)).to_string();
        let last = NOW.plus(HOUR).minus(Duration::from_millis(1));
        assert!(PaneToken::open(&token, &key("a"), last, HOUR).is_ok());
        assert_eq!(PaneToken::open(&token, &key("a"), NOW.plus(HOUR), HOUR), Err(Gone::Expired));
    }
}
