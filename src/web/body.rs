//! A request's body, bounded in size, in time and, of all that are under way, in memory.
//!
//! A handler takes a [`Body`] and reads it when it knows that whoever sends it may: nothing is
//! collected before. `tests/it/architecture.rs` refuses every other extractor of a body.

use std::convert::Infallible;
use std::ops::Deref;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::{Ready, ready};
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::problem::Problem;
use crate::domain::problem::Code;

/// What an endpoint takes.
#[derive(Debug)]
pub(crate) struct Limits {
    bytes: usize,
    time: Duration,
    memory: &'static Semaphore,
}

/// A ring or an event; real ones have about one KiB, a batch a few dozen.
pub(crate) const EVENT: Limits = small(256);

/// What an agent writes on a page.
pub(crate) const PAGE: Limits = small(64);

/// What programs ask for.
pub(crate) const COMMAND: Limits = small(256);

/// A list of contacts: some 300,000 of them. A line of 2 Mbit/s is fast enough.
pub(crate) const LIST: Limits =
    Limits { bytes: 64 << 20, time: Duration::from_mins(5), memory: &LARGE };

const fn small(kib: usize) -> Limits {
    Limits { bytes: kib << 10, time: Duration::from_secs(10), memory: &SMALL }
}

/// The first part of each body costs no permit, so that rings arrive whoever fills the rest: the
/// number of connections bounds it.
const FREE: usize = 16 << 10;

/// The memory for what is longer, one permit a KiB: 64 MiB for everything small, which anybody may
/// send too, and two lists.
static SMALL: Semaphore = Semaphore::const_new(64 << 10);
static LARGE: Semaphore = Semaphore::const_new(128 << 10);

/// A body that was not read yet.
pub(crate) struct Body(Payload);

impl FromRequest for Body {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(_: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self(payload.take())))
    }
}

impl Body {
    /// Reads it whole.
    pub(crate) async fn read(self, limits: &Limits) -> Result<Whole, Problem> {
        let whole = tokio::time::timeout(limits.time, self.collect(limits)).await;
        whole.unwrap_or_else(|_| {
            Err(Problem::new(Code::BodyTooSlow, "the body did not arrive in time"))
        })
    }

    async fn collect(mut self, limits: &Limits) -> Result<Whole, Problem> {
        let mut bytes = BytesMut::new();
        let mut permit = None;
        while let Some(chunk) = self.0.next().await {
            let chunk = chunk
                .map_err(|error| Problem::malformed(format!("the body ended early: {error}")))?;
            let length = bytes.len().saturating_add(chunk.len());
            if length > limits.bytes {
                let detail = format!("the body is larger than {} bytes", limits.bytes);
                return Err(Problem::new(Code::BodyTooLarge, detail));
            }
            reserve(&mut permit, length, limits.memory)?;
            bytes.extend_from_slice(&chunk);
        }
        Ok(Whole { bytes: bytes.freeze(), _permit: permit })
    }
}

/// Makes the permit large enough for a body of this length.
fn reserve(
    permit: &mut Option<SemaphorePermit<'static>>,
    length: usize,
    memory: &'static Semaphore,
) -> Result<(), Problem> {
    let held = permit.as_ref().map_or(0, SemaphorePermit::num_permits);
    let wanted = length.saturating_sub(FREE).div_ceil(1024).saturating_sub(held);
    if wanted == 0 {
        return Ok(());
    }
    let more = u32::try_from(wanted).ok().and_then(|more| memory.try_acquire_many(more).ok());
    let more = more.ok_or_else(Problem::too_many_bodies)?;
    match permit {
        Some(permit) => permit.merge(more),
        None => *permit = Some(more),
    }
    Ok(())
}

/// A body that has arrived. Its share of the memory is given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Whole {
    bytes: Bytes,
    _permit: Option<SemaphorePermit<'static>>,
}

impl Whole {
    /// Its bytes.
    pub(crate) fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// What it says, as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(self).map_err(|error| Problem::malformed(error.to_string()))
    }

    /// What it says, as text.
    pub(crate) fn text(&self) -> Result<&str, Problem> {
        std::str::from_utf8(self)
            .map_err(|error| Problem::malformed(format!("the body is not UTF-8: {error}")))
    }
}

impl Deref for Whole {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsRef<[u8]> for Whole {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use actix_web::error::PayloadError;
    use futures_util::stream::{self, Stream};

    use actix_web::ResponseError as _;

    use super::*;

    fn body(chunks: Vec<usize>, ends: bool) -> Body {
        let chunks = chunks.into_iter().map(|length| Ok(Bytes::from(vec![b'x'; length])));
        let end = stream::iter(None);
        let rest = if ends { end.left_stream() } else { stream::pending().right_stream() };
        let all: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> =
            Box::pin(stream::iter(chunks).chain(rest));
        Body(Payload::Stream { payload: all })
    }

    async fn status(body: Body, limits: &Limits) -> u16 {
        body.read(limits).await.map_or_else(|problem| problem.status_code().as_u16(), |_| 200)
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_bounded_in_size_and_time() {
        assert_eq!(status(body(vec![1000, 1000], true), &PAGE).await, 200);
        assert_eq!(status(body(vec![60 << 10, 5 << 10], true), &PAGE).await, 413);
        assert_eq!(status(body(vec![1000], false), &PAGE).await, 408);
        assert_eq!(status(body(vec![1000], false), &LIST).await, 408);
    }

    #[tokio::test]
    async fn bodies_under_way_are_bounded_together_and_rings_still_arrive() {
        static MEMORY: Semaphore = Semaphore::const_new(100);
        let limits = Limits { memory: &MEMORY, ..EVENT };
        let large = || body(vec![50 << 10, 20 << 10], true);
        let held = large().read(&limits).await.unwrap();
        assert_eq!(status(large(), &limits).await, 503, "there is room for one");
        assert_eq!(status(body(vec![2000], true), &limits).await, 200, "a ring needs none of it");
        drop(held);
        assert_eq!(status(large(), &limits).await, 200);
        assert_eq!(MEMORY.available_permits(), 100);
    }
}
