//! A pane's call: the ring that opened it, what has become of it since, and this agent's part in it.

use crate::configuration::part_key;
use crate::desktop;
use crate::domain::call::{Call, Ending, Part};
use crate::domain::phone::{Party, Region};
use crate::domain::ring::Ring;
use crate::domain::time::Timestamp;
use crate::flow::calls::state::KeptRing;
use crate::flow::panes::unreported;
use crate::store::PaneRow;
use crate::view;

/// What phone systems have reported of a pane's call, if they have.
pub(crate) fn reported(pane: &PaneRow) -> Option<Call> {
    pane.state.as_deref().map(|state| serde_json::from_str(state).unwrap_or_default())
}

/// The ring that a pane was opened for. A phone system tells more of its call as it goes on; what a
/// desktop said stands: a call that was passed on has had other callers and queues since.
pub(crate) fn ring_of(pane: &PaneRow, reported: Option<&Call>, region: Region) -> Ring {
    let source = pane.call.source.as_str();
    let kept = KeptRing {
        source: reported.filter(|_| pane.by_phone_system).map(|_| source),
        call_source: source,
        call: reported,
        body: pane.body.as_deref(),
        agent: pane.agent.as_deref(),
        line: pane.callee.as_deref(),
    };
    kept.reread(region)
}

/// Who calls, as far as it is known by now.
pub(crate) fn caller_of(pane: &PaneRow, region: Region) -> Party {
    ring_of(pane, reported(pane).as_ref(), region).caller
}

pub(crate) fn reread(source: &str, body: Option<&str>, region: Region) -> Ring {
    let ring = desktop::reread(source, body.unwrap_or("{}"), region);
    ring.unwrap_or_else(|| desktop::sheet::decode(Vec::new(), region))
}

/// This agent's part in a pane's call.
pub(crate) fn part_of(pane: &PaneRow, reported: Option<&Call>, now: Timestamp) -> Part {
    let rang = pane.id.minted();
    let Some(call) = reported else {
        return unreported::part(rang, unreported::proven(pane), now);
    };
    let who = part_key(pane.agent.as_deref(), pane.callee.as_deref()).unwrap_or_default();
    let mut part = call.part(&who);
    part.since = part.since.or(Some(rang));
    part
}

pub(crate) fn caller(party: &Party, region: Region) -> view::Caller {
    let written = party.written(region);
    view::Caller {
        kind: party.kind(),
        display: written
            .as_ref()
            .map_or_else(|| party.display(region), |forms| forms.display.clone()),
        e164: party.e164().map(str::to_owned),
        national: written.as_ref().map(|forms| forms.national.clone()),
        international: written.as_ref().map(|forms| forms.international.clone()),
        country: written.and_then(|forms| forms.country),
        dial: party.key().map(|key| format!("tel:{key}")),
        name: party.name.clone(),
        company: party.company.clone(),
        email: party.email.clone(),
        raw: party.raw.clone(),
    }
}

pub(crate) fn became(became: &Ending) -> view::Ending {
    let (kind, name) = match became {
        Ending::Talked => ("talked", &None),
        Ending::Transferred(name) => ("transferred", name),
        Ending::Elsewhere(name) => ("elsewhere", name),
        Ending::Missed => ("missed", &None),
        Ending::Expired => ("expired", &None),
    };
    view::Ending { kind, name: name.clone() }
}
