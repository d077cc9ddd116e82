//! The pictures of the documentation, taken of the running program: `tests/pictures` puts them in their place.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::browser_console::{morning, setup, sign_in};
use crate::browser_live::{enter_page, phase};
use crate::demo_live::Demo;
use crate::harness::{Callpane, lab};

const TOKEN: &str = "token-of-the-api-0123456789abcdef";

const OUTCOMES: &str = r#"
[[rule]]
name = "trucks: paused until it is done"
when = { queue = "trucks" }
autopause = true
[[disposition]]
options = ["Sold", "Call back", "Wrong number"]
"#;

const CLIENTS: &str =
    "id,name,company,phone,VIP\n20418,Zoë Brûlé,Brûlé & Fils,01 99 00 55 77,yes\n";

impl Browser {
    async fn takes(&self, name: &str, width: u32, height: u32) {
        self.appear_in(width, height, "light").await;
        self.picture(name).await;
    }
}

/// The demo, and the page of its first call: while it rings, and when it is over.
#[tokio::test(flavor = "multi_thread")]
async fn of_the_demo_and_of_a_call() {
    let demo = Demo::start();
    let browser = Browser::start("en").await;
    browser.appear_in(1200, 760, "light").await;
    browser.driver().goto(demo.desktop()).await.unwrap();
    browser.click("#ring").await;
    browser.enter_pane().await;
    phase(&browser, "ringing").await;
    browser.one("#contact-open").await;
    let page = browser.run("return location.href;").await;
    browser.leave_pane().await;
    browser.takes("demo", 1200, 760).await;

    let agent_application = browser.driver().window().await.unwrap();
    let tab = browser.driver().new_tab().await.unwrap();
    let goes_to = async |window: &thirtyfour::WindowHandle| {
        browser.driver().switch_to_window(window.clone()).await.unwrap();
    };
    goes_to(&tab).await;
    browser.driver().goto(page.as_str().unwrap()).await.unwrap();
    phase(&browser, "ringing").await;
    browser.takes("call-ringing", 900, 600).await;
    browser.takes("call-narrow", 320, 640).await;
    for (key, becomes) in [("#answer", "answered"), ("#hangup", "ended")] {
        goes_to(&agent_application).await;
        browser.click(key).await;
        goes_to(&tab).await;
        phase(&browser, becomes).await;
    }
    browser.fill("#notes", "Papers are ready; she collects the truck on Friday.").await;
    browser.run("document.querySelector('input[name=disposition][value=Sold]').click();").await;
    browser.until("it is saved", "document.body.dataset.unsaved !== 'true'").await;
    browser.takes("call-ended", 900, 600).await;
    browser.stop().await;
}

fn wildix_presence(kind: &str, status: &str) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    json!({
        "id": "presence", "company": "example", "time": u64::try_from(now).unwrap(),
        "type": format!("presence:{kind}"),
        "data": { "extension": "310", "status": status, "message": "In the office" }
    })
}

/// A caller who is known and has called before.
async fn with_a_history() -> Callpane {
    let setup = Callpane::setup().phone_systems(OUTCOMES).set("CALLPANE_API_TOKEN", TOKEN);
    let setup = setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.0/8,::1");
    let callpane = setup.set("CALLPANE_DEMO", "true").ticking().start().await;
    let list = callpane.http.put(callpane.url("/api/v1/contacts/lists/clients"));
    let list = list.bearer_auth(TOKEN).header("content-type", "text/csv").body(CLIENTS).send();
    assert_eq!(list.await.unwrap().status(), 200);
    for (notes, outcome) in [
        ("Asked what two 7.5 t trucks would cost. Offer sent by e-mail.", "Call back"),
        ("Orders one truck with a tail lift, delivery in May.", "Sold"),
    ] {
        let desktop = callpane.desktop(87);
        let mut ring = desktop.ring("0199005577", "trucks");
        ring["user"]["fullName"] = "Ilse Marchetti".into();
        ring["queue"]["displayName"] = "Trucks".into();
        let answer = desktop.posts(&ring).await;
        callpane.opens(&answer).await.done(notes, Some(outcome)).await;
    }
    callpane
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_built_in_desktop_and_its_door() {
    let callpane = with_a_history().await;
    let browser = Browser::start("en").await;
    let public = &callpane.running.public_url;
    browser.driver().goto(format!("{public}/desktop")).await.unwrap();
    browser.takes("sign-in", 900, 600).await;
    for (kind, status) in [("user", "available"), ("telephony", "talking")] {
        callpane.pbx("office").says(wildix_presence(kind, status)).await;
    }
    let link = format!("{public}{}", callpane.personal_link("priya"));
    browser.driver().goto(link).await.unwrap();
    browser.until("it is connected", "document.querySelector('#lamp[data-state=connected]')").await;
    for event in ["ring", "answer"] {
        callpane.pbx("lab").says(lab(event, "c1", "0199005577", "310")).await;
    }
    enter_page(&browser).await;
    phase(&browser, "answered").await;
    browser.leave_pane().await;
    callpane.pbx("lab").says(lab("ring", "c2", "+441632960001", "310")).await;
    let waits = "document.querySelectorAll('#tabs [role=tab]').length === 2";
    browser.until("a second call waits", waits).await;
    browser.takes("desktop", 900, 600).await;
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_page_of_the_crm_within_ours() {
    let callpane = with_a_history().await;
    let crm = &callpane.running.public_url;
    let document = format!(
        "[[rule]]\nname = \"trucks\"\npage = \"wrapper\"\nautopause = true\n\
         url = \"{crm}/demo/crm?phone={{{{ caller.e164 }}}}\"\n\
         [[disposition]]\noptions = [\"Sold\", \"Call back\", \"Wrong number\"]\n"
    );
    callpane.applies(&document).await;
    let browser = Browser::start("en").await;
    let answer = callpane.desktop(12).rings("0199005577", "trucks").await;
    browser.driver().goto(answer["url"].as_str().unwrap()).await.unwrap();
    browser.one("#wrapped").await.enter_frame().await.unwrap();
    browser.until("it shows the contact", "document.body.textContent.includes('Zoë')").await;
    browser.leave_pane().await;
    browser.takes("wrapper", 900, 600).await;
    browser.stop().await;
}

/// The console after a busy morning.
#[tokio::test(flavor = "multi_thread")]
async fn of_the_console() {
    let callpane = setup().start().await;
    morning(&callpane).await;
    callpane.desktop(12).rings("0199005577", "quiet").await;
    let browser = Browser::start("en").await;
    browser.appear_in(1280, 800, "light").await;
    sign_in(&callpane, &browser).await;
    browser.takes("console", 1280, 800).await;
    let public = &callpane.running.public_url;
    browser.driver().goto(format!("{public}/console/live")).await.unwrap();
    let updated = "document.body.innerText.includes('Updated as it happens')";
    browser.until("it is connected", updated).await;
    browser.takes("console-live", 1280, 800).await;
    browser.driver().goto(format!("{public}/console/explain?agent=1012&at=")).await.unwrap();
    browser.takes("console-explain", 1280, 800).await;
    browser.stop().await;
}
