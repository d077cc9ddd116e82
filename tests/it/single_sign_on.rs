//! Signing in with an identity provider, a real one (oidc-provider): who gets in, as what, and who does not.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::console_access::{Browser, PASSWORD, TOKEN, api, audit, link_of};
use crate::harness::{Callpane, Setup, THEN, real_now};

/// An identity provider.
pub(crate) struct Provider {
    process: Child,
    pub(crate) issuer: String,
    http: reqwest::Client,
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Provider {
    pub(crate) fn start() -> Self {
        let mut process = Command::new("node")
            .arg(format!("{}/tests/oidc-provider.mjs", env!("CARGO_MANIFEST_DIR")))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node: tests/run installs it");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.next().expect("a provider that starts").unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        let http = reqwest::Client::builder().no_proxy();
        let http = http.redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { process, issuer: format!("http://127.0.0.1:{port}"), http }
    }

    /// The settings of a Callpane that asks it.
    pub(crate) fn setup(&self) -> Setup {
        Callpane::setup()
            .set("CALLPANE_PRIVATE_TARGETS", "127.0.0.1")
            .set("CALLPANE_API_TOKEN", TOKEN)
            .set("CALLPANE_CONSOLE_PASSWORD", PASSWORD)
            .set("CALLPANE_OIDC_ISSUER", &self.issuer)
            .set("CALLPANE_OIDC_CLIENT_ID", "callpane")
            .set("CALLPANE_OIDC_CLIENT_SECRET", "a secret of the tests")
            .set("CALLPANE_OIDC_SCOPES", "openid profile email groups")
            .set("CALLPANE_OIDC_ROLES", "groups:callcentre-admins=admin, groups:callcentre=viewer")
    }

    async fn puts(&self, path: &str, body: &Value) {
        let put = self.http.put(format!("{}{path}", self.issuer)).body(body.to_string());
        assert_eq!(put.send().await.unwrap().status(), 200);
    }

    /// Knows where Callpane is, and signs with this key.
    pub(crate) async fn serves(&self, callpane: &Callpane, key: &str) {
        let redirect = format!("{}/console/sign-in/oidc/callback", callpane.running.public_url);
        self.puts("/client", &json!({ "redirect": redirect, "key": key })).await;
    }

    /// Says this of somebody from now on.
    async fn says_of(&self, person: &str, claims: Value) {
        self.puts(&format!("/people/{person}"), &claims).await;
    }

    /// Signs somebody in who was sent to this address; answers where they are sent back to.
    async fn signs_in(&self, address: &str, person: &str) -> String {
        let (mut address, mut cookies) = (address.to_owned(), BTreeMap::new());
        for _ in 0..8 {
            let cookie: Vec<String> =
                cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let request = if address.contains("/who/") {
                self.http.post(&address).body(format!("login={person}"))
            } else {
                self.http.get(&address)
            };
            let reply = request.header("cookie", cookie.join("; ")).send().await.unwrap();
            for cookie in reply.headers().get_all("set-cookie") {
                let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
                cookies.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
            }
            let to = reply.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
            let Some(to) = to else { panic!("{address}: {}", reply.text().await.unwrap()) };
            if to.contains("/console/") {
                let (_, path) = to.split_once("/console/").unwrap();
                return format!("/console/{path}");
            }
            address = if to.starts_with('/') { format!("{}{to}", self.issuer) } else { to };
        }
        panic!("the provider sends everybody round in circles: {address}");
    }
}

/// A Callpane with a clock that a test turns on, and that shows the real time: by that, tokens are good.
async fn started(provider: &Provider) -> Callpane {
    let behind = Duration::from_millis(u64::try_from(real_now() - THEN.0).unwrap());
    let callpane = provider.setup().later(behind).start().await;
    provider.serves(&callpane, "conforming").await;
    callpane
}

/// Goes off to the provider; answers the address there.
async fn goes(browser: &mut Browser<'_>) -> String {
    let sent = browser.opens("/console/sign-in/oidc?next=%2Fconsole%2Fcalls").await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    sent.location().to_owned()
}

/// Signs in and goes on to where the way led; answers the status and what was shown.
async fn signs_in(provider: &Provider, browser: &mut Browser<'_>, person: &str) -> (u16, String) {
    let there = goes(browser).await;
    let back = provider.signs_in(&there, person).await;
    let answer = browser.opens(&back).await;
    if answer.status == 303 {
        assert_eq!(answer.location(), "/console/calls");
    }
    (answer.status, answer.text)
}

#[tokio::test]
async fn the_provider_says_who_somebody_is_and_its_claims_what_they_may() {
    let provider = Provider::start();
    let callpane = started(&provider).await;
    let mut anna = Browser::new(&callpane);
    assert_eq!(signs_in(&provider, &mut anna, "anna").await.0, 303);
    assert_eq!(anna.opens("/console/access").await.status, 200, "an administrator");
    let mut vera = Browser::new(&callpane);
    assert_eq!(signs_in(&provider, &mut vera, "vera").await.0, 303);
    assert_eq!(vera.opens("/console/access").await.status, 403, "a viewer");
    // Promoted there, which ends what was begun before; and then nothing any more.
    provider
        .says_of("vera", json!({ "preferred_username": "vera", "groups": "callcentre-admins" }))
        .await;
    assert!(vera.is_signed_in().await, "until the next sign-in");
    let mut promoted = Browser::new(&callpane);
    assert_eq!(signs_in(&provider, &mut promoted, "vera").await.0, 303);
    assert!(promoted.opens("/console/access").await.status == 200 && !vera.is_signed_in().await);
    provider.says_of("vera", json!({ "preferred_username": "vera", "groups": [] })).await;
    assert_eq!(signs_in(&provider, &mut Browser::new(&callpane), "vera").await.0, 403);
    assert!(!promoted.is_signed_in().await);
    let lines = audit(&callpane).await;
    assert_eq!(
        lines[..7],
        [
            "vera operator-removed vera admin -",
            "vera signed-in vera - single sign-on",
            "vera operator-changed vera viewer admin",
            "vera signed-in vera - single sign-on",
            "vera operator-added vera - viewer",
            "anna signed-in anna - single sign-on",
            "anna operator-added anna - admin",
        ]
    );
    // With another key, and all claims in the id token.
    provider.serves(&callpane, "renewed").await;
    callpane.clock.advance(Duration::from_secs(40));
    assert_eq!(signs_in(&provider, &mut anna, "anna").await.0, 303, "a new key is fetched");
}

#[tokio::test]
async fn whoever_has_no_role_is_told_what_was_looked_at() {
    let provider = Provider::start();
    let callpane = started(&provider).await;
    let mut otto = Browser::new(&callpane);
    let (status, page) = signs_in(&provider, &mut otto, "otto").await;
    assert_eq!(status, 403);
    assert!(
        page.contains("You have no access here: nothing in \u{2068}groups\u{2069}")
            || page.contains("nothing in groups"),
        "{page}"
    );
    assert!(!otto.is_signed_in().await);
    assert!(callpane.sql("SELECT name FROM operator").await.is_empty());
}

#[tokio::test]
async fn what_was_tampered_with_signs_nobody_in() {
    let provider = Provider::start();
    let callpane = started(&provider).await;
    let refused = async |browser: &mut Browser<'_>, path: &str| {
        let answer = browser.opens(path).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.text);
        assert!(answer.text.contains("could not be completed"), "{}", answer.text);
    };
    // Somebody else's way back: their browser has begun another sign-in, or none.
    let mut victim = Browser::new(&callpane);
    let mut attacker = Browser::new(&callpane);
    let there = goes(&mut attacker).await;
    let back = provider.signs_in(&there, "anna").await;
    refused(&mut victim, &back).await;
    goes(&mut victim).await;
    refused(&mut victim, &back).await;
    // A state, a nonce or a challenge that is not of this sign-in.
    for (name, of_other) in [("state", false), ("nonce", true), ("code_challenge", true)] {
        let mut browser = Browser::new(&callpane);
        let (ours, other) = (goes(&mut browser).await, goes(&mut Browser::new(&callpane)).await);
        let value = |address: &str| {
            let url = url::Url::parse(address).unwrap();
            url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
        };
        let changed = ours.replace(&value(&ours), &value(&other));
        assert!(changed != ours && (of_other || changed.contains("state=")));
        let back = provider.signs_in(&changed, "anna").await;
        refused(&mut browser, &back).await;
    }
    // The way back, taken once more with the same cookie.
    let mut browser = Browser::new(&callpane);
    let there = goes(&mut browser).await;
    let begun = browser.cookie.clone();
    let back = provider.signs_in(&there, "anna").await;
    assert_eq!(browser.opens(&back).await.status, 303);
    browser.cookie = begun;
    refused(&mut browser, &back).await;
    // Too late for the id token.
    let mut late = Browser::new(&callpane);
    let back = provider.signs_in(&goes(&mut late).await, "anna").await;
    callpane.hours_pass(2).await;
    refused(&mut late, &back).await;
    assert_eq!(callpane.sql("SELECT operator FROM console_session").await.len(), 1);
}

#[tokio::test]
async fn nobody_takes_over_somebody_elses_name() {
    let provider = Provider::start();
    let callpane = started(&provider).await;
    link_of(&callpane, "vera", "viewer").await;
    let (status, page) = signs_in(&provider, &mut Browser::new(&callpane), "vera").await;
    assert!(status == 409 && page.contains("is already called"), "{status} {page}");
    assert_eq!(callpane.sql("SELECT role FROM operator WHERE name = 'vera'").await, ["viewer"]);
    // Nor by another name there: whoever is known stays who they are.
    let mut anna = Browser::new(&callpane);
    assert_eq!(signs_in(&provider, &mut anna, "anna").await.0, 303);
    for name in ["vera", "admin", "boss"] {
        let claims = json!({ "preferred_username": name, "groups": "callcentre-admins" });
        provider.says_of("anna", claims).await;
        assert_eq!(signs_in(&provider, &mut anna, "anna").await.0, 303);
        assert!(anna.opens("/console/account").await.text.contains("anna"));
    }
    let claims = json!({ "preferred_username": "admin", "groups": "callcentre-admins" });
    provider.says_of("otto", claims.clone()).await;
    assert_eq!(signs_in(&provider, &mut Browser::new(&callpane), "otto").await.0, 409);
    let claims = json!({ "preferred_username": "anna", "groups": "callcentre" });
    provider.says_of("otto", claims).await;
    assert_eq!(signs_in(&provider, &mut Browser::new(&callpane), "otto").await.0, 409);
    // Once the other has been removed, the name is free.
    assert_eq!(api(&callpane, "DELETE", "/api/v1/operators/vera", json!({})).await.0, 204);
    assert_eq!(signs_in(&provider, &mut Browser::new(&callpane), "vera").await.0, 303);
}

#[tokio::test]
async fn whoever_the_provider_signs_in_has_no_other_way_and_may_be_removed() {
    let provider = Provider::start();
    let callpane = started(&provider).await;
    let mut vera = Browser::new(&callpane);
    assert_eq!(signs_in(&provider, &mut vera, "vera").await.0, 303);
    let (_, all) = api(&callpane, "GET", "/api/v1/operators", json!({})).await;
    let listed = all["operators"].as_array().unwrap().iter().find(|one| one["name"] == "vera");
    assert_eq!(listed.unwrap()["single_sign_on"], true, "{all}");
    let path = "/api/v1/operators/vera";
    let (status, refused) = api(&callpane, "PUT", path, json!({ "role": "admin" })).await;
    assert_eq!((status, &refused["code"]), (422, &json!("invalid-value")), "{refused}");
    let link = format!("{path}/sign-in-link");
    let (status, refused) = api(&callpane, "POST", &link, json!({})).await;
    assert_eq!((status, &refused["code"]), (422, &json!("invalid-value")), "{refused}");
    let account = vera.opens("/console/account").await.text;
    assert!(
        !account.contains("name=\"chosen\"") && account.contains("single sign-on"),
        "{account}"
    );
    let form = [("present", ""), ("chosen", "a password of her own")];
    vera.submits("/console/account/password", &form).await;
    let form = [("name", "vera"), ("password", "a password of her own")];
    assert_eq!(Browser::new(&callpane).sends("/console/sign-in", &form).await.status, 401);
    assert_eq!(api(&callpane, "DELETE", path, json!({})).await.0, 204);
    assert!(!vera.is_signed_in().await);
}

#[tokio::test]
async fn without_single_sign_on_nobody_is_signed_in_by_it() {
    let provider = Provider::start();
    let callpane = started(&provider).await;
    let mut anna = Browser::new(&callpane);
    assert_eq!(signs_in(&provider, &mut anna, "anna").await.0, 303);
    let (cookie, database) = (anna.cookie.clone(), callpane.database.clone());
    let now = Duration::from_millis(u64::try_from(callpane.clock_now() - THEN.0).unwrap());
    callpane.running.stop().await;
    let plain = Callpane::setup().on(database).later(now).start().await;
    let mut browser = Browser::new(&plain);
    browser.cookie = cookie;
    assert!(!browser.is_signed_in().await);
    assert!(!browser.opens("/console/sign-in").await.text.contains("oidc"));
    for path in ["/console/sign-in/oidc", "/console/sign-in/oidc/callback?code=x&state=y"] {
        assert_eq!(browser.opens(path).await.status, 404);
    }
    let link = plain.running.flow.operators.first_link().await.unwrap();
    assert!(link.is_some(), "an administrator who cannot sign in is none");
}

#[tokio::test]
async fn a_provider_that_is_away_keeps_nobody_from_their_password() {
    let provider = Provider::start();
    let setup = provider.setup();
    let callpane = setup.start().await;
    drop(provider);
    let mut browser = Browser::new(&callpane);
    for _ in 0..2 {
        let answer = browser.opens("/console/sign-in/oidc").await;
        assert_eq!(answer.status, 502);
        assert!(answer.text.contains("cannot be reached"), "{}", answer.text);
    }
    Browser::signed_in(&callpane, "admin", PASSWORD).await;
    assert_eq!(callpane.desktop(12).rings("0199005501", "trucks").await["action"], "open");
}

/// A page that an agent opens elsewhere can have their browser ask for the way back as often as it likes.
#[tokio::test]
async fn what_another_site_asks_for_holds_up_nobody_who_signs_in() {
    let provider = Provider::start();
    let callpane = started(&provider).await;
    for _ in 0..40 {
        let stranger = Browser::new(&callpane).opens("/console/sign-in/oidc/callback?code=x").await;
        assert_eq!(stranger.status, 400);
    }
    assert_eq!(signs_in(&provider, &mut Browser::new(&callpane), "anna").await.0, 303);
    Browser::signed_in(&callpane, "admin", PASSWORD).await;
}

#[tokio::test]
async fn a_provider_in_a_private_network_is_asked_only_if_that_is_allowed() {
    let provider = Provider::start();
    let callpane = provider.setup().set("CALLPANE_PRIVATE_TARGETS", "10.0.0.0/8").start().await;
    provider.serves(&callpane, "conforming").await;
    assert_eq!(Browser::new(&callpane).opens("/console/sign-in/oidc").await.status, 502);
}
