//! The page itself: the document, with what was really answered.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Exchange, Programs};
use crate::crm::Crm;
use crate::harness::Callpane;

const INTRODUCTION: &str = "# The API, endpoint by endpoint\n\n\
    What programs can read and do. Each endpoint needs the token of \
    [`CALLPANE_API_TOKEN`](settings.md): `Authorization: Bearer TOKEN`; without that setting, nobody may use \
    them. Lists are given newest first: for the next page, send the last `id` as `before`. Times are in UTC, \
    ids are opaque.\n\n\
    What is refused is answered with `application/problem+json`: a `code`, a `detail`, a `remedy`. Each endpoint \
    lists the refusals of its own; all may answer `unauthorized`, `too-many-guesses` and \
    `database-unavailable`. [Refusals](problems.md) has every code.\n\n\
    The examples are the answers of a server to these requests, one after the other. `GET /api/openapi.json` \
    has the same as an OpenAPI document, which needs no token.\n";

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
        write!(page, "\n### {name}\n\n{}.\n", operation["summary"].as_str().unwrap()).unwrap();
        let exchanges = self.exchanges.get(name).unwrap_or_else(|| panic!("{name} has no example"));
        let mut rows = String::new();
        let lists = [&item["parameters"], &operation["parameters"]];
        for parameter in lists.iter().flat_map(|list| list.as_array().into_iter().flatten()) {
            let parameter = self.named(parameter);
            let (name, place) = (text(parameter, "name"), text(parameter, "in"));
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
            let required = content["schema"]["required"].as_array();
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
            if status.starts_with('4') {
                let is_shown = exchanges.iter().any(|each| each.status.to_string() == *status);
                // 64 MiB are sent elsewhere.
                assert!(is_shown || status == "413", "{name}: nothing is refused with {status}");
                let code = response["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
                let what = text(self.named(response), "description");
                writeln!(rows, "| {status} | [`{code}`](problems.md) | {what} |").unwrap();
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
        let kind = schema["anyOf"].get(0).unwrap_or(schema)["$ref"].as_str();
        if kind.is_some_and(|kind| known.contains(&kind)) {
            return;
        }
        known.extend(kind);
        let members = self.members(self.named(schema));
        for (name, inner) in &members {
            let words = self.named(inner)["enum"].as_array();
            let words = words.filter(|_| !inner["description"].to_string().contains('`'));
            let words = words.map(|words| format!(" ({})", listed(words))).unwrap_or_default();
            let nullable = inner["type"][1] == "null" || inner["anyOf"].is_array();
            let nullable = if nullable { "; or `null`" } else { "" };
            if let Some(what) = inner["description"].as_str() {
                writeln!(rows, "| `{prefix}{name}` | {what}{words}{nullable} |").unwrap();
            }
            // An answer that is nothing but a list is explained by its items.
            let is_list = prefix.is_empty() && members.len() == 1;
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
    let took = |line: &str| match line.split_once("\"millis\": ") {
        Some((before, _)) => format!("{before}\"millis\": 42,\n"),
        None => format!("{line}\n"),
    };
    page.lines().map(took).collect()
}
