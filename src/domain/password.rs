//! Operators' passwords: what is kept of one is its Argon2id hash, as a PHC string.

use argon2::Argon2;
use argon2::password_hash::phc;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};

use super::secret::Secret;

/// The shortest that may be chosen: length is what makes a password hard to guess.
pub const SHORTEST: usize = 10;

/// The longest that is read at all.
pub const LONGEST: usize = 1024;

/// The hash of no password: compared with where there is no operator, so that the time tells nothing.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$YWxsIHplcm9lcyBoZXJl$h0PXkvR3pWbC0zR7a2fEJvHq0v2v4kGk3nYdWqQm3wE";

/// What is kept of a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Hashes a password. It takes some 20 ms and 19 MiB: not on a thread that answers rings.
    pub fn of(password: &Secret) -> Option<Self> {
        let hash = Argon2::default().hash_password(password.expose().as_bytes()).ok()?;
        Some(Self(hash.to_string()))
    }

    /// Reads a PHC string.
    pub fn parse(text: &str) -> Option<Self> {
        let hash = phc::PasswordHash::new(text).ok()?;
        hash.algorithm.as_str().starts_with("argon2").then(|| Self(text.to_owned()))
    }

    /// The hash that no password has.
    pub fn of_nobody() -> Self {
        Self(NOBODYS.to_owned())
    }

    /// Whether it is that of a password; takes as long as hashing.
    pub fn is_of(&self, password: &Secret) -> bool {
        let Ok(hash) = phc::PasswordHash::new(&self.0) else { return false };
        Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok()
    }

    /// As it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an administrator set as their password: the password itself, or its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    Plain(Secret),
    Hash(PasswordHash),
}

impl Given {
    /// Reads a setting.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with("$argon2") {
            let hash = PasswordHash::parse(text).map(Self::Hash);
            return hash.ok_or_else(|| "is not an Argon2 PHC string ($argon2id$v=19$…)".to_owned());
        }
        check(text)?;
        Ok(Self::Plain(Secret::new(text)))
    }

    /// Whether this is it.
    pub fn is(&self, password: &Secret) -> bool {
        match self {
            Self::Plain(given) => given.is(password.expose()),
            Self::Hash(hash) => hash.is_of(password),
        }
    }

    /// What changes with it.
    pub fn mark(&self) -> String {
        match self {
            Self::Plain(given) => {
                Secret::new(format!("console password {}", given.expose())).digest()
            }
            Self::Hash(hash) => hash.mark(),
        }
    }
}

impl PasswordHash {
    /// What changes with it.
    pub fn mark(&self) -> String {
        Secret::new(self.0.as_str()).digest()
    }
}

/// Whether a password may be chosen.
pub fn check(password: &str) -> Result<(), String> {
    if password.chars().count() < SHORTEST {
        return Err(format!("is shorter than {SHORTEST} characters"));
    }
    if password.len() > LONGEST {
        return Err(format!("is longer than {LONGEST} bytes"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_of_its_password_alone_and_shows_nothing_of_it() {
        let password = Secret::new("correct horse battery");
        let hash = PasswordHash::of(&password).unwrap();
        assert!(hash.is_of(&password) && !hash.is_of(&Secret::new("correct horse batterz")));
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_ne!(PasswordHash::of(&password).unwrap(), hash, "salted");
        assert_eq!(PasswordHash::parse(hash.as_str()), Some(hash));
        assert!(PasswordHash::parse(NOBODYS).is_some(), "as costly as another");
        assert!(!PasswordHash::of_nobody().is_of(&password));
    }

    #[test]
    fn a_setting_is_a_password_or_its_hash() {
        let password = Secret::new("correct horse battery");
        let hash = PasswordHash::of(&password).unwrap();
        for text in [password.expose(), hash.as_str()] {
            let given = Given::parse(text).unwrap();
            assert!(given.is(&password) && !given.is(&Secret::new("another password")), "{text}");
        }
        assert!(Given::parse("short").unwrap_err().contains("shorter than 10"));
        assert!(Given::parse("$argon2id$v=19$nonsense").is_err());
        assert!(!format!("{:?}", Given::parse("correct horse").unwrap()).contains("horse"));
    }
}
