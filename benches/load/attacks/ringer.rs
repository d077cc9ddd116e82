//! The agents' desktops: they ring at a steady pace, whatever becomes of it.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::exchange::{self, Answer};
use crate::Outcome;
use crate::client::wait_until;
use crate::figures::Figures;
use crate::requests::{Rings, next_call};
use crate::server::Server;

/// The distance of rings: a hundred a second.
const GAP: Duration = Duration::from_millis(10);
/// How long a desktop waits for its answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often somebody asks how the server is, and how long they wait.
const WATCH: Duration = Duration::from_millis(250);
const WATCH_PATIENCE: Duration = Duration::from_secs(2);

/// How a ring ended.
pub(crate) enum End {
    /// With a page.
    Opened,
    /// With an answer, but no page.
    Without,
    /// With no answer.
    Failed,
}

/// What became of rings.
#[derive(Default)]
pub(crate) struct Rung {
    pub(crate) waits: Vec<Duration>,
    /// The calls that were answered with a page.
    pub(crate) opened: Vec<u64>,
    pub(crate) without: usize,
    pub(crate) failed: usize,
    /// What `/health/live` and `/health/ready` answered; 0 for nothing.
    pub(crate) live: Vec<u16>,
    pub(crate) ready: Vec<u16>,
}

impl Rung {
    pub(crate) fn note(&mut self, call: u64, end: &End) {
        match end {
            End::Opened => self.opened.push(call),
            End::Without => self.without += 1,
            End::Failed => self.failed += 1,
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.waits.extend(other.waits);
        self.opened.extend(other.opened);
        self.without += other.without;
        self.failed += other.failed;
        self.live.extend(other.live);
        self.ready.extend(other.ready);
    }

    pub(crate) fn figures(&self, span: Duration) -> Figures {
        Figures::of(self.waits.clone(), span)
    }

    pub(crate) fn count(&self) -> usize {
        self.opened.len() + self.without + self.failed
    }

    /// Those that were answered with a page which the database does not have.
    pub(crate) fn not_stored(&self, server: &Server) -> Outcome<usize> {
        let kept = "SELECT call.external_id FROM pane JOIN call ON call.id = pane.call_id";
        let kept: HashSet<String> = server.column(kept)?.into_iter().collect();
        Ok(self.opened.iter().filter(|call| !kept.contains(&external_id(**call))).count())
    }
}

/// As `requests::Rings` writes it.
fn external_id(call: u64) -> String {
    format!("1790000123.{call:010}")
}

/// How an answer ends a ring.
pub(crate) fn end(answer: &Answer) -> End {
    let said: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    match (answer.status, said["action"].as_str()) {
        (200, Some("open")) => End::Opened,
        (200, Some(_)) => End::Without,
        _ => End::Failed,
    }
}

/// Rings for so long, and waits for the last answer.
pub(crate) async fn ring(address: SocketAddr, span: Duration) -> Rung {
    let watch = watch(address, span);
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    let ringing = async {
        for number in 0..(span.as_nanos() / GAP.as_nanos()) as u32 {
            let due = began + GAP * number;
            wait_until(due).await;
            tasks.spawn(one(address, due));
        }
    };
    let ((), (live, ready)) = tokio::join!(ringing, watch);
    let mut rung = Rung { live, ready, ..Rung::default() };
    while let Some(done) = tasks.join_next().await {
        let Ok((call, end, wait)) = done else { continue };
        rung.waits.push(wait);
        rung.note(call, &end);
    }
    rung
}

/// One ring, on a connection of its own, and how long it took since it was due.
async fn one(address: SocketAddr, due: Instant) -> (u64, End, Duration) {
    let call = next_call();
    let asked = async {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        exchange::ask(&stream, Rings::new().write(call, 1087)).await
    };
    let answer = timeout(PATIENCE, asked).await.ok().and_then(Result::ok);
    let end = answer.map_or(End::Failed, |answer| end(&answer));
    // Whoever was refused at once has waited as long as one who was not answered at all.
    let wait = if matches!(end, End::Failed) { PATIENCE } else { due.elapsed() };
    (call, end, wait)
}

/// Asks again and again how the server is.
async fn watch(address: SocketAddr, span: Duration) -> (Vec<u16>, Vec<u16>) {
    let (began, mut live, mut ready) = (Instant::now(), Vec::new(), Vec::new());
    while began.elapsed() < span {
        tokio::time::sleep(WATCH).await;
        let asked = tokio::join!(
            exchange::status(address, "/health/live", WATCH_PATIENCE),
            exchange::status(address, "/health/ready", WATCH_PATIENCE),
        );
        live.push(asked.0);
        ready.push(asked.1);
    }
    (live, ready)
}
