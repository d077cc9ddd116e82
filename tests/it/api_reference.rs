//! The API does what its OpenAPI document says of it, and `docs/api.md` is that document with the answers that a
//! server really gave.

mod access;
mod page;
mod pages;
mod schemathesis;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::crm::Crm;
use crate::harness::{Callpane, eventually, lab};
use crate::roles::token;

const TOKEN: &str = "token-of-the-api-0123456789abcdef";

const MORE: &str = r#"
[[rule]]
name = "pauses"
when = { queue = "pausing" }
autopause = true

[[rule]]
name = "the hosted page"

[[lookup]]
name = "crm"
url = "CRM/api/people"
query = { phone = "{{ lookup.number }}" }
contacts = "/people"
contact = { id = "/id", name = "/name" }

[[destination]]
name = "journal"
on = ["call.ended"]
url = "CRM/api/calls"
json = { caller = "{{ caller.e164 }}", seconds = "{{ call.talk_seconds | number }}" }
"#;

const LIST: &str = "id,name,company,phone,VIP\n20418,Zoë Brûlé,Brûlé & Fils,01 99 00 55 77,yes\n\
    20419,Owen Price,Fleet Ltd,n/a,no\n";

/// A request, and what it was answered.
struct Exchange {
    target: String,
    body: String,
    status: u16,
    answer: Value,
}

/// Programs that ask: exchanges by operation, as `GET /api/v1/events`.
struct Programs<'a> {
    callpane: &'a Callpane,
    document: Value,
    exchanges: BTreeMap<String, Vec<Exchange>>,
}

impl Programs<'_> {
    async fn send(&self, method: &str, target: &str, body: &str, token: &str) -> (u16, Value) {
        let request =
            self.callpane.http.request(method.parse().unwrap(), self.callpane.url(target));
        let kind = if body.starts_with('{') { "application/json" } else { "text/csv" };
        let request = request.bearer_auth(token).header("content-type", kind);
        let reply = request.body(body.to_owned()).send().await.unwrap();
        let status = reply.status().as_u16();
        (status, serde_json::from_str(&reply.text().await.unwrap()).unwrap_or_default())
    }

    /// Asks as a program would, and without the token.
    async fn ask(&mut self, operation: &str, target: &str, body: &str) -> Value {
        let (method, _) = operation.split_once(' ').unwrap();
        let (status, _) = self.send(method, target, body, "not the token").await;
        // 429 once there were too many.
        assert!([401, 429].contains(&status), "{operation}: {status} without the token");
        self.ask_with(operation, target, body, TOKEN).await
    }

    /// Asks as a program with this token.
    async fn ask_with(&mut self, operation: &str, target: &str, body: &str, token: &str) -> Value {
        let (method, path) = operation.split_once(' ').unwrap();
        let described = &self.document["paths"][path][method.to_lowercase()]["responses"];
        let (status, answer) = self.send(method, target, body, token).await;
        let response = &described[status.to_string()];
        assert!(response.is_object(), "{operation}: {status} is not described: {answer}");
        if status >= 400 {
            assert!(self.codes(response).contains(&answer["code"]), "{operation}: {answer}");
        } else if status < 202 {
            let content = &self.named(response)["content"];
            self.compare(operation, &content["application/json"]["schema"], &answer);
        }
        let exchange =
            Exchange { target: target.into(), body: body.into(), status, answer: answer.clone() };
        self.exchanges.entry(operation.to_owned()).or_default().push(exchange);
        answer
    }

    /// The codes that an answer refuses with.
    fn codes(&self, response: &Value) -> Vec<Value> {
        let content = &self.named(response)["content"]["application/problem+json"];
        content["schema"]["properties"]["code"]["enum"].as_array().unwrap().clone()
    }

    /// What a `$ref` refers to.
    fn named<'a>(&'a self, item: &'a Value) -> &'a Value {
        let item = item["oneOf"].get(0).unwrap_or(item);
        item["$ref"].as_str().map_or(item, |name| self.document.pointer(&name[1..]).unwrap())
    }

    /// The members of an object, each with what it is.
    fn members<'a>(&'a self, schema: &'a Value) -> Vec<(&'a str, &'a Value)> {
        let schema = self.named(schema);
        let members = schema["properties"].as_object().into_iter().flatten();
        members.map(|(name, member)| (name.as_str(), member)).collect()
    }

    /// An answer has the members that are described, and no others.
    fn compare(&self, at: &str, schema: &Value, answer: &Value) {
        let schema = self.named(schema);
        for item in answer.as_array().into_iter().flatten() {
            self.compare(at, &schema["items"], item);
        }
        let (members, Some(given)) = (self.members(schema), answer.as_object()) else { return };
        if members.is_empty() {
            return;
        }
        for name in given.keys() {
            assert!(
                members.iter().any(|(known, _)| known == name),
                "{at}: {name} is not described"
            );
        }
        for (name, inner) in members {
            let value = given.get(name);
            let required = schema["required"].as_array().unwrap().contains(&name.into());
            assert!(value.is_some() || !required, "{at}: {name} is required, not in {answer}");
            self.compare(&format!("{at} {name}"), inner, value.unwrap_or(&Value::Null));
        }
    }
}

async fn programs(callpane: &Callpane) -> Programs<'_> {
    let document = callpane.http.get(callpane.url("/api/openapi.json")).send().await.unwrap();
    let document = serde_json::from_str(&document.text().await.unwrap()).unwrap();
    Programs { callpane, document, exchanges: BTreeMap::new() }
}

/// A phone system reports a call and an agent's presence, and somebody else sends a call without its secret.
async fn afternoon(programs: &mut Programs<'_>, crm: &Crm) {
    let callpane = programs.callpane;
    let says =
        async |event| callpane.pbx("lab").says(lab(event, "c-77", "0199005577", "310")).await;
    says("ring").await;
    for query in ["source=lab&limit=1", "before=x"] {
        programs.ask("GET /api/v1/events", &format!("/api/v1/events?{query}"), "").await;
    }
    // Nobody on the list: the lookup is asked.
    callpane.desktop(12).rings("0199005500", "trucks").await;
    eventually("the lookup has answered", async || {
        let asked = crm.got().iter().any(|got| got.path.starts_with("/api/people"));
        let (_, all) = programs.send("GET", "/api/v1/lookups", "", TOKEN).await;
        (asked && all["lookups"][0]["answered"].is_string()).then_some(())
    })
    .await;
    for event in ["answer", "hangup"] {
        callpane.clock.advance(Duration::from_secs(40));
        says(event).await;
    }
    let refused = [("content-type", "application/json"), ("x-key", "an old secret")];
    let body = lab("ring", "c-78", "0199005577", "310").to_string();
    assert_eq!(callpane.pbx("lab").sends("POST", "", &refused, body).await.0, 401);
    let presence = json!({ "id": "presence-310", "company": "example", "type": "presence:user",
        "time": callpane.clock_now(), "data": { "extension": "310", "status": "dnd",
        "message": "Lunch", "until": "2026-09-21T15:00:00Z" } });
    callpane.pbx("office").says(presence).await;
}

/// Everything that programs may ask, in an order in which each has something to answer; and of what is
/// refused, each kind once.
async fn ask_everything(programs: &mut Programs<'_>, crm: &Crm) {
    let callpane = programs.callpane;
    let lists = "/api/v1/contacts/lists/clients";
    let put = "PUT /api/v1/contacts/lists/{name}";
    programs.ask(put, &format!("{lists}?region=FR"), LIST).await;
    programs.ask(put, &format!("{lists}?region=XX"), LIST).await;
    programs.ask(put, lists, "name,phone\nOwen Price,n/a\n").await;
    programs.ask("GET /api/v1/contacts/lists", "/api/v1/contacts/lists", "").await;
    for number in ["0199005577", "abc"] {
        let target = format!("/api/v1/contacts?number={number}");
        programs.ask("GET /api/v1/contacts", &target, "").await;
    }
    afternoon(programs, crm).await;
    eventually("the call is told", async || {
        let settled = callpane.sql("SELECT id FROM delivery WHERE settled_at IS NOT NULL").await;
        (settled.len() == 1).then_some(())
    })
    .await;
    for query in ["source=lab&limit=1", "before=x"] {
        programs.ask("GET /api/v1/refusals", &format!("/api/v1/refusals?{query}"), "").await;
    }
    for query in ["agent=priya", "agent=priya&at=soon", "number=0199005599&at=10:42"] {
        programs.ask("GET /api/v1/explain", &format!("/api/v1/explain?{query}"), "").await;
    }
    for call in ["c-77", "c-78"] {
        let target = format!("/api/v1/calls/{call}/explain");
        programs.ask("GET /api/v1/calls/{id}/explain", &target, "").await;
    }
    let pasted = lab("ring", "c-79", "0199005577", "310").to_string();
    for source in ["lab", "nobody"] {
        let target = format!("/api/v1/sources/{source}/try");
        programs.ask("POST /api/v1/sources/{source}/try", &target, &pasted).await;
    }
    programs.ask("GET /api/v1/agents", "/api/v1/agents", "").await;
    callpane.signs_in("priya").await;
    for agent in ["priya", "nobody"] {
        let target = format!("/api/v1/agents/{agent}/sessions");
        programs.ask("DELETE /api/v1/agents/{id}/sessions", &target, "").await;
    }
    programs.ask("GET /api/v1/lookups", "/api/v1/lookups", "").await;
    crm.answers(200, None, r#"{"people":[{"id":20418,"name":"Zoë Brûlé"}]}"#);
    for (name, body) in [
        ("crm", r#"{"number":"0199005577","send":true}"#),
        ("crm", "{}"),
        ("crm", r#"{"number":"abc"}"#),
        ("nobody", r#"{"number":"0199005577"}"#),
    ] {
        let target = format!("/api/v1/lookups/{name}/test");
        programs.ask("POST /api/v1/lookups/{name}/test", &target, body).await;
    }
    ask_of_deliveries(programs).await;
    ask_of_calls(programs).await;
    access::ask(programs).await;
    for list in [lists, "/api/v1/contacts/lists/nobody"] {
        programs.ask("DELETE /api/v1/contacts/lists/{name}", list, "").await;
    }
}

async fn ask_of_calls(programs: &mut Programs<'_>) {
    for query in ["number=0199005577&limit=1", "at=noon", "number=abc"] {
        programs.ask("GET /api/v1/calls", &format!("/api/v1/calls?{query}"), "").await;
        programs.ask("GET /api/v1/calls.csv", &format!("/api/v1/calls.csv?{query}"), "").await;
    }
    for id in ["lab:c-77", "nobodys"] {
        programs.ask("GET /api/v1/calls/{id}", &format!("/api/v1/calls/{id}"), "").await;
    }
    programs.ask("GET /api/v1/search", "/api/v1/search?q=priya", "").await;
    programs.ask("GET /api/v1/attention", "/api/v1/attention", "").await;
    ask_of_live(programs).await;
    ask_of_cards(programs).await;
    for query in [
        "agent=priya&at=14:15",
        "agent=priya&at=soon",
        "number=0199005599&at=14:15",
        "agent=priya&at=14:15&number=nobody",
    ] {
        programs.ask("GET /api/v1/explain", &format!("/api/v1/explain?{query}"), "").await;
    }
    for id in ["lab:c-77", "nobodys"] {
        let target = format!("/api/v1/calls/{id}/explain");
        programs.ask("GET /api/v1/calls/{id}/explain", &target, "").await;
    }
}

async fn ask_of_cards(programs: &mut Programs<'_>) {
    let cards = "/api/v1/calls/lab:c-77/cards";
    let (post, list) = ("POST /api/v1/calls/{id}/cards", "GET /api/v1/calls/{id}/cards");
    let card = json!({ "key": "order", "title": "Order A-1207", "text": "Late by two days",
        "link": "https://shop.example.com/orders/1207", "lines": [{ "label": "Truck", "value": "17" }] });
    let card = programs.ask(post, cards, &card.to_string()).await;
    programs.ask(post, cards, r#"{"title":""}"#).await;
    programs.ask(post, "/api/v1/calls/nobodys/cards", r#"{"title":"Order A-1207"}"#).await;
    for call in ["lab:c-77", "nobodys"] {
        programs.ask(list, &format!("/api/v1/calls/{call}/cards"), "").await;
    }
    let (remove, none) = ("DELETE /api/v1/calls/{id}/cards/{card}", "0".repeat(32));
    let id = card["id"].as_str().unwrap();
    // Another program's card.
    let another = token(programs.callpane, "cards").await;
    let same = r#"{"key":"order","title":"Visit"}"#;
    programs.ask_with(post, cards, same, &another).await;
    programs.ask_with(remove, &format!("{cards}/{id}"), "", &another).await;
    for (call, card) in [("nobodys", id), ("lab:c-77", id), ("lab:c-77", &none)] {
        programs.ask(remove, &format!("/api/v1/calls/{call}/cards/{card}"), "").await;
    }
    // One more than there is room for.
    for _ in 0..20 {
        programs.send("POST", cards, r#"{"title":"Visit"}"#, TOKEN).await;
    }
    programs.ask_with(post, cards, same, &another).await;
}

/// A page that pauses its agent, which is opened and left.
async fn ask_of_live(programs: &mut Programs<'_>) {
    let callpane = programs.callpane;
    let ring = callpane.desktop(13).rings("0199005577", "pausing").await;
    callpane.opens(&ring).await;
    let live = programs.ask("GET /api/v1/live", "/api/v1/live", "").await;
    assert_eq!(live["calls"][0]["pauses"], true, "{live}");
    let listed = programs.send("GET", "/api/v1/calls?agent=13&limit=1", "", TOKEN).await.1;
    callpane.clock.advance(Duration::from_mins(3));
    for id in [listed["calls"][0]["page"]["id"].as_str().unwrap(), &"0".repeat(32)] {
        let target = format!("/api/v1/pages/{id}/close");
        programs.ask("POST /api/v1/pages/{id}/close", &target, "").await;
    }
}

async fn ask_of_deliveries(programs: &mut Programs<'_>) {
    programs.ask("GET /api/v1/destinations", "/api/v1/destinations", "").await;
    for (name, body) in [
        ("journal", r#"{"event":"call.ended"}"#),
        ("journal", r#"{"send":"maybe"}"#),
        ("journal", r#"{"event":"call.ringing"}"#),
        ("nobody", "{}"),
    ] {
        let target = format!("/api/v1/destinations/{name}/test");
        programs.ask("POST /api/v1/destinations/{name}/test", &target, body).await;
    }
    for verb in ["pause", "resume"] {
        for name in ["journal", "nobody"] {
            let target = format!("/api/v1/destinations/{name}/{verb}");
            let operation = format!("POST /api/v1/destinations/{{name}}/{verb}");
            programs.ask(&operation, &target, "").await;
        }
    }
    programs.ask("GET /api/v1/deliveries/groups", "/api/v1/deliveries/groups", "").await;
    let listed = "/api/v1/deliveries?state=delivered";
    let all = programs.ask("GET /api/v1/deliveries", listed, "").await;
    programs.ask("GET /api/v1/deliveries", "/api/v1/deliveries?before=x", "").await;
    let id = all["deliveries"][0]["id"].as_str().unwrap();
    let (other, none) = (id.replace(&id[..4], "0000"), "x");
    for id in [id, &other, none] {
        let target = format!("/api/v1/deliveries/{id}");
        programs.ask("GET /api/v1/deliveries/{id}", &target, "").await;
        let body = json!({ "ids": [id] }).to_string();
        programs.ask("POST /api/v1/deliveries/resend", "/api/v1/deliveries/resend", &body).await;
    }
    for body in ["{}", r#"{"destination":"nobody","since":"2026-09-21T14:00:00Z"}"#] {
        programs.ask("POST /api/v1/deliveries/resend", "/api/v1/deliveries/resend", body).await;
    }
}

async fn api_server(crm: &Crm) -> Callpane {
    crm.always_answers(200);
    let setup = Callpane::setup().phone_systems(&MORE.replace("CRM", &crm.url));
    let setup = setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.0/8");
    let setup = setup.set("CALLPANE_TRUSTED_PROXIES", "127.0.0.0/8");
    setup.set("CALLPANE_API_TOKEN", TOKEN).leaves_deliveries().start().await
}

#[tokio::test]
async fn the_api_is_what_its_document_says_and_the_documentation_shows_it() {
    let crm = Crm::start();
    let callpane = api_server(&crm).await;
    let mut programs = programs(&callpane).await;
    ask_everything(&mut programs, &crm).await;
    let expected = page::settled(&programs.documented(), &callpane, &crm);
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    if std::fs::read_to_string(root.join("docs/api.md")).unwrap_or_default() != expected {
        std::fs::write(root.join("target/api.md"), &expected).unwrap();
        panic!("docs/api.md differs: cp target/api.md docs/api.md");
    }
}
