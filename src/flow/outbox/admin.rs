//! What is owed and what was sent, for people: listed, looked at, tried, sent again, paused.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::decision::Word as _;
use crate::domain::delivery::{OWED, Settled};
use crate::domain::facts::Facts;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;
use crate::flow::Flow;
use crate::flow::cause;
use crate::flow::outbox::dispatch::Sender;
use crate::store::{
    AttemptRow, Claimed, DeliveryRow, DestinationRow, Error as StoreError, Topic, Wanted,
};

/// What a destination would be sent, and was answered if it was.
#[derive(Debug)]
pub struct Tried {
    /// The request, in which `%name%` stands for what must not be seen.
    pub request: Value,
    /// The same as a command.
    pub curl: String,
    /// Its status and body.
    pub answer: Option<Result<(u16, String), String>>,
}

impl Flow {
    /// Writes the request that a destination would get for an event of a past call, or for a sample,
    /// and sends it if that is wanted. None without such a destination.
    pub async fn try_destination(
        self: &Arc<Self>,
        name: &str,
        kind: &str,
        past: Option<Id>,
        send: bool,
    ) -> Result<Option<Result<Tried, String>>, StoreError> {
        let in_force = self.in_force();
        let Some(destination) = in_force.configuration.destination(name) else {
            return Ok(None);
        };
        let facts = self.past_or_sample(past, kind).await?;
        let Some((facts, entry)) = facts else {
            return Ok(Some(Err("this call owes nothing that could be shown".to_owned())));
        };
        let sender = Sender::new(Arc::clone(self), destination.clone());
        let sender = match sender {
            Ok(sender) => sender,
            Err(error) => return Ok(Some(Err(cause(&error)))),
        };
        let id = Id::mint(self.clock.now());
        let kind = kind.to_owned();
        let claimed = Claimed { id, call_id: None, kind, facts, attempt: 1, entry };
        let prepared = match sender.write(&in_force, &claimed) {
            Ok(prepared) => prepared,
            Err(error) => return Ok(Some(Err(error.to_string()))),
        };
        let answer = if send { Some(sender.send(&prepared, id).await) } else { None };
        let answer = answer.map(|answered| match answered.status {
            Some(status) => Ok((status, String::from_utf8_lossy(&answered.body).into_owned())),
            None => Err(answered.reason.unwrap_or_default()),
        });
        let shown = prepared.tried(&destination.connection);
        Ok(Some(Ok(Tried { request: json!(shown), curl: shown.as_curl(), answer })))
    }

    /// The facts of a call's newest delivery, else those of a sample.
    async fn past_or_sample(
        &self,
        past: Option<Id>,
        kind: &str,
    ) -> Result<Option<(String, Option<String>)>, StoreError> {
        let Some(call) = past else {
            let facts = Facts::sample(kind, self.clock.now(), self.options.region);
            return Ok(Some((serde_json::to_string(&facts).unwrap_or_default(), None)));
        };
        let wanted = Wanted { call: Some(call), ..Wanted::default() };
        let rows = self.store.read(move |tx| tx.list_deliveries(&wanted, 50)).await?;
        let same = rows.iter().find(|row| row.kind == kind).or(rows.first());
        Ok(same.map(|row| (row.facts.clone(), None)))
    }

    /// Sends deliveries again: these, or all that did not arrive since a moment. Answers how many.
    pub async fn resend(
        &self,
        ids: Vec<Id>,
        since: Option<(Option<String>, Timestamp)>,
    ) -> Result<usize, StoreError> {
        const MOST: i64 = 10_000;
        let now = self.clock.now();
        let resent = self.store.write(move |tx| {
            let mut all = ids.clone();
            if let Some((destination, since)) = &since {
                for state in Settled::FAILED {
                    let wanted = Wanted {
                        destination: destination.clone(),
                        state: Some(state.word().to_owned()),
                        since: Some(*since),
                        ..Wanted::default()
                    };
                    all.extend(tx.list_deliveries(&wanted, MOST)?.iter().map(|row| row.id));
                }
            }
            let mut resent = 0;
            for id in all {
                if let Some(row) = tx.find_delivery(id)? {
                    resent += usize::from(tx.resend_delivery(id, now)?);
                    tx.announce(Topic::destination(&row.destination));
                }
            }
            Ok(resent)
        });
        resent.await
    }

    /// Pauses a destination by hand, or resumes it.
    pub async fn set_paused(&self, name: &str, paused: bool) -> Result<(), StoreError> {
        let (name, now) = (name.to_owned(), self.clock.now());
        let set = self.store.write(move |tx| {
            let row = if paused {
                let reason = Some("paused by hand".to_owned());
                // Far ahead: only a hand resumes it.
                let probed = Some(now.plus(Duration::from_hours(24 * 36_500)));
                DestinationRow { failing_since: probed, paused_at: Some(now), reason }
            } else {
                DestinationRow::default()
            };
            tx.save_destination(&name, &row)?;
            tx.announce(Topic::destination(&name));
            Ok(())
        });
        set.await
    }

    /// Deliveries, newest first.
    pub async fn deliveries(
        &self,
        wanted: Wanted,
        limit: i64,
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        self.store.read(move |tx| tx.list_deliveries(&wanted, limit)).await
    }

    /// One delivery with its attempts, as JSON.
    pub async fn delivery(&self, id: Id) -> Result<Option<Value>, StoreError> {
        let found = self.store.read(move |tx| {
            let Some(row) = tx.find_delivery(id)? else { return Ok(None) };
            Ok(Some((row, tx.list_attempts(id)?)))
        });
        Ok(found.await?.map(|(row, attempts)| detailed(&row, &attempts)))
    }

    /// Every destination with how it is and what it is owed, as JSON.
    pub async fn destinations(&self) -> Result<Vec<Value>, StoreError> {
        let in_force = self.in_force();
        let names: Vec<String> =
            in_force.configuration.destinations().iter().map(|known| known.name.clone()).collect();
        let found = self.store.read(move |tx| {
            let owed = tx.count_owed()?;
            let states: Result<Vec<DestinationRow>, StoreError> =
                names.iter().map(|name| tx.find_destination(name)).collect();
            Ok((owed, states?))
        });
        let (owed, states) = found.await?;
        let all = in_force.configuration.destinations().iter().zip(states).map(|(known, state)| {
            let owed = owed.iter().find(|(name, _)| *name == known.name);
            json!({
                "name": known.name,
                "state": known.state.word(),
                "on": known.on,
                "owed": owed.map_or(0, |(_, count)| *count),
                "failing_since": state.failing_since.filter(|_| state.paused_at.is_none()).map(|at| at.to_string()),
                "paused_since": state.paused_at.map(|at| at.to_string()),
                "reason": state.reason,
            })
        });
        Ok(all.collect())
    }
}

/// A delivery as it is listed.
pub fn listed(row: &DeliveryRow) -> Value {
    let owed = row.settled_at.is_none();
    json!({
        "id": row.id.to_string(),
        "at": row.id.minted().to_string(),
        "destination": row.destination,
        "call": row.call_id.map(|id| id.to_string()),
        "event": row.kind,
        "state": row.outcome.as_deref().unwrap_or(OWED),
        "attempts": row.attempts,
        "due": owed.then(|| row.due_at.to_string()),
        "settled": row.settled_at.map(|at| at.to_string()),
        "reason": row.reason,
    })
}

fn detailed(row: &DeliveryRow, attempts: &[AttemptRow]) -> Value {
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let mut all = listed(row);
    let attempts = attempts.iter().map(|attempt| {
        json!({
            "number": attempt.number,
            "at": attempt.id.minted().to_string(),
            "millis": attempt.millis,
            "request": parsed(&attempt.request),
            "status": attempt.status,
            "answer": attempt.answer,
            "verdict": attempt.verdict,
            "reason": attempt.reason,
        })
    });
    if let Some(all) = all.as_object_mut() {
        all.insert("attempts_made".to_owned(), attempts.collect());
        all.insert("facts".to_owned(), parsed(&row.facts));
    }
    all
}

/// What was tried, as JSON.
pub fn tried(tried: &Tried) -> Value {
    let answer = tried.answer.as_ref().map(|answer| match answer {
        Ok((status, body)) => json!({ "status": status, "body": body }),
        Err(reason) => json!({ "reason": reason }),
    });
    json!({ "request": tried.request, "curl": tried.curl, "answer": answer })
}
