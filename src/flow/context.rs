//! What every part of the flow works with: the store, the clock, the configuration in force, the
//! server keys, the hub through which open pages are woken, and the board of who is there.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::configuration::Configuration;
use crate::domain::ids::Id;
use crate::domain::origin::DesktopOrigins;
use crate::domain::phone::Region;
use crate::domain::server_key::ServerKeys;
use crate::domain::time::{Clock, Timestamp, Zone};
use crate::domain::token::PaneToken;
use crate::flow::board::PresenceBoard;
use crate::flow::hub::Hub;
use crate::store::Store;
use crate::transport::vetting::PrivateTargets;

/// What was decided before the start.
#[derive(Debug, Clone)]
pub struct Options {
    /// The country of numbers without a prefix.
    pub region: Region,
    /// The zone in which operators read and name times.
    pub zone: Zone,
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
    /// Private networks that deliveries may reach.
    pub private_targets: PrivateTargets,
    /// How many streams may be open.
    pub streams: usize,
    /// The origin of the demo's agent application, which shows the built-in desktop in a frame.
    pub demo: Option<String>,
}

/// The configuration that decides now.
#[derive(Debug)]
pub struct InForce {
    /// Its version; 0 when none was ever applied.
    pub version: i64,
    /// What it says.
    pub configuration: Configuration,
}

/// What every part of the flow shares.
#[derive(Debug)]
pub struct Context {
    pub(crate) options: Options,
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: ArcSwap<ServerKeys>,
    pub(crate) in_force: ArcSwap<InForce>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) board: PresenceBoard,
}

impl Context {
    /// Puts it together.
    pub fn new(
        options: Options,
        store: Store,
        keys: ServerKeys,
        clock: Arc<dyn Clock>,
        in_force: InForce,
    ) -> Self {
        let (keys, in_force) = (ArcSwap::from_pointee(keys), ArcSwap::from_pointee(in_force));
        let hub = Arc::new(Hub::new(options.streams));
        let woken = Arc::clone(&hub);
        store.notifier().listen(move |hint| woken.wake(hint));
        let board = PresenceBoard::default();
        Self { options, store, clock, keys, in_force, hub, board }
    }

    /// What was decided before the start.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The configuration that decides now.
    pub fn in_force(&self) -> Arc<InForce> {
        self.in_force.load_full()
    }

    /// The token in a pane's address.
    pub fn pane_token(&self, pane: Id) -> PaneToken {
        PaneToken::issue(&self.keys.load(), pane)
    }

    /// The path of a pane's page.
    pub(crate) fn pane_path(&self, pane: Id) -> String {
        format!("{}/pane/{}", self.options.base, self.pane_token(pane))
    }

    /// The address of a pane's page.
    pub(crate) fn pane_url(&self, pane: Id) -> String {
        format!("{}/pane/{}", self.options.public_url, self.pane_token(pane))
    }

    /// Ends every stream: the server stops.
    pub fn stop(&self) {
        self.hub.stop();
    }

    /// Whether the server stops.
    pub fn is_stopping(&self) -> bool {
        self.hub.is_stopping()
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
