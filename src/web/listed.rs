//! What lists of calls, the search and the counts answer: as JSON for programs and commands, as CSV for
//! spreadsheets. What is asked for stands in the address, for the API and the console in the same words.

#![expect(
    single_use_lifetimes,
    reason = "what describes a type to the API's document names its lifetime once"
)]

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::moment;
use super::schema;
use super::sight::Sight;
use crate::crm::spreadsheet;
use crate::domain::call::CallPhase;
use crate::domain::ids::Id;
use crate::domain::phone::Region;
use crate::domain::ring;
use crate::domain::time::{NamedTime, Timestamp, Zone};
use crate::domain::word::Word as _;
use crate::flow::lists;

/// Which calls, as an address or a command says it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CallQuery {
    /// Only this agent's, by id, name or line.
    pub agent: Option<String>,
    /// Around this time, such as `10:42` or `2026-11-21 10:42`, by the clock of `CALLPANE_ZONE`.
    pub at: Option<String>,
    /// With `at`: how many minutes on either side, 5 unless given.
    pub within: Option<String>,
    /// Not before this time.
    pub from: Option<String>,
    /// Not after this time.
    pub to: Option<String>,
    /// Only those of this number, in any format.
    pub number: Option<String>,
    /// Only those that came through this queue.
    pub queue: Option<String>,
    /// Only those of this phone system; `xivo` and `sheet` for the rings of desktops.
    pub source: Option<String>,
    /// `yes` or `no`: whether their page was opened.
    pub opened: Option<String>,
    /// Only those that this rule decided.
    pub rule: Option<String>,
    /// Only those with this outcome.
    pub outcome: Option<String>,
    /// Only this call, by its `uuid` or the phone system's id of it.
    pub id: Option<String>,
    /// Only what is older: the `next` of the previous page.
    #[param(value_type = Option<schema::Id>)]
    pub before: Option<String>,
    /// How many at most.
    // How many is another thing in a list than in a spreadsheet: each describes that itself.
    #[param(ignore)]
    pub limit: Option<String>,
}

/// Minutes on either side of a moment, unless somebody says how many.
const WITHIN: u64 = 5;

impl CallQuery {
    /// What that means by the clock of a zone; complains of what cannot be read. A form that was not filled
    /// in asks for nothing.
    pub fn read(&self, zone: &Zone, now: Timestamp) -> Result<lists::CallFilter, String> {
        let text = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let time = |name: &str, given: &Option<String>| {
            let Some(given) = text(given) else { return Ok(None) };
            let read = NamedTime::read(&given, zone, now);
            let wrong =
                || format!("{name}: \"{given}\" is not a time; write 10:42 or 2026-11-21 10:42");
            read.map(Some).ok_or_else(wrong)
        };
        let about = time("at", &self.at)?.map(|at| Ok::<_, String>(at.within(self.leeway()?)));
        let about = about.transpose()?;
        let from = time("from", &self.from)?.map(|at| at.from);
        let to = time("to", &self.to)?.map(|at| at.until);
        let before = text(&self.before)
            .map(|id| Id::parse(&id).ok_or_else(|| format!("before: \"{id}\" is not an id")));
        Ok(lists::CallFilter {
            agent: text(&self.agent),
            from: about.map(|about| about.from).max(from),
            until: [about.map(|about| about.until), to].into_iter().flatten().min(),
            number: text(&self.number),
            queue: text(&self.queue),
            source: text(&self.source),
            opened: self.opened()?,
            rule: text(&self.rule),
            outcome: text(&self.outcome),
            id: text(&self.id),
            before: before.transpose()?,
        })
    }

    fn leeway(&self) -> Result<Duration, String> {
        let given = self.within.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let minutes = given.map_or(Ok(WITHIN), str::parse::<u64>);
        let minutes = minutes.ok().filter(|minutes| *minutes <= 24 * 60);
        let minutes = minutes.ok_or("within: write a number of minutes, at most 1440")?;
        Ok(Duration::from_secs(60 * minutes))
    }

    fn opened(&self) -> Result<Option<bool>, String> {
        match self.opened.as_deref().map(str::trim) {
            None | Some("") => Ok(None),
            Some("yes" | "true") => Ok(Some(true)),
            Some("no" | "false") => Ok(Some(false)),
            Some(other) => Err(format!("opened: \"{other}\" is neither yes nor no")),
        }
    }

    /// How many lines, at most `most`.
    pub fn limit(&self, usual: usize, most: usize) -> Result<usize, String> {
        let given = self.limit.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let limit = given.map_or(Ok(usual), str::parse::<usize>);
        let limit = limit.map_err(|_odd| "limit: write a whole number".to_owned())?;
        if (1..=most).contains(&limit) {
            Ok(limit)
        } else {
            Err(format!("limit: {limit} is not from 1 to {most}"))
        }
    }
}

/// A page of calls.
#[derive(Debug, Serialize, ToSchema)]
pub struct Calls<'a> {
    pub calls: Vec<Call<'a>>,
    /// Where the next page begins: send it as `before`.
    #[schema(value_type = Option<schema::Id>)]
    pub next: Option<String>,
    /// How far back the search went, if not through everything: `next` continues it.
    #[schema(format = DateTime)]
    pub looked_back_to: Option<String>,
}

impl<'a> Calls<'a> {
    pub fn of(page: &'a lists::CallPage, region: Region) -> Self {
        Self {
            calls: page.lines.iter().map(|line| Call::of(line, region)).collect(),
            next: page.next.map(|id| id.to_string()),
            looked_back_to: moment(page.looked_back_to),
        }
    }
}

/// An agent that a call rang for, or a call that rang for nobody.
#[derive(Debug, Serialize, ToSchema)]
pub struct Call<'a> {
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// When it rang, or the call began.
    #[schema(format = DateTime)]
    pub at: String,
    /// Callpane's id of the call.
    #[schema(value_type = schema::Id)]
    pub uuid: String,
    /// The id that the call has where it was reported first.
    pub call: Option<&'a str>,
    /// Where it was reported first; `xivo` or `sheet` for a desktop's ring.
    pub source: &'a str,
    /// `inbound`, `outbound` or `internal`.
    pub direction: &'a str,
    /// Who is calling.
    pub caller: Caller<'a>,
    /// The agent that it rang for.
    pub agent: Option<Agent<'a>>,
    /// The queue that it came through.
    pub queue: Option<Queue<'a>>,
    /// The rule that decided.
    pub rule: Option<&'a str>,
    /// How its page is opened: `open`, `popup`, `run` or `none`.
    pub action: Option<&'a str>,
    /// When: `ringing`, `answered` or `ended`.
    pub moment: Option<&'a str>,
    /// Why its page was not opened.
    pub reason: Option<&'a str>,
    /// The page of this ring.
    pub page: Option<Page<'a>>,
    /// What it is doing at this agent, or did.
    pub phase: &'static str,
    /// How it ended at this agent.
    pub ending: Option<&'static str>,
    /// How long it rang.
    pub ring_seconds: Option<u64>,
    /// How long they talked.
    pub talk_seconds: Option<u64>,
    /// Whether a phone system reports it.
    pub reported: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CallCaller)]
pub struct Caller<'a> {
    /// What they call from.
    #[schema(value_type = schema::CallerKind)]
    pub kind: &'static str,
    /// As an agent reads and dials it.
    pub display: String,
    /// The number in its international form.
    pub e164: Option<&'a str>,
    /// What the phone system calls them.
    pub name: Option<&'a str>,
    /// What contacts call them.
    pub contact: Option<&'a str>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CallAgent)]
pub struct Agent<'a> {
    pub id: &'a str,
    pub name: Option<&'a str>,
    pub line: Option<&'a str>,
    /// The key by which Callpane identifies them.
    pub key: &'a str,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CallQueue)]
pub struct Queue<'a> {
    pub name: Option<&'a str>,
    pub display: Option<&'a str>,
    pub number: Option<&'a str>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CallPage)]
pub struct Page<'a> {
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// The trace code that the page shows.
    pub trace: String,
    /// Whether Callpane hosts it, rather than another site.
    pub hosted: bool,
    /// When it was first opened; not known for pages on other sites.
    #[schema(format = DateTime)]
    pub opened: Option<String>,
    /// When its agent finished it.
    #[schema(format = DateTime)]
    pub completed: Option<String>,
    /// The outcome that they chose.
    pub disposition: Option<&'a str>,
    /// Whether its agent is paused while it is open.
    pub pauses: bool,
}

impl<'a> Call<'a> {
    pub fn of(line: &'a lists::CallLine, region: Region) -> Self {
        Self {
            id: line.id.to_string(),
            at: line.at().to_string(),
            uuid: line.call.to_string(),
            call: line.external_id.as_deref(),
            source: &line.source,
            direction: &line.direction,
            caller: Caller {
                kind: line.caller.kind(),
                display: line.caller.display(region),
                e164: line.caller.e164(),
                name: line.caller.name.as_deref(),
                contact: line.contact.as_deref(),
            },
            agent: line.agent.as_ref().map(Agent::from),
            queue: line.queue.as_ref().map(Queue::from),
            rule: line.rule.as_deref(),
            action: line.action.as_deref(),
            moment: line.moment.as_deref(),
            reason: line.reason.as_deref(),
            page: line.page.as_ref().map(Page::from),
            phase: phase(line),
            ending: line.ending(),
            ring_seconds: line.part.rang.map(|span| span.as_secs()),
            talk_seconds: line.talked().map(|span| span.as_secs()),
            reported: line.reported,
        }
    }
}

/// What a call is doing at an agent.
pub(super) fn phase(line: &lists::CallLine) -> &'static str {
    // Of a ring without another word it is not known whether it still rings.
    let phase = line.part.phase;
    if !line.reported && phase == CallPhase::Started { "rang" } else { phase.word() }
}

impl<'a> From<&'a lists::AgentLine> for Agent<'a> {
    fn from(agent: &'a lists::AgentLine) -> Self {
        let (name, line) = (agent.name.as_deref(), agent.line.as_deref());
        Self { id: &agent.id, name, line, key: &agent.key }
    }
}

impl<'a> From<&'a ring::Queue> for Queue<'a> {
    fn from(queue: &'a ring::Queue) -> Self {
        Self {
            name: queue.name.as_deref(),
            display: queue.display.as_deref(),
            number: queue.number.as_deref(),
        }
    }
}

impl<'a> From<&'a lists::PageLine> for Page<'a> {
    fn from(page: &'a lists::PageLine) -> Self {
        Self {
            id: page.id.to_string(),
            trace: page.trace.to_string(),
            hosted: page.hosted,
            opened: moment(page.opened),
            completed: moment(page.completed),
            disposition: page.disposition.as_deref(),
            pauses: page.pauses,
        }
    }
}

/// The columns of a spreadsheet of calls.
const COLUMNS: [&str; 22] = [
    "at",
    "direction",
    "caller",
    "caller_name",
    "contact",
    "agent",
    "agent_name",
    "line",
    "queue",
    "rule",
    "action",
    "reason",
    "page_opened",
    "phase",
    "ending",
    "ring_seconds",
    "talk_seconds",
    "disposition",
    "trace",
    "source",
    "call",
    "uuid",
];

/// How a spreadsheet of calls begins.
pub(super) fn csv_head() -> String {
    format!("{}{}", spreadsheet::BOM, spreadsheet::line(COLUMNS))
}

/// A line of it; times are those of a zone, as spreadsheets read them.
pub(in crate::web) fn csv_line(
    line: &lists::CallLine,
    zone: &Zone,
    region: Region,
    sight: Sight,
) -> String {
    let call = Call::of(line, region);
    let time = |at: Timestamp| {
        let local = zone.shows(at);
        format!("{} {}", local.date(), local.second())
    };
    let seconds = |seconds: Option<u64>| seconds.map(|s| s.to_string()).unwrap_or_default();
    let opened = line.page.as_ref().and_then(|page| page.opened).map(time).unwrap_or_default();
    let agent = call.agent.as_ref();
    let cells: [&str; COLUMNS.len()] = [
        &time(line.at()),
        call.direction,
        call.caller.e164.unwrap_or(&call.caller.display),
        call.caller.name.unwrap_or_default(),
        call.caller.contact.unwrap_or_default(),
        agent.map_or("", |agent| agent.id),
        agent.and_then(|agent| agent.name).unwrap_or_default(),
        agent.and_then(|agent| agent.line).unwrap_or_default(),
        line.queue.as_ref().and_then(|queue| queue.label()).unwrap_or_default(),
        call.rule.unwrap_or_default(),
        call.action.unwrap_or_default(),
        call.reason.unwrap_or_default(),
        &opened,
        call.phase,
        call.ending.unwrap_or_default(),
        &seconds(call.ring_seconds),
        &seconds(call.talk_seconds),
        call.page.as_ref().and_then(|page| page.disposition).unwrap_or_default(),
        call.page.as_ref().map_or("", |page| &page.trace),
        call.source,
        call.call.unwrap_or_default(),
        &call.uuid,
    ];
    let cells = cells.map(|cell| sight.cell(cell));
    spreadsheet::line(cells.each_ref().map(|cell| &**cell))
}

/// What a search has found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Hit<'a> {
    /// What it is.
    #[schema(value_type = schema::Found)]
    pub kind: &'static str,
    /// What it is called.
    pub label: &'a str,
    /// What else is known about it.
    pub detail: Option<&'a str>,
    /// What identifies it: an id, a number in E.164, a key, a name.
    pub name: String,
    /// Of a call: the ring that is meant.
    pub call: Option<Call<'a>>,
}

impl<'a> Hit<'a> {
    pub fn of(hit: &'a lists::Hit, region: Region) -> Self {
        use lists::LeadsTo;
        let (kind, name) = match &hit.leads_to {
            LeadsTo::Call { call, .. } => ("call", call.to_string()),
            LeadsTo::Caller { number } => ("caller", number.clone()),
            LeadsTo::Agent(agent) => ("agent", agent.key.clone()),
            LeadsTo::Queue { name } => ("queue", name.clone()),
            LeadsTo::Rule { name } => ("rule", name.clone()),
            LeadsTo::Source { name } => ("source", name.clone()),
            LeadsTo::Destination { name } => ("destination", name.clone()),
            LeadsTo::Lookup { name } => ("lookup", name.clone()),
        };
        let call = match &hit.leads_to {
            LeadsTo::Call { line, .. } => Some(Call::of(line, region)),
            _ => None,
        };
        Self { kind, label: &hit.label, detail: hit.detail.as_deref(), name, call }
    }
}

/// What needs attention.
#[derive(Debug, Serialize, ToSchema)]
pub struct Attention<'a> {
    /// How many things there are in all.
    pub count: i64,
    /// Deliveries that were given up within seven days.
    pub failed_deliveries: i64,
    /// Destinations that nothing is sent to.
    pub paused_destinations: &'a [String],
    /// Requests that were refused within 24 hours.
    pub refusals: i64,
    /// Phone systems that have not been heard from for longer than usual.
    pub silent_sources: Vec<SilentSource<'a>>,
    /// Lookups that do not answer.
    pub failing_lookups: &'a [String],
    /// Agents who are probably still paused: their page is on no screen any more, and was not finished.
    pub paused_agents: Vec<PausedAgent<'a>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SilentSource<'a> {
    pub name: &'a str,
    /// When it was last heard from.
    #[schema(format = DateTime)]
    pub last: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PausedAgent<'a> {
    pub name: &'a str,
    pub key: &'a str,
    /// When the page that pauses them was opened.
    #[schema(format = DateTime)]
    pub since: String,
    /// Its trace code.
    pub trace: String,
}

impl<'a> From<&'a lists::Attention> for Attention<'a> {
    fn from(found: &'a lists::Attention) -> Self {
        let silent = found.silent_sources.iter();
        let paused = found.paused_agents.iter();
        Self {
            count: found.count(),
            failed_deliveries: found.failed_deliveries,
            paused_destinations: &found.paused_destinations,
            refusals: found.refusals,
            silent_sources: silent
                .map(|source| SilentSource { name: &source.name, last: source.last.to_string() })
                .collect(),
            failing_lookups: &found.failing_lookups,
            paused_agents: paused
                .map(|agent| PausedAgent {
                    name: &agent.name,
                    key: &agent.key,
                    since: agent.since.to_string(),
                    trace: agent.trace.to_string(),
                })
                .collect(),
        }
    }
}
