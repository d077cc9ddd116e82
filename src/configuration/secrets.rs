//! Secrets are named in the configuration and stand elsewhere: the configuration is kept in the
//! database and printed by `callpane export`.

use std::fmt;
use std::sync::Arc;

use crate::domain::secret::Secret;

/// The value of a name in the environment, if it has one.
type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Whose secrets have to be there. A command that only looks must work in a shell that has none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needed {
    /// Everybody's: a server uses them all.
    All,
    /// Only those of one table, by its section and name.
    Of(&'static str, String),
    None,
}

/// What stands in for a secret that is not needed and not there.
const STAND_IN: &str = "not-needed-here";

/// Where secrets are looked up: the environment (with `custom.env`), and files.
#[derive(Clone)]
pub struct Secrets {
    look_up: Arc<Lookup>,
    needed: Needed,
}

impl Secrets {
    /// Looks names up like this, each time a configuration is read.
    pub fn new(look_up: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self { look_up: Arc::new(look_up), needed: Needed::All }
    }

    /// The same, where only some of them have to be there.
    #[must_use]
    pub fn needed(self, needed: Needed) -> Self {
        Self { needed, ..self }
    }

    /// The secret of a reference, `env:NAME` or `file:PATH`, that stands in this table.
    pub(super) fn find(&self, reference: &str, owner: &Owner) -> Result<Secret, String> {
        let value = if let Some(name) = reference.strip_prefix("env:") {
            let value = (self.look_up)(name);
            value.ok_or_else(|| format!("{name} is not set in the environment or in custom.env"))
        } else if let Some(path) = reference.strip_prefix("file:") {
            std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))
        } else {
            let message = "is a secret in plain text, but this document is stored and exported; write \
                           \"env:NAME\" or \"file:PATH\"";
            return Err(message.to_owned());
        };
        let found = value.and_then(|value| match value.trim() {
            "" => Err(format!("{reference} is empty")),
            value => Ok(Secret::new(value)),
        });
        if self.is_needed(owner) { found } else { Ok(found.unwrap_or(Secret::new(STAND_IN))) }
    }

    fn is_needed(&self, owner: &Owner) -> bool {
        match &self.needed {
            Needed::All => true,
            Needed::Of(section, name) => owner.0 == *section && owner.1 == *name,
            Needed::None => false,
        }
    }
}

/// The table that is being compiled, by its section and name.
#[derive(Debug, Clone, Default)]
pub(super) struct Owner(pub(super) &'static str, pub(super) String);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secrets]")
    }
}
