//! Proofs of origin: a keyed digest of the very bytes, or a secret that is shown. Every comparison
//! takes the same time whatever is wrong with it.

use aws_lc_rs::hmac::{self, HMAC_SHA256, Key};
use data_encoding::{BASE64, HEXLOWER, HEXLOWER_PERMISSIVE};

use super::{Auth, Inbound, Refusal};
use crate::domain::secret::Secret;

/// Lower-case hex HMAC-SHA256, keyed with a secret as UTF-8.
pub fn hex_hmac(secret: &Secret, message: &[u8]) -> String {
    HEXLOWER.encode(hmac::sign(&key(secret), message).as_ref())
}

fn key(secret: &Secret) -> Key {
    Key::new(HMAC_SHA256, secret.expose().as_bytes())
}

/// Whether a hex digest is that of the message under any of the secrets.
pub(super) fn is_signed(secrets: &[Secret], message: &[u8], shown: &str) -> bool {
    let Ok(shown) = HEXLOWER_PERMISSIVE.decode(shown.trim().as_bytes()) else { return false };
    let good = |secret: &Secret| hmac::verify(&key(secret), message, &shown).is_ok();
    secrets.iter().filter(|secret| is_set(secret)).any(good)
}

/// Whether a text is one of the secrets. Their digests are compared, so that the time says nothing.
pub(super) fn is_one_of(secrets: &[Secret], shown: &str) -> bool {
    let proof = hmac::sign(&key(&Secret::new(shown)), b"callpane");
    let good = |secret: &&Secret| hmac::verify(&key(secret), b"callpane", proof.as_ref()).is_ok();
    secrets.iter().filter(|secret| is_set(secret)).filter(good).count() > 0
}

/// An empty secret, as an unset variable leaves one, proves nothing.
fn is_set(secret: &Secret) -> bool {
    !secret.expose().is_empty()
}

/// Proves a request by what its source's configuration asks for.
pub(super) fn shown(auth: &Auth, inbound: &Inbound<'_>) -> Result<(), Refusal> {
    let refuse = |message: String| Err(Refusal::NotAuthentic(message));
    match auth {
        Auth::None => Ok(()),
        Auth::Basic { user, password } => {
            let Some(sent) = authorization(inbound, "basic") else {
                return refuse("there is no Basic authentication on this request".to_owned());
            };
            let wanted = Secret::new(format!("{user}:{}", password.expose()));
            let sent = BASE64.decode(sent.as_bytes()).unwrap_or_default();
            let sent = String::from_utf8(sent).unwrap_or_default();
            if is_one_of(&[wanted], &sent) {
                return Ok(());
            }
            refuse("the user or the password is not the configured one".to_owned())
        }
        Auth::Token(tokens) => {
            let Some(sent) = inbound.header("authorization") else {
                return refuse("there is no Authorization header on this request".to_owned());
            };
            let bare = authorization(inbound, "bearer").or_else(|| authorization(inbound, "token"));
            if is_one_of(tokens, bare.unwrap_or(sent).trim()) {
                return Ok(());
            }
            refuse("the token in Authorization is not one of the configured ones".to_owned())
        }
        Auth::Header { name, values } => match inbound.header(name) {
            None => refuse(format!("the header {name} is missing")),
            Some(sent) if is_one_of(values, sent.trim()) => Ok(()),
            Some(_) => refuse(format!("the header {name} has none of the configured values")),
        },
        Auth::Query { name, values } => {
            let mut pairs = url::form_urlencoded::parse(inbound.query.as_bytes());
            match pairs.find(|(key, _)| key == name) {
                None => refuse(format!("the parameter {name} is missing")),
                Some((_, sent)) if is_one_of(values, &sent) => Ok(()),
                Some(_) => {
                    refuse(format!("the parameter {name} has none of the configured values"))
                }
            }
        }
    }
}

/// What stands behind a scheme in Authorization.
fn authorization<'a>(inbound: &Inbound<'a>, scheme: &str) -> Option<&'a str> {
    let (named, rest) = inbound.header("authorization")?.split_once(' ')?;
    named.eq_ignore_ascii_case(scheme).then_some(rest.trim())
}
