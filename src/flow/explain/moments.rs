//! Whether the moment of a call has come at which its page opens, and when: as phone systems report it, because
//! XucMgt tells of a ring and of nothing after it.

use super::heard::Heard;
use crate::configuration::part_key;
use crate::domain::call::{Call, CallPhase, Ending};
use crate::domain::decision::Moment;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::panes::due::is_due;

/// Whether a moment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coming {
    /// It has, and when, if that is not when it rang.
    Came(Option<Timestamp>),
    /// It may still come.
    Awaited,
    /// It never will: the agent did not answer.
    NotAnswered,
    /// It is not known: neither an answer nor an end was reported, and by now it must be over.
    Silence,
    /// It is not known: no phone system reports the call.
    Unreported(Moment),
    /// It is not known: phone systems report the call, but nothing of this agent in it.
    Apart(Moment),
}

/// The later moment at which a ring's page opens, if it does not open at once.
pub(super) fn named(ring: &Heard) -> Option<Moment> {
    let moment = Moment::read(ring.row.moment.as_deref()?)?;
    (moment != Moment::Ringing).then_some(moment)
}

/// Whether the moment has come at which a ring's page opens.
pub(super) fn of(ring: &Heard) -> Coming {
    let Some(moment) = named(ring) else { return Coming::Came(None) };
    let Some(call) = ring.call() else { return Coming::Unreported(moment) };
    let row = &ring.row;
    let who = part_key(row.agent.as_deref(), row.line.as_deref()).unwrap_or_default();
    of_call(&call, &who, moment)
}

fn of_call(call: &Call, who: &str, moment: Moment) -> Coming {
    let part = call.part(who);
    let is_due = is_due(moment.word(), &part);
    // Whoever has no part of their own is told of the whole call, which somebody else may have answered.
    if is_apart(call, who) {
        let is_awaited = !is_due && part.phase != CallPhase::Ended;
        return if is_awaited { Coming::Awaited } else { Coming::Apart(moment) };
    }
    if is_due {
        let ended = part.since.filter(|_| part.phase == CallPhase::Ended);
        let at = if moment == Moment::Ended { ended } else { call.answered_by(who).or(ended) };
        return Coming::Came(at);
    }
    match part.became {
        Some(Ending::Expired) => Coming::Silence,
        Some(Ending::Missed | Ending::Elsewhere(_)) => Coming::NotAnswered,
        Some(Ending::Talked | Ending::Transferred(_)) | None => Coming::Awaited,
    }
}

/// Whether others have a part in a call, and this agent has none.
fn is_apart(call: &Call, who: &str) -> bool {
    let mut everybody = call.everybody().peekable();
    everybody.peek().is_some() && everybody.all(|other| other != who)
}
