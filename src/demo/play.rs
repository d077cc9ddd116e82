//! Plays a phone system's call for the demo: its own requests, proven as it proves them, sent over
//! real HTTP to our own app.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::flow::Flow;
use crate::pbx::{Auth, hex_hmac};
use crate::transport::http::{Error, Http, Request};

/// The calls, as data.
const CALLS: &str = include_str!("calls.json");

/// How long our own app may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How far apart the steps of a call are taken to be.
const STEP: Duration = Duration::from_secs(2);

/// How long an agent's presence is said to last.
const LATER: Duration = Duration::from_mins(30);

const FORM: &str = "application/x-www-form-urlencoded";

/// The phone system that reports the calls of the stand-in agent application itself.
pub(super) const XUC: &str = "xuc";

/// A phone system and its calls.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct System {
    /// The source that they are played at, by name.
    pub(super) source: String,
    /// The phone system's name.
    pub(super) label: String,
    pub(super) calls: Vec<Script>,
}

/// A call, request by request.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Script {
    pub(super) id: String,
    /// What the call shows: inbound, outbound, ivr, …
    pub(super) kind: String,
    pub(super) steps: Vec<Step>,
}

/// One request, with holes in braces. Its source's `auth` is added to it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Step {
    /// What it tells; no other step of the call has this name.
    pub(super) name: String,
    #[serde(default = "post")]
    method: String,
    path: String,
    /// What the phone system proves itself with, where that is not `auth`.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// JSON as it is sent; a form is a JSON string here.
    body: Option<Box<RawValue>>,
}

fn post() -> String {
    "POST".to_owned()
}

/// A request that was sent, without the secret that it was proven with, and its answer.
#[derive(Debug, Clone)]
pub(super) struct Played {
    /// GET or POST.
    pub(super) method: String,
    /// Where to.
    pub(super) url: String,
    /// Names and values.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
    /// What was answered.
    pub(super) status: u16,
    /// With what.
    pub(super) answer: String,
}

/// Which step of which call.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Wanted {
    script: String,
    step: String,
    /// The call's id at the phone system.
    call: String,
    caller: String,
    /// The agent's line, where the page chooses the agent.
    #[serde(default)]
    line: String,
    /// The queue's name, where the page chooses the queue.
    #[serde(default)]
    queue: String,
}

/// The phone systems whose calls can be played: those whose source is configured.
pub(super) fn playable(flow: &Flow) -> Vec<System> {
    let in_force = flow.context.in_force();
    let systems: Vec<System> = serde_json::from_str(CALLS).unwrap_or_default();
    let known = |system: &System| in_force.configuration.source(&system.source).is_some();
    systems.into_iter().filter(known).collect()
}

/// Plays one step; none if there is no such step.
pub(super) async fn play(flow: &Flow, wanted: &Wanted) -> Result<Option<Played>, Error> {
    let systems = playable(flow);
    let found = systems.iter().find_map(|system| {
        let script = system.calls.iter().find(|script| script.id == wanted.script)?;
        let at = script.steps.iter().position(|step| step.name == wanted.step)?;
        Some((system.source.as_str(), at, script.steps.get(at)?))
    });
    let Some((source, at, step)) = found else { return Ok(None) };
    let proof = Proof::of(flow, source);
    let sent = filled(flow, step, at, wanted, &proof);
    let headers: Vec<(&str, &str)> =
        sent.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let body = (!sent.body.is_empty()).then(|| sent.body.clone());
    let request = Request { method: &sent.method, url: &sent.url, headers: &headers, body };
    let reply = Http::new(TIMEOUT)?.send(request).await?;
    let answer = String::from_utf8_lossy(&reply.body).into_owned();
    Ok(Some(proof.hide(Played { status: reply.status, answer, ..sent })))
}

/// A request with its holes filled and its proof added.
fn filled(flow: &Flow, step: &Step, at: usize, wanted: &Wanted, proof: &Proof) -> Played {
    let holes = holes(flow.context.now(), at, wanted);
    let fill = |text: &str| {
        holes.iter().fold(text.to_owned(), |text, (hole, value)| text.replace(hole, value))
    };
    let body = step.body.as_deref().map(RawValue::get).unwrap_or_default();
    let form: Option<String> = serde_json::from_str(body).ok();
    let content_type = form.as_ref().map_or("application/json", |_| FORM);
    let body = fill(form.as_deref().unwrap_or(body));
    let url = format!("{}{}", flow.context.options().public_url, fill(&step.path));
    let (url, mut headers) = proof.added_to(url);
    let signed = |value: &str| match value {
        "{signature}" => hex_hmac(&proof.secret, body.as_bytes()),
        other => other.replace("{secret}", proof.secret.expose()),
    };
    headers.extend(step.headers.iter().map(|(name, value)| (name.clone(), signed(value))));
    if !body.is_empty() {
        headers.push(("content-type".to_owned(), content_type.to_owned()));
    }
    Played { method: step.method.clone(), url, headers, status: 0, answer: String::new(), body }
}

/// What stands for what in the step at this place of a call.
fn holes(now: Timestamp, at: usize, wanted: &Wanted) -> [(&'static str, String); 11] {
    let start = now.minus(STEP * u32::try_from(at).unwrap_or(0));
    let kept = |c: &char| c.is_ascii_alphanumeric() || "+-._ ".contains(*c);
    let clean = |text: &str| text.chars().filter(kept).take(40).collect::<String>();
    let caller = clean(&wanted.caller);
    let escaped: String = url::form_urlencoded::byte_serialize(caller.as_bytes()).collect();
    [
        ("{call}", clean(&wanted.call)),
        ("{caller}", caller),
        ("{caller_escaped}", escaped),
        ("{line}", clean(&wanted.line)),
        ("{queue}", clean(&wanted.queue)),
        // In JSON it is a number.
        ("\"{now}\"", now.0.to_string()),
        ("{now_iso}", now.to_string()),
        ("{before_iso}", now.minus(STEP).to_string()),
        ("{later_iso}", now.plus(LATER).to_string()),
        ("{start}", start.0.to_string()),
        ("{start_iso}", start.to_string()),
    ]
}

/// What a source's requests are proven with.
struct Proof {
    auth: Auth,
    secret: Secret,
}

impl Proof {
    fn of(flow: &Flow, source: &str) -> Self {
        let in_force = flow.context.in_force();
        let found = in_force.configuration.source(source);
        let auth = found.map(|source| source.auth.clone()).unwrap_or_default();
        let shown = match &auth {
            Auth::Token(values) | Auth::Header { values, .. } | Auth::Query { values, .. } => {
                values.first()
            }
            Auth::Basic { .. } | Auth::None => None,
        };
        let secret = found.and_then(|source| source.secrets.first()).or(shown).cloned();
        Self { secret: secret.unwrap_or_else(|| Secret::new("")), auth }
    }

    /// The address and the headers of a request that shows it.
    fn added_to(&self, url: String) -> (String, Vec<(String, String)>) {
        let secret = self.secret.expose();
        match &self.auth {
            Auth::Token(_) => {
                let bearer = ("authorization".to_owned(), format!("Bearer {secret}"));
                (url, vec![bearer])
            }
            Auth::Header { name, .. } => (url, vec![(name.clone(), secret.to_owned())]),
            Auth::Query { name, .. } => {
                let and = if url.contains('?') { '&' } else { '?' };
                (format!("{url}{and}{name}={secret}"), Vec::new())
            }
            Auth::Basic { .. } | Auth::None => (url, Vec::new()),
        }
    }

    /// What may be shown: the phone system's secret is as good as the phone system.
    fn hide(&self, played: Played) -> Played {
        let secret = self.secret.expose();
        if secret.is_empty() {
            return played;
        }
        let hidden = format!("[{} characters]", secret.chars().count());
        let shown = |text: String| text.replace(secret, &hidden);
        let headers = played.headers.into_iter().map(|(name, value)| (name, shown(value)));
        Played { url: shown(played.url), headers: headers.collect(), ..played }
    }
}
