//! Requests under way are counted, so that the server ends after the last of them. A server that stops
//! takes no new connections; whatever arrives on those that it has is still answered, and told that
//! the connection ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;
use actix_web::web::Data;

use super::Door;

/// After how long a silence nobody is taken to send anything more: what was sent before the stop has
/// been read from every connection by then.
const QUIET: Duration = Duration::from_millis(100);

/// What is under way.
#[derive(Debug, Default)]
pub struct Traffic {
    begun: AtomicUsize,
    ended: AtomicUsize,
    draining: AtomicBool,
}

impl Traffic {
    /// From now on every answer ends its connection.
    pub fn close(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    /// Waits until nothing is under way and nothing more arrives.
    pub async fn drained(&self) {
        loop {
            let begun = self.begun.load(Ordering::SeqCst);
            tokio::time::sleep(QUIET).await;
            let ended = self.ended.load(Ordering::SeqCst);
            if ended == begun && self.begun.load(Ordering::SeqCst) == begun {
                return;
            }
        }
    }
}

/// One request under way, until it is dropped: also those whose sender has gone.
struct UnderWay(Arc<Traffic>);

impl UnderWay {
    fn begin(traffic: &Arc<Traffic>) -> Self {
        traffic.begun.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(traffic))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::SeqCst);
    }
}

/// Counts a request, and ends its connection while the server stops.
pub async fn count(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> actix_web::Result<ServiceResponse<impl MessageBody>> {
    let traffic = request.app_data::<Data<Door>>().map(|door| Arc::clone(&door.traffic));
    let under_way = traffic.as_ref().map(UnderWay::begin);
    let mut response = next.call(request).await?;
    if traffic.is_some_and(|traffic| traffic.draining.load(Ordering::SeqCst)) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    drop(under_way);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_is_drained_after_the_last_request_and_a_silence() {
        let traffic = Arc::new(Traffic::default());
        let first = UnderWay::begin(&traffic);
        let started = tokio::time::Instant::now();
        let (minute, moment) = (Duration::from_mins(1), QUIET / 2);
        let requests = async {
            tokio::time::sleep(minute).await;
            drop(first);
            tokio::time::sleep(moment).await;
            drop(UnderWay::begin(&traffic));
        };
        tokio::join!(traffic.drained(), requests);
        assert!(started.elapsed() >= minute + moment + QUIET / 2, "{:?}", started.elapsed());
        assert!(started.elapsed() <= minute + 3 * QUIET, "{:?}", started.elapsed());
    }
}
