//! `[[source]]`, compiled: which phone systems speak to us.

use std::time::Duration;

use super::compiler::Compiler;
use super::document::{Keyed as _, Position, WrittenSource};
use super::reader::{Written, nearest};
use super::value::{Node, join};
use crate::domain::event::CallEventKind;
use crate::domain::phone::Region;
use crate::domain::time::Zone;
use crate::domain::word::Word as _;
use crate::pbx::{Auth, AuthenticatedBy, Key, Make, Mapping, Place, Selector, Source, is_secret};

/// Sources that are there without being configured: the agents' desktops.
pub const BUILT_IN: [&str; 2] = ["xivo", "sheet"];

/// What the keys of configured agents begin with.
const TAKEN: &str = "agent";

/// How old an event may be that says when it happened.
const MAX_AGE: Duration = Duration::from_hours(24);

/// The same where events come through a queue: as long as SQS keeps a message.
const QUEUED: Duration = Duration::from_hours(14 * 24);

impl Compiler<'_> {
    pub(super) fn source(&mut self, written: &WrittenSource) -> Option<Source> {
        let Position { at, path } = &written.position;
        let (at, path) = (*at, path.as_str());
        let name = self.source_name(written, path, at);
        let make = written.kind.copied();
        if !written.kind.is_written() {
            let words: Vec<&str> = <&Make>::words().collect();
            self.complain(at, path, format!("has no kind; known: {}", words.join(", ")));
        }
        let secrets = self.secrets(written.secrets.get(), &join(path, "secrets"));
        let auth = self.auth(written.auth.get(), path);
        let queue = self.queue(written.sqs.get(), path);
        let usual_age = if queue.is_some() { QUEUED } else { MAX_AGE };
        let max_age = self.span(&written.max_age, path, "max_age").unwrap_or(usual_age);
        let expires = self.span(&written.expires, path, "expires");
        let region = self.region(&written.region, path);
        if let Some(make) = make {
            self.authenticated(written, make);
        }
        let (name, make) = (name?, make?);
        if name == TAKEN || (make.desktop.is_none() && BUILT_IN.contains(&name.as_str())) {
            let message =
                format!("\"{name}\" is reserved for Callpane itself; choose another name");
            self.complain(at, &join(path, "name"), message);
        }
        let mapping = self.mapping(written, make);
        if let Some(Auth::Header { name: header, .. }) = &auth {
            let mut read = mapping.keys.iter().flat_map(|(_, selectors)| selectors);
            if read.any(|one| one.header().is_some_and(|one| one.eq_ignore_ascii_case(header))) {
                let message =
                    format!("the header {header} authenticates the request, and is never stored");
                self.complain(written.keys.at().unwrap_or(at), &join(path, "keys"), message);
            }
        }
        // Over SQS the very secret that opens the queue signs the messages.
        let mut secrets = secrets;
        secrets.extend(queue.as_ref().map(|queue| queue.secret.clone()));
        Some(Source {
            name,
            make,
            secrets,
            auth: auth.unwrap_or_default(),
            mapping,
            max_age,
            expires: expires.unwrap_or(make.expires),
            region,
            queue,
            state: written.state.copied().unwrap_or_default(),
            integration: written.integration.get().cloned(),
        })
    }

    fn source_name(&mut self, written: &WrittenSource, path: &str, at: usize) -> Option<String> {
        if !written.name.is_written() {
            self.complain(at, path, "has no name; its events are received at /hooks/NAME");
        }
        let (at, name) = written.name.with_place()?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !name.chars().all(plain) || name.len() > 64 {
            let message = "is part of an address; use only letters, digits, - and _, at most 64";
            self.complain(at, &join(path, "name"), message);
            return None;
        }
        Some(name.clone())
    }

    /// Whoever may say that a call rings opens pages on agents' screens: saying nothing of
    /// authentication must not be the easy way.
    fn authenticated(&mut self, written: &WrittenSource, make: &'static Make) {
        let signs = make.authenticated_by == AuthenticatedBy::Secrets;
        let (wanted, unfit) = if signs { ("secrets", "auth") } else { ("auth", "secrets") };
        let because = format!("; it uses {wanted}");
        self.unfit(written, make, &[unfit], &because);
        if make.queue.is_none() {
            self.unfit(written, make, &["sqs", "max_age", "integration"], "");
        } else {
            self.unfit(written, make, &["zone"], "; all its times name their zone");
        }
        if make.desktop.is_some() {
            self.unfit(written, make, &["zone"], "; it sends no dates");
        }
        let shown = if signs { &written.secrets } else { &written.auth };
        if shown.is_written() || (signs && written.sqs.is_written()) {
            return;
        }
        let message = if signs {
            "has no secrets; write secrets = [\"env:NAME\"] with the secret that the phone system shows"
        } else {
            "does not say how its requests are authenticated; write auth = { header = { name = \
             \"X-Key\", value = \"env:NAME\" } }, or auth = \"none\" where only the phone system \
             reaches this address"
        };
        let Position { at, path } = &written.position;
        self.complain(*at, path, message);
    }

    /// Complains of keys that mean nothing with this kind.
    fn unfit(
        &mut self,
        written: &WrittenSource,
        make: &'static Make,
        keys: &[&str],
        because: &str,
    ) {
        let places = written.places();
        for (key, at) in keys.iter().flat_map(|key| places.iter().filter(move |(k, _)| k == key)) {
            let message = format!("has no effect with kind = \"{}\"{because}", make.word());
            self.complain(*at, &join(&written.position.path, key), message);
        }
    }

    fn auth(&mut self, node: Option<&Node>, path: &str) -> Option<Auth> {
        let node = node?;
        let path = join(path, "auth");
        if node.get_ref().as_str() == Some("none") {
            return Some(Auth::None);
        }
        let known = ["basic", "token", "header", "query"];
        let (_, name, way) = self.way(node, &path, &known)?;
        let inner = join(&path, name);
        match (name, way.get_ref().as_table()) {
            ("token", _) => Some(Auth::Token(self.secrets(Some(way), &inner))),
            ("basic", Some(basic)) => {
                self.reader.only(basic, &inner, &["user", "password"]);
                let user = self.reader.text(basic, &inner, "user");
                let password = self.one_secret(basic, &inner, "password");
                Some(Auth::Basic { user: user?, password: password? })
            }
            (kind @ ("header" | "query"), Some(pair)) => {
                self.reader.only(pair, &inner, &["name", "value"]);
                for key in ["name", "value"].into_iter().filter(|key| !pair.contains_key(*key)) {
                    self.complain(way.span().start, &join(&inner, key), "is missing");
                }
                let name = self.reader.text(pair, &inner, "name");
                let values = self.secrets(pair.get("value"), &join(&inner, "value"));
                let name = name.filter(|_| !values.is_empty())?;
                Some(if kind == "header" {
                    Auth::Header { name: name.to_lowercase(), values }
                } else {
                    Auth::Query { name, values }
                })
            }
            (kind @ ("basic" | "header" | "query"), None) => {
                let members = if kind == "basic" { "user, password" } else { "name, value" };
                let message = format!("is not a table; write {{ {members} }}");
                self.complain(way.span().start, &inner, message);
                None
            }
            _ => None,
        }
    }

    fn mapping(&mut self, written: &WrittenSource, make: &'static Make) -> Mapping {
        let Position { at, path } = &written.position;
        let mut mapping = Mapping { zone: self.zone(&written.zone, path), ..make.mapping() };
        if !make.is_mapped {
            self.unfit(written, make, &["event", "events", "values"], "");
        }
        if let Some(event) = written.event.get() {
            mapping.event = event.iter().map(|text| place(text)).collect();
        }
        for (name, node) in written.events.get().into_iter().flatten() {
            let (at, name) = (name.span().start, name.get_ref());
            let word = node.get_ref().as_str().unwrap_or_default();
            match CallEventKind::told(word) {
                // What is said here counts before what is usual.
                Some(kind) => mapping.events.insert(0, (name.to_lowercase(), kind)),
                None => self.complain_of_event(at, &join(&join(path, "events"), name), word),
            }
        }
        for (name, node) in written.keys.get().into_iter().flatten() {
            let (at, name) = (name.span().start, name.get_ref());
            let place = join(&join(path, "keys"), name);
            let selectors: Vec<Selector> =
                self.texts(node, &place).into_iter().map(Selector).collect();
            let Some(key) = Key::parse(name) else {
                let words = Key::all_words();
                let (meant, known) = (nearest(name, &words), words.join(", "));
                let message = format!("is not a field; {meant}known: {known}, data.NAME");
                self.complain(at, &place, message);
                continue;
            };
            let is_datum = matches!(key, Key::Data(_));
            if !make.is_mapped && !is_datum {
                let kind = make.word();
                let message = format!(
                    "has no effect with kind = \"{kind}\", whose fields are built in; write data.NAME for \
                     anything else in a request"
                );
                self.complain(at, &place, message);
            }
            self.headers_of(&selectors, is_datum, at, &place);
            mapping.keys.retain(|(known, _)| *known != key);
            mapping.keys.push((key, selectors));
        }
        self.values(written, path, &mut mapping);
        let has_call = mapping.keys.iter().any(|(key, _)| *key == Key::Call);
        if make.needs_mapping
            && !(has_call && !mapping.events.is_empty() && !mapping.event.is_empty())
        {
            let message = "needs event (where its name is), events (what the names mean) and keys with at \
                           least call, the id that a call's events share";
            self.complain(*at, path, message);
        }
        mapping
    }

    /// Headers say what is worth showing and not what a call is; and never what proves the request.
    fn headers_of(&mut self, selectors: &[Selector], is_datum: bool, at: usize, place: &str) {
        for header in selectors.iter().filter_map(Selector::header) {
            if !is_datum {
                let message = "can be read from a header only for data.NAME";
                self.complain(at, place, message);
            } else if is_secret(&header) {
                let message = format!(
                    "the header {header} counts as a secret because of its name, and is never \
                     stored"
                );
                self.complain(at, place, message);
            }
        }
    }

    fn zone(&mut self, written: &Written<String>, path: &str) -> Option<Zone> {
        let (at, name) = written.with_place()?;
        let zone = Zone::parse(name);
        if zone.is_none() {
            let message = format!("\"{name}\" is not a time zone such as Australia/Sydney");
            self.complain(at, &join(path, "zone"), message);
        }
        zone
    }

    fn complain_of_event(&mut self, at: usize, path: &str, word: &str) {
        let words: Vec<&str> = CallEventKind::told_words().collect();
        let meant = nearest(word, &words);
        let known = words.join(", ");
        self.complain(at, path, format!("\"{word}\" is not an event; {meant}known: {known}"));
    }

    fn values(&mut self, written: &WrittenSource, path: &str, mapping: &mut Mapping) {
        let path = join(path, "values");
        for (name, node) in written.values.get().into_iter().flatten() {
            let (at, name) = (name.span().start, name.get_ref());
            let (field, theirs) = name.split_once('.').unwrap_or((name, ""));
            let ours = node.get_ref().as_str().unwrap_or_default();
            let place = join(&path, name);
            let key = Key::parse(field).filter(|_| !theirs.is_empty());
            match key.and_then(|key| Some((key.words()?, key))) {
                None => {
                    let message = "is not a field with fixed values; write { direction = { THEIRS = \
                                   \"inbound\" } } or outcome";
                    self.complain(at, &place, message);
                }
                Some((words, _)) if !words.contains(&ours) => {
                    let message = format!("\"{ours}\" is not known; known: {}", words.join(", "));
                    self.complain(at, &place, message);
                }
                Some((_, key)) => {
                    mapping.values.insert(0, (key, theirs.to_lowercase(), ours.to_owned()));
                }
            }
        }
    }

    fn region(&mut self, written: &Written<String>, path: &str) -> Option<Region> {
        let (at, code) = written.with_place()?;
        let region = Region::parse(code);
        if region.is_none() {
            let message = format!("\"{code}\" is not an ISO 3166 country code such as AU");
            self.complain(at, &join(path, "region"), message);
        }
        region
    }
}

/// Where an event's name may stand.
fn place(text: &str) -> Place {
    match text.split_once(':') {
        Some(("header", name)) => Place::Header(name.trim().to_lowercase()),
        _ if text == "path" => Place::Path,
        _ => Place::Field(Selector(text.to_owned())),
    }
}

/// The names of every source that rules and agents may speak of.
pub(super) fn names(configured: &[Source]) -> Vec<&str> {
    let configured = configured.iter().map(|source| source.name.as_str());
    let mut names: Vec<&str> = BUILT_IN.into_iter().chain(configured).collect();
    names.sort_unstable();
    names.dedup();
    names
}
