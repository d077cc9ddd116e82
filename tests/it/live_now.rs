//! What goes on now, and an agent who stays paused behind a page that is gone.

use std::sync::Arc;
use std::time::Duration;

use callpane::inside::Role;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::{Callpane, eventually, lab};

const TOKEN: &str = "token-of-the-api-0123456789abcdef";

const PAUSING: &str = r#"
[[rule]]
name = "trucks: pause"
when = { queue = "trucks" }
autopause = true

[[rule]]
name = "quiet: nothing"
when = { queue = "quiet" }
action = "none"

[[rule]]
name = "everything else"
"#;

async fn live(callpane: &Callpane) -> Value {
    let (status, live) = api(callpane, reqwest::Method::GET, "/live").await;
    assert_eq!(status, 200);
    live
}

async fn api(callpane: &Callpane, method: reqwest::Method, path: &str) -> (u16, Value) {
    let request = callpane.http.request(method, callpane.url(&format!("/api/v1{path}")));
    let reply = request.bearer_auth(TOKEN).send().await.unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap())
}

fn lines(live: &Value) -> Vec<String> {
    let calls = live["calls"].as_array().unwrap().iter();
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |call: &Value| {
        let words = [&call["agent"], &call["caller"]["display"], &call["queue"], &call["phase"]];
        let words = words.into_iter().chain([&call["rule"], &call["page"]]).map(word);
        let pauses = if call["pauses"] == true { " pauses" } else { "" };
        words.collect::<Vec<_>>().join(" | ") + pauses
    };
    calls.map(line).collect()
}

#[tokio::test]
async fn every_call_at_an_agent_has_a_line_with_what_became_of_its_page() {
    let callpane = Callpane::setup().rules(PAUSING).set("CALLPANE_API_TOKEN", TOKEN).start().await;
    assert_eq!(lines(&live(&callpane).await), Vec::<String>::new());
    callpane.desktop(12).rings_with("0199005501", "quiet", "1790000100.1").await;
    let paused = callpane.desktop(13).rings_with("0199005502", "trucks", "1790000101.2").await;
    callpane.desktop(14).rings_with("0199005503", "support", "1790000102.3").await;
    callpane.opens(&paused).await;
    let listed = lines(&live(&callpane).await);
    assert_eq!(listed.len(), 3, "{listed:?}");
    assert_eq!(
        listed,
        [
            "Agent 14 (1014) | 01 99 00 55 03 | The support desk | ringing | everything else | unopened",
            "Agent 13 (1013) | 01 99 00 55 02 | The trucks desk | ringing | trucks: pause | open pauses",
            "Agent 12 (1012) | 01 99 00 55 01 | The quiet desk | ringing | quiet: nothing | none",
        ]
    );
    let page = callpane.opens(&paused).await;
    page.done("", None).await;
    assert!(lines(&live(&callpane).await)[1].ends_with("trucks: pause | finished"));
}

#[tokio::test]
async fn a_reported_call_leaves_the_list_when_it_is_over() {
    let callpane =
        Callpane::setup().phone_systems("").set("CALLPANE_API_TOKEN", TOKEN).start().await;
    let pbx = callpane.pbx("lab");
    pbx.says(lab("ring", "c1", "0199005577", "310")).await;
    assert_eq!(phase(&live(&callpane).await), "ringing");
    pbx.says(lab("answer", "c1", "0199005577", "310")).await;
    let talking = live(&callpane).await;
    assert_eq!(phase(&talking), "answered");
    let priya = talking["agents"].as_array().unwrap().iter().find(|agent| agent["id"] == "priya");
    assert_eq!(priya.unwrap()["calls"], 1);
    pbx.says(lab("hangup", "c1", "0199005577", "310")).await;
    assert_eq!(phase(&live(&callpane).await), "ended");
    callpane.clock.advance(Duration::from_secs(31));
    assert_eq!(lines(&live(&callpane).await), Vec::<String>::new());
}

fn phase(live: &Value) -> &str {
    live["calls"][0]["phase"].as_str().unwrap()
}

#[tokio::test]
async fn an_agent_is_marked_whose_pausing_page_nobody_has_on_screen_any_more() {
    let callpane = Callpane::setup().rules(PAUSING).set("CALLPANE_API_TOKEN", TOKEN).start().await;
    let answer = callpane.desktop(13).rings("0199005502", "trucks").await;
    let page = callpane.opens(&answer).await;
    callpane.clock.advance(Duration::from_secs(90));
    let newest = live(&callpane).await;
    assert_eq!(newest["paused"], json!([]), "a reload may take that long");
    // Nor is it closed then: somebody may be working on it.
    let listed = api(&callpane, reqwest::Method::GET, "/calls?limit=1").await.1;
    let pane = listed["calls"][0]["page"]["id"].as_str().unwrap();
    let (status, problem) =
        api(&callpane, reqwest::Method::POST, &format!("/pages/{pane}/close")).await;
    assert_eq!((status, &problem["code"]), (404, &json!("no-such-page")));
    assert!(problem["detail"].as_str().unwrap().contains("two minutes"), "{problem}");
    assert_eq!(live(&callpane).await["calls"][0]["page"], "open");
    callpane.clock.advance(Duration::from_mins(1));
    let marked = live(&callpane).await["paused"].clone();
    assert_eq!(marked.as_array().unwrap().len(), 1, "{marked}");
    let pane = marked[0]["page"].as_str().unwrap();
    let attention = api(&callpane, reqwest::Method::GET, "/attention").await.1;
    assert_eq!(attention["paused_agents"].as_array().unwrap().len(), 1);
    let closing = format!("/pages/{pane}/close");
    assert_eq!(
        api(&callpane, reqwest::Method::POST, &closing).await,
        (200, json!({ "closed": true }))
    );
    assert_eq!(live(&callpane).await["paused"], json!([]));
    assert_eq!(api(&callpane, reqwest::Method::POST, &closing).await.1["code"], "no-such-page");
    let audit = api(&callpane, reqwest::Method::GET, "/audit").await.1;
    assert_eq!(audit["audit"][0]["act"], "page-closed", "{audit}");
    assert_eq!(page.status, 200);
}

#[tokio::test]
async fn a_page_that_is_on_a_screen_keeps_its_agent_from_being_marked() {
    let callpane = Callpane::setup().rules(PAUSING).set("CALLPANE_API_TOKEN", TOKEN).start().await;
    let answer = callpane.desktop(13).rings("0199005502", "trucks").await;
    let page = callpane.opens(&answer).await;
    callpane.clock.advance(Duration::from_secs(150));
    // What a page asks for that has no stream.
    let state = callpane.http.get(callpane.url(&format!("{}/state", page.path))).send().await;
    assert_eq!(state.unwrap().status(), 200);
    callpane.running.flow.panes.keep_on_screen().await.unwrap();
    assert_eq!(live(&callpane).await["paused"], json!([]));
    callpane.clock.advance(Duration::from_secs(121));
    assert_eq!(live(&callpane).await["paused"].as_array().unwrap().len(), 1, "gone since");
}

/// As many as are listed are listed, and that there are more is said.
#[tokio::test]
async fn it_is_said_that_more_calls_go_on_than_are_listed() {
    let callpane =
        Callpane::setup().phone_systems("").set("CALLPANE_API_TOKEN", TOKEN).start().await;
    callpane.pbx("lab").says(lab("ring", "c1", "0199005577", "310")).await;
    callpane.pbx("lab").says(lab("answer", "c1", "0199005577", "310")).await;
    // Calls without a ring of ours, beside the one that has one.
    let copies = async |first: usize, last: usize| {
        let sql = format!(
            "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})
             INSERT INTO call (id, source, external_id, direction, caller_raw, rings, state, open_until)
             SELECT c.id + 100 * i, c.source, 'copy-' || CAST(i AS TEXT), c.direction, c.caller_raw, 0, c.state,
                    c.open_until
             FROM call c CROSS JOIN n WHERE c.external_id = 'c1'"
        );
        callpane.sql(&sql).await;
    };
    let read = async || {
        let live = live(&callpane).await;
        (live["calls"].as_array().unwrap().len(), live["has_more"].clone())
    };
    copies(1, 199).await;
    assert_eq!(read().await, (200, json!(false)));
    copies(200, 300).await;
    assert_eq!(read().await, (200, json!(true)));
    callpane.sql("DELETE FROM event").await;
    assert_eq!(read().await, (200, json!(true)), "also where none of them rang here");
}

/// All who follow are shown the same reading, until something has changed.
#[tokio::test]
async fn what_goes_on_is_read_once_for_all_who_follow() {
    let callpane = Callpane::setup().rules(PAUSING).start().await;
    let lives = &callpane.running.flow.lives;
    let readings = async || {
        let roles = (0..40).map(|one| if one % 2 == 0 { Role::Admin } else { Role::Supervisor });
        let all = join_all(roles.map(|role| lives.state(role))).await;
        let all: Vec<_> = all.into_iter().map(|read| read.unwrap().unwrap()).collect();
        assert!(all.iter().all(|one| Arc::ptr_eq(one, &all[0])), "each reads for itself");
        Arc::clone(&all[0])
    };
    let before = readings().await;
    assert!(Arc::ptr_eq(&before, &readings().await), "nothing has changed");
    let masked = lives.state(Role::Viewer).await.unwrap().unwrap();
    assert!(!Arc::ptr_eq(&before, &masked), "a viewer sees less");
    callpane.desktop(12).rings_with("0199005501", "support", "1790000100.1").await;
    // On PostgreSQL what has changed is heard of a moment later.
    eventually("a call rings", async || {
        let after = readings().await;
        (!Arc::ptr_eq(&before, &after) && before.state != after.state).then_some(())
    })
    .await;
}
