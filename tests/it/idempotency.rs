//! A request that a program sends again with its key is not carried out again.

use reqwest::RequestBuilder;
use serde_json::Value;

use crate::crm::Crm;
use crate::harness::{Callpane, eventually};
use crate::hold::Hold;
use crate::raw::Raw;

const TOKEN: &str = "token-of-the-api-0123456789abcdef";

const JOURNAL: &str = r#"
[[destination]]
name = "journal"
on = ["call.ended"]
url = "CRM/api/calls"
json = { caller = "{{ caller.e164 }}" }
"#;

/// What sends one request to the CRM each time that it is carried out.
const TEST: &str = "/api/v1/destinations/journal/test";
const SEND: &str = r#"{"send":true}"#;

async fn server(crm: &Crm) -> Callpane {
    crm.always_answers(200);
    let setup = Callpane::setup().phone_systems(&JOURNAL.replace("CRM", &crm.url));
    let setup = setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.0/8");
    setup.set("CALLPANE_API_TOKEN", TOKEN).start().await
}

fn post(callpane: &Callpane, path: &str, key: &str, body: &str) -> RequestBuilder {
    let request = callpane.http.post(callpane.url(path)).bearer_auth(TOKEN);
    let request = request.header("content-type", "application/json").body(body.to_owned());
    request.header("idempotency-key", key)
}

struct Reply {
    status: u16,
    kind: String,
    replayed: bool,
    body: String,
}

impl Reply {
    fn code(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }
}

async fn sent(request: RequestBuilder) -> Reply {
    let reply = request.send().await.unwrap();
    let header = |name: &str| reply.headers().get(name).map(|value| value.to_str().unwrap());
    Reply {
        status: reply.status().as_u16(),
        kind: header("content-type").unwrap_or_default().to_owned(),
        replayed: header("idempotency-replayed") == Some("true"),
        body: reply.text().await.unwrap(),
    }
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer_and_is_carried_out_once() {
    let crm = Crm::start();
    let callpane = server(&crm).await;
    let first = sent(post(&callpane, TEST, "6f1c", SEND)).await;
    assert_eq!((first.status, first.replayed), (200, false), "{}", first.body);
    // Quoted, as the draft has it, it is the same key.
    for key in ["6f1c", "\"6f1c\""] {
        let again = sent(post(&callpane, TEST, key, SEND)).await;
        assert_eq!((again.status, again.replayed), (200, true));
        assert_eq!((again.kind, again.body), (first.kind.clone(), first.body.clone()));
    }
    assert_eq!(crm.got().len(), 1);
    let other = sent(post(&callpane, TEST, "6f1d", SEND)).await;
    assert_eq!((other.status, other.replayed, crm.got().len()), (200, false, 2));
    // Nothing else is known by a key.
    let list = callpane.http.get(callpane.url("/api/v1/agents")).bearer_auth(TOKEN);
    assert!(!sent(list.header("idempotency-key", "6f1c")).await.replayed);
}

#[tokio::test]
async fn a_key_is_good_for_one_request_and_for_a_day() {
    let crm = Crm::start();
    let callpane = server(&crm).await;
    assert_eq!(sent(post(&callpane, TEST, "k", SEND)).await.status, 200);
    for (path, body) in [(TEST, "{}"), ("/api/v1/destinations/journal/pause", SEND)] {
        let other = sent(post(&callpane, path, "k", body)).await;
        assert_eq!((other.status, other.code().as_str()), (422, "idempotency-key-reused"));
    }
    callpane.hours_pass(24).await;
    let later = sent(post(&callpane, TEST, "k", SEND)).await;
    assert_eq!((later.status, later.replayed, crm.got().len()), (200, false, 2));
    callpane.hours_pass(24).await;
    callpane.running.flow.retention.forget().await.unwrap();
    assert!(callpane.sql("SELECT request_key FROM idempotent").await.is_empty());
}

#[tokio::test]
async fn whoever_hangs_up_asks_again_and_learns_what_was_done() {
    let crm = Crm::start();
    let callpane = server(&crm).await;
    let hold = crm.holds();
    let mut first = Raw::open(callpane.running.address).await.unwrap();
    let length = SEND.len();
    let request = format!(
        "POST {TEST} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\nidempotency-key: k\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{SEND}"
    );
    assert!(first.sends(&request).await);
    crm.gets(1).await;
    let meanwhile = sent(post(&callpane, TEST, "k", SEND)).await;
    assert_eq!((meanwhile.status, meanwhile.code().as_str()), (409, "idempotency-key-in-use"));
    first.hangs_up();
    drop(hold);
    let again = eventually("the first is answered", async || {
        Some(sent(post(&callpane, TEST, "k", SEND)).await).filter(|reply| reply.status != 409)
    });
    let again = again.await;
    assert_eq!((again.status, again.replayed, crm.got().len()), (200, true, 1), "{}", again.body);
}

/// Whether somebody waits for the database to write.
async fn waits(callpane: &Callpane) -> Option<()> {
    if callpane.database.is_sqlite() {
        let ready = callpane.http.get(callpane.url("/health/ready")).send().await.unwrap();
        return (ready.status().as_u16() == 503).then_some(());
    }
    let waiting =
        "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'idempotent'::regclass";
    (!callpane.sql(waiting).await.is_empty()).then_some(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_hangs_up_before_it_has_begun_leaves_no_key_in_use() {
    let crm = Crm::start();
    crm.always_answers(200);
    let setup = Callpane::setup().phone_systems(&JOURNAL.replace("CRM", &crm.url)).expects_errors();
    let setup = setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.0/8");
    let callpane = setup.set("CALLPANE_API_TOKEN", TOKEN).start().await;
    let hold = Hold::requests(&callpane.database).await;
    let first = tokio::spawn(post(&callpane, TEST, "k", SEND).send());
    eventually("the first is about to begin", async || waits(&callpane).await).await;
    first.abort();
    drop(first.await);
    hold.release();
    let again = eventually("the key is free, or has its answer", async || {
        Some(sent(post(&callpane, TEST, "k", SEND)).await).filter(|reply| reply.status == 200)
    });
    assert_eq!((again.await.status, crm.got().len()), (200, 1));
}

#[tokio::test]
async fn a_failure_that_may_have_come_late_keeps_the_key_in_use() {
    let crm = Crm::start();
    crm.always_answers(200);
    let setup = Callpane::setup().phone_systems(&JOURNAL.replace("CRM", &crm.url)).expects_errors();
    let callpane = setup.set("CALLPANE_API_TOKEN", TOKEN).start().await;
    let pause = "/api/v1/destinations/journal/pause";
    callpane.sql("ALTER TABLE audit RENAME TO elsewhere").await;
    let failed = sent(post(&callpane, pause, "k", "")).await;
    assert_eq!((failed.status, failed.code().as_str()), (503, "database-unavailable"));
    callpane.sql("ALTER TABLE elsewhere RENAME TO audit").await;
    let again = sent(post(&callpane, pause, "k", "")).await;
    assert_eq!((again.status, again.code().as_str()), (409, "idempotency-key-in-use"));
    let anew = sent(post(&callpane, pause, "another", "")).await;
    assert_eq!((anew.status, anew.replayed), (200, false));
}

#[tokio::test]
async fn a_refusal_that_may_pass_leaves_the_key_free() {
    let crm = Crm::start();
    let callpane = server(&crm).await;
    for (token, kind, status) in
        [("not the token", "application/json", 401), (TOKEN, "text/csv", 415)]
    {
        let request = callpane.http.post(callpane.url(TEST)).bearer_auth(token);
        let request = request.header("content-type", kind).header("idempotency-key", "k");
        assert_eq!(sent(request.body(SEND)).await.status, status);
    }
    let right = sent(post(&callpane, TEST, "k", SEND)).await;
    assert_eq!((right.status, right.replayed), (200, false));
    // What is wrong with the request itself stays wrong.
    for replayed in [false, true] {
        let nobody = "/api/v1/destinations/nobody/pause";
        let refused = sent(post(&callpane, nobody, "n", "")).await;
        assert_eq!((refused.status, refused.replayed), (404, replayed));
        assert_eq!(refused.kind, "application/problem+json");
    }
}

#[tokio::test]
async fn a_key_is_printable_and_not_endless() {
    let crm = Crm::start();
    let callpane = server(&crm).await;
    let long = "x".repeat(256);
    for key in ["", "\"\"", "\"", "a\"b", "\u{e9}", &long] {
        let refused = sent(post(&callpane, TEST, key, SEND)).await;
        assert_eq!((refused.status, refused.code().as_str()), (400, "malformed-body"), "{key}");
    }
    let twice = post(&callpane, TEST, "a", SEND).header("idempotency-key", "b");
    assert_eq!(sent(twice).await.status, 400);
    assert_eq!(sent(post(&callpane, TEST, &long[1..], SEND)).await.status, 200);
    assert_eq!(crm.got().len(), 1);
}

#[tokio::test]
async fn a_secret_is_answered_once_and_kept_nowhere() {
    let crm = Crm::start();
    let callpane = server(&crm).await;
    let new = r#"{"name":"wallboard","role":"viewer"}"#;
    let made = sent(post(&callpane, "/api/v1/tokens", "k", new)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let again = sent(post(&callpane, "/api/v1/tokens", "k", new)).await;
    assert_eq!((again.status, again.code().as_str()), (409, "answer-not-kept"));
    assert_eq!(callpane.sql("SELECT name FROM api_token").await, ["wallboard"]);
    let made: Value = serde_json::from_str(&made.body).unwrap();
    let kept = callpane.sql("SELECT answer FROM idempotent").await.concat();
    assert!(!kept.contains(made["token"].as_str().unwrap()), "{kept}");
}

/// Each token's keys are its own.
#[tokio::test]
async fn a_key_of_another_program_is_another_key() {
    let crm = Crm::start();
    let callpane = server(&crm).await;
    let other = crate::roles::token(&callpane, "supervisor").await;
    assert!(!sent(post(&callpane, TEST, "k", SEND)).await.replayed);
    let request = callpane.http.post(callpane.url(TEST)).bearer_auth(other);
    let request = request.header("content-type", "application/json").body(SEND);
    assert!(!sent(request.header("idempotency-key", "k")).await.replayed);
    assert_eq!(crm.got().len(), 2);
}
