//! Secrets are named in the configuration and stand elsewhere: the configuration is kept in the
//! database and printed by `callpane export`.

use std::fmt;
use std::sync::Arc;

use crate::domain::secret::Secret;

/// The value of a name in the environment, if it has one.
type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Where secrets are looked up: the environment (with `custom.env`), and files.
#[derive(Clone)]
pub struct Secrets(Arc<Lookup>);

impl Secrets {
    /// Looks names up like this, each time a configuration is read.
    pub fn new(look_up: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(look_up))
    }

    /// The secret of a reference, `env:NAME` or `file:PATH`.
    pub(super) fn find(&self, reference: &str) -> Result<Secret, String> {
        let value = if let Some(name) = reference.strip_prefix("env:") {
            let value = (self.0)(name);
            value.ok_or_else(|| format!("{name} is not set in the environment or in custom.env"))?
        } else if let Some(path) = reference.strip_prefix("file:") {
            std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?
        } else {
            let message = "is a secret in the open, and this text is kept and exported; write \
                           \"env:NAME\" or \"file:PATH\"";
            return Err(message.to_owned());
        };
        let value = value.trim();
        if value.is_empty() { Err("is empty".to_owned()) } else { Ok(Secret::new(value)) }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secrets]")
    }
}
