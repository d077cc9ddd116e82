//! The console in a real browser: every page in both languages, wide and narrow, light and dark; by the
//! keyboard alone, without script, and as it changes.

use callpane::inside::{Actor, Role};
use serde_json::json;

use crate::browser::Browser;
use crate::harness::{Callpane, Setup, lab, real_now};

pub(crate) const PASSWORD: &str = "correct horse battery";

const RULES: &str = r#"
[[rule]]
name = "trucks: the hosted page, paused until it is done"
when = { queue = "trucks", "contact.data.VIP" = ["yes", "gold"] }
unless = { caller = "anonymous" }

[[rule]]
name = "trucks: pause"
when = { queue = "trucks" }
autopause = true

[[rule]]
name = "quiet: nothing"
when = { queue = "quiet" }
action = "none"

[[rule]]
name = "everything else"

[[destination]]
name = "journal"
on = ["pane.completed"]
url = "http://127.0.0.1:9/api/calls"
json = { notes = "{{ pane.notes }}" }
"#;

pub(crate) fn setup() -> Setup {
    Callpane::setup()
        .phone_systems(RULES)
        .set("CALLPANE_CONSOLE_PASSWORD", PASSWORD)
        .set("CALLPANE_ZONE", "Europe/Paris")
        .ticking()
        .leaves_deliveries()
}

/// Calls as a busy morning leaves them.
pub(crate) async fn morning(callpane: &Callpane) {
    for number in 0..60_u32 {
        let queue = match number % 4 {
            0 => "trucks",
            1 => "support",
            2 => "quiet",
            _ => "a-queue-with-a-long-name",
        };
        let caller = format!("01990055{:02}", number % 20);
        let answer = callpane.desktop(12 + number % 5).rings(&caller, queue).await;
        if answer["action"] != "none" && number % 3 != 0 {
            let page = callpane.opens(&answer).await;
            if number % 3 == 1 {
                page.done("Asked for the invoice of March <b>and</b> \"April\".", None).await;
            }
        }
    }
    callpane.pbx("lab").says(lab("ring", "c1", "0199005577", "310")).await;
    callpane.pbx("lab").says(lab("answer", "c1", "0199005577", "310")).await;
    let refused = callpane.http.post(callpane.url("/hooks/lab")).body("{}").send().await.unwrap();
    assert_eq!(refused.status(), 401);
}

/// A large installation: many rules, agents and destinations, with names as long as people make them.
fn crowd() -> String {
    let rules = (0..40).map(|n| {
        let name = format!("Customers of the north and the west, weekdays before noon, part {n}");
        format!("[[rule]]\nname = \"{name}\"\nwhen = {{ queue = \"{}\" }}\n", queue(n))
    });
    let agents = (0..30).map(|n| {
        let name = format!("Maximilienne-Alexandra de Montbrison-Vauquelin {n}");
        format!("[[agent]]\nid = \"agent-{n}\"\nname = \"{name}\"\nat = {{ lab = \"4{n:02}\" }}\n")
    });
    let destinations = (0..6).map(|n| {
        let name = format!("customer-relationship-management-of-branch-{n}");
        format!(
            "[[destination]]\nname = \"{name}\"\non = [\"pane.completed\", \"call.ended\"]\n\
             url = \"http://127.0.0.1:9/\"\njson = {{ notes = \"{{{{ pane.notes }}}}\" }}\n"
        )
    });
    rules.chain(agents).chain(destinations).collect()
}

fn queue(number: u32) -> String {
    format!("after_sales_service_for_private_customers_{number}")
}

/// Its calls, operators, tokens and refusals.
async fn rush(callpane: &Callpane) {
    for number in 0..120_u32 {
        let mut ring = callpane
            .desktop(20 + number % 24)
            .ring(&format!("+44163296{number:04}"), &queue(number % 45));
        ring["user"]["fullName"] = format!("Maximilienne-Alexandra de Montbrison {number}").into();
        ring["callerName"] = "Entreprise générale de travaux publics du Vauquelin".into();
        let answer = callpane.desktop(20 + number % 24).posts(&ring).await;
        if answer["action"] == "open" && number % 2 == 0 {
            callpane.opens(&answer).await.done(&"Rappeler demain. ".repeat(40), None).await;
        }
    }
    for number in 0..30_u32 {
        let (call, line) = (format!("c-{number}"), format!("4{number:02}"));
        callpane.pbx("lab").says(lab("ring", &call, "+12025550123", &line)).await;
        callpane.pbx("lab").sends("POST", "/", &[("x-key", "wrong")], "{}").await;
    }
    let admin = Actor::at_command_line(None);
    for number in 0..15 {
        let name = format!("maximilienne-alexandra.de.montbrison-vauquelin.{number}");
        callpane.running.flow.operators.add(&admin, &name, Role::Supervisor).await.unwrap();
    }
}

pub(crate) async fn sign_in(callpane: &Callpane, browser: &Browser) {
    let public = &callpane.running.public_url;
    browser.driver().goto(format!("{public}/console")).await.unwrap();
    browser.fill("input[name=name]", "admin").await;
    browser.fill("input[name=password]", PASSWORD).await;
    browser.click("button[type=submit]").await;
    browser.until("it is signed in", "document.querySelector('.console')").await;
}

/// Every page of the console.
pub(crate) const PAGES: [(&str, &str); 13] = [
    ("home", "/console"),
    ("live", "/console/live"),
    ("calls", "/console/calls"),
    ("calls-filtered", "/console/calls?queue=trucks&opened=no"),
    ("search", "/console/search?q=01+99+00+55+05"),
    ("explain", "/console/explain?agent=12&at="),
    ("explain-none", "/console/explain?agent=4711&at=10%3A42"),
    ("deliveries", "/console/deliveries"),
    ("events", "/console/events"),
    ("refusals", "/console/refusals"),
    ("access", "/console/access"),
    ("audit", "/console/audit"),
    ("account", "/console/account"),
];

/// The lists of a page that are wider than a phone, and what sticks out of its place in them.
const STICKS_OUT: &str = "const wide = (one) => one.clientWidth > 0 &&
        (one.scrollWidth > one.clientWidth + 1 ||
         one.matches('.scroll') && one.scrollHeight > one.clientHeight + 1);
    const all = document.querySelectorAll('.scroll, .rows tbody :is(th, td)');
    return [...all].filter(wide).map((one) => one.textContent.trim().replace(/\\s+/g, ' ').slice(0, 60));";

/// The page that is shown, wide and narrow, in both themes.
async fn pleases(browser: &Browser, name: &str) {
    for (width, theme) in [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")] {
        browser.appear(width, theme).await;
        let shown = format!("console {name} {width} {theme}");
        let wide = browser.run("return document.documentElement.scrollWidth;").await;
        assert!(wide.as_u64().unwrap() <= u64::from(width), "{shown}: {wide} px wide");
        if width == 390 {
            assert_eq!(browser.run(STICKS_OUT).await, serde_json::json!([]), "{shown}");
        }
        assert_eq!(browser.complaints().await, Vec::<String>::new(), "{shown}");
        browser.picture(&shown.replace(' ', "-")).await;
    }
}

async fn walk(callpane: &Callpane, state: &str, language: &str) {
    let browser = Browser::start(language).await;
    let public = &callpane.running.public_url;
    browser.driver().goto(format!("{public}/console/sign-in")).await.unwrap();
    pleases(&browser, &format!("{state} sign-in {language}")).await;
    sign_in(callpane, &browser).await;
    for (name, path) in PAGES {
        browser.driver().goto(format!("{public}{path}")).await.unwrap();
        let lang = browser.run("return document.documentElement.lang;").await;
        assert_eq!(lang, language, "{name}");
        let headings = browser.run("return document.querySelectorAll('h1').length;").await;
        assert_eq!(headings, 1, "{name}");
        pleases(&browser, &format!("{state} {name} {language}")).await;
    }
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_an_empty_console_is_accessible_and_fits() {
    let callpane = setup().start().await;
    for language in ["en", "fr"] {
        walk(&callpane, "empty", language).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_a_busy_console_is_accessible_and_fits() {
    let callpane = setup().start().await;
    morning(&callpane).await;
    for language in ["en", "fr"] {
        walk(&callpane, "busy", language).await;
    }
}

/// In French, whose words are longer.
#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_a_crowded_console_is_accessible_and_fits() {
    let callpane = setup().phone_systems(&crowd()).start().await;
    rush(&callpane).await;
    walk(&callpane, "crowded", "fr").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_live_page_shows_a_call_as_it_rings_and_as_it_is_answered() {
    let callpane = setup().start().await;
    let browser = Browser::start("en").await;
    sign_in(&callpane, &browser).await;
    browser.driver().goto(format!("{}/console/live", callpane.running.public_url)).await.unwrap();
    browser
        .until("it is connected", "document.body.innerText.includes('Updated as it happens')")
        .await;
    callpane.pbx("lab").says(lab("ring", "c1", "0199005577", "310")).await;
    let phase =
        |word: &str| format!("document.querySelector('tbody .pill')?.textContent === '{word}'");
    browser.until("it rings", &phase("Ringing")).await;
    callpane.pbx("lab").says(lab("answer", "c1", "0199005577", "310")).await;
    browser.until("it is answered", &phase("Talking")).await;
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_leads_to_the_answer_in_three_steps() {
    let callpane = setup().start().await;
    callpane.desktop(12).rings("0199005577", "quiet").await;
    let browser = Browser::start("en").await;
    sign_in(&callpane, &browser).await;
    browser.press('/').await;
    browser.until("the search is focused", "document.activeElement.id === 'search'").await;
    let keys = "1012\u{e007}";
    browser.one("#search").await.send_keys(keys).await.unwrap();
    browser.until("it is found", "location.pathname === '/console/search'").await;
    // The first thing that the keyboard reaches leads past the rail.
    browser.driver().goto(format!("{}/console", callpane.running.public_url)).await.unwrap();
    browser.one("body").await.send_keys("\u{e004}").await.unwrap();
    browser.until("the way past", "document.activeElement.className === 'skip'").await;
    browser.one("input[name=agent]").await.send_keys("1012\u{e004}").await.unwrap();
    let at = "document.activeElement.name === 'at'";
    browser.until("the time is next", at).await;
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_but_updates_works_without_script() {
    let callpane = setup().start().await;
    callpane.desktop(12).rings("0199005577", "quiet").await;
    let browser = Browser::start("en").await;
    let off = json!({ "value": true });
    browser.driver().cdp().send_raw("Emulation.setScriptExecutionDisabled", off).await.unwrap();
    let public = callpane.running.public_url.clone();
    browser.driver().goto(format!("{public}/console")).await.unwrap();
    browser.fill("input[name=name]", "admin").await;
    browser.fill("input[name=password]", PASSWORD).await;
    browser.click("button[type=submit]").await;
    browser.fill("input[name=agent]", "1012").await;
    let now = real_now() / 1000;
    browser.fill("input[name=at]", &time_in_paris(now)).await;
    browser.click(".filters button[type=submit]").await;
    let said = browser.one(".verdict h1").await.text().await.unwrap();
    assert!(
        said.starts_with("Nothing opened for Agent 12 at ") && said.contains("quiet: nothing"),
        "{said}"
    );
    browser.click(".rail form button").await;
    let out = browser.one("[role=alert]").await.text().await.unwrap();
    assert_eq!(out, "You are signed out.");
    browser.stop().await;
}

/// The time of day there, to the minute; winter and summer.
fn time_in_paris(seconds: i64) -> String {
    let zone = callpane::inside::Zone::parse("Europe/Paris").unwrap();
    zone.shows(callpane::inside::Timestamp(seconds * 1000)).minute()
}
