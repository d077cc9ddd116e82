//! Could a ring be written down just now? Found out by writing: a disk that takes a row may have no
//! room for a ring any more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::flow::context::{Context, cause};
use crate::store::Error as StoreError;

/// What is written, in bytes: more than a dozen rings that share one transaction dirty, a few KiB in
/// each of some ten places.
const PROBE: usize = 256 << 10;

/// How long a good answer stands, unless a ring fails meanwhile: anybody may ask, and asking writes.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// Bytes that no database stores as fewer: they repeat only after more than compression looks back.
static PAGES: LazyLock<String> = LazyLock::new(|| {
    let blocks = (0..PROBE / 64 / 4).map(|at| HEXLOWER.encode(&Sha256::digest(at.to_be_bytes())));
    blocks.collect::<String>().repeat(4)
});

/// What was found out last. Whoever holds it finds out, the others wait for that.
#[derive(Debug)]
pub struct Readiness {
    context: Arc<Context>,
    last: Mutex<Option<Found>>,
    /// A ring was not written down since.
    doubted: AtomicBool,
}

#[derive(Debug)]
struct Found {
    began: Instant,
    result: Result<(), StoreError>,
}

impl Readiness {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context, last: Mutex::default(), doubted: AtomicBool::default() }
    }

    /// A ring could not be written down.
    pub(crate) fn doubt(&self) {
        self.doubted.store(true, Ordering::Relaxed);
    }

    /// Whether a ring could be written down just now.
    pub async fn check(&self) -> Result<(), StoreError> {
        let asked = Instant::now();
        let mut last = self.last.lock().await;
        let doubted = self.doubted.swap(false, Ordering::Relaxed);
        if let Some(found) = &*last {
            let stands = found.result.is_ok() && !doubted && found.began.elapsed() < GOOD_FOR;
            if stands || found.began >= asked {
                return found.result.clone();
            }
        }
        // Taken, so that nothing stands if whoever asked does not wait for the answer.
        let was_ready = last.take().is_none_or(|last| last.result.is_ok());
        let began = Instant::now();
        let result = self.probe().await;
        match &result {
            Ok(()) if !was_ready => tracing::info!("ready again: rings can be stored"),
            Err(error) if was_ready => {
                tracing::error!(error = cause(error), "not ready: rings cannot be stored");
            }
            _ => {}
        }
        *last = Some(Found { began, result: result.clone() });
        result
    }

    /// Writes as much as rings do, and takes it back: what has been on disk once had room there.
    async fn probe(&self) -> Result<(), StoreError> {
        // Made here at the first time, and not while others wait for the database.
        let pages: &'static str = &PAGES;
        let probe = async {
            self.context.store.write(|tx| tx.write_probe(pages)).await?;
            self.context.store.write(|tx| tx.remove_probe()).await
        };
        let patience = self.context.options.ring_deadline.max(Duration::from_secs(1));
        tokio::time::timeout(patience, probe).await.unwrap_or(Err(StoreError::Busy))
    }
}
