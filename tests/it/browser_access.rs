//! Into the console and out of it in a real browser, in both languages: with a link, with a password, by
//! keyboard alone.

use callpane::inside::Actor;

use crate::browser::Browser;
use crate::harness::Callpane;

async fn in_language(callpane: &Callpane, language: &str) {
    let operators = &callpane.running.flow.operators;
    let link = operators.make_link(&Actor::at_command_line(None), "admin").await.unwrap();
    let browser = Browser::start(language).await;
    let seen =
        async |name: &str| browser.is_accessible_and_fits(&format!("{name} {language}")).await;
    let public = &callpane.running.public_url;
    let open = async |path: &str| browser.driver().goto(format!("{public}{path}")).await.unwrap();
    // The link, with a password that is too short first.
    browser.driver().goto(&link).await.unwrap();
    seen("sign-in-link").await;
    browser.run("document.querySelector('[name=password]').removeAttribute('minlength');").await;
    browser.fill("[name=password]", "short").await;
    browser.click("button").await;
    browser.one("[aria-invalid=true]").await;
    seen("sign-in-link-refused").await;
    browser.fill("[name=password]", "correct horse battery").await;
    browser.click("button").await;
    browser.one(".rail").await;
    for page in ["account", "access", "audit"] {
        open(&format!("/console/{page}")).await;
        browser.one(&format!(".rail [aria-current=page][href$='/{page}']")).await;
        seen(page).await;
    }
    // Somebody new, whose link is shown once.
    open("/console/access").await;
    let name = format!("claire-{language}");
    browser.fill("form[action$='/operators'] [name=name]", &name).await;
    browser.click("form[action$='/operators'] button").await;
    browser.one("#made").await;
    seen("access-made").await;
    // Out, and in again by keyboard alone, to where the way led.
    browser.click(".who button").await;
    browser.one("form[action$='/sign-in']").await;
    seen("signed-out").await;
    open("/console/audit?act=password-set").await;
    let keys = ["admin", "\u{e004}", "wrong password", "\u{e007}"];
    browser.one("[name=name]:focus").await.send_keys(keys.concat()).await.unwrap();
    browser.one("[role=alert]").await;
    seen("sign-in-wrong").await;
    browser.fill("[name=password]", "correct horse battery").await;
    browser.one("[name=password]").await.send_keys("\u{e007}").await.unwrap();
    browser.one("[name=act] [selected][value=password-set]").await;
    browser.stop().await;
}

#[tokio::test]
async fn an_operator_comes_in_and_goes_out_in_either_language() {
    for language in ["en", "fr"] {
        let callpane = Callpane::setup().ticking().start().await;
        in_language(&callpane, language).await;
    }
}
