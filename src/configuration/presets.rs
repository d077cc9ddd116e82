//! Presets: a CRM's requests as data, which an operator fills in with an address and a key.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::compiler::Compiler;
use super::document::Position;
use super::reader::nearest;
use super::value::{self, Node, Table, Value, join};
use crate::domain::destination::MARK;
use crate::domain::secret::Secret;
use rust_embed::Embed;

/// The presets that come along.
#[derive(Embed)]
#[folder = "presets"]
struct Presets;

/// The CRM that a preset speaks to, by its own name: what stands before the colon of its title, without
/// a version.
pub fn crm_of(preset: &str) -> Option<&'static str> {
    static NAMES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
        let name = |file: Cow<'static, str>| {
            let text = String::from_utf8(Presets::get(&file)?.data.into_owned()).ok()?;
            let preset = value::parse_leniently(&text);
            let title = preset.get("title")?.get_ref().as_str()?.split(':').next()?;
            let name = match title.rsplit_once(' ') {
                Some((name, version)) if version.bytes().all(|byte| byte.is_ascii_digit()) => name,
                _ => title,
            };
            Some((file.trim_end_matches(".toml").to_owned(), name.to_owned()))
        };
        Presets::iter().filter_map(name).collect()
    });
    NAMES.get(preset).map(String::as_str)
}

/// What is read from a preset: each part asks only for what it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The requests of a destination.
    Requests,
    /// The lookup.
    Lookup,
}

impl Part {
    /// Whether it needs a value that the preset names so.
    fn needs(self, preset: &Table, name: &str) -> bool {
        let hole = format!("%{name}%");
        let lookup = preset.get("lookup");
        let proves_itself = lookup
            .and_then(|node| node.get_ref().as_table())
            .is_some_and(|lookup| lookup.contains_key("auth"));
        preset.iter().any(|(key, node)| {
            let is_read = match (self, key.get_ref().as_ref()) {
                (_, "setup") => false,
                (Self::Lookup, "auth") => !proves_itself,
                (part, key) => (key == "lookup") == (part == Self::Lookup),
            };
            is_read && says(node.get_ref(), &hole)
        })
    }
}

/// Whether a text stands anywhere within a value.
fn says(value: &Value, text: &str) -> bool {
    match value {
        Value::String(found) => found.contains(text),
        Value::Array(list) => list.iter().any(|node| says(node.get_ref(), text)),
        Value::Table(members) => members.iter().any(|(_, node)| says(node.get_ref(), text)),
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
fn asked(preset: &Table) -> Vec<(String, String)> {
    let setup = preset.get("setup").and_then(|node| node.get_ref().as_table());
    let asked = setup
        .into_iter()
        .flatten()
        .map(|(name, node)| (name.get_ref().clone(), node.get_ref().plain().unwrap_or_default()));
    asked.collect()
}

/// Which of them are secrets.
fn secret(preset: &Table) -> Vec<String> {
    let secret = preset.get("secret").and_then(|node| node.get_ref().as_array());
    secret.into_iter().flatten().filter_map(|node| node.get_ref().plain()).collect()
}

impl Compiler<'_> {
    /// Reads a table together with the preset that it names: `read` gets the preset, filled in, and
    /// the secrets that stay behind marks in it.
    pub(super) fn with_preset<T>(
        &mut self,
        Position { at, path }: &Position,
        named: &Node,
        setup: Option<&Node>,
        part: Part,
        read: impl FnOnce(&mut Self, &Table, Vec<(String, Secret)>) -> Option<T>,
    ) -> Option<T> {
        let text = self.preset(named, path)?;
        let (text, hidden) = self.set_up(named, setup, path, &text, part)?;
        let preset = value::parse(&text).map_err(|errors| {
            let message = errors.first().map_or("", |(_, message)| message);
            let message = format!("is not a valid preset: {message}");
            self.complain(*at, &join(path, "preset"), message);
        });
        let preset = preset.ok()?;
        // What is wrong inside of a preset is said of the line that asks for it.
        let before = self.reader.complaints.len();
        self.hidden.clone_from(&hidden);
        let made = read(self, &preset, hidden);
        self.reader.move_complaints(before, *at);
        made
    }

    /// The text of the preset that a destination names: one of ours, or the operator's own file.
    fn preset(&mut self, node: &Node, path: &str) -> Option<String> {
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
        let message = format!("\"{name}\" is not a preset; {meant}known: {known}");
        self.complain(node.span().start, &place, message);
        None
    }

    /// Fills in what the operator said; secrets stay behind a mark until a request is sent.
    fn set_up(
        &mut self,
        named: &Node,
        setup: Option<&Node>,
        path: &str,
        text: &str,
        part: Part,
    ) -> Option<(String, Vec<(String, Secret)>)> {
        let preset = value::parse_leniently(text);
        let (asked, secret) = (asked(&preset), secret(&preset));
        let names: Vec<&str> = asked.iter().map(|(name, _)| name.as_str()).collect();
        let empty = Table::new();
        let given = setup.and_then(|node| node.get_ref().as_table()).unwrap_or(&empty);
        let place = join(path, "setup");
        self.reader.only(given, &place, &names);
        let (mut filled, mut hidden, mut complete) = (text.to_owned(), Vec::new(), true);
        for (name, help) in &asked {
            let hole = format!("%{name}%");
            if !given.contains_key(name.as_str()) {
                if !part.needs(&preset, name) {
                    continue;
                }
                self.complain(
                    named.span().start,
                    &join(&place, name),
                    format!("is missing: {help}"),
                );
                complete = false;
            } else if secret.contains(name) {
                let found = self.one_secret(given, &place, name);
                complete &= found.is_some();
                filled = filled.replace(&hole, &format!("{MARK}{name}{MARK}"));
                hidden.extend(found.map(|found| (name.clone(), found)));
            } else {
                let value = self.plain_setting(given, &place, name);
                complete &= value.is_some();
                filled = filled.replace(&hole, &value.unwrap_or_default());
            }
        }
        complete.then_some((filled, hidden))
    }

    /// A value of the setup that is not a secret, unless it would break a request.
    fn plain_setting(&mut self, given: &Table, path: &str, name: &str) -> Option<String> {
        let written = self.reader.written::<String>(given, path, name);
        let value = written.get().map_or("", |value| value.trim_end_matches('/'));
        let breaks = value.contains(['"', '\\', '\n', '{', '}']);
        if breaks {
            let at = written.at().unwrap_or_default();
            self.complain(
                at,
                &join(path, name),
                "contains a character that would break the request",
            );
        }
        (!breaks).then(|| value.to_owned())
    }
}
