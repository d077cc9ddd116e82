//! What is configured under a name; whoever asks for what is not is told what there is.

use std::fmt;
use std::sync::Arc;

use super::reader::nearest;
use super::{Configuration, KnownAgent};
use crate::domain::destination::Destination;
use crate::domain::lookup::Lookup;
use crate::pbx::Source;

/// There is nothing of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Unknown {
    what: &'static str,
    name: String,
    known: Vec<String>,
}

impl Unknown {
    /// `known` are the names that there are.
    pub fn new(
        what: &'static str,
        name: &str,
        known: impl IntoIterator<Item: Into<String>>,
    ) -> Self {
        let known = known.into_iter().map(Into::into).collect();
        Self { what, name: name.to_owned(), known }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// How many names are listed: somebody may have hundreds of agents.
        const LISTED: usize = 20;
        let Self { what, name, known } = self;
        write!(f, "there is no {what} \"{name}\"")?;
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        if known.is_empty() {
            return write!(f, "; none exists yet");
        }
        let listed = known.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
        write!(f, "; {}known: {listed}", nearest(name, &known))?;
        match known.len().saturating_sub(LISTED) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl Configuration {
    /// A phone system by its name.
    pub fn known_source(&self, name: &str) -> Result<&Arc<Source>, Unknown> {
        let known = self.sources.iter().map(|source| source.name.as_str());
        self.source(name).ok_or_else(|| Unknown::new("source", name, known))
    }

    pub fn known_destination(&self, name: &str) -> Result<&Destination, Unknown> {
        let known = self.destinations.iter().map(|destination| destination.name.as_str());
        self.destination(name).ok_or_else(|| Unknown::new("destination", name, known))
    }

    pub fn known_lookup(&self, name: &str) -> Result<&Lookup, Unknown> {
        let found = self.lookups.iter().find(|lookup| lookup.name == name);
        let known = self.lookups.iter().map(|lookup| lookup.name.as_str());
        found.ok_or_else(|| Unknown::new("lookup", name, known))
    }

    /// An agent by the id that the configuration gives them.
    pub fn known_agent(&self, id: &str) -> Result<&KnownAgent, Unknown> {
        let found = self.agents().iter().find(|agent| agent.id == id);
        let known = self.agents().iter().map(|agent| agent.id.as_str());
        found.ok_or_else(|| Unknown::new("agent", id, known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_for_an_unknown_name_is_told_the_known_ones() {
        let many: Vec<String> = (1..=23).map(|at| format!("a{at:02}")).collect();
        for (known, said) in [
            (vec![], "there is no agent \"pria\"; none exists yet"),
            (vec!["marcus"], "there is no agent \"pria\"; known: marcus"),
            (
                vec!["marcus", "priya"],
                "there is no agent \"pria\"; did you mean priya? known: marcus, priya",
            ),
        ] {
            assert_eq!(Unknown::new("agent", "pria", known).to_string(), said);
        }
        let many = Unknown::new("agent", "nobody", many.iter().map(String::as_str)).to_string();
        assert!(many.ends_with("a19, a20 and 3 more"), "{many}");
    }
}
