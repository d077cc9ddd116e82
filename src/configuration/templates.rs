//! Templates of the configuration: filled in once with a sample before they count, and kept to the place
//! that they stand in.

use serde_json::{Map, Value};

use super::compiler::Compiler;
use super::reader::Written;
use crate::domain::facts::{DELIVERY_NAMES, Names, RULE_NAMES};
use crate::domain::phone::Region;
use crate::domain::ring::Ring;
use crate::template::{LinesBuilder, Place};

impl Compiler<'_> {
    /// An address begins with a scheme and a host that no call can change.
    pub(super) fn address(&mut self, at: usize, address: &str, path: &str) {
        let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
        let Some(rest) = rest else {
            return self.complain(at, path, "must begin with https:// or http://");
        };
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if host.contains("{{") || host.contains("{%") {
            let message = "has a template in its host; only the path, query and fragment may, or \
                           a caller could choose where agents are taken";
            self.complain(at, path, message);
        } else if url::Url::parse(&format!("http://{host}/")).is_err() {
            self.complain(at, path, format!("\"{host}\" is not a valid host"));
        }
    }

    /// The same of a value that may be an address.
    pub(super) fn host(&mut self, written: &Written<String>, path: &str) {
        if let Some((at, address)) = written.with_place() {
            self.address(at, address, path);
        }
    }

    /// A command line begins with a program that no call can change.
    pub(super) fn program(&mut self, at: usize, command: &str, path: &str) {
        if command.trim_start().starts_with("{{") || command.trim_start().starts_with("{%") {
            let message = "begins with a template; name the program, or a caller could choose it";
            self.complain(at, path, message);
        }
    }

    /// Compiles a destination's template and fills it in once, with a sample.
    pub(super) fn compiled(
        &mut self,
        at: usize,
        path: &str,
        place: Place,
        source: &str,
    ) -> Option<String> {
        let mut alone = LinesBuilder::new(DELIVERY_NAMES);
        let tried = alone.add(place, source).and_then(|name| {
            let lines = alone.build()?;
            let mut sample = sample(DELIVERY_NAMES);
            add_data(&mut sample, lines.data_keys());
            if let Some(contact) = sample.get_mut("contact") {
                add_data(contact, lines.contact_keys());
            }
            lines.render(&name, &sample).map(drop)
        });
        let added = tried.and_then(|()| self.deliveries.add(place, source));
        self.template_or_complaint(added, at, path)
    }

    fn template_or_complaint(
        &mut self,
        added: Result<String, crate::template::Error>,
        at: usize,
        path: &str,
    ) -> Option<String> {
        let wrong = |error: crate::template::Error| {
            self.complain(at, path, format!("is not a valid template: {}", error.message));
        };
        added.map_err(wrong).ok()
    }

    pub(super) fn line(
        &mut self,
        written: &Written<String>,
        path: &str,
        place: Place,
    ) -> Option<String> {
        let (at, source) = written.with_place()?;
        self.compiled(at, path, place, source)
    }

    /// Compiles a rule's template and fills it in once, with a sample.
    pub(super) fn rule_template(
        &mut self,
        written: &Written<String>,
        path: &str,
        place: Place,
    ) -> Option<String> {
        let (at, source) = written.with_place()?;
        let tried = try_out(place, source, self.surroundings.region);
        let added = tried.and_then(|()| self.lines.add(place, source));
        self.template_or_complaint(added, at, path)
    }
}

fn try_out(place: Place, source: &str, region: Region) -> Result<(), crate::template::Error> {
    let mut alone = LinesBuilder::new(RULE_NAMES);
    let name = alone.add(place, source)?;
    let lines = alone.build()?;
    lines.render(&name, &super::facts(&sample_ring(region), region, &lines)).map(|_| ())
}

/// A ring that never was.
pub(super) fn sample_ring(region: Region) -> Ring {
    let pairs = [
        ("caller", "+33199001234"),
        ("name", "Sample Caller"),
        ("queue", "sample"),
        ("agent", "1000"),
        ("user", "sample"),
        ("did", "3000"),
        ("id", "1.1"),
    ];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    crate::desktop::sheet::decode(pairs, region)
}

/// A sample of everything that can be said, for trying templates out.
fn sample(names: Names) -> Value {
    let mut all = Map::new();
    for (name, _) in names.iter().flat_map(|group| group.iter()) {
        let (root, leaf) = name.split_once('.').unwrap_or((name, ""));
        let value = if leaf.contains("seconds") || leaf.ends_with("_ms") || leaf.ends_with("_s") {
            Value::from(7)
        } else {
            Value::from("1")
        };
        match all.entry(root).or_insert_with(|| Value::Object(Map::new())) {
            Value::Object(members) if !leaf.is_empty() => {
                members.insert(leaf.to_owned(), value);
            }
            slot => *slot = value,
        }
    }
    Value::Object(all)
}

/// Gives a sample the keys of `data` that a template asks for.
fn add_data(sample: &mut Value, keys: impl Iterator<Item: Into<String>>) {
    let data: Map<String, Value> = keys.map(|key| (key.into(), "1".into())).collect();
    if let Some(sample) = sample.as_object_mut() {
        sample.insert("data".to_owned(), Value::Object(data));
    }
}
