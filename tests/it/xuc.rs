//! XuC is asked who the agent is: after the answer, once for many rings, and its word decides
//! nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

use crate::harness::{Callpane, eventually};

/// A server in XuC's place that gives one recorded answer.
pub(crate) struct Stub {
    pub(crate) url: String,
    asked: Arc<AtomicUsize>,
}

impl Stub {
    pub(crate) fn answering(status: u16, body: Vec<u8>) -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let server = HttpServer::new(move || {
            let (count, body) = (Arc::clone(&count), body.clone());
            let answer = move |request: HttpRequest| {
                let good = request
                    .headers()
                    .get("authorization")
                    .is_some_and(|value| value.to_str().unwrap().starts_with("Bearer eyJ"));
                count.fetch_add(usize::from(good), Ordering::SeqCst);
                let status = actix_web::http::StatusCode::from_u16(status).unwrap();
                let answer = HttpResponse::build(status).body(body.clone());
                async move { answer }
            };
            App::new().route("/xuc/api/2.0/auth/check", web::get().to(answer))
        });
        let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", server.addrs()[0]);
        tokio::spawn(server.run());
        Self { url, asked }
    }
}

async fn identities(callpane: &Callpane, count: usize) -> Vec<String> {
    eventually("every ring's identity is kept", async || {
        let found = callpane.sql("SELECT identity FROM pane WHERE identity IS NOT NULL").await;
        (found.len() == count).then_some(found)
    })
    .await
}

async fn rings(callpane: &Callpane, call: &str) {
    let mut ring = callpane.desktop(12).ring("0199005577", "any");
    ring["user"]["token"] = "eyJ0.a.b".into();
    ring["callDataCallId"] = call.into();
    assert_eq!(callpane.desktop(12).posts(&ring).await["action"], "open");
}

#[tokio::test]
async fn xuc_is_asked_once_for_a_token_until_its_word_is_old() {
    let xuc = Stub::answering(200, br#"{"login":"x","token":"y"}"#.to_vec());
    let callpane = Callpane::setup().set("CALLPANE_XUC_URL", &xuc.url).start().await;
    rings(&callpane, "1").await;
    rings(&callpane, "2").await;
    assert_eq!(identities(&callpane, 2).await, ["confirmed", "confirmed"]);
    assert_eq!(xuc.asked.load(Ordering::SeqCst), 1);
    callpane.clock.advance(Duration::from_secs(301));
    rings(&callpane, "3").await;
    identities(&callpane, 3).await;
    assert_eq!(xuc.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_xuc_that_is_away_changes_nothing_for_the_agent() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{closed}");
    let callpane = Callpane::setup().set("CALLPANE_XUC_URL", url).start().await;
    rings(&callpane, "1").await;
    assert_eq!(identities(&callpane, 1).await, ["unconfirmed"]);
}

#[tokio::test]
async fn a_ring_without_a_token_asks_nobody() {
    let xuc = Stub::answering(200, b"{}".to_vec());
    let callpane = Callpane::setup().set("CALLPANE_XUC_URL", &xuc.url).start().await;
    callpane.desktop(12).rings("0199005577", "any").await;
    rings(&callpane, "2").await;
    assert_eq!(identities(&callpane, 1).await, ["unconfirmed"]);
    assert_eq!(xuc.asked.load(Ordering::SeqCst), 1);
}
