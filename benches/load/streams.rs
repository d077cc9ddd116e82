//! Open pages: what each costs in memory, and how soon it shows what the phone system told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::client::{Connection, receive, send, wait_until};
use crate::figures::Figures;
use crate::requests::{HEADERS, NEW, Rings, Template, next_call};
use crate::rings::token;
use crate::server::{Cores, Server, raise_file_limit};
use crate::{CONNECTIONS, Outcome};

/// Pages that are open at once, each of a call of its own.
const STREAMS: usize = 2000;
/// The distance of events: 200 a second.
const GAP: Duration = Duration::from_millis(5);
/// How long the last page may take to show the last event, or all pages to open.
const PATIENCE: Duration = Duration::from_secs(10);
/// Where lines begin: each call rings at its own.
const LINE: u64 = 1000;
const KEY: &str = "bench-key";

const SOURCE: &str = "[[source]]\nname = \"xuc\"\nkind = \"xuc\"\n\
     auth = { header = { name = \"X-Key\", value = \"env:BENCH_KEY\" } }\n";

/// What XuC pushes. L is the line, C the caller, N the call.
const EVENT: &str = r#"{"username":"imarchetti","message":{"msgType":"PhoneEvent","ctiMessage":{"eventType":"EventName","DN":"LLLL","otherDN":"019900CCCC","otherDName":"","linkedId":"1790000123.NNNNNNNNNN","uniqueId":"1790000131.NNNNNNNNNN","queueName":"support_fr","callDirection":"Incoming","userData":{"XIVO_USERID":"87","XIVO_SRCNUM":"019900CCCC","XIVO_DSTNUM":"3010"}}}}"#;

/// What is told of each call, and the phase that its page must show then.
const STEPS: [(&str, &str); 2] = [("EventEstablished", "answered"), ("EventReleased", "ended")];

/// A page has shown a phase.
struct Shown {
    stream: usize,
    phase: String,
    at: Instant,
}

/// When an event was sent, and when it was answered.
#[derive(Clone, Copy)]
struct Told {
    stream: usize,
    sent: Instant,
    answered: Instant,
}

pub(crate) async fn run(cores: &Cores) -> Outcome<()> {
    raise_file_limit();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let variables = [("BENCH_KEY", KEY)];
    let server = Server::callpane(cores, &folder.path().join("xuc"), SOURCE, &variables)?;
    let (calls, tokens) = ring(&server, STREAMS).await?;
    let before = server.resident();
    let began = Instant::now();
    let (shows, mut shown) = unbounded_channel();
    let mut streams = JoinSet::new();
    for (stream, token) in tokens.iter().enumerate() {
        let connection = open(&server, token).await?;
        streams.spawn(watch(connection, stream, shows.clone()));
    }
    drop(shows);
    wait_for(&mut shown, STREAMS, "ringing").await?;
    let opened = began.elapsed();
    println!("\n{STREAMS} open streams, all showing their state after {opened:.1?}");
    if let Some((before, after)) = before.zip(server.resident()) {
        let each = after.saturating_sub(before) as f64 / STREAMS as f64;
        println!("memory: {before} KiB before, {after} KiB with them, {each:.1} KiB each");
    }
    let per_second = 1.0 / GAP.as_secs_f64();
    println!("\n| {:<44} |  p50 ms |  p99 ms |  max ms |", format!("{per_second} events a second"));
    println!("|{:-<46}|--------:|--------:|--------:|", "");
    for (event, phase) in STEPS {
        let told = tell(&server, event, &calls);
        let (told, shown) = tokio::join!(told, wait_for(&mut shown, STREAMS, phase));
        let (mut told, mut shown) = (told?, shown?);
        told.sort_unstable_by_key(|told| told.stream);
        shown.sort_unstable_by_key(|shown| shown.stream);
        let pairs = || told.iter().zip(&shown);
        let spans: [(&str, Vec<Duration>); 3] = [
            ("its answer", told.iter().map(|told| told.answered - told.sent).collect()),
            ("the page", pairs().map(|(told, shown)| shown.at - told.sent).collect()),
            (
                "the page, after the answer",
                pairs().map(|(told, shown)| shown.at.duration_since(told.answered)).collect(),
            ),
        ];
        for (what, spans) in spans {
            let Figures { p50, p99, max, .. } = Figures::of(spans, Duration::from_secs(1));
            let what = format!("{event}: {what}");
            println!("| {what:<44} | {p50:>7.2} | {p99:>7.2} | {max:>7.2} |");
        }
    }
    if let Some(after) = server.resident() {
        println!("memory after all events: {after} KiB; {}.", cores.words);
    }
    Ok(())
}

/// Opens so many pages, each of a call of its own, and reads what they are sent for as long as the
/// answer is kept.
pub(crate) async fn hold(server: &Server, count: usize) -> Outcome<JoinSet<()>> {
    let (_, tokens) = ring(server, count).await?;
    let mut streams = JoinSet::new();
    for token in tokens {
        let connection = open(server, &token).await?;
        streams.spawn(async move {
            let mut room = [0; 2048];
            while receive(&connection, &mut room).await.is_ok() {}
        });
    }
    Ok(streams)
}

/// Rings once for each stream; answers the calls, and the tokens of their pages.
async fn ring(server: &Server, count: usize) -> Outcome<(Vec<u64>, Vec<String>)> {
    let mut connection = Connection::open(server.address).await?;
    let (mut rings, mut calls, mut tokens) = (Rings::new(), Vec::new(), Vec::new());
    for line in (LINE..).take(count) {
        let call = next_call();
        tokens.push(token(connection.ask(rings.write(call, line), "200").await?)?);
        calls.push(call);
    }
    Ok((calls, tokens))
}

async fn open(server: &Server, token: &str) -> Outcome<TcpStream> {
    let connection = TcpStream::connect(server.address).await;
    let connection = connection.map_err(|error| format!("{error}; try ulimit -n 8192 before"))?;
    let request =
        format!("GET /pane/{token}/stream HTTP/1.1\r\n{HEADERS}Accept: text/event-stream\r\n\r\n");
    send(&connection, request.as_bytes()).await?;
    Ok(connection)
}

/// Reads a stream for ever, and says when another phase is shown.
async fn watch(connection: TcpStream, stream: usize, shows: UnboundedSender<Shown>) {
    let (mut room, mut begun) = ([0; 2048], String::new());
    while let Ok(length) = receive(&connection, &mut room).await {
        let at = Instant::now();
        begun += &String::from_utf8_lossy(&room[..length]);
        while let Some((event, rest)) = begun.split_once("\n\n") {
            if let Some((_, state)) = event.split_once("data-phase=\"") {
                let phase = state.split('"').next().unwrap_or_default().to_owned();
                drop(shows.send(Shown { stream, phase, at }));
            }
            begun = rest.to_owned();
        }
    }
}

/// What so many streams show; any other phase is a failure.
async fn wait_for(
    shown: &mut UnboundedReceiver<Shown>,
    count: usize,
    phase: &str,
) -> Outcome<Vec<Shown>> {
    let mut found = Vec::new();
    while found.len() < count {
        let next = timeout(PATIENCE, shown.recv()).await;
        let next = next.ok().flatten();
        let next = next.ok_or_else(|| format!("only {} pages show {phase}", found.len()))?;
        if next.phase != phase {
            return Err(format!("a page shows {} instead of {phase}", next.phase).into());
        }
        found.push(next);
    }
    Ok(found)
}

/// Tells of each call once; the connections take turns.
async fn tell(server: &Server, event: &str, calls: &[u64]) -> Outcome<Vec<Told>> {
    let body = EVENT.replace("EventName", event);
    let template = Template::post("/hooks/xuc", &format!("{HEADERS}X-Key: {KEY}\r\n"), &body);
    let calls = Arc::new(calls.to_vec());
    let began = Instant::now() + Duration::from_millis(300);
    let mut tasks = JoinSet::new();
    for place in 0..CONNECTIONS {
        let mut connection = Connection::open(server.address).await?;
        let (mut template, calls) = (template.clone(), Arc::clone(&calls));
        let [line, caller, call] =
            ["LLLL", "CCCC", "NNNNNNNNNN"].map(|letters| template.places(letters));
        tasks.spawn(async move {
            let mut told = Vec::new();
            for stream in (place..STREAMS).step_by(CONNECTIONS) {
                template.write_digits(&line, LINE + stream as u64);
                template.write_digits(&caller, calls[stream] % 10_000);
                template.write_digits(&call, calls[stream]);
                wait_until(began + GAP * stream as u32).await;
                let sent = Instant::now();
                let answer = connection.ask(template.request(), "202").await?;
                let answered = Instant::now();
                if answer != NEW.as_bytes() {
                    return Err(String::from_utf8_lossy(answer).into());
                }
                told.push(Told { stream, sent, answered });
            }
            Outcome::Ok(told)
        });
    }
    let mut told = Vec::new();
    while let Some(done) = tasks.join_next().await {
        told.append(&mut done??);
    }
    Ok(told)
}
