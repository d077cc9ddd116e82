//! What a CRM may answer to a lookup, and what is understood of it.

use serde_json::{Value, json};

use crate::checks::Command;
use crate::crm::Crm;
use crate::harness::{Callpane, Database, PHONE_SYSTEMS, SECRETS, eventually, lab};
use crate::server::Server;

const TOKEN: &str = "token-of-the-api-0123456789abcdef";

async fn asks(callpane: &Callpane) -> Value {
    let request = callpane.http.post(callpane.url("/api/v1/lookups/crm/test"));
    let request = request.header("authorization", format!("Bearer {TOKEN}"));
    let request = request.header("content-type", "application/json");
    let request = request.body("{\"number\":\"0199005577\",\"send\":true}");
    let reply = request.send().await.unwrap();
    serde_json::from_str::<Value>(&reply.text().await.unwrap()).unwrap()["requests"].clone()
}

async fn callpane(crm: &Crm) -> Callpane {
    let document = format!(
        r#"
        [[lookup]]
        name = "crm"
        url = "{}/find"
        query = {{ q = "{{{{ lookup.number }}}}" }}
        auth = {{ header = {{ name = "x-key", value = "env:CRM_TOKEN" }} }}
        numbers = ["e164", "national_digits", "last:9", "e164"]
        none = [404]
        contacts = "/list"
        contact = {{ id = "/id", name = ["/first", "/last"] }}
        open = "https://crm.example.com/contacts/{{{{ contact.id }}}}"
        "#,
        crm.url
    );
    let setup = Callpane::setup().rules(&document).set("CALLPANE_API_TOKEN", TOKEN);
    let setup = setup.set("CRM_TOKEN", "crm-token");
    setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.0/8").start().await
}

#[tokio::test]
async fn whatever_is_answered_is_understood_or_said_to_be_not() {
    let crm = Crm::start();
    let callpane = callpane(&crm).await;
    let ida = json!({ "id": 7, "first": "Ida", "last": "Hartley" });
    let many: Vec<Value> = (0..25).map(|id| json!({ "id": id, "first": "Ida" })).collect();
    let listed = |list: Value| json!({ "list": list }).to_string();
    let understood = [
        (200, String::new(), json!([])),
        (200, " \n".to_owned(), json!([])),
        (404, "<p>nobody</p>".to_owned(), json!([])),
        (200, listed(json!([])), json!([])),
        (200, listed(json!(null)), json!([])),
        (200, listed(json!(false)), json!([])),
        (200, listed(json!({})), json!([])),
        (200, listed(ida.clone()), json!(["7 Ida Hartley"])),
        (
            200,
            listed(json!([null, ida, ida, { "id": "8", "last": "N\u{0}oé " }])),
            json!(["7 Ida Hartley", "8 Noé"]),
        ),
    ];
    for (status, body, expected) in understood {
        crm.answers(status, None, &body);
        let answer = asks(&callpane).await[0]["answer"].clone();
        let found = answer["contacts"].as_array().unwrap_or_else(|| panic!("{body}: {answer}"));
        let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
        let found = found.iter().map(|one| format!("{} {}", text(one, "id"), text(one, "name")));
        assert_eq!(found.collect::<Value>(), expected, "{status} {body}");
    }
    crm.answers(200, None, &listed(many.into()));
    let answer = asks(&callpane).await[0]["answer"].clone();
    assert_eq!(answer["contacts"].as_array().unwrap().len(), 20);
    let odd = json!({ "id": "a b/../?c&d#e", "first": "é".repeat(400) });
    crm.answers(200, None, &listed(json!([odd])));
    let found = asks(&callpane).await[0]["answer"]["contacts"][0].clone();
    assert_eq!(found["link"], "https://crm.example.com/contacts/a%20b%2F..%2F%3Fc%26d%23e");
    assert_eq!(found["name"], "é".repeat(300));
    for (status, body, reason) in [
        (200, "<p>log in</p>", "the answer is not JSON: expected value at line 1 column 1"),
        (200, "{}", "the answer has no list at contacts = \"/list\""),
        (200, "{\"list\":\"x\"}", "the answer has no list at contacts = \"/list\""),
        (
            200,
            "{\"items\":[{\"id\":1}],\"total\":1}",
            "the answer has no list at contacts = \"/list\"; it has lists at \"/items\"",
        ),
        (
            200,
            "{\"list\":[{\"first\":\"Ida\"}]}",
            "a contact in the answer has no value at \"/id\"",
        ),
        (302, "", "the answer was 302"),
        (500, "{\"list\":[]}", "the answer was 500"),
    ] {
        crm.answers(status, None, body);
        assert_eq!(asks(&callpane).await[0]["answer"]["reason"], reason, "{status} {body}");
    }
}

#[tokio::test]
async fn what_a_lookup_leaves_out_is_as_documented() {
    let crm = Crm::start();
    let callpane = callpane(&crm).await;
    let in_force = callpane.running.flow.context.in_force();
    let [lookup] = in_force.configuration.lookups() else { panic!("one lookup") };
    let spans = [lookup.connection.timeout, lookup.fresh, lookup.keep, lookup.fresh(false)];
    assert_eq!(spans.map(|span| span.as_secs()), [3, 15 * 60, 30 * 24 * 3600, 60]);
}

#[tokio::test]
async fn each_form_is_asked_for_once_and_nothing_secret_is_shown() {
    let crm = Crm::start();
    let callpane = callpane(&crm).await;
    let tried = asks(&callpane).await;
    let asked: Vec<String> = crm.got().into_iter().map(|got| got.path).collect();
    let forms = ["%2B33199005577", "0199005577", "199005577"];
    assert_eq!(asked, forms.map(|form| format!("/find?q={form}")));
    assert_eq!(crm.got()[0].header("x-key"), "crm-token");
    assert_eq!(tried.as_array().unwrap().len(), 3);
    assert!(!tried.to_string().contains("crm-token"), "{tried}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_has_no_whole_number_and_no_name() {
    let crm = Crm::start();
    let database = Database::new().await;
    let mut command = Command::serving(&database).set("CALLPANE_PRIVATE_TARGETS", "127.0.0.1");
    for (name, value) in SECRETS {
        command = command.set(name, value);
    }
    let lookup = |name: &str, url: &str| {
        format!(
            "[[lookup]]\nname = \"{name}\"\nurl = \"{url}/\"\nquery = {{ q = \"{{{{ lookup.number }}}}\" }}\n\
             contact = {{ id = \"/id\", name = \"/name\" }}\n"
        )
    };
    // Nobody listens at the first one.
    let lookups = [lookup("away", "http://127.0.0.1:9"), lookup("crm", &crm.url)].concat();
    let file = command.file("all.toml", &format!("{PHONE_SYSTEMS}{lookups}"));
    assert!(command.run(&["apply", &file]).await.success);
    crm.answers(200, None, "{\"id\":7,\"name\":\"Ida Hartley\"}");
    let server = Server::start(&command);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.post(format!("http://{}/hooks/lab", server.address));
    let request = request.body(lab("ring", "c1", "+33199005577", "310").to_string());
    let request = request.header("content-type", "application/json").header("x-key", "vector-lab");
    assert_eq!(request.send().await.unwrap().status().as_u16(), 202);
    let mut log: Vec<Value> = Vec::new();
    let lookups = eventually("both lookups are logged", async || {
        log.extend(server.log.try_iter());
        let lookups = log.iter().filter(|entry| entry["message"] == "lookup");
        let callers: Vec<Value> = lookups.map(|entry| entry["caller"].clone()).collect();
        (callers.len() == 2).then_some(callers)
    })
    .await;
    assert_eq!(lookups, ["+331******77", "+331******77"]);
    let text = serde_json::to_string(&log).unwrap();
    assert!(!text.contains("199005577") && !text.contains("Ida"), "{text}");
}
