//! Whether the database takes writes.

use super::error::Error;
use super::tx::Tx;

impl Tx<'_> {
    /// The value of a name: the one that is kept, else `fresh`, which is kept from now on.
    pub fn setting_or(&mut self, name: &str, fresh: &str) -> Result<String, Error> {
        self.execute(
            "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
            &[name.into(), fresh.into()],
        )?;
        let found = self.first("SELECT value FROM setting WHERE name = ?1", &[name.into()])?;
        found.ok_or(Error::Unreadable("setting"))?.take("setting")
    }

    /// The value of a name, if one is kept.
    pub fn setting(&mut self, name: &str) -> Result<Option<String>, Error> {
        let found = self.first("SELECT value FROM setting WHERE name = ?1", &[name.into()])?;
        found.map(|mut row| row.take("setting")).transpose()
    }

    /// Keeps a value under a name, instead of the one before.
    pub fn set_setting(&mut self, name: &str, value: &str) -> Result<(), Error> {
        self.execute(
            "INSERT INTO setting (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            &[name.into(), value.into()],
        )?;
        Ok(())
    }

    /// Keeps no value under a name.
    pub fn remove_setting(&mut self, name: &str) -> Result<(), Error> {
        self.execute("DELETE FROM setting WHERE name = ?1", &[name.into()])?;
        Ok(())
    }

    /// Writes these bytes, to know that there is room for them.
    pub fn write_probe(&mut self, bytes: &str) -> Result<(), Error> {
        self.set_setting("probe", bytes)
    }

    /// Gives the room back. In a unit of its own: what is written and removed in one may never reach
    /// the disk.
    pub fn remove_probe(&mut self) -> Result<(), Error> {
        self.remove_setting("probe")
    }
}
