//! `[[rule]]`: read as it was written, then compiled. Conditions are written the same in destinations.

use toml::Spanned;
use toml::de::DeValue;

use super::reader::{Node, Reader, Table, flat, join, nearest, plain};
use super::{DEFAULT_PAGE, Plan, PlannedTarget};
use crate::domain::decision::{Action, Moment};
use crate::domain::rule::{Condition, Conditions, Field, Pattern};
use crate::domain::word::Word as _;
use crate::template::Place;

/// A rule as it was written: every value with its place in the text.
#[derive(Debug)]
pub(super) struct WrittenRule {
    at: usize,
    path: String,
    name: Option<Spanned<String>>,
    when: Vec<WrittenCondition>,
    unless: Vec<WrittenCondition>,
    moment: Option<Spanned<Moment>>,
    action: Option<Spanned<Action>>,
    page: Option<Spanned<String>>,
    url: Option<Spanned<String>>,
    autopause: Option<Spanned<bool>>,
    title: Option<Spanned<String>>,
    multitab: Option<Spanned<bool>>,
}

/// A condition as it was written.
#[derive(Debug)]
pub(super) struct WrittenCondition {
    path: String,
    field: Field,
    any_of: Vec<Spanned<String>>,
}

const KEYS: [&str; 10] =
    ["name", "when", "unless", "moment", "action", "url", "page", "autopause", "title", "multitab"];

impl Reader<'_> {
    pub(super) fn rule(&mut self, table: &Table<'_>, path: &str, at: usize) -> WrittenRule {
        self.only(table, path, &KEYS);
        if !table.contains_key("name") {
            self.complain(at, path, "has no name; give it one, it stands in the log of every ring");
        }
        WrittenRule {
            at,
            path: path.to_owned(),
            name: self.spanned(table, path, "name"),
            when: self.written_conditions(table, path, "when"),
            unless: self.written_conditions(table, path, "unless"),
            moment: self.spanned_word(table, path, "moment"),
            action: self.spanned_word(table, path, "action"),
            page: self.spanned(table, path, "page"),
            url: self.spanned(table, path, "url"),
            autopause: self.spanned_truth(table, path, "autopause"),
            title: self.spanned(table, path, "title"),
            multitab: self.spanned_truth(table, path, "multitab"),
        }
    }

    fn written_conditions(
        &mut self,
        table: &Table<'_>,
        path: &str,
        key: &str,
    ) -> Vec<WrittenCondition> {
        let Some(node) = table.get(key) else { return Vec::new() };
        let path = join(path, key);
        let Some(conditions) = node.get_ref().as_table() else {
            let message = "is not a table; write { queue = \"trucks\" }";
            self.complain(node.span().start, &path, message);
            return Vec::new();
        };
        let mut all = Vec::new();
        for (name, at, node) in flat(conditions, "") {
            let path = join(&path, &name);
            if let Some(field) = Field::parse(&name) {
                let any_of = self.any_of(node, &path);
                all.push(WrittenCondition { path, field, any_of });
            } else {
                let (meant, known) = (nearest(&name, &Field::NAMES), Field::NAMES.join(", "));
                let message = format!("is not a condition; {meant}known are {known}, data.KEY");
                self.complain(at, &path, message);
            }
        }
        all
    }

    /// A text, or a list of texts of which any may match.
    fn any_of(&mut self, node: &Node<'_>, path: &str) -> Vec<Spanned<String>> {
        let nodes: Vec<&Node<'_>> = match node.get_ref() {
            DeValue::Array(list) => list.iter().collect(),
            _ => vec![node],
        };
        if nodes.is_empty() {
            self.complain(node.span().start, path, "is an empty list: nothing could ever match");
        }
        let mut texts = Vec::new();
        for node in nodes {
            if let Some(text) = plain(node.get_ref()) {
                texts.push(Spanned::new(node.span(), text));
            } else {
                let message = "is neither a text, a number, a truth value, nor a list of them";
                self.complain(node.span().start, path, message);
            }
        }
        texts
    }

    /// The conditions under a key, compiled.
    pub(super) fn conditions(
        &mut self,
        table: &Table<'_>,
        path: &str,
        key: &str,
    ) -> Vec<Condition> {
        let written = self.written_conditions(table, path, key);
        self.compiled_conditions(&written)
    }

    fn compiled_conditions(&mut self, written: &[WrittenCondition]) -> Vec<Condition> {
        let region = self.surroundings.region;
        let mut all = Vec::new();
        for condition in written {
            self.possible(condition);
            let WrittenCondition { field, any_of, .. } = condition;
            let pattern = |text: &Spanned<String>| Pattern::new(field, text.get_ref(), region);
            let any_of = any_of.iter().map(pattern).collect();
            all.push(Condition { field: field.clone(), any_of });
        }
        all
    }

    /// Complains of a value that a field never has.
    fn possible(&mut self, condition: &WrittenCondition) {
        let sources = self.sources.clone();
        let sources = || sources.iter().map(String::as_str).collect();
        let is_source = condition.field == Field::Source;
        let words = if is_source { Some(sources()) } else { condition.field.words() };
        let Some(words) = words else { return };
        for written in &condition.any_of {
            let text = written.get_ref().to_lowercase();
            if !text.contains('*') && !words.contains(&text.as_str()) {
                let (meant, known) = (nearest(&text, &words), words.join(", "));
                let message = format!("\"{text}\" is never so; {meant}known are {known}");
                self.complain(written.span().start, &condition.path, message);
            }
        }
    }

    pub(super) fn compile(&mut self, rule: &WrittenRule) -> Option<(Conditions, Plan)> {
        let action = said(rule.action.as_ref()).unwrap_or(Action::Open);
        self.fitting(rule, action);
        let conditions = Conditions {
            when: self.compiled_conditions(&rule.when),
            unless: self.compiled_conditions(&rule.unless),
        };
        // Everything is compiled before anything is given up: all complaints at once.
        let target = self.target(rule, action);
        let title = rule.title.as_ref();
        let title =
            title.and_then(|text| self.template(text, &join(&rule.path, "title"), Place::Text));
        let plan = Plan {
            name: rule.name.as_ref()?.get_ref().clone(),
            action,
            moment: said(rule.moment.as_ref()).unwrap_or(Moment::Ringing),
            target: target?,
            autopause: said(rule.autopause.as_ref()).unwrap_or(false),
            title,
            multitab: said(rule.multitab.as_ref()).unwrap_or(false),
        };
        Some((conditions, plan))
    }

    /// Complains of keys that mean nothing with this action.
    fn fitting(&mut self, rule: &WrittenRule, action: Action) {
        let multitab = ("multitab", place(rule.multitab.as_ref()));
        let unfit = match action {
            Action::None => vec![
                ("url", place(rule.url.as_ref())),
                ("page", place(rule.page.as_ref())),
                ("moment", place(rule.moment.as_ref())),
                ("autopause", place(rule.autopause.as_ref())),
                ("title", place(rule.title.as_ref())),
                multitab,
            ],
            Action::Open | Action::Run => vec![multitab],
            Action::Popup => Vec::new(),
        };
        for (key, at) in unfit {
            if let Some(at) = at {
                let message = format!("means nothing with action = \"{}\"", action.word());
                self.complain(at, &join(&rule.path, key), message);
            }
        }
    }

    fn target(&mut self, rule: &WrittenRule, action: Action) -> Option<PlannedTarget> {
        let path = join(&rule.path, "url");
        match (action, &rule.url, &rule.page) {
            (Action::None, ..) => Some(PlannedTarget::Nothing),
            (_, Some(url), Some(_)) => {
                self.complain(url.span().start, &path, "stands beside page; say one of them");
                None
            }
            (Action::Run, None, _) => {
                let message = "runs nothing; say the program with url = \"…\"";
                self.complain(rule.at, &rule.path, message);
                None
            }
            (Action::Run, Some(url), None) => {
                self.program(url.span().start, url.get_ref(), &path);
                self.template(url, &path, Place::Text).map(PlannedTarget::Address)
            }
            (_, Some(url), None) => {
                self.address(url.span().start, url.get_ref(), &path);
                self.template(url, &path, Place::Address).map(PlannedTarget::Address)
            }
            (_, None, Some(page)) => Some(self.page(page, &rule.path)),
            (_, None, None) => Some(PlannedTarget::Page(DEFAULT_PAGE.to_owned())),
        }
    }

    fn page(&mut self, page: &Spanned<String>, path: &str) -> PlannedTarget {
        let (name, pages) = (page.get_ref(), &self.surroundings.pages);
        if !pages.contains(name) {
            let known = format!("there is no page \"{name}\"; there are {}", pages.join(", "));
            self.complain(page.span().start, &join(path, "page"), known);
        }
        PlannedTarget::Page(name.clone())
    }
}

fn said<T: Copy>(written: Option<&Spanned<T>>) -> Option<T> {
    written.map(|written| *written.get_ref())
}

fn place<T>(written: Option<&Spanned<T>>) -> Option<usize> {
    written.map(|written| written.span().start)
}
