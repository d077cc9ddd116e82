//! The demo as `callpane demo` starts it, in a real browser.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::browser_live::{enter_page, phase};
use crate::checks::Command;
use crate::harness::{Callpane, eventually};

/// The command, and what it printed.
pub(crate) struct Demo {
    child: Child,
    said: String,
    _folder: tempfile::TempDir,
}

impl Demo {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let command = Command::new()
            .set("CALLPANE_BIND", "127.0.0.1:0")
            .set("CALLPANE_DEMO_BIND", "127.0.0.1:0")
            .set("TMPDIR", folder.path().to_str().unwrap());
        let mut child = command.prepare(&["demo"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut said = String::new();
        for line in lines.by_ref() {
            said = format!("{said}{line}\n");
            if line.contains("Ctrl+C") {
                break;
            }
        }
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, said, _folder: folder }
    }

    /// The first word of what was printed that begins so.
    fn word(&self, beginning: &str) -> String {
        let mut words = self.said.split_whitespace();
        let word = words.find(|word| word.starts_with(beginning));
        word.unwrap_or_else(|| panic!("no {beginning} in {}", self.said)).to_owned()
    }

    pub(crate) fn desktop(&self) -> String {
        self.word("http://localhost:")
    }

    fn crm(&self) -> String {
        let mut words = self.said.split_whitespace();
        words.find(|word| word.ends_with("/demo/crm")).unwrap().to_owned()
    }

    /// The personal link.
    fn built_in(&self) -> String {
        let mut lines = self.said.lines().map(str::trim);
        lines
            .find(|line| line.starts_with("http") && line.contains("/desktop/"))
            .unwrap()
            .to_owned()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

async fn text(url: &str) -> String {
    reqwest::get(url).await.unwrap().text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_call_shows_a_known_caller_with_a_history_and_follows_the_phone() {
    let demo = Demo::start();
    let browser = Browser::start("en").await;
    browser.driver().goto(demo.desktop()).await.unwrap();
    browser.click("#ring").await;
    browser.until("its title", "document.querySelector('[role=tab]')").await;
    let title = browser.one("[role=tab]").await.text().await.unwrap();
    assert_eq!(title, "Zoë Brûlé", "the name is known when the phone rings");
    browser.enter_pane().await;
    phase(&browser, "ringing").await;
    let history = browser.one("#history").await.text().await.unwrap();
    for said in ["Sold", "delivery in May", "Nadia Ferrer", "Call back", "Ilse Marchetti"] {
        assert!(history.contains(said), "{said}: {history}");
    }
    for (key, shown) in
        [("#answer", "answered"), ("#hold", "held"), ("#hold", "answered"), ("#hangup", "ended")]
    {
        browser.leave_pane().await;
        browser.click(key).await;
        browser.enter_pane().await;
        phase(&browser, shown).await;
    }
    browser.fill("textarea[name=notes]", "Papers are ready.").await;
    browser.run("document.querySelector('input[name=disposition][value=Sold]').click();").await;
    browser.click("#close").await;
    browser.leave_pane().await;
    browser.until("the pane closes", "!document.querySelector('iframe.pane')").await;
    eventually("the CRM hears how it ended", async || {
        let page = text(&demo.crm()).await;
        let told = page.contains("PATCH /demo/crm/api/calls/")
            && page.contains(
                "&quot;disposition&quot;:&quot;Sold&quot;,&quot;notes&quot;:&quot;Papers",
            );
        assert!(!page.contains("&quot;&quot;"), "nothing is sent empty: {page}");
        told.then_some(())
    })
    .await;
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendors_call_rings_on_the_same_page() {
    let demo = Demo::start();
    let browser = Browser::start("en").await;
    browser.driver().goto(demo.desktop()).await.unwrap();
    browser.choose("#script", "telair-ivr").await;
    for sent in 1..=3 {
        browser.click("#step").await;
        let list = "document.querySelectorAll('[data-script=telair-ivr] [data-sent]').length";
        browser.until("a request is sent", &format!("{list} === {sent}")).await;
    }
    browser.picture("demo-built-in").await;
    browser.one("#built-in iframe").await.enter_frame().await.unwrap();
    enter_page(&browser).await;
    phase(&browser, "answered").await;
    let page = browser.one("body").await.text().await.unwrap();
    assert!(page.contains("Zoë Brûlé") && page.contains("Main menu"), "{page}");
    browser.stop().await;
}

/// Nothing of it sticks out, with a page open and a vendor's call ringing.
#[tokio::test(flavor = "multi_thread")]
async fn it_is_tidy_at_every_size() {
    let demo = Demo::start();
    for language in ["en", "fr"] {
        let browser = Browser::start(language).await;
        browser.driver().goto(demo.desktop()).await.unwrap();
        browser.click("#ring").await;
        browser.one("iframe.pane").await;
        browser.click("#step").await;
        browser.until("the desktop is shown", "!document.querySelector('#built-in').hidden").await;
        for (width, height, theme) in
            [(900, 600, "light"), (900, 600, "dark"), (320, 640, "light"), (320, 640, "dark")]
        {
            browser.appear_in(width, height, theme).await;
            let shown = format!("demo-{language}-{width}-{theme}");
            let wide = browser.run("return document.documentElement.scrollWidth;").await;
            assert!(wide.as_u64().unwrap() <= u64::from(width), "{shown}: {wide} px wide");
            assert_eq!(browser.complaints().await, Vec::<String>::new(), "{shown}");
            for (name, section) in [("", "main"), ("-vendors", ".vendors")] {
                let at = format!("document.querySelector('{section}').scrollIntoView();");
                browser.run(&at).await;
                browser.picture(&format!("{shown}{name}")).await;
            }
        }
        browser.stop().await;
    }
}

#[tokio::test]
async fn what_it_prints_changes_its_rules() {
    let demo = Demo::start();
    let command = Command::new()
        .set("CALLPANE_DATABASE", demo.word("CALLPANE_DATABASE=").split_once('=').unwrap().1)
        .set("CALLPANE_PUBLIC_URL", demo.word("CALLPANE_PUBLIC_URL=").split_once('=').unwrap().1);
    let exported = command.run(&["export"]).await;
    let edited = exported.stdout.replace("options = [\"Sold\"", "options = [\"Rented\", \"Sold\"");
    assert_ne!(edited, exported.stdout);
    let file = command.file("demo.toml", &edited);
    let applied = command.run(&["apply", &file]).await;
    assert!(applied.success, "{applied:?}");
    let agents = command.run(&["agents"]).await;
    assert!(agents.success && agents.stdout.contains(&demo.built_in()), "{agents:?}");
}

/// A Callpane with the demo's configuration.
async fn demo() -> Callpane {
    let setup = Callpane::setup();
    let setup = setup.set("DEMO_SECRET", "a-secret-of-the-demo").set("CALLPANE_DEMO", "true");
    let setup = setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.0/8,::1");
    let callpane = setup.ticking().start().await;
    let document = include_str!("../../src/demo/configuration.toml");
    let document = document.replace("file:demo-secret", "env:DEMO_SECRET");
    callpane
        .applies(&document.replace("http://localhost:8080", &callpane.running.public_url))
        .await;
    callpane
}

/// The calls that can be played, with the names of their steps.
fn calls() -> Vec<(String, Vec<String>)> {
    let systems: Value = serde_json::from_str(include_str!("../../src/demo/calls.json")).unwrap();
    let calls = systems.as_array().unwrap().iter().flat_map(|system| {
        system["calls"].as_array().unwrap().iter().map(|call| {
            let steps = call["steps"].as_array().unwrap().iter();
            let names = steps.map(|step| step["name"].as_str().unwrap().to_owned());
            (call["id"].as_str().unwrap().to_owned(), names.collect())
        })
    });
    calls.collect()
}

#[tokio::test]
async fn every_call_of_the_demo_is_understood_and_shows_what_it_is_there_for() {
    let callpane = demo().await;
    for (number, (script, steps)) in calls().into_iter().enumerate() {
        for step in steps {
            let wanted = json!({
                "script": script, "step": step, "call": format!("90{number}"), "line": "1087",
                "caller": format!("+331990055{number:02}"), "queue": "trucks",
            });
            let url = format!("{}/demo/play", callpane.running.demo_url.clone().unwrap());
            let sent = callpane.http.post(url).header("content-type", "application/json");
            let reply = sent.body(wanted.to_string()).send().await.unwrap();
            let played: Value = serde_json::from_str(&reply.text().await.unwrap()).unwrap();
            assert_eq!(played["answer"]["status"], 202, "{script} {step}: {played}");
        }
    }
    let kinds = callpane.sql("SELECT DISTINCT kind FROM event ORDER BY kind").await;
    for kind in [
        "call.answered",
        "call.ended",
        "call.held",
        "call.ringing",
        "call.started",
        "call.summary",
        "ivr.chosen",
        "ivr.entered",
        "presence.changed",
        "recording.ready",
        "voicemail.left",
    ] {
        assert!(kinds.iter().any(|known| known == kind), "{kind} is not among {kinds:?}");
    }
    assert!(!kinds.iter().any(|kind| kind == "call.updated"), "all of it is understood: {kinds:?}");
    let shown = callpane.built_in_desktop("priya").await;
    let phases: Vec<&str> = shown["panes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pane| pane["phase"].as_str().unwrap())
        .collect();
    assert_eq!(phases.len(), 8, "all but the presence and XuC's: {shown}");
    assert_eq!(phases.iter().filter(|phase| **phase == "answered").count(), 2, "Telair's: {shown}");
    eventually("the CRM's page shows what it was told", async || {
        let page = text(&callpane.url("/demo/crm")).await;
        (page.matches("POST /demo/crm/api/calls").count() >= 6).then_some(())
    })
    .await;
}
