//! Agents' presence: the newest report of each agent, source and kind.

use super::engine::Row;
use super::error::Error;
use super::tx::Tx;
use crate::domain::presence::{AgentPresence, PresenceKind, PresenceReport, PresenceState};
use crate::domain::word::Word as _;

/// What `report` reads.
macro_rules! columns {
    () => {
        "SELECT agent, source, kind, happened_at, since, event_id, status, message, until_at, location,
                latitude, longitude
         FROM presence"
    };
}

impl Tx<'_> {
    /// Keeps a report on a configured agent, unless a newer one is kept.
    pub fn keep_presence(&mut self, agent: &str, report: &PresenceReport) -> Result<(), Error> {
        let (kind, state) = (report.kind.word(), &report.state);
        self.connection.defer_to_commit(
            &format!("presence {agent} {} {kind}", report.source),
            "INSERT INTO presence (agent, source, kind, happened_at, since, event_id, status, message,
                                   until_at, location, latitude, longitude)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (agent, source, kind) DO UPDATE
             SET since = CASE WHEN presence.status = excluded.status
                              THEN presence.since ELSE excluded.since END,
                 happened_at = excluded.happened_at, event_id = excluded.event_id,
                 status = excluded.status, message = excluded.message,
                 until_at = excluded.until_at, location = excluded.location,
                 latitude = excluded.latitude, longitude = excluded.longitude
             WHERE (presence.happened_at, presence.event_id)
                <= (excluded.happened_at, excluded.event_id)",
            &[
                agent.into(),
                (&report.source).into(),
                kind.into(),
                report.at.into(),
                report.since.into(),
                report.event.into(),
                (&state.status).into(),
                (&state.message).into(),
                state.until.into(),
                (&state.location).into(),
                (&state.latitude).into(),
                (&state.longitude).into(),
            ],
        )
    }

    /// What is kept of one agent.
    pub fn presence_of(&mut self, agent: &str) -> Result<AgentPresence, Error> {
        let rows = self.query(
            concat!(columns!(), " WHERE agent = ?1 ORDER BY source, kind"),
            &[agent.into()],
        )?;
        let mut presence = AgentPresence::default();
        for row in rows {
            presence.take_up(report(row)?.1);
        }
        Ok(presence)
    }

    /// What is kept of all agents, each report with the agent's key.
    pub fn list_presence(&mut self) -> Result<Vec<(String, PresenceReport)>, Error> {
        self.query(concat!(columns!(), " ORDER BY agent, source, kind"), &[])?
            .into_iter()
            .map(report)
            .collect()
    }
}

fn report(mut row: Row) -> Result<(String, PresenceReport), Error> {
    let (agent, source) = (row.take("presence")?, row.take("presence")?);
    let kind: String = row.take("presence")?;
    let report = PresenceReport {
        source,
        kind: PresenceKind::read(&kind).ok_or(Error::Unreadable("presence"))?,
        at: row.take("presence")?,
        since: row.take("presence")?,
        event: row.take("presence")?,
        state: PresenceState {
            status: row.take("presence")?,
            message: row.take("presence")?,
            until: row.take("presence")?,
            location: row.take("presence")?,
            latitude: row.take("presence")?,
            longitude: row.take("presence")?,
        },
    };
    Ok((agent, report))
}
