//! Every recorded request of a phone system: in over HTTP, and out come its events and its call.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::Callpane;

/// One file as a request.
struct Recorded {
    method: String,
    below: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn folder() -> String {
    format!("{}/tests/vectors", env!("CARGO_MANIFEST_DIR"))
}

/// A file is a body with its maker's usual headers, or a whole request.
fn recorded(make: &str, name: &str) -> Option<Recorded> {
    let bytes = std::fs::read(format!("{}/{make}/{name}", folder())).unwrap();
    let json = [("content-type".to_owned(), "application/json".to_owned())];
    if name.ends_with(".http.json") {
        let whole: Value = serde_json::from_slice(&bytes).unwrap();
        return Some(whole_request(&whole, make));
    }
    let trigger = name.split('.').next().unwrap();
    let (below, proof) = match make {
        "wildix" if name == "secret.json" || name == "sqs_message.json" => return None,
        "wildix" => (String::new(), ("x-signature", crate::harness::wildix_signature(&bytes))),
        "voipcloud" => (String::new(), ("x-pbx-token", "vector-pbx-token".to_owned())),
        "telair" => (format!("/{trigger}"), ("authorization", "Bearer vector-token".to_owned())),
        "xima" => (String::new(), ("x-bridge-key", "vector".to_owned())),
        "xivo" => ("?key=vector-xuc".to_owned(), ("x-none", String::new())),
        other => panic!("{other}"),
    };
    let proof = (proof.0.to_owned(), proof.1);
    let headers = json.into_iter().chain([proof]).collect();
    Some(Recorded { method: "POST".to_owned(), below, headers, body: bytes })
}

fn whole_request(whole: &Value, make: &str) -> Recorded {
    let text = |key: &str| whole[key].as_str().unwrap_or_default().to_owned();
    let body = match whole["body_file"].as_str() {
        Some(file) => {
            let (_, name) = file.rsplit_once('/').unwrap();
            std::fs::read(format!("{}/{make}/{name}", folder())).unwrap()
        }
        None => text("body").into_bytes(),
    };
    let (_, event) = whole["path"].as_str().unwrap().rsplit_once('/').unwrap();
    let event = if event == "acme" { String::new() } else { format!("/{event}") };
    let mut headers: Vec<(String, String)> = whole["headers"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap().to_owned()))
        .collect();
    // The recorded Basic proof belongs to a source of its own; here one token is configured.
    for (name, value) in &mut headers {
        if name == "authorization" {
            "Bearer vector-token".clone_into(value);
        }
    }
    let below = format!("{event}?{}", text("query"));
    Recorded { method: text("method"), below, headers, body }
}

fn source(make: &str) -> &'static str {
    match make {
        "wildix" => "office",
        "voipcloud" => "voip",
        "telair" => "melbourne",
        "xima" => "ccaas",
        "xivo" => "xuc",
        other => panic!("{other}"),
    }
}

/// A fresh server gets one request; answered is what it made of it.
async fn outcome(make: &str, request: Recorded) -> Value {
    // A little after the last of them was sent.
    let setup = Callpane::setup().phone_systems("").later(Duration::from_hours(3));
    let callpane = setup.start().await;
    let headers: Vec<(&str, &str)> =
        request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let pbx = callpane.pbx(source(make));
    let (status, answer) =
        pbx.sends(&request.method, &request.below, &headers, request.body.clone()).await;
    let again = pbx.sends(&request.method, &request.below, &headers, request.body).await;
    let events = callpane
        .sql(
            "SELECT e.kind, e.name, e.agent, c.external_id, CASE WHEN e.pane_id IS NULL THEN 'no page' ELSE 'page' END
              FROM event e LEFT JOIN call c ON c.id = e.call_id
              WHERE e.source IS NOT NULL ORDER BY e.id",
        )
        .await;
    let calls = callpane
        .sql(
            "SELECT source, external_id, direction, caller, caller_name, dialled, queue, state
              FROM call ORDER BY id",
        )
        .await;
    let calls: Vec<Value> = calls
        .iter()
        .map(|row| {
            let (known, state) = row.rsplit_once("|{").unwrap_or((row, ""));
            let state: Value = serde_json::from_str(&format!("{{{state}")).unwrap_or_default();
            json!({ "known": known, "state": state })
        })
        .collect();
    json!({ "answer": [status, answer], "again": again.1, "events": events, "calls": calls })
}

async fn every(make: &str) {
    let mut names: Vec<String> = std::fs::read_dir(Path::new(&folder()).join(make))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| make != "xivo" || name.starts_with("phone_event") || name.contains("push"))
        .collect();
    names.sort_unstable();
    for name in names {
        let Some(request) = recorded(make, &name) else { continue };
        let outcome = outcome(make, request).await;
        assert_eq!(outcome["answer"][0], 202, "{make}/{name}: {outcome}");
        if make != "xivo" {
            assert_eq!(outcome["again"]["events"], 0, "{make}/{name}: a repeat is no news");
        }
        insta::with_settings!({ snapshot_suffix => format!("{make}__{}", name.trim_end_matches(".json")) }, {
            insta::assert_snapshot!("vector", serde_json::to_string_pretty(&outcome).unwrap());
        });
    }
}

#[tokio::test]
async fn every_request_of_wildix() {
    every("wildix").await;
}

#[tokio::test]
async fn every_request_of_voipcloud() {
    every("voipcloud").await;
}

#[tokio::test]
async fn every_request_of_telair() {
    every("telair").await;
}

#[tokio::test]
async fn every_request_of_xima() {
    every("xima").await;
}

#[tokio::test]
async fn every_event_of_xuc() {
    every("xivo").await;
}
