//! Other systems show something on the live page of a call: plain text, on every page of the call, at once.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::harness::{Callpane, Setup, lab};
use crate::roles::token;

const TOKEN: &str = "token-of-the-api-0123456789abcdef";

fn setup() -> Setup {
    Callpane::setup().phone_systems("").set("CALLPANE_API_TOKEN", TOKEN)
}

async fn asks(callpane: &Callpane, method: Method, path: &str, body: Value) -> (u16, Value) {
    asks_as(callpane, TOKEN, method, path, body).await
}

async fn asks_as(
    callpane: &Callpane,
    token: &str,
    method: Method,
    path: &str,
    body: Value,
) -> (u16, Value) {
    let request = callpane.http.request(method, callpane.url(&format!("/api/v1/calls/{path}")));
    let request = request.bearer_auth(token).header("content-type", "application/json");
    let reply = request.body(body.to_string()).send().await.unwrap();
    let status = reply.status().as_u16();
    (status, serde_json::from_str(&reply.text().await.unwrap()).unwrap_or_default())
}

pub(crate) async fn posts(callpane: &Callpane, call: &str, card: Value) -> Value {
    let (status, posted) = asks(callpane, Method::POST, &format!("{call}/cards"), card).await;
    assert_eq!(status, 201, "{posted}");
    posted
}

async fn titles(callpane: &Callpane, call: &str) -> Vec<String> {
    let (_, all) = asks(callpane, Method::GET, &format!("{call}/cards"), Value::Null).await;
    let all = all["cards"].as_array().unwrap_or_else(|| panic!("{all}")).clone();
    all.iter().map(|card| card["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_card_is_put_on_a_call_by_whatever_id_it_has() {
    let callpane = setup().start().await;
    let answer = callpane.desktop(12).rings_with("0199005577", "trucks", "x-1").await;
    let order = json!({ "key": "order", "title": "Order <b>A-1207</b>", "text": "late",
        "link": "https://shop.example.com/orders/1?a=1&b=2",
        "lines": [{ "label": "Truck", "value": "17" }] });
    let posted = posts(&callpane, "x-1", order.clone()).await;
    let call = posted["call"].as_str().unwrap().to_owned();
    assert_eq!(
        (&posted["title"], &posted["posted_by"], &posted["at"]),
        (&order["title"], &json!("CALLPANE_API_TOKEN"), &json!("2026-09-21T14:15:23Z"))
    );
    posts(&callpane, &call, json!({ "title": "Visit" })).await;
    posts(&callpane, "xivo:x-1", json!({ "key": "order", "title": "Order gone" })).await;
    assert_eq!(titles(&callpane, "x-1").await, ["Visit", "Order gone"], "the newer took its place");
    let page = callpane.opens(&answer).await;
    for shown in ["Order gone", "Visit"] {
        assert!(page.html.contains(&format!("<h3>{shown}</h3>")), "{shown}");
    }
    assert!(!page.html.contains("A-1207"));
    let (_, all) = asks(&callpane, Method::GET, "x-1/cards", Value::Null).await;
    let first = format!("x-1/cards/{}", all["cards"][0]["id"].as_str().unwrap());
    assert_eq!(asks(&callpane, Method::DELETE, &first, Value::Null).await.0, 204);
    let (status, problem) = asks(&callpane, Method::DELETE, &first, Value::Null).await;
    assert_eq!((status, &problem["code"]), (404, &json!("no-such-card")));
    assert_eq!(titles(&callpane, &call).await, ["Order gone"]);
}

#[tokio::test]
async fn what_is_no_card_or_of_no_call_is_refused_and_there_are_not_too_many() {
    let callpane = setup().start().await;
    callpane.desktop(12).rings_with("0199005577", "trucks", "x-1").await;
    callpane.pbx("lab").says(lab("ring", "x-1", "+441632960123", "311")).await;
    for (path, card, status, code) in [
        ("nobodys/cards", json!({ "title": "a" }), 404, "no-such-call"),
        ("x-1/cards", json!({ "title": "a" }), 409, "ambiguous-call"),
        ("lab:x-1/cards", json!({ "title": "" }), 422, "invalid-value"),
        (
            "lab:x-1/cards",
            json!({ "title": "a", "link": "javascript:alert(1)" }),
            422,
            "invalid-value",
        ),
        ("lab:x-1/cards", json!({ "titel": "a" }), 422, "invalid-value"),
        ("lab:x-1/cards", json!([1]), 422, "invalid-value"),
    ] {
        let (answered, problem) = asks(&callpane, Method::POST, path, card.clone()).await;
        assert_eq!((answered, &problem["code"]), (status, &json!(code)), "{card}: {problem}");
    }
    for at in 0..23 {
        posts(&callpane, "lab:x-1", json!({ "title": format!("card {at}") })).await;
    }
    let kept = titles(&callpane, "lab:x-1").await;
    assert_eq!((kept.len(), kept[0].as_str(), kept[19].as_str()), (20, "card 3", "card 22"));
    // They are forgotten with their call.
    callpane.hours_pass(91 * 24).await;
    callpane.running.flow.retention.forget().await.unwrap();
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM card").await, ["0"]);
}

#[tokio::test]
async fn a_program_has_a_say_in_its_own_cards_and_the_audit_says_who_posted_what() {
    let callpane = setup().start().await;
    callpane.desktop(12).rings_with("0199005577", "trucks", "x-1").await;
    let (shop, theirs) = (token(&callpane, "cards").await, token(&callpane, "cards").await);
    let supervisor = token(&callpane, "supervisor").await;
    let order = |title: &str| json!({ "key": "order", "title": title });
    let post = async |token: &str, card: Value| {
        let (status, posted) = asks_as(&callpane, token, Method::POST, "x-1/cards", card).await;
        (status, posted["code"].clone(), posted["id"].as_str().unwrap_or_default().to_owned())
    };
    let remove = async |token: &str, id: &str| {
        let path = format!("x-1/cards/{id}");
        let (status, said) = asks_as(&callpane, token, Method::DELETE, &path, Value::Null).await;
        (status, said["code"].clone())
    };
    let (status, _, first) = post(&shop, order("Order A-1207")).await;
    assert_eq!(status, 201);
    let refused = json!("not-your-card");
    let (status, code, _) = post(&theirs, order("Visit")).await;
    assert_eq!((status, &code), (403, &refused));
    assert_eq!(remove(&theirs, &first).await, (403, refused.clone()));
    assert_eq!(titles(&callpane, "x-1").await, ["Order A-1207"]);
    let (status, _, second) = post(&shop, order("Order sent")).await;
    assert_eq!(status, 201);
    assert_eq!(remove(&shop, &second).await.0, 204);
    // Whatever an operator's token posted is not a program's, and is the supervisor's to remove.
    let admins = posts(&callpane, "x-1", order("Order held")).await;
    assert_eq!(post(&shop, order("Order sent")).await.0, 403);
    assert_eq!(remove(&supervisor, admins["id"].as_str().unwrap()).await.0, 204);
    // Whoever posts many pushes out their own.
    post(&shop, json!({ "title": "kept" })).await;
    for at in 0..25 {
        post(&theirs, json!({ "title": format!("card {at}") })).await;
    }
    let kept = titles(&callpane, "x-1").await;
    assert_eq!((kept.len(), kept[0].as_str(), kept[1].as_str()), (20, "kept", "card 6"));
    // Nobody's but their own, unless they supervise: there is no room for a third program.
    let third = token(&callpane, "cards").await;
    let (status, code, _) = post(&third, json!({ "title": "late" })).await;
    assert_eq!((status, code), (409, json!("too-many-cards")));
    assert_eq!(titles(&callpane, "x-1").await, kept);
    assert_eq!(post(&supervisor, json!({ "title": "first" })).await.0, 201);
    let now = titles(&callpane, "x-1").await;
    assert_eq!((now.len(), now[0].as_str(), now[19].as_str()), (20, "card 6", "first"));

    let request = callpane.http.get(callpane.url("/api/v1/audit?limit=500")).bearer_auth(TOKEN);
    let acts: Value =
        serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
    let of_cards = acts["audit"].as_array().unwrap().iter().rev();
    let of_cards = of_cards.filter(|act| act["act"].as_str().unwrap().starts_with("card-"));
    let said = of_cards.map(|act| {
        let text = |name: &str| act[name].as_str().unwrap_or("-").to_owned();
        format!("{} {} {} {}", text("actor"), text("act"), text("before"), text("after"))
    });
    let said: Vec<String> = said.take(5).collect();
    assert_eq!(
        said,
        [
            "cards card-posted - order",
            "cards card-posted order order",
            "cards card-removed order -",
            "CALLPANE_API_TOKEN card-posted - order",
            "supervisor card-removed order -",
        ]
    );
}

const SHOWN: &str = "document.querySelector('#cards:not([hidden]) h3')?.textContent";

#[tokio::test(flavor = "multi_thread")]
async fn a_card_appears_on_the_open_page_and_is_text() {
    let callpane = setup().ticking().start().await;
    for (language, heading) in [("en", "From other systems"), ("fr", "D’autres systèmes")] {
        let browser = Browser::start(language).await;
        let call = format!("x-{language}");
        let answer = callpane.desktop(12).rings_with("0199005577", "trucks", &call).await;
        browser.driver().goto(answer["url"].as_str().unwrap()).await.unwrap();
        browser.until("the page is there", "document.querySelector('#cards[hidden]')").await;
        let notes = browser.one("#notes").await;
        notes.send_keys("half a sen").await.unwrap();
        let card = json!({ "key": "order", "title": "Order <b>A-1207</b>", "text": "late\nsince Monday",
            "link": "https://shop.example.com/1", "lines": [{ "label": "Truck", "value": "<i>17</i>" }] });
        posts(&callpane, &call, card).await;
        let title = format!("{SHOWN} === 'Order <b>A-1207</b>'");
        browser.until("the card is shown", &title).await;
        let said = browser.run("const all = document.querySelector('#cards');
            const link = all.querySelector('a');
            return [all.querySelector('h2').textContent, all.querySelector('td').textContent, link.rel, link.target,
              link.href, document.querySelector('#notes').value, document.activeElement.id];");
        let expected = json!([
            heading,
            "<i>17</i>",
            "noopener noreferrer",
            "_blank",
            "https://shop.example.com/1",
            "half a sen",
            "notes"
        ]);
        assert_eq!(said.await, expected);
        let newer = posts(&callpane, &call, json!({ "key": "order", "title": "Order sent" })).await;
        browser.until("another took its place", &format!("{SHOWN} === 'Order sent'")).await;
        browser.driver().refresh().await.unwrap();
        browser.until("it survives", &format!("{SHOWN} === 'Order sent'")).await;
        let path = format!("{call}/cards/{}", newer["id"].as_str().unwrap());
        asks(&callpane, Method::DELETE, &path, Value::Null).await;
        browser.until("it is taken back", "document.querySelector('#cards[hidden]')").await;
        browser.stop().await;
        callpane.clock.advance(Duration::from_secs(1));
    }
}
