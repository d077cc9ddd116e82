//! What people look for in the outbox: deliveries page by page, failures by their reason, and what became
//! of deliveries of late.

use std::collections::BTreeMap;
use std::time::Duration;

use super::admin::Outbox;
use crate::domain::delivery::Settled;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::store::{
    Counted, DeliveryFilter, DeliveryPage, Error as StoreError, FailureRow, OutcomeRow,
};

/// How far back failures call for attention.
pub const FAILURES: Duration = Duration::from_hours(7 * 24);

/// How many deliveries to a destination arrived, and how many failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub delivered: i64,
    pub failed: i64,
}

/// The same of every destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tallies {
    /// Since when: 24 hours ago, or later where there was too much to count.
    pub since: Timestamp,
    by_destination: BTreeMap<String, Tally>,
}

impl Tallies {
    /// How far back it is counted, if there is not too much.
    pub const SPAN: Duration = Duration::from_hours(24);

    fn of(counted: Counted<OutcomeRow>) -> Self {
        let mut by_destination: BTreeMap<String, Tally> = BTreeMap::new();
        for row in counted.rows {
            let tally = by_destination.entry(row.destination).or_default();
            let outcome = row.outcome.as_deref().and_then(Settled::read);
            match outcome {
                Some(Settled::Delivered) => tally.delivered += row.count,
                Some(outcome) if Settled::FAILED.contains(&outcome) => tally.failed += row.count,
                _ => {}
            }
        }
        Self { since: counted.since, by_destination }
    }

    /// Those of one destination.
    pub fn of_destination(&self, name: &str) -> Tally {
        self.by_destination.get(name).copied().unwrap_or_default()
    }
}

impl Outbox {
    /// A page of deliveries, newest first.
    pub async fn page(
        &self,
        wanted: DeliveryFilter,
        limit: i64,
    ) -> Result<DeliveryPage, StoreError> {
        self.context.store.read(move |tx| tx.page_of_deliveries(&wanted, limit)).await
    }

    /// Failed deliveries of the last days, by destination and reason.
    pub async fn failures(&self) -> Result<Counted<FailureRow>, StoreError> {
        let since = self.context.now().minus(FAILURES);
        self.context.store.read(move |tx| tx.list_failures(since)).await
    }

    /// What became of the deliveries of the last 24 hours.
    pub async fn tallies(&self) -> Result<Tallies, StoreError> {
        let since = self.context.now().minus(Tallies::SPAN);
        let counted = self.context.store.read(move |tx| tx.count_outcomes(since)).await?;
        Ok(Tallies::of(counted))
    }
}
