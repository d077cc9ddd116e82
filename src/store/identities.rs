//! Tokens that XuC has confirmed, by their digests.

use super::error::Error;
use super::tx::Tx;
use crate::domain::time::Timestamp;

impl Tx<'_> {
    /// Until when a token counts as confirmed, by its digest.
    pub fn confirmed_until(&mut self, digest: &str) -> Result<Option<Timestamp>, Error> {
        let found = self
            .first("SELECT valid_until FROM confirmed_token WHERE digest = ?1", &[digest.into()])?;
        found.map(|mut row| row.take("confirmed token")).transpose()
    }

    /// Remembers that XuC has confirmed a token.
    pub fn keep_confirmed(&mut self, digest: &str, until: Timestamp) -> Result<(), Error> {
        self.execute(
            "INSERT INTO confirmed_token (digest, valid_until) VALUES (?1, ?2)
             ON CONFLICT (digest) DO UPDATE SET valid_until = excluded.valid_until",
            &[digest.into(), until.into()],
        )?;
        Ok(())
    }

    /// Forgets tokens that count no more, at most `limit` of them; answers how many are gone.
    pub fn remove_expired_confirmations(
        &mut self,
        now: Timestamp,
        limit: i64,
    ) -> Result<u64, Error> {
        self.execute(
            "DELETE FROM confirmed_token WHERE digest IN
               (SELECT digest FROM confirmed_token WHERE valid_until < ?1 LIMIT ?2)",
            &[now.into(), limit.into()],
        )
    }
}
