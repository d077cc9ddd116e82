//! The first sentence of an explanation: one of a closed set, with its facts.

use std::time::Duration;

use super::AgentLabel;
use super::decided::{Decided, site};
use super::heard::Heard;
use super::moments::{self, Coming};
use crate::domain::decision::{Action, Moment, Nothing};
use crate::domain::time::{NamedTime, Timestamp};
use crate::domain::word::Word;
use crate::flow::panes::{Why, unreported};
use crate::store::{HeardPage, HeardRow, UnwrittenRow};
use crate::view::sentence::{Sentence, Value};

/// How long a page may take to be fetched before it is taken not to be.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long a server may have said nothing while it was there: it tells so every minute.
const SILENT: Duration = Duration::from_secs(90);

/// What it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The page opened.
    Opened,
    /// It opened, and was completed.
    Finished,
    /// The page of the call was open already.
    AlreadyOpen,
    /// The rule says: open nothing.
    RuleNone,
    /// The rule's endpoint said so.
    EndpointNone,
    /// The rule could not be carried out.
    RuleFailed,
    /// No rule matches.
    NoRule,
    /// No rule is for outbound calls.
    Outbound,
    /// The desktop was told to open a page, and never fetched it.
    Unused,
    /// The same, and by now the page's address has expired.
    Expired,
    /// The desktop has just been told.
    Pending,
    /// The page opens at a later moment of the call, which has not come.
    Waits,
    /// The page opens when the agent answers, or after that, and they did not.
    NotAnswered,
    /// The page opens at a later moment of the call, and no phone system tells whether that has come.
    Unreported,
    /// Somebody else's page: whether it opened cannot be seen.
    External,
    /// The database was away.
    Away,
    /// The call rang somebody else.
    OtherAgent,
    /// A phone system reported the call, but no rules were asked: mostly because no desktop did.
    NotAsked,
    /// Nothing came from the agent.
    NoRing,
    /// The server was not running.
    NotRunning,
    /// Nothing is on record of that time, or of that call.
    NotOnRecord,
    /// Several agents are called that.
    Several,
}

impl Word for Kind {
    const ALL: &'static [(&'static str, Self)] = &[
        ("opened", Self::Opened),
        ("finished", Self::Finished),
        ("already-open", Self::AlreadyOpen),
        ("rule-none", Self::RuleNone),
        ("endpoint-none", Self::EndpointNone),
        ("rule-failed", Self::RuleFailed),
        ("no-rule", Self::NoRule),
        ("outbound", Self::Outbound),
        ("unused", Self::Unused),
        ("expired", Self::Expired),
        ("pending", Self::Pending),
        ("waits", Self::Waits),
        ("not-answered", Self::NotAnswered),
        ("unreported", Self::Unreported),
        ("external", Self::External),
        ("away", Self::Away),
        ("other-agent", Self::OtherAgent),
        ("not-asked", Self::NotAsked),
        ("no-ring", Self::NoRing),
        ("not-running", Self::NotRunning),
        ("not-on-record", Self::NotOnRecord),
        ("several", Self::Several),
    ];
}

/// What it came to, and the sentence that says so.
#[derive(Debug)]
pub struct Verdict {
    pub kind: Kind,
    pub sentence: Sentence,
}

/// What a verdict also depends on.
pub(super) struct Surroundings<'a> {
    /// How many rules there were.
    pub(super) rules: usize,
    pub(super) now: Timestamp,
    /// How long a page's address is good.
    pub(super) lifetime: Duration,
    pub(super) public_url: &'a str,
    /// The phone systems that are configured.
    pub(super) sources: Vec<&'a str>,
}

/// The facts that most sentences have.
struct Facts<'a> {
    ring: &'a Heard,
    rule: Value,
}

impl Facts<'_> {
    fn verdict(&self, kind: Kind, key: &'static str, more: Vec<(&'static str, Value)>) -> Verdict {
        let at = Value::At(self.ring.at());
        let first =
            vec![("agent", self.ring.agent.value()), ("at", at), ("rule", self.rule.clone())];
        Verdict { kind, sentence: Sentence { key, values: [first, more].concat() } }
    }
}

impl Verdict {
    /// What became of a ring. `number` is that of its rule.
    pub(super) fn of_ring(
        ring: &Heard,
        number: Option<usize>,
        surroundings: &Surroundings<'_>,
    ) -> Self {
        let rule = Value::Rule { number, name: ring.row.rule.clone() };
        let facts = Facts { ring, rule };
        if ring.row.action.is_none() {
            let reason = ring.row.reason.as_deref().unwrap_or_default();
            return facts.nothing(surroundings.rules, reason);
        }
        match &ring.row.page {
            Some(page) if page.hosted.is_some() => facts.hosted(page, surroundings),
            page => facts.elsewhere(page.as_ref()),
        }
    }

    /// A ring that the database could not take: unless the rules opened nothing anyway, that is why.
    pub(super) fn away(ring: &Heard, row: &UnwrittenRow, decided: Option<&Decided>) -> Self {
        let number = decided.and_then(|decided| decided.number_of(ring));
        let rule = Value::Rule { number, name: ring.row.rule.clone() };
        let facts = Facts { ring, rule };
        let key = match Action::read(&row.action) {
            Some(Action::Run) => "explain-away-program",
            Some(Action::Open | Action::Popup) => "explain-away-opened",
            None | Some(Action::None) => {
                if let Some((rules, reason)) = decided.and_then(Decided::nothing) {
                    return facts.nothing(rules, reason);
                }
                "explain-away"
            }
        };
        let reason = vec![("reason", Value::Text(row.reason.clone()))];
        facts.verdict(Kind::Away, key, reason)
    }

    pub(super) fn other_agent(agent: &AgentLabel, at: Timestamp, others: &[AgentLabel]) -> Self {
        let others = Value::List(others.iter().map(AgentLabel::value).collect());
        let values = [("agent", agent.value()), ("at", Value::At(at)), ("others", others)];
        Self { kind: Kind::OtherAgent, sentence: Sentence::new("explain-other-agent", values) }
    }

    pub(super) fn not_asked(agent: &AgentLabel, event: &HeardRow) -> Self {
        let source = Value::Text(event.source.clone().unwrap_or_default());
        let at = Value::At(event.id.minted());
        let values = [("agent", agent.value()), ("at", at), ("source", source)];
        Self { kind: Kind::NotAsked, sentence: Sentence::new("explain-not-asked", values) }
    }

    /// A phone system without a desktop of its own told of the agent, and no rules were asked.
    pub(super) fn undecided(agent: &AgentLabel, event: &HeardRow, why: &Why) -> Self {
        let source = event.source.clone().unwrap_or_default();
        let (name, entry) = match why {
            Why::NotConfigured { source, name } => {
                (name.clone(), Some(format!("at = {{ {source} = \"{name}\" }}")))
            }
            Why::UnknownName(name) => (name.clone(), None),
            _ => (String::new(), None),
        };
        let written = vec![("name", Value::Text(name)), ("source", Value::Text(source.clone()))];
        let why = Value::Word { of: "told-why", word: why.word(), values: written };
        let at = Value::At(event.id.minted());
        let mut values = vec![
            ("agent", agent.value()),
            ("at", at),
            ("source", Value::Text(source)),
            ("why", why),
        ];
        let key = if entry.is_some() { "explain-undecided-entry" } else { "explain-undecided" };
        values.extend(entry.map(|entry| ("entry", Value::Text(entry))));
        Self { kind: Kind::NotAsked, sentence: Sentence { key, values } }
    }

    /// Nothing is on record any more of a call that began then.
    pub(super) fn forgotten(began: Timestamp) -> Self {
        let sentence = Sentence::new("explain-call-deleted", [("at", Value::At(began))]);
        Self { kind: Kind::NotOnRecord, sentence }
    }

    /// Nothing was found, but not everything was looked at.
    pub(super) fn not_found(agent: &AgentLabel, about: NamedTime) -> Self {
        let sentence = Sentence::new("explain-too-many", about_then(agent, about));
        Self { kind: Kind::NoRing, sentence }
    }

    /// Nobody's telephone was rung by a caller then, as far as anything is on record.
    pub(super) fn no_call(about: NamedTime) -> Self {
        let values = spanning(about);
        Self { kind: Kind::NoRing, sentence: Sentence::new("explain-no-call", values) }
    }

    /// What is asked about has not come yet.
    pub(super) fn in_future(at: Timestamp, now: Timestamp) -> Self {
        let values = [("at", Value::Around(at)), ("now", Value::Seen(now))];
        Self { kind: Kind::NotOnRecord, sentence: Sentence::new("explain-in-future", values) }
    }

    /// The agent was rung, but not by the caller who is asked about.
    pub(super) fn other_callers(agent: &AgentLabel, about: NamedTime) -> Self {
        let sentence = Sentence::new("explain-other-callers", about_then(agent, about));
        Self { kind: Kind::NoRing, sentence }
    }

    pub(super) fn no_ring(
        agent: &AgentLabel,
        about: NamedTime,
        last_seen: Option<Timestamp>,
    ) -> Self {
        let mut values = about_then(agent, about);
        values.extend(last_seen.map(|seen| ("seen", Value::Seen(seen))));
        let key = match last_seen {
            None => "explain-never-seen",
            Some(seen) if seen >= about.until => "explain-no-ring-since",
            Some(_) => "explain-no-ring",
        };
        Self { kind: Kind::NoRing, sentence: Sentence { key, values } }
    }
}

/// That the database could not take a ring, which is not why nothing opened.
pub(super) fn away_too(row: &UnwrittenRow) -> Sentence {
    Sentence::new("explain-away-too", [("reason", Value::Text(row.reason.clone()))])
}

/// An agent, and about when.
fn about_then(agent: &AgentLabel, about: NamedTime) -> Vec<(&'static str, Value)> {
    let mut values = vec![("agent", agent.value())];
    values.extend(spanning(about));
    values
}

fn spanning(about: NamedTime) -> Vec<(&'static str, Value)> {
    let NamedTime { from, until } = about;
    vec![
        ("from", Value::EndOfSpan { at: from, other: until }),
        ("until", Value::EndOfSpan { at: until, other: from }),
        ("day", Value::DayOfSpan { from, until }),
    ]
}

/// Why nobody can have heard of a ring, if so: what is older has been deleted, or it was before anything was
/// written down, or no server was there for longer than one is silent.
pub(super) fn no_server(
    agent: &AgentLabel,
    at: Timestamp,
    (before, after): (Option<Timestamp>, Option<Timestamp>),
    kept_since: Timestamp,
) -> Option<Verdict> {
    let verdict = |kind, key, more: Vec<(&'static str, Value)>| {
        let first = vec![("agent", agent.value()), ("at", Value::Around(at))];
        Some(Verdict { kind, sentence: Sentence { key, values: [first, more].concat() } })
    };
    if at < kept_since {
        let since = vec![("since", Value::Seen(kept_since))];
        return verdict(Kind::NotOnRecord, "explain-deleted", since);
    }
    let (Some(before), Some(after)) = (before, after) else {
        let since = vec![("since", Value::Around(after?))];
        return verdict(Kind::NotOnRecord, "explain-before-record", since);
    };
    if !is_gap((before, after)) {
        return None;
    }
    let span = vec![("before", Value::Seen(before)), ("after", Value::Seen(after))];
    verdict(Kind::NotRunning, "explain-not-running", span)
}

/// Whether no server was there between two moments at which one was.
pub(super) fn is_gap((before, after): (Timestamp, Timestamp)) -> bool {
    after.since(before) > SILENT
}

impl Facts<'_> {
    /// The rules opened nothing.
    fn nothing(&self, rules: usize, reason: &str) -> Verdict {
        let (kind, key, more) = match (&self.ring.row.rule, Nothing::in_the_end(reason)) {
            (None, Some(Nothing::NoRuleForOutbound)) => {
                (Kind::Outbound, "explain-outbound", Vec::new())
            }
            (None, Some(Nothing::NoRule)) => {
                (Kind::NoRule, "explain-no-rule", vec![("count", Value::Count(rules))])
            }
            (Some(_), Some(Nothing::RuleSaysSo)) => {
                (Kind::RuleNone, "explain-rule-none", Vec::new())
            }
            (Some(_), Some(Nothing::EndpointSaysSo)) => {
                (Kind::EndpointNone, "explain-endpoint-none", Vec::new())
            }
            (rule, _) => {
                let key =
                    if rule.is_some() { "explain-rule-failed" } else { "explain-rules-failed" };
                (Kind::RuleFailed, key, vec![("reason", Value::Text(reason.to_owned()))])
            }
        };
        self.verdict(kind, key, more)
    }

    /// A page that Callpane hosts: whether it was fetched is known.
    fn hosted(&self, page: &HeardPage, surroundings: &Surroundings<'_>) -> Verdict {
        let Surroundings { now, lifetime, .. } = *surroundings;
        let rang = self.ring.at();
        if let Some(opened) = page.opened_at {
            if page.id != self.ring.row.id && opened <= rang {
                let since = vec![("since", Value::Seen(opened))];
                return self.verdict(Kind::AlreadyOpen, "explain-already-open", since);
            }
            return match page.completed_at {
                None => self.verdict(Kind::Opened, "explain-opened", Vec::new()),
                Some(done) => {
                    let done = vec![("finished", Value::Seen(done))];
                    self.verdict(Kind::Finished, "explain-finished", done)
                }
            };
        }
        let due = match moments::of(self.ring) {
            Coming::Came(at) => at.unwrap_or(rang),
            Coming::Unreported(_) if now.since(rang) < unreported::GOES_ON => {
                return self.not_come(&Coming::Awaited);
            }
            Coming::Unreported(moment) => return self.unreported(moment),
            Coming::Apart(moment) => return self.apart(moment),
            not_come => return self.not_come(&not_come),
        };
        if now.since(due) < PATIENCE {
            let key = if page.on_built_in_desktop {
                "explain-pending-desktop"
            } else {
                "explain-pending"
            };
            return self.verdict(Kind::Pending, key, Vec::new());
        }
        if now.since(rang) >= lifetime {
            let expired = vec![("expired", Value::Seen(rang.plus(lifetime)))];
            return self.verdict(Kind::Expired, "explain-expired", expired);
        }
        let key =
            if page.on_built_in_desktop { "explain-unused-desktop" } else { "explain-unused" };
        self.verdict(Kind::Unused, key, Vec::new())
    }

    /// Somebody else's page, or a program.
    fn elsewhere(&self, page: Option<&HeardPage>) -> Verdict {
        let address = page.and_then(|page| page.address.as_deref()).unwrap_or_default();
        let site = vec![("site", Value::Text(site(address)))];
        let runs = self.runs();
        let key = match moments::of(self.ring) {
            not_come @ (Coming::NotAnswered | Coming::Awaited) => return self.not_come(&not_come),
            _ if runs => "explain-program",
            Coming::Came(_) => "explain-external",
            Coming::Silence | Coming::Unreported(_) | Coming::Apart(_) => {
                match moments::named(self.ring) {
                    Some(Moment::Ended) => "explain-external-ended",
                    _ => "explain-external-answered",
                }
            }
        };
        self.verdict(Kind::External, key, site)
    }

    /// Nobody tells whether the moment has come at which the page opens.
    fn unreported(&self, moment: Moment) -> Verdict {
        let key = match moment {
            Moment::Ended => "explain-unreported-ended",
            Moment::Answered | Moment::Ringing => "explain-unreported-answered",
        };
        self.verdict(Kind::Unreported, key, Vec::new())
    }

    /// Phone systems tell whether it has come for others, but nothing of this agent.
    fn apart(&self, moment: Moment) -> Verdict {
        let key = match moment {
            Moment::Ended => "explain-apart-ended",
            Moment::Answered | Moment::Ringing => "explain-apart-answered",
        };
        self.verdict(Kind::Unreported, key, Vec::new())
    }

    /// The moment at which the page opens has not come, or never will.
    fn not_come(&self, coming: &Coming) -> Verdict {
        let ends = moments::named(self.ring) == Some(Moment::Ended);
        if self.runs() {
            return self.not_come_to_run(coming, ends);
        }
        let (kind, key) = match (coming, ends) {
            (Coming::NotAnswered, false) => (Kind::NotAnswered, "explain-not-answered"),
            (Coming::NotAnswered, true) => (Kind::NotAnswered, "explain-not-answered-ended"),
            (Coming::Silence, false) => (Kind::Unreported, "explain-silence-answered"),
            (Coming::Silence, true) => (Kind::Unreported, "explain-silence-ended"),
            (_, false) => (Kind::Waits, "explain-waits-answered"),
            (_, true) => (Kind::Waits, "explain-waits-ended"),
        };
        self.verdict(kind, key, Vec::new())
    }

    /// The same of a program.
    fn not_come_to_run(&self, coming: &Coming, ends: bool) -> Verdict {
        let (kind, key) = match (coming, ends) {
            (Coming::NotAnswered, false) => (Kind::NotAnswered, "explain-run-not-answered"),
            (Coming::NotAnswered, true) => (Kind::NotAnswered, "explain-run-not-answered-ended"),
            (_, false) => (Kind::Waits, "explain-run-waits-answered"),
            (_, true) => (Kind::Waits, "explain-run-waits-ended"),
        };
        self.verdict(kind, key, Vec::new())
    }

    /// Whether the rule runs a program.
    fn runs(&self) -> bool {
        self.ring.row.action.as_deref().and_then(Action::read) == Some(Action::Run)
    }
}
