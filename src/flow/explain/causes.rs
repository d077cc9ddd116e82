//! What a verdict most likely comes from.

use super::heard::Heard;
use super::verdict::{Kind, Surroundings};
use crate::domain::decision::Action;
use crate::domain::word::Word as _;
use crate::store::TurnedAwayRow;
use crate::view::sentence::{Sentence, Value};

/// Causes that are named.
pub(super) const MOST: usize = 3;

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

/// Why nothing may have come from a desktop.
pub(super) fn of_silence(rang: bool, never_seen: bool) -> Vec<Sentence> {
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
