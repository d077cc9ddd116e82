//! What phone systems and desktops told lately, and why no page is on a screen. That is worked out when
//! somebody asks; accepting an event costs no more for it than an entry of an index.

use std::sync::Arc;

use crate::configuration::{Configuration, known_id};
use crate::domain::call::{Call, Part};
use crate::domain::decision::Moment;
use crate::domain::event::CallEventKind;
use crate::domain::ids::Id;
use crate::domain::word::Word as _;
use crate::flow::context::Context;
use crate::flow::panes::due::is_due;
use crate::pbx::{self, Source};
use crate::store::{AcceptedRow, Error as StoreError, Store};

/// An event that was accepted, and what came of it.
#[derive(Debug)]
pub struct Accepted {
    /// As it was kept; its body without secrets.
    pub row: AcceptedRow,
    /// Why no page is on a screen; none where one is.
    pub reason: Option<String>,
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
        list(&self.context.store, &self.context.in_force().configuration, wanted, limit).await
    }
}

fn explained(row: AcceptedRow, configuration: &Configuration) -> Accepted {
    let reason = reason(&row, configuration);
    let warning = lacks(&row).is_some();
    let body = pbx::redacted(&row.body, configuration.source(&row.source).map(Arc::as_ref));
    Accepted { row: AcceptedRow { body, ..row }, reason, warning }
}

/// Why no page is on a screen; none where one is.
pub(crate) fn reason(row: &AcceptedRow, configuration: &Configuration) -> Option<String> {
    let source = configuration.source(&row.source).map(Arc::as_ref);
    match (lacks(row), row.pane_id) {
        (_, Some(_)) => unseen(row).map(str::to_owned),
        (Some(lacks), _) => Some(unknown_name(row, source).unwrap_or_else(|| lacks.to_owned())),
        (None, None) => Some(why_none(row, configuration, source)),
    }
}

fn lacks(row: &AcceptedRow) -> Option<&'static str> {
    let kind = CallEventKind::read(&row.kind)?;
    // A desktop need not tell its call's id.
    kind.lacks(row.call_id.is_some(), row.agent.is_some() || row.name.is_none())
}

/// Why a page that was opened may not be on a screen.
fn unseen(row: &AcceptedRow) -> Option<&'static str> {
    if row.opened_at.is_some() {
        return None;
    }
    let by_phone_system = row.name.is_some();
    let moment = row.moment.as_deref().unwrap_or_default();
    // Of its own calls only the desktop knows whether the moment has come.
    let waits = !by_phone_system || !is_due(moment, &part(row));
    match Moment::read(moment) {
        Some(Moment::Answered) if waits => Some("its page opens when the call is answered"),
        Some(Moment::Ended) if waits => Some("its page opens when the call has ended"),
        _ if !row.hosted => None,
        _ if by_phone_system => Some("its page is not on a screen yet: is the agent signed in?"),
        _ => Some("its page is not on a screen yet: has the desktop loaded it?"),
    }
}

/// The agent's part in the call, as it is by now.
fn part(row: &AcceptedRow) -> Part {
    let call = row.state.as_deref().and_then(|state| serde_json::from_str::<Call>(state).ok());
    call.unwrap_or_default().part(row.agent.as_deref().unwrap_or_default())
}

/// That an event means nothing because nobody has said what its name means.
fn unknown_name(row: &AcceptedRow, source: Option<&Source>) -> Option<String> {
    let name = row.name.as_deref()?;
    let unknown = source.is_some_and(|source| !source.knows_event(name));
    unknown.then(|| format!("\"{name}\" is not a known event name: add to events what it means"))
}

/// Why no page was opened.
fn why_none(row: &AcceptedRow, configuration: &Configuration, source: Option<&Source>) -> String {
    if let Some(reason) = &row.reason {
        return decided(row.rule.as_deref(), reason);
    }
    let kind = CallEventKind::read(&row.kind);
    if let Some(unknown) = unknown_name(row, source) {
        return unknown;
    }
    let Some(agent) = row.agent.as_deref() else { return "the event names no agent".to_owned() };
    let desktop = source.is_some_and(|source| source.make.desktop.is_some());
    let why = match kind {
        _ if desktop => "these agents' desktops request pages themselves",
        _ if known_id(agent).is_none() => return not_configured(row, agent),
        Some(CallEventKind::PresenceChanged) => "presence events open no page",
        _ if configuration.agent_of_key(agent).is_none() => "the agent is no longer configured",
        _ if row.had_page => "the agent already has a page for this call",
        Some(CallEventKind::Started) => "no agent's phone is ringing yet",
        Some(CallEventKind::Updated) => "it only adds details to its call",
        _ => "the call was already over for this agent",
    };
    why.to_owned()
}

fn decided(rule: Option<&str>, reason: &str) -> String {
    match (rule, reason) {
        (Some(rule), "the rule says so") => format!("rule \"{rule}\" opens nothing"),
        (Some(rule), reason) => format!("rule \"{rule}\": {reason}"),
        (None, reason) => reason.to_owned(),
    }
}

/// That nobody is called as the phone system calls the agent, and what would be right.
fn not_configured(row: &AcceptedRow, agent: &str) -> String {
    let (source, name) = (&row.source, agent.splitn(3, ':').last().unwrap_or(agent));
    format!("{name} is not an agent of this source: at = {{ {source} = \"{name}\" }}")
}
