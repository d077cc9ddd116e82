//! What stands around every page of the console.

use serde::Serialize;

/// The rail, the search and the lamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shell {
    /// Which entry of the rail is open: home, live, calls, deliveries, events, refusals, access, audit.
    pub section: &'static str,
    /// Who is signed in.
    pub operator: String,
    /// viewer, supervisor, admin.
    pub role: &'static str,
    /// What every form of theirs shows.
    pub csrf: String,
    /// What is looked for.
    pub typed: String,
    pub lamp: Lamp,
    pub attention: Attention,
}

/// Whether rings are answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lamp {
    /// good, slow, errors, away.
    pub state: &'static str,
    /// The slowest of a hundred answers lately, in milliseconds; none if nothing rang.
    pub p99: Option<String>,
    /// Rings that could not be written down lately.
    pub errors: i64,
}

/// How much needs somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Attention {
    /// Deliveries that were given up, and destinations that are paused.
    pub deliveries: i64,
    /// Requests of phone systems that were refused of late.
    pub refusals: i64,
    /// Phone systems that have fallen silent, and lookups that fail.
    pub events: i64,
    /// Agents who probably wait behind a page that is gone.
    pub live: i64,
}

impl Shell {
    pub(super) fn samples() -> Vec<Self> {
        let lamp =
            |state, p99: Option<&str>, errors| Lamp { state, p99: p99.map(str::to_owned), errors };
        let calm = Self {
            section: "home",
            operator: "Claire <Roux>".to_owned(),
            role: "admin",
            csrf: "token".to_owned(),
            typed: String::new(),
            lamp: lamp("good", Some("1.2"), 0),
            attention: Attention::default(),
        };
        let busy = Self {
            section: "live",
            role: "viewer",
            typed: "\"1088\" & more".to_owned(),
            lamp: lamp("errors", Some("812"), 3),
            attention: Attention { deliveries: 3, refusals: 1204, events: 1, live: 1 },
            ..calm.clone()
        };
        let away = Self { lamp: lamp("away", None, 0), ..busy.clone() };
        vec![calm, busy, away]
    }
}
