//! What the benchmark reads of Callpane's database, to compare it with what was answered.

/// What was heard: rings and phone systems' events. What agents did on their pages is not in it.
pub(crate) const HEARD: &str = "SELECT COUNT(*) FROM event WHERE kind LIKE 'call.%'";

pub(crate) const CALLS: &str = "SELECT COUNT(*) FROM call";

pub(crate) const CALLS_OVER: &str =
    "SELECT COUNT(*) FROM call WHERE state IS NOT NULL AND open_until IS NULL";

pub(crate) const PAGES: &str = "SELECT COUNT(*) FROM pane";

/// Whether any delivery is still owed. By the index of those: counting all rows would cost the
/// receiver its core.
pub(crate) const OWES: &str = "SELECT EXISTS (SELECT 1 FROM delivery WHERE settled_at IS NULL)";

pub(crate) const FACTS: &str = "SELECT facts FROM delivery_facts";

pub(crate) const DELIVERED: &str = "SELECT COUNT(*) FROM delivery WHERE outcome = 'delivered'";

pub(crate) const ATTEMPTS: &str = "SELECT COUNT(*) FROM attempt WHERE status = 200";

/// Events of one kind.
pub(crate) fn events_of(kind: &str) -> String {
    format!("SELECT COUNT(*) FROM event WHERE kind = '{kind}'")
}
