//! One search over everything: a number in any format, an agent, a call's id, a trace code, a name of the
//! configuration.

use crate::configuration::Configuration;
use crate::domain::ids::Id;
use crate::domain::phone::Party;
use crate::domain::ring::Queue;
use crate::domain::trace::TraceCode;
use crate::flow::lists::Lists;
use crate::flow::lists::agents::{AgentLine, everybody, is_meant};
use crate::flow::lists::calls::{CallFilter, Error, calls_by_id};
use crate::flow::lists::line::CallLine;
use crate::store::{Error as StoreError, Tx};

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What people call it.
    pub label: String,
    /// What else tells it from others.
    pub detail: Option<String>,
    pub leads_to: LeadsTo,
}

/// Where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeadsTo {
    /// A call, and one of its rings if that is meant.
    Call {
        call: Id,
        line: Box<CallLine>,
    },
    /// The calls of a number, in E.164 or an extension.
    Caller {
        number: String,
    },
    /// The calls of an agent.
    Agent(AgentLine),
    /// The calls that came through a queue.
    Queue {
        name: String,
    },
    /// What is configured under a name.
    Rule {
        name: String,
    },
    Source {
        name: String,
    },
    Destination {
        name: String,
    },
    Lookup {
        name: String,
    },
}

/// Calls that a search shows, and how many of every other kind.
const CALLS: usize = 5;
const MOST: usize = 8;

impl Lists {
    /// Everything that somebody may mean, the surest first. Whoever does not see numbers whole finds none by a
    /// part of it, either.
    pub async fn search(&self, text: &str, sees_numbers: bool) -> Result<Vec<Hit>, StoreError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let mut hits = self.search_pages(text).await?;
        hits.extend(self.search_ids(text).await?);
        hits.extend(self.search_number(text).await?);
        let wanted = Name { text: text.to_lowercase(), sees_numbers };
        hits.extend(self.search_names(wanted).await?);
        Ok(hits)
    }

    /// The pages that a trace code may mean.
    async fn search_pages(&self, text: &str) -> Result<Vec<Hit>, StoreError> {
        let Ok(code) = text.parse::<TraceCode>() else { return Ok(Vec::new()) };
        let moments = code.candidates(self.context.now(), self.context.options.retention);
        let pages = self.context.store.read(move |tx| tx.list_pages_made_at(&moments)).await?;
        let mut hits = Vec::new();
        for page in pages.into_iter().take(CALLS) {
            let lines = self.calls_of(CallFilter { id: Some(page.to_string()), ..<_>::default() });
            let lines = lines.await?.into_iter();
            hits.extend(
                lines
                    .filter(|line| line.page.as_ref().is_some_and(|known| known.id == page))
                    .take(1)
                    .map(|line| call(code.to_string(), line)),
            );
        }
        Ok(hits)
    }

    /// The calls that an id means.
    async fn search_ids(&self, text: &str) -> Result<Vec<Hit>, StoreError> {
        let (in_force, wanted) = (self.context.in_force(), text.to_owned());
        let read =
            self.context.store.read(move |tx| calls_by_id(tx, &in_force.configuration, &wanted));
        let mut hits = Vec::new();
        for id in read.await?.into_iter().take(CALLS) {
            let lines = self.calls_of(CallFilter { id: Some(id.to_string()), ..<_>::default() });
            hits.extend(lines.await?.into_iter().map(|line| call(text.to_owned(), line)));
        }
        Ok(hits)
    }

    /// A caller by their number, and their newest calls.
    async fn search_number(&self, text: &str) -> Result<Vec<Hit>, StoreError> {
        let region = self.context.options.region;
        let caller = Party::read(text, None, region);
        let (Some(key), true) = (caller.key(), has_digits(text)) else { return Ok(Vec::new()) };
        let filter = CallFilter { number: Some(key.to_owned()), ..CallFilter::default() };
        let lines = self.calls_of(filter).await?;
        let known = self.contacts.find(key).await.ok();
        let name = known.and_then(|found| found.who.name().map(str::to_owned));
        if lines.is_empty() && name.is_none() {
            return Ok(Vec::new());
        }
        let display = caller.display(region);
        let number = key.to_owned();
        let mut hits = vec![Hit {
            label: name.clone().unwrap_or_else(|| display.clone()),
            detail: name.map(|_| display.clone()),
            leads_to: LeadsTo::Caller { number },
        }];
        hits.extend(lines.into_iter().map(|line| call(display.clone(), line)));
        Ok(hits)
    }

    /// Agents, queues, and whatever is configured under a name.
    async fn search_names(&self, wanted: Name) -> Result<Vec<Hit>, StoreError> {
        let in_force = self.context.in_force();
        let region = self.context.options.region;
        let found = self.context.store.read(move |tx| {
            let configuration = &in_force.configuration;
            let mut hits = Vec::new();
            let agents = everybody(tx, configuration, region)?.into_iter();
            let agents = agents.filter(|(agent, names)| {
                is_meant(&wanted.text, &agent.key, names) || names.iter().any(|it| wanted.is_in(it))
            });
            hits.extend(agents.take(MOST).map(|(agent, _)| of_agent(agent)));
            hits.extend(queues(tx, &wanted)?);
            hits.extend(configured(configuration, &wanted));
            Ok(hits)
        });
        found.await
    }

    async fn calls_of(&self, filter: CallFilter) -> Result<Vec<CallLine>, StoreError> {
        match self.calls(&filter, CALLS).await {
            Ok(page) => Ok(page.lines),
            Err(Error::Store(error)) => Err(error),
            Err(Error::NotANumber(_)) => Ok(Vec::new()),
        }
    }
}

fn has_digits(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() > 1
}

fn call(label: String, line: CallLine) -> Hit {
    let agent = line.agent.as_ref().map(|agent| agent.label().to_owned());
    let queue = line.queue.as_ref().and_then(|queue| queue.label().map(str::to_owned));
    let detail = [agent, queue].into_iter().flatten().collect::<Vec<_>>().join(" \u{b7} ");
    let detail = Some(detail).filter(|detail| !detail.is_empty());
    Hit { label, detail, leads_to: LeadsTo::Call { call: line.call, line: Box::new(line) } }
}

fn of_agent(agent: AgentLine) -> Hit {
    let label = agent.label().to_owned();
    let detail = agent.name.as_ref().map(|_| agent.id.clone());
    Hit { label, detail, leads_to: LeadsTo::Agent(agent) }
}

fn queues(tx: &mut Tx<'_>, wanted: &Name) -> Result<Vec<Hit>, StoreError> {
    let queues = tx.list_recent_queues()?.into_iter().filter_map(|[name, display, number]| {
        let queue = Queue { id: None, name, display, number };
        let named = [&queue.name, &queue.display, &queue.number];
        let meant = named.into_iter().flatten().any(|name| wanted.is_in(name));
        let label = queue.label()?.to_owned();
        let name = queue.name.clone().unwrap_or_else(|| label.clone());
        let detail = Some(&name).filter(|name| **name != label).cloned();
        meant.then_some(Hit { label, detail, leads_to: LeadsTo::Queue { name } })
    });
    Ok(queues.take(MOST).collect())
}

/// What somebody looks for among names, in lower case.
struct Name {
    text: String,
    sees_numbers: bool,
}

impl Name {
    /// A part of a name is enough, but not one letter; nor part of a number for whoever may not see it: they could
    /// find it out digit by digit.
    fn is_in(&self, name: &str) -> bool {
        let (name, wanted) = (name.to_lowercase(), self.text.as_str());
        let may_be_part = self.sees_numbers || !is_number(&name);
        name == wanted || wanted.chars().count() > 1 && may_be_part && name.contains(wanted)
    }
}

/// Whether a name may be a number that others call: it has more digits than an extension.
fn is_number(name: &str) -> bool {
    name.chars().filter(|c| c.is_numeric()).count() > 6
}

fn configured(configuration: &Configuration, wanted: &Name) -> Vec<Hit> {
    let rules =
        configuration.rule_names().map(|name| (name, LeadsTo::Rule { name: name.to_owned() }));
    let sources = configuration
        .sources()
        .map(|source| (source.name.as_str(), LeadsTo::Source { name: source.name.clone() }));
    let destinations = configuration.destinations().iter().map(|destination| {
        (destination.name.as_str(), LeadsTo::Destination { name: destination.name.clone() })
    });
    let lookups = configuration
        .lookups()
        .iter()
        .map(|lookup| (lookup.name.as_str(), LeadsTo::Lookup { name: lookup.name.clone() }));
    let all = rules.chain(sources).chain(destinations).chain(lookups);
    let meant = all.filter(|(name, _)| wanted.is_in(name)).take(MOST);
    meant.map(|(name, leads_to)| Hit { label: name.to_owned(), detail: None, leads_to }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_name_is_enough_and_a_part_of_a_number_is_not() {
        for (name, wanted, is_found) in [
            ("Économie", "éco", true),
            ("Économie", "é", false),
            ("1012", "10", true),
            ("+33199005512", "1990", false),
            ("0199 00 55 12", "0199", false),
            ("+33199005512", "+33199005512", true),
        ] {
            let text = wanted.to_lowercase();
            let viewers = Name { text: text.clone(), sees_numbers: false };
            assert_eq!(viewers.is_in(name), is_found, "{name} {wanted}");
            let whole = Name { text, sees_numbers: true };
            assert_eq!(whole.is_in(name), is_found || wanted.len() > 2, "{name} {wanted}");
        }
    }
}
