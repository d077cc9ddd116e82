//! What a page can truly say of a call of which nothing was reported but its ring. XucMgt tells of a
//! ring and of nothing after it. What the page knows then: when it rang, and what its own opening
//! proves, because XucMgt opens a page at the moment of the call that its rule names. Where a phone
//! system reports the call, its events decide instead.

use std::time::Duration;

use crate::desktop::xucmgt;
use crate::domain::call::{CallPhase, Ending, Part};
use crate::domain::decision::Moment;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::store::{Error as StoreError, PaneRow, Tx};

/// How long a call of which only its ring was reported is shown as ringing. Few phones ring longer,
/// and whoever has answered by then must not read that it still rings.
const RINGS: Duration = Duration::from_mins(1);

/// How long a call of which only its ring was reported is taken to go on.
pub(crate) const GOES_ON: Duration = Duration::from_mins(10);

/// How long a conversation whose end nobody reports is counted.
const TALKS: Duration = Duration::from_hours(4);

/// An agent's part in a call of which nothing was reported after the ring. `Started` is a call that
/// rang, and may be doing anything by now.
pub(crate) fn part(rang: Timestamp, proven: Option<(Moment, Timestamp)>, now: Timestamp) -> Part {
    let part = |phase, since| Part { phase, since, rang: None, talked: None, became: None };
    match proven {
        Some((Moment::Ended, at)) => {
            // XucMgt opens no such page for a call that was not answered.
            Part { became: Some(Ending::Talked), ..part(CallPhase::Ended, Some(at)) }
        }
        Some((Moment::Answered, at)) if now.since(at) < TALKS => {
            Part { rang: Some(at.since(rang)), ..part(CallPhase::Answered, Some(at)) }
        }
        _ if now.since(rang) < RINGS => part(CallPhase::Ringing, Some(rang)),
        _ => part(CallPhase::Started, Some(rang)),
    }
}

/// What the opening of a page has proven of its call, and when that was.
pub(crate) fn proven(pane: &PaneRow) -> Option<(Moment, Timestamp)> {
    moment(pane).zip(pane.proven_at)
}

/// The moment of the call at which the desktop opens this page, if its opening can prove it: any
/// other desktop opens a page when it is asked for.
fn moment(pane: &PaneRow) -> Option<Moment> {
    provable(&pane.call.source, pane.by_phone_system, pane.moment.as_deref())
}

/// The same, of a page of a source's call.
pub(crate) fn provable(
    source: &str,
    by_phone_system: bool,
    moment: Option<&str>,
) -> Option<Moment> {
    if source != xucmgt::SOURCE || by_phone_system {
        return None;
    }
    let moment = Moment::read(moment?)?;
    (moment != Moment::Ringing).then_some(moment)
}

/// Whether a page that is opened now proves something. XucMgt keeps one answer for everything: if
/// another call has rung at this agent since, it may be that one's moment that opened the page.
pub(crate) fn proves(tx: &mut Tx<'_>, pane: &PaneRow) -> Result<bool, StoreError> {
    let agent = pane.agent.as_deref().filter(|_| moment(pane).is_some());
    let Some(agent) = agent else { return Ok(false) };
    Ok(!tx.has_other_ring_since(agent, pane.id, pane.call.id)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANG: Timestamp = Timestamp(1_790_000_000_000);

    fn later(seconds: u64) -> Timestamp {
        RANG.plus(Duration::from_secs(seconds))
    }

    #[test]
    fn a_ring_without_another_word_is_not_shown_as_ringing_for_ever() {
        let phase = |now| part(RANG, None, now).phase;
        assert_eq!(phase(later(59)), CallPhase::Ringing);
        assert_eq!(phase(later(60)), CallPhase::Started);
        assert_eq!(part(RANG, None, later(9999)).since, Some(RANG));
    }

    #[test]
    fn a_page_that_opened_at_the_answer_says_so_but_counts_no_talk_for_ever() {
        let proven = Some((Moment::Answered, later(7)));
        let talks = part(RANG, proven, later(3600));
        assert_eq!((talks.phase, talks.since), (CallPhase::Answered, Some(later(7))));
        assert_eq!(talks.rang, Some(Duration::from_secs(7)));
        assert_eq!(part(RANG, proven, later(5 * 3600)).phase, CallPhase::Started);
    }

    #[test]
    fn a_page_that_opened_at_the_end_is_a_wrap_up() {
        let over = part(RANG, Some((Moment::Ended, later(90))), later(91));
        assert_eq!((over.phase, over.since), (CallPhase::Ended, Some(later(90))));
        assert_eq!(over.became, Some(Ending::Talked));
        assert_eq!((over.rang, over.talked), (None, None), "when it was answered is not known");
    }
}
