//! "Something changed": told after the commit, to whoever follows it. Only a hint: it may be lost,
//! and whoever follows something also looks for themselves now and then.

use std::sync::{Arc, OnceLock};

use crossbeam_channel::{Receiver, Sender, bounded};

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

    /// Whether agents are there.
    pub fn presence() -> Self {
        Self("presence".to_owned())
    }

    /// Whatever changes at all: nobody announces it, every hint is one at it.
    pub fn everything() -> Self {
        Self("everything".to_owned())
    }

    /// What one destination is owed.
    pub fn destination(name: &str) -> Self {
        Self(format!("destination {name}"))
    }

    /// Who may sign in to the console, and who is signed in.
    pub fn operators() -> Self {
        Self("operators".to_owned())
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

/// Topics that may wait until the database has told every node of them.
const WAITING: usize = 4096;

/// Takes every hint, on the thread that tells it: so it waits for nothing.
type Listener = dyn Fn(&Notification) + Send + Sync;

/// Hands hints on.
#[derive(Clone, Default)]
pub struct Notifier {
    listener: Arc<OnceLock<Box<Listener>>>,
    /// Where several nodes share the database: it tells all of them, this one too.
    everywhere: Option<Sender<Topic>>,
}

impl std::fmt::Debug for Notifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Notifier")
    }
}

impl Notifier {
    /// Hands every hint from now on to this listener; there is one, the first.
    pub fn listen(&self, listener: impl Fn(&Notification) + Send + Sync + 'static) {
        let _first = self.listener.set(Box::new(listener));
    }

    pub(super) fn send(&self, hint: &Notification) {
        if let Some(listener) = self.listener.get() {
            listener(hint);
        }
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
            None => self.send(&Notification::Of(topic)),
        }
    }
}
