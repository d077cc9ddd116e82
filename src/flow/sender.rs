//! One request out: written for its destination or look-up, authenticated, sent, and answered within
//! its timeout.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use crate::crm::{self, Prepared, Unsendable};
use crate::domain::destination::{Destination, Proof};
use crate::domain::ids::Id;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::flow::context::{Context, InForce, cause};
use crate::pbx::SQS_ATTRIBUTE;
use crate::store::Claimed;
use crate::transport::http::{Error, Http, Request};
use crate::transport::sqs::{self, Queue};

/// Where requests go.
pub(crate) type Target = (Destination, Option<sqs::Options>);

/// A token that an authorization server gave, and until when it is good.
type Token = Option<(Secret, Timestamp)>;

/// Sends to one destination.
pub(crate) struct Sender {
    pub(crate) context: Arc<Context>,
    pub(crate) destination: Destination,
    http: Http,
    queue: Option<Queue>,
    token: tokio::sync::Mutex<Token>,
}

/// What came back.
pub(crate) struct Answered {
    pub(crate) status: Option<u16>,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Vec<u8>,
    pub(crate) reason: Option<String>,
}

impl Sender {
    /// Gets ready; nothing is sent yet.
    pub(crate) fn new(context: Arc<Context>, (destination, queue): Target) -> Result<Self, Error> {
        let targets = &context.options.private_targets;
        let http = Http::vetted(targets.clone())?;
        let queue = queue.as_ref().map(|queue| Queue::new(queue, targets.clone()));
        Ok(Self { context, destination, http, queue, token: tokio::sync::Mutex::new(None) })
    }

    pub(crate) fn write(
        &self,
        in_force: &InForce,
        claimed: &Claimed,
    ) -> Result<Prepared, Unsendable> {
        let mut facts: Value = serde_json::from_str(&claimed.facts).unwrap_or_default();
        let sent = self.context.now();
        if let Some(facts) = facts.as_object_mut() {
            facts.insert("entry".to_owned(), json!({ "id": claimed.entry }));
            facts.insert("delivery".to_owned(), json!({ "id": crm::message_id(claimed.id) }));
            facts.insert("sent".to_owned(), json!({ "at": sent.to_string() }));
        }
        let lines = in_force.configuration.delivery_lines();
        // The configuration may have changed since this worker began: then its successor sends it.
        let current = in_force.configuration.destination(&self.destination.name);
        let current = current.map_or(&self.destination, |(current, _)| current);
        crm::request(current, lines, &claimed.kind, facts, claimed.entry.is_some())
    }

    pub(crate) async fn send(&self, prepared: &Prepared, id: Id) -> Answered {
        let failed = |reason: String| Answered {
            status: None,
            retry_after: None,
            body: Vec::new(),
            reason: Some(reason),
        };
        // One span for the token and the answer: the claim ends soon after it.
        let latest = Instant::now() + self.destination.timeout;
        let token = match self.token(latest).await {
            Ok(token) => token,
            Err(reason) => return failed(reason),
        };
        let now = self.context.now();
        let sent = prepared.clone().proven(&self.destination, id, now, token.as_ref());
        if let Some(queue) = &self.queue {
            let body = sent.body.clone().unwrap_or_default();
            let signature = sent.headers.iter().find(|(name, _)| name == "x-signature");
            let signature = signature.map(|(_, value)| value.as_str());
            let put = queue.send(&body, SQS_ATTRIBUTE, signature);
            return match timeout_at(latest, put).await {
                Ok(Ok(())) => Answered { status: Some(200), ..failed(String::new()) },
                Ok(Err(error)) => failed(cause(&error)),
                Err(_) => failed("SQS did not answer in time".to_owned()),
            };
        }
        let headers: Vec<(&str, &str)> =
            sent.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request =
            Request { method: &sent.method, url: &sent.url, headers: &headers, body: sent.body };
        match timeout_at(latest, self.http.send(request)).await {
            Ok(Ok(reply)) => {
                if reply.status == 401 {
                    *self.token.lock().await = None;
                }
                Answered {
                    status: Some(reply.status),
                    retry_after: reply.header("retry-after"),
                    body: reply.body,
                    reason: None,
                }
            }
            Ok(Err(error)) => failed(cause(&error)),
            Err(_) => failed(format!("no answer within {} s", self.destination.timeout.as_secs())),
        }
    }

    /// The token of a client that has to fetch one; kept until shortly before it ends.
    async fn token(&self, latest: Instant) -> Result<Option<Secret>, String> {
        const BEFORE: Duration = Duration::from_mins(1);
        const LATE: &str = "the authorization server did not answer in time";
        let Proof::ClientCredentials { token_url, client_id, client_secret, scope } =
            &self.destination.proof
        else {
            return Ok(None);
        };
        let now = self.context.now();
        // Somebody else may be asking for it.
        let mut kept = timeout_at(latest, self.token.lock()).await.map_err(|_late| LATE)?;
        if let Some((token, until)) = kept.as_ref()
            && now < *until
        {
            return Ok(Some(token.clone()));
        }
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let body = Some(token_request(client_id, client_secret, scope.as_deref()));
        let url = token_url.as_str();
        let request = Request { method: "POST", url, headers: &headers, body };
        let asked = timeout_at(latest, self.http.send(request)).await;
        let reply = asked.map_err(|_late| LATE)?;
        let reply = reply.map_err(|error| cause(&error))?;
        let said: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let Some(token) = said.get("access_token").and_then(Value::as_str) else {
            return Err(format!("the authorization server answered {} and no token", reply.status));
        };
        let lives = said.get("expires_in").and_then(Value::as_u64).unwrap_or(300);
        let until = now.plus(Duration::from_secs(lives).saturating_sub(BEFORE));
        let token = Secret::new(token);
        *kept = Some((token.clone(), until));
        Ok(Some(token))
    }
}

/// Asks for a token, as RFC 6749 writes it.
fn token_request(client: &str, secret: &Secret, scope: Option<&str>) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    form.append_pair("client_id", client).append_pair("client_secret", secret.expose());
    if let Some(scope) = scope {
        form.append_pair("scope", scope);
    }
    form.finish()
}
