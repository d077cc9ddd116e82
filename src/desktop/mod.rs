//! What did the agent's desktop ask, and how is it answered? Pure: bytes in, bytes out.

mod credentials;
pub mod endpoint;
mod members;
pub mod sheet;
pub mod xucmgt;

use crate::domain::phone::Region;
use crate::domain::ring::Ring;

/// Reads a ring again from the body that was kept of it.
pub fn reread(source: &str, body: &str, region: Region) -> Option<Ring> {
    match source {
        xucmgt::SOURCE => xucmgt::decode(body.as_bytes(), None, region).ok().map(|read| read.ring),
        sheet::SOURCE => sheet::reread(body, region),
        _ => None,
    }
}
