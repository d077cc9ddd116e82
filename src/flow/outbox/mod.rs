//! The outbox: what destinations are owed, sent until it has arrived.

mod admin;
mod dispatch;
pub(crate) mod enqueue;
mod settle;

pub use admin::{DeliveryDetail, DestinationStatus, Error, Outbox, Tested};
