//! A vendor's server, as its documentation describes it: `tests/presets/NAME.toml` says what it takes
//! and what it answers. It refuses what the vendor would refuse.

#![expect(clippy::disallowed_types, reason = "shared with a server of the test's own")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde::Deserialize;
use serde_json::Value;

/// What stands in `tests/presets/NAME.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    /// How sure the answers are: documented, unverified.
    pub(crate) mark: String,
    /// What they rest on.
    pub(crate) source: String,
    /// The vendor's own addresses, which stand in the preset, and which the server stands for.
    #[serde(default)]
    pub(crate) hosts: Vec<String>,
    /// What the operator says; `{vendor}` is the server's address.
    pub(crate) setup: BTreeMap<String, String>,
    /// Headers that every request must have, or it is answered 401.
    #[serde(default)]
    proof: Rules,
    answer: Vec<Door>,
    /// The numbers of contacts that were made: every server of this script knows them.
    #[serde(skip)]
    kept: Arc<Mutex<Vec<String>>>,
}

/// What is wanted of the members of something, by JSON pointer; a `?` behind it: it may lack.
type Rules = BTreeMap<String, Rule>;

/// What is wanted of one value.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Rule {
    /// `any`, `text` (not empty), `number`; behind `=` the value itself; else its form, in which `0`
    /// stands for a digit and a star at the end for anything.
    Kind(String),
    /// One of these words; with a star at the end a form.
    Words(Vec<String>),
}

/// One request that the vendor takes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Door {
    /// `POST /api/calls`
    on: String,
    /// Only requests whose query or body says this come in here; `kept` is a number of `keeps` as it
    /// was written, `kept:9` its last nine digits.
    #[serde(default)]
    when: Rules,
    /// Makes a contact: where its number stands in the body.
    keeps: Option<String>,
    /// Instead of those of the whole server.
    proof: Option<Rules>,
    #[serde(default)]
    headers: Rules,
    #[serde(default)]
    query: Rules,
    #[serde(default)]
    body: Rules,
    /// Members of the body that no rule speaks of are refused, too.
    #[serde(default)]
    strict: bool,
    /// How it refuses.
    #[serde(default = "unprocessable")]
    refuses: u16,
    #[serde(default = "ok")]
    status: u16,
    json: Option<Value>,
    text: Option<String>,
}

fn unprocessable() -> u16 {
    422
}

fn ok() -> u16 {
    200
}

/// What was asked.
struct Asked {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    query: Value,
    body: Value,
    /// How the body was written.
    form: bool,
    sent: String,
}

/// A server that keeps what was said, as text.
pub(crate) struct Vendor {
    pub(crate) url: String,
    said: Arc<Mutex<Vec<String>>>,
}

impl Script {
    pub(crate) fn read(name: &str) -> Self {
        let path = format!("{}/tests/presets/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let script: Self = toml::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(["documented", "unverified"].contains(&script.mark.as_str()), "{path}: mark");
        assert!(!script.source.is_empty(), "{path}: source");
        script
    }
}

impl Vendor {
    pub(crate) fn start(script: &Script) -> Self {
        let said = Arc::new(Mutex::new(Vec::new()));
        let (script, kept) = (script.clone(), Arc::clone(&said));
        let server = HttpServer::new(move || {
            let (script, kept) = (script.clone(), Arc::clone(&kept));
            App::new().default_service(web::to(move |request: HttpRequest, body: web::Bytes| {
                let asked = Asked::read(&request, &body);
                let (status, answer) = script.answers(&asked);
                kept.lock().unwrap().push(format!("{}=> {status} {answer}\n", asked.shown()));
                let status = status.try_into().unwrap();
                let kind = if answer.starts_with(['{', '[']) { "json" } else { "octet-stream" };
                let reply = HttpResponse::build(status)
                    .content_type(format!("application/{kind}"))
                    .body(answer);
                async move { reply }
            }))
        });
        let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", server.addrs()[0]);
        tokio::spawn(server.run());
        Self { url, said }
    }

    /// What was said since this was last asked.
    pub(crate) fn heard(&self) -> String {
        self.said.lock().unwrap().drain(..).collect()
    }
}

impl Script {
    /// What the vendor answers: the first door that fits.
    fn answers(&self, asked: &Asked) -> (u16, String) {
        let here = format!("{} {}", asked.method, asked.path);
        let fits = |door: &&Door| {
            let of_either = |(pointer, rule): (&String, &Rule)| {
                let found = asked.query.pointer(pointer).or_else(|| asked.body.pointer(pointer));
                found.is_some_and(|found| rule.allows(found) || self.knows(rule, found))
            };
            door.on == here && door.when.iter().all(of_either)
        };
        let Some(door) = self.answer.iter().find(fits) else {
            return (404, format!("{{\"refused\":\"there is no {here}\"}}"));
        };
        let headers = asked.headers.iter();
        let headers: Value =
            headers.map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
        let proof = door.proof.as_ref().unwrap_or(&self.proof);
        let refused =
            |status: u16, why: String| (status, serde_json::json!({ "refused": why }).to_string());
        if let Some(why) = complaint(proof, &headers) {
            return refused(401, why);
        }
        let wrong = complaint(&door.headers, &headers)
            .or_else(|| complaint(&door.query, &asked.query))
            .or_else(|| complaint(&door.body, &asked.body))
            .or_else(|| unknown(&door.query, &asked.query))
            .or_else(|| unknown(&door.body, &asked.body).filter(|_| door.strict));
        if let (None, Some(pointer)) = (&wrong, &door.keeps) {
            let number = asked.body.pointer(pointer).and_then(Value::as_str);
            self.kept.lock().unwrap().push(number.unwrap().to_owned());
        }
        match (wrong, &door.json) {
            (Some(why), _) => refused(door.refuses, why),
            (None, Some(json)) => (door.status, json.to_string()),
            (None, None) => (door.status, door.text.clone().unwrap_or_default()),
        }
    }
}

impl Script {
    /// Whether this asks for the number of a contact that was made.
    fn knows(&self, rule: &Rule, asked: &Value) -> bool {
        let last_nine = match rule {
            Rule::Kind(kind) if kind == "kept" => false,
            Rule::Kind(kind) if kind == "kept:9" => true,
            _ => return false,
        };
        let asked = asked.as_str().unwrap_or_default();
        self.kept.lock().unwrap().iter().any(|number| {
            let begin = if last_nine { number.len() - 9 } else { 0 };
            asked.contains(&number[begin..])
        })
    }
}

impl Asked {
    fn read(request: &HttpRequest, body: &[u8]) -> Self {
        let headers = request.headers().iter();
        let mut headers: Vec<(String, String)> = headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort_unstable();
        let form = headers.iter().any(|(name, value)| {
            name == "content-type" && value.starts_with("application/x-www-form-urlencoded")
        });
        let sent = String::from_utf8(body.to_vec()).unwrap();
        let written =
            if form { pairs(&sent) } else { serde_json::from_str(&sent).unwrap_or_default() };
        Self {
            method: request.method().to_string(),
            path: request.path().to_owned(),
            headers,
            query: pairs(request.query_string()),
            body: written,
            form,
            sent,
        }
    }

    /// The request as people read it: form and query one value a line, JSON indented.
    fn shown(&self) -> String {
        const IDLE: [&str; 6] =
            ["accept", "accept-encoding", "connection", "content-length", "host", "user-agent"];
        let mut shown = format!("{} {}\n", self.method, self.path);
        let lines = |shown: &mut String, mark: &str, pairs: &Value| {
            for (name, value) in pairs.as_object().into_iter().flatten() {
                writeln!(shown, "  {mark} {name} = {}", value.as_str().unwrap_or_default())
                    .unwrap();
            }
        };
        lines(&mut shown, "?", &self.query);
        for (name, value) in &self.headers {
            if !IDLE.contains(&name.as_str()) {
                writeln!(shown, "{name}: {value}").unwrap();
            }
        }
        if self.form {
            lines(&mut shown, "-", &self.body);
        } else if self.body.is_null() {
            shown.push_str(&self.sent);
        } else {
            writeln!(shown, "{}", serde_json::to_string_pretty(&self.body).unwrap()).unwrap();
        }
        shown
    }
}

fn pairs(text: &str) -> Value {
    let pairs = url::form_urlencoded::parse(text.as_bytes());
    pairs.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))).collect()
}

/// Which rule is broken.
fn complaint(rules: &Rules, value: &Value) -> Option<String> {
    rules.iter().find_map(|(pointer, rule)| {
        let (path, may_lack) = split(pointer);
        match value.pointer(path) {
            Some(found) if rule.allows(found) => None,
            Some(found) => Some(format!("{path} is {found}, wanted is {rule:?}")),
            None if may_lack => None,
            None => Some(format!("{path} lacks")),
        }
    })
}

/// A member that no rule speaks of.
fn unknown(rules: &Rules, value: &Value) -> Option<String> {
    let known = |path: &str| {
        rules.keys().any(|pointer| {
            let pointer = split(pointer).0;
            path == pointer || path.starts_with(&format!("{pointer}/"))
        })
    };
    let mut open = vec![(String::new(), value)];
    while let Some((path, value)) = open.pop() {
        match value {
            _ if !path.is_empty() && known(&path) => {}
            Value::Object(members) => open.extend(members.iter().map(|(name, value)| {
                (format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")), value)
            })),
            Value::Array(list) => {
                let list = list.iter().enumerate();
                open.extend(list.map(|(at, value)| (format!("{path}/{at}"), value)));
            }
            _ if path.is_empty() => {}
            _ => return Some(format!("{path} is unknown")),
        }
    }
    None
}

fn split(pointer: &str) -> (&str, bool) {
    pointer.strip_suffix('?').map_or((pointer, false), |pointer| (pointer, true))
}

impl Rule {
    fn allows(&self, value: &Value) -> bool {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match self {
            Self::Words(words) => {
                words.contains(&text)
                    || words.iter().any(|word| word.ends_with('*') && has_form(word, &text))
            }
            Self::Kind(kind) => match kind.as_str() {
                "any" => true,
                "text" => value.as_str().is_some_and(|text| !text.is_empty()),
                "number" => value.is_number(),
                kind => match kind.strip_prefix('=') {
                    Some(exact) => exact == text,
                    None => has_form(kind, &text),
                },
            },
        }
    }
}

fn has_form(form: &str, text: &str) -> bool {
    let (form, open) = form.strip_suffix('*').map_or((form, false), |form| (form, true));
    let same = |(wanted, found): (char, char)| match wanted {
        '0' => found.is_ascii_digit(),
        wanted => wanted == found,
    };
    let (wanted, found) = (form.chars().count(), text.chars().count());
    (found == wanted || (open && found >= wanted)) && form.chars().zip(text.chars()).all(same)
}
