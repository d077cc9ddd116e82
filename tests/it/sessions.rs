//! Sessions of the built-in desktop: a personal link begins one, and every way to end it does.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::checks::Command;
use crate::harness::{Callpane, PHONE_SYSTEMS, SECRETS, Setup, lab};
use crate::hold::Hold;
use crate::live::Stream;

const DAY: Duration = Duration::from_hours(24);
const TOKEN: &str = "token-of-the-api-0123456789abcdef";

async fn start() -> Callpane {
    setup().start().await
}

fn setup() -> Setup {
    Callpane::setup().phone_systems("").set("CALLPANE_API_TOKEN", TOKEN)
}

/// What a browser with this cookie is answered.
async fn status(callpane: &Callpane, method: Method, path: &str, cookie: &str) -> u16 {
    let request = callpane.http.request(method, callpane.url(path)).header("cookie", cookie);
    request.send().await.unwrap().status().as_u16()
}

async fn is_signed_in(callpane: &Callpane, cookie: &str) -> bool {
    let page = status(callpane, Method::GET, "/desktop", cookie).await;
    let state = status(callpane, Method::GET, "/desktop/state", cookie).await;
    let stream = callpane.http.get(callpane.url("/desktop/stream")).header("cookie", cookie);
    let stream = stream.send().await.unwrap().status().as_u16();
    assert!(page == state && state == stream, "{page} {state} {stream}");
    page == 200
}

async fn sessions(callpane: &Callpane) -> usize {
    callpane.sql("SELECT digest FROM desktop_session").await.len()
}

async fn stream(callpane: &Callpane, cookie: &str) -> Stream {
    let mut stream = Stream::open(callpane, "/desktop/stream", &[("cookie", cookie)]).await;
    assert_eq!(stream.next().await.unwrap().0, "state");
    stream
}

/// An open desktop hears that it is over, and its stream ends.
async fn is_gone(mut stream: Stream) {
    assert_eq!(stream.next().await.unwrap().0, "gone");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_personal_link_begins_a_session_of_which_only_a_digest_is_kept() {
    let callpane = start().await;
    let link = callpane.personal_link("priya");
    let head = callpane.http.head(callpane.url(&link)).send().await.unwrap();
    assert_ne!(head.status(), 303, "whoever only looks whether a link is there is not signed in");
    let reply = callpane.http.get(callpane.url(&link)).send().await.unwrap();
    assert_eq!(
        (reply.status().as_u16(), &reply.headers()["location"]),
        (303, &"/desktop".parse().unwrap())
    );
    let cookie = reply.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/desktop"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let cookie = cookie.split(';').next().unwrap();
    let (_, token) = cookie.split_once('=').unwrap();
    assert!(!link.contains(token), "the cookie is not the link");
    let kept = callpane.sql("SELECT digest, agent, link FROM desktop_session").await;
    assert!(kept.len() == 1 && kept[0].ends_with("|priya|1"), "{kept:?}");
    assert!(!kept[0].contains(token));
    let page = callpane.http.get(callpane.url("/desktop")).header("cookie", cookie);
    let page = page.send().await.unwrap();
    assert!(page.headers()["set-cookie"].to_str().unwrap().contains(token), "it is remembered on");
    assert!(page.text().await.unwrap().contains("Priya Nair"));
    let (_, link_token) = link.rsplit_once('/').unwrap();
    for stranger in ["", "callpane_desktop=", "callpane_desktop=bm9ib2R5"] {
        assert!(!is_signed_in(&callpane, stranger).await, "{stranger}");
    }
    assert!(!is_signed_in(&callpane, &format!("callpane_desktop={link_token}")).await);
    let forged = format!("callpane_desktop={}", "A".repeat(43));
    assert!(!is_signed_in(&callpane, &forged).await);
    assert_eq!(status(&callpane, Method::POST, "/desktop/close", &forged).await, 401);
    assert_eq!(status(&callpane, Method::GET, "/desktop/bm9ib2R5", "").await, 401);
}

#[tokio::test]
async fn whoever_signs_out_is_out_at_once_and_nobody_else_is() {
    let callpane = start().await;
    let (desk, laptop) = (callpane.signs_in("priya").await, callpane.signs_in("priya").await);
    assert_ne!(desk, laptop);
    let open = stream(&callpane, &desk).await;
    let reply = callpane.http.post(callpane.url("/desktop/sign-out")).header("cookie", &desk);
    let reply = reply.send().await.unwrap();
    assert_eq!(reply.status(), 303);
    let cookie = reply.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("callpane_desktop=;") && cookie.contains("Max-Age=0"), "{cookie}");
    let next = reply.headers()["location"].to_str().unwrap();
    let next = callpane.http.get(callpane.url(next)).send().await.unwrap();
    assert!(next.text().await.unwrap().contains("You are signed out"));
    is_gone(open).await;
    assert!(!is_signed_in(&callpane, &desk).await);
    assert!(is_signed_in(&callpane, &laptop).await);
    assert_eq!(status(&callpane, Method::POST, "/desktop/sign-out", &desk).await, 303, "twice");
    assert_eq!(status(&callpane, Method::GET, "/desktop/sign-out", &laptop).await, 401, "a link");
    assert!(is_signed_in(&callpane, &laptop).await, "an address alone signs nobody out");
}

#[tokio::test]
async fn the_api_signs_an_agent_out_everywhere() {
    let callpane = start().await;
    let (desk, laptop) = (callpane.signs_in("priya").await, callpane.signs_in("priya").await);
    let marcus = callpane.signs_in("marcus").await;
    let (open, other) = (stream(&callpane, &desk).await, stream(&callpane, &laptop).await);
    let delete = async |agent: &str, token: &str| {
        let url = callpane.url(&format!("/api/v1/agents/{agent}/sessions"));
        let reply = callpane.http.delete(url).header("authorization", format!("Bearer {token}"));
        let reply = reply.send().await.unwrap();
        let status = reply.status().as_u16();
        (status, serde_json::from_str::<Value>(&reply.text().await.unwrap()).unwrap())
    };
    assert_eq!(delete("priya", "a wrong token").await.0, 401);
    assert!(is_signed_in(&callpane, &desk).await);
    assert_eq!(delete("priya", TOKEN).await, (200, json!({ "ended": 2 })));
    is_gone(open).await;
    is_gone(other).await;
    assert!(!is_signed_in(&callpane, &desk).await && is_signed_in(&callpane, &marcus).await);
    assert_eq!(delete("priya", TOKEN).await, (200, json!({ "ended": 0 })));
    assert_eq!(delete("nobody", TOKEN).await.1["code"], "no-such-agent");
    assert!(is_signed_in(&callpane, &callpane.signs_in("priya").await).await, "the link is good");
}

#[tokio::test]
async fn the_command_line_signs_an_agent_out_and_says_what_it_did() {
    let callpane = start().await;
    let cookie = callpane.signs_in("priya").await;
    let open = stream(&callpane, &cookie).await;
    let command = Command::beside(&callpane);
    let said = command.run(&["agents", "--sign-out", "priya"]).await;
    assert!(said.success && said.stdout.starts_with("priya: 1 session ended."), "{said:?}");
    assert!(said.stdout.contains("agents --new-link priya"), "{said:?}");
    assert!(!is_signed_in(&callpane, &cookie).await);
    // On SQLite the command's word does not reach the server: the stream sees it at its next look.
    callpane.pbx("lab").says(lab("ring", "c1", "0199005577", "310")).await;
    is_gone(open).await;
    let command =
        SECRETS.into_iter().fold(command, |command, (name, value)| command.set(name, value));
    let said = command.run(&["agents", "--sign-out", "priya"]).await;
    assert!(said.success && said.stdout.contains("is not signed in"), "{said:?}");
    let said = command.run(&["agents", "--sign-out", "pryia"]).await;
    assert!(!said.success && said.stderr.contains("there is no agent \"pryia\""), "{said:?}");
}

#[tokio::test]
async fn a_link_that_is_counted_on_ends_its_sessions_for_good() {
    let callpane = start().await;
    let (priya, marcus) = (callpane.signs_in("priya").await, callpane.signs_in("marcus").await);
    let open = stream(&callpane, &priya).await;
    callpane.applies(&PHONE_SYSTEMS.replace("id = \"priya\"", "id = \"priya\"\nlink = 2")).await;
    is_gone(open).await;
    assert!(!is_signed_in(&callpane, &priya).await && is_signed_in(&callpane, &marcus).await);
    callpane.applies(PHONE_SYSTEMS).await;
    assert!(!is_signed_in(&callpane, &priya).await, "counting back signs nobody in again");
}

#[tokio::test]
async fn an_agent_who_is_removed_is_signed_out_for_good() {
    let callpane = start().await;
    let marcus = callpane.signs_in("marcus").await;
    let open = stream(&callpane, &marcus).await;
    let (without, _) = PHONE_SYSTEMS.split_once("[[agent]]\nid = \"marcus\"").unwrap();
    callpane.applies(without).await;
    is_gone(open).await;
    assert!(!is_signed_in(&callpane, &marcus).await);
    callpane.applies(PHONE_SYSTEMS).await;
    assert!(!is_signed_in(&callpane, &marcus).await, "coming back signs nobody in again");
}

#[tokio::test]
async fn a_session_lasts_thirty_days_from_its_last_use_and_is_forgotten_then() {
    let callpane = start().await;
    let (used, unused) = (callpane.signs_in("priya").await, callpane.signs_in("priya").await);
    for _ in 0..2 {
        callpane.hours_pass(20 * 24).await;
        assert_eq!(status(&callpane, Method::GET, "/desktop/state", &used).await, 200);
    }
    assert!(!is_signed_in(&callpane, &unused).await, "nobody used it for 40 days");
    assert_eq!(sessions(&callpane).await, 2);
    callpane.running.flow.retention.forget().await.unwrap();
    assert_eq!(sessions(&callpane).await, 1);
    assert!(is_signed_in(&callpane, &used).await);
    callpane.clock.advance(DAY * 30);
    assert!(!is_signed_in(&callpane, &used).await);
}

#[tokio::test]
async fn a_use_is_written_down_once_an_hour() {
    let callpane = start().await;
    let cookie = callpane.signs_in("priya").await;
    let used = async || callpane.sql("SELECT used_at FROM desktop_session").await[0].clone();
    let begun = used().await;
    callpane.clock.advance(Duration::from_mins(59));
    assert!(is_signed_in(&callpane, &cookie).await);
    assert_eq!(used().await, begun);
    callpane.clock.advance(Duration::from_mins(2));
    assert!(is_signed_in(&callpane, &cookie).await);
    assert_eq!(used().await, callpane.clock_now().to_string());
}

#[tokio::test]
async fn the_least_used_of_too_many_sessions_ends() {
    let callpane = start().await;
    let mut cookies = Vec::new();
    for _ in 0..10 {
        cookies.push(callpane.signs_in("priya").await);
        callpane.clock.advance(Duration::from_mins(1));
    }
    let marcus = callpane.signs_in("marcus").await;
    callpane.clock.advance(Duration::from_hours(2));
    assert!(is_signed_in(&callpane, &cookies[0]).await, "this one is used again");
    let newest = callpane.signs_in("priya").await;
    assert!(!is_signed_in(&callpane, &cookies[1]).await, "this one was used least");
    for cookie in [&cookies[0], &cookies[2], &cookies[9], &newest, &marcus] {
        assert!(is_signed_in(&callpane, cookie).await);
    }
}

#[tokio::test]
async fn a_browser_that_opens_its_link_again_stays_in_its_session_and_changes_with_its_agent() {
    let callpane = start().await;
    let cookie = callpane.signs_in("priya").await;
    let opens = async |agent: &str, cookie: &str| {
        let request = callpane.http.get(callpane.url(&callpane.personal_link(agent)));
        let reply = request.header("cookie", cookie).send().await.unwrap();
        let cookie = reply.headers()["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    };
    assert_eq!(opens("priya", &cookie).await, cookie);
    let open = stream(&callpane, &cookie).await;
    let other = opens("marcus", &cookie).await;
    assert_ne!(other, cookie);
    is_gone(open).await;
    assert!(!is_signed_in(&callpane, &cookie).await && is_signed_in(&callpane, &other).await);
    assert_eq!(sessions(&callpane).await, 1);
}

#[tokio::test]
async fn a_session_holds_on_every_node_and_ends_on_every_node() {
    let first = start().await;
    if first.database.is_sqlite() {
        return; // serves one node
    }
    let second = Callpane::setup().phone_systems("").on(first.database.clone()).start().await;
    let cookie = first.signs_in("priya").await;
    let open = stream(&second, &cookie).await;
    assert_eq!(status(&first, Method::POST, "/desktop/sign-out", &cookie).await, 303);
    is_gone(open).await;
    assert!(!is_signed_in(&second, &cookie).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desktop_that_cannot_be_looked_up_says_so_and_keeps_its_session() {
    let callpane = setup().expects_errors().start().await;
    let cookie = callpane.signs_in("priya").await;
    let hold = Hold::everything(&callpane.database).await;
    // A reader of SQLite does not wait for a writer.
    let shown = if callpane.database.is_sqlite() { 200 } else { 503 };
    assert_eq!(status(&callpane, Method::GET, "/desktop", &cookie).await, shown);
    assert_eq!(status(&callpane, Method::GET, &callpane.personal_link("priya"), "").await, 503);
    assert_eq!(status(&callpane, Method::POST, "/desktop/sign-out", &cookie).await, 503);
    hold.release();
    assert!(is_signed_in(&callpane, &cookie).await);
}
