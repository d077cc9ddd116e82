//! How far the page of a ring is, as lists of calls show it.

use super::due::is_due;
use super::unreported::GOES_ON;
use crate::domain::call::{CallPhase, Ending, Part};
use crate::domain::decision::{Action, Moment};
use crate::domain::time::Timestamp;
use crate::domain::word::Word;

/// How far the page of a ring is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageState {
    /// There is none.
    None,
    /// It opens when the call is answered, or has ended.
    Waiting,
    /// It never opens: its agent did not answer the call.
    Unanswered,
    /// Nobody has fetched it yet.
    Unopened,
    /// A program that the desktop runs: whether it does cannot be known.
    Program,
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
        ("unanswered", Self::Unanswered),
        ("unopened", Self::Unopened),
        ("program", Self::Program),
        ("elsewhere", Self::Elsewhere),
        ("open", Self::Open),
        ("finished", Self::Finished),
    ];
}

/// What is known of a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    /// What the rule does, in a word.
    pub(crate) action: Option<&'a str>,
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
        } else if let Some(before) = self.before_its_moment(part, now) {
            before
        } else if self.action.and_then(Action::read) == Some(Action::Run) {
            PageState::Program
        } else if self.hosted {
            PageState::Unopened
        } else {
            PageState::Elsewhere
        }
    }

    /// How far it is while its moment has not come; none once it has, or if nobody can tell.
    fn before_its_moment(&self, part: Option<&Part>, now: Timestamp) -> Option<PageState> {
        let moment = self.moment.unwrap_or_default();
        Moment::read(moment).filter(|moment| *moment != Moment::Ringing)?;
        match part {
            Some(part) if is_due(moment, part) => None,
            Some(part) if part.phase != CallPhase::Ended => Some(PageState::Waiting),
            Some(part) => {
                let is_known = matches!(part.became, Some(Ending::Missed | Ending::Elsewhere(_)));
                is_known.then_some(PageState::Unanswered)
            }
            None => (now.since(self.rang) < GOES_ON).then_some(PageState::Waiting),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const RANG: Timestamp = Timestamp(1_790_000_000_000);

    fn page(moment: &str) -> Known<'_> {
        let moment = Some(moment);
        Known {
            action: Some("open"),
            hosted: true,
            opened: false,
            completed: false,
            moment,
            rang: RANG,
        }
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
            ("answered", part(CallPhase::Ended, Some(Ending::Missed)), PageState::Unanswered),
            ("ended", part(CallPhase::Ended, Some(Ending::Elsewhere(None))), PageState::Unanswered),
            ("answered", part(CallPhase::Ended, Some(Ending::Expired)), PageState::Unopened),
        ];
        for (moment, part, state) in cases {
            assert_eq!(page(moment).state(Some(&part), RANG), state, "{moment} {part:?}");
        }
        let later = RANG.plus(GOES_ON);
        assert_eq!(page("answered").state(None, RANG), PageState::Waiting);
        assert_eq!(page("answered").state(None, later), PageState::Unopened, "nobody reports it");
    }

    #[test]
    fn of_what_is_not_ours_it_is_not_known_whether_it_opened() {
        let other = Known { hosted: false, ..page("ringing") };
        assert_eq!(other.state(None, RANG.plus(Duration::from_secs(1))), PageState::Elsewhere);
        let program = Known { action: Some("run"), ..other };
        assert_eq!(program.state(None, RANG), PageState::Program);
        assert_eq!(Known { opened: true, ..page("ringing") }.state(None, RANG), PageState::Open);
        assert_eq!(Known { completed: true, ..other }.state(None, RANG), PageState::Finished);
    }
}
