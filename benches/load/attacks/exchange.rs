//! One request and its answer, whatever that is: under attack any answer is news.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::Outcome;
use crate::client::{receive, send};

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Whether the server will answer nothing more on this connection.
    pub(crate) closes: bool,
    pub(crate) body: Vec<u8>,
}

/// Asks on this connection.
pub(crate) async fn ask(stream: &TcpStream, request: &[u8]) -> Outcome<Answer> {
    send(stream, request).await?;
    answer(stream).await
}

/// What the server says next, whole.
pub(crate) async fn answer(stream: &TcpStream) -> Outcome<Answer> {
    let (mut received, mut room) = (Vec::new(), [0; 4096]);
    loop {
        if let Some(answer) = whole(&received)? {
            return Ok(answer);
        }
        let length = receive(stream, &mut room).await?;
        received.extend_from_slice(&room[..length]);
    }
}

/// The answer, once all of it is there. One that says no length is whole with its head.
fn whole(received: &[u8]) -> Outcome<Option<Answer>> {
    let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&received[..end])?.to_ascii_lowercase();
    let status = head.split(' ').nth(1).ok_or("an answer without a status")?.parse()?;
    let member = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let length = member("content-length:").map_or(Ok(0), str::parse::<usize>)?;
    let body = &received[end + 4..];
    let closes = member("connection:") == Some("close");
    Ok((body.len() >= length).then(|| Answer { status, closes, body: body.to_vec() }))
}

/// The status of a GET on a connection of its own; 0 if there is no answer in time.
pub(crate) async fn status(address: SocketAddr, path: &str, patience: Duration) -> u16 {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let asked = async {
        let stream = TcpStream::connect(address).await?;
        ask(&stream, request.as_bytes()).await
    };
    timeout(patience, asked).await.ok().and_then(Result::ok).map_or(0, |answer| answer.status)
}
