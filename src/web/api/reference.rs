//! The API's document as a page: `/api`. Its own viewer, because those that exist bring a megabyte of script and
//! styles that our pages do not allow, and no French.

use std::sync::LazyLock;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value};

use super::document::{at, document};
use crate::domain::problem::Code;
use crate::domain::word::Word as _;
use crate::view::{ApiGroup, ApiMember, ApiOperation, ApiPage, ApiRefusal, ApiWords};
use crate::web::frame;
use crate::web::problem::{self, Problem};
use crate::web::state::AppState;

/// What this API has, as a page.
pub(in crate::web) async fn show(
    request: HttpRequest,
    app: Data<AppState>,
) -> Result<HttpResponse, Problem> {
    let address = app.flow.context.options().public_url.clone();
    let page = ApiPage { address, groups: GROUPS.clone() };
    frame::framed(&app, &request, StatusCode::OK, &page)
}

static GROUPS: LazyLock<Vec<ApiGroup>> = LazyLock::new(|| {
    let tags = document()["tags"].as_array().into_iter().flatten();
    tags.filter_map(|tag| Some(group(tag["name"].as_str()?))).collect()
});

fn group(name: &str) -> ApiGroup {
    let paths = document()["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path, method, operation))
    });
    let ours = all.filter(|(.., operation)| at(operation, "/tags/0") == name);
    let operations = ours.map(|(path, method, one)| operation(path, method, one)).collect();
    ApiGroup { name: name.to_owned(), operations }
}

fn operation(path: &str, method: &str, operation: &'static Value) -> ApiOperation {
    let mut parameters: Vec<ApiMember> = Vec::new();
    for one in list(&operation["parameters"]) {
        let member = member(text(&one["name"]), &one["schema"], one["required"] == true);
        let place = Some(text(&one["in"]));
        parameters.push(ApiMember { place, description: sentence(&one["description"]), ..member });
    }
    let content = at(operation, "/requestBody/content").as_object();
    let content = content.and_then(|content| content.iter().next());
    let body = content.map(|(kind, content)| (kind.clone(), example(kind, &content["schema"])));
    if let Some((kind, content)) = content {
        let mut members = Vec::new();
        explain(&mut members, &mut Vec::new(), "", &content["schema"]);
        if members.is_empty() {
            let described = sentence(at(operation, "/requestBody/description"));
            members.push(ApiMember {
                description: described,
                ..member(kind.clone(), &Value::Null, true)
            });
        }
        let in_body = |member| ApiMember { place: Some("body".to_owned()), ..member };
        parameters.extend(members.into_iter().map(in_body));
    }
    ApiOperation {
        id: text(&operation["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        role: text(at(operation, "/security/0/token/0")),
        summary: sentence(&operation["summary"]),
        query: query(&parameters),
        body,
        members: answered(&operation["responses"]),
        refusals: refusals(&operation["responses"]),
        parameters,
    }
}

/// The parameters without which it cannot be asked.
fn query(parameters: &[ApiMember]) -> String {
    let is_needed = |one: &&ApiMember| one.required && one.place.as_deref() == Some("query");
    let needed = parameters.iter().filter(is_needed).map(|one| format!("{}=…", one.name));
    let needed = needed.collect::<Vec<_>>().join("&");
    if needed.is_empty() { needed } else { format!("?{needed}") }
}

/// The smallest body that is accepted, or where it comes from.
fn example(kind: &str, schema: &Value) -> String {
    if kind != "application/json" {
        return "@FILE".to_owned();
    }
    let required = list(&named(schema)["required"]).filter_map(Value::as_str);
    let members: Map<String, Value> = required.map(|name| (name.to_owned(), "…".into())).collect();
    Value::from(members).to_string()
}

fn answered(responses: &'static Value) -> Vec<ApiMember> {
    let mut members = Vec::new();
    let created = at(responses, "/201/content/application~1json/schema");
    let schema = responses.pointer("/200/content/application~1json/schema").unwrap_or(created);
    explain(&mut members, &mut Vec::new(), "", schema);
    members
}

fn refusals(responses: &Value) -> Vec<ApiRefusal> {
    let all = responses.as_object().into_iter().flatten();
    let codes = all.flat_map(|(status, response)| {
        let content = at(named(response), "/content/application~1problem+json/schema");
        let codes = list(at(content, "/properties/code/enum"));
        codes.filter_map(move |code| Some((status, Code::read(code.as_str()?)?)))
    });
    let refusal = |(status, code): (&String, Code)| ApiRefusal {
        status: status.clone(),
        code: code.word().to_owned(),
        title: problem::title(code).to_owned(),
    };
    codes.map(refusal).collect()
}

/// The members of an object and of what it contains, each kind of object once.
fn explain(
    members: &mut Vec<ApiMember>,
    known: &mut Vec<&'static str>,
    prefix: &str,
    schema: &'static Value,
) {
    let schema = if schema["items"].is_object() { &schema["items"] } else { schema };
    let kind = reference(schema);
    if kind.is_some_and(|kind| known.contains(&kind)) {
        return;
    }
    known.extend(kind);
    let schema = named(schema);
    let required: Vec<&str> = list(&schema["required"]).filter_map(Value::as_str).collect();
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        let full = format!("{prefix}{name}");
        members.push(member(full.clone(), inner, required.contains(&name.as_str())));
        explain(members, known, &format!("{full}."), inner);
    }
}

fn member(name: String, schema: &Value, required: bool) -> ApiMember {
    let inner = named(schema);
    let kinds = list(&inner["type"]).chain(std::iter::once(&inner["type"]));
    let kind = kinds.filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or_default();
    let format = inner["format"].as_str().filter(|format| !format.starts_with("int"));
    let words = list(&inner["enum"]).filter_map(Value::as_str).map(str::to_owned).collect();
    let nullable = list(&schema["type"]).any(|kind| kind == "null") || schema["oneOf"].is_array();
    ApiMember {
        name,
        place: None,
        kind: format.unwrap_or(kind).to_owned(),
        words,
        required,
        nullable,
        description: sentence(&schema["description"]),
    }
}

fn reference(schema: &'static Value) -> Option<&'static str> {
    at(schema["oneOf"].get(0).unwrap_or(schema), "/$ref").as_str()
}

/// What a `$ref` refers to.
fn named(schema: &Value) -> &Value {
    let schema = schema["oneOf"].get(0).unwrap_or(schema);
    let pointer = schema["$ref"].as_str().and_then(|name| name.strip_prefix('#'));
    pointer.and_then(|pointer| document().pointer(pointer)).unwrap_or(schema)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A sentence, in which what is written so stands between backticks. Links lead into the documentation: here only
/// their words are shown.
fn sentence(value: &Value) -> Vec<ApiWords> {
    let pieces = value.as_str().unwrap_or_default().split('`').enumerate();
    let words = pieces.map(|(at, text)| ApiWords { is_code: at % 2 == 1, text: linkless(text) });
    words.filter(|words| !words.text.is_empty()).collect()
}

fn linkless(text: &str) -> String {
    let Some((before, rest)) = text.split_once('[') else { return text.to_owned() };
    let Some((words, rest)) = rest.split_once("](") else { return text.to_owned() };
    let after = rest.split_once(')').map_or("", |(_, after)| after);
    format!("{before}{words}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_shows_code_and_no_links() {
        let words = sentence(&"The [names](names.md) of `call`, `or` not".into());
        let shown = words.iter().map(|words| (words.is_code, words.text.as_str()));
        let expected = [
            (false, "The names of "),
            (true, "call"),
            (false, ", "),
            (true, "or"),
            (false, " not"),
        ];
        assert!(shown.eq(expected), "{words:?}");
    }

    #[test]
    fn every_endpoint_is_shown_with_what_it_refuses() {
        let paths = document()["paths"].as_object().unwrap().values();
        let all: usize = paths.map(|item| item.as_object().unwrap().len()).sum();
        let shown: Vec<&ApiOperation> = GROUPS.iter().flat_map(|group| &group.operations).collect();
        assert_eq!(shown.len(), all);
        for one in shown {
            assert!(
                one.refusals.iter().any(|refusal| refusal.code == "unauthorized"),
                "{}",
                one.id
            );
        }
    }
}
