//! Rules that leave a decision to an integrator's own endpoint: it is asked while the ring waits, within
//! a part of the ring's time, so that the rest is left for the rules after it and for the store.

#![expect(clippy::disallowed_types, reason = "held for a look at a breaker, never while waiting")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use crate::configuration::Asks;
use crate::desktop::endpoint;
use crate::domain::breaker::Breaker;
use crate::domain::decision::{Decision, Nothing, Opening};
use crate::domain::ring::Ring;
use crate::domain::time::Timestamp;
use crate::flow::context::{Context, cause};
use crate::transport::http::{self, Http, Request};

/// Rings that ask one endpoint at the same time; the others wait for their turn within their time.
const AT_ONCE: usize = 32;

/// Every endpoint that was asked, with the connections to all of them.
#[derive(Debug)]
pub(crate) struct Endpoints {
    context: Arc<Context>,
    http: Result<Http, http::Error>,
    known: Mutex<HashMap<String, Endpoint>>,
}

#[derive(Debug)]
struct Endpoint {
    breaker: Breaker,
    places: Arc<Semaphore>,
}

impl Default for Endpoint {
    fn default() -> Self {
        Self { breaker: Breaker::default(), places: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Endpoints {
    pub(crate) fn new(context: &Arc<Context>) -> Self {
        Self {
            context: Arc::clone(context),
            http: Http::vetted(context.options.private_targets.clone()),
            known: Mutex::default(),
        }
    }

    /// What a rule's endpoint decides, or why it decides nothing.
    pub(crate) async fn ask(
        &self,
        asks: &Asks,
        ring: &Ring,
        latest: Instant,
    ) -> Result<Decision, String> {
        let started = self.context.clock.elapsed();
        if Instant::now() >= latest {
            return Err("not asked: an endpoint before it took all the time".to_owned());
        }
        let places = self.admitted(&asks.url, self.context.now())?;
        let late = |_elapsed| "no answer within the time that a ring allows".to_owned();
        // Waiting for a turn says nothing of the endpoint's health.
        let Ok(_turn) = timeout_at(latest, places.acquire_owned()).await.map_err(late)? else {
            return Err("the server is stopping".to_owned());
        };
        let fair = latest.duration_since(Instant::now()) >= self.context.options.ring_deadline / 4;
        let answered = timeout_at(latest, self.send(&asks.url, ring)).await;
        let answered = answered.unwrap_or_else(|elapsed| Err(late(elapsed)));
        // Nor does a silence for which there was hardly any time, because another endpoint took it.
        if fair || answered.is_ok() {
            self.heard(&asks.url, answered.is_ok(), self.context.now());
        }
        let micros = self.context.clock.elapsed().saturating_sub(started).as_micros();
        let rule = &asks.rule;
        match &answered {
            Ok(opening) => {
                tracing::info!(rule, opens = opening.is_some(), micros, "endpoint asked");
            }
            Err(reason) => tracing::warn!(rule, reason, micros, "endpoint did not decide"),
        }
        Ok(match answered? {
            None => Decision::nothing(Some(rule.clone()), Nothing::EndpointSaysSo),
            opening => Decision { rule: Some(rule.clone()), opening, reason: None },
        })
    }

    async fn send(&self, url: &str, ring: &Ring) -> Result<Option<Opening>, String> {
        let http = self.http.as_ref().map_err(|error| cause(error))?;
        // As the client in the agent's browser writes it: scripts of this contract read the origin.
        let mut headers = vec![
            ("content-type", "application/json;charset=utf-8"),
            ("accept", "application/json, text/plain, */*"),
        ];
        headers.extend(ring.origin.as_deref().map(|origin| ("origin", origin)));
        let body = Some(endpoint::question(ring));
        let request = Request { method: "POST", url, headers: &headers, body };
        let reply = http.send(request).await.map_err(|error| cause(&error))?;
        if !reply.is_success() {
            return Err(format!("it answered {}", reply.status));
        }
        endpoint::answer(&reply.body).map_err(|wrong| wrong.to_string())
    }

    /// Where to queue for an endpoint, if it may be asked now.
    fn admitted(&self, url: &str, now: Timestamp) -> Result<Arc<Semaphore>, String> {
        let mut known = self.known();
        let endpoint = known.entry(url.to_owned()).or_default();
        if endpoint.breaker.admits(now) {
            Ok(Arc::clone(&endpoint.places))
        } else {
            Err("not asked: it has failed repeatedly, and will be tried again soon".to_owned())
        }
    }

    fn heard(&self, url: &str, answered: bool, now: Timestamp) {
        self.known().entry(url.to_owned()).or_default().breaker.heard(answered, now);
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Endpoint>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
