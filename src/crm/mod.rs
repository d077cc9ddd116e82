//! How is it said to the CRM? What is owed becomes one request, and the answer a verdict. Pure: what
//! must not be seen stands in a request as `%name%` until it is sent.

pub mod charset;
pub mod csv;
pub mod lookup;
pub mod spreadsheet;

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::domain::delivery::{Verdict, standard_signature};
use crate::domain::destination::{Body, Destination, MARK, RequestTemplate, Shape};
use crate::domain::endpoint::{Authentication, Connection, Endpoint};
use crate::domain::facts::Kept;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;
use crate::pbx::{WILDIX_SIGNATURE, hex_hmac};
use crate::template::{Error, Lines, Values};
use crate::transport::client::Outbound;

/// A request, ready to be sent but for what must not be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Prepared {
    /// GET, POST, PUT, PATCH.
    pub method: String,
    /// Where to, with its query.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
}

/// Why there is nothing to send.
#[derive(Debug, thiserror::Error)]
pub enum Unsendable {
    /// No request of the destination tells this event.
    #[error("this destination has no request for {kind}; it receives {}", wants.join(", "))]
    NoRequest {
        /// The event.
        kind: String,
        /// What the destination wants to hear of.
        wants: Vec<String>,
    },
    /// What is kept with the delivery cannot be read.
    #[error("the stored event cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// A template cannot be filled in with this.
    #[error("{place} cannot be filled in: {error}")]
    Template {
        /// Which part of the request.
        place: String,
        /// What is wrong.
        error: Error,
    },
    /// A value that had to be a number, or JSON, is none.
    #[error("{place}: \"{text}\" is not {wanted}")]
    NoValue {
        /// Which part of the request.
        place: String,
        /// What stood there.
        text: String,
        /// What had to.
        wanted: &'static str,
    },
}

/// Writes the request that tells an event.
pub fn request(
    destination: &Destination,
    lines: &Lines,
    kind: &str,
    kept: &Kept<'_>,
) -> Result<Prepared, Unsendable> {
    let outgoing = destination.request(kind, kept.has_entry());
    let outgoing = outgoing.ok_or_else(|| Unsendable::NoRequest {
        kind: kind.to_owned(),
        wants: destination.on.clone(),
    })?;
    fill(outgoing, lines, kept)
}

/// Fills a request in.
fn fill(
    template: &RequestTemplate,
    lines: &Lines,
    kept: &Kept<'_>,
) -> Result<Prepared, Unsendable> {
    Writer { lines, kept, values: Values::of(kept) }.request(template)
}

struct Writer<'a> {
    lines: &'a Lines,
    kept: &'a Kept<'a>,
    /// The same, as templates read them.
    values: Values<'a>,
}

impl Writer<'_> {
    fn request(&self, template: &RequestTemplate) -> Result<Prepared, Unsendable> {
        let url = template.url.as_ref().map(|url| self.fill(url, &Place::Part("url")));
        let mut url = url.transpose()?.unwrap_or_default();
        let query = self.pairs(&template.query, "query")?;
        if !query.is_empty() {
            let query = encoded(&query).replace('+', "%20");
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&query);
        }
        let mut headers = Vec::new();
        for (name, value) in self.pairs(&template.headers, "headers")? {
            headers.push((name, header_value(&value)));
        }
        let (content_type, body) = self.body(&template.body)?;
        let names_type = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if let Some(content_type) = content_type.filter(|_| !names_type) {
            headers.push(("content-type".to_owned(), content_type));
        }
        Ok(Prepared { method: template.method.clone(), url, headers, body })
    }

    fn pairs(
        &self,
        pairs: &[(String, String)],
        place: &str,
    ) -> Result<Vec<(String, String)>, Unsendable> {
        let filled = pairs.iter().map(|(name, template)| {
            Ok((name.clone(), self.fill(template, &Place::Part(place).member(name))?))
        });
        filled.collect()
    }

    fn body(&self, body: &Body) -> Result<(Option<String>, Option<String>), Unsendable> {
        let json_type = || Some("application/json".to_owned());
        Ok(match body {
            Body::None => (None, None),
            Body::Everything => {
                let mut facts = self.kept.facts()?;
                facts.complete(self.lines.data_keys(), self.lines.contact_keys());
                (json_type(), Some(serde_json::to_string(&facts)?))
            }
            Body::Json(shape) => {
                let mut json = Vec::new();
                if !self.shape(shape, &Place::Part("json"), &mut json)? {
                    json.extend(b"null");
                }
                (json_type(), String::from_utf8(json).ok())
            }
            Body::Form(pairs) => {
                let pairs = self.pairs(pairs, "form")?;
                let form = "application/x-www-form-urlencoded".to_owned();
                (Some(form), Some(encoded(&pairs)))
            }
            Body::Text { content_type, text } => {
                let text = self.fill(text, &Place::Part("body"))?;
                if content_type.contains("json") && serde_json::from_str::<Value>(&text).is_err() {
                    return Err(no_value("body", text, "JSON"));
                }
                (Some(content_type.clone()), Some(text))
            }
        })
    }

    /// Writes a value; answers whether there is one, or whether it is to be left out.
    fn shape(
        &self,
        shape: &Shape,
        place: &Place<'_>,
        json: &mut Vec<u8>,
    ) -> Result<bool, Unsendable> {
        match shape {
            Shape::Fixed(value) => serde_json::to_writer(json, value)?,
            Shape::Text(template) => {
                serde_json::to_writer(json, &self.fill(template, place)?)?;
            }
            Shape::Optional(template) => {
                let text = self.fill(template, place)?;
                if text.trim().is_empty() {
                    return Ok(false);
                }
                serde_json::to_writer(json, &text)?;
            }
            Shape::Number(template) => {
                serde_json::to_writer(json, &self.parsed(template, place, "a number")?)?;
            }
            Shape::Json(template) => {
                serde_json::to_writer(json, &self.parsed(template, place, "JSON")?)?;
            }
            Shape::Known(inner) => {
                let before = json.len();
                let is_there = self.shape(inner, place, json)?;
                let is_known = is_there && json.get(before..) != Some(b"null");
                json.truncate(if is_known { json.len() } else { before });
                return Ok(is_known);
            }
            Shape::List(list) => {
                let members = list.iter().enumerate();
                let members = members.map(|(at, shape)| (None, place.at(at), shape));
                self.members(members, (b'[', b']'), json)?;
            }
            Shape::Map(members) => {
                let members = members.iter();
                let members = members.map(|(name, shape)| (Some(name), place.member(name), shape));
                self.members(members, (b'{', b'}'), json)?;
            }
        }
        Ok(true)
    }

    /// Writes the members of a list or a map, without those that are left out.
    fn members<'s>(
        &self,
        members: impl Iterator<Item = (Option<&'s String>, Place<'s>, &'s Shape)>,
        (open, close): (u8, u8),
        json: &mut Vec<u8>,
    ) -> Result<(), Unsendable> {
        json.push(open);
        let empty = json.len();
        for (name, place, shape) in members {
            let before = json.len();
            if before > empty {
                json.push(b',');
            }
            if let Some(name) = name {
                serde_json::to_writer(&mut *json, name)?;
                json.push(b':');
            }
            if !self.shape(shape, &place, json)? {
                json.truncate(before);
            }
        }
        json.push(close);
        Ok(())
    }

    fn fill(&self, template: &str, place: &Place<'_>) -> Result<String, Unsendable> {
        let filled = self.lines.fill(template, &self.values);
        filled.map_err(|error| Unsendable::Template { place: place.to_string(), error })
    }

    fn parsed(
        &self,
        template: &str,
        place: &Place<'_>,
        wanted: &'static str,
    ) -> Result<Value, Unsendable> {
        let text = self.fill(template, place)?;
        if text.trim().is_empty() {
            return Ok(Value::Null);
        }
        let value: Option<Value> = serde_json::from_str(text.trim()).ok();
        let value = value.filter(|value| wanted != "a number" || value.is_number());
        value.ok_or_else(|| no_value(&place.to_string(), text, wanted))
    }
}

/// Where in a request something stands; it is put into words only if it is wrong.
enum Place<'a> {
    Part(&'a str),
    Member(&'a Self, &'a str),
    Element(&'a Self, usize),
}

impl<'a> Place<'a> {
    fn member(&'a self, name: &'a str) -> Self {
        Self::Member(self, name)
    }

    fn at(&'a self, at: usize) -> Self {
        Self::Element(self, at)
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Part(part) => f.write_str(part),
            Self::Member(within, name) => write!(f, "{within}.{name}"),
            Self::Element(within, at) => write!(f, "{within}[{at}]"),
        }
    }
}

fn no_value(place: &str, text: String, wanted: &'static str) -> Unsendable {
    Unsendable::NoValue { place: place.to_owned(), text, wanted }
}

fn encoded(pairs: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Without line ends, which would begin another header, and within what headers may hold.
fn header_value(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    // Other than ASCII is percent-encoded: no receiver agrees on anything else.
    if text.is_ascii() {
        return text;
    }
    let encode = |c: char| {
        let text = c.to_string();
        let encoded = || url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        if c.is_ascii() { text.clone() } else { encoded() }
    };
    text.chars().map(encode).collect()
}

impl Prepared {
    /// The same with its secrets, as it is sent.
    pub fn revealed(&self, connection: &Connection) -> Outbound {
        // Within a query or a form the mark was percent-encoded: there the secret is as well.
        let encode = |text: &str| -> String {
            url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
        };
        let revealed = self.clone().with(|text| {
            connection.hidden.iter().fold(text, |text, (name, secret)| {
                let (mark, shown) = (placeholder(name), secret.expose());
                replaced(replaced(text, &mark, shown), &encode(&mark), &encode(shown))
            })
        });
        let Self { method, url, headers, body } = revealed;
        Outbound { method, url, headers, body, attribute: None }
    }

    fn with(self, change: impl Fn(String) -> String) -> Self {
        let headers = self.headers.into_iter().map(|(name, value)| (name, change(value)));
        Self {
            method: self.method,
            url: change(self.url),
            headers: headers.collect(),
            body: self.body.map(&change),
        }
    }

    /// The request as it is kept and shown: `%name%` stands for what must not be seen.
    #[must_use]
    pub fn masked(self) -> Self {
        let mark = MARK.to_string();
        self.with(|text| replaced(replaced(text, &mark, "%"), "%EE%80%80", "%"))
    }

    /// As it is shown to whoever tries it out: with the place of what authenticates it, and without
    /// that.
    #[must_use]
    pub fn tried(mut self, connection: &Connection) -> Self {
        let shown = match &connection.endpoint {
            Endpoint::Sqs(_) | Endpoint::Http(Authentication::None) => None,
            Endpoint::Http(Authentication::Header { name, .. }) => Some((name.clone(), "%secret%")),
            Endpoint::Http(Authentication::ClientCredentials { .. }) => {
                Some(("authorization".to_owned(), "Bearer %token%"))
            }
        };
        self.headers.extend(shown.map(|(name, value)| (name, value.to_owned())));
        self.masked()
    }

    /// The same as a curl command.
    pub fn as_curl(&self) -> String {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
        let mut command = format!("curl -X {} {}", self.method, quoted(&self.url));
        for (name, value) in &self.headers {
            let header = quoted(&format!("{name}: {value}"));
            command.extend([" \\\n  -H ", &header]);
        }
        if let Some(body) = &self.body {
            command.extend([" \\\n  --data-raw ", &quoted(body)]);
        }
        command
    }
}

/// The headers that sign a request.
pub fn signatures(
    request: &Prepared,
    destination: &Destination,
    delivery: Id,
    now: Timestamp,
) -> Vec<(String, String)> {
    let mut sent = request.revealed(&destination.connection);
    sign(&mut sent, destination, delivery, now);
    sent.headers.split_off(request.headers.len())
}

/// Signs a request as its destination wants it: the last thing before it is sent.
pub fn sign(sent: &mut Outbound, destination: &Destination, delivery: Id, now: Timestamp) {
    let body = sent.body.as_deref().unwrap_or_default().as_bytes();
    if let Some(secret) = &destination.sign {
        let (id, seconds) = (message_id(delivery), now.0.div_euclid(1000));
        let signature = standard_signature(secret, &id, seconds, body);
        sent.headers.extend([
            ("webhook-id".to_owned(), id),
            ("webhook-timestamp".to_owned(), seconds.to_string()),
            ("webhook-signature".to_owned(), signature),
        ]);
    }
    if let Some(secret) = &destination.x_signature {
        let signature = hex_hmac(secret, body);
        sent.headers.push((WILDIX_SIGNATURE.header.to_owned(), signature.clone()));
        sent.attribute = Some((WILDIX_SIGNATURE.attribute, signature));
    }
}

/// Nearly always there is nothing to replace: then the text stays as it is.
fn replaced(text: String, from: &str, to: &str) -> String {
    if text.contains(from) { text.replace(from, to) } else { text }
}

/// What stands for a secret until the request is sent.
fn placeholder(name: &str) -> String {
    format!("{MARK}{name}{MARK}")
}

/// What a receiver recognises a repeated delivery by.
pub fn message_id(delivery: Id) -> String {
    format!("msg_{delivery}")
}

/// What an answer means, and how the receiver calls the entry that it made.
pub fn verdict(
    destination: &Destination,
    status: u16,
    retry_after: Option<&str>,
    body: &[u8],
) -> (Verdict, Option<String>) {
    let verdict = Verdict::of(status, retry_after);
    let pointer = destination.entry.as_ref().filter(|_| verdict == Verdict::Delivered);
    let entry = pointer.and_then(|pointer| {
        let answer: Value = serde_json::from_slice(body).ok()?;
        match answer.pointer(pointer)? {
            Value::String(id) => Some(id.clone()),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        }
    });
    (verdict, entry.filter(|id| !id.is_empty() && id.len() <= 200))
}
