//! The built-in desktop in a real browser, under somebody's hands: whoever types is never taken to
//! another call, no call has two tabs, no page shows two calls, and nothing covers what must be chosen.

use std::cell::Cell;
use std::future::Future;

use serde_json::{Value, json};

use crate::browser::{Browser, serve_client};
use crate::harness::{Callpane, eventually, lab};

const SHOWN: &str = "[role=tabpanel]:not([hidden]) iframe";

/// The number of the call whose page is in front, as its heading writes it.
const FRONT: &str = "document.querySelector('[role=tabpanel]:not([hidden]) iframe')?.contentDocument?.querySelector('h1')?.textContent";

async fn desktop(callpane: &Callpane, agent: &str) -> Browser {
    let browser = Browser::start("en").await;
    let link = format!("{}{}", callpane.running.public_url, callpane.personal_link(agent));
    browser.driver().goto(&link).await.unwrap();
    browser.until("it is connected", "document.querySelector('#lamp[data-state=connected]')").await;
    browser
}

async fn tabs(browser: &Browser, count: usize) {
    let shown = format!("document.querySelectorAll('#tabs [role=tab]').length === {count}");
    browser.until(&format!("{count} tabs"), &shown).await;
}

async fn front(browser: &Browser, number: &str) {
    browser.until(number, &format!("{FRONT}?.includes('{number}')")).await;
}

/// The strip that says what waits.
async fn strip(browser: &Browser, text: &str) {
    let shown = format!(
        "document.querySelector('#flag-line:not([hidden]) #flag-say')?.textContent === '{text}'"
    );
    browser.until(text, &shown).await;
}

/// The keyboard goes into the notes of the page in front, by a real click.
async fn goes_to_notes(browser: &Browser) {
    browser.one(SHOWN).await.enter_frame().await.unwrap();
    browser.click("#notes").await;
    browser.leave_pane().await;
}

/// The keyboard is in the page in front, and not in one that is out of sight.
async fn keyboard_is_in_front(browser: &Browser) {
    let there = format!("document.activeElement === document.querySelector('{SHOWN}')");
    browser.until("the keyboard is in the page in front", &there).await;
}

/// No call has two tabs, no page has been led to another call, no two pages are of one call.
async fn each_call_has_its_page(browser: &Browser) {
    let loaded = "[...document.querySelectorAll('[role=tabpanel] iframe')]
        .every((frame) => frame.contentDocument?.body?.dataset.path)";
    browser.until("every page has been loaded", loaded).await;
    let script = "return [...document.querySelectorAll('[role=tabpanel] iframe')].map((frame) => [
        new URL(frame.src).pathname, frame.contentWindow.location.pathname,
        frame.contentDocument.body.dataset.path ])";
    let pages: Vec<[String; 3]> = serde_json::from_value(browser.run(script).await).unwrap();
    for [asked, shown, path] in &pages {
        assert_eq!((asked, asked), (shown, path), "{pages:?}");
    }
    let mut paths: Vec<&String> = pages.iter().map(|[asked, _, _]| asked).collect();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), pages.len(), "{pages:?}");
}

/// An agent at their desktop, and what they have typed into the page in front.
struct Typist {
    browser: Browser,
    typed: Cell<String>,
}

impl Typist {
    async fn at(callpane: &Callpane, agent: &str) -> Self {
        Self { browser: desktop(callpane, agent).await, typed: Cell::default() }
    }

    /// Types a few letters, and on until it `happened`.
    async fn types_until(&self, happened: &Cell<bool>) {
        const AT_LEAST: usize = 12;
        let mut typed = self.typed.take();
        let before = typed.len();
        while !happened.get() || typed.len() < before + AT_LEAST {
            let letter = char::from(b'a' + u8::try_from(typed.len() % 26).unwrap());
            self.browser.press(letter).await;
            typed.push(letter);
        }
        self.typed.set(typed);
    }

    /// What was typed since the last time that this was asked.
    fn typed(&self) -> String {
        self.typed.take()
    }
}

/// Both type, before, during and after what happens.
async fn both_type(priya: &Typist, marcus: &Typist, happening: impl Future<Output = ()>) {
    let happened = Cell::new(false);
    let happening = async {
        happening.await;
        happened.set(true);
    };
    tokio::join!(priya.types_until(&happened), marcus.types_until(&happened), happening);
    for agent in [priya, marcus] {
        each_call_has_its_page(&agent.browser).await;
        keyboard_is_in_front(&agent.browser).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_agents_type_through_three_overlapping_calls_and_no_letter_is_lost_or_misplaced() {
    let callpane = Callpane::setup().phone_systems("").ticking().start().await;
    let pbx = callpane.pbx("lab");
    let says = async |event: &str, call: &str, caller: &str, extension: &str| {
        pbx.says(lab(event, call, caller, extension)).await;
    };
    let (first, second, third) = ("0199005501", "0199005502", "0199005503");
    let priya = Typist::at(&callpane, "priya").await;
    let marcus = Typist::at(&callpane, "marcus").await;
    says("ring", "c1", first, "310").await;
    says("ring", "c2", second, "311").await;
    says("answer", "c1", first, "310").await;
    says("answer", "c2", second, "311").await;
    for (agent, number) in [(&priya, "01 99 00 55 01"), (&marcus, "01 99 00 55 02")] {
        front(&agent.browser, number).await;
        goes_to_notes(&agent.browser).await;
    }
    both_type(&priya, &marcus, async {
        says("ring", "c3", third, "311").await;
        tabs(&marcus.browser, 2).await;
        strip(&marcus.browser, "01 99 00 55 03 is calling.").await;
    })
    .await;
    both_type(&priya, &marcus, async {
        says("hangup", "c1", first, "310").await;
        let over = "document.querySelector('#tabs [aria-selected=true][data-phase=ended]')";
        priya.browser.until("the first call is over", over).await;
    })
    .await;
    both_type(&priya, &marcus, async {
        says("ring", "c3", third, "310").await;
        tabs(&priya.browser, 2).await;
        strip(&priya.browser, "01 99 00 55 03 is calling.").await;
    })
    .await;
    both_type(&priya, &marcus, async {
        says("answer", "c3", third, "310").await;
        strip(&priya.browser, "You are talking with 01 99 00 55 03.").await;
        let elsewhere = "document.querySelector('#tabs [data-became=elsewhere]')";
        marcus.browser.until("somebody else has it", elsewhere).await;
    })
    .await;
    front(&priya.browser, "01 99 00 55 01").await;
    let of_first = priya.typed();
    priya.browser.click("#flag-show").await;
    front(&priya.browser, "01 99 00 55 03").await;
    keyboard_is_in_front(&priya.browser).await;
    goes_to_notes(&priya.browser).await;
    both_type(&priya, &marcus, async {
        says("hangup", "c2", second, "311").await;
        says("hangup", "c3", third, "310").await;
        let over = "document.querySelector('#tabs [aria-selected=true][data-phase=ended]')";
        priya.browser.until("the third call is over", over).await;
        marcus.browser.until("the second call is over", over).await;
    })
    .await;
    let (of_third, of_second) = (priya.typed(), marcus.typed());
    let mut expected = vec![
        format!("c1|agent:priya|{of_first}"),
        format!("c2|agent:marcus|{of_second}"),
        "c3|agent:marcus|".to_owned(),
        format!("c3|agent:priya|{of_third}"),
    ];
    expected.sort();
    eventually("every letter is in the notes of its call", async || {
        let mut notes = callpane
            .sql("SELECT c.external_id, p.agent, p.notes FROM pane p JOIN call c ON c.id = p.call_id")
            .await;
        notes.sort();
        (notes == expected).then_some(())
    })
    .await;
    priya.browser.stop().await;
    marcus.browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_at_rest_is_taken_to_the_call_that_rings_and_the_keyboard_goes_along() {
    let callpane = Callpane::setup().phone_systems("").ticking().start().await;
    let browser = desktop(&callpane, "priya").await;
    let pbx = callpane.pbx("lab");
    pbx.says(lab("ring", "c1", "0199005501", "310")).await;
    front(&browser, "01 99 00 55 01").await;
    browser.run(&format!("document.querySelector('{SHOWN}').focus();")).await;
    pbx.says(lab("ring", "c2", "0199005502", "310")).await;
    front(&browser, "01 99 00 55 02").await;
    keyboard_is_in_front(&browser).await;
    pbx.says(lab("answer", "c1", "0199005501", "310")).await;
    front(&browser, "01 99 00 55 01").await;
    browser.click("#tabs [role=tab]:last-child").await;
    front(&browser, "01 99 00 55 02").await;
    keyboard_is_in_front(&browser).await;
    goes_to_notes(&browser).await;
    browser.click("#tabs [role=tab]:first-child").await;
    keyboard_is_in_front(&browser).await;
    browser.press('x').await;
    let written = "return [...document.querySelectorAll('iframe')].map((frame) => frame.contentDocument.querySelector('#notes').value).join('')";
    assert_eq!(browser.run(written).await, "", "what is typed goes into no page out of sight");
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_in_somebody_elses_page_is_not_taken_out_of_it() {
    let page = "<!doctype html><title>crm</title><h1>CRM</h1><input id=\"field\">";
    let crm = serve_client(page.to_owned());
    for around in ["", "page = \"wrapper\"\n"] {
        whoever_writes_there_is_left_alone(&crm, around).await;
    }
}

/// Their page, alone or within ours.
async fn enter_theirs(browser: &Browser, around: &str) {
    browser.one(SHOWN).await.enter_frame().await.unwrap();
    if !around.is_empty() {
        browser.one("#wrapped").await.enter_frame().await.unwrap();
    }
}

async fn whoever_writes_there_is_left_alone(crm: &str, around: &str) {
    let rules = format!(
        "[[rule]]\nname = \"crm\"\nwhen = {{ caller = \"0199005501\" }}\nurl = \"{crm}/\"\n{around}[[rule]]\nname = \"rest\"\n"
    );
    let setup = Callpane::setup().phone_systems(&rules).ticking();
    let callpane = setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.0/8").start().await;
    let browser = desktop(&callpane, "priya").await;
    let pbx = callpane.pbx("lab");
    pbx.says(lab("ring", "c1", "0199005501", "310")).await;
    pbx.says(lab("answer", "c1", "0199005501", "310")).await;
    pbx.says(lab("hangup", "c1", "0199005501", "310")).await;
    let over = "document.querySelector('#tabs [aria-selected=true][data-phase=ended]')";
    browser.until("the call is over", over).await;
    enter_theirs(&browser, around).await;
    browser.click("#field").await;
    browser.leave_pane().await;
    pbx.says(lab("ring", "c2", "0199005502", "310")).await;
    strip(&browser, "01 99 00 55 02 is calling.").await;
    browser.press('x').await;
    enter_theirs(&browser, around).await;
    let typed = browser.one("#field").await.prop("value").await.unwrap();
    assert_eq!(typed.as_deref(), Some("x"));
    browser.leave_pane().await;
    browser.stop().await;
}

/// Priya talks with 01 99 00 55 01, whose page is in front, and 01 99 00 55 02 rings.
async fn a_second_call_rings_during_the_first(callpane: &Callpane, browser: &Browser) {
    let pbx = callpane.pbx("lab");
    pbx.says(lab("ring", "c1", "0199005501", "310")).await;
    pbx.says(lab("answer", "c1", "0199005501", "310")).await;
    front(browser, "01 99 00 55 01").await;
    pbx.says(lab("ring", "c2", "0199005502", "310")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_leads_to_another_call_has_the_desktop_show_its_tab() {
    let callpane = Callpane::setup().phone_systems("").ticking().start().await;
    let browser = desktop(&callpane, "priya").await;
    a_second_call_rings_during_the_first(&callpane, &browser).await;
    tabs(&browser, 2).await;
    strip(&browser, "01 99 00 55 02 is calling.").await;
    browser.one(SHOWN).await.enter_frame().await.unwrap();
    let silent = "document.querySelector('#newest')?.checkVisibility() === false";
    browser.until("the page leaves that to the desktop", silent).await;
    callpane.pbx("lab").says(lab("answer", "c2", "0199005502", "310")).await;
    let talks = "parent.document.querySelector('#tabs [data-phase=answered][tabindex=\"-1\"]')";
    browser.until("the other tab talks", talks).await;
    callpane.pbx("lab").says(lab("hangup", "c1", "0199005501", "310")).await;
    let earlier = "document.querySelector('#newest[data-kind=earlier]')?.checkVisibility()";
    browser.until("it is an earlier call's page", earlier).await;
    browser.click("#newest a").await;
    browser.leave_pane().await;
    front(&browser, "01 99 00 55 02").await;
    keyboard_is_in_front(&browser).await;
    tabs(&browser, 2).await;
    each_call_has_its_page(&browser).await;
    browser.picture("built-in-two-calls").await;
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withheld_number_is_called_the_same_on_the_tab_the_page_and_among_the_missed() {
    let callpane = Callpane::setup().phone_systems("").ticking().start().await;
    let browser = desktop(&callpane, "priya").await;
    callpane.pbx("lab").says(lab("ring", "c1", "", "310")).await;
    front(&browser, "Withheld number").await;
    assert_eq!(browser.one("#tabs .who").await.text().await.unwrap(), "Withheld number");
    callpane.pbx("lab").says(lab("hangup", "c1", "", "310")).await;
    let missed = "document.querySelector('#missed .who')?.textContent === 'Withheld number'";
    browser.until("it is missed", missed).await;
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_said_above_the_pages_at_every_size() {
    let callpane = Callpane::setup().phone_systems("").ticking().start().await;
    let browser = desktop(&callpane, "priya").await;
    a_second_call_rings_during_the_first(&callpane, &browser).await;
    strip(&browser, "01 99 00 55 02 is calling.").await;
    assert_eq!(browser.driver().title().await.unwrap(), "Ringing: 01 99 00 55 02");
    for (width, height) in SIZES {
        for theme in ["light", "dark"] {
            browser.appear_in(width, height, theme).await;
            let wide = browser.run("return document.documentElement.scrollWidth;").await;
            assert!(wide.as_u64().unwrap() <= u64::from(width), "{width}: {wide} px wide");
            assert_eq!(browser.complaints().await, Vec::<String>::new(), "{width} {theme}");
            browser.picture(&format!("built-in-rings-{width}-{theme}")).await;
        }
    }
    browser.stop().await;
}

/// Counts what is told, and has the agent look at another window.
const ELSEWHERE: &str = "globalThis.told = [];
    const Real = Notification;
    globalThis.Notification = class extends Real {
      constructor(title, more) { super(title, more); told.push(title); }
    };
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (at) { told.push(this.frequency.value); start.call(this, at); };
    document.hasFocus = () => false;";

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_behind_another_window_is_told_to_whoever_wants_that() {
    let callpane = Callpane::setup().phone_systems("").ticking().start().await;
    let pbx = callpane.pbx("lab");
    let browser = desktop(&callpane, "priya").await;
    let rings = async |call: &str, told: &str| {
        pbx.says(lab("ring", call, "0199005577", "310")).await;
        let is_there =
            format!("[...document.querySelectorAll('#tabs button')].length === {}", &call[1..]);
        browser.until("the call is there", &is_there).await;
        assert_eq!(browser.run("return JSON.stringify(told);").await, told, "{call}");
    };
    browser.one("#alerts[open]").await;
    browser.run(ELSEWHERE).await;
    rings("c1", "[]").await;
    browser.until("it is not in the way", "!document.querySelector('#alerts').open").await;
    let granted = json!({ "permissions": ["notifications"] });
    browser.driver().cdp().send_raw("Browser.grantPermissions", granted).await.unwrap();
    browser.click("#alerts summary").await;
    browser.click("#alert-notification").await;
    browser.click("#alert-sound").await;
    browser.until("a sample is played", "told.length === 2").await;
    browser.run("told.length = 0; document.hasFocus = () => true;").await;
    rings("c2", "[]").await;
    browser.run("document.hasFocus = () => false;").await;
    rings("c3", r#"[659,880,"Ringing: 01 99 00 55 77"]"#).await;
    browser.driver().refresh().await.unwrap();
    browser.one("#alerts[data-on]:not([open])").await;
    browser.run(ELSEWHERE).await;
    tabs(&browser, 3).await;
    rings("c4", r#"[659,880,"Ringing: 01 99 00 55 77"]"#).await;
    browser.stop().await;
}

/// A pane beside an agent application, and the narrowest there is.
const SIZES: [(u32, u32); 2] = [(900, 600), (320, 640)];

const OUTCOMES: &str = r#"
[[rule]]
name = "all"
autopause = true
[[disposition]]
options = ["Sold", "Call back", "Wrong number", "Offer wanted", "Complaint", "Passed on to accounts"]
required = true
"#;

/// The outcomes that the bar or the strip covers, or that are out of sight; with `scroll`, of each
/// after it was scrolled to.
const COVERED: &str = "const [scroll] = arguments;
    const box = (selector) => document.querySelector(selector).getBoundingClientRect();
    const isStuck = (selector) => getComputedStyle(document.querySelector(selector)).position === 'sticky';
    return [...document.querySelectorAll('.option')].filter((option) => {
      if (scroll) option.scrollIntoView({ block: 'nearest', behavior: 'instant' });
      const { top, bottom } = option.getBoundingClientRect();
      const above = Math.max(0, ...['.top', '.strip'].filter(isStuck).map((one) => box(one).bottom));
      return top < above || bottom > box('.bar').top;
    }).map((option) => option.textContent);";

async fn covered(browser: &Browser, scroll: bool) -> Value {
    browser.driver().execute(COVERED, vec![json!(scroll)]).await.unwrap().json().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_outcome_that_must_be_chosen_is_covered() {
    let callpane = Callpane::setup().rules(OUTCOMES).ticking().start().await;
    for language in ["en", "fr"] {
        let browser = Browser::start(language).await;
        let answer = callpane.desktop(87).rings("0199005577", "trucks").await;
        for (width, height) in SIZES {
            browser.appear_in(width, height, "light").await;
            let shown = format!("{language} {width}×{height}");
            browser.driver().goto(answer["url"].as_str().unwrap()).await.unwrap();
            browser.picture(&format!("outcomes-{language}-{width}")).await;
            assert_eq!(covered(&browser, true).await, json!([]), "{shown}, scrolled to");
            browser.run("scrollTo(0, 0); document.querySelector('#notes').focus();").await;
            browser.click("#close").await;
            browser.one("#disposition-error:not([hidden])").await;
            browser.picture(&format!("outcomes-missing-{language}-{width}")).await;
            assert_eq!(covered(&browser, false).await, json!([]), "{shown}, after Done");
            browser.appear_in(width, height, "dark").await;
            browser.picture(&format!("outcomes-missing-{language}-{width}-dark")).await;
        }
        browser.stop().await;
    }
}
