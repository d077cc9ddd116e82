//! The API does what `openapi.json` says of it, and `docs/api.md` is that document with the answers that a
//! server really gave.

mod page;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::crm::Crm;
use crate::harness::{Callpane, eventually, lab};

const TOKEN: &str = "token-of-the-api-0123456789abcdef";

const MORE: &str = r#"
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
        let (method, path) = operation.split_once(' ').unwrap();
        let described = &self.document["paths"][path][method.to_lowercase()]["responses"];
        let (status, _) = self.send(method, target, body, "not the token").await;
        // 429 once there were too many.
        assert!([401, 429].contains(&status), "{operation}: {status} without the token");
        let (status, answer) = self.send(method, target, body, TOKEN).await;
        let response = &described[status.to_string()];
        assert!(response.is_object(), "{operation}: {status} is not described: {answer}");
        let name = response["$ref"].as_str().unwrap_or_default().rsplit('/').next().unwrap();
        if status >= 400 {
            assert_eq!(answer["code"], *name, "{operation}: {answer}");
        } else if status == 200 {
            let content = &self.named(response)["content"];
            self.compare(operation, &content["application/json"]["schema"], &answer);
        }
        let exchange =
            Exchange { target: target.into(), body: body.into(), status, answer: answer.clone() };
        self.exchanges.entry(operation.to_owned()).or_default().push(exchange);
        answer
    }

    /// What a `$ref` refers to.
    fn named<'a>(&'a self, item: &'a Value) -> &'a Value {
        let item = item["anyOf"].get(0).unwrap_or(item);
        item["$ref"].as_str().map_or(item, |name| self.document.pointer(&name[1..]).unwrap())
    }

    /// The members of an object, each with what it is.
    fn members<'a>(&'a self, schema: &'a Value) -> Vec<(&'a str, &'a Value)> {
        let inherited = schema["allOf"].get(0).map(|base| self.members(self.named(base)));
        let own = schema["properties"].as_object().into_iter().flatten();
        inherited.unwrap_or_default().into_iter().chain(own.map(|(k, v)| (k.as_str(), v))).collect()
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
            let is_left_out = value.is_none() && schema["x-sparse"] != true;
            assert!(!is_left_out, "{at}: {name} is described, and is not in {answer}");
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
async fn afternoon(programs: &mut Programs<'_>) {
    let callpane = programs.callpane;
    let says =
        async |event| callpane.pbx("lab").says(lab(event, "c-77", "0199005577", "310")).await;
    says("ring").await;
    for query in ["source=lab&limit=1", "before=x"] {
        programs.ask("GET /api/v1/events", &format!("/api/v1/events?{query}"), "").await;
    }
    // Nobody on the list: the lookup is asked.
    callpane.desktop(12).rings("0199005500", "trucks").await;
    for event in ["answer", "hangup"] {
        callpane.clock.advance(std::time::Duration::from_secs(40));
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
    afternoon(programs).await;
    eventually("the call is told", async || {
        let settled = callpane.sql("SELECT id FROM delivery WHERE settled_at IS NOT NULL").await;
        (settled.len() == 1).then_some(())
    })
    .await;
    eventually("the lookup has answered", async || {
        let asked = crm.got().iter().any(|got| got.path.starts_with("/api/people"));
        let (_, all) = programs.send("GET", "/api/v1/lookups", "", TOKEN).await;
        (asked && all["lookups"][0]["answered"].is_string()).then_some(())
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
    for list in [lists, "/api/v1/contacts/lists/nobody"] {
        programs.ask("DELETE /api/v1/contacts/lists/{name}", list, "").await;
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
}

#[tokio::test]
async fn the_api_is_what_its_document_says_and_the_documentation_shows_it() {
    let crm = Crm::start();
    let setup = Callpane::setup().phone_systems(&MORE.replace("CRM", &crm.url));
    let setup = setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.0/8");
    let setup = setup.set("CALLPANE_API_TOKEN", TOKEN).leaves_deliveries();
    let callpane = setup.start().await;
    crm.always_answers(200);
    let mut programs = programs(&callpane).await;
    ask_everything(&mut programs, &crm).await;
    let expected = page::settled(&programs.documented(), &callpane, &crm);
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    if std::fs::read_to_string(root.join("docs/api.md")).unwrap_or_default() != expected {
        std::fs::write(root.join("target/api.md"), &expected).unwrap();
        panic!("docs/api.md differs: cp target/api.md docs/api.md");
    }
}
