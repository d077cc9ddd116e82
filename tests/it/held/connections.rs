//! Connections that begin a request and never end it.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{figure, http, program};
use crate::harness::Database;
use crate::server::Server;

/// What each of them sends.
const BEGUN: [&str; 4] =
    ["", "P", "POST /thirdparty HTTP/1.1\r\nHost: x", "GET / HTTP/1.1\r\nX: y\r\n"];

#[tokio::test(flavor = "multi_thread")]
async fn half_open_connections_hold_up_no_ring_and_are_closed() {
    let database = Database::new().await;
    let server = Server::start(&program(&database));
    let mut open = Vec::new();
    for number in 0..figure(400, 8_000) {
        let mut stream = TcpStream::connect(&server.address).await.unwrap();
        stream.write_all(BEGUN[number % BEGUN.len()].as_bytes()).await.unwrap();
        open.push(stream);
    }
    let ring = http().post(format!("http://{}/thirdparty", server.address));
    let ring = ring.header("content-type", "application/json");
    let began = Instant::now();
    let answer = ring.body(json!({ "caller": "0199005577" }).to_string()).send().await.unwrap();
    assert!(answer.text().await.unwrap().contains("\"open\""));
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    let closed = open.into_iter().map(|mut stream| async move {
        let reading = async { stream.read_to_end(&mut Vec::new()).await };
        tokio::time::timeout(Duration::from_secs(15), reading).await.is_ok()
    });
    let left = join_all(closed).await.into_iter().filter(|closed| !closed).count();
    assert_eq!(left, 0, "are still open after 15 s");
}
