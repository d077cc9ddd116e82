//! The configuration changes whole: read, checked, kept, and swapped in by every node.

use std::sync::Arc;

use crate::configuration::{Complaint, Configuration, Difference, Document, Surroundings};
use crate::domain::actor::Actor;
use crate::domain::audit::Act;
use crate::domain::time::Clock;
use crate::flow::audit::Entry;
use crate::flow::contacts::Contacts;
use crate::flow::context::{Context, InForce};
use crate::flow::sessions;
use crate::store::{ConfigurationRow, Error as StoreError, Notification, Store, Topic};

/// Why a configuration did not come into force.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{} complaint(s)", .0.len())]
    Wrong(Vec<Complaint>),
    /// Somebody else was quicker: what was proposed would undo what they did.
    #[error("version {0} was applied in the meantime; check what changes, then apply again")]
    Overtaken(i64),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A document that has been checked, beside the one that is in force.
#[derive(Debug)]
pub struct Proposal {
    document: String,
    pub checked: Configuration,
    /// The version in force; 0 if there is none.
    pub before: i64,
    /// What would change; nothing is known of that where an older document cannot be read any more.
    pub difference: Option<Difference>,
    /// Whether it would leave nothing of what is configured.
    pub empties: bool,
    /// The agents of whom a personal link that was ended would become valid again.
    pub revived: Vec<String>,
}

impl Proposal {
    pub fn of(document: String, checked: Configuration, newest: Option<&ConfigurationRow>) -> Self {
        let older = Document::parse(newest.map_or("", |row| &row.document)).ok();
        let newer = checked.document();
        let mut links = older.iter().flat_map(Document::links).collect::<Vec<_>>();
        links.retain(|(agent, link)| newer.links().get(agent).is_some_and(|newer| newer < link));
        Self {
            revived: links.into_iter().map(|(agent, _)| agent).collect(),
            before: newest.map_or(0, |row| row.version),
            difference: older.as_ref().map(|older| newer.difference(older)),
            empties: newer.is_empty() && older.is_none_or(|older| !older.is_empty()),
            document,
            checked,
        }
    }

    /// Keeps it as the newest version, unless there is another one by now; running servers take it from
    /// there.
    pub async fn put_in_force(
        self,
        store: &Store,
        clock: &dyn Clock,
        actor: &Actor,
        from: String,
    ) -> Result<Applied, Error> {
        let Self { document, checked, before, .. } = self;
        let entry = Entry::of(actor, Act::ConfigurationApplied, from.clone());
        let entry = entry.was(format!("version {before}"));
        let (now, agents) = (clock.now(), links(&checked));
        let kept = store.write(move |tx| {
            let newest = tx.configuration_version()?;
            if newest != before {
                return Ok(Err(Error::Overtaken(newest)));
            }
            sessions::end_others(tx, &agents)?;
            let version = tx.insert_configuration(now, &from, &document)?;
            entry.clone().became(format!("version {version}")).write(tx, now)?;
            Ok(Ok(version))
        });
        Ok(Applied { version: kept.await??, rules: checked.rule_count() })
    }
}

/// What has come into force.
#[derive(Debug)]
pub struct Applied {
    pub version: i64,
    pub rules: usize,
}

/// Checks a document and puts it in force.
pub async fn apply(
    store: &Store,
    clock: &dyn Clock,
    document: String,
    from: String,
    surroundings: &Surroundings,
) -> Result<Applied, Error> {
    let checked = Configuration::read(&document, surroundings).map_err(Error::Wrong)?;
    let newest = export(store).await?;
    let actor = Actor::at_command_line(None);
    Proposal::of(document, checked, newest.as_ref()).put_in_force(store, clock, &actor, from).await
}

/// The personal links that are good: whose, and which.
fn links(configuration: &Configuration) -> Vec<(String, i64)> {
    configuration.agents().iter().map(|agent| (agent.id.clone(), agent.link)).collect()
}

/// The document that is in force; none was ever applied: an empty one.
pub async fn export(store: &Store) -> Result<Option<ConfigurationRow>, StoreError> {
    store.read(|tx| tx.newest_configuration()).await
}

/// One version, if it was ever in force.
pub async fn version(store: &Store, version: i64) -> Result<Option<ConfigurationRow>, StoreError> {
    let found = store.read(move |tx| tx.list_configurations(version, 1)).await?;
    Ok(found.into_iter().find(|row| row.version == version))
}

/// The versions after one, the newest first.
pub async fn since(store: &Store, version: i64) -> Result<Vec<ConfigurationRow>, StoreError> {
    let mut rows = store.read(|tx| tx.list_configurations(i64::MAX, i64::MAX)).await?;
    rows.retain(|row| row.version > version);
    Ok(rows)
}

/// A version and what it changed.
#[derive(Debug)]
pub struct Past {
    pub row: ConfigurationRow,
    /// Against the version before; nothing is known of that where either cannot be read any more.
    pub difference: Option<Difference>,
}

/// The versions up to one of them, newest first.
pub async fn history(store: &Store, last: i64, limit: u16) -> Result<Vec<Past>, StoreError> {
    let limit = usize::from(limit);
    let wanted = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let rows = store.read(move |tx| tx.list_configurations(last, wanted)).await?;
    let documents: Vec<_> = rows.iter().map(|row| Document::parse(&row.document).ok()).collect();
    let nothing = Document::parse("").ok();
    let past = rows.into_iter().take(limit).enumerate().map(|(at, row)| {
        let newer = documents.get(at).and_then(Option::as_ref);
        let older = documents.get(at + 1).unwrap_or(&nothing).as_ref();
        let difference = newer.zip(older).map(|(newer, older)| newer.difference(older));
        Past { row, difference }
    });
    Ok(past.collect())
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
