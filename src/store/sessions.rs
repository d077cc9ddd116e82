//! Who is signed in to the built-in desktop: one row a browser.

use super::error::Error;
use super::tx::Tx;
use crate::domain::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// The SHA-256 of the token in the browser's cookie.
    pub digest: String,
    /// The agent's id in the configuration.
    pub agent: String,
    /// The personal link that it came in by.
    pub link: i64,
    /// When it was last used, to the hour.
    pub used_at: Timestamp,
}

impl Tx<'_> {
    /// Keeps a new session, and ends those of the agent beyond `most` that were not used for longest;
    /// answers how many.
    pub fn insert_session(&mut self, session: &SessionRow, most: i64) -> Result<u64, Error> {
        self.execute(
            "INSERT INTO desktop_session (digest, agent, link, used_at) VALUES (?1, ?2, ?3, ?4)",
            &[
                (&session.digest).into(),
                (&session.agent).into(),
                session.link.into(),
                session.used_at.into(),
            ],
        )?;
        self.execute(
            "DELETE FROM desktop_session WHERE digest <> ?3 AND digest IN
                 (SELECT digest FROM desktop_session WHERE agent = ?1
                  ORDER BY used_at DESC, digest LIMIT 1000 OFFSET ?2)",
            &[(&session.agent).into(), most.into(), (&session.digest).into()],
        )
    }

    /// The session of a token.
    pub fn find_session(&mut self, digest: &str) -> Result<Option<SessionRow>, Error> {
        let row = self.first(
            "SELECT digest, agent, link, used_at FROM desktop_session WHERE digest = ?1",
            &[digest.into()],
        )?;
        let Some(mut row) = row else { return Ok(None) };
        Ok(Some(SessionRow {
            digest: row.take("session")?,
            agent: row.take("session")?,
            link: row.take("session")?,
            used_at: row.take("session")?,
        }))
    }

    /// Writes down that a session is used.
    pub fn touch_session(&mut self, digest: &str, now: Timestamp) -> Result<(), Error> {
        self.execute(
            "UPDATE desktop_session SET used_at = ?2 WHERE digest = ?1",
            &[digest.into(), now.into()],
        )?;
        Ok(())
    }

    /// Ends one session.
    pub fn remove_session(&mut self, digest: &str) -> Result<(), Error> {
        self.execute("DELETE FROM desktop_session WHERE digest = ?1", &[digest.into()])?;
        Ok(())
    }

    /// The agents who are signed in, and the links that they came in by.
    pub fn list_signed_in(&mut self) -> Result<Vec<(String, i64)>, Error> {
        let rows = self.query("SELECT DISTINCT agent, link FROM desktop_session", &[])?;
        rows.into_iter().map(|mut row| Ok((row.take("session")?, row.take("session")?))).collect()
    }

    /// Ends all sessions of an agent, or those of one link; answers how many.
    pub fn remove_sessions_of(&mut self, agent: &str, link: Option<i64>) -> Result<u64, Error> {
        self.execute(
            "DELETE FROM desktop_session WHERE agent = ?1 AND link = COALESCE(?2, link)",
            &[agent.into(), link.into()],
        )
    }

    /// Forgets sessions that were last used before a moment; answers how many.
    pub fn remove_sessions_before(&mut self, moment: Timestamp, limit: i64) -> Result<u64, Error> {
        self.execute(
            "DELETE FROM desktop_session WHERE digest IN
                 (SELECT digest FROM desktop_session WHERE used_at <= ?1 ORDER BY used_at LIMIT ?2)",
            &[moment.into(), limit.into()],
        )
    }
}
