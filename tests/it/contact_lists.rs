//! Lists of contacts: imported by command and by API, replaced whole, found however a number was
//! written down.

use serde_json::{Value, json};

use crate::checks::Command;
use crate::harness::{Callpane, eventually, lab};

const TOKEN: &str = "token-of-the-api-0123456789abcdef";

const LIST: &str = "id;name;company;phone;mobile;VIP\n\
    1;Zoë Brûlé;Brûlé & Fils;01 99 00 55 77;;yes\n\
    2;Owen Price;Fleet Ltd;01632 960001;;no\n\
    3;Front desk;House;;1013;no\n\
    4;Nobody;;n/a;;no\n";

async fn callpane() -> Callpane {
    let rules = "[[rule]]\nname = \"important\"\nwhen = { \"contact.data.VIP\" = \"yes\" }\n\
                 url = \"https://crm.example.com/{{ contact.book }}/{{ contact.id }}\"\n\
                 [[rule]]\nname = \"others\"\n";
    Callpane::setup().phone_systems(rules).set("CALLPANE_API_TOKEN", TOKEN).start().await
}

async fn asks(callpane: &Callpane, method: &str, path: &str, body: &str) -> (u16, Value) {
    let request = callpane.http.request(method.parse().unwrap(), callpane.url(path));
    let request = request.header("authorization", format!("Bearer {TOKEN}")).body(body.to_owned());
    let request = request.header("accept", "application/json");
    let reply = request.header("content-type", "application/json").send().await.unwrap();
    let status = reply.status().as_u16();
    (status, serde_json::from_str(&reply.text().await.unwrap()).unwrap_or_default())
}

/// What a ring from this number opens.
async fn opens(callpane: &Callpane, caller: &str) -> String {
    let answer = callpane.desktop(12).rings(caller, "cars").await;
    answer["url"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_list_is_known_to_the_next_ring() {
    let callpane = callpane().await;
    let (status, said) = asks(&callpane, "PUT", "/api/v1/contacts/lists/clients", LIST).await;
    assert_eq!((status, &said["contacts"], &said["numbers"]), (200, &json!(3), &json!(3)));
    assert_eq!(
        said["passed_over"],
        json!([{ "line": 5, "reason": "\"n/a\" cannot be read as a phone number" }])
    );
    assert_eq!(opens(&callpane, "0199005577").await, "https://crm.example.com/clients/1");
    let names = async |number: &str| {
        let path = format!("/api/v1/contacts?number={}", number.replace('+', "%2B"));
        let (_, found) = asks(&callpane, "GET", &path, "").await;
        found["contact"]["name"].as_str().map(str::to_owned)
    };
    assert_eq!(names("+33199005577").await.as_deref(), Some("Zoë Brûlé"));
    assert_eq!(names("+441632960001").await.as_deref(), Some("Owen Price"), "by its last digits");
    assert_eq!(names("1013").await.as_deref(), Some("Front desk"), "by the extension");
    assert_eq!(names("+33199005578").await, None);
    let page = callpane.desktop(12).rings("+441632960001", "cars").await;
    let page = callpane.opens(&page).await;
    assert!(page.html.contains("<title>Owen Price") && page.html.contains("Fleet Ltd"));
    callpane.pbx("lab").says(lab("ring", "c1", "0199005577", "310")).await;
    let shown = callpane.built_in_desktop("priya").await;
    let url = &shown["panes"][0]["url"];
    assert_eq!(
        url, "https://crm.example.com/clients/1",
        "the rules of phone systems know them, too"
    );
}

#[tokio::test]
async fn a_new_import_takes_the_place_of_the_old_one_at_once_and_a_wrong_one_changes_nothing() {
    let callpane = callpane().await;
    let lists = "/api/v1/contacts/lists";
    let put = async |body: &str| asks(&callpane, "PUT", &format!("{lists}/clients"), body).await;
    put(LIST).await;
    put("name,phone\nIda,0199005500\n").await;
    assert!(opens(&callpane, "0199005577").await.contains("/pane/"), "no more in the list");
    assert_eq!(callpane.sql("SELECT number FROM contact").await, ["+33199005500"]);
    let (status, refused) = put("name,fax\nIda,0199005500\n").await;
    assert_eq!((status, &refused["code"]), (422, &json!("not-imported")));
    assert!(refused["detail"].as_str().unwrap().contains("names no column of phone numbers"));
    let (status, _) = put("name,phone\nIda,n/a\n").await;
    assert_eq!(status, 422);
    let (_, said) = asks(&callpane, "GET", lists, "").await;
    assert_eq!(
        (&said["lists"][0]["name"], &said["lists"][0]["contacts"]),
        (&json!("clients"), &json!(1))
    );
    assert_eq!(asks(&callpane, "DELETE", &format!("{lists}/clients"), "").await.0, 204);
    assert_eq!(asks(&callpane, "DELETE", &format!("{lists}/clients"), "").await.0, 404);
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM contact").await, ["0"]);
    assert_eq!(asks(&callpane, "PUT", &format!("{lists}/own"), LIST).await.0, 422);
}

#[tokio::test]
async fn nobody_without_the_token_reads_or_changes_contacts() {
    let callpane = callpane().await;
    for (method, path) in [
        ("GET", "/api/v1/contacts?number=0199005577"),
        ("GET", "/api/v1/contacts/lists"),
        ("PUT", "/api/v1/contacts/lists/clients"),
        ("DELETE", "/api/v1/contacts/lists/clients"),
        ("GET", "/api/v1/lookups"),
        ("POST", "/api/v1/lookups/crm/test"),
    ] {
        let request = callpane.http.request(method.parse().unwrap(), callpane.url(path));
        let request = request.header("content-type", "application/json");
        let reply = request.body("{\"number\":\"1\"}").send().await.unwrap();
        assert_eq!(reply.status().as_u16(), 401, "{method} {path}");
    }
}

#[tokio::test]
async fn lists_count_in_the_order_of_their_names_and_of_each_the_surest_form() {
    let callpane = callpane().await;
    let put = async |list: &str, body: &str| {
        asks(&callpane, "PUT", &format!("/api/v1/contacts/lists/{list}"), body).await
    };
    put("b", "name,phone\nOwen Price,+44 1632 960001\nZoë,+33199005577\n").await;
    callpane.clock.advance(std::time::Duration::from_secs(1));
    put("a", "name,phone\nBy national form,01632 960001\nIda,+44 1632 960001\n").await;
    let found = async |number: &str| {
        let path = format!("/api/v1/contacts?number={}", number.replace('+', "%2B"));
        asks(&callpane, "GET", &path, "").await.1
    };
    let shown = found("+441632960001").await;
    assert_eq!((&shown["state"], &shown["contact"]["name"]), (&json!("known"), &json!("Ida")));
    let books = shown["books"].as_array().unwrap().iter().map(|book| book["book"].clone());
    assert_eq!(books.collect::<Value>(), json!(["a", "b"]));
    let (status, _) = put("third?region=GB", "name,phone\nEve,01632 960002\n").await;
    assert_eq!(status, 200);
    let keys = callpane.sql("SELECT number FROM contact WHERE list = 'third'").await;
    assert_eq!(keys, ["+441632960002"], "read as a number of that country");
    let (status, refused) = put("third?region=XX", "name,phone\nEve,01632 960002\n").await;
    assert_eq!(status, 422, "{refused}");
}

#[tokio::test]
async fn what_counts_no_more_is_neither_found_nor_kept() {
    let setup = Callpane::setup().phone_systems("").set("CALLPANE_RETENTION", "2d");
    let callpane = setup.set("CALLPANE_API_TOKEN", TOKEN).start().await;
    asks(&callpane, "PUT", "/api/v1/contacts/lists/clients", LIST).await;
    let import = callpane.sql("SELECT import_id FROM contact_list").await.remove(0);
    let at = callpane.clock_now();
    // An import of that list that was cut in the middle, at the same moment.
    let cut = import.parse::<i64>().unwrap() + 1;
    callpane
        .sql(&format!(
            "INSERT INTO contact (number, import_id, id, list, contact)
             VALUES ('+33199005500', '{cut}', '9', 'clients', '{{\"id\":\"9\",\"name\":\"Ida\"}}')"
        ))
        .await;
    for number in ["+33199005577", "+33199005578"] {
        callpane
            .sql(&format!(
                "INSERT INTO looked_up (number, lookup, contacts, asked_at)
                 VALUES ('{number}', 'crm', '[]', {at})"
            ))
            .await;
        callpane
            .sql(&format!(
                "INSERT INTO contact_choice (number, book, contact_id, chosen_at)
                 VALUES ('{number}', 'clients', '1', {at})"
            ))
            .await;
    }
    let (_, found) = asks(&callpane, "GET", "/api/v1/contacts?number=0199005500", "").await;
    assert_eq!(found["state"], "unknown", "what is not whole does not count");
    let day = std::time::Duration::from_hours(23);
    let contacts = async || {
        callpane.running.flow.retention.forget().await.unwrap();
        callpane.sql("SELECT COUNT(*) FROM contact").await.remove(0)
    };
    callpane.clock.advance(day);
    assert_eq!(contacts().await, "4", "it may still be under way");
    callpane.clock.advance(day);
    assert_eq!(contacts().await, "3", "but not for ever; what counts stays");
    let left = async || callpane.sql("SELECT number FROM looked_up").await.len();
    assert_eq!(left().await, 2);
    callpane.pbx("lab").says(lab("ring", "c1", "0199005577", "310")).await;
    callpane.clock.advance(day);
    assert_eq!(contacts().await, "3");
    assert_eq!(left().await, 0, "nobody asked since");
    let chosen = callpane.sql("SELECT number FROM contact_choice").await;
    assert_eq!(chosen, ["+33199005577"], "this one has called since");
}

#[tokio::test]
async fn a_list_of_agents_that_is_forgotten_in_part_does_not_come_back() {
    let callpane = callpane().await;
    asks(&callpane, "PUT", "/api/v1/contacts/lists/clients", LIST).await;
    let page = callpane.desktop(12).rings("0199005500", "cars").await;
    let page = callpane.opens(&page).await;
    let adds = async |name: &str| {
        let said = json!({ "name": name }).to_string();
        asks(&callpane, "POST", &format!("{}/contact", page.path), &said).await
    };
    assert_eq!(adds("Ida").await.1["contact"]["name"], "Ida");
    // Cut after the first of its steps.
    callpane.sql("DELETE FROM contact_list WHERE name = 'own'").await;
    assert_eq!(adds("Eve").await.1["contact"]["name"], "Eve");
    let (_, found) = asks(&callpane, "GET", "/api/v1/contacts?number=0199005500", "").await;
    assert_eq!(found["books"][0]["contacts"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(asks(&callpane, "DELETE", "/api/v1/contacts/lists/own", "").await.0, 204);
    let (_, found) = asks(&callpane, "GET", "/api/v1/contacts?number=0199005500", "").await;
    assert_eq!(found["state"], "unknown");
}

#[tokio::test]
async fn a_server_that_runs_knows_what_a_command_imported() {
    let callpane = callpane().await;
    let command = Command::new().set("CALLPANE_DATABASE", &callpane.database.url);
    let secrets = crate::harness::SECRETS;
    let command =
        secrets.into_iter().fold(command, |command, (name, value)| command.set(name, value));
    let file = command.file("clients.csv", LIST);
    let said = command.run(&["contacts", "import", &file]).await;
    assert!(said.success, "{}", said.stderr);
    assert_eq!(
        said.stdout.replace(&file, "clients.csv"),
        "read as UTF-8, for example \"Zoë Brûlé\"\nid: id\nname: name\ncompany: company\nphone: number\nmobile: number\nVIP: data\n\
         clients.csv:5: \"n/a\" cannot be read as a phone number\nclients: 3 contacts with 3 numbers\n"
    );
    eventually("the rule knows them", async || {
        (opens(&callpane, "0199005577").await == "https://crm.example.com/clients/1").then_some(())
    })
    .await;
    let found = command.run(&["contacts", "find", "01 99 00 55 77"]).await;
    let found: Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!((&found["state"], &found["books"][0]["book"]), (&json!("known"), &json!("clients")));
    let excel = command.path("clients.csv");
    std::fs::write(&excel, b"Soci\xe9t\xe9;T\xe9l\xe9phone\r\nFleet;0199005500\r\n").unwrap();
    let said = command.run(&["contacts", "import", &file]).await;
    assert!(said.stdout.starts_with("read as windows-1252, for example \"Société\"\n"), "{said:?}");
    assert!(said.stdout.ends_with("clients: 1 contact with 1 number\n"), "{said:?}");
    let unknown = command.run(&["contacts", "import", &file, "--encoding", "klingon"]).await;
    assert_eq!(
        unknown.stderr,
        "--encoding klingon: no such encoding; write a name such as windows-1252\n"
    );
    let wrong = command.file("wrong.csv", "a,b\n1,2\n");
    let said = command.run(&["contacts", "import", &wrong]).await;
    assert!(
        !said.success && said.stderr.contains("wrong.csv: the first line names no column of phone")
    );
}

#[tokio::test]
async fn a_list_comes_before_lookups_and_nobody_is_asked() {
    let crm = crate::crm::Crm::start();
    let document = format!(
        "[[lookup]]\nname = \"crm\"\nurl = \"{}/\"\ncontact = {{ id = \"/id\", name = \"/name\" }}\n",
        crm.url
    );
    let setup = Callpane::setup().phone_systems(&document).set("CALLPANE_API_TOKEN", TOKEN);
    let callpane = setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.1").start().await;
    asks(&callpane, "PUT", "/api/v1/contacts/lists/clients", LIST).await;
    crm.answers(200, None, "[{\"id\":9,\"name\":\"From the CRM\"}]");
    callpane.pbx("lab").says(lab("ring", "c1", "+33199005577", "310")).await;
    callpane.pbx("lab").says(lab("ring", "c2", "+33199005500", "311")).await;
    crm.gets(1).await;
    let kept = eventually("the answer is kept", async || {
        let rows = callpane.sql("SELECT number, lookup FROM looked_up").await;
        (!rows.is_empty()).then_some(rows)
    })
    .await;
    assert_eq!(kept, ["+33199005500|crm"]);
    assert_eq!(crm.got().len(), 1);
    let late = "name,phone\nFrom a list,0199005500\n";
    asks(&callpane, "PUT", "/api/v1/contacts/lists/crm", late).await;
    let (_, found) = asks(&callpane, "GET", "/api/v1/contacts?number=0199005500", "").await;
    assert_eq!(found["contact"]["name"], "From a list", "it counts before what was answered");
    callpane.clock.advance(std::time::Duration::from_hours(1));
    callpane.pbx("lab").says(lab("ring", "c3", "+33199005500", "310")).await;
    callpane.pbx("lab").says(lab("ring", "c4", "+33199005501", "311")).await;
    eventually("the other caller is asked about", async || {
        (callpane.sql("SELECT number FROM looked_up").await.len() == 2).then_some(())
    })
    .await;
    assert_eq!(crm.got().len(), 2, "whatever the list is called");
}

#[tokio::test]
async fn a_lookup_is_tried_out_and_a_wrong_one_is_refused() {
    let crm = crate::crm::Crm::start();
    let document = format!(
        "[[lookup]]\nname = \"crm\"\nurl = \"{}/find\"\nquery = {{ q = \"{{{{ lookup.number }}}}\" }}\n\
         auth = {{ bearer = \"env:PBX_TOKEN\" }}\ncontact = {{ id = \"/id\", name = \"/name\" }}\n",
        crm.url
    );
    let setup = Callpane::setup().phone_systems(&document).set("CALLPANE_API_TOKEN", TOKEN);
    let callpane = setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.1").start().await;
    let path = "/api/v1/lookups/crm/test";
    let (_, shown) = asks(&callpane, "POST", path, "{\"number\":\"0199005577\"}").await;
    let shown = &shown["requests"][0];
    let curl = format!(
        "curl -X GET '{}/find?q=%2B33199005577' \\\n  -H 'authorization: %secret%'",
        crm.url
    );
    assert_eq!(shown["curl"], curl);
    assert_eq!(shown["answer"], Value::Null);
    crm.answers(200, None, "[{\"id\":9,\"name\":\"Ida\"}]");
    crm.answers(200, None, "[{\"name\":\"Ida\"}]");
    let send = "{\"number\":\"0199005577\",\"send\":true}";
    let (_, sent) = asks(&callpane, "POST", path, send).await;
    assert_eq!(sent["requests"][0]["answer"]["contacts"], json!([{ "id": "9", "name": "Ida" }]));
    let (_, sent) = asks(&callpane, "POST", path, send).await;
    assert_eq!(
        sent["requests"][0]["answer"]["reason"],
        "a contact in the answer has no value at \"/id\""
    );
    assert!(callpane.sql("SELECT number FROM looked_up").await.is_empty(), "nothing is kept");
    crm.answers(200, None, "{\"items\":[{\"id\":9,\"name\":\"Ida\"}]}");
    let (_, sent) = asks(&callpane, "POST", path, send).await;
    assert_eq!(
        sent["requests"][0]["answer"]["reason"],
        "the answer has no list at contacts = \"\"; it has lists at \"/items\"",
        "a pointer that was forgotten"
    );
    for (method, path, body) in
        [("POST", path, "{}"), ("POST", path, "{"), ("GET", "/api/v1/contacts", "")]
    {
        let (status, refused) = asks(&callpane, method, path, body).await;
        assert_eq!((status, &refused["code"]), (400, &json!("malformed-body")), "{path} {body}");
    }
    let (status, _) = asks(&callpane, "POST", path, "{\"number\":\"1013\"}").await;
    assert_eq!(status, 422);

    let command = Command::new();
    let file = command.file(
        "wrong.toml",
        "[[lookup]]\nname = \"own\"\nurl = \"https://crm.example.com/\"\nnumbers = [\"e146\"]\n\
         contact = { id = \"id\" }\nopen = \"https://{{ contact.id }}/\"\n\
         [[lookup]]\nname = \"b\"\nurl = \"https://crm.example.com/{{ contact.nmae }}\"\n\
         [[lookup]]\nname = \"c\"\npreset = \"slack\"\nsetup = { key = \"env:HOME\" }\n\
         [[rule]]\nname = \"r\"\nwhen = { contact = \"knwon\" }\n",
    );
    let refused = command.run(&["apply", &file]).await;
    let said = refused.stderr.replace(&file, "wrong.toml");
    for expected in [
        "lookup[1].name is reserved for the list of contacts that agents create",
        "lookup[1].numbers \"e146\" is not a form of a number; did you mean e164?",
        "lookup[1].contact.id \"id\" is not a JSON pointer; write \"/id\"",
        "lookup[1].contact.name is missing",
        "lookup[1].open has a template in its host",
        "`contact.nmae` is not known here",
        "lookup[2] does not say where a contact's values are",
        "lookup[3].preset has no [lookup]",
        "rule[1].when.contact \"knwon\" is not a possible value; did you mean known?",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
}
