//! The agents' presence in memory: rules ask for it at every ring, which waits for no database.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use crate::configuration::Configuration;
use crate::domain::ids::Id;
use crate::domain::presence::{AgentPresence, PresenceNow, PresenceReport};
use crate::domain::time::Timestamp;
use crate::pbx::State;

/// What is known of every agent, by their keys.
#[derive(Debug, Default)]
pub(crate) struct PresenceBoard(RwLock<HashMap<String, AgentPresence>>);

impl PresenceBoard {
    /// What is known of one agent, as far as it counts.
    pub(crate) fn of(&self, agent: &str, configuration: &Configuration) -> AgentPresence {
        let agents = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut presence = agents.get(agent).cloned().unwrap_or_default();
        presence.retain(|report| counts(configuration, report));
        presence
    }

    /// The same, at this moment.
    pub(crate) fn now(
        &self,
        agent: Option<&str>,
        configuration: &Configuration,
        now: Timestamp,
    ) -> PresenceNow {
        agent.map(|agent| self.of(agent, configuration).now(now)).unwrap_or_default()
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
            presence.retain(|report| report.event >= event);
            !presence.is_empty()
        });
    }
}

/// Whether a report counts: a source that was removed, renamed or switched off will never correct what it
/// has said.
pub(crate) fn counts(configuration: &Configuration, report: &PresenceReport) -> bool {
    configuration.source(&report.source).is_some_and(|source| source.state == State::On)
}
