//! Holds requests to the API's document: what it does not describe is refused before a handler sees it, so that a
//! misspelt parameter is an error and not a filter that filters nothing.

use std::sync::LazyLock;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpRequest};
use serde_json::{Map, Value};

use super::document::document;
use crate::domain::problem::Code;
use crate::web::problem::Problem;
use crate::web::state::AppState;

/// An address, and what can be done there.
struct Place {
    /// The parts of its path; none for one that is a name.
    parts: Vec<Option<&'static str>>,
    operations: Vec<Operation>,
}

/// What a request may carry.
struct Operation {
    method: String,
    parameters: Vec<&'static str>,
    /// The content types of its body; none if it takes no body.
    kinds: Vec<&'static str>,
}

/// Every address of the document; those without a name in them first.
static PLACES: LazyLock<Vec<Place>> = LazyLock::new(|| {
    let paths = document()["paths"].as_object().into_iter().flatten();
    let mut places: Vec<Place> = paths.map(|(path, item)| Place::read(path, item)).collect();
    places.sort_by_key(|place| place.parts.iter().filter(|part| part.is_none()).count());
    places
});

impl Place {
    fn read(path: &'static str, item: &'static Value) -> Self {
        let parts = path.split('/').map(|part| (!part.starts_with('{')).then_some(part));
        let operations = item.as_object().into_iter().flatten();
        let operations = operations.filter_map(|(method, operation)| {
            Some(Operation::read(method.to_uppercase(), operation.as_object()?))
        });
        Self { parts: parts.collect(), operations: operations.collect() }
    }

    fn is_at(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').collect();
        let known = self.parts.iter().copied();
        let same = |(known, part): (Option<&str>, &str)| known.is_none_or(|known| known == part);
        parts.len() == self.parts.len() && known.zip(parts).all(same)
    }
}

impl Operation {
    fn read(method: String, operation: &'static Map<String, Value>) -> Self {
        let parameters = operation.get("parameters").and_then(Value::as_array);
        let parameters = parameters.into_iter().flatten().filter(|one| one["in"] == "query");
        let body = operation.get("requestBody").and_then(|body| body["content"].as_object());
        Self {
            method,
            parameters: parameters.filter_map(|one| one["name"].as_str()).collect(),
            kinds: body.into_iter().flatten().map(|(kind, _)| kind.as_str()).collect(),
        }
    }

    fn check_query(&self, request: &HttpRequest) -> Result<(), Problem> {
        let sent = url::form_urlencoded::parse(request.query_string().as_bytes());
        for (name, value) in sent {
            if !self.parameters.contains(&name.as_ref()) {
                let known = match self.parameters.as_slice() {
                    [] => "this endpoint has none".to_owned(),
                    all => format!("there are {}", all.join(", ")),
                };
                return Err(Problem::malformed(format!("there is no parameter {name:?}: {known}")));
            }
            if value.contains('\0') {
                return Err(Problem::malformed(format!("{name}: the character U+0000 is refused")));
            }
        }
        Ok(())
    }

    /// Whoever names no content type is believed, and text may be of any type: nobody means anything else by it.
    fn check_kind(&self, request: &HttpRequest) -> Result<(), Problem> {
        let named = request.headers().contains_key(header::CONTENT_TYPE);
        let kind = request.content_type().to_ascii_lowercase();
        let is_text = self.kinds.iter().any(|kind| kind.starts_with("text/"));
        if self.kinds.is_empty() || !named || is_text || self.kinds.contains(&kind.as_str()) {
            return Ok(());
        }
        let detail = format!("{kind:?} is not accepted; send {}", self.kinds.join(" or "));
        Err(Problem::new(Code::WrongContentType, detail))
    }
}

/// Refuses what the document does not describe.
pub(in crate::web) async fn check(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> actix_web::Result<ServiceResponse> {
    match described(request.request()) {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        // An answer, so that whatever stands around this completes it.
        Err(problem) => Ok(request.error_response(problem)),
    }
}

fn described(request: &HttpRequest) -> Result<(), Problem> {
    let base = &AppState::of(request)?.flow.context.options().base;
    let path = request.path();
    let path = path.strip_prefix(base.as_str()).unwrap_or(path);
    let Some(place) = PLACES.iter().find(|place| place.is_at(path)) else { return Ok(()) };
    if path.contains("%00") {
        return Err(Problem::malformed("the character U+0000 is refused"));
    }
    let method = match request.method().as_str() {
        "HEAD" => "GET",
        method => method,
    };
    let known = place.operations.iter().find(|operation| operation.method == method);
    let Some(operation) = known else { return Ok(()) };
    operation.check_query(request)?;
    operation.check_kind(request)
}
