//! How the rules decided: every rule up to the one that did, each condition with what it saw. Made when
//! somebody asks, without the index that a ring uses.

use super::{Condition, Conditions, Facts, Field, Pattern, RuleSet, Situation};
use crate::domain::ring::Direction;
use crate::domain::word::Word as _;

/// One condition, and what it saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionTrace {
    /// The name that conditions have for it.
    pub field: String,
    /// What was there to compare with, each text once; nothing where nothing was known.
    pub saw: Vec<String>,
    pub holds: bool,
}

/// One rule, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleTrace {
    /// In the order in which they are written.
    pub when: Vec<ConditionTrace>,
    pub unless: Vec<ConditionTrace>,
    /// That the call was placed by its agent, which only rules that say so are about.
    pub outbound: bool,
    /// Whether the rule matches.
    pub holds: bool,
}

impl<R> RuleSet<R> {
    /// Every rule in order, up to the first that matches and is not passed over, which is the last one
    /// then; and whether there is one.
    pub fn trace(
        &self,
        situation: &Situation<'_>,
        is_passed_over: impl Fn(&R) -> bool,
    ) -> (Vec<RuleTrace>, Option<&R>) {
        let mut facts = Facts::of(situation);
        let mut traced = Vec::new();
        for (conditions, rule) in &self.rules {
            let trace = conditions.trace(&mut facts);
            let decides = trace.holds && !is_passed_over(rule);
            traced.push(trace);
            if decides {
                return (traced, Some(rule));
            }
        }
        (traced, None)
    }
}

impl Conditions {
    fn trace(&self, facts: &mut Facts<'_>) -> RuleTrace {
        let mut each = |conditions: &[Condition]| -> Vec<ConditionTrace> {
            conditions.iter().map(|condition| condition.trace(facts)).collect()
        };
        let (when, unless) = (each(&self.when), each(&self.unless));
        let outbound = self.misses_direction(facts.situation);
        let holds = self.hold(facts);
        RuleTrace { when, unless, outbound, holds }
    }
}

impl Condition {
    fn trace(&self, facts: &mut Facts<'_>) -> ConditionTrace {
        let holds = facts.satisfy(self);
        ConditionTrace { field: self.field.name(), saw: self.seen(facts.situation), holds }
    }

    fn seen(&self, situation: &Situation<'_>) -> Vec<String> {
        if self.field == Field::Hours {
            return self.clocks(situation);
        }
        let mut seen = Vec::new();
        for text in self.field.written(situation, str::to_owned) {
            if !text.is_empty() && !seen.contains(&text) {
                seen.push(text);
            }
        }
        seen
    }

    /// What the clocks showed of the opening hours that are asked for.
    fn clocks(&self, situation: &Situation<'_>) -> Vec<String> {
        let asked = situation.hours.iter().filter(|hours| {
            let name = hours.name.to_lowercase();
            self.any_of.iter().any(|pattern: &Pattern| pattern.matches(&name))
        });
        let mut clocks: Vec<String> = Vec::new();
        for zone in asked.map(|hours| &hours.zone) {
            let shown = zone.shows(situation.at);
            let clock = format!("{} {} {}", shown.date(), shown.minute(), zone.name());
            if !clocks.contains(&clock) {
                clocks.push(clock);
            }
        }
        clocks
    }
}

impl Field {
    /// What conditions call it.
    pub fn name(&self) -> String {
        match self {
            Self::Data(key) => format!("data.{key}"),
            Self::ContactData(key) => format!("contact.data.{key}"),
            _ => {
                let mut names = Self::NAMES.into_iter();
                let named = names.find(|name| Self::parse(name).as_ref() == Some(self));
                named.unwrap_or_default().to_owned()
            }
        }
    }
}

impl RuleTrace {
    /// The condition that every rule has which says nothing of the direction, where it is why the rule does
    /// not match.
    pub fn direction(&self) -> Option<ConditionTrace> {
        let saw = vec![Direction::Outbound.word().to_owned()];
        let field = Field::Direction.name();
        self.outbound.then_some(ConditionTrace { field, saw, holds: false })
    }
}
