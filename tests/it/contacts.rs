//! Who is calling: lookups fill the page in after the ring, lists are imported, agents choose and
//! add; rules, pages and templates know the contact.

use std::time::Duration;

use serde_json::{Value, json};

use crate::crm::Crm;
use crate::harness::{Callpane, Setup, eventually, lab};
use crate::live::Stream;

const CALLER: &str = "+33199005577";

const TOKEN: &str = "token-of-the-api-0123456789abcdef";

/// A lookup at this CRM, with more of the configuration.
fn lookup(crm: &Crm, more: &str) -> String {
    format!(
        r#"
        [[lookup]]
        name = "crm"
        url = "{0}/contacts"
        query = {{ phone = "{{{{ lookup.number }}}}" }}
        numbers = ["e164", "last:9"]
        auth = {{ bearer = "env:CRM_TOKEN" }}
        contacts = "/list"
        contact = {{ id = "/id", name = ["/first", "/last"], company = "/company/name", email = "/email", data = {{ VIP = "/vip" }} }}
        open = "https://crm.example.com/contacts/{{{{ contact.id }}}}"
        create = "https://crm.example.com/new?phone={{{{ caller.e164 }}}}"
        {more}
        "#,
        crm.url
    )
}

fn setup(document: &str) -> Setup {
    let setup = Callpane::setup().phone_systems(document);
    setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.0/8").set("CRM_TOKEN", "crm-token")
}

fn zoe() -> Value {
    json!({ "id": 42, "first": "Zoë", "last": "Brûlé", "company": { "name": "Brûlé & Fils" },
            "email": "zoe@example.com", "vip": true })
}

fn list(contacts: &[Value]) -> String {
    json!({ "list": contacts }).to_string()
}

/// The page of a call that rings at Priya, as a path.
async fn rings(callpane: &Callpane, id: &str, caller: &str) -> String {
    callpane.pbx("lab").says(lab("ring", id, caller, "310")).await;
    let shown = callpane.built_in_desktop("priya").await;
    let newest = callpane.sql("SELECT MAX(id) FROM pane").await.remove(0);
    let newest = callpane::inside::Id::from_number(newest.parse().unwrap()).to_string();
    let panes = shown["panes"].as_array().unwrap();
    let pane = panes.iter().find(|pane| pane["id"] == newest.as_str()).expect("a page");
    pane["url"].as_str().unwrap().to_owned()
}

async fn contact(callpane: &Callpane, path: &str) -> Value {
    callpane.shown(path).await["contact"].clone()
}

/// Waits until a page shows this state of its contact.
async fn becomes(callpane: &Callpane, path: &str, state: &str) -> Value {
    eventually(&format!("the contact is {state}"), async || {
        let shown = contact(callpane, path).await;
        (shown["state"] == state).then_some(shown)
    })
    .await
}

/// What Priya's built-in desktop hears.
async fn desktop_stream(callpane: &Callpane) -> Stream {
    let cookie = callpane.cookie_of("priya").await;
    Stream::open(callpane, "/desktop/stream", &[("cookie", &cookie)]).await
}

async fn completes(callpane: &Callpane, path: &str) -> u16 {
    let post = callpane.http.post(callpane.url(&format!("{path}/complete")));
    let post = post.header("content-type", "application/json").body("{}");
    post.send().await.unwrap().status().as_u16()
}

async fn says(callpane: &Callpane, path: &str, said: Value) -> (u16, Value) {
    let post = callpane.http.post(callpane.url(&format!("{path}/contact")));
    let post = post.header("content-type", "application/json").header("accept", "application/json");
    let reply = post.body(said.to_string()).send().await.unwrap();
    let status = reply.status().as_u16();
    (status, serde_json::from_str(&reply.text().await.unwrap()).unwrap())
}

#[tokio::test]
async fn a_lookup_fills_the_page_in_after_the_ring() {
    let crm = Crm::start();
    let callpane = setup(&lookup(&crm, "")).start().await;
    crm.answers(200, None, &list(&[]));
    crm.answers(200, None, &list(&[zoe()]));
    let path = rings(&callpane, "c1", CALLER).await;
    let shown = becomes(&callpane, &path, "known").await;
    assert_eq!(
        shown,
        json!({
            "state": "known", "name": "Zoë Brûlé", "company": "Brûlé & Fils",
            "email": "zoe@example.com", "link": "https://crm.example.com/contacts/42",
            "id": "42", "book": "crm", "crm": "CRM", "vip": true, "data": [],
            "choices": [], "chosen": false, "last": null,
            "create": "https://crm.example.com/new?phone=%2B33199005577", "search": null,
        })
    );
    let got = crm.got();
    let asked: Vec<&str> = got.iter().map(|got| got.path.as_str()).collect();
    assert_eq!(asked, ["/contacts?phone=%2B33199005577", "/contacts?phone=199005577"]);
    assert_eq!(got[0].header("authorization"), "Bearer crm-token");
}

#[tokio::test]
async fn a_page_that_is_open_hears_what_was_found() {
    let crm = Crm::start();
    let callpane = setup(&lookup(&crm, "")).start().await;
    let hold = crm.holds();
    let path = rings(&callpane, "c1", CALLER).await;
    let mut stream = Stream::open(&callpane, &format!("{path}/stream"), &[]).await;
    assert_eq!(stream.next().await.unwrap().2.first("data-state"), "looking");
    let mut desktop = desktop_stream(&callpane).await;
    assert_eq!(desktop.next().await.unwrap().2.first("data-who"), "01 99 00 55 77");
    callpane.pbx("lab").says(lab("ring", "c2", CALLER, "311")).await;
    let tabs = callpane.built_in_desktop("marcus").await;
    let path = format!("{}/stream", tabs["panes"][0]["url"].as_str().unwrap());
    let mut other = Stream::open(&callpane, &path, &[]).await;
    assert_eq!(other.next().await.unwrap().2.first("data-state"), "looking");
    crm.answers(200, None, &list(&[zoe()]));
    drop(hold);
    // The second call may be told of first.
    while stream.next().await.unwrap().2.text("caller") != "Zoë Brûlé" {}
    // The desktop's tab is named after them. It may be woken before that, by the ring.
    while desktop.next().await.unwrap().2.first("data-who") != "Zoë Brûlé" {}
    let shown = other.next().await.unwrap().2;
    assert_eq!(shown.text("caller"), "Zoë Brûlé", "a call that came while they were asked about");
    assert_eq!(crm.got().len(), 1);
}

#[tokio::test]
async fn an_answer_is_asked_for_again_when_it_is_stale_and_shown_meanwhile() {
    let crm = Crm::start();
    let callpane = setup(&lookup(&crm, "fresh = \"10m\"\nkeep = \"1h\"")).start().await;
    crm.answers(200, None, &list(&[zoe()]));
    let path = rings(&callpane, "c1", CALLER).await;
    becomes(&callpane, &path, "known").await;
    callpane.clock.advance(Duration::from_mins(9));
    let path = rings(&callpane, "c2", CALLER).await;
    assert_eq!(contact(&callpane, &path).await["state"], "known");
    assert_eq!(crm.got().len(), 1, "what is fresh is not asked for");
    callpane.clock.advance(Duration::from_mins(2));
    crm.always_answers(503);
    let path = rings(&callpane, "c3", CALLER).await;
    crm.gets(2).await;
    eventually("the failure is noted", async || {
        let rows = callpane.sql("SELECT reason FROM looked_up").await;
        (rows == ["the answer was 503"]).then_some(())
    })
    .await;
    assert_eq!(contact(&callpane, &path).await["name"], "Zoë Brûlé", "shown although it is stale");
    callpane.clock.advance(Duration::from_mins(50));
    assert_eq!(contact(&callpane, &path).await["state"], "away", "but not for ever");
}

#[tokio::test]
async fn who_fails_again_and_again_is_left_alone_for_a_while() {
    let crm = Crm::start();
    let callpane =
        setup(&lookup(&crm, "").replace("\"e164\", \"last:9\"", "\"e164\"")).start().await;
    crm.always_answers(500);
    for at in 0..7 {
        let path = rings(&callpane, &format!("c{at}"), &format!("+3319900550{at}")).await;
        becomes(&callpane, &path, "away").await;
        callpane.pbx("lab").says(lab("hangup", &format!("c{at}"), CALLER, "310")).await;
    }
    assert_eq!(crm.got().len(), 5);
    let reasons = callpane.sql("SELECT DISTINCT reason FROM looked_up ORDER BY reason").await;
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(reasons[0].starts_with("not asked: it has failed repeatedly"), "{reasons:?}");
    callpane.clock.advance(Duration::from_secs(31));
    let path = rings(&callpane, "c9", "+33199005509").await;
    becomes(&callpane, &path, "away").await;
    assert_eq!(crm.got().len(), 6, "one tries again");
}

#[tokio::test]
async fn an_open_page_asks_again_after_a_failure_but_not_at_once() {
    let crm = Crm::start();
    let document = lookup(&crm, "").replace("\"e164\", \"last:9\"", "\"e164\"");
    let callpane = setup(&document).start().await;
    crm.always_answers(503);
    let path = rings(&callpane, "c1", CALLER).await;
    let mut stream = Stream::open(&callpane, &format!("{path}/stream"), &[]).await;
    while stream.next().await.unwrap().2.first("data-state") != "away" {}
    let mut looks = 0;
    // Another caller is asked about after that: whatever the first page asked for is done by then.
    let other = rings(&callpane, "c2", "+33199005500").await;
    becomes(&callpane, &other, "away").await;
    assert_eq!(crm.got().len(), 2);
    crm.always_answers(200);
    callpane.clock.advance(Duration::from_secs(11));
    becomes(&callpane, &path, "unknown").await;
    while stream.next().await.unwrap().2.first("data-state") != "unknown" {
        looks += 1;
    }
    assert!(looks < 20, "a page that asks is not woken by asking: {looks}");
}

#[tokio::test]
async fn of_several_an_agent_chooses_and_the_choice_is_remembered() {
    let crm = Crm::start();
    let callpane = setup(&lookup(&crm, "")).start().await;
    let other = json!({ "id": "43", "first": "Noé" });
    crm.answers(200, None, &list(&[zoe(), other]));
    let path = rings(&callpane, "c1", "01 99 00 55 77").await;
    let shown = becomes(&callpane, &path, "several").await;
    let names: Vec<&str> = shown["choices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!((names.as_slice(), &shown["name"]), (["Zoë Brûlé", "Noé"].as_slice(), &Value::Null));
    let (status, refused) = says(&callpane, &path, json!({ "book": "crm", "id": "44" })).await;
    assert_eq!((status, &refused["code"]), (422, &json!("no-such-contact")));
    let mut desktop = desktop_stream(&callpane).await;
    assert_eq!(desktop.next().await.unwrap().2.first("data-who"), "01 99 00 55 77");
    let mut page = Stream::open(&callpane, &format!("{path}/stream"), &[]).await;
    assert_eq!(page.next().await.unwrap().2.first("data-state"), "several");
    let (status, said) = says(&callpane, &path, json!({ "book": "crm", "id": "43" })).await;
    assert_eq!((status, &said["contact"]["name"]), (200, &json!("Noé")));
    assert_eq!(page.next().await.unwrap().2.text("caller"), "Noé", "other windows hear of it");
    assert_eq!(desktop.next().await.unwrap().2.first("data-who"), "Noé", "and the desktop");
    let shown = contact(&callpane, &path).await;
    assert_eq!((&shown["name"], &shown["chosen"]), (&json!("Noé"), &json!(true)));
    assert_eq!(shown["choices"].as_array().unwrap().len(), 2, "it can be chosen otherwise");
    let next = rings(&callpane, "c2", CALLER).await;
    let (_, said) = says(&callpane, &next, json!({ "book": "crm", "id": "43" })).await;
    assert_eq!(said["contact"]["state"], "known");
    let (_, said) = says(&callpane, &next, json!({ "book": "", "id": "" })).await;
    assert_eq!(
        (&said["contact"]["state"], &said["contact"]["last"]),
        (&json!("several"), &Value::Null)
    );
    let form = callpane.http.post(callpane.url(&format!("{next}/contact")));
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    let back = form.body("book=&id=").send().await.unwrap();
    assert_eq!(
        (back.status().as_u16(), &back.headers()["location"]),
        (303, &next.parse().unwrap())
    );
    assert_eq!(contact(&callpane, &next).await["state"], "several");
    assert_eq!(
        contact(&callpane, &path).await["name"],
        "Noé",
        "what was said on another call stays"
    );
    assert_eq!(completes(&callpane, &next).await, 200);
    for late in [json!({ "book": "crm", "id": "42" }), json!({ "name": "Ida" })] {
        let (status, refused) = says(&callpane, &next, late).await;
        assert_eq!((status, &refused["code"]), (410, &json!("page-completed")));
    }
}

#[tokio::test]
async fn whoever_it_was_the_last_time_is_likely_and_nobody_is_told_that_it_is_they() {
    let crm = Crm::start();
    let document = format!(
        r#"{}
        [[destination]]
        name = "journal"
        on = ["pane.completed"]
        url = "{}/journal"
        json = {{ state = "{{{{ contact.state }}}}", id = "{{{{ contact.id }}}}", last = "{{{{ contact.last_id }}}} {{{{ contact.last_name }}}} {{{{ contact.last_book }}}}" }}
        [[rule]]
        name = "known"
        when = {{ contact = "known" }}
        url = "https://crm.example.com/contacts/{{{{ contact.id }}}}"
        [[rule]]
        name = "others"
        "#,
        lookup(&crm, ""),
        crm.url
    );
    let callpane = setup(&document).start().await;
    let at_lenoir = |id: u32, first: &str| json!({ "id": id, "first": first, "last": "Lenoir", "company": { "name": "Transports Lenoir" } });
    crm.answers(200, None, &list(&[at_lenoir(7, "Ada"), at_lenoir(8, "Camille")]));
    let first = rings(&callpane, "c1", CALLER).await;
    becomes(&callpane, &first, "several").await;
    says(&callpane, &first, json!({ "book": "crm", "id": "8" })).await;

    let next = rings(&callpane, "c2", CALLER).await;
    let shown = contact(&callpane, &next).await;
    assert_eq!(
        (&shown["state"], &shown["name"], &shown["company"], &shown["last"]),
        (&json!("several"), &Value::Null, &json!("Transports Lenoir"), &json!("Camille Lenoir"))
    );
    let choices = shown["choices"].as_array().unwrap();
    let likely: Vec<_> = choices.iter().map(|one| (&one["id"], &one["last"])).collect();
    assert_eq!(likely, [(&json!("8"), &json!(true)), (&json!("7"), &json!(false))]);
    let tab = &callpane.built_in_desktop("priya").await["panes"][0];
    assert_eq!(
        (&tab["title"], &tab["name"]),
        (&json!("Transports Lenoir"), &json!("Transports Lenoir"))
    );
    let page = callpane.http.get(callpane.url(&next)).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("<span id=\"caller\">Transports Lenoir</span>"), "{page}");
    assert!(page.contains("last time: Camille Lenoir"), "{page}");
    let ring = callpane.desktop(12).rings_with(CALLER, "cars", "x1").await;
    assert!(
        ring["url"].as_str().unwrap().contains("/pane/"),
        "no rule takes it for certain: {ring}"
    );

    let told = async |at: usize| {
        let journal = eventually("the journal is told", async || {
            let got = crm.got().into_iter().filter(|got| got.path == "/journal");
            got.collect::<Vec<_>>().into_iter().nth(at)
        });
        journal.await.json()
    };
    assert_eq!(completes(&callpane, &next).await, 200);
    let unsaid = json!({ "state": "several", "id": "", "last": "8 Camille Lenoir crm" });
    assert_eq!(told(0).await, unsaid, "nobody said on this call that it is she");
    let third = rings(&callpane, "c3", CALLER).await;
    let (_, said) = says(&callpane, &third, json!({ "book": "crm", "id": "8" })).await;
    assert_eq!(
        (&said["contact"]["state"], &said["contact"]["chosen"]),
        (&json!("known"), &json!(true))
    );
    assert_eq!(completes(&callpane, &third).await, 200);
    let confirmed = told(1).await;
    assert_eq!((&confirmed["state"], &confirmed["id"]), (&json!("known"), &json!("8")));
    let again = callpane.opens(&ring).await;
    let (status, _) = says(&callpane, &again.path, json!({ "book": "crm", "id": "7" })).await;
    assert_eq!(status, 200);
    let again = callpane.desktop(13).rings_with(CALLER, "cars", "x1").await;
    assert_eq!(again["url"], "https://crm.example.com/contacts/7", "the same call, passed on");
    assert_eq!(contact(&callpane, &first).await["id"], "8", "as it was said on that call");
}

#[tokio::test]
async fn somebody_new_is_added_and_destinations_hear_of_it() {
    let crm = Crm::start();
    let document = format!(
        "{}\n[[destination]]\nname = \"new\"\non = [\"contact.created\"]\nurl = \"{}/new\"\nentry = \"/id\"\n\
         json = {{ name = \"{{{{ contact.name }}}}\", company = \"{{{{ contact.company }}}}\", phone = \"{{{{ caller.e164 }}}}\" }}",
        lookup(&crm, ""),
        crm.url
    );
    let callpane = setup(&document).start().await;
    crm.answers(200, None, &list(&[]));
    crm.answers(200, None, &list(&[]));
    let path = rings(&callpane, "c1", CALLER).await;
    becomes(&callpane, &path, "unknown").await;
    let (status, refused) = says(&callpane, &path, json!({ "name": "  " })).await;
    assert_eq!((status, &refused["code"]), (422, &json!("contact-name-missing")));
    let mut page = Stream::open(&callpane, &format!("{path}/stream"), &[]).await;
    assert_eq!(page.next().await.unwrap().2.first("data-state"), "unknown");
    let new = json!({ "name": "Ilse\u{0} Marchetti ", "company": "Fleet", "email": "" });
    crm.answers(201, None, "{\"id\":\"c-1\"}");
    let (status, said) = says(&callpane, &path, new.clone()).await;
    assert_eq!((status, &said["contact"]["name"]), (200, &json!("Ilse Marchetti")));
    assert_eq!(page.next().await.unwrap().2.text("company"), "Fleet");
    let (status, again) = says(&callpane, &path, new).await;
    assert_eq!((status, again), (200, said), "sent twice, as by a browser that heard no answer");
    assert_eq!(callpane.sql("SELECT contacts FROM contact_list").await, ["1"]);
    let told = crm.gets(3).await.remove(2);
    eventually("it is settled", async || {
        let outcomes = callpane.sql("SELECT outcome FROM delivery").await;
        (outcomes == ["delivered"]).then_some(())
    })
    .await;
    assert!(
        callpane.sql("SELECT entry_id FROM entry").await.is_empty(),
        "it is not an entry of the call"
    );
    let expected = json!({ "name": "Ilse Marchetti", "company": "Fleet", "phone": CALLER });
    assert_eq!((told.path.as_str(), told.json()), ("/new", expected));
    let next = rings(&callpane, "c2", CALLER).await;
    assert_eq!(contact(&callpane, &next).await["company"], "Fleet");
    callpane.clock.advance(Duration::from_mins(2));
    crm.answers(200, None, &list(&[zoe(), json!({ "id": 7, "first": "Noé" })]));
    let next = rings(&callpane, "c3", CALLER).await;
    let shown = becomes(&callpane, &next, "several").await;
    assert_eq!(shown["name"], Value::Null, "what the CRM knows by now stands before it");
    let (_, said) = says(&callpane, &next, json!({ "name": "Somebody else" })).await;
    let said = &said["contact"];
    assert_eq!((&said["name"], &said["chosen"]), (&json!("Somebody else"), &json!(true)));
}

#[tokio::test]
async fn rules_and_deliveries_know_the_contact_once_it_is_known() {
    let crm = Crm::start();
    let document = format!(
        r#"{}
        [[destination]]
        name = "journal"
        on = ["call.ended"]
        when = {{ contact = "known" }}
        url = "{}/journal"
        json = {{ who = "{{{{ contact.name }}}}", vip = "{{{{ contact.data.VIP }}}}", of = "{{{{ contact.book }}}} {{{{ contact.id }}}}" }}

        [[rule]]
        name = "important"
        when = {{ "contact.data.VIP" = "true", contact = "known" }}
        url = "https://crm.example.com/contacts/{{{{ contact.id }}}}"
        title = "{{{{ contact.name }}}}, {{{{ contact.company }}}}"

        [[rule]]
        name = "others"
        "#,
        lookup(&crm, ""),
        crm.url
    );
    let callpane = setup(&document).start().await;
    crm.answers(200, None, &list(&[zoe()]));
    let first = callpane.desktop(12).rings(CALLER, "cars").await;
    assert!(first["url"].as_str().unwrap().contains("/pane/"), "nobody knew them yet: {first}");
    eventually("the lookup is kept", async || {
        (callpane.sql("SELECT lookup FROM looked_up").await == ["crm"]).then_some(())
    })
    .await;
    let second = callpane.desktop(12).rings(CALLER, "cars").await;
    assert_eq!(second["url"], "https://crm.example.com/contacts/42");
    assert_eq!(second["title"], "Zoë Brûlé, Brûlé & Fils");
    callpane.pbx("lab").says(lab("ring", "c1", CALLER, "311")).await;
    callpane.pbx("lab").says(lab("hangup", "c1", CALLER, "311")).await;
    callpane.pbx("lab").says(lab("ring", "c2", "+33199005500", "311")).await;
    callpane.pbx("lab").says(lab("hangup", "c2", "+33199005500", "311")).await;
    let told = eventually("the journal is told", async || {
        crm.got().into_iter().find(|got| got.path == "/journal")
    })
    .await;
    assert_eq!(told.json(), json!({ "who": "Zoë Brûlé", "vip": "true", "of": "crm 42" }));
}

#[tokio::test]
async fn a_ring_is_answered_while_a_lookup_hangs() {
    let crm = Crm::start();
    let callpane = setup(&lookup(&crm, "")).start().await;
    let _hold = crm.holds();
    for at in 0..40 {
        let answer = callpane.desktop(12).rings(&format!("+331990056{at:02}"), "cars").await;
        assert_eq!(answer["action"], "open", "{answer}");
    }
}

/// Two lookups at one CRM; the first with more of the configuration.
fn two_lookups(crm: &Crm, more: &str) -> String {
    let second = lookup(crm, "").replace("\"crm\"", "\"second\"");
    let second = second.replace("/contacts\"", "/second\"");
    format!("{}\n{second}", lookup(crm, more)).replace("\"e164\", \"last:9\"", "\"e164\"")
}

#[tokio::test]
async fn lookups_are_asked_in_their_order_until_one_knows_somebody() {
    let crm = Crm::start();
    let callpane = setup(&two_lookups(&crm, "fresh = \"10m\"\nkeep = \"1m\"")).start().await;
    let asked = || crm.got().into_iter().map(|got| got.path).collect::<Vec<_>>();
    crm.answers(200, None, &list(&[]));
    crm.answers(200, None, &list(&[zoe()]));
    let path = rings(&callpane, "c1", "+33199005500").await;
    assert_eq!(becomes(&callpane, &path, "known").await["book"], "second");
    assert_eq!(asked(), ["/contacts?phone=%2B33199005500", "/second?phone=%2B33199005500"]);
    crm.answers(200, None, &list(&[zoe()]));
    let path = rings(&callpane, "c2", CALLER).await;
    assert_eq!(becomes(&callpane, &path, "known").await["book"], "crm");
    callpane.clock.advance(Duration::from_mins(9));
    let path = rings(&callpane, "c3", CALLER).await;
    let shown = contact(&callpane, &path).await;
    assert_eq!(shown["book"], "crm", "what is fresh is kept at least as long");
    callpane.clock.advance(Duration::from_mins(2));
    crm.answers(503, None, "");
    let path = rings(&callpane, "c4", CALLER).await;
    crm.gets(4).await;
    becomes(&callpane, &path, "away").await;
    assert_eq!(asked().len(), 4 + 1, "who failed may be known to the next one");
}

#[tokio::test]
async fn of_a_lookup_that_fails_the_earlier_answer_counts_and_the_next_is_not_asked() {
    let crm = Crm::start();
    let callpane = setup(&two_lookups(&crm, "fresh = \"10m\"\nkeep = \"1h\"")).start().await;
    crm.answers(200, None, &list(&[zoe()]));
    let path = rings(&callpane, "c1", CALLER).await;
    becomes(&callpane, &path, "known").await;
    callpane.clock.advance(Duration::from_mins(11));
    crm.always_answers(503);
    rings(&callpane, "c2", CALLER).await;
    // Another caller is asked about after that: whatever was asked before is done by then.
    let other = rings(&callpane, "c3", "+33199005500").await;
    becomes(&callpane, &other, "away").await;
    let asked = crm.got().into_iter().filter(|got| got.path.starts_with("/second"));
    assert_eq!(asked.map(|got| got.path).collect::<Vec<_>>(), ["/second?phone=%2B33199005500"]);
}

#[tokio::test]
async fn a_page_asks_who_was_not_asked_at_the_ring_but_none_that_is_completed() {
    let crm = Crm::start();
    let callpane = setup("").start().await;
    let path = rings(&callpane, "c1", CALLER).await;
    let done = rings(&callpane, "c2", "+33199005500").await;
    let inside = rings(&callpane, "c3", "1013").await;
    for path in [&path, &done, &inside] {
        assert_eq!(contact(&callpane, path).await["state"], "nobody", "there is nobody to ask");
    }
    assert_eq!(completes(&callpane, &done).await, 200);
    let document = format!("{}\n{}", crate::harness::PHONE_SYSTEMS, lookup(&crm, ""));
    callpane.applies(&document).await;
    assert_eq!(contact(&callpane, &inside).await["state"], "nobody", "in no form to be asked for");
    assert_eq!(contact(&callpane, &done).await["state"], "looking");
    crm.answers(200, None, &list(&[zoe()]));
    becomes(&callpane, &path, "known").await;
    let asked: Vec<String> = crm.got().into_iter().map(|got| got.path).collect();
    assert_eq!(asked, ["/contacts?phone=%2B33199005577"]);
    let other = document.replace("/contacts\"", "/people\"");
    callpane.applies(&other.replace("env:CRM_TOKEN", "env:PBX_TOKEN")).await;
    crm.answers(200, None, &list(&[zoe()]));
    let next = rings(&callpane, "c4", "+33199005501").await;
    becomes(&callpane, &next, "known").await;
    let asked = crm.got().remove(1);
    assert_eq!(asked.path, "/people?phone=%2B33199005501", "as it is configured now");
    assert_eq!(asked.header("authorization"), "Bearer vector-pbx-token");
}

#[tokio::test]
async fn an_answer_has_its_time_and_no_reason_names_whom_it_was_about() {
    let crm = Crm::start();
    let late = lookup(&crm, "deadline = \"50ms\"");
    // Nobody listens there.
    let away = lookup(&crm, "").replace(&crm.url, "http://127.0.0.1:9");
    let away = away.replace("\"crm\"", "\"away\"");
    let callpane = setup(&format!("{late}\n{away}")).set("CALLPANE_API_TOKEN", TOKEN).start().await;
    let _hold = crm.holds();
    let path = rings(&callpane, "c1", CALLER).await;
    becomes(&callpane, &path, "away").await;
    let reasons = callpane.sql("SELECT reason FROM looked_up ORDER BY lookup DESC").await;
    assert!(reasons[0].starts_with("no answer within "), "{reasons:?}");
    assert_eq!(reasons[1], "connection refused");
    let listed = callpane.http.get(callpane.url("/api/v1/lookups"));
    let listed = listed.header("authorization", format!("Bearer {TOKEN}")).send().await.unwrap();
    let listed: Value = serde_json::from_str(&listed.text().await.unwrap()).unwrap();
    assert_eq!(listed["lookups"][0]["reason"], reasons[0]);
    assert_eq!(listed["lookups"][0]["answered"], Value::Null);
}

#[tokio::test]
async fn an_answer_that_cannot_be_kept_is_not_asked_for_over_and_over() {
    let crm = Crm::start();
    let callpane = setup(&lookup(&crm, "")).expects_errors().start().await;
    if !callpane.database.is_sqlite() {
        return; // It takes a trigger, which each engine writes in its own way.
    }
    callpane
        .sql(
            "CREATE TRIGGER full BEFORE INSERT ON looked_up BEGIN SELECT RAISE(ABORT, 'full'); END",
        )
        .await;
    crm.always_answers(503);
    let path = rings(&callpane, "c1", CALLER).await;
    let mut stream = Stream::open(&callpane, &format!("{path}/stream"), &[]).await;
    assert_eq!(stream.next().await.unwrap().2.first("data-state"), "looking");
    for at in 0..8 {
        let caller = format!("+3319900560{at}");
        callpane.pbx("lab").says(lab("ring", &format!("d{at}"), &caller, "311")).await;
    }
    crm.gets(5).await;
    let about = crm.got().into_iter().filter(|got| got.path.contains("33199005577")).count();
    assert!(about <= 3, "{about}");
}
