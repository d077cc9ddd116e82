//! `/thirdparty`: what XucMgt relies on, and what its behaviour makes necessary.

use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde_json::{Value, json};

use crate::harness::{Callpane, without_url};

const RULES: &str = r#"
[[rule]]
name = "trucks"
when = { queue = "trucks" }
autopause = true
[[rule]]
name = "crm"
when = { queue = "billing" }
moment = "answered"
action = "popup"
multitab = true
url = "https://crm.example.com/find?phone={{ caller.e164 }}&c={{ data.USR_customer }}&x={{ data.nothing }}"
title = "CRM {{ caller.display }}"
[[rule]]
name = "wrap-up"
when = { queue = "wrap" }
moment = "ended"
[[rule]]
name = "program"
when = { queue = "program" }
action = "run"
url = 'C:\Crm\crm.exe /phone {{ caller.national }}'
[[rule]]
name = "plain"
when = { queue = "plain" }
[[rule]]
name = "silent"
when = { queue = "silent" }
action = "none"
"#;

async fn with_rules() -> Callpane {
    Callpane::setup().rules(RULES).start().await
}

#[tokio::test]
async fn without_rules_every_ring_opens_the_hosted_page_at_once() {
    let callpane = Callpane::start().await;
    let answer = callpane.desktop(12).rings("0199005577", "any").await;
    assert_eq!(
        without_url(&answer),
        json!({ "action": "open", "event": "EventRinging", "url": "…", "autopause": false, "title": "01 99 00 55 77" })
    );
    assert_eq!(callpane.opens(&answer).await.status, 200);
}

#[tokio::test]
async fn each_action_and_moment_is_said_in_the_clients_words() {
    let callpane = with_rules().await;
    let desktop = callpane.desktop(12);
    assert_eq!(
        desktop.rings("0199005577", "billing").await,
        json!({
            "action": "popup", "event": "EventEstablished",
            "url": "https://crm.example.com/find?phone=%2B33199005577&c=C-20418&x=",
            "autopause": false, "title": "CRM 01 99 00 55 77", "multitab": true
        })
    );
    assert_eq!(
        desktop.rings("0199005577", "program").await,
        json!({
            "action": "run", "event": "EventRinging", "url": "C:\\Crm\\crm.exe /phone 01_99_00_55_77",
            "autopause": false, "title": "01 99 00 55 77"
        })
    );
    assert_eq!(desktop.rings("0199005577", "wrap").await["event"], "EventReleased");
    assert_eq!(desktop.rings("0199005577", "silent").await, json!({ "action": "none" }));
}

#[tokio::test]
async fn a_ring_that_opens_nothing_is_kept_with_the_reason() {
    let callpane = with_rules().await;
    let answer = callpane.desktop(12).rings("0199005577", "nobody-knows").await;
    assert_eq!(answer, json!({ "action": "none" }));
    let decisions = callpane.sql("SELECT COALESCE(action, 'none'), reason FROM event").await;
    assert_eq!(decisions, ["none|no rule matches"]);
}

#[tokio::test]
async fn a_none_keeps_the_unpause_while_a_pausing_pane_is_open() {
    let callpane = with_rules().await;
    let desktop = callpane.desktop(12);
    let first = desktop.rings("0199005577", "trucks").await;
    assert_eq!(first["autopause"], true);
    assert_eq!(
        desktop.rings("0199005578", "silent").await,
        json!({ "action": "none", "autopause": true })
    );
    assert_eq!(
        callpane.desktop(13).rings("0199005578", "silent").await,
        json!({ "action": "none" }),
        "another agent is not concerned"
    );
    let page = callpane.opens(&first).await;
    assert_eq!(page.done("", None).await.0, 200);
    assert_eq!(desktop.rings("0199005579", "silent").await, json!({ "action": "none" }));
}

#[tokio::test]
async fn another_opening_keeps_the_unpause_of_a_page_on_screen() {
    let callpane = with_rules().await;
    let desktop = callpane.desktop(12);
    let first = desktop.rings("0199005577", "trucks").await;
    assert_eq!(
        desktop.rings("0199005578", "plain").await["autopause"],
        false,
        "a page that was never shown pauses nobody"
    );
    callpane.opens(&first).await;
    assert_eq!(desktop.rings("0199005579", "plain").await["autopause"], true);
}

#[tokio::test]
async fn a_page_that_was_left_does_not_pause_the_agent_for_ever() {
    let callpane = with_rules().await;
    let desktop = callpane.desktop(12);
    callpane.opens(&desktop.rings("0199005577", "trucks").await).await;
    callpane.clock.advance(Duration::from_mins(16));
    assert_eq!(desktop.rings("0199005579", "plain").await["autopause"], false);
    assert_eq!(desktop.rings("0199005579", "silent").await["autopause"], true, "costs nothing");
}

#[tokio::test]
async fn a_page_that_is_used_again_pauses_if_the_new_ring_does() {
    let rules = r#"
[[rule]]
name = "pausing"
when = { queue = "trucks" }
autopause = true
[[rule]]
name = "silent"
when = { queue = "silent" }
action = "none"
[[rule]]
name = "plain"
"#;
    let callpane = Callpane::setup().rules(rules).start().await;
    let desktop = callpane.desktop(12);
    let first = desktop.rings_with("0199005577", "plain", "1.1").await;
    let again = desktop.rings_with("0199005577", "trucks", "1.1").await;
    assert_eq!((&first["url"], &again["autopause"]), (&again["url"], &json!(true)));
    assert!(callpane.opens(&again).await.html.contains("id=\"autopause\""));
    assert_eq!(desktop.rings("0199005578", "silent").await["autopause"], true);
}

#[tokio::test]
async fn an_expired_page_is_not_given_out_again() {
    let callpane = Callpane::setup().set("CALLPANE_PANE_LIFETIME", "1h").start().await;
    let desktop = callpane.desktop(12);
    let first = desktop.rings_with("0199005577", "q", "1.1").await;
    callpane.clock.advance(Duration::from_hours(1));
    let again = desktop.rings_with("0199005577", "q", "1.1").await;
    assert_ne!(first["url"], again["url"]);
    assert_eq!(callpane.opens(&again).await.status, 200);
}

#[tokio::test]
async fn a_programs_command_line_holds_nothing_that_an_interpreter_obeys() {
    let rules = "[[rule]]\nname = \"p\"\naction = \"run\"\nurl = \"crm.exe {{ data.x }} {{ caller.e164 }}\"";
    let callpane = Callpane::setup().rules(rules).start().await;
    let desktop = callpane.desktop(12);
    let mut ring = desktop.ring("0199005577", "q");
    ring["userData"]["x"] = "a & calc | \"b\" %PATH% $(c) `d` ; e\n< >f".into();
    let url = desktop.posts(&ring).await["url"].as_str().unwrap().to_owned();
    assert_eq!(url, "crm.exe a_calc_b_PATH_c_d_e_f +33199005577");
    let sheet = callpane.http.get(callpane.url("/sheet?caller=1&x=https://evil.example.com/"));
    assert_eq!(sheet.send().await.unwrap().status().as_u16(), 200, "no redirect to a program");
}

#[tokio::test]
async fn those_who_ask_for_the_head_only_are_answered() {
    let callpane = Callpane::start().await;
    let answer = callpane.desktop(12).rings("0199005577", "q").await;
    let page = callpane.opens(&answer).await;
    for path in ["/health/live", "/health/ready", &page.path] {
        let reply = callpane.http.head(callpane.url(path)).send().await.unwrap();
        assert_eq!(reply.status().as_u16(), 200, "{path}");
    }
}

#[tokio::test]
async fn two_windows_of_one_agent_share_a_page_and_two_agents_do_not() {
    let callpane = Callpane::start().await;
    let desktop = callpane.desktop(12);
    let first = desktop.rings_with("0199005577", "trucks", "1790000123.4521").await;
    let again = desktop.rings_with("0199005577", "trucks", "1790000123.4521").await;
    assert_eq!(first["url"], again["url"]);
    let other = callpane.desktop(13).rings_with("0199005577", "trucks", "1790000123.4521").await;
    assert_ne!(first["url"], other["url"]);
    assert_eq!(callpane.sql("SELECT rings FROM call").await, ["3"]);
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM pane").await, ["2"]);
    let page = callpane.opens(&first).await;
    page.done("", None).await;
    let later = desktop.rings_with("0199005577", "trucks", "1790000123.4521").await;
    assert_ne!(first["url"], later["url"], "a ring after the page was done opens a fresh one");
}

#[tokio::test]
async fn calls_without_an_id_are_calls_of_their_own() {
    let callpane = Callpane::start().await;
    for _ in 0..2 {
        callpane.desktop(12).rings("0199005577", "trucks").await;
    }
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM call").await, ["2"]);
}

#[tokio::test]
async fn the_token_is_neither_stored_nor_shown() {
    let callpane = Callpane::start().await;
    let desktop = callpane.desktop(12);
    let mut ring = desktop.ring("0199005577", "trucks");
    ring["user"]["token"] = "eyJ0.live.credential".into();
    ring["userData"]["USR_leak"] = "see eyJ0.live.credential".into();
    let answer = desktop.posts(&ring).await;
    let page = callpane.opens(&answer).await;
    assert!(page.html.contains("C-20418") && !page.html.contains("live.credential"));
    for table in ["event", "call", "pane"] {
        let rows = callpane.sql(&format!("SELECT * FROM {table}")).await.join("\n");
        assert!(!rows.is_empty() && !rows.contains("live.credential"), "{table}: {rows}");
    }
}

#[tokio::test]
async fn bad_requests_are_problems_with_cors_headers_and_store_nothing() {
    let callpane = Callpane::start().await;
    let url = callpane.url("/thirdparty");
    let json = ("content-type", "application/json");
    let post = || callpane.http.post(&url).header("origin", "https://a.example.com");
    let requests = [
        (post().header(json.0, json.1).body("{"), 400, "malformed-body"),
        (post().header(json.0, json.1).body("[]"), 400, "malformed-body"),
        (post().header(json.0, json.1).body(""), 400, "malformed-body"),
        (post().header(json.0, json.1).body("[".repeat(1000)), 400, "malformed-body"),
        (post().header(json.0, json.1).body(" ".repeat(300 * 1024)), 413, "body-too-large"),
        (
            post().header(json.0, "application/x-www-form-urlencoded").body("a=b"),
            415,
            "wrong-content-type",
        ),
        (callpane.http.get(&url), 405, "wrong-method"),
        (callpane.http.delete(&url).header("origin", "https://a.example.com"), 405, "wrong-method"),
    ];
    for (request, status, code) in requests {
        let reply = request.send().await.unwrap();
        assert_eq!(reply.status().as_u16(), status, "{code}");
        assert_eq!(reply.headers()["access-control-allow-origin"], "*", "{code}");
        assert_eq!(reply.headers()["content-type"], "application/problem+json", "{code}");
        let problem: Value = serde_json::from_str(&reply.text().await.unwrap()).unwrap();
        assert_eq!(problem["code"], code);
    }
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM event").await, ["0"]);
}

#[tokio::test]
async fn only_listed_origins_are_admitted_and_caches_are_told() {
    let listed = "https://a.example.com,https://b.example.com";
    let callpane = Callpane::setup().set("CALLPANE_DESKTOP_ORIGINS", listed).start().await;
    let url = callpane.url("/thirdparty");
    let ask = async |method: reqwest::Method, origin: &str, body: &'static str| {
        let request = callpane.http.request(method, &url).header("origin", origin);
        let request = request.header("access-control-request-method", "POST");
        request.header("content-type", "application/json").body(body).send().await.unwrap()
    };
    for (method, body) in [("OPTIONS", ""), ("POST", "{}"), ("POST", "{"), ("PUT", "")] {
        let method: reqwest::Method = method.parse().unwrap();
        let own = ask(method.clone(), "https://b.example.com", body).await;
        assert_eq!(own.headers()["access-control-allow-origin"], "https://b.example.com");
        assert!(own.headers()["vary"].to_str().unwrap().contains("Origin"));
        let foreign = ask(method, "https://evil.example.com", body).await;
        assert!(!foreign.headers().contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn no_redirect_stands_before_the_door() {
    let prefix = "https://callpane.example.com/cp";
    let setup = Callpane::setup().set("CALLPANE_PUBLIC_URL", prefix);
    let callpane = setup.set("CALLPANE_DESKTOP_KEY", "off").start().await;
    for path in ["/thirdparty", "/thirdparty/", "/cp/thirdparty", "/cp/thirdparty/"] {
        let request = callpane.http.post(callpane.url(path));
        let reply =
            request.header("content-type", "application/json").body("{}").send().await.unwrap();
        assert_eq!(reply.status().as_u16(), 200, "{path}");
        let answer: Value = serde_json::from_str(&reply.text().await.unwrap()).unwrap();
        let url = answer["url"].as_str().unwrap();
        assert!(url.starts_with("https://callpane.example.com/cp/pane/"), "{url}");
        let page = url.strip_prefix("https://callpane.example.com").unwrap();
        for page in [page, page.strip_prefix("/cp").unwrap()] {
            let html =
                callpane.http.get(callpane.url(page)).send().await.unwrap().text().await.unwrap();
            assert!(html.contains("\"/cp/static/"), "{page}");
        }
    }
}

#[tokio::test]
async fn an_agents_first_and_last_name_are_known_to_templates() {
    let rules = "[[rule]]\nname = \"all\"\n\
                 title = \"{{ agent.first_name }} | {{ agent.last_name }} | {{ agent.name }}\"\n";
    let callpane = Callpane::setup().rules(rules).start().await;
    let desktop = callpane.desktop(12);
    let mut ring = desktop.ring("0199005577", "trucks");
    ring["user"]["firstName"] = "Ilse".into();
    ring["user"]["lastName"] = "Marchetti".into();
    ring["user"]["fullName"] = "Ilse Marchetti".into();
    let title = desktop.posts(&ring).await["title"].clone();
    assert_eq!(title, "Ilse | Marchetti | Ilse Marchetti");
}

#[tokio::test]
async fn a_sheet_opens_the_same_page() {
    let callpane = with_rules().await;
    let get = |query: &str| callpane.http.get(callpane.url(&format!("/sheet?{query}"))).send();
    let reply = get("caller=0199005577&queue=trucks&agent=1087&did=3001&folder=C-1").await.unwrap();
    assert_eq!(reply.status().as_u16(), 303);
    let location = reply.headers()["location"].to_str().unwrap();
    assert!(location.starts_with(&callpane.running.public_url), "{location}");
    let page = callpane.opens(&json!({ "url": location })).await;
    assert!(page.html.contains("01 99 00 55 77") && page.html.contains("C-1"));
    let reply = get("caller=0199005577&queue=billing").await.unwrap();
    assert!(reply.headers()["location"].to_str().unwrap().starts_with("https://crm.example.com/"));
    let nothing = get("caller=0199005577&queue=silent").await.unwrap();
    assert_eq!(nothing.status().as_u16(), 200);
}

/// Bodies of every shape: broken bytes, odd JSON, and almost right rings.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let member = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({ "token": "t", "userId": [1], "name": {} })),
    ];
    let names = ["user", "caller", "callee", "queue", "userData", "callDataCallId", "novelty"];
    let ring = prop::collection::vec((prop::sample::select(names.to_vec()), member), 0..7);
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        ".{0,100}".prop_map(String::into_bytes),
        ring.prop_map(|members| {
            let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
            Value::Object(members.collect()).to_string().into_bytes()
        }),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_body_whatever_is_answered_without_cors_headers() {
    let callpane = Callpane::start().await;
    let desktop = callpane.desktop(12);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..400 {
        let body = bodies().new_tree(&mut runner).unwrap().current();
        let (status, headers, text) = desktop.sends(body.clone()).await;
        assert!(status == 200 || status == 400, "{status} {text} for {body:?}");
        assert_eq!(headers["access-control-allow-origin"], "*", "{body:?}");
    }
    let (kept, answered) = (callpane.sql("SELECT COUNT(*) FROM event").await, callpane.desktop(1));
    assert_ne!(kept, ["0"], "the bodies must not all be broken");
    answered.rings("0199005577", "still-alive").await;
}
