//! Who is who: one person, and the extensions, e-mails and ids that each system knows them by.

use std::collections::HashMap;

use super::compiler::Compiler;
use super::document::{FIRST_LINK, Position, WrittenAgent};
use super::value::join;
use crate::domain::ring::Agent;

/// A person who answers calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAgent {
    /// What they are called in links, rules and the store.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Which of their personal links is good: raising it ends the one before.
    pub link: i64,
}

impl KnownAgent {
    /// The one text they are known by, whichever system tells of them.
    pub fn key(&self) -> String {
        Self::key_of(&self.id)
    }

    /// The same, of whoever has this id.
    pub fn key_of(id: &str) -> String {
        format!("{KNOWN}{id}")
    }
}

/// What the keys of configured agents begin with: no source is called `agent`.
const KNOWN: &str = "agent:";

/// The id of a configured agent, by their key.
pub fn known_id(key: &str) -> Option<&str> {
    key.strip_prefix(KNOWN)
}

/// What a key says of an agent by itself: a configured id, or what a source calls them.
pub fn named_in(key: &str) -> &str {
    known_id(key).unwrap_or_else(|| key.splitn(3, ':').last().unwrap_or(key))
}

/// The key of somebody's part in a call: their own if they are configured, else the line they sit at,
/// because that is what a desktop and a phone system both tell.
pub fn part_key(key: Option<&str>, line: Option<&str>) -> Option<String> {
    match (key, line) {
        (Some(key), _) if key.starts_with(KNOWN) => Some(key.to_owned()),
        (_, Some(line)) => Some(format!("line:{line}")),
        (key, None) => key.map(|key| line_in(key).unwrap_or(key).to_owned()),
    }
}

/// The line in the key of somebody whom a source knows by nothing else, as parts in calls have it.
fn line_in(key: &str) -> Option<&str> {
    let (_, named) = key.split_once(':')?;
    named.starts_with("line:").then_some(named)
}

/// The configured agents.
#[derive(Debug, Default)]
pub(super) struct Agents {
    known: Vec<KnownAgent>,
    /// What each source calls them, in lower case.
    by_name: HashMap<(String, String), usize>,
    by_id: HashMap<String, usize>,
}

impl Agents {
    /// Adds one; answers the names that belong to somebody else already.
    pub(super) fn add(
        &mut self,
        agent: KnownAgent,
        names: impl IntoIterator<Item = (String, String)>,
    ) -> Vec<(String, String)> {
        let at = self.known.len();
        self.by_id.insert(agent.id.clone(), at);
        self.known.push(agent);
        let mut taken = Vec::new();
        for (source, name) in names {
            let other = self.by_name.insert((source.clone(), name.to_lowercase()), at);
            if other.is_some_and(|other| other != at) {
                taken.push((source, name));
            }
        }
        taken
    }

    /// Who this is whom a system tells of.
    pub(super) fn find(&self, source: &str, told: &Agent) -> Option<&KnownAgent> {
        if self.known.is_empty() {
            return None;
        }
        let names = [&told.user_id, &told.agent_id, &told.line, &told.email];
        let at = names
            .into_iter()
            .flatten()
            .find_map(|name| self.by_name.get(&(source.to_owned(), name.to_lowercase())))?;
        self.known.get(*at)
    }

    /// The agent of a key, if it is one of ours.
    pub(super) fn of_key(&self, key: &str) -> Option<&KnownAgent> {
        self.known.get(*self.by_id.get(known_id(key)?)?)
    }

    /// Whether this source has a name for the agent of a key.
    pub(super) fn are_named_at(&self, key: &str, source: &str) -> bool {
        let at = known_id(key).and_then(|id| self.by_id.get(id));
        let mut names = self.by_name.iter();
        at.is_some_and(|at| names.any(|((known, _), agent)| known == source && agent == at))
    }

    pub(super) fn all(&self) -> &[KnownAgent] {
        &self.known
    }
}

impl Compiler<'_> {
    /// `sources` are the names that agents may be known at.
    pub(super) fn agents(&mut self, written: &[WrittenAgent], sources: &[&str]) -> Agents {
        let mut agents = Agents::default();
        let read = written.iter().filter_map(|agent| Some((&agent.position, self.agent(agent)?)));
        let (read, mut seen): (Vec<_>, HashMap<String, usize>) = (read.collect(), HashMap::new());
        for (Position { at, path }, (agent, names)) in read {
            let (at, place) = (*at, join(path, "at"));
            for (source, _) in
                names.iter().filter(|(source, _)| !sources.contains(&source.as_str()))
            {
                let message =
                    format!("\"{source}\" is not a source; known: {}", sources.join(", "));
                self.complain(at, &place, message);
            }
            let first = *seen.entry(agent.id.clone()).or_insert(at);
            if first != at {
                let message = format!("\"{}\" is the id of another agent", agent.id);
                self.reader.complain_of_both(at, first, &join(path, "id"), message);
            }
            for (source, name) in agents.add(agent, names) {
                let message = format!("\"{name}\" at {source} already belongs to another agent");
                self.complain(at, &place, message);
            }
        }
        agents
    }

    /// Who it is, and what each source calls them.
    fn agent(&mut self, written: &WrittenAgent) -> Option<(KnownAgent, Vec<(String, String)>)> {
        let Position { at, path } = &written.position;
        if !written.id.is_written() {
            self.complain(*at, path, "has no id; their personal link and rules use it");
        }
        let mut names = Vec::new();
        for (source, node) in written.at.get().into_iter().flatten() {
            let source = source.get_ref();
            let told = self.texts(node, &join(&join(path, "at"), source));
            names.extend(told.into_iter().map(|name| (source.clone(), name)));
        }
        let link = written.link.get().and_then(|node| node.get_ref().plain());
        let link = link.map_or(Some(FIRST_LINK), |link| link.parse().ok());
        if link.is_none() {
            self.complain(*at, &join(path, "link"), "must be a whole number");
        }
        let id = written.id.get()?.clone();
        let name = written.name.get().unwrap_or(&id).clone();
        Some((KnownAgent { id, name, link: link? }, names))
    }
}
