//! Another system that hears of calls: which events it wants, and the requests that tell it.

use super::delivery::RetrySchedule;
use super::endpoint::Connection;
use super::event::{CallEventKind, EXPIRED};
use super::rule::Conditions;
use super::secret::Secret;
use super::word::Word;

/// Whether a destination hears anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// Everything it wants.
    #[default]
    On,
    /// Nothing; nothing is owed.
    Off,
    /// Nothing; but every request is written and can be looked at.
    Silent,
}

impl Word for State {
    const ALL: &'static [(&'static str, Self)] =
        &[("on", Self::On), ("off", Self::Off), ("silent", Self::Silent)];
}

/// The names of compiled templates, in the place of the texts that they yield.
pub type Template = String;

/// A JSON value that is filled in.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// As it stands.
    Fixed(serde_json::Value),
    Text(Template),
    /// A text that is left out with its member when it is empty.
    Optional(Template),
    /// A number; null when it is empty.
    Number(Template),
    /// JSON, as the template yields it; null when it is empty.
    Json(Template),
    /// A number or JSON that is left out with its member when it is empty.
    Known(Box<Self>),
    List(Vec<Self>),
    /// An object.
    Map(Vec<(String, Self)>),
}

/// What a request carries.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// Everything that is known, as one JSON object.
    Everything,
    Form(Vec<(String, Template)>),
    Json(Shape),
    /// A text of any type.
    Text {
        content_type: String,
        text: Template,
    },
}

/// A request, before it is filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestTemplate {
    /// GET, POST, PUT, PATCH.
    pub method: String,
    /// Where to; a queue has no address that a request could name.
    pub url: Option<Template>,
    /// Parameters.
    pub query: Vec<(String, Template)>,
    pub headers: Vec<(String, Template)>,
    pub body: Body,
}

/// A request, and the events that it tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// The events; a star stands for anything.
    pub on: Vec<String>,
    /// Whether it changes the entry that another request made, and needs its id.
    pub update: bool,
    pub request: RequestTemplate,
}

/// A configured destination.
#[derive(Debug, Clone, PartialEq)]
pub struct Destination {
    pub name: String,
    /// Whether it hears anything.
    pub state: State,
    /// The events that it wants; a star stands for anything.
    pub on: Vec<String>,
    /// Which of them.
    pub conditions: Conditions,
    /// The requests; the first that fits an event tells it.
    pub requests: Vec<Outgoing>,
    /// Where they go.
    pub connection: Connection,
    /// Signs as Standard Webhooks has it.
    pub sign: Option<Secret>,
    /// Signs as Wildix does: `x-signature`, over a queue the attribute of that name.
    pub x_signature: Option<Secret>,
    /// Where the answer names the entry that was made: a JSON pointer.
    pub entry: Option<String>,
    /// When it is tried again.
    pub retry: RetrySchedule,
}

/// Whether an event's name is one of these, where a star stands for anything that has happened: that a
/// call expired is only supposed, and has to be asked for by its name.
pub fn wants(on: &[String], kind: &str) -> bool {
    on.iter().any(|wanted| match wanted.split_once('*') {
        Some(_) if kind == EXPIRED => false,
        Some((before, after)) => {
            kind.len() >= before.len() + after.len()
                && kind.starts_with(before)
                && kind.ends_with(after)
        }
        None => wanted == kind,
    })
}

impl Destination {
    /// Whether it wants to hear of such an event at all.
    pub fn wants(&self, kind: &str) -> bool {
        self.state != State::Off && wants(&self.on, kind)
    }

    /// The request that tells an event: one that changes the entry where there is one.
    pub fn request(&self, kind: &str, has_entry: bool) -> Option<&RequestTemplate> {
        // Whoever asks for calls that expired is told of them as of others that are over.
        let ended = (kind == EXPIRED).then(|| CallEventKind::Ended.word());
        let fits = |request: &&Outgoing| {
            wants(&request.on, kind) || ended.is_some_and(|ended| wants(&request.on, ended))
        };
        let mut fitting = self.requests.iter().filter(fits);
        let update = fitting.clone().find(|request| request.update && has_entry);
        let found = update.or_else(|| fitting.find(|request| !request.update));
        found.map(|outgoing| &outgoing.request)
    }
}

/// Stands around the name of a secret: a character that call data loses, so that no caller's name
/// can ask for one.
pub const MARK: char = '\u{e000}';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        let on = |text: &str| wants(&[text.to_owned()], "call.ended");
        assert!(on("call.ended") && on("call.*") && on("*") && on("*ended"));
        assert!(!on("call.end") && !on("pane.*") && !on("call.ended.*"));
    }

    #[test]
    fn a_star_does_not_stand_for_what_is_only_supposed() {
        let on = |text: &str| wants(&[text.to_owned()], EXPIRED);
        assert!(on("call.expired"));
        assert!(!on("*") && !on("call.*") && !on("*expired") && !on("call.ended"));
    }
}
