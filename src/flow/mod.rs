//! What happens next? The verbs. Only here units of work begin.

pub mod calls;
pub mod configuration;
pub mod contacts;
pub mod desktop_key;
pub mod outbox;
pub mod panes;
pub mod readiness;
pub mod retention;
pub mod server_keys;
pub mod sessions;
pub mod streams;
pub mod watch;
pub mod workers;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::configuration::Configuration;
use crate::domain::flood::Flood;
use crate::domain::ids::Id;
use crate::domain::origin::DesktopOrigins;
use crate::domain::phone::Region;
use crate::domain::server_key::ServerKeys;
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
    /// How many streams may be open.
    pub streams: usize,
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
    keys: ArcSwap<ServerKeys>,
    clock: Arc<dyn Clock>,
    in_force: ArcSwap<InForce>,
    identities: Option<calls::identity::Identities>,
    hub: Arc<watch::Hub>,
    /// Refused requests.
    flood: Flood,
    /// Refused streams.
    crowd: Flood,
    readiness: readiness::Readiness,
    people: contacts::lookup::People,
}

impl Flow {
    /// Wires the verbs to what they need.
    pub fn new(
        options: Options,
        store: Store,
        keys: ServerKeys,
        clock: Arc<dyn Clock>,
        in_force: InForce,
        identities: Option<calls::identity::Identities>,
        people: contacts::lookup::People,
    ) -> Self {
        let (keys, in_force) = (ArcSwap::from_pointee(keys), ArcSwap::from_pointee(in_force));
        Self {
            hub: Arc::new(watch::Hub::new(options.streams)),
            flood: Flood::new(calls::refusals::A_SECOND),
            crowd: Flood::new(1),
            readiness: readiness::Readiness::default(),
            options,
            store,
            keys,
            clock,
            in_force,
            identities,
            people,
        }
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
        format!("{}/pane/{}", self.options.base, self.pane_token(pane))
    }

    /// The address of a pane's page.
    fn pane_url(&self, pane: Id) -> String {
        format!("{}/pane/{}", self.options.public_url, self.pane_token(pane))
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
