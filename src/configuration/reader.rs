//! Reads what was written under a key: what is wrong is complained of with its line and key, and what
//! would be right. Everything is read before anything is given up, so that all complaints come at once.

use std::ops::Range;

use toml::Spanned;

use super::Complaint;
use super::value::{Member, Node, Table, Value, flat, join};
use crate::domain::word::Word;

/// What stands under a key, if it is there and could be read. Equal if the same was written.
#[derive(Debug, Clone)]
pub(super) struct Written<T> {
    span: Option<Range<usize>>,
    value: Option<T>,
}

impl<T: PartialEq> PartialEq for Written<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> Written<T> {
    pub(super) fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }

    pub(super) fn at(&self) -> Option<usize> {
        self.span.as_ref().map(|span| span.start)
    }

    /// Whether the key is there, readable or not.
    pub(super) fn is_written(&self) -> bool {
        self.span.is_some()
    }

    pub(super) fn with_place(&self) -> Option<(usize, &T)> {
        Some((self.at()?, self.get()?))
    }

    pub(super) fn or(self, other: Self) -> Self {
        if self.is_written() { self } else { other }
    }
}

impl<T: Copy> Written<T> {
    pub(super) fn copied(&self) -> Option<T> {
        self.value
    }
}

/// What can stand under a key.
pub(super) trait Readable: Sized {
    fn from_node(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Self>;
}

impl Readable for String {
    fn from_node(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Self> {
        let text = node.get_ref().as_str().filter(|text| !text.trim().is_empty());
        if text.is_none() {
            reader.complain(node.span().start, path, "must be a string");
        }
        text.map(str::to_owned)
    }
}

/// A text that may be empty.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Verbatim(pub(super) String);

impl Readable for Verbatim {
    fn from_node(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Self> {
        let text = node.get_ref().as_str();
        if text.is_none() {
            reader.complain(node.span().start, path, "must be a string");
        }
        text.map(|text| Self(text.to_owned()))
    }
}

impl Readable for bool {
    fn from_node(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Self> {
        if let Value::Boolean(truth) = node.get_ref() {
            return Some(*truth);
        }
        reader.complain(node.span().start, path, "must be true or false");
        None
    }
}

/// One of a closed set of words.
impl<W: Word> Readable for W {
    fn from_node(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Self> {
        let text = String::from_node(reader, node, path)?;
        let word = W::read(&text);
        if word.is_none() {
            let words: Vec<&str> = W::words().collect();
            let (meant, known) = (nearest(&text, &words), words.join(", "));
            let message = format!("\"{text}\" is not known; {meant}known: {known}");
            reader.complain(node.span().start, path, message);
        }
        word
    }
}

/// A text, or a list of texts.
impl Readable for Vec<String> {
    fn from_node(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Self> {
        let nodes = one_or_many(node);
        let texts = nodes.iter().filter_map(|node| node.get_ref().plain());
        let texts: Self = texts.filter(|text| !text.is_empty()).collect();
        if texts.len() != nodes.len() || texts.is_empty() {
            reader.complain(node.span().start, path, "must be a string or a list of strings");
        }
        Some(texts)
    }
}

/// A table of anything.
impl Readable for Vec<Member> {
    fn from_node(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Self> {
        if let Some(members) = node.get_ref().as_table() {
            return Some(flat(members, ""));
        }
        reader.complain(node.span().start, path, "is not a table");
        None
    }
}

/// What has a shape of its own is kept as it is, and understood when it is compiled.
impl Readable for Node {
    fn from_node(_: &mut Reader<'_>, node: &Node, _: &str) -> Option<Self> {
        Some(node.clone())
    }
}

pub(super) struct Reader<'a> {
    text: &'a str,
    pub(super) complaints: Vec<Complaint>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, complaints: Vec::new() }
    }

    pub(super) fn complain(&mut self, at: usize, key: &str, message: impl Into<String>) {
        let (line, key, message) = (self.line(at), key.to_owned(), message.into());
        self.complaints.push(Complaint { line, key, message, other: None });
    }

    /// Complains of what stands in another place already.
    pub(super) fn complain_of_both(
        &mut self,
        at: usize,
        other: usize,
        key: &str,
        message: impl Into<String>,
    ) {
        self.complain(at, key, message);
        let other = self.line(other);
        if let Some(complaint) = self.complaints.last_mut() {
            complaint.other = Some(other);
        }
    }

    fn line(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or_default();
        before.bytes().filter(|byte| *byte == b'\n').count() + 1
    }

    /// Moves complaints about a text inside the document to the line that brought it in.
    pub(super) fn move_complaints(&mut self, from: usize, at: usize) {
        let line = self.line(at);
        for complaint in self.complaints.iter_mut().skip(from) {
            complaint.line = line;
        }
    }

    /// Complains of every key that is not known, with the one that was meant.
    pub(super) fn only(&mut self, table: &Table, path: &str, known: &[&str]) {
        for key in table.keys() {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let meant = nearest(name, known);
                let message = format!("is not known here; {meant}known: {}", known.join(", "));
                self.complain(key.span().start, &join(path, name), message);
            }
        }
    }

    /// Reads every table of `[[name]]`.
    pub(super) fn each<T>(
        &mut self,
        table: &Table,
        name: &str,
        read: impl Fn(&mut Self, &Table, &str, usize) -> T,
    ) -> Vec<T> {
        let Some(node) = table.get(name) else { return Vec::new() };
        let Some(array) = node.get_ref().as_array() else {
            let message =
                format!("must be a list of tables; write [[{name}]], with double brackets");
            self.complain(node.span().start, name, message);
            return Vec::new();
        };
        let mut all = Vec::new();
        for (at, node) in array.iter().enumerate() {
            let path = format!("{name}[{}]", at + 1);
            match node.get_ref().as_table() {
                Some(table) => all.push(read(self, table, &path, node.span().start)),
                None => self.complain(node.span().start, &path, "is not a table"),
            }
        }
        all
    }

    pub(super) fn written<T: Readable>(
        &mut self,
        table: &Table,
        path: &str,
        key: &str,
    ) -> Written<T> {
        let node = table.get(key);
        let value = node.and_then(|node| T::from_node(self, node, &join(path, key)));
        Written { span: node.map(Spanned::span), value }
    }

    pub(super) fn text(&mut self, table: &Table, path: &str, key: &str) -> Option<String> {
        self.written(table, path, key).value
    }
}

/// The values of a list, or the only one.
pub(super) fn one_or_many(node: &Node) -> Vec<&Node> {
    node.get_ref().as_array().map_or_else(|| vec![node], |list| list.iter().collect())
}

/// "did you mean …", where something known is close.
pub(super) fn nearest(name: &str, known: &[&str]) -> String {
    let close = known.iter().map(|word| (strsim::damerau_levenshtein(name, word), word));
    let best = close.filter(|(distance, _)| *distance <= 2).min_by_key(|(distance, _)| *distance);
    best.map(|(_, word)| format!("did you mean {word}? ")).unwrap_or_default()
}
