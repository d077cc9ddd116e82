//! `[[lookup]]`: which other systems are asked who a number belongs to, written out or by a preset.

use std::time::Duration;

use toml::de::DeValue;

use super::destinations::Sources;
use super::presets::{self, Part};
use super::reader::{Node, Reader, Table, join, nearest};
use crate::domain::contact::Form;
use crate::domain::destination::{Body, RequestTemplate};
use crate::domain::endpoint::{Connection, Endpoint};
use crate::domain::lookup::{Fields, LookUp, Pointers};
use crate::domain::secret::Secret;
use crate::template::Place;

/// How long an answer may take: an agent waits for it.
const DEADLINE: Duration = Duration::from_secs(3);

/// How long an answer is taken to be true, and how long it is shown while it is asked for again.
const FRESH: Duration = Duration::from_mins(15);
const KEEP: Duration = Duration::from_hours(24 * 30);

/// The list of the contacts that agents make.
pub const OWN: &str = "own";

/// What a lookup is written with; a preset may say all of it but its name.
const KEYS: [&str; 22] = [
    "name",
    "preset",
    "setup",
    "method",
    "url",
    "query",
    "headers",
    "form",
    "json",
    "body",
    "content_type",
    "auth",
    "numbers",
    "none",
    "contacts",
    "contact",
    "open",
    "create",
    "search",
    "deadline",
    "fresh",
    "keep",
];

/// What only a preset's file says, for people.
const FOR_PEOPLE: [&str; 3] = ["mark", "source", "notes"];

impl Reader<'_> {
    pub(super) fn lookup(&mut self, table: &Table<'_>, path: &str, at: usize) -> Option<LookUp> {
        self.only(table, path, &KEYS);
        if !table.contains_key("preset") {
            let sources = Sources { own: table, preset: None };
            return self.lookup_of(&sources, None, path, at, Vec::new());
        }
        self.with_preset(table, path, at, Part::LookUp, |reader, preset, hidden| {
            let inner = preset.get("lookup").and_then(|node| node.get_ref().as_table());
            let Some(inner) = inner else {
                let message = "looks nobody up: it has no [lookup]";
                reader.complain(at, &join(path, "preset"), message);
                return None;
            };
            reader.only(inner, "lookup", &[&KEYS[3..], &FOR_PEOPLE].concat());
            let sources = Sources { own: table, preset: Some(inner) };
            reader.lookup_of(&sources, Some(preset), path, at, hidden)
        })
    }

    /// `shared` is the whole preset, whose destination may authenticate itself in the same way.
    fn lookup_of(
        &mut self,
        sources: &Sources<'_, '_>,
        shared: Option<&Table<'_>>,
        path: &str,
        at: usize,
        hidden: Vec<(String, Secret)>,
    ) -> Option<LookUp> {
        let name = self.book_name(sources.own, path, at);
        let request = self.question(sources.of("url"), path, at);
        let own = sources.of("auth");
        let authenticated = if own.contains_key("auth") { Some(own) } else { shared };
        let authentication = authenticated.and_then(|table| self.authentication(table, path));
        let numbers = self.forms(sources.of("numbers"), path);
        let none = self.statuses(sources.of("none"), path);
        let contacts = self.pointer(sources.of("contacts"), path, "contacts");
        let fields = self.fields(sources.of("contact"), path, at);
        let [open, create, search] =
            ["open", "create", "search"].map(|key| self.link(sources.of(key), path, key));
        let [timeout, fresh, keep] = [("deadline", DEADLINE), ("fresh", FRESH), ("keep", KEEP)]
            .map(|(key, usual)| self.span(sources.of(key), path, key).unwrap_or(usual));
        let preset = sources.own.get("preset").and_then(|node| node.get_ref().as_str());
        let endpoint = Endpoint::Http(authentication.unwrap_or_default());
        Some(LookUp {
            name: name?,
            connection: Connection { endpoint, timeout, hidden },
            request: request?,
            preset: preset.map(presets::called),
            numbers,
            none,
            contacts,
            fields: fields?,
            open,
            create,
            search,
            fresh,
            // What is not asked for again is shown.
            keep: keep.max(fresh),
        })
    }

    /// The request; one without a body is a GET, unless it says otherwise.
    fn question(&mut self, table: &Table<'_>, path: &str, at: usize) -> Option<RequestTemplate> {
        let mut request = self.request(table, path, at)?;
        if request.body == Body::None && !table.contains_key("method") {
            "GET".clone_into(&mut request.method);
        }
        Some(request)
    }

    fn book_name(&mut self, table: &Table<'_>, path: &str, at: usize) -> Option<String> {
        let name = self.text(table, path, "name");
        if !table.contains_key("name") {
            self.complain(at, path, "has no name; it stands beside the contacts that it knows");
        }
        if name.as_deref() == Some(OWN) {
            let message = "is the list of the contacts that agents make; take another name";
            self.complain(at, &join(path, "name"), message);
        }
        name
    }

    fn forms(&mut self, table: &Table<'_>, path: &str) -> Vec<Form> {
        let Some(node) = table.get("numbers") else { return vec![Form::E164] };
        let place = join(path, "numbers");
        let mut forms = Vec::new();
        for text in self.texts(node, &place) {
            if let Some(form) = Form::parse(&text) {
                forms.push(form);
            } else {
                let (meant, all) = (nearest(&text, &Form::NAMES), Form::NAMES.join(", "));
                let message =
                    format!("\"{text}\" is not a form of a number; {meant}known are {all}");
                self.complain(node.span().start, &place, message);
            }
        }
        forms
    }

    fn statuses(&mut self, table: &Table<'_>, path: &str) -> Vec<u16> {
        let Some(node) = table.get("none") else { return Vec::new() };
        let list = node.get_ref().as_array().map(|list| {
            list.iter().map(|node| match node.get_ref() {
                DeValue::Integer(number) => number.as_str().parse().ok(),
                _ => None,
            })
        });
        let statuses: Option<Vec<u16>> = list.and_then(Iterator::collect);
        if statuses.is_none() {
            let message = "must be a list of statuses: [404]";
            self.complain(node.span().start, &join(path, "none"), message);
        }
        statuses.unwrap_or_default()
    }

    /// A JSON pointer; the empty one means the whole.
    fn pointer(&mut self, table: &Table<'_>, path: &str, key: &str) -> String {
        let Some(node) = table.get(key) else { return String::new() };
        let pointer = node.get_ref().as_str().unwrap_or_default();
        self.check_pointer(node, &join(path, key), pointer);
        pointer.to_owned()
    }

    fn check_pointer(&mut self, node: &Node<'_>, path: &str, pointer: &str) {
        if !pointer.is_empty() && !pointer.starts_with('/') {
            let message = format!("\"{pointer}\" is not a JSON pointer; write \"/{pointer}\"");
            self.complain(node.span().start, path, message);
        }
    }

    fn fields(&mut self, table: &Table<'_>, path: &str, at: usize) -> Option<Fields> {
        let place = join(path, "contact");
        let Some(node) = table.get("contact") else {
            let message = "does not say where a contact's values stand in the answer; write \
                           contact = { id = \"/id\", name = \"/name\" }";
            self.complain(at, path, message);
            return None;
        };
        let Some(contact) = node.get_ref().as_table() else {
            self.complain(node.span().start, &place, "is not a table of pointers");
            return None;
        };
        self.only(contact, &place, &["id", "name", "company", "email", "data"]);
        for needed in ["id", "name"] {
            if !contact.contains_key(needed) {
                let message = "is missing: a contact without it could not be told from others";
                self.complain(node.span().start, &join(&place, needed), message);
            }
        }
        let data = contact.get("data").and_then(|node| node.get_ref().as_table());
        let data = data.into_iter().flatten().map(|(key, node)| {
            let key = key.get_ref().to_string();
            let pointers = self.pointers(node, &join(&place, &key));
            (key, pointers)
        });
        let data = data.collect();
        let mut of = |key: &str| {
            let node = contact.get(key);
            node.map(|node| self.pointers(node, &join(&place, key))).unwrap_or_default()
        };
        let (id, name) = (of("id"), of("name"));
        Some(Fields { id, name, company: of("company"), email: of("email"), data })
    }

    fn pointers(&mut self, node: &Node<'_>, path: &str) -> Pointers {
        let pointers = self.texts(node, path);
        for pointer in &pointers {
            self.check_pointer(node, path, pointer);
        }
        pointers
    }

    /// The address of a page of that system.
    fn link(&mut self, table: &Table<'_>, path: &str, key: &str) -> Option<String> {
        self.host(table.get(key)?, &join(path, key));
        self.line(table, path, key, Place::Address)
    }
}
