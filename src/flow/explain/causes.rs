//! What a verdict most likely comes from.

use super::AgentLabel;
use super::heard::Heard;
use super::verdict::{Kind, Surroundings};
use crate::configuration::Configuration;
use crate::domain::decision::Action;
use crate::domain::word::Word as _;
use crate::pbx::Source;
use crate::store::TurnedAwayRow;
use crate::view::sentence::{Sentence, Value};

/// Causes that are named.
const MOST: usize = 3;

/// What a verdict most likely comes from, the likeliest first.
pub(super) fn of_verdict(
    kind: Kind,
    ring: &Heard,
    surroundings: &Surroundings<'_>,
) -> Vec<Sentence> {
    let on_built_in_desktop = ring.row.page.as_ref().is_some_and(|page| page.on_built_in_desktop);
    match kind {
        Kind::Unused | Kind::Expired if on_built_in_desktop => vec![
            Sentence::new("explain-cause-signed-out", []),
            Sentence::new("explain-cause-asleep", []),
            unreachable(surroundings),
        ],
        Kind::Unused | Kind::Expired => {
            let popup = ring.row.action.as_deref().and_then(Action::read) == Some(Action::Popup);
            let first = if popup { "explain-cause-popup" } else { "explain-cause-hung-up" };
            vec![
                Sentence::new(first, []),
                unreachable(surroundings),
                Sentence::new("explain-cause-asleep", []),
            ]
        }
        Kind::Unreported => {
            let unanswered = Sentence::new("explain-cause-unanswered", []);
            let is_reported = ring.call().is_some();
            let unheard = (!is_reported).then(|| unreported(surroundings));
            [Some(unanswered), unheard].into_iter().flatten().collect()
        }
        _ => Vec::new(),
    }
}

fn unreachable(surroundings: &Surroundings<'_>) -> Sentence {
    let url = Value::Text(surroundings.public_url.to_owned());
    Sentence::new("explain-cause-unreachable", [("url", url)])
}

/// Why no phone system told of the call.
fn unreported(surroundings: &Surroundings<'_>) -> Sentence {
    let sources = &surroundings.sources;
    if sources.is_empty() {
        return Sentence::new("explain-cause-no-source", []);
    }
    let sources = sources.iter().map(|source| Value::Text((*source).to_owned())).collect();
    Sentence::new("explain-cause-not-heard", [("sources", Value::List(sources))])
}

/// Why a desktop may not have asked about a call that a phone system reported.
pub(super) fn of_unasked() -> Vec<Sentence> {
    let keys = ["explain-cause-closed", "explain-cause-setup", "explain-cause-network"];
    keys.map(|key| Sentence::new(key, [])).to_vec()
}

/// Of whom nothing was heard, which says why that may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Silent {
    /// A configured agent of these phone systems, whose events open pages.
    Reported(Vec<String>),
    /// Whose desktop asks itself, and did so before.
    Seen,
    /// A configured agent whose desktop asks itself, and never did.
    NeverSeen,
    /// Nobody of whom anything is known.
    Unknown,
}

impl Silent {
    pub(super) fn of(agent: &AgentLabel, was_seen: bool, configuration: &Configuration) -> Self {
        let key = agent.key.as_deref();
        let key = key.filter(|key| configuration.agent_of_key(key).is_some());
        let reports = |source: &&Source| {
            source.make.desktop.is_none()
                && key.is_some_and(|key| configuration.names_agent(key, &source.name))
        };
        let sources = configuration.sources().filter(reports);
        let sources: Vec<String> = sources.map(|source| source.name.clone()).collect();
        match key {
            _ if !sources.is_empty() => Self::Reported(sources),
            _ if was_seen => Self::Seen,
            Some(_) => Self::NeverSeen,
            None => Self::Unknown,
        }
    }

    /// Why, the likeliest first; what else is known of that time comes second.
    pub(super) fn causes(self, others: Vec<Sentence>) -> Vec<Sentence> {
        let plain = |key: &&'static str| Sentence::new(key, []);
        let (first, then): (Vec<Sentence>, &[&'static str]) = match self {
            Self::Reported(sources) => {
                let sources = sources.into_iter().map(Value::Text).collect();
                let values = [("sources", Value::List(sources))];
                let unreported = Sentence::new("explain-cause-no-report", values);
                (vec![unreported], &["explain-cause-no-call"])
            }
            Self::Seen => {
                let then =
                    &["explain-cause-no-call", "explain-cause-closed", "explain-cause-network"];
                (others, then)
            }
            Self::NeverSeen => {
                (others, &["explain-cause-setup", "explain-cause-network", "explain-cause-closed"])
            }
            Self::Unknown => {
                let first = [vec![Sentence::new("explain-cause-name", [])], others].concat();
                (first, &["explain-cause-setup", "explain-cause-network"])
            }
        };
        first.into_iter().chain(then.iter().map(plain)).take(MOST).collect()
    }
}

/// Requests that were refused in that time.
pub(super) fn refused(refused: &TurnedAwayRow) -> Sentence {
    let times = usize::try_from(refused.times).unwrap_or_default();
    let values = [
        ("count", Value::Count(times)),
        ("code", Value::Text(refused.code.clone())),
        ("detail", Value::Text(refused.detail.clone())),
    ];
    Sentence::new("explain-cause-refused", values)
}

/// Others were rung in that time.
pub(super) fn others(count: usize) -> Option<Sentence> {
    let values = [("count", Value::Count(count))];
    (count > 0).then(|| Sentence::new("explain-cause-others", values))
}
