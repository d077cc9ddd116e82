//! What `/api/v1` has, as an OpenAPI document: written by the handlers and the types of their answers, and made
//! as strict as they are.
//!
//! A handler names the refusals of its own (`x-refusals`). What every endpoint may refuse is added here, with the
//! statuses and titles of `docs/problems.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{
    agents, audit, calls, cards, contacts, deliveries, destinations, events, explain, idempotency,
    live, lookups, operators, refusals, search, sessions, sources, tokens,
};
use crate::domain::problem::Code;
use crate::domain::word::Word as _;
use crate::web::problem;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Callpane",
        version = "1",
        description = "What programs can read and do. Every endpoint requires a bearer token: that of \
            `CALLPANE_API_TOKEN`, which may do everything, or one that was made with a role. This document \
            itself is public. `security` names the least role that an operation needs: a supervisor may do \
            all that a viewer may, and an admin everything; supervisors may also do what needs `cards`."
    ),
    paths(
        calls::list,
        calls::csv,
        calls::show,
        explain::call,
        explain::ring,
        search::find,
        search::attention,
        live::show,
        live::close,
        cards::post,
        cards::list,
        cards::remove,
        events::list,
        refusals::list,
        sources::try_out,
        agents::list,
        agents::sign_out,
        contacts::find,
        contacts::lists,
        contacts::import,
        contacts::forget,
        lookups::list,
        lookups::test,
        destinations::list,
        destinations::test,
        destinations::pause,
        destinations::resume,
        deliveries::list,
        deliveries::groups,
        deliveries::show,
        deliveries::resend,
        operators::list,
        operators::add,
        operators::change,
        operators::remove,
        operators::make_link,
        sessions::list,
        sessions::end,
        tokens::list,
        tokens::add,
        tokens::revoke,
        audit::list
    ),
    components(schemas(problem::Written<'_>)),
    modifiers(&Token),
    security(("token" = [])),
    tags(
        (name = "Calls"),
        (name = "Cards"),
        (name = "Events"),
        (name = "Agents"),
        (name = "Contacts"),
        (name = "Lookups"),
        (name = "Destinations"),
        (name = "Deliveries"),
        (name = "Access")
    )
)]
struct Api;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// The whole document.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut document = serde_json::to_value(Api::openapi()).unwrap_or_default();
    let asked = asked(&document);
    if let Some(schemas) = object(&mut document, "/components/schemas") {
        flatten(schemas);
        for (name, schema) in schemas.iter_mut().filter(|(name, _)| !asked.contains(*name)) {
            answered(name, schema);
        }
    }
    if let Some(schemas) = object(&mut document, "/components/schemas") {
        let said = schemas.iter_mut().filter(|(name, _)| asked.contains(*name));
        said.for_each(|(_, schema)| members(schema).for_each(without_nul));
    }
    let mut refusals = Map::new();
    for (method, operation) in operations(&mut document) {
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        let schemas = parameters.into_iter().flatten().filter_map(|one| one.get_mut("schema"));
        schemas.for_each(without_nul);
        complete(&method, operation, &mut refusals);
    }
    if let Some(components) = object(&mut document, "/components") {
        components.insert("responses".to_owned(), refusals.into());
    }
    plain(&mut document);
    document
});

/// The document, as it is sent.
pub(in crate::web) fn document() -> &'static Value {
    &DOCUMENT
}

/// What is at a place, or null.
pub(super) fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

fn object<'a>(value: &'a mut Value, pointer: &str) -> Option<&'a mut Map<String, Value>> {
    value.pointer_mut(pointer)?.as_object_mut()
}

/// The schemas of what is asked. The others describe answers.
fn asked(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(_, item)| item.as_object().into_iter().flatten());
    let bodies = operations.filter_map(|(_, operation)| {
        let reference = operation.pointer("/requestBody/content/application~1json/schema/$ref")?;
        reference.as_str()?.rsplit('/').next()
    });
    bodies.map(str::to_owned).collect()
}

/// Puts the members of a schema that another one includes into that one: only then both can say that they have
/// no others.
fn flatten(schemas: &mut Map<String, Value>) {
    let known = schemas.clone();
    for schema in schemas.values_mut() {
        let Some(parts) = schema.get("allOf").and_then(Value::as_array) else { continue };
        let (mut members, mut required) = (Map::new(), Vec::new());
        for part in parts {
            let name = part["$ref"].as_str().and_then(|name| name.rsplit('/').next());
            let part = name.and_then(|name| known.get(name)).unwrap_or(part);
            members.extend(part["properties"].as_object().cloned().unwrap_or_default());
            required.extend(part["required"].as_array().cloned().unwrap_or_default());
        }
        let description = schema["description"].as_str().unwrap_or_default();
        *schema = json!({
            "type": "object",
            "description": description,
            "properties": members,
            "required": required,
        });
    }
}

fn members(schema: &mut Value) -> impl Iterator<Item = &mut Value> {
    object(schema, "/properties").into_iter().flat_map(|members| members.values_mut())
}

/// No text that is asked for has a U+0000: databases refuse it.
fn without_nul(schema: &mut Value) {
    let bounds = ["format", "enum", "pattern"];
    let any = may_be(schema, "string") && bounds.iter().all(|bound| schema.get(bound).is_none());
    if let Some(schema) = schema.as_object_mut().filter(|_| any) {
        schema.insert("pattern".to_owned(), "^[^\\u0000]*$".into());
    }
}

/// An answer has no other members than these. A member that may be null is always there: whatever is left out
/// is never null.
fn answered(name: &str, schema: &mut Value) {
    let Some(members) = schema["properties"].as_object() else { return };
    let nullable = members.iter().filter(|(_, member)| may_be_null(member));
    let mut required = schema["required"].as_array().cloned().unwrap_or_default();
    required.extend(nullable.map(|(name, _)| name.as_str().into()));
    let Some(schema) = schema.as_object_mut() else { return };
    schema.insert("required".into(), required.into());
    // Refusals of pages have members of their own.
    if name != "Problem" {
        schema.insert("additionalProperties".into(), false.into());
    }
}

fn may_be_null(schema: &Value) -> bool {
    let mut one_of = schema["oneOf"].as_array().into_iter().flatten();
    may_be(schema, "null") || one_of.any(|one| one["type"] == "null")
}

fn may_be(schema: &Value, kind: &str) -> bool {
    let kinds = &schema["type"];
    kinds == kind || kinds.as_array().is_some_and(|kinds| kinds.contains(&kind.into()))
}

const METHODS: [&str; 4] = ["get", "put", "post", "delete"];

/// Every operation, with its method.
fn operations(document: &mut Value) -> Vec<(String, &mut Map<String, Value>)> {
    let paths = object(document, "/paths").into_iter().flatten();
    let items = paths.filter_map(|(_, item)| item.as_object_mut());
    let all = items.flat_map(|item| item.iter_mut());
    let all = all.filter(|(method, _)| METHODS.contains(&method.as_str()));
    all.filter_map(|(method, operation)| Some((method.clone(), operation.as_object_mut()?)))
        .collect()
}

/// What any endpoint may refuse.
const ANY: &[Code] = &[
    Code::MalformedBody,
    Code::Unauthorized,
    Code::NotAllowed,
    Code::TooManyGuesses,
    Code::DatabaseUnavailable,
    Code::TooManyRequests,
    Code::InternalError,
];

/// What an endpoint that takes a body may refuse beyond.
const WITH_BODY: &[Code] =
    &[Code::BodyTooLarge, Code::BodyTooSlow, Code::TooManyBodies, Code::WrongContentType];

/// What an endpoint that takes an idempotency key may refuse beyond.
const WITH_KEY: &[Code] = &[Code::IdempotencyKeyReused, Code::IdempotencyKeyInUse];

fn key() -> Value {
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The same request with the same key is not carried out again for a day",
        "schema": { "type": "string", "pattern": idempotency::PATTERN },
    })
}

/// Adds what is the same for many operations: the answers that refuse.
fn complete(method: &str, operation: &mut Map<String, Value>, refusals: &mut Map<String, Value>) {
    let own = operation.shift_remove("x-refusals").unwrap_or_default();
    let own = own.as_array().into_iter().flatten();
    let mut codes: Vec<Code> = own.filter_map(|word| Code::read(word.as_str()?)).collect();
    codes.extend(ANY);
    if operation.contains_key("requestBody") || method == "post" {
        codes.extend(WITH_BODY);
    }
    if method == "post" {
        codes.extend(WITH_KEY);
        let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
        parameters.as_array_mut().into_iter().for_each(|all| all.push(key()));
    }
    let mut refused: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes {
        refused.entry(problem::status(code).as_u16()).or_default().push(code);
    }
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
        return;
    };
    for (status, codes) in refused {
        let words: Vec<&str> = codes.iter().map(|code| code.word()).collect();
        let name = words.join(".");
        let reference = json!({ "$ref": format!("#/components/responses/{name}") });
        responses.insert(status.to_string(), reference);
        refusals.entry(name).or_insert_with(|| refusal(status, &codes, &words));
    }
}

/// The answer that refuses with one of these codes, which have one status.
fn refusal(status: u16, codes: &[Code], words: &[&str]) -> Value {
    let titles: Vec<&str> = codes.iter().map(|code| problem::title(*code)).collect();
    let schema = json!({
        "allOf": [{ "$ref": "#/components/schemas/Problem" }],
        "properties": { "status": { "const": status }, "code": { "enum": words } },
    });
    json!({
        "description": titles.join("; or: "),
        "content": { "application/problem+json": { "schema": schema } },
        "headers": headers(status),
    })
}

/// What an answer with this status says beside its body.
fn headers(status: u16) -> Value {
    match status {
        401 => json!({ "WWW-Authenticate": {
            "description": "Which credential is wanted",
            "required": true,
            "schema": { "type": "string" },
        } }),
        429 | 503 => json!({ "Retry-After": {
            "description": "After how many seconds to try again",
            "schema": { "type": "integer", "minimum": 1 },
        } }),
        _ => json!({}),
    }
}

/// Comments wrap their lines and end with a full stop; descriptions here do not. What is said of a member that may
/// be null is said of the member, not of what it refers to.
fn plain(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(description) = members
                .get_mut("oneOf")
                .and_then(|all| all.as_array_mut()?.first_mut()?.as_object_mut())
                .and_then(|first| first.shift_remove("description"))
            {
                members.insert("description".to_owned(), description);
            }
            for (name, member) in members.iter_mut() {
                if let ("description" | "summary", Some(text)) = (name.as_str(), member.as_str()) {
                    *member = sentence(text).into();
                } else {
                    plain(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(plain),
        _ => {}
    }
}

fn sentence(text: &str) -> String {
    let text = text.replace('\n', " ");
    let one = text.strip_suffix('.').filter(|one| !one.contains(". "));
    one.unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_that_a_handler_names_has_a_code() {
        let document = serde_json::to_value(Api::openapi()).unwrap();
        let paths = document["paths"].as_object().unwrap().values();
        let operations = paths.flat_map(|item| item.as_object().unwrap().values());
        let named = operations.filter_map(|operation| operation["x-refusals"].as_array().cloned());
        let named: Vec<Value> = named.flatten().collect();
        assert!(named.len() > 5, "{named:?}");
        for word in named {
            assert!(Code::read(word.as_str().unwrap()).is_some(), "{word}");
        }
    }
}
