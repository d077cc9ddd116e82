//! What compiling has at hand, and what several sections have in common: secrets, spans of time,
//! queues.

use std::collections::HashMap;
use std::time::Duration;

use super::document::{Document, Position};
use super::reader::{Readable as _, Reader, Written, one_or_many};
use super::secrets::Owner;
use super::value::{Node, Table, join};
use super::{Complaint, Surroundings};
use crate::domain::endpoint::SqsQueue;
use crate::domain::facts::{DELIVERY_NAMES, RULE_NAMES};
use crate::domain::secret::Secret;
use crate::template::{Lines, LinesBuilder};

pub(super) struct Compiler<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) surroundings: &'a Surroundings,
    /// Templates of rules.
    pub(super) lines: LinesBuilder,
    /// Templates of destinations and lookups, which may use other names.
    pub(super) deliveries: LinesBuilder,
    /// The names that a condition on `source` may have.
    pub(super) sources: Vec<String>,
    /// The opening hours that conditions may name.
    pub(super) hours: Vec<String>,
    /// The secrets of the preset that is being read.
    pub(super) hidden: Vec<(String, Secret)>,
    /// Whose secrets are looked up.
    owner: Owner,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(reader: Reader<'a>, surroundings: &'a Surroundings) -> Self {
        Self {
            reader,
            surroundings,
            lines: LinesBuilder::new(RULE_NAMES),
            deliveries: LinesBuilder::new(DELIVERY_NAMES),
            sources: Vec::new(),
            hours: Vec::new(),
            hidden: Vec::new(),
            owner: Owner::default(),
        }
    }
}

impl Compiler<'_> {
    /// Compiles the tables of a section that name secrets.
    pub(super) fn each<W, T>(
        &mut self,
        section: &'static str,
        written: &[W],
        name: fn(&W) -> &Written<String>,
        compile: fn(&mut Self, &W) -> Option<T>,
    ) -> Vec<T> {
        let compiled = written.iter().filter_map(|written| {
            self.owner = Owner(section, name(written).get().cloned().unwrap_or_default());
            compile(self, written)
        });
        compiled.collect()
    }

    pub(super) fn complain(&mut self, at: usize, key: &str, message: impl Into<String>) {
        self.reader.complain(at, key, message);
    }

    /// The templates, if nothing was wrong.
    pub(super) fn finish(mut self) -> Result<(Lines, Lines), Vec<Complaint>> {
        self.reader.complaints.sort_by_key(|complaint| complaint.line);
        let lines = self.lines.build();
        match lines.and_then(|lines| Ok((lines, self.deliveries.build()?))) {
            Ok(lines) if self.reader.complaints.is_empty() => Ok(lines),
            Ok(_) => Err(self.reader.complaints),
            Err(error) => {
                self.reader.complain(0, "", error.to_string());
                Err(self.reader.complaints)
            }
        }
    }

    /// Two rules, or sources, of one name could not be told apart.
    pub(super) fn names(&mut self, document: &Document) {
        let Document { sources, destinations, lookups, rules, hours, queues, .. } = document;
        self.distinct("source", sources.iter().map(|written| (&written.position, &written.name)));
        let destinations = destinations.iter().map(|written| (&written.position, &written.name));
        self.distinct("destination", destinations);
        self.distinct("lookup", lookups.iter().map(|written| (&written.position, &written.name)));
        self.distinct("queue", queues.iter().map(|written| (&written.position, &written.name)));
        self.distinct("hours", hours.iter().map(|written| (&written.position, &written.name)));
        self.distinct("rule", rules.iter().map(|written| (&written.position, &written.name)));
    }

    fn distinct<'d>(
        &mut self,
        section: &str,
        names: impl Iterator<Item = (&'d Position, &'d Written<String>)>,
    ) {
        let mut seen = HashMap::new();
        for (position, name) in names {
            let Some((at, name)) = name.with_place() else { continue };
            let first = *seen.entry(name).or_insert(at);
            if first != at {
                let message = format!("\"{name}\" is the name of another {section}");
                let place = join(&position.path, "name");
                self.reader.complain_of_both(at, first, &place, message);
            }
        }
    }

    pub(super) fn texts(&mut self, node: &Node, path: &str) -> Vec<String> {
        Vec::from_node(&mut self.reader, node, path).unwrap_or_default()
    }

    pub(super) fn span(
        &mut self,
        written: &Written<String>,
        path: &str,
        key: &str,
    ) -> Option<Duration> {
        let (at, text) = written.with_place()?;
        let span = crate::domain::time::span(text);
        span.map_err(|message| self.complain(at, &join(path, key), message)).ok()
    }

    /// A list of references to secrets, or a single one.
    pub(super) fn secrets(&mut self, node: Option<&Node>, path: &str) -> Vec<Secret> {
        let Some(node) = node else { return Vec::new() };
        let references = one_or_many(node);
        if references.is_empty() {
            let message = "is an empty list: nothing could be authenticated";
            self.complain(node.span().start, path, message);
        }
        let found = references.into_iter().filter_map(|reference| {
            let text = reference.get_ref().as_str().unwrap_or_default();
            let found = self.surroundings.secrets.find(text, &self.owner);
            found.map_err(|message| self.complain(reference.span().start, path, message)).ok()
        });
        found.collect()
    }

    pub(super) fn one_secret(&mut self, table: &Table, path: &str, key: &str) -> Option<Secret> {
        let (node, path) = (table.get(key), join(path, key));
        if node.is_none() {
            let at = table.values().next().map_or(0, |node| node.span().start);
            self.complain(at, &path, "is missing; write \"env:NAME\" or \"file:PATH\"");
        }
        self.secrets(node, &path).into_iter().next()
    }

    /// The one way to authenticate that a table names: the table, its key and what stands there.
    pub(super) fn way<'n>(
        &mut self,
        node: &'n Node,
        path: &str,
        known: &[&str],
    ) -> Option<(&'n Table, &'n str, &'n Node)> {
        let auth = node.get_ref().as_table();
        let Some((auth, (name, way))) = auth.and_then(|auth| Some((auth, auth.iter().next()?)))
        else {
            let known = known.join(", ");
            let message = format!(
                "is not a way to authenticate; write \"none\", or a table with one of {known}"
            );
            self.complain(node.span().start, path, message);
            return None;
        };
        self.reader.only(auth, path, known);
        Some((auth, name.get_ref(), way))
    }

    pub(super) fn queue(&mut self, node: Option<&Node>, path: &str) -> Option<SqsQueue> {
        let (node, path) = (node?, join(path, "sqs"));
        let at = node.span().start;
        let Some(sqs) = node.get_ref().as_table() else {
            self.complain(at, &path, "is not a table; write { url, region, key, secret }");
            return None;
        };
        self.reader.only(sqs, &path, &["url", "region", "key", "secret", "endpoint"]);
        let url = self.reader.text(sqs, &path, "url");
        let region: Written<String> = self.reader.written(sqs, &path, "region");
        let key = self.one_secret(sqs, &path, "key");
        let secret = self.one_secret(sqs, &path, "secret");
        let endpoint = self.reader.text(sqs, &path, "endpoint");
        for key in ["url", "region"].into_iter().filter(|key| !sqs.contains_key(*key)) {
            self.complain(at, &join(&path, key), "is missing");
        }
        // It becomes part of a host, and must not become another one.
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if let Some((at, region)) = region.with_place()
            && !region.chars().all(plain)
        {
            let message = format!("\"{region}\" is not a region such as eu-central-1");
            self.complain(at, &join(&path, "region"), message);
        }
        let region = region.get().cloned();
        Some(SqsQueue { url: url?, region: region?, key: key?, secret: secret?, server: endpoint })
    }
}
