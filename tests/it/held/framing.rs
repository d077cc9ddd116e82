//! Requests whose ends can be read in two ways, and paths and methods that try to come in by
//! another door. Raw bytes, because a good client sends none of them.

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::Callpane;

/// What must not be taken for a request: it would ring.
const HIDDEN: &str = "POST /thirdparty HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
     Content-Length: 23\r\n\r\n{\"caller\":\"0199009999\"}\n";

/// Everything that the server says to these bytes until it closes, or a second after them.
async fn says(callpane: &Callpane, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(callpane.running.address).await.unwrap();
    // It may have heard enough before all is written.
    drop(stream.write_all(bytes).await);
    drop(stream.shutdown().await);
    let mut said = Vec::new();
    let reading = stream.read_to_end(&mut said);
    drop(tokio::time::timeout(std::time::Duration::from_secs(10), reading).await);
    String::from_utf8_lossy(&said).into_owned()
}

/// The statuses of all answers in it.
fn statuses(said: &str) -> Vec<u16> {
    let answers = said.split("HTTP/1.1 ").skip(1);
    answers.map(|answer| answer[..3].parse().unwrap()).collect()
}

/// Heads of a POST whose body's length can be read in two ways, and the body that would end it in one
/// of them; what comes after that end is hidden in the other.
fn ambiguous() -> Vec<(String, String)> {
    let length = HIDDEN.len() + 5;
    let chunked = "0\r\n\r\n".to_owned();
    let heads = [
        format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n"),
        format!("Content-Length: {length}\r\nTransfer-Encoding:\tchunked\r\n"),
        format!("Content-Length: {length}\r\nTransfer-Encoding : chunked\r\n"),
        format!("Content-Length: {length}\r\nTransfer-Encoding: xchunked\r\n"),
        format!("Content-Length: {length}\r\nTransfer-Encoding: chunked, identity\r\n"),
        format!("Content-Length: {length}\r\nTransfer-Encoding: identity\r\n"),
        format!("Content-Length: {length}\r\nTransfer-Encoding: CHUNKED\r\n"),
        format!(
            "Content-Length: {length}\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"
        ),
        format!("Content-Length: {length}\r\nTransfer-Encoding:\r\n chunked\r\n"),
        format!("Content-Length: {length}\r\nX: y\nTransfer-Encoding: chunked\r\n"),
        format!("Content-Length: {length}\r\nTransfer-Encoding\u{b}: chunked\r\n"),
        format!("Content-Length: {length}\r\nTransfer_Encoding: chunked\r\n"),
        format!("Content-Length: 5\r\nContent-Length: {length}\r\n"),
        format!("Content-Length: {length}\r\nContent-Length: 5\r\n"),
        format!("Content-Length: 5, {length}\r\n"),
    ];
    let mut all: Vec<_> = heads.into_iter().map(|head| (head, chunked.clone())).collect();
    for length in ["+5", "-5", "0x5", "5 5", "5\u{b}"] {
        all.push((format!("Content-Length: {length}\r\n"), chunked.clone()));
    }
    // A chunk whose size is too large for any number.
    all.push(("Transfer-Encoding: chunked\r\n".into(), "fffffffffffffffff0\r\n\r\n".into()));
    all
}

#[tokio::test]
async fn a_request_whose_end_is_ambiguous_hides_no_other() {
    let callpane = Callpane::start().await;
    let shapes = ambiguous();
    assert_eq!(shapes.len(), 22);
    for (head, body) in shapes {
        let request =
            format!("POST /desktop/close HTTP/1.1\r\nHost: x\r\n{head}\r\n{body}{HIDDEN}");
        let answered = statuses(&says(&callpane, request.as_bytes()).await);
        assert!(answered.len() <= 1, "{answered:?} to {head:?}");
        assert!(answered.iter().all(|status| *status < 500), "{answered:?} to {head:?}");
        let rang = callpane.sql("SELECT COUNT(*) FROM call").await;
        assert_eq!(rang, ["0"], "a hidden request was taken after {head:?}");
    }
    assert_eq!(statuses(&says(&callpane, HIDDEN.as_bytes()).await), [200], "shown, it would ring");
}

#[tokio::test]
async fn no_path_and_no_method_leads_in_by_another_door() {
    let setup = Callpane::setup().set("CALLPANE_API_TOKEN", "token-of-the-api-0123456789abcdef");
    let callpane = setup.phone_systems("").start().await;
    let secret = "/api/v1/refusals";
    let paths = [
        "/api/v1/./refusals".to_owned(),
        "/api/v1//refusals".into(),
        "//api/v1/refusals".into(),
        "/api%2fv1%2frefusals".into(),
        "/static/x/../../api/v1/refusals".into(),
        "/static/..%2f..%2fCargo.toml/x".into(),
        "/static/%2e%2e/%2e%2e/etc/passwd".into(),
        "/static/x/..%5c..%5cetc%5cpasswd".into(),
        "/pane/../api/v1/refusals".into(),
        "/pane/%00/notes".into(),
        "/pane/..;/api/v1/refusals".into(),
        "/desktop/%2e%2e%2fapi%2fv1%2frefusals".into(),
        "/hooks/../api/v1/refusals".into(),
        "/API/V1/REFUSALS".into(),
        "/api/v1/refusals/".into(),
        "/api/v1/refusals%20".into(),
        "/api/v1/refusals;a=b".into(),
        "/api/v1/refusals?token=x#y".into(),
        format!("http://127.0.0.1{secret}"),
        format!("http://user@example.com{secret}"),
        "*".into(),
        "example.com:443".into(),
        "no-slash".into(),
        format!("/{}", "a".repeat(20_000)),
        format!("/{}", "../".repeat(500)),
        "/%".into(),
        "/%ff%fe".into(),
        "/\u{202e}".into(),
    ];
    let methods =
        ["GET", "HEAD", "TRACE", "CONNECT", "OPTIONS", "DELETE", "get", "X-NONE", "PATCH"];
    let asked = paths.iter().flat_map(|path| methods.map(|method| (method, path)));
    let answers = asked.map(async |(method, path)| {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nX-Original-URL: {secret}\r\n\
             X-Rewrite-URL: {secret}\r\nX-HTTP-Method-Override: GET\r\n\
             X-Forwarded-For: 127.0.0.1\r\nConnection: close\r\n\r\n"
        );
        (method, path, says(&callpane, request.as_bytes()).await)
    });
    for (method, path, said) in join_all(answers).await {
        let answered = statuses(&said);
        assert!(
            answered.iter().all(|status| (400..500).contains(status)),
            "{answered:?} to {method} {path}"
        );
        assert!(!said.contains("\"refusals\""), "{method} {path}: {said}");
    }
    for method in ["TRACE", "CONNECT", "DELETE", "PUT", "get"] {
        let request =
            format!("{method} /thirdparty HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answered = statuses(&says(&callpane, request.as_bytes()).await);
        assert!(
            answered.iter().all(|status| (400..500).contains(status)),
            "{method}: {answered:?}"
        );
    }
    assert_eq!(callpane.sql("SELECT COUNT(*) FROM call").await, ["0"]);
}
