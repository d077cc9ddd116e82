//! Ends that nobody tells: what comes after a call proves one, silence only lets it be supposed.

use std::time::Duration;

use serde_json::{Value, json};

use crate::crm::Crm;
use crate::harness::{Callpane, lab};

const CALLER: &str = "+33199005577";

/// Destinations that say what they hear, each for these events.
async fn told_to(crm: &Crm, wanted: &[(&str, &str)]) -> Callpane {
    let destination = |(name, on): &(&str, &str)| {
        format!(
            "[[destination]]\nname = \"{name}\"\non = [\"{on}\"]\nurl = \"{}/{name}\"\n\
             json = {{ kind = \"{{{{ event.kind }}}}\", name = \"{{{{ event.name }}}}\", outcome = \
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
    let voipcloud = |name: &str| json!({ "type": name, "unique_call_id": name }).to_string();
    for (source, below, proof, body) in [
        ("voip", "", token, voipcloud("voicemail")),
        ("voip", "", token, voipcloud("recording_inbound")),
        ("ccaas", "/recordings_processed", key, format!("call_id=1&{link}")),
        ("ccaas", "/updated", key, "call_id=2&account_codes=Won".to_owned()),
        ("ccaas", "/updated", key, "call_id=2&account_codes=Won,Large".to_owned()),
    ] {
        let (status, _) = callpane.pbx(source).sends("POST", below, &[proof], body).await;
        assert_eq!(status, 202);
    }
    let mut got: Vec<Value> = crm.gets(4).await.iter().map(|request| request.json()).collect();
    got.sort_by_key(|said| said["name"].to_string());
    let end = |name: &str, outcome: Value| json!({ "kind": "call.ended", "name": name, "outcome": outcome, "phase": "ended", "seconds": null });
    let expected = [
        end("recording_inbound", json!("answered")),
        end("recordings_processed", json!("answered")),
        end("updated", json!("")),
        end("voicemail", json!("missed")),
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
    let said = (&late["kind"], &late["outcome"], &late["seconds"]);
    assert_eq!(said, (&json!("call.expired"), &json!("expired"), &Value::Null));
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
