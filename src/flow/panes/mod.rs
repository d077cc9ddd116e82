//! Panes: the pages that agents have open, from their first sight to Done.

pub mod banner;
pub mod live;
pub mod page;
pub mod seen;
pub mod shared;
