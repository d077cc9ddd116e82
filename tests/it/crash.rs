//! `kill -9` in the middle of a thousand rings, and in the middle of deliveries: whatever was answered
//! is there after the restart, and whatever is owed arrives.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::checks::Command;
use crate::crm::{Crm, Got};
use crate::harness::{Database, PHONE_SYSTEMS, SECRETS, eventually, lab};
use crate::server::Server;

#[tokio::test(flavor = "multi_thread")]
async fn every_answered_pane_opens_after_a_kill() {
    const RINGS: usize = 1000;
    let database = Database::new().await;
    let command = Command::serving(&database)
        // A busy machine is no reason to answer without the database here.
        .set("CALLPANE_RING_DEADLINE", "30s");
    let mut server = Server::start(&command);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answered = Arc::new(AtomicUsize::new(0));
    let rings = (0..RINGS).map(|at| {
        let (http, url) = (http.clone(), format!("http://{}/thirdparty", server.address));
        let answered = Arc::clone(&answered);
        tokio::spawn(async move {
            let body = json!({
                "user": { "userId": at % 50 }, "caller": format!("+3319900{:04}", at % 10_000),
                "callDataCallId": format!("1790000123.{at}"),
            });
            let request = http.post(url).header("content-type", "application/json");
            let reply = request.body(body.to_string()).send().await.ok()?;
            let answer: Value = serde_json::from_str(&reply.text().await.ok()?).ok()?;
            answered.fetch_add(1, Ordering::SeqCst);
            answer["url"].as_str().map(str::to_owned)
        })
    });
    let rings: Vec<_> = rings.collect();
    while answered.load(Ordering::SeqCst) < RINGS / 3 {
        tokio::task::yield_now().await;
    }
    server.kill();
    let urls: Vec<String> = join_all(rings).await.into_iter().filter_map(Result::unwrap).collect();
    assert!(urls.len() >= RINGS / 3, "only {} were answered", urls.len());
    assert!(urls.len() < RINGS, "the kill came too late to prove anything");
    let server = Server::start(&command);
    for url in &urls {
        let path = url.split_once("/pane/").unwrap().1;
        let page = http.get(format!("http://{}/pane/{path}", server.address)).send().await.unwrap();
        assert_eq!(page.status().as_u16(), 200, "{url}");
    }
}

/// Whichever step of a delivery the kill falls into, one lease later it goes on.
#[tokio::test(flavor = "multi_thread")]
async fn everything_owed_arrives_in_order_after_a_kill() {
    const CALLS: usize = 60;
    let crm = Crm::start();
    let database = Database::new().await;
    let mut command = Command::serving(&database).set("CALLPANE_PRIVATE_TARGETS", "127.0.0.1");
    for (name, value) in SECRETS {
        command = command.set(name, value);
    }
    let destination = format!(
        "[[destination]]\nname = \"crm\"\non = [\"call.*\"]\ntimeout = \"1s\"\nurl = \"{}/\"\n\
         sign = \"env:LAB_KEY\"\njson = {{ call = \"{{{{ call.id }}}}\", kind = \"{{{{ event.kind }}}}\" }}\n",
        crm.url
    );
    let file = command.file("all.toml", &format!("{PHONE_SYSTEMS}{destination}"));
    assert!(command.run(&["apply", &file]).await.success);
    let mut server = Server::start(&command);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for at in 0..CALLS {
        for event in ["ring", "answer", "hangup"] {
            let body = lab(event, &format!("c{at}"), "+33199005577", "310").to_string();
            let request = http.post(format!("http://{}/hooks/lab", server.address));
            let request = request.header("content-type", "application/json").body(body);
            let reply = request.header("x-key", "vector-lab").send().await.unwrap();
            assert_eq!(reply.status().as_u16(), 202);
        }
        if at == CALLS / 2 {
            server.kill();
            server = Server::start(&command);
        }
    }
    let kinds = ["call.ringing", "call.answered", "call.ended"];
    eventually("everything has arrived", async || {
        let got = crm.got();
        let ids: HashSet<&str> = got.iter().map(|got| got.header("webhook-id")).collect();
        (ids.len() == CALLS * kinds.len()).then_some(())
    })
    .await;
    for at in 0..CALLS {
        let got = crm.got();
        let mut first_seen = Vec::new();
        for said in got.iter().map(Got::json).filter(|said| said["call"] == format!("c{at}")) {
            let kind = said["kind"].as_str().unwrap().to_owned();
            if !first_seen.contains(&kind) {
                first_seen.push(kind);
            }
        }
        assert_eq!(first_seen, kinds, "c{at}");
    }
}
