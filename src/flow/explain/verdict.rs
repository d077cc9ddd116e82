//! The first sentence of an explanation: one of a closed set, with its facts.

use std::time::Duration;

use super::AgentLabel;
use super::decided::site;
use super::find::{Heard, short};
use crate::configuration::part;
use crate::domain::call::Call;
use crate::domain::decision::{Action, Moment};
use crate::domain::time::{NamedTime, Timestamp};
use crate::domain::word::Word;
use crate::flow::panes::due::is_due;
use crate::store::{HeardPage, HeardRow, TurnedAwayRow, UnwrittenRow};
use crate::view::sentence::{Sentence, Value};

/// How long a page may take to be fetched before it is taken not to be.
const PATIENCE: Duration = Duration::from_secs(15);

/// Causes that are named.
pub(super) const CAUSES: usize = 3;

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
    /// Somebody else's page: whether it opened cannot be seen.
    External,
    /// The database was away.
    Away,
    /// The call rang somebody else.
    OtherAgent,
    /// A phone system reported the call, but no desktop asked.
    NotAsked,
    /// Nothing came from the agent.
    NoRing,
    /// The server was not running.
    NotRunning,
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
        ("external", Self::External),
        ("away", Self::Away),
        ("other-agent", Self::OtherAgent),
        ("not-asked", Self::NotAsked),
        ("no-ring", Self::NoRing),
        ("not-running", Self::NotRunning),
    ];
}

/// What it came to, and the sentence that says so.
#[derive(Debug)]
pub struct Verdict {
    pub kind: Kind,
    pub sentence: Sentence,
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
    /// What became of a ring. `number` is that of its rule, of so many `rules`.
    pub(super) fn of_ring(
        ring: &Heard,
        number: Option<usize>,
        rules: usize,
        now: Timestamp,
        lifetime: Duration,
    ) -> Self {
        let rule = Value::Rule { number, name: ring.row.rule.clone() };
        let facts = Facts { ring, rule };
        if ring.row.action.is_none() {
            return facts.nothing(rules);
        }
        match &ring.row.page {
            Some(page) if page.hosted.is_some() => facts.hosted(page, now, lifetime),
            page => facts.elsewhere(page.as_ref()),
        }
    }

    /// A ring that the database could not take.
    pub(super) fn away(ring: &Heard, row: &UnwrittenRow) -> Self {
        let rule = Value::Rule { number: None, name: ring.row.rule.clone() };
        let facts = Facts { ring, rule };
        let reason = vec![("reason", Value::Text(row.reason.clone()))];
        let key = match Action::read(&row.action) {
            None | Some(Action::None) => "explain-away",
            Some(_) => "explain-away-opened",
        };
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

    pub(super) fn no_ring(
        agent: &AgentLabel,
        about: NamedTime,
        last_seen: Option<Timestamp>,
    ) -> Self {
        let mut values = vec![
            ("agent", agent.value()),
            ("from", Value::Minute(about.from)),
            ("until", Value::Minute(about.until)),
            ("day", Value::Day(about.from)),
        ];
        values.extend(last_seen.map(|seen| ("seen", Value::Seen(seen))));
        let key = match last_seen {
            None => "explain-never-seen",
            Some(seen) if seen >= about.until => "explain-no-ring-since",
            Some(_) => "explain-no-ring",
        };
        Self { kind: Kind::NoRing, sentence: Sentence { key, values } }
    }
}

/// That no server was there, if so: none before the moment for longer than one is silent.
pub(super) fn not_running(
    agent: &AgentLabel,
    at: Timestamp,
    (before, after): (Option<Timestamp>, Option<Timestamp>),
) -> Option<Verdict> {
    if before.is_some_and(|before| at.since(before) <= SILENT) {
        return None;
    }
    let after = after?;
    let mut values =
        vec![("agent", agent.value()), ("at", Value::Around(at)), ("after", Value::Seen(after))];
    values.extend(before.map(|before| ("before", Value::Seen(before))));
    let key = if before.is_some() { "explain-not-running" } else { "explain-not-running-before" };
    Some(Verdict { kind: Kind::NotRunning, sentence: Sentence { key, values } })
}

impl Facts<'_> {
    /// The rules opened nothing.
    fn nothing(&self, rules: usize) -> Verdict {
        let reason = self.ring.row.reason.as_deref().unwrap_or_default();
        let why = || vec![("reason", Value::Text(reason.to_owned()))];
        if self.ring.row.rule.is_none() {
            if reason.ends_with("no rule is for outbound calls") {
                return self.verdict(Kind::Outbound, "explain-outbound", Vec::new());
            }
            let count = vec![("count", Value::Count(rules))];
            return if reason.ends_with("no rule matches") {
                self.verdict(Kind::NoRule, "explain-no-rule", count)
            } else {
                self.verdict(Kind::RuleFailed, "explain-rules-failed", why())
            };
        }
        if reason.ends_with("the rule says so") {
            self.verdict(Kind::RuleNone, "explain-rule-none", Vec::new())
        } else if reason.ends_with("the rule's endpoint says so") {
            self.verdict(Kind::EndpointNone, "explain-endpoint-none", Vec::new())
        } else {
            self.verdict(Kind::RuleFailed, "explain-rule-failed", why())
        }
    }

    /// A page that Callpane hosts: whether it was fetched is known.
    fn hosted(&self, page: &HeardPage, now: Timestamp, lifetime: Duration) -> Verdict {
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
        if let Some(waits) = self.waits(page) {
            return waits;
        }
        if now.since(rang) < PATIENCE {
            return self.verdict(Kind::Pending, "explain-pending", Vec::new());
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
        if let Some(waits) = page.and_then(|page| self.waits(page)) {
            return waits;
        }
        let address = page.and_then(|page| page.address.as_deref()).unwrap_or_default();
        let site = vec![("site", Value::Text(site(address)))];
        let runs = self.ring.row.action.as_deref().and_then(Action::read) == Some(Action::Run);
        let key = if runs { "explain-program" } else { "explain-external" };
        self.verdict(Kind::External, key, site)
    }

    /// That the page opens at a later moment of the call, if that has not come.
    fn waits(&self, page: &HeardPage) -> Option<Verdict> {
        let row = &self.ring.row;
        let word = row.moment.as_deref()?;
        let moment = Moment::read(word).filter(|moment| *moment != Moment::Ringing)?;
        let call = row.state.as_deref().and_then(|it| serde_json::from_str::<Call>(it).ok());
        let over = call.as_ref().is_some_and(Call::is_over);
        let who = part(row.agent.as_deref(), row.line.as_deref()).unwrap_or_default();
        let due = call.as_ref().is_some_and(|call| is_due(word, &call.part(&who)));
        if due && page.hosted.is_some() {
            return None;
        }
        let key = match (moment, over) {
            (Moment::Answered, true) if !due => "explain-not-answered",
            (Moment::Answered, _) => "explain-waits-answered",
            _ if due => return None,
            _ => "explain-waits-ended",
        };
        Some(self.verdict(Kind::Waits, key, Vec::new()))
    }
}

/// What a verdict most likely comes from, the likeliest first.
pub(super) fn causes_of(kind: Kind, ring: &Heard, public_url: &str) -> Vec<Sentence> {
    if !matches!(kind, Kind::Unused | Kind::Expired) {
        return Vec::new();
    }
    let url = || [("url", Value::Text(public_url.to_owned()))];
    let on_built_in_desktop = ring.row.page.as_ref().is_some_and(|page| page.on_built_in_desktop);
    if on_built_in_desktop {
        return vec![
            Sentence::new("explain-cause-signed-out", []),
            Sentence::new("explain-cause-asleep", []),
            Sentence::new("explain-cause-unreachable", url()),
        ];
    }
    let popup = ring.row.action.as_deref().and_then(Action::read) == Some(Action::Popup);
    let first = if popup { "explain-cause-popup" } else { "explain-cause-hung-up" };
    vec![
        Sentence::new(first, []),
        Sentence::new("explain-cause-unreachable", url()),
        Sentence::new("explain-cause-asleep", []),
    ]
}

/// Why nothing may have come from a desktop.
pub(super) fn causes_of_silence(rang: bool, never_seen: bool) -> Vec<Sentence> {
    let keys: &[&'static str] = match (rang, never_seen) {
        (true, _) => &["explain-cause-closed", "explain-cause-setup", "explain-cause-network"],
        (false, true) => &["explain-cause-setup", "explain-cause-network", "explain-cause-name"],
        (false, false) => {
            &["explain-cause-no-call", "explain-cause-closed", "explain-cause-network"]
        }
    };
    keys.iter().map(|key| Sentence::new(key, [])).collect()
}

/// Requests that were refused in that time.
pub(super) fn cause_refused(refused: &TurnedAwayRow) -> Sentence {
    let times = usize::try_from(refused.times).unwrap_or_default();
    let values = [
        ("count", Value::Count(times)),
        ("code", Value::Text(refused.code.clone())),
        ("detail", Value::Text(refused.detail.clone())),
    ];
    Sentence::new("explain-cause-refused", values)
}

/// Others were rung in that time.
pub(super) fn cause_others(count: usize) -> Option<Sentence> {
    let values = [("count", Value::Count(count))];
    (count > 0).then(|| Sentence::new("explain-cause-others", values))
}

/// A key's last part, for whoever has only the key.
pub(super) fn agent_of_key(key: &str) -> AgentLabel {
    AgentLabel { key: Some(key.to_owned()), name: None, id: short(key).to_owned() }
}
