//! A pane's call: the ring that opened it, what has become of it since, and this agent's part in it.

use crate::configuration::part;
use crate::desktop;
use crate::domain::call::Ring;
use crate::domain::phone::{Party, Region};
use crate::domain::progress::{Became, Call, Part};
use crate::domain::time::Timestamp;
use crate::flow::calls::state;
use crate::flow::panes::unreported;
use crate::store::PaneRow;
use crate::view;

/// A pane's call, read once.
#[derive(Debug)]
pub(crate) struct PaneCall {
    /// The ring that the pane was opened for. A phone system tells more of its call as it goes on; what
    /// a desktop said stands: a call that was passed on has had other callers and queues since.
    pub(crate) ring: Ring,
    /// What phone systems reported, if they did.
    pub(crate) call: Option<Call>,
}

impl PaneCall {
    pub(crate) fn of(pane: &PaneRow, region: Region) -> Self {
        let source = &pane.call.source;
        let call = pane.state.as_deref().map(serde_json::from_str::<Call>);
        let ring = match &call {
            Some(Ok(call)) if pane.by_phone_system => {
                state::ring_of(call, source, &agent_of(pane), region)
            }
            _ => reread(source, pane.body.as_deref(), region),
        };
        Self { ring, call: call.map(Result::unwrap_or_default) }
    }

    /// The agent's part in it.
    pub(crate) fn part(&self, pane: &PaneRow, now: Timestamp) -> Part {
        let rang = pane.event_id.minted();
        let Some(call) = &self.call else {
            return unreported::part(rang, unreported::proven(pane), now);
        };
        let mut part = call.part(&agent_of(pane));
        part.since = part.since.or(Some(rang));
        part
    }
}

/// The name that the pane's agent has in its call.
fn agent_of(pane: &PaneRow) -> String {
    part(pane.agent.as_deref(), pane.callee.as_deref()).unwrap_or_default()
}

/// A stored ring.
pub(crate) fn reread(source: &str, body: Option<&str>, region: Region) -> Ring {
    let ring = desktop::reread(source, body.unwrap_or("{}"), region);
    ring.unwrap_or_else(|| desktop::sheet::decode(Vec::new(), region))
}

/// A party as a page shows it.
pub(crate) fn caller(party: &Party, region: Region) -> view::Caller {
    let written = party.written(region);
    view::Caller {
        kind: party.kind(),
        display: party.display(region),
        e164: party.e164().map(str::to_owned),
        national: written.as_ref().map(|forms| forms.national.clone()),
        international: written.as_ref().map(|forms| forms.international.clone()),
        country: written.and_then(|forms| forms.country),
        dial: party.key().map(|key| format!("tel:{key}")),
        name: party.name.clone(),
        raw: party.raw.clone(),
    }
}

/// What has become of a call, as a page shows it.
pub(crate) fn became(became: &Became) -> view::Became {
    let (kind, name) = match became {
        Became::Talked => ("talked", &None),
        Became::Transferred(name) => ("transferred", name),
        Became::Elsewhere(name) => ("elsewhere", name),
        Became::Missed => ("missed", &None),
        Became::Expired => ("expired", &None),
    };
    view::Became { kind, name: name.clone() }
}
