//! Hostile texts in a real browser: whatever a caller, a phone system or an agent writes is shown, and
//! nothing of it runs.

use serde_json::json;

use super::figure;
use crate::browser::Browser;
use crate::harness::{Callpane, lab};

/// Each would leave a mark behind if any of it ran.
const TEXTS: [&str; 20] = [
    "<script>localStorage.hit=1</script>",
    "<img src=x onerror=localStorage.hit=1>",
    "\"><svg onload=localStorage.hit=1>",
    "'><body onload=localStorage.hit=1>",
    "</textarea><script>localStorage.hit=1</script>",
    "</title></style></script><script>localStorage.hit=1</script>",
    "<iframe srcdoc=\"<script>parent.localStorage.hit=1</script>\"></iframe>",
    "<a href=\"javascript:localStorage.hit=1\" autofocus onfocus=localStorage.hit=1>x</a>",
    "javascript:localStorage.hit=1",
    "<details open ontoggle=localStorage.hit=1>",
    "<input autofocus onfocus=localStorage.hit=1>",
    "<video><source onerror=localStorage.hit=1></video>",
    "<object data=\"javascript:localStorage.hit=1\"></object>",
    "<base href=\"https://evil.example.com/\">",
    "<meta http-equiv=refresh content=\"0;url=https://evil.example.com/\">",
    "<math><mtext><table><mglyph><style><img src=x onerror=localStorage.hit=1>",
    "<form action=\"https://evil.example.com/\"><button autofocus>x</button></form>",
    "{{ 7191 * 7193 }}{% raw %}${localStorage.hit=1}",
    "\" autofocus onfocus=\"localStorage.hit=1",
    "<!--><script>localStorage.hit=1</script>-->",
];

/// The same text in another dress.
fn dressed(number: usize) -> String {
    let text = TEXTS[number % TEXTS.len()];
    match number / TEXTS.len() {
        0 => text.to_owned(),
        1 => text.replace("script", "ScRiPt").replace("on", "ON"),
        2 => format!("\u{0}\"'`>{text}"),
        3 => text.replace('<', "&lt;").replace('"', "&quot;"),
        _ => format!("Ida\r\n\t{}", text.replace(' ', "/")),
    }
}

/// What a page has that no page of ours has.
const FOREIGN: &str = "return document.querySelectorAll('[onerror],[onload],[onfocus],[ontoggle],\
     iframe[srcdoc],iframe[src^=\"javascript:\"],object,embed,base,math,video,mglyph,meta[http-equiv=refresh],a[href^=\"javascript:\"],\
     form[action*=\"evil\"],script:not([src])').length + Object.keys(localStorage).filter(k => k === 'hit').length;";

async fn is_clean(browser: &Browser, what: &str) {
    browser.until("the page is there", "document.readyState === 'complete'").await;
    assert!(browser.driver().get_alert_text().await.is_err(), "{what}");
    assert_eq!(browser.run(FOREIGN).await, 0, "{what}");
    let host = browser.run("return location.hostname").await;
    assert_eq!(host, "localhost", "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_written_runs_in_a_browser() {
    let callpane = Callpane::setup().ticking().phone_systems("").start().await;
    let browser = Browser::start("en").await;
    let public = &callpane.running.public_url;
    let desktop = callpane.desktop(12);
    for number in 0..figure(10, 100) {
        // The small figure takes every other text.
        let number = if figure(0, 1) == 1 { number } else { number * 2 };
        let text = dressed(number);
        let mut ring = desktop.ring(if number % 3 == 0 { &text } else { "0199005577" }, &text);
        ring["queue"]["displayName"] = text.clone().into();
        ring["user"]["fullName"] = text.clone().into();
        ring["callDataCallId"] = format!("1.{number}").into();
        ring["userData"] = json!({ text.clone(): text, "USR_customer": text });
        let answer = desktop.posts(&ring).await;
        let page = callpane.opens(&answer).await;
        assert_eq!(page.notes(&text, 0).await.0, 200);
        let contact = callpane.http.post(callpane.url(&format!("{}/contact", page.path)));
        let contact = contact.header("content-type", "application/json");
        let said = json!({ "name": text, "company": text, "email": text });
        contact.body(said.to_string()).send().await.unwrap();
        browser.driver().goto(answer["url"].as_str().unwrap()).await.unwrap();
        is_clean(&browser, &text).await;
        let shown = browser.run("return document.body.innerText").await;
        assert!(!shown.as_str().unwrap().contains("51724863"), "a template in it was filled in");
    }
    // What arrives while a desktop is open is written by a script.
    browser.driver().goto(format!("{public}{}", callpane.personal_link("priya"))).await.unwrap();
    browser.until("it is connected", "document.querySelector('#lamp[data-state=connected]')").await;
    for (number, text) in TEXTS.iter().enumerate().take(figure(4, TEXTS.len())) {
        let mut call = lab("ring", &format!("c{number}"), text, "310");
        call["call"]["queue"] = (*text).into();
        callpane.pbx("lab").says(call).await;
        let tabs = format!("document.querySelectorAll('#tabs [role=tab]').length > {number}");
        browser.until("the desktop shows it", &tabs).await;
        is_clean(&browser, text).await;
    }
    let put_in = "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=1>');";
    browser.run(put_in).await;
    assert_eq!(browser.run(FOREIGN).await, 1, "it would be noticed");
    browser.stop().await;
}
