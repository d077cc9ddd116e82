//! A request's body, bounded in size and time.

use std::time::Duration;

use actix_web::web::{Bytes, Payload};

use super::Problem;

/// The largest body of a ring or an event; real ones have about one KiB, a batch a few dozen.
const LIMIT: usize = 256 * 1024;

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads it whole.
pub(super) async fn read(payload: Payload) -> Result<Bytes, Problem> {
    match tokio::time::timeout(PATIENCE, payload.to_bytes_limited(LIMIT)).await {
        Err(_) => Err(Problem::too_slow()),
        Ok(Err(_)) => Err(Problem::too_large(LIMIT)),
        Ok(Ok(Err(error))) => Err(Problem::malformed(format!("the body broke off: {error}"))),
        Ok(Ok(Ok(body))) => Ok(body),
    }
}
