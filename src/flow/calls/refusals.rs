//! Requests that are not taken: kept for whoever asks why, bounded, and without what proves them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::domain::event::CallEvent;
use crate::domain::ids::Id;
use crate::domain::problem::Code;
use crate::domain::throttle::Throttle;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::context::{Context, cause};
use crate::pbx::{self, Auth, Inbound, Pasted, Refusal, Source};
use crate::store::{Error as StoreError, RefusalRow, Store};

/// Refusals that are kept and logged in one second; anybody can send what is refused.
const A_SECOND: u32 = 20;

/// What a refused request looked like, without what proves it, or would have.
#[derive(Debug, Serialize)]
pub struct Described {
    method: String,
    event: Option<String>,
    query: String,
    headers: BTreeMap<String, String>,
    body: String,
    /// The length of the whole body.
    bytes: usize,
}

/// What a pasted request means to a source.
#[derive(Debug)]
pub struct TriedOut {
    /// Whether it is authentic.
    pub authentic: Result<(), Refusal>,
    pub events: Result<Vec<CallEvent>, Refusal>,
}

impl TriedOut {
    /// Nothing is kept of it.
    pub fn of(source: &Source, pasted: &Pasted, now: Timestamp) -> Self {
        let (authentic, events) = source.try_out(pasted.inbound(now));
        Self { authentic, events }
    }
}

/// Requests that are not taken.
#[derive(Debug)]
pub struct Refusals {
    context: Arc<Context>,
    throttle: Throttle,
}

/// The newest refusals of one source or of all, newest first.
pub async fn list(
    store: &Store,
    source: Option<String>,
    before: Option<Id>,
    limit: i64,
) -> Result<Vec<RefusalRow>, StoreError> {
    store.read(move |tx| tx.list_refusals(source.as_deref(), before, limit)).await
}

impl Refusals {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context, throttle: Throttle::new(A_SECOND) }
    }

    /// Logs a refusal and keeps it for whoever asks later; answers whether it did. What floods in is
    /// only counted.
    pub async fn add(&self, source: &str, code: Code, detail: &str, request: &Described) -> bool {
        /// The newest of a kind that are kept.
        const KEPT: i64 = 1000;
        let now = self.context.now();
        // What is authentic cannot be sent by anybody; a queue's message must find room.
        if is_anybodys(code) && !self.throttle.admits(now) {
            return false;
        }
        let word = code.word();
        tracing::warn!(source, code = word, detail, "request refused");
        let refusal = RefusalRow {
            id: Id::mint(now),
            source: source.to_owned(),
            code: word.to_owned(),
            detail: detail.to_owned(),
            request: serde_json::to_string(request).unwrap_or_default(),
        };
        let kept = self.context.store.write(move |tx| tx.insert_refusal(&refusal, KEPT)).await;
        if let Err(error) = &kept {
            tracing::error!(source, error = cause(error), "a refusal could not be stored");
        }
        kept.is_ok()
    }

    /// Logs how many refusals were only counted.
    pub fn report(&self) {
        if let Some(times) = self.throttle.take_beyond() {
            tracing::warn!(times, "more requests were refused than are logged above");
        }
    }

    /// The newest refusals of one source or of all, newest first.
    pub async fn list(
        &self,
        source: Option<String>,
        before: Option<Id>,
        limit: i64,
    ) -> Result<Vec<RefusalRow>, StoreError> {
        list(&self.context.store, source, before, limit).await
    }

    /// What the addresses of the newest refusals name as their source.
    pub async fn sources(&self) -> Result<Vec<String>, StoreError> {
        self.context.store.read(|tx| tx.list_refused_sources()).await
    }

    /// What a pasted request would mean to a source; none without such a source. Nothing is kept of
    /// it.
    pub fn try_out(&self, source: &str, pasted: &Pasted) -> Option<TriedOut> {
        let in_force = self.context.in_force();
        let source = in_force.configuration.source(source)?;
        Some(TriedOut::of(source, pasted, self.context.now()))
    }

    /// What a refused request looked like, without what proves it, or would have.
    pub fn describe(&self, source: &str, inbound: &Inbound<'_>, longest: usize) -> Described {
        let in_force = self.context.in_force();
        described(inbound, longest, in_force.configuration.source(source).map(AsRef::as_ref))
    }
}

/// Whether anybody can send what is refused so.
fn is_anybodys(code: Code) -> bool {
    !matches!(code, Code::NotUnderstood | Code::InternalError)
}

fn described(inbound: &Inbound<'_>, longest: usize, source: Option<&Source>) -> Described {
    let auth = source.map(|source| &source.auth);
    let own = [auth.and_then(Auth::header), auth.and_then(Auth::parameter)];
    let own: Vec<String> = own.into_iter().flatten().map(str::to_lowercase).collect();
    let shown = |name: &str, value: &str| {
        let secret = pbx::is_secret(name)
            || own.iter().any(|own| own == name)
            || source.is_some_and(|source| source.has_secret_in(value));
        if secret { format!("[{} characters]", value.chars().count()) } else { value.to_owned() }
    };
    let headers = inbound.headers.iter().take(40);
    let headers = headers.map(|(name, value)| (name.clone(), shown(name, value)));
    let kept = inbound.body.get(..longest.min(inbound.body.len())).unwrap_or_default();
    Described {
        method: inbound.method.to_owned(),
        event: inbound.event.map(str::to_owned),
        query: redacted(inbound.query, shown),
        headers: headers.collect(),
        body: String::from_utf8_lossy(kept).into_owned(),
        bytes: inbound.body.len(),
    }
}

fn redacted(query: &str, shown: impl Fn(&str, &str) -> String) -> String {
    let mut out = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()).take(100) {
        let lower = name.to_lowercase();
        out.append_pair(&name, &shown(&lower, &value));
    }
    out.finish()
}
