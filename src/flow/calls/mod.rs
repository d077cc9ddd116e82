//! Calls: what rings and what phone systems report, made into one call each.

mod ask;
mod correlate;
mod decide;
mod expire;
pub mod identity;
mod intake;
pub mod journal;
mod presence;
pub mod queue;
pub mod receive;
mod record;
pub mod refusals;
pub mod ring;
pub(crate) mod state;
mod untold;
