//! "Something changed": told after the commit, to whoever follows it. Only a hint: it may be lost,
//! and whoever follows something also looks for themselves now and then.

use crossbeam_channel::{Receiver, Sender, bounded};
use tokio::sync::broadcast;

use crate::domain::ids::Id;

/// What can be followed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Topic(String);

impl Topic {
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
pub enum Notification {
    /// This changed.
    Of(Topic),
    /// Hints were lost: anything may have changed.
    All,
}

/// Hints that may wait for a slow follower before it is told to look at everything.
const WAITING: usize = 4096;

/// Hands hints on.
#[derive(Debug, Clone)]
pub struct Notifier {
    here: broadcast::Sender<Notification>,
    /// Where several nodes share the database: it tells all of them, this one too.
    everywhere: Option<Sender<Topic>>,
}

impl Default for Notifier {
    fn default() -> Self {
        Self { here: broadcast::channel(WAITING).0, everywhere: None }
    }
}

impl Notifier {
    pub(super) fn send(&self, wake: Notification) {
        // Nobody follows anything: then nobody is reported.
        drop(self.here.send(wake));
    }

    /// What is announced goes to the receiver, which tells every node.
    pub(super) fn through_the_database(self) -> (Self, Receiver<Topic>) {
        let (everywhere, topics) = bounded(WAITING);
        (Self { everywhere: Some(everywhere), ..self }, topics)
    }

    /// Tells of a change that is on disk.
    pub(super) fn announce(&self, topic: Topic) {
        match &self.everywhere {
            // Too many wait: whoever follows it looks for themselves.
            Some(everywhere) => drop(everywhere.try_send(topic)),
            None => self.send(Notification::Of(topic)),
        }
    }

    /// Every hint from now on.
    pub fn subscribe(&self) -> Subscription {
        Subscription(self.here.subscribe())
    }
}

/// The receiving end.
#[derive(Debug)]
pub struct Subscription(broadcast::Receiver<Notification>);

impl Subscription {
    /// The next hint; none when the store is gone.
    pub async fn next(&mut self) -> Option<Notification> {
        match self.0.recv().await {
            Ok(wake) => Some(wake),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Notification::All),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}
