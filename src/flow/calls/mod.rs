//! Calls: what rings and what phone systems report, made into one call each.

mod correlate;
mod decide;
mod expire;
pub mod identity;
pub mod queue;
pub mod receive;
pub mod refusals;
pub mod ring;
pub(crate) mod state;
