//! `[[destination]]`, compiled: which other systems hear of calls, written out or by a preset.

use std::time::Duration;

use super::compiler::Compiler;
use super::document::{Keyed as _, Position, WrittenDestination, WrittenRequest, WrittenUpdate};
use super::presets::Part;
use super::reader::{Readable, Verbatim, Written, nearest};
use super::value::{Node, Table, Value, flat, join};
use crate::domain::delivery::RetrySchedule;
use crate::domain::destination::{Body, Destination, MARK, Outgoing, RequestTemplate, Shape};
use crate::domain::endpoint::{Authentication, Connection, Endpoint, basic};
use crate::domain::event;
use crate::domain::secret::Secret;
use crate::template::Place;
use serde_json::Value as Json;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(15);

impl Compiler<'_> {
    pub(super) fn destination(&mut self, written: &WrittenDestination) -> Option<Destination> {
        let Some(named) = written.preset.get() else {
            return self.destination_of(written, None, Vec::new());
        };
        let (position, setup) = (&written.position, written.setup.get());
        self.with_preset(position, named, setup, Part::Requests, |compiler, preset, hidden| {
            compiler.beside_preset(written);
            compiler.destination_of(written, Some(preset), hidden)
        })
    }

    fn destination_of(
        &mut self,
        written: &WrittenDestination,
        preset: Option<&Table>,
        hidden: Vec<(String, Secret)>,
    ) -> Option<Destination> {
        let Position { at, path } = &written.position;
        if !written.name.is_written() {
            self.complain(*at, path, "has no name; the list of deliveries shows it");
        }
        let conditions = self.both(&written.when, &written.unless);
        let queue = self.queue(written.sqs.get(), path);
        let own = self.kinds(&written.on, path);
        let requests = match preset {
            Some(preset) => self.preset_requests(preset),
            None => self.requests(written, &own, queue.is_some()),
        };
        let on = self.wanted(written, own, &requests);
        let auth = self.own_or_preset(&written.auth, preset, path, "auth");
        let authentication = self.authentication(auth.get(), path).unwrap_or_default();
        let [sign, x_signature] = [("sign", &written.sign), ("x_signature", &written.x_signature)]
            .map(|(key, node)| self.secrets(node.get(), &join(path, key)).into_iter().next());
        let entry = self.own_or_preset(&written.entry, preset, path, "entry").get().cloned();
        let retry = self.retry(written);
        let timeout = self.span(&written.timeout, path, "timeout").unwrap_or(TIMEOUT);
        // Over SQS the very secret that opens the queue signs the messages.
        let x_signature = x_signature.or_else(|| queue.as_ref().map(|queue| queue.secret.clone()));
        let endpoint = queue.map_or(Endpoint::Http(authentication), Endpoint::Sqs);
        Some(Destination {
            name: written.name.get()?.clone(),
            state: written.state.copied().unwrap_or_default(),
            on,
            conditions,
            requests,
            connection: Connection { endpoint, timeout, hidden },
            sign,
            x_signature,
            entry,
            retry,
        })
    }

    /// What is written under a key: the operator's own word counts.
    fn own_or_preset<T: Readable + Clone>(
        &mut self,
        own: &Written<T>,
        preset: Option<&Table>,
        path: &str,
        key: &str,
    ) -> Written<T> {
        match preset {
            Some(preset) if !own.is_written() => self.reader.written(preset, path, key),
            _ => own.clone(),
        }
    }

    /// Complains of requests that are written beside a preset.
    fn beside_preset(&mut self, written: &WrittenDestination) {
        let update = written.update.at().map(|at| ("update", at));
        for (key, at) in written.request.places().into_iter().chain(update) {
            let message = "has no effect with a preset, which defines the requests; copy its file and use \
                           the copy with preset = \"file:…\"";
            self.complain(at, &join(&written.position.path, key), message);
        }
    }

    /// The events that it wants: those that its own `on` names, else those of its requests.
    fn wanted(
        &mut self,
        written: &WrittenDestination,
        mut on: Vec<String>,
        requests: &[Outgoing],
    ) -> Vec<String> {
        let Position { at, path } = &written.position;
        if on.is_empty() {
            on = requests.iter().flat_map(|request| request.on.clone()).collect();
        }
        if on.is_empty() {
            let message = "receives no event; write on = [\"call.ended\"], or \"*\" for everything";
            self.complain(*at, path, message);
        }
        on
    }

    fn preset_requests(&mut self, preset: &Table) -> Vec<Outgoing> {
        let written = self.reader.each(preset, "request", |reader, table, path, at| {
            let update = reader.written(table, path, "update").copied().unwrap_or_default();
            (WrittenUpdate::read(reader, table, path, at), update)
        });
        let outgoing = written.iter().filter_map(|(written, update)| {
            let on = self.kinds(&written.on, &written.position.path);
            let request = self.request(&written.request)?;
            Some(Outgoing { on, update: *update, request })
        });
        outgoing.collect()
    }

    /// The operator's own requests.
    fn requests(
        &mut self,
        written: &WrittenDestination,
        on: &[String],
        has_queue: bool,
    ) -> Vec<Outgoing> {
        let on = on.to_vec();
        if has_queue && !written.request.url.is_written() {
            return vec![Outgoing { on, update: false, request: self.message(&written.request) }];
        }
        let update = written.update.get().and_then(|update| {
            let own = self.kinds(&update.on, &update.position.path);
            let on = if own.is_empty() { on.clone() } else { own };
            Some(Outgoing { on, update: true, request: self.telling(&update.request)? })
        });
        let request = self.telling(&written.request);
        let request = request.map(|request| Outgoing { on, update: false, request });
        update.into_iter().chain(request).collect()
    }

    /// A request that tells everything that is known, unless its body is written or it can have none.
    fn telling(&mut self, written: &WrittenRequest) -> Option<RequestTemplate> {
        let mut request = self.request(written)?;
        if request.method != "GET" && !writes_body(written) {
            request.body = Body::Everything;
        }
        Some(request)
    }

    /// What is put into a queue: everything that is known, or what the operator writes.
    fn message(&mut self, written: &WrittenRequest) -> RequestTemplate {
        RequestTemplate {
            method: "POST".to_owned(),
            url: None,
            query: Vec::new(),
            headers: Vec::new(),
            body: if writes_body(written) { self.body(written) } else { Body::Everything },
        }
    }

    pub(super) fn request(&mut self, written: &WrittenRequest) -> Option<RequestTemplate> {
        let Position { at, path } = &written.position;
        let method = written.method.get().map_or("POST", String::as_str).to_uppercase();
        if !["GET", "POST", "PUT", "PATCH"].contains(&method.as_str()) {
            self.complain(*at, &join(path, "method"), "is not one of GET, POST, PUT, PATCH");
        }
        if !written.url.is_written() {
            self.complain(*at, path, "has no url");
            return None;
        }
        self.host(&written.url, &join(path, "url"));
        let url = self.line(&written.url, &join(path, "url"), Place::Address);
        let query = self.templates(&written.query, path, "query");
        let headers = self.templates(&written.headers, path, "headers");
        let body = self.body(written);
        if method == "GET" && body != Body::None {
            self.complain(*at, &join(path, "method"), "a GET request has no body; use query");
        }
        Some(RequestTemplate { method, url: Some(url?), query, headers, body })
    }

    fn body(&mut self, written: &WrittenRequest) -> Body {
        let path = &written.position.path;
        let WrittenRequest { json, form, body, content_type, .. } = written;
        let said = [("form", form.at()), ("json", json.at()), ("body", body.at())];
        let mut said = said.into_iter().filter_map(|(key, at)| Some((key, at?)));
        let first = said.next();
        if let Some((second, at)) = said.next() {
            self.complain(at, &join(path, second), "conflicts with another body; keep one of them");
        }
        match (first, json.get()) {
            (None, _) => Body::None,
            (Some(("form", _)), _) => Body::Form(self.templates(form, path, "form")),
            (Some(("json", _)), Some(json)) => Body::Json(self.shape(json, &join(path, "json"))),
            _ => {
                let Some((at, Verbatim(text))) = body.with_place() else { return Body::None };
                if text.is_empty() {
                    return Body::None;
                }
                let usual = || "text/plain; charset=utf-8".to_owned();
                let content_type = content_type.get().cloned().unwrap_or_else(usual);
                let place = if is_xml(&content_type) { Place::Xml } else { Place::Text };
                let text = self.compiled(at, &join(path, "body"), place, text).unwrap_or_default();
                Body::Text { content_type, text }
            }
        }
    }

    /// A JSON value whose texts are templates.
    fn shape(&mut self, node: &Node, path: &str) -> Shape {
        match node.get_ref() {
            Value::Table(members) => {
                let members = members.iter().map(|(name, node)| {
                    let name = name.get_ref().clone();
                    let shape = self.shape(node, &join(path, &name));
                    (name, shape)
                });
                Shape::Map(members.collect())
            }
            Value::Array(list) => {
                let list = list.iter().map(|node| self.shape(node, path));
                Shape::List(list.collect())
            }
            Value::Boolean(truth) => Shape::Fixed((*truth).into()),
            Value::Integer(number) => {
                Shape::Fixed(number.parse::<i64>().map_or(Json::Null, Json::from))
            }
            Value::Float(number) => {
                Shape::Fixed(number.parse::<f64>().map_or(Json::Null, Json::from))
            }
            Value::String(text) => self.leaf(node, text, path),
            Value::Datetime(moment) => Shape::Fixed(moment.clone().into()),
        }
    }

    /// A text; what stands behind its last bars may say what becomes of it.
    fn leaf(&mut self, node: &Node, text: &str, path: &str) -> Shape {
        type Made = fn(String) -> Shape;
        let (text, is_optional) = match without(text, "optional") {
            Some(inner) => (inner, true),
            None => (text.to_owned(), false),
        };
        let kinds: [(&str, Made); 2] = [("number", Shape::Number), ("json", Shape::Json)];
        let found = kinds.into_iter().find_map(|(word, made)| Some((without(&text, word)?, made)));
        let is_text = found.is_none();
        let (source, made) = found.unwrap_or((text, Shape::Text));
        let template = self.compiled(node.span().start, path, Place::Text, &source);
        let Some(template) = template else { return Shape::Fixed(Json::Null) };
        match (is_optional, is_text) {
            (true, true) => Shape::Optional(template),
            (true, false) => Shape::Known(Box::new(made(template))),
            (false, _) => made(template),
        }
    }

    fn templates(
        &mut self,
        written: &Written<Node>,
        path: &str,
        key: &str,
    ) -> Vec<(String, String)> {
        let Some(node) = written.get() else { return Vec::new() };
        let path = join(path, key);
        let Some(members) = node.get_ref().as_table() else {
            self.complain(node.span().start, &path, "is not a table; write { name = \"value\" }");
            return Vec::new();
        };
        let mut all = Vec::new();
        for (name, node) in flat(members, "") {
            let (at, name) = (name.span().start, name.into_inner());
            let place = join(&path, &name);
            if key == "headers" && !is_header(&name) {
                self.complain(at, &place, "is not a header name");
                continue;
            }
            match node.get_ref().plain() {
                Some(text) => {
                    let template = self.compiled(node.span().start, &place, Place::Text, &text);
                    all.extend(template.map(|template| (name, template)));
                }
                None => self.complain(at, &place, "must be a string"),
            }
        }
        all
    }

    fn kinds(&mut self, written: &Written<Vec<String>>, path: &str) -> Vec<String> {
        let Some((at, kinds)) = written.with_place() else { return Vec::new() };
        let known = event::told();
        for kind in kinds {
            let matched = known
                .iter()
                .any(|known| crate::domain::destination::wants(std::slice::from_ref(kind), known));
            if !matched {
                let (meant, all) = (nearest(kind, &known), known.join(", "));
                let message = format!("\"{kind}\" is not an event; {meant}known: {all}");
                self.complain(at, &join(path, "on"), message);
            }
        }
        kinds.clone()
    }

    pub(super) fn authentication(
        &mut self,
        node: Option<&Node>,
        path: &str,
    ) -> Option<Authentication> {
        let node = node?;
        let path = join(path, "auth");
        if node.get_ref().as_str() == Some("none") {
            return Some(Authentication::None);
        }
        let known = ["basic", "bearer", "header", "oauth2"];
        let (auth, name, way) = self.way(node, &path, &known)?;
        let inner = join(&path, name);
        let header = |value| Authentication::Header { name: "authorization".to_owned(), value };
        match (name, way.get_ref().as_table()) {
            ("bearer", None) => {
                let token = self.hidden_or_secret(auth, &path, "bearer")?;
                Some(header(Secret::new(format!("Bearer {}", token.expose()))))
            }
            ("basic", Some(pair)) => {
                self.reader.only(pair, &inner, &["user", "password"]);
                let user = self.reader.text(pair, &inner, "user");
                let password = self.hidden_or_secret(pair, &inner, "password");
                Some(header(basic(&user?, &password?)))
            }
            ("header", Some(pair)) => {
                self.reader.only(pair, &inner, &["name", "value"]);
                let name = self.reader.text(pair, &inner, "name");
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

    fn client_credentials(&mut self, client: &Table, path: &str) -> Option<Authentication> {
        self.reader.only(client, path, &["token_url", "client_id", "client_secret", "scope"]);
        let token_url = self.reader.written(client, path, "token_url");
        self.host(&token_url, &join(path, "token_url"));
        let client_id = self.reader.text(client, path, "client_id");
        let client_secret = self.hidden_or_secret(client, path, "client_secret");
        let scope = self.reader.text(client, path, "scope");
        Some(Authentication::ClientCredentials {
            token_url: token_url.get()?.clone(),
            client_id: client_id?,
            client_secret: client_secret?,
            scope,
        })
    }

    /// A reference to a secret; in a preset the mark of one, which is known by now.
    fn hidden_or_secret(&mut self, table: &Table, path: &str, key: &str) -> Option<Secret> {
        let text = table.get(key).and_then(|node| node.get_ref().as_str()).unwrap_or_default();
        if text.contains(MARK) {
            let reveal = |text: String, (name, secret): &(String, Secret)| {
                text.replace(&format!("{MARK}{name}{MARK}"), secret.expose())
            };
            return Some(Secret::new(self.hidden.iter().fold(text.to_owned(), reveal)));
        }
        self.one_secret(table, path, key)
    }

    fn retry(&mut self, written: &WrittenDestination) -> RetrySchedule {
        let Some((at, spans)) = written.retry.with_place() else {
            return RetrySchedule::default();
        };
        let spans = spans.iter().map(|text| crate::domain::time::span(text));
        match spans.collect::<Result<Vec<Duration>, String>>() {
            Ok(spans) => RetrySchedule(spans),
            Err(message) => {
                self.complain(at, &join(&written.position.path, "retry"), message);
                RetrySchedule::default()
            }
        }
    }
}

fn writes_body(written: &WrittenRequest) -> bool {
    let WrittenRequest { json, form, body, .. } = written;
    json.is_written() || form.is_written() || body.is_written()
}

/// Whether values in a text of this type must not be taken for its markup.
fn is_xml(content_type: &str) -> bool {
    let content_type = content_type.to_lowercase();
    content_type.contains("xml") || content_type.contains("html")
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
