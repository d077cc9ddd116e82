//! `[[rule]]`, compiled, and the conditions that destinations have as well.

use super::compiler::Compiler;
use super::document::{Keyed as _, Position, WrittenCondition, WrittenRule};
use super::reader::{Written, nearest};
use super::value::join;
use super::{DEFAULT_PAGE, Plan, PlannedTarget};
use crate::desktop::{sheet, xucmgt};
use crate::domain::decision::{Action, Moment, WRAPPER};
use crate::domain::rule::{Condition, Conditions, Field, Pattern};
use crate::domain::word::Word as _;
use crate::template::Place;

impl Compiler<'_> {
    pub(super) fn both(
        &mut self,
        when: &Written<Vec<WrittenCondition>>,
        unless: &Written<Vec<WrittenCondition>>,
    ) -> Conditions {
        Conditions { when: self.conditions(when), unless: self.conditions(unless) }
    }

    fn conditions(&mut self, written: &Written<Vec<WrittenCondition>>) -> Vec<Condition> {
        let region = self.surroundings.region;
        let mut all = Vec::new();
        for condition in written.get().into_iter().flatten() {
            self.possible(condition);
            let WrittenCondition { field, any_of, .. } = condition;
            let mut patterns = Vec::new();
            for text in any_of {
                match Pattern::new(field, text.get_ref(), region) {
                    Ok(pattern) => patterns.push(pattern),
                    Err(message) => {
                        self.complain(text.span().start, &condition.position.path, message);
                    }
                }
            }
            all.push(Condition { field: field.clone(), any_of: patterns });
        }
        all
    }

    /// Complains of a value that a field never has.
    fn possible(&mut self, condition: &WrittenCondition) {
        let (sources, hours) = (self.sources.clone(), self.hours.clone());
        let words = match condition.field {
            Field::Source => Some(sources.iter().map(String::as_str).collect()),
            Field::Hours => Some(hours.iter().map(String::as_str).collect()),
            _ => condition.field.words(),
        };
        let Some(words) = words else { return };
        if words.is_empty() {
            let message = "names opening hours, but there are none; write an [[hours]] table";
            return self.complain(condition.position.at, &condition.position.path, message);
        }
        for written in &condition.any_of {
            let text = written.get_ref().to_lowercase();
            if !text.contains('*') && !words.iter().any(|word| word.to_lowercase() == text) {
                let (meant, known) = (nearest(&text, &words), words.join(", "));
                let message = format!("\"{text}\" is not a possible value; {meant}known: {known}");
                self.complain(written.span().start, &condition.position.path, message);
            }
        }
    }

    pub(super) fn rule(&mut self, rule: &WrittenRule) -> Option<(Conditions, Plan)> {
        let Position { at, path } = &rule.position;
        if !rule.name.is_written() {
            let message = "has no name; the log of every ring shows it";
            self.complain(*at, path, message);
        }
        let action = rule.action.copied().unwrap_or(Action::Open);
        self.fitting(rule, action);
        let conditions = self.both(&rule.when, &rule.unless);
        self.known_in_time(rule);
        // Everything is compiled before anything is given up: all complaints at once.
        let target = self.target(rule, action);
        let title = self.rule_template(&rule.title, &join(path, "title"), Place::Text);
        let plan = Plan {
            name: rule.name.get()?.clone(),
            action,
            moment: rule.moment.copied().unwrap_or(Moment::Ringing),
            target: target?,
            autopause: rule.autopause.copied().unwrap_or(false),
            title,
            multitab: rule.multitab.copied().unwrap_or(false),
        };
        Some((conditions, plan))
    }

    /// Complains of conditions on what only comes of a call after it has rung.
    fn known_in_time(&mut self, rule: &WrittenRule) {
        let written = [&rule.when, &rule.unless].into_iter().filter_map(Written::get).flatten();
        for WrittenCondition { position, field, .. } in written {
            if field.comes_later() {
                let message = "is not known yet when a phone rings; only conditions of a [[destination]] \
                               can use it";
                self.complain(position.at, &position.path, message);
            }
        }
    }

    /// Complains of keys that mean nothing with this action.
    fn fitting(&mut self, rule: &WrittenRule, action: Action) {
        let path = &rule.position.path;
        if rule.ask.is_written() {
            return self.beside_ask(rule);
        }
        let multitab = ("multitab", place(&rule.multitab));
        let unfit = match action {
            Action::None => vec![
                ("url", place(&rule.url)),
                ("page", place(&rule.page)),
                ("moment", place(&rule.moment)),
                ("autopause", place(&rule.autopause)),
                ("title", place(&rule.title)),
                multitab,
            ],
            Action::Open | Action::Run => vec![multitab],
            Action::Popup => Vec::new(),
        };
        for (key, at) in unfit {
            if let Some(at) = at {
                let message = format!("has no effect with action = \"{}\"", action.word());
                self.complain(at, &join(path, key), message);
            }
        }
    }

    /// Complains of keys that mean nothing where an endpoint decides, and of an endpoint that would never
    /// be asked.
    fn beside_ask(&mut self, rule: &WrittenRule) {
        let path = &rule.position.path;
        for (key, at) in rule.places() {
            if !["name", "when", "unless", "ask"].contains(&key) {
                let message = "has no effect with ask: the endpoint's answer decides it";
                self.complain(at, &join(path, key), message);
            }
        }
        let is_desktop = |source: &str| [xucmgt::SOURCE, sheet::SOURCE].contains(&source);
        let of_source = |condition: &&WrittenCondition| condition.field == Field::Source;
        for condition in rule.when.get().into_iter().flatten().filter(of_source) {
            let mut texts = condition.any_of.iter().map(|text| text.get_ref().to_lowercase());
            if texts.all(|text| !text.contains('*') && !is_desktop(&text)) {
                let message = "conflicts with ask, which asks only about rings of XucMgt (xivo) and of \
                               sheets (sheet)";
                self.complain(condition.position.at, &condition.position.path, message);
            }
        }
    }

    /// An endpoint, and nothing in its address that a call could change.
    fn endpoint(&mut self, at: usize, url: &str, path: &str) -> PlannedTarget {
        let place = join(path, "ask");
        if url.contains("{{") || url.contains("{%") {
            let message =
                "must not contain a template: the endpoint receives the ring in the request's body";
            self.complain(at, &place, message);
        } else {
            self.address(at, url, &place);
        }
        PlannedTarget::Endpoint(url.to_owned())
    }

    fn target(&mut self, rule: &WrittenRule, action: Action) -> Option<PlannedTarget> {
        let Position { at, path } = &rule.position;
        let place = join(path, "url");
        if let Some((at, url)) = rule.ask.with_place() {
            return Some(self.endpoint(at, url, path));
        }
        match (action, rule.url.with_place(), rule.page.with_place()) {
            (Action::None, ..) => Some(PlannedTarget::Nothing),
            (_, Some((at, url)), Some((_, page))) if page == WRAPPER && action != Action::Run => {
                self.address(at, url, &place);
                self.rule_template(&rule.url, &place, Place::Address).map(PlannedTarget::Wrapped)
            }
            (_, Some((at, _)), Some(_)) => {
                let message = "conflicts with page; keep one of them, or write page = \"wrapper\", which \
                               opens in the agent application or in a window";
                self.complain(at, &place, message);
                None
            }
            (_, None, Some((at, page))) if page == WRAPPER => {
                let message = "frames another page; name it with url = \"…\"";
                self.complain(at, &join(path, "page"), message);
                None
            }
            (Action::Run, None, _) => {
                let message = "has no program to run; name it with url = \"…\"";
                self.complain(*at, path, message);
                None
            }
            (Action::Run, Some((at, url)), None) => {
                self.program(at, url, &place);
                self.rule_template(&rule.url, &place, Place::Text).map(PlannedTarget::Address)
            }
            (_, Some((at, url)), None) => {
                self.address(at, url, &place);
                self.rule_template(&rule.url, &place, Place::Address).map(PlannedTarget::Address)
            }
            (_, None, Some((at, page))) => Some(self.page(at, page, path)),
            (_, None, None) => Some(PlannedTarget::Page(DEFAULT_PAGE.to_owned())),
        }
    }

    fn page(&mut self, at: usize, name: &str, path: &str) -> PlannedTarget {
        let pages = &self.surroundings.pages;
        if !pages.iter().any(|page| page == name) {
            let known = format!(
                "there is no page \"{name}\"; known pages: {}, {WRAPPER}",
                pages.join(", ")
            );
            self.complain(at, &join(path, "page"), known);
        }
        PlannedTarget::Page(name.to_owned())
    }
}

/// Where a value stands that could be read.
fn place<T>(written: &Written<T>) -> Option<usize> {
    written.with_place().map(|(at, _)| at)
}
