//! Requests to one system, authenticated as its connection says: over HTTP, or into its queue.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use super::http::{self, Http, Request};
use super::sqs::{self, Queue};
use super::vetting::PrivateTargets;
use crate::domain::endpoint::{Authentication, Connection, Endpoint};
use crate::domain::reason::{Failure, Reason};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;

/// How long before its end a token is not used any more.
const MARGIN: Duration = Duration::from_mins(1);

/// How long a token is good whose server does not say it, in seconds.
const USUAL_LIFETIME: u64 = 300;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It did not get there, or nothing came back.
    #[error(transparent)]
    Http(#[from] http::Error),
    /// The queue did not take it.
    #[error(transparent)]
    Sqs(#[from] sqs::Error),
    /// The time was up.
    #[error("{}", Reason::Late(*.0))]
    Late(u64),
    /// The time was up before the queue had it, or before there was a token.
    #[error("{0}")]
    Failure(Failure),
    /// The authorization server gave none.
    #[error("{}", Reason::NoToken(*.0))]
    NoToken(u16),
}

/// A request with its secrets filled in, but for what authenticates it.
#[derive(Clone)]
pub struct Outbound {
    /// GET, POST, …
    pub method: String,
    /// Where to; empty for a queue.
    pub url: String,
    /// Header names and values.
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    /// What a message in a queue carries instead of headers.
    pub attribute: Option<(&'static str, String)>,
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[request]")
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status; 200 of a queue that has taken the message.
    pub status: u16,
    /// What the receiver wrote into `Retry-After`.
    pub retry_after: Option<String>,
    pub body: Vec<u8>,
}

enum Way {
    Http(Authentication),
    Sqs(Queue),
}

/// A token that an authorization server gave, and until when it is used.
type Token = Option<(Secret, Timestamp)>;

/// Sends requests to one system.
pub struct Client {
    way: Way,
    http: Http,
    timeout: Duration,
    token: Mutex<Token>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[client]")
    }
}

impl Client {
    /// Gets ready; nothing is sent yet.
    pub fn new(connection: &Connection, targets: &PrivateTargets) -> Result<Self, http::Error> {
        let way = match &connection.endpoint {
            Endpoint::Http(authentication) => Way::Http(authentication.clone()),
            Endpoint::Sqs(queue) => Way::Sqs(Queue::new(queue, targets.clone())),
        };
        let http = Http::vetted(targets.clone())?;
        Ok(Self { way, http, timeout: connection.timeout, token: Mutex::new(None) })
    }

    /// Sends one request. The token that it may need and the answer share one timeout, because a
    /// delivery's claim ends soon after it.
    pub async fn send(&self, outbound: Outbound, now: Timestamp) -> Result<Answer, Error> {
        let latest = Instant::now() + self.timeout;
        match &self.way {
            Way::Http(authentication) => self.post(authentication, outbound, now, latest).await,
            Way::Sqs(queue) => {
                let body = outbound.body.unwrap_or_default();
                let put = queue.send(&body, outbound.attribute);
                timeout_at(latest, put)
                    .await
                    .map_err(|_late| Error::Failure(Failure::QueueLate))??;
                Ok(Answer { status: 200, retry_after: None, body: Vec::new() })
            }
        }
    }

    async fn post(
        &self,
        authentication: &Authentication,
        mut outbound: Outbound,
        now: Timestamp,
        latest: Instant,
    ) -> Result<Answer, Error> {
        let header = self.header(authentication, now, latest).await?;
        outbound.headers.extend(header);
        let Outbound { method, url, headers, body, .. } = outbound;
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = Request { method: &method, url: &url, headers: &headers, body };
        let late = || Error::Late(self.timeout.as_secs());
        let reply = timeout_at(latest, self.http.send(request)).await.map_err(|_late| late())??;
        if reply.status == 401 {
            *self.token.lock().await = None;
        }
        let retry_after = reply.header("retry-after");
        Ok(Answer { status: reply.status, retry_after, body: reply.body })
    }

    /// The header that shows who sends a request.
    async fn header(
        &self,
        authentication: &Authentication,
        now: Timestamp,
        latest: Instant,
    ) -> Result<Option<(String, String)>, Error> {
        Ok(match authentication {
            Authentication::None => None,
            Authentication::Header { name, value } => {
                Some((name.clone(), value.expose().to_owned()))
            }
            Authentication::ClientCredentials { token_url, client_id, client_secret, scope } => {
                // Somebody else may be fetching it.
                let kept = timeout_at(latest, self.token.lock()).await;
                let mut kept = kept.map_err(|_late| Error::Failure(Failure::TokenLate))?;
                let known = kept.as_ref().filter(|(_, until)| now < *until);
                let token = if let Some((token, _)) = known {
                    token.clone()
                } else {
                    let form = token_request(client_id, client_secret, scope.as_deref());
                    let (token, lifetime) = self.fetch_token(token_url, form, latest).await?;
                    *kept = Some((token.clone(), now.plus(lifetime.saturating_sub(MARGIN))));
                    token
                };
                Some(("authorization".to_owned(), format!("Bearer {}", token.expose())))
            }
        })
    }

    async fn fetch_token(
        &self,
        url: &str,
        form: String,
        latest: Instant,
    ) -> Result<(Secret, Duration), Error> {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let request = Request { method: "POST", url, headers: &headers, body: Some(form) };
        let reply = timeout_at(latest, self.http.send(request)).await;
        let reply = reply.map_err(|_late| Error::Failure(Failure::TokenLate))??;
        let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let token = answer.get("access_token").and_then(Value::as_str);
        let token = token.ok_or(Error::NoToken(reply.status))?;
        let lifetime = answer.get("expires_in").and_then(Value::as_u64);
        Ok((Secret::new(token), Duration::from_secs(lifetime.unwrap_or(USUAL_LIFETIME))))
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
