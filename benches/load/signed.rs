//! Signed events of a phone system: Wildix of 2023, whose webhooks have 2 KB.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use callpane::inside::{Secret, hex_hmac};

use crate::requests::{HEADERS, NEW, Places, REPEAT, Template, next_call};
use crate::{CONNECTIONS, Outcome};

/// How long each body is.
const LENGTH: usize = 2048;
pub(crate) const SECRET: &str = "bench-secret-7Qd2mB0sYt4LxR9kWc5VhJ1pZ8";
/// Calls that are signed in advance for each connection: more than can be told of in one span.
const CALLS_EACH: usize = 200;
/// Of those, how many the warm-up may take.
const WARM_UP_CALLS: usize = 25;
/// Agents who have a built-in desktop: their extensions begin with 1000.
pub(crate) const AGENTS: u64 = 1000;
pub(crate) const KNOWN: u64 = 1000;
pub(crate) const UNKNOWN: u64 = 5000;

/// What is told of each call, in this order: the type, the status, and what is remembered.
pub(crate) const STEPS: [(&str, &str, &str); 4] = [
    ("call:start", "null", "call.started"),
    ("call:update", "\"CONNECTING\"", "call.ringing"),
    ("call:update", "\"TALKING\"", "call.answered"),
    ("call:end", "null", "call.ended"),
];

/// How many events of each step were answered as new, and how many rings of agents who are known.
pub(crate) static ANSWERED: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];
pub(crate) static OPENED: AtomicU64 = AtomicU64::new(0);

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
    /// Signs the events of as many calls as can be needed, of so many agents, whose extensions begin
    /// here; each is sent so often.
    pub(crate) fn sign(first_agent: u64, agents: u64, times: usize) -> Self {
        let steps = STEPS.iter().map(|(event, status, _)| Step::new(event, status));
        let mut steps: Vec<Step> = steps.collect();
        let secret = Secret::new(SECRET);
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_millis() as u64;
        let mut signed = Vec::new();
        for _ in 0..CONNECTIONS * CALLS_EACH {
            let call = next_call();
            let agent = first_agent + call % agents;
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
    pub(crate) fn into_requests(mut self) -> Vec<Vec<u8>> {
        self.rest = 0..1024;
        let mut requests = Vec::new();
        while self.write_next() {
            requests.push(self.request().to_vec());
        }
        requests
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
