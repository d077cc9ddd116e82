//! XuC is asked who the agent is: after the answer, once for many rings. Until it says yes, a page shows
//! its ring alone, takes nothing, and fills in by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::{Value, json};
use tokio::sync::{Barrier, watch};

use crate::browser::Browser;
use crate::harness::{Callpane, Page, Setup, eventually};
use crate::live::Stream;

/// A server in XuC's place.
pub(crate) struct Stub {
    pub(crate) url: String,
    asked: Arc<AtomicUsize>,
    /// It answers once this is true.
    gate: watch::Sender<bool>,
}

const YES: &[u8] = br#"{"login":"imarchetti","token":"y"}"#;

impl Stub {
    /// Gives one answer, at once.
    pub(crate) fn answering(status: u16, body: Vec<u8>) -> Self {
        Self::start(status, body, true, 1)
    }

    /// Says yes, but not before the gate is opened.
    fn gated() -> Self {
        Self::start(200, YES.to_vec(), false, 1)
    }

    /// Says yes to so many askers who ask at the same time, and to nobody before.
    fn for_together(many: usize) -> Self {
        Self::start(200, YES.to_vec(), true, many)
    }

    fn start(status: u16, body: Vec<u8>, open: bool, together: usize) -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let gate = watch::Sender::new(open);
        let (count, opened) = (Arc::clone(&asked), gate.subscribe());
        let together = Arc::new(Barrier::new(together));
        let server = HttpServer::new(move || {
            let (count, body) = (Arc::clone(&count), body.clone());
            let (opened, together) = (opened.clone(), Arc::clone(&together));
            let answer = move |request: HttpRequest| {
                let shown = request.headers().get("authorization");
                let good =
                    shown.is_some_and(|value| value.to_str().unwrap().starts_with("Bearer eyJ"));
                count.fetch_add(usize::from(good), Ordering::SeqCst);
                let status = actix_web::http::StatusCode::from_u16(status).unwrap();
                let answer = HttpResponse::build(status).body(body.clone());
                let (mut opened, together) = (opened.clone(), Arc::clone(&together));
                async move {
                    opened.wait_for(|open| *open).await.unwrap();
                    together.wait().await;
                    answer
                }
            };
            App::new().route("/xuc/api/2.0/auth/check", web::get().to(answer))
        });
        let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", server.addrs()[0]);
        tokio::spawn(server.run());
        Self { url, asked, gate }
    }

    fn opens(&self) {
        self.gate.send_replace(true);
    }

    fn was_asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn with(xuc: &Stub) -> Setup {
    Callpane::setup().set("CALLPANE_XUC_URL", &xuc.url)
}

/// Where XuC should be and nobody answers.
fn nobody() -> String {
    format!("http://{}", std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())
}

async fn identities(callpane: &Callpane, wanted: &[&str]) {
    eventually(&format!("identities are {wanted:?}"), async || {
        let found = callpane.sql("SELECT identity FROM pane ORDER BY id").await;
        (found == wanted).then_some(())
    })
    .await;
}

/// A ring with this token at agent 12.
async fn rings(callpane: &Callpane, call: &str, token: &str) -> Value {
    let mut ring = callpane.desktop(12).ring("0199005577", "any");
    ring["user"]["token"] = token.into();
    ring["callDataCallId"] = call.into();
    let answer = callpane.desktop(12).posts(&ring).await;
    assert_eq!(answer["action"], "open");
    answer
}

async fn state(callpane: &Callpane, page: &Page<'_>) -> Value {
    callpane.shown(&page.path).await
}

/// A customer of whom there is something to know: a contact, and an earlier call with a note.
async fn known_customer(callpane: &Callpane) {
    let csv = "name,company,phone\nLéa Martin,Transports Lenoir,0199005577\n";
    let url = callpane.url("/api/v1/contacts/lists/customers");
    let imported = callpane.http.put(url).bearer_auth(API_TOKEN).body(csv).send().await.unwrap();
    assert_eq!(imported.status(), 200);
    let page = callpane.opens(&rings(callpane, "earlier", CONFIRMED).await).await;
    eventually("the first agent is confirmed", async || {
        let (status, _) = page.notes("Ask for the May invoice", 0).await;
        (status == 200).then_some(())
    })
    .await;
}

const API_TOKEN: &str = "a token of sixteen or more";
const CONFIRMED: &str = "eyJ0.good.a";

#[tokio::test]
async fn xuc_is_asked_once_for_a_token_and_a_yes_counts_for_a_working_day() {
    let xuc = Stub::answering(200, YES.to_vec());
    let callpane = with(&xuc).start().await;
    rings(&callpane, "1", CONFIRMED).await;
    rings(&callpane, "2", CONFIRMED).await;
    identities(&callpane, &["confirmed", "confirmed"]).await;
    callpane.clock.advance(Duration::from_hours(11));
    rings(&callpane, "3", CONFIRMED).await;
    identities(&callpane, &["confirmed"; 3]).await;
    assert_eq!(xuc.was_asked(), 1);
    callpane.clock.advance(Duration::from_hours(2));
    rings(&callpane, "4", CONFIRMED).await;
    identities(&callpane, &["confirmed"; 4]).await;
    assert_eq!(xuc.was_asked(), 2);
}

#[tokio::test]
async fn a_yes_outlives_a_restart_and_the_token_itself_is_not_kept() {
    let xuc = Stub::answering(200, YES.to_vec());
    let callpane = with(&xuc).start().await;
    rings(&callpane, "1", CONFIRMED).await;
    identities(&callpane, &["confirmed"]).await;
    let database = callpane.database.clone();
    callpane.running.stop().await;

    let again = Callpane::setup().set("CALLPANE_XUC_URL", nobody()).on(database).start().await;
    rings(&again, "2", CONFIRMED).await;
    identities(&again, &["confirmed", "confirmed"]).await;
    let kept = again.sql("SELECT digest FROM confirmed_token").await.join("");
    assert!(kept.len() == 64 && !kept.contains("good"), "{kept}");
}

#[tokio::test]
async fn agents_are_asked_about_side_by_side() {
    let xuc = Stub::for_together(3);
    let callpane = with(&xuc).start().await;
    for number in 0..3 {
        rings(&callpane, &number.to_string(), &format!("eyJ{number}.a.b")).await;
    }
    identities(&callpane, &["confirmed"; 3]).await;
}

#[tokio::test]
async fn until_xuc_says_yes_a_page_shows_its_ring_alone_and_then_fills_in() {
    let xuc = Stub::gated();
    let callpane = with(&xuc).set("CALLPANE_API_TOKEN", API_TOKEN).start().await;
    let answer = rings(&callpane, "1", CONFIRMED).await;
    assert_eq!(answer["title"], "01 99 00 55 77", "the answer came without XuC's word");
    let page = callpane.opens(&answer).await;
    let mut stream = Stream::open(&callpane, &format!("{}/stream", page.path), &[]).await;
    let (_, _, first) = stream.next().await.unwrap();
    assert!(first.has("withheld") && !first.has("identity"), "{first:?}");
    let (status, problem) = page.notes("typed before", 0).await;
    assert_eq!((status, &problem["code"]), (403, &json!("agent-pending")));

    xuc.opens();
    let (_, _, then) = stream.next().await.unwrap();
    assert!(!then.has("withheld") && then.has("identity"), "{then:?}");
    assert_eq!(page.notes("typed before", 0).await.0, 200);
}

#[tokio::test]
async fn whoever_knows_a_number_but_is_not_confirmed_sees_and_changes_nothing() {
    let xuc = Stub::answering(200, YES.to_vec());
    let callpane = with(&xuc).set("CALLPANE_API_TOKEN", API_TOKEN).start().await;
    known_customer(&callpane).await;
    let confirmed = callpane.opens(&rings(&callpane, "now", CONFIRMED).await).await;
    for secret in ["Léa Martin", "Transports Lenoir", "May invoice"] {
        assert!(confirmed.html.contains(secret), "{secret} is shown to an agent");
    }

    // The same agent's ring of the same call, by somebody without a token.
    let mut forged = callpane.desktop(12).ring("0199005577", "any");
    forged["callDataCallId"] = "now".into();
    let answer = callpane.desktop(12).posts(&forged).await;
    assert_eq!(answer["title"], "01 99 00 55 77");
    let page = callpane.opens(&answer).await;
    assert_ne!(page.path, confirmed.path, "a page that is open is not given away");
    let shown = format!("{}{}", page.html, state(&callpane, &page).await);
    for secret in ["Martin", "Lenoir", "invoice", confirmed.path.as_str()] {
        assert!(!shown.contains(secret), "{secret}");
    }
    assert!(page.html.contains("XuC does not recognise your session"));

    let contact = callpane.http.post(callpane.url(&format!("{}/contact", page.path)));
    let contact = contact.body(json!({ "name": "Mallory" }).to_string()).send().await.unwrap();
    assert_eq!(contact.status(), 403);
    assert_eq!(page.notes("nonsense", 0).await.0, 403);
    assert_eq!(page.done("nonsense", None).await.0, 403);
    let sheet = callpane.http.get(callpane.url("/sheet?caller=0199005577&user=x")).send().await;
    let location = sheet.unwrap().headers()["location"].to_str().unwrap().to_owned();
    let sheet = callpane.opens(&json!({ "url": location })).await;
    assert!(!sheet.html.contains("Martin") && !sheet.html.contains("invoice"));

    // The agent's own page hears nothing of it.
    assert_eq!(state(&callpane, &confirmed).await["newest"], Value::Null);
}

#[tokio::test]
async fn a_sheet_that_brings_the_agents_token_is_confirmed_too() {
    let xuc = Stub::answering(200, YES.to_vec());
    let callpane = with(&xuc).start().await;
    let path = format!("/sheet?token={CONFIRMED}&user=imarchetti&caller=0199005577");
    assert_eq!(callpane.http.get(callpane.url(&path)).send().await.unwrap().status(), 303);
    identities(&callpane, &["confirmed"]).await;
    assert!(!callpane.sql("SELECT body FROM event").await.join("").contains("good"));
}

#[tokio::test]
async fn an_xuc_that_is_away_costs_the_ring_nothing_and_the_operator_decides_what_is_shown() {
    for (setting, withheld) in [("withhold", json!("away")), ("show", Value::Null)] {
        let setup = Callpane::setup().set("CALLPANE_XUC_URL", nobody());
        let callpane = setup.set("CALLPANE_XUC_AWAY", setting).start().await;
        let page = callpane.opens(&rings(&callpane, "1", CONFIRMED).await).await;
        identities(&callpane, &["away"]).await;
        assert_eq!(state(&callpane, &page).await["pane"]["withheld"], withheld, "{setting}");
        let (status, _) = page.notes("Wants a call back", 0).await;
        assert_eq!(status, if setting == "show" { 200 } else { 403 });
    }
}

/// An agent who types before XuC has answered loses nothing of it, and need not do anything.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_while_xuc_is_asked_is_saved_once_it_has_said_yes() {
    let xuc = Stub::gated();
    let setup = with(&xuc).set("CALLPANE_API_TOKEN", API_TOKEN);
    let callpane = setup.ticking().start().await;
    let csv = "name,company,phone\nLéa Martin,Transports Lenoir,0199005577\n";
    let url = callpane.url("/api/v1/contacts/lists/customers");
    callpane.http.put(url).bearer_auth(API_TOKEN).body(csv).send().await.unwrap();
    let answer = rings(&callpane, "1", CONFIRMED).await;
    let browser = Browser::start("en").await;
    browser.driver().goto(answer["url"].as_str().unwrap()).await.unwrap();
    browser.until("it says why", "document.querySelector('#withheld:not([hidden])')").await;
    browser.picture("withheld").await;
    browser.fill("textarea[name=notes]", "Wants two trucks").await;
    let refused = "document.querySelector('#save[data-state=unsaved]')";
    browser.until("it is not saved yet", refused).await;

    xuc.opens();
    browser.until("it is saved", "document.querySelector('#save[data-state=saved]')").await;
    let filled = "document.querySelector('#withheld[hidden]') && \
        document.querySelector('#caller').textContent.includes('Léa Martin')";
    browser.until("the contact has appeared", filled).await;
    assert_eq!(callpane.sql("SELECT notes FROM pane").await, ["Wants two trucks"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_withholds_says_why_in_every_language_and_width() {
    let unknown = Stub::answering(401, b"{}".to_vec());
    let callpane = with(&unknown).ticking().start().await;
    let refused = rings(&callpane, "1", CONFIRMED).await;
    identities(&callpane, &["unconfirmed"]).await;
    for (language, why) in [("en", "does not recognise"), ("fr", "ne reconnaît pas")] {
        let browser = Browser::start(language).await;
        browser.driver().goto(refused["url"].as_str().unwrap()).await.unwrap();
        let notice = browser.one("#withheld").await.text().await.unwrap();
        assert!(notice.contains(why), "{notice}");
        browser.is_accessible_and_fits(&format!("withheld {language}")).await;
        browser.stop().await;
    }
}

/// An agent who cannot be confirmed is told once that nothing is saved, and then let go: or a paused
/// one would stay paused.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_confirmed_can_still_close_the_page() {
    let unknown = Stub::answering(401, b"{}".to_vec());
    let callpane = with(&unknown).ticking().start().await;
    let refused = rings(&callpane, "1", CONFIRMED).await;
    let browser = Browser::start("en").await;
    browser.driver().goto(refused["url"].as_str().unwrap()).await.unwrap();
    // No desktop is there to be told; a page that is not framed also closes its window.
    browser.until("its scripts run", "document.querySelector('#work').noValidate").await;
    browser.run("window.closings = 0; window.close = () => { window.closings += 1; };").await;
    browser.fill("textarea[name=notes]", "Wants two trucks").await;
    browser.click("#close").await;
    let told = "document.querySelector('#finish-error:not([hidden])')?.textContent.includes('cannot be saved')";
    browser.until("it says that nothing is saved", told).await;
    let typed = browser.one("textarea[name=notes]").await.prop("value").await.unwrap();
    assert_eq!(typed.as_deref(), Some("Wants two trucks"));
    browser.click("#close").await;
    browser.until("the desktop is told", "window.closings === 1").await;
    browser.stop().await;
}
