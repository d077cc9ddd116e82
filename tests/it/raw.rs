//! A connection by hand: what a client library would not do, or would hide.

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::harness::PATIENCE;

/// One connection.
pub(crate) struct Raw(BufReader<TcpStream>);

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut named = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        named.next().map_or("", |(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

impl Raw {
    /// Nothing where nobody takes it.
    pub(crate) async fn open(address: impl ToString) -> Option<Self> {
        let stream = TcpStream::connect(address.to_string()).await.ok()?;
        Some(Self(BufReader::new(stream)))
    }

    /// Sends what may be only a part of a request; answers whether that went out.
    pub(crate) async fn sends(&mut self, text: &str) -> bool {
        self.0.get_mut().write_all(text.as_bytes()).await.is_ok()
    }

    /// A request without a body.
    pub(crate) async fn asks(&mut self, method: &str, path: &str) -> Option<Answer> {
        self.sends(&format!("{method} {path} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
        self.answer().await
    }

    /// The answer's head, and its body where it has a length; nothing when the connection has ended.
    pub(crate) async fn answer(&mut self) -> Option<Answer> {
        let answer = tokio::time::timeout(PATIENCE, self.read());
        answer.await.expect("an answer, or an end")
    }

    async fn read(&mut self) -> Option<Answer> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head).await.ok()? == 0 {
                return None;
            }
        }
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let mut answer = Answer { status, head, body: String::new() };
        let mut body = vec![0; answer.header("content-length").parse().unwrap_or_default()];
        self.0.read_exact(&mut body).await.ok()?;
        answer.body = String::from_utf8(body).unwrap();
        Some(answer)
    }

    /// Reads as far as this, which comes in the end.
    pub(crate) async fn reads_until(&mut self, end: &str) {
        let mut read = Vec::new();
        let whole = async {
            while !read.ends_with(end.as_bytes()) {
                read.push(self.0.read_u8().await.expect(end));
            }
        };
        tokio::time::timeout(PATIENCE, whole).await.expect(end);
    }

    /// Hangs up so that the other side learns it at once (RST), where a FIN would let it answer on.
    pub(crate) fn hangs_up(self) {
        self.0.get_ref().set_zero_linger().unwrap();
    }

    /// Whatever comes until the connection ends.
    pub(crate) async fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut rest));
        // A reset is an end, too.
        drop(ended.await.expect("an end"));
        String::from_utf8_lossy(&rest).into_owned()
    }
}

/// A ring of this agent, as a desktop sends it.
pub(crate) fn ring(user: usize, call: &str) -> String {
    ring_with(user, call, "")
}

/// The same with a note from the phone system.
pub(crate) fn ring_with(user: usize, call: &str, note: &str) -> String {
    let body = serde_json::json!({
        "user": { "userId": user }, "caller": "+33199005577", "callDataCallId": call,
        "userData": { "USR_note": note },
    });
    let body = body.to_string();
    format!(
        "POST /thirdparty HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}
