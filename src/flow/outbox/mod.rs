//! The outbox: what destinations are owed, sent until it has arrived.

mod admin;
mod dispatch;
pub(crate) mod enqueue;
mod lists;
mod settle;

pub use admin::{DeliveryDetail, DestinationStatus, Error, Failed, Outbox, Tested};
pub use lists::{FAILURES, Tallies};
