//! Who has this number? One request, and the contacts that its answer names.

use serde_json::Value;

use super::{Prepared, Unsendable, fill};
use crate::domain::contact::{Contact, Entry, MOST, Who, kept};
use crate::domain::facts::{ContactFacts, Facts, Kept, LookUpFacts, unmarked};
use crate::domain::lookup::{Lookup, Pointers};
use crate::domain::phone::{Party, Region};
use crate::template::Lines;

/// Why an answer says nothing of contacts.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is not JSON.
    #[error("the answer is not JSON: {0}")]
    NoJson(serde_json::Error),
    /// The contacts do not stand where they should.
    #[error("the answer has no list at contacts = \"{wanted}\"{}", said(.has))]
    NoContacts {
        /// Where they should.
        wanted: String,
        /// Where lists stand instead.
        has: Vec<String>,
    },
    /// Contacts without what tells them from others.
    #[error("a contact in the answer has no value at \"{0}\"")]
    NoId(String),
}

/// What an answer has instead.
fn said(has: &[String]) -> String {
    if has.is_empty() { String::new() } else { format!("; it has lists at {}", has.join(", ")) }
}

/// The request that asks for a number, written in one form.
pub fn question(
    lookup: &Lookup,
    lines: &Lines,
    caller: &Party,
    number: &str,
    region: Region,
) -> Result<Prepared, Unsendable> {
    let plain = |text: &Option<String>| text.as_deref().map(|text| unmarked(text).into_owned());
    let caller = Party {
        raw: unmarked(&caller.raw).into_owned(),
        name: plain(&caller.name),
        company: plain(&caller.company),
        email: plain(&caller.email),
        ..caller.clone()
    };
    let mut facts = Facts::of_caller(&caller, region);
    facts.lookup = Some(LookUpFacts { number: Some(number.to_owned()) });
    fill(&lookup.request, lines, &Kept::read(&serde_json::to_string(&facts)?)?)
}

/// The address of a page that the lookup's system has for a caller: a search, a form.
pub fn link(template: &str, lines: &Lines, caller: &Party, region: Region) -> Option<String> {
    render(template, lines, Facts::of_caller(caller, region))
}

fn render(template: &str, lines: &Lines, mut facts: Facts) -> Option<String> {
    facts.complete(lines.data_keys(), lines.contact_keys());
    lines.render(template, &facts).ok()
}

/// The contacts that an answer names.
pub fn contacts(lookup: &Lookup, lines: &Lines, body: &[u8]) -> Result<Vec<Contact>, Unreadable> {
    // Some answer nothing at all when they know nobody.
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Vec::new());
    }
    let answer: Value = serde_json::from_slice(body).map_err(Unreadable::NoJson)?;
    let has = lists(&answer);
    let missing = || Unreadable::NoContacts { wanted: lookup.contacts.clone(), has: has.clone() };
    let listed: Vec<&Value> = match answer.pointer(&lookup.contacts).ok_or_else(missing)? {
        Value::Array(list) => list.iter().filter(|one| !one.is_null()).collect(),
        // Whoever answers with one contact answers with an empty one, or with what was asked for.
        one @ Value::Object(_) if text(one, &lookup.fields.id).is_none() => {
            // But a list around the contacts says that the pointer was forgotten.
            if lookup.contacts.is_empty() && !has.is_empty() {
                return Err(missing());
            }
            Vec::new()
        }
        one @ Value::Object(_) => vec![one],
        Value::Null | Value::Bool(false) => Vec::new(),
        _ => return Err(missing()),
    };
    let mut all: Vec<Contact> = Vec::new();
    for value in listed.into_iter().take(MOST) {
        let contact = contact(lookup, lines, value)?;
        if all.iter().all(|known| known.id != contact.id) {
            all.push(contact);
        }
    }
    Ok(all)
}

/// Where an answer has lists of objects.
fn lists(answer: &Value) -> Vec<String> {
    let of_objects = |value: &Value| {
        let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
        list.first().is_some_and(Value::is_object)
    };
    let members = answer.as_object().into_iter().flatten();
    members.filter(|(_, value)| of_objects(value)).map(|(name, _)| format!("\"/{name}\"")).collect()
}

fn contact(lookup: &Lookup, lines: &Lines, value: &Value) -> Result<Contact, Unreadable> {
    let fields = &lookup.fields;
    let id = text(value, &fields.id);
    let id = id.ok_or_else(|| Unreadable::NoId(fields.id.join(", ")))?;
    let data = fields.data.iter().filter_map(|(key, at)| Some((key.clone(), text(value, at)?)));
    let mut contact = Contact {
        id,
        name: text(value, &fields.name),
        company: text(value, &fields.company),
        email: text(value, &fields.email),
        link: None,
        data: data.collect(),
        preset: lookup.preset.clone(),
    };
    contact.link = lookup.open.as_ref().and_then(|template| {
        let entry = Entry { book: lookup.name.clone(), contact: contact.clone() };
        let who = Who::Known(Box::new(entry));
        render(template, lines, Facts { contact: ContactFacts::of(&who), ..Facts::default() })
    });
    Ok(contact)
}

/// What stands at the pointers, as one text.
fn text(value: &Value, pointers: &Pointers) -> Option<String> {
    let parts = pointers.iter().filter_map(|pointer| match value.pointer(pointer)? {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    });
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    kept(&parts.join(" "))
}
