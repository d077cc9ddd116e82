//! What did the agent's desktop ask, and how is it answered? Pure: bytes in, bytes out.

pub mod sheet;
pub mod xucmgt;
