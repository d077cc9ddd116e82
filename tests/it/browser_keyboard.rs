//! The console by keyboard alone: everything that a mouse reaches can be reached, is seen to be reached, and every
//! act can be done, also without script.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::browser_console::{PAGES, PASSWORD, morning, setup};
use crate::harness::{Callpane, eventually, real_now};

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

/// Whatever a mouse could use, each once: of radio buttons with one name, whichever has the keyboard.
const REACHABLE: &str = "
    window.reached = new Set(); window.unseen = new Set();
    const kinds = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
    const name = e => e.type === 'radio' ? `radio ${e.name}`
        : `${[...document.querySelectorAll(kinds)].indexOf(e)} ${e.outerHTML.slice(0, 90)}`;
    document.addEventListener('focusin', event => {
        const style = getComputedStyle(event.target);
        const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
        window.reached.add(name(event.target));
        if (!outlined && style.boxShadow === 'none') window.unseen.add(name(event.target));
    });
    const usable = e => !e.disabled && e.checkVisibility({ visibilityProperty: true });
    window.wanted = [...new Set([...document.querySelectorAll(kinds)].filter(usable).map(name))];
    return window.wanted.length;";

/// Presses keys, wherever the keyboard is by now.
async fn press(browser: &Browser, keys: &str) {
    browser.driver().action_chain().send_keys(keys).perform().await.unwrap();
}

/// Goes on with the Tab key until this has the keyboard.
async fn tab_to(browser: &Browser, selector: &str) {
    let wanted = browser.one(selector).await.element_id();
    for _ in 0..120 {
        let active = browser.driver().active_element().await;
        if active.is_ok_and(|active| active.element_id() == wanted) {
            return;
        }
        press(browser, TAB).await;
    }
    panic!("the Tab key does not lead to {selector}");
}

async fn types(browser: &Browser, selector: &str, text: &str) {
    tab_to(browser, selector).await;
    press(browser, text).await;
}

async fn enters(browser: &Browser, selector: &str) {
    tab_to(browser, selector).await;
    press(browser, ENTER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_reaches_what_a_mouse_does_and_shows_where_it_is() {
    let callpane = setup().start().await;
    morning(&callpane).await;
    let browser = Browser::start("en").await;
    crate::browser_console::sign_in(&callpane, &browser).await;
    for (name, path) in PAGES {
        let address = format!("{}{path}", callpane.running.public_url);
        browser.driver().goto(address).await.unwrap();
        let count = browser.run(REACHABLE).await.as_u64().unwrap();
        assert!(count > 8, "{name}: {count}");
        let tabs = TAB.repeat(usize::try_from(count).unwrap() + 8);
        press(&browser, &tabs).await;
        let missed = "return window.wanted.filter(one => !window.reached.has(one));";
        assert_eq!(browser.run(missed).await, json!([]), "{name}: out of reach");
        assert_eq!(browser.run("return [...window.unseen];").await, json!([]), "{name}: unseen");
    }
    browser.stop().await;
}

/// What an administrator does in a day, with neither mouse nor script.
#[tokio::test(flavor = "multi_thread")]
async fn every_act_is_done_by_keyboard_and_without_script() {
    let callpane = setup().start().await;
    let answer = callpane.desktop(12).rings("0199005577", "support").await;
    callpane.opens(&answer).await.done("Asked for the invoice of March.", None).await;
    gives_up(&callpane).await;
    let browser = Browser::start("en").await;
    let off = json!({ "value": true });
    browser.driver().cdp().send_raw("Emulation.setScriptExecutionDisabled", off).await.unwrap();
    signs_in(&callpane, &browser).await;
    asks_why(&callpane, &browser).await;
    resends_and_pauses(&callpane, &browser).await;
    lets_others_in(&callpane, &browser).await;
    enters(&browser, ".who button").await;
    let out = browser.one("[role=alert]").await.text().await.unwrap();
    assert_eq!(out, "You are signed out.");
    browser.stop().await;
}

/// The journal cannot be reached; its deliveries are given up in the end.
async fn gives_up(callpane: &Callpane) {
    eventually("it was tried", async || {
        let tried = callpane.sql("SELECT id FROM delivery WHERE attempts > 0").await;
        (!tried.is_empty()).then_some(())
    })
    .await;
    let given_up =
        format!("UPDATE delivery SET outcome = 'exhausted', settled_at = {}", real_now());
    callpane.sql(&given_up).await;
}

async fn open(callpane: &Callpane, browser: &Browser, path: &str) {
    let address = format!("{}/console{path}", callpane.running.public_url);
    browser.driver().goto(address).await.unwrap();
}

async fn signs_in(callpane: &Callpane, browser: &Browser) {
    open(callpane, browser, "").await;
    types(browser, "[name=name]", "admin").await;
    types(browser, "[name=password]", &format!("{PASSWORD}{ENTER}")).await;
    browser.one(".rail").await;
}

async fn asks_why(callpane: &Callpane, browser: &Browser) {
    types(browser, "main [name=agent]", "1012").await;
    types(browser, "main [name=at]", &format!("{}{ENTER}", now(callpane))).await;
    let said = browser.one(".verdict h1").await.text().await.unwrap();
    assert!(said.contains("Agent 12"), "{said}");
    open(callpane, browser, "/calls").await;
    types(browser, ".filters [name=queue]", &format!("support{ENTER}")).await;
    browser.one(".filters [name=queue][value=support]").await;
    enters(browser, "tbody a").await;
    browser.one(".verdict h1").await;
}

/// The time of day in the console's zone.
fn now(callpane: &Callpane) -> String {
    let zone = callpane.running.flow.context.options().zone.clone();
    zone.shows(callpane.running.flow.context.now()).minute()
}

async fn resends_and_pauses(callpane: &Callpane, browser: &Browser) {
    open(callpane, browser, "/deliveries").await;
    types(browser, "[name=id]", " ").await;
    enters(browser, "button[form=resend]").await;
    eventually("it is owed again", async || {
        let owed = callpane.sql("SELECT id FROM delivery WHERE settled_at IS NULL").await;
        (!owed.is_empty()).then_some(())
    })
    .await;
    for (verb, paused) in [("pause", 1), ("resume", 0)] {
        open(callpane, browser, "/deliveries").await;
        enters(browser, &format!("form[action$='/destinations/{verb}'] button")).await;
        eventually(verb, async || {
            let sql = "SELECT name FROM destination WHERE paused_at IS NOT NULL";
            (callpane.sql(sql).await.len() == paused).then_some(())
        })
        .await;
    }
}

async fn lets_others_in(callpane: &Callpane, browser: &Browser) {
    for (form, name, made) in
        [("operators", "claire", "/console/sign-in/"), ("tokens", "wallboard", "")]
    {
        open(callpane, browser, "/access").await;
        let form = format!("form[action$='/access/{form}']");
        types(browser, &format!("{form} [name=name]"), &format!("{name}{ENTER}")).await;
        let shown = browser.one("#made").await.text().await.unwrap();
        assert!(shown.contains(made) && shown.len() > 20, "{shown}");
    }
    enters(browser, "form[action$='/revoke'] button").await;
    open(callpane, browser, "/audit").await;
    let acts: Vec<Value> =
        callpane.sql("SELECT act FROM audit").await.into_iter().map(Value::from).collect();
    for act in [
        "operator-added",
        "token-added",
        "token-revoked",
        "destination-paused",
        "deliveries-resent",
    ] {
        assert!(acts.contains(&act.into()), "{act}: {acts:?}");
    }
    types(browser, ".filters [name=actor]", &format!("admin{ENTER}")).await;
    browser.one("[name=actor][value=admin]").await;
}
