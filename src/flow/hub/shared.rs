//! A state that many read: every stream of one page is woken by the same change, and one of them reads
//! it for all.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::view::{self, Language};

/// What is followed.
#[derive(Debug, PartialEq, Eq)]
pub enum State {
    /// The page of a call.
    Pane(Box<view::PanePage>),
    /// A built-in desktop.
    Desktop(view::DesktopCalls),
    /// What goes on, as the console shows it to somebody who sees whole numbers or not.
    Live { page: Box<view::console::Live>, sees_numbers: bool },
}

/// A state as it was read, and as it was written out for its readers: once in each language.
#[derive(Debug)]
pub struct Snapshot {
    pub state: State,
    written: [OnceLock<Option<Written>>; Language::ALL.len()],
}

/// A state for browsers.
#[derive(Debug)]
pub struct Written {
    /// A digest, which tells it from another one.
    pub tag: String,
    /// All of it.
    pub html: String,
}

impl Snapshot {
    /// Written out for nobody yet.
    pub fn new(state: State) -> Self {
        Self { state, written: Default::default() }
    }

    /// Whether it was written out for readers of this language.
    pub fn is_written(&self, language: Language) -> bool {
        let all = Language::ALL.iter().zip(&self.written);
        all.into_iter().any(|(known, written)| *known == language && written.get().is_some())
    }

    /// What `render` makes of it, asked once for all readers of this language; none if it fails.
    pub fn written(
        &self,
        language: Language,
        render: impl FnOnce(&State) -> Option<String>,
    ) -> Option<&Written> {
        let all = Language::ALL.iter().zip(&self.written);
        let (_, written) = all.into_iter().find(|(known, _)| **known == language)?;
        let write = || {
            let html = render(&self.state)?;
            let digest = Sha256::digest(html.as_bytes());
            let tag = BASE64URL_NOPAD.encode(digest.get(..12).unwrap_or_default());
            Some(Written { tag, html })
        };
        written.get_or_init(write).as_ref()
    }
}

/// The least time between two reads of one state, unless it is said: changes that come close together are read
/// once. The first is read at once.
const SETTLE: Duration = Duration::from_millis(100);

/// How old a state may be for those who look without a hint.
const FRESH: Duration = Duration::from_secs(5);

/// How long a failure stands for all who follow, before the database is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// It could not be read; why stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unread;

/// What was read: none where the address leads nowhere any more.
pub type Read<T = Snapshot> = Result<Option<Arc<T>>, Unread>;

/// What was read last, and when. Whoever holds it reads, the others wait for what that one finds.
#[derive(Debug)]
pub(crate) struct Shared<T = Snapshot> {
    last: Mutex<Option<Reading<T>>>,
    settle: Duration,
}

#[derive(Debug)]
struct Reading<T> {
    /// The last hint before it was read.
    hint: u64,
    at: Instant,
    found: Read<T>,
}

impl<T> Reading<T> {
    /// Whether it is good for somebody who was given this hint.
    fn serves(&self, hint: u64) -> bool {
        match &self.found {
            Ok(_) => self.hint >= hint && self.at.elapsed() < FRESH,
            Err(_) => self.at.elapsed() < AGAIN,
        }
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self::settling(SETTLE)
    }
}

impl<T> Shared<T> {
    /// With so much time between two reads at the least.
    pub(crate) fn settling(settle: Duration) -> Self {
        Self { last: Mutex::default(), settle }
    }

    /// The state as it was after this hint or later: what another one has read meanwhile, else what
    /// `read` finds. `hints` counts all hints there are.
    pub(crate) async fn latest<E>(
        &self,
        hint: u64,
        hints: &AtomicU64,
        read: impl Future<Output = Result<Option<Arc<T>>, E>>,
    ) -> Read<T> {
        let mut last = self.last.lock().await;
        if let Some(reading) = &*last {
            if reading.serves(hint) {
                return reading.found.clone();
            }
            tokio::time::sleep_until(reading.at + self.settle).await;
        }
        // Noted before the read: what is hinted at meanwhile may not be in it.
        let (hint, at) = (hints.load(Ordering::SeqCst), Instant::now());
        let found = read.await.map_err(|_logged| Unread);
        *last = Some(Reading { hint, at, found: found.clone() });
        found
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use futures_util::future::join_all;

    fn snapshot() -> Arc<Snapshot> {
        Arc::new(Snapshot::new(State::Desktop(view::DesktopCalls::default())))
    }

    #[derive(Default)]
    struct Page {
        shared: Shared,
        hints: AtomicU64,
        reads: AtomicUsize,
    }

    impl Page {
        /// All of them look, and answer how often the page was read.
        async fn look(&self, followers: usize, hint: u64) -> usize {
            let before = self.reads.load(Ordering::SeqCst);
            let read = async || {
                tokio::time::sleep(Duration::from_millis(3)).await;
                self.reads.fetch_add(1, Ordering::SeqCst);
                Ok::<_, ()>(Some(snapshot()))
            };
            let all = (0..followers).map(|_| self.shared.latest(hint, &self.hints, read()));
            let found: Vec<_> = join_all(all).await.into_iter().map(|one| one.unwrap()).collect();
            let state = |read: &Option<Arc<Snapshot>>| read.as_ref().map(Arc::as_ptr);
            assert!(found.iter().all(|one| state(one) == state(&found[0])), "all have the same");
            self.reads.load(Ordering::SeqCst) - before
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_change_is_read_once_for_six_thousand() {
        let page = Page::default();
        assert_eq!(page.look(6000, 0).await, 1);
        assert_eq!(page.look(1, 0).await, 0, "a newcomer takes what is fresh");
        for hint in 1..4 {
            page.hints.store(hint, Ordering::SeqCst);
            assert_eq!(page.look(6000, hint).await, 1);
        }
        tokio::time::sleep(FRESH).await;
        assert_eq!(page.look(6000, 3).await, 1, "hints may be lost");
    }

    #[tokio::test(start_paused = true)]
    async fn changes_that_come_close_together_are_read_once() {
        let page = Page::default();
        page.look(1, 0).await;
        page.hints.store(1, Ordering::SeqCst);
        let (first, second) = tokio::join!(page.look(3, 1), async {
            tokio::time::sleep(SETTLE / 2).await;
            page.hints.store(2, Ordering::SeqCst);
            page.look(3, 2).await
        });
        assert_eq!((first, second), (1, 1), "both saw the one read");
        assert_eq!(page.reads.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_is_asked_once_a_second_for_all() {
        let (shared, hints, asked) =
            (Shared::<Snapshot>::default(), AtomicU64::new(0), AtomicUsize::new(0));
        let fail = async || {
            asked.fetch_add(1, Ordering::SeqCst);
            Err::<Option<Arc<Snapshot>>, _>(crate::store::Error::Busy)
        };
        for _ in 0..3 {
            let all = (0..1000).map(|_| shared.latest(0, &hints, fail()));
            assert!(join_all(all).await.iter().all(Result::is_err));
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        tokio::time::sleep(AGAIN).await;
        assert!(shared.latest(0, &hints, fail()).await.is_err());
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_state_is_written_once_in_each_language() {
        let page = snapshot();
        let html = |language, html: &str| {
            let written = page.written(language, |_| Some(html.to_owned())).unwrap();
            (written.html.clone(), written.tag.clone())
        };
        let english = html(Language::En, "rings");
        assert_eq!(html(Language::En, "never asked"), english);
        let french = html(Language::Fr, "sonne");
        assert_eq!((english.0.as_str(), french.0.as_str()), ("rings", "sonne"));
        assert_ne!(english.1, french.1);
    }
}
