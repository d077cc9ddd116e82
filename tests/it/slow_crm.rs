//! A CRM that answers when it is told to, and hears when whoever asked hangs up.

#![expect(clippy::disallowed_types, reason = "shared with tasks of the test's own")]

use std::io::ErrorKind;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::harness::eventually;

/// What has become of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// It is here, and whoever sent it waits.
    Waits,
    /// The answer is on its way.
    Answered,
    /// They have the answer.
    Taken,
    /// They are gone without one.
    HungUp,
}

/// One request that it heard.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    /// The delivery's id.
    pub(crate) id: String,
    call: String,
    pub(crate) kind: String,
    /// When, in milliseconds since the Unix epoch.
    pub(crate) at: i64,
    line: Line,
    /// Sent while another one of the same delivery still waited.
    beside_itself: bool,
    answer: watch::Sender<Option<u16>>,
}

#[derive(Default)]
struct Inside {
    heard: Vec<Heard>,
    /// What it answers without being told; none as long as it holds its answers back.
    usual: Option<u16>,
}

/// Holds its answers back until it is told which; from then on it gives that one to everybody.
pub(crate) struct SlowCrm {
    pub(crate) url: String,
    inside: Arc<Mutex<Inside>>,
}

impl SlowCrm {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inside = Arc::new(Mutex::new(Inside::default()));
        let shared = Arc::clone(&inside);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { url, inside }
    }

    /// Lets go whatever waits, and answers the same from now on.
    pub(crate) fn answers(&self, status: u16) {
        let mut inside = self.inside.lock().unwrap();
        inside.usual = Some(status);
        for heard in &inside.heard {
            heard.answer.send_replace(Some(status));
        }
    }

    /// Lets go only whoever has waited for longest.
    pub(crate) fn answers_the_first(&self, status: u16) {
        let inside = self.inside.lock().unwrap();
        let first = inside.heard.iter().find(|heard| heard.line == Line::Waits);
        first.expect("somebody waits").answer.send_replace(Some(status));
    }

    /// Waits until so many wait for an answer, and no more.
    pub(crate) async fn holds(&self, count: usize) {
        let what = format!("{count} wait for the CRM's answer");
        eventually(&what, async || (self.count(Line::Waits) >= count).then_some(())).await;
        let waiting = self.count(Line::Waits);
        assert_eq!(waiting, count, "beside themselves: {:?}", self.beside_themselves());
    }

    /// Waits until whoever was answered has the answer: nothing is left on the way.
    pub(crate) async fn is_understood(&self) {
        eventually("the answer is taken", async || {
            (self.count(Line::Answered) == 0 && self.count(Line::Taken) > 0).then_some(())
        })
        .await;
    }

    /// Waits until nobody is on the line any more.
    pub(crate) async fn is_left_alone(&self) {
        eventually("those who waited are gone", async || {
            (self.count(Line::Waits) == 0).then_some(())
        })
        .await;
    }

    /// Waits until nobody waits for an answer to what happened to this call.
    pub(crate) async fn is_left_alone_by(&self, call: &str) {
        eventually("those who waited are gone", async || {
            let waits = self.heard(call).iter().any(|heard| heard.line == Line::Waits);
            (!waits).then_some(())
        })
        .await;
    }

    fn count(&self, line: Line) -> usize {
        let inside = self.inside.lock().unwrap();
        inside.heard.iter().filter(|heard| heard.line == line).count()
    }

    /// What it heard of a call, in order, however often.
    pub(crate) fn heard(&self, call: &str) -> Vec<Heard> {
        let inside = self.inside.lock().unwrap();
        inside.heard.iter().filter(|heard| heard.call == call).cloned().collect()
    }

    /// The same, by name.
    pub(crate) fn kinds(&self, call: &str) -> Vec<String> {
        self.heard(call).into_iter().map(|heard| heard.kind).collect()
    }

    /// Deliveries of which two requests waited at the same time.
    pub(crate) fn beside_themselves(&self) -> Vec<String> {
        let inside = self.inside.lock().unwrap();
        let doubled = inside.heard.iter().filter(|heard| heard.beside_itself);
        doubled.map(|heard| format!("{} {}", heard.call, heard.kind)).collect()
    }
}

/// One request, and one answer when it is time.
async fn serve(stream: TcpStream, inside: Arc<Mutex<Inside>>) {
    let Some(request) = read(&stream).await else { return };
    let (at, mut answer) = note(&request, &inside);
    let became = |line| inside.lock().unwrap().heard[at].line = line;
    let told = tokio::select! {
        told = answer.wait_for(Option::is_some) => told.ok().and_then(|told| *told),
        () = hangs_up(&stream) => None,
    };
    let Some(status) = told else { return became(Line::HungUp) };
    became(Line::Answered);
    // Good as a CRM's answer and as an authorization server's.
    let body = r#"{"access_token":"a-token","expires_in":300}"#;
    let length = body.len();
    let reply = format!(
        "HTTP/1.1 {status} Told\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    );
    stream.writable().await.unwrap();
    // As short as it is, it goes out whole, or whoever asked is gone.
    drop(stream.try_write(reply.as_bytes()));
    // Whoever has the answer closes the connection, as the answer asks them to.
    hangs_up(&stream).await;
    became(Line::Taken);
}

/// Writes a request down, and hands out what its answer will come through.
fn note(request: &str, inside: &Mutex<Inside>) -> (usize, watch::Receiver<Option<u16>>) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut inside = inside.lock().unwrap();
    let said: Value = serde_json::from_str(body).unwrap_or_default();
    let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
    let id = head.lines().find_map(|line| line.strip_prefix("webhook-id: "));
    let id = id.unwrap_or_default().to_owned();
    let mut waiting = inside.heard.iter().filter(|heard| heard.line == Line::Waits);
    let beside_itself = !id.is_empty() && waiting.any(|heard| heard.id == id);
    let at = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis().try_into().unwrap();
    let (answer, told) = watch::channel(inside.usual);
    let (call, kind) = (text("call"), text("kind"));
    let heard = Heard { id, call, kind, at, line: Line::Waits, beside_itself, answer };
    inside.heard.push(heard);
    (inside.heard.len() - 1, told)
}

/// A whole request, or nothing if whoever began it is gone.
async fn read(stream: &TcpStream) -> Option<String> {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length = length.map_or(0, |length| length.parse::<usize>().unwrap());
            if body.len() >= length {
                return Some(text.into_owned());
            }
        }
        request.extend(more(stream).await?);
    }
}

/// Whatever comes next; nothing when the other end has closed, or died.
async fn more(stream: &TcpStream) -> Option<Vec<u8>> {
    let mut bytes = [0; 4096];
    loop {
        stream.readable().await.ok()?;
        match stream.try_read(&mut bytes) {
            Ok(0) => return None,
            Ok(count) => return Some(bytes[..count].to_vec()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => return None,
        }
    }
}

async fn hangs_up(stream: &TcpStream) {
    while more(stream).await.is_some() {}
}
