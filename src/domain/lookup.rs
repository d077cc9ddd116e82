//! A system that is asked who a number belongs to.

use std::time::Duration;

use super::contact::Form;
use super::destination::{RequestTemplate, Template};
use super::endpoint::Connection;

/// JSON pointers into a contact; what stands at several is joined with a blank.
pub type Pointers = Vec<String>;

/// Where a contact's values stand in an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    pub id: Pointers,
    pub name: Pointers,
    /// Where they work.
    pub company: Pointers,
    /// Their e-mail address.
    pub email: Pointers,
    /// Whatever else.
    pub data: Vec<(String, Pointers)>,
}

/// A configured lookup.
#[derive(Debug, Clone, PartialEq)]
pub struct LookUp {
    pub name: String,
    /// Where it asks, and how long an answer may take.
    pub connection: Connection,
    /// What it asks.
    pub request: RequestTemplate,
    /// The preset that it is made from.
    pub preset: Option<String>,
    /// The forms of a number that are asked for, one after the other until somebody is known.
    pub numbers: Vec<Form>,
    /// Statuses that mean that nobody is known.
    pub none: Vec<u16>,
    /// Where the answer has the contacts: a JSON pointer; empty for the answer itself.
    pub contacts: String,
    /// Where their values stand.
    pub fields: Fields,
    /// The address of a contact's page.
    pub open: Option<Template>,
    /// The address of a form for somebody new.
    pub create: Option<Template>,
    /// The address of a search.
    pub search: Option<Template>,
    /// How long an answer is taken to be true.
    pub fresh: Duration,
    /// How long an answer is shown while it is asked for again.
    pub keep: Duration,
}

/// How long it is believed at most that nobody is known: people are added while they are spoken to.
const NOBODY: Duration = Duration::from_mins(1);

impl LookUp {
    /// How long an answer is taken to be true.
    pub fn fresh(&self, knows_anybody: bool) -> Duration {
        if knows_anybody { self.fresh } else { self.fresh.min(NOBODY) }
    }
}
