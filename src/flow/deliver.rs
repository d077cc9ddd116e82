//! The outbox is emptied: claimed in a short unit of work, sent with none open, settled in another,
//! fenced by the attempt's number. A crash anywhere costs one lease: everything arrives at least
//! once, under an id that the receiver can recognise.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::workers::{Asked, Workers};
use super::{Flow, InForce, cause};
use crate::crm::{self, Prepared, Unsendable};
use crate::domain::decision::Word as _;
use crate::domain::delivery::{Settled, Verdict};
use crate::domain::destination::{Destination, Proof, State};
use crate::domain::ids::Id;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::pbx::SQS_ATTRIBUTE;
use crate::store::{AttemptRow, Claimed, DestinationRow, Error as StoreError, Next, Topic};
use crate::transport::http::{Http, Request};
use crate::transport::sqs::{self, Queue};

/// Requests to one destination at the same time.
const AT_ONCE: usize = 16;

/// How much longer than the answer may take a claim holds.
const GRACE: Duration = Duration::from_secs(10);

/// After how long without any success a destination is paused, and how often it is tried then.
const PAUSED_AFTER: Duration = Duration::from_hours(1);
const PROBE: Duration = Duration::from_mins(5);

/// How often an idle worker looks for what is due.
const LOOK: Duration = Duration::from_millis(500);

/// What is kept of an answer.
const KEPT: usize = 2048;

/// What one worker sends to.
pub(super) type Target = (Destination, Option<sqs::Options>);

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

/// Sends to one destination.
pub(super) struct Sender {
    flow: Arc<Flow>,
    destination: Destination,
    http: Http,
    queue: Option<Queue>,
    token: tokio::sync::Mutex<Token>,
}

/// What came back.
pub(super) struct Answered {
    pub(super) status: Option<u16>,
    retry_after: Option<String>,
    pub(super) body: Vec<u8>,
    pub(super) reason: Option<String>,
}

impl Sender {
    /// Gets ready; nothing is sent yet.
    pub(super) fn new(
        flow: Arc<Flow>,
        (destination, queue): Target,
    ) -> Result<Self, crate::transport::http::Error> {
        let http = Http::vetted(flow.options.private_targets.clone())?;
        let queue = queue.as_ref().map(Queue::new);
        Ok(Self { flow, destination, http, queue, token: tokio::sync::Mutex::new(None) })
    }

    /// Works until it is asked to stop; what is under way is finished.
    async fn run(&self, mut asked: Asked) {
        let mut following = self.flow.hub.follow(vec![Topic::destination(&self.destination.name)]);
        let mut under_way = FuturesUnordered::new();
        let mut turn = false;
        while !*asked.borrow() {
            turn = !turn;
            let free = AT_ONCE.saturating_sub(under_way.len());
            // Several at once: a claim is a unit of work, whatever is in it.
            let worth = free >= AT_ONCE / 2;
            let claimed = if worth { self.claim(free, turn).await } else { Ok(Vec::new()) };
            let claimed = claimed.unwrap_or_else(|error| {
                let (destination, error) = (&self.destination.name, cause(&error));
                tracing::error!(destination, error, "the outbox cannot be read");
                Vec::new()
            });
            let found = claimed.len();
            under_way.extend(claimed.into_iter().map(|claimed| self.attempt(claimed)));
            tokio::select! {
                Some(()) = under_way.next(), if !under_way.is_empty() => {}
                _ = following.next(LOOK), if worth && found < free => {}
                _ = asked.changed() => {}
            }
        }
        while under_way.next().await.is_some() {}
    }

    /// Claims what is due, first attempts and repeated ones in turn before each other.
    async fn claim(&self, free: usize, turn: bool) -> Result<Vec<Claimed>, StoreError> {
        let now = self.flow.clock.now();
        let lease = now.plus(self.destination.timeout + GRACE);
        let name = self.destination.name.clone();
        let free = i64::try_from(free).unwrap_or(1);
        let claimed = self.flow.store.write(move |tx| {
            let state = tx.find_destination(&name)?;
            if let Some(paused_at) = state.paused_at {
                // One delivery tries whether it is back.
                let probed = state.failing_since.unwrap_or(paused_at);
                if now.since(probed) < PROBE {
                    return Ok(Vec::new());
                }
                tx.save_destination(&name, &DestinationRow { failing_since: Some(now), ..state })?;
                return tx.claim_deliveries(&name, turn, now, lease, 1).and_then(|some| {
                    if some.is_empty() {
                        tx.claim_deliveries(&name, !turn, now, lease, 1)
                    } else {
                        Ok(some)
                    }
                });
            }
            let share = if turn { (free + 1) / 2 } else { free };
            let mut all = tx.claim_deliveries(&name, turn, now, lease, share)?;
            let rest = free - i64::try_from(all.len()).unwrap_or(free);
            all.extend(tx.claim_deliveries(&name, !turn, now, lease, rest)?);
            Ok(all)
        });
        claimed.await
    }

    /// One attempt at one delivery, from its request to its end.
    async fn attempt(&self, claimed: Claimed) {
        let started = self.flow.clock.elapsed();
        let in_force = self.flow.in_force();
        let written = self.write(&in_force, &claimed);
        let (shown, answered) = match &written {
            // An update of what was never made: there is nothing to tell.
            Err(Unsendable::NoRequest(_)) => (json!(null), Ok(None)),
            Err(error) => (json!(null), Err(error.to_string())),
            Ok(prepared) => {
                let shown = prepared.clone().masked().shown();
                if self.destination.state == State::Silent {
                    (shown, Ok(None))
                } else {
                    (shown, Ok(Some(self.send(prepared, claimed.id).await)))
                }
            }
        };
        let millis = self.flow.clock.elapsed().saturating_sub(started).as_millis();
        self.settle(claimed, shown, answered, i64::try_from(millis).unwrap_or(i64::MAX)).await;
    }

    pub(super) fn write(
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
        crm::request(current, lines, &claimed.kind, &facts, claimed.entry.is_some())
    }

    pub(super) async fn send(&self, prepared: &Prepared, id: Id) -> Answered {
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

    async fn settle(
        &self,
        claimed: Claimed,
        request: Value,
        answered: Result<Option<Answered>, String>,
        millis: i64,
    ) {
        let now = self.flow.clock.now();
        let (id, number) = (claimed.id, claimed.attempt);
        let ending = self.ending(&claimed, answered, now);
        let attempt = AttemptRow {
            id: Id::mint(now),
            delivery_id: id,
            number,
            request: request.to_string(),
            status: ending.status.map(i64::from),
            answer: ending.answer.clone(),
            millis,
            verdict: ending.word.to_owned(),
            reason: ending.reason.clone(),
        };
        log(&self.destination.name, &claimed, &ending, millis);
        let name = self.destination.name.clone();
        let (call, reached) = (claimed.call_id, ending.reached);
        let settled = self.flow.store.write(move |tx| {
            tx.insert_attempt(&attempt)?;
            let reason = ending.reason.as_deref();
            let state = tx.find_destination(&name)?;
            let next = match (ending.next, state.paused_at) {
                // While it is paused no delivery uses up its schedule.
                (Next::Due(_) | Next::Settled("exhausted"), Some(_)) => Next::Due(now.plus(PROBE)),
                (next, _) => next,
            };
            tx.settle_delivery(id, number, next, reason, now)?;
            if let (Some(call), Some(entry)) = (call, &ending.entry) {
                tx.keep_entry(&name, call, entry)?;
            }
            health(tx, &name, &state, reached, reason, now)
        });
        if let Err(error) = settled.await {
            // The lease ends, and it is sent again under the same id.
            let (destination, error) = (&self.destination.name, cause(&error));
            tracing::error!(destination, delivery = %id, error, "an attempt is not kept");
        }
    }

    fn ending(
        &self,
        claimed: &Claimed,
        answered: Result<Option<Answered>, String>,
        now: Timestamp,
    ) -> Ending {
        let end = |outcome: Settled, word| Ending {
            next: Next::Settled(outcome.word()),
            word,
            status: None,
            answer: None,
            reason: None,
            entry: None,
            reached: None,
        };
        let answered = match answered {
            Err(reason) => {
                return Ending { reason: Some(reason), ..end(Settled::Rejected, "rejected") };
            }
            Ok(None) => return end(Settled::Silent, "silent"),
            Ok(Some(answered)) => answered,
        };
        let (verdict, entry) = match answered.status {
            Some(status) => crm::verdict(
                &self.destination,
                status,
                answered.retry_after.as_deref(),
                &answered.body,
            ),
            None => (Verdict::Retry(None), None),
        };
        let kept = answered.body.get(..KEPT.min(answered.body.len())).unwrap_or_default();
        let answer = (!kept.is_empty()).then(|| String::from_utf8_lossy(kept).replace('\0', ""));
        let refused = || answered.status.map(|status| format!("it was answered {status}"));
        let reason = answered.reason.filter(|reason| !reason.is_empty());
        let (next, reached) = match &verdict {
            Verdict::Delivered => (Next::Settled(Settled::Delivered.word()), Some(true)),
            Verdict::Reject => (Next::Settled(Settled::Rejected.word()), Some(true)),
            Verdict::Retry(asked) => {
                let due = self.destination.retry.next(claimed.id, claimed.attempt, now, *asked);
                let next = due.map_or(Next::Settled(Settled::Exhausted.word()), Next::Due);
                (next, Some(false))
            }
        };
        let reason = if verdict == Verdict::Delivered { None } else { reason.or_else(refused) };
        let (word, status) = (verdict.word(), answered.status);
        Ending { next, word, status, answer, reason, entry, reached }
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

/// How an attempt ended.
struct Ending {
    next: Next,
    word: &'static str,
    status: Option<u16>,
    answer: Option<String>,
    reason: Option<String>,
    entry: Option<String>,
    /// Whether the destination was there; nothing where it was not asked.
    reached: Option<bool>,
}

/// Pauses a destination that nothing has reached for long, and resumes it when something does.
fn health(
    tx: &mut crate::store::Tx<'_>,
    name: &str,
    state: &DestinationRow,
    reached: Option<bool>,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    match (reached, state.failing_since, state.paused_at) {
        (None, ..) | (Some(true), None, None) | (Some(false), _, Some(_)) => Ok(()),
        // Paused by hand while this was under way: only a hand resumes it.
        (Some(true), Some(probed), Some(_)) if probed > now => Ok(()),
        (Some(true), _, paused) => {
            if paused.is_some() {
                tracing::info!(destination = name, "it is back, and hears what it is owed");
            }
            tx.save_destination(name, &DestinationRow::default())?;
            tx.announce(Topic::destination(name));
            Ok(())
        }
        (Some(false), None, None) => {
            let reason = reason.map(str::to_owned);
            let failing = DestinationRow { failing_since: Some(now), paused_at: None, reason };
            tx.save_destination(name, &failing)
        }
        (Some(false), Some(since), None) if now.since(since) >= PAUSED_AFTER => {
            tracing::error!(destination = name, reason, "paused: nothing arrived for an hour");
            let reason = reason.map(str::to_owned);
            let paused = DestinationRow { failing_since: Some(now), paused_at: Some(now), reason };
            tx.save_destination(name, &paused)
        }
        (Some(false), Some(_), None) => Ok(()),
    }
}

fn log(destination: &str, claimed: &Claimed, ending: &Ending, millis: i64) {
    let (delivery, attempt, kind) = (claimed.id, claimed.attempt, &claimed.kind);
    let (verdict, status, reason) = (ending.word, ending.status, ending.reason.as_deref());
    if reason.is_none() {
        tracing::info!(destination, %delivery, attempt, kind, verdict, status, millis, "delivery");
    } else {
        tracing::warn!(
            destination, %delivery, attempt, kind, verdict, status, reason, millis, "delivery"
        );
    }
}
