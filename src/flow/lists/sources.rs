//! The systems that tell of calls: where each sends, and when it was last heard of.

use crate::configuration::BUILT_IN;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::lists::Lists;
use crate::pbx::{Source, State};
use crate::store::{Error as StoreError, Tx};

/// A system that tells of calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceStatus {
    pub name: String,
    /// The word of its make; a desktop's is its name.
    pub kind: &'static str,
    pub state: State,
    /// Whether it has told nothing for longer than is usual.
    pub is_silent: bool,
    /// When it was last heard of.
    pub heard: Option<Timestamp>,
    /// Where it sends its events: not known of desktops, none where they are read from a queue.
    pub address: Option<String>,
    pub is_queue: bool,
    /// A command that sends an event.
    pub example: Option<String>,
}

impl Lists {
    /// The agents' desktops, if one was heard of lately, then what is configured.
    pub async fn sources(&self) -> Result<Vec<SourceStatus>, StoreError> {
        let silent = self.attention().await?;
        let (in_force, public_url) =
            (self.context.in_force(), self.context.options.public_url.clone());
        let found = self.context.store.read(move |tx| {
            let mut all = Vec::new();
            for desktop in BUILT_IN {
                all.extend(built_in(tx, desktop)?);
            }
            for source in in_force.configuration.sources() {
                all.push(configured(tx, source, &public_url)?);
            }
            Ok(all)
        });
        let mut all = found.await?;
        for source in &mut all {
            source.is_silent = silent.silent_sources.iter().any(|one| one.name == source.name);
        }
        Ok(all)
    }
}

fn built_in(tx: &mut Tx<'_>, name: &'static str) -> Result<Option<SourceStatus>, StoreError> {
    let newest = tx.newest_of_desktop(name)?;
    Ok(newest.map(|id| SourceStatus {
        name: name.to_owned(),
        kind: name,
        state: State::On,
        is_silent: false,
        heard: Some(id.minted()),
        address: None,
        is_queue: false,
        example: None,
    }))
}

fn configured(
    tx: &mut Tx<'_>,
    source: &Source,
    public_url: &str,
) -> Result<SourceStatus, StoreError> {
    let address = format!("{public_url}/hooks/{}", source.name);
    Ok(SourceStatus {
        name: source.name.clone(),
        kind: source.make.word(),
        state: source.state,
        is_silent: false,
        heard: tx.heard_from(&source.name)?.map(|[_, last]| last),
        example: source.example(&address),
        is_queue: source.queue.is_some(),
        address: source.queue.is_none().then_some(address),
    })
}
