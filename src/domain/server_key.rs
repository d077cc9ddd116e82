//! The keys that sign the addresses of pages, and agents' personal links. One signs; while it is
//! being rotated, the one before it still verifies what it has signed.

use std::fmt;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::secret::Secret;
use super::time::Timestamp;

/// A key that the database keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptKey {
    /// The key.
    pub secret: Secret,
    /// When it begins to sign; the key before it is then superseded.
    pub signs_from: Timestamp,
}

/// One key. Whoever has it can forge every address.
#[derive(Clone)]
struct ServerKey {
    secret: Secret,
    mac: Hmac<Sha256>,
}

impl ServerKey {
    /// A key from a secret text of any length.
    fn new(secret: Secret) -> Self {
        let mut block = [0_u8; 64];
        for (to, from) in block.iter_mut().zip(Sha256::digest(secret.expose().as_bytes())) {
            *to = from;
        }
        Self { secret, mac: Hmac::new(&block.into()) }
    }

    fn tag(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        parts.iter().fold(self.mac.clone(), |mac, part| mac.chain_update(part))
    }
}

impl PartialEq for ServerKey {
    fn eq(&self, other: &Self) -> bool {
        self.secret == other.secret
    }
}

/// Every key that counts now.
#[derive(Clone, PartialEq)]
pub struct ServerKeys {
    /// Newest first; never empty.
    all: Vec<ServerKey>,
    /// Signs addresses of pages.
    signing: ServerKey,
    /// Signs what outlives a rotation.
    newest: ServerKey,
}

impl ServerKeys {
    /// Keys that the operator sets: the first signs, all verify.
    pub fn given(first: &Secret, others: &[Secret]) -> Self {
        let newest = ServerKey::new(first.clone());
        let others = others.iter().cloned().map(ServerKey::new);
        let all = std::iter::once(newest.clone()).chain(others).collect();
        Self { all, signing: newest.clone(), newest }
    }

    /// Keys that the database keeps. A new one verifies at once and signs a moment later, so that no
    /// node shows an address to another one that has not read its key yet; a superseded one verifies
    /// until the last address that it has signed has expired. None without any key.
    pub fn kept(mut kept: Vec<KeptKey>, now: Timestamp, lifetime: Duration) -> Option<Self> {
        kept.sort_by_key(|key| std::cmp::Reverse(key.signs_from));
        let signing = kept.iter().find(|key| key.signs_from <= now).or(kept.last())?;
        let signing = ServerKey::new(signing.secret.clone());
        let mut superseded = None;
        let mut all = Vec::new();
        for KeptKey { secret, signs_from } in kept {
            if superseded.is_some_and(|at: Timestamp| now >= at.plus(lifetime)) {
                break;
            }
            superseded = Some(signs_from);
            all.push(ServerKey::new(secret));
        }
        let newest = all.first()?.clone();
        Some(Self { all, signing, newest })
    }

    /// The tag of an address that expires.
    pub(super) fn sign(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        self.signing.tag(parts)
    }

    /// The tag of a link that does not: signed by the key that stays longest.
    pub(super) fn sign_lasting(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        self.newest.tag(parts)
    }

    /// Whether one of the keys made the tag of which this is the beginning.
    pub(super) fn verify(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        self.all.iter().any(|key| key.tag(parts).verify_truncated_left(tag).is_ok())
    }
}

impl fmt::Debug for ServerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} server key(s)]", self.all.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);
    const HOUR: Duration = Duration::from_hours(1);
    const SAID: [&[u8]; 1] = [b"said"];

    fn kept(secret: &str, signs_from: Timestamp) -> KeptKey {
        KeptKey { secret: Secret::new(secret), signs_from }
    }

    fn alone(secret: &str) -> ServerKeys {
        ServerKeys::given(&Secret::new(secret), &[])
    }

    fn knows(keys: &ServerKeys, secret: &str) -> bool {
        keys.verify(&SAID, &alone(secret).sign(&SAID).finalize().into_bytes())
    }

    fn signs_with(keys: &ServerKeys, secret: &str) -> bool {
        alone(secret).verify(&SAID, &keys.sign(&SAID).finalize().into_bytes())
    }

    #[test]
    fn a_new_key_verifies_before_it_signs_and_an_old_one_until_its_addresses_have_expired() {
        let begins = NOW.plus(Duration::from_secs(5));
        let at = |now| {
            let all = vec![kept("old", Timestamp(0)), kept("new", begins)];
            ServerKeys::kept(all, now, HOUR).unwrap()
        };
        let before = at(NOW);
        assert!(knows(&before, "new") && knows(&before, "old") && signs_with(&before, "old"));
        let lasting = before.sign_lasting(&SAID).finalize().into_bytes();
        assert!(alone("new").verify(&SAID, &lasting), "what lasts is signed by what stays");
        let during = at(begins);
        assert!(knows(&during, "new") && knows(&during, "old") && signs_with(&during, "new"));
        let after = at(begins.plus(HOUR));
        assert!(knows(&after, "new") && !knows(&after, "old") && signs_with(&after, "new"));
    }

    #[test]
    fn two_rotations_in_a_row_leave_each_key_its_time() {
        let all = vec![
            kept("first", Timestamp(0)),
            kept("second", NOW.minus(HOUR)),
            kept("third", NOW.minus(Duration::from_mins(30))),
        ];
        let keys = ServerKeys::kept(all, NOW, HOUR).unwrap();
        assert!(knows(&keys, "third") && knows(&keys, "second") && !knows(&keys, "first"));
        assert_eq!(ServerKeys::kept(Vec::new(), NOW, HOUR), None);
        assert!(!format!("{keys:?}").contains("third"));
    }

    #[test]
    fn of_keys_that_the_operator_sets_the_first_signs_and_all_verify() {
        let keys = ServerKeys::given(&Secret::new("new"), &[Secret::new("old")]);
        assert!(knows(&keys, "new") && knows(&keys, "old") && signs_with(&keys, "new"));
    }
}
