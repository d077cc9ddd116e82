//! Agents by whatever people call them: an id, a name, a line, an e-mail address.

use crate::configuration::{Configuration, named_in};
use crate::domain::call::Call;
use crate::domain::ids::Id;
use crate::domain::phone::Region;
use crate::flow::calls::state::KeptRing;
use crate::flow::lists::Lists;
use crate::store::{Error as StoreError, RungAgent, Tx};

/// An agent as lists show them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentLine {
    /// The one text by which the store knows them.
    pub key: String,
    /// What people call them: their id if they are configured, else the line or id that was told.
    pub id: String,
    pub name: Option<String>,
    pub line: Option<String>,
    /// Their newest ring; none of a configured agent whose telephone never rang.
    pub newest: Option<Id>,
}

impl AgentLine {
    /// Their name, else what else they are known by.
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }
}

/// Agents that are looked through: more than any call centre has.
const MOST: i64 = 10_000;

/// Everybody who is configured, or whose telephone has rung.
pub(super) fn everybody(
    tx: &mut Tx<'_>,
    configuration: &Configuration,
    region: Region,
) -> Result<Vec<(AgentLine, Vec<String>)>, StoreError> {
    let rung = tx.list_rung_agents(MOST)?;
    let mut all: Vec<_> =
        rung.into_iter().map(|agent| of_ring(agent, configuration, region)).collect();
    for agent in configuration.agents() {
        let key = agent.key();
        if !all.iter().any(|(known, _)| known.key == key) {
            let names = vec![agent.id.clone(), agent.name.clone()];
            let (id, name) = (agent.id.clone(), Some(agent.name.clone()));
            all.push((AgentLine { key, id, name, line: None, newest: None }, names));
        }
    }
    Ok(all)
}

/// An agent whose telephone has rung, and all that they are called.
fn of_ring(
    rung: RungAgent,
    configuration: &Configuration,
    region: Region,
) -> (AgentLine, Vec<String>) {
    let call = Call::restore(rung.state.as_deref());
    let kept = KeptRing {
        source: rung.reported_by.as_deref(),
        call_source: &rung.source,
        call: call.as_ref(),
        body: rung.body.as_deref(),
        agent: Some(&rung.key),
        line: rung.line.as_deref(),
    };
    let told = kept.reread(region).agent;
    let known = configuration.agent_of_key(&rung.key);
    let tail = named_in(&rung.key).to_owned();
    let id = known.map(|agent| agent.id.clone());
    let id = id.or_else(|| told.agent_id.clone()).or_else(|| told.line.clone());
    let name = known.map(|agent| agent.name.clone()).or_else(|| told.name.clone());
    let names = [Some(tail.clone()), id.clone(), name.clone()];
    let names =
        names.into_iter().chain([told.user_id, told.agent_id, told.line.clone(), told.email]);
    let names = names.flatten().collect();
    let id = id.unwrap_or(tail);
    let newest = Some(rung.event);
    (AgentLine { key: rung.key, id, name, line: told.line, newest }, names)
}

/// Whether somebody means this one: whatever they are called, whole.
pub(super) fn is_meant(wanted: &str, key: &str, names: &[String]) -> bool {
    let wanted = wanted.trim().to_lowercase();
    let mut called = names.iter().map(String::as_str).chain([key]);
    !wanted.is_empty() && called.any(|name| name.to_lowercase() == wanted)
}

impl Lists {
    /// The agents that somebody means, the one whose telephone rang last first. The id of a ring means
    /// whoever it rang.
    pub async fn agents(&self, wanted: &str) -> Result<Vec<AgentLine>, StoreError> {
        let (in_force, region) = (self.context.in_force(), self.context.options.region);
        let wanted = wanted.to_owned();
        let found = self.context.store.read(move |tx| {
            let all = everybody(tx, &in_force.configuration, region)?;
            let ring = match Id::parse(&wanted) {
                Some(id) => tx.find_heard(id)?,
                None => None,
            };
            let wanted = ring.and_then(|ring| ring.agent).unwrap_or_else(|| wanted.clone());
            let meant =
                all.into_iter().filter(|(agent, names)| is_meant(&wanted, &agent.key, names));
            Ok(meant.map(|(agent, _)| agent).collect::<Vec<_>>())
        });
        found.await
    }
}
