//! Who may ask: a caller's number alone shows nobody anything.

use serde_json::{Value, json};

use crate::checks::Command;
use crate::harness::{Callpane, PHONE_SYSTEMS, Setup};

const KEY: &str = "a-key-of-decent-length";

/// Reached from other machines, by its own account.
fn public() -> Setup {
    Callpane::setup().set("CALLPANE_PUBLIC_URL", "https://callpane.example.com")
}

fn ring() -> Value {
    json!({ "user": { "userId": 12 }, "callee": "1012", "caller": "0199005577" })
}

/// Asks as a desktop of this origin does; answers status and problem code.
async fn asks(callpane: &Callpane, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let mut request = callpane.http.post(callpane.url(path)).body(ring().to_string());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let reply = request.send().await.unwrap();
    let status = reply.status().as_u16();
    assert!(
        !headers.contains(&ORIGIN) || reply.headers().contains_key("access-control-allow-origin"),
        "CORS headers on {path}"
    );
    let body: Value = serde_json::from_str(&reply.text().await.unwrap()).unwrap_or_default();
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

const JSON: (&str, &str) = ("content-type", "application/json");
const ORIGIN: (&str, &str) = ("origin", "https://xucmgt.example.com");

async fn gets(callpane: &Callpane, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let mut request = callpane.http.get(callpane.url(path));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let reply = request.send().await.unwrap();
    let status = reply.status().as_u16();
    let body: Value = serde_json::from_str(&reply.text().await.unwrap()).unwrap_or_default();
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_server_that_others_reach_asks_for_the_key_that_it_has_made() {
    let callpane = public().start().await;
    let refused = (403, "desktop-key".to_owned());
    assert_eq!(asks(&callpane, "/thirdparty", &[ORIGIN, JSON]).await, refused);
    assert_eq!(asks(&callpane, "/thirdparty/guessed-key-of-mine", &[ORIGIN, JSON]).await, refused);
    assert_eq!(gets(&callpane, "/sheet?caller=0199005577", &[]).await, refused);
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM event").await, ["0"], "nothing is kept");

    let address = &callpane.running.third_party_url;
    let path = address.strip_prefix("https://callpane.example.com").unwrap();
    assert!(path.len() > "/thirdparty/".len() + 32, "{path}");
    assert_eq!(asks(&callpane, path, &[ORIGIN, JSON]).await.0, 200);
    let sheet = path.replace("/thirdparty", "/sheet");
    assert_eq!(gets(&callpane, &format!("{sheet}?caller=0199005577"), &[]).await.0, 303);

    // A check without the key says what is missing.
    let said = Command::new().run(&["check", &callpane.url("/thirdparty")]).await;
    assert!(!said.success && said.stdout.contains("has no desktop key"), "{said:?}");

    // Whoever administers it reads the address there, and finds it good.
    let command =
        Command::beside(&callpane).set("CALLPANE_PUBLIC_URL", "https://callpane.example.com");
    let said = command.run(&["settings"]).await;
    assert!(said.stdout.contains(&format!("THIRD_PARTY_URL={address}")), "{said:?}");
    let said = command.run(&["check"]).await;
    assert!(said.stdout.contains("guard: a desktop key that the server generates"), "{said:?}");
}

#[tokio::test]
async fn the_key_is_the_one_that_was_set_and_off_is_said_to_be_open() {
    let callpane = public().set("CALLPANE_DESKTOP_KEY", KEY).start().await;
    assert_eq!(asks(&callpane, "/thirdparty", &[ORIGIN, JSON]).await.0, 403);
    assert_eq!(asks(&callpane, &format!("/thirdparty/{KEY}"), &[ORIGIN, JSON]).await.0, 200);
    assert_eq!(asks(&callpane, &format!("/thirdparty/{KEY}/"), &[ORIGIN, JSON]).await.0, 200);

    let open = public().set("CALLPANE_DESKTOP_KEY", "off").start().await;
    assert_eq!(asks(&open, "/thirdparty", &[ORIGIN, JSON]).await.0, 200);
    let command = Command::beside(&open).set("CALLPANE_PUBLIC_URL", "https://callpane.example.com");
    let said = command.set("CALLPANE_DESKTOP_KEY", "off").run(&["check"]).await;
    assert!(said.stdout.contains("note  guard: anyone who can reach this server"), "{said:?}");
}

#[tokio::test]
async fn another_guard_makes_a_key_of_ones_own_unnecessary() {
    let inside = public().set("CALLPANE_AGENT_NETWORKS", "127.0.0.0/8").start().await;
    assert_eq!(asks(&inside, "/thirdparty", &[ORIGIN, JSON]).await.0, 200);
    assert_eq!(inside.running.third_party_url, "https://callpane.example.com/thirdparty");
}

#[tokio::test]
async fn who_is_outside_of_the_agents_networks_sees_no_page() {
    let callpane = Callpane::setup()
        .set("CALLPANE_AGENT_NETWORKS", "10.20.0.0/16")
        .set("CALLPANE_TRUSTED_PROXIES", "127.0.0.1,10.9.9.9")
        .phone_systems("")
        .start()
        .await;
    let outside = (403, "outside-agent-networks".to_owned());
    let agent = ("x-forwarded-for", "203.0.113.7, 10.20.1.5, 10.9.9.9");
    let answer = callpane.http.post(callpane.url("/thirdparty")).header(agent.0, agent.1);
    let answer = answer.header(JSON.0, JSON.1).body(ring().to_string()).send().await.unwrap();
    let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let page = answer["url"].as_str().unwrap();
    let page = page.strip_prefix(&callpane.running.public_url).unwrap();
    assert_eq!(gets(&callpane, page, &[agent]).await.0, 200);

    // Without the proxy's word it is the proxy that asks; what a client says of itself is not believed.
    for forged in [vec![], vec![("x-forwarded-for", "10.20.1.5, 203.0.113.7")]] {
        let with = |more: &[(&'static str, &'static str)]| [more, &forged].concat();
        assert_eq!(asks(&callpane, "/thirdparty", &with(&[ORIGIN, JSON])).await, outside);
        assert_eq!(gets(&callpane, "/sheet?caller=1", &with(&[])).await, outside);
        for path in [page, &format!("{page}/state"), "/desktop", "/desktop/state"] {
            assert_eq!(gets(&callpane, path, &with(&[])).await, outside, "{path}");
        }
    }
    // Phone systems and whoever watches the server are not agents.
    assert_eq!(gets(&callpane, "/health/live", &[]).await.0, 200);
    assert_eq!(gets(&callpane, "/hooks/nobody", &[]).await.0, 404);
}

#[tokio::test]
async fn phone_systems_are_heard_on_a_listener_of_their_own() {
    let callpane =
        Callpane::setup().set("CALLPANE_HOOKS_BIND", "127.0.0.1:0").phone_systems("").start().await;
    let address = callpane.running.hooks_address.unwrap();
    let elsewhere = |path: &str| format!("http://{address}{path}");
    let call = crate::harness::lab("ring", "c-1", "0199005577", "310").to_string();
    let told = callpane.http.post(elsewhere("/hooks/lab")).header("x-key", "vector-lab");
    assert_eq!(told.body(call.clone()).send().await.unwrap().status(), 202);
    assert!(PHONE_SYSTEMS.contains("\"lab\""));
    for path in ["/thirdparty", "/sheet", "/desktop", "/api/openapi.json", "/pane/x"] {
        let reply = callpane.http.get(elsewhere(path)).send().await.unwrap();
        assert_eq!(reply.status(), 404, "{path} is not there");
    }
    let (status, _) = callpane.pbx("lab").sends("POST", "", &[("x-key", "vector-lab")], call).await;
    assert_eq!(status, 404, "and /hooks is not where agents are");
}

#[tokio::test]
async fn foreign_pages_make_no_rings() {
    let callpane = Callpane::setup()
        .set("CALLPANE_DESKTOP_ORIGINS", "https://xucmgt.example.com")
        .start()
        .await;
    let foreign = ("origin", "https://evil.example.com");
    let refused = (403, "foreign-origin".to_owned());
    assert_eq!(asks(&callpane, "/thirdparty", &[foreign, JSON]).await, refused);
    // A page may send a body without a type to anybody, unasked.
    assert_eq!(asks(&callpane, "/thirdparty", &[ORIGIN]).await.0, 415);
    let image = [("sec-fetch-mode", "no-cors"), ("sec-fetch-site", "cross-site")];
    assert_eq!(gets(&callpane, "/sheet?caller=0199005577", &image).await.1, "not-a-navigation");
    let link = [
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-site", "cross-site"),
        ("referer", "https://evil.example.com/"),
    ];
    assert_eq!(gets(&callpane, "/sheet?caller=0199005577", &link).await, refused);
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM event").await, ["0"]);

    assert_eq!(asks(&callpane, "/thirdparty", &[ORIGIN, JSON]).await.0, 200);
    assert_eq!(asks(&callpane, "/thirdparty", &[JSON]).await.0, 200, "what is not a browser");
    let sheet = [
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-site", "cross-site"),
        ("referer", "https://xucmgt.example.com/ccagent"),
    ];
    assert_eq!(gets(&callpane, "/sheet?caller=0199005577", &sheet).await.0, 303);
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM event").await, ["3"]);
}

#[tokio::test]
async fn a_check_of_the_address_leaves_no_call_and_tells_nobody() {
    let more = r#"
[[destination]]
name = "journal"
on = ["call.ringing"]
url = "http://127.0.0.1:9/calls"
json = { id = "{{ call.id }}" }
"#;
    let callpane = Callpane::setup().phone_systems(more).start().await;
    let said = Command::new().run(&["check", &callpane.url("/thirdparty")]).await;
    assert!(said.success, "{said:?}");
    for table in ["call", "event", "pane", "delivery"] {
        assert_eq!(callpane.sql(&format!("SELECT COUNT(*) FROM {table}")).await, ["0"], "{table}");
    }
}
