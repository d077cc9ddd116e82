//! The outbox: what destinations are owed, sent until it has arrived.

mod admin;
mod dispatch;
pub(crate) mod enqueue;
mod lists;
mod resend;
mod settle;

pub use admin::{DeliveryDetail, DestinationStatus, Error, Outbox, Tested};
pub use lists::{FAILURES, Tallies};
pub use resend::Failed;
