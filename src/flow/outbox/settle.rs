//! How an attempt at a delivery ended, and what is written down of it.

use std::time::Duration;

use crate::crm::{self, Prepared, Unsendable};
use crate::domain::delivery::{Settled, Verdict};
use crate::domain::destination::Destination;
use crate::domain::event::PageEventKind;
use crate::domain::ids::Id;
use crate::domain::reason::Reason;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::sender::Response;
use crate::store::{AttemptRow, Claimed, DestinationRow, Error as StoreError, Next, Topic, Tx};

/// After how long without any success a destination is paused.
const PAUSED_AFTER: Duration = Duration::from_hours(1);

/// How often a destination is tried that is paused.
pub(crate) const PROBE: Duration = Duration::from_mins(5);

/// What is kept of an answer.
const KEPT: usize = 2048;

/// What became of a claim.
#[derive(Debug, Clone)]
pub(crate) enum Settlement {
    /// An attempt was made.
    Attempted(Box<Attempt>),
    /// Its turn did not come in time: it is given back.
    Unsent { id: Id, attempt: i64 },
}

/// An attempt, and how it ended.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// The call whose entry the answer may name.
    call: Option<Id>,
    at: Timestamp,
    attempt: AttemptRow,
    next: Next,
    entry: Option<String>,
    /// Whether the destination was there; nothing where it was not asked.
    reached: Option<bool>,
}

/// What came of an attempt.
pub(crate) enum Came {
    /// An answer, or the reason why there was none.
    Response(Response),
    /// Nothing was sent: the destination is silent.
    Silent,
    /// Nothing could be sent.
    Unsendable(Unsendable),
}

impl Settlement {
    pub(crate) fn delivery(&self) -> Id {
        match self {
            Self::Attempted(tried) => tried.attempt.delivery_id,
            Self::Unsent { id, .. } => *id,
        }
    }

    /// How long it took, if it was tried.
    pub(crate) fn millis(&self) -> Option<usize> {
        match self {
            Self::Attempted(tried) => usize::try_from(tried.attempt.millis).ok(),
            Self::Unsent { .. } => None,
        }
    }
}

impl Attempt {
    /// What an answer means, or why there is none.
    pub(crate) fn of(
        destination: &Destination,
        claimed: &Claimed,
        request: Option<&Prepared>,
        came: Came,
        millis: i64,
        now: Timestamp,
    ) -> Self {
        let attempt = AttemptRow {
            id: Id::mint(now),
            delivery_id: claimed.id,
            number: claimed.attempt,
            request: serde_json::to_string(&request).unwrap_or_default(),
            status: None,
            answer: None,
            millis,
            verdict: String::new(),
            reason: None,
        };
        let ended = |outcome: Settled, reason| Self {
            // What is made for a contact is not an entry of the call.
            call: claimed.call_id.filter(|_| claimed.kind != PageEventKind::ContactCreated.word()),
            at: now,
            next: Next::Settled(outcome),
            entry: None,
            reached: None,
            attempt: AttemptRow { verdict: outcome.word().to_owned(), reason, ..attempt },
        };
        let tried = match came {
            Came::Unsendable(Unsendable::NoRequest { .. }) => ended(Settled::Skipped, None),
            Came::Unsendable(error) => ended(Settled::Rejected, Some(error.to_string())),
            Came::Silent => ended(Settled::Silent, None),
            Came::Response(answered) => {
                ended(Settled::Delivered, None).answered(destination, answered)
            }
        };
        tried.log(&destination.name, &claimed.kind);
        tried
    }

    fn answered(mut self, destination: &Destination, answered: Response) -> Self {
        let Response { status, retry_after, body, reason } = answered;
        let (verdict, entry) = match status {
            Some(status) => crm::verdict(destination, status, retry_after.as_deref(), &body),
            None => (Verdict::Retry(None), None),
        };
        let refused = || status.map(|status| Reason::Status(status).to_string());
        let reason = || reason.filter(|reason| !reason.is_empty()).or_else(refused);
        let kept = body.get(..KEPT.min(body.len())).unwrap_or_default();
        let answer = (!kept.is_empty()).then(|| String::from_utf8_lossy(kept).into_owned());
        let attempt = &mut self.attempt;
        attempt.reason = if verdict == Verdict::Delivered { None } else { reason() };
        verdict.word().clone_into(&mut attempt.verdict);
        attempt.status = status.map(i64::from);
        attempt.answer = answer;
        let (id, number) = (attempt.delivery_id, attempt.number);
        self.entry = entry;
        self.reached = Some(!matches!(verdict, Verdict::Retry(_)));
        self.next = match verdict {
            Verdict::Delivered => Next::Settled(Settled::Delivered),
            Verdict::Reject => Next::Settled(Settled::Rejected),
            Verdict::Retry(asked) => destination
                .retry
                .next(id, number, self.at, asked)
                .map_or(Next::Settled(Settled::Exhausted), Next::Due),
        };
        self
    }

    fn log(&self, destination: &str, kind: &str) {
        let AttemptRow { delivery_id: delivery, number: attempt, millis, .. } = self.attempt;
        let AttemptRow { verdict, status, reason, .. } = &self.attempt;
        if reason.is_none() {
            tracing::info!(
                destination, %delivery, attempt, kind, verdict, status, millis, "delivery"
            );
        } else {
            tracing::warn!(
                destination, %delivery, attempt, kind, verdict, status, reason, millis, "delivery"
            );
        }
    }
}

/// Writes down what became of a claim, and of its destination.
pub(crate) fn settle(
    tx: &mut Tx<'_>,
    name: &str,
    state: &mut DestinationRow,
    ended: &Settlement,
) -> Result<(), StoreError> {
    let tried = match ended {
        Settlement::Attempted(tried) => tried,
        Settlement::Unsent { id, attempt } => return tx.give_back_delivery(*id, *attempt),
    };
    let Attempt { call, at, attempt, entry, .. } = tried.as_ref();
    tx.insert_attempt(attempt)?;
    let next = match (tried.next, state.paused_at) {
        // While it is paused no delivery uses up its schedule.
        (Next::Due(_) | Next::Settled(Settled::Exhausted), Some(_)) => Next::Due(at.plus(PROBE)),
        (next, _) => next,
    };
    let reason = attempt.reason.as_deref();
    tx.settle_delivery(attempt.delivery_id, attempt.number, next, reason, *at)?;
    if let (Some(call), Some(entry)) = (call, entry) {
        tx.keep_entry(name, *call, entry)?;
    }
    if let Some(changed) = health(name, state, tried) {
        tx.save_destination(name, &changed)?;
        if changed == DestinationRow::default() {
            tx.announce(Topic::destination(name));
        }
        *state = changed;
    }
    Ok(())
}

/// Pauses a destination that nothing has reached for long, and resumes it when something does;
/// nothing where nothing changes.
fn health(name: &str, state: &DestinationRow, tried: &Attempt) -> Option<DestinationRow> {
    let (now, reason) = (tried.at, &tried.attempt.reason);
    let failing =
        |paused_at| DestinationRow { failing_since: Some(now), paused_at, reason: reason.clone() };
    match (tried.reached, state.failing_since, state.paused_at) {
        (None, ..) | (Some(true), None, None) | (Some(false), _, Some(_)) => None,
        // Paused by hand while this was under way: only a hand resumes it.
        (Some(true), Some(probed), Some(_)) if probed > now => None,
        (Some(true), _, paused) => {
            if paused.is_some() {
                tracing::info!(
                    destination = name,
                    "the destination is back: sending what is waiting"
                );
            }
            Some(DestinationRow::default())
        }
        (Some(false), None, None) => Some(failing(None)),
        (Some(false), Some(since), None) if now.since(since) >= PAUSED_AFTER => {
            let reason = reason.as_deref();
            tracing::error!(
                destination = name,
                reason,
                "the destination is paused: nothing has arrived for an hour"
            );
            Some(failing(Some(now)))
        }
        (Some(false), Some(_), None) => None,
    }
}
