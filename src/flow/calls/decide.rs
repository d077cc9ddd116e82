//! The rules decide over a ring.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::configuration::Ruling;
use crate::domain::decision::{Decision, Nothing};
use crate::domain::ring::Ring;
use crate::domain::time::Timestamp;
use crate::flow::context::InForce;

/// What the rules say, from the one at the place `from` on. A template or a number so strange that a
/// library panics over it is a reason to open nothing, not to leave the agent without an answer.
pub(crate) fn ruling(in_force: &InForce, ring: &Ring, at: Timestamp, from: usize) -> Ruling {
    let decide = || in_force.configuration.decide(ring, at, from);
    let nothing = || Decision::nothing(None, Nothing::Panicked);
    catch_unwind(AssertUnwindSafe(decide)).unwrap_or_else(|_| Ruling::Decided(nothing()))
}

/// The rules decide without asking anybody: rules that leave it to an endpoint are passed over.
pub(crate) fn decide(in_force: &InForce, ring: &Ring, at: Timestamp, why: &str) -> Decision {
    let (mut passed, mut from) = (Passed::default(), 0);
    loop {
        match ruling(in_force, ring, at, from) {
            Ruling::Decided(decision) => return passed.tell(decision),
            Ruling::Asks(asks) => {
                passed.note(&asks.rule, why);
                from = asks.next;
            }
        }
    }
}

/// Rules whose endpoint did not decide, each with the reason.
#[derive(Debug, Default)]
pub(crate) struct Passed(Vec<String>);

impl Passed {
    pub(crate) fn note(&mut self, rule: &str, why: &str) {
        self.0.push(format!("rule \"{rule}\" did not decide: {why}"));
    }

    /// The decision that was made instead says so.
    pub(crate) fn tell(mut self, decision: Decision) -> Decision {
        self.0.extend(decision.reason);
        let reason = (!self.0.is_empty()).then(|| self.0.join("; "));
        Decision { reason, ..decision }
    }
}
