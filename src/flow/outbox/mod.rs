//! The outbox: what destinations are owed, sent until it has arrived.

pub mod admin;
pub mod dispatch;
pub mod enqueue;
pub mod settle;
