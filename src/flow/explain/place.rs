//! Where a question leads: to a ring, to several agents, or nowhere.

use super::AgentLabel;
use super::heard::Heard;
use super::look::Candidate;
use crate::domain::ids::Id;
use crate::domain::time::{NamedTime, Timestamp};
use crate::store::{HeardRow, TurnedAwayRow, UnwrittenRow};
use crate::view::sentence::Sentence;

/// Where a question leads.
pub(super) struct Found {
    pub(super) place: Place,
    /// What else is to be known.
    pub(super) notes: Vec<Sentence>,
    /// Other rings that may be meant.
    pub(super) also: Vec<Heard>,
}

pub(super) enum Place {
    Ring {
        ring: Box<Heard>,
        others: Vec<Heard>,
    },
    Unwritten {
        ring: Box<Heard>,
        row: Box<UnwrittenRow>,
    },
    /// The text means several agents.
    Several {
        text: String,
        agents: Vec<AgentLabel>,
        at: Timestamp,
    },
    /// The call rang these.
    Elsewhere {
        agent: AgentLabel,
        at: Timestamp,
        rings: Vec<Heard>,
    },
    /// A phone system tells of the agent, whose desktop told nothing.
    NotAsked {
        agent: AgentLabel,
        event: Box<HeardRow>,
    },
    /// Nobody but other callers rang the agent then.
    OtherCallers {
        agent: AgentLabel,
        asked: NamedTime,
    },
    /// Nothing is on record of a call from the number that was asked about.
    NoCall {
        asked: NamedTime,
    },
    Nowhere(Box<Searched>),
    /// A call of which nothing is on record any more.
    Forgotten {
        agent: Option<AgentLabel>,
        call: Id,
    },
}

impl Place {
    pub(super) fn alone(self) -> Found {
        Found { place: self, notes: Vec::new(), also: Vec::new() }
    }

    pub(super) fn of(candidate: Candidate, others: Vec<Heard>) -> Self {
        let ring = Box::new(candidate.heard);
        match candidate.lost {
            Some(row) => Self::Unwritten { ring, row: Box::new(row) },
            None => Self::Ring { ring, others },
        }
    }
}

/// Where was looked in vain, and what was there instead.
pub(super) struct Searched {
    pub(super) agent: AgentLabel,
    pub(super) asked: NamedTime,
    pub(super) last_seen: Option<Timestamp>,
    /// Rings of others in that time.
    pub(super) others: usize,
    pub(super) refused: Vec<TurnedAwayRow>,
    /// Whether everything was looked at that was heard then.
    pub(super) is_complete: bool,
}
