//! Who gets into the console: by a password, by a link that works once, for how long, and as what.

use std::time::Duration;

use callpane::inside::Role;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::checks::Command;
use crate::harness::{Callpane, Setup};
use crate::headers::tabled;
use crate::live::Stream;
use crate::roles::token;

pub(crate) const TOKEN: &str = "token-of-the-api-0123456789abcdef";
pub(crate) const PASSWORD: &str = "correct horse battery";

fn setup() -> Setup {
    let setup = Callpane::setup().phone_systems("").set("CALLPANE_API_TOKEN", TOKEN);
    setup.set("CALLPANE_CONSOLE_PASSWORD", PASSWORD)
}

/// A browser: what it was answered, and the cookie that it has.
pub(crate) struct Browser<'a> {
    callpane: &'a Callpane,
    pub(crate) cookie: String,
    /// The address that a proxy says it has; empty for none.
    from: &'static str,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.headers.get("location").map_or("", |value| value.to_str().unwrap())
    }
}

impl<'a> Browser<'a> {
    pub(crate) fn new(callpane: &'a Callpane) -> Self {
        Self { callpane, cookie: String::new(), from: "" }
    }

    /// At this address, behind a proxy.
    fn from(self, address: &'static str) -> Self {
        Self { from: address, ..self }
    }

    /// Signed in as somebody with a password.
    pub(crate) async fn signed_in(callpane: &'a Callpane, name: &str, password: &str) -> Self {
        let mut browser = Self::new(callpane);
        let form = [("name", name), ("password", password)];
        let answer = browser.sends("/console/sign-in", &form).await;
        assert_eq!((answer.status, answer.location()), (303, "/console"), "{}", answer.text);
        browser
    }

    /// Signed in as somebody new with a role.
    pub(crate) async fn with_role(callpane: &'a Callpane, name: &str, role: &str) -> Self {
        let mut browser = Self::new(callpane);
        let link = link_of(callpane, name, role).await;
        let answer = browser.sends(&link, &[("password", PASSWORD)]).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        browser
    }

    pub(crate) async fn ends(&mut self, request: reqwest::RequestBuilder) -> Answer {
        let request = request.header("cookie", &self.cookie).header("x-forwarded-for", self.from);
        let reply = request.send().await.unwrap();
        let (status, headers) = (reply.status().as_u16(), reply.headers().clone());
        if let Some(cookie) = headers.get("set-cookie") {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            cookie.clone_into(&mut self.cookie);
        }
        Answer { status, headers, text: reply.text().await.unwrap() }
    }

    pub(crate) async fn opens(&mut self, path: &str) -> Answer {
        let request = self.callpane.http.get(self.callpane.url(path)).header("accept", "text/html");
        self.ends(request).await
    }

    pub(crate) async fn sends(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.callpane.http.post(self.callpane.url(path)).body(body);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.ends(request).await
    }

    /// What proves a form of this session.
    pub(crate) async fn csrf(&mut self) -> String {
        let page = self.opens("/console/account").await;
        let (_, rest) = page.text.split_once("name=\"csrf\" value=\"").expect(&page.text);
        rest.split_once('"').unwrap().0.to_owned()
    }

    /// Sends a form as the console's own page does.
    pub(crate) async fn submits(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf().await;
        let form: Vec<(&str, &str)> =
            form.iter().copied().chain([("csrf", csrf.as_str())]).collect();
        self.sends(path, &form).await
    }

    pub(crate) async fn is_signed_in(&mut self) -> bool {
        match self.opens("/console/account").await.status {
            200 => true,
            303 => false,
            status => panic!("{status}"),
        }
    }
}

pub(crate) async fn api(
    callpane: &Callpane,
    method: &str,
    path: &str,
    body: Value,
) -> (u16, Value) {
    let request = callpane.http.request(method.parse().unwrap(), callpane.url(path));
    let request = request.bearer_auth(TOKEN).header("content-type", "application/json");
    let reply = request.body(body.to_string()).send().await.unwrap();
    let status = reply.status().as_u16();
    (status, serde_json::from_str(&reply.text().await.unwrap()).unwrap_or_default())
}

/// Adds an operator; answers the path of their link.
pub(crate) async fn link_of(callpane: &Callpane, name: &str, role: &str) -> String {
    let body = json!({ "name": name, "role": role });
    let (status, made) = api(callpane, "POST", "/api/v1/operators", body).await;
    assert_eq!(status, 201, "{made}");
    let link = made["link"].as_str().unwrap();
    link.strip_prefix(&callpane.running.public_url).unwrap().to_owned()
}

/// What was done, newest first, as `actor act subject before after`.
pub(crate) async fn audit(callpane: &Callpane) -> Vec<String> {
    let (_, all) = api(callpane, "GET", "/api/v1/audit", json!({})).await;
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |entry: &Value| {
        let members = ["actor", "act", "subject", "before", "after"];
        members.map(|name| word(&entry[name])).join(" ")
    };
    all["audit"].as_array().unwrap().iter().map(line).collect()
}

#[tokio::test]
async fn a_password_signs_in_and_nothing_else_does() {
    let callpane = setup().start().await;
    let mut browser = Browser::new(&callpane);
    let asked = browser.opens("/console/audit?act=signed-in").await;
    assert_eq!(asked.status, 303);
    assert_eq!(asked.location(), "/console/sign-in?next=%2Fconsole%2Faudit%3Fact%3Dsigned-in");
    let form = browser.opens(asked.location()).await;
    assert!(
        form.text.contains("value=\"&#x2F;console&#x2F;audit?act=signed-in\"")
            || form.text.contains("value=\"/console/audit?act=signed-in\""),
        "{}",
        form.text
    );
    for (name, password) in
        [("admin", "wrong password"), ("nobody", PASSWORD), ("", ""), ("admin", "")]
    {
        let answer =
            browser.sends("/console/sign-in", &[("name", name), ("password", password)]).await;
        assert_eq!(answer.status, 401, "{name}");
        assert!(answer.text.contains("Wrong name or password."), "{}", answer.text);
        assert!(browser.cookie.is_empty());
    }
    let next = "/console/audit?act=signed-in";
    let form = [("name", "admin"), ("password", PASSWORD), ("next", next)];
    let answer = browser.sends("/console/sign-in", &form).await;
    assert_eq!((answer.status, answer.location()), (303, next));
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/console"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "not over http: {cookie}");
    assert!(browser.opens(next).await.text.contains("Signed in"));
    let kept = callpane.sql("SELECT digest FROM console_session").await;
    assert!(kept.len() == 1 && !browser.cookie.contains(&kept[0]), "only a digest is kept");
    assert_eq!(audit(&callpane).await[0], "admin signed-in admin - password");
}

#[tokio::test]
async fn nobody_is_led_anywhere_else_by_signing_in() {
    let callpane = setup().start().await;
    for next in [
        "https://evil.example.com",
        "//evil.example.com",
        "/console\\evil",
        "/consolevil",
        "/pane/x",
        "/console//evil.example.com",
        "/console/sign-out",
        "/console/a\r\nset-cookie: x=1",
    ] {
        let mut browser = Browser::new(&callpane);
        let form = [("name", "admin"), ("password", PASSWORD), ("next", next)];
        let answer = browser.sends("/console/sign-in", &form).await;
        let location = answer.location();
        assert!(
            location == "/console" || location == "/console//evil.example.com",
            "{next}: {location}"
        );
        callpane.clock.advance(Duration::from_mins(1));
    }
}

#[tokio::test]
async fn a_link_signs_in_once_and_not_for_long() {
    let callpane = setup().start().await;
    let link = link_of(&callpane, "claire", "supervisor").await;
    let mut browser = Browser::new(&callpane);
    for _ in 0..2 {
        let page = browser.opens(&link).await;
        assert!(page.status == 200 && page.text.contains("claire"), "looking uses nothing up");
    }
    let short = browser.sends(&link, &[("password", "short")]).await;
    assert_eq!(short.status, 422);
    let entered = browser.sends(&link, &[("password", "a new password")]).await;
    assert_eq!((entered.status, entered.location()), (303, "/console"));
    assert!(browser.is_signed_in().await);
    let mut other = Browser::new(&callpane);
    assert_eq!(other.sends(&link, &[("password", "")]).await.status, 410);
    assert!(other.opens(&link).await.text.contains("has been used already"));
    Browser::signed_in(&callpane, "claire", "a new password").await;
    let (_, made) =
        api(&callpane, "POST", "/api/v1/operators/claire/sign-in-link", json!({})).await;
    let late = made["link"].as_str().unwrap().strip_prefix(&callpane.running.public_url).unwrap();
    callpane.clock.advance(Duration::from_mins(15));
    assert_eq!(other.sends(late, &[]).await.status, 410, "too late");
    assert!(!audit(&callpane).await.iter().any(|line| line.contains("a new password")));
}

#[tokio::test]
async fn a_forged_form_is_refused_whichever_it_is() {
    let callpane = setup().start().await;
    let mut browser = Browser::signed_in(&callpane, "admin", PASSWORD).await;
    let csrf = browser.csrf().await;
    let other = Browser::signed_in(&callpane, "admin", PASSWORD).await.csrf().await;
    let mut forms = 0;
    for (endpoint, path) in tabled() {
        if endpoint.method != "POST" || endpoint.need.is_none() || !path.starts_with("/console") {
            continue;
        }
        for forged in [None, Some(""), Some(other.as_str()), Some("x")] {
            let form: Vec<(&str, &str)> =
                forged.map(|forged| ("csrf", forged)).into_iter().collect();
            let answer = browser.sends(&path, &form).await;
            assert_eq!(answer.status, 403, "{path} {forged:?}: {}", answer.text);
            assert!(answer.text.contains("\"forged-form\""), "{path}: {}", answer.text);
        }
        // With the proof, but from elsewhere.
        for (name, value) in [
            ("origin", "https://evil.example.com"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let request = callpane.http.post(callpane.url(&path)).header(name, value);
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            let answer = browser.ends(request.body(format!("csrf={csrf}"))).await;
            assert_eq!(answer.status, 403, "{path} {name}: {value}");
        }
        forms += 1;
    }
    assert!(forms >= 10, "{forms}");
    assert!(browser.is_signed_in().await, "nothing was done");
    let host = callpane.running.address;
    let request = callpane
        .http
        .post(callpane.url("/console/sign-out"))
        .header("origin", format!("http://{host}"));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(browser.ends(request.body(format!("csrf={csrf}"))).await.status, 303);
}

#[tokio::test]
async fn signing_in_cannot_be_forged_either() {
    let callpane = setup().start().await;
    let body = format!("name=admin&password={}", PASSWORD.replace(' ', "+"));
    for (name, value, status) in [
        ("origin", "https://evil.example.com", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-origin", 303),
    ] {
        let request = callpane.http.post(callpane.url("/console/sign-in")).header(name, value);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = Browser::new(&callpane).ends(request.body(body.clone())).await;
        assert_eq!(answer.status, status, "{name}: {value}");
    }
}

#[tokio::test]
async fn every_role_gets_of_the_console_what_the_table_says() {
    let callpane = setup().start().await;
    let mut asked = 0;
    let people = [
        ("vera", "viewer", Role::Viewer),
        ("sami", "supervisor", Role::Supervisor),
        ("anna", "admin", Role::Admin),
    ];
    for (name, word, role) in people {
        let mut browser = Browser::with_role(&callpane, name, word).await;
        for (endpoint, path) in tabled() {
            let Some(need) = endpoint.need.filter(|_| path.starts_with("/console")) else {
                continue;
            };
            if path.ends_with("/stream") && role.may(need) {
                continue; // has no end
            }
            let url = callpane.url(&path);
            let request = callpane.http.request(endpoint.method.parse().unwrap(), url);
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            let answer = browser.ends(request.body("csrf=wrong")).await;
            let refused = answer.text.contains("\"not-allowed\"");
            assert_eq!(
                refused,
                !role.may(need),
                "{name} {path}: {} {}",
                answer.status,
                answer.text
            );
            asked += 1;
        }
    }
    assert!(asked >= 3 * 13, "{asked}");
    // A token opens no page, and a session no API.
    let made = token(&callpane, "admin").await;
    let request = callpane.http.get(callpane.url("/console/account")).bearer_auth(&made);
    assert_eq!(request.send().await.unwrap().status(), 401);
    let browser = Browser::signed_in(&callpane, "admin", PASSWORD).await;
    let request =
        callpane.http.get(callpane.url("/api/v1/events")).header("cookie", &browser.cookie);
    assert_eq!(request.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_session_ends_in_every_way_that_it_should() {
    let callpane = setup().start().await;
    let mut admin = Browser::signed_in(&callpane, "admin", PASSWORD).await;
    // Signing out.
    let mut out = Browser::signed_in(&callpane, "admin", PASSWORD).await;
    let cookie = out.cookie.clone();
    assert_eq!(out.submits("/console/sign-out", &[]).await.location(), "/console/sign-in?out=1");
    let mut stolen = Browser { cookie, ..Browser::new(&callpane) };
    assert!(!stolen.is_signed_in().await && admin.is_signed_in().await);
    // Another role, and none any more.
    let mut sami = Browser::with_role(&callpane, "sami", "supervisor").await;
    admin.submits("/console/access/operators/sami/role", &[("role", "viewer")]).await;
    assert!(!sami.is_signed_in().await, "a demotion");
    let mut sami = Browser::signed_in(&callpane, "sami", PASSWORD).await;
    admin.submits("/console/access/operators/sami/remove", &[]).await;
    assert!(!sami.is_signed_in().await, "removed");
    // Another password: here it stays, elsewhere it ends.
    let mut here = Browser::with_role(&callpane, "vera", "viewer").await;
    let mut elsewhere = Browser::signed_in(&callpane, "vera", PASSWORD).await;
    let form = [("present", "not this one"), ("chosen", "another password")];
    let wrong = here.submits("/console/account/password", &form).await;
    assert_eq!(wrong.location(), "/console/account?problem=wrong");
    let form = [("present", PASSWORD), ("chosen", "another password")];
    let changed = here.submits("/console/account/password", &form).await;
    assert_eq!(changed.location(), "/console/account?changed=1");
    assert!(here.is_signed_in().await && !elsewhere.is_signed_in().await);
    // By an administrator.
    let (_, all) = api(&callpane, "GET", "/api/v1/sessions", json!({})).await;
    let all = all["sessions"].as_array().unwrap();
    let id =
        all.iter().find(|session| session["operator"] == "vera").unwrap()["id"].as_str().unwrap();
    let (status, _) = api(&callpane, "DELETE", &format!("/api/v1/sessions/{id}"), json!({})).await;
    assert_eq!(status, 204);
    assert!(!here.is_signed_in().await);
    let (status, gone) =
        api(&callpane, "DELETE", &format!("/api/v1/sessions/{id}"), json!({})).await;
    assert_eq!((status, &gone["code"]), (404, &json!("no-such-session")));
}

#[tokio::test]
async fn a_session_ends_unused_after_half_a_day_and_in_any_case_after_a_week() {
    let callpane = setup().start().await;
    let mut used = Browser::signed_in(&callpane, "admin", PASSWORD).await;
    let mut unused = Browser::signed_in(&callpane, "admin", PASSWORD).await;
    callpane.hours_pass(11).await;
    assert!(used.is_signed_in().await);
    callpane.hours_pass(2).await;
    assert!(used.is_signed_in().await && !unused.is_signed_in().await);
    for _ in 0..15 {
        callpane.hours_pass(10).await;
        assert!(used.is_signed_in().await);
    }
    callpane.hours_pass(6).await;
    assert!(!used.is_signed_in().await, "a week is over");
    callpane.running.flow.retention.forget().await.unwrap();
    assert!(callpane.sql("SELECT digest FROM console_session").await.is_empty());
}

#[tokio::test]
async fn a_page_that_is_only_open_keeps_no_session() {
    let callpane = setup().start().await;
    let mut browser = Browser::signed_in(&callpane, "admin", PASSWORD).await;
    let cookie = browser.cookie.clone();
    let headers = [("cookie", cookie.as_str())];
    let mut stream = Stream::open(&callpane, "/console/live/stream", &headers).await;
    assert_eq!(stream.next().await.unwrap().0, "state");
    callpane.hours_pass(11).await;
    // What a page does by itself: it asks, and its stream is opened again.
    assert_eq!(browser.opens("/console/live/state").await.status, 200);
    let mut again = Stream::open(&callpane, "/console/live/stream", &headers).await;
    assert_eq!(again.next().await.unwrap().0, "state");
    callpane.hours_pass(1).await;
    callpane.desktop(12).rings("0199005501", "trucks").await;
    assert_eq!(stream.next().await.unwrap().0, "gone");
    assert_eq!(again.next().await.unwrap().0, "gone");
    let asked = browser.opens("/console/live").await;
    assert_eq!(asked.location(), "/console/sign-in?next=%2Fconsole%2Flive");
}

#[tokio::test]
async fn another_password_in_the_settings_ends_the_sessions_of_the_one_before() {
    let first = setup().start().await;
    let browser = Browser::signed_in(&first, "admin", PASSWORD).await;
    let (cookie, database) = (browser.cookie.clone(), first.database.clone());
    first.running.stop().await;
    let second =
        setup().set("CALLPANE_CONSOLE_PASSWORD", "something else").on(database).start().await;
    assert!(!Browser { cookie, ..Browser::new(&second) }.is_signed_in().await);
}

#[tokio::test]
async fn whoever_guesses_passwords_is_held_up() {
    let callpane = setup().set("CALLPANE_TRUSTED_PROXIES", "127.0.0.1").start().await;
    let mut browser = Browser::new(&callpane);
    let mut statuses = Vec::new();
    for _ in 0..12 {
        let form = [("name", "admin"), ("password", "a guess")];
        statuses.push(browser.sends("/console/sign-in", &form).await.status);
    }
    assert_eq!(
        statuses,
        [401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 429, 429],
        "of one name"
    );
    // Whoever it is the name of comes in from elsewhere.
    let form = [("name", "admin"), ("password", PASSWORD)];
    let owner = Browser::new(&callpane).from("198.51.100.7").sends("/console/sign-in", &form).await;
    assert_eq!(owner.status, 303, "{}", owner.text);
    for at in 0..25 {
        let form = [("name", format!("guess{at}")), ("password", "a guess".to_owned())];
        let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
        statuses.push(browser.sends("/console/sign-in", &form).await.status);
    }
    assert_eq!(statuses.last(), Some(&429), "of one address");
    callpane.clock.advance(Duration::from_mins(1));
    Browser::signed_in(&callpane, "admin", PASSWORD).await;
}

#[tokio::test]
async fn a_token_does_what_its_role_may_until_it_ends() {
    let callpane = setup().start().await;
    let body = json!({ "name": "billing", "role": "viewer", "expires": "2d" });
    let (status, made) = api(&callpane, "POST", "/api/v1/tokens", body).await;
    assert_eq!(status, 201);
    let token = made["token"].as_str().unwrap();
    let ask = async || {
        let request = callpane.http.get(callpane.url("/api/v1/events")).bearer_auth(token);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask().await, 200);
    assert!(!callpane.sql("SELECT digest FROM api_token").await[0].contains(token));
    callpane.clock.advance(Duration::from_hours(48));
    assert_eq!(ask().await, 401, "expired");
    let (_, made) =
        api(&callpane, "POST", "/api/v1/tokens", json!({ "name": "b", "role": "viewer" })).await;
    let (token, id) = (made["token"].as_str().unwrap(), made["made"]["id"].as_str().unwrap());
    let request = callpane.http.get(callpane.url("/api/v1/events")).bearer_auth(token);
    assert_eq!(request.send().await.unwrap().status(), 200);
    assert_eq!(api(&callpane, "DELETE", &format!("/api/v1/tokens/{id}"), json!({})).await.0, 204);
    let request = callpane.http.get(callpane.url("/api/v1/events")).bearer_auth(token);
    assert_eq!(request.send().await.unwrap().status(), 401, "revoked");
    for (body, code) in [
        (json!({ "name": "x", "role": "emperor" }), "invalid-value"),
        (json!({ "name": "", "role": "viewer" }), "invalid-value"),
        (json!({ "name": "x", "role": "viewer", "expires": "soon" }), "invalid-value"),
        (json!({ "name": "x", "role": "viewer", "expires": "3651d" }), "invalid-value"),
        (json!({ "name": "x", "role": "viewer", "expires": "99999999999d" }), "invalid-value"),
    ] {
        let (status, problem) = api(&callpane, "POST", "/api/v1/tokens", body).await;
        assert_eq!((status, &problem["code"]), (422, &json!(code)), "{problem}");
    }
    let longest = json!({ "name": "x", "role": "viewer", "expires": "3650d" });
    let (_, made) = api(&callpane, "POST", "/api/v1/tokens", longest).await;
    assert!(made["made"]["expires"].as_str().unwrap().starts_with("2036-09-"), "{made}");
}

#[tokio::test]
async fn operators_are_kept_so_that_somebody_can_still_administer() {
    let callpane = Callpane::setup().set("CALLPANE_API_TOKEN", TOKEN).start().await;
    let put = async |name: &str, role: &str| {
        api(&callpane, "PUT", &format!("/api/v1/operators/{name}"), json!({ "role": role })).await
    };
    let delete = async |name: &str| {
        api(&callpane, "DELETE", &format!("/api/v1/operators/{name}"), json!({})).await
    };
    link_of(&callpane, "anna", "admin").await;
    link_of(&callpane, "vera", "viewer").await;
    let (status, refused) =
        api(&callpane, "POST", "/api/v1/operators", json!({ "name": "vera", "role": "admin" }))
            .await;
    assert_eq!((status, &refused["code"]), (409, &json!("operator-exists")));
    for (name, role) in [("a b", "viewer"), ("", "viewer"), ("x", "cards"), ("x", "owner")] {
        let body = json!({ "name": name, "role": role });
        assert_eq!(
            api(&callpane, "POST", "/api/v1/operators", body).await.1["code"],
            "invalid-value"
        );
    }
    assert_eq!(put("anna", "viewer").await.1["code"], "last-admin");
    assert_eq!(put("anna", "admin").await.0, 200, "as she is");
    assert_eq!(delete("anna").await.1["code"], "last-admin");
    assert_eq!(put("vera", "admin").await.0, 200);
    assert_eq!(put("anna", "viewer").await.0, 200);
    assert_eq!(put("nobody", "viewer").await.1["code"], "no-such-operator");
    assert_eq!(delete("anna").await.0, 204);
    assert_eq!(delete("anna").await.1["code"], "no-such-operator");
    let (_, all) = api(&callpane, "GET", "/api/v1/operators", json!({})).await;
    assert_eq!(all["operators"].as_array().unwrap().len(), 1, "{all}");
    assert_eq!(
        audit(&callpane).await,
        [
            "CALLPANE_API_TOKEN operator-removed anna viewer -",
            "CALLPANE_API_TOKEN operator-changed anna admin viewer",
            "CALLPANE_API_TOKEN operator-changed vera viewer admin",
            "CALLPANE_API_TOKEN operator-added vera - viewer",
            "CALLPANE_API_TOKEN operator-added anna - admin",
        ]
    );
}

#[tokio::test]
async fn the_first_of_all_comes_in_by_the_link_of_the_start_and_chooses_a_password() {
    let callpane = Callpane::setup().start().await;
    let link = callpane.running.flow.operators.first_link().await.unwrap().unwrap();
    let link = link.strip_prefix(&callpane.running.public_url).unwrap();
    let mut browser = Browser::new(&callpane);
    assert_eq!(browser.sends(link, &[("password", PASSWORD)]).await.status, 303);
    assert!(browser.is_signed_in().await);
    assert_eq!(
        callpane.running.flow.operators.first_link().await.unwrap(),
        None,
        "there is somebody now"
    );
    Browser::signed_in(&callpane, "admin", PASSWORD).await;
}

#[tokio::test]
async fn where_nobody_administers_anybody_may_go_and_a_start_lets_an_admin_in() {
    let setup = || Callpane::setup().set("CALLPANE_API_TOKEN", TOKEN);
    let first = setup().set("CALLPANE_CONSOLE_PASSWORD", PASSWORD).start().await;
    for name in ["vera", "sami", "luc"] {
        link_of(&first, name, "viewer").await;
    }
    // The setting administers.
    assert_eq!(api(&first, "DELETE", "/api/v1/operators/luc", json!({})).await.0, 204);
    assert_eq!(first.running.flow.operators.first_link().await.unwrap(), None);
    let database = first.database.clone();
    first.running.stop().await;
    // Without it nobody does, other than by the link of the start.
    let second = setup().on(database).start().await;
    let path = "/api/v1/operators/sami";
    assert_eq!(api(&second, "PUT", path, json!({ "role": "supervisor" })).await.0, 200);
    assert_eq!(api(&second, "DELETE", path, json!({})).await.0, 204);
    let link = second.running.flow.operators.first_link().await.unwrap().expect("a link");
    let link = link.strip_prefix(&second.running.public_url).unwrap();
    let mut browser = Browser::new(&second);
    assert_eq!(browser.sends(link, &[("password", PASSWORD)]).await.status, 303);
    assert_eq!(browser.opens("/console/access").await.status, 200, "an administrator");
}

#[tokio::test]
async fn whoever_comes_in_by_the_link_of_the_start_is_an_admin_whatever_they_were() {
    let callpane = Callpane::setup().set("CALLPANE_API_TOKEN", TOKEN).start().await;
    link_of(&callpane, "anna", "admin").await;
    link_of(&callpane, "admin", "viewer").await;
    assert_eq!(callpane.running.flow.operators.first_link().await.unwrap(), None);
    callpane.sql("UPDATE operator SET role = 'viewer' WHERE name = 'anna'").await;
    let link = callpane.running.flow.operators.first_link().await.unwrap().expect("a link");
    let link = link.strip_prefix(&callpane.running.public_url).unwrap();
    let mut browser = Browser::new(&callpane);
    assert_eq!(browser.sends(link, &[("password", PASSWORD)]).await.status, 303);
    assert_eq!(browser.opens("/console/access").await.status, 200, "an administrator");
}

#[tokio::test]
async fn everything_that_is_done_is_in_the_audit() {
    let destination = "[[destination]]\nname = \"crm\"\non = [\"call.ended\"]\n\
         url = \"https://crm.example.com/\"\njson = {}\n";
    let setup = Callpane::setup().phone_systems(destination).set("CALLPANE_API_TOKEN", TOKEN);
    let callpane = setup.start().await;
    callpane.signs_in("priya").await;
    api(&callpane, "DELETE", "/api/v1/agents/priya/sessions", json!({})).await;
    for verb in ["pause", "resume"] {
        api(&callpane, "POST", &format!("/api/v1/destinations/crm/{verb}"), json!({})).await;
    }
    let list = callpane.http.put(callpane.url("/api/v1/contacts/lists/clients")).bearer_auth(TOKEN);
    let list = list.body("name,phone\nOwen Price,0199005577\n").send().await.unwrap();
    assert_eq!(list.status(), 200);
    api(&callpane, "DELETE", "/api/v1/contacts/lists/clients", json!({})).await;
    let command = Command::beside(&callpane).set("USER", "olga").set("SUDO_USER", "");
    assert!(command.run(&["rotate-key"]).await.success);
    assert_eq!(
        audit(&callpane).await,
        [
            "olga server-key-rotated server key - the old one expires",
            "CALLPANE_API_TOKEN list-forgotten clients - -",
            "CALLPANE_API_TOKEN list-imported clients - 1 contact",
            "CALLPANE_API_TOKEN destination-resumed crm - -",
            "CALLPANE_API_TOKEN destination-paused crm - -",
            "CALLPANE_API_TOKEN agent-signed-out priya 1 session -",
            "command line configuration-applied test version 0 version 1",
        ]
    );
}

#[tokio::test]
async fn the_command_line_does_what_the_console_does() {
    let callpane = Callpane::setup().set("CALLPANE_API_TOKEN", TOKEN).start().await;
    let command = Command::beside(&callpane).set("USER", "olga").set("SUDO_USER", "");
    let command = command.set("CALLPANE_PUBLIC_URL", callpane.running.public_url.as_str());
    let said = command.run(&["operators", "--add", "vera", "--role", "admin"]).await;
    assert!(said.success, "{said:?}");
    let link = said.stdout.lines().find(|line| line.contains("/console/sign-in/")).unwrap();
    let link = link.strip_prefix(&callpane.running.public_url).unwrap().to_owned();
    let mut browser = Browser::new(&callpane);
    assert_eq!(browser.sends(&link, &[("password", PASSWORD)]).await.status, 303);
    let said = command.run(&["operators"]).await;
    assert!(said.stdout.contains("vera") && said.stdout.contains("has a password"), "{said:?}");
    let said = command.run(&["operators", "--remove", "nobody"]).await;
    assert!(!said.success && said.stderr.contains("there is no operator \"nobody\""), "{said:?}");
    let said = command.run(&["operators", "--sign-in-link", "vera"]).await;
    assert!(said.stdout.contains("/console/sign-in/"), "{said:?}");
    let said =
        command.run(&["tokens", "--add", "billing", "--role", "cards", "--expires", "90d"]).await;
    assert!(said.stdout.starts_with("callpane_"), "{said:?}");
    let said =
        command.run(&["tokens", "--add", "long", "--role", "cards", "--expires", "3651d"]).await;
    assert!(!said.success && said.stderr.contains("at most 10 years"), "{said:?}");
    let said = command.run(&["tokens"]).await;
    let id = said.stdout.split_whitespace().next().unwrap().to_owned();
    assert!(command.run(&["tokens", "--revoke", &id]).await.success);
    assert!(!command.run(&["tokens", "--revoke", &id]).await.success);
    assert!(command.run(&["operators", "--remove", "vera"]).await.success);
    assert!(!browser.is_signed_in().await);
    let said = command.run(&["audit"]).await;
    assert!(said.stdout.contains("olga (command)  operator-removed  vera: admin"), "{said:?}");
    let said = command.run(&["audit", "--act", "token-added", "--json"]).await;
    assert_eq!(said.stdout.lines().count(), 1, "{said:?}");
    assert!(!said.stdout.contains("callpane_"));
}
