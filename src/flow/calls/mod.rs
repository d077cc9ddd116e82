//! Calls: what rings and what phone systems report, made into one call each.

pub mod correlate;
pub mod identity;
pub mod queue;
pub mod receive;
pub mod refusals;
pub mod ring;
pub mod unreported;
