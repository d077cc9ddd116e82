//! Whether the database takes writes.

use super::{Error, Tx};

impl Tx<'_> {
    /// Writes something, to know that writing works.
    pub fn probe(&mut self, moment: &str) -> Result<(), Error> {
        self.execute(
            "INSERT INTO setting (name, value) VALUES ('probed', ?1)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            &[moment.into()],
        )?;
        Ok(())
    }
}
