//! What failed, grouped, as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use crate::store::{Counted, FailureRow};

/// Failed deliveries by destination and reason.
#[derive(Debug, Serialize, ToSchema)]
pub struct Failures<'a> {
    groups: Vec<FailureGroup<'a>>,
    /// How far back was looked: seven days, or less if there was too much to count.
    #[schema(format = DateTime)]
    since: String,
}

/// Deliveries to one destination that failed for the same reason.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailureGroup<'a> {
    destination: &'a str,
    /// Why they did not arrive.
    reason: Option<&'a str>,
    /// How many there are.
    count: i64,
    /// When the newest was put into the outbox.
    #[schema(format = DateTime)]
    newest: String,
    /// When the oldest was.
    #[schema(format = DateTime)]
    oldest: String,
}

impl<'a> From<&'a Counted<FailureRow>> for Failures<'a> {
    fn from(found: &'a Counted<FailureRow>) -> Self {
        let group = |row: &'a FailureRow| FailureGroup {
            destination: &row.destination,
            reason: row.reason.as_deref(),
            count: row.count,
            newest: row.newest.minted().to_string(),
            oldest: row.oldest.minted().to_string(),
        };
        Self { groups: found.rows.iter().map(group).collect(), since: found.since.to_string() }
    }
}
