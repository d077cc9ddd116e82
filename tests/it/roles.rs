//! Every endpoint of the table, asked by every role: each gets what the table says, and nothing else.

use std::collections::BTreeMap;

use callpane::inside::{Need, Role};
use serde_json::{Value, json};

use crate::harness::Callpane;
use crate::headers::tabled;

const TOKEN: &str = "token-of-the-api-0123456789abcdef";

const ROLES: [(&str, Role); 4] = [
    ("cards", Role::Cards),
    ("viewer", Role::Viewer),
    ("supervisor", Role::Supervisor),
    ("admin", Role::Admin),
];

/// Makes a token with a role.
pub(crate) async fn token(callpane: &Callpane, role: &str) -> String {
    let made = callpane.http.post(callpane.url("/api/v1/tokens")).bearer_auth(TOKEN);
    let made = made.header("content-type", "application/json");
    let made = made.body(json!({ "name": role, "role": role }).to_string()).send().await.unwrap();
    assert_eq!(made.status(), 201);
    let made: Value = serde_json::from_str(&made.text().await.unwrap()).unwrap();
    made["token"].as_str().unwrap().to_owned()
}

async fn ask(callpane: &Callpane, method: &str, path: &str, token: &str) -> (u16, Value) {
    let request = callpane.http.request(method.parse().unwrap(), callpane.url(path));
    let request = request.header("content-type", "application/json").body("{}");
    let request = if token.is_empty() { request } else { request.bearer_auth(token) };
    let reply = request.send().await.unwrap();
    let status = reply.status().as_u16();
    (status, serde_json::from_str(&reply.text().await.unwrap()).unwrap_or_default())
}

#[tokio::test]
async fn every_role_gets_of_the_api_what_the_table_says() {
    let setup = Callpane::setup().phone_systems("").set("CALLPANE_API_TOKEN", TOKEN);
    let callpane = setup.start().await;
    let mut tokens = BTreeMap::new();
    for (word, _) in ROLES {
        tokens.insert(word, token(&callpane, word).await);
    }
    let mut asked = 0;
    for (endpoint, path) in tabled() {
        let Some(need) = endpoint.need.filter(|_| path.starts_with("/api/v1")) else { continue };
        let (status, answer) = ask(&callpane, endpoint.method, &path, "").await;
        assert!([401, 429].contains(&status), "nobody: {path} {status} {answer}");
        for (word, role) in ROLES {
            let (status, answer) = ask(&callpane, endpoint.method, &path, &tokens[word]).await;
            let called = format!("{word}: {} {path}: {status} {answer}", endpoint.method);
            assert_eq!(answer["code"] == "not-allowed", !role.may(need), "{called}");
            assert_eq!(status == 403, !role.may(need), "{called}");
            assert!(status < 500 && status != 401 && status != 405, "{called}");
            asked += 1;
        }
    }
    assert!(asked >= 4 * 25, "{asked}");
}

#[tokio::test]
async fn the_document_names_the_role_that_the_table_asks() {
    let callpane = Callpane::setup().phone_systems("").start().await;
    let document = callpane.http.get(callpane.url("/api/openapi.json")).send().await.unwrap();
    let document: Value = serde_json::from_str(&document.text().await.unwrap()).unwrap();
    for (path, endpoint) in callpane::inside::endpoints() {
        let Some(need) = endpoint.need.filter(|_| path.starts_with("/api/v1")) else { continue };
        let operation = &document["paths"][&path][endpoint.method.to_lowercase()];
        let named = operation["security"][0]["token"][0].as_str().unwrap_or_default();
        let least = ROLES.iter().find(|(_, role)| role.may(need)).unwrap();
        assert_eq!(named, least.0, "{} {path}", endpoint.method);
    }
}

#[tokio::test]
async fn what_the_table_asks_is_what_the_operators_were_promised() {
    for (endpoint, path) in tabled() {
        let changes = endpoint.method != "GET";
        let private = ["/operators", "/tokens", "/sessions", "/audit"];
        let private = path.starts_with("/api/v1/") && {
            let below = path.trim_start_matches("/api/v1");
            private.iter().any(|part| below.starts_with(part))
        };
        if private {
            assert_eq!(endpoint.need, Some(Need::Administer), "{path}");
        } else if path.starts_with("/api/v1") {
            assert_eq!(endpoint.need == Some(Need::See), !changes, "{} {path}", endpoint.method);
        }
    }
}

#[tokio::test]
async fn another_method_is_refused_with_those_that_are_there() {
    let callpane = Callpane::setup().set("CALLPANE_API_TOKEN", TOKEN).start().await;
    let request = callpane.http.delete(callpane.url("/api/v1/events")).bearer_auth(TOKEN);
    let reply = request.send().await.unwrap();
    assert_eq!(
        (reply.status().as_u16(), &reply.headers()["allow"]),
        (405, &"GET, HEAD".parse().unwrap())
    );
    let problem: Value = serde_json::from_str(&reply.text().await.unwrap()).unwrap();
    assert_eq!(problem["code"], "wrong-method");
}
