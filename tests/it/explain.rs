//! "Why did nothing open?", asked in every way that it really happens: the first sentence is right.

use std::time::Duration;

use callpane::inside::{Language, NamedTime, Question, View, WrittenClock};
use serde_json::{Value, json};

use crate::console_access::Browser;
use crate::harness::{Callpane, LAB, SECRETS, Setup, eventually, lab};
use crate::hold::Hold;

pub(crate) const TOKEN: &str = "token-of-the-api-0123456789abcdef";

/// A server whose operator is in Paris, where it is 16:15:23.
pub(crate) fn in_paris() -> Setup {
    Callpane::setup().set("CALLPANE_ZONE", "Europe/Paris").set("CALLPANE_API_TOKEN", TOKEN)
}

pub(crate) async fn asks(callpane: &Callpane, path: &str) -> (u16, Value) {
    let request = callpane.http.get(callpane.url(&format!("/api/v1/{path}")));
    let reply = request.bearer_auth(TOKEN).send().await.unwrap();
    let status = reply.status().as_u16();
    (status, serde_json::from_str(&reply.text().await.unwrap()).unwrap())
}

pub(crate) async fn explained(callpane: &Callpane, path: &str) -> Value {
    let (status, answer) = asks(callpane, path).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// The kind of the verdict, and its sentence.
pub(crate) async fn verdict(callpane: &Callpane, path: &str) -> (String, String) {
    let answer = explained(callpane, path).await;
    let text = |member: &str| answer["verdict"][member].as_str().unwrap().to_owned();
    (text("kind"), text("text"))
}

pub(crate) async fn says(callpane: &Callpane, path: &str, kind: &str, sentence: &str) {
    assert_eq!(verdict(callpane, path).await, (kind.to_owned(), sentence.to_owned()), "{path}");
}

pub(crate) const QUIET: &str = r#"
[[rule]]
name = "cars"
when = { queue = ["cars", "Vans"] }
[[rule]]
name = "quiet"
action = "none"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_opens_nothing() {
    let callpane = in_paris().rules(QUIET).start().await;
    callpane.desktop(12).rings_with("0199005577", "trucks", "1.7").await;
    let sentence = "Nothing opened for Agent 12 at 16:15:23: rule 2 “quiet” says to open nothing.";
    // However the agent and the time are named.
    for path in [
        "explain?agent=12&at=16:15",
        "explain?agent=112&at=16:15:23",
        "explain?agent=1012&at=16:13",
        "explain?agent=agent%2012&at=2026-09-21%2016:17",
        "explain?agent=xivo:user:12&at=2026-09-21T14:15:23Z",
        "explain?agent=12&at=16:15&number=%2B33199005577",
        "explain?agent=12",
        "explain?number=0199005577&at=16:15",
        "calls/1.7/explain",
        "calls/xivo:1.7/explain?agent=12",
    ] {
        says(&callpane, path, "rule-none", sentence).await;
    }
    let call = explained(&callpane, "explain?agent=12").await["call"].as_str().unwrap().to_owned();
    says(&callpane, &format!("calls/{call}/explain"), "rule-none", sentence).await;
    // A caller is looked for about a time.
    let (status, refused) = asks(&callpane, "explain?agent=12&number=0199005577").await;
    assert_eq!((status, refused["code"].as_str()), (422, Some("invalid-value")));
    let nobody = "No request from agent 1 between 16:13 and 16:18; none is on record.";
    says(&callpane, "explain?agent=1&at=16:15", "no-ring", nobody).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_rule_that_matches() {
    let rules = "[[rule]]\nname = \"cars\"\nwhen = { queue = \"cars\" }\n";
    let callpane = in_paris().rules(rules).start().await;
    callpane.desktop(12).rings("0199005577", "trucks").await;
    let sentence = "Nothing opened for Agent 12 at 16:15:23: no rule matches this call (rules: 1).";
    says(&callpane, "explain?agent=12&at=16:15", "no-rule", sentence).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_rule_in_force() {
    let callpane = in_paris().start().await;
    let answer = callpane.desktop(12).rings("0199005577", "trucks").await;
    callpane.clock.advance(Duration::from_secs(16));
    let sentence = "Nothing opened for Agent 12 at 16:15:23: the desktop was told to open a page, as \
                    the default (there are no rules) says, but never did.";
    says(&callpane, "explain?agent=12&at=16:15", "unused", sentence).await;
    callpane.opens(&answer).await;
    let sentence =
        "The page opened for Agent 12 at 16:15:23, as the default (there are no rules) says.";
    says(&callpane, "explain?agent=12&at=16:15", "opened", sentence).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_not_used() {
    let callpane = in_paris().rules("[[rule]]\nname = \"hosted\"\n").start().await;
    let answer = callpane.desktop(12).rings("0199005577", "trucks").await;
    let path = "explain?agent=12&at=16:15";
    let told = "The desktop of Agent 12 was told at 16:15:23 to open a page, as rule 1 “hosted” says; \
                it has not opened it yet.";
    says(&callpane, path, "pending", told).await;
    callpane.clock.advance(Duration::from_secs(15));
    let unused = "Nothing opened for Agent 12 at 16:15:23: the desktop was told to open a page, as \
                  rule 1 “hosted” says, but never did.";
    says(&callpane, path, "unused", unused).await;
    let found = explained(&callpane, path).await;
    assert_eq!(found["causes"].as_array().unwrap().len(), 3);
    assert_eq!(steps(&found), ["asked", "decided", "answered", "not-fetched"]);
    // Once it is fetched, it has opened; and a second ring finds it open.
    callpane.opens(&answer).await;
    let opened = "The page opened for Agent 12 at 16:15:23, as rule 1 “hosted” says.";
    says(&callpane, path, "opened", opened).await;
    let found = explained(&callpane, path).await;
    assert_eq!(steps(&found), ["asked", "decided", "answered", "fetched"]);
}

pub(crate) fn steps(found: &Value) -> Vec<&str> {
    found["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["kind"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_gone() {
    let callpane = in_paris().rules("[[rule]]\nname = \"hosted\"\n").start().await;
    let answer = callpane.desktop(12).rings_with("0199005577", "trucks", "1.1").await;
    callpane.desktop(13).rings_with("0199005577", "trucks", "1.2").await;
    let page = callpane.opens(&answer).await;
    callpane.clock.advance(Duration::from_mins(1));
    callpane.desktop(12).rings_with("0199005577", "trucks", "1.1").await;
    let again = "No new page opened for Agent 12 at 16:16:23: the page of this call was already open, \
                 since 16:15.";
    says(&callpane, "calls/1.1/explain", "already-open", again).await;
    assert_eq!(page.done("", None).await.0, 200);
    let done = "The page opened for Agent 12 at 16:15:23, as rule 1 “hosted” says (Done: 16:16).";
    says(&callpane, "explain?agent=12&at=16:15:23", "finished", done).await;
    callpane.clock.advance(Duration::from_hours(13));
    let expired = "Nothing opened for Agent 13 yesterday at 16:15:23: rule 1 “hosted” has a page for \
                   this call, but it was never opened, and its address has expired (04:15).";
    says(&callpane, "explain?agent=13&at=2026-09-21%2016:15", "expired", expired).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_away() {
    let setup = in_paris().rules("[[rule]]\nname = \"hosted\"\n").expects_errors();
    let callpane = setup.set("CALLPANE_RING_DEADLINE", "300ms").start().await;
    let hold = Hold::everything(&callpane.database).await;
    let answer = callpane.desktop(12).rings_with("0199005577", "trucks", "1.7").await;
    assert_eq!(answer["action"], "none");
    hold.release();
    for path in ["explain?agent=12&at=16:15", "calls/1.7/explain", "explain?agent=1012&at=16:15"] {
        let (kind, sentence) = eventually("it is written down", async || {
            let (status, answer) = asks(&callpane, path).await;
            let is_away = status == 200 && answer["verdict"]["kind"] == "away";
            is_away.then(|| ("away", answer["verdict"]["text"].as_str().unwrap().to_owned()))
        })
        .await;
        assert_eq!(kind, "away");
        let start = "Nothing opened for Agent 12 at 16:15:23: the database could not be reached (";
        assert!(sentence.starts_with(start), "{sentence}");
        assert!(sentence.ends_with("), so no page could be kept."), "{sentence}");
    }
    let found = explained(&callpane, "explain?agent=12&at=16:15").await;
    assert_eq!(found["decision"]["rules"][0]["name"], "hosted");
    assert_eq!(steps(&found), ["asked", "decided", "answered-without"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_rings_without_a_database_are_written_down_a_portion_at_a_time() {
    let setup = in_paris().rules("[[rule]]\nname = \"hosted\"\n").expects_errors();
    let callpane = setup.set("CALLPANE_RING_DEADLINE", "300ms").start().await;
    let are_more = "(SELECT COUNT(*) FROM unwritten_ring) >= 25";
    callpane.database.refuses("INSERT", "unwritten_ring", are_more).await;
    let hold = Hold::everything(&callpane.database).await;
    let rings = (0..45).map(async |call| {
        callpane.desktop(12).rings_with("0199005577", "trucks", &format!("1.{call}")).await
    });
    let answers = futures_util::future::join_all(rings).await;
    assert!(answers.iter().all(|answer| answer["action"] == "none"), "{answers:?}");
    hold.release();
    let are_written = async |count: &str| {
        eventually("as many are written down", async || {
            let written = callpane.sql("SELECT COUNT(*) FROM unwritten_ring").await;
            (written == [count]).then_some(())
        })
        .await;
    };
    are_written("20").await;
    callpane.database.takes("unwritten_ring").await;
    are_written("45").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_agent() {
    let callpane = in_paris().rules("[[rule]]\nname = \"hosted\"\n").start().await;
    callpane.desktop(12).rings_with("0199005577", "trucks", "1.7").await;
    callpane.desktop(14).rings_with("0199005578", "trucks", "1.8").await;
    let sentence = "Nothing opened for agent 13 at 16:15:23: the call rang for Agent 12.";
    let by_number = "explain?agent=13&at=16:14&number=0199005577";
    for path in [by_number, "calls/1.7/explain?agent=13"] {
        says(&callpane, path, "other-agent", sentence).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_ring_at_all() {
    let setup = in_paris().set("CALLPANE_DESKTOP_ORIGINS", "https://xucmgt.example.com");
    let callpane = setup.rules(QUIET).start().await;
    callpane.desktop(12).rings("0199005577", "trucks").await;
    callpane.clock.advance(Duration::from_mins(10));
    callpane.desktop(13).rings("0199005578", "trucks").await;
    let path = "explain?agent=12&at=16:25";
    let sentence = "No request from Agent 12 between 16:23 and 16:28; last seen 16:15.";
    says(&callpane, path, "no-ring", sentence).await;
    let found = explained(&callpane, path).await;
    let causes = found["causes"].as_array().unwrap();
    assert_eq!(causes.len(), 3, "{causes:?}");
    let others = "Other agents’ phones rang in that time (rings: 1), so Callpane could be reached";
    assert!(causes[0].as_str().unwrap().starts_with(others), "{causes:?}");
    // A request that is refused is the likeliest cause; a browser's is refused before it is sent.
    let preflight = callpane.http.request("OPTIONS".parse().unwrap(), callpane.url("/thirdparty"));
    let preflight = preflight.header("origin", "https://elsewhere.example.com");
    preflight.header("access-control-request-method", "POST").send().await.unwrap();
    let foreign = callpane.http.post(callpane.url("/thirdparty"));
    let foreign = foreign
        .header("origin", "https://elsewhere.example.com")
        .header("content-type", "application/json")
        .body("{}")
        .send();
    assert_eq!(foreign.await.unwrap().status().as_u16(), 403);
    eventually("the refusal is counted", async || {
        let found = explained(&callpane, path).await;
        found["causes"][0].as_str().unwrap().contains("foreign-origin").then_some(())
    })
    .await;

    let later = "explain?agent=13&at=16:15";
    let sentence = "No request from Agent 13 between 16:13 and 16:18; the newest one: 16:25.";
    says(&callpane, later, "no-ring", sentence).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_not_running() {
    let callpane = in_paris().start().await;
    callpane.desktop(12).rings("0199005577", "trucks").await;
    let Callpane { running, database, .. } = callpane;
    running.stop().await;
    let callpane = in_paris().on(database).later(Duration::from_mins(30)).start().await;
    let sentence =
        "Nothing opened for Agent 12 at 16:30: Callpane was not running between 16:15 and 16:45.";
    eventually("it is there again", async || {
        let found = verdict(&callpane, "explain?agent=12&at=16:30").await;
        (found == ("not-running".to_owned(), sentence.to_owned())).then_some(())
    })
    .await;
    // Also soon after it was seen last, and in the minute in which it was back.
    for at in ["16:16", "16:45"] {
        let sentence = sentence.replace("16:30", at).replace("Agent 12", "agent 13");
        says(&callpane, &format!("explain?agent=13&at={at}"), "not-running", &sentence).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_rang_without_a_desktop() {
    let setup = SECRETS.into_iter().fold(in_paris(), |setup, (name, value)| setup.set(name, value));
    let callpane = setup.rules(&format!("{QUIET}{LAB}")).start().await;
    callpane.pbx("lab").says(lab("ring", "a1", "+33199005577", "1012")).await;
    for path in ["explain?agent=1012&at=16:15", "calls/a1/explain"] {
        assert_eq!(verdict(&callpane, path).await.0, "not-asked", "{path}");
    }
    // Now its desktop asks about the same call.
    callpane.desktop(12).rings("0199005577", "trucks").await;
    callpane.pbx("lab").says(lab("hangup", "a1", "+33199005577", "1012")).await;
    let found = explained(&callpane, "explain?agent=1012&at=16:15").await;
    assert_eq!(found["verdict"]["kind"], "rule-none");
    let told: Vec<&str> = found["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["kind"] == "reported")
        .map(|step| step["text"].as_str().unwrap())
        .collect();
    assert_eq!(told, ["lab: call.ringing, agent 1012", "lab: call.ended, agent 1012"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rule_says_what_it_wanted_and_what_it_saw() {
    let rules = r#"
[[rule]]
name = "known"
when = { contact = "known", "contact.company" = "Fleet *" }
unless = { "data.customer" = "C-1" }
[[rule]]
name = "hours"
when = { hours = "office", caller = ["+44*", "01 99 00 55 77"] }
[[rule]]
name = "quiet"
when = { queue = "trucks" }
unless = { "caller.country" = ["FR"], callee = "9" }
action = "none"
[[rule]]
name = "rest"
[[hours]]
name = "office"
zone = "Europe/Paris"
open = ["Mon-Fri 08:00-12:00"]
"#;
    let callpane = in_paris().rules(rules).start().await;
    let list = callpane.http.put(callpane.url("/api/v1/contacts/lists/clients"));
    let list = list.bearer_auth(TOKEN).body("name,phone,company\nIda,0199005577,Bikes\n");
    assert!(list.send().await.unwrap().status().is_success());
    eventually("contacts are known", async || {
        callpane.desktop(12).rings("0199005577", "Trucks").await;
        let found = explained(&callpane, "explain?agent=12").await;
        (found["ring"]["contact"] == "known").then_some(())
    })
    .await;
    // What is known now is not what was known then.
    let gone = callpane.http.delete(callpane.url("/api/v1/contacts/lists/clients"));
    assert!(gone.bearer_auth(TOKEN).send().await.unwrap().status().is_success());
    let found = explained(&callpane, "explain?agent=12").await;
    let condition = |field: &str, wanted: Value, saw: Value, holds: bool| json!({ "field": field, "wanted": wanted, "saw": saw, "holds": holds });
    assert_eq!(
        found["decision"]["rules"],
        json!([
            {
                "number": 1, "name": "known", "holds": false, "asks": null,
                "when": [
                    condition("contact", json!(["known"]), json!(["known"]), true),
                    condition("contact.company", json!(["Fleet *"]), json!(["Bikes"]), false),
                ],
                "unless": [condition("data.customer", json!(["C-1"]), json!([]), false)],
            },
            {
                "number": 2, "name": "hours", "holds": false, "asks": null,
                "when": [
                    condition("caller", json!(["+44*", "01 99 00 55 77"]), json!(["+33199005577", "0199005577"]), true),
                    condition("hours", json!(["office"]), json!(["2026-09-21 16:15 Europe/Paris"]), false),
                ],
                "unless": [],
            },
            {
                "number": 3, "name": "quiet", "holds": true, "asks": null,
                "when": [condition("queue", json!(["trucks"]), json!(["Trucks", "The Trucks desk", "3001", "2"]), true)],
                "unless": [
                    condition("callee", json!(["9"]), json!(["1012"]), false),
                    condition("caller.country", json!(["FR"]), json!(["FR"]), true),
                ],
            },
        ])
    );
    let decision = &found["decision"];
    assert_eq!((&decision["winner"], &decision["total"]), (&json!(3), &json!(4)));
    assert_eq!((&decision["version"], &decision["agrees"]), (&json!(1), &json!(true)));
    assert_eq!(found["today"]["text"], "Under today’s rules it would be the same.");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_of_that_time_and_those_of_today() {
    let callpane = in_paris().rules(QUIET).start().await;
    callpane.desktop(12).rings_with("0199005577", "trucks", "1.7").await;
    callpane.applies("[[rule]]\nname = \"cars\"\n[[rule]]\nname = \"quiet\"\n").await;
    let found = explained(&callpane, "calls/1.7/explain").await;
    let sentence = "Nothing opened for Agent 12 at 16:15:23: rule 2 “quiet” says to open nothing.";
    assert_eq!(found["verdict"]["text"], sentence);
    let decision = &found["decision"];
    assert_eq!((&decision["version"], &decision["agrees"]), (&json!(1), &json!(true)));
    let today =
        "Under today’s rules (version 2): the hosted page would open, as rule 1 “cars” says.";
    assert_eq!(found["today"]["text"], today);
    // A record that no version explains is not explained away.
    callpane.sql("UPDATE event SET rule = 'other' WHERE rule = 'quiet' RETURNING 1").await;
    let found = explained(&callpane, "calls/1.7/explain").await;
    assert_eq!(found["decision"]["agrees"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_s_page_elsewhere_or_later_is_not_claimed_to_be_missing() {
    let rules = r#"
[[rule]]
name = "crm"
when = { queue = "crm" }
url = "https://crm.example.com/?p={{ caller.e164 }}"
[[rule]]
name = "later"
moment = "answered"
"#;
    let callpane = in_paris().rules(rules).start().await;
    callpane.desktop(12).rings("0199005577", "crm").await;
    let crm = "The desktop of Agent 12 was told at 16:15:23 to open a page at crm.example.com, as rule 1 \
               “crm” says; Callpane cannot see whether it did.";
    says(&callpane, "explain?agent=12&at=16:15", "external", crm).await;
    callpane.desktop(13).rings("0199005577", "trucks").await;
    callpane.clock.advance(Duration::from_mins(10));
    let later = "Nothing opened for Agent 13 at 16:15:23: rule 2 “later” opens its page when the call is \
                 answered, and Callpane cannot tell whether it was: no phone system reports this call.";
    says(&callpane, "explain?agent=13&at=16:15", "unreported", later).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sentence_in_french() {
    let callpane = in_paris().rules(QUIET).start().await;
    callpane.desktop(12).rings("0199005577", "trucks").await;
    let context = &callpane.running.flow.context;
    let (zone, now) = (&context.options().zone, context.now());
    let view = View::new("", None).unwrap();
    let said = async |agent: &str| {
        let at = NamedTime::read("16:15", zone, now);
        let question = Question { agent: Some(agent.into()), at, ..Question::default() };
        let found = callpane.running.flow.explanations.explain(question).await.unwrap().unwrap();
        let clock = WrittenClock { zone, now };
        view.sentence(Language::Fr, &found.verdict.sentence, clock)
    };
    assert_eq!(
        said("12").await,
        "Rien ne s’est ouvert pour Agent 12 à 16:15:23\u{202f}: la règle 2 «\u{202f}quiet\u{202f}» dit \
         de ne rien ouvrir."
    );
    assert_eq!(
        said("1").await,
        "Aucune demande pour l’agent 1 entre 16:13 et 16:18\u{202f}; aucune n’est connue."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gaps_are_measured_and_the_day_is_counted() {
    let callpane = in_paris().rules("[[rule]]\nname = \"hosted\"\n").ticking().start().await;
    let answer = callpane.desktop(12).rings("0199005577", "trucks").await;
    callpane.opens(&answer).await;
    let found = eventually("it is noted how long it took", async || {
        let found = explained(&callpane, "explain?agent=12").await;
        found["timeline"][2]["at"].is_string().then_some(found)
    })
    .await;
    assert_eq!(steps(&found), ["asked", "decided", "answered", "fetched"]);
    let gap = |at: usize| found["timeline"][at]["gap_ms"].as_f64().unwrap();
    assert!(gap(1) > 0.0 && gap(2) > 0.0, "{found}");
    assert_eq!(found["timeline"][0]["gap_ms"], Value::Null);
    let journal = &callpane.running.flow.journal;
    let [today, yesterday] = journal.today_and_yesterday().await.unwrap();
    assert_eq!((today.rings, today.opened, today.errors), (1, 1, 0));
    assert!(today.p50().unwrap() > Duration::ZERO && today.p99() >= today.p50());
    assert_eq!((yesterday.rings, yesterday.p99()), (0, None));
    assert_eq!(journal.lately().rings, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn yesterday_is_counted_apart_and_everything_is_forgotten_in_time() {
    let callpane = in_paris().set("CALLPANE_RETENTION", "2d").start().await;
    callpane.desktop(12).rings("0199005577", "trucks").await;
    let journal = &callpane.running.flow.journal;
    journal.flush().await.unwrap();
    callpane.hours_pass(10).await;
    callpane.desktop(12).rings("0199005577", "trucks").await;
    callpane.desktop(13).rings("0199005577", "trucks").await;
    eventually("it is counted", async || {
        journal.flush().await.unwrap();
        let [today, yesterday] = journal.today_and_yesterday().await.unwrap();
        ((today.rings, yesterday.rings) == (2, 1)).then_some(())
    })
    .await;
    assert_eq!(journal.lately().rings, 2);
    callpane.hours_pass(50).await;
    callpane.running.flow.retention.forget().await.unwrap();
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM ring_timing").await, ["0"]);
    let old = "SELECT COUNT(*) FROM ring_count WHERE rings > 0";
    assert_eq!(callpane.sql(old).await, ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_shows_it_in_the_reader_s_language_and_hides_numbers_from_viewers() {
    let callpane = in_paris().rules(QUIET).start().await;
    callpane.desktop(12).rings_with("0199005577", "trucks", "1.7").await;
    let mut admin = Browser::with_role(&callpane, "anna", "admin").await;
    let mut viewer = Browser::with_role(&callpane, "vera", "viewer").await;
    for path in ["/console/explain?agent=12&at=16:15", "/console/calls/1.7?agent=12"] {
        let page = admin.opens(path).await;
        assert_eq!(page.status, 200, "{path}");
        for shown in [
            "Nothing opened for Agent 12 at 16:15:23: rule 2 “quiet” says to open nothing.",
            "01 99 00 55 77",
            "queue = cars | Vans",
            "was trucks, The trucks desk, 3001, 2",
            "Under today’s rules it would be the same.",
            "0199005577",
        ] {
            assert!(page.text.contains(shown), "{path}: {shown}\n{}", page.text);
        }
        let page = viewer.opens(path).await.text;
        assert!(page.contains("rule 2 “quiet” says to open nothing."), "{page}");
        assert!(!page.contains("01 99 00 55 77") && !page.contains("0199005577"), "{page}");
    }
    let french = callpane.http.get(callpane.url("/console/calls/1.7"));
    let french = french.header("cookie", &admin.cookie).header("accept-language", "fr");
    let page = french.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Avec les règles d’aujourd’hui, ce serait pareil."), "{page}");
    for (path, status, said) in [
        ("/console/explain?agent=12&at=soon", 200, "That is not a time"),
        ("/console/calls/nobodys", 404, "There is no such call."),
        ("/console/explain", 200, "Why did nothing open?"),
    ] {
        let page = admin.opens(path).await;
        assert_eq!(page.status, status, "{path}");
        assert!(page.text.contains(said), "{path}: {}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_is_refused() {
    let callpane = in_paris().start().await;
    for (path, status, code) in [
        ("calls/1.7/explain", 404, "no-such-call"),
        ("explain", 422, "invalid-value"),
        ("explain?agent=12&at=soon", 422, "invalid-value"),
        ("explain?number=0199005577", 422, "invalid-value"),
    ] {
        let (answered, problem) = asks(&callpane, path).await;
        assert_eq!(answered, status, "{path}: {problem}");
        assert!(problem["type"].as_str().unwrap().ends_with(code), "{path}: {problem}");
    }
}
