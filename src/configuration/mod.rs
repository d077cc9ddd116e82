//! What did the operator decide? The configuration's text, read, checked and compiled.
//!
//! A document is read whole or refused whole: every complaint names its line and key and says what
//! would be right. What was read is immutable; a change makes a new one.

mod agents;
mod command_line;
mod compiler;
mod destinations;
mod difference;
mod dispositions;
mod document;
#[cfg(test)]
mod documentation;
pub mod edit;
mod explain;
mod files;
mod hours;
mod known;
mod lookups;
mod presets;
mod queues;
mod reader;
mod rules;
mod secrets;
mod sources;
mod templates;
mod value;

use std::cell::LazyCell;
use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::colour::Colour;
use crate::domain::decision::{Action, Decision, Moment, Nothing, Opening, Target};
use crate::domain::destination::Destination;
use crate::domain::facts::Facts;
use crate::domain::hours::Hours;
use crate::domain::lookup::Lookup;
use crate::domain::phone::Region;
use crate::domain::ring::{Agent, Direction, Queue, Ring};
use crate::domain::rule::{RuleSet, Situation, Told};
use crate::domain::time::Timestamp;
use crate::pbx::Source;
use crate::template::Lines;

use compiler::Compiler;
use reader::Reader;

pub use agents::{KnownAgent, known_id, named_in, part_key};
pub use difference::Difference;
pub use document::Document;
pub use explain::{DecisionTrace, TracedCondition, TracedRule};
pub use files::Files;
pub use known::Unknown;
pub use lookups::OWN;
pub use presets::crm_of;
pub use secrets::{Needed, Secrets};
pub use sources::BUILT_IN;

/// What a document is checked against.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The country of numbers without a prefix.
    pub region: Region,
    /// The pages that rules may open, without `.html`.
    pub pages: Vec<String>,
    /// Where its secrets are looked up.
    pub secrets: Secrets,
}

/// One thing that is wrong in a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {line}{}: {message}{}",
    if .key.is_empty() { String::new() } else { format!(", {key}") },
    .other.map(|line| format!(" (line {line})")).unwrap_or_default()
)]
pub struct Complaint {
    /// The line, from 1.
    pub line: usize,
    /// The key, as `rule[2].when.queue`.
    pub key: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// Another line that it is about: where a name stands for the first time.
    pub other: Option<usize>,
}

/// What a rule does when it decides.
#[derive(Debug)]
struct Plan {
    name: String,
    action: Action,
    moment: Moment,
    target: PlannedTarget,
    autopause: bool,
    title: Option<String>,
    multitab: bool,
}

#[derive(Debug)]
enum PlannedTarget {
    Nothing,
    Page(String),
    /// The name of the compiled template.
    Address(String),
    /// The same, for a page to be framed.
    Wrapped(String),
    /// The endpoint that is asked.
    Endpoint(String),
}

/// What rules say of a ring.
#[derive(Debug, PartialEq, Eq)]
pub enum Ruling {
    Decided(Decision),
    /// A rule leaves it to somebody else.
    Asks(Asks),
}

/// A rule that leaves the decision to an endpoint.
#[derive(Debug, PartialEq, Eq)]
pub struct Asks {
    /// The rule's name.
    pub rule: String,
    /// The endpoint's address.
    pub url: String,
    /// The place of the rule after it, from which on rules decide if the endpoint does not.
    pub next: usize,
}

/// The outcomes that agents of a queue choose from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dispositions {
    /// What may be chosen.
    pub options: Vec<String>,
    /// Whether one must be.
    pub required: bool,
}

#[derive(Debug)]
struct QueueDispositions {
    /// In lower case; none stands for every queue.
    queue: Option<String>,
    offered: Dispositions,
}

/// A checked configuration.
#[derive(Debug)]
pub struct Configuration {
    region: Region,
    rules: RuleSet<Plan>,
    hours: Vec<Hours>,
    /// The colours of queues, by their names in lower case.
    colours: HashMap<String, Colour>,
    lines: Lines,
    dispositions: Vec<QueueDispositions>,
    sources: Vec<Arc<Source>>,
    agents: agents::Agents,
    destinations: Vec<Destination>,
    lookups: Vec<Lookup>,
    delivery_lines: Lines,
    document: Document,
}

impl Configuration {
    /// Reads a text and compiles its document; all complaints at once, in the order of their lines.
    pub fn read(text: &str, surroundings: &Surroundings) -> Result<Self, Vec<Complaint>> {
        let mut reader = Reader::new(text);
        match Document::read(&mut reader, text) {
            Some(document) => Self::compile(document, Compiler::new(reader, surroundings)),
            None => Err(reader.complaints),
        }
    }

    fn compile(document: Document, mut compiler: Compiler<'_>) -> Result<Self, Vec<Complaint>> {
        compiler.names(&document);
        let sources =
            compiler.each("source", &document.sources, |written| &written.name, Compiler::source);
        let names = sources::names(&sources);
        compiler.sources = names.iter().map(|name| (*name).to_owned()).collect();
        let named = document.hours.iter().filter_map(|written| written.name.get().cloned());
        compiler.hours = named.collect();
        let hours = document.hours.iter().filter_map(|written| compiler.hours(written));
        let hours: Vec<Hours> = hours.collect();
        let colours = document.queues.iter().filter_map(|written| compiler.queue_colour(written));
        let colours = colours.collect();
        let agents = compiler.agents(&document.agents, &names);
        let destinations = compiler.each(
            "destination",
            &document.destinations,
            |written| &written.name,
            Compiler::destination,
        );
        let lookups =
            compiler.each("lookup", &document.lookups, |written| &written.name, Compiler::lookup);
        let rules = document.rules.iter().filter_map(|rule| compiler.rule(rule)).collect();
        let dispositions = document.dispositions.iter();
        let dispositions =
            dispositions.filter_map(|written| compiler.disposition(written)).collect();
        let region = compiler.surroundings.region;
        let (lines, delivery_lines) = compiler.finish()?;
        Ok(Self {
            region,
            rules: RuleSet::new(rules),
            hours,
            colours,
            lines,
            dispositions,
            sources: sources.into_iter().map(Arc::new).collect(),
            agents,
            destinations,
            lookups,
            delivery_lines,
            document,
        })
    }

    /// What it was compiled from.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// What the rules say of a ring at this moment, from the one at the place `from` on.
    pub fn decide(&self, ring: &Ring, at: Timestamp, from: usize) -> Ruling {
        let found = self.rules.first_match(&self.situation(ring, at), from);
        if let Some((place, Plan { name, target: PlannedTarget::Endpoint(url), .. })) = found {
            let (rule, url) = (name.clone(), url.clone());
            return Ruling::Asks(Asks { rule, url, next: place + 1 });
        }
        Ruling::Decided(self.decided(found.map(|(_, plan)| plan), ring))
    }

    fn decided(&self, plan: Option<&Plan>, ring: &Ring) -> Decision {
        match plan {
            Some(plan) => self.carry_out(plan, ring),
            None if ring.direction == Direction::Outbound => {
                Decision::nothing(None, Nothing::NoRuleForOutbound)
            }
            None if self.rules.rules().next().is_none() => without_rules(),
            None => Decision::nothing(None, Nothing::NoRule),
        }
    }

    /// What an agent may choose from at the end of a call from this queue: its own list, else the
    /// list without a queue.
    pub fn dispositions(&self, queue: Option<&Queue>) -> Dispositions {
        let names = queue.map(names_of).unwrap_or_default();
        let own = |entry: &&QueueDispositions| {
            entry.queue.as_ref().is_some_and(|queue| names.contains(queue))
        };
        let found = self.dispositions.iter().find(own);
        let found = found.or_else(|| self.dispositions.iter().find(|entry| entry.queue.is_none()));
        found.map(|entry| entry.offered.clone()).unwrap_or_default()
    }

    /// Every outcome that some agent may choose, each once, in the order in which they are configured.
    pub fn all_dispositions(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for option in self.dispositions.iter().flat_map(|entry| &entry.offered.options) {
            if !all.contains(option) {
                all.push(option.clone());
            }
        }
        all
    }

    /// The colour that a queue was given.
    pub fn colour(&self, queue: &Queue) -> Option<Colour> {
        names_of(queue).iter().find_map(|name| self.colours.get(name).copied())
    }

    /// What the rules are called, in their order.
    pub fn rule_names(&self) -> impl Iterator<Item = &str> {
        self.document.rules.iter().filter_map(|rule| rule.name.get().map(String::as_str))
    }

    /// How many rules there are.
    pub fn rule_count(&self) -> usize {
        self.rules.rules().count()
    }

    /// Whether any rule pauses agents, or an endpoint may say so, while a page is open.
    pub fn pauses(&self) -> bool {
        let may_pause =
            |plan: &Plan| plan.autopause || matches!(plan.target, PlannedTarget::Endpoint(_));
        self.rules.rules().any(may_pause)
    }

    /// A phone system by its name.
    pub fn source(&self, name: &str) -> Option<&Arc<Source>> {
        self.sources.iter().find(|source| source.name == name)
    }

    /// The phone systems that speak to us.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().map(|source| &**source)
    }

    /// The systems that hear of calls.
    pub fn destinations(&self) -> &[Destination] {
        &self.destinations
    }

    /// One of them.
    pub fn destination(&self, name: &str) -> Option<&Destination> {
        self.destinations.iter().find(|destination| destination.name == name)
    }

    /// The systems that are asked who a number belongs to, in their order.
    pub fn lookups(&self) -> &[Lookup] {
        &self.lookups
    }

    /// The templates of destinations and lookups.
    pub fn delivery_lines(&self) -> &Lines {
        &self.delivery_lines
    }

    /// The destinations that hear of this event.
    pub fn hearing<'a>(
        &'a self,
        told: Told<'a>,
        ring: &'a Ring,
        at: Timestamp,
    ) -> impl Iterator<Item = &'a Destination> {
        let situation = Situation { told: Some(told), ..self.situation(ring, at) };
        self.destinations.iter().filter(move |destination| {
            destination.wants(told.kind) && destination.conditions.match_any_direction(&situation)
        })
    }

    fn situation<'a>(&'a self, ring: &'a Ring, at: Timestamp) -> Situation<'a> {
        Situation { ring, region: self.region, at, hours: &self.hours, told: None }
    }

    /// Who this is whom a system tells of.
    pub fn agent(&self, source: &str, told: &Agent) -> Option<&KnownAgent> {
        self.agents.find(source, told)
    }

    /// The configured agent of a key.
    pub fn agent_of_key(&self, key: &str) -> Option<&KnownAgent> {
        self.agents.of_key(key)
    }

    /// Whether a source has a name for the configured agent of a key.
    pub fn names_agent(&self, key: &str, source: &str) -> bool {
        self.agents.are_named_at(key, source)
    }

    /// Every configured agent.
    pub fn agents(&self) -> &[KnownAgent] {
        self.agents.all()
    }

    /// The rules that frame somebody else's page, each with an address as a sample call fills it in.
    pub fn wrapped(&self) -> impl Iterator<Item = (&str, String)> {
        let sample = templates::sample_ring(self.region);
        self.rules.rules().filter_map(move |plan| {
            let PlannedTarget::Wrapped(name) = &plan.target else { return None };
            let address =
                self.lines.render(name, &facts(&sample, self.region, &self.lines)).ok()?;
            Some((plan.name.as_str(), address))
        })
    }

    fn carry_out(&self, plan: &Plan, ring: &Ring) -> Decision {
        let rule = Some(plan.name.clone());
        match self.opening(plan, ring) {
            Ok(Some(opening)) => Decision { rule, opening: Some(opening), reason: None },
            Ok(None) => Decision::nothing(rule, Nothing::RuleSaysSo),
            Err(reason) => Decision::nothing(rule, reason),
        }
    }

    fn opening(&self, plan: &Plan, ring: &Ring) -> Result<Option<Opening>, String> {
        // Made at most once, and not at all for a hosted page without a title of its own.
        let facts = LazyCell::new(|| facts(ring, self.region, &self.lines));
        let fill = |name: &str, what: &str| {
            let is_command = plan.action == Action::Run && what == "url";
            let filled = if is_command {
                let facts = serde_json::to_value(&*facts).unwrap_or_default();
                self.lines.render(name, &command_line::harmless(facts))
            } else {
                self.lines.render(name, &*facts)
            };
            filled.map_err(|error| format!("its {what} could not be filled in: {}", error.message))
        };
        let target = match &plan.target {
            PlannedTarget::Nothing | PlannedTarget::Endpoint(_) => return Ok(None),
            PlannedTarget::Page(page) => Target::Page(page.clone()),
            PlannedTarget::Address(name) => Target::Address(fill(name, "url")?),
            PlannedTarget::Wrapped(name) => Target::Wrapped(fill(name, "url")?),
        };
        // A page with a wrong title is still the right page.
        let title = plan.title.as_ref().and_then(|name| fill(name, "title").ok());
        Ok(Some(Opening {
            action: plan.action,
            moment: plan.moment,
            target,
            autopause: plan.autopause,
            title: title.map(|title| title.trim().to_owned()).filter(|title| !title.is_empty()),
            multitab: plan.multitab,
        }))
    }
}

/// What a rule's templates are filled in with, with every key that any of them asks for.
fn facts(ring: &Ring, region: Region, lines: &Lines) -> Facts {
    let mut facts = Facts::of_ring(ring, region);
    facts.add_keys(lines.data_keys(), lines.contact_keys());
    facts
}

/// The page that rules open unless they say otherwise.
pub const DEFAULT_PAGE: &str = "default";

/// With no rule at all, every ring opens the hosted page at once.
fn without_rules() -> Decision {
    let opening = Opening {
        action: Action::Open,
        moment: Moment::Ringing,
        target: Target::Page(DEFAULT_PAGE.to_owned()),
        autopause: false,
        title: None,
        multitab: false,
    };
    Decision { rule: None, opening: Some(opening), reason: None }
}

/// What a queue is called, in lower case.
fn names_of(queue: &Queue) -> Vec<String> {
    let Queue { id: _, name, display, number } = queue;
    [name, display, number].into_iter().flatten().map(|name| name.to_lowercase()).collect()
}
