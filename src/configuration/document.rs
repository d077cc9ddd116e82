//! The TOML document: from text to a checked [`Configuration`], or to all its complaints.

use std::collections::HashSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{
    Complaint, Configuration, DEFAULT_PAGE, Dispositions, Plan, PlannedTarget, QueueDispositions,
    Surroundings, destinations, sources,
};
use crate::domain::decision::{Action, Moment, Word};
use crate::domain::facts::{DELIVERY_NAMES, RULE_NAMES};
use crate::domain::phone::Region;
use crate::domain::rule::{Condition, Conditions, Field, Pattern, RuleSet};
use crate::domain::secret::Secret;
use crate::template::{LinesBuilder, Place};

pub(super) type Table<'i> = DeTable<'i>;
pub(super) type Node<'i> = Spanned<DeValue<'i>>;

/// Reads a document; all complaints at once, in the order of their lines.
pub(super) fn read(
    text: &str,
    surroundings: &Surroundings,
) -> Result<Configuration, Vec<Complaint>> {
    let mut reader = Reader {
        text,
        surroundings,
        lines: LinesBuilder::new(RULE_NAMES),
        deliveries: LinesBuilder::new(DELIVERY_NAMES),
        complaints: Vec::new(),
        sources: Vec::new(),
        hidden: Vec::new(),
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        reader.complain(at, "", error.message());
    }
    // A document that is no TOML would only yield complaints about what the parser guessed.
    if !errors.is_empty() {
        return Err(reader.complaints);
    }
    reader.document(table.get_ref())
}

pub(super) struct Reader<'a> {
    text: &'a str,
    pub(super) surroundings: &'a Surroundings,
    lines: LinesBuilder,
    complaints: Vec<Complaint>,
    /// The names that a condition on `source` may have.
    sources: Vec<String>,
    /// Templates of destinations, which may use other names.
    deliveries: LinesBuilder,
    /// The secrets of the preset that is being read.
    pub(super) hidden: Vec<(String, Secret)>,
}

impl Reader<'_> {
    pub(super) fn complain(&mut self, at: usize, key: &str, message: impl Into<String>) {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        self.complaints.push(Complaint { line, key: key.to_owned(), message: message.into() });
    }

    fn document(mut self, table: &Table<'_>) -> Result<Configuration, Vec<Complaint>> {
        self.only(table, "", &["rule", "disposition", "source", "agent", "destination", "lookup"]);
        let configured = self.each(table, "source", Self::source);
        let names = sources::names(&configured);
        self.sources = names.iter().map(|name| (*name).to_owned()).collect();
        let agents = self.agents(table, &names);
        self.twice(table, "source");
        let destinations = self.each(table, "destination", Self::destination);
        self.twice(table, "destination");
        let lookups = self.each(table, "lookup", Self::lookup);
        self.twice(table, "lookup");
        let rules = self.each(table, "rule", Self::rule);
        let dispositions = self.each(table, "disposition", Self::disposition);
        self.twice(table, "rule");
        self.complaints.sort_by_key(|complaint| complaint.line);
        let lines = std::mem::take(&mut self.lines).build();
        let deliveries = std::mem::take(&mut self.deliveries).build();
        match lines.and_then(|lines| Ok((lines, deliveries?))) {
            Ok((lines, delivery_lines)) if self.complaints.is_empty() => Ok(Configuration {
                region: self.surroundings.region,
                rules: RuleSet::new(rules),
                lines,
                dispositions,
                sources: configured,
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
                None => self.complain(node.span().start, &path, "is no table"),
            }
        }
        all
    }

    /// Two rules, or sources, of one name could not be told apart.
    fn twice(&mut self, table: &Table<'_>, kind: &str) {
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

    fn rule(&mut self, table: &Table<'_>, path: &str, at: usize) -> Option<(Conditions, Plan)> {
        const KEYS: [&str; 10] = [
            "name",
            "when",
            "unless",
            "moment",
            "action",
            "url",
            "page",
            "autopause",
            "title",
            "multitab",
        ];
        self.only(table, path, &KEYS);
        let action = self.word(table, path, "action").unwrap_or(Action::Open);
        let name = self.text(table, path, "name");
        if name.is_none() && !table.contains_key("name") {
            self.complain(at, path, "has no name; give it one, it stands in the log of every ring");
        }
        self.fitting(table, path, action);
        let conditions = Conditions {
            when: self.conditions(table, path, "when"),
            unless: self.conditions(table, path, "unless"),
        };
        // Everything is read before anything is given up: all complaints at once.
        let moment = self.word(table, path, "moment").unwrap_or(Moment::Ringing);
        let target = self.target(table, path, at, action);
        let autopause = self.truth(table, path, "autopause");
        let title = self.template(table, path, "title", Place::Text);
        let multitab = self.truth(table, path, "multitab");
        let (name, target) = (name?, target?);
        Some((conditions, Plan { name, action, moment, target, autopause, title, multitab }))
    }

    /// Complains of keys that mean nothing with this action.
    fn fitting(&mut self, table: &Table<'_>, path: &str, action: Action) {
        let unfit: &[&str] = match action {
            Action::None => &["url", "page", "moment", "autopause", "title", "multitab"],
            Action::Open | Action::Run => &["multitab"],
            Action::Popup => &[],
        };
        for key in unfit {
            if let Some(node) = table.get(*key) {
                let message = format!("means nothing with action = \"{}\"", action.word());
                self.complain(node.span().start, &join(path, key), message);
            }
        }
    }

    fn target(
        &mut self,
        table: &Table<'_>,
        path: &str,
        at: usize,
        action: Action,
    ) -> Option<PlannedTarget> {
        let place = if action == Action::Run { Place::Text } else { Place::Address };
        match (action, table.get("url"), table.get("page")) {
            (Action::None, ..) => Some(PlannedTarget::Nothing),
            (_, Some(node), Some(_)) => {
                let message = "stands beside page; say one of them";
                self.complain(node.span().start, &join(path, "url"), message);
                None
            }
            (Action::Run, None, _) => {
                self.complain(at, path, "runs nothing; say the program with url = \"…\"");
                None
            }
            (_, Some(node), None) => {
                match place {
                    Place::Address => self.host(node, &join(path, "url")),
                    Place::Text => self.program(node, &join(path, "url")),
                }
                self.template(table, path, "url", place).map(PlannedTarget::Address)
            }
            (_, None, Some(_)) => self.page(table, path),
            (_, None, None) => Some(PlannedTarget::Page(DEFAULT_PAGE.to_owned())),
        }
    }

    fn page(&mut self, table: &Table<'_>, path: &str) -> Option<PlannedTarget> {
        let page = self.text(table, path, "page")?;
        let pages = &self.surroundings.pages;
        if !pages.contains(&page) {
            let known = format!("there is no page \"{page}\"; there are {}", pages.join(", "));
            let at = table.get("page").map_or(0, |node| node.span().start);
            self.complain(at, &join(path, "page"), known);
        }
        Some(PlannedTarget::Page(page))
    }

    /// An address begins with a scheme and a host that no call can change.
    pub(super) fn host(&mut self, node: &Node<'_>, path: &str) {
        let Some(address) = node.get_ref().as_str() else { return };
        let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
        let Some(rest) = rest else {
            let message = "begins with neither https:// nor http://";
            return self.complain(node.span().start, path, message);
        };
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if host.contains("{{") || host.contains("{%") {
            let message = "has a template in its host; only the path, query and fragment may, or \
                           a caller could choose where agents are taken";
            self.complain(node.span().start, path, message);
        } else if url::Url::parse(&format!("http://{host}/")).is_err() {
            self.complain(node.span().start, path, format!("\"{host}\" is no host"));
        }
    }

    /// A command line begins with a program that no call can change.
    fn program(&mut self, node: &Node<'_>, path: &str) {
        let command = node.get_ref().as_str().unwrap_or_default();
        if command.trim_start().starts_with("{{") || command.trim_start().starts_with("{%") {
            let message = "begins with a template; name the program, or a caller could choose it";
            self.complain(node.span().start, path, message);
        }
    }

    pub(super) fn conditions(
        &mut self,
        table: &Table<'_>,
        path: &str,
        key: &str,
    ) -> Vec<Condition> {
        let Some(node) = table.get(key) else { return Vec::new() };
        let path = join(path, key);
        let Some(conditions) = node.get_ref().as_table() else {
            let message = "is no table; write { queue = \"trucks\" }";
            self.complain(node.span().start, &path, message);
            return Vec::new();
        };
        let mut all = Vec::new();
        for (name, at, node) in flat(conditions, "") {
            let path = join(&path, &name);
            let Some(field) = Field::parse(&name) else {
                let message = format!(
                    "is no condition; {}known are {}, data.KEY",
                    nearest(&name, &Field::NAMES),
                    Field::NAMES.join(", ")
                );
                self.complain(at, &path, message);
                continue;
            };
            let any_of = self.patterns(node, &path, &field);
            self.possible(node, &path, &field);
            all.push(Condition { field, any_of });
        }
        all
    }

    fn patterns(&mut self, node: &Node<'_>, path: &str, field: &Field) -> Vec<Pattern> {
        let region = self.surroundings.region;
        let mut patterns = Vec::new();
        let nodes: Vec<&Node<'_>> = match node.get_ref() {
            DeValue::Array(list) => list.iter().collect(),
            _ => vec![node],
        };
        if nodes.is_empty() {
            self.complain(node.span().start, path, "is an empty list: nothing could ever match");
        }
        for node in nodes {
            if let Some(text) = plain(node.get_ref()) {
                patterns.push(Pattern::new(field, &text, region));
            } else {
                let message = "is neither a text, a number, a truth value, nor a list of them";
                self.complain(node.span().start, path, message);
            }
        }
        patterns
    }

    /// Complains of a value that this field never has.
    fn possible(&mut self, node: &Node<'_>, path: &str, field: &Field) {
        let sources = self.sources.clone();
        let sources = || sources.iter().map(String::as_str).collect();
        let words = if *field == Field::Source { Some(sources()) } else { field.words() };
        let Some(words) = words else { return };
        let nodes: Vec<&Node<'_>> = match node.get_ref() {
            DeValue::Array(list) => list.iter().collect(),
            _ => vec![node],
        };
        for node in nodes {
            let text = plain(node.get_ref()).unwrap_or_default().to_lowercase();
            if !text.contains('*') && !words.contains(&text.as_str()) {
                let message = format!(
                    "\"{text}\" is never so; {}known are {}",
                    nearest(&text, &words),
                    words.join(", ")
                );
                self.complain(node.span().start, path, message);
            }
        }
    }

    fn disposition(
        &mut self,
        table: &Table<'_>,
        path: &str,
        at: usize,
    ) -> Option<QueueDispositions> {
        self.only(table, path, &["queue", "options", "required"]);
        let queue = self.text(table, path, "queue").map(|queue| queue.to_lowercase());
        let required = self.truth(table, path, "required");
        let options = self.options(table, path, at)?;
        Some(QueueDispositions { queue, offered: Dispositions { options, required } })
    }

    fn options(&mut self, table: &Table<'_>, path: &str, at: usize) -> Option<Vec<String>> {
        let node = table.get("options");
        let list = node.and_then(|node| node.get_ref().as_array());
        let texts = list.map(|list| {
            list.iter().filter_map(|node| node.get_ref().as_str().map(str::to_owned)).collect()
        });
        let texts: Vec<String> = texts.unwrap_or_default();
        let at = node.map_or(at, |node| node.span().start);
        let distinct: HashSet<&str> = texts.iter().map(|text| text.trim()).collect();
        let complete = list.is_some_and(|list| list.len() == texts.len() && !list.is_empty())
            && distinct.len() == texts.len()
            && !distinct.contains("");
        if !complete {
            let message = "must be a list of different texts: [\"Sold\", \"Call back\"]";
            self.complain(at, &join(path, "options"), message);
        }
        complete.then_some(texts)
    }

    pub(super) fn text(&mut self, table: &Table<'_>, path: &str, key: &str) -> Option<String> {
        let node = table.get(key)?;
        let text = node.get_ref().as_str().map(str::to_owned);
        if text.as_ref().is_none_or(|text| text.trim().is_empty()) {
            self.complain(node.span().start, &join(path, key), "must be a text");
            return None;
        }
        text
    }

    pub(super) fn truth(&mut self, table: &Table<'_>, path: &str, key: &str) -> bool {
        let Some(node) = table.get(key) else { return false };
        let truth = node.get_ref().as_bool();
        if truth.is_none() {
            self.complain(node.span().start, &join(path, key), "must be true or false");
        }
        truth.unwrap_or(false)
    }

    pub(super) fn word<W: Word>(&mut self, table: &Table<'_>, path: &str, key: &str) -> Option<W> {
        let text = self.text(table, path, key)?;
        let word = W::read(&text);
        if word.is_none() {
            let words: Vec<&str> = W::ALL.iter().map(|(word, _)| *word).collect();
            let message = format!(
                "\"{text}\" is not known; {}known are {}",
                nearest(&text, &words),
                words.join(", ")
            );
            let at = table.get(key).map_or(0, |node| node.span().start);
            self.complain(at, &join(path, key), message);
        }
        word
    }

    /// Compiles a destination's template and fills it in once, with a sample.
    pub(super) fn compiled(
        &mut self,
        node: &Node<'_>,
        path: &str,
        place: Place,
        source: &str,
    ) -> Option<String> {
        let mut alone = LinesBuilder::new(DELIVERY_NAMES);
        let tried = alone.add(place, source).and_then(|name| {
            let lines = alone.build()?;
            let mut sample = destinations::sample(DELIVERY_NAMES);
            destinations::add_data(&mut sample, lines.data_keys());
            if let Some(contact) = sample.get_mut("contact") {
                destinations::add_data(contact, lines.contact_keys());
            }
            lines.render(&name, &sample).map(drop)
        });
        let added = tried.and_then(|()| self.deliveries.add(place, source));
        let wrong = |error: crate::template::Error| {
            let message = format!("is no good template: {}", error.message);
            self.complain(node.span().start, path, message);
        };
        added.map_err(wrong).ok()
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

    /// Compiles a template and fills it in once, with a sample.
    fn template(
        &mut self,
        table: &Table<'_>,
        path: &str,
        key: &str,
        place: Place,
    ) -> Option<String> {
        let source = self.text(table, path, key)?;
        let at = table.get(key).map_or(0, |node| node.span().start);
        let tried = try_out(place, &source, self.surroundings.region);
        let added = tried.and_then(|()| self.lines.add(place, &source));
        let wrong = |error: crate::template::Error| {
            self.complain(at, &join(path, key), format!("is no good template: {}", error.message));
        };
        added.map_err(wrong).ok()
    }
}

fn try_out(place: Place, source: &str, region: Region) -> Result<(), crate::template::Error> {
    let mut alone = LinesBuilder::new(RULE_NAMES);
    let name = alone.add(place, source)?;
    let lines = alone.build()?;
    let sample = crate::desktop::sheet::decode(sample_query(), region);
    lines.render(&name, &super::facts(&sample, region, &lines)).map(|_| ())
}

fn sample_query() -> Vec<(String, String)> {
    let pairs = [
        ("caller", "+33199001234"),
        ("name", "Sample Caller"),
        ("queue", "sample"),
        ("agent", "1000"),
        ("user", "sample"),
        ("did", "3000"),
        ("id", "1.1"),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
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
