//! What anybody sends becomes no line of the log's own and no header of an answer; and no secret is
//! logged, however much is.

use serde_json::{Value, json};

use super::{figure, http, program};
use crate::crm::Crm;
use crate::harness::{Database, PHONE_SYSTEMS, SECRETS, eventually, lab};
use crate::server::Server;

/// Ends a line in whatever way somebody reads lines.
const SPLITS: [&str; 6] = ["\n", "\r\n", "\r", "\u{85}", "\u{2028}", "\u{b}"];

/// The same in an address, and where it could be taken over into an answer's headers.
const ENCODED: [&str; 6] =
    ["%0d%0a", "%0a", "%0d", "%E5%98%8A%E5%98%8D", "%c4%8d%c4%8a", "%250d%250a"];
const REFLECTING: [&str; 8] = [
    "/pane/X/complete",
    "/desktop/X",
    "/sheet?caller=X&queue=X&X=X",
    "/static/X/X",
    "/hooks/X/X",
    "/X",
    "/api/v1/refusals?source=X",
    "/thirdparty?X",
];

fn forged(split: &str) -> String {
    format!("0199005577{split}FORGED {{\"level\":\"ERROR\"}}{split}")
}

/// Everything it says while somebody forges lines, in this format.
async fn said(format: &str) -> Vec<String> {
    let database = Database::new().await;
    let command =
        SECRETS.iter().fold(program(&database), |command, (name, value)| command.set(name, value));
    let command = command.set("CALLPANE_LOG_FORMAT", format).set("CALLPANE_LOG", "debug");
    let file = command.file("phones.toml", PHONE_SYSTEMS);
    assert!(command.run(&["apply", &file]).await.success);
    let server = Server::start(&command);
    let (http, url) = (http(), format!("http://{}", server.address));
    for number in 0..figure(60, 5_000) {
        let text = forged(SPLITS[number % SPLITS.len()]);
        let ring = json!({
            "user": { "userId": text, "fullName": text, "token": text }, "caller": text,
            "callDataCallId": format!("{number}{text}"), "callee": text,
            "queue": { "name": text, "displayName": text }, "userData": { text.clone(): text },
        });
        let reply =
            http.post(format!("{url}/thirdparty")).header("content-type", "application/json");
        assert_eq!(reply.body(ring.to_string()).send().await.unwrap().status().as_u16(), 200);
        for key in ["vector-lab", "wrong"] {
            let told = http.post(format!("{url}/hooks/lab/{}", ENCODED[number % ENCODED.len()]));
            let told = told.header("x-key", key).header("content-type", "application/json");
            let call = lab(["ring", &text][number % 2], &text, &text, &text);
            assert!(told.body(call.to_string()).send().await.unwrap().status().as_u16() < 500);
        }
    }
    http.get(format!("{url}/desktop/the-end")).send().await.unwrap();
    let end = http.post(format!("{url}/thirdparty")).header("content-type", "application/json");
    end.body(json!({ "queue": { "name": "the-end" } }).to_string()).send().await.unwrap();
    let mut said = Vec::new();
    eventually("the last ring is logged", async || {
        said.extend(server.said.try_iter());
        said.iter().any(|line: &String| line.contains("the-end")).then_some(())
    })
    .await;
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_sent_begins_a_line_of_the_log() {
    let text = said("text").await;
    assert!(text.iter().any(|line| line.contains("FORGED")), "it must have been logged at all");
    for line in text.iter().flat_map(|line| line.split(['\r', '\u{85}', '\u{2028}', '\u{b}'])) {
        assert!(line.starts_with("20"), "a line without its time: {line:?}");
    }
    for line in said("json").await {
        assert!(serde_json::from_str::<Value>(&line).is_ok(), "no JSON: {line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_sent_becomes_a_header() {
    let database = Database::new().await;
    let server = Server::start(&program(&database));
    let http = http();
    for number in 0..figure(200, 10_000) {
        let line = ENCODED[number % ENCODED.len()];
        let path = REFLECTING[number % REFLECTING.len()];
        let injected = format!("x{line}X-Injected:%20yes{line}Set-Cookie:%20a=b{line}{line}<b>");
        let url = format!("http://{}{}", server.address, path.replace('X', &injected));
        let form = "application/x-www-form-urlencoded";
        for request in [http.get(&url), http.post(&url).header("content-type", form)] {
            let request = request.header("origin", format!("https://x{line}"));
            let request = request.header("last-event-id", line).header("cookie", "a=\"b");
            let answer = request.body(format!("notes={line}")).send().await.unwrap();
            assert!(answer.status().as_u16() < 500, "{url}: {}", answer.status());
            let headers = answer.headers();
            assert!(!headers.contains_key("x-injected"), "{url}: {headers:?}");
            assert!(!headers.contains_key("set-cookie"), "{url}: {headers:?}");
        }
    }
}

/// Everything is used that has a secret, at the level that says most.
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_logged_at_any_level() {
    const API: &str = "api-secret-4f0b7c1d9e2a";
    const SERVER_KEY: &str = "server-secret-1b2c3d4e5f60718293a4b5c6";
    const AGENT: &str = "agent-secret.eyJsb2dpbiI6.8UG46YZZ8CQ";
    const BEARER: &str = "bearer-secret-0a1b2c3d";
    const SIGNING: &str = "signing-secret-5d6e7f80";
    const COOKIE: &str = "cookie-secret-77aa88bb";
    let (crm, xuc) = (Crm::start(), Crm::start());
    let database = Database::new().await;
    let given = [
        ("CALLPANE_API_TOKEN", API),
        ("CALLPANE_SERVER_KEY", SERVER_KEY),
        ("CALLPANE_XUC_URL", &xuc.url),
        ("CALLPANE_PRIVATE_TARGETS", "127.0.0.1"),
        ("CRM_BEARER", BEARER),
        ("CRM_SIGNING", SIGNING),
        ("CALLPANE_LOG", "trace"),
    ];
    let all = SECRETS.into_iter().chain(given);
    let command = all.fold(program(&database), |command, (name, value)| command.set(name, value));
    let document = format!(
        "{PHONE_SYSTEMS}\n[[destination]]\nname = \"crm\"\non = [\"call.*\"]\nurl = \"{}/\"\n\
         auth = {{ bearer = \"env:CRM_BEARER\" }}\nsign = \"env:CRM_SIGNING\"\n\
         x_signature = \"env:CRM_SIGNING\"\njson = {{ call = \"{{{{ call.id }}}}\" }}\n",
        crm.url
    );
    let file = command.file("all.toml", &document);
    let applied = command.run(&["apply", &file]).await;
    assert!(applied.success, "{applied:?}");
    let server = Server::start(&command);
    let (http, url) = (http(), format!("http://{}", server.address));
    let post = |path: &str, body: &Value| {
        let request = http.post(format!("{url}{path}")).header("content-type", "application/json");
        request.header("cookie", format!("callpane_desktop={COOKIE}")).body(body.to_string())
    };
    let ring = json!({ "user": { "userId": 1, "token": AGENT }, "caller": "0199005577" });
    assert!(post("/thirdparty", &ring).send().await.unwrap().status().is_success());
    let call = lab("ring", "c1", "0199005577", "310");
    for key in ["vector-lab", "vector-lab-and-more"] {
        drop(post("/hooks/lab", &call).header("x-key", key).send().await.unwrap());
    }
    drop(post("/hooks/xuc?key=vector-xuc", &call).send().await.unwrap());
    drop(post("/desktop/close", &json!({ "id": "x" })).send().await.unwrap());
    for token in [API.to_owned(), format!("{API}-and-more")] {
        let asked = http.get(format!("{url}/api/v1/destinations")).bearer_auth(token);
        drop(asked.send().await.unwrap());
    }
    let got = crm.gets(1).await;
    assert_eq!(got[0].header("authorization"), format!("Bearer {BEARER}"));
    xuc.gets(1).await;
    let end = json!({ "queue": { "name": "the-end" } });
    assert!(post("/thirdparty", &end).send().await.unwrap().status().is_success());
    let mut said = Vec::new();
    eventually("the last ring is logged", async || {
        said.extend(server.said.try_iter());
        said.iter().any(|line: &String| line.contains("the-end")).then_some(())
    })
    .await;
    assert!(said.iter().any(|line| line.contains("\"TRACE\"")), "it must have said everything");
    let secrets = SECRETS.iter().map(|(_, secret)| *secret).filter(|secret| secret.len() > 8);
    for secret in secrets.chain([API, SERVER_KEY, AGENT, BEARER, SIGNING, COOKIE]) {
        let line = said.iter().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}
