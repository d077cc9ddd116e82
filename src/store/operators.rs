//! Who may sign in to the console, by which links, and who is signed in.

use super::engine::Row;
use super::error::Error;
use super::tx::Tx;
use crate::domain::time::Timestamp;

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorRow {
    pub name: String,
    pub role: String,
    /// The hash of their password, once they have one.
    pub password: Option<String>,
    pub created_at: Timestamp,
    /// Who signs them in instead.
    pub provider: Option<ProviderRow>,
}

/// By whom an operator is signed in, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderRow {
    pub issuer: String,
    pub subject: String,
}

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleSessionRow {
    /// The SHA-256 of the token in its cookie.
    pub digest: String,
    pub operator: String,
    /// What the operator's password was marked with when they signed in.
    pub mark: String,
    pub created_at: Timestamp,
    pub used_at: Timestamp,
    /// Where it signed in from.
    pub address: Option<String>,
    /// What it says that it is.
    pub browser: Option<String>,
}

/// What `operator` reads.
macro_rules! operators {
    () => {
        "SELECT name, role, password, created_at, issuer, subject FROM operator"
    };
}

/// What `session` reads.
macro_rules! sessions {
    () => {
        "SELECT digest, operator, mark, created_at, used_at, address, browser FROM console_session"
    };
}

impl Tx<'_> {
    /// Keeps a new operator; answers whether there was none of this name.
    pub fn insert_operator(&mut self, operator: &OperatorRow) -> Result<bool, Error> {
        let inserted = self.execute(
            "INSERT INTO operator (name, role, password, created_at, issuer, subject)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (name) DO NOTHING",
            &[
                (&operator.name).into(),
                (&operator.role).into(),
                (&operator.password).into(),
                operator.created_at.into(),
                operator.provider.as_ref().map(|known| known.issuer.as_str()).into(),
                operator.provider.as_ref().map(|known| known.subject.as_str()).into(),
            ],
        )?;
        Ok(inserted > 0)
    }

    /// An operator by name.
    pub fn find_operator(&mut self, name: &str) -> Result<Option<OperatorRow>, Error> {
        let row = self.first(concat!(operators!(), " WHERE name = ?1"), &[name.into()])?;
        row.map(operator).transpose()
    }

    /// The operator whom a provider knows as this.
    pub fn find_operator_of(
        &mut self,
        provider: &ProviderRow,
    ) -> Result<Option<OperatorRow>, Error> {
        let row = self.first(
            concat!(operators!(), " WHERE issuer = ?1 AND subject = ?2"),
            &[(&provider.issuer).into(), (&provider.subject).into()],
        )?;
        row.map(operator).transpose()
    }

    /// Every operator, by name.
    pub fn list_operators(&mut self) -> Result<Vec<OperatorRow>, Error> {
        let rows = self.query(concat!(operators!(), " ORDER BY name"), &[])?;
        rows.into_iter().map(operator).collect()
    }

    /// Gives an operator another role.
    pub fn set_operator_role(&mut self, name: &str, role: &str) -> Result<(), Error> {
        self.execute("UPDATE operator SET role = ?2 WHERE name = ?1", &[name.into(), role.into()])?;
        Ok(())
    }

    /// Gives an operator a password.
    pub fn set_operator_password(&mut self, name: &str, password: &str) -> Result<(), Error> {
        self.execute(
            "UPDATE operator SET password = ?2 WHERE name = ?1",
            &[name.into(), password.into()],
        )?;
        Ok(())
    }

    /// Removes an operator with everything that lets them in.
    pub fn remove_operator(&mut self, name: &str) -> Result<(), Error> {
        self.execute("DELETE FROM operator WHERE name = ?1", &[name.into()])?;
        self.execute("DELETE FROM sign_in_link WHERE operator = ?1", &[name.into()])?;
        self.remove_console_sessions_of(name)?;
        Ok(())
    }

    /// Keeps a link that signs an operator in once.
    pub fn insert_sign_in_link(
        &mut self,
        digest: &str,
        operator: &str,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "INSERT INTO sign_in_link (digest, operator, expires_at) VALUES (?1, ?2, ?3)",
            &[digest.into(), operator.into(), expires_at.into()],
        )?;
        Ok(())
    }

    /// Whose link this is, and until when.
    pub fn find_sign_in_link(
        &mut self,
        digest: &str,
    ) -> Result<Option<(String, Timestamp)>, Error> {
        let row = self.first(
            "SELECT operator, expires_at FROM sign_in_link WHERE digest = ?1",
            &[digest.into()],
        )?;
        row.map(|mut row| Ok((row.take("sign-in link")?, row.take("sign-in link")?))).transpose()
    }

    /// Ends a link; answers whether it was there: of two who use it at once, one has it.
    pub fn remove_sign_in_link(&mut self, digest: &str) -> Result<bool, Error> {
        let removed =
            self.execute("DELETE FROM sign_in_link WHERE digest = ?1", &[digest.into()])?;
        Ok(removed > 0)
    }

    /// Keeps a new session.
    pub fn insert_console_session(&mut self, session: &ConsoleSessionRow) -> Result<(), Error> {
        self.execute(
            "INSERT INTO console_session (digest, operator, mark, created_at, used_at, address, browser)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            &[
                (&session.digest).into(),
                (&session.operator).into(),
                (&session.mark).into(),
                session.created_at.into(),
                session.used_at.into(),
                (&session.address).into(),
                (&session.browser).into(),
            ],
        )?;
        Ok(())
    }

    /// The session of a token.
    pub fn find_console_session(
        &mut self,
        digest: &str,
    ) -> Result<Option<ConsoleSessionRow>, Error> {
        let row = self.first(concat!(sessions!(), " WHERE digest = ?1"), &[digest.into()])?;
        row.map(session).transpose()
    }

    /// Every session, of one operator or of all, the newest first.
    pub fn list_console_sessions(
        &mut self,
        operator: Option<&str>,
    ) -> Result<Vec<ConsoleSessionRow>, Error> {
        let rows = self.query(
            concat!(
                sessions!(),
                " WHERE operator = COALESCE(?1, operator) ORDER BY created_at DESC, digest LIMIT 1000"
            ),
            &[operator.into()],
        )?;
        rows.into_iter().map(session).collect()
    }

    /// Writes down that a session is used.
    pub fn touch_console_session(&mut self, digest: &str, now: Timestamp) -> Result<(), Error> {
        self.execute(
            "UPDATE console_session SET used_at = ?2 WHERE digest = ?1",
            &[digest.into(), now.into()],
        )?;
        Ok(())
    }

    /// Marks a session anew: it outlives a change of its operator's password.
    pub fn mark_console_session(&mut self, digest: &str, mark: &str) -> Result<(), Error> {
        self.execute(
            "UPDATE console_session SET mark = ?2 WHERE digest = ?1",
            &[digest.into(), mark.into()],
        )?;
        Ok(())
    }

    /// Ends a session.
    pub fn remove_console_session(&mut self, digest: &str) -> Result<(), Error> {
        self.execute("DELETE FROM console_session WHERE digest = ?1", &[digest.into()])?;
        Ok(())
    }

    /// Ends every session of an operator; answers how many.
    pub fn remove_console_sessions_of(&mut self, operator: &str) -> Result<u64, Error> {
        self.execute("DELETE FROM console_session WHERE operator = ?1", &[operator.into()])
    }

    /// Forgets sessions and links that have ended; answers how many.
    pub fn remove_ended_console_sessions(
        &mut self,
        used_before: Timestamp,
        begun_before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let sessions = self.execute(
            "DELETE FROM console_session WHERE used_at <= ?1 OR created_at <= ?2",
            &[used_before.into(), begun_before.into()],
        )?;
        let links =
            self.execute("DELETE FROM sign_in_link WHERE expires_at <= ?1", &[now.into()])?;
        Ok(sessions + links)
    }
}

fn operator(mut row: Row) -> Result<OperatorRow, Error> {
    Ok(OperatorRow {
        name: row.take("operator")?,
        role: row.take("operator")?,
        password: row.take("operator")?,
        created_at: row.take("operator")?,
        provider: provider(row.take("operator")?, row.take("operator")?),
    })
}

fn provider(issuer: Option<String>, subject: Option<String>) -> Option<ProviderRow> {
    Some(ProviderRow { issuer: issuer?, subject: subject? })
}

fn session(mut row: Row) -> Result<ConsoleSessionRow, Error> {
    Ok(ConsoleSessionRow {
        digest: row.take("console session")?,
        operator: row.take("console session")?,
        mark: row.take("console session")?,
        created_at: row.take("console session")?,
        used_at: row.take("console session")?,
        address: row.take("console session")?,
        browser: row.take("console session")?,
    })
}
