//! `[[destination]]`: which other systems hear of calls, written out or by a preset.

use std::time::Duration;

use serde_json::Value;
use toml::de::DeValue;

use super::presets::Part;
use super::reader::{Node, Reader, Table, flat, join, nearest, plain};
use crate::domain::delivery::RetrySchedule;
use crate::domain::destination::{Body, Destination, MARK, Outgoing, RequestTemplate, Shape};
use crate::domain::endpoint::{Authentication, Connection, Endpoint, basic};
use crate::domain::event::{CallEventKind, PageEventKind};
use crate::domain::rule::Conditions;
use crate::domain::secret::Secret;
use crate::domain::word::Word as _;
use crate::template::Place;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// What one request is written with.
const OF_A_REQUEST: [&str; 7] = ["method", "url", "query", "headers", "form", "json", "body"];

/// What a destination is written with.
const KEYS: [&str; 23] = [
    "name",
    "preset",
    "setup",
    "state",
    "on",
    "when",
    "unless",
    "method",
    "url",
    "query",
    "headers",
    "form",
    "json",
    "body",
    "content_type",
    "update",
    "auth",
    "sign",
    "x_signature",
    "entry",
    "retry",
    "timeout",
    "sqs",
];

/// What a destination, or a lookup, is read from: its own table, and the preset's.
pub(super) struct Sources<'a, 'i> {
    pub(super) own: &'a Table<'i>,
    pub(super) preset: Option<&'a Table<'i>>,
}

impl<'a, 'i> Sources<'a, 'i> {
    /// The table that says something of a key: the operator's own word counts.
    pub(super) fn of(&self, key: &str) -> &'a Table<'i> {
        let preset = self.preset.filter(|_| !self.own.contains_key(key));
        preset.filter(|preset| preset.contains_key(key)).unwrap_or(self.own)
    }
}

impl Reader<'_> {
    pub(super) fn destination(
        &mut self,
        table: &Table<'_>,
        path: &str,
        at: usize,
    ) -> Option<Destination> {
        if !table.contains_key("preset") {
            let sources = Sources { own: table, preset: None };
            return self.destination_of(&sources, path, at, Vec::new());
        }
        self.with_preset(table, path, at, Part::Requests, |reader, preset, hidden| {
            let sources = Sources { own: table, preset: Some(preset) };
            reader.destination_of(&sources, path, at, hidden)
        })
    }

    fn destination_of(
        &mut self,
        sources: &Sources<'_, '_>,
        path: &str,
        at: usize,
        hidden: Vec<(String, Secret)>,
    ) -> Option<Destination> {
        let own = sources.own;
        self.only(own, path, &KEYS);
        self.beside_preset(sources, path);
        let name = self.text(own, path, "name");
        if !own.contains_key("name") {
            self.complain(at, path, "has no name; it stands in the list of what was sent");
        }
        let state = self.word(own, path, "state").unwrap_or_default();
        let conditions = Conditions {
            when: self.conditions(own, path, "when"),
            unless: self.conditions(own, path, "unless"),
        };
        let queue = self.queue(own, path);
        let requests = self.requests(sources, path, at, queue.is_some());
        let on = self.wanted(own, path, at, &requests);
        let authentication = self.authentication(sources.of("auth"), path).unwrap_or_default();
        let sign = self.optional_secret(own, path, "sign");
        let x_signature = self.optional_secret(own, path, "x_signature");
        let entry = self.text(sources.of("entry"), path, "entry");
        let retry = self.retry(own, path);
        let timeout = self.span(own, path, "timeout").unwrap_or(TIMEOUT);
        // Over SQS the very secret that opens the queue signs the messages.
        let x_signature = x_signature.or_else(|| queue.as_ref().map(|queue| queue.secret.clone()));
        let endpoint = queue.map_or(Endpoint::Http(authentication), Endpoint::Sqs);
        let connection = Connection { endpoint, timeout, hidden };
        Some(Destination {
            name: name?,
            state,
            on,
            conditions,
            requests,
            connection,
            sign,
            x_signature,
            entry,
            retry,
        })
    }

    /// Complains of requests that are written beside a preset.
    fn beside_preset(&mut self, sources: &Sources<'_, '_>, path: &str) {
        if sources.preset.is_none() {
            return;
        }
        for key in [&OF_A_REQUEST[..], &["content_type", "update"]].concat() {
            if let Some(node) = sources.own.get(key) {
                let message = "means nothing beside a preset, which writes the requests; copy its \
                               file and name it with preset = \"file:…\"";
                self.complain(node.span().start, &join(path, key), message);
            }
        }
    }

    /// The events that it wants: those that its own `on` names, else those of its requests.
    fn wanted(
        &mut self,
        own: &Table<'_>,
        path: &str,
        at: usize,
        requests: &[Outgoing],
    ) -> Vec<String> {
        let mut on = self.kinds(own, path, "on");
        if on.is_empty() {
            on = requests.iter().flat_map(|request| request.on.clone()).collect();
        }
        if on.is_empty() {
            let message = "wants nothing; write on = [\"call.ended\"], or \"*\" for everything";
            self.complain(at, path, message);
        }
        on
    }

    /// The operator's own request, else those of the preset, else one that says everything.
    fn requests(
        &mut self,
        sources: &Sources<'_, '_>,
        path: &str,
        at: usize,
        has_queue: bool,
    ) -> Vec<Outgoing> {
        if let Some(preset) = sources.preset {
            let requests = self.each(preset, "request", |reader, table, path, at| {
                let on = reader.kinds(table, path, "on");
                let update = reader.truth(table, path, "update");
                let request = reader.request(table, path, at)?;
                Some(Outgoing { on, update, request })
            });
            return requests;
        }
        let own = sources.own;
        let on = self.kinds(own, path, "on");
        if has_queue && !own.contains_key("url") {
            return vec![Outgoing { on, update: false, request: self.message(own, path) }];
        }
        let mut requests = Vec::new();
        requests.extend(own.get("update").and_then(|node| self.update(node, path, &on)));
        let request = self.request(own, path, at);
        requests.extend(request.map(|request| Outgoing { on, update: false, request }));
        requests
    }

    /// What is put into a queue: everything that is known, or what the operator writes.
    fn message(&mut self, own: &Table<'_>, path: &str) -> RequestTemplate {
        let writes = ["json", "form", "body"].iter().any(|key| own.contains_key(*key));
        RequestTemplate {
            method: "POST".to_owned(),
            url: None,
            query: Vec::new(),
            headers: Vec::new(),
            body: if writes { self.body(own, path) } else { Body::Everything },
        }
    }

    /// The request that changes an entry.
    fn update(&mut self, node: &Node<'_>, path: &str, usual: &[String]) -> Option<Outgoing> {
        let path = join(path, "update");
        let Some(update) = node.get_ref().as_table() else {
            self.complain(node.span().start, &path, "is not a table of a request");
            return None;
        };
        self.only(update, &path, &[&OF_A_REQUEST[..], &["content_type", "on"]].concat());
        let mut on = self.kinds(update, &path, "on");
        if on.is_empty() {
            on = usual.to_vec();
        }
        let request = self.request(update, &path, node.span().start)?;
        Some(Outgoing { on, update: true, request })
    }

    pub(super) fn request(
        &mut self,
        table: &Table<'_>,
        path: &str,
        at: usize,
    ) -> Option<RequestTemplate> {
        let method = self.text(table, path, "method").unwrap_or_else(|| "POST".to_owned());
        let method = method.to_uppercase();
        if !["GET", "POST", "PUT", "PATCH"].contains(&method.as_str()) {
            self.complain(at, &join(path, "method"), "is not one of GET, POST, PUT, PATCH");
        }
        let Some(node) = table.get("url") else {
            self.complain(at, path, "has no url");
            return None;
        };
        self.host(node, &join(path, "url"));
        let url = self.line(table, path, "url", Place::Address);
        let query = self.templates(table, path, "query");
        let headers = self.templates(table, path, "headers");
        let body = self.body(table, path);
        if method == "GET" && body != Body::None {
            self.complain(at, &join(path, "method"), "GET carries no body; write it into query");
        }
        Some(RequestTemplate { method, url: Some(url?), query, headers, body })
    }

    fn body(&mut self, table: &Table<'_>, path: &str) -> Body {
        let said: Vec<&str> =
            ["form", "json", "body"].into_iter().filter(|key| table.contains_key(*key)).collect();
        if let [_, second, ..] = said.as_slice() {
            let at = table.get(*second).map_or(0, |node| node.span().start);
            self.complain(at, &join(path, second), "stands beside another body; say one of them");
        }
        match said.first() {
            Some(&"form") => Body::Form(self.templates(table, path, "form")),
            Some(&"json") => {
                let node = table.get("json");
                node.map_or(Body::None, |node| Body::Json(self.shape(node, &join(path, "json"))))
            }
            Some(_) => {
                let content_type = self.text(table, path, "content_type");
                let content_type =
                    content_type.unwrap_or_else(|| "text/plain; charset=utf-8".into());
                let text = self.line(table, path, "body", Place::Text).unwrap_or_default();
                Body::Text { content_type, text }
            }
            None => Body::None,
        }
    }

    /// A JSON value whose texts are templates.
    fn shape(&mut self, node: &Node<'_>, path: &str) -> Shape {
        match node.get_ref() {
            DeValue::Table(members) => {
                let members = members.iter().map(|(name, node)| {
                    let name = name.get_ref().to_string();
                    let shape = self.shape(node, &join(path, &name));
                    (name, shape)
                });
                Shape::Map(members.collect())
            }
            DeValue::Array(list) => {
                let list = list.iter().map(|node| self.shape(node, path));
                Shape::List(list.collect())
            }
            DeValue::Boolean(truth) => Shape::Fixed((*truth).into()),
            DeValue::Integer(number) => {
                Shape::Fixed(number.as_str().parse::<i64>().map_or(Value::Null, Value::from))
            }
            DeValue::Float(number) => {
                Shape::Fixed(number.as_str().parse::<f64>().map_or(Value::Null, Value::from))
            }
            DeValue::String(text) => self.leaf(node, text, path),
            DeValue::Datetime(moment) => Shape::Fixed(moment.to_string().into()),
        }
    }

    /// A text; what stands behind its last bars may say what becomes of it.
    fn leaf(&mut self, node: &Node<'_>, text: &str, path: &str) -> Shape {
        type Made = fn(String) -> Shape;
        let (text, is_optional) = match without(text, "optional") {
            Some(inner) => (inner, true),
            None => (text.to_owned(), false),
        };
        let kinds: [(&str, Made); 2] = [("number", Shape::Number), ("json", Shape::Json)];
        let found = kinds.into_iter().find_map(|(word, made)| Some((without(&text, word)?, made)));
        let is_text = found.is_none();
        let (source, made) = found.unwrap_or((text, Shape::Text));
        let template = self.compiled(node, path, Place::Text, &source);
        let Some(template) = template else { return Shape::Fixed(Value::Null) };
        match (is_optional, is_text) {
            (true, true) => Shape::Optional(template),
            (true, false) => Shape::Known(Box::new(made(template))),
            (false, _) => made(template),
        }
    }

    fn templates(&mut self, table: &Table<'_>, path: &str, key: &str) -> Vec<(String, String)> {
        let Some(node) = table.get(key) else { return Vec::new() };
        let path = join(path, key);
        let Some(members) = node.get_ref().as_table() else {
            self.complain(node.span().start, &path, "is not a table; write { name = \"value\" }");
            return Vec::new();
        };
        let mut all = Vec::new();
        for (name, at, node) in flat(members, "") {
            let place = join(&path, &name);
            if key == "headers" && !is_header(&name) {
                self.complain(at, &place, "is not a name of a header");
                continue;
            }
            match plain(node.get_ref()) {
                Some(text) => {
                    let template = self.compiled(node, &place, Place::Text, &text);
                    all.extend(template.map(|template| (name, template)));
                }
                None => self.complain(at, &place, "must be a text"),
            }
        }
        all
    }

    fn kinds(&mut self, table: &Table<'_>, path: &str, key: &str) -> Vec<String> {
        let Some(node) = table.get(key) else { return Vec::new() };
        let place = join(path, key);
        let kinds = self.texts(node, &place);
        let of_calls = CallEventKind::ALL.iter();
        let of_calls = of_calls.filter(|(_, kind)| *kind != CallEventKind::PresenceChanged);
        let of_calls = of_calls.map(|(word, _)| *word);
        let known: Vec<&str> = of_calls.chain(PageEventKind::words()).collect();
        for kind in &kinds {
            let matched = known
                .iter()
                .any(|known| crate::domain::destination::wants(std::slice::from_ref(kind), known));
            if !matched {
                let (meant, all) = (nearest(kind, &known), known.join(", "));
                let message = format!("\"{kind}\" is not an event; {meant}known are {all}");
                self.complain(node.span().start, &place, message);
            }
        }
        kinds
    }

    pub(super) fn authentication(
        &mut self,
        table: &Table<'_>,
        path: &str,
    ) -> Option<Authentication> {
        let node = table.get("auth")?;
        let path = join(path, "auth");
        if node.get_ref().as_str() == Some("none") {
            return Some(Authentication::None);
        }
        let auth = node.get_ref().as_table();
        let Some((auth, (name, way))) = auth.and_then(|auth| Some((auth, auth.iter().next()?)))
        else {
            let message = "is not a way to authenticate; write \"none\", or a table with one of \
                           basic, bearer, header, oauth2";
            self.complain(node.span().start, &path, message);
            return None;
        };
        self.only(auth, &path, &["basic", "bearer", "header", "oauth2"]);
        let inner = join(&path, name.get_ref());
        let header = |value| Authentication::Header { name: "authorization".to_owned(), value };
        match (name.get_ref().as_ref(), way.get_ref().as_table()) {
            ("bearer", None) => {
                let token = self.hidden_or_secret(auth, &path, "bearer")?;
                Some(header(Secret::new(format!("Bearer {}", token.expose()))))
            }
            ("basic", Some(pair)) => {
                self.only(pair, &inner, &["user", "password"]);
                let user = self.text(pair, &inner, "user");
                let password = self.hidden_or_secret(pair, &inner, "password");
                Some(header(basic(&user?, &password?)))
            }
            ("header", Some(pair)) => {
                self.only(pair, &inner, &["name", "value"]);
                let name = self.text(pair, &inner, "name");
                let value = self.hidden_or_secret(pair, &inner, "value");
                Some(Authentication::Header { name: name?.to_lowercase(), value: value? })
            }
            ("oauth2", Some(client)) => self.client_credentials(client, &inner),
            _ => {
                let message = "needs { user, password }, a token, { name, value } or { token_url, \
                               client_id, client_secret }";
                self.complain(way.span().start, &inner, message);
                None
            }
        }
    }

    fn client_credentials(&mut self, client: &Table<'_>, path: &str) -> Option<Authentication> {
        self.only(client, path, &["token_url", "client_id", "client_secret", "scope"]);
        if let Some(node) = client.get("token_url") {
            self.host(node, &join(path, "token_url"));
        }
        let token_url = self.text(client, path, "token_url");
        let client_id = self.text(client, path, "client_id");
        let client_secret = self.hidden_or_secret(client, path, "client_secret");
        let scope = self.text(client, path, "scope");
        Some(Authentication::ClientCredentials {
            token_url: token_url?,
            client_id: client_id?,
            client_secret: client_secret?,
            scope,
        })
    }

    /// A reference to a secret; in a preset the mark of one, which is known by now.
    fn hidden_or_secret(&mut self, table: &Table<'_>, path: &str, key: &str) -> Option<Secret> {
        let text = table.get(key).and_then(|node| node.get_ref().as_str()).unwrap_or_default();
        if text.contains(MARK) {
            let reveal = |text: String, (name, secret): &(String, Secret)| {
                text.replace(&format!("{MARK}{name}{MARK}"), secret.expose())
            };
            return Some(Secret::new(self.hidden.iter().fold(text.to_owned(), reveal)));
        }
        self.one_secret(table, path, key)
    }

    fn optional_secret(&mut self, table: &Table<'_>, path: &str, key: &str) -> Option<Secret> {
        table.contains_key(key).then(|| self.one_secret(table, path, key)).flatten()
    }

    fn retry(&mut self, table: &Table<'_>, path: &str) -> RetrySchedule {
        let Some(node) = table.get("retry") else { return RetrySchedule::default() };
        let place = join(path, "retry");
        let spans = self.texts(node, &place);
        let spans = spans.iter().map(|text| crate::domain::time::span(text));
        match spans.collect::<Result<Vec<Duration>, String>>() {
            Ok(spans) => RetrySchedule(spans),
            Err(message) => {
                self.complain(node.span().start, &place, message);
                RetrySchedule::default()
            }
        }
    }
}

/// A template without the word behind its last bar, if that is this one.
fn without(text: &str, word: &str) -> Option<String> {
    let inner = text.trim_end().strip_suffix("}}")?.trim_end().strip_suffix(word)?;
    let inner = inner.trim_end().strip_suffix('|')?;
    Some(format!("{inner} }}}}"))
}

fn is_header(name: &str) -> bool {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.chars().all(token)
}
