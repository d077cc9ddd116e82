//! Secrets are named in the configuration and stand elsewhere: the configuration is kept in the
//! database and printed by `callpane export`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::domain::secret::Secret;

/// Where secrets are looked up: the environment (with `custom.env`), and files.
#[derive(Clone, Default)]
pub struct Secrets(Arc<BTreeMap<String, String>>);

impl Secrets {
    /// Looks up in this environment.
    pub fn new(environment: BTreeMap<String, String>) -> Self {
        Self(Arc::new(environment))
    }

    /// The secret of a reference, `env:NAME` or `file:PATH`.
    pub(super) fn find(&self, reference: &str) -> Result<Secret, String> {
        let value = if let Some(name) = reference.strip_prefix("env:") {
            let value = self.0.get(name).cloned();
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
