//! What happens next? The verbs. Only here units of work begin.

pub mod banner;
pub mod configure;
pub mod confirm;
pub mod contacts;
mod correlate;
pub mod deliver;
pub mod import;
pub mod live;
pub mod look_up;
pub mod outbox;
mod owe;
pub mod pane;
pub mod play;
pub mod probe;
pub mod queue;
pub mod receive;
pub mod refuse;
pub mod ring;
pub mod sample;
mod settle;
mod unreported;
pub mod watch;
pub mod workers;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::mpsc;

use crate::configuration::Configuration;
use crate::domain::ids::Id;
use crate::domain::origin::DesktopOrigins;
use crate::domain::pane::{PaneToken, ServerKey};
use crate::domain::phone::Region;
use crate::domain::time::Clock;
use crate::store::{Error as StoreError, Store};
use crate::transport::vetting::PrivateTargets;

/// What was decided before the start.
#[derive(Debug, Clone)]
pub struct Options {
    /// The country of numbers without a prefix.
    pub region: Region,
    /// Our address from outside, without a slash at its end.
    pub public_url: String,
    /// The path of that address: empty, or `/prefix`.
    pub base: String,
    /// Where desktops live.
    pub origins: DesktopOrigins,
    /// How long a pane's address lives.
    pub pane_lifetime: Duration,
    /// How long a ring waits for the database before it is answered without.
    pub ring_deadline: Duration,
    /// How long calls are remembered.
    pub retention: Duration,
    /// Networks inside the house that deliveries may reach.
    pub private_targets: PrivateTargets,
}

/// The configuration that decides now.
#[derive(Debug)]
pub struct InForce {
    /// Its version; 0 when none was ever applied.
    pub version: i64,
    /// What it says.
    pub configuration: Configuration,
}

/// The verbs, and what all of them need.
#[derive(Debug)]
pub struct Flow {
    options: Options,
    store: Store,
    key: ServerKey,
    clock: Arc<dyn Clock>,
    in_force: ArcSwap<InForce>,
    confirmations: Option<mpsc::Sender<confirm::Question>>,
    hub: Arc<watch::Hub>,
    flood: refuse::Flood,
    people: look_up::People,
}

impl Flow {
    /// Wires the verbs to what they need.
    pub fn new(
        options: Options,
        store: Store,
        key: ServerKey,
        clock: Arc<dyn Clock>,
        in_force: InForce,
        confirmations: Option<mpsc::Sender<confirm::Question>>,
        people: look_up::People,
    ) -> Self {
        let in_force = ArcSwap::from_pointee(in_force);
        let (hub, flood) = (Arc::default(), refuse::Flood::default());
        Self { options, store, key, clock, in_force, confirmations, hub, flood, people }
    }

    /// What was decided before the start.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// The path of a pane's page.
    fn pane_path(&self, pane: Id) -> String {
        format!("{}/pane/{}", self.options.base, PaneToken::issue(&self.key, pane))
    }

    /// The address of a pane's page.
    fn pane_url(&self, pane: Id) -> String {
        format!("{}/pane/{}", self.options.public_url, PaneToken::issue(&self.key, pane))
    }

    /// Whether a ring could be written down just now.
    pub async fn ready(&self) -> Result<(), StoreError> {
        let now = self.clock.now().to_string();
        let probe = self.store.write(move |tx| tx.probe(&now));
        let patience = self.options.ring_deadline.max(Duration::from_secs(1));
        tokio::time::timeout(patience, probe).await.unwrap_or(Err(StoreError::Busy))
    }

    /// Forgets what is older than the retention; answers how many rows are gone.
    pub async fn forget(&self) -> Result<u64, StoreError> {
        /// Rows of a table in one unit of work, so that rings hardly wait.
        const PORTION: i64 = 500;
        /// An import that has not ended after this long never will.
        const UNFINISHED: Duration = Duration::from_hours(24);
        let before = self.clock.now().minus(self.options.retention);
        let mut forgotten = 0;
        let unfinished = self.clock.now().minus(UNFINISHED);
        loop {
            let gone = self.store.write(move |tx| {
                Ok(tx.remove_before(before, PORTION)?
                    + tx.remove_unasked(before, PORTION)?
                    + tx.remove_uncounted(unfinished, PORTION)?)
            });
            let gone = gone.await?;
            forgotten += gone;
            if gone == 0 {
                return Ok(forgotten);
            }
        }
    }
}

/// An error with everything that caused it.
pub fn cause(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
