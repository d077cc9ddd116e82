//! What strangers can send, hold open and guess, without anybody else noticing.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::checks::Command;
use crate::harness::{Callpane, Database, PATIENCE};
use crate::raw::{Raw, ring};
use crate::server::Server;

const TOKEN: &str = "token-of-the-api-0123456789abcdef";

/// The page that a ring of this agent opens, as a path.
async fn page_of(address: &str, user: usize) -> String {
    let mut desktop = Raw::open(address).await.unwrap();
    desktop.sends(&ring(user, &format!("1.{user}"))).await;
    let url = desktop.answer().await.unwrap().json()["url"].as_str().unwrap().to_owned();
    format!("/pane/{}", url.rsplit_once('/').unwrap().1)
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_leave_descriptors_for_rings() {
    const CLIENTS: u64 = 1100;
    rlimit::increase_nofile_limit(4 * CLIENTS).unwrap();
    let database = Database::new().await;
    let command = Command::serving(&database).set("CALLPANE_RING_DEADLINE", "30s");
    let server = Server::run(
        command.prepare_by("ulimit -Sn 512; ulimit -Hn 1024; exec \"$0\" \"$@\"", &["serve"]),
    );
    let raised = server.before.iter().find(|entry| entry["message"] == "descriptors").unwrap();
    assert_eq!((&raised["before"], &raised["limit"]), (&json!(512), &json!(1024)));

    let follow = async |page: &str| {
        let mut reader = Raw::open(&server.address).await.unwrap();
        let answer = reader.asks("GET", &format!("{page}/stream")).await.unwrap();
        (answer, reader)
    };
    let page = page_of(&server.address, 0).await;
    let mut held = Vec::new();
    for at in 0..CLIENTS {
        let (answer, reader) = follow(&page).await;
        assert_eq!(answer.status, if at < 6 { 200 } else { 503 }, "{at}");
        if answer.status == 503 {
            assert_eq!(answer.json()["code"], "too-many-streams");
            assert_eq!(answer.header("retry-after"), "60");
            assert_eq!(answer.header("connection"), "close");
        }
        held.push(reader);
    }
    held.truncate(6);
    // On as many pages as it takes.
    let mut open = held.len();
    for user in 1..=95 {
        let page = page_of(&server.address, user).await;
        for _ in 0..6 {
            let (answer, reader) = follow(&page).await;
            open += usize::from(answer.status == 200);
            held.push(reader);
        }
    }
    assert_eq!(open, 512, "half of the descriptors");
    let page = page_of(&server.address, 96).await;
    let mut other = Raw::open(&server.address).await.unwrap();
    let state = other.asks("GET", &format!("{page}/state")).await.unwrap();
    assert_eq!(state.status, 200, "a page without a stream is told all the same");
    let live = Raw::open(&server.address).await.unwrap().asks("GET", "/health/live").await;
    assert_eq!(live.unwrap().status, 200);
    held.clear();
    crate::harness::eventually("streams are free again", async || {
        (follow(&page).await.0.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_agents_streams_are_bounded_and_a_desktop_is_refused_as_a_page_is() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    let cookie = callpane.cookie_of("priya").await;
    let mut statuses = Vec::new();
    let mut held = Vec::new();
    for _ in 0..8 {
        let request = callpane.http.get(callpane.url("/desktop/stream"));
        let reply = request.header("cookie", &cookie).send().await;
        let reply = reply.unwrap();
        statuses.push(reply.status().as_u16());
        held.push(reply);
    }
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 503, 503]);
    let other = callpane.built_in_desktop("priya").await;
    assert!(other["panes"].is_array(), "whoever asks is told the state: {other}");
}

#[tokio::test]
async fn nobody_is_listened_to_before_it_is_known_who_they_are() {
    let setup = Callpane::setup().set("CALLPANE_API_TOKEN", TOKEN);
    let callpane = setup.start().await;
    let endpoints = [
        ("PUT", "/pane/x/notes", 404),
        ("POST", "/pane/x/contact", 404),
        ("POST", "/pane/x/complete", 404),
        ("POST", "/desktop/close", 401),
        ("POST", "/api/v1/deliveries/resend", 401),
        ("POST", "/api/v1/destinations/x/test", 401),
        ("POST", "/api/v1/lookups/x/test", 401),
        ("POST", "/api/v1/sources/x/try", 401),
        ("PUT", "/api/v1/contacts/lists/x", 401),
    ];
    for (method, path, status) in endpoints {
        let mut stranger = Raw::open(callpane.running.address).await.unwrap();
        let head = "host: x\r\ncontent-type: application/json\r\ncontent-length: 200000\r\n\r\n";
        stranger.sends(&format!("{method} {path} HTTP/1.1\r\n{head}{{")).await;
        let answer = stranger.answer().await.expect("an answer before the body");
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
    }
}

#[tokio::test]
async fn what_is_too_large_is_a_problem_everywhere() {
    let setup = Callpane::setup().phone_systems("").set("CALLPANE_API_TOKEN", TOKEN);
    let callpane = setup.start().await;
    let answer = callpane.desktop(12).rings("0199005577", "any").await;
    let page = callpane.opens(&answer).await.path;
    let cookie = callpane.cookie_of("priya").await;
    let endpoints = [
        ("PUT", format!("{page}/notes")),
        ("POST", format!("{page}/contact")),
        ("POST", format!("{page}/complete")),
        ("POST", "/desktop/close".to_owned()),
        ("POST", "/api/v1/deliveries/resend".to_owned()),
        ("POST", "/api/v1/sources/lab/try".to_owned()),
        ("POST", "/hooks/lab".to_owned()),
        ("POST", "/thirdparty".to_owned()),
    ];
    for (method, path) in endpoints {
        let request = callpane.http.request(method.parse().unwrap(), callpane.url(&path));
        let request = request.header("cookie", &cookie).bearer_auth(TOKEN);
        let reply = request.body(" ".repeat(300 << 10)).send().await.unwrap();
        assert_eq!(reply.status(), 413, "{path}");
        assert_eq!(reply.headers()["content-type"], "application/problem+json", "{path}");
        let problem: Value = serde_json::from_str(&reply.text().await.unwrap()).unwrap();
        assert_eq!(problem["code"], "body-too-large");
    }
}

#[tokio::test]
async fn whoever_guesses_the_api_token_is_held_up_and_its_owner_is_not() {
    let callpane = Callpane::setup().set("CALLPANE_API_TOKEN", TOKEN).start().await;
    let ask = async |token: &str| {
        let request = callpane.http.get(callpane.url("/api/v1/deliveries"));
        let reply = request.bearer_auth(token).send().await.unwrap();
        let wait = reply.headers().get("retry-after").map(|wait| wait.to_str().unwrap().to_owned());
        (reply.status().as_u16(), wait)
    };
    for _ in 0..10 {
        assert_eq!(ask("a guess").await, (401, None));
    }
    for _ in 0..10 {
        assert_eq!(ask("a guess").await, (429, Some("7".to_owned())));
        assert_eq!(ask(TOKEN).await.0, 200);
    }
    callpane.clock.advance(Duration::from_secs(7));
    assert_eq!(ask("a guess").await.0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_do_not_flood_the_log() {
    const REQUESTS: usize = 600;
    let database = Database::new().await;
    let command = Command::serving(&database);
    let server = Server::start(&command);
    let started = Instant::now();
    let mut stranger = Raw::open(&server.address).await.unwrap();
    for _ in 0..REQUESTS {
        let answer = stranger.asks("GET", "/hooks/nowhere").await.unwrap();
        assert_eq!(answer.status, 404);
    }
    let seconds = usize::try_from(started.elapsed().as_secs()).unwrap() + 2;
    page_of(&server.address, 1).await;
    let mut lines = 0;
    while let Ok(entry) = server.log.recv_timeout(PATIENCE) {
        lines += usize::from(entry["message"] == "request refused");
        if entry["message"] == "ring" {
            break;
        }
    }
    assert!((1..=20 * seconds).contains(&lines), "{lines} lines in {seconds} seconds");
}
