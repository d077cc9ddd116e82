//! Who follows what: pages that are open wait here until something of theirs has changed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::Flow;
use crate::store::{Topic, Wake};

/// Everything that is followed, with a counter each that goes up when it changes.
#[derive(Debug)]
pub(super) struct Hub {
    #[expect(clippy::disallowed_types, reason = "held for a look-up, never across an await")]
    followed: std::sync::Mutex<HashMap<Topic, watch::Sender<u64>>>,
    open: watch::Sender<bool>,
}

impl Default for Hub {
    fn default() -> Self {
        Self { followed: HashMap::new().into(), open: watch::Sender::new(true) }
    }
}

impl Hub {
    /// Follows some topics from now on.
    pub(super) fn follow(self: &Arc<Self>, topics: Vec<Topic>) -> Following {
        let mut followed = self.followed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let counters = topics.iter().map(|topic| {
            followed.entry(topic.clone()).or_insert_with(|| watch::Sender::new(0)).subscribe()
        });
        let counters = counters.collect();
        drop(followed);
        Following { counters, topics, open: self.open.subscribe(), hub: Arc::clone(self) }
    }

    pub(super) fn wake(&self, wake: &Wake) {
        let followed = self.followed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let count = |counter: &watch::Sender<u64>| counter.send_modify(|count| *count += 1);
        match wake {
            Wake::Of(topic) => followed.get(topic).into_iter().for_each(count),
            Wake::All => followed.values().for_each(count),
        }
    }

    fn forget(&self, topics: &[Topic]) {
        let mut followed = self.followed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for topic in topics {
            if followed.get(topic).is_some_and(|counter| counter.receiver_count() == 0) {
                followed.remove(topic);
            }
        }
    }
}

/// Somebody who follows.
#[derive(Debug)]
pub struct Following {
    counters: Vec<watch::Receiver<u64>>,
    topics: Vec<Topic>,
    open: watch::Receiver<bool>,
    hub: Arc<Hub>,
}

/// Why somebody who follows looks again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Something changed.
    Changed,
    /// Nothing was heard for a while: hints may be lost.
    Quiet,
    /// The server stops.
    Over,
}

impl Following {
    /// Waits for a change, but not for ever.
    pub async fn next(&mut self, patience: Duration) -> Look {
        if !*self.open.borrow() {
            return Look::Over;
        }
        let changed = self.counters.iter_mut().map(|counter| Box::pin(counter.changed()));
        let changed = futures_util::future::select_all(changed);
        tokio::select! {
            _ = changed => Look::Changed,
            _ = self.open.changed() => Look::Over,
            () = tokio::time::sleep(patience) => Look::Quiet,
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        // First not to be counted any more: of two who leave at once, the later one is the last.
        self.counters.clear();
        self.hub.forget(&self.topics);
    }
}

impl Flow {
    /// Hands the store's hints to those who follow; ends with the store.
    pub async fn hand_on(self: Arc<Self>) {
        let mut hints = self.store.wakes().follow();
        while let Some(wake) = hints.next().await {
            self.hub.wake(&wake);
        }
    }

    /// Nobody need follow anything any more: the server stops.
    pub fn dismiss(&self) {
        self.hub.open.send_replace(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn whoever_follows_hears_of_their_own_and_is_forgotten_with_it() {
        let hub = Arc::new(Hub::default());
        let topic = Topic::agent("agent:priya");
        let mut following = hub.follow(vec![topic.clone(), Topic::agent("other")]);
        hub.wake(&Wake::Of(Topic::agent("agent:marcus")));
        assert_eq!(following.next(Duration::from_millis(1)).await, Look::Quiet);
        hub.wake(&Wake::Of(topic.clone()));
        assert_eq!(following.next(LONG).await, Look::Changed);
        hub.wake(&Wake::All);
        assert_eq!(following.next(LONG).await, Look::Changed);
        let second = hub.follow(vec![topic]);
        drop(following);
        assert_eq!(hub.followed.lock().unwrap().len(), 1);
        drop(second);
        assert_eq!(hub.followed.lock().unwrap().len(), 0);
    }

    #[tokio::test]
    async fn everybody_leaves_when_the_server_stops() {
        let hub = Arc::new(Hub::default());
        let mut following = hub.follow(vec![Topic::agent("a")]);
        hub.open.send_replace(false);
        assert_eq!(following.next(LONG).await, Look::Over);
        assert_eq!(hub.follow(vec![Topic::agent("a")]).next(LONG).await, Look::Over);
    }
}
