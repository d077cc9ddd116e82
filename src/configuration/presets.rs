//! Presets: a CRM's requests as data, which an operator fills in with an address and a key.

use rust_embed::Embed;
use toml::de::{DeTable, DeValue};

use super::reader::{Reader, Table, join, nearest, plain};
use crate::domain::destination::MARK;
use crate::domain::secret::Secret;

/// The presets that come along.
#[derive(Embed)]
#[folder = "presets"]
struct Presets;

/// What is read from a preset: each part asks only for what it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The requests of a destination.
    Requests,
    /// The lookup.
    LookUp,
}

impl Part {
    /// Whether it needs a value that the preset names so.
    fn needs(self, preset: &Table<'_>, name: &str) -> bool {
        let hole = format!("%{name}%");
        let lookup = preset.get("lookup");
        let proves_itself = lookup
            .and_then(|node| node.get_ref().as_table())
            .is_some_and(|lookup| lookup.contains_key("auth"));
        preset.iter().any(|(key, node)| {
            let is_read = match (self, key.get_ref().as_ref()) {
                (_, "setup") => false,
                (Self::LookUp, "auth") => !proves_itself,
                (part, key) => (key == "lookup") == (part == Self::LookUp),
            };
            is_read && says(node.get_ref(), &hole)
        })
    }
}

/// Whether a text stands anywhere within a value.
fn says(value: &DeValue<'_>, text: &str) -> bool {
    match value {
        DeValue::String(found) => found.contains(text),
        DeValue::Array(list) => list.iter().any(|node| says(node.get_ref(), text)),
        DeValue::Table(members) => members.iter().any(|(_, node)| says(node.get_ref(), text)),
        _ => false,
    }
}

/// What a preset is called: one's own is called as its file is, so that a copy keeps its name.
pub(super) fn called(preset: &str) -> String {
    let file = preset.strip_prefix("file:").map(std::path::Path::new);
    let stem = file.and_then(|file| file.file_stem());
    stem.map_or_else(|| preset.to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// What a preset asks the operator for: names, with what they are.
fn asked(preset: &Table<'_>) -> Vec<(String, String)> {
    let setup = preset.get("setup").and_then(|node| node.get_ref().as_table());
    let asked = setup.into_iter().flatten().map(|(name, node)| {
        (name.get_ref().to_string(), plain(node.get_ref()).unwrap_or_default())
    });
    asked.collect()
}

/// Which of them are secrets.
fn secret(preset: &Table<'_>) -> Vec<String> {
    let secret = preset.get("secret").and_then(|node| node.get_ref().as_array());
    secret.into_iter().flatten().filter_map(|node| plain(node.get_ref())).collect()
}

impl Reader<'_> {
    /// Reads a table together with the preset that it names: `read` gets the preset, filled in, and
    /// the secrets that stay behind marks in it.
    pub(super) fn with_preset<T>(
        &mut self,
        table: &Table<'_>,
        path: &str,
        at: usize,
        part: Part,
        read: impl FnOnce(&mut Self, &Table<'_>, Vec<(String, Secret)>) -> Option<T>,
    ) -> Option<T> {
        let text = self.preset(table, path)?;
        let (text, hidden) = self.set_up(table, path, &text, part)?;
        let (preset, errors) = DeTable::parse_recoverable(&text);
        if let Some(error) = errors.first() {
            let message = format!("is not a good preset: {}", error.message());
            self.complain(at, &join(path, "preset"), message);
            return None;
        }
        // What is wrong inside of a preset is said of the line that asks for it.
        let before = self.complaint_count();
        self.hidden.clone_from(&hidden);
        let made = read(self, preset.get_ref(), hidden);
        self.move_complaints(before, at);
        made
    }

    /// The text of the preset that a destination names: one of ours, or the operator's own file.
    fn preset(&mut self, table: &Table<'_>, path: &str) -> Option<String> {
        let node = table.get("preset")?;
        let name = node.get_ref().as_str().unwrap_or_default();
        let place = join(path, "preset");
        if let Some(file) = name.strip_prefix("file:") {
            let read = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"));
            return read.map_err(|why| self.complain(node.span().start, &place, why)).ok();
        }
        if let Some(file) = Presets::get(&format!("{name}.toml")) {
            return Some(String::from_utf8_lossy(&file.data).into_owned());
        }
        let all: Vec<String> =
            Presets::iter().map(|name| name.trim_end_matches(".toml").to_owned()).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let (meant, known) = (nearest(name, &all), all.join(", "));
        let message = format!("\"{name}\" is not a preset; {meant}known are {known}");
        self.complain(node.span().start, &place, message);
        None
    }

    /// Fills in what the operator said; secrets stay behind a mark until a request is sent.
    fn set_up(
        &mut self,
        table: &Table<'_>,
        path: &str,
        text: &str,
        part: Part,
    ) -> Option<(String, Vec<(String, Secret)>)> {
        let preset = DeTable::parse_recoverable(text).0;
        let (asked, secret) = (asked(preset.get_ref()), secret(preset.get_ref()));
        let names: Vec<&str> = asked.iter().map(|(name, _)| name.as_str()).collect();
        let empty = DeTable::new();
        let given = table.get("setup").and_then(|node| node.get_ref().as_table()).unwrap_or(&empty);
        let place = join(path, "setup");
        self.only(given, &place, &names);
        let (mut filled, mut hidden, mut complete) = (text.to_owned(), Vec::new(), true);
        for (name, help) in &asked {
            let hole = format!("%{name}%");
            if !given.contains_key(name.as_str()) {
                if !part.needs(preset.get_ref(), name) {
                    continue;
                }
                let at = table.get("preset").map_or(0, |node| node.span().start);
                self.complain(at, &join(&place, name), format!("is missing: {help}"));
                complete = false;
            } else if secret.contains(name) {
                let found = self.one_secret(given, &place, name);
                complete &= found.is_some();
                filled = filled.replace(&hole, &format!("{MARK}{name}{MARK}"));
                hidden.extend(found.map(|found| (name.clone(), found)));
            } else {
                let value = self.text(given, &place, name).unwrap_or_default();
                let value = value.trim_end_matches('/');
                if value.contains(['"', '\\', '\n', '{', '}']) {
                    let at = given.get(name.as_str()).map_or(0, |node| node.span().start);
                    self.complain(
                        at,
                        &join(&place, name),
                        "holds a character that breaks a request",
                    );
                    complete = false;
                }
                filled = filled.replace(&hole, value);
            }
        }
        complete.then_some((filled, hidden))
    }
}
