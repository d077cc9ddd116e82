//! What is refused is said so that whoever asked understands it: to people by a page in their language, to programs
//! by a problem in the API's own words.

use serde_json::{Value, json};

use crate::console_access::{Answer, Browser, TOKEN, api};
use crate::harness::Callpane;

/// What somebody does at a browser, and with what: the method, the address, the form.
type Deed<'a> = (&'a str, &'a str, &'a str);

async fn does(
    callpane: &Callpane,
    browser: &mut Browser<'_>,
    (method, path, form): Deed<'_>,
    accept: &str,
) -> Answer {
    let request = callpane.http.request(method.parse().unwrap(), callpane.url(path));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let request = request.header("accept", accept).header("accept-language", "fr");
    browser.ends(request.body(form.to_owned())).await
}

#[tokio::test]
async fn the_console_says_to_people_what_it_refuses_and_to_programs_too() {
    let setup = Callpane::setup().phone_systems("").set("CALLPANE_API_TOKEN", TOKEN);
    let callpane = setup.start().await;
    let mut nobody = Browser::new(&callpane);
    let mut vera = Browser::with_role(&callpane, "vera", "viewer").await;
    let mut sofia = Browser::with_role(&callpane, "sofia", "supervisor").await;
    let csrf = sofia.csrf().await;
    let unknown = format!("csrf={csrf}&destination=nobody");
    let no_time = format!("csrf={csrf}&since=soon");
    let (resend, pause) = ("/console/deliveries/resend", "/console/destinations/pause");
    let cases: [(&str, Deed<'_>, u16, &str, &str); 8] = [
        ("vera", ("GET", "/console/access", ""), 403, "not-allowed", "Votre rôle ne"),
        ("vera", ("POST", resend, "csrf=x"), 403, "not-allowed", "Votre rôle ne"),
        ("sofia", ("POST", resend, "csrf=x"), 403, "forged-form", "ne peut plus être envoyé"),
        (
            "sofia",
            ("GET", "/console/deliveries/zzz", ""),
            404,
            "no-such-delivery",
            "Cet envoi n’existe pas",
        ),
        (
            "sofia",
            ("POST", pause, unknown.as_str()),
            404,
            "no-such-destination",
            "Cette destination n’existe pas",
        ),
        (
            "sofia",
            ("POST", resend, no_time.as_str()),
            400,
            "malformed-body",
            "lang=\"en\">since is not a time",
        ),
        ("sofia", ("GET", pause, ""), 405, "wrong-method", "Cet élément n’existe pas"),
        ("nobody", ("POST", resend, ""), 401, "unauthorized", "Vous êtes déconnecté"),
    ];
    for (who, deed, status, code, said) in cases {
        let browser = match who {
            "vera" => &mut vera,
            "sofia" => &mut sofia,
            _ => &mut nobody,
        };
        let page = does(&callpane, browser, deed, "text/html,*/*;q=0.8").await;
        assert_eq!(page.status, status, "{deed:?}: {}", page.text);
        let says = |name: &str| page.headers[name].to_str().unwrap();
        assert_eq!(says("content-type"), "text/html; charset=utf-8", "{deed:?}");
        assert_eq!(says("content-language"), "fr", "{deed:?}");
        assert_eq!((says("referrer-policy"), says("cache-control")), ("same-origin", "no-store"));
        assert!(says("content-security-policy").contains("frame-ancestors 'none'"), "{deed:?}");
        assert!(page.text.contains(said), "{deed:?}: {}", page.text);
        assert!(page.text.contains("href=\"/console\""), "{deed:?}: {}", page.text);
        assert!(!page.text.contains("<script"), "{deed:?}");
        assert_eq!(page.headers.contains_key("allow"), status == 405, "{deed:?}");
        for accept in ["application/json", "*/*"] {
            let problem = does(&callpane, browser, deed, accept).await;
            assert_eq!(problem.status, status, "{deed:?}");
            assert_eq!(problem.headers["content-type"], "application/problem+json", "{deed:?}");
            let problem: Value = serde_json::from_str(&problem.text).unwrap();
            assert_eq!(problem["code"], code, "{deed:?}");
        }
    }
}

#[tokio::test]
async fn the_api_names_no_types_of_ours() {
    let setup = Callpane::setup().phone_systems("").set("CALLPANE_API_TOKEN", TOKEN);
    let callpane = setup.start().await;
    let cards = "/api/v1/calls/x/cards";
    for (method, path, body, status, detail) in [
        ("GET", "/api/v1/search", json!({}), 400, "the parameter q is missing"),
        ("POST", "/api/v1/deliveries/resend", json!([]), 400, "the body: expected an object"),
        ("POST", "/api/v1/tokens", json!({}), 400, "name is missing"),
        ("POST", cards, json!([]), 422, "the body: expected an object"),
        ("POST", cards, json!({ "title": "x", "lines": [[]] }), 422, "expected an object"),
        (
            "GET",
            "/api/v1/audit?act=bogus",
            json!({}),
            400,
            "\"bogus\" is not an act; write one of signed-in, ",
        ),
    ] {
        let (answered, problem) = api(&callpane, method, path, body).await;
        assert_eq!(answered, status, "{path}: {problem}");
        assert!(problem["detail"].as_str().unwrap().starts_with(detail), "{path}: {problem}");
    }
}
