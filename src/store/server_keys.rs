//! The keys that addresses are signed with: rarely more than one.

use super::error::Error;
use super::tx::Tx;
use crate::domain::secret::Secret;
use crate::domain::server_key::KeptKey;
use crate::domain::time::Timestamp;

impl Tx<'_> {
    /// Every key.
    pub fn list_server_keys(&mut self) -> Result<Vec<KeptKey>, Error> {
        let rows = self.query("SELECT signs_from, secret FROM server_key", &[])?;
        let keys = rows.into_iter().map(|mut row| {
            let signs_from = row.take("server key")?;
            Ok(KeptKey { signs_from, secret: Secret::new(row.take::<String>("server key")?) })
        });
        keys.collect()
    }

    /// Keeps a first key, unless there is one: of two nodes that start at once, one makes it.
    pub fn insert_first_server_key(&mut self, secret: &Secret) -> Result<(), Error> {
        self.execute(
            "INSERT INTO server_key (signs_from, secret)
             SELECT 0, ?1 WHERE NOT EXISTS (SELECT 1 FROM server_key) ON CONFLICT DO NOTHING",
            &[secret.expose().into()],
        )?;
        Ok(())
    }

    /// Keeps a new key.
    pub fn insert_server_key(&mut self, key: &KeptKey) -> Result<(), Error> {
        self.execute(
            "INSERT INTO server_key (signs_from, secret) VALUES (?1, ?2)",
            &[key.signs_from.into(), key.secret.expose().into()],
        )?;
        Ok(())
    }

    /// Removes every key.
    pub fn clear_server_keys(&mut self) -> Result<(), Error> {
        self.execute("DELETE FROM server_key", &[])?;
        Ok(())
    }

    /// Removes the keys that were superseded before a moment; answers how many.
    pub fn remove_server_keys(&mut self, moment: Timestamp) -> Result<u64, Error> {
        self.execute(
            "DELETE FROM server_key WHERE signs_from <
                 (SELECT MAX(signs_from) FROM server_key WHERE signs_from <= ?1)",
            &[moment.into()],
        )
    }
}
