//! Signed events of a phone system: Wildix of 2023, whose webhooks have 2 KB.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use callpane::domain::secret::Secret;
use callpane::pbx::hex_hmac;

use crate::ask::{Ask, HEADERS, NEW, Places, REPEAT, Template, next_call};
use crate::client::closed_loop;
use crate::figures::{Figures, Line, Table, print_settings};
use crate::server::{Cores, Server};
use crate::{CONNECTIONS, Outcome, ROUNDS};

/// How long one measurement takes, after a warm-up.
const SPAN: Duration = Duration::from_secs(2);
/// How long each body is.
const LENGTH: usize = 2048;
const SECRET: &str = "bench-secret-7Qd2mB0sYt4LxR9kWc5VhJ1pZ8";
/// Calls that are signed in advance for each connection: more than can be told of in one span.
const CALLS_EACH: usize = 200;
/// Of those, how many the warm-up may take.
const WARM_UP_CALLS: usize = 25;
/// Agents who have a built-in desktop: their extensions begin with 1000.
const AGENTS: u64 = 1000;
const KNOWN: u64 = 1000;
const UNKNOWN: u64 = 5000;

/// What one round measures, in this order.
const LINES: [Line; 4] = [
    ("bare handler, event of 2 KB", Some(0)),
    ("POST /hooks, signed, on disk", Some(0)),
    ("POST /hooks, half of them repeats", Some(0)),
    ("POST /hooks, a page for each call", Some(0)),
];

/// What is told of each call, in this order: the type, the status, and what is remembered.
const STEPS: [(&str, &str, &str); 4] = [
    ("call:start", "null", "call.started"),
    ("call:update", "\"CONNECTING\"", "call.ringing"),
    ("call:update", "\"TALKING\"", "call.answered"),
    ("call:end", "null", "call.ended"),
];

/// How many events of each step were answered as new, and how many rings of agents who are known.
static ANSWERED: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];
static OPENED: AtomicU64 = AtomicU64::new(0);

pub(crate) async fn run(cores: &Cores) -> Outcome<()> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let bare = Server::bare(cores)?;
    let variables = [("BENCH_SECRET", SECRET)];
    let office = Server::callpane(cores, &folder.path().join("office"), &document(), &variables)?;
    let mut table = Table { lines: LINES, rounds: Vec::new() };
    for round in 1..=ROUNDS {
        println!("events, round {round} of {ROUNDS}");
        table.rounds.push([
            measure(&bare, &Events::sign(UNKNOWN, 1).into_same()).await?,
            measure(&office, &Ask::Events(Events::sign(UNKNOWN, 1))).await?,
            measure(&office, &Ask::Events(Events::sign(UNKNOWN, 2))).await?,
            measure(&office, &Ask::Events(Events::sign(KNOWN, 1))).await?,
        ]);
    }
    table.print();
    print_settings(ROUNDS, SPAN, cores);
    check_rows(&office)
}

async fn measure(server: &Server, ask: &Ask) -> Outcome<Figures> {
    Ok(closed_loop(server, ask, SPAN).await?.0)
}

/// A phone system, and agents with a built-in desktop.
fn document() -> String {
    let source =
        "[[source]]\nname = \"office\"\nkind = \"wildix\"\nsecrets = [\"env:BENCH_SECRET\"]\n";
    let mut text = source.to_owned();
    for agent in KNOWN..KNOWN + AGENTS {
        let who = format!("id = \"a{agent}\"\nname = \"Agent {agent}\"");
        let _infallible = writeln!(text, "[[agent]]\n{who}\nat = {{ office = \"{agent}\" }}");
    }
    text
}

/// Whether every event that was answered is on disk, once, and meant what it was to mean.
fn check_rows(office: &Server) -> Outcome<()> {
    let check = |what: &str, sql: &str, wanted: &AtomicU64| {
        let (found, wanted) = (office.count(sql)?, wanted.load(Ordering::Relaxed));
        if found != wanted {
            return Err(format!("{what}: {wanted} were answered, {found} are on disk").into());
        }
        Outcome::Ok(found)
    };
    let mut rows = 0;
    for ((_, _, kind), wanted) in STEPS.iter().zip(&ANSWERED) {
        rows += check(kind, &format!("SELECT COUNT(*) FROM event WHERE kind = '{kind}'"), wanted)?;
    }
    let over = "SELECT COUNT(*) FROM call WHERE state IS NOT NULL AND open_until IS NULL";
    check("calls that are over", over, &ANSWERED[3])?;
    let pages = check("pages", "SELECT COUNT(*) FROM pane", &OPENED)?;
    println!("{rows} events and {pages} pages on disk, as many as were answered");
    Ok(())
}

/// A body of the right length. C is the caller, U the agent, N the call, T the time.
fn body(event: &str, status: &str) -> String {
    let agent = r#"{"type":"LOCAL","phone":"UUUU","name":"Agent UUUU","company":null,"email":"agent.UUUU@example.test","userId":"7UUUU","userExtension":"UUUU","userDepartment":null,"groupId":"5512","groupName":"Support","userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Wildix Web 7.1","userDevice":"COLLABORATION_WEB"}"#;
    let callee = if event == "call:start" { "null" } else { agent };
    let mut text = format!(
        r#"{{"id":"zz_w900100_1790001000.NNNNNNNNNN","pbx":"990000000aaa","time":TTTTTTTTTTTTT,"company":"zz_w900100","type":"{event}","integrationId":"k3v9qd","data":{{"status":{status},"caller":{{"type":"REMOTE","phone":"+33199CCCCCC","name":"+33199CCCCCC","company":null,"email":null,"userId":null,"userExtension":null,"userDepartment":null,"groupId":null,"groupName":null,"userAgent":null,"userDevice":null}},"callee":{callee},"service":null,"destination":"+33199000555","trunkName":"trunk-main","queueName":"Support","queueId":"14","tags":["External","Support"],"flags":["RECORDING"],"endCause":null,"endCauseStr":null,"endBy":null,"variables":{{"#
    );
    let end = r#""last":""}}}"#;
    let mut number = 0;
    loop {
        let member = format!(r#""VARIABLE_{number}":"value of variable {number}","#);
        if text.len() + member.len() + end.len() > LENGTH {
            break;
        }
        text += &member;
        number += 1;
    }
    let rest = ".".repeat(LENGTH - text.len() - end.len());
    text + &end.replace(r#""""#, &format!("\"{rest}\""))
}

/// What differs from request to request of one step.
#[derive(Clone)]
struct Signed {
    call: u64,
    agent: u64,
    /// In milliseconds since 1970.
    time: u64,
    signature: String,
}

/// One request, and where what differs stands in it.
#[derive(Clone)]
struct Step {
    template: Template,
    caller: Places,
    agent: Places,
    call: Places,
    time: Places,
    signature: Places,
}

impl Step {
    fn new(event: &str, status: &str) -> Self {
        let signature = "S".repeat(64);
        let headers = format!("{HEADERS}X-Signature: {signature}\r\n");
        let template = Template::post("/hooks/office", &headers, &body(event, status));
        let [caller, agent, call, time, signature] =
            ["CCCCCC", "UUUU", "NNNNNNNNNN", "TTTTTTTTTTTTT", &signature]
                .map(|letters| template.places(letters));
        Self { template, caller, agent, call, time, signature }
    }

    fn write(&mut self, signed: &Signed) {
        self.template.write_digits(&self.caller, signed.call % 1_000_000);
        self.template.write_digits(&self.agent, signed.agent);
        self.template.write_digits(&self.call, signed.call);
        self.template.write_digits(&self.time, signed.time);
        self.template.write(&self.signature, signed.signature.as_bytes());
    }
}

/// The events of many calls, each signed in advance.
#[derive(Clone)]
pub(crate) struct Events {
    steps: Vec<Step>,
    signed: Arc<Vec<Signed>>,
    /// Those of this connection that were not sent yet.
    rest: Range<usize>,
    /// How often each is sent, and how often the last was.
    times: usize,
    sent: usize,
}

impl Events {
    /// Signs the events of as many calls as can be needed, of agents whose extensions begin here.
    fn sign(first_agent: u64, times: usize) -> Self {
        let steps = STEPS.iter().map(|(event, status, _)| Step::new(event, status));
        let mut steps: Vec<Step> = steps.collect();
        let secret = Secret::new(SECRET);
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_millis() as u64;
        let mut signed = Vec::new();
        for _ in 0..CONNECTIONS * CALLS_EACH {
            let call = next_call();
            let agent = first_agent + call % AGENTS;
            for (step, after) in steps.iter_mut().zip([0, 1, 8, 29]) {
                let time = now - 30_000 + after * 1000;
                let mut event = Signed { call, agent, time, signature: "0".repeat(64) };
                step.write(&event);
                event.signature = hex_hmac(&secret, step.template.body());
                signed.push(event);
            }
        }
        let sent = times;
        Self { steps, signed: Arc::new(signed), rest: 0..0, times, sent }
    }

    /// The same requests, for a server that remembers nothing.
    fn into_same(mut self) -> Ask {
        self.rest = 0..1024;
        let mut requests = Vec::new();
        while self.write_next() {
            requests.push(self.request().to_vec());
        }
        Ask::same(requests, "202")
    }

    /// Leaves this connection's share, for the warm-up (0) or what comes after it (1).
    pub(crate) fn take_share(&mut self, place: usize, part: usize) {
        let share = CALLS_EACH * STEPS.len();
        let from = place * share;
        let middle = from + WARM_UP_CALLS * STEPS.len();
        self.rest = if part == 0 { from..middle } else { middle..from + share };
    }

    pub(crate) fn write_next(&mut self) -> bool {
        if self.sent < self.times {
            self.sent += 1;
            return true;
        }
        let Some(next) = self.rest.next() else { return false };
        self.steps[next % STEPS.len()].write(&self.signed[next]);
        self.sent = 1;
        true
    }

    /// The one that was written last.
    fn last(&self) -> usize {
        self.rest.start.saturating_sub(1)
    }

    pub(crate) fn request(&self) -> &[u8] {
        self.steps[self.last() % STEPS.len()].template.request()
    }

    pub(crate) fn check(&self, answer: &[u8]) -> Outcome<()> {
        let wanted = if self.sent == 1 { NEW } else { REPEAT };
        if answer != wanted.as_bytes() {
            let answer = String::from_utf8_lossy(answer);
            return Err(format!("{answer} was answered instead of {wanted}").into());
        }
        if self.sent == 1 {
            let step = self.last() % STEPS.len();
            ANSWERED[step].fetch_add(1, Ordering::Relaxed);
            let opens = step == 1 && self.signed[self.last()].agent < UNKNOWN;
            OPENED.fetch_add(u64::from(opens), Ordering::Relaxed);
        }
        Ok(())
    }
}
