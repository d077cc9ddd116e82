//! Requests under way are counted, so that the server ends after the last of them. A server that stops
//! takes no new connections; whatever arrives on those that it has is still answered, and told that
//! the connection ends.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::ResponseError;
use actix_web::body::MessageBody;
use actix_web::dev::{Extensions, ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;
use actix_web::web::Data;

use super::problem::Problem;

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

/// Requests that one connection may have under way: over HTTP/2 it could begin any number, and each takes
/// memory until its body has come. Browsers have a hundred at most.
const A_CONNECTION: usize = 256;

/// Gives a new connection its count.
pub fn connected(_: &dyn Any, data: &mut Extensions) {
    data.insert(Arc::<Connection>::default());
}

/// What one connection has under way.
#[derive(Debug, Default)]
struct Connection(AtomicUsize);

impl Connection {
    /// One more, until what this answers is dropped; none if it would be too many.
    fn begin(self: &Arc<Self>) -> Option<OnConnection> {
        let one = OnConnection(Arc::clone(self));
        (self.0.fetch_add(1, Ordering::SeqCst) < A_CONNECTION).then_some(one)
    }
}

/// One of them.
struct OnConnection(Arc<Connection>);

impl Drop for OnConnection {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Counts a request, and ends its connection while the server stops.
pub async fn count(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> actix_web::Result<ServiceResponse<impl MessageBody>> {
    let connection = request.conn_data::<Arc<Connection>>().cloned();
    let one = connection.as_ref().map(Connection::begin);
    if matches!(one, Some(None)) {
        let refusal = Problem::too_many_at_once(A_CONNECTION).error_response();
        return Ok(request.into_response(refusal).map_into_right_body());
    }
    let traffic = request.app_data::<Data<Traffic>>().map(|traffic| Arc::clone(traffic));
    let under_way = traffic.as_ref().map(UnderWay::begin);
    let mut response = next.call(request).await?;
    if traffic.is_some_and(|traffic| traffic.draining.load(Ordering::SeqCst)) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    drop((under_way, one));
    Ok(response.map_into_left_body())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_has_so_many_requests_under_way_and_no_more() {
        let connection = Arc::new(Connection::default());
        let mut held: Vec<_> = (0..A_CONNECTION).map(|_| connection.begin().unwrap()).collect();
        assert!(connection.begin().is_none());
        assert!(connection.begin().is_none(), "one that is refused is not counted");
        held.pop();
        assert!(connection.begin().is_some());
    }

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
