//! `[[rule]]`, compiled, and the conditions that destinations have as well.

use toml::Spanned;

use super::compiler::Compiler;
use super::document::{Position, WrittenCondition, WrittenRule};
use super::reader::{Written, nearest};
use super::value::join;
use super::{DEFAULT_PAGE, Plan, PlannedTarget};
use crate::domain::decision::{Action, Moment};
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
                let message =
                    format!("\"{text}\" is not a possible value; {meant}known are {known}");
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

    /// Complains of keys that mean nothing with this action.
    fn fitting(&mut self, rule: &WrittenRule, action: Action) {
        let path = &rule.position.path;
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

    fn target(&mut self, rule: &WrittenRule, action: Action) -> Option<PlannedTarget> {
        let Position { at, path } = &rule.position;
        let place = join(path, "url");
        match (action, rule.url.with_place(), rule.page.with_place()) {
            (Action::None, ..) => Some(PlannedTarget::Nothing),
            (_, Some((at, _)), Some(_)) => {
                self.complain(at, &place, "conflicts with page; keep one of them");
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
            let known =
                format!("there is no page \"{name}\"; known pages are {}", pages.join(", "));
            self.complain(at, &join(path, "page"), known);
        }
        PlannedTarget::Page(name.to_owned())
    }
}

/// Where a value stands that could be read.
fn place<T>(written: &Written<T>) -> Option<usize> {
    written.with_place().map(|(at, _)| at)
}
