//! Secrets have their own type, so that no log line and no debug print can show one.

use std::fmt;

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit};
use sha2::{Digest, Sha256};

/// A value that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// A new one: 256 random bits, in hexadecimal digits.
    pub fn random() -> std::io::Result<Self> {
        Ok(Self(HEXLOWER.encode(&random::<32>()?)))
    }

    /// What may be kept in its place: SHA-256, in hexadecimal digits.
    pub fn digest(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(self.0.as_bytes()))
    }

    /// Whether somebody shows it. Digests are compared, so that the time tells nothing.
    pub fn is(&self, shown: &str) -> bool {
        Sha256::digest(shown) == Sha256::digest(&self.0)
    }

    /// The secret itself: only for the call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Random bytes from the system.
pub(super) fn random<const BYTES: usize>() -> std::io::Result<[u8; BYTES]> {
    let mut bytes = [0_u8; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(bytes)
}

/// HMAC-SHA256 with a key of any length: one that is longer than a block is digested (RFC 2104).
pub(super) fn hmac_of(key: &[u8]) -> Hmac<Sha256> {
    let mut block = [0_u8; 64];
    let digest = Sha256::digest(key);
    let key = if key.len() > block.len() { digest.as_slice() } else { key };
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    Hmac::new(&block.into())
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debug_print_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[secret]");
    }
}
