//! Reads values out of TOML: what is wrong is complained of with its line and key, and what would be
//! right. Everything is read before anything is given up, so that all complaints come at once.

use std::collections::HashSet;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Complaint, Surroundings};
use crate::domain::endpoint::SqsQueue;
use crate::domain::facts::{DELIVERY_NAMES, RULE_NAMES};
use crate::domain::secret::Secret;
use crate::domain::word::Word;
use crate::template::LinesBuilder;

pub(super) type Table<'i> = DeTable<'i>;
pub(super) type Node<'i> = Spanned<DeValue<'i>>;

pub(super) struct Reader<'a> {
    text: &'a str,
    pub(super) surroundings: &'a Surroundings,
    /// Templates of rules.
    pub(super) lines: LinesBuilder,
    /// Templates of destinations and lookups, which may use other names.
    pub(super) deliveries: LinesBuilder,
    pub(super) complaints: Vec<Complaint>,
    /// The names that a condition on `source` may have.
    pub(super) sources: Vec<String>,
    /// The secrets of the preset that is being read.
    pub(super) hidden: Vec<(String, Secret)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, surroundings: &'a Surroundings) -> Self {
        Self {
            text,
            surroundings,
            lines: LinesBuilder::new(RULE_NAMES),
            deliveries: LinesBuilder::new(DELIVERY_NAMES),
            complaints: Vec::new(),
            sources: Vec::new(),
            hidden: Vec::new(),
        }
    }
}

impl Reader<'_> {
    pub(super) fn complain(&mut self, at: usize, key: &str, message: impl Into<String>) {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        self.complaints.push(Complaint { line, key: key.to_owned(), message: message.into() });
    }

    /// Complains of every key that is not known, with the one that was meant.
    pub(super) fn only(&mut self, table: &Table<'_>, path: &str, known: &[&str]) {
        for key in table.keys() {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let meant = nearest(name, known);
                let message = format!("is not known here; {meant}known are {}", known.join(", "));
                self.complain(key.span().start, &join(path, name), message);
            }
        }
    }

    /// Reads every table of `[[name]]`.
    pub(super) fn each<T>(
        &mut self,
        table: &Table<'_>,
        name: &str,
        read: impl Fn(&mut Self, &Table<'_>, &str, usize) -> Option<T>,
    ) -> Vec<T> {
        let Some(node) = table.get(name) else { return Vec::new() };
        let Some(array) = node.get_ref().as_array() else {
            let message = format!("is one table; write [[{name}]], with double brackets");
            self.complain(node.span().start, name, message);
            return Vec::new();
        };
        let mut all = Vec::new();
        for (at, node) in array.iter().enumerate() {
            let path = format!("{name}[{}]", at + 1);
            match node.get_ref().as_table() {
                Some(table) => all.extend(read(self, table, &path, node.span().start)),
                None => self.complain(node.span().start, &path, "is not a table"),
            }
        }
        all
    }

    /// Two rules, or sources, of one name could not be told apart.
    pub(super) fn twice(&mut self, table: &Table<'_>, kind: &str) {
        let rules = table.get(kind).and_then(|node| node.get_ref().as_array());
        let mut seen = HashSet::new();
        for (at, node) in rules.into_iter().flatten().enumerate() {
            let Some(node) = node.get_ref().get("name") else { continue };
            let Some(name) = node.get_ref().as_str() else { continue };
            if !seen.insert(name) {
                let message = format!("\"{name}\" is the name of another {kind}");
                self.complain(node.span().start, &format!("{kind}[{}].name", at + 1), message);
            }
        }
    }

    /// A text with its place.
    pub(super) fn spanned(
        &mut self,
        table: &Table<'_>,
        path: &str,
        key: &str,
    ) -> Option<Spanned<String>> {
        let node = table.get(key)?;
        let text = node.get_ref().as_str().filter(|text| !text.trim().is_empty());
        if text.is_none() {
            self.complain(node.span().start, &join(path, key), "must be a text");
        }
        text.map(|text| Spanned::new(node.span(), text.to_owned()))
    }

    pub(super) fn text(&mut self, table: &Table<'_>, path: &str, key: &str) -> Option<String> {
        self.spanned(table, path, key).map(Spanned::into_inner)
    }

    /// A truth value with its place.
    pub(super) fn spanned_truth(
        &mut self,
        table: &Table<'_>,
        path: &str,
        key: &str,
    ) -> Option<Spanned<bool>> {
        let node = table.get(key)?;
        let truth = node.get_ref().as_bool();
        if truth.is_none() {
            self.complain(node.span().start, &join(path, key), "must be true or false");
        }
        truth.map(|truth| Spanned::new(node.span(), truth))
    }

    pub(super) fn truth(&mut self, table: &Table<'_>, path: &str, key: &str) -> bool {
        self.spanned_truth(table, path, key).is_some_and(Spanned::into_inner)
    }

    /// One of a closed set of words, with its place.
    pub(super) fn spanned_word<W: Word>(
        &mut self,
        table: &Table<'_>,
        path: &str,
        key: &str,
    ) -> Option<Spanned<W>> {
        let text = self.spanned(table, path, key)?;
        let (span, text) = (text.span(), text.get_ref());
        let word = W::read(text);
        if word.is_none() {
            let words: Vec<&str> = W::words().collect();
            let (meant, known) = (nearest(text, &words), words.join(", "));
            let message = format!("\"{text}\" is not known; {meant}known are {known}");
            self.complain(span.start, &join(path, key), message);
        }
        word.map(|word| Spanned::new(span, word))
    }

    pub(super) fn word<W: Word>(&mut self, table: &Table<'_>, path: &str, key: &str) -> Option<W> {
        self.spanned_word(table, path, key).map(Spanned::into_inner)
    }

    /// How many complaints there are so far.
    pub(super) fn complaint_count(&self) -> usize {
        self.complaints.len()
    }

    /// Moves complaints about a text inside the document to the line that brought it in.
    pub(super) fn move_complaints(&mut self, from: usize, at: usize) {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        for complaint in self.complaints.iter_mut().skip(from) {
            complaint.line = line;
        }
    }

    /// A text, or a list of texts.
    pub(super) fn texts(&mut self, node: &Node<'_>, path: &str) -> Vec<String> {
        let nodes: Vec<&Node<'_>> = match node.get_ref() {
            DeValue::Array(list) => list.iter().collect(),
            _ => vec![node],
        };
        let texts: Vec<String> = nodes
            .iter()
            .filter_map(|node| plain(node.get_ref()))
            .filter(|t| !t.is_empty())
            .collect();
        if texts.len() != nodes.len() || texts.is_empty() {
            self.complain(node.span().start, path, "must be a text or a list of texts");
        }
        texts
    }

    /// The entries of a table under a key, with dotted names.
    pub(super) fn members<'t, 'i>(
        &mut self,
        table: &'t Table<'i>,
        path: &str,
        key: &str,
    ) -> Vec<(String, usize, &'t Node<'i>)> {
        let Some(node) = table.get(key) else { return Vec::new() };
        if let Some(members) = node.get_ref().as_table() {
            return flat(members, "");
        }
        self.complain(node.span().start, &join(path, key), "is not a table");
        Vec::new()
    }

    pub(super) fn span(&mut self, table: &Table<'_>, path: &str, key: &str) -> Option<Duration> {
        let text = self.text(table, path, key)?;
        match crate::domain::time::span(&text) {
            Ok(span) => Some(span),
            Err(message) => {
                let at = table.get(key).map_or(0, |node| node.span().start);
                self.complain(at, &join(path, key), message);
                None
            }
        }
    }

    /// A list of references to secrets, or a single one.
    pub(super) fn secrets(&mut self, table: &Table<'_>, path: &str, key: &str) -> Vec<Secret> {
        let Some(node) = table.get(key) else { return Vec::new() };
        let path = join(path, key);
        let references: Vec<&Node<'_>> = match node.get_ref() {
            DeValue::Array(list) => list.iter().collect(),
            _ => vec![node],
        };
        if references.is_empty() {
            self.complain(
                node.span().start,
                &path,
                "is an empty list: nothing could be authenticated",
            );
        }
        let found = references.into_iter().filter_map(|reference| {
            let text = reference.get_ref().as_str().unwrap_or_default();
            match self.surroundings.secrets.find(text) {
                Ok(secret) => Some(secret),
                Err(message) => {
                    self.complain(reference.span().start, &path, message);
                    None
                }
            }
        });
        found.collect()
    }

    pub(super) fn one_secret(
        &mut self,
        table: &Table<'_>,
        path: &str,
        key: &str,
    ) -> Option<Secret> {
        if !table.contains_key(key) {
            let message = "is missing; write \"env:NAME\" or \"file:PATH\"";
            self.complain_of(table, &join(path, key), message);
        }
        self.secrets(table, path, key).into_iter().next()
    }

    fn complain_of(&mut self, table: &Table<'_>, path: &str, message: &str) {
        let at = table.values().next().map_or(0, |node| node.span().start);
        self.complain(at, path, message);
    }

    pub(super) fn queue(&mut self, table: &Table<'_>, path: &str) -> Option<SqsQueue> {
        let node = table.get("sqs")?;
        let path = join(path, "sqs");
        let Some(sqs) = node.get_ref().as_table() else {
            self.complain(
                node.span().start,
                &path,
                "is not a table; write { url, region, key, secret }",
            );
            return None;
        };
        self.only(sqs, &path, &["url", "region", "key", "secret", "endpoint"]);
        let url = self.text(sqs, &path, "url");
        let region = self.text(sqs, &path, "region");
        let key = self.one_secret(sqs, &path, "key");
        let secret = self.one_secret(sqs, &path, "secret");
        let endpoint = self.text(sqs, &path, "endpoint");
        for key in ["url", "region"] {
            if !sqs.contains_key(key) {
                self.complain(node.span().start, &join(&path, key), "is missing");
            }
        }
        // It becomes part of a host, and must not become another one.
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if let (Some(region), Some(node)) = (&region, sqs.get("region"))
            && !region.chars().all(plain)
        {
            let message = format!("\"{region}\" is not a region, as eu-central-1");
            self.complain(node.span().start, &join(&path, "region"), message);
        }
        Some(SqsQueue { url: url?, region: region?, key: key?, secret: secret?, server: endpoint })
    }
}

/// A table's entries with their dotted names: `data.VIP` is written as a table in a table.
pub(super) fn flat<'t, 'i>(table: &'t Table<'i>, path: &str) -> Vec<(String, usize, &'t Node<'i>)> {
    let mut all = Vec::new();
    for (key, node) in table {
        let name = join(path, key.get_ref());
        match node.get_ref() {
            DeValue::Table(inner) => all.extend(flat(inner, &name)),
            _ => all.push((name, key.span().start, node)),
        }
    }
    all
}

pub(super) fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// "did you mean …", where something known is close.
pub(super) fn nearest(name: &str, known: &[&str]) -> String {
    let close = known.iter().map(|word| (strsim::damerau_levenshtein(name, word), word));
    let best = close.filter(|(distance, _)| *distance <= 2).min_by_key(|(distance, _)| *distance);
    best.map(|(_, word)| format!("did you mean {word}? ")).unwrap_or_default()
}
