//! Rules that leave the decision to an integrator's endpoint: a real server answers well, badly, late,
//! or not at all.

#![expect(clippy::disallowed_types, reason = "shared with tasks of the test's own")]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::harness::{Callpane, Setup, eventually, lab};

const GOOD: &str = r#"{"action":"popup","event":"EventEstablished","url":"https://old.example.com/?a=1","autopause":true,"title":"Old","multitab":true,"triggered":true,"novelty":1}"#;

/// An endpoint that answers as the ring's queue is called.
struct Script {
    url: String,
    heard: Arc<Mutex<Vec<(String, Value)>>>,
    /// Lets go those that it has kept waiting.
    released: watch::Sender<bool>,
}

impl Script {
    async fn start() -> Self {
        Self::at("127.0.0.1:0").await
    }

    async fn at(address: &str) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let url = format!("http://{}/thirdparty.php", listener.local_addr().unwrap());
        let heard: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
        let (released, wait) = watch::channel(false);
        let shared = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared), wait.clone()));
            }
        });
        Self { url, heard, released }
    }

    fn heard(&self) -> Vec<(String, Value)> {
        self.heard.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    heard: Arc<Mutex<Vec<(String, Value)>>>,
    mut released: watch::Receiver<bool>,
) {
    while let Some((head, ring)) = read(&mut stream).await {
        let queue = ring["queue"]["name"].as_str().unwrap_or_default().to_owned();
        heard.lock().unwrap().push((head, ring));
        if queue == "slow" && released.wait_for(|released| *released).await.is_err() {
            return;
        }
        let (status, header, body) = match queue.as_str() {
            "none" => ("200 OK", "", r#"{"action":"none","event":"EventRinging"}"#),
            "html" => ("200 OK", "", "<html>Fatal error"),
            "500" => ("500 Internal Server Error", "", GOOD),
            "redirect" => ("302 Found", "Location: https://other.example.com/\r\n", GOOD),
            "scheme" => {
                let body =
                    r#"{"action":"open","event":"EventRinging","url":"javascript:alert(1)"}"#;
                ("200 OK", "", body)
            }
            _ => ("200 OK", "", GOOD),
        };
        let length = body.len();
        let reply = format!("HTTP/1.1 {status}\r\n{header}Content-Length: {length}\r\n\r\n{body}");
        if stream.write_all(reply.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// One request: its head, and its body.
async fn read(stream: &mut TcpStream) -> Option<(String, Value)> {
    let mut all = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&all).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split("content-length: ").nth(1)?.lines().next()?;
            let length: usize = length.parse().ok()?;
            if body.len() >= length {
                let body = &all[head.len() + 4..];
                return Some((head.to_owned(), serde_json::from_slice(body).unwrap()));
            }
        }
        if stream.read_buf(&mut all).await.ok()? == 0 {
            return None;
        }
    }
}

fn asking(url: &str) -> Setup {
    let rules = format!(
        "[[rule]]\nname = \"script\"\nask = \"{url}\"\n\
         [[rule]]\nname = \"fallback\"\nurl = \"https://crm.example.com/\"\n"
    );
    Callpane::setup().rules(&rules).set("CALLPANE_PRIVATE_TARGETS", "127.0.0.1")
}

/// What the newest ring is recorded with: who decided, where to, and why.
async fn recorded(callpane: &Callpane) -> String {
    let newest = "SELECT rule, COALESCE(address, ''), COALESCE(reason, '') FROM event
                  WHERE kind = 'call.ringing' ORDER BY id DESC LIMIT 1";
    callpane.sql(newest).await.concat()
}

#[tokio::test]
async fn an_endpoints_answer_is_given_and_recorded() {
    let script = Script::start().await;
    let callpane = asking(&script.url).start().await;
    let desktop = callpane.desktop(12);
    let mut ring = desktop.ring("0199005577", "good");
    ring["user"]["token"] = "a-live-token".into();
    ring["novelty"] = json!({ "a": 1 });
    let answer = desktop.posts(&ring).await;
    let expected = json!({
        "action": "popup", "event": "EventEstablished", "url": "https://old.example.com/?a=1",
        "autopause": true, "title": "Old", "multitab": true
    });
    assert_eq!(answer, expected, "neither triggered nor a member that nobody knows");
    let (head, asked) = script.heard().remove(0);
    ring["user"].as_object_mut().unwrap().remove("token");
    assert_eq!(asked, ring, "as XucMgt sent it, without the agent's token");
    for line in [
        "post /thirdparty.php http/1.1",
        "content-type: application/json;charset=utf-8",
        "origin: https://xucmgt.example.com",
    ] {
        assert!(head.contains(line), "{line}: {head}");
    }
    assert_eq!(recorded(&callpane).await, "script|https://old.example.com/?a=1|");
    let none = desktop.rings_with("0199005577", "none", "2").await;
    assert_eq!(
        none,
        json!({ "action": "none", "autopause": true }),
        "the open pane's un-pause stays"
    );
    assert_eq!(recorded(&callpane).await, "script||the rule's endpoint says so");
}

#[tokio::test]
async fn whatever_an_endpoint_does_wrong_the_next_rule_decides() {
    let script = Script::start().await;
    for (queue, why) in [
        ("html", "not JSON"),
        ("500", "it answered 500"),
        ("redirect", "it answered 302"),
        ("scheme", "https://"),
    ] {
        let callpane = asking(&script.url).start().await;
        let answer = callpane.desktop(12).rings("0199005577", queue).await;
        assert_eq!(answer["url"], "https://crm.example.com/", "{queue}");
        let recorded = recorded(&callpane).await;
        let says = recorded.starts_with("fallback|") && recorded.contains("rule \"script\"");
        assert!(says && recorded.contains(why), "{queue}: {recorded}");
    }
    let heard = script.heard();
    assert!(heard.iter().all(|(_, ring)| ring["queue"]["name"] != "other"), "{heard:?}");
}

#[tokio::test]
async fn a_slow_endpoint_costs_no_more_than_its_part_of_the_deadline() {
    let script = Script::start().await;
    let callpane = asking(&script.url).set("CALLPANE_RING_DEADLINE", "3s").start().await;
    let started = Instant::now();
    let answer = callpane.desktop(12).rings("0199005577", "slow").await;
    let took = started.elapsed();
    assert_eq!(answer["url"], "https://crm.example.com/");
    // Another second is for a busy machine.
    assert!(took > Duration::from_millis(2200) && took < Duration::from_secs(4), "{took:?}");
    assert!(recorded(&callpane).await.contains("no answer within the time"), "and it is recorded");
}

#[tokio::test]
async fn no_ring_waits_for_another_ones_endpoint() {
    let script = Script::start().await;
    let callpane = asking(&script.url).start().await;
    let (one, other) = (callpane.desktop(12), callpane.desktop(13));
    let slow = one.rings("0199005577", "slow");
    let quick = async {
        eventually("it is asked", async || (script.heard().len() == 1).then_some(())).await;
        let answer = other.rings("+441632960001", "good").await;
        assert_eq!(answer["url"], "https://old.example.com/?a=1");
        assert_eq!(recorded(&callpane).await, "script|https://old.example.com/?a=1|");
        script.released.send(true).unwrap();
    };
    let (answer, ()) = tokio::join!(slow, quick);
    assert_eq!(answer["url"], "https://old.example.com/?a=1");
}

#[tokio::test]
async fn a_dead_endpoint_is_left_alone_for_half_a_minute() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let callpane = asking(&format!("http://{free}/thirdparty.php")).start().await;
    let desktop = callpane.desktop(12);
    for call in 0..5 {
        let answer = desktop.rings_with("0199005577", "good", &call.to_string()).await;
        assert_eq!(answer["url"], "https://crm.example.com/");
        assert!(recorded(&callpane).await.contains("connection refused"), "ring {call}");
    }
    let script = Script::at(&free.to_string()).await;
    desktop.rings_with("0199005577", "good", "5").await;
    assert!(recorded(&callpane).await.contains("not asked"), "{}", recorded(&callpane).await);
    assert_eq!(script.heard().len(), 0);
    callpane.clock.advance(Duration::from_secs(30));
    let answer = desktop.rings_with("0199005577", "good", "6").await;
    assert_eq!(answer["url"], "https://old.example.com/?a=1", "asked again");
}

#[tokio::test]
async fn an_endpoint_that_hangs_does_not_count_against_the_one_after_it() {
    let (hangs, good) = (Script::start().await, Script::start().await);
    good.released.send(true).unwrap();
    let rules = format!(
        "[[rule]]\nname = \"hangs\"\nask = \"{}\"\n[[rule]]\nname = \"good\"\nask = \"{}\"\n\
         [[rule]]\nname = \"fallback\"\nurl = \"https://crm.example.com/\"\n",
        hangs.url, good.url
    );
    let setup = Callpane::setup().rules(&rules).set("CALLPANE_RING_DEADLINE", "1s");
    let callpane = setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.1").start().await;
    let desktop = callpane.desktop(12);
    for call in 0..5 {
        let answer = desktop.rings_with("0199005577", "slow", &call.to_string()).await;
        assert_eq!(answer["url"], "https://crm.example.com/", "it took all the time");
    }
    let answer = desktop.rings_with("0199005577", "slow", "5").await;
    assert_eq!(answer["url"], "https://old.example.com/?a=1", "the first is left alone");
}

#[tokio::test]
async fn an_endpoint_in_a_private_network_is_asked_only_if_that_is_listed() {
    let script = Script::start().await;
    let callpane = asking(&script.url).set("CALLPANE_PRIVATE_TARGETS", "10.0.0.0/8").start().await;
    let answer = callpane.desktop(12).rings("0199005577", "good").await;
    assert_eq!(answer["url"], "https://crm.example.com/");
    assert!(recorded(&callpane).await.contains("CALLPANE_PRIVATE_TARGETS"));
    assert_eq!(script.heard().len(), 0);
}

#[tokio::test]
async fn a_sheet_asks_too_and_what_a_phone_system_reports_does_not() {
    let script = Script::start().await;
    let rules = format!(
        "[[rule]]\nname = \"script\"\nask = \"{}\"\n[[rule]]\nname = \"fallback\"\n",
        script.url
    );
    let setup = Callpane::setup().phone_systems(&rules);
    let callpane = setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.1").start().await;
    let sheet = callpane.url("/sheet?caller=0199005577&queue=good&user=12&id=1.1");
    let reply = callpane.http.get(sheet).send().await.unwrap();
    assert_eq!(reply.headers()["location"], "https://old.example.com/?a=1");
    let (_, asked) = script.heard().remove(0);
    let expected = json!({
        "user": { "userId": "12", "fullName": "12" }, "caller": "0199005577", "callDataCallId": "1.1",
        "queue": { "name": "good" }, "userData": {}
    });
    assert_eq!(asked, expected);
    callpane.pbx("lab").says(lab("ring", "c1", "+441632960001", "310")).await;
    let recorded = recorded(&callpane).await;
    assert!(recorded.starts_with("fallback|") && recorded.contains("did not decide"), "{recorded}");
    assert_eq!(script.heard().len(), 1);
}
