//! `[[lookup]]`, compiled: which other systems are asked who a number belongs to, written out or by a preset.

use std::time::Duration;

use super::compiler::Compiler;
use super::document::{Keyed as _, Position, WrittenLookup, WrittenRequest};
use super::presets::{self, Part};
use super::reader::{Written, nearest};
use super::value::{Node, Table, Value, join};
use crate::domain::contact::Form;
use crate::domain::destination::{Body, RequestTemplate};
use crate::domain::endpoint::{Connection, Endpoint};
use crate::domain::lookup::{Fields, Lookup, Pointers};
use crate::domain::secret::Secret;
use crate::template::Place;

/// How long an answer may take: an agent waits for it.
const DEADLINE: Duration = Duration::from_secs(3);

/// How long an answer is taken to be true, and how long it is shown while it is asked for again.
const FRESH: Duration = Duration::from_mins(15);
const KEEP: Duration = Duration::from_hours(24 * 30);

/// The list of the contacts that agents make.
pub const OWN: &str = "own";

/// The keys that a preset may not say, and those that only its file says, for people.
const OWN_KEYS: [&str; 3] = ["name", "preset", "setup"];
const FOR_PEOPLE: [&str; 3] = ["mark", "source", "notes"];

impl Compiler<'_> {
    pub(super) fn lookup(&mut self, written: &WrittenLookup) -> Option<Lookup> {
        let Some(named) = written.preset.get() else {
            return self.lookup_of(written, None, Vec::new());
        };
        let (position, setup) = (&written.position, written.setup.get());
        self.with_preset(position, named, setup, Part::Lookup, |compiler, preset, hidden| {
            let inner = preset.get("lookup").and_then(|node| node.get_ref().as_table());
            let Some(inner) = inner else {
                let place = join(&position.path, "preset");
                compiler.complain(
                    position.at,
                    &place,
                    "has no [lookup], so it cannot look anybody up",
                );
                return None;
            };
            let expanded = compiler.expanded(written, inner);
            let shared = preset.get("auth");
            compiler.lookup_of(&expanded, shared, hidden)
        })
    }

    /// The lookup with what a preset says of keys that the operator does not write; a request is
    /// the operator's or the preset's as a whole.
    fn expanded(&mut self, written: &WrittenLookup, preset: &Table) -> WrittenLookup {
        let mut known = WrittenLookup::keys();
        known.retain(|key| !OWN_KEYS.contains(key));
        known.extend(FOR_PEOPLE);
        self.reader.only(preset, "lookup", &known);
        let asks = preset.contains_key("url") && !written.request.url.is_written();
        let mut own = OWN_KEYS.to_vec();
        own.extend(written.places().into_iter().map(|(key, _)| key));
        let request = WrittenRequest::keys();
        let mut rest = preset.clone();
        rest.retain(|key, _| {
            let key = key.get_ref().as_str();
            if request.contains(&key) { asks } else { !own.contains(&key) }
        });
        let Position { at, path } = &written.position;
        let rest = WrittenLookup::read(&mut self.reader, &rest, path, *at);
        let request = if asks { &rest.request } else { &written.request }.clone();
        WrittenLookup { request, ..written.clone().or(rest) }
    }

    /// `shared` is how the destination of the same preset authenticates itself.
    fn lookup_of(
        &mut self,
        written: &WrittenLookup,
        shared: Option<&Node>,
        hidden: Vec<(String, Secret)>,
    ) -> Option<Lookup> {
        let path = &written.position.path;
        let name = self.book_name(written);
        let request = self.question(&written.request);
        let authentication = self.authentication(written.auth.get().or(shared), path);
        let numbers = self.forms(&written.numbers, path);
        let none = self.statuses(written.none.get(), path);
        let contacts = written.contacts.get();
        let contacts = contacts.map(|node| self.pointer(node, &join(path, "contacts")));
        let fields = self.fields(written);
        let [open, create, search] =
            [("open", &written.open), ("create", &written.create), ("search", &written.search)]
                .map(|(key, address)| self.link(address, &join(path, key)));
        let [timeout, fresh, keep] = [
            ("deadline", &written.deadline, DEADLINE),
            ("fresh", &written.fresh, FRESH),
            ("keep", &written.keep, KEEP),
        ]
        .map(|(key, span, usual)| self.span(span, path, key).unwrap_or(usual));
        let preset = written.preset.get().and_then(|node| node.get_ref().as_str());
        let endpoint = Endpoint::Http(authentication.unwrap_or_default());
        Some(Lookup {
            name: name?,
            connection: Connection { endpoint, timeout, hidden },
            request: request?,
            preset: preset.map(presets::called),
            numbers,
            none,
            contacts: contacts.unwrap_or_default(),
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
    fn question(&mut self, written: &WrittenRequest) -> Option<RequestTemplate> {
        let mut request = self.request(written)?;
        if request.body == Body::None && !written.method.is_written() {
            "GET".clone_into(&mut request.method);
        }
        Some(request)
    }

    fn book_name(&mut self, written: &WrittenLookup) -> Option<String> {
        let Position { at, path } = &written.position;
        if !written.name.is_written() {
            self.complain(
                *at,
                path,
                "has no name; pages show it beside the contacts that it finds",
            );
        }
        let name = written.name.get();
        if name.is_some_and(|name| name == OWN) {
            let message =
                "is reserved for the list of contacts that agents create; choose another name";
            self.complain(*at, &join(path, "name"), message);
        }
        name.cloned()
    }

    fn forms(&mut self, written: &Written<Vec<String>>, path: &str) -> Vec<Form> {
        let Some((at, texts)) = written.with_place() else { return vec![Form::E164] };
        let mut forms = Vec::new();
        for text in texts {
            if let Some(form) = Form::parse(text) {
                forms.push(form);
            } else {
                let (meant, all) = (nearest(text, &Form::NAMES), Form::NAMES.join(", "));
                let message = format!("\"{text}\" is not a form of a number; {meant}known: {all}");
                self.complain(at, &join(path, "numbers"), message);
            }
        }
        forms
    }

    fn statuses(&mut self, node: Option<&Node>, path: &str) -> Vec<u16> {
        let Some(node) = node else { return Vec::new() };
        let list = node.get_ref().as_array().map(|list| {
            list.iter().map(|node| match node.get_ref() {
                Value::Integer(number) => number.parse().ok(),
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
    fn pointer(&mut self, node: &Node, path: &str) -> String {
        let pointer = node.get_ref().as_str().unwrap_or_default();
        self.check_pointer(node, path, pointer);
        pointer.to_owned()
    }

    fn check_pointer(&mut self, node: &Node, path: &str, pointer: &str) {
        if !pointer.is_empty() && !pointer.starts_with('/') {
            let message = format!("\"{pointer}\" is not a JSON pointer; write \"/{pointer}\"");
            self.complain(node.span().start, path, message);
        }
    }

    fn fields(&mut self, written: &WrittenLookup) -> Option<Fields> {
        let Position { at, path } = &written.position;
        let place = join(path, "contact");
        let Some(node) = written.contact.get() else {
            let message = "does not say where a contact's values are in the answer; write \
                           contact = { id = \"/id\", name = \"/name\" }";
            self.complain(*at, path, message);
            return None;
        };
        let Some(contact) = node.get_ref().as_table() else {
            self.complain(node.span().start, &place, "is not a table of pointers");
            return None;
        };
        self.reader.only(contact, &place, &["id", "name", "company", "email", "data"]);
        for needed in ["id", "name"] {
            if !contact.contains_key(needed) {
                let message = "is missing: without it, contacts could not be told apart";
                self.complain(node.span().start, &join(&place, needed), message);
            }
        }
        let data = contact.get("data").and_then(|node| node.get_ref().as_table());
        let data = data.into_iter().flatten().map(|(key, node)| {
            let key = key.get_ref().clone();
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

    fn pointers(&mut self, node: &Node, path: &str) -> Pointers {
        let pointers = self.texts(node, path);
        for pointer in &pointers {
            self.check_pointer(node, path, pointer);
        }
        pointers
    }

    /// The address of a page of that system.
    fn link(&mut self, written: &Written<String>, path: &str) -> Option<String> {
        self.host(written, path);
        self.line(written, path, Place::Address)
    }
}
