//! The document: from text over what was written, every value with its place, to a checked
//! [`Configuration`], or to all complaints.

use toml::de::DeTable;

use super::reader::{Reader, Table};
use super::rules::WrittenRule;
use super::sources::names;
use super::{Complaint, Configuration, Surroundings};
use crate::domain::rule::RuleSet;

const SECTIONS: [&str; 6] = ["rule", "disposition", "source", "agent", "destination", "lookup"];

/// Reads a document; all complaints at once, in the order of their lines.
pub(super) fn read(
    text: &str,
    surroundings: &Surroundings,
) -> Result<Configuration, Vec<Complaint>> {
    let mut reader = Reader::new(text, surroundings);
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        reader.complain(at, "", error.message());
    }
    // A document that is not TOML would only yield complaints about what the parser guessed.
    if !errors.is_empty() {
        return Err(reader.complaints);
    }
    reader.document(table.get_ref())
}

impl Reader<'_> {
    fn document(mut self, table: &Table<'_>) -> Result<Configuration, Vec<Complaint>> {
        self.only(table, "", &SECTIONS);
        for section in ["source", "destination", "lookup", "rule"] {
            self.twice(table, section);
        }
        let sources = self.each(table, "source", Self::source);
        let names = names(&sources);
        self.sources = names.iter().map(|name| (*name).to_owned()).collect();
        let agents = self.agents(table, &names);
        let destinations = self.each(table, "destination", Self::destination);
        let lookups = self.each(table, "lookup", Self::lookup);
        let written: Vec<WrittenRule> =
            self.each(table, "rule", |reader, table, path, at| Some(reader.rule(table, path, at)));
        let rules = written.iter().filter_map(|rule| self.compile(rule)).collect();
        let dispositions = self.each(table, "disposition", Self::disposition);
        self.complaints.sort_by_key(|complaint| complaint.line);
        let lines = std::mem::take(&mut self.lines).build();
        let delivery_lines = std::mem::take(&mut self.deliveries).build();
        match lines.and_then(|lines| Ok((lines, delivery_lines?))) {
            Ok((lines, delivery_lines)) if self.complaints.is_empty() => Ok(Configuration {
                region: self.surroundings.region,
                rules: RuleSet::new(rules),
                lines,
                dispositions,
                sources,
                agents,
                destinations,
                lookups,
                delivery_lines,
            }),
            Ok(_) => Err(self.complaints),
            Err(error) => {
                self.complain(0, "", error.to_string());
                Err(self.complaints)
            }
        }
    }
}
