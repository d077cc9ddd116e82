//! What the servers are asked.

use std::sync::Arc;

use crate::Outcome;
use crate::requests::{HEADERS, Rings, next_call};
use crate::signed::Events;

/// What a connection asks, again and again.
#[derive(Clone)]
pub(crate) enum Ask {
    /// A new call each time.
    Ring(Rings),
    /// One of these.
    Same { requests: Arc<Vec<Vec<u8>>>, number: usize, status: &'static str },
    /// Events of calls, in their order.
    Events(Events),
}

impl Ask {
    pub(crate) fn ring() -> Self {
        Self::Ring(Rings::new())
    }

    pub(crate) fn same(requests: Vec<Vec<u8>>, status: &'static str) -> Self {
        Self::Same { requests: Arc::new(requests), number: 0, status }
    }

    pub(crate) fn preflight() -> Self {
        let request = format!(
            "OPTIONS /thirdparty HTTP/1.1\r\n{HEADERS}Access-Control-Request-Method: POST\r\n\
             Access-Control-Request-Headers: content-type\r\n\r\n"
        );
        Self::same(vec![request.into_bytes()], "200")
    }

    /// What one of the connections asks, in the warm-up (0) or after it (1).
    pub(crate) fn of_connection(&self, place: usize, part: usize) -> Self {
        let mut ask = self.clone();
        match &mut ask {
            Self::Ring(_) => {}
            Self::Same { number, .. } => *number = place,
            Self::Events(events) => events.take_share(place, part),
        }
        ask
    }

    pub(crate) fn is_ring(&self) -> bool {
        matches!(self, Self::Ring(_))
    }

    /// Makes the next request; answers whether there is one.
    pub(crate) fn write_next(&mut self) -> bool {
        match self {
            Self::Same { number, .. } => *number += 1,
            Self::Ring(rings) => {
                rings.write(next_call(), 1087);
            }
            Self::Events(events) => return events.write_next(),
        }
        true
    }

    pub(crate) fn request(&self) -> &[u8] {
        match self {
            Self::Same { requests, number, .. } => &requests[number % requests.len()],
            Self::Ring(rings) => rings.request(),
            Self::Events(events) => events.request(),
        }
    }

    /// The status of a good answer.
    pub(crate) fn status(&self) -> &'static str {
        match self {
            Self::Same { status, .. } => status,
            Self::Ring(_) => "200",
            Self::Events(_) => "202",
        }
    }

    /// Whether this is the answer to the request, as far as that is told by its body.
    pub(crate) fn check(&self, answer: &[u8]) -> Outcome<()> {
        if let Self::Events(events) = self { events.check(answer) } else { Ok(()) }
    }
}
