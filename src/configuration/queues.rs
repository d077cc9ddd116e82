//! `[[queue]]`, compiled: what a queue looks like on pages.

use super::compiler::Compiler;
use super::document::{Position, WrittenQueue};
use super::value::join;
use crate::domain::colour::Colour;
use crate::domain::word::Word as _;

impl Compiler<'_> {
    /// The queue's name in lower case, and its colour.
    pub(super) fn queue_colour(&mut self, written: &WrittenQueue) -> Option<(String, Colour)> {
        let Position { at, path } = &written.position;
        if !written.name.is_written() {
            self.complain(*at, &join(path, "name"), "is missing; write name = \"support\"");
        }
        if !written.colour.is_written() {
            let known = Colour::words().collect::<Vec<_>>().join(", ");
            let message = format!("is missing; write colour = \"teal\"; known: {known}");
            self.complain(*at, &join(path, "colour"), message);
        }
        Some((written.name.get()?.to_lowercase(), written.colour.copied()?))
    }
}
