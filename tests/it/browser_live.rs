//! Pages and the built-in desktop in a real browser, while phone systems tell what their calls do.

use callpane::inside::{EarlierCall, Language, Page as _, PanePage};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::harness::{Callpane, eventually, lab, real_now, xuc_event};
use crate::sample::{Sample, contact, page};

/// What Wildix says of a call, at this moment.
fn wildix(kind: &str, status: &str, call: &str, caller: &str) -> Value {
    let party = |kind, phone: &str| json!({ "type": kind, "phone": phone, "userExtension": phone });
    let mut remote = party("REMOTE", caller);
    remote["name"] = json!("Zoë Brûlé");
    remote["company"] = json!("Brûlé & Fils");
    remote["email"] = json!("zoe@example.com");
    json!({
        "id": call, "pbx": "1", "time": real_now(), "type": kind,
        "integrationId": "k",
        "data": {
            "status": status, "caller": remote, "callee": party("LOCAL", "310"),
            "queueName": "Support", "endCause": (kind == "call:end").then_some("16"),
        }
    })
}

const SHOWN: &str = "[role=tabpanel]:not([hidden]) iframe";

async fn open_desktop(callpane: &Callpane, browser: &Browser) {
    let link = format!("{}{}", callpane.running.public_url, callpane.personal_link("priya"));
    browser.driver().goto(&link).await.unwrap();
    browser.until("it is connected", "document.querySelector('#lamp[data-state=connected]')").await;
}

pub(crate) async fn enter_page(browser: &Browser) {
    browser.one(SHOWN).await.enter_frame().await.unwrap();
}

pub(crate) async fn phase(browser: &Browser, phase: &str) {
    let shown = format!("document.querySelector('#state[data-phase={phase}]')");
    browser.until(phase, &shown).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_asks_first_while_something_is_unsaved() {
    let callpane = Callpane::setup().phone_systems("").ticking().start().await;
    let browser = Browser::start("en").await;
    open_desktop(&callpane, &browser).await;
    callpane.pbx("lab").says(lab("ring", "c1", "0199005577", "310")).await;
    enter_page(&browser).await;
    browser.run("document.body.dataset.unsaved = 'true';").await;
    browser.leave_pane().await;
    let enter = "\u{e007}";
    browser.one("#sign-out button").await.send_keys(enter).await.unwrap();
    let asks = "document.activeElement.textContent === 'Sign out anyway'";
    browser.until("it asks", asks).await;
    browser.one("#sign-out button").await.send_keys(enter).await.unwrap();
    let out = "document.querySelector('h1').textContent === 'You are signed out'";
    browser.until("the agent is signed out", out).await;
    browser.driver().goto(format!("{}/desktop", callpane.running.public_url)).await.unwrap();
    let door = "document.querySelector('h1').textContent === 'Open your personal link'";
    browser.until("nothing is remembered", door).await;
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_wildix_call_opens_a_page_that_turns_to_talking_and_to_wrap_up() {
    let callpane = Callpane::setup().phone_systems("").ticking().start().await;
    let browser = Browser::start("en").await;
    open_desktop(&callpane, &browser).await;
    let pbx = callpane.pbx("office");
    pbx.says(wildix("call:start", "CONNECTING", "c_1.1", "+33199005577")).await;
    pbx.says(wildix("call:update", "CONNECTING", "c_1.1", "+33199005577")).await;
    enter_page(&browser).await;
    phase(&browser, "ringing").await;
    assert_eq!(browser.one("h1").await.text().await.unwrap(), "Zoë Brûlé");
    assert_eq!(browser.one("#number").await.text().await.unwrap(), "01 99 00 55 77");
    assert_eq!(browser.one("#company").await.text().await.unwrap(), "Brûlé & Fils");
    assert_eq!(browser.one("#contact-email").await.text().await.unwrap(), "zoe@example.com");
    pbx.says(wildix("call:update", "TALKING", "c_1.1", "+33199005577")).await;
    phase(&browser, "answered").await;
    browser.fill("textarea[name=notes]", "Wants two trucks.").await;
    browser.leave_pane().await;
    browser.picture("built-in-talking").await;

    pbx.says(wildix("call:update", "CONNECTING", "c_2.2", "+441632960001")).await;
    browser
        .until("a second tab", "document.querySelectorAll('#tabs [role=tab]').length === 2")
        .await;
    let other = "document.querySelector('#flag-line:not([hidden])')";
    browser.until("the new call asks to be shown", other).await;
    enter_page(&browser).await;
    let notes = browser.one("textarea[name=notes]").await.prop("value").await.unwrap();
    assert_eq!(notes.as_deref(), Some("Wants two trucks."), "the talk stays in front, as it was");
    browser.leave_pane().await;
    pbx.says(wildix("call:end", "CONNECTING", "c_2.2", "+441632960001")).await;
    browser
        .until("it is among the missed", "document.querySelectorAll('#missed li').length === 1")
        .await;

    pbx.says(wildix("call:end", "TALKING", "c_1.1", "+33199005577")).await;
    enter_page(&browser).await;
    phase(&browser, "ended").await;
    browser.until("wrap-up is told", "document.querySelector('#became[data-kind=talked]')").await;
    let notes = browser.one("textarea[name=notes]").await.prop("value").await.unwrap();
    assert_eq!(notes.as_deref(), Some("Wants two trucks."));
    browser.click("#close").await;
    browser.leave_pane().await;
    browser
        .until("its tab closes", "document.querySelectorAll('#tabs [role=tab]').length === 1")
        .await;
    let done = callpane.sql("SELECT notes FROM pane WHERE completed_at IS NOT NULL").await;
    assert_eq!(done, ["Wants two trucks."]);
    browser.picture("built-in-missed").await;
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_xivo_rings_page_turns_to_talking_when_xuc_says_so() {
    let setup = Callpane::setup().phone_systems("").set("CALLPANE_DEMO", "true");
    let callpane = setup.ticking().start().await;
    let browser = Browser::start("en").await;
    let url = format!("{}/demo/desktop", callpane.running.demo_url.clone().unwrap());
    browser.driver().goto(url).await.unwrap();
    browser.fill("#caller", "0199005577").await;
    browser.click("#ring").await;
    browser.enter_pane().await;
    phase(&browser, "ringing").await;
    let id = callpane.sql("SELECT external_id FROM call").await.remove(0);
    let push = |event| xuc_event(event, "1087", "0199005577", &id);
    callpane.pbx("xuc").says(push("EventEstablished")).await;
    phase(&browser, "answered").await;
    callpane.pbx("xuc").says(push("EventOnHold")).await;
    phase(&browser, "held").await;
    callpane.pbx("xuc").says(push("EventReleased")).await;
    phase(&browser, "ended").await;
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_windows_one_shows_the_pages_and_the_other_can_take_them() {
    let callpane = Callpane::setup().phone_systems("").ticking().start().await;
    let browser = Browser::start("en").await;
    open_desktop(&callpane, &browser).await;
    callpane.pbx("office").says(wildix("call:update", "CONNECTING", "c_1.1", "+33199005577")).await;
    browser.one(SHOWN).await;
    let first = browser.driver().window().await.unwrap();
    let second = browser.driver().new_window().await.unwrap();
    browser.driver().switch_to_window(second.clone()).await.unwrap();
    browser.driver().goto(format!("{}/desktop", callpane.running.public_url)).await.unwrap();
    browser.until("it says who shows", "document.querySelector('#other:not([hidden])')").await;
    browser.click("#here").await;
    browser.one(SHOWN).await;
    browser.driver().switch_to_window(first).await.unwrap();
    browser.until("the first gives way", "document.querySelector('#other:not([hidden])')").await;
    browser.driver().switch_to_window(second).await.unwrap();
    browser.driver().close_window().await.unwrap();
    let windows = browser.driver().windows().await.unwrap();
    browser.driver().switch_to_window(windows[0].clone()).await.unwrap();
    browser.one(SHOWN).await;
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_reports_is_said_and_nothing_counts_on_as_if_it_rang() {
    let sample = Sample::start();
    let pages: Vec<PanePage> = PanePage::samples()
        .into_iter()
        .filter(|page| !page.call.progress.reported)
        .map(|page| PanePage { newest: None, ..page })
        .collect();
    for (language, code, rang) in
        [(Language::En, "en", "Rang at 2:15"), (Language::Fr, "fr", "A sonné à 14:15")]
    {
        let browser = Browser::start(code).await;
        for page in &pages {
            let phase = page.call.progress.phase;
            sample.is(page, language);
            browser.driver().goto(&sample.url).await.unwrap();
            browser.one("#unreported:not([hidden])").await;
            if phase == "started" {
                let state = browser.one("#state").await.text().await.unwrap();
                assert!(state.starts_with(rang), "{state}");
                let counts = "return document.querySelector('#timer').checkVisibility();";
                assert_eq!(browser.run(counts).await, false);
            }
            for (width, height, theme) in
                [(900, 600, "light"), (900, 600, "dark"), (320, 640, "light"), (320, 640, "dark")]
            {
                browser.appear_in(width, height, theme).await;
                let shown = format!("unreported-{phase}-{code}-{width}-{theme}");
                let wide = browser.run("return document.documentElement.scrollWidth;").await;
                assert!(wide.as_u64().unwrap() <= u64::from(width), "{shown}: {wide} px wide");
                assert_eq!(browser.complaints().await, Vec::<String>::new(), "{shown}");
                browser.picture(&shown).await;
            }
        }
        browser.stop().await;
    }
}

/// Which parts of a page change from now on.
const WATCH: &str = "globalThis.touched = new Set();
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const element = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
        touched.add(element.closest('[id]').id);
      }
    }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });";

#[tokio::test(flavor = "multi_thread")]
async fn what_has_not_changed_is_not_touched_and_what_is_unfolded_stays_so() {
    let (sample, browser) = (Sample::start(), Browser::start("en").await);
    let mut shown = page(contact("known", false));
    shown.history[0].notes = Some("Two trucks. ".repeat(30));
    sample.is(&shown, Language::En);
    browser.driver().goto(&sample.url).await.unwrap();
    browser.click("#history summary").await;
    browser.run("document.querySelector('#notes').focus();").await;
    browser.run(WATCH).await;
    let newer = shown.history[0].clone();
    shown.call.progress.phase = "answered";
    shown.history.insert(0, EarlierCall { id: "newer".to_owned(), notes: None, ..newer });
    sample.is(&shown, Language::En);
    phase(&browser, "answered").await;
    let script = "return [...touched].sort()";
    let touched = browser.run(script).await;
    assert_eq!(touched, json!(["announce", "history", "state", "timer", "why"]));
    let unfolded =
        "return document.querySelectorAll('#history li')[1].querySelector('details').open";
    assert_eq!(browser.run(unfolded).await, true);
    assert_eq!(browser.run("return document.activeElement.id").await, "notes");
    browser.stop().await;
}

/// A server that has a stream for a page once, and then none any more.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_gets_no_stream_asks_and_does_not_insist() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use actix_web::{App, HttpResponse, HttpServer, web};

    const PAGE: &str = "<!doctype html><title>x</title><script type=module>
        import { follow } from '/live.js';
        globalThis.links = [];
        follow('/page', { plan: { stream: true, every: 50 },
            state: () => ({ stream: true, every: 50 }), link: (up) => links.push(up) });
        </script>";
    let (streams, states) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = (Arc::clone(&streams), Arc::clone(&states));
    let server = HttpServer::new(move || {
        let (streams, states) = counted.clone();
        let stream = move || {
            let first = streams.fetch_add(1, Ordering::SeqCst) == 0;
            let event = "retry: 10\nevent: state\nid: 1\ndata: {}\n\n";
            async move {
                if !first {
                    return HttpResponse::ServiceUnavailable().finish();
                }
                HttpResponse::Ok().content_type("text/event-stream").body(event)
            }
        };
        let state = move || {
            states.fetch_add(1, Ordering::SeqCst);
            async { HttpResponse::Ok().json(json!({})) }
        };
        let page = || async { HttpResponse::Ok().content_type("text/html").body(PAGE) };
        let script = |script: &'static str| {
            let answer = move || {
                let answer = HttpResponse::Ok().content_type("text/javascript").body(script);
                async move { answer }
            };
            web::get().to(answer)
        };
        App::new()
            .route("/", web::get().to(page))
            .route("/live.js", script(include_str!("../../static/live.js")))
            .route("/pauses.js", script(include_str!("../../static/pauses.js")))
            .route("/page/stream", web::get().to(stream))
            .route("/page/state", web::get().to(state))
    });
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
    let address = server.addrs()[0];
    let server = tokio::spawn(server.run());
    let browser = Browser::start("en").await;
    browser.driver().goto(format!("http://{address}/")).await.unwrap();
    eventually("it asks instead", async || (states.load(Ordering::SeqCst) >= 20).then_some(()))
        .await;
    let asked = streams.load(Ordering::SeqCst);
    assert_eq!(asked, 2, "one stream broke, one was refused; the next attempt is a minute away");
    browser.until("the server is there", "links.at(-1) === true && links.length === 3").await;
    browser.stop().await;
    server.abort();
}
