//! What is owed and what was sent, for people: listed, looked at, tried, paused.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::configuration::Unknown;
use crate::crm::{self, Prepared};
use crate::domain::actor::Actor;
use crate::domain::audit::Act;
use crate::domain::destination::{Destination, State, wants};
use crate::domain::event::{self, CallEventKind};
use crate::domain::facts::Facts;
use crate::domain::ids::Id;
use crate::domain::reason::Reason;
use crate::domain::word::Word as _;
use crate::flow::audit::Entry;
use crate::flow::context::{Context, cause};
use crate::flow::outbox::dispatch;
use crate::flow::sender::Sender;
use crate::flow::workers::Workers;
use crate::store::{
    AttemptRow, Claimed, DeliveryFilter, DeliveryRow, DestinationRow, Error as StoreError, Topic,
};

/// A request that was tried out, and its answer if it was sent.
#[derive(Debug)]
pub struct Tested {
    /// The request, in which `%name%` stands for what must not be seen.
    pub request: Prepared,
    /// What came back, or why nothing did.
    pub answer: Option<Result<TestAnswer, String>>,
}

/// What a destination answered.
#[derive(Debug)]
pub struct TestAnswer {
    /// The status of its answer.
    pub status: u16,
    pub body: String,
}

/// A delivery with every attempt at it, oldest first.
#[derive(Debug)]
pub struct DeliveryDetail {
    pub delivery: DeliveryRow,
    pub attempts: Vec<AttemptRow>,
}

#[derive(Debug)]
pub struct DestinationStatus {
    pub name: String,
    /// What the configuration says.
    pub state: State,
    /// The events that it wants.
    pub events: Vec<String>,
    /// Deliveries that have not arrived yet.
    pub owed: i64,
    /// Whether it fails, and since when.
    pub health: DestinationRow,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such destination.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// There are no such deliveries.
    #[error(
        "there is no delivery {}; `callpane deliveries` lists them",
        .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    )]
    NoDelivery(Vec<Id>),
    /// There is nothing to send, or it cannot be written.
    #[error("{0}")]
    NothingToSend(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What destinations are owed.
#[derive(Debug)]
pub struct Outbox {
    pub(super) context: Arc<Context>,
}

impl Outbox {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// Starts a worker for every destination that is not off.
    pub fn start(&self, tasks: &mut JoinSet<()>) -> Workers {
        dispatch::start(&self.context, tasks)
    }

    /// Writes the request that a destination would get for an event of a past call, or for a sample,
    /// and sends it if that is wanted. Without an event, it is the end of a call where the destination wants
    /// that, else the first one that it wants.
    pub async fn test(
        &self,
        name: &str,
        kind: Option<&str>,
        past: Option<Id>,
        send: bool,
    ) -> Result<Tested, Error> {
        let in_force = self.context.in_force();
        let destination = in_force.configuration.known_destination(name)?;
        let kind = kind.unwrap_or_else(|| usual_event(destination));
        let nothing = |why: String| Error::NothingToSend(why);
        let known = event::told();
        if !known.contains(&kind) {
            return Err(nothing(Unknown::new("event", kind, known).to_string()));
        }
        let facts = self.past_or_sample(past, kind).await?;
        let facts =
            facts.ok_or_else(|| nothing("no delivery of this call is on record".to_owned()))?;
        let sender = Sender::new(Arc::clone(&self.context), destination.clone());
        let sender = sender.map_err(|error| nothing(cause(&error)))?;
        let now = self.context.now();
        let id = Id::mint(now);
        let kind = kind.to_owned();
        let claimed = Claimed { id, call_id: None, kind, facts, attempt: 1, entry: None };
        let prepared = sender.write(&in_force, &claimed);
        let prepared = prepared.map_err(|error| nothing(error.to_string()))?;
        let answer = if send { Some(sender.send(&prepared, id, now).await) } else { None };
        let answer = answer.map(|answered| match answered.status {
            Some(status) => {
                let body = String::from_utf8_lossy(&answered.body).into_owned();
                Ok(TestAnswer { status, body })
            }
            None => Err(answered.reason.unwrap_or_default()),
        });
        let signatures = crm::signatures(&prepared, destination, id, now);
        let mut request = prepared.tried(&destination.connection);
        request.headers.extend(signatures);
        Ok(Tested { request, answer })
    }

    /// The facts of a call's newest delivery, else those of a sample.
    async fn past_or_sample(
        &self,
        past: Option<Id>,
        kind: &str,
    ) -> Result<Option<String>, StoreError> {
        let Some(call) = past else {
            let region = self.context.options.region;
            let facts = Facts::sample(kind, self.context.now(), region);
            return Ok(serde_json::to_string(&facts).ok());
        };
        let wanted = DeliveryFilter { call: Some(call), ..DeliveryFilter::default() };
        let rows = self.deliveries(wanted, 50).await?;
        let same = rows.iter().find(|row| row.kind == kind).or(rows.first());
        Ok(same.map(|row| row.facts.clone()))
    }

    /// Pauses a destination by hand, or resumes it.
    pub async fn set_paused(&self, actor: &Actor, name: &str, paused: bool) -> Result<(), Error> {
        self.context.in_force().configuration.known_destination(name)?;
        let act = if paused { Act::DestinationPaused } else { Act::DestinationResumed };
        let entry = Entry::of(actor, act, name);
        let (name, now) = (name.to_owned(), self.context.now());
        let set = self.context.store.write(move |tx| {
            let row = if paused {
                let reason = Some(Reason::ByHand.to_string());
                // Far ahead: only a hand resumes it.
                let probed = Some(now.plus(Duration::from_hours(24 * 36_500)));
                DestinationRow { failing_since: probed, paused_at: Some(now), reason }
            } else {
                DestinationRow::default()
            };
            tx.save_destination(&name, &row)?;
            tx.announce(Topic::destination(&name));
            entry.write(tx, now)
        });
        Ok(set.await?)
    }

    /// Deliveries, newest first.
    pub async fn deliveries(
        &self,
        wanted: DeliveryFilter,
        limit: i64,
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        Ok(self.page(wanted, limit).await?.rows)
    }

    /// One delivery with its attempts.
    pub async fn delivery(&self, id: Id) -> Result<Option<DeliveryDetail>, StoreError> {
        let found = self.context.store.read(move |tx| {
            let Some(delivery) = tx.find_delivery(id)? else { return Ok(None) };
            Ok(Some(DeliveryDetail { delivery, attempts: tx.list_attempts(id)? }))
        });
        found.await
    }

    /// Every destination with how it is and what it is owed.
    pub async fn destinations(&self) -> Result<Vec<DestinationStatus>, StoreError> {
        let in_force = self.context.in_force();
        let found = self.context.store.read(move |tx| {
            let owed = tx.count_owed()?;
            let status = |known: &Destination| {
                let owed = owed.iter().find(|(name, _)| *name == known.name);
                Ok(DestinationStatus {
                    name: known.name.clone(),
                    state: known.state,
                    events: known.on.clone(),
                    owed: owed.map_or(0, |(_, count)| *count),
                    health: tx.find_destination(&known.name)?,
                })
            };
            in_force.configuration.destinations().iter().map(status).collect()
        });
        found.await
    }
}

/// The event that a destination is tried out with.
fn usual_event(destination: &Destination) -> &'static str {
    let usual = CallEventKind::Ended.word();
    let known = [usual].into_iter().chain(event::told());
    known.into_iter().find(|kind| wants(&destination.on, kind)).unwrap_or(usual)
}
