//! The rules decide over a ring, and what they decided is written down for whoever asks later.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;

use crate::domain::decision::{Decision, Target};
use crate::domain::ring::Ring;
use crate::domain::word::Word as _;
use crate::flow::context::InForce;

/// The rules decide. A template or a number so strange that a library panics over it is a reason to
/// open nothing, not to leave the agent without an answer.
pub(crate) fn decide(in_force: &InForce, ring: &Ring) -> Decision {
    let decided = catch_unwind(AssertUnwindSafe(|| in_force.configuration.decide(ring)));
    decided.unwrap_or_else(|_| Decision::nothing(None, "the rules panicked over this ring"))
}

/// A decision as it is stored: what an administrator reads who is asked why nothing opened.
#[derive(Debug, Serialize)]
struct Kept<'a> {
    rule: Option<&'a str>,
    contact: &'static str,
    action: &'static str,
    moment: Option<&'static str>,
    page: Option<&'a str>,
    url: Option<&'a str>,
    autopause: bool,
    carried: Option<&'static str>,
    reason: Option<&'a str>,
}

/// The decision over a ring as it is stored.
pub(crate) fn kept(ring: &Ring, decision: &Decision, autopause: bool, carried: bool) -> String {
    let opening = decision.opening.as_ref();
    let (page, url) = match opening.map(|opening| &opening.target) {
        Some(Target::Page(page)) => (Some(page.as_str()), None),
        Some(Target::Address(address)) => (None, Some(address.as_str())),
        None => (None, None),
    };
    let kept = Kept {
        rule: decision.rule.as_deref(),
        contact: ring.contact.state().word(),
        action: opening.map_or("none", |opening| opening.action.word()),
        moment: opening.map(|opening| opening.moment.word()),
        page,
        url,
        autopause,
        carried: carried.then_some("autopause, for a pane that is still open"),
        reason: decision.reason.as_deref(),
    };
    serde_json::to_string(&kept).unwrap_or_default()
}
