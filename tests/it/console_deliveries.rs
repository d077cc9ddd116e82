//! Deliveries, events and refused requests in the console: what needs somebody, why, and doing something
//! about it, without any script.

use std::process::Command;

use serde_json::json;

use crate::browser::Browser as Chromium;
use crate::console_access::Browser;
use crate::crm::Crm;
use crate::harness::{Callpane, SECRETS, Setup, eventually, lab};

const TOKEN: &str = "token-of-the-api-0123456789abcdef";
const PASSWORD: &str = "correct horse battery";
const CALLER: &str = "+33199005577";

/// A server that tells two destinations of calls that have ended.
fn setup(crm: &Crm) -> Setup {
    let destination = |name: &str| {
        format!(
            "[[destination]]\nname = \"{name}\"\non = [\"call.ended\"]\nurl = \"{}/{name}\"\n\
             json = {{ number = \"{{{{ caller.e164 }}}}\" }}\nauth = {{ bearer = \"env:CRM_TOKEN\" }}\n",
            crm.url
        )
    };
    let rules = "[[rule]]\nname = \"quiet\"\nwhen = { queue = \"quiet\" }\naction = \"none\"\n\
                 [[rule]]\nname = \"rest\"\n";
    Callpane::setup()
        .phone_systems(&[rules, &destination("journal"), &destination("chat")].concat())
        .set("CALLPANE_PRIVATE_TARGETS", "127.0.0.0/8")
        .set("CALLPANE_API_TOKEN", TOKEN)
        .set("CALLPANE_CONSOLE_PASSWORD", PASSWORD)
        .set("CRM_TOKEN", "crm-token")
}

async fn calls_end(callpane: &Callpane, ids: impl IntoIterator<Item = String>) {
    for id in ids {
        for event in ["ring", "answer", "hangup"] {
            callpane.pbx("lab").says(lab(event, &id, CALLER, "310")).await;
        }
    }
}

fn named(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|at| format!("c-{at}"))
}

async fn are(callpane: &Callpane, wanted: &str, count: usize) {
    eventually("as many deliveries ended so", async || {
        let sql = format!("SELECT id FROM delivery WHERE COALESCE(outcome, 'owed') = '{wanted}'");
        (callpane.sql(&sql).await.len() == count).then_some(())
    })
    .await;
}

/// The ids of the deliveries that a page lists.
fn listed(html: &str) -> Vec<String> {
    let links = html.split("href=\"/console/deliveries/").skip(1);
    links.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// A page as text, with single spaces.
fn text(html: &str) -> String {
    let pieces = html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    let words = pieces.flat_map(str::split_whitespace).collect::<Vec<_>>();
    unescaped(&words.join(" "))
}

#[tokio::test]
async fn failures_are_grouped_by_reason_and_sent_again() {
    let crm = Crm::start();
    crm.always_answers(400);
    let callpane = setup(&crm).start().await;
    calls_end(&callpane, named(3)).await;
    are(&callpane, "rejected", 6).await;
    let mut browser = Browser::with_role(&callpane, "sofia", "supervisor").await;
    let page = browser.opens("/console/deliveries").await.text;
    let shown = text(&page);
    assert!(shown.contains("journal the answer was 400 3 14:15:23 14:15:23"), "{shown}");
    assert!(shown.contains("chat the answer was 400 3 14:15:23"), "{shown}");

    // One that is ticked.
    crm.always_answers(200);
    let one = listed(&page).into_iter().next().unwrap();
    let form = [("id", one.as_str()), ("back", "state=failed&evil=1&since=")];
    let sent = browser.submits("/console/deliveries/resend", &form).await;
    let back = "/console/deliveries?state=failed&done=resent-1";
    assert_eq!((sent.status, sent.location()), (303, back), "{}", sent.text);
    are(&callpane, "delivered", 1).await;
    let page = text(&browser.opens(back).await.text);
    assert!(page.contains("1 delivery is being resent."), "{page}");
    assert!(!page.contains(&one), "it no longer fails");

    // All of one destination and reason since a moment, by the clock of the installation.
    let form = [
        ("destination", "journal"),
        ("reason", "the answer was 400"),
        ("since", "2026-09-21T14:15"),
    ];
    let later = [form[0], form[1], ("since", "2026-09-21T14:16")];
    let sent = browser.submits("/console/deliveries/resend", &later).await;
    assert_eq!(sent.location(), "/console/deliveries?done=resent-0");
    let other = [form[0], ("reason", "the answer was 401"), form[2]];
    let sent = browser.submits("/console/deliveries/resend", &other).await;
    assert_eq!(sent.location(), "/console/deliveries?done=resent-0");
    let sent = browser.submits("/console/deliveries/resend", &form).await;
    let count: usize = sent.location().rsplit('-').next().unwrap().parse().unwrap();
    assert!([2, 3].contains(&count), "{}", sent.location());
    are(&callpane, "delivered", 1 + count).await;
    let page = text(&browser.opens("/console/deliveries").await.text);
    assert!(!page.contains("journal the answer was 400 3"), "{page}");
    assert!(page.contains("chat the answer was 400"), "{page}");

    // Each attempt can be looked at.
    let page = text(&browser.opens(&format!("/console/deliveries/{one}?done=resent-1")).await.text);
    for part in [
        "Attempt 2 delivered",
        "Attempt 1 refused",
        "\"number\": \"+33199005577\"",
        "Answer 200",
        "Answer 400",
        "Priya Nair",
        "1 delivery is being resent.",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("crm-token"), "{page}");
    let form = [("id", one.as_str()), ("back", "delivery")];
    let sent = browser.submits("/console/deliveries/resend", &form).await;
    assert_eq!(sent.location(), format!("/console/deliveries/{one}?done=resent-1"));
    are(&callpane, "delivered", 1 + count).await;
    let sql = "SELECT COUNT(*) FROM audit WHERE act = 'deliveries-resent' AND actor = 'sofia'";
    assert_eq!(callpane.sql(sql).await, ["3"], "nothing resent is nothing done");
}

/// Many are sent again in portions, so that rings come in between; the audit knows of each of them, even if
/// something breaks halfway.
#[tokio::test]
async fn many_are_sent_again_a_portion_at_a_time() {
    let crm = Crm::start();
    crm.always_answers(400);
    let callpane = setup(&crm).expects_errors().start().await;
    calls_end(&callpane, named(1)).await;
    are(&callpane, "rejected", 2).await;
    let copies = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 119)
        INSERT INTO delivery (id, destination, call_id, line, kind, facts_id, attempts, due_at, settled_at,
                              outcome, reason)
        SELECT d.id + 100 * i, d.destination, d.call_id, d.line + 100 * i, d.kind, d.facts_id, d.attempts, d.due_at,
               d.settled_at, d.outcome, d.reason
        FROM delivery d CROSS JOIN n WHERE d.destination = 'journal'";
    callpane.sql(copies).await;
    let oldest = "SELECT MIN(id) FROM delivery WHERE destination = 'journal'";
    let oldest = callpane.sql(oldest).await.concat();
    let again = format!("NEW.id = {oldest} AND NEW.settled_at IS NULL");
    callpane.database.refuses("UPDATE", "delivery", &again).await;
    crm.always_answers(200);
    let resend = async || {
        let request = callpane.http.post(callpane.url("/api/v1/deliveries/resend"));
        let wanted = json!({ "destination": "journal", "since": "2026-01-01T00:00:00Z" });
        request.bearer_auth(TOKEN).json(&wanted).send().await.unwrap().status().as_u16()
    };
    let audited = "SELECT became FROM audit WHERE act = 'deliveries-resent' ORDER BY id";
    assert_eq!(resend().await, 503);
    assert_eq!(callpane.sql(audited).await, ["100 sent again"]);
    are(&callpane, "delivered", 100).await;
    callpane.database.takes("delivery").await;
    assert_eq!(resend().await, 200);
    assert_eq!(callpane.sql(audited).await, ["100 sent again", "20 sent again"]);
    are(&callpane, "delivered", 120).await;
}

/// What has arrived since a group was selected is not sent twice; what somebody names is, as they asked.
#[tokio::test]
async fn what_has_arrived_meanwhile_is_not_sent_again_with_its_group() {
    let crm = Crm::start();
    crm.always_answers(400);
    let callpane = setup(&crm).start().await;
    calls_end(&callpane, named(2)).await;
    are(&callpane, "rejected", 4).await;
    crm.always_answers(200);
    // Somebody else's resending, in between: of one as soon as another is on its way.
    let sql = "SELECT id FROM delivery WHERE destination = 'journal' ORDER BY id DESC";
    let [newest, oldest] = callpane.sql(sql).await.try_into().unwrap();
    let meanwhile = format!(
        "CREATE TRIGGER meanwhile AFTER UPDATE ON delivery WHEN NEW.id = {newest} AND NEW.settled_at IS NULL
         BEGIN UPDATE delivery SET outcome = 'delivered', reason = NULL WHERE id = {oldest}; END"
    );
    if !callpane.database.is_sqlite() {
        return;
    }
    callpane.sql(&meanwhile).await;
    let resend = async |wanted: serde_json::Value| {
        let request = callpane.http.post(callpane.url("/api/v1/deliveries/resend"));
        let answer = request.bearer_auth(TOKEN).json(&wanted).send().await.unwrap();
        answer.json::<serde_json::Value>().await.unwrap()
    };
    let group = json!({ "destination": "journal", "since": "2026-01-01T00:00:00Z" });
    assert_eq!(resend(group).await, json!({ "resent": 1 }));
    are(&callpane, "delivered", 2).await;
    let attempts = format!("SELECT attempts FROM delivery WHERE id = {oldest}");
    assert_eq!(callpane.sql(&attempts).await, ["1"]);
    callpane.sql("DROP TRIGGER meanwhile").await;
    let groups = callpane.http.get(callpane.url("/api/v1/deliveries?destination=journal"));
    let listed = groups.bearer_auth(TOKEN).send().await.unwrap();
    let listed: serde_json::Value = listed.json().await.unwrap();
    let id = &listed["deliveries"][1]["id"];
    assert_eq!(resend(json!({ "ids": [id] })).await, json!({ "resent": 1 }));
}

/// Whoever resends says what; what is named twice is one.
#[tokio::test]
async fn what_is_to_be_resent_is_said_and_counted_once() {
    let crm = Crm::start();
    crm.always_answers(400);
    let callpane = setup(&crm).start().await;
    calls_end(&callpane, named(1)).await;
    are(&callpane, "rejected", 2).await;
    let resend = async |wanted: serde_json::Value| {
        let request = callpane.http.post(callpane.url("/api/v1/deliveries/resend"));
        let answer = request.bearer_auth(TOKEN).json(&wanted).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<serde_json::Value>().await.unwrap())
    };
    let since = "2026-01-01T00:00:00Z";
    for (wanted, status, code) in [
        (json!({}), 422, "invalid-value"),
        (json!({ "ids": [] }), 422, "invalid-value"),
        (json!({ "destination": "journal" }), 422, "invalid-value"),
        (json!({ "reason": "the answer was 400" }), 422, "invalid-value"),
        (json!({ "destination": "nope", "since": since }), 404, "no-such-destination"),
    ] {
        let (answered, problem) = resend(wanted).await;
        assert_eq!((answered, &problem["code"]), (status, &json!(code)), "{problem}");
    }
    are(&callpane, "rejected", 2).await;
    crm.always_answers(200);
    let listed = callpane.http.get(callpane.url("/api/v1/deliveries?destination=journal"));
    let listed = listed.bearer_auth(TOKEN).send().await.unwrap();
    let listed: serde_json::Value = listed.json().await.unwrap();
    let id = &listed["deliveries"][0]["id"];
    assert_eq!(resend(json!({ "ids": [id, id] })).await, (200, json!({ "resent": 1 })));
    are(&callpane, "delivered", 1).await;
    let group = json!({ "destination": "journal", "since": since });
    assert_eq!(resend(group).await, (200, json!({ "resent": 0 })), "it has arrived");
}

/// The console says why nothing is sent now: nothing was ticked, or the destination is paused.
#[tokio::test]
async fn what_is_not_resent_now_is_said() {
    let crm = Crm::start();
    crm.always_answers(400);
    let callpane = setup(&crm).leaves_deliveries().start().await;
    calls_end(&callpane, named(1)).await;
    are(&callpane, "rejected", 2).await;
    let mut browser = Browser::with_role(&callpane, "sofia", "supervisor").await;
    let sent = browser.submits("/console/deliveries/resend", &[("back", "state=failed")]).await;
    assert_eq!(sent.location(), "/console/deliveries?state=failed&done=unselected");
    let page = text(&browser.opens(sent.location()).await.text);
    assert!(page.contains("Nothing was selected."), "{page}");

    for destination in ["journal", "chat"] {
        let form = [("destination", destination)];
        assert_eq!(browser.submits("/console/destinations/pause", &form).await.status, 303);
    }
    let one = listed(&browser.opens("/console/deliveries").await.text).remove(0);
    let form = [("id", one.as_str()), ("back", "delivery")];
    let sent = browser.submits("/console/deliveries/resend", &form).await;
    assert_eq!(sent.location(), format!("/console/deliveries/{one}?done=waiting"));
    let page = text(&browser.opens(sent.location()).await.text);
    assert!(page.contains("waits until it is resumed."), "{page}");
    are(&callpane, "owed", 1).await;
}

#[tokio::test]
async fn the_api_groups_failures_as_the_page_does() {
    let crm = Crm::start();
    crm.always_answers(400);
    let callpane = setup(&crm).start().await;
    calls_end(&callpane, named(2)).await;
    are(&callpane, "rejected", 4).await;
    let asked = callpane.http.get(callpane.url("/api/v1/deliveries/groups")).bearer_auth(TOKEN);
    let answer: serde_json::Value =
        serde_json::from_str(&asked.send().await.unwrap().text().await.unwrap()).unwrap();
    let groups = answer["groups"].as_array().unwrap();
    let group = groups.iter().find(|group| group["destination"] == "journal").unwrap();
    assert_eq!((&group["reason"], &group["count"]), (&json!("the answer was 400"), &json!(2)));
    assert_eq!(group["oldest"], "2026-09-21T14:15:23Z");
    let asked = callpane.http.get(callpane.url("/api/v1/destinations")).bearer_auth(TOKEN);
    let answer: serde_json::Value =
        serde_json::from_str(&asked.send().await.unwrap().text().await.unwrap()).unwrap();
    let journal = &answer["destinations"][0];
    assert_eq!((&journal["delivered"], &journal["failed"]), (&json!(0), &json!(2)), "{answer}");
    assert_eq!(journal["counted_since"], "2026-09-20T14:15:23Z");
}

#[tokio::test]
async fn a_destination_is_paused_and_resumed() {
    let crm = Crm::start();
    let callpane = setup(&crm).start().await;
    let mut browser = Browser::signed_in(&callpane, "admin", PASSWORD).await;
    let form = [("destination", "journal"), ("back", "state=owed")];
    let sent = browser.submits("/console/destinations/pause", &form).await;
    let back = "/console/deliveries?state=owed&done=paused";
    assert_eq!((sent.status, sent.location()), (303, back), "{}", sent.text);
    calls_end(&callpane, named(1)).await;
    are(&callpane, "delivered", 1).await;
    let page = text(&browser.opens(back).await.text);
    assert!(page.contains("The destination is paused."), "{page}");
    assert!(page.contains("journal paused since 14:15:23 paused by hand 1 0 0 Resume"), "{page}");
    assert!(page.contains("chat on 0 1 0 Pause"), "{page}");
    let sent = browser.submits("/console/destinations/resume", &form[..1]).await;
    assert_eq!(sent.location(), "/console/deliveries?done=resumed");
    are(&callpane, "delivered", 2).await;
    let sent = browser.submits("/console/destinations/pause", &[("destination", "nobody")]).await;
    assert_eq!(sent.status, 404, "{}", sent.text);
}

/// Nobody is shown all deliveries for those of one reason, because the delivery that named it was sent again.
#[tokio::test]
async fn a_reason_stays_and_one_that_is_lost_is_said() {
    let crm = Crm::start();
    crm.always_answers(400);
    let callpane = setup(&crm).start().await;
    calls_end(&callpane, named(2)).await;
    are(&callpane, "rejected", 4).await;
    callpane.sql("UPDATE delivery SET reason = 'no 0199005577' WHERE destination = 'chat'").await;
    let mut sofia = Browser::with_role(&callpane, "sofia", "supervisor").await;
    let mut vera = Browser::with_role(&callpane, "vera", "viewer").await;
    let page = sofia.opens("/console/deliveries").await.text;
    let link =
        page.split("href=\"/console/deliveries?").map(|rest| rest.split('#').next().unwrap());
    let link = link.into_iter().find(|link| link.starts_with("destination=chat&amp;")).unwrap();
    let link = format!("/console/deliveries?{}", unescaped(link));
    let page = sofia.opens(&link).await.text;
    assert_eq!(listed(&page).len(), 2);
    let back = page.split("name=\"back\" value=\"").last().unwrap().split('"').next().unwrap();
    let back = unescaped(back);
    assert!(back.ends_with("reason=no+0199005577"), "{back}");
    let seen = vera.opens(&link).await.text;
    assert_eq!(listed(&seen).len(), 2);
    assert!(seen.contains("name=\"reason_of\"") && !seen.contains("0199005577"), "{seen}");

    crm.always_answers(200);
    let named = link.split("reason_of=").nth(1).unwrap();
    let form = [("id", named), ("back", back.as_str())];
    let sent = sofia.submits("/console/deliveries/resend", &form).await;
    are(&callpane, "delivered", 1).await;
    let page = sofia.opens(sent.location()).await.text;
    assert_eq!(listed(&page).len(), 1, "the other of the same reason");
    for (browser, reason_of) in [(&mut vera, named), (&mut sofia, "nonsense")] {
        let lost = format!("/console/deliveries?reason_of={reason_of}");
        let page = browser.opens(&lost).await.text;
        assert_eq!(listed(&page), Vec::<String>::new());
        assert!(text(&page).contains("The delivery that gave the reason"), "{page}");
    }
}

#[tokio::test]
async fn forms_from_elsewhere_and_of_viewers_are_refused() {
    let crm = Crm::start();
    crm.always_answers(400);
    let callpane = setup(&crm).start().await;
    calls_end(&callpane, named(1)).await;
    are(&callpane, "rejected", 2).await;
    callpane.pbx("lab").sends("POST", "", &[], format!("{{\"from\": \"{CALLER}\"}}")).await;
    let mut browser = Browser::with_role(&callpane, "vera", "viewer").await;
    let page = browser.opens("/console/deliveries").await.text;
    let id = listed(&page).remove(0);
    let seen = [
        "/console/deliveries".to_owned(),
        format!("/console/deliveries/{id}"),
        "/console/events".to_owned(),
        "/console/refusals".to_owned(),
    ];
    for path in &seen {
        let answer = browser.opens(path).await;
        assert_eq!(answer.status, 200, "{path}");
        let digits: String = answer.text.chars().filter(char::is_ascii_digit).collect();
        assert!(!digits.contains("99005577"), "{path}: {}", answer.text);
        assert!(answer.text.contains("•• •• •• 77"), "{path}: {}", answer.text);
        assert!(!answer.text.contains("/resend\""), "{path}");
    }
    let form = [("id", id.as_str())];
    assert_eq!(browser.submits("/console/deliveries/resend", &form).await.status, 403);
    let mut browser = Browser::with_role(&callpane, "sofia", "supervisor").await;
    for path in ["deliveries/resend", "destinations/pause", "destinations/resume"] {
        for csrf in ["", "nonsense"] {
            let form = [("id", id.as_str()), ("destination", "journal"), ("csrf", csrf)];
            let sent = browser.sends(&format!("/console/{path}"), &form).await;
            assert_eq!(sent.status, 403, "{path}: {}", sent.text);
            assert!(sent.text.contains("forged-form"), "{}", sent.text);
        }
    }
    are(&callpane, "rejected", 2).await;
}

#[tokio::test]
async fn the_list_is_filtered_and_read_page_by_page() {
    let crm = Crm::start();
    crm.always_answers(400);
    let callpane = setup(&crm).start().await;
    calls_end(&callpane, named(60)).await;
    are(&callpane, "rejected", 120).await;
    crm.always_answers(200);
    calls_end(&callpane, ["good".to_owned()]).await;
    are(&callpane, "delivered", 2).await;
    let mut browser = Browser::signed_in(&callpane, "admin", PASSWORD).await;
    let (mut seen, mut pages) = (Vec::new(), 0);
    // With every filter: the link to older ones keeps them all.
    let filters =
        "destination=journal&state=failed&since=2026-09-21T14:15&reason=the+answer+was+400";
    for query in ["state=failed", filters] {
        let mut path = Some(format!("/console/deliveries?{query}"));
        while let Some(here) = path {
            let page = browser.opens(&here).await.text;
            seen.extend(listed(&page));
            pages += 1;
            path = older(&page);
        }
    }
    let filtered = seen.split_off(120);
    assert_eq!((seen.len(), filtered.len(), pages), (120, 60, 5));
    assert!(seen.is_sorted_by(|one, next| one > next), "newest first, none twice");

    let count = async |browser: &mut Browser<'_>, query: &str| {
        listed(&browser.opens(&format!("/console/deliveries?{query}")).await.text).len()
    };
    assert_eq!(count(&mut browser, "state=delivered").await, 2);
    assert_eq!(count(&mut browser, "state=delivered&destination=chat").await, 1);
    assert_eq!(count(&mut browser, "destination=chat").await, 50);
    let page = browser.opens("/console/deliveries").await.text;
    let (_, alike) = page.split_once("destination=chat&amp;state=failed&amp;reason_of=").unwrap();
    let alike = alike.split('#').next().unwrap();
    assert_eq!(count(&mut browser, &format!("reason_of={alike}&destination=chat")).await, 50);
    let page = browser.opens(&format!("/console/deliveries?reason_of={alike}")).await.text;
    assert!(older(&page).unwrap().contains("?reason=the+answer+was+400&"), "{:?}", older(&page));
    assert_eq!(count(&mut browser, "reason=the+answer+was+401").await, 0);
    assert_eq!(count(&mut browser, "state=owed").await, 0);
    assert_eq!(count(&mut browser, "state=exhausted").await, 0);
    assert_eq!(count(&mut browser, "since=2026-09-21T14:15").await, 50);
    assert_eq!(count(&mut browser, "since=2026-09-21T14:16").await, 0);
    let page = browser.opens("/console/deliveries?state=delivered").await.text;
    let (_, rest) = page.split_once("href=\"/console/calls/").unwrap();
    let call = rest.split('"').next().unwrap();
    assert_eq!(count(&mut browser, &format!("call={call}")).await, 2);

    // What cannot be read is said, and nothing of it is shown as ours.
    let page = text(&browser.opens("/console/deliveries?call=none&done=<b>evil").await.text);
    assert!(page.contains("This is not a call id") && !page.contains("evil"), "{page}");
    let page = text(&browser.opens("/console/deliveries?since=yesterday").await.text);
    assert!(page.contains("This is not a time") && page.contains("No delivery matches."), "{page}");
}

#[tokio::test]
async fn events_say_why_nothing_popped_up_in_the_readers_language() {
    let crm = Crm::start();
    let callpane = setup(&crm).start().await;
    let mut browser = Browser::signed_in(&callpane, "admin", PASSWORD).await;
    let empty = text(&browser.opens("/console/events").await.text);
    assert!(empty.contains("No event has been received yet."), "{empty}");
    callpane.pbx("lab").says(lab("ring", "c-1", CALLER, "999")).await;
    callpane.pbx("lab").says(lab("odd", "c-2", CALLER, "310")).await;
    callpane.pbx("lab").says(json!({ "event": { "name": "ring" } })).await;
    callpane.desktop(12).rings("0199005577", "quiet").await;
    let page = text(&browser.opens("/console/events").await.text);
    for part in [
        "The rule “quiet” opens nothing.",
        "999 is not an agent of this source: add this to the agent, and apply it: at = { lab = \"999\" }",
        "“odd” is not a known event name: under events in the [[source]] “lab”, say what it means.",
        "incomplete The event names no call.",
        "One of these events lacks something",
        "lab mapped on 14:15:23",
        "office wildix nothing received yet –",
        "\"uuid\": \"c-1\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let page = text(&browser.opens("/console/events?only=warnings&source=lab").await.text);
    assert!(page.contains("names no call") && !page.contains("999 is not"), "{page}");
    let page = text(&browser.opens("/console/events?source=office").await.text);
    assert!(page.contains("No event matches."), "{page}");
    let french = reads(&callpane, &browser, "/console/events", "fr").await;
    assert!(text(&french).contains("L’événement ne nomme aucun appel."), "{french}");
}

/// What each source is said to be tried out with works as it stands in the page, from a shell.
#[tokio::test]
async fn the_command_of_each_source_sends_an_event() {
    let crm = Crm::start();
    let callpane = setup(&crm).start().await;
    let mut browser = Browser::signed_in(&callpane, "admin", PASSWORD).await;
    let page = browser.opens("/console/events").await.text;
    let secret = |source: &str| {
        let name = match source {
            "office" => "WILDIX_SECRET",
            "voip" => "PBX_TOKEN",
            "melbourne" => "TELAIR_TOKEN",
            "ccaas" => "XIMA_KEY",
            "xuc" => "XUC_KEY",
            _ => "LAB_KEY",
        };
        SECRETS.into_iter().find(|(known, _)| *known == name).unwrap().1
    };
    // As long as nothing was heard, there is one for a desktop's ring, too.
    let (_, rest) = page.split_once("Try it from a terminal\">").unwrap();
    let command = unescaped(rest.split_once("</pre>").unwrap().0);
    let answer = runs(&command.replace(&callpane.running.public_url, &callpane.url("")), "").await;
    assert!(answer.contains("\"action\":\"open\""), "{command}: {answer}");
    for source in ["office", "voip", "melbourne", "ccaas", "xuc", "lab"] {
        let (_, rest) = page.split_once(&format!("Try it from a terminal {source}\">")).unwrap();
        let command = unescaped(rest.split_once("</pre>").unwrap().0);
        let command = command.replace(&callpane.running.public_url, &callpane.url(""));
        // The server's clock stands still; the shell's does not.
        let command = command.replace("$(date +%s000)", &callpane.clock_now().to_string());
        let answer = runs(&command, secret(source)).await;
        assert_eq!(answer, r#"{"events":1,"repeats":0}"#, "{command}");
    }
    let told = callpane.sql("SELECT DISTINCT source FROM event WHERE kind = 'call.ringing'").await;
    assert_eq!(told.len(), 7, "each is a ringing call: {told:?}");
}

/// What a command says that a shell runs.
async fn runs(command: &str, secret: &str) -> String {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).env("SECRET", secret).env("no_proxy", "*");
    let ran = tokio::task::spawn_blocking(move || shell.output().unwrap()).await.unwrap();
    String::from_utf8(ran.stdout).unwrap()
}

#[tokio::test]
async fn refused_requests_say_what_to_do() {
    let crm = Crm::start();
    let callpane = setup(&crm).start().await;
    let mut browser = Browser::signed_in(&callpane, "admin", PASSWORD).await;
    let empty = text(&browser.opens("/console/refusals").await.text);
    assert!(empty.contains("Nothing was refused.") && empty.contains("/hooks/nobody"), "{empty}");
    callpane.pbx("lab").sends("POST", "/ring", &[("x-key", "wrong")], "{\"a\": 1}").await;
    callpane.pbx("nobody").sends("GET", "?token=secret", &[], "").await;
    let page = text(&browser.opens("/console/refusals").await.text);
    for part in [
        "lab Authentication failed 401 not-authentic Compare the secret",
        "the header x-key has none of the configured values",
        "POST /hooks/lab/ring",
        "x-key: [5 characters]",
        "nobody No source has this name 404 no-such-source",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let page = text(&browser.opens("/console/refusals?source=nobody").await.text);
    assert!(page.contains("no-such-source") && !page.contains("not-authentic"), "{page}");
    let page = text(&reads(&callpane, &browser, "/console/refusals", "fr").await);
    assert!(page.contains("Aucune source n’a ce nom"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_are_accessible_and_fit_empty_and_crowded() {
    let crm = Crm::start();
    crm.always_answers(400);
    let callpane = setup(&crm).leaves_deliveries().start().await;
    let mut signed_in = Browser::signed_in(&callpane, "admin", PASSWORD).await;
    let mut pages = ["deliveries", "events", "refusals"].map(str::to_owned).to_vec();
    look_at(&callpane, &signed_in, &pages, "empty").await;
    calls_end(&callpane, named(30)).await;
    callpane.pbx("lab").says(lab("ring", "c-x", CALLER, "999")).await;
    callpane.pbx("lab").says(json!({ "event": { "name": "ring" } })).await;
    callpane.pbx("lab").sends("POST", "/ring", &[("x-key", "wrong")], "{\"a\": 1}").await;
    are(&callpane, "rejected", 60).await;
    signed_in.submits("/console/destinations/pause", &[("destination", "chat")]).await;
    calls_end(&callpane, ["c-late".to_owned()]).await;
    are(&callpane, "rejected", 61).await;
    let list = signed_in.opens("/console/deliveries?state=rejected").await.text;
    pages.push(format!("deliveries/{}", listed(&list)[0]));
    pages.push("deliveries?state=rejected&call=wrong&done=resent-3".to_owned());
    look_at(&callpane, &signed_in, &pages, "crowded").await;
}

async fn look_at(callpane: &Callpane, signed_in: &Browser<'_>, pages: &[String], how: &str) {
    let public = &callpane.running.public_url;
    let (name, value) = signed_in.cookie.split_once('=').unwrap();
    for language in ["en", "fr"] {
        let browser = Chromium::start(language).await;
        browser.driver().goto(format!("{public}/console/sign-in")).await.unwrap();
        let mut cookie = thirtyfour::Cookie::new(name, value);
        cookie.set_path("/console");
        browser.driver().add_cookie(cookie).await.unwrap();
        for page in pages {
            browser.driver().goto(format!("{public}/console/{page}")).await.unwrap();
            let lang = browser.run("return document.documentElement.lang;").await;
            assert_eq!(lang, language, "{page}");
            let title = browser.run("return document.querySelector('.rail') !== null;").await;
            assert_eq!(title, true, "{page} is behind the sign-in");
            let open =
                "document.querySelectorAll('details').forEach((one) => { one.open = true; });";
            browser.run(open).await;
            let short = page.split(['/', '?']).next().unwrap();
            let kind = if page.contains('/') {
                "one"
            } else if page.contains('?') {
                "found"
            } else {
                ""
            };
            for (width, theme) in [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")] {
                browser.appear(width, theme).await;
                let shown = format!("{how}-{short}{kind}-{language}-{width}-{theme}");
                let wide = browser.run("return document.documentElement.scrollWidth;").await;
                assert!(wide.as_u64().unwrap() <= u64::from(width), "{shown}: {wide} px wide");
                assert_eq!(browser.complaints().await, Vec::<String>::new(), "{shown}");
                browser.picture(&shown).await;
            }
        }
        browser.stop().await;
    }
}

/// A page in a language.
async fn reads(callpane: &Callpane, browser: &Browser<'_>, path: &str, language: &str) -> String {
    let asked = callpane.http.get(callpane.url(path)).header("cookie", &browser.cookie);
    asked.header("accept-language", language).send().await.unwrap().text().await.unwrap()
}

/// Where the list goes on.
fn older(page: &str) -> Option<String> {
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let link = links.into_iter().find(|link| link.contains("before="))?;
    Some(unescaped(link.split('#').next().unwrap()))
}

fn unescaped(html: &str) -> String {
    let marks = [
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&#x2F;", "/"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    marks.iter().fold(html.to_owned(), |text, (mark, character)| text.replace(mark, character))
}
