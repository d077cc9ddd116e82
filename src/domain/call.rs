//! A call, as the system that reports it sees it.

use super::phone::Party;

/// The name of a system that speaks to us: `xivo` for XucMgt's desktop, `sheet` for a plain URL.
pub type Source = String;

/// "This agent's phone rings with this call": what a desktop reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring {
    /// Which system says so.
    pub source: Source,
    /// The call's id there (XiVO: the linkedid), the same for every agent that it rings.
    pub external_id: Option<String>,
    /// Who is rung.
    pub agent: Agent,
    /// Who is calling.
    pub caller: Party,
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
    /// The origin of the desktop's page, where its browser told it.
    pub origin: Option<String>,
    /// What was received, without credentials.
    pub body: String,
}

impl Ring {
    /// The attached value of a key.
    pub fn datum(&self, key: &str) -> Option<&str> {
        self.data.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// An agent, as the desktop names them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agent {
    /// Their user's id.
    pub user_id: Option<String>,
    /// Their agent's id: a user need not be an agent.
    pub agent_id: Option<String>,
    /// Their name.
    pub name: Option<String>,
    /// The line they sit at.
    pub line: Option<String>,
}

impl Agent {
    /// The one text an agent is known by, from the surest to the least sure.
    pub fn key(&self, source: &str) -> Option<String> {
        let (kind, id) = match (&self.user_id, &self.agent_id, &self.line) {
            (Some(user), _, _) => ("user", user),
            (None, Some(agent), _) => ("agent", agent),
            (None, None, Some(line)) => ("line", line),
            (None, None, None) => return None,
        };
        Some(format!("{source}:{kind}:{id}"))
    }
}

/// A waiting line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queue {
    /// Its id.
    pub id: Option<String>,
    /// Its technical name: what rules compare with first.
    pub name: Option<String>,
    /// What people call it.
    pub display: Option<String>,
    /// The number it is reached at.
    pub number: Option<String>,
}

impl Queue {
    /// What people read.
    pub fn label(&self) -> Option<&str> {
        self.display.as_deref().or(self.name.as_deref()).or(self.number.as_deref())
    }
}

/// Which way a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From outside to an agent.
    Inbound,
    /// Between two lines of the house.
    Internal,
}

impl Direction {
    /// A ring comes in: from an extension it is internal.
    pub fn of_ring(caller: &Party) -> Self {
        if caller.kind() == "extension" { Self::Internal } else { Self::Inbound }
    }

    /// The stored and templated word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Internal => "internal",
        }
    }
}
