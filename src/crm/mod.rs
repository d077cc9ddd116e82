//! How is it said to the CRM? What is owed becomes one request, and the answer a verdict. Pure: what
//! must not be seen stands in a request as `%name%` until it is sent.

pub mod csv;
pub mod lookup;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::delivery::{Verdict, standard_signature};
use crate::domain::destination::{Body, Destination, MARK, RequestTemplate, Shape};
use crate::domain::endpoint::{Authentication, Connection, Endpoint};
use crate::domain::facts::Facts;
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
    #[error("no request of this destination tells {kind}; it wants {}", wants.join(", "))]
    NoRequest {
        /// The event.
        kind: String,
        /// What the destination wants to hear of.
        wants: Vec<String>,
    },
    /// What is kept with the delivery cannot be read.
    #[error("what is kept of the event cannot be read: {0}")]
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
    facts: Facts,
) -> Result<Prepared, Unsendable> {
    let has_entry = facts.entry.as_ref().is_some_and(|entry| entry.id.is_some());
    let outgoing = destination.request(kind, has_entry);
    let outgoing = outgoing.ok_or_else(|| Unsendable::NoRequest {
        kind: kind.to_owned(),
        wants: destination.on.clone(),
    })?;
    fill(outgoing, lines, facts)
}

/// Fills a request in.
fn fill(
    template: &RequestTemplate,
    lines: &Lines,
    mut facts: Facts,
) -> Result<Prepared, Unsendable> {
    facts.complete(lines.data_keys(), lines.contact_keys());
    let values = Values::of(&facts);
    let values =
        values.map_err(|error| Unsendable::Template { place: "facts".to_owned(), error })?;
    Writer { lines, facts, values }.request(template)
}

struct Writer<'a> {
    lines: &'a Lines,
    facts: Facts,
    /// The same, as templates read them.
    values: Values,
}

impl Writer<'_> {
    fn request(&self, template: &RequestTemplate) -> Result<Prepared, Unsendable> {
        let url = template.url.as_ref().map(|url| self.fill(url, "url"));
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

    fn fill(&self, template: &str, place: &str) -> Result<String, Unsendable> {
        let filled = self.lines.fill(template, &self.values);
        filled.map_err(|error| Unsendable::Template { place: place.to_owned(), error })
    }

    fn pairs(
        &self,
        pairs: &[(String, String)],
        place: &str,
    ) -> Result<Vec<(String, String)>, Unsendable> {
        let filled = pairs.iter().map(|(name, template)| {
            Ok((name.clone(), self.fill(template, &format!("{place}.{name}"))?))
        });
        filled.collect()
    }

    fn body(&self, body: &Body) -> Result<(Option<String>, Option<String>), Unsendable> {
        let json_type = || Some("application/json".to_owned());
        Ok(match body {
            Body::None => (None, None),
            Body::Everything => {
                let facts = serde_json::to_string(&self.facts).unwrap_or_default();
                (json_type(), Some(facts))
            }
            Body::Json(shape) => {
                let value = self.shape(shape, "json")?.unwrap_or_default();
                (json_type(), Some(value.to_string()))
            }
            Body::Form(pairs) => {
                let pairs = self.pairs(pairs, "form")?;
                let form = "application/x-www-form-urlencoded".to_owned();
                (Some(form), Some(encoded(&pairs)))
            }
            Body::Text { content_type, text } => {
                let text = self.fill(text, "body")?;
                if content_type.contains("json") && serde_json::from_str::<Value>(&text).is_err() {
                    return Err(no_value("body", text, "JSON"));
                }
                (Some(content_type.clone()), Some(text))
            }
        })
    }

    /// A value, or nothing where it is to be left out.
    fn shape(&self, shape: &Shape, place: &str) -> Result<Option<Value>, Unsendable> {
        Ok(Some(match shape {
            Shape::Fixed(value) => value.clone(),
            Shape::Text(template) => self.fill(template, place)?.into(),
            Shape::Optional(template) => {
                let text = self.fill(template, place)?;
                if text.trim().is_empty() {
                    return Ok(None);
                }
                text.into()
            }
            Shape::Number(template) => self.parsed(template, place, "a number")?,
            Shape::Json(template) => self.parsed(template, place, "JSON")?,
            Shape::Known(inner) => {
                return Ok(self.shape(inner, place)?.filter(|value| !value.is_null()));
            }
            Shape::List(list) => {
                let mut all = Vec::new();
                for (at, shape) in list.iter().enumerate() {
                    all.extend(self.shape(shape, &format!("{place}[{at}]"))?);
                }
                Value::Array(all)
            }
            Shape::Map(members) => {
                let mut all = Map::new();
                for (name, shape) in members {
                    let value = self.shape(shape, &format!("{place}.{name}"))?;
                    all.extend(value.map(|value| (name.clone(), value)));
                }
                Value::Object(all)
            }
        }))
    }

    fn parsed(
        &self,
        template: &str,
        place: &str,
        wanted: &'static str,
    ) -> Result<Value, Unsendable> {
        let text = self.fill(template, place)?;
        if text.trim().is_empty() {
            return Ok(Value::Null);
        }
        let value: Option<Value> = serde_json::from_str(text.trim()).ok();
        let value = value.filter(|value| wanted != "a number" || value.is_number());
        value.ok_or_else(|| no_value(place, text, wanted))
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
