//! The outbox is emptied: claimed in a short unit of work, sent with none open, settled in the next
//! one, fenced by the attempt's number. A crash anywhere costs one lease: everything arrives at least
//! once, under an id that the receiver can recognise.
//!
//! A unit of work costs a flush to disk, whatever is in it. So one half of a worker sends, and the
//! other keeps the books: each of its turns settles all attempts that have ended meanwhile and claims
//! enough ahead that nothing waits for the next turn.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::crm::{self, Prepared, Unsendable};
use crate::domain::destination::{Destination, Proof, State};
use crate::domain::endpoint::SqsQueue;
use crate::domain::ids::Id;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::flow::Flow;
use crate::flow::InForce;
use crate::flow::cause;
use crate::flow::outbox::settle::{Ended, Tried, settle};
use crate::flow::workers::{Asked, Workers};
use crate::pbx::WILDIX_SIGNATURE;
use crate::store::{Claimed, DestinationRow, Error as StoreError, Topic, Tx};
use crate::transport::http::{Http, Request};
use crate::transport::sqs::Queue;

/// Requests to one destination at the same time.
const AT_ONCE: usize = 16;

/// The most that is claimed and not settled: what one unit of work may hold up.
const IN_HAND: usize = 256;

/// For how long deliveries are claimed ahead: some turns, each of which costs some milliseconds.
const AHEAD_MILLIS: usize = 100;

/// How long the books rest while there is enough to send: what ends meanwhile shares one flush.
const REST: Duration = Duration::from_millis(5);

/// How long a claim may wait until it is sent, and how long for its settlement after the answer.
const WAIT: Duration = Duration::from_secs(5);
const GRACE: Duration = Duration::from_secs(5);

/// How often a destination is tried that is paused.
pub(crate) const PROBE: Duration = Duration::from_mins(5);

/// How often an idle worker looks for what is due.
const LOOK: Duration = Duration::from_millis(500);

/// What one worker sends to.
pub(crate) type Target = (Destination, Option<SqsQueue>);

/// Sends what is owed to every destination that is not off.
pub fn start(flow: Arc<Flow>, tasks: &mut JoinSet<()>) -> Workers {
    Workers::start(flow, tasks, wanted, work)
}

fn wanted(in_force: &InForce) -> HashMap<String, Target> {
    let configuration = &in_force.configuration;
    let on = configuration.destinations().filter(|destination| destination.state != State::Off);
    let targets = on.filter_map(|destination| {
        let (_, queue) = configuration.destination(&destination.name)?;
        Some((destination.name.clone(), (destination.clone(), queue.cloned())))
    });
    targets.collect()
}

async fn work(flow: Arc<Flow>, name: String, target: Target, asked: Asked) {
    match Sender::new(flow, target) {
        Ok(sender) => sender.run(asked).await,
        Err(error) => {
            tracing::error!(destination = name, error = cause(&error), "nothing can be sent");
        }
    }
}

/// A token that an authorization server gave, and until when it is good.
type Token = Option<(Secret, Timestamp)>;

/// A claim that waits to be sent; when its turn comes later than that, its lease is too short.
struct Held {
    claimed: Claimed,
    start_by: Timestamp,
}

/// Sends to one destination.
pub(crate) struct Sender {
    flow: Arc<Flow>,
    destination: Destination,
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
    pub(crate) fn new(
        flow: Arc<Flow>,
        (destination, queue): Target,
    ) -> Result<Self, crate::transport::http::Error> {
        let targets = &flow.options.private_targets;
        let http = Http::vetted(targets.clone())?;
        let queue = queue.as_ref().map(|queue| Queue::new(queue, targets.clone()));
        Ok(Self { flow, destination, http, queue, token: tokio::sync::Mutex::new(None) })
    }

    /// Works until it is asked to stop; what is under way is finished, what waits is given back.
    async fn run(&self, asked: Asked) {
        let (hand_over, claimed) = unbounded_channel();
        let (report, ended) = unbounded_channel();
        tokio::join!(
            self.keep_books(asked.clone(), hand_over, ended),
            self.send_all(asked, claimed, report),
        );
    }

    /// Settles what has ended and claims what is due, turn after turn.
    async fn keep_books(
        &self,
        mut asked: Asked,
        hand_over: UnboundedSender<Held>,
        mut reports: UnboundedReceiver<Ended>,
    ) {
        let mut following = self.flow.hub.follow(vec![Topic::destination(&self.destination.name)]);
        let (mut held, mut ended, mut repeated_first) = (0_usize, Vec::new(), false);
        loop {
            let stops = *asked.borrow();
            held = held.saturating_sub(ended.len());
            let slowest = ended.iter().filter_map(Ended::millis).max();
            let free = if stops { 0 } else { in_hand(slowest).saturating_sub(held) };
            repeated_first = !repeated_first;
            let claimed = self.turn(std::mem::take(&mut ended), free, repeated_first).await;
            let found_all = claimed.len() < free;
            held += claimed.len();
            for held in claimed {
                drop(hand_over.send(held));
            }
            if stops && held == 0 {
                return;
            }
            if held > AT_ONCE {
                tokio::time::sleep(REST).await;
            }
            tokio::select! {
                _ = reports.recv_many(&mut ended, IN_HAND), if held > 0 => {}
                _ = following.next(LOOK), if found_all => {}
                _ = asked.changed(), if !stops => {}
            }
        }
    }

    /// Sends what is claimed, several at once, and reports how each ended.
    async fn send_all(
        &self,
        asked: Asked,
        mut claimed: UnboundedReceiver<Held>,
        report: UnboundedSender<Ended>,
    ) {
        let claimed = stream::poll_fn(|context| claimed.poll_recv(context));
        let mut ended = claimed.map(|held| self.attempt(held, &asked)).buffer_unordered(AT_ONCE);
        while let Some(ended) = ended.next().await {
            drop(report.send(ended));
        }
    }

    /// One unit of work: settles, then claims. Where it fails, each attempt is settled by itself, so
    /// that one that cannot be kept takes no other with it.
    async fn turn(&self, ended: Vec<Ended>, free: usize, repeated_first: bool) -> Vec<Held> {
        if ended.is_empty() && free == 0 {
            return Vec::new();
        }
        let ended: Arc<[Ended]> = ended.into();
        let failed = match self.settle_and_claim(Arc::clone(&ended), free, repeated_first).await {
            Ok(claimed) => return claimed,
            Err(failed) => failed,
        };
        let destination = &self.destination.name;
        let (error, attempts) = (cause(&failed), ended.len());
        tracing::error!(destination, error, attempts, "the outbox cannot be read or written");
        let away = matches!(failed, StoreError::Away(_) | StoreError::Busy);
        for one in ended.iter().filter(|_| !away) {
            if let Err(error) = self.settle_and_claim([one.clone()].into(), 0, false).await {
                // The lease ends, and it is sent again under the same id.
                let (delivery, error) = (one.delivery(), cause(&error));
                tracing::error!(destination, %delivery, error, "an attempt is not kept");
            }
        }
        Vec::new()
    }

    async fn settle_and_claim(
        &self,
        ended: Arc<[Ended]>,
        free: usize,
        repeated_first: bool,
    ) -> Result<Vec<Held>, StoreError> {
        let now = self.flow.clock.now();
        let start_by = now.plus(WAIT);
        let lease = start_by.plus(self.destination.timeout + GRACE);
        let name = self.destination.name.clone();
        let claimed = self.flow.store.write(move |tx| {
            // Or two nodes that claim the same would wait for each other.
            tx.alone_with(&format!("destination {name}"))?;
            let mut state = tx.find_destination(&name)?;
            for ended in ended.iter() {
                settle(tx, &name, &mut state, ended)?;
            }
            claim(tx, &name, &state, now, lease, free, repeated_first)
        });
        let held = |claimed| Held { claimed, start_by };
        Ok(claimed.await?.into_iter().map(held).collect())
    }

    /// One attempt at one delivery, from its request to its end.
    async fn attempt(&self, held: Held, asked: &Asked) -> Ended {
        let Held { claimed, start_by } = held;
        if *asked.borrow() || self.flow.clock.now() > start_by {
            return Ended::Unsent { id: claimed.id, attempt: claimed.attempt };
        }
        let started = self.flow.clock.elapsed();
        let in_force = self.flow.in_force();
        let written = self.write(&in_force, &claimed);
        let answered = match &written {
            // An update of what was never made: there is nothing to tell.
            Err(Unsendable::NoRequest { .. }) => Ok(None),
            Err(error) => Err(error.to_string()),
            Ok(_) if self.destination.state == State::Silent => Ok(None),
            Ok(prepared) => Ok(Some(self.send(prepared, claimed.id).await)),
        };
        let millis = self.flow.clock.elapsed().saturating_sub(started).as_millis();
        let millis = i64::try_from(millis).unwrap_or(i64::MAX);
        let now = self.flow.clock.now();
        let request = written.ok().map(Prepared::masked);
        let tried = Tried::of(&self.destination, &claimed, request.as_ref(), answered, millis, now);
        Ended::Tried(Box::new(tried))
    }

    pub(crate) fn write(
        &self,
        in_force: &InForce,
        claimed: &Claimed,
    ) -> Result<Prepared, Unsendable> {
        let mut facts: Value = serde_json::from_str(&claimed.facts).unwrap_or_default();
        let sent = self.flow.clock.now();
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
        let now = self.flow.clock.now();
        let sent = prepared.clone().proven(&self.destination, id, now, token.as_ref());
        if let Some(queue) = &self.queue {
            let body = sent.body.clone().unwrap_or_default();
            let signature = sent.headers.iter().find(|(name, _)| name == WILDIX_SIGNATURE.header);
            let signature = signature.map(|(_, value)| value.as_str());
            let put = queue.send(&body, WILDIX_SIGNATURE.attribute, signature);
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
        let now = self.flow.clock.now();
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

/// How many to have in hand: what is sent at once, and ahead of that what will be within a short
/// while, if it takes as long as the slowest of what has just ended. Of a slow receiver nothing is
/// claimed ahead.
fn in_hand(slowest_millis: Option<usize>) -> usize {
    let ahead = slowest_millis.map_or(0, |millis| AT_ONCE * AHEAD_MILLIS / millis.max(1));
    (AT_ONCE + ahead).min(IN_HAND)
}

/// Claims what is due, first attempts and repeated ones in turn before each other.
fn claim(
    tx: &mut Tx<'_>,
    name: &str,
    state: &DestinationRow,
    now: Timestamp,
    lease: Timestamp,
    free: usize,
    repeated_first: bool,
) -> Result<Vec<Claimed>, StoreError> {
    let mut free = i64::try_from(free).unwrap_or(1);
    if let (Some(paused_at), true) = (state.paused_at, free > 0) {
        // One delivery tries whether it is back.
        if now.since(state.failing_since.unwrap_or(paused_at)) < PROBE {
            return Ok(Vec::new());
        }
        tx.save_destination(name, &DestinationRow { failing_since: Some(now), ..state.clone() })?;
        free = 1;
    }
    let share = if repeated_first { (free + 1) / 2 } else { free };
    let mut all = tx.claim_deliveries(name, repeated_first, now, lease, share)?;
    let rest = free - i64::try_from(all.len()).unwrap_or(free);
    all.extend(tx.claim_deliveries(name, !repeated_first, now, lease, rest)?);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_faster_a_receiver_the_more_is_claimed_ahead() {
        let held = [None, Some(2000), Some(100), Some(20), Some(0)].map(in_hand);
        assert_eq!(held, [16, 16, 32, 96, 256]);
    }
}
