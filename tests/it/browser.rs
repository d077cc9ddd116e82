//! The real thing: a desktop in headless Chromium, on another origin than Callpane.
//!
//! `TEST_SCREENSHOTS` names a folder that every page's picture goes into.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::harness::{Callpane, PATIENCE, eventually, lab as lab_event, real_now};

const RULES: &str = r#"
[[rule]]
name = "trucks"
when = { queue = "trucks" }
autopause = true
[[rule]]
name = "wrap-up"
when = { queue = "support_fr" }
moment = "ended"
autopause = true
[[rule]]
name = "billing"
when = { queue = "billing" }
moment = "answered"
[[rule]]
name = "quiet"
when = { queue = "quiet" }
action = "none"
[[rule]]
name = "rest"
[[disposition]]
queue = "trucks"
options = ["Sold", "Call back", "Wrong number"]
required = true
"#;

/// A driver with its port, or nothing if it ended before it had one.
fn chromedriver() -> Option<(Child, String)> {
    let mut process = Command::new("chromedriver")
        .args(["--port=0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver: tests/run installs it");
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let started = lines.by_ref().map(Result::unwrap).find_map(|line| {
        let (_, port) = line.split_once("successfully on port ")?;
        Some(port.trim_end_matches('.').to_owned())
    });
    std::thread::spawn(move || lines.for_each(drop));
    let Some(port) = started else {
        process.wait().unwrap();
        return None;
    };
    Some((process, port))
}

/// A headless Chromium and its driver, with a profile of their own.
pub(crate) struct Browser {
    driver: Option<WebDriver>,
    process: Child,
    port: u16,
    _profile: tempfile::TempDir,
}

impl Browser {
    pub(crate) async fn start(language: &str) -> Self {
        // It takes a free port of one family of addresses and then wants the same of the other, which
        // somebody may have: then it ends, and another one finds another port.
        let started = (0..5).find_map(|_| chromedriver());
        let (process, port) = started.expect("a chromedriver that starts");
        let profile = tempfile::tempdir().unwrap();
        let driver =
            WebDriver::new(format!("http://127.0.0.1:{port}"), options(language, &profile));
        let driver = driver.await.expect("a Chromium that starts");
        let port = port.parse().unwrap();
        Self { driver: Some(driver), process, port, _profile: profile }
    }

    pub(crate) fn driver(&self) -> &WebDriver {
        self.driver.as_ref().unwrap()
    }

    pub(crate) async fn one(&self, selector: &str) -> WebElement {
        let query = self.driver().query(By::Css(selector));
        let query = query.wait(PATIENCE, Duration::from_millis(50));
        query.first().await.unwrap_or_else(|error| panic!("{selector}: {error}"))
    }

    pub(crate) async fn click(&self, selector: &str) {
        self.one(selector).await.click().await.unwrap();
    }

    pub(crate) async fn fill(&self, selector: &str, text: &str) {
        let field = self.one(selector).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    pub(crate) async fn choose(&self, selector: &str, value: &str) {
        self.run(&format!(
            "const s = document.querySelector('{selector}');
             s.value = [...s.options].find(o => o.value === '{value}' || o.textContent.includes('{value}')).value;
             s.dispatchEvent(new Event('change', {{ bubbles: true }}));"
        ))
        .await;
    }

    pub(crate) async fn run(&self, script: &str) -> Value {
        self.driver().execute(script, Vec::new()).await.unwrap().json().clone()
    }

    pub(crate) async fn until(&self, what: &str, expression: &str) {
        eventually(what, async || {
            (self.run(&format!("return Boolean({expression});")).await == true).then_some(())
        })
        .await;
    }

    pub(crate) async fn enter_pane(&self) {
        self.one("iframe.pane").await.enter_frame().await.unwrap();
    }

    pub(crate) async fn leave_pane(&self) {
        self.driver().enter_default_frame().await.unwrap();
    }

    /// What axe-core has against the page that is shown.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let axe = asset("node_modules/axe-core/axe.min.js");
        self.run(&axe).await;
        let script = "const done = arguments[arguments.length - 1];
            const moving = document.getAnimations().filter(a => a instanceof CSSTransition);
            Promise.allSettled(moving.map(a => a.finished)).then(() => axe.run()).then(r => done(r.violations.map(v =>
                v.id + ': ' + v.nodes.map(n => n.html + ' ' + n.failureSummary).join(' | '))));";
        let found = self.driver().execute_async(script, Vec::new()).await.unwrap();
        serde_json::from_value(found.json().clone()).unwrap()
    }

    /// Shows the page in this width and theme.
    pub(crate) async fn appear(&self, width: u32, theme: &str) {
        self.appear_in(width, 900, theme).await;
    }

    /// Shows the page in this size and theme.
    pub(crate) async fn appear_in(&self, width: u32, height: u32, theme: &str) {
        let tools = self.driver().cdp();
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        tools.send_raw("Emulation.setDeviceMetricsOverride", size).await.unwrap();
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": theme },
            // A picture taken during a transition shows colours that nobody sees.
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        tools.send_raw("Emulation.setEmulatedMedia", media).await.unwrap();
    }

    /// The page that is shown, at both widths and in both themes: accessible, and nothing sticks out.
    pub(crate) async fn is_accessible_and_fits(&self, name: &str) {
        for (width, theme) in [(320, "light"), (320, "dark"), (900, "light"), (900, "dark")] {
            self.appear(width, theme).await;
            let shown = format!("{name} {width} {theme}");
            let wide = self.run("return document.documentElement.scrollWidth;").await;
            assert!(wide.as_u64().unwrap() <= u64::from(width), "{shown}: {wide} px wide");
            assert_eq!(self.complaints().await, Vec::<String>::new(), "{shown}");
            self.picture(&shown.replace(' ', "-")).await;
        }
    }

    pub(crate) async fn picture(&self, name: &str) {
        if let Ok(folder) = std::env::var("TEST_SCREENSHOTS") {
            let file = std::path::Path::new(&folder).join(format!("{name}.png"));
            self.driver().screenshot(&file).await.unwrap();
        }
    }

    /// Presses a key, wherever the keyboard is by now: no element is focused for it.
    pub(crate) async fn press(&self, key: char) {
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({ "type": kind, "key": key.to_string() });
            if kind == "keyDown" {
                event["text"] = key.to_string().into();
            }
            self.driver().cdp().send_raw("Input.dispatchKeyEvent", event).await.unwrap();
        }
    }

    pub(crate) async fn stop(mut self) {
        self.driver.take().unwrap().quit().await.unwrap();
    }
}

impl Browser {
    /// Asks the driver to end its browsers: one that is killed leaves them behind, and each goes on
    /// drawing for nobody.
    fn shut_down(&self) -> std::io::Result<()> {
        let patience = Some(Duration::from_secs(5));
        let mut driver = std::net::TcpStream::connect(("127.0.0.1", self.port))?;
        driver.set_read_timeout(patience)?;
        driver.write_all(b"GET /shutdown HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        driver.read(&mut [0; 64]).map(drop)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.shut_down());
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn options(language: &str, profile: &tempfile::TempDir) -> thirtyfour::ChromeCapabilities {
    let mut options = DesiredCapabilities::chrome();
    options.set_binary("/usr/bin/chromium").unwrap();
    let folder = format!("--user-data-dir={}", profile.path().display());
    let spoken = format!("--accept-lang={language}");
    for argument in [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--window-size=1200,900",
        &folder,
        &spoken,
    ] {
        options.add_arg(argument).unwrap();
    }
    options
}

fn asset(name: &str) -> String {
    let path = format!("{}/tests/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}; run tests/run"))
}

/// XucMgt in miniature, made of what it is made of: `AngularJS` and its `$http.post`.
pub(crate) fn angular_client(third_party: &str) -> String {
    let url = serde_json::to_string(third_party).unwrap();
    format!(
        r#"<!doctype html><html lang="en" ng-app="agent"><meta charset="utf-8"><title>agent</title>
<script src="/angular.js"></script>
<body ng-controller="Agent">
<button id="ring" ng-click="ring()">Ring</button> <output id="lamp">{{{{paused ? 'paused' : 'ready'}}}}</output>
<iframe class="pane" ng-if="pane" ng-src="{{{{pane}}}}" title="pane"></iframe>
<script>
angular.module('agent', []).controller('Agent', function ($scope, $http, $sce, $window) {{
  $scope.ring = function () {{
    $http.post({url}, {{
      user: {{ userId: 87, agentId: 41, fullName: 'Ilse Marchetti', token: 'eyJ0.x.y' }},
      callee: '1087', caller: '0199005577', callDataCallId: '1790000123.4521',
      queue: {{ id: 2, name: 'trucks', displayName: 'Trucks', number: '3001' }},
      userData: {{ XIVO_DSTNUM: '3001', USR_customer: 'C-20418' }}
    }}).then(function (answer) {{
      $scope.answer = answer.data;
      if (answer.data.event === 'EventRinging') {{
        $scope.paused = answer.data.autopause;
        $scope.pane = $sce.trustAsResourceUrl(answer.data.url);
      }}
    }});
  }};
  $window.addEventListener('message', function (message) {{
    if (message.data !== 'closeThirdParty') return;
    $scope.$apply(function () {{ $scope.pane = null; $scope.paused = false; }});
  }});
}});
</script>"#
    )
}

pub(crate) fn serve_client(page: String) -> String {
    let server = HttpServer::new(move || {
        let page = page.clone();
        let page = move || {
            let answer = HttpResponse::Ok().content_type("text/html").body(page.clone());
            async move { answer }
        };
        let script = || async {
            let angular = asset("node_modules/angular/angular.js");
            HttpResponse::Ok().content_type("text/javascript").body(angular)
        };
        App::new().route("/", web::get().to(page)).route("/angular.js", web::get().to(script))
    });
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", server.addrs()[0]);
    tokio::spawn(server.run());
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn an_angularjs_desktop_on_another_origin_rings_notes_and_is_done() {
    let callpane = Callpane::setup().rules(RULES).ticking().start().await;
    let third_party = format!("{}/thirdparty", callpane.running.public_url);
    let address = serve_client(angular_client(&third_party));
    let browser = Browser::start("en").await;
    browser.driver().goto(&address).await.unwrap();
    browser.click("#ring").await;
    browser
        .until("the agent is paused", "document.querySelector('#lamp').textContent === 'paused'")
        .await;
    browser.enter_pane().await;
    browser.fill("textarea[name=notes]", "Wants two trucks.").await;
    eventually("the notes are saved while typing", async || {
        let notes = callpane.sql("SELECT notes FROM pane").await;
        (notes == ["Wants two trucks."]).then_some(())
    })
    .await;
    browser.driver().refresh().await.unwrap_or(());
    browser.leave_pane().await;
    browser.click("#ring").await;
    browser.enter_pane().await;
    let kept = browser.one("textarea[name=notes]").await.prop("value").await.unwrap();
    assert_eq!(kept.as_deref(), Some("Wants two trucks."), "notes survive a reload");
    browser.click("#close").await;
    browser.one("[role=alert]:not([hidden])").await;
    browser.run("document.querySelector('input[name=disposition][value=\"Sold\"]').click();").await;
    browser.click("#close").await;
    browser.leave_pane().await;
    browser.until("the pane closes", "!document.querySelector('iframe')").await;
    browser
        .until("the agent is ready", "document.querySelector('#lamp').textContent === 'ready'")
        .await;
    let pane =
        callpane.sql("SELECT notes, disposition FROM pane WHERE completed_at IS NOT NULL").await;
    assert_eq!(pane, ["Wants two trucks.|Sold"]);
    browser.stop().await;
}

async fn demo() -> Callpane {
    Callpane::setup().phone_systems(RULES).set("CALLPANE_DEMO", "true").ticking().start().await
}

async fn open_demo(browser: &Browser, callpane: &Callpane) {
    let url = format!("{}/demo/desktop", callpane.running.demo_url.clone().unwrap());
    browser.driver().goto(url).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_desktop_rings_opens_pauses_and_closes() {
    let callpane = demo().await;
    let browser = Browser::start("en").await;
    open_demo(&browser, &callpane).await;
    browser.choose("#queue", "Trucks").await;
    browser.fill("#caller", "0199005577").await;
    browser.click("#ring").await;
    browser.until("paused", "document.querySelector('#lamp').dataset.state === 'paused'").await;
    browser.enter_pane().await;
    assert!(browser.one("h1").await.text().await.unwrap().contains("01 99 00 55 77"));
    browser.picture("demo").await;
    browser.fill("textarea[name=notes]", "By keyboard").await;
    browser.run("document.querySelector('input[name=disposition]').click();").await;
    let notes = browser.one("textarea[name=notes]").await;
    notes.send_keys(Key::Escape).await.unwrap();
    assert_eq!(
        notes.prop("value").await.unwrap().as_deref(),
        Some("By keyboard"),
        "Esc loses nothing"
    );
    notes.send_keys(Key::Control + Key::Enter).await.unwrap();
    browser.leave_pane().await;
    browser.until("the pane closes", "!document.querySelector('iframe.pane')").await;
    browser.until("ready", "document.querySelector('#lamp').dataset.state === 'ready'").await;
    assert_eq!(callpane.sql("SELECT notes, disposition FROM pane").await, ["By keyboard|Sold"]);
    let log = browser.one("#log").await.text().await.unwrap();
    assert!(log.contains("closeThirdParty") && log.contains(&callpane.running.public_url), "{log}");
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrap_up_page_opens_only_after_an_answered_call_ends() {
    let callpane = demo().await;
    let browser = Browser::start("en").await;
    open_demo(&browser, &callpane).await;
    browser.choose("#queue", "Support France").await;
    let armed = "document.body.dataset.currentAction.includes('EventReleased')";
    for answered in [false, true] {
        browser.click("#ring").await;
        browser.until("an answer is loaded", armed).await;
        if answered {
            browser.click("#answer").await;
        }
        browser.click("#hangup").await;
    }
    browser.one("iframe.pane").await;
    let opened = browser.run("return document.querySelectorAll('iframe.pane').length;").await;
    assert_eq!(opened, 1, "the unanswered call opened nothing");
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_none_during_a_pausing_page_leaves_the_agent_free_at_its_end() {
    let callpane = demo().await;
    let browser = Browser::start("en").await;
    open_demo(&browser, &callpane).await;
    browser.choose("#queue", "Trucks").await;
    browser.click("#ring").await;
    browser.one("iframe.pane").await;
    browser.choose("#queue", "Quiet").await;
    browser.fill("#caller", "0199005588").await;
    browser.click("#ring").await;
    browser
        .until(
            "the second answer is loaded",
            "document.body.dataset.currentAction.includes('none')",
        )
        .await;
    browser.enter_pane().await;
    browser.run("document.querySelector('input[name=disposition]').click();").await;
    browser.click("#close").await;
    browser.leave_pane().await;
    browser.until("ready again", "document.querySelector('#lamp').dataset.state === 'ready'").await;
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_answer_opens_a_page_that_says_so() {
    let callpane = demo().await;
    let browser = Browser::start("en").await;
    open_demo(&browser, &callpane).await;
    browser.choose("#queue", "Billing").await;
    browser.fill("#caller", "0199005577").await;
    browser.click("#ring").await;
    browser
        .until("armed", "document.body.dataset.currentAction.includes('EventEstablished')")
        .await;
    browser.click("#hangup").await;
    let ring = callpane.desktop(87).ring("0199005588", "billing");
    callpane.desktop(87).posts(&ring).await;
    browser.run("document.querySelector('#delay').value = 60000;").await;
    browser.fill("#caller", "0199005588").await;
    browser.click("#ring").await;
    browser.click("#answer").await;
    browser.enter_pane().await;
    let banner = browser.one("#newest").await.text().await.unwrap();
    assert!(banner.contains("01 99 00 55 88"), "{banner}");
    browser.click("#newest a").await;
    browser
        .until(
            "the newest call's page",
            "document.querySelector('h1').textContent.includes('01 99 00 55 88')",
        )
        .await;
    browser.stop().await;
}

/// Every page, at both widths, in both themes and languages: accessible, and nothing sticks out.
#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_accessible_and_fits() {
    let callpane = demo().await;
    let public = callpane.running.public_url.clone();
    let desktop = callpane.desktop(87);
    for (caller, note) in [
        ("0199005577", "Asked for the invoice of March."),
        ("0199005577", "Two trucks, delivery in May."),
    ] {
        let answer = desktop.rings(caller, "trucks").await;
        callpane.opens(&answer).await.done(note, Some("Call back")).await;
    }
    let call = desktop.rings("0199005577", "trucks").await["url"].as_str().unwrap().to_owned();
    let anonymous =
        callpane.desktop(88).rings("anonymous", "other").await["url"].as_str().unwrap().to_owned();
    let lab = callpane.pbx("lab");
    lab.says(lab_event("ring", "c1", "+441632960001", "310")).await;
    lab.says(lab_event("hangup", "c1", "+441632960001", "310")).await;
    lab.says(lab_event("ring", "c2", "0199005577", "310")).await;
    lab.says(lab_event("answer", "c2", "0199005577", "310")).await;
    let presence = json!({
        "id": "zz_310", "time": real_now(), "type": "presence:user", "data": {
            "extension": "310", "status": "DND", "message": "Training until four",
        }
    });
    assert_eq!(callpane.pbx("office").tells(&presence).await.0, 202);
    let pages = [
        ("call", call),
        ("anonymous", anonymous),
        ("gone", format!("{public}/pane/nonsense")),
        ("nowhere", format!("{public}/nonsense")),
        ("nobody", format!("{public}/sheet")),
        ("api", format!("{public}/api")),
        ("desktop", format!("{}/demo/desktop", callpane.running.demo_url.clone().unwrap())),
        ("door", format!("{public}/desktop")),
        ("built-in", format!("{public}{}", callpane.personal_link("priya"))),
        ("crm", format!("{public}/demo/crm?phone=%2B33199005577&customer=C-20418")),
        ("crm-contact", format!("{public}/demo/crm?contact=4")),
    ];
    for language in ["en", "fr"] {
        let browser = Browser::start(language).await;
        for (name, url) in &pages {
            browser.driver().goto(url).await.unwrap();
            let lang = browser.run("return document.documentElement.lang;").await;
            assert_eq!(lang, language, "{name}");
            browser.is_accessible_and_fits(&format!("{name} {language}")).await;
        }
        browser.stop().await;
    }
}
