//! A session of the built-in desktop: what a browser shows to stay signed in.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use hmac::Mac as _;

use super::secret::Secret;
use super::time::Timestamp;

/// A session ends when it was not used for this long.
pub const IDLE: Duration = Duration::from_hours(30 * 24);

/// How old the last use on record may be before a newer one is written down.
pub const RECORDED_EVERY: Duration = Duration::from_hours(1);

/// Sessions of one agent; beyond them, the one that was not used for longest ends.
pub const MOST: i64 = 10;

/// Bytes of a token: 256 bits.
const BYTES: usize = 32;

/// The random text in the browser's cookie. Only its digest is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionToken(Secret);

impl SessionToken {
    /// A new one.
    pub fn random() -> std::io::Result<Self> {
        let bytes = super::secret::random::<BYTES>()?;
        Ok(Self(Secret::new(BASE64URL_NOPAD.encode(&bytes))))
    }

    /// What somebody shows us, if it can be one at all.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        (bytes.len() == BYTES).then(|| Self(Secret::new(text)))
    }

    /// The token itself: only for the cookie.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What a form of this session shows, so that no other site can send one in its name. Nothing is kept
    /// of it, and it tells nothing of the token.
    pub fn csrf(&self) -> String {
        let mut mac = super::secret::hmac_of(self.0.expose().as_bytes());
        mac.update(b"callpane form");
        BASE64URL_NOPAD.encode(&mac.finalize().into_bytes())
    }

    /// Whether a form shows that.
    pub fn is_csrf(&self, shown: &str) -> bool {
        Secret::new(self.csrf()).is(shown)
    }

    /// What is kept of it: SHA-256, in hexadecimal digits.
    pub fn digest(&self) -> String {
        self.0.digest()
    }
}

/// Whether a session that was last used then has ended by now.
pub fn is_over(used_at: Timestamp, now: Timestamp) -> bool {
    now >= used_at.plus(IDLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_only_its_digest_is_for_keeping() {
        let token = SessionToken::random().unwrap();
        assert_eq!(SessionToken::read(token.expose()).as_ref(), Some(&token));
        assert_ne!(SessionToken::random().unwrap(), token);
        assert_eq!(token.digest().len(), 64);
        assert!(!format!("{token:?}").contains(token.expose()));
        assert!(
            token.is_csrf(&token.csrf()) && !token.is_csrf("") && !token.is_csrf(token.expose())
        );
        assert!(!SessionToken::random().unwrap().is_csrf(&token.csrf()));
        for odd in ["", "x", "é", &token.expose()[1..], "bm9ib2R5"] {
            assert_eq!(SessionToken::read(odd), None, "{odd}");
        }
    }
}
