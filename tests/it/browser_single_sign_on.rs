//! Signing in with an identity provider in a real browser, in both languages, to where the way led.

use crate::browser::Browser;
use crate::harness::Callpane;
use crate::single_sign_on::Provider;

/// Follows the sign-in page's link to the provider, and says there who one is.
async fn signs_in(browser: &Browser, person: &str) {
    browser.click("a[href*='/sign-in/oidc']").await;
    browser.fill("[name=login]", person).await;
    browser.click("[name=as]").await;
}

async fn in_language(provider: &Provider, callpane: &Callpane, language: &str) {
    let browser = Browser::start(language).await;
    let seen =
        async |name: &str| browser.is_accessible_and_fits(&format!("{name} {language}")).await;
    let public = &callpane.running.public_url;
    let open = async |path: &str| browser.driver().goto(format!("{public}{path}")).await.unwrap();
    // Nobody without a group.
    open("/console/audit?act=signed-in").await;
    browser.one("a[href*='/sign-in/oidc']").await;
    seen("sign-in-sso").await;
    signs_in(&browser, "otto").await;
    let said = browser.one("[role=alert]").await.text().await.unwrap();
    assert!(said.contains("groups"), "{said}");
    seen("sign-in-sso-role").await;
    // Who declines there is told so here.
    browser.driver().goto(format!("{}/session/end", provider.issuer)).await.unwrap();
    browser.driver().delete_all_cookies().await.unwrap();
    open("/console/sign-in").await;
    browser.click("a[href*='/sign-in/oidc']").await;
    browser.click("[name=no]").await;
    browser.one("[role=alert]").await;
    seen("sign-in-sso-denied").await;
    // An administrator, to where the way led.
    open("/console/audit?act=signed-in").await;
    signs_in(&browser, "anna").await;
    browser.one("[name=act] [selected][value=signed-in]").await;
    open("/console/access").await;
    browser.one("form[action$='/operators/anna/remove']").await;
    seen("access-sso").await;
    open("/console/account").await;
    browser.one(".rail [aria-current=page][href$='/account']").await;
    seen("account-sso").await;
    browser.click(".who button").await;
    browser.one("form[action$='/sign-in']").await;
    browser.stop().await;
    // A viewer, in a browser of their own.
    let browser = Browser::start(language).await;
    browser.driver().goto(format!("{public}/console/live")).await.unwrap();
    signs_in(&browser, "vera").await;
    browser.one(".rail [aria-current=page][href$='/live']").await;
    browser
        .until("a viewer sees no access", "!document.querySelector('.rail [href$=\"/access\"]')")
        .await;
    browser.stop().await;
}

#[tokio::test]
async fn an_operator_comes_in_with_the_identity_provider_in_either_language() {
    let provider = Provider::start();
    let callpane = provider.setup().set("CALLPANE_OIDC_NAME", "Example ID").ticking().start().await;
    provider.serves(&callpane, "conforming").await;
    for language in ["en", "fr"] {
        in_language(&provider, &callpane, language).await;
    }
}
