//! What the API answers, and commands print: the flow's answers as JSON, each kind in one place.
#![expect(
    single_use_lifetimes,
    reason = "what describes a type to the API's document names its lifetime once"
)]

pub mod access;
mod agents;
mod contacts;
mod deliveries;
mod events;

use serde_json::Value;

pub use agents::Agent;
pub use contacts::{Import, List, ListedLookup, LookupTest, Who};
pub use deliveries::{Delivery, Destination, Failures, FullDelivery, Test};
pub use events::{Event, Refusal, Trial, agent_name, refusal_status};

use crate::domain::time::Timestamp;

pub(super) fn moment(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

/// What was kept as JSON.
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}
