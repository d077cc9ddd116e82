//! What goes on, as the console shows it.

use super::{LeftPaused, Live, LiveAgent, LiveCall};
use crate::domain::phone::Region;
use crate::domain::time::{Timestamp, Zone};
use crate::domain::word::Word as _;
use crate::view::console as view;

/// What goes on, in the numbers of this region and the times of this zone.
pub(super) fn page(live: &Live, may_close: bool, region: Region, zone: &Zone) -> view::Live {
    let moment = |at: Timestamp| view::Moment::of(at, live.at, zone);
    view::Live {
        calls: live.calls.iter().map(|one| call(one, moment(one.at), region)).collect(),
        has_more: live.has_more,
        agents: live.agents.iter().map(agent).collect(),
        paused: live.left.iter().map(|one| left(one, moment(one.opened_at), live.at)).collect(),
        may_close,
    }
}

fn call(call: &LiveCall, at: view::Moment, region: Region) -> view::LiveCall {
    view::LiveCall {
        id: call.ring.unwrap_or(call.call).to_string(),
        query: call.who.as_deref().filter(|_| call.ring.is_none()).map(of_agent),
        at,
        agent: call.agent.clone(),
        caller: call.caller.display(region),
        name: call.caller.name.clone(),
        queue: call.queue.clone(),
        phase: call.phase.map_or("unknown", |phase| phase.word()),
        rule: call.rule.clone(),
        page: call.page.word(),
        is_paused: call.is_paused,
    }
}

/// What asks about one agent's part in a call.
fn of_agent(key: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("agent", key).finish()
}

fn agent(agent: &LiveAgent) -> view::LiveAgent {
    view::LiveAgent {
        id: agent.id.clone(),
        name: agent.name.clone(),
        status: agent.status.clone(),
        telephony: agent.telephony.clone(),
        calls: agent.calls,
        is_signed_in: agent.is_signed_in,
    }
}

fn left(left: &LeftPaused, at: view::Moment, now: Timestamp) -> view::Paused {
    view::Paused {
        agent: left.agent.clone(),
        at,
        call: left.call.map(|call| call.to_string()),
        page: left.pane.to_string(),
        minutes: now.since(left.seen_at).as_secs() / 60,
    }
}
