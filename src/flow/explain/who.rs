//! Whose ring it is, and who is meant by what somebody calls an agent. An id of one kind is not one of
//! another: user 12 and agent 12 are two people, and whoever asks about "12" is told so.

use super::heard::Heard;
use super::{AgentLabel, Explanations};
use crate::configuration::{BUILT_IN, Configuration, KnownAgent, known_id, named_in};
use crate::domain::ring::{Agent, Ring};
use crate::store::{AgentSought, HeardRow};
use crate::view::sentence::{Sentence, Value};

/// What kind of name a text is of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The key that rows have.
    Key,
    /// An id in the configuration, or whatever it says that leads there.
    Id,
    User,
    Agent,
    Line,
    Mail,
    Name,
}

/// Whom somebody asks about.
#[derive(Debug, Clone)]
pub(super) struct Sought {
    pub(super) text: String,
    /// What they are called until a ring says more.
    pub(super) label: AgentLabel,
    /// How the store looks for them.
    pub(super) stored: AgentSought,
}

impl Sought {
    /// As which kinds of name the text means the agent of an event; none if it does not.
    pub(super) fn means(&self, row: &HeardRow, ring: &Ring) -> Vec<Kind> {
        let text = self.text.to_lowercase();
        let is = |told: &str| told.to_lowercase() == text;
        let key = row.agent.as_deref();
        if key.is_some_and(is) {
            return vec![Kind::Key];
        }
        let Agent { user_id, agent_id, name, line, email, .. } = &ring.agent;
        // Of a phone system's call the user's id is the configured one.
        let user_id = user_id.as_ref().filter(|_| row.source.is_none());
        let configured = key.and_then(known_id).is_some_and(is)
            || key.is_some() && key == self.stored.key.as_deref();
        let told = [
            (Kind::User, user_id),
            (Kind::Agent, agent_id.as_ref()),
            (Kind::Line, line.as_ref()),
            (Kind::Line, row.line.as_ref()),
            (Kind::Mail, email.as_ref()),
            (Kind::Name, name.as_ref()),
            (Kind::Name, row.agent_name.as_ref()),
        ];
        let told = told.into_iter().filter(|(_, told)| told.is_some_and(|told| is(told)));
        let by_key = key.and_then(kind_of).filter(|_| key.map(named_in).is_some_and(is));
        let kinds = told.map(|(kind, _)| kind).chain(by_key);
        kinds.chain(configured.then_some(Kind::Id)).collect()
    }
}

/// What kind of name stands in a key that is not of a configured agent.
pub(super) fn kind_of(key: &str) -> Option<Kind> {
    let (before, _) = key.rsplit_once(':')?;
    Some(match before.rsplit(':').next()? {
        "user" => Kind::User,
        "agent" if before != "agent" => Kind::Agent,
        "line" => Kind::Line,
        "mail" => Kind::Mail,
        _ => return None,
    })
}

/// A name, and the key that means nobody else.
pub(super) fn named(agent: &AgentLabel) -> String {
    match (&agent.name, &agent.key) {
        (Some(name), Some(key)) => format!("{name} ({key})"),
        (Some(name), None) => name.clone(),
        (None, Some(key)) => key.clone(),
        (None, None) => agent.id.clone(),
    }
}

/// That a text means several agents.
pub(super) fn several(text: &str, agents: &[AgentLabel]) -> Sentence {
    means("explain-several", text, agents)
}

/// That a text means others, too.
pub(super) fn also(text: &str, agents: &[AgentLabel]) -> Sentence {
    means("explain-several-also", text, agents)
}

fn means(key: &'static str, text: &str, agents: &[AgentLabel]) -> Sentence {
    let agents = agents.iter().map(|agent| Value::Text(named(agent))).collect();
    let text = Value::Text(text.to_owned());
    Sentence::new(key, [("text", text), ("agents", Value::List(agents))])
}

impl Explanations {
    /// Who is meant by a text, as far as the configuration knows.
    pub(super) fn sought(&self, text: &str) -> Sought {
        let in_force = self.context.in_force();
        let known = known_agent(&in_force.configuration, text);
        let key = known
            .map_or_else(|| text.contains(':').then(|| text.to_owned()), |known| Some(known.key()));
        let name = known.map(|known| known.name.clone());
        let id = known.map_or_else(|| named_in(text).to_owned(), |known| known.id.clone());
        let stored = AgentSought::new(key.clone(), text);
        Sought { text: text.to_owned(), label: AgentLabel { key, name, id }, stored }
    }
}

/// The configured agents who share a name, if it is that of several and nobody's id.
pub(super) fn namesakes(configuration: &Configuration, text: &str) -> Option<Vec<AgentLabel>> {
    let is = |told: &str| told.to_lowercase() == text.to_lowercase();
    let all = configuration.agents().iter();
    if all.clone().any(|known| is(&known.id) || known.key() == text) {
        return None;
    }
    let named = all.filter(|known| is(&known.name));
    let named: Vec<_> = named.map(|known| of_key(&known.key(), configuration)).collect();
    (named.len() > 1).then_some(named)
}

/// An agent of whom only the key is known, by their configured name if they have one.
pub(super) fn of_key(key: &str, configuration: &Configuration) -> AgentLabel {
    let name = configuration.agent_of_key(key).map(|known| known.name.clone());
    AgentLabel { key: Some(key.to_owned()), name, id: named_in(key).to_owned() }
}

/// Who is meant where nobody is.
pub(super) fn nobody() -> AgentLabel {
    AgentLabel { key: None, name: None, id: String::new() }
}

/// Each of them once.
pub(super) fn labels(rings: &[Heard]) -> Vec<AgentLabel> {
    let mut labels: Vec<AgentLabel> = Vec::new();
    for ring in rings {
        if !labels.contains(&ring.agent) {
            labels.push(ring.agent.clone());
        }
    }
    labels
}

/// The configured agent whom a text means: by id, name, or what a source calls them.
fn known_agent<'a>(configuration: &'a Configuration, text: &str) -> Option<&'a KnownAgent> {
    let is =
        |told: &str| told.eq_ignore_ascii_case(text) || told.to_lowercase() == text.to_lowercase();
    let by_id = configuration.agents().iter().find(|known| is(&known.id) || known.key() == text);
    let by_name = || configuration.agents().iter().find(|known| is(&known.name));
    let at_a_source = || {
        let told = Agent { line: Some(text.to_owned()), ..Agent::default() };
        let configured = configuration.sources().map(|source| source.name.as_str());
        let mut sources = BUILT_IN.into_iter().chain(configured);
        sources.find_map(|source| configuration.agent(source, &told))
    };
    by_id.or_else(by_name).or_else(at_a_source)
}
