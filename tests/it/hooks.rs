//! Phone systems tell of calls: what is taken, what is refused and kept, and what many events of one
//! call make of it.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Callpane, PHONE_SYSTEMS, lab, wildix_signature, xuc_event};

const CALLER: &str = "+33199005577";

/// What Priya's built-in desktop shows of its only page.
async fn page(callpane: &Callpane) -> Value {
    let shown = callpane.built_in_desktop("priya").await;
    assert_eq!(shown["panes"].as_array().unwrap().len(), 1, "{shown}");
    shown["panes"][0].clone()
}

#[tokio::test]
async fn a_call_opens_one_page_that_follows_it() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    let pbx = callpane.pbx("lab");
    pbx.says(lab("ring", "c1", CALLER, "310")).await;
    let ringing = page(&callpane).await;
    assert_eq!(ringing["phase"], "ringing");
    assert_eq!(ringing["caller"], "01 99 00 55 77");
    assert_eq!((ringing["queue"].clone(), ringing["due"].clone()), (json!("trucks"), json!(true)));
    callpane.clock.advance(Duration::from_secs(7));
    pbx.says(lab("answer", "c1", CALLER, "310")).await;
    assert_eq!(page(&callpane).await["phase"], "answered");
    callpane.clock.advance(Duration::from_mins(1));
    pbx.says(lab("hangup", "c1", CALLER, "310")).await;
    let ended = page(&callpane).await;
    assert_eq!(
        (ended["phase"].clone(), ended["became"]["kind"].clone()),
        (json!("ended"), json!("talked"))
    );
    assert_eq!(ended["url"], ringing["url"]);
    let reply =
        callpane.http.get(callpane.url(ended["url"].as_str().unwrap())).send().await.unwrap();
    assert_eq!(reply.status(), 200);
    assert!(reply.text().await.unwrap().contains("01 99 00 55 77"));
    let state = callpane.shown(ended["url"].as_str().unwrap()).await;
    assert_eq!((&state["call"]["rang"], &state["call"]["talked"]), (&json!(7), &json!(60)));
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM pane").await, ["1"]);
}

#[tokio::test]
async fn the_rule_says_when_the_page_is_due_and_which() {
    let rules = r#"
        [[rule]]
        name = "trucks, when answered"
        when = { queue = "trucks", source = "lab" }
        moment = "answered"
        url = "https://crm.example.com/s?phone={{ caller.e164 }}"
        title = "CRM {{ agent.name }}"
    "#;
    let callpane = Callpane::setup().phone_systems(rules).start().await;
    callpane.pbx("lab").says(lab("ring", "c1", CALLER, "310")).await;
    let ringing = page(&callpane).await;
    assert_eq!((ringing["due"].clone(), ringing["hosted"].clone()), (json!(false), json!(false)));
    callpane.pbx("lab").says(lab("answer", "c1", CALLER, "310")).await;
    let answered = page(&callpane).await;
    assert_eq!(answered["due"], true);
    assert_eq!(answered["url"], "https://crm.example.com/s?phone=%2B33199005577");
    assert_eq!(answered["title"], "CRM Priya Nair");
}

#[tokio::test]
async fn of_two_who_are_rung_one_answers_and_a_missed_call_stays_visible() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    let pbx = callpane.pbx("lab");
    pbx.says(lab("ring", "c1", CALLER, "310")).await;
    pbx.says(lab("ring", "c1", CALLER, "311")).await;
    callpane.clock.advance(Duration::from_secs(3));
    pbx.says(lab("answer", "c1", CALLER, "311")).await;
    let shown = callpane.built_in_desktop("priya").await;
    assert_eq!(shown["panes"][0]["became"], json!({ "kind": "elsewhere", "name": "Marcus Lee" }));
    assert_eq!(shown["missed"], json!([]));
    pbx.says(lab("ring", "c2", "+441632960001", "310")).await;
    pbx.says(lab("hangup", "c2", "+441632960001", "310")).await;
    let shown = callpane.built_in_desktop("priya").await;
    assert_eq!(shown["missed"][0]["caller"], "+44 1632 960001");
    let id = shown["panes"][0]["id"].clone();
    assert_eq!(closes(&callpane, &id).await, 200);
    let shown = callpane.built_in_desktop("priya").await;
    assert!(shown["panes"].as_array().unwrap().iter().all(|pane| pane["id"] != id));
    assert_eq!(shown["missed"][0]["caller"], "+44 1632 960001", "closed, and still missed");
}

#[tokio::test]
async fn a_call_that_rings_again_after_its_missed_page_was_closed_is_shown_again() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    let says = async |name: &str, at: i64| {
        let file = format!("{}/tests/vectors/voipcloud/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let mut body: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        body["call_start_at"] = (callpane.clock_now() + at * 1000).into();
        let token = [("x-pbx-token", "vector-pbx-token"), ("content-type", "application/json")];
        let (status, answer) =
            callpane.pbx("voip").sends("POST", "", &token, body.to_string()).await;
        assert_eq!((status, &answer["events"]), (202, &json!(1)), "{answer}");
    };
    says("user_inbound", 0).await;
    callpane.clock.advance(Duration::from_secs(20));
    says("user_inbound_completed.not_answered", -20).await;
    let missed = page(&callpane).await;
    assert_eq!(missed["became"]["kind"], "missed");
    assert_eq!(closes(&callpane, &missed["id"]).await, 200);
    callpane.clock.advance(Duration::from_secs(5));
    says("user_inbound", 0).await;
    says("user_inbound", 1).await;
    let again = page(&callpane).await;
    assert_eq!(again["phase"], "ringing");
    assert_ne!(again["id"], missed["id"]);
}

async fn closes(callpane: &Callpane, id: &Value) -> u16 {
    let request = callpane.http.post(callpane.url("/desktop/close"));
    let request = request.header("cookie", callpane.cookie_of("priya").await);
    request.body(json!({ "id": id }).to_string()).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_page_with_a_done_of_its_own_and_another_agents_are_not_closed() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    callpane.pbx("lab").says(lab("ring", "c1", CALLER, "310")).await;
    callpane.pbx("lab").says(lab("answer", "c1", CALLER, "310")).await;
    callpane.pbx("lab").says(lab("ring", "c2", CALLER, "311")).await;
    callpane.pbx("lab").says(lab("hangup", "c2", CALLER, "311")).await;
    let own = page(&callpane).await["id"].clone();
    assert_eq!(closes(&callpane, &own).await, 422);
    let marcus = callpane.built_in_desktop("marcus").await["panes"][0]["id"].clone();
    assert_eq!(closes(&callpane, &marcus).await, 422);
    assert_eq!(
        callpane.sql("SELECT COUNT(*) FROM pane WHERE completed_at IS NOT NULL").await,
        ["0"]
    );
}

#[tokio::test]
async fn an_answer_by_somebody_else_is_a_transfer() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    for (event, ext) in [("ring", "310"), ("answer", "310"), ("ring", "311"), ("answer", "311")] {
        callpane.pbx("lab").says(lab(event, "c1", CALLER, ext)).await;
        callpane.clock.advance(Duration::from_secs(5));
    }
    let kinds = callpane.sql("SELECT kind FROM event ORDER BY id").await;
    assert_eq!(kinds, ["call.ringing", "call.answered", "call.ringing", "call.transferred"]);
    assert_eq!(
        page(&callpane).await["became"],
        json!({ "kind": "transferred", "name": "Marcus Lee" })
    );
}

#[tokio::test]
async fn xuc_tells_the_page_of_a_xivo_agent_what_their_call_does() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    let answer = callpane.desktop(87).rings_with("0199005577", "trucks", "1790000123.4521").await;
    let xuc = callpane.pbx("xuc");
    let state = async || {
        let path =
            answer["url"].as_str().unwrap().strip_prefix(&callpane.running.public_url).unwrap();
        callpane.shown(path).await["call"].clone()
    };
    assert_eq!(state().await["phase"], "ringing");
    callpane.clock.advance(Duration::from_secs(9));
    for (event, phase) in [
        ("EventEstablished", "answered"),
        ("EventOnHold", "held"),
        ("EventEstablished", "answered"),
        ("EventReleased", "ended"),
        ("EventRinging", "ended"),
    ] {
        xuc.says(xuc_event(event, "1087", "0199005577", "1790000123.4521")).await;
        if event != "EventRinging" {
            callpane.clock.advance(Duration::from_secs(5));
        }
        assert_eq!(state().await["phase"], phase, "{event}");
        if event == "EventReleased" {
            // A re-ring is news; only what claims to be from before the end is not.
            break;
        }
    }
    let ended = state().await;
    assert_eq!(
        (ended["rang"].clone(), ended["became"]["kind"].clone()),
        (json!(9), json!("talked"))
    );
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM call").await, ["1"]);
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM pane").await, ["1"], "XiVO's own desktop opens");
    let kinds = callpane.sql("SELECT kind FROM event WHERE source = 'xuc' ORDER BY id").await;
    assert_eq!(kinds, ["call.answered", "call.held", "call.resumed", "call.ended"]);
}

#[tokio::test]
async fn a_push_that_comes_before_the_ring_belongs_to_the_same_call() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    callpane.pbx("xuc").says(xuc_event("EventRinging", "1087", "0199005577", "7.1")).await;
    let answer = callpane.desktop(87).rings_with("0199005577", "trucks", "7.1").await;
    callpane.pbx("xuc").says(xuc_event("EventEstablished", "1087", "0199005577", "7.1")).await;
    let page = callpane.opens(&answer).await;
    assert!(page.html.contains("data-phase=\"answered\""));
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM call").await, ["1"]);
}

#[tokio::test]
async fn a_ring_and_an_event_become_one_call_by_number_and_time() {
    for ring_first in [true, false] {
        let callpane = Callpane::setup().phone_systems("").start().await;
        let event = lab("ring", "c1", CALLER, "310");
        if !ring_first {
            callpane.pbx("lab").says(event.clone()).await;
        }
        let answer = callpane.desktop(87).rings("01 99 00 55 77", "trucks").await;
        if ring_first {
            callpane.pbx("lab").says(event).await;
        }
        callpane.pbx("lab").says(lab("hangup", "c1", CALLER, "310")).await;
        assert_eq!(
            callpane.sql("SELECT COUNT(*) FROM call").await,
            ["1"],
            "ring first: {ring_first}"
        );
        assert!(callpane.opens(&answer).await.html.contains("data-phase=\"ended\""));
    }
}

#[tokio::test]
async fn a_ring_and_an_event_of_the_same_moment_become_one_call() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    for n in 0..40 {
        let caller = format!("+331990055{n:02}");
        let event = lab("ring", &format!("c{n}"), &caller, "310");
        let (lab, desktop) = (callpane.pbx("lab"), callpane.desktop(87));
        tokio::join!(lab.says(event), desktop.rings(&caller, "trucks"));
    }
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM call").await, ["40"]);
}

#[tokio::test]
async fn two_calls_from_one_switchboard_stay_two() {
    for (named_at_xivo, calls) in [(true, "2"), (false, "4")] {
        let callpane = Callpane::setup().phone_systems("").start().await;
        if named_at_xivo {
            let named = |line, user| (format!("lab = \"{line}\""), format!("xivo = \"{user}\""));
            let agents = [named(310, 87), named(311, 88)];
            let agents = agents.iter().fold(PHONE_SYSTEMS.to_owned(), |all, (lab, xivo)| {
                all.replace(lab, &format!("{lab}, {xivo}"))
            });
            callpane.applies(&agents).await;
        }
        callpane.pbx("lab").says(lab("ring", "c1", CALLER, "310")).await;
        callpane.pbx("lab").says(lab("ring", "c2", CALLER, "311")).await;
        let first = callpane.desktop(87).rings_with(CALLER, "trucks", "x1").await;
        let second = callpane.desktop(88).rings_with(CALLER, "trucks", "x2").await;
        assert_ne!(first["url"], second["url"]);
        assert_eq!(
            callpane.sql("SELECT COUNT(DISTINCT call_id) FROM pane").await,
            [calls],
            "each has its own page: {named_at_xivo}"
        );
        assert_eq!(callpane.sql("SELECT COUNT(*) FROM call").await, [calls], "{named_at_xivo}");
    }
}

#[tokio::test]
async fn calls_of_one_number_that_are_far_apart_or_over_stay_two() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    callpane.pbx("lab").says(lab("ring", "c1", CALLER, "310")).await;
    callpane.pbx("lab").says(lab("hangup", "c1", CALLER, "310")).await;
    callpane.desktop(87).rings(CALLER, "trucks").await;
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM call").await, ["2"]);
    callpane.clock.advance(Duration::from_secs(61));
    callpane.pbx("lab").says(lab("ring", "c2", CALLER, "310")).await;
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM call").await, ["3"]);
    callpane.pbx("lab").says(lab("ring", "c3", CALLER, "311")).await;
    assert_eq!(
        callpane.sql("SELECT COUNT(*) FROM call").await,
        ["4"],
        "two ids of one system are two"
    );
}

#[tokio::test]
async fn late_events_change_nothing_and_a_call_without_an_end_is_closed() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    callpane.pbx("lab").says(lab("ring", "c1", CALLER, "310")).await;
    callpane.clock.advance(Duration::from_mins(9));
    assert_eq!(callpane.running.flow.calls.expire_overdue().await.unwrap(), 0);
    callpane.clock.advance(Duration::from_mins(2));
    assert_eq!(callpane.running.flow.calls.expire_overdue().await.unwrap(), 1);
    assert_eq!(page(&callpane).await["became"]["kind"], "expired");
    assert_eq!(callpane.running.flow.calls.expire_overdue().await.unwrap(), 0);
    callpane.pbx("lab").says(lab("ring", "c2", CALLER, "311")).await;
    callpane.pbx("lab").says(lab("answer", "c2", CALLER, "311")).await;
    callpane.clock.advance(Duration::from_mins(239));
    assert_eq!(
        callpane.running.flow.calls.expire_overdue().await.unwrap(),
        0,
        "people may talk long"
    );
    callpane.clock.advance(Duration::from_mins(2));
    assert_eq!(callpane.running.flow.calls.expire_overdue().await.unwrap(), 1);
}

#[tokio::test]
async fn a_caller_who_waited_longer_than_is_believed_still_opens_a_page() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    callpane.pbx("lab").says(lab("ring", "c1", CALLER, "311")).await;
    callpane.clock.advance(Duration::from_mins(11));
    assert_eq!(callpane.running.flow.calls.expire_overdue().await.unwrap(), 1);
    callpane.clock.advance(Duration::from_mins(1));
    callpane.pbx("lab").says(lab("ring", "c1", CALLER, "310")).await;
    assert_eq!(page(&callpane).await["phase"], "ringing");
    callpane.pbx("lab").says(lab("answer", "c1", CALLER, "310")).await;
    assert_eq!(page(&callpane).await["phase"], "answered");
}

fn wildix(time: i64) -> String {
    let party = |kind, phone| json!({ "type": kind, "phone": phone, "userExtension": phone });
    json!({
        "id": "zz_1.1", "pbx": "1", "time": time, "type": "call:update", "integrationId": "k",
        "data": { "status": "CONNECTING", "caller": party("REMOTE", CALLER), "callee": party("LOCAL", "310") }
    })
    .to_string()
}

#[tokio::test]
async fn the_phone_systems_own_way_of_signing_is_accepted() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    let body = wildix(callpane.clock_now());
    let script = "
        const crypto = require('node:crypto');
        const [secret, body] = process.argv.slice(1);
        process.stdout.write(crypto.createHmac('sha256', secret).update(body).digest('hex'));";
    let secret = "vector-secret-7Qd2mB0sYt4LxR9kWc5VhJ1pZ8";
    let signed = Command::new("node").args(["-e", script, secret, &body]).output().unwrap();
    let signature = String::from_utf8(signed.stdout).unwrap();
    let pbx = callpane.pbx("office");
    let (status, _) = pbx.sends("POST", "", &[("x-signature", &signature)], body.clone()).await;
    assert_eq!(status, 202);
    assert_eq!(signature, wildix_signature(body.as_bytes()));
    for _ in 0..3 {
        let (status, answer) =
            pbx.sends("POST", "", &[("x-signature", &signature)], body.clone()).await;
        assert_eq!((status, answer), (202, json!({ "events": 0, "repeats": 1 })));
    }
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM event").await, ["1"]);
}

#[tokio::test]
async fn what_is_refused_is_kept_and_can_be_read_by_programs_only() {
    let token = "a-token-of-programs-0";
    let setup = Callpane::setup().phone_systems("").set("CALLPANE_API_TOKEN", token);
    let callpane = setup.start().await;
    let body = wildix(callpane.clock_now());
    let old = wildix(callpane.clock_now() - 25 * 3_600_000);
    let office = callpane.pbx("office");
    let json = ("content-type", "application/json");
    let signed = |body: &str| wildix_signature(body.as_bytes());
    let refused = [
        callpane.pbx("nowhere").sends("POST", "", &[json], "{}").await,
        office.sends("POST", "", &[json, ("x-signature", &signed("other"))], body.clone()).await,
        office.sends("POST", "", &[json], body.clone()).await,
        office.sends("POST", "", &[json, ("x-signature", &signed(&old))], old).await,
        office.sends("POST", "", &[json, ("x-signature", &signed("not json"))], "not json").await,
        office.sends("POST", "", &[json], "x".repeat(300_000)).await,
    ];
    let codes = refused.map(|(status, problem)| (status, problem["code"].clone()));
    let expected = [
        (404, json!("no-such-source")),
        (401, json!("not-authentic")),
        (401, json!("not-authentic")),
        (401, json!("not-authentic")),
        (422, json!("not-understood")),
        (413, json!("body-too-large")),
    ];
    assert_eq!(codes, expected);
    let url = callpane.url("/api/v1/refusals");
    let ask = |token: &str| {
        callpane.http.get(&url).header("authorization", format!("Bearer {token}")).send()
    };
    assert_eq!(ask("a-guess").await.unwrap().status(), 401);
    assert_eq!(callpane.http.get(&url).send().await.unwrap().status(), 401);
    let listed = ask(token).await.unwrap().text().await.unwrap();
    assert!(!listed.contains(&signed("other")[..20]) || listed.contains("x-signature"));
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let listed = listed["refusals"].as_array().unwrap().clone();
    let kept: Vec<&str> = listed.iter().map(|row| row["code"].as_str().unwrap()).rev().collect();
    assert_eq!(kept, expected.each_ref().map(|(_, code)| code.as_str().unwrap()));
    assert_eq!(listed[1]["request"]["body"], "not json");
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM event").await, ["0"]);
}

#[tokio::test]
async fn refusals_do_not_grow_beyond_a_bound_and_hide_what_proves() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    for _ in 0..30 {
        let header = ("x-pbx-token", "a-secret-with-a-slip");
        callpane.pbx("voip").sends("POST", "?token=hush-hush", &[header], "{}").await;
    }
    let kept = callpane.sql("SELECT request FROM refusal").await;
    assert_eq!(kept.len(), 20, "what floods in within a second is logged, not kept");
    assert!(!kept[0].contains("a-secret-with-a-slip") && !kept[0].contains("hush-hush"));
}

#[tokio::test]
async fn what_anybody_sends_pushes_out_nothing_that_is_authentic() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    for _ in 0..25 {
        callpane.pbx("office").sends("POST", "", &[], "{}").await;
    }
    let signature = wildix_signature(b"not json");
    let signed = [("x-signature", signature.as_str())];
    assert_eq!(callpane.pbx("office").sends("POST", "", &signed, "not json").await.0, 422);
    let kept = callpane.sql("SELECT code, COUNT(*) FROM refusal GROUP BY code ORDER BY code").await;
    assert_eq!(kept, ["not-authentic|20", "not-understood|1"]);
}

#[tokio::test]
async fn a_secret_is_kept_nowhere_whatever_its_name() {
    let sources = r#"
        [[source]]
        name = "gate"
        kind = "mapped"
        auth = { query = { name = "pin", value = "env:LAB_KEY" } }
        event = "event"
        events = { ring = "call.ringing" }
        keys = { call = "id" }

        [[source]]
        name = "door"
        kind = "mapped"
        auth = { header = { name = "X-Door", value = "env:LAB_KEY" } }
        event = "event"
        events = { ring = "call.ringing" }
        keys = { call = "id" }
    "#;
    let callpane = Callpane::setup().phone_systems(sources).start().await;
    let secret = "vector-lab";
    let good = format!("?pin={secret}&id=7&event=ring");
    assert_eq!(callpane.pbx("gate").sends("GET", &good, &[], "").await.0, 202);
    assert_eq!(callpane.sql("SELECT body FROM event").await, ["id=7&event=ring"]);
    assert_eq!(callpane.pbx("gate").sends("GET", &format!("?pin={secret}"), &[], "").await.0, 422);
    assert_eq!(callpane.pbx("door").sends("POST", "", &[("x-door", secret)], "{}").await.0, 422);
    let kept = callpane.sql("SELECT request FROM refusal").await;
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().all(|request| !request.contains(secret)), "{kept:?}");
}

#[tokio::test]
async fn an_update_replaces_and_is_news_only_if_it_says_something_new() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    let update = async |codes: &str| {
        callpane.clock.advance(Duration::from_secs(1));
        let below = format!("/updated?call_id=7&external_number=2025550147&account_codes={codes}");
        let (status, answer) =
            callpane.pbx("ccaas").sends("GET", &below, &[("x-bridge-key", "vector")], "").await;
        assert_eq!(status, 202);
        answer["events"].clone()
    };
    let news = [
        update("Won").await,
        update("Won").await,
        update("Won,Large").await,
        update("Won").await,
        update("").await,
    ];
    assert_eq!(news, [1, 0, 1, 1, 1].map(|count| json!(count)));
    let state = callpane.sql("SELECT state FROM call").await;
    let state: Value = serde_json::from_str(&state[0]).unwrap();
    assert_eq!(state["codes"][1], json!([]));
    assert_eq!(callpane.sql("SELECT caller FROM call").await, ["+12025550147"], "its own country");
}

/// Whether an event is a repeat is known when it is written down: a call must not begin again before.
#[tokio::test]
async fn a_repeat_of_what_is_all_that_is_left_of_its_call_begins_none() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    let below = "/connected?call_id=7&external_number=2025550147";
    let tell = async || {
        callpane.pbx("ccaas").sends("GET", below, &[("x-bridge-key", "vector")], "").await.1
    };
    assert_eq!(tell().await, json!({ "events": 1, "repeats": 0 }));
    assert_eq!(tell().await, json!({ "events": 0, "repeats": 1 }));
    callpane.sql("DELETE FROM call").await;
    assert_eq!(tell().await, json!({ "events": 0, "repeats": 1 }));
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM call").await, ["0"]);
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM event").await, ["1"]);
}

#[tokio::test]
async fn an_agent_known_by_another_id_than_xuc_tells_is_one_person() {
    let ilse = "[[agent]]\nid = \"ilse\"\nat = { xivo = \"87\" }\n";
    for ring_first in [true, false] {
        let callpane = Callpane::setup().phone_systems(ilse).start().await;
        let push = async |event| {
            callpane.pbx("xuc").says(xuc_event(event, "1087", "0199005577", "7.1")).await;
        };
        if !ring_first {
            push("EventRinging").await;
        }
        let answer = callpane.desktop(87).rings_with("0199005577", "trucks", "7.1").await;
        push("EventEstablished").await;
        let page = callpane.opens(&answer).await;
        assert!(page.html.contains("data-phase=\"answered\""), "ring first: {ring_first}");
    }
}

#[tokio::test]
async fn slashes_do_not_matter_and_the_last_name_is_the_event() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    let token = ("authorization", "Bearer vector-token");
    let all = ["/inbound_call_answered/", "//inbound_call_answered", "/acme/inbound_call_answered"];
    for (call, below) in all.into_iter().enumerate() {
        let query =
            format!("{below}?call_uuid=c{call}&source_number=0491570156&extension_number=205");
        let (status, answer) = callpane.pbx("melbourne").sends("GET", &query, &[token], "").await;
        assert_eq!((status, &answer["events"]), (202, &json!(1)), "{below}");
    }
    let (status, _) =
        callpane.pbx("lab").sends("POST", "/", &[("x-key", "vector-lab")], "{}").await;
    assert_eq!(status, 422, "the source's own address, with a slash");
}

#[tokio::test]
async fn a_new_secret_in_custom_env_is_known_without_a_new_start() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    let command = crate::checks::Command::beside(&callpane);
    let secret = command.file("secret", "a-new-one\n");
    let rotated =
        PHONE_SYSTEMS.replace("\"env:LAB_KEY\"", &format!("[\"env:LAB_KEY\", \"file:{secret}\"]"));
    callpane.applies(&rotated).await;
    for key in ["vector-lab", "a-new-one"] {
        let body = lab("ring", key, CALLER, "310").to_string();
        let (status, _) = callpane.pbx("lab").sends("POST", "", &[("x-key", key)], body).await;
        assert_eq!(status, 202, "{key}");
    }
}

#[tokio::test]
async fn joined_calls_stay_joined_and_rings_are_counted() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    let desktop = callpane.desktop(87);
    desktop.rings_with(CALLER, "trucks", "7.1").await;
    callpane.pbx("lab").says(lab("ring", "c1", CALLER, "310")).await;
    callpane.clock.advance(Duration::from_mins(5));
    callpane.pbx("lab").says(lab("answer", "c1", CALLER, "310")).await;
    desktop.rings_with(CALLER, "trucks", "7.1").await;
    assert_eq!(
        callpane.sql("SELECT rings FROM call").await,
        ["2"],
        "by the id that was found to mean it"
    );
    let callpane = Callpane::setup().phone_systems("").start().await;
    callpane.pbx("lab").says(lab("ring", "c1", CALLER, "310")).await;
    callpane.desktop(87).rings_with(CALLER, "trucks", "7.1").await;
    callpane.clock.advance(Duration::from_mins(5));
    callpane.desktop(88).rings_with(CALLER, "trucks", "7.1").await;
    assert_eq!(callpane.sql("SELECT rings FROM call").await, ["2"]);
}

#[tokio::test]
async fn an_old_summary_opens_no_page_and_xuc_opens_none_at_all() {
    let rules = "[[rule]]\nname = \"wrap-up\"\nmoment = \"ended\"\n\
                 [[agent]]\nid = \"ilse\"\nat = { xivo = \"1087\" }\n";
    let callpane = Callpane::setup().phone_systems(rules).start().await;
    let now = callpane.clock_now();
    for (call, ago, pages) in [("a", 360_000, "0"), ("b", 60_000, "1")] {
        let ended = now - ago;
        callpane
            .pbx("voip")
            .says(json!({
                "type": "queue_call", "unique_call_id": call, "caller_id": "0491570158",
                "user_number": "101", "status": "answered", "queue_name": "Sales",
                "call_start_at": ended - 75_000, "connected_at": ended - 66_000,
                "call_duration": 75, "conversation_duration": 66,
            }))
            .await;
        assert_eq!(callpane.sql("SELECT COUNT(*) FROM pane").await, [pages], "{call}");
    }
    callpane.pbx("xuc").says(xuc_event("EventRinging", "1087", "0199005577", "7.1")).await;
    callpane.pbx("xuc").says(xuc_event("EventEstablished", "1087", "0199005577", "7.1")).await;
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM pane").await, ["1"]);
}

#[tokio::test]
async fn everything_that_is_kept_of_a_call_is_forgotten_in_time() {
    let setup = Callpane::setup().phone_systems("").set("CALLPANE_RETENTION", "1d");
    let callpane = setup.start().await;
    callpane.desktop(87).rings_with(CALLER, "trucks", "7.1").await;
    callpane.pbx("lab").says(lab("ring", "c1", CALLER, "310")).await;
    callpane.pbx("lab").sends("POST", "", &[("x-key", "wrong")], "{}").await;
    let count = async |table: &str| callpane.sql(&format!("SELECT COUNT(*) FROM {table}")).await;
    let tables = ["call", "call_alias", "event", "pane", "refusal"];
    for table in tables {
        assert_ne!(count(table).await, ["0"], "{table}");
    }
    callpane.hours_pass(25).await;
    callpane.running.flow.retention.forget().await.unwrap();
    for table in tables {
        assert_eq!(count(table).await, ["0"], "{table}");
    }
}

#[tokio::test]
async fn a_source_that_is_off_says_so_and_takes_nothing() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    let off = PHONE_SYSTEMS.replace("name = \"lab\"", "name = \"lab\"\nstate = \"off\"");
    callpane.applies(&off).await;
    let key = ("x-key", "vector-lab");
    let event = lab("ring", "c1", CALLER, "310").to_string();
    let (status, problem) = callpane.pbx("lab").sends("POST", "", &[key], event.clone()).await;
    assert_eq!((status, &problem["code"]), (404, &json!("source-off")));
    assert!(problem["detail"].as_str().unwrap().contains("state = \"on\""), "{problem}");
    assert_eq!(callpane.sql("SELECT code FROM refusal").await, ["source-off"]);
    callpane.applies(PHONE_SYSTEMS).await;
    assert_eq!(callpane.pbx("lab").sends("POST", "", &[key], event).await.0, 202);
}

#[tokio::test]
async fn a_callers_number_stays_as_it_was_sent_and_is_known_by_its_country() {
    let rules = r#"
        [[rule]]
        name = "as sent"
        title = "{{ caller.raw }} {{ caller.e164 }} {{ caller.company }} {{ data.reason }} {{ data.mode }}"
    "#;
    let callpane = Callpane::setup().phone_systems(rules).start().await;
    let reasons = PHONE_SYSTEMS.replace(
        "kind = \"voipcloud\"",
        "kind = \"voipcloud\"\nkeys = { \"data.reason\" = \"header:X-Reason\", \"data.mode\" = \"Some Thing\" }",
    );
    callpane.applies(&format!("{reasons}\n{rules}")).await;
    let headers = [("x-pbx-token", "vector-pbx-token"), ("x-reason", "after hours")];
    let rings = json!({ "type": "user_inbound", "Unique Call ID": "7", "callerId": "02 5550 1234",
        "USER_NUMBER": "101", "some_thing": "new" });
    callpane.pbx("voip").sends("POST", "", &headers, rings.to_string()).await;
    let title = page(&callpane).await["title"].clone();
    assert_eq!(title, "02 5550 1234 +61255501234  after hours new");
    let kept = callpane.sql("SELECT caller, caller_raw FROM call").await;
    assert_eq!(kept, ["+61255501234|02 5550 1234"]);
}

#[tokio::test]
async fn a_token_may_stand_wherever_a_vendors_screen_puts_it() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    let sent = |name: &'static str, value: &'static str| {
        let call = format!("call_uuid={name}&extension_number=205");
        let pbx = callpane.pbx("melbourne");
        async move {
            match name {
                "parameter" => {
                    let below = format!("/inbound_call_answered?token={value}&{call}");
                    pbx.sends("GET", &below, &[], "").await.0
                }
                _ => pbx.sends("POST", "/inbound_call_answered", &[(name, value)], call).await.0,
            }
        }
    };
    for (name, value) in [
        ("authorization", "Bearer vector-token"),
        ("authorization", "Token vector-token"),
        ("authorization", "vector-token"),
        ("x-token", "vector-token"),
        ("token", "vector-token"),
        ("x-auth-token", "vector-token"),
        ("x-api-key", "vector-token"),
        ("parameter", "vector-token"),
    ] {
        assert_eq!(sent(name, value).await, 202, "{name}: {value}");
    }
    for (name, value) in
        [("x-token", "hush-hush"), ("parameter", "hush-hush"), ("x-anything", "vector-token")]
    {
        assert_eq!(sent(name, value).await, 401, "{name}: {value}");
    }
    let kept = callpane.sql("SELECT body FROM event UNION ALL SELECT request FROM refusal").await;
    let shown = |secret: &str| kept.iter().any(|kept| kept.contains(secret));
    assert!(!shown("vector-token") && !shown("hush-hush"), "{kept:?}");
}

#[tokio::test]
async fn what_a_phone_system_knows_of_a_caller_is_shown_and_known_to_templates() {
    let rules = "[[rule]]\nname = \"all\"\ntitle = \"{{ caller.company }}, {{ caller.email }}\"\n";
    let callpane = Callpane::setup().phone_systems(rules).start().await;
    let caller = json!({ "type": "REMOTE", "phone": CALLER, "name": "Zoë", "company": "Brûlé & Fils",
        "email": "zoe@example.com" });
    callpane
        .pbx("office")
        .says(json!({ "id": "zz_w900100_7.1", "time": callpane.clock_now(), "type": "call:update",
            "data": { "status": "CONNECTING", "caller": caller,
                "callee": { "type": "LOCAL", "phone": "310" } } }))
        .await;
    let page = page(&callpane).await;
    assert_eq!(page["title"], "Brûlé & Fils, zoe@example.com");
    let html = callpane.http.get(callpane.url(page["url"].as_str().unwrap())).send();
    let html = html.await.unwrap().text().await.unwrap();
    assert!(html.contains("<span id=\"company\">Brûlé &amp; Fils</span>"), "{html}");
    assert!(html.contains("href=\"mailto:zoe@example.com\""), "{html}");
}

#[tokio::test]
async fn a_page_shows_account_codes_beside_tags() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    let below =
        "/connected?call_id=7&external_number=2025550147&agent=154&tag=vip&account_codes=Won";
    callpane.pbx("ccaas").sends("GET", below, &[("x-bridge-key", "vector")], "").await;
    let url = page(&callpane).await["url"].as_str().unwrap().to_owned();
    let html = callpane.http.get(callpane.url(&url)).send().await.unwrap().text().await.unwrap();
    assert!(html.contains("<li>vip</li><li>Won</li>"), "{html}");
}
