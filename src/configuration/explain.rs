//! How the rules decide over a ring, for whoever asks why: each condition as it is written, and what it
//! saw.

use super::document::WrittenCondition;
use super::reader::Written;
use super::{
    Asks, Configuration, Document, Needed, Plan, PlannedTarget, Ruling, Secrets, Surroundings,
};
use crate::domain::phone::Region;
use crate::domain::ring::Ring;
use crate::domain::rule::{ConditionTrace, RuleTrace};
use crate::domain::time::Timestamp;

/// How the rules decided.
#[derive(Debug)]
pub struct DecisionTrace {
    /// Every rule in order, up to the one that decided.
    pub rules: Vec<TracedRule>,
    /// How many rules there are.
    pub total: usize,
    /// The number of the rule that decided; none where no rule matches.
    pub winner: Option<usize>,
    /// What that comes to.
    pub ruling: Ruling,
}

/// A rule, and what became of it.
#[derive(Debug)]
pub struct TracedRule {
    /// Its number, from 1.
    pub number: usize,
    pub name: String,
    pub when: Vec<TracedCondition>,
    pub unless: Vec<TracedCondition>,
    pub holds: bool,
    /// The endpoint that decides instead of it.
    pub asks: Option<String>,
}

/// A condition, what it wanted, and what it saw.
#[derive(Debug, Clone)]
pub struct TracedCondition {
    /// As it is written: `caller.country`.
    pub field: String,
    /// As they are written; any of them.
    pub wanted: Vec<String>,
    pub saw: Vec<String>,
    pub holds: bool,
}

impl Configuration {
    /// How the rules decide over a ring at a moment. Rules that leave it to an endpoint decide, unless
    /// it is known of their name that theirs did not.
    pub fn explain(
        &self,
        ring: &Ring,
        at: Timestamp,
        was_passed_over: impl Fn(&str) -> bool,
    ) -> DecisionTrace {
        let passed = |plan: &Plan| endpoint(plan).is_some() && was_passed_over(&plan.name);
        let (traced, winner) = self.rules.trace(&self.situation(ring, at), passed);
        let winner_number = winner.map(|_| traced.len());
        let ruling = match winner {
            Some(plan) if let Some(url) = endpoint(plan) => {
                let (rule, url) = (plan.name.clone(), url.to_owned());
                Ruling::Asks(Asks { rule, url, next: traced.len() })
            }
            _ => Ruling::Decided(self.decided(winner, ring)),
        };
        let plans = self.rules.rules().zip(&self.document.rules);
        let rules = plans.zip(traced).enumerate().map(|(at, ((plan, written), trace))| {
            let direction = trace.direction().map(TracedCondition::of_direction);
            let RuleTrace { when, unless, holds, .. } = trace;
            TracedRule {
                number: at + 1,
                name: plan.name.clone(),
                when: traced_conditions(&written.when, when).chain(direction).collect(),
                unless: traced_conditions(&written.unless, unless).collect(),
                holds,
                asks: endpoint(plan).map(str::to_owned),
            }
        });
        let total = self.rule_count();
        DecisionTrace { rules: rules.collect(), total, winner: winner_number, ruling }
    }

    /// Compiles a document that was in force once, as far as its rules need it: secrets that are gone by now
    /// are not missed, nor pages.
    pub fn reread(document: &str, region: Region) -> Option<Self> {
        let written = Document::parse(document).ok()?;
        let pages = written.rules.iter().filter_map(|rule| rule.page.get().cloned());
        let secrets = Secrets::new(|_| None).needed(Needed::None);
        let surroundings = Surroundings { region, pages: pages.collect(), secrets };
        Self::read(document, &surroundings).ok()
    }

    /// The number of the rule of a name, from 1.
    pub fn rule_number(&self, name: &str) -> Option<usize> {
        self.rules.rules().position(|plan| plan.name == name).map(|at| at + 1)
    }
}

impl DecisionTrace {
    /// The name of the rule that decided.
    pub fn winner_name(&self) -> Option<&str> {
        let winner = self.rules.last().filter(|_| self.winner.is_some())?;
        Some(&winner.name)
    }
}

fn endpoint(plan: &Plan) -> Option<&str> {
    match &plan.target {
        PlannedTarget::Endpoint(url) => Some(url),
        _ => None,
    }
}

fn traced_conditions(
    written: &Written<Vec<WrittenCondition>>,
    traced: Vec<ConditionTrace>,
) -> impl Iterator<Item = TracedCondition> {
    let written = written.get().into_iter().flatten();
    written.zip(traced).map(|(written, ConditionTrace { field, saw, holds })| {
        let wanted = written.any_of.iter().map(|text| text.get_ref().clone());
        TracedCondition { field, wanted: wanted.collect(), saw, holds }
    })
}

impl TracedCondition {
    /// What every rule wants that says nothing of the direction.
    fn of_direction(ConditionTrace { field, saw, holds }: ConditionTrace) -> Self {
        let wanted = ["inbound", "internal"].map(str::to_owned).to_vec();
        Self { field, wanted, saw, holds }
    }
}
