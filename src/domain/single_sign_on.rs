//! Signing in with an identity provider (OpenID Connect): what ties a sign-in to the browser that began it, and
//! which role the provider's claims give.

use data_encoding::BASE64URL_NOPAD;
use hmac::Mac as _;
use serde_json::{Map, Value};

use super::role::Role;
use super::secret::Secret;
use super::session::SessionToken;
use super::word::Word as _;

/// A sign-in under way. The browser that began it has one random text in a cookie; whatever the provider is sent
/// and has to show again follows from that, so that no server has to remember anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake(SessionToken);

impl Handshake {
    /// A new one.
    pub fn random() -> std::io::Result<Self> {
        SessionToken::random().map(Self)
    }

    /// What a browser shows, if it can be one at all.
    pub fn read(text: &str) -> Option<Self> {
        SessionToken::read(text).map(Self)
    }

    /// The text itself: only for the cookie.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What comes back with the browser.
    pub fn state(&self) -> String {
        self.derived(b"callpane oidc state")
    }

    /// Whether this came back.
    pub fn is_state(&self, shown: &str) -> bool {
        Secret::new(self.state()).is(shown)
    }

    /// What the id token has to say again.
    pub fn nonce(&self) -> String {
        self.derived(b"callpane oidc nonce")
    }

    /// What proves to the provider that whoever redeems the code began the sign-in (PKCE).
    pub fn verifier(&self) -> String {
        self.derived(b"callpane oidc verifier")
    }

    fn derived(&self, purpose: &[u8]) -> String {
        let mut mac = super::secret::hmac_of(self.0.expose().as_bytes());
        mac.update(purpose);
        BASE64URL_NOPAD.encode(&mac.finalize().into_bytes())
    }
}

/// What a provider says of somebody.
pub type Claims = Map<String, Value>;

/// Which values of which claims give which role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grants(Vec<Grant>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Grant {
    claim: String,
    value: String,
    role: Role,
}

impl Grants {
    /// Reads `CLAIM:VALUE=ROLE, …`.
    pub fn parse(text: &str) -> Result<Self, String> {
        text.split(',').map(Grant::parse).collect::<Result<_, _>>().map(Self)
    }

    /// The highest role that these claims give.
    pub fn role_of(&self, claims: &Claims) -> Option<Role> {
        let given = self.0.iter().filter(|grant| {
            claim(claims, &grant.claim).is_some_and(|found| says(found, &grant.value))
        });
        given.map(|grant| grant.role).max()
    }

    /// The claims that are looked at, each once.
    pub fn claims(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for grant in &self.0 {
            if !names.contains(&grant.claim.as_str()) {
                names.push(&grant.claim);
            }
        }
        names
    }

    /// Whether all of them are there.
    pub fn are_in(&self, claims: &Claims) -> bool {
        self.0.iter().all(|grant| claim(claims, &grant.claim).is_some())
    }
}

impl Grant {
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let wrong = || format!("\"{text}\" is not CLAIM:VALUE=ROLE, such as groups:agents=viewer");
        let (from, role) = text.rsplit_once('=').ok_or_else(wrong)?;
        // A claim's name may be an address, which has a colon of its own.
        let split =
            if from.starts_with("http") { from.rsplit_once(':') } else { from.split_once(':') };
        let (claim, value) =
            split.map(|(claim, value)| (claim.trim(), value.trim())).ok_or_else(wrong)?;
        if claim.is_empty() || value.is_empty() {
            return Err(wrong());
        }
        let role =
            Role::read(role.trim()).filter(|role| Role::of_people().any(|known| known == *role));
        let role = role.ok_or_else(|| {
            format!("\"{text}\" must end in a role: =viewer, =supervisor or =admin")
        })?;
        Ok(Self { claim: claim.to_owned(), value: value.to_owned(), role })
    }
}

/// A claim by its name; `a.b` is also `b` within `a`.
fn claim<'a>(claims: &'a Claims, name: &str) -> Option<&'a Value> {
    claims.get(name).or_else(|| {
        let (outer, inner) = name.split_once('.')?;
        claim(claims.get(outer)?.as_object()?, inner)
    })
}

/// Whether a claim has this value, or has it among others.
fn says(found: &Value, wanted: &str) -> bool {
    match found {
        Value::String(text) => text == wanted,
        Value::Array(all) => all.iter().any(|one| says(one, wanted)),
        Value::Bool(truth) => truth.to_string() == wanted,
        Value::Number(number) => number.to_string() == wanted,
        Value::Null | Value::Object(_) => false,
    }
}

/// By which name somebody is known here: the one that they sign in with at the provider, else their address,
/// else what the provider calls them. Characters that no name has here are written as `_`.
pub fn name_of(claims: &Claims, subject: &str, longest: usize) -> String {
    // `.` and `..` would be lost in an address.
    let is_name = |text: &&str| text.chars().any(char::is_alphanumeric);
    let text = |name: &str| claims.get(name).and_then(Value::as_str).filter(is_name);
    let name = text("preferred_username").or_else(|| text("email")).unwrap_or(subject);
    let plain = |c: char| if c.is_alphanumeric() || ".-_@".contains(c) { c } else { '_' };
    name.chars().take(longest).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: &Value) -> Claims {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn what_a_sign_in_shows_follows_from_its_cookie_and_from_nothing_else() {
        let one = Handshake::random().unwrap();
        let same = Handshake::read(one.expose()).unwrap();
        assert_eq!(
            (same.state(), same.nonce(), same.verifier()),
            (one.state(), one.nonce(), one.verifier())
        );
        let shown = [one.state(), one.nonce(), one.verifier(), one.expose().to_owned()];
        for (at, text) in shown.iter().enumerate() {
            assert_eq!(text.len(), 43, "as long as RFC 7636 asks of a verifier");
            assert!(!shown[..at].contains(text));
        }
        assert!(one.is_state(&one.state()) && !one.is_state("") && !one.is_state(&one.nonce()));
        assert!(!one.is_state(&Handshake::random().unwrap().state()));
        assert_eq!(Handshake::read("x"), None);
    }

    #[test]
    fn the_highest_role_wins_that_a_claim_gives() {
        let grants = "groups:callcentre=viewer, groups:CN=leads=supervisor,realm_access.roles:boss=admin,\
                      https://example.com/role:owner=admin,level:3=supervisor";
        let grants = Grants::parse(grants).unwrap();
        for (given, role) in [
            (json!({ "groups": ["callcentre", "else"] }), Some(Role::Viewer)),
            (json!({ "groups": "callcentre" }), Some(Role::Viewer)),
            (json!({ "groups": ["callcentre", "CN=leads"] }), Some(Role::Supervisor)),
            (
                json!({ "groups": ["callcentre"], "realm_access": { "roles": ["boss"] } }),
                Some(Role::Admin),
            ),
            (json!({ "realm_access.roles": "boss" }), Some(Role::Admin)),
            (json!({ "https://example.com/role": "owner" }), Some(Role::Admin)),
            (json!({ "level": 3 }), Some(Role::Supervisor)),
            (json!({ "groups": ["callcentre-admins", "boss"] }), None),
            (json!({ "groups": { "callcentre": true } }), None),
            (json!({}), None),
        ] {
            assert_eq!(grants.role_of(&claims(&given)), role, "{given}");
        }
        assert_eq!(
            grants.claims(),
            ["groups", "realm_access.roles", "https://example.com/role", "level"]
        );
        for wrong in [
            "",
            "groups",
            "groups=admin",
            ":x=admin",
            "groups:=admin",
            "groups:x=cards",
            "groups:x=",
        ] {
            assert!(Grants::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_name_is_what_the_provider_knows_them_by_in_letters_that_a_name_has() {
        for (given, name) in [
            (json!({ "preferred_username": "claire", "email": "c@example.com" }), "claire"),
            (json!({ "preferred_username": "", "email": "c+x@example.com" }), "c_x@example.com"),
            (json!({ "email": 5 }), "auth0_17"),
            (json!({ "preferred_username": "..", "email": "d@example.com" }), "d@example.com"),
            (json!({ "preferred_username": "a_long_name_without_end" }), "a_long_nam"),
        ] {
            let longest = if given.get("email").is_some() { 60 } else { 10 };
            assert_eq!(name_of(&claims(&given), "auth0|17", longest), name);
        }
    }
}
