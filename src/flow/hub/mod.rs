//! Who follows what: pages that are open wait here until something of theirs has changed.

mod shared;
mod streams;

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::{pending, select_all};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::domain::throttle::Throttle;
use crate::domain::time::Timestamp;
use crate::store::{Notification, Topic};
pub(crate) use shared::Shared;
pub use shared::{Read, Snapshot, State, Unread, Written};
pub(crate) use streams::Subscriber;
pub use streams::TooMany;
use streams::{Stream, Streams};

/// How long hints at lesser topics are gathered. An open page says which call rings its agent now; at a
/// busy queue it would else be read and rendered for every ring.
const REST: Duration = Duration::from_secs(1);

/// Everything that is followed, and by whom.
#[derive(Debug)]
pub(crate) struct Hub {
    #[expect(clippy::disallowed_types, reason = "held for a lookup, never across an await")]
    followed: std::sync::Mutex<Followed>,
    /// Counts all hints there were.
    hints: AtomicU64,
    open: watch::Sender<bool>,
    streams: Arc<Streams>,
    /// Refused streams, of which not each is logged.
    refused: Throttle,
    /// Kept, so that a hint does not make it anew.
    everything: Topic,
}

#[derive(Debug, Default)]
struct Followed {
    /// The newest hint at each topic.
    topics: HashMap<Topic, watch::Sender<u64>>,
    /// What those who follow the same have in common.
    states: HashMap<String, Weak<Shared>>,
}

impl Hub {
    /// With at most so many who follow.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            followed: Followed::default().into(),
            hints: AtomicU64::new(0),
            open: watch::Sender::new(true),
            streams: Arc::new(Streams::new(most)),
            refused: Throttle::new(1),
            everything: Topic::everything(),
        }
    }

    /// Follows some topics from now on.
    pub(crate) fn subscribe(self: &Arc<Self>, topics: Vec<Topic>) -> Subscription {
        let mut followed = self.lock();
        let counters = topics.iter().map(|topic| {
            // Whatever happened before is in what is read from now on.
            let newest = || watch::Sender::new(self.hints.load(Ordering::SeqCst));
            followed.topics.entry(topic.clone()).or_insert_with(newest).subscribe()
        });
        let counters = counters.collect();
        drop(followed);
        Subscription { counters, topics, open: self.open.subscribe(), hub: Arc::clone(self) }
    }

    /// Follows, in a stream of its own, what changes a state that others may follow too: some topics at
    /// once, and some that matter less, [`REST`] after the state was last read.
    pub(crate) fn stream(
        self: &Arc<Self>,
        reader: Subscriber,
        topics: Vec<Topic>,
        lesser: Vec<Topic>,
        now: Timestamp,
    ) -> Result<StreamSubscription, TooMany> {
        let subject = reader.subject.clone();
        let stream = self.streams.open(reader);
        if matches!(stream, Err(TooMany::InAll)) && self.refused.admits(now) {
            tracing::warn!("all streams are in use: raise LimitNOFILE, or add a server");
        }
        let stream = stream?;
        let (following, lesser) = (self.subscribe(topics), self.subscribe(lesser));
        let mut followed = self.lock();
        let shared = followed.states.get(&subject).and_then(Weak::upgrade).unwrap_or_default();
        followed.states.insert(subject.clone(), Arc::downgrade(&shared));
        drop(followed);
        let rested = Instant::now();
        Ok(StreamSubscription { following, lesser, rested, subject, shared, _stream: stream })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Followed> {
        self.followed.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) fn wake(&self, wake: &Notification) {
        let followed = self.lock();
        let hint = self.hints.fetch_add(1, Ordering::SeqCst) + 1;
        let tell = |counter: &watch::Sender<u64>| counter.send_modify(|newest| *newest = hint);
        match wake {
            Notification::Of(topic) => {
                let told = [followed.topics.get(topic), followed.topics.get(&self.everything)];
                told.into_iter().flatten().for_each(tell);
            }
            Notification::All => followed.topics.values().for_each(tell),
        }
    }

    /// What several streams have in common, as it is after every hint so far; one reads it for all.
    pub(crate) async fn latest<T, E>(
        &self,
        shared: &Shared<T>,
        read: impl Future<Output = Result<Option<Arc<T>>, E>>,
    ) -> Read<T> {
        shared.latest(self.hints.load(Ordering::SeqCst), &self.hints, read).await
    }

    /// Ends every stream: the server stops.
    pub(crate) fn stop(&self) {
        self.open.send_replace(false);
    }

    /// Whether the server stops.
    pub(crate) fn is_stopping(&self) -> bool {
        !*self.open.borrow()
    }

    fn forget(&self, topics: &[Topic]) {
        let mut followed = self.lock();
        for topic in topics {
            if followed.topics.get(topic).is_some_and(|counter| counter.receiver_count() == 0) {
                followed.topics.remove(topic);
            }
        }
    }

    fn forget_state(&self, subject: &str) {
        let mut followed = self.lock();
        if followed.states.get(subject).is_some_and(|shared| shared.strong_count() == 0) {
            followed.states.remove(subject);
        }
    }
}

/// Somebody who follows.
#[derive(Debug)]
pub struct Subscription {
    counters: Vec<watch::Receiver<u64>>,
    topics: Vec<Topic>,
    open: watch::Receiver<bool>,
    hub: Arc<Hub>,
}

/// A stream that follows.
#[derive(Debug)]
pub struct StreamSubscription {
    following: Subscription,
    lesser: Subscription,
    /// From when on the lesser topics are heard.
    rested: Instant,
    subject: String,
    shared: Arc<Shared>,
    _stream: Stream,
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

impl Subscription {
    /// Waits for a change, but not for ever.
    pub async fn next(&mut self, patience: Duration) -> Look {
        if !*self.open.borrow() {
            return Look::Over;
        }
        let changed = self.counters.iter_mut().map(|counter| Box::pin(counter.changed()));
        let changed = changed.collect::<Vec<_>>();
        let changed = async {
            if changed.is_empty() {
                return pending().await;
            }
            select_all(changed).await
        };
        tokio::select! {
            _ = changed => Look::Changed,
            _ = self.open.changed() => Look::Over,
            () = tokio::time::sleep(patience) => Look::Quiet,
        }
    }
}

impl StreamSubscription {
    /// Waits for a change, but not for ever.
    pub async fn next(&mut self, patience: Duration) -> Look {
        let lesser = async {
            sleep_until(self.rested).await;
            self.lesser.next(patience).await
        };
        tokio::select! {
            look = self.following.next(patience) => look,
            Look::Changed = lesser => Look::Changed,
        }
    }

    /// The state as it is after every hint so far; one reads it for all who follow the same.
    pub async fn latest<E>(
        &mut self,
        read: impl Future<Output = Result<Option<Arc<Snapshot>>, E>>,
    ) -> Read {
        self.rested = Instant::now() + REST;
        let counters = self.following.counters.iter_mut().chain(&mut self.lesser.counters);
        let hint = counters.map(|counter| *counter.borrow_and_update()).max().unwrap_or_default();
        self.shared.latest(hint, &self.following.hub.hints, read).await
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        // First not to be counted any more: of two who leave at once, the later one is the last.
        self.counters.clear();
        self.hub.forget(&self.topics);
    }
}

impl Drop for StreamSubscription {
    fn drop(&mut self) {
        self.shared = Arc::default();
        self.following.hub.forget_state(&self.subject);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view;

    const LONG: Duration = Duration::from_mins(1);

    fn hub() -> Arc<Hub> {
        Arc::new(Hub::new(100))
    }

    fn stream(hub: &Arc<Hub>, topics: Vec<Topic>) -> StreamSubscription {
        stream_with_lesser(hub, topics, Vec::new())
    }

    fn stream_with_lesser(
        hub: &Arc<Hub>,
        topics: Vec<Topic>,
        lesser: Vec<Topic>,
    ) -> StreamSubscription {
        let reader = Subscriber { subject: "page".to_owned(), agent: None };
        hub.stream(reader, topics, lesser, Timestamp(1)).unwrap()
    }

    /// What a desktop shows that was read so often.
    fn read(times: usize) -> State {
        let call = view::ListedCall { id: times.to_string(), ..Default::default() };
        State::Desktop(view::DesktopCalls { missed: vec![call], ..Default::default() })
    }

    #[tokio::test]
    async fn whoever_follows_hears_of_their_own_and_is_forgotten_with_it() {
        let hub = hub();
        let topic = Topic::agent("agent:priya");
        let mut following = stream(&hub, vec![topic.clone(), Topic::agent("other")]);
        hub.wake(&Notification::Of(Topic::agent("agent:marcus")));
        assert_eq!(following.next(Duration::from_millis(1)).await, Look::Quiet);
        hub.wake(&Notification::Of(topic.clone()));
        assert_eq!(following.next(LONG).await, Look::Changed);
        hub.wake(&Notification::All);
        assert_eq!(following.next(LONG).await, Look::Changed);
        let second = stream(&hub, vec![topic]);
        drop(following);
        let left = || {
            let followed = hub.followed.lock().unwrap();
            (followed.topics.len(), followed.states.len())
        };
        assert_eq!(left(), (1, 1));
        drop(second);
        assert_eq!(left(), (0, 0));
    }

    #[tokio::test]
    async fn whoever_follows_everything_hears_of_each_change() {
        let hub = hub();
        let mut following = stream(&hub, vec![Topic::everything()]);
        hub.wake(&Notification::Of(Topic::agent("agent:marcus")));
        assert_eq!(following.next(LONG).await, Look::Changed);
    }

    #[tokio::test]
    async fn everybody_leaves_when_the_server_stops() {
        let hub = hub();
        let mut following = stream(&hub, vec![Topic::agent("a")]);
        hub.open.send_replace(false);
        assert_eq!(following.next(LONG).await, Look::Over);
        assert_eq!(stream(&hub, vec![Topic::agent("a")]).next(LONG).await, Look::Over);
    }

    #[tokio::test(start_paused = true)]
    async fn all_who_follow_the_same_take_one_read_a_change() {
        let hub = hub();
        let topic = Topic::agent("agent:priya");
        let mut followers: Vec<_> = (0..5).map(|_| stream(&hub, vec![topic.clone()])).collect();
        for change in 0..3 {
            let mut reads = 0;
            for following in &mut followers {
                if change > 0 {
                    assert_eq!(following.next(LONG).await, Look::Changed);
                }
                let counted = async {
                    reads += 1;
                    Ok::<_, ()>(Some(Arc::new(Snapshot::new(read(change)))))
                };
                let found = following.latest(counted).await.unwrap().unwrap();
                assert_eq!(found.state, read(change));
            }
            assert_eq!(reads, 1, "change {change}");
            hub.wake(&Notification::Of(topic.clone()));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn hints_at_lesser_topics_are_gathered_and_never_hold_the_others_up() {
        let hub = hub();
        let (own, lesser) = (Topic::agent("own"), Topic::agent("lesser"));
        let mut following = stream_with_lesser(&hub, vec![own.clone()], vec![lesser.clone()]);
        let hint = |topic: &Topic| hub.wake(&Notification::Of(topic.clone()));
        let mut reads = 0;
        let mut read_after = async |expected: Duration| {
            let began = Instant::now();
            assert_eq!(following.next(LONG).await, Look::Changed);
            assert_eq!(began.elapsed(), expected);
            reads += 1;
            let read = async { Ok::<_, ()>(Some(Arc::new(Snapshot::new(read(reads))))) };
            let found = following.latest(read).await.unwrap().unwrap();
            assert_eq!(found.state, self::read(reads), "it was read anew");
        };
        hint(&lesser);
        read_after(Duration::ZERO).await;
        hint(&lesser);
        hint(&lesser);
        read_after(REST).await;
        hint(&lesser);
        hint(&own);
        read_after(Duration::ZERO).await;
        assert_eq!(
            following.next(REST * 2).await,
            Look::Quiet,
            "one read answers all hints before it"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_comes_after_a_change_that_nobody_followed_sees_it() {
        let hub = hub();
        let topic = Topic::agent("agent:priya");
        let mut other = stream(&hub, Vec::new());
        let read_as = async |times| Ok::<_, ()>(Some(Arc::new(Snapshot::new(read(times)))));
        other.latest(read_as(0)).await.unwrap();
        hub.wake(&Notification::Of(topic.clone()));
        let mut following = stream(&hub, vec![topic]);
        let found = following.latest(read_as(1)).await.unwrap().unwrap();
        assert_eq!(found.state, read(1));
    }
}
