//! Ends that nobody tells: what comes after a call proves one, silence only lets it be supposed.

use std::time::Duration;

use serde_json::{Value, json};

use crate::crm::Crm;
use crate::harness::{Callpane, lab, xuc_event};

const CALLER: &str = "+33199005577";

/// Destinations that say what they hear, each for these events.
async fn told_to(crm: &Crm, wanted: &[(&str, &str)]) -> Callpane {
    let destination = |(name, on): &(&str, &str)| {
        format!(
            "[[destination]]\nname = \"{name}\"\non = [\"{on}\"]\nurl = \"{}/{name}\"\n\
             json = {{ id = \"{{{{ call.id }}}}\", agent = \"{{{{ agent.id or agent.line }}}}\", kind = \"{{{{ event.kind }}}}\", name = \"{{{{ event.name }}}}\", outcome = \
             \"{{{{ call.outcome }}}}\", phase = \"{{{{ call.phase }}}}\", seconds = \
             \"{{{{ call.duration_seconds | number }}}}\" }}\n",
            crm.url
        )
    };
    let destinations: String = wanted.iter().map(destination).collect();
    let setup = Callpane::setup().phone_systems(&destinations);
    setup.set("CALLPANE_PRIVATE_TARGETS", "127.0.0.0/8").start().await
}

async fn expired(callpane: &Callpane) -> usize {
    callpane.running.flow.calls.expire_overdue().await.unwrap()
}

#[tokio::test]
async fn what_comes_after_a_call_tells_its_end_once_and_truly() {
    let crm = Crm::start();
    let callpane = told_to(&crm, &[("ends", "call.ended")]).await;
    let token = ("x-pbx-token", "vector-pbx-token");
    let key = ("x-bridge-key", "vector");
    let link = "audio_recording_link=https://ccaas.example.test/r/1";
    let voipcloud = |name: &str| {
        let (id, number) = (format!("id of {name}"), "101");
        json!({ "type": name, "unique_call_id": id, "user_number": number }).to_string()
    };
    let updated = |codes: &str| format!("call_id=id+of+updated&agent=154&account_codes={codes}");
    for (source, below, proof, body) in [
        ("voip", "", token, voipcloud("voicemail")),
        ("voip", "", token, voipcloud("recording_inbound")),
        (
            "ccaas",
            "/recordings_processed",
            key,
            format!("call_id=id+of+recordings_processed&{link}"),
        ),
        ("ccaas", "/updated", key, updated("Won")),
        ("ccaas", "/updated", key, updated("Won,Large")),
    ] {
        let (status, _) = callpane.pbx(source).sends("POST", below, &[proof], body).await;
        assert_eq!(status, 202);
    }
    let mut got: Vec<Value> = crm.gets(4).await.iter().map(|request| request.json()).collect();
    got.sort_by_key(|said| said["name"].to_string());
    let end = |name: &str, outcome: &str, agent: &str| {
        json!({ "id": format!("id of {name}"), "agent": agent, "kind": "call.ended", "name": name,
            "outcome": outcome, "phase": "ended", "seconds": null })
    };
    let expected = [
        end("recording_inbound", "answered", "priya"),
        end("recordings_processed", "answered", ""),
        end("updated", "", "priya"),
        end("voicemail", "missed", "priya"),
    ];
    assert_eq!(got, expected);
    callpane.clock.advance(Duration::from_hours(5));
    assert_eq!(expired(&callpane).await, 0);
    let told = callpane.sql("SELECT COUNT(*) FROM event WHERE kind = 'call.ended'").await;
    assert_eq!(told, ["4"], "a second update ends nothing");
}

#[tokio::test]
async fn that_a_call_expired_is_told_to_whoever_asks_for_it_by_name() {
    let crm = Crm::start();
    let wanted =
        [("all", "*"), ("calls", "call.*"), ("ends", "call.ended"), ("late", "call.expired")];
    let callpane = told_to(&crm, &wanted).await;
    callpane.pbx("lab").says(lab("ring", "c1", CALLER, "310")).await;
    callpane.clock.advance(Duration::from_mins(11));
    assert_eq!(expired(&callpane).await, 1);
    let owed = callpane.sql("SELECT destination, kind FROM delivery ORDER BY id").await;
    assert_eq!(owed, ["all|call.ringing", "calls|call.ringing", "late|call.expired"]);
    let got = crm.gets(3).await;
    let late = got.iter().find(|request| request.path == "/late").unwrap().json();
    let expected = json!({ "id": "c1", "agent": "priya", "kind": "call.expired", "name":
        "callpane: no end was heard", "outcome": "expired", "phase": "ended", "seconds": null });
    assert_eq!(late, expected);
}

#[tokio::test]
async fn a_placed_call_may_be_spoken_although_nobody_tells_that_it_was_answered() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    let token = ("authorization", "Bearer vector-token");
    let placed = "call_uuid=7&source_number=205&destination_number=0491570157";
    let melbourne = callpane.pbx("melbourne");
    melbourne.sends("POST", "/outbound_call_placed", &[token], placed).await;
    callpane.clock.advance(Duration::from_mins(59));
    assert_eq!(expired(&callpane).await, 0);
    callpane.clock.advance(Duration::from_mins(2));
    assert_eq!(expired(&callpane).await, 1);
}

/// Several ends may be told of one call: one for each agent, one after what came first and proved it.
#[tokio::test]
async fn destinations_hear_of_one_end_whatever_else_is_told_of_it() {
    let token = ("x-pbx-token", "vector-pbx-token");
    let key = ("x-bridge-key", "vector");
    let voip = |name: &str, user: &str, at: &str| {
        let body = json!({ "type": name, "unique_call_id": "7", "user_number": user,
            "call_start_at": "2026-09-21T14:15:00Z", "connected_at": at });
        ("voip", "", token, body.to_string())
    };
    let xuc = |event: &str, line: &str| {
        let body = xuc_event(event, line, CALLER, "7").to_string();
        ("xuc", "?key=vector-xuc", ("x-none", ""), body)
    };
    let xima = |event, more: &str| {
        ("ccaas", event, key, format!("call_id=7&agent=154&external_number=2025550147{more}"))
    };
    let rings = |user: &str| voip("user_inbound", user, "");
    let picks_up = || voip("user_inbound_answered", "102", "2026-09-21T14:15:05Z");
    let who_spoke = || voip("user_inbound_completed", "102", "2026-09-21T14:15:05Z");
    let who_did_not = || voip("user_inbound_completed", "101", "");
    for (told, agent, outcome, last) in [
        (
            vec![rings("101"), rings("102"), picks_up(), who_did_not(), who_spoke()],
            "102",
            "answered",
            "call.ended",
        ),
        (
            vec![rings("101"), rings("102"), picks_up(), who_spoke(), who_did_not()],
            "102",
            "answered",
            "call.updated",
        ),
        (
            vec![rings("101"), voip("voicemail", "101", ""), who_did_not()],
            "priya",
            "missed",
            "call.updated",
        ),
        (
            vec![
                xuc("EventRinging", "1087"),
                xuc("EventRinging", "1088"),
                xuc("EventEstablished", "1088"),
                xuc("EventReleased", "1087"),
                xuc("EventReleased", "1088"),
            ],
            "1088",
            "answered",
            "call.ended",
        ),
        (
            vec![
                xima("/connected", ""),
                xima("/updated", "&tag=vip"),
                xima("/complete", "&tag=vip"),
            ],
            "priya",
            "answered",
            "call.updated",
        ),
    ] {
        let crm = Crm::start();
        let callpane = told_to(&crm, &[("ends", "call.ended")]).await;
        for (source, below, proof, body) in told {
            callpane.clock.advance(Duration::from_secs(1));
            let (status, _) = callpane.pbx(source).sends("POST", below, &[proof], body).await;
            assert_eq!(status, 202);
        }
        let kinds = callpane.sql("SELECT kind FROM event ORDER BY id").await;
        let ends = kinds.iter().filter(|kind| *kind == "call.ended").count();
        assert_eq!((ends, kinds.last().unwrap().as_str()), (1, last), "{kinds:?}");
        let end = crm.gets(1).await.remove(0).json();
        let said = (&end["id"], &end["agent"], &end["outcome"], &end["phase"]);
        assert_eq!(
            said,
            (&json!("7"), &json!(agent), &json!(outcome), &json!("ended")),
            "{kinds:?}"
        );
    }
}
