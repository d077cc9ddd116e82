//! Agents, and their presence, as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use super::moment;
use crate::domain::presence::{PresenceKind, PresenceReport};
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::presence::AgentStatus;
use crate::web::schema;

/// A configured agent, and what phone systems report of their presence.
#[derive(Debug, Serialize, ToSchema)]
pub struct Agent<'a> {
    id: &'a str,
    name: &'a str,
    /// The status that holds now, wherever it was reported last.
    status: Option<&'a str>,
    /// What their phone is doing now.
    telephony: Option<&'a str>,
    /// The newest report of each phone system and kind.
    presence: Vec<Presence<'a>>,
    // Their personal link: for commands only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    link: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Presence<'a> {
    /// The phone system.
    source: &'a str,
    /// What is reported: the status that the agent has chosen, or what their phone is doing.
    #[schema(value_type = schema::PresenceKind)]
    kind: &'static str,
    /// In the phone system's word.
    status: Option<&'a str>,
    /// When this state began.
    #[schema(format = DateTime)]
    since: String,
    /// When it was reported.
    #[schema(format = DateTime)]
    at: String,
    /// Whether it still holds.
    current: bool,
    /// The agent's own words.
    message: Option<&'a str>,
    /// When it ends.
    #[schema(format = DateTime)]
    until: Option<String>,
    location: Option<Location<'a>>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Location<'a> {
    address: Option<&'a str>,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

impl<'a> Agent<'a> {
    /// As it is at this moment.
    pub fn of(status: &'a AgentStatus, now: Timestamp, link: Option<String>) -> Self {
        let AgentStatus { agent, presence } = status;
        let newest = |kind| presence.newest(kind, now)?.state.status.as_deref();
        let reports = presence.reports().iter();
        Self {
            id: &agent.id,
            name: &agent.name,
            status: newest(PresenceKind::User),
            telephony: newest(PresenceKind::Telephony),
            presence: reports.map(|report| Presence::of(report, now)).collect(),
            link,
        }
    }
}

impl<'a> Presence<'a> {
    fn of(report: &'a PresenceReport, now: Timestamp) -> Self {
        let state = &report.state;
        let degrees = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
        let location = Location {
            address: state.location.as_deref(),
            latitude: degrees(&state.latitude),
            longitude: degrees(&state.longitude),
        };
        let known = state.location.is_some() || state.latitude.is_some();
        Self {
            source: &report.source,
            kind: report.kind.word(),
            status: state.status.as_deref(),
            since: report.since.to_string(),
            at: report.at.to_string(),
            current: report.is_current(now),
            message: state.message.as_deref(),
            until: moment(state.until),
            location: known.then_some(location),
        }
    }
}
