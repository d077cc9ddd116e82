//! The page itself: the document, with what was really answered.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Exchange, Programs};
use crate::crm::Crm;
use crate::harness::Callpane;

const INTRODUCTION: &str = "# The API, endpoint by endpoint\n\n\
    What programs can read and do. Each endpoint needs a token, `Authorization: Bearer TOKEN`: that of \
    [`CALLPANE_API_TOKEN`](settings.md), which may do everything, or one with a role, which `callpane tokens` and \
    `POST /api/v1/tokens` create. Each endpoint names the least [role](console.md#signing-in) that it needs. A \
    supervisor may do all that a viewer may, and an admin everything; supervisors may also do what needs `cards`. Times are in UTC, ids are opaque.\n\n\
    Events, refusals and deliveries are listed newest first, page by page: `next` is where the next page \
    begins, or `null` on the last one. Send it as `before`, or follow the `Link` header (`rel=\"next\"`); \
    what comes in meanwhile does not shift the pages.\n\n\
    What is refused is answered with `application/problem+json`: a `code`, a `detail`, a `remedy`. Each endpoint \
    lists its own refusals. All may answer `malformed-body` (also to a parameter that they do not \
    have), `unauthorized`, `not-allowed` (the token's role is not enough), `too-many-guesses`, `too-many-requests`, `database-unavailable` and \
    `internal-error`; whatever takes a body may answer `body-too-large`, `body-too-slow`, \
    `too-many-bodies` and `wrong-content-type`. At an address of the API, another method is answered with \
    `wrong-method` and `Allow`. [Refusals](problems.md) has every code.\n\n\
    **Sending again.** A `POST` may carry an `Idempotency-Key`, such as a UUID: 1 to 255 printable characters, \
    bare or in double quotes. For 24 hours, the same request with that key is not carried out again: it gets \
    the first answer, with `Idempotency-Replayed: true`. An answer with a secret in it (`POST /api/v1/tokens`, \
    `POST /api/v1/operators`, a sign-in link) is not kept: the same request is answered with 409 `answer-not-kept`. With another method, address or body, the key is \
    answered with `idempotency-key-reused`; while the first request is under way, with \
    `idempotency-key-in-use`. A request is carried out to its end even if its sender hangs up. A refusal \
    that came before anything was done and that may pass (401, 408, 413, 415, 429, `not-allowed`, \
    `too-many-bodies`, `too-many-requests`, `too-many-streams`) is not kept, and leaves the key free. After \
    any other answer of 500 and above, or if the server stops before it has kept an answer, the key stays in \
    use for the rest of the 24 hours: nothing is done twice, but only you can see whether it was done. The answers are kept in the \
    database, so that all this holds for several nodes, too.\n\n\
    The examples are the answers of a server to these requests, one after the other. `GET /api/openapi.json` \
    has the same as an OpenAPI document, which needs no token.\n";

/// What the introduction says of all endpoints.
const ANYWHERE: [&str; 14] = [
    "not-allowed",
    "answer-not-kept",
    "idempotency-key-reused",
    "idempotency-key-in-use",
    "malformed-body",
    "unauthorized",
    "too-many-guesses",
    "too-many-requests",
    "database-unavailable",
    "internal-error",
    "body-too-large",
    "body-too-slow",
    "too-many-bodies",
    "wrong-content-type",
];

/// What this server has no example of: the operator `admin` of a setting, and two phone systems that have a call
/// with the same id.
const UNSHOWN: [(&str, &str); 5] = [
    ("POST /api/v1/calls/{id}/cards", "ambiguous-call"),
    ("GET /api/v1/calls/{id}/cards", "ambiguous-call"),
    ("DELETE /api/v1/calls/{id}/cards/{card}", "ambiguous-call"),
    ("DELETE /api/v1/operators/{name}", "invalid-value"),
    ("GET /api/v1/calls/{id}", "ambiguous-call"),
];

impl Programs<'_> {
    /// The whole page.
    pub(super) fn documented(&self) -> String {
        let mut page = INTRODUCTION.to_owned();
        for tag in self.document["tags"].as_array().unwrap() {
            write!(page, "\n## {}\n", tag["name"].as_str().unwrap()).unwrap();
            for (path, item) in self.document["paths"].as_object().unwrap() {
                for method in ["get", "put", "post", "delete"] {
                    if item[method]["tags"][0] == tag["name"] {
                        let operation = format!("{} {path}", method.to_uppercase());
                        self.operation(&mut page, &operation, item, &item[method]);
                    }
                }
            }
        }
        page
    }

    fn operation(&self, page: &mut String, name: &str, item: &Value, operation: &Value) {
        let summary = operation["summary"].as_str().unwrap();
        let role = operation["security"][0]["token"][0].as_str().unwrap();
        write!(page, "\n### {name}\n\n{summary}. Role: `{role}`.\n").unwrap();
        let exchanges = self.exchanges.get(name).unwrap_or_else(|| panic!("{name} has no example"));
        let mut rows = String::new();
        let lists = [&item["parameters"], &operation["parameters"]];
        for parameter in lists.iter().flat_map(|list| list.as_array().into_iter().flatten()) {
            let parameter = self.named(parameter);
            let (name, place) = (text(parameter, "name"), text(parameter, "in"));
            // The introduction says it of every POST.
            if name == "Idempotency-Key" {
                continue;
            }
            let words = self.named(&parameter["schema"])["enum"].as_array();
            let words = words.map(|words| format!(": {}", listed(words))).unwrap_or_default();
            let required = if parameter["required"] == true { "" } else { ", optional" };
            writeln!(
                rows,
                "| `{name}` | {place}{required} | {}{words} |",
                text(parameter, "description")
            )
            .unwrap();
        }
        let body = &operation["requestBody"];
        if let Some((kind, content)) = body["content"].as_object().and_then(|all| all.iter().next())
        {
            if let Some(what) = body["description"].as_str() {
                writeln!(rows, "| | body, `{kind}` | {what} |").unwrap();
            }
            let required = self.named(&content["schema"])["required"].as_array();
            for (member, inner) in self.members(&content["schema"]) {
                let needed = required.is_some_and(|all| all.iter().any(|name| *name == member));
                let optional = if needed { "" } else { ", optional" };
                writeln!(rows, "| `{member}` | body{optional} | {} |", text(inner, "description"))
                    .unwrap();
            }
        }
        if !rows.is_empty() {
            write!(page, "\n| parameter | in | |\n|---|---|---|\n{rows}").unwrap();
        }
        let good = exchanges.iter().find(|exchange| exchange.status < 300).expect(name);
        page.push_str(&good.shown(name));
        let mut rows = String::new();
        let (_, response) = operation["responses"].as_object().unwrap().iter().next().unwrap();
        let schema = &self.named(response)["content"]["application/json"]["schema"];
        self.explain(&mut rows, &mut Vec::new(), "", schema);
        if !rows.is_empty() {
            write!(page, "\n| in the answer | |\n|---|---|\n{rows}").unwrap();
        }
        let mut rows = String::new();
        for (status, response) in operation["responses"].as_object().unwrap() {
            if !status.starts_with('4') {
                continue;
            }
            let titles = text(self.named(response), "description").split("; or: ");
            for (code, title) in self.codes(response).iter().zip(titles) {
                let code = code.as_str().unwrap();
                if ANYWHERE.contains(&code) {
                    continue;
                }
                let is_shown = exchanges.iter().any(|each| each.answer["code"] == code);
                let is_shown = is_shown || UNSHOWN.contains(&(name, code));
                assert!(is_shown, "{name}: nothing is refused with {code}");
                writeln!(rows, "| {status} | [`{code}`](problems.md) | {title} |").unwrap();
            }
        }
        if !rows.is_empty() {
            write!(page, "\n| refused with | | |\n|---|---|---|\n{rows}").unwrap();
        }
    }

    /// A row for each member of which something is said; what is of a kind that was explained, once.
    fn explain<'a>(
        &'a self,
        rows: &mut String,
        known: &mut Vec<&'a str>,
        prefix: &str,
        schema: &'a Value,
    ) {
        let schema = if schema["items"].is_object() { &schema["items"] } else { schema };
        let kind = schema["oneOf"].get(0).unwrap_or(schema)["$ref"].as_str();
        if kind.is_some_and(|kind| known.contains(&kind)) {
            return;
        }
        known.extend(kind);
        let members = self.members(self.named(schema));
        for (name, inner) in &members {
            let words = self.named(inner)["enum"].as_array();
            let words = words.filter(|_| !inner["description"].to_string().contains('`'));
            let words = words.map(|words| format!(" ({})", listed(words))).unwrap_or_default();
            let nullable = inner["type"][1] == "null" || inner["oneOf"].is_array();
            let nullable = if nullable { "; or `null`" } else { "" };
            if let Some(what) = inner["description"].as_str() {
                writeln!(rows, "| `{prefix}{name}` | {what}{words}{nullable} |").unwrap();
            }
            // An answer that is nothing but a list is explained by its items.
            let rest = members.iter().filter(|(name, _)| *name != "next").count();
            let is_list = prefix.is_empty() && rest == 1;
            let below = if is_list { String::new() } else { format!("{prefix}{name}.") };
            self.explain(rows, known, &below, inner);
        }
    }
}

fn text<'a>(item: &'a Value, member: &str) -> &'a str {
    item[member].as_str().unwrap_or_else(|| panic!("{member} is missing: {item}"))
}

fn listed(words: &[Value]) -> String {
    let words = words.iter().map(|word| format!("`{}`", word.as_str().unwrap()));
    words.collect::<Vec<_>>().join(", ")
}

impl Exchange {
    fn shown(&self, operation: &str) -> String {
        let (method, _) = operation.split_once(' ').unwrap();
        let body = if self.body.is_empty() { "" } else { &format!("\n\n{}", self.body.trim_end()) };
        let answer = match &self.answer {
            Value::Null => String::new(),
            answer => {
                format!("\n```json\n{}\n```\n", serde_json::to_string_pretty(answer).unwrap())
            }
        };
        let (target, status) = (&self.target, self.status);
        format!("\n```http\n{method} {target}{body}\n```\n\nAnswer: {status}\n{answer}")
    }
}

/// With the same ids and addresses in every run.
pub(super) fn settled(page: &str, callpane: &Callpane, crm: &Crm) -> String {
    const ID: usize = 32;
    let page = super::access::settled(page);
    let page = page.replace(&crm.url, "https://crm.example.com");
    let page = page.replace(&callpane.running.address.to_string(), "callpane.example.com");
    let page = page.replace(&callpane.running.public_url, "https://callpane.example.com");
    let words = page.split(|letter: char| !letter.is_ascii_hexdigit());
    let mut known: Vec<&str> = Vec::new();
    for word in words.filter(|word| word.len() == ID) {
        if !known.contains(&word) {
            known.push(word);
        }
    }
    let number = |page: String, (at, id): (usize, &&str)| {
        page.replace(*id, &format!("01a0c4524c787a008000{:012}", at + 1))
    };
    let page = known.iter().enumerate().fold(page.clone(), number);
    let took = |line: &str| {
        let named = ["\"millis\": ", "\"ms\": "];
        let named = named.iter().find_map(|name| Some((line.split_once(name)?.0, name)));
        named.map_or(format!("{line}\n"), |(before, name)| format!("{before}{name}42,\n"))
    };
    page.lines().map(took).collect()
}
