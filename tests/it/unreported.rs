//! What a page says of a call of which XiVO has told nothing but the ring: what the page's own opening
//! proves, and no more than that.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Callpane, Page, lab, xuc_event};

const RULES: &str = r#"
[[rule]]
name = "at the answer"
when = { queue = "answered" }
moment = "answered"
[[rule]]
name = "at the end"
when = { queue = "ended" }
moment = "ended"
[[rule]]
name = "rest"
"#;

async fn callpane() -> Callpane {
    Callpane::setup().phone_systems(RULES).start().await
}

async fn state(callpane: &Callpane, page: &Page<'_>) -> Value {
    callpane.shown(&page.path).await
}

fn phase(state: &Value) -> (&str, &Value) {
    (state["call"]["phase"].as_str().unwrap(), &state["call"]["reported"])
}

#[tokio::test]
async fn a_page_that_opens_at_the_answer_counts_from_the_answer() {
    let callpane = callpane().await;
    let answer = callpane.desktop(87).rings_with("0199005577", "answered", "7.1").await;
    callpane.clock.advance(Duration::from_secs(8));
    let page = callpane.opens(&answer).await;
    assert!(page.html.contains("data-phase=\"answered\""), "{}", page.html);
    assert!(page.html.contains(">Answered<"), "{}", page.html);
    assert!(
        page.html.contains("Answered at 14:15 UTC. The phone system does not report"),
        "{}",
        page.html
    );
    callpane.clock.advance(Duration::from_mins(3));
    let shown = state(&callpane, &page).await;
    assert_eq!(phase(&shown), ("answered", &json!(false)));
    assert_eq!(
        (&shown["call"]["rang"], &shown["call"]["since_ms"]),
        (&json!(8), &json!(callpane.clock_now() - 180_000))
    );
    callpane.opens(&answer).await;
    assert_eq!(
        state(&callpane, &page).await["call"]["since_ms"],
        shown["call"]["since_ms"],
        "a reload proves nothing new"
    );
}

#[tokio::test]
async fn a_page_that_opens_at_the_end_is_a_wrap_up_page() {
    let callpane = callpane().await;
    let answer = callpane.desktop(87).rings_with("0199005577", "ended", "7.1").await;
    callpane.clock.advance(Duration::from_mins(5));
    let page = callpane.opens(&answer).await;
    assert!(page.html.contains(">Wrap-up<"), "{}", page.html);
    let shown = state(&callpane, &page).await;
    assert_eq!((phase(&shown).0, &shown["call"]["became"]["kind"]), ("ended", &json!("talked")));
    assert_eq!(
        (&shown["call"]["since_ms"], &shown["call"]["rang"]),
        (&json!(callpane.clock_now()), &Value::Null)
    );
}

#[tokio::test]
async fn a_ring_without_another_word_stops_ringing_and_says_what_is_not_known() {
    let callpane = callpane().await;
    let answer = callpane.desktop(87).rings_with("0199005577", "any", "7.1").await;
    let page = callpane.opens(&answer).await;
    assert!(page.html.contains(">Ringing<"), "{}", page.html);
    assert_eq!(phase(&state(&callpane, &page).await), ("ringing", &json!(false)));
    callpane.clock.advance(Duration::from_secs(61));
    assert_eq!(phase(&state(&callpane, &page).await), ("started", &json!(false)));
    let page = callpane.opens(&answer).await;
    assert!(page.html.contains("Rang at 14:15 UTC"), "{}", page.html);
    assert!(page.html.contains("has not reported what happened to this call"), "{}", page.html);
    let timer = page.html.split("id=\"timer\"").nth(1).unwrap();
    assert!(timer.split('>').next().unwrap().contains("hidden"), "nothing counts up: {timer}");
}

#[tokio::test]
async fn where_a_phone_system_reports_the_call_its_events_decide() {
    let callpane = callpane().await;
    let answer = callpane.desktop(87).rings_with("0199005577", "answered", "7.1").await;
    let page = callpane.opens(&answer).await;
    callpane.clock.advance(Duration::from_secs(5));
    callpane.pbx("xuc").says(xuc_event("EventEstablished", "1087", "0199005577", "7.1")).await;
    let shown = state(&callpane, &page).await;
    assert_eq!(phase(&shown), ("answered", &json!(true)));
    assert_eq!(shown["call"]["since_ms"], callpane.clock_now());
    callpane.pbx("xuc").says(xuc_event("EventReleased", "1087", "0199005577", "7.1")).await;
    assert_eq!(phase(&state(&callpane, &page).await), ("ended", &json!(true)));
}

#[tokio::test]
async fn a_page_that_may_have_been_opened_for_another_call_proves_nothing() {
    let callpane = callpane().await;
    let answer = callpane.desktop(87).rings_with("0199005577", "answered", "7.1").await;
    callpane.clock.advance(Duration::from_secs(2));
    callpane.desktop(87).rings_with("0199005588", "any", "7.2").await;
    callpane.clock.advance(Duration::from_secs(2));
    let page = callpane.opens(&answer).await;
    let shown = state(&callpane, &page).await;
    assert_eq!(phase(&shown).0, "ringing");
    assert_eq!(shown["newest"]["kind"], "earlier", "XucMgt has opened the wrong one");
}

#[tokio::test]
async fn a_page_that_is_opened_through_a_link_proves_nothing() {
    let callpane = callpane().await;
    let first = callpane.desktop(87).rings_with("0199005577", "any", "7.1").await;
    let first = callpane.opens(&first).await;
    callpane.clock.advance(Duration::from_secs(2));
    callpane.desktop(87).rings_with("0199005588", "answered", "7.2").await;
    let shown = state(&callpane, &first).await;
    assert_eq!(shown["newest"]["kind"], "rings");
    let link = json!({ "url": format!("{}{}", callpane.running.public_url, shown["newest"]["path"].as_str().unwrap()) });
    let second = callpane.opens(&link).await;
    assert!(second.html.contains("data-phase=\"ringing\""), "{}", second.html);
    callpane.clock.advance(Duration::from_mins(2));
    assert_eq!(
        state(&callpane, &first).await["newest"]["kind"],
        "rang",
        "nobody says what became of it"
    );
}

#[tokio::test]
async fn a_sheet_is_opened_at_any_moment_and_proves_nothing() {
    let callpane = callpane().await;
    let sheet = callpane.url("/sheet?caller=0199005577&queue=answered&agent=1087&id=9");
    let reply = callpane.http.get(sheet).send().await.unwrap();
    let path = reply.headers()["location"].to_str().unwrap().to_owned();
    let path = path.strip_prefix(&callpane.running.public_url).unwrap_or(&path).to_owned();
    let page = callpane.http.get(callpane.url(&path)).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("data-phase=\"ringing\""), "{page}");
}

#[tokio::test]
async fn a_page_never_calls_the_call_that_is_talked_on_an_earlier_one() {
    let callpane = callpane().await;
    let pbx = callpane.pbx("lab");
    pbx.says(lab("ring", "c1", "0199005577", "310")).await;
    pbx.says(lab("answer", "c1", "0199005577", "310")).await;
    let shown = callpane.built_in_desktop("priya").await;
    let path = shown["panes"][0]["url"].as_str().unwrap();
    let newest = async || callpane.shown(path).await["newest"]["kind"].clone();
    let page =
        async || callpane.http.get(callpane.url(path)).send().await.unwrap().text().await.unwrap();
    assert_eq!(newest().await, Value::Null);
    callpane.clock.advance(Duration::from_secs(5));
    pbx.says(lab("ring", "c2", "0199005588", "310")).await;
    assert_eq!(newest().await, "rings");
    assert!(page().await.contains("Another call is ringing:"));
    pbx.says(lab("answer", "c2", "0199005588", "310")).await;
    assert_eq!(newest().await, "talks");
    callpane.clock.advance(Duration::from_secs(5));
    pbx.says(lab("hangup", "c2", "0199005588", "310")).await;
    assert_eq!(newest().await, Value::Null, "the first call goes on, the second is over");
    pbx.says(lab("hangup", "c1", "0199005577", "310")).await;
    assert_eq!(newest().await, "earlier");
    assert!(page().await.contains("This page is for an earlier call."));
}
