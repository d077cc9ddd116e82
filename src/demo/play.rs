//! Plays a phone system's call for the demo: its own requests, proven as it proves them, sent over
//! real HTTP to our own app.

use std::time::Duration;

use serde::Deserialize;

use crate::domain::secret::Secret;
use crate::flow::Flow;
use crate::pbx::{Auth, hex_hmac};
use crate::transport::http::{Error, Http, Request};

/// The calls, as data.
const CALLS: &str = include_str!("calls.json");

/// How long our own app may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How far apart the steps of a call are taken to be.
const STEP: Duration = Duration::from_secs(2);

/// A phone system and its call.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Script {
    /// The source that it is played at, by name.
    pub(super) kind: String,
    /// The phone system's name.
    pub(super) label: String,
    /// Its requests.
    pub(super) steps: Vec<Step>,
}

/// One request, with holes in braces.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Step {
    /// What it tells.
    pub(super) name: String,
    method: String,
    path: String,
    headers: serde_json::Map<String, serde_json::Value>,
    body: String,
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

/// Which step of whose call.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Wanted {
    vendor: String,
    step: usize,
    call: String,
    caller: String,
}

/// The calls that can be played: those whose source is configured.
pub(super) fn playable(flow: &Flow) -> Vec<Script> {
    let in_force = flow.context.in_force();
    let scripts: Vec<Script> = serde_json::from_str(CALLS).unwrap_or_default();
    let known = |script: &Script| in_force.configuration.source(&script.kind).is_some();
    scripts.into_iter().filter(known).collect()
}

/// Plays one step; none if there is no such step.
pub(super) async fn play(flow: &Flow, wanted: &Wanted) -> Result<Option<Played>, Error> {
    let scripts = playable(flow);
    let script = scripts.iter().find(|script| script.kind == wanted.vendor);
    let Some(step) = script.and_then(|script| script.steps.get(wanted.step)) else {
        return Ok(None);
    };
    let sent = filled(flow, step, wanted);
    let headers: Vec<(&str, &str)> =
        sent.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let body = (!sent.body.is_empty()).then(|| sent.body.clone());
    let request = Request { method: &sent.method, url: &sent.url, headers: &headers, body };
    let reply = Http::new(TIMEOUT)?.send(request).await?;
    let answer = String::from_utf8_lossy(&reply.body).into_owned();
    let headers = without_secret(flow, sent.headers, &wanted.vendor);
    Ok(Some(Played { headers, status: reply.status, answer, ..sent }))
}

fn filled(flow: &Flow, step: &Step, wanted: &Wanted) -> Played {
    let now = flow.context.now();
    let back = STEP * u32::try_from(wanted.step).unwrap_or(0);
    let start = now.minus(back);
    let kept = |c: &char| c.is_ascii_alphanumeric() || "+-._ ".contains(*c);
    let clean = |text: &str| text.chars().filter(kept).take(40).collect::<String>();
    let caller = clean(&wanted.caller);
    let escaped: String = url::form_urlencoded::byte_serialize(caller.as_bytes()).collect();
    let secret = secret_of(flow, &wanted.vendor);
    let holes = [
        ("{call}", clean(&wanted.call)),
        ("{caller}", caller),
        ("{caller_escaped}", escaped),
        ("{now}", now.0.to_string()),
        ("{now_iso}", now.to_string()),
        ("{before_iso}", now.minus(STEP).to_string()),
        ("{start}", start.0.to_string()),
        ("{start_iso}", start.to_string()),
    ];
    let fill = |text: &str| {
        holes.iter().fold(text.to_owned(), |text, (hole, value)| text.replace(hole, value))
    };
    let body = fill(&step.body);
    let proof = |value: &str| match value {
        "{signature}" => hex_hmac(&secret, body.as_bytes()),
        other => other.replace("{secret}", secret.expose()),
    };
    let headers = step
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), proof(value.as_str().unwrap_or_default())));
    Played {
        method: step.method.clone(),
        url: format!("{}{}", flow.context.options().public_url, fill(&step.path)),
        headers: headers.collect(),
        status: 0,
        answer: String::new(),
        body,
    }
}

/// What may be shown: the phone system's secret is as good as the phone system.
fn without_secret(
    flow: &Flow,
    headers: Vec<(String, String)>,
    source: &str,
) -> Vec<(String, String)> {
    let secret = secret_of(flow, source);
    if secret.expose().is_empty() {
        return headers;
    }
    let hidden = format!("[{} characters]", secret.expose().chars().count());
    let shown = |value: String| value.replace(secret.expose(), &hidden);
    headers.into_iter().map(|(name, value)| (name, shown(value))).collect()
}

/// What a source is shown as proof.
fn secret_of(flow: &Flow, source: &str) -> Secret {
    let in_force = flow.context.in_force();
    let found = in_force.configuration.source(source).and_then(|source| {
        let shown = match &source.auth {
            Auth::Token(values) | Auth::Header { values, .. } | Auth::Query { values, .. } => {
                values.first()
            }
            Auth::Basic { .. } | Auth::None => None,
        };
        source.secrets.first().or(shown).cloned()
    });
    found.unwrap_or_else(|| Secret::new(""))
}
