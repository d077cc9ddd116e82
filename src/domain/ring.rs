//! A call, as the system that reports it sees it.

use serde::{Deserialize, Serialize};

use super::contact::Who;
use super::phone::Party;
use super::presence::PresenceNow;
use super::word::Word;

/// "This agent's phone rings with this call": what a desktop reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring {
    /// Which system says so.
    pub source: String,
    /// The call's id there (XiVO: the linkedid), the same for every agent that it rings.
    pub external_id: Option<String>,
    /// Who is rung.
    pub agent: Agent,
    /// Whether the agent is there, as phone systems reported it.
    pub presence: PresenceNow,
    /// Who is calling.
    pub caller: Party,
    /// Who that is, as contacts say it.
    pub contact: Who,
    /// The agent's own line.
    pub callee: Option<String>,
    /// What the caller dialled, where the phone system says it.
    pub dialled: Option<Party>,
    /// Which way the call goes.
    pub direction: Direction,
    /// The queue it came through.
    pub queue: Option<Queue>,
    /// Data that the phone system attached, in its order.
    pub data: Vec<(String, String)>,
    /// How the call came out, once it is over.
    pub outcome: Option<Outcome>,
    /// The origin of the desktop's page, where its browser told it.
    pub origin: Option<String>,
    /// What was received, without credentials.
    pub body: String,
}

impl Ring {
    /// The caller's name: contacts know better than phone systems.
    pub fn name(&self) -> Option<&str> {
        self.contact.name().or(self.caller.name.as_deref())
    }

    /// The attached value of a key.
    pub fn datum(&self, key: &str) -> Option<&str> {
        self.data.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// An agent, as the desktop names them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agent {
    pub user_id: Option<String>,
    /// Their agent's id: a user need not be an agent.
    pub agent_id: Option<String>,
    pub name: Option<String>,
    /// Their name in parts, where the phone system tells them apart.
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// The line they sit at: an extension.
    pub line: Option<String>,
    /// Their e-mail address.
    pub email: Option<String>,
}

impl Agent {
    /// Their id at the phone system, else their user's.
    pub fn id(&self) -> Option<&str> {
        self.agent_id.as_deref().or(self.user_id.as_deref())
    }

    /// `Name (line)`, as far as both are known.
    pub fn label(&self) -> Option<String> {
        match (&self.name, &self.line) {
            (Some(name), Some(line)) => Some(format!("{name} ({line})")),
            (name, line) => name.clone().or_else(|| line.clone()),
        }
    }

    /// The one text an agent is known by, from the surest to the least sure.
    pub fn key(&self, source: &str) -> Option<String> {
        let known = [
            ("user", &self.user_id),
            ("agent", &self.agent_id),
            ("line", &self.line),
            ("mail", &self.email),
        ];
        let found = known.into_iter().find_map(|(kind, id)| Some((kind, id.as_ref()?)));
        found.map(|(kind, id)| format!("{source}:{kind}:{id}"))
    }
}

/// A waiting line.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Queue {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its technical name: what rules compare with first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// The number it is reached at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
}

impl Queue {
    /// What people read.
    pub fn label(&self) -> Option<&str> {
        self.display.as_deref().or(self.name.as_deref()).or(self.number.as_deref())
    }
}

/// Which way a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From outside to an agent.
    Inbound,
    /// From an agent to the outside.
    Outbound,
    /// Between two internal lines.
    Internal,
}

impl Word for Direction {
    const ALL: &'static [(&'static str, Self)] =
        &[("inbound", Self::Inbound), ("outbound", Self::Outbound), ("internal", Self::Internal)];
}

impl Direction {
    /// A ring comes in: from an extension it is internal.
    pub fn of_ring(caller: &Party) -> Self {
        if caller.kind() == "extension" { Self::Internal } else { Self::Inbound }
    }
}

/// How a call came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Somebody spoke with the caller.
    Answered,
    /// Nobody did.
    Missed,
    /// The caller gave up waiting.
    Abandoned,
    /// The queue gave up.
    TimedOut,
    /// Somebody refused it.
    Rejected,
    /// Its end never came.
    Expired,
}

impl Word for Outcome {
    const ALL: &'static [(&'static str, Self)] = &[
        ("answered", Self::Answered),
        ("missed", Self::Missed),
        ("abandoned", Self::Abandoned),
        ("timedout", Self::TimedOut),
        ("rejected", Self::Rejected),
        ("expired", Self::Expired),
    ];
}
