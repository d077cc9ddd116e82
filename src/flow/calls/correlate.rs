//! Which reports speak of one call? An id that both give says so for certain. Without one, a desktop's
//! ring and a phone system's event are one call only if they name the same caller within a minute, and
//! the same agent; where it cannot be told whether the agent is the same, the same queue. Two agents may
//! have calls from one switchboard at the same moment: two pages are better than a wrong one.

use std::time::Duration;

use crate::configuration::{Configuration, known_id};
use crate::domain::call::Call;
use crate::domain::ids::Id;
use crate::domain::phone::Region;
use crate::domain::ring::Queue;
use crate::flow::calls::state;
use crate::store::{Candidate, Error as StoreError, MOST_CANDIDATES, Tx};

/// How far apart a desktop's ring and a phone system's event may be and still be one call, where no
/// id says so.
pub(crate) const WINDOW: Duration = Duration::from_mins(1);

/// What a report says of its call beside the caller.
pub(crate) struct Report<'a> {
    pub(crate) configuration: &'a Configuration,
    /// The system that reports, under each name that agents may be configured by.
    pub(crate) sources: [&'a str; 2],
    /// The agent's name in the call, if it names an agent.
    pub(crate) who: Option<&'a str>,
    /// The line that the agent sits at.
    pub(crate) line: Option<&'a str>,
    pub(crate) queue: Option<&'a Queue>,
}

impl Report<'_> {
    /// The one of these calls that the report means. If several could be meant, or there are more than
    /// are looked at, none is.
    pub(crate) fn choose(
        &self,
        tx: &mut Tx<'_>,
        candidates: Vec<Candidate>,
        region: Region,
    ) -> Result<Option<Id>, StoreError> {
        let mut found = None;
        if candidates.len() >= MOST_CANDIDATES {
            return Ok(None);
        }
        for candidate in candidates {
            // What cannot be read, as of a newer version that was taken back, is nobody's.
            let call = match state::load(tx, &candidate.held, region) {
                Err(StoreError::Unreadable(_)) => continue,
                call => call?,
            };
            if self.means(&call, &candidate.held.source, &candidate.queue) {
                if found.is_some() {
                    return Ok(None);
                }
                found = Some(candidate.held.id);
            }
        }
        Ok(found)
    }

    /// Whether it may be this call that it speaks of.
    fn means(&self, call: &Call, source: &str, queue: &Queue) -> bool {
        let same_queue = || self.queue.is_some_and(|own| share_a_name(own, queue));
        self.has_agent_of(call, source).unwrap_or_else(same_queue)
    }

    /// Whether its agent has a part in this call; nothing where that cannot be told.
    fn has_agent_of(&self, call: &Call, source: &str) -> Option<bool> {
        let who = self.who?;
        let same = call.everybody().map(|other| {
            let line = call.agent(other).and_then(|agent| agent.line);
            self.is_same(who, (other, line.as_deref(), source))
        });
        let same: Vec<Option<bool>> = same.collect();
        if same.contains(&Some(true)) {
            return Some(true);
        }
        let told = !same.is_empty() && !same.contains(&None);
        told.then_some(false)
    }

    /// Whether its agent is this one, of whom another system told.
    fn is_same(&self, who: &str, other: (&str, Option<&str>, &str)) -> Option<bool> {
        let (other, line, source) = other;
        let same_line = self.line.zip(line).map(|(own, other)| own == other);
        match (known_id(who), known_id(other)) {
            (Some(_), Some(_)) => Some(who == other),
            (Some(_), None) if self.knows(who, &[source]) => Some(false),
            (None, Some(_)) if self.knows(other, &self.sources) => Some(false),
            // Only one of them is configured: a line that differs may be of another numbering.
            (Some(_), None) | (None, Some(_)) => same_line.filter(|same| *same),
            (None, None) if who == other => Some(true),
            (None, None) => same_line,
        }
    }

    /// Whether a configured agent would have been recognised, had one of these systems meant them.
    fn knows(&self, key: &str, sources: &[&str]) -> bool {
        sources.iter().any(|source| self.configuration.names_agent(key, source))
    }
}

/// Whether two systems may mean one queue: one tells its name, another what people call it, or its
/// number.
fn share_a_name(one: &Queue, other: &Queue) -> bool {
    let names = |queue: &Queue| {
        let names = [&queue.name, &queue.display, &queue.number].into_iter().flatten();
        names.map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty()).collect()
    };
    let (one, other): (Vec<String>, Vec<String>) = (names(one), names(other));
    one.iter().any(|name| other.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::{Secrets, Surroundings};
    use crate::domain::event::{CallEvent, CallEventKind};
    use crate::domain::ring::Agent;
    use crate::domain::time::Timestamp;

    const AGENTS: &str = r#"
        [[agent]]
        id = "priya"
        at = { xivo = "87", sheet = "310" }
        [[agent]]
        id = "marcus"
        at = { xivo = "88", sheet = "311" }
        [[agent]]
        id = "ilse"
        at = { sheet = "312" }
    "#;

    fn configuration() -> Configuration {
        let region = Region::parse("FR").unwrap();
        let secrets = Secrets::new(|_| None);
        let around = Surroundings { region, pages: vec!["default".to_owned()], secrets };
        Configuration::read(AGENTS, &around).unwrap()
    }

    fn queue(name: &str) -> Queue {
        Queue { name: Some(name.to_owned()), ..Queue::default() }
    }

    /// A call that XiVO's desktop told of, at this agent with this line.
    fn call(who: Option<(&str, &str)>) -> Call {
        let agent = who.map(|(_, line)| Agent { line: Some(line.to_owned()), ..Agent::default() });
        let event =
            CallEvent { agent, ..CallEvent::new(CallEventKind::Ringing, "r", Timestamp(1)) };
        let mut call = Call::default();
        call.apply(&event, who.map(|(who, _)| who));
        call
    }

    #[test]
    fn a_number_alone_never_makes_one_call_of_two_reports() {
        let configuration = configuration();
        let priya = Some(("agent:priya", "1087"));
        let stranger = Some(("line:1089", "1089"));
        // (who and line told by "sheet", its queue), (who and line at the desktop, its queue)
        for ((who, queue_told), (other, other_queue), one_call) in [
            ((Some(("agent:priya", "310")), ""), (priya, "trucks"), true),
            ((Some(("agent:priya", "310")), "buses"), (priya, "trucks"), true),
            ((Some(("agent:marcus", "311")), "trucks"), (priya, "trucks"), false),
            ((Some(("agent:marcus", "1087")), "trucks"), (priya, "trucks"), false),
            ((None, "trucks"), (priya, "trucks"), true),
            ((None, "Trucks "), (priya, "trucks"), true),
            ((None, "buses"), (priya, "trucks"), false),
            ((None, ""), (priya, "trucks"), false),
            ((None, ""), (priya, ""), false),
            ((None, "trucks"), (None, "trucks"), true),
            ((Some(("agent:priya", "310")), "trucks"), (None, "trucks"), true),
            ((Some(("agent:priya", "310")), "trucks"), (None, ""), false),
            // Somebody whom nobody configured: by their line, else by the queue.
            ((Some(("line:1089", "1089")), ""), (stranger, "trucks"), true),
            ((Some(("line:1090", "1090")), "trucks"), (stranger, "trucks"), false),
            ((Some(("agent:ilse", "1089")), ""), (stranger, ""), true),
            ((Some(("agent:ilse", "312")), "trucks"), (stranger, "trucks"), true),
            ((Some(("agent:ilse", "312")), "buses"), (stranger, "trucks"), false),
            // Priya would have been recognised at the desktop, or by her extension: it is not she.
            ((Some(("agent:priya", "1089")), "trucks"), (stranger, "trucks"), false),
            ((Some(("line:399", "399")), "trucks"), (priya, "trucks"), false),
        ] {
            let own = Some(queue(queue_told)).filter(|_| !queue_told.is_empty());
            let report = Report {
                configuration: &configuration,
                sources: ["sheet", "sheet"],
                who: who.map(|(who, _)| who),
                line: who.map(|(_, line)| line),
                queue: own.as_ref(),
            };
            let means = report.means(&call(other), "xivo", &queue(other_queue));
            assert_eq!(means, one_call, "{who:?} {queue_told} and {other:?} {other_queue}");
        }
    }

    #[test]
    fn a_queue_is_told_by_its_name_by_what_people_call_it_or_by_its_number() {
        let desk = Queue {
            id: Some("2".to_owned()),
            name: Some("support_fr".to_owned()),
            display: Some("Support France".to_owned()),
            number: Some("3010".to_owned()),
        };
        for (name, same) in
            [("support_fr", true), ("SUPPORT FRANCE", true), ("3010", true), ("2", false)]
        {
            assert_eq!(share_a_name(&queue(name), &desk), same, "{name}");
        }
        assert!(!share_a_name(&Queue::default(), &Queue::default()), "nothing is not a queue");
    }
}
