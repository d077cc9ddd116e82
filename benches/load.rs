//! The load benchmark: what does a ring cost, compared with answering nothing at all?
//!
//! `cargo bench --bench load` starts the program itself, three times with a database each (no rules,
//! 10 rules, 10,000 rules), and a bare actix-web handler that reads the same body and answers a
//! constant; then it asks them in turn, round after round, and prints one table. Nothing leaves this
//! machine; it takes about a minute and a half.
//!
//! How to read it: requests a second tell as much about the machine as about Callpane, so compare
//! the first column, the ratio to the bare handler of the same round. Closed loop means that each
//! connection asks again as soon as it is answered: that shows the throughput, and what waiting is
//! like at full load. The lines at 500 a second show what an agent waits: there a request has a
//! time at which it is due, and its latency counts from then, sent late or not. A ring counts as
//! answered when it is on disk, and at the end the rows are counted: one for every answer.
//!
//! Settings in the environment (as `CALLPANE_LOG=warn`) hold for the measured servers too.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "it prints a table, reads the clock, and computes with what it measured itself"
)]

use std::error::Error;
use std::fmt::Write as _;
use std::fs::File;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::task::JoinSet;

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 3;
/// How long one measurement takes, after a warm-up.
const SPAN: Duration = Duration::from_secs(3);
const WARM_UP: Duration = Duration::from_millis(300);
/// The distance of requests in the open loop: 500 a second.
const GAP: Duration = Duration::from_millis(2);
/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(20);
/// Pages that are asked for in turn.
const PAGES: usize = 256;
/// This binary, started with this argument and an address, is the bare handler.
const BARE: &str = "--bare-handler";

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip_while(|argument| argument != BARE).skip(1);
    if let Some(address) = arguments.next() {
        return bare::serve(address.parse()?);
    }
    let cores = Cores::share()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(&cores))
}

async fn run(cores: &Cores) -> Outcome<()> {
    let bench = Bench::start(cores)?;
    let mut rounds = Vec::new();
    for round in 1..=ROUNDS {
        println!("round {round} of {ROUNDS}");
        rounds.push(bench.round().await?);
    }
    print_table(&rounds);
    print_settings(cores);
    for server in [&bench.plain, &bench.few, &bench.many] {
        server.check_rows()?;
    }
    Ok(())
}

/// Who is measured.
struct Bench {
    bare: Server,
    plain: Server,
    few: Server,
    many: Server,
    /// Dropped last: it goes when nobody writes into it any more.
    _folder: tempfile::TempDir,
}

/// What one round measures, in this order; `bare` is what the ratios of its loop refer to.
const LINES: [&str; 8] = [
    "bare handler",
    "OPTIONS /thirdparty",
    "POST /thirdparty, on disk",
    "GET /pane/{token}",
    "POST, 10 rules",
    "POST, 10,000 rules",
    "500/s: bare handler",
    "500/s: POST /thirdparty, on disk",
];
const OPEN_LOOP_FROM: usize = 6;
const FEW: usize = 4;
const MANY: usize = 5;

impl Bench {
    fn start(cores: &Cores) -> Outcome<Self> {
        // Beside the binaries, because a flush to a temporary folder in memory costs nothing.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        Ok(Self {
            bare: Server::bare(cores)?,
            plain: Server::callpane(cores, &folder.path().join("plain"), 0)?,
            few: Server::callpane(cores, &folder.path().join("few"), 10)?,
            many: Server::callpane(cores, &folder.path().join("many"), 10_000)?,
            _folder: folder,
        })
    }

    async fn round(&self) -> Outcome<[Figures; LINES.len()]> {
        Ok([
            closed_loop(&self.bare, &Ask::ring()).await?,
            closed_loop(&self.plain, &Ask::preflight()).await?,
            closed_loop(&self.plain, &Ask::ring()).await?,
            closed_loop(&self.plain, &Ask::pages(&self.plain).await?).await?,
            closed_loop(&self.few, &Ask::ring()).await?,
            closed_loop(&self.many, &Ask::ring()).await?,
            open_loop(&self.bare, &Ask::ring()).await?,
            open_loop(&self.plain, &Ask::ring()).await?,
        ])
    }
}

// ---- the servers

/// The server gets one half of the cores and the load the other, where `taskset` can arrange that.
struct Cores {
    server: Option<String>,
    words: String,
}

impl Cores {
    fn share() -> Outcome<Self> {
        let all = available_parallelism()?.get();
        let half = all / 2;
        let pid = std::process::id().to_string();
        let load = format!("{half}-{}", all - 1);
        let taskset = Command::new("taskset").args(["-apc", &load, &pid]).output();
        if half == 0 || !taskset.is_ok_and(|output| output.status.success()) {
            return Ok(Self { server: None, words: format!("{all} cores, shared by all") });
        }
        let server = format!("0-{}", half - 1);
        let words = format!("{all} cores: {server} for the servers, {load} for the load");
        Ok(Self { server: Some(server), words })
    }

    /// The program, to be run on the server's cores.
    fn command(&self, program: &Path) -> Command {
        let Some(cores) = &self.server else { return Command::new(program) };
        let mut command = Command::new("taskset");
        command.args(["-c", cores]).arg(program);
        command
    }
}

/// A server process; it ends with this value.
struct Server {
    process: Child,
    address: SocketAddr,
    database: PathBuf,
    /// How many rings it has answered.
    rings: AtomicU64,
}

impl Server {
    fn bare(cores: &Cores) -> Outcome<Self> {
        let address = free_address()?;
        let mut command = cores.command(&std::env::current_exe()?);
        Self::start(command.args([BARE, &address.to_string()]), address, PathBuf::new())
    }

    /// The real program, in a folder of its own; its log goes to a file there, as JSON.
    fn callpane(cores: &Cores, folder: &Path, rules: usize) -> Outcome<Self> {
        std::fs::create_dir_all(folder)?;
        let (address, database) = (free_address()?, folder.join("callpane.db"));
        let callpane = || {
            let mut command = cores.command(Path::new(env!("CARGO_BIN_EXE_callpane")));
            command.current_dir(folder).env("CALLPANE_BIND", address.to_string());
            command.env("CALLPANE_DATABASE", format!("sqlite:{}", database.display()));
            command.env("CALLPANE_LOG_FORMAT", "json");
            command
        };
        if rules > 0 {
            std::fs::write(folder.join("rules.toml"), document(rules))?;
            let applied = callpane().args(["apply", "rules.toml"]).output()?;
            if !applied.status.success() {
                return Err(String::from_utf8_lossy(&applied.stderr).into());
            }
        }
        let log = File::create(folder.join("callpane.log"))?;
        Self::start(callpane().arg("serve").stdout(log), address, database.clone())
    }

    fn start(command: &mut Command, address: SocketAddr, database: PathBuf) -> Outcome<Self> {
        let process = command.stdin(Stdio::null()).spawn()?;
        let server = Self { process, address, database, rings: AtomicU64::new(0) };
        let started = Instant::now();
        while std::net::TcpStream::connect(address).is_err() {
            if started.elapsed() > PATIENCE {
                return Err(format!("{command:?} does not listen at {address}").into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// Whether every ring that was answered is on disk, once.
    fn check_rows(&self) -> Outcome<()> {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let database = rusqlite::Connection::open_with_flags(&self.database, flags)?;
        let sql = "SELECT COUNT(*) FROM event WHERE kind = 'call.ringing'";
        let rows: i64 = database.query_row(sql, [], |row| row.get(0))?;
        let answered = self.rings.load(Ordering::Relaxed);
        if u64::try_from(rows)? != answered {
            return Err(format!("{answered} rings were answered, {rows} are on disk").into());
        }
        println!("{rows} rings on disk, as many as were answered");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended by itself needs no killing.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Rules for queues that nobody calls, and a last one for everybody.
fn document(rules: usize) -> String {
    let mut text = String::new();
    for number in 1..rules {
        let queue = format!("queue = \"nobody_{number}\"");
        let _infallible = writeln!(text, "[[rule]]\nname = \"no {number}\"\nwhen = {{ {queue} }}");
    }
    text + "[[rule]]\nname = \"everybody\"\n"
}

/// The least that answers a ring: CORS, the body read into a struct, a constant.
mod bare {
    use std::collections::HashMap;
    use std::net::SocketAddr;

    use actix_cors::Cors;
    use actix_web::web::{Json, post};
    use actix_web::{App, HttpResponse, HttpServer, rt};
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "reading it is the work; the answer is constant")]
    struct Ring {
        user: Who,
        callee: String,
        caller: String,
        user_data: HashMap<String, String>,
        call_data_call_id: String,
        queue: Queue,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "as above")]
    struct Who {
        user_id: u64,
        agent_id: u64,
        first_name: String,
        last_name: String,
        full_name: String,
        token: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "as above")]
    struct Queue {
        id: u64,
        name: String,
        display_name: String,
        number: String,
    }

    const ANSWER: &str = r#"{"action":"open","event":"EventRinging","url":"http://localhost:8080/pane/AZ3vV3bYcAGbq5nTgkZ1kQAAAAAAAAAAAAAAAA","autopause":false,"title":"01 99 00 00 00"}"#;

    async fn ring(_ring: Json<Ring>) -> HttpResponse {
        HttpResponse::Ok().content_type("application/json").body(ANSWER)
    }

    /// As many workers as Callpane has: one for each core it may use.
    pub(super) fn serve(address: SocketAddr) -> super::Outcome<()> {
        let cors = || Cors::default().allow_any_origin().send_wildcard().allowed_methods(["POST"]);
        let app = move || App::new().wrap(cors()).route("/thirdparty", post().to(ring));
        Ok(rt::System::new().block_on(HttpServer::new(app).bind(address)?.run())?)
    }
}

// ---- what they are asked

/// Every call of a run has a number of its own.
static CALLS: AtomicU64 = AtomicU64::new(0);

/// A ring as XucMgt of 2024 posts it. What differs from call to call stands as letters, which each
/// request overwrites with digits: C the caller, U the agent, N the call.
const BODY: &str = r#"{"user":{"userId":UUU,"agentId":41,"firstName":"Ilse","lastName":"Marchetti","fullName":"Ilse Marchetti","token":"eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJsb2dpbiI6ImltYXJjaGV0dGkiLCJleHBpcmVzQXQiOjE3OTAwMDM2MDAsImlzc3VlZEF0IjoxNzkwMDAwMDAwLCJ1c2VyVHlwZSI6ImN0aSIsImFjbHMiOlsiYWxpYXMuY3RpdXNlciJdLCJzb2Z0d2FyZVR5cGUiOiJ3ZWJCcm93c2VyIn0.8UG46YZZ8CQwwW0U9f788GwsbB8ql8e7DCiI2e8d3gc"},"callee":"1087","caller":"019900CCCC","userData":{"XIVO_USERID":"UUU","SIPCALLID":"5c0e5a52-7c56-4d0f-9c51-0d3a5f9e1b77","XIVO_SRCNUM":"019900CCCC","XIVO_DSTNUM":"3010","XIVO_QUEUENAME":"support_fr"},"callDataCallId":"1790000123.NNNNNNNNNN","queue":{"id":9,"name":"support_fr","displayName":"Support France","number":"3010"}}"#;

/// What a connection asks, again and again.
#[derive(Clone)]
enum Ask {
    /// A new call each time.
    Ring { request: Vec<u8>, caller: Vec<usize>, agent: Vec<usize>, call: Vec<usize> },
    /// One of these.
    Same(Arc<Vec<Vec<u8>>>),
}

const HEADERS: &str = "Host: callpane.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n\
     Accept: application/json, text/plain, */*\r\nAccept-Language: en\r\n\
     Origin: https://xucmgt.example.com\r\n";

impl Ask {
    fn ring() -> Self {
        let head = format!(
            "POST /thirdparty HTTP/1.1\r\n{HEADERS}Content-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            BODY.len()
        );
        let places = |letters| {
            BODY.match_indices(letters).map(|(at, _)| head.len() + at).collect::<Vec<_>>()
        };
        let (caller, agent, call) = (places("CCCC"), places("UUU"), places("NNNNNNNNNN"));
        Self::Ring { request: (head.clone() + BODY).into_bytes(), caller, agent, call }
    }

    fn preflight() -> Self {
        let request = format!(
            "OPTIONS /thirdparty HTTP/1.1\r\n{HEADERS}Access-Control-Request-Method: POST\r\n\
             Access-Control-Request-Headers: content-type\r\n\r\n"
        );
        Self::Same(Arc::new(vec![request.into_bytes()]))
    }

    /// The pages of calls that ring now; the warm-up shows each for the first time.
    async fn pages(server: &Server) -> Outcome<Self> {
        let mut connection = Connection::open(server.address).await?;
        let (mut ring, mut pages) = (Self::ring(), Vec::new());
        for _ in 0..PAGES {
            let answer: serde_json::Value =
                serde_json::from_slice(connection.ask(ring.next()).await?)?;
            let url = answer["url"].as_str().ok_or("a ring opened no page")?;
            let (_, token) = url.split_once("/pane/").ok_or("a ring opened no page of ours")?;
            pages.push(format!("GET /pane/{token} HTTP/1.1\r\n{HEADERS}\r\n").into_bytes());
        }
        server.rings.fetch_add(PAGES as u64, Ordering::Relaxed);
        Ok(Self::Same(Arc::new(pages)))
    }

    /// The bytes of the next request.
    fn next(&mut self) -> &[u8] {
        let number = CALLS.fetch_add(1, Ordering::Relaxed);
        match self {
            Self::Same(requests) => &requests[number as usize % requests.len()],
            Self::Ring { request, caller, agent, call } => {
                write_digits(request, caller, 4, number % 10_000);
                write_digits(request, agent, 3, 100 + number % 900);
                write_digits(request, call, 10, number);
                request
            }
        }
    }
}

fn write_digits(request: &mut [u8], places: &[usize], width: usize, number: u64) {
    for place in places {
        let mut rest = number;
        for byte in request[*place..place + width].iter_mut().rev() {
            *byte = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
    }
}

// ---- who asks

/// One keep-alive connection, with at most one request under way.
struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: vec![0; 64 * 1024] })
    }

    /// Sends a request and waits for the whole answer; any other than 200 is a failure.
    async fn ask(&mut self, request: &[u8]) -> Outcome<&[u8]> {
        self.send(request).await?;
        let mut length = 0;
        loop {
            self.stream.readable().await?;
            match self.stream.try_read(&mut self.received[length..]) {
                Ok(0) => return Err("the server closed the connection".into()),
                Ok(read) => length += read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error.into()),
            }
            if let Some(body) = body_length(&self.received[..length])? {
                return Ok(&self.received[length - body..length]);
            }
        }
    }

    async fn send(&self, mut request: &[u8]) -> Outcome<()> {
        while !request.is_empty() {
            match self.stream.try_write(request) {
                Ok(written) => request = &request[written..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.stream.writable().await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// How long the body of an answer is, once all of it is there.
fn body_length(received: &[u8]) -> Outcome<Option<usize>> {
    let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&received[..end])?;
    if !head.starts_with("HTTP/1.1 200 ") {
        return Err(format!("a request failed: {}", String::from_utf8_lossy(received)).into());
    }
    let (_, length) = head.split_once("content-length: ").ok_or("an answer without its length")?;
    let length = length.split("\r\n").next().unwrap_or_default().parse()?;
    Ok((received.len() == end + 4 + length).then_some(length))
}

// ---- how it is measured

/// Every connection asks again as soon as it is answered.
async fn closed_loop(server: &Server, ask: &Ask) -> Outcome<Figures> {
    ask_for(server, ask, WARM_UP).await?;
    Ok(Figures::of(ask_for(server, ask, SPAN).await?))
}

async fn ask_for(server: &Server, ask: &Ask, span: Duration) -> Outcome<Vec<Duration>> {
    let latencies = all_connections(server, ask, move |mut connection, mut ask, _| async move {
        let (began, mut latencies) = (Instant::now(), Vec::new());
        let mut asked = began;
        while asked.duration_since(began) < span {
            connection.ask(ask.next()).await?;
            let answered = Instant::now();
            latencies.push(answered - asked);
            asked = answered;
        }
        Ok(latencies)
    });
    latencies.await
}

/// Requests are due at fixed moments, whether or not earlier ones are answered; the connections
/// take turns.
async fn open_loop(server: &Server, ask: &Ask) -> Outcome<Figures> {
    let began = Instant::now() + WARM_UP;
    let total = (SPAN.as_nanos() / GAP.as_nanos()) as usize;
    let latencies =
        all_connections(server, ask, move |mut connection, mut ask, place| async move {
            let mut latencies = Vec::new();
            for number in (place..total).step_by(CONNECTIONS) {
                let due = began + GAP * number as u32;
                wait_until(due).await;
                connection.ask(ask.next()).await?;
                latencies.push(due.elapsed());
            }
            Ok(latencies)
        });
    Ok(Figures::of(latencies.await?))
}

/// The timer alone would wake up to a millisecond late, which is longer than what is measured.
async fn wait_until(due: Instant) {
    let ahead = due.saturating_duration_since(Instant::now()).saturating_sub(GAP);
    tokio::time::sleep(ahead).await;
    while Instant::now() < due {
        tokio::task::yield_now().await;
    }
}

/// Does the same on all connections at once; answers all latencies. Counts the rings.
async fn all_connections<F>(
    server: &Server,
    ask: &Ask,
    work: impl Fn(Connection, Ask, usize) -> F,
) -> Outcome<Vec<Duration>>
where
    F: Future<Output = Outcome<Vec<Duration>>> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for place in 0..CONNECTIONS {
        tasks.spawn(work(Connection::open(server.address).await?, ask.clone(), place));
    }
    let mut latencies = Vec::new();
    while let Some(done) = tasks.join_next().await {
        latencies.append(&mut done??);
    }
    if matches!(ask, Ask::Ring { .. }) {
        server.rings.fetch_add(latencies.len() as u64, Ordering::Relaxed);
    }
    Ok(latencies)
}

// ---- what came out

/// One measurement; times in milliseconds.
#[derive(Debug, Clone, Copy)]
struct Figures {
    per_second: f64,
    p50: f64,
    p99: f64,
}

impl Figures {
    fn of(mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        let at = |percent: usize| {
            let place = (latencies.len() * percent / 100).min(latencies.len().saturating_sub(1));
            latencies.get(place).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1000.0)
        };
        let per_second = latencies.len() as f64 / SPAN.as_secs_f64();
        Self { per_second, p50: at(50), p99: at(99) }
    }
}

type Round = [Figures; LINES.len()];

/// What `figure` sees in each round, from the smallest to the largest.
fn sorted(rounds: &[Round], figure: impl Fn(&Round) -> f64) -> Vec<f64> {
    let mut figures: Vec<f64> = rounds.iter().map(figure).collect();
    figures.sort_unstable_by(f64::total_cmp);
    figures
}

fn median(rounds: &[Round], figure: impl Fn(&Round) -> f64) -> f64 {
    sorted(rounds, figure)[rounds.len() / 2]
}

/// The median, and in brackets how far the rounds lie apart.
fn ratio(rounds: &[Round], figure: impl Fn(&Round) -> f64) -> String {
    let figures = sorted(rounds, figure);
    let (low, high) = (figures[0], figures[figures.len() - 1]);
    format!("{:.2} ({low:.2}–{high:.2})", figures[figures.len() / 2])
}

fn print_table(rounds: &[Round]) {
    println!("\n| {:<32} | {:>16} | requests/s |  p50 ms |  p99 ms |", "", "÷ bare");
    println!("|{:-<34}|{:->17}:|-----------:|--------:|--------:|", "", "");
    for (line, what) in LINES.iter().enumerate() {
        let ratio = match line {
            OPEN_LOOP_FROM.. => String::new(),
            _ => ratio(rounds, |round| round[line].per_second / round[0].per_second),
        };
        println!(
            "| {what:<32} | {ratio:>16} | {:>10.0} | {:>7.2} | {:>7.2} |",
            median(rounds, |round| round[line].per_second),
            median(rounds, |round| round[line].p50),
            median(rounds, |round| round[line].p99),
        );
    }
    let longer = ratio(rounds, |round| round[FEW].per_second / round[MANY].per_second);
    println!("\n10,000 rules take {longer} times as long as 10.");
}

fn print_settings(cores: &Cores) {
    println!(
        "Medians of {ROUNDS} rounds of {} s each after {} ms of warm-up, {CONNECTIONS} connections; {}.",
        SPAN.as_secs(),
        WARM_UP.as_millis(),
        cores.words
    );
}
