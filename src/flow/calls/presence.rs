//! A phone system tells whether an agent is there. What it says of a configured agent is kept, the newest
//! of each kind; destinations are told of everybody.

use crate::configuration::known_id;
use crate::domain::call::Call;
use crate::domain::event::CallEvent;
use crate::domain::ids::Id;
use crate::domain::phone::Region;
use crate::domain::presence::{Presence, PresenceKind, PresenceNow, PresenceReport, PresenceState};
use crate::domain::ring::{Agent, Ring};
use crate::domain::time::Timestamp;
use crate::flow::calls::state;
use crate::flow::context::{Context, InForce};
use crate::flow::outbox::enqueue::{PresenceMessage, enqueue_presence};
use crate::store::{Error as StoreError, Topic, Tx};

/// A new event that tells of an agent's presence.
pub(super) struct PresenceChange<'a> {
    pub(super) context: &'a Context,
    pub(super) in_force: &'a InForce,
    /// The source's name.
    pub(super) source: &'a str,
    pub(super) region: Region,
    pub(super) now: Timestamp,
    pub(super) event_id: Id,
    pub(super) event: &'a CallEvent,
    /// The agent's key.
    pub(super) agent: &'a str,
}

/// A report, and the key of the agent whom it is about.
pub(super) type AgentReport = (String, PresenceReport);

impl PresenceChange<'_> {
    /// Keeps what it says, and owes it to destinations; answers what the board has to take up once it is
    /// on disk.
    pub(super) fn take_up(&self, tx: &mut Tx<'_>) -> Result<Vec<AgentReport>, StoreError> {
        let Self { event, agent, .. } = *self;
        // Only configured agents are reported on, as the documentation says.
        if known_id(agent).is_none() {
            return Ok(Vec::new());
        }
        let reports = self.reports();
        for report in &reports {
            tx.keep_presence(agent, report)?;
        }
        if !reports.is_empty() {
            tx.announce(Topic::presence());
            tx.announce(Topic::agent(agent));
        }
        let mut presence = self.context.board.of(agent, &self.in_force.configuration);
        let news = reports.iter().filter(|report| presence.take_up((*report).clone())).count();
        if !reports.is_empty() && news == 0 {
            // What was overtaken is no news to anybody.
            return Ok(Vec::new());
        }
        let message = PresenceMessage {
            name: &event.name,
            event_id: self.event_id,
            at: event.at,
            key: agent,
            ring: &self.ring(presence.now(self.now)),
            presence: &event.presence,
        };
        enqueue_presence(tx, self.in_force, self.now, &message)?;
        Ok(reports.into_iter().map(|report| (agent.to_owned(), report)).collect())
    }

    /// What it says, by kind.
    fn reports(&self) -> Vec<PresenceReport> {
        let Presence { user, telephony } = self.event.presence.clone();
        let telephony =
            telephony.map(|status| PresenceState { status: Some(status), ..Default::default() });
        let told = [(PresenceKind::User, user), (PresenceKind::Telephony, telephony)];
        let report = |(kind, state): (PresenceKind, Option<PresenceState>)| {
            Some(PresenceReport {
                source: self.source.to_owned(),
                kind,
                at: self.event.at,
                since: self.event.at,
                event: self.event_id,
                state: state?,
            })
        };
        told.into_iter().filter_map(report).collect()
    }

    /// The agent as the one who would be rung: what conditions and templates are told.
    fn ring(&self, presence: PresenceNow) -> Ring {
        let mut ring = state::ring_of(&Call::default(), self.source, self.agent, self.region);
        let mut told = self.event.agent.clone().unwrap_or_default();
        ring.callee.clone_from(&told.line);
        ring.agent = Agent { user_id: ring.agent.user_id.or(told.user_id.take()), ..told };
        ring.presence = presence;
        ring.data.clone_from(&self.event.data);
        ring
    }
}
