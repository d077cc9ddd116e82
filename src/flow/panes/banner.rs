//! What a page says of the agent's newer call. It must never call itself an earlier call's page while
//! its own call is the one that is being talked on: that is said only where its call is over, or where
//! the page was opened after the other call rang, as a desktop does that opens the wrong one.

use crate::configuration::part_key;
use crate::domain::call::{Call, CallPhase, Ending, Part};
use crate::domain::time::Timestamp;
use crate::flow::calls::state;
use crate::flow::panes::open::Panes;
use crate::flow::panes::{call, unreported};
use crate::store::{Newest, PaneRow};
use crate::view;

/// What is to be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The other call rings.
    Rings,
    /// The agent talks on the other call.
    Talks,
    /// The other call rang, and nobody tells what became of it.
    Rang,
    /// This page is for an earlier call than the newest.
    Earlier,
}

impl Kind {
    /// What is said of another call, by what this page's call does and what that one does; `late`,
    /// if nobody reports this page's call and the other one rang before the page was opened.
    fn of(own: &Part, other: &Part, late: bool) -> Option<Self> {
        let spoke = matches!(other.became, Some(Ending::Talked | Ending::Transferred(_)));
        match (own.phase, other.phase) {
            _ if late => Some(Self::Earlier),
            (_, CallPhase::Ringing) => Some(Self::Rings),
            (_, CallPhase::Answered | CallPhase::Held) if own.phase != CallPhase::Ended => {
                Some(Self::Talks)
            }
            // A call that the agent never had leads nobody astray.
            (_, CallPhase::Ended) if !spoke => None,
            (CallPhase::Ended, _) => Some(Self::Earlier),
            (_, CallPhase::Ended) => None,
            _ => Some(Self::Rang),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Rings => "rings",
            Self::Talks => "talks",
            Self::Rang => "rang",
            Self::Earlier => "earlier",
        }
    }
}

impl Panes {
    /// What a page says of the agent's newest call; `own` is their part in the page's own.
    pub(crate) fn banner(
        &self,
        pane: &PaneRow,
        own: &Part,
        newest: &Newest,
        now: Timestamp,
    ) -> Option<view::Banner> {
        let region = self.context.options.region;
        let rang = newest.event_id.minted();
        let (caller, other) = if let Some(state) = &newest.state {
            let other_call: Call = serde_json::from_str(state).unwrap_or_default();
            let who = part_key(pane.agent.as_deref(), pane.callee.as_deref()).unwrap_or_default();
            (state::other_party(&other_call, region), other_call.part(&who))
        } else {
            let ring = call::reread(&newest.call.source, newest.body.as_deref(), region);
            (ring.caller, unreported::part(rang, None, now))
        };
        let late = pane.state.is_none() && pane.opened_at.is_some_and(|opened| opened > rang);
        Some(view::Banner {
            kind: Kind::of(own, &other, late)?.word(),
            display: caller.display(region),
            name: caller.name,
            path: newest.pane.map(|pane| format!("{}?{BY_HAND}", self.context.pane_path(pane))),
        })
    }
}

/// What a link to a page adds to its address: no desktop opened it, so that it proves nothing.
pub const BY_HAND: &str = "by=hand";

#[cfg(test)]
mod tests {
    use super::*;

    fn phase(phase: CallPhase) -> Part {
        Part { phase, since: None, rang: None, talked: None, became: None }
    }

    fn over(became: Ending) -> Part {
        Part { became: Some(became), ..phase(CallPhase::Ended) }
    }

    #[test]
    fn a_page_is_an_earlier_calls_only_if_its_call_is_over_or_it_was_opened_too_late() {
        use CallPhase::{Answered, Held, Ringing, Started};
        let live = [Started, Ringing, Answered, Held];
        for own in live.map(phase) {
            for (other, said) in [
                (phase(Ringing), Some(Kind::Rings)),
                (phase(Answered), Some(Kind::Talks)),
                (phase(Held), Some(Kind::Talks)),
                (phase(Started), Some(Kind::Rang)),
                (over(Ending::Missed), None),
                (over(Ending::Talked), None),
            ] {
                assert_eq!(Kind::of(&own, &other, false), said, "{own:?} and {other:?}");
                assert_eq!(Kind::of(&own, &other, true), Some(Kind::Earlier));
            }
        }
        let own = over(Ending::Talked);
        for (other, said) in [
            (phase(Ringing), Some(Kind::Rings)),
            (phase(Answered), Some(Kind::Earlier)),
            (phase(Started), Some(Kind::Earlier)),
            (over(Ending::Talked), Some(Kind::Earlier)),
            (over(Ending::Missed), None),
            (over(Ending::Elsewhere(None)), None),
            (over(Ending::Expired), None),
        ] {
            assert_eq!(Kind::of(&own, &other, false), said, "over, and {other:?}");
        }
    }
}
