//! The bytes of requests, some of which are overwritten for each one.

use std::sync::atomic::{AtomicU64, Ordering};

/// Every call of a run has a number of its own.
static CALLS: AtomicU64 = AtomicU64::new(0);

/// The number of the next call.
pub(crate) fn next_call() -> u64 {
    CALLS.fetch_add(1, Ordering::Relaxed)
}

/// The answer to an event that is new, and to one that is not.
pub(crate) const NEW: &str = r#"{"events":1,"repeats":0}"#;
pub(crate) const REPEAT: &str = r#"{"events":0,"repeats":1}"#;

pub(crate) const HEADERS: &str = "Host: callpane.example.com\r\n\
     User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: application/json, text/plain, */*\r\n\
     Accept-Language: en\r\nOrigin: https://xucmgt.example.com\r\n";

/// A ring as XucMgt of 2024 posts it. What differs from call to call stands as letters, which each
/// request overwrites with digits: C the caller, U the agent, L the line, Q the queue, N the call.
const RING: &str = r#"{"user":{"userId":UUUU,"agentId":41,"firstName":"Ilse","lastName":"Marchetti","fullName":"Ilse Marchetti","token":"eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJsb2dpbiI6ImltYXJjaGV0dGkiLCJleHBpcmVzQXQiOjE3OTAwMDM2MDAsImlzc3VlZEF0IjoxNzkwMDAwMDAwLCJ1c2VyVHlwZSI6ImN0aSIsImFjbHMiOlsiYWxpYXMuY3RpdXNlciJdLCJzb2Z0d2FyZVR5cGUiOiJ3ZWJCcm93c2VyIn0.8UG46YZZ8CQwwW0U9f788GwsbB8ql8e7DCiI2e8d3gc"},"callee":"LLLL","caller":"019900CCCC","userData":{"XIVO_USERID":"UUUU","SIPCALLID":"5c0e5a52-7c56-4d0f-9c51-0d3a5f9e1b77","XIVO_SRCNUM":"019900CCCC","XIVO_DSTNUM":"3010","XIVO_QUEUENAME":"queue_QQQQ"},"callDataCallId":"1790000123.NNNNNNNNNN","queue":{"id":9,"name":"queue_QQQQ","displayName":"Support France","number":"3010"}}"#;

/// Agents are numbered from here.
pub(crate) const FIRST_AGENT: u64 = 1000;

/// The bytes of a request, some of which are overwritten for each one.
#[derive(Clone)]
pub(crate) struct Template {
    bytes: Vec<u8>,
    head: usize,
}

/// A run of one letter, wherever it stands in a template.
#[derive(Clone)]
pub(crate) struct Places {
    at: Vec<usize>,
    width: usize,
}

impl Template {
    /// A POST of a JSON body.
    pub(crate) fn post(path: &str, headers: &str, body: &str) -> Self {
        let head = format!(
            "POST {path} HTTP/1.1\r\n{headers}Content-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        Self { head: head.len(), bytes: (head + body).into_bytes() }
    }

    /// Where these letters stand.
    pub(crate) fn places(&self, letters: &str) -> Places {
        let text = String::from_utf8_lossy(&self.bytes);
        let at = text.match_indices(letters).map(|(at, _)| at).collect();
        Places { at, width: letters.len() }
    }

    pub(crate) fn write(&mut self, places: &Places, text: &[u8]) {
        for at in &places.at {
            self.bytes[*at..at + places.width].copy_from_slice(text);
        }
    }

    pub(crate) fn write_digits(&mut self, places: &Places, number: u64) {
        for at in &places.at {
            let mut rest = number;
            for byte in self.bytes[*at..at + places.width].iter_mut().rev() {
                *byte = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
        }
    }

    pub(crate) fn request(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.bytes[self.head..]
    }
}

/// The rings of calls, a new one each time.
#[derive(Clone)]
pub(crate) struct Rings {
    template: Template,
    caller: Places,
    agent: Places,
    line: Places,
    queue: Places,
    call: Places,
    /// How many different ones ring.
    agents: u64,
    queues: u64,
}

impl Rings {
    /// Of a thousand agents and one queue.
    pub(crate) fn new() -> Self {
        Self::of(1000, 1)
    }

    /// Of so many agents and queues.
    pub(crate) fn of(agents: u64, queues: u64) -> Self {
        let template = Template::post("/thirdparty", HEADERS, RING);
        let [caller, agent, line, queue, call] =
            ["CCCC", "UUUU", "LLLL", "QQQQ", "NNNNNNNNNN"].map(|letters| template.places(letters));
        Self { template, caller, agent, line, queue, call, agents, queues }
    }

    /// The ring of this call, at this line.
    pub(crate) fn write(&mut self, call: u64, line: u64) -> &[u8] {
        self.template.write_digits(&self.caller, call % 10_000);
        self.template.write_digits(&self.agent, FIRST_AGENT + call % self.agents);
        self.template.write_digits(&self.queue, call % self.queues);
        self.template.write_digits(&self.line, line);
        self.template.write_digits(&self.call, call);
        self.template.request()
    }

    /// The one that was written last.
    pub(crate) fn request(&self) -> &[u8] {
        self.template.request()
    }
}
