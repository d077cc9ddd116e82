//! `kill -9` in the middle of a thousand rings: whatever was answered is there after the restart.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::checks::Command;
use crate::harness::Database;

struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts the built program and reads its address from its log.
    fn start(command: &Command) -> Self {
        let mut child = command.prepare(&["serve"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = loop {
            let line = lines.next().expect("a server that starts").unwrap();
            let entry: Value = serde_json::from_str(&line).unwrap();
            if let Some(address) = entry["address"].as_str() {
                break address.to_owned();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// SIGKILL: no last words, no flush.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answered_pane_opens_after_a_kill() {
    const RINGS: usize = 1000;
    let database = Database::new().await;
    let command = Command::new()
        .set("CALLPANE_DATABASE", &database.url)
        .set("CALLPANE_BIND", "127.0.0.1:0")
        .set("CALLPANE_LOG_FORMAT", "json");
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
