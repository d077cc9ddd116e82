//! `[[hours]]`, compiled: opening hours that conditions refer to by name.

use super::compiler::Compiler;
use super::document::{Position, WrittenHours};
use super::reader::{Written, nearest, one_or_many};
use super::value::{Node, Value, join};
use crate::domain::hours::{Holiday, Hours, OpenTimes};
use crate::domain::time::Zone;

impl Compiler<'_> {
    pub(super) fn hours(&mut self, written: &WrittenHours) -> Option<Hours> {
        let Position { at, path } = &written.position;
        for (key, there, example) in [
            ("name", written.name.is_written(), "\"office\""),
            ("zone", written.zone.is_written(), "\"Europe/Paris\""),
            ("open", written.open.is_written(), "[\"Mon-Fri 09:00-18:00\"]"),
        ] {
            if !there {
                self.complain(
                    *at,
                    &join(path, key),
                    format!("is missing; write {key} = {example}"),
                );
            }
        }
        let open = self.each_text(&written.open, &join(path, "open"), OpenTimes::parse);
        let closed = self.each_text(&written.closed, &join(path, "closed"), Holiday::parse);
        let name = written.name.get().cloned();
        if let Some(star) = name.as_ref().filter(|name| name.contains('*')) {
            let message = format!("\"{star}\" contains a star, which conditions read as any name");
            self.complain(*at, &join(path, "name"), message);
        }
        let zone = written.zone.with_place().and_then(|(at, zone)| {
            let found = Zone::parse(zone);
            if found.is_none() {
                let known = Zone::names();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let (meant, example) = (nearest(zone, &known), "Europe/Paris or UTC");
                let message = format!("\"{zone}\" is not a time zone; {meant}write {example}");
                self.complain(at, &join(path, "zone"), message);
            }
            found
        });
        Some(Hours { name: name?, zone: zone?, open, closed })
    }

    /// Reads a text, or each of a list; dates may stand without quotes.
    fn each_text<T>(
        &mut self,
        written: &Written<Node>,
        path: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        let mut all = Vec::new();
        for node in written.get().map(one_or_many).unwrap_or_default() {
            let parsed = match node.get_ref() {
                Value::String(text) | Value::Datetime(text) => parse(text),
                _ => Err("must be a string or a list of strings".to_owned()),
            };
            match parsed {
                Ok(parsed) => all.push(parsed),
                Err(message) => self.complain(node.span().start, path, message),
            }
        }
        all
    }
}
