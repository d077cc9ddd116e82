//! Calls are found by whatever is known of them: listed, searched, exported, counted.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::checks::Command;
use crate::crm::Crm;
use crate::harness::{Callpane, SECRETS, Setup, eventually, lab, operator, xuc_event};

const TOKEN: &str = "token-of-the-api-0123456789abcdef";
const ZOE: &str = "0199005577";
const OWEN: &str = "+441632960123";

const RULES: &str = r#"
[[rule]]
name = "quiet"
when = { queue = "quiet" }
action = "none"

[[rule]]
name = "elsewhere"
when = { queue = "tickets" }
url = "https://tickets.example.com/?q={{ caller.e164 }}"

[[rule]]
name = "all"

[[disposition]]
options = ["Sold", "Call back"]
"#;

fn setup() -> Setup {
    Callpane::setup().phone_systems(RULES).set("CALLPANE_API_TOKEN", TOKEN)
}

impl Callpane {
    async fn asks(&self, path: &str) -> (u16, Value) {
        let request = self.http.request(Method::GET, self.url(&format!("/api/v1/{path}")));
        let reply = request.bearer_auth(TOKEN).send().await.unwrap();
        let (status, text) = (reply.status().as_u16(), reply.text().await.unwrap());
        (status, serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status} {text}")))
    }

    /// The calls that a query finds.
    async fn lists(&self, query: &str) -> Vec<Value> {
        let (status, found) = self.asks(&format!("calls?{query}")).await;
        assert_eq!(status, 200, "{query}: {found}");
        found["calls"].as_array().unwrap().clone()
    }

    /// The same, each as its queue and agent.
    async fn finds(&self, query: &str) -> Vec<String> {
        self.lists(query).await.iter().map(short).collect()
    }

    async fn searches(&self, text: &str) -> Vec<(String, String)> {
        let (status, found) = self.asks(&format!("search?q={text}")).await;
        assert_eq!(status, 200, "{text}: {found}");
        let hits = found["hits"].as_array().unwrap().iter();
        let word = |hit: &Value, name: &str| hit[name].as_str().unwrap().to_owned();
        hits.map(|hit| (word(hit, "kind"), word(hit, "label"))).collect()
    }
}

fn short(line: &Value) -> String {
    let queue = line["queue"]["name"].as_str().unwrap_or("-");
    format!("{queue} {}", line["agent"]["id"].as_str().unwrap_or("-"))
}

/// Six calls, a minute apart: of two agents at desktops, one of a phone system, and one that rings nobody.
async fn morning(callpane: &Callpane) -> Vec<Value> {
    let minute = || callpane.clock.advance(Duration::from_mins(1));
    let mut answers = vec![callpane.desktop(12).rings_with(ZOE, "trucks", "x-1").await];
    minute();
    answers.push(callpane.desktop(13).rings(OWEN, "quiet").await);
    minute();
    answers.push(callpane.desktop(12).rings(OWEN, "tickets").await);
    minute();
    answers.push(callpane.desktop(13).rings(ZOE, "cars").await);
    minute();
    for event in ["ring", "ring", "answer"] {
        callpane.pbx("lab").says(lab(event, "c-1", ZOE, "310")).await;
        callpane.clock.advance(Duration::from_secs(5));
    }
    callpane.pbx("lab").says(lab("hangup", "c-1", ZOE, "310")).await;
    minute();
    callpane.pbx("lab").says(lab("hangup", "c-2", OWEN, "")).await;
    answers
}

#[tokio::test]
async fn calls_are_found_by_whatever_is_known_of_them() {
    let callpane = setup().start().await;
    let answers = morning(&callpane).await;
    assert_eq!(callpane.opens(&answers[0]).await.status, 200);
    let all = ["trucks -", "trucks priya", "cars 113", "tickets 112", "quiet 113", "trucks 112"];
    for (query, found) in [
        ("", &all[..]),
        ("agent=12", &[all[3], all[5]]),
        ("agent=112", &[all[3], all[5]]),
        ("agent=Agent%2012", &[all[3], all[5]]),
        ("agent=1012", &[all[3], all[5]]),
        ("agent=priya", &[all[1]]),
        ("agent=Priya%20nair", &[all[1]]),
        ("agent=nobody", &[]),
        ("number=01%2099%2000%2055%2077", &[all[1], all[2], all[5]]),
        ("number=%2B33199005577&agent=priya", &[all[1]]),
        ("number=%2B44%201632%20960123", &[all[0], all[3], all[4]]),
        ("number=0199005500", &[]),
        ("queue=trucks", &[all[0], all[1], all[5]]),
        ("queue=the%20TRUCKS%20desk", &[all[5]]),
        ("queue=3001&agent=13", &[all[2], all[4]]),
        ("source=lab", &[all[0], all[1]]),
        ("source=xivo", &[all[2], all[3], all[4], all[5]]),
        ("opened=yes", &[all[5]]),
        // Whether another site's page was seen is not known.
        ("opened=no", &[all[0], all[1], all[2], all[4]]),
        ("rule=quiet", &[all[4]]),
        ("at=14:17&within=0", &[all[3]]),
        ("at=14:16&within=0", &[all[4]]),
        ("at=14:16&within=1", &[all[3], all[4], all[5]]),
        ("from=14:17&to=14:18", &[all[2], all[3]]),
        ("id=c-1", &[all[1]]),
        ("id=lab:c-2", &[all[0]]),
        ("id=x-1", &[all[5]]),
        ("id=nothing", &[]),
        ("outcome=talked", &[all[1]]),
        ("agent=&number=&opened=", &all[..]),
    ] {
        assert_eq!(callpane.finds(query).await, found, "{query}");
    }
    for wrong in [
        "opened=perhaps",
        "at=yesterday",
        "number=abc",
        "before=x",
        "limit=many",
        "at=9:00&within=x",
    ] {
        let (status, problem) = callpane.asks(&format!("calls?{wrong}")).await;
        let expected = match wrong {
            "number=abc" => (422, "not-a-number"),
            "before=x" => (400, "malformed-body"),
            _ => (422, "invalid-value"),
        };
        assert_eq!((status, problem["code"].as_str().unwrap()), expected, "{wrong}");
    }
}

#[tokio::test]
async fn a_line_says_who_called_whom_and_what_came_of_it() {
    let callpane = setup().start().await;
    let answers = morning(&callpane).await;
    let page = callpane.opens(&answers[0]).await;
    assert_eq!(page.done("", Some("Sold")).await.0, 200);
    let first = callpane.lists("id=x-1").await.remove(0);
    assert_eq!(
        (&first["caller"]["display"], &first["caller"]["e164"], &first["agent"]["name"]),
        (&json!("01 99 00 55 77"), &json!("+33199005577"), &json!("Agent 12"))
    );
    let shown = &first["page"];
    assert_eq!(
        (&shown["disposition"], &shown["opened"], &first["reason"], &first["rule"]),
        (&json!("Sold"), &json!("2026-09-21T14:20:38Z"), &Value::Null, &json!("all"))
    );
    // The page shows its code, and the code leads to it.
    let trace = shown["trace"].as_str().unwrap();
    assert!(page.html.contains(&format!(">{trace}</code>")), "{trace}");
    assert_eq!(callpane.finds("outcome=sold").await, ["trucks 112"]);
    let quiet = callpane.lists("rule=quiet").await.remove(0);
    assert_eq!(quiet["reason"], "rule \"quiet\" opens nothing");
    let reported = callpane.lists("id=c-1").await.remove(0);
    assert_eq!(
        (&reported["ending"], &reported["ring_seconds"], &reported["talk_seconds"]),
        (&json!("talked"), &json!(10), &json!(5))
    );
    let nobody = callpane.lists("id=c-2").await.remove(0);
    assert_eq!(
        (&nobody["reason"], &nobody["agent"]),
        (&json!("no agent's phone has rung"), &Value::Null)
    );
}

#[tokio::test]
async fn pages_of_a_list_follow_each_other_without_a_gap_or_a_repeat() {
    let callpane = setup().start().await;
    for at in 0..7 {
        callpane.desktop(12 + at % 2).rings(if at % 3 == 0 { OWEN } else { ZOE }, "trucks").await;
        callpane.pbx("lab").says(lab("hangup", &format!("c-{at}"), "+12025550101", "")).await;
        callpane.clock.advance(Duration::from_secs(1));
    }
    for (query, count) in [("", 14), ("agent=12", 4), ("number=0199005577", 4), ("opened=no", 14)] {
        let whole = callpane.lists(query).await;
        let ids = |lines: &[Value]| -> Vec<Value> {
            lines.iter().map(|line| line["id"].clone()).collect()
        };
        assert_eq!(whole.len(), count, "{query}");
        let (mut found, mut before) = (Vec::new(), String::new());
        loop {
            let (_, page) = callpane.asks(&format!("calls?{query}&limit=3&before={before}")).await;
            found.extend(ids(page["calls"].as_array().unwrap()));
            assert!(page["calls"].as_array().unwrap().len() <= 3);
            match page["next"].as_str() {
                Some(next) => next.clone_into(&mut before),
                None => break,
            }
        }
        assert_eq!(found, ids(&whole), "{query}");
    }
}

/// XuC pushes what XucMgt asks for, too: one ring is one line.
#[tokio::test]
async fn a_ring_that_two_systems_tell_of_is_one_line() {
    let callpane = setup().start().await;
    callpane.pbx("xuc").says(xuc_event("EventRinging", "1012", "+33199005577", "1790.1")).await;
    let lines = callpane.lists("").await;
    assert_eq!(lines.len(), 1, "nobody's desktop has asked: {lines:?}");
    assert_eq!(lines[0]["reason"], "these agents' desktops request pages themselves");
    callpane.desktop(12).rings(ZOE, "trucks").await;
    let lines = callpane.lists("").await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["source"], "xivo");
}

#[tokio::test]
async fn one_search_finds_numbers_agents_calls_codes_and_names() {
    let callpane = setup().start().await;
    morning(&callpane).await;
    let lines = callpane.lists("").await;
    let (trace, uuid) = (&lines[5]["page"]["trace"], &lines[5]["uuid"]);
    let (trace, uuid) = (trace.as_str().unwrap(), uuid.as_str().unwrap());
    let kinds = async |text: &str| -> Vec<String> {
        let hits = callpane.searches(text).await.into_iter();
        hits.map(|(kind, label)| format!("{kind} {label}")).collect()
    };
    for said in [trace.to_lowercase(), trace.replace('-', "")] {
        assert_eq!(kinds(&said).await, [format!("call {trace}")], "{said}");
    }
    assert_eq!(kinds(uuid).await, [format!("call {uuid}")]);
    assert_eq!(kinds("c-1").await, ["call c-1"]);
    let number = "01 99 00 55 77";
    let of_zoe = [("caller", number), ("call", number), ("call", number), ("call", number)];
    let of_zoe = of_zoe.map(|(kind, label)| format!("{kind} {label}"));
    for written in ["0199005577", "01-99-00-55-77", "%2B33199005577"] {
        assert_eq!(kinds(written).await, of_zoe, "{written}");
    }
    assert_eq!(kinds("nair").await, ["agent Priya Nair"]);
    assert_eq!(kinds("1012").await, ["agent Agent 12"]);
    assert_eq!(kinds("quiet").await, ["queue The quiet desk", "rule quiet"]);
    assert_eq!(kinds("office").await, ["source office"]);
    for nothing in ["", "%20", "zzzzzz", "0199005500", "%27%25_"] {
        assert_eq!(kinds(nothing).await, [""; 0], "{nothing}");
    }
    // Codes lead back for as long as pages are remembered.
    callpane.clock.advance(Duration::from_hours(24 * 60));
    assert_eq!(kinds(trace).await, [format!("call {trace}")]);
}

#[tokio::test]
async fn a_spreadsheet_has_every_line_and_runs_none() {
    let callpane = setup().set("CALLPANE_ZONE", "Europe/Paris").start().await;
    let mut ring = callpane.desktop(12).ring(ZOE, "trucks");
    ring["queue"]["displayName"] = "=HYPERLINK(\"https://example.com\")".into();
    ring["user"]["fullName"] = "@SUM(A1)".into();
    callpane.desktop(12).posts(&ring).await;
    for _ in 0..12 {
        let desktop = callpane.desktop(13);
        join_all((0..50).map(|_| desktop.rings(OWEN, "cars"))).await;
    }
    let url = callpane.url("/api/v1/calls.csv");
    let reply = callpane.http.get(&url).bearer_auth(TOKEN).send().await.unwrap();
    let header = |name: &str| reply.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(header("content-disposition"), "attachment; filename=\"calls.csv\"");
    let text = reply.text().await.unwrap();
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 602, "one for the names of the columns");
    assert!(lines[0].starts_with("at,direction,caller,"), "{}", lines[0]);
    let last = lines[601];
    assert!(last.starts_with("2026-09-21 16:15:23,inbound,+33199005577,"), "{last}");
    assert!(last.contains(",'@SUM(A1),"), "{last}");
    assert!(!last.contains(",=") && !last.contains(",@"), "{last}");
    let some = callpane.http.get(format!("{url}?limit=550&agent=13")).bearer_auth(TOKEN);
    let some = some.send().await.unwrap().text().await.unwrap();
    assert_eq!(some.lines().count(), 551);
    let wrong = callpane.http.get(format!("{url}?at=never")).bearer_auth(TOKEN).send().await;
    assert_eq!(wrong.unwrap().status(), 422, "complaints come before the first line");
}

#[tokio::test]
async fn one_call_is_shown_by_any_of_its_ids() {
    let callpane = setup().start().await;
    callpane.desktop(12).rings_with(ZOE, "trucks", "x-1").await;
    callpane.desktop(13).rings_with(ZOE, "trucks", "x-1").await;
    callpane.pbx("lab").says(lab("ring", "c-1", OWEN, "310")).await;
    callpane.pbx("office").sends("POST", "", &[], "").await;
    let (status, call) = callpane.asks("calls/x-1").await;
    assert_eq!(status, 200, "{call}");
    let agents: Vec<_> = call["calls"].as_array().unwrap().iter().map(short).collect();
    assert_eq!(agents, ["trucks 113", "trucks 112"]);
    let uuid = call["calls"][0]["uuid"].as_str().unwrap();
    let page = call["calls"][0]["page"]["id"].as_str().unwrap();
    for id in [uuid, "xivo:x-1", page] {
        assert_eq!(callpane.asks(&format!("calls/{id}")).await.1, call, "{id}");
    }
    let (status, problem) = callpane.asks("calls/x-2").await;
    assert_eq!((status, &problem["code"]), (404, &json!("no-such-call")));
    // Another system has the same id for another call.
    callpane.pbx("lab").says(lab("ring", "x-1", OWEN, "311")).await;
    let (status, problem) = callpane.asks("calls/x-1").await;
    assert_eq!((status, &problem["code"]), (409, &json!("ambiguous-call")));
    assert_eq!(callpane.asks("calls/lab:x-1").await.0, 200);
}

const DESTINATION: &str = r#"
[[destination]]
name = "journal"
on = ["call.ringing"]
url = "CRM/calls"
json = { id = "{{ call.id }}" }

[[lookup]]
name = "crm"
url = "CRM/people"
query = { phone = "{{ lookup.number }}" }
contacts = "/people"
contact = { id = "/id", name = "/name" }
"#;

#[tokio::test]
async fn what_needs_attention_is_counted() {
    let crm = Crm::start();
    crm.always_answers(400);
    let rules = "[[rule]]\nname = \"all\"\nautopause = true\n";
    let setup = Callpane::setup()
        .phone_systems(&format!("{rules}{}", DESTINATION.replace("CRM", &crm.url)));
    let setup = setup.set("CALLPANE_API_TOKEN", TOKEN).leaves_deliveries();
    let callpane = setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.0/8").start().await;
    let nothing = json!({ "count": 0, "failed_deliveries": 0, "paused_destinations": [], "refusals": 0,
        "silent_sources": [], "failing_lookups": [], "paused_agents": [] });
    assert_eq!(callpane.asks("attention").await, (200, nothing));
    let answer = callpane.desktop(12).rings(ZOE, "trucks").await;
    assert_eq!(callpane.opens(&answer).await.status, 200);
    callpane.pbx("lab").says(lab("ring", "c-1", OWEN, "500")).await;
    callpane.pbx("lab").sends("POST", "", &[("x-key", "an old secret")], "{}").await;
    let counted = eventually("the delivery is given up and the lookup has failed", async || {
        callpane.rests().await;
        callpane.clock.advance(Duration::from_secs(5));
        let (_, counted) = callpane.asks("attention").await;
        let done =
            counted["failed_deliveries"] == 2 && counted["failing_lookups"] == json!(["crm"]);
        done.then_some(())
    });
    counted.await;
    callpane.running.flow.outbox.set_paused(&operator(), "journal", true).await.unwrap();
    callpane.clock.advance(Duration::from_secs(5));
    let (_, counted) = callpane.asks("attention").await;
    assert_eq!(counted["paused_destinations"], json!(["journal"]));
    assert_eq!((&counted["refusals"], &counted["count"]), (&json!(1), &json!(5)));
    assert_eq!((&counted["silent_sources"], &counted["paused_agents"]), (&json!([]), &json!([])));
    // Nobody has pressed Done.
    callpane.hours_pass(3).await;
    let (_, counted) = callpane.asks("attention").await;
    let paused = &counted["paused_agents"][0];
    assert_eq!(
        (&paused["name"], &paused["since"]),
        (&json!("Agent 12 (1012)"), &json!("2026-09-21T14:15:23Z"))
    );
    assert_eq!(counted["silent_sources"], json!([]), "yesterday it was silent, too");
}

#[tokio::test]
async fn a_source_is_silent_if_it_told_something_at_this_time_a_week_or_a_day_ago() {
    let callpane = setup().start().await;
    let silent = async || {
        callpane.clock.advance(Duration::from_secs(6));
        callpane.asks("attention").await.1["silent_sources"].clone()
    };
    let tells = async |call: u32| {
        callpane.pbx("lab").says(lab("ring", &format!("c-{call}"), OWEN, "500")).await;
    };
    // Every hour of two days, but not in the night.
    for hour in 0..41 {
        if hour % 24 < 10 {
            tells(hour).await;
        }
        assert_eq!(silent().await, json!([]), "hour {hour}");
        callpane.hours_pass(1).await;
    }
    callpane.hours_pass(7).await;
    tells(48).await;
    callpane.clock.advance(Duration::from_mins(50));
    assert_eq!(silent().await, json!([]), "not yet");
    callpane.clock.advance(Duration::from_mins(40));
    assert_eq!(silent().await[0]["name"], "lab");
    tells(49).await;
    assert_eq!(silent().await, json!([]));
}

#[tokio::test]
async fn the_command_lists_what_the_api_does() {
    let callpane = setup().start().await;
    morning(&callpane).await;
    let calls = async |arguments: &[&str]| {
        let all = [&["calls"], arguments].concat();
        let command = Command::beside(&callpane);
        let command = SECRETS.into_iter().fold(command, |all, (name, value)| all.set(name, value));
        let said = command.run(&all).await;
        assert!(said.success, "{said:?}");
        said.stdout
    };
    let found = calls(&["--agent", "12"]).await;
    assert_eq!(found.lines().count(), 2, "{found}");
    let json = calls(&["--number", "01 99 00 55 77", "--queue", "cars", "--json"]).await;
    let line: Value = serde_json::from_str(json.trim()).unwrap();
    assert_eq!(line["agent"]["id"], "113");
    assert_eq!(calls(&["--agent", "nobody"]).await.trim(), "No call matches.");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_of_a_caller_is_lost_between_two_pages() {
    let callpane = setup().start().await;
    for call in ["1.1", "1.2", "1.3"] {
        for user in [12, 13, 14] {
            callpane.desktop(user).rings_with("0199005577", "trucks", call).await;
        }
    }
    for limit in [1, 2, 4, 8, 9] {
        let (mut calls, mut path) = (Vec::new(), format!("calls?number=0199005577&limit={limit}"));
        loop {
            let (_, page) = callpane.asks(&path).await;
            let lines = page["calls"].as_array().unwrap();
            calls.extend(lines.iter().map(|line| line["call"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("calls?number=0199005577&limit={limit}&before={next}");
        }
        let whole: Vec<usize> = calls.chunk_by(|one, next| one == next).map(<[_]>::len).collect();
        assert_eq!(whole, [3, 3, 3], "{limit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_is_found_however_its_letters_are_written() {
    let callpane = setup().start().await;
    callpane.desktop(12).rings("0199005577", "Économie").await;
    // PostgreSQL's `lower` knows the letters of its database's locale: in that of the tests, those of ASCII.
    let all = ["%C3%89conomie", "%C3%89CONOMIE", "%C3%A9conomie"];
    let known = if callpane.database.is_sqlite() { &all[..] } else { &all[..1] };
    for queue in known {
        assert_eq!(callpane.finds(&format!("queue={queue}")).await.len(), 1, "{queue}");
    }
}
