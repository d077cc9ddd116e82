//! The agents' presence in memory: rules ask for it at every ring, which waits for no database.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use crate::domain::ids::Id;
use crate::domain::presence::{AgentPresence, PresenceNow, PresenceReport};
use crate::domain::time::Timestamp;

/// What is known of every agent, by their keys.
#[derive(Debug, Default)]
pub(crate) struct PresenceBoard(RwLock<HashMap<String, AgentPresence>>);

impl PresenceBoard {
    /// What is known of one agent.
    pub(crate) fn of(&self, agent: &str) -> AgentPresence {
        let agents = self.0.read().unwrap_or_else(PoisonError::into_inner);
        agents.get(agent).cloned().unwrap_or_default()
    }

    /// The same, at this moment.
    pub(crate) fn now(&self, agent: Option<&str>, now: Timestamp) -> PresenceNow {
        let agents = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let known = agent.and_then(|agent| agents.get(agent));
        known.map(|presence| presence.now(now)).unwrap_or_default()
    }

    /// Takes reports up, each with its agent's key.
    pub(crate) fn take_up(&self, reports: impl IntoIterator<Item = (String, PresenceReport)>) {
        let mut agents = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (agent, report) in reports {
            agents.entry(agent).or_default().take_up(report);
        }
    }

    /// Forgets what was reported before an event.
    pub(crate) fn forget_before(&self, event: Id) {
        let mut agents = self.0.write().unwrap_or_else(PoisonError::into_inner);
        agents.retain(|_, presence| {
            presence.forget_before(event);
            !presence.is_empty()
        });
    }
}
