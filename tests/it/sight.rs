//! A viewer sees no whole number anywhere: every answer of the table is looked through.

use serde_json::{Value, json};

use crate::console_access::Browser;
use crate::console_calls::links;
use crate::harness::{Callpane, lab};
use crate::headers::tabled;
use crate::roles::token;

const TOKEN: &str = "token-of-the-api-0123456789abcdef";

/// The digits that every number here has before its last two.
const NUMBER: &str = "1990055";

const MORE: &str = r#"
[[rule]]
name = "the hosted page"
autopause = true

[[destination]]
name = "journal"
on = ["call.ringing", "call.ended"]
url = "http://127.0.0.1:9/calls"
json = { caller = "{{ caller.e164 }}", shown = "{{ caller.display }}" }
"#;

/// A day with calls: rings, events, a refusal, a contact, deliveries that fail.
async fn afternoon(callpane: &Callpane) {
    let list = callpane.http.put(callpane.url("/api/v1/contacts/lists/clients")).bearer_auth(TOKEN);
    let list = list.body("id,name,phone,Mobile\n1,Owen Price,01 99 00 55 77,+33 1 99 00 55 78\n");
    assert_eq!(list.send().await.unwrap().status(), 200);
    callpane.desktop(12).rings_with("0199005577", "trucks", "1790000123.45").await;
    callpane.desktop(13).rings("+33199005578", "trucks").await;
    for event in ["ring", "answer"] {
        callpane.pbx("lab").says(lab(event, "c-77", "0199005577", "310")).await;
    }
    callpane.pbx("lab").says(lab("ring", "c-78", "+33 1 99 00 55 79", "311")).await;
    callpane.pbx("lab").says(lab("hangup", "c-78", "+33 1 99 00 55 79", "311")).await;
    let refused = [("content-type", "application/json"), ("x-key", "an old secret")];
    let body = lab("ring", "c-79", "0199005577", "310").to_string();
    assert_eq!(callpane.pbx("lab").sends("POST", "", &refused, body).await.0, 401);
}

/// Every address to look at, with the ids that there are.
async fn addresses(callpane: &Callpane) -> Vec<String> {
    let ask = async |path: &str| -> Value {
        let request = callpane.http.get(callpane.url(path)).bearer_auth(TOKEN);
        let text = request.send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let id = |list: &Value| list[0]["id"].as_str().unwrap().to_owned();
    let call = id(&ask("/api/v1/calls").await["calls"]);
    let delivery = id(&ask("/api/v1/deliveries").await["deliveries"]);
    let mut all = Vec::new();
    for (endpoint, path) in tabled().into_iter().filter(|(endpoint, _)| endpoint.method == "GET") {
        if endpoint.need.is_none() {
            continue;
        }
        let path = path.replace("calls/nobodys", &format!("calls/{call}"));
        let path = path.replace("deliveries/nobodys", &format!("deliveries/{delivery}"));
        all.push(path.clone());
        if !path.contains('?') {
            for query in
                ["q=0199005577", "number=0199005577", "limit=0199005577", "before=0199005577"]
            {
                all.push(format!("{path}?{query}"));
            }
        }
    }
    all
}

/// The numbers in an answer, however they are spelt.
fn numbers(text: &str) -> usize {
    let plain = text.replace("&nbsp;", "").replace("%20", "").replace("\\u00a0", "");
    let digits = plain.chars().filter(|c| {
        !c.is_whitespace() && !['.', '-', '/', '(', ')', '\u{202f}', '\u{a0}'].contains(c)
    });
    digits.collect::<String>().matches(NUMBER).count()
}

/// A page without what its reader typed into its address, where it stands in fields and in links.
fn without_typed(html: &str, path: &str) -> String {
    let Some(query) = path.split_once('?').map(|(_, query)| query) else { return html.to_owned() };
    let typed = query.split_once('=').map_or("", |(_, typed)| typed);
    [format!("value=\"{typed}\""), format!("?{query}"), format!("?number={typed}")]
        .iter()
        .fold(html.to_owned(), |html, typed| html.replace(typed, ""))
}

/// What comes of asking; of a stream, its first piece.
async fn read(request: reqwest::RequestBuilder, path: &str) -> (u16, String) {
    let mut reply = request.header("accept", "text/html").send().await.unwrap();
    let status = reply.status().as_u16();
    if path.contains("/stream") {
        let piece = reply.chunk().await.unwrap().unwrap_or_default();
        return (status, String::from_utf8_lossy(&piece).into_owned());
    }
    (status, reply.text().await.unwrap())
}

#[tokio::test]
async fn a_viewer_sees_no_whole_number_in_any_answer() {
    let setup = Callpane::setup().phone_systems(MORE).set("CALLPANE_API_TOKEN", TOKEN);
    let setup = setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.0/8").leaves_deliveries();
    let callpane = setup.start().await;
    afternoon(&callpane).await;
    let (viewer, supervisor) =
        (token(&callpane, "viewer").await, token(&callpane, "supervisor").await);
    let vera = Browser::with_role(&callpane, "vera", "viewer").await;
    let sami = Browser::with_role(&callpane, "sami", "supervisor").await;
    let (mut masked, mut whole, mut looked) = (0, 0, 0);
    for path in addresses(&callpane).await {
        let url = callpane.url(&path);
        let ask = |token: &str, cookie: &str| {
            let request = callpane.http.get(&url);
            if path.starts_with("/api") {
                request.bearer_auth(token)
            } else {
                request.header("cookie", cookie)
            }
        };
        let (status, seen) = read(ask(&viewer, &vera.cookie), &path).await;
        assert_eq!(numbers(&without_typed(&seen, &path)), 0, "{path}: {status} {seen}");
        masked += usize::from(seen.contains("•• •• •• 7"));
        let (_, shown) = read(ask(&supervisor, &sami.cookie), &path).await;
        whole += usize::from(numbers(&shown) > 0);
        looked += usize::from(status == 200);
    }
    assert!(looked > 20, "{looked}");
    assert!(masked > 8 && whole > 8, "{masked} show masked numbers, {whole} whole ones");
}

#[tokio::test]
async fn every_link_leads_a_viewer_to_what_everybody_sees() {
    let setup = Callpane::setup().phone_systems(MORE).set("CALLPANE_API_TOKEN", TOKEN);
    let setup = setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.0/8").leaves_deliveries();
    let callpane = setup.start().await;
    afternoon(&callpane).await;
    // Agents whom nobody configured, and whose ids read like numbers.
    for at in 0..55 {
        callpane.desktop(1_990_055 + at % 2).rings("0199005577", "trucks").await;
    }
    callpane
        .sql("UPDATE delivery SET outcome = 'rejected', settled_at = 1, reason = 'no 0199005577'")
        .await;
    let mut vera = Browser::with_role(&callpane, "vera", "viewer").await;
    let mut sami = Browser::with_role(&callpane, "sami", "supervisor").await;
    let rows = |html: &str| html.matches("<th scope=\"row\"").count();
    let mut followed = 0;
    for path in [
        "/console/calls",
        "/console/calls?number=01+99+00+55+77",
        "/console/calls?agent=1990055&opened=no",
        "/console/search?q=0199005577",
        "/console/search?q=1990055",
        "/console/search?q=Agent+12",
        "/console/deliveries",
        "/console/deliveries?state=failed",
        "/console/live",
        "/console/events",
    ] {
        let (seen, whole) = (vera.opens(path).await, sami.opens(path).await);
        assert_eq!((seen.status, rows(&seen.text)), (200, rows(&whole.text)), "{path}");
        let given = links(&seen.text, "/console/");
        assert_eq!(given, links(&whole.text, "/console/"), "{path}");
        for link in given.iter().filter(|link| link.contains(['?', '=']) || link.contains("/0")) {
            let (seen, whole) = (vera.opens(link).await, sami.opens(link).await);
            assert_eq!((seen.status, whole.status), (200, 200), "{path}: {link}");
            assert_eq!(rows(&seen.text), rows(&whole.text), "{path}: {link}");
            let is_list = !link.contains("/0") && !link.contains(".csv");
            assert!(!is_list || rows(&seen.text) > 0, "{path}: {link}: {}", seen.text);
            followed += 1;
        }
    }
    assert!(followed > 100, "{followed}");
}

#[tokio::test]
async fn what_a_viewer_gets_is_otherwise_what_everybody_gets() {
    let setup = Callpane::setup().phone_systems(MORE).set("CALLPANE_API_TOKEN", TOKEN);
    let callpane = setup.leaves_deliveries().start().await;
    afternoon(&callpane).await;
    let viewer = token(&callpane, "viewer").await;
    let ask = async |path: &str, token: &str| -> Value {
        let request = callpane.http.get(callpane.url(path)).bearer_auth(token);
        serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap()
    };
    for (path, kept) in [
        (
            "/api/v1/events",
            ["/events/0/id", "/events/0/at", "/events/0/source", "/events/0/call/id"],
        ),
        (
            "/api/v1/refusals",
            ["/refusals/0/id", "/refusals/0/at", "/refusals/0/code", "/refusals/0/status"],
        ),
        ("/api/v1/agents", ["/agents/0/id", "/agents/0/name", "/agents/1/id", "/agents/1/name"]),
    ] {
        let (seen, whole) = (ask(path, &viewer).await, ask(path, TOKEN).await);
        for pointer in kept {
            assert!(
                seen.pointer(pointer).is_some_and(|value| *value != json!(null)),
                "{path} {pointer}"
            );
            assert_eq!(seen.pointer(pointer), whole.pointer(pointer), "{path}");
        }
    }
}

/// A source or an outcome may have as many digits as a number: what is looked for stays looked for.
#[tokio::test]
async fn a_viewer_goes_on_with_what_they_look_for_although_it_reads_like_a_number() {
    let source = "[[source]]\nname = \"line-1990055\"\nkind = \"mapped\"\n\
        auth = { header = { name = \"X-Key\", value = \"env:LAB_KEY\" } }\nevent = \"/event/name\"\n\
        events = { ring = \"call.ringing\" }\n\
        keys = { call = \"/call/uuid\", caller = \"/call/from\", agent = \"/call/ext\" }\n";
    let rules = "[[rule]]\nname = \"rest\"\n[[disposition]]\noptions = [\"Ticket 1990055\", \"Call back\"]\n";
    let setup = Callpane::setup().phone_systems(&[source, rules].concat());
    let callpane = setup.set("CALLPANE_API_TOKEN", TOKEN).start().await;
    for at in 0..51 {
        let ring = lab("ring", &format!("c-{at}"), "0199005577", "310");
        let key = [("content-type", "application/json"), ("x-key", "vector-lab")];
        let told = callpane.pbx("line-1990055").sends("POST", "", &key, ring.to_string()).await;
        assert_eq!(told.0, 202, "{}", told.1);
    }
    let mut vera = Browser::with_role(&callpane, "vera", "viewer").await;
    let page = vera.opens("/console/events?source=line-1990055").await.text;
    assert!(page.contains("<option selected>line-1990055</option>"), "{page}");
    let older = links(&page, "/console/events?");
    let older = older.iter().find(|link| link.contains("before=")).unwrap();
    assert!(older.contains("source=line-1990055&"), "{older}");
    let page = vera.opens(older).await.text;
    assert_eq!(page.matches("<code class=\"num\">call.ringing</code>").count(), 1, "{page}");
    let page = vera.opens("/console/events").await.text;
    assert!(!page.contains("source=line"), "no link that leads nowhere: {page}");

    let page = vera.opens("/console/calls?outcome=Ticket+1990055").await.text;
    assert!(page.contains("<option lang=\"\" selected>Ticket 1990055</option>"), "{page}");
    let page = vera.opens("/console/calls").await.text;
    assert!(page.contains(">Call back</option>") && !page.contains(">Ticket"), "{page}");
    let mut sami = Browser::with_role(&callpane, "sami", "supervisor").await;
    let page = sami.opens("/console/calls").await.text;
    assert!(page.contains("<option lang=\"\">Ticket 1990055</option>"), "{page}");
}
