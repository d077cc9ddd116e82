//! The rules decide over a ring.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::domain::decision::Decision;
use crate::domain::ring::Ring;
use crate::flow::context::InForce;

/// The rules decide. A template or a number so strange that a library panics over it is a reason to
/// open nothing, not to leave the agent without an answer.
pub(crate) fn decide(in_force: &InForce, ring: &Ring) -> Decision {
    let decided = catch_unwind(AssertUnwindSafe(|| in_force.configuration.decide(ring)));
    decided.unwrap_or_else(|_| Decision::nothing(None, "the rules panicked over this ring"))
}
