//! Agents' presence: read from the database, and kept in step with it in memory. What this node takes in
//! is on its board before the phone system is answered; of what another node takes in, a notification
//! tells.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use crate::configuration::{Configuration, KnownAgent, known_id};
use crate::domain::ids::Id;
use crate::domain::presence::{AgentPresence, PresenceNow};
use crate::domain::time::Timestamp;
use crate::flow::board::counts;
use crate::flow::context::Context;
use crate::flow::hub::Look;
use crate::store::{Error as StoreError, Store, Topic, Tx};

/// How often the board is read anew at most, and how often at least: a notification may be lost.
const OFTEN: Duration = Duration::from_secs(1);
const SELDOM: Duration = Duration::from_secs(15);

/// A configured agent, and what is known of their presence.
#[derive(Debug)]
pub struct AgentStatus {
    pub agent: KnownAgent,
    pub presence: AgentPresence,
}

/// Every configured agent with their presence.
pub async fn list(
    store: &Store,
    configuration: &Configuration,
) -> Result<Vec<AgentStatus>, StoreError> {
    let mut known: HashMap<String, AgentPresence> = HashMap::new();
    let reports = store.read(|tx| tx.list_presence()).await?.into_iter();
    for (agent, report) in reports.filter(|(_, report)| counts(configuration, report)) {
        known.entry(agent).or_default().take_up(report);
    }
    let status = |agent: &KnownAgent| {
        let presence = known.remove(&agent.key()).unwrap_or_default();
        AgentStatus { agent: agent.clone(), presence }
    };
    Ok(configuration.agents().iter().map(status).collect())
}

/// An agent's presence, for a unit of work that reads the database anyway.
pub(crate) fn read(
    tx: &mut Tx<'_>,
    configuration: &Configuration,
    agent: Option<&str>,
    now: Timestamp,
) -> Result<PresenceNow, StoreError> {
    let Some(agent) = agent.filter(|agent| known_id(agent).is_some()) else {
        return Ok(PresenceNow::default());
    };
    let mut presence = tx.presence_of(agent)?;
    presence.retain(|report| counts(configuration, report));
    Ok(presence.now(now))
}

/// What is known of agents' presence.
#[derive(Debug)]
pub struct Presences {
    context: Arc<Context>,
}

impl Presences {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// Every configured agent with their presence.
    pub async fn list(&self) -> Result<Vec<AgentStatus>, StoreError> {
        list(&self.context.store, &self.context.in_force().configuration).await
    }

    /// Brings the board up to what the database has.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let reports = self.context.store.read(|tx| tx.list_presence()).await?;
        self.context.board.take_up(reports);
        let oldest = self.context.now().minus(self.context.options.retention);
        self.context.board.forget_before(Id::floor(oldest));
        Ok(())
    }

    /// Keeps the board in step until the server stops. That the database is away is said elsewhere.
    pub async fn keep_in_step(&self) {
        let mut following = self.context.hub.subscribe(vec![Topic::presence()]);
        let mut ticks = tokio::time::interval(OFTEN);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            drop(self.refresh().await);
            if following.next(SELDOM).await == Look::Over {
                return;
            }
        }
    }
}
