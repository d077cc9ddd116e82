//! How long a call took: for templates and for conditions the same.

use std::time::Duration;

use super::call::Call;
use super::ids::Id;
use super::time::Timestamp;

/// How long a call took, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallSpans {
    /// From its beginning to the answer, else to its end.
    pub ring: Option<Duration>,
    /// How long they spoke, once it is over.
    pub talk: Option<Duration>,
    /// From its beginning to its end.
    pub duration: Option<Duration>,
}

impl CallSpans {
    pub fn of(id: Id, call: &Call) -> Self {
        let (answered, ended) = (call.answered_at(), call.ended_at());
        let rang = Some(began(id, call)).zip(answered.or(call.told_end()));
        Self {
            ring: rang.map(|(from, to)| to.since(from)),
            talk: call.talked().filter(|_| ended.is_some() && answered.is_some()),
            duration: call.lasted(),
        }
    }
}

/// When a call was first heard of is its beginning, where the phone system says none.
pub fn began(id: Id, call: &Call) -> Timestamp {
    call.started_at().unwrap_or_else(|| id.minted())
}
