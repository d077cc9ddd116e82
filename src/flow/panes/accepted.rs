//! What phone systems and desktops told lately, and why no page is on a screen. That is worked out when
//! somebody asks; accepting an event costs no more for it than an entry of an index.

use std::sync::Arc;

use crate::configuration::{Configuration, known_id, named_in};
use crate::domain::call::{Call, Part};
use crate::domain::decision::{Moment, Nothing};
use crate::domain::event::{CallEventKind, Lacks};
use crate::domain::ids::Id;
use crate::domain::word::Word as _;
use crate::flow::context::Context;
use crate::flow::panes::due::is_due;
use crate::flow::panes::why::Why;
use crate::pbx::{self, Source};
use crate::store::{AcceptedRow, Error as StoreError, Store};

/// An event that was accepted, and what came of it.
#[derive(Debug)]
pub struct Accepted {
    /// As it was kept; its body without secrets.
    pub row: AcceptedRow,
    /// Why no page is known to be on a screen, in English; none where one is.
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

/// The newest of them, newest first.
pub async fn list(
    store: &Store,
    configuration: &Configuration,
    wanted: AcceptedFilter,
    limit: i64,
) -> Result<Vec<Accepted>, StoreError> {
    let rows =
        store.read(move |tx| tx.list_accepted(wanted.source.as_deref(), wanted.before, limit));
    Ok(rows.await?.into_iter().map(|row| explained(row, configuration)).collect())
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
    ) -> Result<Vec<Accepted>, StoreError> {
        let in_force = self.context.in_force();
        let found = self.context.store.read(move |tx| {
            let rows = tx.list_accepted(wanted.source.as_deref(), wanted.before, limit)?;
            Ok(rows.into_iter().map(|row| explained(row, &in_force.configuration)).collect())
        });
        found.await
    }
}

fn explained(row: AcceptedRow, configuration: &Configuration) -> Accepted {
    let why = why(&row, configuration);
    let warning = lacks(&row).is_some();
    let body = pbx::redacted(&row.body, configuration.source(&row.source).map(Arc::as_ref));
    let reason = why.as_ref().map(Why::to_string);
    Accepted { row: AcceptedRow { body, ..row }, reason, why, warning }
}

/// Why no page is on a screen, in English; none where one is.
pub(crate) fn reason(row: &AcceptedRow, configuration: &Configuration) -> Option<String> {
    why(row, configuration).map(|why| why.to_string())
}

/// The same, for other languages.
pub(crate) fn why(row: &AcceptedRow, configuration: &Configuration) -> Option<Why> {
    let source = configuration.source(&row.source).map(Arc::as_ref);
    match (lacks(row), row.pane_id) {
        (_, Some(_)) => unseen(row),
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

/// Why a page that was opened may not be on a screen.
fn unseen(row: &AcceptedRow) -> Option<Why> {
    if row.opened_at.is_some() {
        return None;
    }
    let by_phone_system = row.name.is_some();
    let moment = row.moment.as_deref().unwrap_or_default();
    // Of its own calls only the desktop knows whether the moment has come.
    let waits = !by_phone_system || !is_due(moment, &part(row));
    match Moment::read(moment) {
        Some(Moment::Answered) if waits => Some(Why::OpensWhenAnswered),
        Some(Moment::Ended) if waits => Some(Why::OpensWhenEnded),
        _ if !row.hosted => Some(Why::OtherSite),
        _ if by_phone_system => Some(Why::NotSignedIn),
        _ => Some(Why::NotLoaded),
    }
}

/// The agent's part in the call, as it is by now.
fn part(row: &AcceptedRow) -> Part {
    let call = Call::restore(row.state.as_deref());
    call.unwrap_or_default().part(row.agent.as_deref().unwrap_or_default())
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
