//! The configuration changes whole: read, checked, kept, and swapped in by every node.

use std::sync::Arc;

use crate::configuration::{Complaint, Configuration, Document, Surroundings};
use crate::domain::time::Clock;
use crate::flow::contacts::Contacts;
use crate::flow::context::{Context, InForce};
use crate::flow::sessions;
use crate::store::{ConfigurationRow, Error as StoreError, Notification, Store, Topic};

/// Why a configuration did not come into force.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{} complaint(s)", .0.len())]
    Wrong(Vec<Complaint>),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What has come into force.
#[derive(Debug)]
pub struct Applied {
    pub version: i64,
    pub rules: usize,
    /// The version before, and what has changed since, if there was one that can be read.
    pub difference: Option<(i64, String)>,
}

/// Checks a document and keeps it as the newest version; running servers take it from there.
pub async fn apply(
    store: &Store,
    clock: &dyn Clock,
    document: String,
    from: String,
    surroundings: &Surroundings,
) -> Result<Applied, Error> {
    let checked = Configuration::read(&document, surroundings).map_err(Error::Wrong)?;
    let now = clock.now();
    let agents = links(&checked);
    let kept = store.write(move |tx| {
        let before = tx.newest_configuration()?;
        sessions::end_others(tx, &agents)?;
        Ok((before, tx.insert_configuration(now, &from, &document)?))
    });
    let (before, version) = kept.await?;
    let difference = before.and_then(|row| {
        let older = Document::parse(&row.document).ok()?;
        Some((row.version, checked.document().difference(&older)))
    });
    Ok(Applied { version, rules: checked.rule_count(), difference })
}

/// The personal links that are good: whose, and which.
fn links(configuration: &Configuration) -> Vec<(String, i64)> {
    configuration.agents().iter().map(|agent| (agent.id.clone(), agent.link)).collect()
}

/// The document that is in force; none was ever applied: an empty one.
pub async fn export(store: &Store) -> Result<Option<ConfigurationRow>, StoreError> {
    store.read(|tx| tx.newest_configuration()).await
}

/// Reads what is in force, at the start.
pub async fn load(store: &Store, surroundings: &Surroundings) -> Result<InForce, Error> {
    let newest = export(store).await?;
    let version = newest.as_ref().map_or(0, |row| row.version);
    let document = newest.map(|row| row.document).unwrap_or_default();
    let configuration = Configuration::read(&document, surroundings).map_err(Error::Wrong)?;
    Ok(InForce { version, configuration })
}

/// What the operator decides, as this node has taken it up.
#[derive(Debug)]
pub struct Configurations {
    context: Arc<Context>,
    contacts: Arc<Contacts>,
}

impl Configurations {
    pub(crate) fn new(context: &Arc<Context>, contacts: &Arc<Contacts>) -> Self {
        Self { context: Arc::clone(context), contacts: Arc::clone(contacts) }
    }

    /// Takes up a newer version, if there is one; answers its number. One that cannot be read
    /// leaves the old one in force. Notes by the way whether anybody is known.
    pub async fn refresh(&self, surroundings: &Surroundings) -> Result<Option<i64>, Error> {
        let (current, seen) =
            (self.context.in_force.load().version, self.contacts.anybody.version());
        let looked =
            self.context.store.read(|tx| Ok((tx.configuration_version()?, tx.has_contacts()?)));
        let (version, people) = looked.await?;
        self.contacts.anybody.observe(seen, people);
        if version == current {
            return Ok(None);
        }
        let newest = load(&self.context.store, surroundings).await?;
        let (version, links) = (newest.version, links(&newest.configuration));
        let before = self.context.in_force.swap(Arc::new(newest));
        // Whose link has ended is shown nothing more from now on.
        for agent in before.configuration.agents() {
            if !links.contains(&(agent.id.clone(), agent.link)) {
                self.context.hub.wake(&Notification::Of(Topic::agent(&agent.key())));
            }
        }
        Ok(Some(version))
    }
}
