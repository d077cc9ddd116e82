//! Is an address a good `THIRD_PARTY_URL`? Asks it what an agent's browser would ask, ours or
//! anyone's, and says line by line what holds.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use crate::domain::framing::admits;
use crate::domain::time::Clock;
use crate::flow::cause;
use crate::transport::http::{Http, Reply, Request};

/// What one line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is as it must be.
    Holds,
    /// It is not, and agents will notice.
    Fails,
    /// It could be better, or nothing could be said.
    Note,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Good or bad.
    pub verdict: Verdict,
    /// What was looked at and seen.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.verdict {
            Verdict::Holds => "ok  ",
            Verdict::Fails => "FAIL",
            Verdict::Note => "note",
        };
        write!(f, "{mark}  {}", self.text)
    }
}

/// How long one request may take. An answer after a second is late already.
const TIMEOUT: Duration = Duration::from_secs(10);
const LATE: Duration = Duration::from_secs(1);

/// Redirects of a page that are followed.
const REDIRECTS: usize = 5;

/// What the contract's documentation asks `Access-Control-Allow-Headers` to name.
const HEADERS: [&str; 4] = ["origin", "x-requested-with", "content-type", "accept"];

/// Asks an address everything; the report is complete even where something fails.
pub async fn probe(address: &str, origin: &str, clock: &dyn Clock) -> Vec<Finding> {
    let mut report = Report { findings: Vec::new(), origin: origin.to_owned() };
    let Ok(http) = Http::new(TIMEOUT) else {
        report.fails("no HTTP client could be made on this machine");
        return report.findings;
    };
    if !Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
        report.fails(format!("{address} is not an address; write http:// or https:// before it"));
        return report.findings;
    }
    report.preflight(&http, address).await;
    let page = report.ring(&http, address, clock).await;
    report.refusal(&http, address).await;
    if let Some(page) = page {
        report.page(&http, &page).await;
    }
    report.findings
}

struct Report {
    findings: Vec<Finding>,
    origin: String,
}

impl Report {
    fn add(&mut self, verdict: Verdict, text: impl Into<String>) {
        self.findings.push(Finding { verdict, text: text.into() });
    }

    fn fails(&mut self, text: impl Into<String>) {
        self.add(Verdict::Fails, text);
    }

    fn note(&mut self, text: impl Into<String>) {
        self.add(Verdict::Note, text);
    }

    fn holds_if(&mut self, truth: bool, text: impl Into<String>) {
        self.add(if truth { Verdict::Holds } else { Verdict::Fails }, text);
    }

    async fn preflight(&mut self, http: &Http, address: &str) {
        let origin = self.origin.clone();
        let headers = [
            ("origin", origin.as_str()),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type"),
            ("access-control-request-private-network", "true"),
        ];
        let request = Request { method: "OPTIONS", url: address, headers: &headers, body: None };
        let reply = match http.send(request).await {
            Ok(reply) => reply,
            Err(error) => return self.fails(format!("OPTIONS: {}", cause(&error))),
        };
        self.holds_if(reply.is_success(), status("OPTIONS", &reply));
        self.allow_origin("OPTIONS", &reply);
        let methods = reply.header("access-control-allow-methods").unwrap_or_default();
        let post = listed(&methods).any(|method| method == "post" || method == "*");
        self.holds_if(
            post,
            format!("OPTIONS: Access-Control-Allow-Methods includes POST: {methods:?}"),
        );
        self.allow_headers(&reply);
        match reply.header("access-control-max-age") {
            Some(age) => self.add(Verdict::Holds, format!("OPTIONS: cached for {age} s")),
            None => {
                self.note("OPTIONS: no Access-Control-Max-Age: every ring needs a preflight first");
            }
        }
        if reply.header("access-control-allow-private-network").is_none() {
            self.note("OPTIONS: Access-Control-Request-Private-Network is not answered");
        }
    }

    fn allow_headers(&mut self, reply: &Reply) {
        let headers = reply.header("access-control-allow-headers").unwrap_or_default();
        let names = |name: &str| listed(&headers).any(|known| known == name || known == "*");
        self.holds_if(
            names("content-type"),
            format!("OPTIONS: Access-Control-Allow-Headers includes Content-Type: {headers:?}"),
        );
        let missing: Vec<&str> = HEADERS.into_iter().filter(|name| !names(name)).collect();
        if !missing.is_empty() {
            self.note(format!("OPTIONS: the contract also asks for {}", missing.join(", ")));
        }
    }

    fn allow_origin(&mut self, what: &str, reply: &Reply) {
        let allowed = reply.header("access-control-allow-origin").unwrap_or_default();
        let holds = allowed == "*" || allowed == self.origin;
        let text =
            format!("{what}: Access-Control-Allow-Origin allows {}: {allowed:?}", self.origin);
        self.holds_if(holds, text);
        let vary = reply.header("vary").unwrap_or_default();
        if holds && allowed != "*" && !listed(&vary).any(|name| name == "origin" || name == "*") {
            self.note(format!("{what}: the origin is echoed without Vary: Origin"));
        }
    }

    async fn post(&self, http: &Http, address: &str, body: String) -> Result<Reply, String> {
        let headers = [
            ("origin", self.origin.as_str()),
            ("content-type", "application/json;charset=utf-8"),
            ("accept", "application/json, text/plain, */*"),
            // A Callpane keeps nothing of such a ring; others do not know it.
            ("callpane-check", "1"),
        ];
        let request = Request { method: "POST", url: address, headers: &headers, body: Some(body) };
        http.send(request).await.map_err(|error| cause(&error))
    }

    /// A sample ring; answers the page that it opens.
    async fn ring(&mut self, http: &Http, address: &str, clock: &dyn Clock) -> Option<String> {
        let started = clock.elapsed();
        let reply = match self.post(http, address, sample(clock).to_string()).await {
            Ok(reply) => reply,
            Err(error) => {
                self.fails(format!("POST: {error}"));
                return None;
            }
        };
        let took = clock.elapsed().saturating_sub(started);
        self.holds_if(reply.is_success(), status("POST", &reply));
        self.allow_origin("POST", &reply);
        self.holds_if(took < LATE, format!("POST: answered in {} ms", took.as_millis()));
        let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        if !reply.is_success() {
            if let Some(why) = answer.get("detail").and_then(Value::as_str) {
                self.note(format!("POST: its reason: {why}"));
            }
            return None;
        }
        if !answer.is_object() {
            self.fails("POST: the answer is not a JSON object");
            return None;
        }
        self.answer(&answer)
    }

    /// What the client makes of an answer.
    fn answer(&mut self, answer: &Value) -> Option<String> {
        let member = |name: &str| answer.get(name).and_then(Value::as_str);
        let action = member("action").unwrap_or_default();
        let known = ["open", "popup", "run", "none"].contains(&action);
        self.holds_if(known, format!("answer: action is open, popup, run or none: {action:?}"));
        if answer.get("triggered").is_some() {
            self.fails(
                "answer: contains triggered, which the client sets itself: nothing will ever open",
            );
        }
        let event = answer.get("event").filter(|event| !event.is_null());
        if action == "none" {
            let text =
                "answer: none has no event, which would pause the agent with an empty screen";
            self.holds_if(event.is_none(), text);
            self.note("answer: nothing is opened for the sample ring, so no page could be checked");
            return None;
        }
        let events = ["EventRinging", "EventEstablished", "EventReleased"];
        let event = event.and_then(Value::as_str).unwrap_or_default();
        let text = format!("answer: event is one that the client knows: {event:?}");
        self.holds_if(events.contains(&event), text);
        if let Some(autopause) = answer.get("autopause") {
            let text = format!("answer: autopause is true or false: {autopause}");
            self.holds_if(autopause.is_boolean(), text);
        }
        let url = member("url").unwrap_or_default();
        if action == "run" {
            self.holds_if(!url.is_empty(), format!("answer: url names a program: {url:?}"));
            return None;
        }
        let absolute = Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        self.holds_if(absolute, format!("answer: url is an absolute address: {}", shown(url)));
        if action == "popup" {
            self.note("page: opens in a window of its own, so it need not be framed");
            return None;
        }
        absolute.then(|| url.to_owned())
    }

    /// A refusal without CORS headers reaches the client as a network error that says nothing.
    async fn refusal(&mut self, http: &Http, address: &str) {
        match self.post(http, address, "{ this is not JSON".to_owned()).await {
            Ok(reply) if reply.is_success() => {
                self.note("refusal: a body that is not JSON is answered as if it were a ring");
            }
            Ok(reply) => self.allow_origin(&format!("refusal ({})", reply.status), &reply),
            Err(error) => self.fails(format!("refusal: {error}")),
        }
    }

    /// May the desktop show this page in a frame?
    async fn page(&mut self, http: &Http, first: &str) {
        let mut address = first.to_owned();
        for _ in 0..REDIRECTS {
            self.mixed(&address);
            let request = Request { method: "GET", url: &address, headers: &[], body: None };
            let reply = match http.send(request).await {
                Ok(reply) => reply,
                Err(error) => return self.fails(format!("page: {}", cause(&error))),
            };
            let Some(next) = redirect(&address, &reply) else { return self.framing(&reply) };
            let login = ["login", "signin", "sign-in", "sso", "auth"];
            let path = Url::parse(&next).map(|url| url.path().to_lowercase()).unwrap_or_default();
            if login.iter().any(|word| path.contains(word)) {
                let text = "page: redirects to what looks like a login page, which does not work \
                            in a frame";
                return self.fails(format!("{text}: {}", shown(&next)));
            }
            self.note(format!("page: redirects to {}", shown(&next)));
            address = next;
        }
        self.fails(format!("page: redirects more than {REDIRECTS} times"));
    }

    fn mixed(&mut self, address: &str) {
        if self.origin.starts_with("https:") && address.starts_with("http:") {
            self.fails("page: is http inside an https desktop, which browsers refuse to show");
        }
    }

    fn framing(&mut self, reply: &Reply) {
        self.holds_if(reply.is_success(), status("page", reply));
        let policy = reply.header("content-security-policy").unwrap_or_default();
        let ancestors = policy.split([';', ',']).find_map(|directive| {
            directive.trim().to_lowercase().strip_prefix("frame-ancestors").map(str::to_owned)
        });
        // Where both are said, browsers obey frame-ancestors and ignore X-Frame-Options.
        match (ancestors, reply.header("x-frame-options")) {
            (Some(ancestors), _) => {
                let holds = ancestors.split_whitespace().any(|source| admits(source, &self.origin));
                let text = format!("page: frame-ancestors allows {}:{ancestors}", self.origin);
                self.holds_if(holds, text);
            }
            (None, Some(options)) => {
                let holds =
                    !["deny", "sameorigin"].contains(&options.trim().to_lowercase().as_str());
                self.holds_if(holds, format!("page: X-Frame-Options allows framing: {options}"));
            }
            (None, None) => self.add(Verdict::Holds, "page: nothing forbids framing it"),
        }
    }
}

fn status(what: &str, reply: &Reply) -> String {
    match reply.status {
        300..400 => format!("{what}: {} is a redirect, which browsers refuse here", reply.status),
        status => format!("{what}: status {status}"),
    }
}

fn listed(header: &str) -> impl Iterator<Item = String> {
    header.split(',').map(|name| name.trim().to_lowercase())
}

fn redirect(from: &str, reply: &Reply) -> Option<String> {
    let location = (300..400).contains(&reply.status).then(|| reply.header("location"))??;
    Url::parse(from).and_then(|from| from.join(&location)).ok().map(String::from)
}

/// An address may open a page: only its beginning is printed.
fn shown(url: &str) -> String {
    let short: String = url.chars().take(60).collect();
    if short.len() < url.len() { format!("{short}…") } else { short }
}

/// A ring as the client of 2024 builds it, of a new call, at an agent that nobody is.
fn sample(clock: &dyn Clock) -> Value {
    json!({
        "user": {
            "userId": 0, "firstName": "Callpane", "lastName": "Check", "fullName": "Callpane Check"
        },
        "callee": "0",
        "caller": "+33199001234",
        "queue": { "id": 1, "name": "check", "displayName": "Check", "number": "3000" },
        "userData": { "XIVO_USERID": "1", "XIVO_SRCNUM": "+33199001234", "XIVO_DSTNUM": "3000" },
        "callDataCallId": format!("check.{}", clock.now().0)
    })
}
