//! The settings of single sign-on: all of them, or none.

use std::net::SocketAddr;

use super::Reader;
use crate::domain::secret::Secret;
use crate::domain::single_sign_on::Grants;
use crate::transport::oidc::{self, ProviderOptions};

/// What single sign-on cannot do without.
const NEEDED: [&str; 4] = [
    "CALLPANE_OIDC_ISSUER",
    "CALLPANE_OIDC_CLIENT_ID",
    "CALLPANE_OIDC_CLIENT_SECRET",
    "CALLPANE_OIDC_ROLES",
];

/// An identity provider, and what it may decide.
#[derive(Debug, Clone)]
pub struct Oidc {
    pub provider: ProviderOptions,
    pub grants: Grants,
    /// What the button on the sign-in page calls it.
    pub label: Option<String>,
}

impl Reader<'_> {
    /// Complains of what is missing, if anything is there.
    pub(super) fn oidc(&mut self) -> Option<Oidc> {
        let text = |text: &str| Ok(text.to_owned());
        let scopes = self.required("CALLPANE_OIDC_SCOPES", scopes);
        let label = self.optional("CALLPANE_OIDC_NAME", text);
        let missing: Vec<&str> = NEEDED.into_iter().filter(|name| !self.is_given(name)).collect();
        if missing.len() == NEEDED.len() {
            return None;
        }
        for name in missing {
            let message = format!("is missing: single sign-on needs {}", NEEDED.join(", "));
            self.complain(name, message);
        }
        let issuer = self.optional("CALLPANE_OIDC_ISSUER", issuer);
        let client = self.optional("CALLPANE_OIDC_CLIENT_ID", text);
        let secret = self.optional("CALLPANE_OIDC_CLIENT_SECRET", |text| Ok(Secret::new(text)));
        let grants = self.optional("CALLPANE_OIDC_ROLES", Grants::parse);
        let provider =
            ProviderOptions { issuer: issuer?, client: client?, secret: secret?, scopes: scopes? };
        Some(Oidc { provider, grants: grants?, label })
    }

    /// The provider sends browsers back to the public address; without one, they come back only on this machine.
    pub(super) fn needs_a_way_back(&mut self, bind: Option<SocketAddr>) {
        if bind.is_some_and(|bind| !bind.ip().is_loopback()) {
            let message = "is missing: single sign-on needs the address that browsers come back to";
            self.complain("CALLPANE_PUBLIC_URL", message.to_owned());
        }
    }

    /// Whether it stands in the variable or in the file that `NAME_FILE` names.
    fn is_given(&self, name: &str) -> bool {
        let names = [name.to_owned(), format!("{name}_FILE")];
        let mut given = names.iter().filter_map(|name| self.given.get(name));
        given.any(|value| !value.trim().is_empty())
    }
}

/// As it was written, because id tokens are compared with it.
fn issuer(text: &str) -> Result<String, String> {
    let url =
        url::Url::parse(text).map_err(|error| format!("\"{text}\" is not an address: {error}"))?;
    if oidc::is_safe(&url) {
        Ok(text.to_owned())
    } else {
        Err(format!("\"{text}\" must begin with https://"))
    }
}

fn scopes(text: &str) -> Result<Vec<String>, String> {
    let scopes: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    if scopes.iter().any(|scope| scope == "openid") {
        Ok(scopes)
    } else {
        Err(format!("\"{text}\" must have openid among its scopes"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::settings::{Complaint, Settings, read};

    const WHOLE: [(&str, &str); 4] = [
        ("CALLPANE_OIDC_ISSUER", "https://id.example.com/realms/office/"),
        ("CALLPANE_OIDC_CLIENT_ID", "callpane"),
        ("CALLPANE_OIDC_CLIENT_SECRET", "a secret"),
        ("CALLPANE_OIDC_ROLES", "groups:callcentre=viewer"),
    ];

    fn settings(given: &[(&str, &str)]) -> Result<Settings, Vec<Complaint>> {
        let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        read(&given.iter().map(text).collect::<BTreeMap<_, _>>())
    }

    #[test]
    fn all_that_is_needed_is_there_or_what_is_missing_is_named() {
        let oidc = settings(&WHOLE).unwrap().oidc.expect("a provider");
        assert_eq!(oidc.provider.issuer, WHOLE[0].1, "as it was written");
        assert_eq!(oidc.provider.scopes, ["openid", "profile", "email"]);
        assert!(settings(&[]).unwrap().oidc.is_none());
        for (name, _) in WHOLE {
            let without: Vec<_> = WHOLE.into_iter().filter(|(known, _)| *known != name).collect();
            let complaints = settings(&without).unwrap_err();
            let named: Vec<&str> = complaints.iter().map(|one| one.name.as_str()).collect();
            assert_eq!(named, [name]);
        }
    }

    #[test]
    fn a_server_that_others_reach_needs_the_address_they_come_back_to() {
        let open = [("CALLPANE_BIND", "0.0.0.0:8080")];
        let public = [("CALLPANE_PUBLIC_URL", "https://callpane.example.com")];
        let complaints = settings(&[WHOLE.as_slice(), &open].concat()).unwrap_err();
        let names: Vec<&str> = complaints.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["CALLPANE_PUBLIC_URL"]);
        assert!(settings(&[WHOLE.as_slice(), &open, &public].concat()).is_ok());
        assert!(settings(&open).is_ok(), "without single sign-on");
    }

    #[test]
    fn an_issuer_is_reached_by_https_other_than_on_this_machine() {
        let good = [
            "https://id.example.com",
            "http://127.0.0.1:8080",
            "http://localhost/x",
            "http://[::1]/",
        ];
        for text in good {
            assert_eq!(issuer(text), Ok(text.to_owned()));
        }
        for text in
            ["http://id.example.com", "http://10.0.0.7", "id.example.com", "ftp://localhost"]
        {
            assert!(issuer(text).is_err(), "{text}");
        }
        assert!(scopes("profile email").is_err());
    }
}
