//! What the demo begins with: calls of the weeks before, so that the first page has a history, and those of
//! the last day, so that the console has something to explain. They ring and are completed like any others,
//! by a clock that shows those days.

use std::time::Duration;

use serde_json::json;

use super::day::{self, DayCall, Then};
use super::pages::{DesktopAgent, Queue, agents, queues};
use crate::desktop::xucmgt;
use crate::domain::decision::Moment;
use crate::domain::ids::Id;
use crate::domain::phone::Party;
use crate::domain::time::{StillClock, Timestamp};
use crate::flow::Flow;
use crate::flow::calls::ring::RingAnswer;
use crate::flow::panes::{self, notes::Written};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// Who calls first in the demo, and has called before.
const REGULAR: &str = "0199005577";

/// How long a page takes to open that opens at once; how long a call lasts, and an agent takes until they are done.
const OPENS: Duration = Duration::from_millis(640);
const TALK: Duration = Duration::from_mins(4);

/// A call of the weeks before.
struct Earlier {
    /// How many seconds before the start of the demo it rang.
    before: u64,
    caller: &'static str,
    queue: &'static str,
    /// The agent's line.
    line: &'static str,
    notes: &'static str,
    outcome: &'static str,
}

/// The oldest first.
const CALLS: [Earlier; 6] = [
    Earlier {
        before: 23 * DAY + 2 * HOUR,
        caller: REGULAR,
        queue: "trucks",
        line: "1087",
        notes: "Asked what two 7.5 t trucks would cost. Offer sent by e-mail.",
        outcome: "Call back",
    },
    Earlier {
        before: 16 * DAY + 5 * HOUR,
        caller: REGULAR,
        queue: "support_fr",
        line: "1088",
        notes: "Could not sign in to the customer portal. New password set; it works.",
        outcome: "Resolved",
    },
    Earlier {
        before: 9 * DAY + HOUR,
        caller: REGULAR,
        queue: "trucks",
        line: "1087",
        notes: "Has read the offer. Wants a price for the tail lift by itself, and decides next week.",
        outcome: "Call back",
    },
    Earlier {
        before: 5 * DAY + 3 * HOUR,
        caller: "+441632960001",
        queue: "trucks",
        line: "1087",
        notes: "Wanted billing; given the direct number.",
        outcome: "Wrong number",
    },
    Earlier {
        before: 4 * DAY + 4 * HOUR,
        caller: "0199005500",
        queue: "support_fr",
        line: "1088",
        notes: "The invoice for March was missing. Sent again to the accounts department.",
        outcome: "Resolved",
    },
    Earlier {
        before: 2 * DAY + 3 * HOUR,
        caller: REGULAR,
        queue: "trucks",
        line: "1088",
        notes: "Orders one truck with a tail lift, delivery in May. Wants a call when the papers are ready.",
        outcome: "Sold",
    },
];

/// When the first of them rang.
pub fn beginning(now: Timestamp) -> Timestamp {
    CALLS.first().map_or(now, |call| now.minus(Duration::from_secs(call.before)))
}

/// Plays them. `clock` is the flow's, and shows [`beginning`].
pub async fn play(flow: &Flow, clock: &StillClock, now: Timestamp) -> Result<(), String> {
    let player = Player { flow, clock, now };
    let earlier = CALLS.iter().map(|call| {
        let Earlier { before, caller, queue, line, notes, outcome } = *call;
        let rings = Rings { before: Duration::from_secs(before), caller, queue, line };
        (rings, Then::Finished(notes, outcome))
    });
    let today = day::CALLS.iter().map(|call| {
        let DayCall { before, caller, queue, line, then } = *call;
        (Rings { before: Duration::from_mins(before), caller, queue, line }, then)
    });
    for (number, (rings, then)) in earlier.chain(today).enumerate() {
        player.play(&rings, number, then).await?;
    }
    Ok(())
}

/// A call as it rings.
struct Rings {
    before: Duration,
    caller: &'static str,
    queue: &'static str,
    line: &'static str,
}

/// Whoever plays calls by a clock of days before.
struct Player<'a> {
    flow: &'a Flow,
    clock: &'a StillClock,
    now: Timestamp,
}

impl Player<'_> {
    async fn play(&self, call: &Rings, number: usize, then: Then) -> Result<(), String> {
        let rang = self.now.minus(call.before);
        self.clock.advance(rang.since(self.flow.context.now()));
        let body = request(call, number, rang).ok_or("a demo call has no agent or queue")?;
        let region = self.flow.context.options().region;
        let heard = xucmgt::decode(body.as_bytes(), None, region);
        let heard = heard.map_err(|error| error.to_string())?;
        let opening = match self.flow.rings.ring(heard.ring, None).await {
            RingAnswer::Opens(opening) => opening,
            RingAnswer::Nothing { .. } if matches!(then, Then::Nothing) => return Ok(()),
            RingAnswer::Nothing { .. } => {
                return Err(format!("no page opened for a call from {}", call.caller));
            }
        };
        let token = opening.url.rsplit('/').next().unwrap_or_default();
        let opens = if opening.moment == Moment::Ended { TALK } else { OPENS };
        self.use_page(token, opens, then).await.map_err(|error| error.to_string())
    }

    /// What the agent does with the page.
    async fn use_page(&self, token: &str, opens: Duration, then: Then) -> Result<(), panes::Error> {
        if matches!(then, Then::Finished(..) | Then::Opened) {
            self.clock.advance(opens);
            self.flow.panes.show(token, false).await?;
        }
        if let Then::Finished(notes, outcome) = then {
            self.clock.advance(TALK);
            let (notes, disposition) = (Some(notes.to_owned()), Some(outcome.to_owned()));
            let written = Written { notes, disposition, seen: None };
            self.flow.panes.complete(token, written).await?;
        }
        Ok(())
    }
}

/// Asks the stand-in CRM about the caller who rings first, so that even the first page's title has
/// the name. No page waits for this answer.
pub fn introduce(flow: &Flow) {
    let caller = Party::read(REGULAR, None, flow.context.options().region);
    flow.contacts.ask_about(&caller, Id::mint(flow.context.now()));
}

/// What XucMgt would have posted.
fn request(call: &Rings, number: usize, rang: Timestamp) -> Option<String> {
    let agents = agents();
    let DesktopAgent { user_id, agent_id, first_name, last_name, line } =
        agents.iter().find(|agent| agent.line == call.line)?;
    let queues = queues();
    let Queue { id, name, display, number: queue } =
        queues.iter().find(|queue| queue.name == call.queue)?;
    let body = json!({
        "user": {
            "userId": user_id, "agentId": agent_id, "firstName": first_name,
            "lastName": last_name, "fullName": format!("{first_name} {last_name}"),
        },
        "callee": line,
        "caller": call.caller,
        "callDataCallId": format!("{}.{number}", rang.0 / 1000),
        "queue": { "id": id, "name": name, "displayName": display, "number": queue },
        "userData": { "XIVO_DSTNUM": queue },
    });
    Some(body.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::pages::DesktopPage;
    use crate::view::Page as _;

    #[test]
    fn they_are_in_order_and_the_regular_caller_is_who_rings_first() {
        assert!(CALLS.is_sorted_by(|earlier, later| earlier.before > later.before));
        assert!(day::CALLS.is_sorted_by(|earlier, later| earlier.before > later.before));
        assert!(day::CALLS.iter().all(|call| call.caller != REGULAR && call.before < 24 * 60));
        let callers = DesktopPage::samples().remove(0).callers;
        assert_eq!(callers[0].number, REGULAR);
    }
}
