//! Who attacks: a process of its own. It says a line when its attack stands, goes on until its
//! standard input ends, and then says what it saw.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{ATTACKER, Page, exchange};
use crate::Outcome;
use crate::client::{receive, send};
use crate::requests::{HEADERS, Rings};

/// How long a connection may take to be made, and an attack to stand.
const PATIENCE: Duration = Duration::from_secs(3);
const STANDS: Duration = Duration::from_secs(20);
/// The longest that an attack goes on, whatever happens to whoever started it.
const LONGEST: Duration = Duration::from_mins(2);
/// Connections that are being made at the same time.
const AT_ONCE: usize = 100;
/// How often a page changes whose streams are open: its agent's next call rings.
const CHANGE: Duration = Duration::from_millis(200);
/// The distance between two calls of one agent, as `requests::Rings` gives them out, and the first that
/// nobody else rings with.
const NEXT_OF_AGENT: u64 = 900;
const OWN_CALLS: u64 = 9_000_000_000;
/// How often a byte of a dripping body comes.
const DRIP: Duration = Duration::from_secs(2);
/// The length of bodies that are never sent whole.
const DRIPPING: usize = 4096;
const LARGE: usize = 256 * 1024;

/// Doors that read a body.
const DOORS: [&str; 6] = [
    "PUT /pane/x/notes",
    "POST /pane/x/contact",
    "POST /pane/x/complete",
    "POST /desktop/close",
    "POST /api/v1/deliveries/resend",
    "POST /api/v1/sources/office/try",
];

/// What is attacked, and how much.
pub(super) enum Plan {
    Streams { page: Page, count: usize },
    Bodies { dripping: usize, large: usize },
    Guesses { connections: usize },
}

impl Plan {
    fn words(&self) -> Vec<String> {
        match self {
            Self::Streams { page: Page { token, call }, count } => {
                vec!["streams".into(), token.clone(), call.to_string(), count.to_string()]
            }
            Self::Bodies { dripping, large } => {
                vec!["bodies".into(), dripping.to_string(), large.to_string()]
            }
            Self::Guesses { connections } => vec!["guesses".into(), connections.to_string()],
        }
    }

    fn read(words: &[String]) -> Outcome<Self> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        Ok(match words[..] {
            ["streams", token, call, count] => Self::Streams {
                page: Page { token: token.to_owned(), call: call.parse()? },
                count: count.parse()?,
            },
            ["bodies", dripping, large] => {
                Self::Bodies { dripping: dripping.parse()?, large: large.parse()? }
            }
            ["guesses", connections] => Self::Guesses { connections: connections.parse()? },
            _ => return Err(format!("{words:?} is not an attack").into()),
        })
    }
}

/// An attacker at work; it ends with this value.
pub(super) struct Attacker {
    process: Child,
    said: BufReader<ChildStdout>,
}

impl Attacker {
    /// Starts it, and waits until its attack stands.
    pub(super) fn start(address: SocketAddr, plan: &Plan) -> Outcome<Self> {
        let mut command = Command::new("nice");
        command.args(["-n", "10"]).arg(std::env::current_exe()?).arg(ATTACKER);
        command.arg(address.to_string()).args(plan.words());
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let said = BufReader::new(process.stdout.take().ok_or("an attacker without a voice")?);
        let mut attacker = Self { process, said };
        attacker.said.read_line(&mut String::new())?;
        Ok(attacker)
    }

    /// Ends it; answers what it saw.
    pub(super) fn call_off(mut self) -> Outcome<String> {
        drop(self.process.stdin.take());
        let mut seen = String::new();
        self.said.read_to_string(&mut seen)?;
        Ok(seen.trim().to_owned())
    }
}

impl Drop for Attacker {
    fn drop(&mut self) {
        // One that has ended by itself needs no killing.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The attacker's own life: the address, and the words of a plan.
pub(crate) async fn run(arguments: &[String]) -> Outcome<()> {
    crate::server::raise_file_limit();
    let (address, plan) = arguments.split_first().ok_or("an attacker needs an address")?;
    let address: SocketAddr = address.parse()?;
    if !address.ip().is_loopback() {
        return Err(format!("{address} is not on this machine").into());
    }
    let (sees, seen) = unbounded_channel();
    let attack = Attack { address, sees, off: until_called_off() };
    match Plan::read(plan)? {
        Plan::Streams { page, count } => attack.streams(page, count).await,
        Plan::Bodies { dripping, large } => attack.bodies(dripping, large).await,
        Plan::Guesses { connections } => return attack.guesses(connections, seen).await,
    }
    println!("{}", tally(seen));
    Ok(())
}

/// Becomes true when standard input ends.
fn until_called_off() -> watch::Receiver<bool> {
    let (tell, told) = watch::channel(false);
    std::thread::spawn(move || {
        drop(std::io::stdin().read_to_end(&mut Vec::new()));
        tell.send_replace(true);
    });
    told
}

/// What an answer's first line says.
fn status(received: &[u8]) -> String {
    String::from_utf8_lossy(received).split(' ').nth(1).unwrap_or_default().to_owned()
}

/// How often each was seen.
fn tally(mut seen: UnboundedReceiver<String>) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    while let Ok(what) = seen.try_recv() {
        *counts.entry(what).or_default() += 1;
    }
    let counts = counts.iter().map(|(what, count)| format!("{count} {what}"));
    counts.collect::<Vec<_>>().join(", ")
}

/// One attack.
#[derive(Clone)]
struct Attack {
    address: SocketAddr,
    /// Hears how each connection ended.
    sees: UnboundedSender<String>,
    off: watch::Receiver<bool>,
}

impl Attack {
    fn see(&self, what: impl Into<String>) {
        drop(self.sees.send(what.into()));
    }

    async fn called_off(&self) {
        let mut off = self.off.clone();
        // An error means that nobody can call it off any more: that is as good.
        drop(timeout(LONGEST, off.wait_for(|off| *off)).await);
    }

    /// Opens connections, each with what it does until the attack is called off, and says when all
    /// of them were tried.
    async fn stand<F>(&self, count: usize, does: impl Fn(Self, usize) -> F) -> JoinSet<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (began, mut tasks) = (Instant::now(), JoinSet::new());
        for number in 0..count {
            tasks.spawn(does(self.clone(), number));
            if number % AT_ONCE == AT_ONCE - 1 && began.elapsed() < STANDS {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        tokio::time::sleep(PATIENCE).await;
        println!("stands");
        tasks
    }

    async fn connect(&self) -> Option<TcpStream> {
        let stream = timeout(PATIENCE, TcpStream::connect(self.address)).await;
        let stream = stream.ok().and_then(Result::ok);
        if stream.is_none() {
            self.see("not connected");
        }
        stream
    }

    async fn streams(self, page: Page, count: usize) {
        let token = page.token.clone();
        let tasks = self.stand(count, move |attack, _| attack.stream(token.clone()));
        let mut tasks = tasks.await;
        tokio::select! {
            () = self.called_off() => {}
            () = self.change(page.call) => {}
        }
        while tasks.join_next().await.is_some() {}
    }

    /// One stream, read for as long as it lasts.
    async fn stream(self, token: String) {
        let Some(stream) = self.connect().await else { return };
        let request = format!(
            "GET /pane/{token}/stream HTTP/1.1\r\n{HEADERS}Accept: text/event-stream\r\n\r\n"
        );
        let (mut room, mut first) = ([0; 2048], None);
        let reading = async {
            send(&stream, request.as_bytes()).await?;
            loop {
                let length = receive(&stream, &mut room).await?;
                first.get_or_insert_with(|| status(&room[..length]));
                // What is refused is not read on: its connection is held open all the same.
                if first.as_deref() != Some("200") {
                    return std::future::pending::<Outcome<()>>().await;
                }
            }
        };
        let lasted = tokio::select! {
            () = self.called_off() => true,
            _ended = reading => false,
        };
        let closed = if lasted { "" } else { ", then closed" };
        match first {
            Some(status) => self.see(format!("answered {status}{closed}")),
            None => self.see(format!("not answered{closed}")),
        }
    }

    /// Changes the page again and again.
    async fn change(&self, call: u64) {
        let mut rings = Rings::new();
        let first = OWN_CALLS + call % NEXT_OF_AGENT;
        for call in (first..).step_by(NEXT_OF_AGENT as usize) {
            tokio::time::sleep(CHANGE).await;
            if let Some(stream) = self.connect().await {
                drop(timeout(PATIENCE, exchange::ask(&stream, rings.write(call, 1087))).await);
            }
        }
    }

    async fn bodies(self, dripping: usize, large: usize) {
        let tasks = self.stand(dripping + large, move |attack, number| async move {
            let door = DOORS[number % DOORS.len()];
            let (length, at_once) =
                if number < dripping { (DRIPPING, 1) } else { (LARGE, LARGE - 1) };
            attack.body(door, length, at_once).await;
        });
        let mut tasks = tasks.await;
        while tasks.join_next().await.is_some() {}
    }

    /// One body: so much of it at once, the rest in drops.
    async fn body(self, door: &str, length: usize, at_once: usize) {
        let Some(stream) = self.connect().await else { return };
        let mut request = format!(
            "{door} HTTP/1.1\r\n{HEADERS}Content-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n"
        );
        request.extend(std::iter::repeat_n(' ', at_once));
        let sending = async {
            send(&stream, request.as_bytes()).await?;
            // The last byte is never sent.
            for _ in at_once + 1..length {
                tokio::time::sleep(DRIP).await;
                send(&stream, b" ").await?;
            }
            std::future::pending::<Outcome<()>>().await
        };
        let end = tokio::select! {
            () = self.called_off() => "still read".to_owned(),
            _failed = sending => "closed".to_owned(),
            answer = exchange::answer(&stream) => match answer {
                Ok(answer) => format!("answered {}", answer.status),
                Err(_) => "closed".to_owned(),
            },
        };
        self.see(end);
    }

    async fn guesses(self, connections: usize, seen: UnboundedReceiver<String>) -> Outcome<()> {
        println!("stands");
        let began = Instant::now();
        let mut tasks = JoinSet::new();
        for number in 0..connections {
            tasks.spawn(self.clone().guess(number));
        }
        self.called_off().await;
        let span = began.elapsed().as_secs_f64();
        tasks.shutdown().await;
        println!("{} in {span:.1} s", tally(seen));
        Ok(())
    }

    /// Guesses on one connection after the other, for ever.
    async fn guess(self, number: usize) {
        for guess in 0_u64.. {
            let Some(stream) = self.connect().await else { continue };
            let request = format!(
                "GET /api/v1/destinations HTTP/1.1\r\n{HEADERS}\
                 Authorization: Bearer wrong-{number}-{guess}\r\n\r\n"
            );
            while let Ok(answer) = exchange::ask(&stream, request.as_bytes()).await {
                self.see(format!("answered {}", answer.status));
                if answer.closes {
                    break;
                }
            }
        }
    }
}
