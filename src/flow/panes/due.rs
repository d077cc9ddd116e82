//! When a page is to be seen: at the moment of its call that its rule names.

use crate::domain::call::{CallPhase, Ending, Part};
use crate::domain::decision::Moment;
use crate::domain::word::Word as _;

/// Whether a page that opens at this moment is to be seen by now.
pub(crate) fn is_due(moment: &str, part: &Part) -> bool {
    let spoke = matches!(part.became, Some(Ending::Talked | Ending::Transferred(_)));
    match Moment::read(moment) {
        Some(Moment::Ringing) | None => true,
        Some(Moment::Answered) => {
            spoke || matches!(part.phase, CallPhase::Answered | CallPhase::Held)
        }
        Some(Moment::Ended) => spoke,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_due_when_its_moment_has_come() {
        let part = |phase, became| Part { phase, since: None, rang: None, talked: None, became };
        let cases = [
            (part(CallPhase::Ringing, None), [true, false, false]),
            (part(CallPhase::Answered, None), [true, true, false]),
            (part(CallPhase::Ended, Some(Ending::Talked)), [true, true, true]),
            (part(CallPhase::Ended, Some(Ending::Missed)), [true, false, false]),
            (part(CallPhase::Ended, Some(Ending::Elsewhere(None))), [true, false, false]),
        ];
        for (part, due) in cases {
            let moments = ["ringing", "answered", "ended"];
            assert_eq!(moments.map(|moment| is_due(moment, &part)), due, "{part:?}");
        }
    }
}
