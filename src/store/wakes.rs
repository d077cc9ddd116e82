//! "Something changed": told after the commit, to whoever follows it. Only a hint: it may be lost,
//! and whoever follows something also looks for themselves now and then.

use tokio::sync::broadcast;

use crate::domain::ids::Id;

/// What can be followed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Topic(String);

impl Topic {
    /// One call.
    pub fn call(id: Id) -> Self {
        Self(format!("call {id}"))
    }

    /// Everything of one agent.
    pub fn agent(key: &str) -> Self {
        Self(format!("agent {key}"))
    }

    /// What one destination is owed.
    pub fn destination(name: &str) -> Self {
        Self(format!("destination {name}"))
    }

    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// One hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wake {
    /// This changed.
    Of(Topic),
    /// Hints were lost: anything may have changed.
    All,
}

/// Hints that may wait for a slow follower before it is told to look at everything.
const WAITING: usize = 4096;

/// Hands hints on.
#[derive(Debug, Clone)]
pub struct Wakes(broadcast::Sender<Wake>);

impl Default for Wakes {
    fn default() -> Self {
        Self(broadcast::channel(WAITING).0)
    }
}

impl Wakes {
    pub(super) fn send(&self, wake: Wake) {
        // Nobody follows anything: then nobody is told.
        drop(self.0.send(wake));
    }

    /// Every hint from now on.
    pub fn follow(&self) -> Follow {
        Follow(self.0.subscribe())
    }
}

/// The receiving end.
#[derive(Debug)]
pub struct Follow(broadcast::Receiver<Wake>);

impl Follow {
    /// The next hint; none when the store is gone.
    pub async fn next(&mut self) -> Option<Wake> {
        match self.0.recv().await {
            Ok(wake) => Some(wake),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Wake::All),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}
