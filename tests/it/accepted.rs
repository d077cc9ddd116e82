//! What was accepted lately can be seen, with why no page is on a screen.

use std::time::Duration;

use serde_json::{Value, json};

use crate::checks::Command;
use crate::harness::{Callpane, SECRETS, Setup, lab, xuc_event};

const CALLER: &str = "+33199005577";
const TOKEN: &str = "token-of-the-api-0123456789abcdef";

const RULES: &str = r#"
[[source]]
name = "other"
kind = "mapped"
auth = { query = { name = "pass", value = "env:LAB_KEY" } }
event = "event"
events = { ring = "call.ringing", state = "presence.changed" }
keys = { call = "id", caller = "from", agent = "ext", time = "at" }

[[agent]]
id = "omar"
at = { other = "500" }

[[rule]]
name = "quiet"
when = { queue = "quiet" }
action = "none"

[[rule]]
name = "later"
when = { queue = "later" }
moment = "answered"

[[rule]]
name = "trucks"
when = { queue = "trucks" }

[[rule]]
name = "other"
when = { source = "other", caller = "+33*" }
"#;

fn setup() -> Setup {
    Callpane::setup().phone_systems(RULES).set("CALLPANE_API_TOKEN", TOKEN)
}

async fn events(callpane: &Callpane, query: &str) -> Vec<Value> {
    let url = callpane.url(&format!("/api/v1/events?{query}"));
    let request = callpane.http.get(url).bearer_auth(TOKEN);
    let text = request.send().await.unwrap().text().await.unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    answer["events"].as_array().unwrap_or_else(|| panic!("{text}")).clone()
}

/// Why no page is on a screen after the newest event, and whether that is a warning.
async fn reason(callpane: &Callpane) -> (Value, bool) {
    let newest = events(callpane, "limit=1").await.remove(0);
    (newest["reason"].clone(), newest["warning"].as_bool().unwrap())
}

fn of_queue(queue: &str, event: &str, call: &str, ext: &str) -> Value {
    let mut body = lab(event, call, CALLER, ext);
    body["call"]["queue"] = queue.into();
    body
}

#[tokio::test]
async fn each_event_says_why_no_page_is_on_a_screen() {
    let callpane = setup().start().await;
    let unseen = "its page has not been opened yet: is the agent signed in?";
    for (source, body, expected, warning) in [
        ("lab", of_queue("trucks", "ring", "c1", "310"), unseen, false),
        (
            "lab",
            of_queue("trucks", "answer", "c1", "310"),
            "the agent already has a page for this call",
            false,
        ),
        ("lab", of_queue("quiet", "ring", "c2", "310"), "rule \"quiet\" opens nothing", false),
        ("lab", of_queue("cars", "ring", "c3", "310"), "no rule matches", false),
        (
            "lab",
            of_queue("later", "ring", "c4", "310"),
            "its page opens when the call is answered",
            false,
        ),
        (
            "lab",
            of_queue("trucks", "ring", "c5", "210"),
            "210 is not an agent of this source: at = { lab = \"210\" }",
            false,
        ),
        ("lab", of_queue("trucks", "ring", "c6", ""), "the event names no agent", true),
        ("lab", of_queue("trucks", "ring", "", "310"), "the event names no call", true),
        (
            "lab",
            of_queue("trucks", "klingelt", "c7", "310"),
            "\"klingelt\" is not a known event name: add to events what it means",
            false,
        ),
        (
            "lab",
            of_queue("trucks", "hangup", "c8", "310"),
            "the call was already over for this agent",
            false,
        ),
        (
            "xuc",
            xuc_event("EventRinging", "1087", CALLER, "1790.1"),
            "these agents' desktops request pages themselves",
            false,
        ),
    ] {
        callpane.pbx(source).says(body.clone()).await;
        assert_eq!(reason(&callpane).await, (json!(expected), warning), "{body}");
        callpane.clock.advance(Duration::from_secs(1));
    }
    // Its moment comes, and somebody sees it.
    callpane.pbx("lab").says(of_queue("later", "answer", "c4", "310")).await;
    let waited = |all: &[Value]| {
        let ring =
            all.iter().find(|row| row["call"]["id"] == "c4" && row["event"] == "call.ringing");
        ring.unwrap().clone()
    };
    let later = waited(&events(&callpane, "source=lab").await);
    assert_eq!(later["reason"], unseen);
    let shown = callpane.built_in_desktop("priya").await;
    let pages = shown["panes"].as_array().unwrap();
    let url = pages.iter().find(|pane| pane["id"] == later["page"]["id"]).unwrap()["url"].clone();
    callpane.http.get(callpane.url(url.as_str().unwrap())).send().await.unwrap();
    let later = waited(&events(&callpane, "source=lab").await);
    assert_eq!(
        (&later["reason"], &later["page"]["opened"]),
        (&Value::Null, &json!("2026-09-21T14:15:34Z"))
    );
}

#[tokio::test]
async fn an_event_is_listed_with_what_it_meant_and_without_secrets() {
    let callpane = setup().start().await;
    let says = async |query: &str| {
        let (status, answer) = callpane.pbx("other").sends("GET", query, &[], "").await;
        assert_eq!(status, 202, "{answer}");
        answer["repeats"].clone()
    };
    let ring =
        "?event=ring&id=7&from=0199005577&ext=500&at=1790000100&apiToken=abc&pass=vector-lab";
    assert_eq!(says(ring).await, 0);
    assert_eq!(says(ring).await, 1);
    assert_eq!(says(ring).await, 1);
    callpane.desktop(12).rings_with("0199005577", "trucks", "55.1").await;
    let mut all = events(&callpane, "").await;
    assert_eq!(all.len(), 2, "the ring of the desktop, and one event: {all:?}");
    let (mut event, desktop) = (all.remove(1), all.remove(0));
    let mut id_of = |path: &str| event.pointer_mut(path).unwrap().take();
    let (id, uuid, page) = (id_of("/id"), id_of("/call/uuid"), id_of("/page/id"));
    assert_eq!(id, page, "a page is its event");
    assert!(uuid.is_string());
    let expected = json!({
        "id": null, "at": "2026-09-21T14:15:23Z", "source": "other", "event": "call.ringing",
        "name": "ring", "happened": "2026-09-21T14:15:00Z", "call": { "id": "7", "uuid": null },
        "agent": "omar", "page": { "id": null, "action": "open", "moment": "ringing", "opened": null },
        "rule": "other", "reason": "its page has not been opened yet: is the agent signed in?",
        "warning": false, "repeats": 2,
        "body": "event=ring&id=7&from=0199005577&ext=500&at=1790000100&apiToken=%5B3+characters%5D",
    });
    assert_eq!(event, expected);
    let told = ["source", "name", "event", "rule", "reason"].map(|name| desktop[name].clone());
    let unseen = "its page has not been opened yet: look at the agent's desktop";
    assert_eq!(json!(told), json!(["xivo", null, "call.ringing", "trucks", unseen]));
}

#[tokio::test]
async fn events_are_read_by_source_and_page_by_page_and_forgotten_with_the_rest() {
    let callpane = setup().start().await;
    for call in ["c1", "c2", "c3"] {
        callpane.pbx("lab").says(lab("ring", call, CALLER, "310")).await;
        callpane.desktop(12).rings(CALLER, call).await;
    }
    let calls =
        |all: &[Value]| -> Vec<Value> { all.iter().map(|row| row["call"]["id"].clone()).collect() };
    let first = events(&callpane, "source=lab&limit=2").await;
    assert_eq!(calls(&first), ["c3", "c2"]);
    let before = first[1]["id"].as_str().unwrap();
    let rest = events(&callpane, &format!("source=lab&limit=2&before={before}")).await;
    assert_eq!(calls(&rest), ["c1"]);
    assert_eq!(events(&callpane, "source=xivo").await.len(), 3);
    assert_eq!(events(&callpane, "source=sheet").await.len(), 0);
    let wrong = callpane.http.get(callpane.url("/api/v1/events?before=x")).bearer_auth(TOKEN);
    assert_eq!(wrong.send().await.unwrap().status(), 400);
    callpane.hours_pass(24 * 91).await;
    callpane.running.flow.retention.forget().await.unwrap();
    assert_eq!(events(&callpane, "").await.len(), 0);
}

#[tokio::test]
async fn the_command_says_it_in_a_line_each() {
    let callpane = setup().start().await;
    callpane.pbx("lab").says(of_queue("quiet", "ring", "c2", "310")).await;
    callpane.pbx("lab").says(of_queue("trucks", "ring", "c6", "")).await;
    let command = Command::beside(&callpane);
    let command = SECRETS.into_iter().fold(command, |all, (name, value)| all.set(name, value));
    let said = command.run(&["events", "lab"]).await;
    let at = "2026-09-21T14:15:23Z  lab  ring  call.ringing";
    let expected = format!(
        "{at}  c6  -  warning: the event names no agent\n{at}  c2  priya  rule \"quiet\" opens nothing\n"
    );
    assert_eq!((said.success, said.stdout), (true, expected), "{}", said.stderr);
    let said = command.run(&["events", "--limit", "1", "--json"]).await;
    let newest: Value = serde_json::from_str(&said.stdout).unwrap();
    assert!(newest["body"].as_str().unwrap().contains("\"c6\""), "{newest}");
    let said = command.run(&["events", "voip"]).await;
    assert_eq!(said.stdout, "Nothing was accepted; `callpane refusals` lists refused requests.\n");
}
