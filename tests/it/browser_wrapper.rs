//! Somebody else's page: within ours, and alone with the lines that docs/xivo.md gives its author.

use actix_web::http::header::HeaderName;
use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::json;

use crate::browser::{Browser, angular_client, serve_client};
use crate::cards::posts;
use crate::checks::Command;
use crate::harness::{Callpane, eventually};
use crate::hold::Hold;

const TOKEN: &str = "token-of-the-api-0123456789abcdef";

/// A site on an origin of its own, with one page and one more header.
fn site(page: &str, header: Option<(&'static str, &'static str)>) -> String {
    let page = format!("<!doctype html><title>CRM</title><h1>Tickets</h1>{page}");
    let server = HttpServer::new(move || {
        let page = page.clone();
        App::new().default_service(web::to(move || {
            let mut answer = HttpResponse::Ok();
            if let Some((name, value)) = header {
                answer.insert_header((HeaderName::from_static(name), value));
            }
            let answer = answer.content_type("text/html").body(page.clone());
            async move { answer }
        }))
    });
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", server.addrs()[0]);
    tokio::spawn(server.run());
    address
}

fn wrapping(site: &str) -> String {
    format!(
        "[[rule]]\nname = \"tickets\"\npage = \"wrapper\"\nautopause = true\n\
         url = \"{site}/?q={{{{ caller.e164 }}}}\"\n\
         [[disposition]]\noptions = [\"Sold\", \"Call back\"]\n"
    )
}

async fn serving(rules: &str) -> Callpane {
    let setup = Callpane::setup().rules(rules).ticking();
    let setup = setup.set("CALLPANE_API_TOKEN", TOKEN);
    setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.1").start().await
}

/// A desktop whose agent has the page of a call before them.
async fn rung(callpane: &Callpane) -> Browser {
    let third_party = format!("{}/thirdparty", callpane.running.public_url);
    let browser = Browser::start("en").await;
    browser.driver().goto(serve_client(angular_client(&third_party))).await.unwrap();
    browser.click("#ring").await;
    browser.until("paused", "document.querySelector('#lamp').textContent === 'paused'").await;
    browser.enter_pane().await;
    browser
}

async fn is_done(browser: &Browser) {
    browser.leave_pane().await;
    browser.until("ready", "document.querySelector('#lamp').textContent === 'ready'").await;
}

const COMPLETED: &str =
    "SELECT COUNT(*), COALESCE(MIN(disposition), '') FROM event WHERE completed_at IS NOT NULL";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_is_shown_in_ours_and_done_ends_the_pause() {
    let site = site("<p>Nobody here tells anybody that the work is over.</p>", None);
    let callpane = serving(&wrapping(&site)).await;
    let browser = rung(&callpane).await;
    let who = browser.one("#caller").await.text().await.unwrap();
    assert_eq!(who, "01 99 00 55 77");
    browser.one("#wrapped").await.enter_frame().await.unwrap();
    browser.one("h1").await;
    let shown = browser.run("return location.href + ' ' + document.body.textContent;").await;
    let address = format!("{site}/?q=%2B33199005577 Tickets");
    assert!(shown.as_str().unwrap().starts_with(&address), "{shown}");
    browser.driver().enter_parent_frame().await.unwrap();
    browser.run("document.querySelector('input[value=\"Call back\"]').click();").await;
    browser.click("#close").await;
    is_done(&browser).await;
    assert_eq!(callpane.sql(COMPLETED).await, ["1|Call back"]);
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_framed_page_that_says_it_is_done_presses_done() {
    let site =
        site("<button onclick=\"parent.postMessage('closeThirdParty', '*')\">x</button>", None);
    let callpane = serving(&wrapping(&site)).await;
    let browser = rung(&callpane).await;
    browser.one("#wrapped").await.enter_frame().await.unwrap();
    browser.click("button").await;
    is_done(&browser).await;
    assert_eq!(callpane.sql(COMPLETED).await, ["1|"]);
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_refuses_frames_gets_a_link_and_is_told_of() {
    let site = site("", Some(("x-frame-options", "SAMEORIGIN")));
    let callpane = serving(&wrapping(&site)).await;
    let desktop = callpane.desktop(12);
    let answer = desktop.rings("0199005577", "trucks").await;
    eventually("the site was asked", async || {
        let page = callpane.http.get(answer["url"].as_str().unwrap()).send().await.unwrap();
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        let html = page.text().await.unwrap();
        let framed = html.contains("<iframe");
        assert_eq!(framed, policy.contains(&format!("frame-src {site};")), "{policy}");
        assert!(html.contains(&format!("href=\"{site}/?q=%2B33199005577\"")), "{html}");
        (!framed).then_some(())
    })
    .await;
    let browser = rung(&callpane).await;
    browser.one("#elsewhere a.button").await;
    browser.click("#close").await;
    is_done(&browser).await;
    browser.driver().goto(answer["url"].as_str().unwrap()).await.unwrap();
    browser.is_accessible_and_fits("wrapper-refused").await;
    browser.stop().await;
    let command = Command::beside(&callpane).set("CALLPANE_PRIVATE_TARGETS", "127.0.0.1");
    let checked = command.run(&["check"]).await;
    let told = "note  rule \"tickets\": its page refuses frames (X-Frame-Options: sameorigin)";
    assert!(checked.stdout.contains(told), "{checked:?}");
    let file = command.file("rules.toml", &wrapping("https://callpane.invalid"));
    let applied = command.run(&["apply", &file]).await;
    assert!(applied.success && applied.stdout.contains("could not be checked"), "{applied:?}");
}

#[tokio::test]
async fn an_address_has_one_page_around_it_in_a_call() {
    let rules = "[[rule]]\nname = \"tickets\"\npage = \"wrapper\"\n\
                 url = \"https://crm.example.com/{{ data.USR_customer }}\"\n";
    let callpane = Callpane::setup().rules(rules).start().await;
    let desktop = callpane.desktop(12);
    let first = desktop.rings_with("0199005577", "trucks", "1.1").await;
    assert_eq!(first, desktop.rings_with("0199005577", "trucks", "1.1").await);
    let mut ring = desktop.ring("0199005577", "trucks");
    ring["callDataCallId"] = "1.1".into();
    ring["userData"]["USR_customer"] = "C-7".into();
    assert_ne!(first["url"], desktop.posts(&ring).await["url"], "another customer's");
    let shown = callpane.sql("SELECT page, address FROM pane ORDER BY address").await;
    let expected =
        ["wrapper|https://crm.example.com/C-20418", "wrapper|https://crm.example.com/C-7"];
    assert_eq!(shown, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_database_the_other_page_opens_and_pauses_nobody() {
    let setup = Callpane::setup().rules(&wrapping("https://crm.example.com")).expects_errors();
    let callpane = setup.set("CALLPANE_RING_DEADLINE", "300ms").start().await;
    let hold = Hold::everything(&callpane.database).await;
    let answer = callpane.desktop(12).rings("0199005577", "trucks").await;
    hold.release();
    assert_eq!(answer["url"], "https://crm.example.com/?q=%2B33199005577");
    assert_eq!(answer["autopause"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_around_another_one_is_accessible_and_fits() {
    let site = site("<p>Tickets</p>", None);
    let callpane = serving(&wrapping(&site)).await;
    let answer = callpane.desktop(12).rings_with("0199005577", "trucks", "1.7").await;
    let browser = Browser::start("fr").await;
    browser.driver().goto(answer["url"].as_str().unwrap()).await.unwrap();
    browser.one("#wrapped").await;
    browser.is_accessible_and_fits("wrapper").await;
    // A card appears beside it, and the frame stays what it is.
    browser.run("document.querySelector('#wrapped').dataset.kept = '1';").await;
    let card = json!({ "key": "order", "title": "Commande A-1207", "text": "en retard",
        "lines": [{ "label": "Camion", "value": "17" }], "link": "https://shop.example.com/1" });
    posts(&callpane, "1.7", card).await;
    let title = "document.querySelector('#cards:not([hidden]) h3')?.textContent";
    browser.until("it is shown", &format!("{title} === 'Commande A-1207'")).await;
    let frame = "document.querySelector('#wrapped[data-kept]')?.offsetHeight > 200";
    assert_eq!(browser.run(&format!("return {frame};")).await, true);
    browser.is_accessible_and_fits("wrapper-card").await;
    posts(&callpane, "1.7", json!({ "key": "order", "title": "Commande partie" })).await;
    browser.until("another took its place", &format!("{title} === 'Commande partie'")).await;
    browser.stop().await;
}

/// The lines that docs/xivo.md gives to whoever writes the CRM's page.
fn snippet() -> String {
    let path = format!("{}/docs/xivo.md", env!("CARGO_MANIFEST_DIR"));
    let document = std::fs::read_to_string(path).unwrap();
    let (_, after) = document.split_once("```html\n").expect("a snippet");
    after.split_once("```").unwrap().0.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_your_own_closes_itself_with_the_lines_of_the_documentation() {
    let site = site(&snippet(), None);
    for rules in [
        format!("[[rule]]\nname = \"crm\"\nautopause = true\nurl = \"{site}/\"\n"),
        wrapping(&site),
    ] {
        let callpane = serving(&rules).await;
        let browser = rung(&callpane).await;
        if rules.contains("wrapper") {
            browser.one("#wrapped").await.enter_frame().await.unwrap();
        }
        browser.click("#call-done").await;
        is_done(&browser).await;
        browser.stop().await;
    }
}
