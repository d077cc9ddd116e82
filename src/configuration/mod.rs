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
pub mod edit;
mod lookups;
mod presets;
mod reader;
mod rules;
mod secrets;
mod sources;
mod templates;
mod value;

use std::cell::LazyCell;
use std::sync::Arc;

use crate::domain::decision::{Action, Decision, Moment, Opening, Target};
use crate::domain::destination::Destination;
use crate::domain::event::CallEventKind;
use crate::domain::facts::Facts;
use crate::domain::lookup::Lookup;
use crate::domain::phone::Region;
use crate::domain::ring::{Agent, Direction, Ring};
use crate::domain::rule::RuleSet;
use crate::domain::word::Word as _;
use crate::pbx::Source;
use crate::template::Lines;

use compiler::Compiler;
use reader::Reader;

pub use agents::{KnownAgent, known_id, part};
pub use document::Document;
pub use lookups::OWN;
pub use secrets::Secrets;

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
#[error("line {line}{}: {message}", if .key.is_empty() { String::new() } else { format!(", {key}") })]
pub struct Complaint {
    /// The line, from 1.
    pub line: usize,
    /// The key, as `rule[2].when.queue`.
    pub key: String,
    /// What is wrong and what would be right.
    pub message: String,
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
        let sources = document.sources.iter().filter_map(|source| compiler.source(source));
        let sources: Vec<Source> = sources.collect();
        let names = sources::names(&sources);
        compiler.sources = names.iter().map(|name| (*name).to_owned()).collect();
        let agents = compiler.agents(&document.agents, &names);
        let destinations = document.destinations.iter();
        let destinations =
            destinations.filter_map(|written| compiler.destination(written)).collect();
        let lookups =
            document.lookups.iter().filter_map(|written| compiler.lookup(written)).collect();
        let rules = document.rules.iter().filter_map(|rule| compiler.rule(rule)).collect();
        let dispositions = document.dispositions.iter();
        let dispositions =
            dispositions.filter_map(|written| compiler.disposition(written)).collect();
        let region = compiler.surroundings.region;
        let (lines, delivery_lines) = compiler.finish()?;
        Ok(Self {
            region,
            rules: RuleSet::new(rules),
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

    /// What the desktop shall do with a ring.
    pub fn decide(&self, ring: &Ring) -> Decision {
        match self.rules.first_match(ring, self.region) {
            Some(plan) => self.carry_out(plan, ring),
            None if ring.direction == Direction::Outbound => {
                Decision::nothing(None, "no rule speaks of outbound calls")
            }
            None if self.rules.rules().next().is_none() => without_rules(),
            None => Decision::nothing(None, "no rule matches"),
        }
    }

    /// What an agent may choose from at the end of a call from this queue: its own list, else the
    /// list without a queue.
    pub fn dispositions(&self, queue: [Option<&str>; 3]) -> Dispositions {
        let names: Vec<String> = queue.into_iter().flatten().map(str::to_lowercase).collect();
        let own = |entry: &&QueueDispositions| {
            entry.queue.as_ref().is_some_and(|queue| names.contains(queue))
        };
        let found = self.dispositions.iter().find(own);
        let found = found.or_else(|| self.dispositions.iter().find(|entry| entry.queue.is_none()));
        found.map(|entry| entry.offered.clone()).unwrap_or_default()
    }

    /// How many rules there are.
    pub fn rule_count(&self) -> usize {
        self.rules.rules().count()
    }

    /// Whether any rule pauses agents while a page is open.
    pub fn pauses(&self) -> bool {
        self.rules.rules().any(|plan| plan.autopause)
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
        kind: &'a str,
        ring: &'a Ring,
    ) -> impl Iterator<Item = &'a Destination> {
        let region = self.region;
        self.destinations.iter().filter(move |destination| {
            destination.wants(kind) && destination.conditions.match_ring(ring, region)
        })
    }

    /// The destinations that hear that an agent's presence has changed.
    pub fn hearing_presence<'a>(&'a self, ring: &'a Ring) -> impl Iterator<Item = &'a Destination> {
        let region = self.region;
        self.destinations.iter().filter(move |destination| {
            destination.wants(CallEventKind::PresenceChanged.word())
                && destination.conditions.match_agent(ring, region)
        })
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

    fn carry_out(&self, plan: &Plan, ring: &Ring) -> Decision {
        let rule = Some(plan.name.clone());
        match self.opening(plan, ring) {
            Ok(Some(opening)) => Decision { rule, opening: Some(opening), reason: None },
            Ok(None) => Decision::nothing(rule, "the rule says so"),
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
            PlannedTarget::Nothing => return Ok(None),
            PlannedTarget::Page(page) => Target::Page(page.clone()),
            PlannedTarget::Address(name) => Target::Address(fill(name, "url")?),
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
