//! The stand-in CRM's contacts, as a lookup and a person meet them.

use serde_json::{Value, json};

use crate::harness::Callpane;

async fn demo() -> Callpane {
    Callpane::setup().set("CALLPANE_DEMO", "true").start().await
}

async fn get(callpane: &Callpane, path: &str) -> (u16, String) {
    let reply = callpane.http.get(callpane.url(path)).send().await.unwrap();
    (reply.status().as_u16(), reply.text().await.unwrap())
}

async fn names(callpane: &Callpane, phone: &str) -> Vec<String> {
    let (status, body) = get(callpane, &format!("/demo/crm/api/contacts?phone={phone}")).await;
    assert_eq!(status, 200, "{body}");
    let found: Value = serde_json::from_str(&body).unwrap();
    let contacts = found["contacts"].as_array().unwrap().iter();
    contacts.map(|contact| contact["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn it_knows_a_number_in_its_spellings_and_a_switchboard_means_three() {
    let callpane = demo().await;
    for spelling in ["%2B33199005577", "0199005577", "01%2099%2000%2055%2077", "0033199005577"] {
        assert_eq!(names(&callpane, spelling).await, ["Zoë Brûlé"], "{spelling}");
    }
    assert_eq!(names(&callpane, "%2B33199005500").await.len(), 3);
    assert!(names(&callpane, "%2B33199005598").await.is_empty());
    let (_, body) = get(&callpane, "/demo/crm/api/contacts?phone=0199005577").await;
    let found: Value = serde_json::from_str(&body).unwrap();
    let wanted = json!({
        "id": "1", "name": "Zoë Brûlé", "company": "Brûlé & Fils", "email": "zoe@example.com",
        "phone": "+33199005577", "vip": "yes",
    });
    assert_eq!(found["contacts"][0], wanted);
}

#[tokio::test]
async fn its_look_up_fails_as_it_is_told() {
    let callpane = demo().await;
    let address = "/demo/crm/api/contacts?phone=0199005577";
    assert_eq!(get(&callpane, &format!("{address}&answer=503")).await, (503, String::new()));
    let busy = callpane.url(&format!("{address}&answer=429&retry_after=30"));
    let reply = callpane.http.get(busy).send().await.unwrap();
    assert_eq!(
        (reply.status().as_u16(), &reply.headers()["retry-after"]),
        (429, &"30".parse().unwrap())
    );
}

#[tokio::test]
async fn whoever_is_created_is_found_and_has_a_page() {
    let callpane = demo().await;
    let new = json!({ "name": "Ada <b>Hartley</b>", "phone": "+33199005598" });
    let request = callpane.http.post(callpane.url("/demo/crm/api/contacts"));
    let reply = request.header("content-type", "application/json").body(new.to_string());
    let reply = reply.send().await.unwrap();
    assert_eq!(reply.status().as_u16(), 201);
    let answer: Value = serde_json::from_str(&reply.text().await.unwrap()).unwrap();
    assert_eq!(names(&callpane, "0199005598").await, ["Ada <b>Hartley</b>"]);
    let id = answer["id"].as_str().unwrap();
    let (status, page) = get(&callpane, &format!("/demo/crm?contact={id}")).await;
    assert_eq!(status, 200);
    assert!(page.contains("<h2 id=\"contact-title\">Ada &lt;b&gt;Hartley"), "{page}");
    assert!(page.contains("POST /demo/crm/api/contacts"), "{page}");
    let (_, all) = get(&callpane, "/demo/crm").await;
    let (_, some) = get(&callpane, "/demo/crm?phone=0199005598").await;
    assert!(all.contains("Zoë Brûlé") && !some.contains("Zoë Brûlé"));
    let refused = callpane.http.post(callpane.url("/demo/crm/api/contacts")).body("no");
    assert_eq!(refused.send().await.unwrap().status().as_u16(), 400);
}
