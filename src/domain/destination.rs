//! Another system that hears of calls: which events it wants, and the requests that tell it.

use std::time::Duration;

use data_encoding::BASE64;

use super::decision::Word;
use super::delivery::RetrySchedule;
use super::rule::Conditions;
use super::secret::Secret;

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
    /// A text.
    Text(Template),
    /// A text that is left out with its member when it is empty.
    Optional(Template),
    /// A number; null when it is empty.
    Number(Template),
    /// JSON, as the template yields it; null when it is empty.
    Json(Template),
    /// A number or JSON that is left out with its member when it is empty.
    Known(Box<Self>),
    /// A list.
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
    /// A form.
    Form(Vec<(String, Template)>),
    /// JSON.
    Json(Shape),
    /// A text of any type.
    Text {
        /// The type.
        content_type: String,
        /// The text.
        text: Template,
    },
}

/// One request, before it is filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// The events that it tells; a star stands for anything.
    pub on: Vec<String>,
    /// Whether it changes the entry that another request made, and needs its id.
    pub update: bool,
    /// GET, POST, PUT, PATCH.
    pub method: String,
    /// Where to.
    pub url: Template,
    /// Parameters.
    pub query: Vec<(String, Template)>,
    /// Headers.
    pub headers: Vec<(String, Template)>,
    /// The body.
    pub body: Body,
}

/// How a request proves who we are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Proof {
    /// It does not.
    #[default]
    None,
    /// A header's value, in which a secret stands for a name in percent signs.
    Header {
        /// The header.
        name: String,
        /// Its value.
        value: Secret,
    },
    /// A token that is fetched with a client's id and secret, and kept as long as it is good.
    ClientCredentials {
        /// Where it is fetched.
        token_url: String,
        /// The client.
        client_id: String,
        /// Its secret.
        client_secret: Secret,
        /// What it is asked for.
        scope: Option<String>,
    },
}

/// A configured destination.
#[derive(Debug, Clone, PartialEq)]
pub struct Destination {
    /// Its name.
    pub name: String,
    /// Whether it hears anything.
    pub state: State,
    /// The events that it wants; a star stands for anything.
    pub on: Vec<String>,
    /// Which of them.
    pub conditions: Conditions,
    /// The requests; the first that fits an event tells it. None for a queue.
    pub requests: Vec<Outgoing>,
    /// How they prove who we are.
    pub proof: Proof,
    /// Signs as Standard Webhooks has it.
    pub sign: Option<Secret>,
    /// Signs as Wildix does: `x-signature`, over a queue the attribute of that name.
    pub x_signature: Option<Secret>,
    /// Where the answer names the entry that was made: a JSON pointer.
    pub entry: Option<String>,
    /// When it is tried again.
    pub retry: RetrySchedule,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Values that stand in requests as `%name%` and are shown to nobody.
    pub hidden: Vec<(String, Secret)>,
    /// The queue that it is, if it is none that is asked over HTTP.
    pub queue: bool,
}

/// Whether an event's name is one of these, where a star stands for anything.
pub fn wants(on: &[String], kind: &str) -> bool {
    on.iter().any(|wanted| match wanted.split_once('*') {
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
    pub fn request(&self, kind: &str, has_entry: bool) -> Option<&Outgoing> {
        let fits = |request: &&Outgoing| wants(&request.on, kind);
        let mut fitting = self.requests.iter().filter(fits);
        let update = fitting.clone().find(|request| request.update && has_entry);
        update.or_else(|| fitting.find(|request| !request.update))
    }
}

/// Stands around the name of a secret: a character that call data loses, so that no caller's name
/// can ask for one.
pub const MARK: char = '\u{e000}';

/// The value of Basic authentication.
pub fn basic(user: &str, password: &Secret) -> Secret {
    let pair = format!("{user}:{}", password.expose());
    Secret::new(format!("Basic {}", BASE64.encode(pair.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        let on = |text: &str| wants(&[text.to_owned()], "call.ended");
        assert!(on("call.ended") && on("call.*") && on("*") && on("*ended"));
        assert!(!on("call.end") && !on("pane.*") && !on("call.ended.*"));
    }
}
