//! What failed and what arrived, counted, as JSON.

use serde::Serialize;

use super::Destination;
use crate::flow::outbox::{DestinationStatus, Tallies};
use crate::store::{Counted, FailureRow};

/// Failed deliveries by destination and reason.
#[derive(Debug, Serialize)]
pub struct Failures<'a> {
    groups: Vec<FailureGroup<'a>>,
    /// How far back was looked.
    since: String,
}

/// Deliveries to one destination that failed for the same reason.
#[derive(Debug, Serialize)]
pub struct FailureGroup<'a> {
    destination: &'a str,
    reason: Option<&'a str>,
    count: i64,
    newest: String,
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

/// A destination with how its deliveries of late went.
#[derive(Debug, Serialize)]
pub struct CountedDestination<'a> {
    #[serde(flatten)]
    destination: Destination<'a>,
    delivered: i64,
    failed: i64,
    /// Since when both are counted.
    counted_since: String,
}

impl<'a> CountedDestination<'a> {
    pub fn of(status: &'a DestinationStatus, tallies: &Tallies) -> Self {
        let tally = tallies.of_destination(&status.name);
        Self {
            destination: Destination::from(status),
            delivered: tally.delivered,
            failed: tally.failed,
            counted_since: tallies.since.to_string(),
        }
    }
}
