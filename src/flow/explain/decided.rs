//! How the rules decided over a ring, under the configuration that was in force then, and what they would
//! decide today.

#![expect(
    clippy::disallowed_types,
    reason = "held for a look at a cache, never while waiting or compiling"
)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::Explanations;
use super::heard::Heard;
use crate::configuration::{Configuration, DecisionTrace, Ruling};
use crate::domain::decision::{Action, Nothing, Target};
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::context::InForce;
use crate::store::{ConfigurationRow, Error as StoreError};
use crate::view::sentence::{Sentence, Value};

/// How the rules decided.
#[derive(Debug)]
pub struct Decided {
    /// The version of the configuration; 0 before the first.
    pub version: i64,
    pub applied_at: Option<Timestamp>,
    /// Whether this version decides as it was recorded. Where none does, the newest one is shown.
    pub agrees: bool,
    pub trace: DecisionTrace,
}

/// What the rules would decide today.
#[derive(Debug)]
pub struct Today {
    pub version: i64,
    /// Whether that is what they decided then.
    pub same: bool,
    pub trace: DecisionTrace,
}

/// Older versions that were compiled lately.
#[derive(Debug, Default)]
pub(super) struct Versions(Mutex<VecDeque<(i64, Arc<Configuration>)>>);

/// Versions that are kept compiled.
const KEPT: usize = 4;

impl Versions {
    fn find(&self, version: i64) -> Option<Arc<Configuration>> {
        let versions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = versions.iter().find(|(known, _)| *known == version);
        known.map(|(_, configuration)| Arc::clone(configuration))
    }

    fn keep(&self, version: i64, configuration: Arc<Configuration>) {
        let mut versions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have compiled it meanwhile.
        versions.retain(|(known, _)| *known != version);
        versions.truncate(KEPT - 1);
        versions.push_front((version, configuration));
    }
}

/// Which configuration decides.
enum Edition {
    InForce(Arc<InForce>),
    Older(Arc<Configuration>),
}

impl Edition {
    fn configuration(&self) -> &Configuration {
        match self {
            Self::InForce(in_force) => &in_force.configuration,
            Self::Older(older) => older,
        }
    }
}

impl Explanations {
    /// How the rules decided; nothing where that configuration cannot be read any more.
    pub(super) async fn decided(&self, ring: &Heard) -> Result<Option<Decided>, StoreError> {
        let at = ring.at();
        // A server takes up a new version within a second: a ring just after may be of the one before.
        let rows = self.context.store.read(move |tx| tx.list_configurations_at(at, 2)).await?;
        let none = ConfigurationRow {
            version: 0,
            applied_at: Timestamp(0),
            applied_from: String::new(),
            document: String::new(),
        };
        let rows = if rows.len() < 2 { [rows, vec![none]].concat() } else { rows };
        let mut newest = None;
        for row in rows {
            let Some(edition) = self.edition(&row).await else { continue };
            let decided = trace(edition.configuration(), &row, ring);
            if decided.agrees {
                return Ok(Some(decided));
            }
            newest = newest.or(Some(decided));
        }
        Ok(newest)
    }

    /// The configuration of a version. An older one is compiled beside, which takes a moment if it is large.
    async fn edition(&self, row: &ConfigurationRow) -> Option<Edition> {
        let in_force = self.context.in_force();
        if in_force.version == row.version {
            return Some(Edition::InForce(in_force));
        }
        if let Some(known) = self.versions.find(row.version) {
            return Some(Edition::Older(known));
        }
        let (document, region) = (row.document.clone(), self.context.options.region);
        let compile = move || Configuration::reread(&document, region);
        let compiled = Arc::new(tokio::task::spawn_blocking(compile).await.ok().flatten()?);
        self.versions.keep(row.version, Arc::clone(&compiled));
        Some(Edition::Older(compiled))
    }

    /// What the rules would decide over it today, at the same hour.
    pub(super) fn today(&self, ring: &Heard, then: Option<&Decided>) -> Today {
        let in_force = self.context.in_force();
        let trace = in_force.configuration.explain(&ring.ring, ring.at(), |_| false);
        let same = then.is_some_and(|then| {
            then.agrees
                && then.trace.winner_name() == trace.winner_name()
                && same_ruling(&then.trace, &trace)
        });
        Today { version: in_force.version, same, trace }
    }
}

fn trace(configuration: &Configuration, row: &ConfigurationRow, ring: &Heard) -> Decided {
    let recorded = ring.row.rule.as_deref();
    let trace = configuration.explain(&ring.ring, ring.at(), |asking| Some(asking) != recorded);
    let agrees = trace.winner_name() == recorded;
    let applied_at = (row.version > 0).then_some(row.applied_at);
    Decided { version: row.version, applied_at, agrees, trace }
}

fn same_ruling(then: &DecisionTrace, today: &DecisionTrace) -> bool {
    match (&then.ruling, &today.ruling) {
        (Ruling::Decided(then), Ruling::Decided(today)) => then.opening == today.opening,
        (then, today) => then == today,
    }
}

impl Decided {
    /// How many rules there were, and why they opened nothing, where they wanted it so.
    pub(super) fn nothing(&self) -> Option<(usize, &str)> {
        let Ruling::Decided(decision) = &self.trace.ruling else { return None };
        let reason = decision.reason.as_deref()?;
        let is_wanted = self.agrees
            && decision.opening.is_none()
            && matches!(
                Nothing::read(reason),
                Some(Nothing::RuleSaysSo | Nothing::NoRule | Nothing::NoRuleForOutbound)
            );
        is_wanted.then_some((self.trace.total, reason))
    }

    /// The number of the rule that is recorded with a ring.
    pub(super) fn number_of(&self, ring: &Heard) -> Option<usize> {
        let name = ring.row.rule.as_deref()?;
        let mut rules = self.trace.rules.iter();
        rules.find(|rule| rule.name == name).map(|rule| rule.number)
    }
}

impl Today {
    /// What the rules would do, in a sentence.
    pub fn sentence(&self) -> Sentence {
        if self.same {
            return Sentence::new("explain-today-same", []);
        }
        let version = Value::Text(self.version.to_string());
        let number = self.trace.winner;
        let rule = Value::Rule { number, name: self.trace.winner_name().map(str::to_owned) };
        let with = |key, more: Vec<(&'static str, Value)>| {
            let first = vec![("version", version.clone()), ("rule", rule.clone())];
            Sentence::new(key, [first, more].concat())
        };
        let decision = match &self.trace.ruling {
            Ruling::Asks(asks) => {
                let url = Value::Text(asks.url.clone());
                return with("explain-today-asks", vec![("url", url)]);
            }
            Ruling::Decided(decision) => decision,
        };
        match &decision.opening {
            None if decision.rule.is_none() => {
                Sentence::new("explain-today-no-rule", [("version", version)])
            }
            None => with("explain-today-none", Vec::new()),
            Some(opening) if opening.action == Action::Run => with("explain-today-run", Vec::new()),
            Some(opening) => match &opening.target {
                Target::Page(_) => with("explain-today-page", Vec::new()),
                Target::Address(url) | Target::Wrapped(url) => {
                    with("explain-today-site", vec![("url", Value::Text(site(url)))])
                }
            },
        }
    }
}

/// An address without what it says of the call.
pub(super) fn site(url: &str) -> String {
    let parsed = url::Url::parse(url).ok();
    let host = parsed.as_ref().and_then(url::Url::host_str).map(str::to_owned);
    host.unwrap_or_else(|| url.chars().take(60).collect())
}
