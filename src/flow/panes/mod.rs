//! Panes: the pages that agents have open, from their first sight to Done.

pub mod accepted;
mod banner;
mod call;
pub mod contact;
pub mod desktop;
pub(crate) mod due;
mod error;
pub(crate) mod events;
mod frames;
mod live;
pub mod notes;
mod on_screen;
mod open;
mod page;
pub(crate) mod page_state;
mod seen;
pub(crate) mod unreported;
mod why;

pub use banner::BY_HAND;
pub use error::Error;
pub use frames::{Frame, Framing};
pub use live::HEARTBEAT;
pub use open::Panes;
pub use page_state::PageState;
pub use why::Why;
