//! Calls and the search in the console, without a script: filters in the address, links that lead somewhere.

use crate::console_access::Browser;
use crate::harness::{Callpane, Setup};

const PASSWORD: &str = "correct horse battery";
const TOKEN: &str = "token-of-the-api-0123456789abcdef";

fn setup() -> Setup {
    let setup = Callpane::setup().phone_systems("[[rule]]\nname = \"all\"\n");
    setup.set("CALLPANE_API_TOKEN", TOKEN).set("CALLPANE_CONSOLE_PASSWORD", PASSWORD)
}

/// The addresses of a page's links that contain a text.
pub(crate) fn links(html: &str, part: &str) -> Vec<String> {
    let all = html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    all.filter(|link| link.contains(part)).map(|link| link.replace("&amp;", "&")).collect()
}

#[tokio::test]
async fn calls_are_filtered_paged_exported_and_explained() {
    let callpane = setup().start().await;
    let mut viewer = Browser::with_role(&callpane, "vera", "viewer").await;
    let mut first = Browser::signed_in(&callpane, "admin", PASSWORD).await;
    let command = |html: &str| html.contains("curl &quot;") && html.contains("/thirdparty");
    assert!(command(&first.opens("/console/calls").await.text), "how to make a first ring");
    assert!(!command(&viewer.opens("/console/calls").await.text), "the address has a key in it");
    for at in 0..60 {
        callpane.desktop(12 + at % 2).rings("0199005577", "trucks").await;
    }
    let mut browser = Browser::signed_in(&callpane, "admin", PASSWORD).await;
    let rows = |html: &str| html.matches("<th scope=\"row\"").count();
    let all = browser.opens("/console/calls").await;
    assert_eq!((all.status, rows(&all.text)), (200, 50), "{}", all.text);
    let older = links(&all.text, "before=").remove(0);
    let older = browser.opens(&older).await.text;
    assert_eq!((rows(&older), links(&older, "before=").len()), (10, 0));
    // What was typed stays, and goes along.
    let some =
        browser.opens("/console/calls?agent=12&opened=no&at=&number=01+99+00+55+77").await.text;
    assert_eq!(rows(&some), 30);
    assert!(some.contains("name=\"agent\" value=\"12\"") && some.contains("value=\"no\" selected"));
    let csv = links(&some, "calls.csv").remove(0);
    let csv = browser.opens(&csv).await;
    assert_eq!((csv.status, csv.text.lines().count()), (200, 31));
    let explained = links(&some, "/console/calls/").remove(0);
    assert_eq!(browser.opens(&explained).await.status, 200, "{explained}");
    let none = browser.opens("/console/calls?agent=nobody&outcome=missed").await.text;
    assert!(none.contains("No call matches."), "{none}");
    assert!(none.contains("<option value=\"missed\" selected>Missed</option>"), "{none}");
    // An outcome that nobody can choose any more is not lost from the filter.
    let gone = browser.opens("/console/calls?outcome=Sold").await.text;
    assert!(gone.contains("<option lang=\"\" selected>Sold</option>"), "{gone}");
    for (query, said) in [
        ("at=noon", "This is not a time."),
        ("number=abc", "This is not a phone number."),
        ("opened=perhaps", "This filter cannot be read."),
    ] {
        let wrong = browser.opens(&format!("/console/calls?{query}")).await;
        assert!(wrong.status == 200 && wrong.text.contains(said), "{query}: {}", wrong.text);
    }
}

#[tokio::test]
async fn a_search_leads_to_what_it_finds() {
    let callpane = setup().start().await;
    callpane.desktop(12).rings_with("0199005577", "trucks", "x-1").await;
    let mut browser = Browser::signed_in(&callpane, "admin", PASSWORD).await;
    for (text, leads_to) in [
        ("x-1", "/console/calls/"),
        ("01+99+00+55+77", "/console/calls?number="),
        ("Agent+12", "/console/calls?agent="),
        ("trucks", "/console/calls?queue=trucks"),
        ("all", "/console/calls?rule=all"),
        ("office", "/console/calls?source=office"),
    ] {
        let found = browser.opens(&format!("/console/search?q={text}")).await.text;
        let to = links(&found, leads_to);
        assert!(!to.is_empty(), "{text}: {found}");
        assert_eq!(browser.opens(&to[0]).await.status, 200, "{}", to[0]);
    }
    let none = browser.opens("/console/search?q=zzzz").await.text;
    assert!(none.contains("Nothing found for") && none.contains("value=\"zzzz\""), "{none}");
}

#[tokio::test]
async fn a_viewer_sees_no_whole_number_in_any_list() {
    let callpane = setup().start().await;
    callpane.desktop(12).rings("0199005577", "trucks").await;
    let mut viewer = Browser::with_role(&callpane, "vera", "viewer").await;
    let mut supervisor = Browser::with_role(&callpane, "sami", "supervisor").await;
    for path in [
        "/console/calls",
        "/console/calls.csv",
        "/console/search?q=trucks",
        "/console/search?q=Agent+12",
    ] {
        let digits = |text: &str| text.replace([' ', '+'], "");
        let seen = viewer.opens(path).await;
        assert_eq!(seen.status, 200, "{path}");
        let seen = digits(&seen.text);
        assert!(!seen.contains("99005577"), "{path}: {seen}");
    }
    for path in ["/console/calls", "/console/calls.csv"] {
        let seen = supervisor.opens(path).await.text.replace([' ', '+'], "");
        assert!(seen.contains("99005577"), "{path}: {seen}");
    }
}
