//! Programs that may use the API.

use super::engine::Row;
use super::error::Error;
use super::tx::Tx;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;

/// A token, of which only a digest is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Its id, which says when it was made.
    pub id: Id,
    pub name: String,
    pub role: String,
    pub digest: String,
    /// Who made it.
    pub created_by: String,
    /// None: it does not end by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the hour.
    pub used_at: Option<Timestamp>,
}

/// What `token` reads.
macro_rules! tokens {
    () => {
        "SELECT id, name, role, digest, created_by, expires_at, used_at FROM api_token"
    };
}

impl Tx<'_> {
    /// Keeps a new token.
    pub fn insert_token(&mut self, token: &TokenRow) -> Result<(), Error> {
        self.execute(
            "INSERT INTO api_token (id, name, role, digest, created_by, expires_at, used_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            &[
                token.id.into(),
                (&token.name).into(),
                (&token.role).into(),
                (&token.digest).into(),
                (&token.created_by).into(),
                token.expires_at.into(),
                token.used_at.into(),
            ],
        )?;
        Ok(())
    }

    /// The token of a digest.
    pub fn find_token(&mut self, digest: &str) -> Result<Option<TokenRow>, Error> {
        let row = self.first(concat!(tokens!(), " WHERE digest = ?1"), &[digest.into()])?;
        row.map(token).transpose()
    }

    /// Every token, the newest first.
    pub fn list_tokens(&mut self) -> Result<Vec<TokenRow>, Error> {
        let rows = self.query(concat!(tokens!(), " ORDER BY id DESC"), &[])?;
        rows.into_iter().map(token).collect()
    }

    /// Writes down that a token is used.
    pub fn touch_token(&mut self, id: Id, now: Timestamp) -> Result<(), Error> {
        self.execute("UPDATE api_token SET used_at = ?2 WHERE id = ?1", &[id.into(), now.into()])?;
        Ok(())
    }

    /// Ends a token; answers which it was.
    pub fn remove_token(&mut self, id: Id) -> Result<Option<TokenRow>, Error> {
        let row = self.first(concat!(tokens!(), " WHERE id = ?1"), &[id.into()])?;
        let found = row.map(token).transpose()?;
        self.execute("DELETE FROM api_token WHERE id = ?1", &[id.into()])?;
        Ok(found)
    }
}

fn token(mut row: Row) -> Result<TokenRow, Error> {
    Ok(TokenRow {
        id: row.take("token")?,
        name: row.take("token")?,
        role: row.take("token")?,
        digest: row.take("token")?,
        created_by: row.take("token")?,
        expires_at: row.take("token")?,
        used_at: row.take("token")?,
    })
}
