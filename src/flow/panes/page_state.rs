//! How far the page of a ring is, as lists of calls show it.

use super::due::is_due;
use super::unreported::GOES_ON;
use crate::domain::call::{CallPhase, Part};
use crate::domain::decision::Moment;
use crate::domain::time::Timestamp;
use crate::domain::word::Word;

/// How far the page of a ring is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageState {
    /// There is none.
    None,
    /// It opens when the call is answered, or has ended.
    Waiting,
    /// Nobody has fetched it yet.
    Unopened,
    /// Another site's: whether it was opened cannot be known.
    Elsewhere,
    Open,
    /// The agent is done with it.
    Finished,
}

impl Word for PageState {
    const ALL: &'static [(&'static str, Self)] = &[
        ("none", Self::None),
        ("waiting", Self::Waiting),
        ("unopened", Self::Unopened),
        ("elsewhere", Self::Elsewhere),
        ("open", Self::Open),
        ("finished", Self::Finished),
    ];
}

/// What is known of a page.
pub(crate) struct Known<'a> {
    pub(crate) hosted: bool,
    pub(crate) opened: bool,
    pub(crate) completed: bool,
    /// The moment of its call at which it opens, in a word.
    pub(crate) moment: Option<&'a str>,
    pub(crate) rang: Timestamp,
}

impl Known<'_> {
    /// How far it is; `part` is what phone systems report of its agent, if they do.
    pub(crate) fn state(&self, part: Option<&Part>, now: Timestamp) -> PageState {
        if self.completed {
            PageState::Finished
        } else if self.opened {
            PageState::Open
        } else if self.waits(part, now) {
            PageState::Waiting
        } else if self.hosted {
            PageState::Unopened
        } else {
            PageState::Elsewhere
        }
    }

    /// Whether its moment may still come.
    fn waits(&self, part: Option<&Part>, now: Timestamp) -> bool {
        let moment = self.moment.unwrap_or_default();
        let is_later = Moment::read(moment).is_some_and(|moment| moment != Moment::Ringing);
        is_later
            && match part {
                Some(part) => part.phase != CallPhase::Ended && !is_due(moment, part),
                None => now.since(self.rang) < GOES_ON,
            }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::call::Ending;

    const RANG: Timestamp = Timestamp(1_790_000_000_000);

    fn page(moment: &str) -> Known<'_> {
        let moment = Some(moment);
        Known { hosted: true, opened: false, completed: false, moment, rang: RANG }
    }

    #[test]
    fn a_page_waits_as_long_as_its_moment_may_come() {
        let part = |phase, became| Part { phase, since: None, rang: None, talked: None, became };
        let cases = [
            ("ringing", part(CallPhase::Ringing, None), PageState::Unopened),
            ("answered", part(CallPhase::Ringing, None), PageState::Waiting),
            ("answered", part(CallPhase::Answered, None), PageState::Unopened),
            ("ended", part(CallPhase::Answered, None), PageState::Waiting),
            ("ended", part(CallPhase::Ended, Some(Ending::Talked)), PageState::Unopened),
            ("answered", part(CallPhase::Ended, Some(Ending::Missed)), PageState::Unopened),
        ];
        for (moment, part, state) in cases {
            assert_eq!(page(moment).state(Some(&part), RANG), state, "{moment} {part:?}");
        }
        let later = RANG.plus(GOES_ON);
        assert_eq!(page("answered").state(None, RANG), PageState::Waiting);
        assert_eq!(page("answered").state(None, later), PageState::Unopened, "nobody reports it");
    }

    #[test]
    fn of_another_sites_page_it_is_not_known_whether_it_opened() {
        let other = Known { hosted: false, ..page("ringing") };
        assert_eq!(other.state(None, RANG.plus(Duration::from_secs(1))), PageState::Elsewhere);
        assert_eq!(Known { opened: true, ..page("ringing") }.state(None, RANG), PageState::Open);
        assert_eq!(Known { completed: true, ..other }.state(None, RANG), PageState::Finished);
    }
}
