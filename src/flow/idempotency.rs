//! Requests that a program may send again without having them carried out again: what was answered is kept under
//! the key that came with the request, for a day.
//!
//! A request is written down before it is carried out. If the server stops in between, nobody knows whether it
//! was: its key then stays in use, because doing nothing twice is the promise.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::time::Timestamp;
use crate::flow::context::Context;
use crate::store::Error as StoreError;

/// For how long a key is known.
const KEPT: Duration = Duration::from_hours(24);

/// Whose key it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Who sent it. Keys of several are independent.
    pub actor: String,
    /// As they wrote it.
    pub key: String,
}

/// What is known of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// Nothing: it is to be carried out.
    New,
    /// It was carried out, and answered so.
    Answered(String),
    /// It is being carried out, or was when the server stopped.
    InUse,
    /// Its key came with another request.
    Reused,
}

/// Requests with a key.
#[derive(Debug)]
pub struct Idempotency {
    context: Arc<Context>,
}

impl Idempotency {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// Begins a request, by the digest of what is asked, unless it is known.
    pub async fn begin(&self, key: Key, request: String) -> Result<Begun, StoreError> {
        let now = self.context.now();
        let begun = self.context.store.write(move |tx| {
            let Key { actor, key } = &key;
            if tx.begin_request(actor, key, &request, now, oldest(now))? {
                return Ok(Begun::New);
            }
            let Some(known) = tx.find_request(actor, key)? else { return Ok(Begun::InUse) };
            Ok(match known.answer {
                _ if known.request != request => Begun::Reused,
                Some(answer) => Begun::Answered(answer),
                None => Begun::InUse,
            })
        });
        begun.await
    }

    /// Keeps what a request was answered.
    pub async fn answer(&self, key: Key, answer: String) -> Result<(), StoreError> {
        let kept =
            self.context.store.write(move |tx| tx.answer_request(&key.actor, &key.key, &answer));
        kept.await
    }

    /// Forgets a request that was not carried out: it may be sent again.
    pub async fn release(&self, key: Key) -> Result<(), StoreError> {
        self.context.store.write(move |tx| tx.remove_request(&key.actor, &key.key)).await
    }

    /// Forgets keys that are a day old; answers how many.
    pub(crate) async fn forget(&self) -> Result<u64, StoreError> {
        let before = oldest(self.context.now());
        self.context.store.write(move |tx| tx.remove_requests_before(before)).await
    }
}

fn oldest(now: Timestamp) -> Timestamp {
    now.minus(KEPT)
}
