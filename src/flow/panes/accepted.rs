//! What phone systems and desktops told lately, and why no page opened. That is worked out when
//! somebody asks; accepting an event costs no more for it than an entry of an index.

use std::sync::Arc;

use crate::configuration::{BUILT_IN, Configuration, known_id, named_in, part_key};
use crate::domain::call::{Call, Part};
use crate::domain::decision::{Moment, Nothing};
use crate::domain::event::{CallEventKind, Lacks};
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;
use crate::domain::word::Word as _;
use crate::flow::context::Context;
use crate::flow::panes::PageState;
use crate::flow::panes::page_state::Known;
use crate::flow::panes::why::Why;
use crate::pbx::{self, Source};
use crate::store::{AcceptedRow, Error as StoreError, Store, Tx};

/// An event that was accepted, and what came of it.
#[derive(Debug)]
pub struct Accepted {
    /// As it was kept; its body without secrets.
    pub row: AcceptedRow,
    /// Why no page is known to have opened, in English; none where one has.
    pub reason: Option<String>,
    /// The same, for other languages.
    pub why: Option<Why>,
    /// Whether something is missing that the phone system should send.
    pub warning: bool,
}

/// Which of them.
#[derive(Debug, Clone, Default)]
pub struct AcceptedFilter {
    /// Only of this source.
    pub source: Option<String>,
    /// Only those older than this one.
    pub before: Option<Id>,
}

/// Some of them.
#[derive(Debug)]
pub struct AcceptedPage {
    pub events: Vec<Accepted>,
    /// How far back was looked, where there are fewer than were asked for, and not everything was looked at.
    pub looked_back_to: Option<Id>,
}

/// The newest of them, newest first.
pub async fn list(
    store: &Store,
    configuration: &Configuration,
    wanted: AcceptedFilter,
    limit: i64,
    now: Timestamp,
) -> Result<AcceptedPage, StoreError> {
    let (rows, looked_back_to) = store.read(move |tx| read(tx, &wanted, limit)).await?;
    let events = rows.into_iter().map(|row| explained(row, configuration, now)).collect();
    Ok(AcceptedPage { events, looked_back_to })
}

/// The rows, and how far back was looked for them if that was not to the end.
fn read(
    tx: &mut Tx<'_>,
    wanted: &AcceptedFilter,
    limit: i64,
) -> Result<(Vec<AcceptedRow>, Option<Id>), StoreError> {
    let source = wanted.source.as_deref();
    let rows = tx.list_accepted(source, wanted.before, limit)?;
    let is_full = i64::try_from(rows.len()).is_ok_and(|count| count >= limit);
    let is_cut = !is_full && source.is_some_and(|name| BUILT_IN.contains(&name));
    let looked_back_to = if is_cut { tx.accepted_looked_back_to(wanted.before)? } else { None };
    Ok((rows, looked_back_to))
}

/// What was accepted lately.
#[derive(Debug)]
pub struct AcceptedEvents {
    context: Arc<Context>,
}

impl AcceptedEvents {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// The newest of them, newest first.
    pub async fn list(
        &self,
        wanted: AcceptedFilter,
        limit: i64,
    ) -> Result<AcceptedPage, StoreError> {
        let in_force = self.context.in_force();
        let now = self.context.now();
        list(&self.context.store, &in_force.configuration, wanted, limit, now).await
    }
}

fn explained(row: AcceptedRow, configuration: &Configuration, now: Timestamp) -> Accepted {
    let why = why(&row, configuration, now);
    let warning = lacks(&row).is_some();
    let body = pbx::redacted(&row.body, configuration.source(&row.source).map(Arc::as_ref));
    let reason = why.as_ref().map(Why::to_string);
    Accepted { row: AcceptedRow { body, ..row }, reason, why, warning }
}

/// Why no page is known to have opened, in English; none where one has.
pub(crate) fn reason(
    row: &AcceptedRow,
    configuration: &Configuration,
    now: Timestamp,
) -> Option<String> {
    why(row, configuration, now).map(|why| why.to_string())
}

/// The same, for other languages.
pub(crate) fn why(row: &AcceptedRow, configuration: &Configuration, now: Timestamp) -> Option<Why> {
    let source = configuration.source(&row.source).map(Arc::as_ref);
    match (lacks(row), row.pane_id) {
        (_, Some(_)) => unseen(row, now),
        (Some(lacks), _) => Some(unknown_name(row, source).unwrap_or(lacks)),
        (None, None) => Some(why_none(row, configuration, source)),
    }
}

fn lacks(row: &AcceptedRow) -> Option<Why> {
    let kind = CallEventKind::read(&row.kind)?;
    // A desktop need not tell its call's id.
    let lacks = kind.lacks(row.call_id.is_some(), row.agent.is_some() || row.name.is_none())?;
    Some(match lacks {
        Lacks::Call => Why::NoCall,
        Lacks::Agent => Why::NoAgent,
    })
}

/// Why a page that there is has not opened.
fn unseen(row: &AcceptedRow, now: Timestamp) -> Option<Why> {
    let page = Known {
        action: row.action.as_deref(),
        hosted: row.hosted,
        opened: row.opened_at.is_some(),
        completed: false,
        moment: row.moment.as_deref(),
        rang: row.id.minted(),
    };
    let part = part(row);
    let moment = row.moment.as_deref().and_then(Moment::read);
    Some(match (page.state(part.as_ref(), now), moment) {
        (PageState::None | PageState::Open | PageState::Finished, _) => return None,
        (PageState::Unanswered, _) => Why::NotAnswered,
        (PageState::Program, _) => Why::RunsProgram,
        (PageState::Elsewhere, _) => Why::OtherSite,
        (PageState::Waiting, Some(Moment::Ended)) => Why::OpensWhenEnded,
        (PageState::Waiting, _) => Why::OpensWhenAnswered,
        // Whether it was answered is known from phone systems alone.
        (PageState::Unopened, Some(Moment::Answered | Moment::Ended)) if part.is_none() => {
            Why::NotReported
        }
        (PageState::Unopened, _) if row.name.is_some() => Why::NotSignedIn,
        (PageState::Unopened, _) => Why::NotLoaded,
    })
}

/// The agent's part in the call by now, if a phone system reports the call.
fn part(row: &AcceptedRow) -> Option<Part> {
    let call = Call::restore(row.state.as_deref())?;
    let who = part_key(row.agent.as_deref(), row.callee.as_deref()).unwrap_or_default();
    Some(call.part(&who))
}

/// That an event means nothing because nobody has said what its name means.
fn unknown_name(row: &AcceptedRow, source: Option<&Source>) -> Option<Why> {
    let name = row.name.as_deref()?;
    let unknown = source.is_some_and(|source| !source.knows_event(name));
    unknown.then(|| Why::UnknownName(name.to_owned()))
}

/// Why no page was opened.
fn why_none(row: &AcceptedRow, configuration: &Configuration, source: Option<&Source>) -> Why {
    if let Some(reason) = &row.reason {
        return decided(row.rule.clone(), reason);
    }
    let kind = CallEventKind::read(&row.kind);
    if let Some(unknown) = unknown_name(row, source) {
        return unknown;
    }
    let Some(agent) = row.agent.as_deref() else { return Why::NoAgent };
    let desktop = source.is_some_and(|source| source.make.desktop.is_some());
    match kind {
        _ if desktop => Why::OwnDesktop,
        _ if known_id(agent).is_none() => not_configured(row, agent),
        Some(CallEventKind::PresenceChanged) => Why::Presence,
        _ if configuration.agent_of_key(agent).is_none() => Why::AgentGone,
        _ if row.had_page => Why::HasPage,
        Some(CallEventKind::Started) => Why::NothingRings,
        Some(CallEventKind::Updated) => Why::OnlyDetails,
        _ => Why::Over,
    }
}

fn decided(rule: Option<String>, reason: &str) -> Why {
    match (rule, Nothing::read(reason)) {
        (Some(rule), Some(Nothing::RuleSaysSo)) => Why::RuleSaysSo(rule),
        (Some(rule), Some(Nothing::EndpointSaysSo)) => Why::EndpointSaysSo(rule),
        (None, Some(Nothing::NoRule)) => Why::NoRule,
        (None, Some(Nothing::NoRuleForOutbound)) => Why::NoRuleForOutbound,
        (None, Some(Nothing::Panicked)) => Why::Panicked,
        (rule, _) => Why::Decided { rule, reason: reason.to_owned() },
    }
}

/// That nobody is called as the phone system calls the agent.
fn not_configured(row: &AcceptedRow, agent: &str) -> Why {
    let name = named_in(agent).to_owned();
    Why::NotConfigured { source: row.source.clone(), name }
}
