//! Requests that are not taken: kept for whoever asks why, bounded, and without what proves them.

use serde_json::{Value, json};

use crate::domain::decision::Word as _;
use crate::domain::event::CallEvent;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;
use crate::flow::Flow;
use crate::flow::calls::receive::Error;
use crate::flow::cause;
use crate::pbx::{Auth, Inbound, Pasted, Refusal, Source};
use crate::store::{Error as StoreError, RefusalRow, Store};

/// Refusals that are kept and logged in one second; anybody can send what is refused.
pub(crate) const A_SECOND: u32 = 20;

impl Flow {
    /// Logs a refusal and keeps it for whoever asks later; answers whether it did. What floods in is
    /// only counted.
    pub async fn refuse(
        &self,
        source: &str,
        status: u16,
        code: &str,
        detail: &str,
        request: &Value,
    ) -> bool {
        /// The newest of a kind that are kept.
        const KEPT: i64 = 1000;
        let now = self.clock.now();
        // What is authentic cannot be sent by anybody; a queue's message must find room.
        if anybodys(code) && !self.flood.admits(now) {
            return false;
        }
        tracing::warn!(source, code, detail, "request refused");
        let refusal = RefusalRow {
            id: Id::mint(now),
            source: source.to_owned(),
            status: i64::from(status),
            code: code.to_owned(),
            detail: detail.to_owned(),
            request: request.to_string(),
        };
        let kept = self.store.write(move |tx| tx.insert_refusal(&refusal, KEPT)).await;
        if let Err(error) = &kept {
            tracing::error!(source, error = cause(error), "a refusal is not kept");
        }
        kept.is_ok()
    }

    /// Logs how many refusals were only counted.
    pub fn report_refusals(&self) {
        if let Some(times) = self.flood.take_beyond() {
            tracing::warn!(times, "requests refused, beyond what is logged above");
        }
    }

    /// What a pasted request would mean to a source, as JSON; none without such a source. Nothing
    /// is kept of it.
    pub fn try_out(&self, source: &str, pasted: &Pasted) -> Option<Value> {
        let in_force = self.in_force.load();
        let source = in_force.configuration.source(source)?;
        Some(tried(source, pasted, self.clock.now()))
    }

    /// The newest refusals, newest first.
    pub async fn refusals(
        &self,
        source: Option<String>,
        before: Option<Id>,
        limit: i64,
    ) -> Result<Vec<RefusalRow>, StoreError> {
        list(&self.store, source, before, limit).await
    }

    /// What a refused request looked like, without what proves it, or would have.
    pub fn described(&self, source: &str, inbound: &Inbound<'_>, longest: usize) -> Value {
        let in_force = self.in_force.load();
        described(inbound, longest, in_force.configuration.source(source).map(|one| &one.auth))
    }
}

/// The newest refusals that a database keeps, newest first.
pub async fn list(
    store: &Store,
    source: Option<String>,
    before: Option<Id>,
    limit: i64,
) -> Result<Vec<RefusalRow>, StoreError> {
    store.read(move |tx| tx.list_refusals(source.as_deref(), before, limit)).await
}

/// Whether anybody can send what is refused so.
fn anybodys(code: &str) -> bool {
    !matches!(code, "not-understood" | "broke-off")
}

fn described(inbound: &Inbound<'_>, longest: usize, auth: Option<&Auth>) -> Value {
    /// Headers that hold, or are made with, a secret.
    const PROOFS: [&str; 5] =
        ["authorization", "x-pbx-token", "cookie", "proxy-authorization", "x-api-key"];
    let own = [auth.and_then(Auth::header), auth.and_then(Auth::parameter)];
    let own: Vec<String> = own.into_iter().flatten().map(str::to_lowercase).collect();
    let shown = |name: &str, value: &str| {
        let secret = PROOFS.contains(&name)
            || own.iter().any(|own| own == name)
            || ["token", "secret", "key", "password"].iter().any(|w| name.contains(w));
        if secret { format!("[{} characters]", value.chars().count()) } else { value.to_owned() }
    };
    let headers = inbound.headers.iter().take(40);
    let headers = headers.map(|(name, value)| (name.clone(), shown(name, value).into()));
    let kept = inbound.body.get(..longest.min(inbound.body.len())).unwrap_or_default();
    json!({
        "method": inbound.method,
        "event": inbound.event,
        "query": redacted(inbound.query, shown),
        "headers": headers.collect::<serde_json::Map<_, _>>(),
        "body": String::from_utf8_lossy(kept).replace('\0', ""),
        "bytes": inbound.body.len(),
    })
}

fn redacted(query: &str, shown: impl Fn(&str, &str) -> String) -> String {
    let mut out = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()).take(100) {
        let lower = name.to_lowercase();
        out.append_pair(&name, &shown(&lower, &value));
    }
    out.finish().replace('\0', "")
}

/// A refusal as it is listed.
pub fn listed(row: &RefusalRow) -> Value {
    json!({
        "id": row.id.to_string(),
        "at": row.id.minted().to_string(),
        "source": row.source,
        "status": row.status,
        "code": row.code,
        "detail": row.detail,
        "request": serde_json::from_str::<Value>(&row.request).unwrap_or_default(),
    })
}

/// What a pasted request means to a source.
pub fn tried(source: &Source, pasted: &Pasted, now: Timestamp) -> Value {
    let (proven, read) = source.try_out(pasted.inbound(now));
    let mut answer = json!({ "authentic": proven.is_ok() });
    let mut add = |name: &str, value: Value| {
        answer.as_object_mut().map(|answer| answer.insert(name.to_owned(), value))
    };
    if let Err(refusal) = proven {
        add("not_authentic", refusal.to_string().into());
    }
    match read {
        Ok(events) => add("events", events.iter().map(shown).collect()),
        Err(refusal) => add("not_understood", refusal.to_string().into()),
    };
    answer
}

/// An event as JSON: for whoever tries a request out.
fn shown(event: &CallEvent) -> Value {
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let agent = event.agent.as_ref().map(|agent| {
        json!({
            "extension": agent.line, "id": agent.user_id.as_ref().or(agent.agent_id.as_ref()),
            "name": agent.name, "email": agent.email,
        })
    });
    let mut all = json!({
        "event": event.kind.word(),
        "name": event.name,
        "call": event.call,
        "at": event.at.to_string(),
        "agent": agent,
        "caller": event.other.as_ref().map(|other| json!({ "number": other.number, "name": other.name })),
        "dialled": event.dialled,
        "direction": event.direction.map(|direction| direction.word()),
        "queue": event.queue.as_ref().and_then(|queue| queue.label()),
        "started": moment(event.started_at),
        "answered": moment(event.answered_at),
        "ended": moment(event.ended_at),
        "talk_seconds": event.talk_ms.map(|ms| ms / 1000),
        "duration_seconds": event.duration_ms.map(|ms| ms / 1000),
        "outcome": event.outcome.map(|outcome| outcome.word()),
        "cause": event.cause,
        "recordings": event.recordings,
        "tags": event.tags,
        "data": event.data.iter().map(|(k, v)| (k.clone(), v.as_str().into())).collect::<serde_json::Map<_, _>>(),
    });
    prune(&mut all);
    all
}

/// Leaves out what says nothing.
fn prune(value: &mut Value) {
    if let Value::Object(members) = value {
        members.values_mut().for_each(prune);
        let empty = |value: &Value| match value {
            Value::Null => true,
            Value::Array(list) => list.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => false,
        };
        members.retain(|_, value| !empty(value));
    }
}

/// Secrets never leave through an error: a refusal says what is wrong, not what would be right.
pub fn status(error: &Error) -> (u16, &'static str) {
    match error {
        Error::NoSource(_) => (404, "no-such-source"),
        Error::Refused(Refusal::NotAuthentic(_)) => (401, "not-authentic"),
        Error::Refused(Refusal::NotUnderstood(_)) => (422, "not-understood"),
        Error::Store(_) => (503, "database-away"),
    }
}
