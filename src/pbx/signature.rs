//! Proofs of origin: a keyed digest of the very bytes, or a secret that is shown. Every comparison
//! takes the same time whatever is wrong with it.

use std::borrow::Cow;

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
                return refuse("this request has no Basic authentication".to_owned());
            };
            let wanted = Secret::new(format!("{user}:{}", password.expose()));
            let sent = BASE64.decode(sent.as_bytes()).unwrap_or_default();
            let sent = String::from_utf8(sent).unwrap_or_default();
            if is_one_of(&[wanted], &sent) {
                return Ok(());
            }
            refuse("the user or the password is wrong".to_owned())
        }
        Auth::Token(tokens) => {
            let (sent, places): (Vec<_>, Vec<_>) = shown_tokens(inbound).into_iter().unzip();
            if sent.iter().any(|token| is_one_of(tokens, token.trim())) {
                return Ok(());
            }
            if sent.is_empty() {
                return refuse(format!(
                    "this request has no token: neither in the headers Authorization, {}, nor in a \
                     parameter {TOKEN_PARAMETER}",
                    TOKEN_HEADERS.join(", ")
                ));
            }
            let places = places.join(" or ");
            refuse(format!("the token in {places} is not one of the configured ones"))
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

/// Headers beside Authorization in which phone systems show a token.
const TOKEN_HEADERS: [&str; 4] = ["x-token", "token", "x-auth-token", "x-api-key"];

/// The parameter that may have it instead.
pub(super) const TOKEN_PARAMETER: &str = "token";

/// Every token that a request shows, and where.
fn shown_tokens<'a>(inbound: &Inbound<'a>) -> Vec<(Cow<'a, str>, String)> {
    let bare = || inbound.header("authorization").map(str::trim);
    let authorized = authorization(inbound, "bearer").or_else(|| authorization(inbound, "token"));
    let authorized = authorized.or_else(bare).map(|token| ("authorization", token));
    let headers = TOKEN_HEADERS.iter().filter_map(|name| Some((*name, inbound.header(name)?)));
    let headers = authorized.into_iter().chain(headers);
    let headers = headers.map(|(name, token)| (token.into(), format!("the header {name}")));
    let parameters = url::form_urlencoded::parse(inbound.query.as_bytes());
    let parameters = parameters.filter(|(name, _)| name == TOKEN_PARAMETER);
    let parameters = parameters.map(|(name, token)| (token, format!("the parameter {name}")));
    headers.chain(parameters).collect()
}

/// What stands behind a scheme in Authorization.
fn authorization<'a>(inbound: &Inbound<'a>, scheme: &str) -> Option<&'a str> {
    let (named, rest) = inbound.header("authorization")?.split_once(' ')?;
    named.eq_ignore_ascii_case(scheme).then_some(rest.trim())
}
