//! What the demo shows to whoever reaches it, and what only to somebody at its own machine.

use reqwest::RequestBuilder;
use serde_json::json;

use crate::harness::Callpane;

const SECRET: &str = "a-secret-of-the-demo";
const CONFIGURATION: &str = r#"
[[source]]
name = "voipcloud"
kind = "voipcloud"
secrets = ["env:DEMO_SECRET"]
[[agent]]
id = "priya"
name = "Priya Nair"
at = { voipcloud = "310" }
"#;

async fn demo() -> Callpane {
    let setup = Callpane::setup().rules(CONFIGURATION).set("DEMO_SECRET", SECRET);
    setup.set("CALLPANE_DEMO", "true").start().await
}

/// The same request as it comes from elsewhere: by another name of this machine, or by a proxy.
fn from_elsewhere(request: &RequestBuilder) -> Vec<RequestBuilder> {
    let headers = [
        ("host", "demo.example.com"),
        ("host", "192.168.1.7:8081"),
        ("x-forwarded-for", "192.168.1.9"),
        ("forwarded", "for=192.168.1.9"),
        ("via", "1.1 proxy.example.com"),
    ];
    headers.map(|(name, value)| request.try_clone().unwrap().header(name, value)).into()
}

async fn text(request: RequestBuilder) -> (u16, String) {
    let reply = request.send().await.unwrap();
    (reply.status().as_u16(), reply.text().await.unwrap())
}

#[tokio::test]
async fn a_personal_link_is_shown_at_the_demos_own_machine_only() {
    let callpane = demo().await;
    let link = callpane.personal_link("priya");
    let address = format!("{}/demo/desktop", callpane.running.demo_url.clone().unwrap());
    let request = callpane.http.get(address);
    for elsewhere in from_elsewhere(&request) {
        let (status, page) = text(elsewhere).await;
        assert_eq!(status, 200);
        assert!(page.contains("id=\"ring\""), "whoever reaches the demo may ring");
        assert!(!page.contains("/desktop/") && !page.contains("id=\"play\""), "{page}");
    }
    let (_, page) = text(request).await;
    assert!(page.contains(&link) && page.contains("id=\"play\""));
}

#[tokio::test]
async fn every_way_into_the_demo_leads_to_its_desktop() {
    let callpane = demo().await;
    let desktop = callpane.running.demo_url.clone().unwrap();
    let page = format!("{desktop}/demo/desktop");
    for way in [desktop.clone(), format!("{desktop}/demo"), callpane.url("/demo")] {
        let reply = callpane.http.get(&way).send().await.unwrap();
        let to = reply.headers()["location"].to_str().unwrap();
        assert!(reply.status() == 303 && page.ends_with(to), "{way}: {to}");
    }
}

#[tokio::test]
async fn calls_are_played_at_the_demos_own_machine_only_and_show_no_secret() {
    let callpane = demo().await;
    let play = format!("{}/demo/play", callpane.running.demo_url.clone().unwrap());
    let wanted = json!({ "script": "voipcloud-queue", "step": "user_inbound", "call": "1", "caller": "0199005577" });
    let request = callpane.http.post(play).header("content-type", "application/json");
    let request = request.body(wanted.to_string());
    for elsewhere in from_elsewhere(&request) {
        let (status, answer) = text(elsewhere).await;
        assert_eq!(status, 403);
        assert!(answer.contains("not-from-here") && !answer.contains(SECRET), "{answer}");
    }
    assert_eq!(callpane.sql("SELECT id FROM call").await.len(), 0);
    let (status, answer) = text(request).await;
    assert_eq!(status, 200);
    assert!(answer.contains("\"status\":202") && answer.contains("[20 characters]"), "{answer}");
    assert!(!answer.contains(SECRET), "{answer}");
    assert_eq!(callpane.sql("SELECT id FROM call").await.len(), 1);
}

#[tokio::test]
async fn what_the_crm_was_told_is_shown_at_the_demos_own_machine_only() {
    let callpane = demo().await;
    let told = callpane.http.post(callpane.url("/demo/crm/api/calls")).body("a note of a call");
    assert_eq!(text(told).await.0, 201);
    let request = callpane.http.get(callpane.url("/demo/crm"));
    for elsewhere in from_elsewhere(&request) {
        let (status, page) = text(elsewhere).await;
        assert_eq!(status, 200);
        assert!(page.contains("Zoë Brûlé") && !page.contains("a note of a call"), "{page}");
    }
    assert!(text(request).await.1.contains("a note of a call"));
}

#[tokio::test]
async fn the_demo_crm_keeps_no_more_of_a_contact_than_fits() {
    let callpane = demo().await;
    let name = "n".repeat(100_000);
    let body = json!({ "name": name, "phone": "+33199005598" }).to_string();
    let create = callpane.http.post(callpane.url("/demo/crm/api/contacts"));
    let create = create.header("content-type", "application/json").body(body);
    assert_eq!(text(create).await.0, 201);
    let find = callpane.http.get(callpane.url("/demo/crm/api/contacts?phone=0199005598"));
    assert!(text(find).await.1.len() < 1000);
}
