//! Presence: whether an agent is there, as phone systems report it. An agent's own status ("dnd", until,
//! why, where) and what their telephone is doing are two kinds of report. Of each kind the newest report
//! counts, whenever it arrives; an agent who is known at two phone systems has one of each at either.

use super::ids::Id;
use super::time::Timestamp;
use super::word::Word;

/// What an event says of its agent's presence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presence {
    /// Their own status.
    pub user: Option<PresenceState>,
    /// What their telephone is doing: registered, ringing, talking, rt (both at once).
    pub telephony: Option<String>,
}

/// Which kind of report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PresenceKind {
    /// The agent's own status.
    User,
    /// What their telephone is doing.
    Telephony,
}

impl Word for PresenceKind {
    const ALL: &'static [(&'static str, Self)] =
        &[("user", Self::User), ("telephony", Self::Telephony)];
}

/// What one report says; of a telephone it is only the status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PresenceState {
    /// In the phone system's word: `dnd`, `talking`.
    pub status: Option<String>,
    /// What the agent wrote beside it.
    pub message: Option<String>,
    /// Until when it holds.
    pub until: Option<Timestamp>,
    /// Where they are: an address.
    pub location: Option<String>,
    /// In degrees, as the phone system wrote it.
    pub latitude: Option<String>,
    pub longitude: Option<String>,
}

/// The newest report of one kind from one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceReport {
    pub source: String,
    pub kind: PresenceKind,
    /// When it was so, by the phone system's clock.
    pub at: Timestamp,
    /// Since when the status is this one.
    pub since: Timestamp,
    /// The event that told it.
    pub event: Id,
    pub state: PresenceState,
}

impl PresenceReport {
    /// Whether it still holds.
    pub fn is_current(&self, now: Timestamp) -> bool {
        self.state.until.is_none_or(|until| now < until)
    }

    fn newness(&self) -> (Timestamp, Id) {
        (self.at, self.event)
    }
}

/// What is known of one agent: of each source and kind the newest report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentPresence(Vec<PresenceReport>);

impl AgentPresence {
    /// Takes a report up, unless a newer one of its kind is known; answers whether it did.
    pub fn take_up(&mut self, report: PresenceReport) -> bool {
        let same = |known: &&mut PresenceReport| {
            known.kind == report.kind && known.source == report.source
        };
        match self.0.iter_mut().find(same) {
            Some(known) if known.newness() <= report.newness() => {
                let (before, status) = (&known.state.status, &report.state.status);
                let goes_on = status.is_some() && before == status;
                let since = if goes_on { known.since } else { report.since };
                *known = PresenceReport { since, ..report };
            }
            Some(_) => return false,
            None => self.0.push(report),
        }
        true
    }

    /// Keeps only some of the reports.
    pub fn retain(&mut self, keep: impl Fn(&PresenceReport) -> bool) {
        self.0.retain(keep);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every report, those that hold no longer too.
    pub fn reports(&self) -> &[PresenceReport] {
        &self.0
    }

    /// What holds now of one kind, wherever it was reported last.
    pub fn newest(&self, kind: PresenceKind, now: Timestamp) -> Option<&PresenceReport> {
        let current = self.0.iter().filter(|report| report.kind == kind && report.is_current(now));
        current.max_by_key(|report| report.newness())
    }

    /// What rules and templates are told.
    pub fn now(&self, now: Timestamp) -> PresenceNow {
        let current = || self.0.iter().filter(|report| report.is_current(now));
        let statuses = |kind| {
            current()
                .filter(move |report| report.kind == kind)
                .filter_map(|report| report.state.status.clone())
        };
        let newest = |kind| self.newest(kind, now).map(|report| report.state.clone());
        PresenceNow {
            user: newest(PresenceKind::User),
            telephony: newest(PresenceKind::Telephony).and_then(|state| state.status),
            words: statuses(PresenceKind::User)
                .chain(statuses(PresenceKind::Telephony).flat_map(telephony_words))
                .collect(),
        }
    }
}

/// An agent's presence at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PresenceNow {
    /// Their own status.
    pub user: Option<PresenceState>,
    /// What their telephone is doing.
    pub telephony: Option<String>,
    /// Every word that conditions compare with, from all sources.
    pub words: Vec<String>,
}

/// What a telephone's state is asked for by: one that rings while its agent talks does both.
fn telephony_words(state: String) -> Vec<String> {
    if state.eq_ignore_ascii_case("rt") {
        return vec![state, "ringing".to_owned(), "talking".to_owned()];
    }
    vec![state]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    fn report(source: &str, kind: PresenceKind, at: i64, status: &str) -> PresenceReport {
        let at = Timestamp(NOW.0 + at);
        let state = PresenceState { status: Some(status.to_owned()), ..PresenceState::default() };
        PresenceReport {
            source: source.to_owned(),
            kind,
            at,
            since: at,
            event: Id::mint(at),
            state,
        }
    }

    fn told(reports: &[(&str, PresenceKind, i64, &str)]) -> AgentPresence {
        let mut all = AgentPresence::default();
        for (source, kind, at, status) in reports {
            all.take_up(report(source, *kind, *at, status));
        }
        all
    }

    #[test]
    fn the_newest_report_counts_whenever_it_arrives() {
        use PresenceKind::{Telephony, User};
        for (reports, user, telephony) in [
            (
                vec![("office", User, 1, "dnd"), ("office", User, 2, "available")],
                Some("available"),
                None,
            ),
            (
                vec![("office", User, 2, "available"), ("office", User, 1, "dnd")],
                Some("available"),
                None,
            ),
            (vec![("office", User, 1, "dnd"), ("office", User, 1, "away")], Some("away"), None),
            (
                vec![("office", User, 2, "dnd"), ("office", Telephony, 1, "talking")],
                Some("dnd"),
                Some("talking"),
            ),
            (vec![("office", User, 2, "dnd"), ("lab", User, 1, "away")], Some("dnd"), None),
        ] {
            let now = told(&reports).now(NOW);
            let status = now.user.and_then(|state| state.status);
            assert_eq!(
                (status.as_deref(), now.telephony.as_deref()),
                (user, telephony),
                "{reports:?}"
            );
        }
    }

    #[test]
    fn what_held_until_a_moment_holds_no_longer() {
        let until = NOW.plus(Duration::from_mins(5));
        let mut lunch = report("office", PresenceKind::User, 0, "dnd");
        lunch.state.until = Some(until);
        let mut all = AgentPresence::default();
        all.take_up(lunch);
        assert_eq!(all.now(NOW).words, ["dnd"]);
        assert_eq!(all.now(until), PresenceNow::default());
        assert_eq!(all.reports().len(), 1, "it is still there to be looked at");
    }

    #[test]
    fn conditions_hear_every_source_and_a_telephone_that_does_two_things() {
        let all = told(&[
            ("office", PresenceKind::Telephony, 2, "registered"),
            ("lab", PresenceKind::Telephony, 1, "rt"),
            ("lab", PresenceKind::User, 1, "busy"),
        ]);
        let mut words = all.now(NOW).words;
        words.sort_unstable();
        assert_eq!(words, ["busy", "registered", "ringing", "rt", "talking"]);
        assert_eq!(all.now(NOW).telephony.as_deref(), Some("registered"));
    }
}
